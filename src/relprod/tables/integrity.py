"""What must hold across rows and across tables: keys, names known elsewhere, gaps in time, one meaning a name.

Every check takes a `Place` and yields findings. A check whose tables have errors of their own is left out, so
that one mistake is said once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relprod.tables.findings import Finding, found, listed, quoted
from relprod.tables.integrity_contacts import CONTACT_CHECKS
from relprod.tables.integrity_meaning import MEANING_CHECKS
from relprod.tables.integrity_references import REFERENCE_CHECKS
from relprod.tables.integrity_time import TIME_CHECKS
from relprod.tables.schema import table_schema
from relprod.tables.screens import name_in_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.tables.place import Place

__all__ = ["check_integrity"]


def check_integrity(place: Place) -> list[Finding]:
    """Return everything that is wrong between rows and tables."""
    for name, table in place.tables.items():
        place.con.register(name, table)
    try:
        checks = (duplicate_keys, *REFERENCE_CHECKS, *TIME_CHECKS, *MEANING_CHECKS, *CONTACT_CHECKS)
        return [finding for check in checks for finding in check(place)]
    finally:
        for name in place.tables:
            place.con.unregister(name)


def duplicate_keys(place: Place) -> Iterator[Finding]:
    """Yield RP040 for each file with rows that agree in their key with an earlier row of the table."""
    for name in place.tables:
        schema = table_schema(name)
        key = ", ".join(name_in_sql(column) for column in schema.key)
        keys = f"SELECT {key} FROM {name} GROUP BY {key} HAVING count(*) > 1"  # noqa: S608 - names come from the schema
        same = " AND ".join(f"rows.{name_in_sql(column)} IS NOT DISTINCT FROM keys.{name_in_sql(column)}" for column in schema.key)
        ranked = (
            f"SELECT rows.*, row_number() OVER again AS nth, first_value(_file) OVER again AS first_file, "  # noqa: S608 - as above
            f"first_value(_line) OVER again AS first_line FROM {name} AS rows JOIN ({keys}) AS keys ON {same} "
            f"WINDOW again AS (PARTITION BY {', '.join(f'rows.{name_in_sql(column)}' for column in schema.key)} ORDER BY _file, _line)"
        )
        later = f"SELECT * FROM ({ranked}) WHERE nth > 1"  # noqa: S608 - as above
        for group in place.groups(later):
            first = place.rows(f"SELECT first_file, first_line, {key} FROM ({later}) WHERE _file = {group.file} ORDER BY _line LIMIT 1")[0]  # noqa: S608 - as above
            file, line, *values = first
            elsewhere = f" of '{place.file_of(name, file)}'" if file != group.file else ""
            shown = listed((quoted(str(value)) for value in values if value is not None), limit=9)
            yield found(
                "RP040",
                table=name,
                file=place.file_of(name, group.file),
                count=group.count,
                lines=group.lines,
                key=listed((quoted(column) for column in schema.key), limit=9),
                examples="" if schema.personal else f", such as {shown}",
                first=f"line {line}{elsewhere}",
            )
