"""What may be wrong with the conditions of an entry of ``[[exclusions]]``: every fault, each at its key."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from relprod.periods import PeriodError
from relprod.study.columns import columns_of
from relprod.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from relprod.periods import PeriodScheme

BOUNDS = ("from", "to")
MISSING = "missing"

Problem = tuple[tuple[str, ...], str]
"""The keys that lead to a fault, and what to do about it."""

_ORDERED = frozenset({"exact", "float", "period", "period-or-year", "datetime"})
"""Kinds of columns whose values come one after another, so that there is a from and a to."""
_TOO_LARGE = 10**27
"""No column holds a number as large as this."""
_A_PERSON = (
    "holds identifiers, and those named here would stand in the manifest of every run: give such rows a value of their own in "
    f"another column, such as area, and name that; of this column only {{ {MISSING} = true }} or {{ {MISSING} = false }} can be asked"
)


def problems(table: str, where: Mapping[str, Any], scheme: PeriodScheme | None, *, dates_are_text: bool) -> Iterator[Problem]:
    """Yield everything that is wrong with conditions on a table; without a scheme, periods are not looked at.

    `dates_are_text` says that they come from JSON, which has no dates.
    """
    columns = columns_of(table)
    for column, written in where.items():
        if column not in columns:
            yield (column,), f"the table '{table}' has no such column{did_you_mean(column, columns)}"
            continue
        check = _Check(columns[column]["relprod:kind"], columns[column]["constraints"].get("enum", []), scheme, dates_are_text)
        yield from (((column, *key), what) for key, what in check.problems(written))


@dataclass(frozen=True)
class _Check:
    """What a column can be compared with."""

    kind: str
    choices: list[str]
    scheme: PeriodScheme | None
    dates_are_text: bool

    def problems(self, written: Any) -> Iterator[Problem]:  # noqa: ANN401 - whatever TOML holds
        """Yield what is wrong with what a column is compared with."""
        if isinstance(written, dict) and written.keys() == {MISSING}:
            if not isinstance(written[MISSING], bool):
                yield (MISSING,), "should be true or false, without quotation marks"
        elif self.kind == "identifier":
            yield (), _A_PERSON
        elif isinstance(written, dict):
            yield from self._span(written)
        elif written == []:
            yield (), "is an empty list, which no row matches: name at least one value"
        else:
            wrong = (self._value(each) for each in (written if isinstance(written, list) else [written]))
            yield from (((), what) for what in dict.fromkeys(filter(None, wrong)))

    def _span(self, written: dict[str, Any]) -> Iterator[Problem]:
        known = (*BOUNDS, MISSING)
        unknown = [key for key in written if key not in known]
        if unknown or not written or MISSING in written:
            for key in unknown:
                yield (key,), f"there is no such key{did_you_mean(key, known)}"
            if not unknown:
                yield (), f"should be {{ from = …, to = … }}, with one of them or both, or {{ {MISSING} = true }} alone"
        elif self.kind not in _ORDERED:
            yield (), "has no order, so there is no from and to: give a value, or a list of values"
        else:
            wrong = [((bound,), self._value(written[bound])) for bound in BOUNDS if bound in written]
            yield from ((key, what) for key, what in wrong if what)
            if not any(what for _, what in wrong) and self._ends_before_it_begins(written):
                yield (), "ends before it begins, so no row matches it: exchange from and to"

    def _ends_before_it_begins(self, written: dict[str, Any]) -> bool:
        if written.keys() != set(BOUNDS):
            return False
        low, high = (written[bound] for bound in BOUNDS)
        if not self.kind.startswith("period"):
            return bool(low > high)
        return self.scheme is not None and self.scheme.parse_span(low)[0] > self.scheme.parse_span(high)[1]

    def _value(self, value: Any) -> str | None:  # noqa: ANN401 - whatever TOML holds
        """Return what is wrong with one value, or None."""
        if self.kind in {"exact", "float"}:
            return _number(value)
        if self.kind == "boolean":
            return None if isinstance(value, bool) else "should be true or false, without quotation marks"
        if self.kind == "datetime":
            return self._day(value)
        if not isinstance(value, str):
            return "should be text, in quotation marks"
        if not value.strip():
            return f"is empty: rows without a value are {{ {MISSING} = true }}"
        return self._word(value)

    def _word(self, text: str) -> str | None:
        if self.kind == "choice" and text.strip().casefold() not in self.choices:
            return f"'{text}' is not in this column{did_you_mean(text, self.choices)}"
        if self.kind == "service" and not all(part.strip() for part in text.split(">")):
            return f"'{text}' has an empty part: write a service like 'Adult social care > Home care'"
        if self.kind.startswith("period") and self.scheme is not None:
            try:
                self.scheme.parse_span(text)
            except PeriodError as error:
                return str(error)
        return None

    def _day(self, value: object) -> str | None:
        if self.dates_are_text and isinstance(value, str):
            try:
                date.fromisoformat(value)
            except ValueError:
                return f"'{value}' is no date"
            return None
        return None if type(value) is date else "should be a date, without quotation marks and without a time, such as 2025-04-30"


def _number(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "should be a number, without quotation marks"
    return None if math.isfinite(value) and abs(value) < _TOO_LARGE else "is no number that a column could hold"
