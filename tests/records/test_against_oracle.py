"""The SQL beside the oracle: every pair of contacts compared in plain Python, on extracts full of ties and overlaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from oracle import contacts as oracle

from relprod.engine.duck import connection
from relprod.records.contacts import measures

from .extracts import register, rules, studies

if TYPE_CHECKING:
    import pyarrow as pa

    from relprod.records.contacts import RepeatSettings

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
