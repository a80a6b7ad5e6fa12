"""The quick way through the bytes of a text: Arrow's reader, which takes lines apart at their commas and knows nothing else.

It is for texts without a quotation mark in which every line has as many cells as there are columns; there it finds the same cells as
DuckDB's reader, in half the time. As soon as a text turns out to be another, what was read is of no use: see `NotPlainError`.
"""

from __future__ import annotations

import codecs
from concurrent.futures import wait
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from relprod.tables.cells import EMPTY_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from relprod.tables.ahead import Look
    from relprod.tables.csv_file import Layout

_PIECE = 1 << 23
"""Bytes read together. A line that is longer is for the other reader."""
_BLOCK = 1 << 20
"""Bytes that Arrow takes apart together, few enough to stay near the processor. It refuses lines of twice as many, as DuckDB does."""
_SECONDS_TO_WAIT = 0.005


class NotPlainError(Exception):
    """The text has something in it that must be read with more care; what was found in it so far is to be forgotten."""


def plain_batches(path: Path, look: Look, layout: Layout) -> Iterator[pa.RecordBatch]:
    """Yield the texts of our columns, and ``row:empty``, of each line of a text in UTF-8 but blank ones; the first is the header.

    No line is read before its bytes have been looked at.

    Raises:
        NotPlainError: the text has a quotation mark, or a line of more or fewer cells than there are columns.
        OSError: the file cannot be read.

    """
    names = [f"c{index}" for index in range(len(layout.names))]
    reading = csv.ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK)
    parsing = csv.ParseOptions(quote_char=False, ignore_empty_lines=True)
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True, check_utf8=False
    )
    for at, piece in enumerate(_pieces(path, look)):
        if at and bytes(piece[: len(codecs.BOM_UTF8)]) == codecs.BOM_UTF8:  # the mark of another file's beginning, which Arrow would drop
            raise NotPlainError
        try:
            table = csv.read_csv(pa.py_buffer(piece), reading, parsing, converting)
        except pa.ArrowInvalid:  # whose message holds the line
            raise NotPlainError from None
        for batch in table.to_batches():
            texts = {name: batch.column(position) for name, position in layout.positions.items()}
            yield pa.record_batch(texts | {EMPTY_ROW: _empty(batch)})


def _pieces(path: Path, look: Look) -> Iterator[memoryview]:
    """Yield the bytes of a text, whole lines at a time; each piece is gone when the next is asked for."""
    room, kept, offset = bytearray(_PIECE), 0, 0
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(memoryview(room)[kept:]):
            offset += count
            _wait_for(look, offset)
            filled = kept + count
            end = room.rfind(b"\n", 0, filled) + 1
            if not end and filled == len(room):
                raise NotPlainError
            if end:
                yield memoryview(room)[:end]
            kept = filled - end
            room[:kept] = room[end:filled]
    if kept:
        yield memoryview(room)[:kept]


def _wait_for(look: Look, offset: int) -> None:
    """Return once so many bytes have been looked at, which nearly always they have, if nothing in them says no."""
    while look.scan.plain and look.scan.size < offset and not look.seen.done():
        wait([look.seen], _SECONDS_TO_WAIT)
    if not look.scan.plain:
        raise NotPlainError


def _empty(batch: pa.RecordBatch) -> pa.Array:
    """Return which records have nothing in any column."""
    empty = np.ones(batch.num_rows, dtype=np.bool_)
    for column in batch.columns:
        if not column.null_count:
            return pa.array(np.zeros(batch.num_rows, dtype=np.bool_))
        empty &= np.asarray(pc.is_null(column))
    return pa.array(empty)
