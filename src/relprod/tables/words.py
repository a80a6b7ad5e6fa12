"""Columns with few distinct values, read once for each distinct text: services, periods, names, choices, yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from relprod.periods import PeriodError
from relprod.tables.cells import SPREADSHEET_ERROR, SPREADSHEET_NUMBER, WHITE_SPACE, How

if TYPE_CHECKING:
    from collections.abc import Callable

    from relprod.periods import PeriodScheme
    from relprod.tables.schema import Column

TOTAL = "All services"
SEPARATOR = " > "
_YES_OR_NO = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_PERIOD_KINDS = {"unreadable": How.UNREADABLE, "calendar": How.OTHER_CALENDAR, "frequency": How.OTHER_FREQUENCY}
_REMEMBERED = 200_000
_SPREADSHEET_NUMBER, _SPREADSHEET_ERROR = re.compile(SPREADSHEET_NUMBER), re.compile(SPREADSHEET_ERROR)


@dataclass(frozen=True)
class Meaning:
    """What one text means: its value (None where it has none), how it was read, and for periods its span of ordinals."""

    value: str | bool | None
    how: How
    first: int | None = None
    last: int | None = None


def text_meaning(text: str) -> Meaning:
    """Return a text as it is."""
    return Meaning(text, How.AS_IT_IS)


def service_meaning(text: str) -> Meaning:
    """Return a service path with single spaces around ``>`` and without a leading ``All services``."""
    parts = [" ".join(part.split()) for part in text.split(">")]
    if not all(parts):
        return Meaning(None, How.BROKEN_PATH)
    if len(parts) > 1 and parts[0].casefold() == TOTAL.casefold():
        parts = parts[1:]
    if len(parts) == 1 and parts[0].casefold() == TOTAL.casefold():
        parts = [TOTAL]
    return Meaning(SEPARATOR.join(parts), How.AS_IT_IS)


def period_meaning(text: str, scheme: PeriodScheme, *, or_year: bool) -> Meaning:
    """Return the canonical label of a period (or of a year, where that is allowed) and its ordinals."""
    try:
        first, last = scheme.parse_span(text) if or_year else (scheme.parse(text),) * 2
    except PeriodError as error:
        return Meaning(None, _PERIOD_KINDS[error.kind])
    label = scheme.label(first) if first == last else scheme.year_label(scheme.year_of(first))
    return Meaning(label, How.AS_IT_IS, first, last)


def choice_meaning(text: str, choices: tuple[str, ...]) -> Meaning:
    """Return the allowed word that a text is, whatever its capitals."""
    found = {choice.casefold(): choice for choice in choices}.get(text.casefold())
    return Meaning(found, How.UNREADABLE if found is None else How.AS_IT_IS)


def boolean_meaning(text: str) -> Meaning:
    """Return whether a text says yes or no."""
    found = _YES_OR_NO.get(text.casefold())
    return Meaning(found, How.UNREADABLE if found is None else How.AS_IT_IS)


def meaning_of(column: Column, scheme: PeriodScheme) -> Callable[[str], Meaning]:
    """Return the function that reads the texts of a column of words."""
    readers: dict[str, Callable[[str], Meaning]] = {
        "text": text_meaning,
        "service": service_meaning,
        "period": lambda text: period_meaning(text, scheme, or_year=False),
        "period-or-year": lambda text: period_meaning(text, scheme, or_year=True),
        "choice": lambda text: choice_meaning(text, column.choices),
        "boolean": boolean_meaning,
    }
    reader = readers[column.kind]
    is_name = column.kind in {"text", "service"}

    @lru_cache(maxsize=_REMEMBERED)
    def meaning(text: str) -> Meaning:
        trimmed = text.strip(WHITE_SPACE)
        if not trimmed:
            return Meaning(None, How.BLANK)
        if is_name and _SPREADSHEET_NUMBER.fullmatch(trimmed):
            return Meaning(None, How.SPREADSHEET_NUMBER)
        if is_name and _SPREADSHEET_ERROR.fullmatch(trimmed):
            return Meaning(None, How.SPREADSHEET_ERROR)
        return reader(trimmed)

    return meaning


@dataclass(frozen=True)
class Read:
    """A column of texts read: values, how, the texts that have no value, and the ordinals of periods."""

    value: pa.Array
    how: pa.Array
    raw: pa.Array
    first: pa.Array
    last: pa.Array


def read_words(texts: pa.Array, meaning: Callable[[str], Meaning], arrow_type: pa.DataType) -> Read:
    """Return a column of texts read, each distinct text once; NULL stays NULL."""
    encoded = texts.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    meanings = [meaning(text) for text in distinct]
    kept = [text if meant.how > How.AS_IT_IS else None for text, meant in zip(distinct, meanings, strict=True)]

    def spread(values: list[object], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind).take(encoded.indices)

    return Read(
        value=spread([meant.value for meant in meanings], arrow_type),
        how=spread([int(meant.how) for meant in meanings], pa.int8()).fill_null(int(How.BLANK)),
        raw=spread(list(kept), pa.string()),
        first=spread([meant.first for meant in meanings], pa.int64()),
        last=spread([meant.last for meant in meanings], pa.int64()),
    )


def as_it_is(texts: pa.Array) -> Read:
    """Return a column of texts read, each of which means itself; NULL stays NULL."""
    count = len(texts)
    how = pc.if_else(texts.is_valid(), pa.scalar(int(How.AS_IT_IS), pa.int8()), pa.scalar(int(How.BLANK), pa.int8()))
    return Read(value=texts, how=how, raw=pa.nulls(count, pa.string()), first=pa.nulls(count, pa.int64()), last=pa.nulls(count, pa.int64()))
