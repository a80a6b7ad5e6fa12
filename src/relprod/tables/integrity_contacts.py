"""What must hold across contacts, however many there are: every query spills to disk rather than grow, and none returns rows.

Findings have a count and first lines, and never a value: contacts are about people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relprod.tables.contacts import COUNTED, NUMBERED, PERSON_NUMBER, VIEW
from relprod.tables.findings import Finding, counted, found
from relprod.tables.screens import text_in_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.tables.place import Place

_MAX_PERSON_SHARE = 0.01
_FEW_CONTACTS = 1_000


def duplicate_contacts(place: Place) -> Iterator[Finding]:
    """Yield RP040 for contacts with the contact_id of an earlier one.

    Only the rows whose number or hash comes twice are compared themselves: numbers are quicker to group than texts, and take less
    room. Where identifiers are numbers that only go up, there is nothing to look for.
    """
    if place.contacts is None or place.contacts.ids_ascend:
        return
    key = "contact_id" if "contact_id" in place.contacts.numbered else "hash(contact_id)"
    place.con.execute(
        f"CREATE OR REPLACE TEMP TABLE relprod_twice AS SELECT {key} AS key FROM {NUMBERED} GROUP BY key HAVING count(*) > 1"  # noqa: S608 - all text is ours
    )
    try:
        if not place.rows("SELECT 1 FROM relprod_twice LIMIT 1"):
            return
        candidates = f"SELECT contact_id, _file, _line FROM {NUMBERED} WHERE {key} IN (SELECT key FROM relprod_twice)"  # noqa: S608 - as above
        ranked = (
            f"SELECT _file, _line, row_number() OVER again AS nth, first_value(_file) OVER again AS first_file, "  # noqa: S608 - all text is ours
            f"first_value(_line) OVER again AS first_line FROM ({candidates}) "
            "WINDOW again AS (PARTITION BY contact_id ORDER BY _file, _line)"
        )
        sql = (
            f"SELECT _file, count(*), min(_line, 5), arg_min(first_file, _line), arg_min(first_line, _line) "  # noqa: S608 - as above
            f"FROM ({ranked}) WHERE nth > 1 GROUP BY _file ORDER BY _file"
        )
        for file, count, lines, first_file, first_line in place.rows(sql):
            elsewhere = f" of '{place.file_of('contacts', first_file)}'" if first_file != file else ""
            yield found(
                "RP040",
                table="contacts",
                file=place.file_of("contacts", file),
                count=count,
                lines=lines or (),
                key="'contact_id'",
                examples="",
                first=f"line {first_line}{elsewhere}",
            )
    finally:
        place.con.execute("DROP TABLE relprod_twice")


def areas_and_groups(place: Place) -> Iterator[Finding]:
    """Yield RP074 for areas that are in no table of areas, RP075 for contacts without a group where the study measures by group."""
    if place.contacts is None:
        return
    if place.has("areas") and place.contacts.has_unknown_areas:
        yield from _each(place, "RP074", "area", "area IS NOT NULL AND area NOT IN (SELECT area FROM areas)")
    if place.study.equity is not None and place.settled("areas") and place.contacts.has_gaps("group"):
        yield from _each(place, "RP075", "group", '"group" IS NULL')


def workers(place: Place) -> Iterator[Finding]:
    """Yield RP076 for contacts without a worker, where there is a column of workers."""
    if place.contacts is not None and place.contacts.has_workers and place.contacts.has_gaps("worker_id"):
        yield from _each(place, "RP076", "worker_id", "worker_id IS NULL")


def people(place: Place) -> Iterator[Finding]:
    """Yield RP077 for contacts of nobody known, RP078 for persons in several spellings, RP079 for persons with too many contacts."""
    if place.contacts is None:
        return
    section = place.study.failure_demand
    placeholders = tuple(getattr(section, "placeholder_ids", ()) or ())
    share = float(getattr(section, "max_person_share", None) or _MAX_PERSON_SHARE)
    # Numbers that identifiers hold have one spelling, and are quicker to count; else the texts are looked at.
    numbers = "person_id" in place.contacts.numbered
    source = NUMBERED if numbers else VIEW
    nobody = "person_id IS NULL"
    if placeholders:
        known = (f"{PERSON_NUMBER}({text_in_sql(each)})" if numbers else text_in_sql(each) for each in placeholders)
        nobody += f" OR coalesce(person_id IN ({', '.join(known)}), false)"
    place.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {COUNTED} AS SELECT person_id, count(*) AS contacts FROM {source} "  # noqa: S608 - the names are ours
        f"WHERE person_id IS NOT NULL GROUP BY person_id"
    )
    try:
        if placeholders or place.contacts.has_gaps("person_id"):
            yield from _each(place, "RP077", "person_id", nobody, source)
        if not numbers:
            yield from _spellings(place, nobody)
        limit = max(_FEW_CONTACTS, int(share * place.contacts.rows))
        many = f"SELECT person_id FROM {COUNTED} WHERE contacts > {limit} AND NOT ({nobody})"  # noqa: S608 - the names are ours, the texts quoted
        (count,) = place.rows(f"SELECT count(*) FROM ({many})")[0]  # noqa: S608 - as above
        if count:
            ids = counted(count, "identifier of a person").replace("identifier of a persons", "identifiers of persons")
            yield from _each(place, "RP079", "person_id", f"person_id IN ({many})", source, ids=ids, share=f"{share:.4g}")
    finally:
        if not numbers:
            place.con.execute(f"DROP TABLE {COUNTED}")


def _spellings(place: Place, nobody: str) -> Iterator[Finding]:
    """Yield RP078 for contacts whose person_id is a rarer spelling of another (as frequent: the later in order)."""
    plain = "lower(replace(person_id, ' ', ''))"
    several = f"SELECT hash({plain}) AS key FROM {COUNTED} WHERE NOT ({nobody}) GROUP BY key HAVING count(*) > 1"  # noqa: S608 - all text is ours
    ranked = (
        f"SELECT person_id, row_number() OVER (PARTITION BY {plain} ORDER BY contacts DESC, person_id) AS nth "  # noqa: S608 - as above
        f"FROM {COUNTED} WHERE NOT ({nobody}) AND hash({plain}) IN ({several})"
    )
    place.con.execute(f"CREATE OR REPLACE TEMP TABLE relprod_spellings AS SELECT person_id FROM ({ranked}) WHERE nth > 1")  # noqa: S608 - as above
    try:
        if place.rows("SELECT 1 FROM relprod_spellings LIMIT 1"):
            yield from _each(place, "RP078", "person_id", "person_id IN (SELECT person_id FROM relprod_spellings)")
    finally:
        place.con.execute("DROP TABLE relprod_spellings")


def _each(place: Place, code: str, column: str, where: str, source: str = VIEW, **details: str) -> Iterator[Finding]:
    """Yield one finding a file for the contacts that are such."""
    for group in place.groups(f"SELECT _file, _line FROM {source} WHERE {where}"):  # noqa: S608 - all text is ours, or quoted
        file = place.file_of("contacts", group.file)
        yield found(code, table="contacts", file=file, column=column, count=group.count, noun="contact", lines=group.lines, **details)


CONTACT_CHECKS = (duplicate_contacts, areas_and_groups, workers, people)
