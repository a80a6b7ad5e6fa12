"""Input made to do harm: it is refused in words, soon, in little memory, and nothing of it acts in a terminal or a spreadsheet."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.driving import relprod
from cli.small import ACTIVITY_ALONE, STUDY, TABLES, small_study

ACTIVITY = TABLES["activity"]
HEAD, *ROWS = ACTIVITY.splitlines()
LONG = 60
"""Seconds; what these files did before they were refused was to go on for many minutes."""


def wide(names: int) -> str:
    return "\n".join([f"{HEAD},{','.join(f'x{number}' for number in range(names))}", *(row + "," * names for row in ROWS), ""])


def volume(value: str) -> str:
    return ACTIVITY.replace("2021,110,", f"2021,{value},")


TABLES_TO_REFUSE = {
    "more columns than a table has": (wide(3_000), "RP082"),
    "a million columns": (f"{HEAD},{','.join(['x'] * 1_000_000)}\n", "RP082"),
    "a header without an end": (f"{HEAD},{'x' * 1_200_000}\n", "RP082"),
    "a header of one long name": (f"{HEAD},{'x' * 300_000}\n", "RP082"),
    "a header that goes on over lines": (HEAD + ',"' + "x\n" * 600_000, "RP082"),
    "a row of thousands of cells": (f"{ACTIVITY}{'x,' * 5_000}\n", "RP013"),
    "a cell of three million characters": (f"{ACTIVITY}{'x' * 5_000_000},b,2020,1,1,1\n", "RP014"),
    "a number beyond floats": (volume("1e400"), "RP027"),
    "a number of many digits": (volume("9" * 5_000), "RP027"),
    "a number less than nothing": (volume("-1e400"), "RP027"),
    "a period in the year 9999": (ACTIVITY.replace("2022", "9999"), "RP045"),
    "a period in the year 99999": (ACTIVITY.replace("2022", "99999"), "RP030"),
    "a formula for a number": (volume("=1+1"), "RP021"),
    "a NUL in every cell": (ACTIVITY.replace(",", ",\0"), "RP007"),
}


@pytest.mark.parametrize("name", TABLES_TO_REFUSE)
def test_a_hostile_table(tmp_path: Path, name: str):
    text, code = TABLES_TO_REFUSE[name]
    folder = small_study(tmp_path / "study", {"activity.csv": text}, ACTIVITY_ALONE)
    start = time.monotonic()
    ended = relprod("compute", folder, "--out", tmp_path / "run", columns=1000)
    assert (ended.code, ended.out) == (1, "")
    assert f"error {code} " in ended.err
    assert len(ended.err) < 3_000
    assert time.monotonic() - start < LONG
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def output(text: str) -> str:
    return f"{ACTIVITY_ALONE}\n[output]\n{text}\n"


STUDIES_TO_REFUSE = {
    "larger than any study": (output("".join(f"k{number} = {number}\n" for number in range(100_000))), "is larger than any study file"),
    "thousands of unknown keys": (output("".join(f"k{number} = {number}\n" for number in range(5_000))), "and more like these"),
    "thousands of unknown tables": (
        ACTIVITY_ALONE.replace("[tables]", "[tables]\n" + "".join(f"t{n} = 'x'\n" for n in range(5_000))),
        "and more",
    ),
    "thousands of unknown assumptions": (ACTIVITY_ALONE + "".join(f"[assumptions.k{n}]\n" for n in range(5_000)), "and more like these"),
    "brackets in brackets": (output(f"index = {'[' * 100_000}{']' * 100_000}"), "is nested deeper than any study"),
    "brackets never closed": (output("[" * 400_000), "is not valid TOML"),
    "a key of many parts": (output(f"{'.'.join(['a'] * 20_000)} = 1"), "is nested deeper than any study"),
    "a number of many digits": (output(f"min_match = {'9' * 5_000}"), "more digits than any number"),
    "a number beyond floats": (output("min_match = 1e400"), "should be less than or equal to 1"),
    "no number": (output("min_match = nan"), "should be less than or equal to 1"),
    "a window of ages": (
        STUDY.replace('method = "given"', 'method = "repeat"\nwindow_days = 999999999999'),
        "window_days: should be less than",
    ),
    "an extract to the end of time": (STUDY.replace('reference = "2020"', 'reference = "2020"\nextract_end = 9999-12-31'), "2999-12-31"),
    "a reference in no calendar": (STUDY.replace('"2020"', '"99999999999"'), "is not a period"),
    "keys that steer a terminal": (output('"\\u001b]0;owned\\u0007\\u202e" = 1'), r"\x1b]0;owned\x07\u202e: there is no such key"),
    "a value that steers a terminal": (output('index = "\\u001b]0;owned\\u0007"'), r"'\x1b]0;owned\x07' is not allowed"),
}


@pytest.mark.parametrize("name", STUDIES_TO_REFUSE)
def test_a_hostile_study(tmp_path: Path, name: str):
    text, said = STUDIES_TO_REFUSE[name]
    folder = small_study(tmp_path / "study", study=text)
    start = time.monotonic()
    ended = relprod("compute", folder, "--out", tmp_path / "run")
    assert (ended.code, ended.out) == (3, "")
    assert said in ended.err
    assert len(ended.err) < 30_000
    assert ended.err.replace("\n", "").isprintable()
    assert time.monotonic() - start < LONG
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_study_without_end_is_not_read_to_it():
    ended = relprod("validate", "/dev/zero")
    assert ended.code == 3
    assert "is larger than any study file" in ended.err


def test_a_pattern_that_looks_everywhere_many_times(tmp_path: Path):
    study = ACTIVITY_ALONE.replace('"activity.csv"', '"**/**/**/**/**/**/**/**/activity.csv"')
    folder = small_study(tmp_path, study=study)
    for level in range(12):
        (folder / "/".join(f"deep{number}" for number in range(level + 1))).mkdir(parents=True)
    start = time.monotonic()
    ended = relprod("validate", folder)
    assert ended.code == 0
    assert time.monotonic() - start < LONG


MEASURED = """
import sys
from relprod.cli.main import main
try:
    main()
except SystemExit as end:
    status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    print("peak", status["VmHWM"].split()[0])
    raise
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no way of measuring")
@pytest.mark.parametrize("quotes", ["", '"'])
def test_a_cell_of_two_hundred_megabytes_takes_little_memory(tmp_path: Path, quotes: str):
    folder = small_study(tmp_path, study=ACTIVITY_ALONE)
    with (folder / "activity.csv").open("a", encoding="utf-8") as file:
        file.write(quotes)
        for _ in range(200):
            file.write("x" * 1_000_000)
        file.write(f"{quotes},b,2020,1,1,1\n")
    small = {**os.environ, "COLUMNS": "1000"}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", MEASURED, "validate", str(folder)], capture_output=True, check=False, text=True, env=small, timeout=120
    )
    assert done.returncode == 1, done.stderr
    assert "error RP014 " in done.stdout
    assert "activity.csv:11: " in done.stdout
    assert int(re.search(r"peak (\d+)", done.stdout)[1]) < 450_000  # kilobytes; without the cell it is about 220,000


STEERING = "\x1b]0;owned\x07\x1b[31m\x9b2J\u202etxt\u2066"
EVIL = {
    "activity.csv": ACTIVITY.replace("Parks", f"Parks {STEERING}").replace("reviews", "=cmd|'/C calc'!A0"),
    "quality.csv": TABLES["quality"].replace("Care > Home", f"Parks {STEERING}"),
    "inputs.csv": TABLES["inputs"].replace("Parks", f"Parks {STEERING}"),
    "activity_2.csv": f"{HEAD},{STEERING}\n=1+1 {STEERING},@SUM(A1),2020,5,5,,\n=1+1 {STEERING},@SUM(A1),2021,5,5,,\n-2+3,+1,2020,1,1,,\n",
}
EVIL_STUDY = (
    STUDY.replace('"activity.csv"', '"activity*.csv"')
    .replace('"Small"', '"Small \\u001b]0;owned\\u0007 \\u202e"')
    .replace('"Call coding"', '"=HYPERLINK(1)"')
)
_OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\r|\x1b\[1A|\x1b\[2K")
"""Colours, and what shows and takes away progress, which are relprod's own."""


def harmless(text: str) -> bool:
    return _OURS.sub("", text).replace("\n", "").isprintable()


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose names steer terminals and begin formulas, with its run."""
    folder = small_study(tmp_path_factory.mktemp("evil"), EVIL, EVIL_STUDY)
    ended = relprod("compute", folder, "--out", folder / "run")
    assert (ended.code, harmless(ended.out), harmless(ended.err)) == (0, True, True)
    assert r"\x1b]0;owned" in ended.out
    return folder


@pytest.mark.parametrize("color", [{}, {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"}])
@pytest.mark.parametrize(
    "command",
    [
        ("validate",),
        *(("validate", "--format", name) for name in ("json", "jsonl", "github")),
        *(("show", "--format", name) for name in ("text", "json", "csv")),
        *(("assumptions", "--format", name) for name in ("text", "json", "csv")),
    ],
    ids=" ".join,
)
def test_nothing_steers_a_terminal(evil: Path, command: tuple[str, ...], color: dict[str, str]):
    name, *options = command
    ended = relprod(name, evil / "run" if name == "show" else evil, *options, env=color)
    assert ended.code == 0
    assert len(ended.out) > 100
    assert harmless(ended.out)
    assert harmless(ended.err)


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(text.splitlines()) for cell in row]


def test_nothing_is_a_formula_in_a_spreadsheet(evil: Path):
    texts = [(evil / "run/findings.csv").read_text(encoding="utf-8")]
    texts += [relprod(*command, "--format", "csv").out for command in (("show", evil / "run"), ("assumptions", evil / "run"))]
    every = [cell for text in texts for cell in cells(text)]
    numbers = re.compile(r"-\d+(\.\d+)?(e-?\d+)?")
    assert [cell for cell in every if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not numbers.fullmatch(cell)] == []
    assert any(cell.startswith("'=1+1") for cell in every)
    assert "'-2+3" in every
    assert "'=HYPERLINK(1)" in every
    assert all(harmless(text) for text in texts)


def test_a_file_whose_name_steers_a_terminal(tmp_path: Path):
    folder = small_study(
        tmp_path,
        {"activity.csv": None, f"=activity{STEERING}.csv": "nonsense\n"},
        ACTIVITY_ALONE.replace('"activity.csv"', '"*activity*.csv"'),
    )
    for format_ in ("text", "json", "jsonl", "github"):
        ended = relprod("validate", folder, "--format", format_)
        assert ended.code == 1
        assert harmless(ended.out)


def test_all_work_is_failure_demand(tmp_path: Path):
    """Not hostile, and it ended as a bug of ours: no link of value demand has an item."""
    text = f"{HEAD}\nParks,cuts,2020,5,1,5\nParks,cuts,2021,4,1,4\n"
    ended = relprod("compute", small_study(tmp_path / "study", {"activity.csv": text}, ACTIVITY_ALONE), "--out", tmp_path / "run")
    assert (ended.code, "Small" in ended.out) == (0, True)
