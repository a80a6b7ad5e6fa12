"""Nothing that is shown tells of a count from 1 to 7, and no index moves for it."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from relational.making import END, START, computed, contacts, frames, text_of
from rich.console import Console

import relprod
from relprod.errors import OutputError
from relprod.report.facts import Facts
from relprod.report.summary import print_summary
from relprod.run.basis import measured_from
from relprod.run.disclosure import COUNTS, LEFT_OUT, SMALLEST_SHOWN, STEP, coarse, disclosed, shown_count
from relprod.run.parquet import content_sha256, run_table
from relprod.run.schemas import run_table_json
from relprod.study.load import parse_study
from relprod.study.recorded import recorded_study

OFF = {"output": {"min_match_error": 0.0}}
ON = {"output": {"min_match_error": 0.0, "disclosure": "nhs-2018"}}
REPEAT = {"failure_demand": {"method": "repeat", "match_on": ["activity"]}, "equity": {"aversion": 1.0}, "unpaid": {"output_side": "hours"}}
CODED = {
    "failure_demand": {"method": "coded"},
    "failure_demand.audit": {"sensitivity": 0.9, "specificity": 0.95, "sample_size": 200},
    "equity": {"aversion": 0.5, "outcome": "resolved"},
}
UNAUDITED = {"failure_demand": {"method": "coded"}, "contact_quality": {"attribution": 0.5}}
STUDIES = {"repeat": REPEAT, "coded": CODED, "unaudited": UNAUDITED}


SIZES = [("repeat", 2500), ("repeat", 180), ("coded", 2500), ("coded", 1300), ("unaudited", 2500), ("unaudited", 180)]


@pytest.fixture(scope="module", params=SIZES, ids=lambda each: f"{each[0]}-{each[1]}")
def runs(request: pytest.FixtureRequest) -> tuple[relprod.Run, relprod.Run]:
    """A run as it is, and as it may be shown."""
    name, count = request.param
    tables = frames(contacts(13, count))
    return computed({**OFF, **STUDIES[name]}, tables), computed({**ON, **STUDIES[name]}, tables)


def test_no_small_count_is_shown_and_every_other_is_rounded(runs):
    _, shown = runs
    counts = [
        count
        for name, columns in COUNTS.items()
        if name in shown.tables
        for column in columns
        for count in shown.tables[name][column].to_pylist()
        if count is not None
    ]
    assert counts
    assert not [count for count in counts if count % STEP or 0 < count < SMALLEST_SHOWN]


def test_no_table_that_is_left_holds_a_count_beside(runs):
    exact, shown = runs
    assert set(exact.tables) - set(shown.tables) == set(LEFT_OUT) & set(exact.tables)
    assert set(shown.tables) - set(exact.tables) == {"suppressed"}
    integers = {
        (name, field.name)
        for name, table in shown.tables.items()
        for field in table.schema
        if (pa.types.is_integer(field.type) or pa.types.is_decimal(field.type)) and name not in {"findings", "input_cells"}
    }
    told = {(name, column) for name, columns in COUNTS.items() for column in columns}
    others = {("failure_demand", "lead_in"), ("repeat_risk", "days"), ("unpaid", "hours"), ("unpaid", "value")}
    assert integers <= told | others | {("unpaid_cells", "hours"), ("unpaid_cells", "rate")}


def test_indices_are_the_same(runs):
    exact, shown = runs
    for name in ("productivity", "bridge", "contributions", "links", "input_cells"):
        assert content_sha256(exact.tables[name]) == content_sha256(shown.tables[name])


def test_what_is_missing_is_listed_and_nothing_else_is(runs):
    exact, shown = runs
    item = {"failure_demand": "activity", "repeat_risk": "days", "repeat_origins": "origin", "equity_groups": "group", "equity": "aversion"}
    missing = set()
    for name in COUNTS:
        for before, after in zip(*(run.tables[name].to_pylist() if name in run.tables else [] for run in runs), strict=True):
            which = before[item[name]] if name in item else ""
            which = which if isinstance(which, str) else f"{which:g}"
            lost = [column for column in before if before[column] is not None and after[column] is None]
            missing |= {(name, before["service"], before["period"], which, column) for column in lost}
    rows = shown.tables["suppressed"].to_pylist()
    assert {tuple(row[name] for name in ("table", "service", "period", "item", "column")) for row in rows} == missing
    assert {row["reason"] for row in rows} <= {"small", "part"}
    assert {(row["table"], row["column"]) for row in rows if row["reason"] == "small"} <= {(n, c) for n, cs in COUNTS.items() for c in cs}
    assert shown.manifest["disclosure"] == {
        "rule": "nhs-2018",
        "suppressed": len(missing),
        "left_out": [name for name in LEFT_OUT if name in exact.tables],
    }


def test_shares_are_of_what_is_shown(runs):
    for row in runs[1].tables["failure_demand"].to_pylist():
        if row["volume"] is None or row["failure_volume"] is None:
            assert (row["share"], row["share_low"], row["share_high"], row["cost"]) == (None, None, None, None)
            continue
        assert 0 <= row["share"] <= 1
        if row["method"] == "repeat" and row["activity"] != "All activities" and row["volume"]:
            assert row["share"] == float(row["failure_volume"]) / float(row["volume"])
        if row["share_low"] is not None:
            assert 0 <= row["share_low"] <= row["share_high"] <= 1
    for row in runs[1].tables["repeat_risk"].to_pylist() if "repeat_risk" in runs[1].tables else ():
        if row["risk"] is not None and row["low"] is not None:
            assert 0 <= row["low"] <= row["risk"] <= row["high"] <= 1


def test_a_service_is_the_sum_of_what_is_shown_below_it(runs):
    exact, shown = runs
    for before, after in zip(exact.tables["failure_demand"].to_pylist(), shown.tables["failure_demand"].to_pylist(), strict=True):
        if after["cost"] is not None and before["volume"] >= 500:
            assert after["cost"] == pytest.approx(before["cost"], rel=0.1)
            assert after["share"] == pytest.approx(before["share"], abs=0.03)


def test_groups_have_shares_only_where_all_of_them_are_shown(runs):
    if "equity_groups" not in runs[1].tables:
        return
    sets: dict[tuple[str, str], list[dict]] = {}
    for row in runs[1].tables["equity_groups"].to_pylist():
        sets.setdefault((row["service"], row["period"]), []).append(row)
    for rows in sets.values():
        whole = all(row["people"] is not None for row in rows)
        assert [row["share"] is not None for row in rows] == [whole] * len(rows)
        assert [row["outcome"] is not None for row in rows] == [row["people"] is not None for row in rows]
        if whole:
            assert sum(row["share"] for row in rows) == pytest.approx(1)
        if runs[1].study["equity"]["outcome"] == "resolved":
            steps = [row["outcome"] * row["people"] / STEP for row in rows if row["people"]]
            assert steps == pytest.approx([round(each) for each in steps])


def test_the_account_cannot_be_computed_from_what_is_shown(runs):
    shown = runs[1]
    with pytest.raises(OutputError, match="exact counts are not to be shown"):
        measured_from(shown.tables, recorded_study(shown.manifest["study"], shown.manifest["assumptions"]))


def test_the_summary_copes_with_what_is_missing(runs):
    shown = runs[1]
    for period in shown.tables["productivity"]["period"].unique().to_pylist():
        file = io.StringIO()
        print_summary(Console(file=file, width=120, highlight=False, emoji=False, markup=False), Facts.of(shown, period=period))
        said = " ".join(file.getvalue().split())
        assert "Counts of people and contacts from 1 to 7 are not shown, and others are rounded to the nearest 5 (nhs-2018):" in said
        assert "None" not in said
        assert "nan" not in said.split()


def test_the_summary_says_that_a_count_is_small():
    run = computed({**ON, **REPEAT}, frames(contacts(13, 2500)))
    lost = {
        "continuity": ["handoffs"],
        "failure_demand": ["share", "cost"],
        "equity": ["mean", "ede", "factor"],
        "equity_groups": ["outcome"],
    }
    tables = dict(run.tables)
    for name, columns in lost.items():
        for column in columns:
            at = tables[name].column_names.index(column)
            nothing = pa.nulls(tables[name].num_rows, tables[name].schema.field(at).type)
            tables[name] = tables[name].set_column(at, tables[name].schema.field(at), nothing)
    file = io.StringIO()
    print_summary(Console(file=file, width=120, highlight=False, emoji=False, markup=False), Facts.of(relprod.Run(tables, run.manifest)))
    said = [" ".join(line.split()) for line in file.getvalue().splitlines()]
    assert "All services - - -" in said
    assert "Housing - - - - -" in said
    assert any("there were fewer than 8 hand-offs." in line for line in said)
    assert not any("Failure demand cost" in line for line in said)


def test_without_it_there_is_no_trace_of_it(runs):
    exact = runs[0]
    assert "suppressed" not in exact.tables
    assert "disclosure" not in exact.manifest
    assert exact.manifest["study"]["output"]["disclosure"] == "none"


def test_it_is_written_and_read_again(tmp_path):
    tables = frames(contacts(3))
    relprod.compute(study_with(tables), out=tmp_path / "run", tables={name: table for name, table in tables.items() if name != "unpaid"})
    again = relprod.load_run(tmp_path / "run")
    assert sorted(field["name"] for field in run_table_json("suppressed")["fields"]) == sorted(again.tables["suppressed"].column_names)
    assert not [name for name in LEFT_OUT if (tmp_path / "run" / f"{name}.parquet").exists()]
    assert json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))["disclosure"]["rule"] == "nhs-2018"


def study_with(tables) -> relprod.Study:
    sections = {name: section for name, section in REPEAT.items() if name != "unpaid"}
    run = computed({**ON, **sections}, tables)
    return recorded_study(run.manifest["study"], run.manifest["assumptions"])


@given(st.integers(0, 10_000))
def test_a_count_is_shown_to_the_nearest_5(count):
    shown = shown_count(count)
    assert (shown is None) == (1 <= count <= 7)
    assert shown is None or (shown % 5 == 0 and abs(shown - count) <= 2)
    assert shown_count(float(count)) == shown
    assert shown_count(Decimal(count)) == shown


@pytest.mark.parametrize(("count", "shown"), [(None, None), (0.0, 0.0), (0.4, None), (7.9, None), (8.0, 10.0), (12.5, 15.0), (12.4, 10.0)])
def test_volumes_that_are_no_whole_numbers(count, shown):
    assert shown_count(count) == shown


@given(st.floats(0, 1), st.integers(1, 400))
def test_a_share_is_shown_in_steps_of_5_of_its_base(share, fives):
    base = 5 * fives
    steps = coarse(share, base) * base / 5
    assert steps == pytest.approx(round(steps))
    assert abs(coarse(share, base) - share) <= 2.5 / base + 1e-12


def cells(*rows: tuple[str, float, int]) -> pa.Table:
    made = [("S", name, "2020", Decimal(volume), Decimal(str(cost)) * volume, None) for name, cost, volume in rows]
    names = ("service", "activity", "period", "volume", "value", "failure_volume")
    return run_table("activity_cells", {name: [row[at] for row in made] for at, name in enumerate(names)})


def failures(*rows: tuple[str, int, int]) -> pa.Table:
    names = [field["name"] for field in run_table_json("failure_demand")["fields"]]
    empty = dict.fromkeys(names)
    made = [
        {**empty, "service": "S", "activity": name, "period": "2020", "method": "repeat", "volume": Decimal(volume)}
        | {"failure_volume": Decimal(failed), "share": failed / volume, "cost": 1.0, "lead_in": 0}
        for name, volume, failed in rows
    ]
    return run_table("failure_demand", {name: [row[name] for row in made] for name in names})


@given(st.integers(1, 7), st.integers(8, 12))
def test_a_sum_does_not_give_away_what_is_not_shown_below_it(few, many):
    tables = {
        "activity_cells": cells(("a", 2.5, 20), ("b", 1000, many)),
        "failure_demand": failures(("All activities", 20 + many, 10 + few), ("a", 20, 10), ("b", many, few)),
    }
    total, _, hidden = disclosed(tables).tables["failure_demand"].to_pylist()
    assert (hidden["failure_volume"], hidden["share"], hidden["cost"]) == (None, None, None)
    assert (total["cost"], total["share"]) == (10 * 2.5 + 4 * 1000, (10 * 2.5 + 4 * 1000) / (20 * 2.5 + 10 * 1000))


def test_contacts_left_out_are_counted_so_too(tmp_path):
    wheres = {
        "contacts": '{ group = "1", resolved = true, worker_id = { missing = true } }',
        "unit_costs": "{ unit_cost = -1 }",
    }
    entry = '[[exclusions]]\ntable = "{}"\nwhere = {}\nreason = "Test"\nowner = "Owner"\n'
    text = "".join(entry.format(table, where) for table, where in wheres.items())
    head = {"title": "T", "frequency": "quarter", "calendar": "financial-uk", "reference": "2023-24"}
    sections = {"study": {**head, "extract_start": START, "extract_end": END}, "tables": {}, **ON}
    tables = {name: table for name, table in frames(contacts(13, 250)).items() if name != "unpaid"}
    run = relprod.compute(parse_study(text_of(sections) + text, folder=tmp_path), tables=tables)
    assert run.tables["exclusions"]["rows"].to_pylist() == [None, 0]
    assert [entry["rows"] for entry in run.manifest["exclusions"]] == [None, 0]
    listed = [tuple(row.values()) for row in run.tables["suppressed"].to_pylist() if row["table"] == "exclusions"]
    assert listed == [("exclusions", "", "", "1, <contacts frame>", "rows", "small")]
    file = io.StringIO()
    print_summary(Console(file=file, width=200, highlight=False, emoji=False, markup=False), Facts.of(run))
    assert "Left out on declared grounds: fewer than 8 contacts. Test (Owner)." in file.getvalue()
    assert any(row["table"] == "contacts" and row["severity"] == "warning" for row in run.tables["findings"].to_pylist())
    assert "RP077" not in file.getvalue()


def test_published_activity_is_rounded_too():
    tables = {"activity_cells": cells(("a", 2, 103)), "failure_demand": failures(("All activities", 103, 0), ("a", 103, 0))}
    shown = disclosed(tables).tables["failure_demand"].to_pylist()
    assert [(row["volume"], row["failure_volume"], row["share"], row["cost"]) for row in shown] == [(105, 0, 0.0, 0.0)] * 2
