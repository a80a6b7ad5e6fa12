"""Records of a CSV file, as batches of text from DuckDB's reader, and the records that it could not take apart."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.tables.findings import Finding, found
from relprod.tables.header import MOST_COLUMNS, Header
from relprod.tables.physical_lines import NO_LINES, RecordLines, lines_with_empty_surplus, read_header, record_lines
from relprod.tables.screens import Select, name_in_sql, screened, text_in_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

    from relprod.tables.intake import Intake
    from relprod.tables.schema import TableSchema

BATCH_ROWS = 250_000
_FEW_LINES = 200_000
"""Lines of a file with ragged records that is read once more for cells that DuckDB drops: a fifth of a second."""
_REJECTS, _SCANS = "relprod_rejects", "relprod_scans"
_RAGGED_ADVICE = {
    "more cells": "A cell that holds a comma must be in double quotation marks.",
    "fewer cells": "Look for a line end inside a cell, which must then be in double quotation marks, or for notes below the table.",
    None: "",
}
Rejects = Mapping[int, frozenset[str]]
"""DuckDB's line number and kinds of error of each record that it could not take apart."""
_RAGGED = {"TOO MANY COLUMNS": "more cells", "MISSING COLUMNS": "fewer cells"}


@dataclass(frozen=True)
class Layout:
    """How a source is laid out: what it is called, its column names, where ours are among them, what is wrong with that."""

    table: str
    label: str
    names: tuple[str, ...]
    positions: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether at least one of our columns can be read."""
        return bool(self.positions)


def csv_layout(intake: Intake, schema: TableSchema, mapping: Mapping[str, str], label: str) -> Layout:
    """Return the layout of a CSV file, from its first record."""
    if intake.path is None:
        return Layout(schema.name, label, (), {}, ())
    try:
        names, line = read_header(intake.path, gzipped=intake.gzipped)
    except csv.Error:
        return Layout(schema.name, label, (), {}, (found("RP082", table=schema.name, file=label, lines=(1,), most=f"{MOST_COLUMNS:,}"),))
    header = Header(tuple(names), schema, mapping, label, line)
    return Layout(schema.name, label, header.names, header.positions, (*header.findings(), *header.extra_columns()))


@contextmanager
def csv_batches(  # noqa: PLR0913, PLR0917 - what a source is read with, and how
    con: duckdb.DuckDBPyConnection,
    intake: Intake,
    schema: TableSchema,
    layout: Layout,
    date_format: str | None,
    select: Select = screened,
) -> Iterator[pa.RecordBatchReader]:
    """Yield a reader of the screened records of a file; its very first row is the header.

    The header is read as a record because DuckDB's own ``header = true`` takes a blank first line for it. `select`
    writes the SELECT through which the cells go.
    """
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(layout.names)))
    compression = "gzip" if intake.gzipped else "none"
    source = (
        f"read_csv({text_in_sql(str(intake.path))}, columns = {{{columns}}}, auto_detect = false, header = false, "
        f"delim = ',', quote = '\"', escape = '\"', nullstr = '', strict_mode = true, store_rejects = true, rejects_limit = 0, "
        f"rejects_table = '{_REJECTS}', rejects_scan = '{_SCANS}', "
        f"compression = '{compression}', hive_partitioning = false, filename = false)"
    )
    query = select(
        schema,
        {name: f"c{position}" for name, position in layout.positions.items()},
        source=source,
        every=[f"c{index}" for index in range(len(layout.names))],
        date_formats={column.name: date_format for column in schema.columns},
    )
    for table in (_REJECTS, _SCANS):  # left behind where an earlier reading broke off
        con.execute(f"DROP TABLE IF EXISTS {name_in_sql(table)}")
    reader = con.sql(query).to_arrow_reader(BATCH_ROWS)
    try:
        yield reader
    finally:
        reader.close()


def csv_structure(intake: Intake, layout: Layout, good: int, rejects: Rejects) -> tuple[RecordLines, list[Finding]]:
    """Return the lines of the records, and findings on those that could not be taken apart; `good` counts the header too."""
    if intake.path is None:
        return NO_LINES, []
    lines = record_lines(intake.path, gzipped=intake.gzipped, lines=intake.lines, good=good, rejects=sorted(rejects))
    surplus = _surplus(intake, layout, good, ragged=bool(rejects))
    findings = []
    for what in ("more cells", "fewer cells", None):
        of_kind = [line for line, kinds in rejects.items() if _what(kinds) == what]
        dropped = surplus if what == "more cells" else []
        if of_kind or dropped:
            code = "RP014" if what is None else "RP013"
            at = sorted({*(lines.rejected[line] for line in of_kind if line in lines.rejected), *dropped})
            details: dict[str, Any] = {"what": what, "expected": len(layout.names), "advice": _RAGGED_ADVICE[what]}
            findings.append(found(code, table=layout.table, file=layout.label, count=len(of_kind) + len(dropped), lines=at, **details))
    if not lines.known and not findings:
        # Two readers disagree on where records begin, and neither complains: better refused than guessed.
        at = [] if lines.broken_off is None else [lines.broken_off]
        findings.append(found("RP014", table=layout.table, file=layout.label, lines=at))
    return lines, findings


def _surplus(intake: Intake, layout: Layout, good: int, *, ragged: bool) -> list[int]:
    """Return the lines of records with empty cells beyond the last column, which DuckDB accepts as if they were not there.

    Where all records have as many cells as there are columns, so many commas stand between them. Of a large file that is
    refused because other records are ragged, it is not told that these are too.
    """
    as_many = intake.commas == good * (len(layout.names) - 1)
    if intake.path is None or (intake.lines > _FEW_LINES if ragged else as_many):
        return []
    return lines_with_empty_surplus(intake.path, gzipped=intake.gzipped, expected=len(layout.names))


def _what(kinds: frozenset[str]) -> str | None:
    """Return "more cells" or "fewer cells", or None where it is the quotation marks that are wrong."""
    return next((_RAGGED[kind] for kind in sorted(kinds) if kind in _RAGGED), None) if kinds <= _RAGGED.keys() else None


def csv_rejects(con: duckdb.DuckDBPyConnection) -> Rejects:
    """Return the records that could not be taken apart, and forget them in the engine.

    Call it once the batches have been read to the end: DuckDB writes down what it rejects as it reads.
    """
    rows = con.execute(f"SELECT line, error_type FROM {name_in_sql(_REJECTS)} ORDER BY line, error_type").fetchall()  # noqa: S608 - the name is ours
    for table in (_REJECTS, _SCANS):
        con.execute(f"DROP TABLE {name_in_sql(table)}")
    kinds: dict[int, set[str]] = {}
    for line, kind in rows:
        kinds.setdefault(int(line), set()).add(str(kind))
    return {line: frozenset(found_kinds) for line, found_kinds in kinds.items()}
