"""Records of Parquet files and of frames: every value is written out as text, and read like any other.

So a frame, a Parquet file and a CSV file with the same contents give the same table and the same findings.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from relprod.tables.csv_file import BATCH_ROWS, Layout
from relprod.tables.header import Header
from relprod.tables.screens import Select, name_in_sql, screened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import duckdb

    from relprod.tables.schema import Column, TableSchema

_SOURCE = "relprod_source"
_WHOLE_DOUBLES = 10**15


def frame_reader(frame: pd.DataFrame | pa.Table) -> pa.RecordBatchReader:
    """Return a frame as a reader of Arrow batches; a column of mixed objects becomes text."""
    if isinstance(frame, pa.Table):
        return frame.to_reader(max_chunksize=BATCH_ROWS)
    columns = [_arrow_column(frame.iloc[:, index]) for index in range(frame.shape[1])]
    return pa.Table.from_arrays(columns, names=[str(name) for name in frame.columns]).to_reader(max_chunksize=BATCH_ROWS)


def _arrow_column(series: pd.Series) -> pa.Array | pa.ChunkedArray:
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):  # mixed objects: read as texts, and checked as such
        return pa.array([None if pd.api.types.is_scalar(value) and pd.isna(value) else str(value) for value in series], pa.string())


@contextmanager
def parquet_reader(path: Path) -> Iterator[pa.RecordBatchReader]:
    """Yield the contents of a Parquet file as a reader of Arrow batches.

    Raises:
        pyarrow.ArrowException: the file is not Parquet or is damaged.

    """
    with pq.ParquetFile(path) as file:
        yield pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(batch_size=BATCH_ROWS))


def arrow_layout(names: list[str], schema: TableSchema, mapping: Mapping[str, str], label: str, *, extras: bool) -> Layout:
    """Return the layout of a source whose columns have names already; `extras` says whether further columns are named."""
    header = Header(tuple(names), schema, mapping, label)
    findings = (*header.findings(), *(header.extra_columns() if extras else ()))
    return Layout(schema.name, label, header.names, header.positions, findings)


@contextmanager
def arrow_batches(  # noqa: PLR0913, PLR0917 - what a source is read with, and how
    con: duckdb.DuckDBPyConnection,
    reader: pa.RecordBatchReader,
    schema: TableSchema,
    layout: Layout,
    date_format: str | None,
    select: Select = screened,
) -> Iterator[pa.RecordBatchReader]:
    """Yield a reader of the screened records of an Arrow source. `date_format` is for dates that are held as text."""
    numbered = pa.schema([pa.field(f"c{index}", _plain_type(field.type)) for index, field in enumerate(reader.schema)])
    plain = pa.RecordBatchReader.from_batches(numbered, (_plain(batch, numbered) for batch in reader))
    con.register(_SOURCE, plain)
    query = select(
        schema,
        {name: _text(f"c{at}", numbered.field(at).type, is_text=_wants_text(schema.column(name))) for name, at in layout.positions.items()},
        source=name_in_sql(_SOURCE),
        every=[f"nullif(CAST(c{index} AS VARCHAR), '')" for index in range(len(numbered))],
        date_formats={
            name: None if pa.types.is_temporal(numbered.field(at).type) else date_format for name, at in layout.positions.items()
        },
    )
    try:
        found = con.sql(query).to_arrow_reader(BATCH_ROWS)
        try:
            yield found
        finally:
            found.close()
    finally:
        con.unregister(_SOURCE)


def _wants_text(column: Column) -> bool:
    return column.is_word or column.kind == "identifier"


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type without dictionary and time zone: a moment keeps the time of its own wall clock."""
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    return pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) and kind.tz is not None else kind


def _plain(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with the columns numbered and of plain types."""
    columns = []
    for column in batch.columns:
        decoded = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        zoned = pa.types.is_timestamp(decoded.type) and decoded.type.tz is not None
        columns.append(pc.local_timestamp(decoded) if zoned else decoded)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _text(name: str, kind: pa.DataType, *, is_text: bool) -> str:
    """Return the SQL that writes a column out as text: NaN is NULL, and 2016.0 is 2016 where a word is wanted."""
    text = f"CAST({name} AS VARCHAR)"
    if not pa.types.is_floating(kind):
        return text
    if is_text:
        is_whole = f"{name} = trunc({name}) AND abs({name}) < {_WHOLE_DOUBLES}"
        text = f"CASE WHEN {is_whole} THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) ELSE {text} END"
    return f"CASE WHEN NOT isnan({name}) THEN {text} END"
