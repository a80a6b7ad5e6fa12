"""What the figures mean: changes to a study or its extract that must move a figure exactly so, or not at all."""

from __future__ import annotations

import random
import tempfile
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import relprod
from relprod.run.parquet import write_parquet

from .making import ACTIVITIES, END, PERIODS, SCHEME, computed, contacts, contacts_frame, frames, productivity, study

SERVICES = ("Care > Home", "Housing")
EVERY = {
    "failure_demand": {"method": "repeat", "removal": 0.5, "placeholder_ids": ["UNKNOWN"]},
    "contact_quality": {"attribution": 0.7},
    "equity": {"aversion": 1.5},
    "unpaid": {"output_side": "hours"},
}


@pytest.fixture(scope="module")
def rows():
    return contacts(21, 200, SERVICES)


@pytest.fixture(scope="module")
def tables(rows):
    return frames(rows, services=SERVICES)


@pytest.fixture(scope="module")
def whole(tables):
    return computed(EVERY, tables)


def figures(run):
    """Return the bytes of the Parquet file of every table of figures."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, table in run.tables.items():
            if name != "findings":
                path = Path(folder) / name
                write_parquet(table, path)
                found[name] = path.read_bytes()
    return found


def changed(first, second):
    """Return the tables of figures in which two runs differ."""
    one, other = figures(first), figures(second)
    assert set(one) == set(other)
    return {name for name in one if one[name] != other[name]}


# An hour from paid to unpaid care

RATE = 20


def care(output, paid, unpaid):
    """Return tables of one service; volumes of output, and paid and unpaid hours, one number a quarter."""
    cells = [
        {"service": "Home care", "activity": "care", "period": t, "volume": x, "unit_cost": RATE}
        for t, x in zip(PERIODS, output, strict=True)
    ]
    staff = [
        {"service": "Home care", "period": t, "input": "staff", "expenditure": RATE * h, "volume": h}
        for t, h in zip(PERIODS, paid, strict=True)
    ]
    family = [
        {"service": "Home care", "period": t, "contributor": "family", "hours": h, "rate": RATE, "sustainable_share": 1}
        for t, h in zip(PERIODS, unpaid, strict=True)
    ]
    return {name: pd.DataFrame(table) for name, table in (("activity", cells), ("inputs", staff), ("unpaid", family))}


def of_account(run, account):
    return [value[2] for (service, _, name), value in sorted(productivity(run).items()) if (service, name) == ("Home care", account)]


PAID, UNPAID = [100] * 8, [40] * 8
MOVED = [0, 0, 0, 0, 0, 1, 10, 30]
LESS_PAID = [paid - moved for paid, moved in zip(PAID, MOVED, strict=True)]
MORE_UNPAID = [unpaid + moved for unpaid, moved in zip(UNPAID, MOVED, strict=True)]


@pytest.mark.parametrize("index", ["laspeyres", "fisher"])
def test_hours_moved_with_the_same_outcome_raise_core_productivity_and_leave_extended(index):
    sections = {"unpaid": {"output_side": "in-outcome"}, "output": {"index": index}}
    run = computed(sections, care(PAID, LESS_PAID, MORE_UNPAID))
    assert of_account(run, "activity") == pytest.approx([100 * 100 / paid for paid in LESS_PAID], abs=1e-9)
    assert of_account(run, "extended") == pytest.approx([100] * 8, abs=1e-9)


def test_hours_moved_out_of_paid_output_leave_both():
    run = computed({"unpaid": {"output_side": "hours"}}, care(LESS_PAID, LESS_PAID, MORE_UNPAID))
    assert of_account(run, "activity") == pytest.approx([100] * 8, abs=1e-9)
    assert of_account(run, "extended") == pytest.approx([100] * 8, abs=1e-9)


def test_hours_that_cannot_be_kept_up_are_an_input_and_no_output():
    tables = care(LESS_PAID, LESS_PAID, MORE_UNPAID)
    tables["unpaid"]["sustainable_share"] = [1, 1, 1, 1, 1, 0.8, 0.8, 0.8]
    extended = of_account(computed({"unpaid": {"output_side": "hours"}}, tables), "extended")
    assert extended[:5] == pytest.approx([100] * 5, abs=1e-9)
    assert max(extended[5:]) < 99


def test_core_accounts_do_not_know_of_unpaid_hours(whole, tables):
    without = {name: section for name, section in EVERY.items() if name != "unpaid"}
    core = productivity(computed(without, {name: table for name, table in tables.items() if name != "unpaid"}))
    assert {key: value for key, value in productivity(whole).items() if key[2] != "extended"} == core


# Removal and shares


def test_nothing_removed_is_the_quality_adjusted_account(tables):
    sections = {**EVERY, "failure_demand": EVERY["failure_demand"] | {"removal": 0.0}}
    found = productivity(computed(sections, tables))
    pairs = [(value, found[service, t, "quality_adjusted"]) for (service, t, account), value in found.items() if account == "value_demand"]
    assert len(pairs) == 32
    assert all(one == other for one, other in pairs)


def test_an_equal_share_of_failure_demand_leaves_growth_as_it_is():
    """A quarter of contacts are chases in every quarter, of one service with one activity."""
    first = contacts(1, 0, ("Housing",))[0]
    rows = []
    for quarter, people in enumerate((3, 5, 4, 7, 2, 6, 9, 5)):
        day = SCHEME.first_day(SCHEME.of_date(2023, 1) + quarter)
        opened = first.opened.replace(year=day.year, month=day.month, day=2)
        for person in range(4 * people):
            after = person % 4 == 3
            who = f"q{quarter}p{person - after}"
            when = opened.replace(day=20 if after else 2)
            number = f"q{quarter}c{person:03d}"
            rows.append(first._replace(contact_id=number, person_id=who, activity="advice", opened=when, closed=when))
    section = {"failure_demand": {"method": "repeat", "removal": 1.0}}
    run = computed(section, frames(rows, services=("Housing",)))
    assert {row["share"] for row in run.tables["failure_demand"].to_pylist()} == {0.25}
    found = productivity(run)
    for (service, t, account), value in found.items():
        if account == "value_demand":
            assert value == pytest.approx(found[service, t, "activity"], abs=1e-9)
    assert len({round(value[0], 3) for value in found.values()}) > 5


# Relabelling


def test_names_of_persons_and_workers_do_not_matter(rows, tables, whole):
    person = {f"p{number}": f"x{(number * 7 + 3) % 12}" for number in range(12)}
    worker = {"w1": "Z9", "w2": "A0", "w3": "M5"}
    other = [row._replace(person_id=person.get(row.person_id, row.person_id), worker_id=worker.get(row.worker_id)) for row in rows]
    assert len(set(person.values())) == 12
    assert changed(whole, computed(EVERY, {**tables, "contacts": contacts_frame(other)})) == set()


def test_names_of_groups_do_not_matter_but_for_their_order(rows, tables, whole):
    name = {"1": "north", "2": "south", "3": "west"}
    run = computed(EVERY, {**tables, "contacts": contacts_frame([row._replace(group=name[row.group]) for row in rows])})
    assert changed(whole, run) == {"equity_groups", "contact_outcomes"}
    renamed = [row | {"group": name[row["group"]]} for row in whole.tables["equity_groups"].to_pylist()]
    assert run.tables["equity_groups"].to_pylist() == renamed


def test_a_person_more_or_less_does_matter(rows, tables, whole):
    """The tests above could fail."""
    merged = [row._replace(person_id="p1" if row.person_id == "p2" else row.person_id) for row in rows]
    assert {"failure_demand", "continuity", "productivity"} <= changed(
        whole, computed(EVERY, {**tables, "contacts": contacts_frame(merged)})
    )


# The extract


def test_contacts_after_the_extract_change_nothing_and_are_reported(rows, tables, whole):
    late = [row._replace(contact_id=f"late{n}", opened=row.opened.replace(year=2025), closed=None) for n, row in enumerate(rows[:9])]
    early = rows[0]._replace(contact_id="early", opened=rows[0].opened.replace(year=2022, month=12, day=31))
    run = computed(EVERY, {**tables, "contacts": contacts_frame([*late, *rows, early])})
    assert changed(whole, run) == set()
    (said,) = [row for row in run.tables["findings"].to_pylist() if row["code"] == "RP072"]
    assert (said["count"], said["severity"]) == (10, "warning")


def test_what_closes_after_the_extract_is_open(rows, tables, whole):
    open_now = [row for row in rows if row.closed is None]
    later = [row._replace(closed=row.opened.replace(year=2026)) if row in open_now[:7] else row for row in rows]
    run = computed(EVERY, {**tables, "contacts": contacts_frame(later)})
    assert changed(whole, run) == set()
    assert {row["count"] for row in run.tables["findings"].to_pylist() if row["code"] == "RP073"} == {7}


def test_contacts_on_the_last_day_of_the_extract_count(rows, tables):
    last = rows[0]._replace(contact_id="last", opened=rows[0].opened.replace(END.year, END.month, END.day, hour=23), closed=None)
    run = computed(EVERY, {**tables, "contacts": contacts_frame([*rows, last])})
    assert "RP072" not in run.tables["findings"]["code"].to_pylist()
    volume = {(row["service"], row["activity"]): row["volume"] for row in run.tables["failure_demand"].to_pylist()}
    every = [
        row for row in run.tables["failure_demand"].to_pylist() if (row["service"], row["activity"]) == ("All services", "All activities")
    ]
    assert sum(row["volume"] for row in every) == len(rows) + 1
    assert volume


# Files, order, threads and memory


@pytest.fixture
def on_disk(rows, tables, tmp_path):
    """A study whose contacts are in files, as many as are asked for."""

    def made(order, parts):
        for name in ("unit_costs", "inputs", "unpaid"):
            tables[name].to_csv(tmp_path / f"{name}.csv", index=False)
        for path in tmp_path.glob("contacts_*.csv"):
            path.unlink()
        frame = contacts_frame(order)
        for part in range(parts):
            frame.iloc[part::parts].to_csv(tmp_path / f"contacts_{part}.csv", index=False)
        return study(
            {"tables": {"contacts": "contacts_*.csv", **{n: f"{n}.csv" for n in ("unit_costs", "inputs", "unpaid")}}, **EVERY}, tmp_path
        )

    assert rows
    return made


def test_order_and_number_of_files_do_not_matter(rows, whole, on_disk):
    shuffled = list(rows)
    random.Random(5).shuffle(shuffled)  # noqa: S311 - a seed is the point
    assert changed(whole, relprod.compute(on_disk(shuffled, 1))) == set()
    assert changed(whole, relprod.compute(on_disk(shuffled[::-1], 7))) == set()


@pytest.mark.parametrize("engine", [{"threads": 1}, {"threads": 2, "memory_limit": "256MB"}], ids=str)
def test_threads_and_memory_do_not_matter(tables, whole, engine):
    assert changed(whole, relprod.compute(study(EVERY), tables=tables, **engine)) == set()


def test_arrow_and_pandas_frames_are_the_same(tables, whole):
    arrow = {name: pa.Table.from_pandas(table, preserve_index=False) for name, table in tables.items()}
    assert changed(whole, relprod.compute(study(EVERY), tables=arrow)) == set()


# What each setting does, on contacts that are written out


FEW = {"output": {"min_match_error": 0.0}}
"""A study of few contacts need not have each activity in each year."""


def written(*rows):
    """Return contacts of person p in Housing on days of May 2023: (id, opened day, closed day or None, changes)."""
    like = contacts(1, 0, ("Housing",))[0]._replace(person_id="p", activity="advice", demand=None, resolved=None, group=None)
    made = []
    for number, opened, closed, changes in rows:
        when = [None if day is None else like.opened.replace(2023, 5, day, hour=9) for day in (opened, closed)]
        made.append(like._replace(contact_id=number, opened=when[0], closed=when[1], **changes))
    others = [
        like._replace(
            contact_id=f"other{quarter}{activity}",
            person_id=f"other{quarter}{activity}",
            activity=activity,
            opened=like.opened.replace(2023 + (quarter + 2) // 12, quarter % 12 + 1, 3),
            closed=like.opened.replace(2023 + (quarter + 2) // 12, quarter % 12 + 1, 3),
        )
        for quarter in range(0, 12, 3)
        for activity in ACTIVITIES
    ]
    return [*others, *made]


def failures(section, rows, activity="All activities"):
    """Return failure volume, returns and chases in 2023-24 Q1."""
    tables = frames(rows, services=("Care", "Housing"))
    cells = [{"service": "Care", "activity": "else", "period": t, "volume": 9, "unit_cost": 1} for t in PERIODS]
    section = {"method": "repeat", "removal": 0.1, **section}
    run = computed({"failure_demand": section, **FEW}, {**tables, "activity": pd.DataFrame(cells)}, reference="2023-24 Q1")
    (row,) = [
        row
        for row in run.tables["failure_demand"].to_pylist()
        if (row["service"], row["activity"], row["period"]) == ("Housing", activity, "2023-24 Q1")
    ]
    return int(row["failure_volume"]), row["returns"], row["chases"]


SPELL = [("a", 1, 4, {}), ("b", 2, 2, {}), ("c", 6, 6, {}), ("d", 10, 10, {})]
"""b chases a; c returns to a (2 days) and b (4 days); d returns to c (4 days)."""

READINGS = {
    "both kinds": ({}, (3, 2, 1)),
    "chases": ({"kinds": ["chase"]}, (1, 2, 1)),
    "four days, inclusive": ({"window_days": 4}, (3, 2, 1)),
    "four days, exclusive": ({"window_days": 4, "inclusive_end": False}, (2, 1, 1)),
    "a window of no days": ({"window_days": 0}, (1, 0, 1)),
    "placeholder": ({"placeholder_ids": ["p"]}, (0, 0, 0)),
}


@pytest.mark.parametrize(("section", "expected"), READINGS.values(), ids=READINGS)
def test_what_is_failure_demand(section, expected):
    assert failures(section, written(*SPELL)) == expected


def test_a_window_of_no_days_still_holds_the_same_day():
    same_day = written(("a", 1, 1, {}), ("b", 1, 1, {}))
    assert failures({"window_days": 0}, same_day) == (1, 1, 0)
    assert failures({"window_days": 0, "inclusive_end": False}, same_day) == (0, 0, 0)


def test_planned_activities_are_neither_repeat_nor_repeated():
    visits = written(("a", 1, 1, {"activity": "visit"}), ("b", 3, 3, {}), ("c", 5, 5, {"activity": "visit"}), ("d", 7, 7, {}))
    assert failures({}, visits) == (3, 3, 0)
    assert failures({"planned_activities": ["visit"]}, visits) == (1, 1, 0)


def test_where_a_person_was_left_unresolved():
    """b comes to Housing because Care did not settle a; d comes after c, the last contact there is, since none is unresolved in between."""
    rows = written(
        ("a", 1, 1, {"service": "Care", "resolved": False}),
        ("b", 3, 3, {"resolved": True}),
        ("c", 20, 20, {"person_id": "r", "resolved": True}),
        ("d", 21, 21, {"person_id": "r", "service": "Care"}),
    )
    tables = frames(rows, services=("Care", "Housing"))
    section = {"method": "repeat", "removal": 0.1}
    run = computed({"failure_demand": section | {"match_on": []}, **FEW}, tables, reference="2023-24 Q1")
    assert run.tables["repeat_origins"].to_pylist() == [
        {"service": "Care", "period": "2023-24 Q1", "origin": "Housing", "repeats": 1},
        {"service": "Housing", "period": "2023-24 Q1", "origin": "Care", "repeats": 1},
    ]
    assert "repeat_origins" not in computed({"failure_demand": section, **FEW}, tables, reference="2023-24 Q1").tables


# Codes


def coded(codes, **audit):
    rows = written(*((f"k{place:02d}", 5, 5, {"demand": code}) for place, code in enumerate(codes)))
    section = {"failure_demand": {"method": "coded", "removal": 0.1}}
    if audit:
        section["failure_demand.audit"] = audit
    run = computed(section, frames(rows, services=("Housing",)), reference="2023-24 Q1")
    places = [("advice", "2023-24 Q1"), ("All activities", "2023-24 Q1")]
    return run, *(
        next(row for row in run.tables["failure_demand"].to_pylist() if (row["activity"], row["period"]) == place) for place in places
    )


def test_blank_codes_are_bounds():
    _, row, total = coded(["failure"] * 3 + ["value"] * 3 + [None] * 2)  # and two more blank ones, of another person and activity
    of_advice = 3 + 3 + 2 + 1
    assert (row["volume"], row["failure_volume"], row["uncoded_volume"]) == (of_advice, 3, 3)
    assert row["share"] == 0.5
    assert (row["share_low"], row["share_high"]) == (pytest.approx(3 / 9, abs=1e-15), pytest.approx(6 / 9, abs=1e-15))
    assert total["share_low"] <= total["share"] <= total["share_high"]


def test_an_audit_sample_corrects_the_share_and_widens_its_bounds():
    codes = ["failure"] * 3 + ["value"] * 3
    _, plain, _ = coded(codes)
    _, row, _ = coded(codes, sensitivity=0.8, specificity=0.9, sample_size=400)
    assert row["share"] == pytest.approx((0.5 + 0.9 - 1) / (0.8 + 0.9 - 1), abs=1e-12)
    assert row["share_low"] < (plain["share_low"] - 0.1) / 0.7
    assert row["share_high"] > (plain["share_high"] - 0.1) / 0.7


def test_a_perfect_audit_corrects_nothing_and_a_correction_out_of_range_is_said():
    codes = ["failure"] * 3 + ["value"] * 3
    assert coded(codes, sensitivity=1.0, specificity=1.0, sample_size=400)[1]["share"] == 0.5
    run, row, _ = coded(["failure"] + ["value"] * 19, sensitivity=0.8, specificity=0.9, sample_size=400)
    assert row["share"] == 0
    assert "RP095" in run.tables["findings"]["code"].to_pylist()


def test_exact_numbers_survive(rows, tables):
    """Minutes and scores are decimals all the way to the division."""
    tenth = [row._replace(outcome_before=Decimal("0.1"), outcome_after=Decimal("0.3")) for row in rows]
    run = computed({"contact_quality": {"attribution": 1.0}, "equity": {"aversion": 2.0}}, {**tables, "contacts": contacts_frame(tenth)})
    assert set(run.tables["equity"]["factor"].to_pylist()) == {1.0}
    found = productivity(run)
    pairs = [(value, found[service, t, "activity"]) for (service, t, account), value in found.items() if account == "quality_adjusted"]
    assert [one for one, _ in pairs] == [pytest.approx(other, rel=1e-15) for _, other in pairs]
