"""The parts of a run one by one, where a whole run does not reach."""

from __future__ import annotations

import csv
import hashlib
import math
import struct
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli.small import STUDY, small_study
from hypothesis import given
from hypothesis import strategies as st

import relprod as rp
from relprod.account.links import Timeline
from relprod.run.matrices import Rows, nearest_doubles
from relprod.run.measure import exit_code_of, validate
from relprod.run.parquet import arrow_schema, content_sha256, labelled, read_parquet, run_table, write_parquet
from relprod.run.progress import Progress
from relprod.run.published import published_table
from relprod.run.schemas import run_table_json, run_table_names
from relprod.run.tables import growth
from relprod.tables.findings import Finding

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = pa.table({"name": ["a", "b", None], "value": [1.0, None, 0.0], "count": [1, 2, None]})


def with_column(name: str, values: list[object], type_: pa.DataType | None = None) -> pa.Table:
    place = PLAIN.schema.get_field_index(name)
    return PLAIN.set_column(place, name, pa.array(values, type_ or PLAIN.schema.field(name).type))


DIFFERENT = {
    "another text": with_column("name", ["a", "c", None]),
    "texts with other borders": with_column("name", ["ab", "", None]),
    "empty in place of missing text": with_column("name", ["a", "b", ""]),
    "another number": with_column("value", [math.nextafter(1.0, 2), None, 0.0]),
    "zero in place of missing": with_column("value", [1.0, 0.0, 0.0]),
    "missing in place of zero": with_column("value", [1.0, None, None]),
    "not a number in place of missing": with_column("value", [1.0, math.nan, 0.0]),
    "minus zero": with_column("value", [1.0, None, -0.0]),
    "another count": with_column("count", [1, 3, None]),
    "zero in place of a missing count": with_column("count", [1, 2, 0]),
    "another type of number": with_column("count", [1.0, 2.0, None], pa.float64()),
    "decimals": with_column("count", [Decimal(1), Decimal(2), None], pa.decimal128(10, 2)),
    "another order of rows": PLAIN.take([1, 0, 2]),
    "another order of columns": PLAIN.select(["value", "name", "count"]),
    "another name": PLAIN.rename_columns(["nome", "value", "count"]),
    "a column less": PLAIN.drop_columns(["count"]),
    "a row less": PLAIN.slice(0, 2),
    "a row more": pa.concat_tables([PLAIN, PLAIN.slice(2, 1)]),
    "nothing": PLAIN.slice(0, 0),
}


def test_every_difference_in_content_has_another_digest():
    digests = {name: content_sha256(table) for name, table in {"plain": PLAIN, **DIFFERENT}.items()}
    assert len(set(digests.values())) == len(digests)
    assert all(len(digest) == 64 for digest in digests.values())


def test_the_digest_can_be_taken_with_the_standard_library_alone():
    """What auditors compare must not move with a version of anything, so here it is byte by byte."""
    missing = {"name": 0b11000000, "value": 0b10100000, "count": 0b11000000}  # a bit a row, 1 where there is a value
    content = (
        *(b"name\0string\x003\0", bytes([missing["name"]]), struct.pack("<3q", 1, 1, 0), b"ab"),
        *(b"value\0double\x003\0", bytes([missing["value"]]), struct.pack("<3d", 1, 0, 0)),
        *(b"count\0int64\x003\0", bytes([missing["count"]]), struct.pack("<3q", 1, 2, 0)),
    )
    assert content_sha256(PLAIN) == hashlib.sha256(b"".join(content)).hexdigest()


def test_decimals_by_value():
    one, two = (
        pa.table({"x": pa.array([Decimal("1.50")], pa.decimal128(10, 2))}),
        pa.table({"x": pa.array([Decimal("1.51")], pa.decimal128(10, 2))}),
    )
    assert content_sha256(one) != content_sha256(two)


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.text(max_size=3)), st.one_of(st.none(), st.floats(allow_nan=False))), max_size=12), st.data()
)
def test_the_digest_does_not_depend_on_chunks(rows: list[tuple[str | None, float | None]], data: st.DataObject):
    table = pa.table({"a": pa.array([row[0] for row in rows], pa.string()), "b": pa.array([row[1] for row in rows], pa.float64())})
    cut = data.draw(st.integers(0, len(rows)))
    chunked = pa.concat_tables([table.slice(0, cut), table.slice(cut)])
    offset = pa.concat_tables([table.slice(0, 1), table]).combine_chunks().slice(min(1, len(rows)))
    assert content_sha256(chunked) == content_sha256(offset) == content_sha256(table)


def test_the_digest_does_not_depend_on_row_groups(tmp_path: Path):
    table = pa.table({"a": [str(number) for number in range(1000)], "b": np.arange(1000) / 7})
    write_parquet(table, tmp_path / "one.parquet")
    pq.write_table(table, tmp_path / "two.parquet", row_group_size=7, compression="none")
    assert (tmp_path / "one.parquet").read_bytes() != (tmp_path / "two.parquet").read_bytes()
    assert (
        content_sha256(read_parquet(tmp_path / "one.parquet"))
        == content_sha256(read_parquet(tmp_path / "two.parquet"))
        == content_sha256(table)
    )


def test_growth_is_on_the_period_before_or_the_year_before():
    index = np.array([[100.0, 110.0, 99.0, np.nan, 120.0]])
    assert growth(index, 1)[0] == pytest.approx([np.nan, 10, -10, np.nan, np.nan], nan_ok=True)
    assert growth(index, 4)[0] == pytest.approx([np.nan] * 4 + [20], nan_ok=True)
    assert np.isnan(growth(index, 5)).all()
    assert np.isnan(growth(index, 12)).all()


@given(st.lists(st.decimals(min_value=-(10**15), max_value=10**15, places=9, allow_nan=False), min_size=1, max_size=20))
def test_decimals_become_the_nearest_doubles(values: list[Decimal]):
    column = pa.chunked_array([pa.array(values, pa.decimal128(38, 9))])
    assert nearest_doubles(column).tolist() == [float(value) for value in values]


@given(
    st.lists(st.one_of(st.none(), st.decimals(min_value=-(10**25), max_value=10**25, places=12, allow_nan=False)), min_size=1, max_size=20)
)
def test_long_decimals_become_the_nearest_doubles(values: list[Decimal | None]):
    found = nearest_doubles(pa.chunked_array([pa.array(values, pa.decimal128(38, 12))]))
    assert [None if math.isnan(number) else number for number in found] == [None if value is None else float(value) for value in values]


def test_rows_find_their_places():
    table = pa.table(
        {"service": ["B", "A", "B", "A"], "activity": ["x", None, "w", None], "period": [11, 10, 12, 12], "z": [1.0, 2.0, None, 4.0]}
    )
    rows = Rows.of(table, ("service", "activity"), "period", Timeline(10, 3, 1, (10, 10)))
    assert rows.keys == (("A", ""), ("B", "w"), ("B", "x"))
    expected = [[2, np.nan, 4], [np.nan, np.nan, np.nan], [np.nan, 1, np.nan]]
    assert np.array_equal(rows.matrix(table["z"]), expected, equal_nan=True)


def test_labels_stand_for_codes():
    assert labelled(np.array([2, 0, 2]), ["a", "b", "c"]).to_pylist() == ["c", "a", "c"]


def test_a_run_table_has_its_schema_and_refuses_less():
    columns = {name: [] for name in arrow_schema("bridge").names}
    table = run_table("bridge", columns)
    assert table.schema.equals(arrow_schema("bridge"), check_metadata=True)
    with pytest.raises(KeyError):
        run_table("bridge", {"service": []})
    with pytest.raises(KeyError):
        run_table_json("nonsense")
    assert run_table_names() == tuple(sorted(run_table_names()))


def test_a_missing_figure_is_null_and_never_nan():
    columns: dict[str, object] = {name: ["x"] for name in arrow_schema("bridge").names}
    table = run_table("bridge", {**columns, "factor": np.array([np.nan]), "contribution_pp": np.array([0.5])})
    assert (table["factor"].null_count, table["contribution_pp"].null_count) == (1, 0)


PUBLISHED = pa.table(
    {
        "service": ["B", "A", "A", "A"],
        "period": ["2021", "2021", "2020", "2022"],
        "account": ["activity"] * 4,
        "measure": ["output", "productivity", "output", "input"],
        "value": [101.0, 99.95, 100.0, 100.0],
        "tolerance": [0.1, 0.1, 0.0, 1.0],
    }
)
PRODUCTIVITY = pa.table(
    {
        "service": ["A", "A", "B"],
        "period": ["2020", "2021", "2021"],
        "account": ["activity"] * 3,
        "output": [100.0, 105.0, 101.1],
        "input": [100.0, 100.0, None],
        "productivity": [100.0, 100.06, None],
    }
)


def test_published_figures_are_set_beside_computed_ones():
    rows = published_table(PUBLISHED, PRODUCTIVITY).to_pylist()
    assert [(row["service"], row["period"], row["measure"], row["computed"], row["within"]) for row in rows] == [
        ("A", "2020", "output", 100.0, 1),
        ("A", "2021", "productivity", 100.06, 0),
        ("A", "2022", "input", None, 0),
        ("B", "2021", "output", 101.1, 1),
    ]
    assert [row["difference"] for row in rows[:2]] == pytest.approx([0, 0.11])
    assert rows[2]["difference"] is None


CONTROLS = {
    "inputs,expenditure,,2021,1770": None,
    "inputs,expenditure,,2020,1616": None,
    "inputs,expenditure,,2022,1920": "1,940.00",
    "inputs,expenditure,All services,2021,1770": None,
    "inputs,expenditure,Care,2021,1150": None,
    "inputs,expenditure,Parks,2021,1150": "620.00",
    "inputs,expenditure,,,5310": None,
    "activity,volume,Care > Home,2022,170": None,
    "activity,volume,Care > Home,2021,100": "154.00",
    "activity,cost,Parks,,1893": None,
    "activity,failure_volume,,2020,20": None,
    "activity,failure_volume,,2021,0": "29.00",
    "inputs,expenditure,Care > Home,2021,-1150": "1,150.00",
}
"""Controls on the small study, and what the table adds up to where that is more than one per cent away."""


def test_control_totals(tmp_path: Path):
    text = STUDY.replace('quality = "quality.csv"\n', 'quality = "quality.csv"\ncontrols = "controls.csv"\n')
    table = "\n".join(["table,column,service,period,total", *CONTROLS, ""])
    found = [each for each in validate(rp.load_study(small_study(tmp_path, {"controls.csv": table}, text))) if each.is_error]
    expected = {line: computed for line, computed in enumerate(CONTROLS.values(), start=2) if computed}
    assert [(each.code, each.file, each.line, each.column) for each in found] == [
        ("RP064", "controls.csv", line, "total") for line in expected
    ]
    for each, computed in zip(found, expected.values(), strict=True):
        assert f"adds up to {computed} and the control total is" in each.message


def finding(code: str) -> Finding:
    return Finding(code, "activity", "activity.csv", "volume", 2, 1, "said")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), 0),
        (("RP005", "RP009"), 0),
        (("RP021",), 1),
        (("RP021", "RP005"), 1),
        (("RP021", "RP001"), 4),
        (("RP002",), 4),
        (("RP008",), 4),
        (("RP003",), 4),
    ],
)
def test_the_exit_code_of_findings(codes: tuple[str, ...], expected: int):
    assert exit_code_of(map(finding, codes)) == expected


def test_progress_says_each_stage_and_keeps_its_time(tmp_path: Path):
    said: list[str] = []
    progress = Progress(say=said.append)
    rp.compute(small_study(tmp_path / "study"), tmp_path / "run", progress=progress)
    assert said == ["read", "cells", "account", "tables", "write"]
    assert [stage for stage, _ in progress.log] == said
    assert all(seconds >= 0 for _, seconds in progress.log)
    lines = (tmp_path / "run/run.log").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[0] for line in lines] == said[:-1]


QUALITY_THAT_STOPS = """\
service,period,indicator,value,direction,remark
Care > Home,2020,content,0.8,higher,good
Care > Home,2021,content,0.9,higher,better
"""


def test_warnings_and_notes_do_not_stop_a_run_and_are_in_findings_csv(tmp_path: Path):
    run = rp.compute(small_study(tmp_path / "study", {"quality.csv": QUALITY_THAT_STOPS}), tmp_path / "run")
    with (tmp_path / "run/findings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["code"], row["severity"], row["table"], row["file"], row["line"], row["column"]) for row in rows] == [
        ("RP047", "warning", "quality", "quality.csv", "3", "value"),
        ("RP012", "info", "quality", "quality.csv", "1", ""),
    ]
    assert list(rows[0]) == run.tables["findings"].column_names
    assert [row["message"] for row in rows] == run.findings.message.to_list()
    assert run.manifest["findings"] == {"error": 0, "warning": 1, "info": 1}
