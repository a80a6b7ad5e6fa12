"""Contacts: streamed to scratch files, known to SQL as one view, with the findings of any other table."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, settings

from relprod.engine.duck import connection, scratch_folder
from relprod.periods import PeriodScheme
from relprod.tables import csv_file
from relprod.tables.contacts import period_in_sql
from relprod.tables.load import load_tables
from relprod.tables.schema import table_schema

SCHEMA = table_schema("contacts")
HEAD = ",".join(SCHEMA.names) + "\n"
COSTS = "service,activity,period,unit_cost\nCare,Visit,2016-17,5\n"
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def row(at=1, **cells):
    given = {"contact_id": f"C{at}", "person_id": "P", "service": "Care", "activity": "Visit", "opened": "2016-05-01", **cells}
    return ",".join(given.get(name, "") for name in SCHEMA.names) + "\n"


def load(bench, content, **options):
    bench.write("unit_costs.csv", COSTS)
    bench.write("contacts.csv", content)
    return bench.load(contacts={"path": "contacts.csv", **options} if options else "contacts.csv", unit_costs="unit_costs.csv")


def test_the_view(bench):
    bench.write("areas.csv", "area,group\nE01,2\n")
    bench.write("unit_costs.csv", COSTS)
    first = row(
        1, closed="2016-05-02T10:30", worker_id=" 007 ", demand="Failure", resolved="N", minutes="1.5", outcome_before="0.1", area="E01"
    )
    second = row(2, opened="2016-08-01 09:00:00", person_id="", outcome_after="-3", area="E01", group="own")
    bench.write("contacts.csv", HEAD + first + second)
    loaded = bench.load(contacts="contacts.csv", unit_costs="unit_costs.csv", areas="areas.csv")
    assert bench.errors(loaded) == [("RP053", "relprod.toml", None, "reference", 2)] or not bench.errors(loaded)
    assert (loaded.contact_rows, "contacts" in loaded.tables, loaded.labels["contacts"]) == (2, False, ("contacts.csv",))
    one, two = bench.contacts.to_pylist()
    assert one == {
        "contact_id": "C1",
        "person_id": "P",
        "service": "Care",
        "activity": "Visit",
        "opened": dt.datetime(2016, 5, 1),  # noqa: DTZ001 - wall time
        "closed": dt.datetime(2016, 5, 2, 10, 30),  # noqa: DTZ001 - wall time
        "worker_id": "007",
        "demand": "failure",
        "resolved": False,
        "minutes": Decimal("1.5"),
        "outcome_before": Decimal("0.1"),
        "outcome_after": None,
        "area": "E01",
        "group": "2",
        "_period": 2016 * 4,
        "_file": 0,
        "_line": 2,
    }
    assert (two["person_id"], two["outcome_after"], two["group"], two["_period"], two["_line"]) == (
        None,
        Decimal(-3),
        "own",
        2016 * 4 + 1,
        3,
    )
    kinds = {field.name: str(field.type) for field in bench.contacts.schema}
    assert {kinds[name] for name in ("minutes", "outcome_before", "outcome_after")} == {"decimal128(22, 10)"}
    assert (kinds["_period"], kinds["_file"], kinds["_line"], kinds["opened"]) == ("int64", "int32", "int64", "timestamp[us]")


def test_contacts_after_the_extract_change_nothing_and_are_reported(bench):
    bench.extract = "extract_start = 2016-04-01\nextract_end = 2016-06-30"
    bench.reference = "2016-17 Q1"
    within = HEAD + row(1) + row(2, closed="2016-06-30T23:59")
    load(bench, within)
    before = bench.contacts
    after = row(1, opened="2016-07-01") + row(4, opened="2016-07-01", person_id="p", service="Elsewhere")
    loaded = load(bench, within + after)
    assert bench.contacts == before
    found = bench.only(loaded, "RP072")
    assert (found.count, found.lines, found.severity) == (2, (4, 5), "warning")
    assert not bench.errors(loaded)
    loaded = load(bench, within + row(3, closed="2016-07-01"))
    assert bench.contacts["closed"].to_pylist()[2] is None
    assert bench.only(loaded, "RP073").lines == (4,)


def test_duplicates_across_files_and_closed_before_opened(bench):
    bench.write("unit_costs.csv", COSTS)
    bench.write("c_1.csv", HEAD + row(1) + row(2))
    bench.write("c_2.csv", HEAD + "\n" + row(3) + row(2) + row(1) + row(2))
    loaded = bench.load(contacts="c_*.csv", unit_costs="unit_costs.csv")
    assert bench.errors(loaded) == [("RP040", "c_2.csv", 4, None, 3)]
    assert "line 3 of 'c_1.csv'" in bench.only(loaded, "RP040").message
    assert bench.only(loaded, "RP040").lines == (4, 5, 6)
    loaded = load(bench, HEAD + row(1) + row(2, closed="2016-04-30"))
    assert bench.errors(loaded) == [("RP037", "contacts.csv", 3, "closed", 1)]
    assert (loaded.has_contacts, bench.contacts) == (False, None)


def test_a_study_that_does_not_say_what_the_extract_covers(bench):
    bench.extract = "extract_start = 2016-04-01"
    loaded = load(bench, HEAD + row(1))
    assert bench.errors(loaded) == [("RP071", "relprod.toml", None, None, 1)]
    assert "no 'extract_end'" in bench.only(loaded, "RP071").message


def test_unit_costs_for_every_period_of_contacts(bench):
    loaded = load(bench, HEAD + row(1) + row(2, opened="2017-05-01") + row(3, opened="2017-06-01") + row(4, activity="Secret"))
    found = [finding for finding in loaded.findings if finding.code == "RP043"]
    assert [(finding.count, finding.lines) for finding in found] == [(3, (3, 4, 5))]
    assert "'Visit' of 'Care'" in found[0].message
    assert "Secret" not in found[0].message


def test_presence_comes_from_cells_or_contacts(bench):
    bench.write("activity.csv", "service,activity,period,volume,unit_cost\nCare,Visit,2016-17 Q2,1,5\nCare,Visit,2016-17 Q4,1,5\n")
    bench.write("unit_costs.csv", COSTS)
    bench.write("quality.csv", "service,period,indicator,value,direction,activity\nCare,2016-17 Q1,I,1,higher,Visit\n")
    bench.write("contacts.csv", HEAD + row(1) + row(2, opened="2016-10-01"))
    loaded = bench.load(activity="activity.csv", contacts="contacts.csv", unit_costs="unit_costs.csv", quality="quality.csv")
    assert [(finding.code, finding.count) for finding in loaded.findings if finding.code != "RP076"] == [("RP047", 3)]
    bench.write("contacts.csv", HEAD + row(1) + row(2, opened="2016-05-05"))
    loaded = bench.load(activity="activity.csv", contacts="contacts.csv", unit_costs="unit_costs.csv")
    assert [finding.code for finding in loaded.findings if finding.code != "RP076"] == ["RP045", "RP053"]


def test_a_gap_of_contacts(bench):
    quarters = [row(at, opened=f"2016-{month:02d}-01") for at, month in enumerate((4, 7, 10))]
    named, unnamed = row(10, activity="Call"), row(11, activity="Secret")
    again = row(12, opened="2016-10-01", activity="Call") + row(13, opened="2016-10-01", activity="Secret")
    bench.write("unit_costs.csv", COSTS + "Care,Call,2016-17,1\n")
    bench.write("contacts.csv", HEAD + "".join(quarters) + named + unnamed + again)
    loaded = bench.load(contacts="contacts.csv", unit_costs="unit_costs.csv")
    found = bench.only(loaded, "RP044")
    assert (found.table, found.count, found.lines, found.column) == ("contacts", 2, (5, 6), "opened")
    assert "'Call' of 'Care' between 2016-17 Q1 and 2016-17 Q3" in found.message
    assert "Secret" not in found.message


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_through_quoted_line_ends_blank_lines_and_ragged_rows(bench, monkeypatch, end):
    monkeypatch.setattr(csv_file, "BATCH_ROWS", 2)
    text = HEAD + "\n" + row(1, activity='"Vi\nsit"') + row(2) + "too,short\n" + row(3) + row(4) + row(2)
    loaded = load(bench, text.replace("\n", end))
    assert bench.errors(loaded) == [("RP013", "contacts.csv", 6, None, 1)]
    loaded = load(bench, text.replace("too,short\n", "").replace("\n", end))
    found = bench.only(loaded, "RP040")
    assert (found.line, found.message.split("first is on ")[1][:6]) == (8, "line 5")


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "RP004", None),
        (HEAD.encode(), "RP015", None),
        ((HEAD + row(1)).encode() + b"\xff,\n", "RP006", 3),
        ((HEAD + row(1) + row(2, activity="V\0")).encode(), "RP007", 3),
        ((HEAD + row(1)).replace(",", ";").encode(), "RP017", 1),
    ],
)
def test_what_the_byte_pass_finds_while_the_engine_reads(bench, content, code, line):
    loaded = load(bench, content)
    assert (code, line) in [(finding.code, finding.line) for finding in loaded.findings if finding.is_error]
    assert not loaded.has_contacts


def test_texts_that_are_rewritten_first(bench):
    for content, options in (
        ((HEAD + row(1, activity="Café")).encode("cp1252"), {"encoding": "cp1252"}),
        ((HEAD + row(1, activity="Café")).encode("utf-16"), {"encoding": "utf-16"}),
        ((HEAD + row(1, activity="Café")).replace("\n", "\r").encode(), {}),
        ((HEAD.replace("\n", "\r\n") + row(1, activity="Café")).encode(), {}),
    ):
        load(bench, content, **options)
        bench.write("unit_costs.csv", COSTS + "Care,Café,2016-17,5\n")
        loaded = bench.load(contacts={"path": "contacts.csv", **options} if options else "contacts.csv", unit_costs="unit_costs.csv")
        assert bench.contacts["activity"].to_pylist() == ["Café"]
        assert loaded.files[-2].rows == 1 or loaded.files[0].rows == 1


def test_parquet_and_frames_give_the_same(bench):
    cells = [row(at, minutes="1.5", resolved="Y", closed="2016-05-02") for at in range(3)]
    load(bench, HEAD + "".join(cells))
    expected = bench.contacts.drop_columns(["_line"])
    table = pa.table(dict(zip(SCHEMA.names, zip(*(cell.strip("\n").split(",") for cell in cells), strict=True), strict=True)))
    table = table.set_column(
        SCHEMA.names.index("opened"),
        "opened",
        pa.array([dt.datetime(2016, 5, 1)] * 3, pa.timestamp("ms")),  # noqa: DTZ001 - wall time
    )
    pq.write_table(table, bench.folder / "contacts.parquet")
    loaded = bench.load(contacts="contacts.parquet", unit_costs="unit_costs.csv")
    assert bench.contacts.drop_columns(["_line"]) == expected
    assert next(file.rows for file in loaded.files if file.table == "contacts") == 3
    bench.load({"contacts": table}, unit_costs="unit_costs.csv")
    assert bench.contacts.drop_columns(["_line"]) == expected


def test_progress_and_scratch_folder(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(csv_file, "BATCH_ROWS", 10)
    monkeypatch.setattr("relprod.tables.reader._SECONDS_BETWEEN", 0)
    bench.write("unit_costs.csv", COSTS)
    bench.write("contacts.csv", HEAD + "".join(row(at) for at in range(100)))
    study, told, folder = bench.study({"contacts": "contacts.csv", "unit_costs": "unit_costs.csv"}), [], tmp_path / "scratch"
    folder.mkdir()
    with connection() as con:
        load_tables(con, study, scratch=folder, progress=lambda label, share: told.append((label, share)))
        assert len(list(folder.iterdir())) == 1
        own = scratch_folder(con)
        load_tables(con, study)
        assert len(list(own.iterdir())) == 1
    assert not own.exists()
    assert {label for label, _ in told} == {"contacts.csv"}
    assert all(0 <= share <= 1 for _, share in told)


@pytest.mark.parametrize(("frequency", "calendar"), list(itertools.product(("month", "quarter", "year"), ("calendar", "financial-uk"))))
def test_periods_in_sql(frequency, calendar):
    scheme = PeriodScheme(frequency, calendar)
    days = [(year, month) for year in (1999, 2016) for month in range(1, 13)]
    with connection() as con:
        found = [con.execute("SELECT " + period_in_sql(f"DATE '{year}-{month:02d}-15'", scheme)).fetchone()[0] for year, month in days]
    assert found == [scheme.of_date(year, month) for year, month in days]


@pytest.mark.parametrize("spaced", [False, True])
@pytest.mark.parametrize(
    ("code", "cells"),
    [
        ("RP072", {"opened": "2016-03-31"}),
        ("RP073", {"closed": "2020-04-01"}),
        ("RP074", {"area": "E02"}),
        ("RP075", {"area": ""}),
        ("RP076", {"worker_id": ""}),
        ("RP077", {"person_id": ""}),
    ],
)
@pytest.mark.parametrize("worker", ["W7", "Ann"])
def test_one_contact_among_many_is_not_passed_over(bench, code, cells, spaced, worker):
    """What no record of a batch has is not looked for: so it must be noticed in every kind of row, read quickly or slowly."""
    bench.extra = "[equity]\naversion = 1.0\n"
    usual = {"worker_id": worker, "area": "E01", "closed": "2016-05-02"}
    service = " Care " if spaced else "Care"
    text = HEAD + row(1, **usual) + row(2, **{**usual, "service": service, **cells}) + row(3, **usual)
    bench.write("areas.csv", "area,group\nE01,1\n")
    bench.write("unit_costs.csv", COSTS)
    bench.write("contacts.csv", text)
    loaded = bench.load(contacts="contacts.csv", unit_costs="unit_costs.csv", areas="areas.csv")
    found = {each.code: (each.count, each.lines) for each in loaded.findings if each.code in {f"RP07{at}" for at in range(2, 8)}}
    expected = {code: (1, (3,))} | ({"RP075": (1, (3,))} if code == "RP074" else {})
    assert found == expected
