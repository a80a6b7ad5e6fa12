"""Findings for people, for programs and for workflows: the same values, three small renderers."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from relprod.report.findings import as_github, as_json, as_json_lines, print_findings, tally
from relprod.tables.findings import Finding

ERROR = Finding("RP021", "activity", "data/activity.csv", "volume", 3, 7, "Not a number.", (3, 4, 5, 8, 9))
OTHER = Finding("RP021", "inputs", "inputs.csv", "volume", 12, 2, "Not a number.", (12, 14))
WARNING = Finding("RP047", "quality", "quality.csv", "value", 6, 1, "It stops.", (6,))
NOTE = Finding("RP068", "", "", None, None, 1, "Output is set equal to input for [bold]Police[/bold] :police_car:.")
STUDY = Finding("RP046", "activity", "relprod.toml", "reference", None, 1, "Not in the data.")
EVERY = [ERROR, OTHER, STUDY, WARNING, NOTE]
AWKWARD = Finding("RP063", "published", "a,b:c%d\ne.csv", "x", 2, 1, "100 %: two\r\nlines, and more", (2,))


def printed(findings: list[Finding], width: int = 80) -> str:
    file = io.StringIO()
    print_findings(Console(file=file, width=width, highlight=False, emoji=False, markup=False), findings)
    return file.getvalue()


def test_text_is_grouped_by_rule_and_says_where():
    lines = [line.rstrip() for line in printed(EVERY, 120).splitlines()]
    assert lines == [
        "error RP021 not-a-number",
        "  data/activity.csv:3, column volume (also lines 4, 5, 8 and 9, and 2 more): Not a number.",
        "  inputs.csv:12, column volume (also line 14): Not a number.",
        "error RP046 reference-not-in-data",
        "  relprod.toml: Not in the data.",
        "warning RP047 quality-stops",
        "  quality.csv:6, column value: It stops.",
        "note RP068 output-equals-input",
        "  Output is set equal to input for [bold]Police[/bold] :police_car:.",
        "Checks across tables are made once no table has an error of its own.",
        "3 errors, 1 warning and 1 note. 'relprod explain CODE' says what a code means and what to do.",
    ]


def test_without_errors_nothing_waits():
    assert "wait until" not in printed([WARNING, NOTE])


def test_nothing_waits_for_errors_of_figures():
    assert "wait until" not in printed([AWKWARD])


def test_piped_text_has_no_blanks_at_the_ends_of_lines():
    assert all(line == line.rstrip() for line in printed(EVERY).splitlines())


@pytest.mark.parametrize("width", [40, 80, 160])
def test_text_keeps_to_the_width(width: int):
    assert max(map(len, printed(EVERY, width).splitlines())) <= width


@pytest.mark.parametrize(
    ("findings", "start"),
    [
        ([], "Nothing found: the tables are in order."),
        ([NOTE], "1 note. "),
        ([WARNING, WARNING], "2 warnings. "),
        ([ERROR, NOTE], "1 error and 1 note. "),
        (EVERY, "3 errors, 1 warning and 1 note. "),
    ],
)
def test_tally(findings: list[Finding], start: str):
    assert tally(findings).startswith(start)


def test_json_is_one_list_of_values():
    (text,) = as_json(EVERY)
    values = json.loads(text)
    assert [each["code"] for each in values] == ["RP021", "RP021", "RP046", "RP047", "RP068"]
    assert values[0] == {
        "code": "RP021",
        "name": "not-a-number",
        "severity": "error",
        "scope": "record",
        "table": "activity",
        "file": "data/activity.csv",
        "column": "volume",
        "line": 3,
        "count": 7,
        "message": "Not a number.",
        "lines": [3, 4, 5, 8, 9],
    }
    assert (values[4]["line"], values[4]["column"], values[4]["lines"]) == (None, None, [])
    assert list(as_json([])) == ["[]"]


def test_json_lines_are_one_line_each_whatever_the_message_holds():
    lines = list(as_json_lines([*EVERY, AWKWARD]))
    assert all("\n" not in line for line in lines)
    assert [json.loads(line) for line in lines] == json.loads(next(as_json([*EVERY, AWKWARD])))


def test_workflow_commands_are_escaped():
    assert list(as_github([AWKWARD], Path())) == [
        "::error file=a%2Cb%3Ac%25d%0Ae.csv,line=2,title=RP063 published-not-reproduced::100 %25: two%0D%0Alines, and more"
    ]


def test_workflow_commands_by_severity_and_place():
    assert list(as_github(EVERY, Path("accounts"))) == [
        "::error file=accounts/data/activity.csv,line=3,title=RP021 not-a-number::Not a number.",
        "::error file=accounts/inputs.csv,line=12,title=RP021 not-a-number::Not a number.",
        "::error file=accounts/relprod.toml,title=RP046 reference-not-in-data::Not in the data.",
        "::warning file=accounts/quality.csv,line=6,title=RP047 quality-stops::It stops.",
        "::notice title=RP068 output-equals-input::Output is set equal to input for [bold]Police[/bold] :police_car:.",
    ]
