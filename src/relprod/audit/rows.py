"""Rows of one input table in two runs: how many were added, removed and changed, by the table's key, and where.

Of a table about people nothing but counts is taken, and the engine makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.engine.duck import connection, scratch_folder
from relprod.tables.arrow_types import FILE, LINE
from relprod.tables.load import CONTACTS, load_tables
from relprod.tables.schema import table_schema
from relprod.tables.screens import name_in_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from relprod.study.model import Study
    from relprod.tables.schema import TableSchema
    from relprod.tables.sources import SourceFile

LINES_KEPT = 5
_EARLIER, _LATER = "relprod_earlier", "relprod_later"


@dataclass(frozen=True)
class RowChanges:
    """How many rows of a table are new, gone and changed; in which columns; and the first few places, "file:line".

    Places of rows that are new or changed are in the later run's files, of those that are gone in the earlier's. There are none of a table
    about people, or of cells.
    """

    table: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: tuple[str, ...] = ()
    added_at: tuple[str, ...] = ()
    removed_at: tuple[str, ...] = ()
    changed_at: tuple[str, ...] = ()


@dataclass(frozen=True)
class Files:
    """The files of one table in one run, as its study reads them."""

    study: Study
    sources: Sequence[SourceFile]


def row_changes(table: str, before: Files, after: Files, **engine: Any) -> RowChanges | None:  # noqa: ANN401 - options of the engine
    """Return what became of the rows of a table between two runs; None where it cannot be read any more.

    Raises:
        UsageError: the memory limit means nothing.

    """
    with connection(**engine) as con:
        labels = [_read(con, table, files, name) for files, name in ((before, _EARLIER), (after, _LATER))]
        if None in labels:
            return None
        return _compared(con, table_schema(table), [each or () for each in labels])


def _read(con: DuckDBPyConnection, table: str, files: Files, name: str) -> tuple[str, ...] | None:
    """Return the names of a table's files, having made its rows known to the engine under a name; None where there are errors."""
    alone = files.study.model_copy(update={"tables": {table: files.study.tables[table]}})
    scratch = scratch_folder(con) / name
    scratch.mkdir()
    loaded = load_tables(con, alone, sources={table: files.sources}, scratch=scratch)
    if table != CONTACTS and table in loaded.tables:
        con.register("relprod_read", loaded.tables[table])
        con.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM relprod_read")  # noqa: S608 - a name of ours
        con.unregister("relprod_read")
    elif table == CONTACTS and loaded.has_contacts:
        con.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {CONTACTS}")  # noqa: S608 - names of ours
    else:
        return None
    return loaded.labels[table]


def _compared(con: DuckDBPyConnection, schema: TableSchema, labels: Sequence[tuple[str, ...]]) -> RowChanges:
    """Return the changes between the two tables that the engine knows."""
    others = [name for name in schema.names if name not in schema.key]
    differs = {name: f"b.{name_in_sql(name)} IS DISTINCT FROM a.{name_in_sql(name)}" for name in others}
    same_key = " AND ".join(f"b.{name_in_sql(name)} IS NOT DISTINCT FROM a.{name_in_sql(name)}" for name in schema.key)
    any_differs = " OR ".join(differs.values())
    kind = f"CASE WHEN b.is_there IS NULL THEN 'added' WHEN a.is_there IS NULL THEN 'removed' WHEN {any_differs} THEN 'changed' END"
    columns = ", ".join(f"{text} AS {name_in_sql(f'differs_{name}')}" for name, text in differs.items())
    con.execute(
        f"CREATE TEMP TABLE relprod_changes AS SELECT {kind} AS kind, {columns}, "  # noqa: S608 - names of columns, all ours
        f"CASE WHEN a.is_there THEN a.{FILE} ELSE b.{FILE} END AS file, CASE WHEN a.is_there THEN a.{LINE} ELSE b.{LINE} END AS line "
        f"FROM (SELECT *, true AS is_there FROM {_EARLIER}) b FULL OUTER JOIN (SELECT *, true AS is_there FROM {_LATER}) a ON {same_key} "
        "WHERE kind IS NOT NULL"
    )
    counts = dict(con.execute("SELECT kind, count(*) FROM relprod_changes GROUP BY kind").fetchall())
    sums = ", ".join(f"count(*) FILTER (WHERE kind = 'changed' AND {name_in_sql(f'differs_{name}')})" for name in others)
    (per_column,) = con.execute(f"SELECT {sums} FROM relprod_changes").fetchall()  # noqa: S608 - as above
    places: dict[str, Any] = {} if schema.personal else _places(con, labels)
    changed_columns = tuple(name for name, count in zip(others, per_column, strict=True) if count)
    return RowChanges(schema.name, **counts, columns=changed_columns, **places)


def _places(con: DuckDBPyConnection, labels: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    """Return the first few places of each kind of change, by the name of the field that holds them."""
    found = {}
    for kind, files in (("added", labels[1]), ("removed", labels[0]), ("changed", labels[1])):
        rows = con.execute(
            f"SELECT file, line FROM relprod_changes WHERE kind = '{kind}' ORDER BY file, line LIMIT {LINES_KEPT}"  # noqa: S608 - words of ours
        ).fetchall()
        found[f"{kind}_at"] = tuple(f"{files[file]}:{line}" for file, line in rows)
    return found
