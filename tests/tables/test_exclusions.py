"""Rows left out on declared grounds: which ones, what is told of them, and that no other row is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relprod.engine.duck import connection
from relprod.study import parse_study
from relprod.tables.exclusions import in_words, rows_left_out
from relprod.tables.load import load_tables
from relprod.tables.schema import table_schema

ACTIVITY = """\
service,activity,period,volume,unit_cost,group
Care,Visit,2016-17 Q1,10,5,
Care > North,Visit,2016-17 Q2,11.5,5,a
Care > North > East,Visit,2017-18 Q1,12,5,b
Careful,Visit,2016-17 Q1,13,5,
All services,Visit,2016-17 Q3,14,5,It's
"""
CONTACTS = table_schema("contacts").names
COSTS = "service,activity,period,unit_cost\nCare,Visit,2016-17,5\nCare,Visit,2017-18,6\n"


def entry(table: str, where: str, reason: str = "Why") -> str:
    return f'[[exclusions]]\ntable = "{table}"\nwhere = {where}\nreason = "{reason}"\nowner = "Who"\n'


def contact(at: int, **cells: str) -> str:
    given = {"contact_id": f"C{at}", "person_id": "P", "service": "Care", "activity": "Visit", "opened": "2016-05-01", **cells}
    return ",".join(given.get(name, "") for name in CONTACTS) + "\n"


def contacts_file(*rows: dict[str, str]) -> str:
    return ",".join(CONTACTS) + "\n" + "".join(contact(at, **cells) for at, cells in enumerate(rows, start=1))


def volumes(bench, *wheres: str) -> list[int]:
    """Return the whole part of the volumes that stay; the rows have 10 to 14."""
    bench.extra = "".join(entry("activity", where) for where in wheres)
    return [int(volume) for volume in bench.activity(ACTIVITY).tables["activity"]["volume"].to_pylist()]


@pytest.mark.parametrize(
    ("where", "stay"),
    [
        ('{ service = "Care" }', [13, 14]),
        ('{ service = " All services  >  care>North" }', [10, 11, 12, 13, 14]),
        ('{ service = "All services > Care  >North" }', [10, 13, 14]),
        ('{ service = "all services" }', []),
        ('{ service = ["Careful", "Care > North > East"] }', [10, 11, 14]),
        ('{ period = "2016-17Q1" }', [11, 12, 14]),
        ('{ period = "2016/17" }', [12]),
        ('{ period = { from = "2016-17 Q3" } }', [10, 11, 13]),
        ('{ period = { to = "2016-17 Q2" } }', [12, 14]),
        ('{ period = { from = "2016-17 Q2", to = "2016-17" } }', [10, 12, 13]),
        ("{ volume = 11.5 }", [10, 12, 13, 14]),
        ("{ volume = [10, 14.0] }", [11, 12, 13]),
        ("{ volume = 11.50000000001 }", [10, 12, 13, 14]),
        ("{ volume = { from = 11, to = 13 } }", [10, 14]),
        ("{ volume = { to = -1e-300 } }", [10, 11, 12, 13, 14]),
        ("{ group = { missing = true } }", [11, 12, 14]),
        ("{ group = { missing = false } }", [10, 13]),
        ('{ group = "a" }', [10, 12, 13, 14]),
        ('{ group = " a " }', [10, 12, 13, 14]),
        ('{ group = "A" }', [10, 11, 12, 13, 14]),
        ('{ group = "It\'s" }', [10, 11, 12, 13]),
        ("{ group = \"' OR '1' = '1\" }", [10, 11, 12, 13, 14]),
        ('{ service = "Care", group = "b" }', [10, 11, 13, 14]),
        ("{ failure_volume = 0 }", [10, 11, 12, 13, 14]),
    ],
)
def test_rows_that_hold_all_of_it_are_left_out(bench, where, stay):
    assert volumes(bench, where) == stay


def test_what_is_left_out_is_told_by_entry_and_file(bench):
    bench.write("a.csv", ACTIVITY)
    bench.write("b.csv", "service,activity,period,volume,unit_cost\nCare,Call,2016-17 Q1,1,1\nParks,Cut,2016-17 Q1,2,1\n")
    bench.extra = entry("activity", '{ service = "Care" }', "Counted elsewhere.") + entry("activity", '{ period = "2016-17 Q1" }')
    loaded = bench.load(activity=["a.csv", "b.csv"])
    told = [(each.severity, each.file, each.line, each.lines, each.count, each.message) for each in loaded.findings if each.code == "RP080"]
    assert told == [
        (
            "info",
            "a.csv",
            2,
            (2, 3, 4),
            3,
            "3 rows left out by entry 1 of [[exclusions]] (service is 'Care' (or below)). Reason: Counted elsewhere. Owner: Who.",
        ),
        ("info", "a.csv", 5, (5,), 1, "1 row left out by entry 2 of [[exclusions]] (period is '2016-17 Q1'). Reason: Why. Owner: Who."),
        (
            "info",
            "b.csv",
            2,
            (2,),
            1,
            "1 row left out by entry 1 of [[exclusions]] (service is 'Care' (or below)). Reason: Counted elsewhere. Owner: Who.",
        ),
        ("info", "b.csv", 3, (3,), 1, "1 row left out by entry 2 of [[exclusions]] (period is '2016-17 Q1'). Reason: Why. Owner: Who."),
    ]
    assert [(each.number, each.file, each.rows) for each in loaded.left_out] == [
        (1, "a.csv", 3),
        (1, "b.csv", 1),
        (2, "a.csv", 1),
        (2, "b.csv", 1),
    ]


def test_an_entry_that_fits_no_row_is_a_warning(bench):
    bench.extra = entry("activity", '{ service = "Parks" }') + entry("inputs", '{ input = "labour" }')
    loaded = bench.activity(ACTIVITY)
    assert [each.message for each in loaded.findings if each.code == "RP081"] == [
        f"Entry {number} of [[exclusions]] ({where}) fits no row that is left of '{table}'. Spell it as in the data, or take it out."
        for number, where, table in ((1, "service is 'Parks' (or below)", "activity"), (2, "input is 'labour'", "inputs"))
    ]


def test_what_cannot_be_read_is_still_found_and_then_nothing_is_said_of_exclusions(bench):
    bench.extra = entry("activity", '{ service = "Care" }')
    loaded = bench.activity(ACTIVITY.replace("10,5", "ten,5"))
    assert [each.code for each in loaded.findings if each.is_error] == ["RP021"]
    assert not {"RP080", "RP081"} & {each.code for each in loaded.findings}


def test_left_out_rows_are_no_doubles_and_name_nothing(bench):
    twice = ACTIVITY + "Care,Visit,2016-17 Q1,99,5,\n"
    assert "RP040" in {each.code for each in bench.activity(twice).findings}
    bench.extra = entry("activity", "{ volume = 99 }")
    assert "RP040" not in {each.code for each in bench.activity(twice).findings}
    bench.write("quality.csv", "service,period,indicator,value,direction\nCrae,2016-17 Q1,i,1,higher\n")
    assert "RP041" in {each.code for each in bench.load(activity="activity.csv", quality="quality.csv").findings}
    bench.extra += entry("quality", '{ service = "Crae" }')
    assert "RP041" not in {each.code for each in bench.load(activity="activity.csv", quality="quality.csv").findings}


def load_contacts(bench, *rows: dict[str, str], extra: str = "", **tables: str):
    bench.extra = extra
    bench.write("unit_costs.csv", COSTS)
    bench.write("contacts.csv", contacts_file(*rows))
    for name, content in tables.items():
        bench.write(f"{name}.csv", content)
    return bench.load(contacts="contacts.csv", unit_costs="unit_costs.csv", **{name: f"{name}.csv" for name in tables})


ROWS = (
    {"closed": "2016-05-02T10:30", "minutes": "5", "demand": "Failure", "area": "E01"},
    {"opened": "2016-06-30T23:59", "resolved": "N", "person_id": "", "area": "E02"},
    {"opened": "2016-07-01", "minutes": "7.25", "service": "Care > North", "worker_id": "W"},
    {"opened": "2015-01-01"},
)


@pytest.mark.parametrize(
    ("where", "stay"),
    [
        ("{ opened = 2016-06-30 }", ["C1", "C3"]),
        ("{ opened = { from = 2016-06-30, to = 2016-07-01 } }", ["C1"]),
        ("{ opened = { to = 2016-06-30 } }", ["C3"]),
        ("{ closed = 2016-05-02 }", ["C2", "C3"]),
        ("{ closed = { missing = true } }", ["C1"]),
        ('{ demand = "FAILURE" }', ["C2", "C3"]),
        ("{ resolved = false }", ["C1", "C3"]),
        ("{ resolved = true }", ["C1", "C2", "C3"]),
        ("{ minutes = { from = 7 } }", ["C1", "C2"]),
        ('{ service = "Care > North" }', ["C1", "C2"]),
        ('{ group = "poor" }', ["C2", "C3"]),
        ("{ person_id = { missing = true } }", ["C1", "C3"]),
        ("{ worker_id = { missing = false } }", ["C1", "C2"]),
    ],
)
def test_contacts_that_hold_all_of_it_are_left_out(bench, where, stay):
    areas = "area,group\nE01,poor\nE02,rich\n"
    loaded = load_contacts(bench, *ROWS, extra=entry("contacts", where), areas=areas)
    assert bench.contacts["contact_id"].to_pylist() == stay
    assert loaded.contact_rows == len(stay)


def test_contacts_left_out_are_in_no_other_finding_and_their_values_in_none(bench):
    twice = [*ROWS, {"contact_id": "C1", "person_id": "S3CRET", "area": "E09"}]
    before = load_contacts(bench, *twice)
    assert {"RP040", "RP072"} <= {each.code for each in before.findings}
    extra = entry("contacts", '{ area = "E09" }') + entry("contacts", "{ opened = { to = 2015-12-31 } }")
    after = load_contacts(bench, *twice, extra=extra)
    assert not {"RP040", "RP072"} & {each.code for each in after.findings}
    assert not any("S3CRET" in each.message for each in after.findings)
    assert [(each.number, each.rows, each.lines) for each in after.left_out] == [(1, 1, (6,)), (2, 1, (5,))]
    assert bench.only(load_contacts(bench, *twice, extra=entry("contacts", '{ area = "E09" }')), "RP080").message.startswith(
        "1 contact left"
    )


def test_groups_are_looked_up_in_the_areas_that_stay(bench):
    areas = "area,group\nE01,old\nE02,rich\n"
    load_contacts(bench, *ROWS, extra=entry("areas", '{ group = "old" }'), areas=areas)
    assert bench.contacts["group"].to_pylist() == [None, "rich", None]


def test_which_rows_an_entry_left_out_can_be_asked(bench):
    text = (
        entry("contacts", "{ minutes = { missing = true } }")
        + entry("unit_costs", "{ unit_cost = 6 }")
        + entry("activity", "{ volume = 1 }")
    )
    load_contacts(bench, *ROWS, extra=text)
    study = bench.study({"contacts": "contacts.csv", "unit_costs": "unit_costs.csv"})
    with connection() as con:
        labels = load_tables(con, study).labels
        assert list(rows_left_out(con, study, labels, 1)) == [("contacts.csv", 3), ("contacts.csv", 5)]
        assert list(rows_left_out(con, study, labels, 2)) == [("unit_costs.csv", 3)]
        assert list(rows_left_out(con, study, labels, 3)) == []
        for number in (0, 4):
            with pytest.raises(ValueError, match="the study has 3 exclusions"):
                list(rows_left_out(con, study, labels, number))


def test_conditions_in_words(bench):
    where = (
        '{ service = ["A", "B"], opened = { from = 2024-01-01 }, closed = { to = 2024-01-07 }, minutes = 1.5, resolved = true, '
        "worker_id = { missing = true }, person_id = { missing = false }, outcome_after = { from = 1, to = 2 }, "
        'area = ["1", "2", "3", "4", "5", "6", "7"] }'
    )
    bench.extra = entry("contacts", where)
    (only,) = bench.study({}).exclusions
    assert in_words(only) == (
        "person_id is there and service is 'A' or 'B' (or below) and opened is from 2024-01-01 on and closed is up to 2024-01-07 and "
        "worker_id is missing and resolved is true and minutes is 1.5 and outcome_after is from 1 to 2 and "
        "area is '1', '2', '3', '4', '5', '6' and 1 more"
    )


HEAD = '[study]\ntitle = "T"\nfrequency = "quarter"\ncalendar = "financial-uk"\nreference = "2016-17"\n[tables]\n'
NAMES = st.sampled_from(["a", "b", "c", ""])


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.tuples(NAMES, st.integers(0, 4)), min_size=1, max_size=12),
    wanted=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=3),
)
def test_each_row_stays_or_is_left_out_by_the_first_entry_that_it_fits(rows, wanted):
    entries = [(group, min(one, other), max(one, other)) for group, one, other in wanted]
    toml = "".join(entry("activity", f'{{ group = "{group}", volume = {{ from = {low}, to = {high} }} }}') for group, low, high in entries)
    study = parse_study(HEAD + toml, folder=Path())
    frame = pd.DataFrame(rows, columns=["group", "volume"]).assign(service="S", activity="A", period="2016-17 Q1", unit_cost=1)
    fits = [next((n for n, (group, low, high) in enumerate(entries, 1) if row[0] == group and low <= row[1] <= high), None) for row in rows]
    with connection() as con:
        loaded = load_tables(con, study, {"activity": frame})
        found = {n: len(list(rows_left_out(con, study, loaded.labels, n))) for n in range(1, len(entries) + 1)}
    assert loaded.tables["activity"]["volume"].to_pylist() == [row[1] for row, number in zip(rows, fits, strict=True) if number is None]
    assert found == {n: fits.count(n) for n in found}
    assert sum(each.rows for each in loaded.left_out) == len(rows) - fits.count(None)
