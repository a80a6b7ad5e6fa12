"""Figures that are known beforehand: sequences of the literature, and a real log."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from oracle.contacts import Contact

from relprod.engine.duck import connection
from relprod.records.contacts import RepeatSettings, continuity, measures, repeat_risk

from .extracts import DAY, END, START, register

if TYPE_CHECKING:
    import pyarrow as pa

RECEIPT = Path(__file__).parents[2] / "../shared/data/receipt_permits/receipt.csv"
EVER = RepeatSettings(extract_start=START, extract_end=END)


def at(day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(START, dt.time(hour)) + day * DAY


def made(
    number: int, opened: dt.datetime, closed: dt.datetime | None, *, worker: str | None = "w", person: str | None = "p", **rest: object
):
    base = Contact(f"c{number:04d}", person, "Care", "call", opened, closed, worker, 1)
    return base._replace(**rest)


def answer(contacts: list[Contact], settings: RepeatSettings = EVER) -> dict[str, pa.Table]:
    with connection(threads=1) as con:
        register(con, contacts, settings)
        return measures(con, settings)


def spread_of(workers: str) -> dict[str, int]:
    """Return the figures of one person who meets these workers, a day apart."""
    contacts = [made(n, at(n), at(n), worker=worker) for n, worker in enumerate(workers)]
    (row,) = [row for row in answer(contacts)["continuity"].to_pylist() if row["node"] == "Care"]
    return row


def test_usual_provider_and_bice_boxerman_of_aaaabbbc():
    row = spread_of("AAAABBBC")
    n = row["contacts"]
    assert (row["max_n"] / n, round((row["sum_sq"] - n) / (n * (n - 1)), 7)) == (0.5, 0.3214286)


def test_sequential_continuity_of_2111():
    row = spread_of("2111")
    assert (row["same_pairs"], row["pairs"], row["handoffs"], row["people"]) == (2, 3, 1, 1)
    assert round(row["same_pairs"] / row["pairs"], 4) == 0.6667


def test_two_workers_in_one_visit_are_no_handoff_and_no_pair():
    contacts = [made(1, at(0), at(0), worker="A"), made(2, at(0), at(0), worker="B"), made(3, at(1), at(1), worker="B")]
    (row,) = [row for row in answer(contacts)["continuity"].to_pylist() if row["node"] == "Care"]
    assert (row["contacts"], row["workers"], row["pairs"], row["same_pairs"], row["handoffs"]) == (3, 2, 1, 1, 0)


def test_people_with_fewer_than_two_known_workers_are_counted_apart():
    contacts = [made(1, at(0), at(0)), made(2, at(1), at(1), worker=None), made(3, at(1), at(1), worker=None, person="q")]
    rows = [row for row in answer(contacts)["continuity"].to_pylist() if row["node"] == "Care"]
    assert [(row["contacts"], row["people"]) for row in rows] == [(0, 1), (1, 1)]


@pytest.mark.parametrize(("gap", "inclusive", "returns"), [(0, True, 1), (28, True, 1), (28, False, 0), (29, True, 0), (27, False, 1)])
def test_the_window_counts_calendar_days(gap: int, inclusive: bool, returns: int):  # noqa: FBT001 - a parameter of the test
    settings = RepeatSettings(extract_start=START, extract_end=START + 60 * DAY, inclusive_end=inclusive)
    contacts = [made(1, at(0, 8), at(0, 23)), made(2, at(gap, 23), at(gap, 23))]
    assert answer(contacts, settings)["contact_cells"]["returns"].to_pylist() == [returns]


def test_a_window_of_no_days_whose_end_does_not_count_finds_no_return():
    settings = RepeatSettings(extract_start=START, extract_end=END, window_days=0, inclusive_end=False)
    assert answer([made(1, at(0), at(0)), made(2, at(0), at(0))], settings)["contact_cells"]["returns"].to_pylist() == [0]


def test_one_id_with_an_implausible_share_stands_for_nobody():
    contacts = [made(n, at(n % 20), at(n % 20), person="99999" if n < 1_001 else f"p{n}") for n in range(1_100)]
    answers = answer(contacts)
    assert answers["placeholder_persons"].select(["person_id", "contacts", "declared"]).to_pylist() == [
        {"person_id": "99999", "contacts": 1_001, "declared": False}
    ]
    assert answers["contact_cells"].select(["volume", "no_person", "failures"]).to_pylist() == [
        {"volume": 1_100, "no_person": 1_001, "failures": 0}
    ]


def test_a_thousand_contacts_or_a_small_share_are_no_placeholder():
    contacts = [made(n, at(n % 20), at(n % 20), person="often") for n in range(1_000)]
    assert answer(contacts)["placeholder_persons"].num_rows == 0
    more = [*contacts, made(1_000, at(1), at(1), person="often")]
    assert answer(more, RepeatSettings(START, END, max_person_share="1"))["placeholder_persons"].num_rows == 0


def test_the_risk_of_a_chased_contact_starts_when_it_closes():
    contacts = [made(1, at(0), at(5)), made(2, at(2), at(2)), made(3, at(9), None)]
    risk = answer(contacts)["repeat_risk"].to_pylist()
    assert [(row["days"], row["events"], row["censored"]) for row in risk if row["node"] == "Care"] == [(4, 1, 0), (7, 1, 0)]


def test_other_settings_are_not_answered_with_what_was_kept():
    contacts = [made(1, at(0), at(0)), made(2, at(2), at(2), service="Housing")]
    apart, together = (RepeatSettings(START, END, match_on=match) for match in (("service",), ()))
    with connection(threads=1) as con:
        register(con, contacts, apart)
        events = [sum(repeat_risk(con, settings)["events"].to_pylist()) for settings in (apart, together, apart)]
    assert events == [0, 2, 0]


@pytest.mark.skipif(not RECEIPT.exists(), reason="the log is not part of the repository")
def test_handoffs_in_the_real_log_of_permits():
    with RECEIPT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    times = [dt.datetime.fromisoformat(row["time:timestamp"]).astimezone(dt.UTC).replace(tzinfo=None) for row in rows]
    contacts = [
        made(n, time, time, person=row["case:concept:name"], worker=row["org:resource"])
        for n, (row, time) in enumerate(zip(rows, times, strict=True))
    ]
    settings = RepeatSettings(min(times).date(), max(times).date())
    with connection() as con:
        register(con, contacts, settings)
        found = [row for row in continuity(con, settings).to_pylist() if row["node"] == "All services"]
    assert sum(row["handoffs"] * row["people"] for row in found) == 1_208
    assert sum(row["pairs"] * row["people"] for row in found) == 7_143
    assert sum(row["people"] for row in found if row["contacts"] >= 2) == 1_318
