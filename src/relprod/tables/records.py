"""From batches of screened text to the typed, checked records of one source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from relprod.tables.arrow_types import PERIOD, PERIOD_LAST, arrow_type
from relprod.tables.cells import EMPTY_ROW, how_name, raw_name
from relprod.tables.checks import pandera_schema
from relprod.tables.findings import LINES_KEPT
from relprod.tables.ordinary import odd_texts
from relprod.tables.validation import Log, check_batch
from relprod.tables.words import as_it_is, meaning_of, read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relprod.periods import PeriodScheme
    from relprod.tables.schema import Column, TableSchema
    from relprod.tables.words import Meaning

POSITION = "_position"


@dataclass
class Records:
    """What one source held: typed batches, what failed, and how many records there were.

    `total` counts every record that came, the header of a CSV file among them; the column ``_position`` of the
    batches counts them from 0. Rows that are empty throughout are in `empty` and not in the batches.
    """

    batches: list[pa.Table] = field(default_factory=list)
    log: Log = field(default_factory=dict)
    total: int = 0
    kept: int = 0
    empty: int = 0
    empty_positions: list[int] = field(default_factory=list)


def read_records(
    batches: Iterable[pa.RecordBatch], schema: TableSchema, present: frozenset[str], scheme: PeriodScheme, *, header: bool
) -> Records:
    """Return the records of a source; `present` names the columns that it has, `header` says that its first record is none."""
    records = Records()
    rules = pandera_schema(schema, present)
    meanings = {column.name: meaning_of(column, scheme) for column in schema.columns if column.is_word and column.name in present}
    for batch in batches:
        table = pa.Table.from_batches([batch])
        positions = np.arange(records.total, records.total + batch.num_rows, dtype=np.int64)
        skipped = int(header and records.total == 0 and batch.num_rows > 0)
        records.total += batch.num_rows
        filled, positions = _without_empty(table.slice(skipped), positions[skipped:], records)
        if filled.num_rows:
            read = _with_words(filled, schema, meanings)
            check_batch(_as_frame(read, schema, present, positions), rules, records.log)
            records.batches.append(_typed(read, schema, present, positions))
            records.kept += read.num_rows
    return records


def _without_empty(table: pa.Table, positions: np.ndarray, records: Records) -> tuple[pa.Table, np.ndarray]:
    """Return the rows that hold something, noting the others."""
    empty = table[EMPTY_ROW].to_numpy()
    if empty.any():
        records.empty += int(empty.sum())
        records.empty_positions += positions[empty][: LINES_KEPT - len(records.empty_positions)].tolist()
        return table.filter(pa.array(~empty)), positions[~empty]
    return table, positions


def _with_words(table: pa.Table, schema: TableSchema, meanings: dict[str, Callable[[str], Meaning]]) -> pa.Table:
    """Return the batch with its columns of words read; periods gain their ordinals."""
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    for name, meaning in meanings.items():
        column = schema.column(name)
        plain = column.kind == "text" and not odd_texts(columns[name]).any()
        read = as_it_is(columns[name]) if plain else read_words(columns[name], meaning, arrow_type(column))
        columns[name], columns[how_name(name)], columns[raw_name(name)] = read.value, read.how, read.raw
        if column.is_period:
            columns[PERIOD], columns[PERIOD_LAST] = read.first, read.last
    return pa.table(columns)


def _as_frame(table: pa.Table, schema: TableSchema, present: frozenset[str], positions: np.ndarray) -> pd.DataFrame:
    """Return the batch as Pandera sees it: Arrow types throughout, positions as the index."""
    names = [
        name for column in schema.columns if column.name in present for name in (column.name, how_name(column.name), raw_name(column.name))
    ]
    frame: pd.DataFrame = table.select(names).to_pandas(types_mapper=pd.ArrowDtype)
    frame.index = pd.Index(positions)
    return frame


def _typed(table: pa.Table, schema: TableSchema, present: frozenset[str], positions: np.ndarray) -> pa.Table:
    """Return the batch with all columns of the schema and nothing else, defaults filled in."""
    columns = {column.name: _column(table, column, is_there=column.name in present) for column in schema.columns}
    for name in (PERIOD, PERIOD_LAST):
        if schema.period is not None and (name == PERIOD or schema.period.kind == "period-or-year"):
            columns[name] = table[name] if name in table.column_names else pa.nulls(table.num_rows, pa.int64())
    columns[POSITION] = pa.array(positions)
    return pa.table(columns)


def _column(table: pa.Table, column: Column, *, is_there: bool) -> pa.ChunkedArray | pa.Array:
    kind = arrow_type(column)
    values = table[column.name].cast(kind) if is_there else pa.nulls(table.num_rows, kind)
    return values if column.default is None else values.fill_null(column.default)
