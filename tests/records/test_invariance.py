"""What must not matter does not: names, the order of rows, threads, memory."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits

from relprod.engine.duck import connection
from relprod.records import contacts as module
from relprod.records import relations
from relprod.records.contacts import RepeatSettings, measures

from .extracts import END, SCHEMA, START, register, studies

if TYPE_CHECKING:
    from oracle.contacts import Contact

SLOW = limits(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
ROWS = 200_000


def answers(contacts: list[Contact], settings: RepeatSettings, threads: int = 1) -> dict[str, pa.Table]:
    with connection(threads=threads) as con:
        register(con, contacts, settings)
        return measures(con, settings, [name for name in module.MEASURES if name != "placeholder_persons"])


@SLOW
@given(study=studies())
def test_relabelling_persons_and_workers_changes_nothing(study: tuple[list[Contact], RepeatSettings]):
    contacts, settings = study
    new = {None: None, "p1": "zz", "p2": "b b", "nobody": "nobody", "w1": "9", "w2": "é", "w3": "A"}
    relabelled = [c._replace(person_id=new[c.person_id], worker_id=new[c.worker_id]) for c in contacts]
    assert answers(relabelled, settings) == answers(contacts, settings)


NUMBERED = """
CREATE TEMP VIEW relprod_numbered_contacts AS SELECT * REPLACE (
  CAST(substr(contact_id, 2) AS BIGINT) AS contact_id, CAST(substr(person_id, 2) AS INTEGER) AS person_id
) FROM contacts;
CREATE TEMP MACRO relprod_person_number(a) AS TRY_CAST(substr(a, 2) AS INTEGER);
CREATE TEMP MACRO relprod_person_text(a) AS concat('P', lpad(CAST(a AS VARCHAR), 2, '0'));
"""
HASHED = """
CREATE TEMP VIEW relprod_numbered_contacts AS SELECT * REPLACE (
  CASE WHEN person_id IS NOT NULL THEN hash(person_id) END AS person_id
) FROM contacts;
CREATE TEMP MACRO relprod_person_number(a) AS hash(a);
CREATE TEMP MACRO relprod_person_text(a) AS (SELECT min(c.person_id) FROM contacts AS c WHERE hash(c.person_id) = a);
"""


@SLOW
@given(study=studies())
def test_identifiers_as_numbers_change_nothing(study: tuple[list[Contact], RepeatSettings]):
    contacts, settings = study
    ids = {None: None, "p1": "P07", "p2": "P10", "nobody": "P99"}
    contacts = [c._replace(person_id=ids[c.person_id]) for c in contacts]
    settings = replace(settings, placeholder_ids=("P99", "nobody") if settings.placeholder_ids else ())
    found = []
    for script in ("", NUMBERED, HASHED):
        with connection(threads=1) as con:
            register(con, contacts, settings)
            con.execute(script)
            found.append(measures(con, settings))
    assert found[0] == found[1]
    assert found[0] == found[2]


@SLOW
@given(study=studies())
def test_the_order_of_rows_and_threads_change_nothing(study: tuple[list[Contact], RepeatSettings]):
    contacts, settings = study
    shuffled = random.Random(1).sample(contacts, len(contacts))  # noqa: S311 - no secret
    assert answers(shuffled, settings, threads=2) == answers(contacts, settings)


@SLOW
@given(study=studies())
def test_names_too_many_to_number_change_nothing(study: tuple[list[Contact], RepeatSettings]):
    with pytest.MonkeyPatch.context() as patch:
        expected = answers(*study)
        patch.setattr(relations, "_MOST_NAMES", 0)
        assert answers(*study) == expected


def many() -> pa.Table:
    """Return many contacts of many persons, some of them at one time, drawn from a seed."""
    drawn = random.Random(20261122)  # noqa: S311 - no secret
    days = (END - START).days
    start = pa.scalar(START).cast(pa.timestamp("us")).value
    hour = 3_600_000_000
    opened = [start + drawn.randrange(days * 24) * hour for _ in range(ROWS)]
    closed = [None if drawn.random() < 0.05 else at + drawn.randrange(100) * hour for at in opened]
    columns = {
        "contact_id": [f"contact number {n:09d}" for n in range(ROWS)],
        "person_id": [f"person number {drawn.randrange(ROWS // 6):09d}" for _ in range(ROWS)],
        "service": [drawn.choice(("Care > Home", "Care > Day", "Housing")) for _ in range(ROWS)],
        "activity": [drawn.choice(("call", "visit")) for _ in range(ROWS)],
        "opened": opened,
        "closed": closed,
        "worker_id": [f"worker {drawn.randrange(50)}" for _ in range(ROWS)],
        "resolved": [drawn.random() < 0.5 for _ in range(ROWS)],
    }
    made = {name: pa.array(values, SCHEMA.field(name).type) for name, values in columns.items()}
    made["_period"] = pc.add(pc.multiply(pc.year(made["opened"]), 12), pc.subtract(pc.month(made["opened"]), 1)).cast(pa.int64())
    return pa.table([made.get(field.name, pa.nulls(ROWS, field.type)) for field in SCHEMA], schema=SCHEMA)


def test_little_memory_changes_nothing(tmp_path):
    pq.write_table(many(), tmp_path / "contacts.parquet")
    found = []
    for match_on in (("service",), ()):
        settings = RepeatSettings(START, END, match_on=match_on)
        for memory, threads in (("64MB", 2), (None, 1)):
            with connection(memory, threads) as con:
                register(con, [], settings)
                con.unregister("contacts")
                con.unregister("service_nodes")
                con.execute(f"CREATE VIEW contacts AS FROM '{tmp_path / 'contacts.parquet'}'")
                con.execute(
                    "CREATE TABLE service_nodes AS SELECT DISTINCT service, unnest([service, 'All services']) AS node FROM contacts"
                )
                found.append(measures(con, settings))
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert found[0] != found[2]
