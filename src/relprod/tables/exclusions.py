"""Rows left out on declared grounds: the conditions of a study as SQL and in words, and the rows that they leave out.

A row is left out by the first entry of ``[[exclusions]]`` that it fits, so that the rows of all entries add up. Which rows
these are stays known to the connection, a table or view for each table of the study: see `rows_left_out`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa

from relprod.tables.arrow_types import FILE, LINE, PERIOD, PERIOD_LAST
from relprod.tables.findings import LINES_KEPT, Finding, found, listed, quoted
from relprod.tables.schema import table_schema
from relprod.tables.screens import name_in_sql, text_in_sql
from relprod.tables.words import SEPARATOR, TOTAL, meaning_of, period_meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import duckdb

    from relprod.periods import PeriodScheme
    from relprod.study import Study
    from relprod.study.exclusions import Condition, Exclusion, Value
    from relprod.tables.schema import Column, TableSchema

_GIVEN = "relprod_given"
_POSITION = "relprod_position"
_AT_ONCE = 10_000
_SHOWN = 6


@dataclass(frozen=True)
class LeftOut:
    """What one entry (1 is the first in the study file) leaves out of one source of its table; `lines` are the first."""

    number: int
    table: str
    file: str
    rows: int
    lines: tuple[int, ...]


def entries_of(study: Study, table: str) -> list[tuple[int, Exclusion]]:
    """Return the entries about a table with their numbers."""
    return [(number, entry) for number, entry in enumerate(study.exclusions, start=1) if entry.table == table]


def entry_in_sql(study: Study, table: str, written: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the SQL of the number of the entry that leaves a row of a table out; NULL for a row that stays.

    `written` is the SQL of those identifiers that are not kept in a column of their name.
    """
    schema = table_schema(table)
    cases = (f"WHEN {_all_hold(entry, schema, study.scheme, written)} THEN {number}" for number, entry in entries_of(study, table))
    return f"CASE {' '.join(cases)} END"


def _all_hold(entry: Exclusion, schema: TableSchema, scheme: PeriodScheme, written: Mapping[str, str]) -> str:
    return " AND ".join(
        f"({written.get(condition.column, name_in_sql(condition.column))} IS {'' if condition.missing else 'NOT '}NULL)"
        if condition.missing is not None
        else f"({_holds(condition, schema.column(condition.column), scheme)})"
        for condition in entry.conditions
    )


def _holds(condition: Condition, column: Column, scheme: PeriodScheme) -> str:
    """Return the SQL of a condition on what a cell holds."""
    if condition.values:
        return " OR ".join(_is(value, column, scheme) for value in condition.values)
    bounds = (("from", condition.low), ("to", condition.high))
    return " AND ".join(_bounded(bound, value, column, scheme) for bound, value in bounds if value is not None)


def _is(value: Value, column: Column, scheme: PeriodScheme) -> str:
    """Return the SQL of a cell being a value: any day, any period of a year, any service at or below the one named."""
    name = name_in_sql(column.name)
    if column.is_period:
        return f"({_bounded('from', value, column, scheme)} AND {_bounded('to', value, column, scheme)})"
    if column.kind == "boolean":
        return f"{name} = {'true' if value else 'false'}"
    if not column.is_word:
        return f"{_comparable(column)} = {_literal(value, column)}"
    word = str(meaning_of(column, scheme)(str(value)).value)
    if column.kind != "service":
        return f"{name} = {text_in_sql(word)}"
    if word == TOTAL:
        return f"{name} IS NOT NULL"
    return f"({name} = {text_in_sql(word)} OR starts_with({name}, {text_in_sql(word + SEPARATOR)}))"


def _bounded(bound: str, value: Value, column: Column, scheme: PeriodScheme) -> str:
    """Return the SQL of a cell being at or beyond a bound; of a period, that all of it is."""
    if not column.is_period:
        return f"{_comparable(column)} {'>=' if bound == 'from' else '<='} {_literal(value, column)}"
    span = period_meaning(str(value), scheme, or_year=True)
    if bound == "from":
        return f"{PERIOD} >= {span.first}"
    return f"{PERIOD_LAST if column.kind == 'period-or-year' else PERIOD} <= {span.last}"


def _comparable(column: Column) -> str:
    name = name_in_sql(column.name)
    return f"CAST({name} AS DATE)" if column.kind == "datetime" else name


def _literal(value: Value, column: Column) -> str:
    """Return a date or number as SQL, a number with the decimals that its column keeps."""
    if column.kind == "datetime":
        return f"DATE '{value}'"
    if column.kind == "exact":
        return f"CAST('{Decimal(repr(value)):f}' AS DECIMAL(38, {column.scale}))"
    return f"CAST('{value!r}' AS DOUBLE)"


def in_words(entry: Exclusion) -> str:
    """Return the conditions of an entry as a clause: "opened is from 2024-01-01 to 2024-01-07 and area is 'E01' or 'E02'".

    They are in the order of the table's columns, because a manifest does not keep the order in which they were written.
    """
    schema = table_schema(entry.table)
    ordered = sorted(entry.conditions, key=lambda condition: schema.names.index(condition.column))
    return " and ".join(_condition_in_words(condition, schema.column(condition.column)) for condition in ordered)


def _condition_in_words(condition: Condition, column: Column) -> str:
    if condition.missing is not None:
        return f"{column.name} is {'missing' if condition.missing else 'there'}"
    if condition.values:
        below = " (or below)" if column.kind == "service" else ""
        return f"{column.name} is {listed(map(_value_in_words, condition.values), limit=_SHOWN, word='or')}{below}"
    bounds = [
        f"{word} {_value_in_words(bound)}"
        for word, bound in (("from", condition.low), ("to" if condition.low is not None else "up to", condition.high))
        if bound is not None
    ]
    return f"{column.name} is {' '.join(bounds)}{' on' if condition.high is None else ''}"


def _value_in_words(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value) if isinstance(value, str) else str(value)


def relation_left_out(table: str) -> str:
    """Return the name of the relation that holds ``number``, ``_file`` and ``_line`` of the rows left out of a table."""
    return f"relprod_left_out_{table}"


def numbered_in_sql(study: Study, table: str, source: str, written: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the SELECT of the rows that are left out of a source of SQL; `written` is as of `entry_in_sql`."""
    numbered = f"SELECT {entry_in_sql(study, table, written)} AS number, {FILE}, {LINE} FROM {source}"  # noqa: S608 - names are ours, values quoted
    return f"SELECT * FROM ({numbered}) WHERE number IS NOT NULL"  # noqa: S608 - as above


def without_left_out(con: duckdb.DuckDBPyConnection, study: Study, table: str, rows: pa.Table) -> pa.Table:
    """Return the rows of a table that stay, in their order, having made the relation of those that are left out."""
    if not entries_of(study, table):
        return rows
    con.register(_GIVEN, rows.append_column(_POSITION, pa.array(range(rows.num_rows), pa.int64())))
    try:
        con.execute(f"CREATE OR REPLACE TABLE {relation_left_out(table)} AS {numbered_in_sql(study, table, _GIVEN)}")
        stay = f"SELECT {_POSITION} FROM {_GIVEN} WHERE ({entry_in_sql(study, table)}) IS NULL ORDER BY {_POSITION}"  # noqa: S608 - as above
        return rows.take(con.sql(stay).to_arrow_table()[_POSITION].combine_chunks())
    finally:
        con.unregister(_GIVEN)


def left_out_of(con: duckdb.DuckDBPyConnection, study: Study, table: str, labels: Sequence[str]) -> list[LeftOut]:
    """Return what was left out of each source of a table, by entry and source; the relation must have been made."""
    if not entries_of(study, table):
        return []
    sql = (
        f"SELECT number, {FILE}, count(*), min({LINE}, {LINES_KEPT}) FROM {relation_left_out(table)} "  # noqa: S608 - names are ours
        f"GROUP BY number, {FILE} ORDER BY number, {FILE}"
    )
    return [LeftOut(number, table, labels[file], rows, tuple(lines or ())) for number, file, rows, lines in con.execute(sql).fetchall()]


def rows_left_out(
    con: duckdb.DuckDBPyConnection, study: Study, labels: Mapping[str, Sequence[str]], number: int
) -> Iterator[tuple[str, int | None]]:
    """Yield file and line of every row that one entry (1 is the first) left out, in the order of files and lines.

    The connection must be the one that read the study's tables, and `labels` what it gave (`Loaded.labels`). A line is None
    where it is not known. The rows are fetched as they are asked for, so that there may be any number. Nothing is yielded
    for a table that is not in the study.

    Raises:
        ValueError: the study has no such entry.

    """
    if not 1 <= number <= len(study.exclusions):
        message = f"the study has {len(study.exclusions)} exclusions, and no number {number}"
        raise ValueError(message)
    table = study.exclusions[number - 1].table
    if table not in labels:
        return
    cursor = con.cursor()
    try:
        sql = f"SELECT {FILE}, {LINE} FROM {relation_left_out(table)} WHERE number = {number} ORDER BY {FILE}, {LINE}"  # noqa: S608 - names are ours
        cursor.execute(sql)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from ((labels[table][file], line) for file, line in rows)
    finally:
        cursor.close()


def exclusion_findings(study: Study, left_out: Iterable[LeftOut], read: Iterable[str]) -> Iterator[Finding]:
    """Yield what was left out, a finding an entry and source, and a warning for each entry that fits no row.

    `read` are the tables that were read without errors; entries about others that the study has are not spoken of.
    """
    told = set()
    for each in left_out:
        told.add(each.number)
        entry = study.exclusions[each.number - 1]
        yield found(
            "RP080",
            table=each.table,
            file=each.file,
            count=each.rows,
            noun="contact" if each.table == "contacts" else "row",
            lines=each.lines,
            number=each.number,
            where=in_words(entry),
            reason=entry.reason.rstrip("."),
            owner=entry.owner,
        )
    known = set(read)
    for number, entry in enumerate(study.exclusions, start=1):
        if number not in told and entry.table in known:
            yield found("RP081", table=entry.table, file=study.file, column="exclusions", number=number, where=in_words(entry))
