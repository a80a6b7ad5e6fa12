"""The documentation says what is so: generated pages, links, commands, examples of study files and tables."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import typer
from cli.small import STUDY, small_study

import relprod
from relprod.cli.commands import app
from relprod.run.measure import validate
from relprod.study.load import parse_study
from relprod.study.model import TABLE_NAMES
from relprod.tables.rules import RULES
from relprod.tables.schema import table_schema

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_LINE = re.compile(r"(?:^ {4}|^\$ |^|&& )(relprod (?:[^&|>\n]*))", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def load_generator():
    spec = importlib.util.spec_from_file_location("relprod_docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()
GENERATED = GENERATOR.pages()
COMMANDS = typer.main.get_command(app)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def without_code(text):
    return re.sub(r"`[^`\n]*`", "`code`", FENCED.sub("", text))


def anchors_of(path):
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {GENERATOR.anchor(heading) for heading in headings}


def blocks(kind):
    return [
        pytest.param(body, id=f"{name_of(page)}-{number}")
        for page in PAGES
        for number, (language, body) in enumerate(FENCED.findall(page.read_text(encoding="utf-8")), start=1)
        if language == kind
    ]


def command_lines():
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = [body for language, body in FENCED.findall(text) if language in {"console", "sh", "bash"}]
        code += re.findall(r"(?:^ {4}.*\n)+", FENCED.sub("", text), re.MULTILINE)
        lines = [line.strip() for line in COMMAND_LINE.findall("\n".join(code))]
        found += [pytest.param(line, id=f"{name_of(page)}: {line}") for line in dict.fromkeys(lines)]
    return found


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_what_the_generator_gives(name):
    on_disk = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert on_disk == GENERATED[name], f"docs/reference/{name} is out of date: run 'python docs/generate.py' and read the difference"


def test_one_page_is_written_by_hand_beside_the_generated_ones():
    assert sorted([*GENERATED, "guarantees.md", "standards.md"]) == sorted(path.name for path in (DOCS / "reference").iterdir())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    broken = []
    for target in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (heading and heading not in anchors_of(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("name", [*COMMANDS.commands])
def test_every_command_is_documented(name):
    assert f"## relprod {name}\n" in GENERATED["commands.md"]
    assert f"`relprod {name} " in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_on_a_page_is_one(line):
    words = [word for word in shlex.split(line, comments=True)[1:] if word not in {"--help", "--version"}]
    if not words:
        return
    assert words[0] in COMMANDS.commands, f"there is no command '{words[0]}'"
    COMMANDS.commands[words[0]].make_context(words[0], words[1:])


def test_there_are_command_lines_to_look_at():
    assert len(command_lines()) > 20


@pytest.mark.parametrize("name", sorted({path.name for path in PAGES}))
def test_every_command_in_running_text_is_one(name):
    for page in (page for page in PAGES if page.name == name):
        for command in re.findall(r"`relprod ([a-z][a-z-]*)", page.read_text(encoding="utf-8")):
            assert command in COMMANDS.commands, f"{name_of(page)}: there is no command '{command}'"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_code_of_a_finding_is_one(page):
    assert set(re.findall(r"\bRP\d{3}\b", page.read_text(encoding="utf-8"))) <= set(RULES)


@pytest.mark.parametrize("body", blocks("toml"))
def test_every_piece_of_a_study_file_is_accepted(body, tmp_path):
    whole = {"removal": '[failure_demand]\nmethod = "given"\n'}
    text = next((start + body for key, start in whole.items() if body.startswith(key)), body)
    if "tables" not in tomllib.loads(text):
        text += '\n[tables]\nactivity = "activity.csv"\n'
    head = '[study]\ntitle = "A"\nfrequency = "quarter"\ncalendar = "financial-uk"\nreference = "2021-22"\n\n'
    parse_study(text if "study" in tomllib.loads(text) else head + text, folder=tmp_path)


@pytest.mark.parametrize("body", blocks("csv"))
def test_every_piece_of_a_table_has_the_columns_of_one(body):
    rows = [line.split(",") for line in body.splitlines()]
    assert {len(row) for row in rows} == {len(rows[0])}
    schemas = [table_schema(name) for name in TABLE_NAMES]
    assert [schema.name for schema in schemas if set(schema.required) <= set(rows[0]) <= set(schema.names)] != []


def test_the_manifest_has_the_keys_that_are_documented(tmp_path):
    relprod.compute(ROOT / "examples" / "ons-public-services", out=tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(GENERATOR.MANIFEST_KEYS) == sorted(manifest)


def test_the_manifest_has_more_keys_where_the_study_asks_for_more(tmp_path):
    entry = '[[exclusions]]\ntable = "quality"\nwhere = { indicator = "x" }\nreason = "None"\nowner = "Nobody"\n'
    relprod.compute(small_study(tmp_path / "study", study=STUDY + entry + '[output]\ndisclosure = "nhs-2018"\n'), out=tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert sorted([*GENERATOR.MANIFEST_KEYS, *GENERATOR.MANIFEST_KEYS_AT_TIMES]) == sorted(manifest)


def tables_not_used(study: relprod.Study, frames: dict[str, pd.DataFrame]) -> set[str]:
    return {each.table for each in validate(study, frames) if each.code == "RP054" and "is in the study" in each.message}


def test_a_table_that_no_section_asks_for_is_named_and_every_other_is_computed_from():
    study = relprod.load_study(ROOT / "examples" / "local-services")
    others = [name for name in TABLE_NAMES if name not in study.tables]
    frames = {name: pd.DataFrame({column: ["x"] for column in table_schema(name).names}) for name in others}
    assert tables_not_used(study, frames) == {"areas", "outcomes", "unpaid"}
    assert tables_not_used(relprod.load_study(ROOT / "examples" / "council-contacts"), {}) == set()
