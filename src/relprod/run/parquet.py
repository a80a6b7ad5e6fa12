"""Parquet of a run's tables: typed and described by their schema, the same bytes every time, and a digest of the content alone."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from relprod.run.schemas import run_table_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

_TYPES = {"string": pa.string(), "number": pa.float64(), "integer": pa.int64()}


def arrow_schema(name: str) -> pa.Schema:
    """Return the Arrow schema of a table of a run, with each column's description in its field's metadata."""
    data = run_table_json(name)
    return pa.schema(
        [pa.field(field["name"], _arrow_type(field), metadata={"description": field["description"]}) for field in data["fields"]]
    )


def _arrow_type(field: dict[str, Any]) -> pa.DataType:
    if "relprod:decimal" in field:
        return pa.decimal128(*field["relprod:decimal"])
    return _TYPES[field["type"]]


def run_table(name: str, columns: Mapping[str, object]) -> pa.Table:
    """Return a table of a run from its columns, given in any order; missing floats (NaN) become null.

    Raises:
        KeyError: a column of the schema is not given.

    """
    schema = arrow_schema(name)
    return pa.table([_column(columns[field.name], field.type) for field in schema], schema=schema)


def _column(values: object, type_: pa.DataType) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values.cast(type_)
    return pa.array(values, type=type_, from_pandas=True)


def labelled(codes: npt.NDArray[np.int64], labels: tuple[str, ...] | list[str]) -> pa.Array:
    """Return the labels that codes stand for, as text."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(labels, type=pa.string())).cast(pa.string())


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table so that the same content gives the same bytes with the same version of pyarrow."""
    path.write_bytes(_parquet_bytes(table))


def parquet_sha256(table: pa.Table) -> str:
    """Return the SHA-256 of the file that `write_parquet` makes of a table."""
    return hashlib.sha256(_parquet_bytes(table)).hexdigest()


def _parquet_bytes(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table.combine_chunks(), buffer, compression="zstd", version="2.6", write_statistics=True, store_schema=True)
    return buffer.getvalue()


def read_parquet(path: Path) -> pa.Table:
    """Return a table that `write_parquet` wrote."""
    with pq.ParquetFile(path) as file:
        return file.read()


def content_sha256(table: pa.Table) -> str:
    """Return a digest of names, types, order and values, which no version of a Parquet writer moves.

    Per column: its name and type, which cells are missing (packed bits), and the values, missing ones as zero or
    empty: text as lengths and UTF-8, floats as little-endian IEEE 754, integers as little-endian, decimals as text.
    """
    digest = hashlib.sha256()
    for field, column in zip(table.schema, table.columns, strict=True):
        array = column.combine_chunks()
        valid = np.asarray(pc.is_valid(array))
        digest.update(f"{field.name}\0{field.type}\0{len(array)}\0".encode())
        digest.update(np.packbits(valid).tobytes())
        digest.update(_value_bytes(array))
    return digest.hexdigest()


def _value_bytes(array: pa.Array) -> bytes:
    if pa.types.is_floating(array.type):
        return bytes(np.asarray(pc.fill_null(array, 0.0), dtype="<f8").tobytes())
    if pa.types.is_integer(array.type):
        return bytes(np.asarray(pc.fill_null(array, 0), dtype="<i8").tobytes())
    text = pc.fill_null(array.cast(pa.string()), "")
    lengths = np.asarray(pc.binary_length(text), dtype="<i8").tobytes()
    return bytes(lengths) + "".join(text.to_pylist()).encode()
