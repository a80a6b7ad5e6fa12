"""Table Schema to Arrow: the types that a table has once it has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from relprod.tables.schema import Column, TableSchema

FILE, LINE, PERIOD, PERIOD_LAST = "_file", "_line", "_period", "_period_last"


def arrow_type(column: Column) -> pa.DataType:
    """Return the Arrow type of a column: string, decimal128, float64, bool or timestamp (microseconds, no zone)."""
    if column.kind == "exact":
        return pa.decimal128(column.precision, column.scale)
    return {"float": pa.float64(), "boolean": pa.bool_(), "datetime": pa.timestamp("us")}.get(column.kind, pa.string())


def arrow_schema(schema: TableSchema) -> pa.Schema:
    """Return the Arrow schema of a table that has been read.

    After the columns of the table come ``_period`` (int64 ordinal) where it has a period, ``_period_last`` where
    that may be a year, ``_file`` (int32, position among the table's files) and ``_line`` (int64, physical line).
    """
    fields = [pa.field(column.name, arrow_type(column)) for column in schema.columns]
    if schema.period is not None:
        fields.append(pa.field(PERIOD, pa.int64()))
        if schema.period.kind == "period-or-year":
            fields.append(pa.field(PERIOD_LAST, pa.int64()))
    return pa.schema([*fields, pa.field(FILE, pa.int32()), pa.field(LINE, pa.int64())])
