"""The sessions in the tutorial, the how-tos and README are run, and what is printed is what is on the page.

A ``console`` block holds commands after ``$`` and what each prints; ``text`` blocks after it carry on with what the last
one prints; a line ``...`` stands for lines left out. A ``python`` block is run, and a ``text`` block after it is what it prints.
A comment such as ``<!-- test: in FILE, "this" becomes "that" -->`` is the edit that the reader is asked to make.

``RELPROD_UPDATE_GOLDEN=1 python -m pytest tests/docs`` writes what is printed into the pages; then read the diff.
"""

from __future__ import annotations

import io
import itertools
import os
import re
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from relprod.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
UPDATE = bool(os.environ.get("RELPROD_UPDATE_GOLDEN"))
PAGES = (
    "docs/tutorial.md",
    "docs/how-to/check-a-run.md",
    "docs/how-to/quarter-by-quarter.md",
    "docs/how-to/run-in-a-pipeline.md",
    "docs/how-to/what-changed.md",
)
BLOCK = re.compile(
    r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$"
    r'|<!-- test: in (?P<file>\S+), "(?P<old>.+?)" becomes "(?P<new>.*?)" -->',
    re.MULTILINE | re.DOTALL,
)
SUMMARY = re.compile(r"<!-- summary -->\n\n```text\n(?P<body>.*?)\n```\n\n<!-- /summary -->", re.DOTALL)


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch):
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def relprod(monkeypatch):
    """A function that runs a command line and returns what it prints, without blanks at the ends of lines, and its exit code."""

    def run(command: str, *, errors: bool = True) -> tuple[str, int]:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        out, code = io.StringIO(), 0
        with redirect_stdout(out), redirect_stderr(out if errors else io.StringIO()):
            try:
                main()
            except SystemExit as ending:
                code = int(ending.code or 0)
        return without_trailing_blanks(out.getvalue()), code

    return run


def without_trailing_blanks(text):
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def paragraphs(text):
    return text.split("\n\n") if text else []


def filled(shape, printed):
    """What is printed, cut where `shape` has its lines of dots: as many lines between them, beginning with the same line."""
    first, *between = (segment.strip("\n").splitlines() for segment in re.split(r"^\.\.\.$", shape, flags=re.MULTILINE))
    if not between:
        return printed
    lines, last = printed.splitlines(), between.pop()
    segments = [lines[: len(first)]]
    for segment in between:
        start = lines.index(segment[0])
        segments.append(lines[start : start + len(segment)])
    segments.append(lines[len(lines) - len(last) :])
    return "\n...\n".join("\n".join(segment) for segment in segments).strip("\n")


def parts_of(command_and_output):
    """Command and what is shown below it, for each command of a console block."""
    return [tuple(part.partition("\n")[::2]) for part in re.split(r"^\$ ", command_and_output, flags=re.MULTILINE)[1:]]


def rewritten(page, run, folder):
    """The page with every block holding what is printed today."""
    blocks = list(BLOCK.finditer(page))
    bodies = {}
    namespace = {"__name__": "page"}
    for place, block in enumerate(blocks):
        carry_on = list(itertools.takewhile(lambda each: each["kind"] == "text", blocks[place + 1 :]))
        if block["file"]:
            edit(folder / block["file"], block["old"], block["new"])
        elif block["kind"] == "console":
            bodies[block.span()], rest = console_block(block["body"], run, carries_on=bool(carry_on))
            bodies.update(shared_out(rest, carry_on))
        elif block["kind"] == "python":
            bodies.update(shared_out(what_python_prints(block["body"], namespace), carry_on))
    return BLOCK.sub(lambda found: f"```{found['kind']}\n{bodies[found.span()]}```" if found.span() in bodies else found[0], page)


def console_block(body, run, *, carries_on):
    """The block with what its commands print, and what of the last one is left for the blocks that carry on."""
    commands = parts_of(body)
    shown = [filled(shape.strip("\n"), run(command)[0]) for command, shape in commands]
    rest = ""
    if carries_on:
        shown[-1], rest = split(shown[-1], len(paragraphs(commands[-1][1].strip("\n"))))
    return "".join(f"$ {command}\n{text}\n" if text else f"$ {command}\n" for (command, _), text in zip(commands, shown, strict=True)), rest


def what_python_prints(code, namespace):
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, "page", "exec"), namespace)  # noqa: S102 - the page is ours
    return without_trailing_blanks(out.getvalue())


def shared_out(printed, blocks):
    """What each block holds: as many paragraphs as before, and the last one the rest."""
    for block in blocks[:-1]:
        first, printed = split(printed, len(paragraphs(block["body"].rstrip())))
        yield block.span(), f"{first}\n"
    if blocks:
        yield blocks[-1].span(), f"{printed}\n"


def split(printed, count):
    whole = paragraphs(printed)
    return "\n\n".join(whole[:count]), "\n\n".join(whole[count:])


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"'{old}' is there {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_is_printed(name, relprod, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / name).read_text(encoding="utf-8")
    expected = rewritten(page, relprod, tmp_path)
    if UPDATE:
        (ROOT / name).write_text(expected, encoding="utf-8")
    assert expected == (ROOT / name).read_text(encoding="utf-8"), "RELPROD_UPDATE_GOLDEN=1 python -m pytest tests/docs writes it anew"


def test_readme_shows_the_end_of_the_summary_of_the_ons_example(relprod, monkeypatch):
    monkeypatch.chdir(ROOT)
    printed, code = relprod("relprod compute examples/ons-public-services --dry-run", errors=False)
    assert code == 0
    end = printed[printed.index("To know\n") :]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if UPDATE:
        readme = SUMMARY.sub(lambda _: f"<!-- summary -->\n\n```text\n{end}\n```\n\n<!-- /summary -->", readme)
        (ROOT / "README.md").write_text(readme, encoding="utf-8")
    assert end == SUMMARY.search(readme)["body"], "RELPROD_UPDATE_GOLDEN=1 python -m pytest tests/docs writes it anew"
