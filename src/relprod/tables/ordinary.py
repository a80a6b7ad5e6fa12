r"""The quick way through tables of many rows: cells that are plainly what their column holds, told apart from all others.

`lean` is a shorter SELECT than `relprod.tables.screens.screened`, with one simple pattern a cell. A row in which every
cell passes is *ordinary*: its values are those that `screened` would give, each read as it is or blank. Every other row
is *odd* and goes through `screened` itself. So nothing is accepted here that is refused there, and both give the same
values (``tests/tables/test_contacts.py`` holds them against each other); only the time differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relprod.tables.cells import EMPTY_ROW, ROW_ODD, ROW_TEXTS, SPREADSHEET_ERROR, SPREADSHEET_NUMBER, WHITE_SPACE
from relprod.tables.screens import name_in_sql, text_in_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from relprod.tables.schema import Column, TableSchema

_NUMBER = "-?[0-9]{{1,{whole}}}(\\.[0-9]{{1,{scale}}})?"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?)?"
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

    It yields each column of the table once, as value (numbers and dates) or as text (the rest), then ``row:odd``,
    ``row:texts`` (the texts of all columns, for odd rows only) and ``row:empty``.
    """
    columns = [column for column in schema.columns if column.name in texts]
    names = [name_in_sql(column.name) for column in columns]
    first, others = every[0], every[1:]
    empty = f"CASE WHEN {first} IS NULL THEN coalesce({', '.join([*others, 'NULL'])}) IS NULL ELSE false END AS {name_in_sql(EMPTY_ROW)}"
    cells = [f"{texts[column.name]} AS {name}" for column, name in zip(columns, names, strict=True)]
    typed = [column for column in columns if _is_typed(column)]
    casts = [f"{_cast(column, date_formats.get(column.name))} AS {_part(column, 'cast')}" for column in typed]
    values = [f"{_value(column, date_formats.get(column.name))} AS {_part(column, 'value')}" for column in typed]
    odd = [f"({name_in_sql(column.name)} IS NOT NULL AND {_part(column, 'value')} IS NULL)" for column in typed]
    odd += [f"{name_in_sql(column.name)} IS NULL" for column in columns if column.must_be_filled]
    given = [f"{_part(column, 'value')} AS {name}" if _is_typed(column) else name for column, name in zip(columns, names, strict=True)]
    mark, empty_mark = name_in_sql(ROW_ODD), name_in_sql(EMPTY_ROW)
    return (
        f"SELECT {', '.join(given)}, {mark}, CASE WHEN {mark} THEN [{', '.join(names)}] END AS {name_in_sql(ROW_TEXTS)}, {empty_mark}\n"
        f"FROM (SELECT *, {' OR '.join([*odd, empty_mark])} AS {mark}\n"
        f"FROM (SELECT {', '.join([*names, *values, empty_mark])}\n"
        f"FROM (SELECT {', '.join([*names, *casts, empty_mark])}\n"
        f"FROM (SELECT {', '.join([*cells, empty])}\nFROM {source}))))"
    )


def _is_typed(column: Column) -> bool:
    return column.is_number or column.kind == "datetime"


def _part(column: Column, part: str) -> str:
    return name_in_sql(f"{column.name}:{part}")


def _cast(column: Column, date_format: str | None) -> str:
    name = name_in_sql(column.name)
    if column.kind == "datetime":
        moment = f"try_strptime({name}, {text_in_sql(date_format)})" if date_format is not None else f"TRY_CAST({name} AS TIMESTAMP)"
        return f"CAST({moment} AS TIMESTAMP)"
    kind = f"DECIMAL({column.precision},{column.scale})" if column.kind == "exact" else "DOUBLE"
    pattern = _NUMBER.format(whole=max(column.precision - column.scale, 1), scale=max(column.scale, 1))
    return f"CASE WHEN regexp_full_match({name}, {text_in_sql(pattern)}) THEN TRY_CAST({name} AS {kind}) END"


def _value(column: Column, date_format: str | None) -> str:
    """Return the SQL of the value of a cell that is plainly one, else NULL.

    A date that comes back from the cast as it was written needs no pattern; that is the quickest test, and the strictest.
    """
    cast, name = _part(column, "cast"), name_in_sql(column.name)
    if column.kind != "datetime":
        return cast
    tests = []
    if date_format is None:
        tests.append(f"(CAST({cast} AS VARCHAR) = {name} OR regexp_full_match({name}, {text_in_sql(_MOMENT)}))")
    if column.minimum is not None and column.maximum is not None:
        tests.append(f"{cast} >= TIMESTAMP '{column.minimum}' AND {cast} < TIMESTAMP '{column.maximum}' + INTERVAL 1 DAY")
    return f"CASE WHEN {' AND '.join(tests)} THEN {cast} END" if tests else cast


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
