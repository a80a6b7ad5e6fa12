"""The assumptions log as text, narrow and wide, and as CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from cli.driving import EXAMPLES, assert_golden, relprod
from cli.small import small_study
from rich.console import Console

import relprod as rp
from relprod.audit.assumptions import AssumptionsLog, Logged, assumptions_log
from relprod.audit.sensitivity import Sensitivity
from relprod.report.assumptions import CHANGE_COLUMNS, COLUMNS, as_csv, as_json, as_markdown, print_assumptions
from relprod.report.facts import Facts
from relprod.run.headline import Headline, Level

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE_NAMES = ("local-services", "council-contacts")
STUDY = {"study": {"title": "T", "reference": "2023-24"}}
CORE = Headline("value_demand", "2024-25", "productivity", "2023-24")
BESIDE = Headline("extended", "2024-25", "productivity", "2023-24")
BEFORE = Level(101.25, 1.25)


def parameter(name: str, source: str = "", **more: str) -> dict[str, str]:
    plain = {"term": f"Term {name}", "value": "1", "origin": "study", "meaning": f"Meaning {name}.", "enters": f"Step {name}"}
    return {"name": name, **plain, "source": source, "reason": "", "owner": "", "signed_off": "", "quality": "", **more}


LOG = AssumptionsLog(
    STUDY,
    (
        Logged(parameter("b"), (Sensitivity("b", "", CORE, BEFORE, None, "it moves no figure"),)),
        Logged(
            parameter("a", "S, p. 1 | 2", reason="R,\nand more", owner="O", signed_off="2025-05-14", quality="red"),
            (
                Sensitivity("a", "to 0.9", CORE, BEFORE, Level(100.0, None)),
                Sensitivity("a", "to 1.1", CORE, BEFORE, None, "refused: RP091"),
            ),
        ),
        Logged(parameter("c", "S"), (Sensitivity("c", "by +10%", BESIDE, Level(90.0, -2.0), Level(95.5, 4.0)),)),
    ),
    CORE,
    BEFORE,
)


def printed(log: AssumptionsLog, width: int = 200) -> list[str]:
    file = io.StringIO()
    print_assumptions(Console(file=file, width=width, highlight=False, emoji=False, markup=False), log)
    return file.getvalue().splitlines()


def test_what_is_said_of_each():
    assert printed(LOG) == [
        (
            "Headline: All services, 2024-25: productivity 101.2 (without failure demand; 2023-24 = 100), up 1.2% on the year. "
            "One parameter is changed at a time, and all else stays."
        ),
        "",
        "Term b",
        "    b = 1  (study)",
        "    Meaning b.",
        "    No source. Add one under [assumptions] in the study file.",
        "    Enters: Step b",
        "    Not varied: it moves no figure.",
        "Term a",
        "    a = 1  (study)",
        "    Meaning a.",
        "    Source: S, p. 1 | 2",
        "    Reason: R,",
        "    and more",
        "    Owner: O",
        "    Signed off: 2025-05-14",
        "    Evidence: red",
        "    Enters: Step a",
        "    If changed to 0.9: productivity 101.2 -> 100.0 (-1.2).",
        "    If changed to 1.1: refused: RP091.",
        "Term c",
        "    c = 1  (study)",
        "    Meaning c.",
        "    Source: S",
        "    Enters: Step c",
        "    If changed by +10%: productivity, with unpaid work on both sides, 90.0 -> 95.5 (+5.5), on the year -2.0% -> +4.0%.",
        "Without a source: 1 of 3 parameters.",
        "Moves the headline most: Term a (a), -1.2 if changed to 0.9.",
    ]


def test_without_changes_it_says_how_to_have_them():
    log = AssumptionsLog(STUDY, tuple(Logged(each.parameter) for each in LOG.logged))
    lines = printed(log)
    assert lines[0] == "Term b"
    assert not any("hanged to" in line or "varied" in line for line in lines)
    assert lines[-2:] == ["Without a source: 1 of 3 parameters.", "Add --sensitivity to see how far the headline moves if one is changed."]


def test_csv_has_a_row_a_change():
    rows = list(csv.DictReader(io.StringIO(as_csv(LOG))))
    assert list(rows[0]) == [*COLUMNS, *CHANGE_COLUMNS]
    assert [(row["name"], row["change"], row["not_told"]) for row in rows] == [
        ("b", "", "it moves no figure"),
        ("a", "to 0.9", ""),
        ("a", "to 1.1", "refused: RP091"),
        ("c", "by +10%", ""),
    ]
    assert [(row["before"], row["after"], row["difference"]) for row in rows] == [
        ("101.25", "", ""),
        ("101.25", "100.0", "-1.25"),
        ("101.25", "", ""),
        ("90.0", "95.5", "5.5"),
    ]
    assert rows[1]["reason"] == rows[2]["reason"] == "R,\\nand more"
    assert (rows[3]["account"], rows[3]["on_the_year_before"], rows[3]["on_the_year_after"]) == ("extended", "-2.0", "4.0")


def test_csv_without_changes_has_a_row_a_parameter():
    rows = list(csv.DictReader(io.StringIO(as_csv(AssumptionsLog(STUDY, tuple(Logged(each.parameter) for each in LOG.logged))))))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["name"] for row in rows] == ["b", "a", "c"]


def test_json_holds_the_same():
    content = json.loads(as_json(LOG))
    assert [each["name"] for each in content] == ["b", "a", "c"]
    assert content[0].keys() == {*COLUMNS, "sensitivity"}
    assert content[1]["sensitivity"][0] == {
        "change": "to 0.9",
        "account": "value_demand",
        "period": "2024-25",
        "measure": "productivity",
        "before": 101.25,
        "after": 100.0,
        "difference": -1.25,
        "on_the_year_before": 1.25,
        "on_the_year_after": None,
        "not_told": "",
    }
    plain = json.loads(as_json(AssumptionsLog(STUDY, (Logged(LOG.logged[1].parameter),))))
    assert plain == [{name: LOG.logged[1].parameter[name] for name in COLUMNS}]


def test_markdown_is_one_table_whose_cells_stay_whole():
    lines = as_markdown(LOG).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert lines[0] == "# Assumptions: T"
    assert lines[2].startswith("Headline: All services, 2024-25: productivity 101.2")
    assert len(rows) == 2 + 4
    assert {row.replace("\\|", "").count("|") for row in rows} == {len(COLUMNS) + 4 + 1}
    assert "| S, p. 1 \\| 2 | R, and more | O | 2025-05-14 | red | Step a | to 0.9 | 101.2 (value\\_demand) | 100.0 | -1.2 |" in rows[3]
    assert rows[4].startswith("| a |  |  |")
    assert rows[4].endswith("| to 1.1: refused: RP091 | 101.2 (value\\_demand) |  |  |")
    assert lines[-3:] == ["Without a source: 1 of 3 parameters.", "", "Moves the headline most: Term a (a), -1.2 if changed to 0.9."]
    plain = as_markdown(AssumptionsLog(STUDY, (Logged(LOG.logged[0].parameter),))).splitlines()
    assert plain[2].count("|") == len(COLUMNS) + 1


# Whole logs


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {name: tmp_path_factory.mktemp("runs") / name for name in EXAMPLE_NAMES}
    for name, folder in made.items():
        rp.compute(EXAMPLES / name, folder)
    return made


@pytest.fixture(scope="module")
def logs(folders: dict[str, Path]) -> dict[str, AssumptionsLog]:
    return {name: assumptions_log(folder, inputs=EXAMPLES / name) for name, folder in folders.items()}


@pytest.mark.parametrize("example", EXAMPLE_NAMES)
@pytest.mark.parametrize("columns", [80, 40])
def test_text(logs: dict[str, AssumptionsLog], example: str, columns: int):
    lines = printed(logs[example], columns)
    assert max(map(len, lines)) <= columns
    assert_golden(f"report/assumptions-{example}-{columns}.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("example", EXAMPLE_NAMES)
def test_markdown(logs: dict[str, AssumptionsLog], example: str):
    assert_golden(f"report/assumptions-{example}.md", as_markdown(logs[example]))


@pytest.mark.parametrize(
    ("example", "format_"),
    [("local-services", "text"), ("local-services", "markdown"), ("local-services", "json"), ("council-contacts", "csv")],
)
def test_a_run_and_its_study_give_the_same_log(folders: dict[str, Path], example: str, format_: str):
    of_run = relprod("assumptions", folders[example], "--inputs", EXAMPLES / example, "--format", format_)
    assert (of_run.code, of_run.err) == (0, "")
    assert of_run == relprod("assumptions", EXAMPLES / example, "--sensitivity", "--format", format_)


def test_the_summary_counts_what_the_log_lists(tmp_path: Path):
    folder = small_study(tmp_path / "study")
    run = rp.compute(folder, tmp_path / "run")
    log = assumptions_log(tmp_path / "run")
    assert [each.parameter["name"] for each in log.logged if not each.documented] == Facts.of(run).undocumented()
    assert log.undocumented == len(Facts.of(run).undocumented()) == 3
    assert "RP070" not in run.findings["code"].tolist()
