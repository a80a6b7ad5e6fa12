r"""The quick way through tables of many rows: cells that are plainly what their column holds, told apart from all others.

`lean` is a shorter SELECT than `relprod.tables.screens.screened`: it takes the texts as they are, which are then read column by column,
with one simple pattern each. A row in which every cell passes is *ordinary*: its values are those that `screened` would give, each
read as it is or blank. Every other row is *odd* and goes through `screened` itself. So nothing is accepted here that is refused
there, and both give the same values (``tests/tables/test_contacts.py`` holds them against each other); only the time differs.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relprod.tables.arrow_types import arrow_type
from relprod.tables.cells import EMPTY_ROW, SPREADSHEET_ERROR, SPREADSHEET_NUMBER, WHITE_SPACE
from relprod.tables.screens import name_in_sql, text_in_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from relprod.tables.schema import Column, TableSchema

_NUMBER = "^-?[0-9]{{1,{whole}}}(\\.[0-9]{{1,{scale}}})?$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?)?$"
_MOMENT_LENGTHS = {None, len("2016-05-01"), len("2016-05-01 10:30"), len("2016-05-01 10:30:00")}
"""How long moments of that pattern are, but for those with parts of a second; None is that of NULL."""
_MICROSECONDS = pa.timestamp("us")
_SPREADSHEET = f"^({SPREADSHEET_NUMBER}|{SPREADSHEET_ERROR})$"
_MARKS_OF_SPREADSHEETS = (b"+", b"#", b"Err:")
"""No text is a spreadsheet's number or error without one of these in it."""


def _bytes_at(position: int) -> NDArray[np.bool_]:
    """Return for each byte whether white space may begin (0) or end (-1) with it."""
    table = np.zeros(256, dtype=np.bool_)
    table[[char.encode()[position] for char in WHITE_SPACE]] = True
    return table


_MAY_BEGIN_WHITE, _MAY_END_WHITE = _bytes_at(0), _bytes_at(-1)


def lean(
    schema: TableSchema, texts: Mapping[str, str], *, source: str, every: Sequence[str], date_formats: Mapping[str, str | None]
) -> str:
    """Return the SELECT that reads a table of many rows; parameters as of `relprod.tables.screens.screened`.

    It yields the text of each column of the table, the values of dates that are written in a format of their own (named by
    `value_name`), and ``row:empty``.
    """
    columns = [column for column in schema.columns if column.name in texts]
    first, others = every[0], every[1:]
    empty = f"CASE WHEN {first} IS NULL THEN coalesce({', '.join([*others, 'NULL'])}) IS NULL ELSE false END AS {name_in_sql(EMPTY_ROW)}"
    cells = [f"{texts[column.name]} AS {name_in_sql(column.name)}" for column in columns]
    dates = [column for column in columns if column.kind == "datetime" and date_formats.get(column.name) is not None]
    values = [
        f"CAST(try_strptime({name_in_sql(each.name)}, {text_in_sql(str(date_formats[each.name]))}) AS TIMESTAMP) "
        f"AS {name_in_sql(value_name(each.name))}"
        for each in dates
    ]
    return f"SELECT {', '.join(['*', *values])}\nFROM (SELECT {', '.join([*cells, empty])}\nFROM {source})"


def value_name(column: str) -> str:
    """Return the name of the column that holds the values of a column beside its texts."""
    return f"{column}:value"


def read_numbers(texts: pa.Array, column: Column) -> pa.Array:
    """Return the numbers that texts plainly are, NULL for all others; each distinct text is read once."""
    encoded = texts.dictionary_encode()
    pattern = _NUMBER.format(whole=max(column.precision - column.scale, 1), scale=max(column.scale, 1))
    plain = pc.if_else(pc.match_substring_regex(encoded.dictionary, pattern), encoded.dictionary, None)
    return plain.cast(arrow_type(column)).take(encoded.indices)


def read_moments(texts: pa.Array) -> pa.Array:
    """Return the dates, and dates with times, that texts plainly are, NULL for all others.

    Arrow takes nothing of the usual lengths that the pattern refuses: it wants two digits of each part and no time zone.
    """
    if set(pc.unique(pc.binary_length(texts)).to_pylist()) <= _MOMENT_LENGTHS:
        try:
            return texts.cast(_MICROSECONDS)
        except pa.ArrowInvalid:
            pass
    return _possible(pc.if_else(pc.match_substring_regex(texts, _MOMENT), texts, None))


def _possible(texts: pa.Array) -> pa.Array:
    """Return the moments that texts of the right pattern are, NULL for those that no calendar has, which are few."""
    try:
        return texts.cast(_MICROSECONDS)
    except pa.ArrowInvalid:
        middle = len(texts) // 2
        if not middle:
            return pa.nulls(len(texts), _MICROSECONDS)
        return pa.concat_arrays([_possible(texts.slice(0, middle)), _possible(texts.slice(middle))])


def within_limits(moments: pa.Array, column: Column) -> pa.Array:
    """Return moments without those that lie outside the days that a column may hold."""
    if column.minimum is None or column.maximum is None or moments.null_count == len(moments):
        return moments
    first = pa.scalar(date.fromisoformat(str(column.minimum))).cast(moments.type)
    after = pa.scalar(date.fromisoformat(str(column.maximum)) + timedelta(days=1)).cast(moments.type)
    ends = pc.min_max(moments)
    if ends["min"].as_py() >= first.as_py() and ends["max"].as_py() < after.as_py():
        return moments
    return pc.if_else(pc.and_(pc.greater_equal(moments, first), pc.less(moments, after)), moments, None)


def odd_texts(texts: pa.Array) -> NDArray[np.bool_]:
    """Return which of some texts are empty, may have white space at their ends, or may be what a spreadsheet left.

    It looks at the first and the last byte of each, and for the marks of spreadsheets at all bytes at once.
    """
    texts = texts.cast(pa.string())
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    begin, end = int(offsets[0]), int(offsets[-1])
    if begin == end:
        return np.asarray(texts.is_valid())
    buffer = texts.buffers()[2]
    letters = np.frombuffer(buffer, dtype=np.uint8)
    odd: NDArray[np.bool_]
    if texts.null_count == 0 and bool((offsets[1:] > offsets[:-1]).all()):
        odd = _MAY_BEGIN_WHITE[letters[offsets[:-1]]] | _MAY_END_WHITE[letters[offsets[1:] - 1]]
    else:
        filled = offsets[1:] > offsets[:-1]
        odd = ~filled & np.asarray(texts.is_valid())
        odd[filled] = _MAY_BEGIN_WHITE[letters[offsets[:-1][filled]]] | _MAY_END_WHITE[letters[offsets[1:][filled] - 1]]
    content = buffer.slice(begin, end - begin).to_pybytes()
    if any(mark in content for mark in _MARKS_OF_SPREADSHEETS):
        odd |= np.asarray(pc.match_substring_regex(texts, _SPREADSHEET).fill_null(False))  # noqa: FBT003 - pyarrow takes the value by position
    return odd
