"""The SQL beside the oracle: every pair of contacts compared in plain Python, on extracts full of ties and overlaps."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from oracle import contacts as oracle

from relprod.engine.duck import connection
from relprod.records.contacts import RepeatSettings, continuity, forget, measures

from .extracts import DAY, END, START, contact, period, register, rules, studies

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

SLOW = limits(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def con():
    with connection(threads=2) as opened:
        yield opened


def keyed(answer: pa.Table, *key: str) -> dict[tuple, dict]:
    """Return the rows by their key; every key is there once."""
    rows = answer.to_pylist()
    out = {tuple(row.pop(column) for column in key): row for row in rows}
    assert len(out) == len(rows)
    return out


@st.composite
def followed(draw: Callable) -> list[oracle.Contact]:
    """Contacts of two persons in a few days of one period, at one service or at several at different depths."""
    services = draw(st.sampled_from((("a > b > c",), ("a", "a > b > c"), ("a > b", "a > d", "e"))))
    return [
        draw(contact(number))._replace(
            person_id=draw(st.sampled_from(("p1", "p2"))),
            service=draw(st.sampled_from(services)),
            opened=dt.datetime.combine(START, dt.time(9)) + draw(st.integers(0, 3)) * DAY,
            period=period(START),
            worker_id=draw(st.sampled_from(("w1", "w2", None))),
        )
        for number in range(draw(st.integers(1, 9)))
    ]


@SLOW
@given(contacts=followed())
def test_continuity_is_that_of_the_oracle_at_one_service_and_at_several(con, contacts: list[oracle.Contact]):
    settings = RepeatSettings(START, END)
    register(con, contacts, settings)
    try:
        found = keyed(continuity(con, settings), "node", "period", *oracle.Spread._fields)
    finally:
        forget(con)
    expected = oracle.continuity(contacts, rules(settings))
    assert {key: row["people"] for key, row in found.items()} == {(node, at, *figures): n for (node, at, figures), n in expected.items()}


@SLOW
@given(study=studies())
def test_counts_are_those_of_the_oracle(con, study: tuple[list[oracle.Contact], RepeatSettings]):
    contacts, settings = study
    declared = rules(settings)
    register(con, contacts, settings)
    answers = measures(con, settings)
    assert keyed(answers["contact_cells"], "service", "activity", "period") == oracle.cells(contacts, declared)
    found = keyed(answers["repeat_origins"], "service", "origin", "period")
    assert {key: row["repeats"] for key, row in found.items()} == oracle.origins(contacts, declared)
    found = keyed(answers["repeat_risk"], "node", "period", "days")
    assert {key: (row["events"], row["censored"]) for key, row in found.items()} == oracle.risk(contacts, declared)
    found = keyed(answers["continuity"], "node", "period", *oracle.Spread._fields)
    expected = oracle.continuity(contacts, declared)
    assert {key: row["people"] for key, row in found.items()} == {(node, at, *figures): n for (node, at, figures), n in expected.items()}
    assert keyed(answers["outcomes"], "service", "period", "group") == oracle.outcomes(contacts)
