"""A study with exclusions is the study of the rows that stay, and says what it left out wherever it is read."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from cli.small import STUDY, TABLES, small_study
from relational.making import END, START, computed, contacts, frames, text_of
from rich.console import Console

import relprod
from relprod.errors import FindingsError
from relprod.report.facts import Facts
from relprod.report.summary import print_summary
from relprod.run.basis import BASIS, measured_from
from relprod.run.compute import account_tables
from relprod.run.figures import figures_of
from relprod.run.measure import validate
from relprod.run.parquet import content_sha256
from relprod.run.schemas import run_table_json
from relprod.study.load import parse_study
from relprod.study.recorded import recorded_study


def entry(table: str, where: str, reason: str, owner: str) -> str:
    return f'[[exclusions]]\ntable = "{table}"\nwhere = {where}\nreason = "{reason}"\nowner = "{owner}"\n'


SECTIONS = {
    "failure_demand": {"method": "repeat", "removal": 0.5},
    "contact_quality": {"attribution": 0.5},
    "equity": {"aversion": 1.0},
    "unpaid": {"output_side": "in-outcome"},
}
OF_CONTACTS = entry("contacts", '{ group = "3", resolved = { missing = true } }', "Test calls", "A. Owner")
OF_CELLS = entry("activity", '{ service = "Parks" }', "Moved.", "Head")
OF_INPUTS = entry("inputs", '{ service = "Parks" }', "Moved to another body", "Head")
OF_NONE = entry("quality", '{ indicator = "x" }', "None", "Nobody")


def figures(run: relprod.Run) -> dict[str, str]:
    return {name: content_sha256(table) for name, table in run.tables.items() if name not in {"findings", "exclusions"}}


def with_text(sections: dict, text: str) -> relprod.Study:
    head = {"title": "T", "frequency": "quarter", "calendar": "financial-uk", "reference": "2023-24"}
    made = text_of({"study": {**head, "extract_start": START, "extract_end": END}, "tables": {}, **sections})
    return parse_study(made + text, folder=Path())


def test_contacts_left_out_are_as_if_they_were_not_there():
    rows = contacts(5, 300)
    stay = [row for row in rows if not (row.group == "3" and row.resolved is None)]
    assert 0 < len(stay) < len(rows)
    with_them = relprod.compute(with_text(SECTIONS, OF_CONTACTS), tables=frames(rows))
    assert figures(with_them) == figures(computed(SECTIONS, frames(stay)))
    assert figures(with_them) != figures(computed(SECTIONS, frames(rows)))
    assert with_them.manifest["exclusions"] == [
        {
            "table": "contacts",
            "where": "resolved is missing and group is '3'",
            "reason": "Test calls",
            "owner": "A. Owner",
            "rows": len(rows) - len(stay),
        }
    ]


@pytest.fixture
def run(tmp_path: Path) -> relprod.Run:
    folder = small_study(tmp_path / "study", study=STUDY + OF_CELLS + OF_INPUTS + OF_NONE)
    return relprod.compute(folder, out=tmp_path / "run")


def test_rows_of_a_table_left_out_are_as_if_they_were_not_there(run: relprod.Run, tmp_path: Path):
    fewer = {
        f"{name}.csv": "".join(line for line in TABLES[name].splitlines(keepends=True) if not line.startswith("Parks"))
        for name in ("activity", "inputs")
    }
    assert figures(run) == figures(relprod.compute(small_study(tmp_path / "fewer", fewer)))


def test_the_run_holds_what_was_left_out(run: relprod.Run):
    table = relprod.load_run(run.folder).tables["exclusions"]
    assert table.schema.names == [field["name"] for field in run_table_json("exclusions")["fields"]]
    assert table.to_pylist() == [
        {
            "number": 1,
            "table": "activity",
            "condition": "service is 'Parks' (or below)",
            "reason": "Moved.",
            "owner": "Head",
            "file": "activity.csv",
            "rows": 3,
        },
        {
            "number": 2,
            "table": "inputs",
            "condition": "service is 'Parks' (or below)",
            "reason": "Moved to another body",
            "owner": "Head",
            "file": "inputs.csv",
            "rows": 3,
        },
        {
            "number": 3,
            "table": "quality",
            "condition": "indicator is 'x'",
            "reason": "None",
            "owner": "Nobody",
            "file": "",
            "rows": 0,
        },
    ]
    recorded = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))["exclusions"]
    assert [(entry["table"], entry["where"], entry["rows"]) for entry in recorded] == [
        ("activity", "service is 'Parks' (or below)", 3),
        ("inputs", "service is 'Parks' (or below)", 3),
        ("quality", "indicator is 'x'", 0),
    ]


def test_the_run_comes_out_again_from_what_it_recorded(run: relprod.Run):
    recorded = recorded_study(run.manifest["study"], run.manifest["assumptions"], run.folder.parent / "study")
    again = relprod.compute(recorded)
    assert {name: content_sha256(table) for name, table in again.tables.items()} == {
        name: content_sha256(table) for name, table in run.tables.items()
    }
    measured = measured_from({name: run.tables[name] for name in BASIS if name in run.tables}, recorded)
    tables = dict(account_tables(recorded, measured, figures_of(recorded, measured)))
    assert {name: content_sha256(table) for name, table in tables.items()} == {name: content_sha256(run.tables[name]) for name in tables}


def summary_of(run: relprod.Run) -> str:
    file = io.StringIO()
    print_summary(Console(file=file, width=200, highlight=False, emoji=False, markup=False), Facts.of(run))
    return file.getvalue()


def test_the_summary_says_how_many_why_and_by_whom(run: relprod.Run):
    said = [line for line in summary_of(run).splitlines() if "Left out on" in line]
    assert said == [
        "- Left out on declared grounds: 3 rows of activity. Moved (Head).",
        "- Left out on declared grounds: 3 rows of inputs. Moved to another body (Head).",
    ]


def test_of_many_exclusions_the_first_are_said_and_the_others_counted(tmp_path: Path):
    each = [entry("activity", f'{{ activity = "reviews", period = "{year}" }}', f"R{year}", "O") for year in (2020, 2021, 2022)]
    said = summary_of(relprod.compute(small_study(tmp_path / "study", study=STUDY + "".join(each) + OF_CELLS + OF_INPUTS)))
    assert [line for line in said.splitlines() if "Left out" in line] == [
        "- Left out on declared grounds: 1 row of activity. R2020 (O).",
        "- Left out on declared grounds: 1 row of activity. R2021 (O).",
        "- Left out on declared grounds: 1 row of activity. R2022 (O).",
        "- Left out by 2 more exclusions, all in exclusions.parquet: 6 more rows.",
    ]


def test_a_study_without_exclusions_says_nothing_of_them(tmp_path: Path):
    run = relprod.compute(small_study(tmp_path / "study"), out=tmp_path / "run")
    assert "exclusions" not in run.tables
    assert "exclusions" not in run.manifest
    assert run.manifest["study"]["exclusions"] == []
    assert not (tmp_path / "run" / "exclusions.parquet").exists()
    assert "Left out on" not in summary_of(run)


def test_control_totals_are_compared_with_what_stays(tmp_path: Path):
    controls = "table,column,service,period,total\nactivity,volume,,2020,{}\n"
    text = STUDY.replace('activity = "activity.csv"', 'activity = "activity.csv"\ncontrols = "controls.csv"') + OF_CELLS + OF_INPUTS
    relprod.compute(small_study(tmp_path / "right", {"controls.csv": controls.format(140)}, study=text))
    with pytest.raises(FindingsError) as caught:
        relprod.compute(small_study(tmp_path / "wrong", {"controls.csv": controls.format(170)}, study=text))
    (finding,) = [each for each in caught.value.findings if each.is_error]
    said = "column volume of table activity, 2020, without the rows that [[exclusions]] leaves out adds up to 140.00"
    assert finding.message.startswith(said)


def test_everything_may_be_left_out_and_then_there_is_nothing_to_measure(tmp_path: Path):
    nothing = OF_CELLS.replace('"Parks"', '"All services"')
    with pytest.raises(FindingsError) as caught:
        relprod.compute(small_study(tmp_path / "study", study=STUDY + nothing))
    assert [each.code for each in caught.value.findings if each.is_error] == ["RP056"]
    tables = {name: table for name, table in frames(contacts(5)).items() if name in {"contacts", "unit_costs"}}
    every = OF_CONTACTS.replace('{ group = "3", resolved = { missing = true } }', '{ service = "All services" }')
    with pytest.raises(FindingsError) as caught:
        relprod.compute(with_text({}, every), tables=tables)
    assert [each.code for each in caught.value.findings if each.is_error] == ["RP056"]


def test_validate_tells_of_them_too(tmp_path: Path):
    found = validate(relprod.load_study(small_study(tmp_path / "study", study=STUDY + OF_CELLS + OF_NONE)))
    assert [(each.code, each.table, each.count) for each in found if each.code in {"RP080", "RP081"}] == [
        ("RP081", "quality", 1),
        ("RP080", "activity", 3),
    ]
