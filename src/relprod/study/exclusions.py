"""Rows that a study leaves out on declared grounds: what an entry of ``[[exclusions]]`` says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from relprod.study.columns import columns_of, input_tables
from relprod.study.exclusion_checks import BOUNDS, MISSING, problems
from relprod.study.section import Section
from relprod.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relprod.periods import PeriodScheme
    from relprod.study.exclusion_checks import Problem

Value = str | bool | int | float | date
_ONE: dict[str, Any] = {"anyOf": [{"type": name} for name in ("string", "number", "boolean")]}
_WHERE: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {
        "anyOf": [
            *_ONE["anyOf"],
            {"type": "array", "items": _ONE, "minItems": 1},
            {"type": "object", "properties": dict.fromkeys(BOUNDS, _ONE), "additionalProperties": False},
            {"type": "object", "properties": {MISSING: {"type": "boolean"}}, "additionalProperties": False, "required": [MISSING]},
        ]
    },
}


@dataclass(frozen=True)
class Condition:
    """What one column of a row must hold: one of `values`, something from `low` to `high` (None is open), or nothing if `missing`."""

    column: str
    values: tuple[Value, ...] = ()
    low: Value | None = None
    high: Value | None = None
    missing: bool | None = None


class Exclusion(Section):
    """Rows of one table that take no part in anything once they are read. No other row is ever left out.

    An entry names its table and what its rows have in common. It says why they are left out and who answers for that, and
    both are printed with the figures.
    """

    table: str = Field(description="The table whose rows are left out.")
    where: Annotated[dict[str, Any], WithJsonSchema(_WHERE)] = Field(
        min_length=1, description="What a row must hold to be left out, by column. All of it must hold."
    )
    reason: str = Field(min_length=1, description="Why these rows must not count.")
    owner: str = Field(min_length=1, description="Who answers for leaving them out.")

    @field_validator("reason", "owner")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            message = "is empty: write something between the quotation marks"
            raise ValueError(message)
        return value

    @field_validator("table")
    @classmethod
    def _is_a_table(cls, value: str) -> str:
        if value not in input_tables():
            message = f"there is no table '{value}'{did_you_mean(value, input_tables())}"
            raise ValueError(message)
        return value

    @field_validator("where")
    @classmethod
    def _fits_the_table(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if "table" in info.data:
            raise_all(problems(info.data["table"], value, None, dates_are_text=info.mode == "json"))
        return value

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What a row must hold, column by column, in the order written."""
        columns = columns_of(self.table)
        return tuple(_condition(column, columns[column]["relprod:kind"], written) for column, written in self.where.items())


def with_periods_of(entries: tuple[Exclusion, ...], scheme: PeriodScheme, *, dates_are_text: bool) -> tuple[Exclusion, ...]:
    """Return entries of which every period is one of the scheme.

    Raises:
        ValidationError: one is not.

    """
    raise_all(
        ((str(number), "where", *key), what)
        for number, entry in enumerate(entries)
        for key, what in problems(entry.table, entry.where, scheme, dates_are_text=dates_are_text)
    )
    return entries


def raise_all(faults: Iterable[Problem]) -> None:
    """Raise if there are faults: all of them at once, each at its own key.

    Raises:
        ValidationError: there is at least one; inside a validator, pydantic puts the keys that lead there before each.

    """
    found = [InitErrorDetails(type=PydanticCustomError("exclusion", "{what}", {"what": what}), loc=key, input=None) for key, what in faults]
    if found:
        raise ValidationError.from_exception_data(Exclusion.__name__, found)


def _condition(column: str, kind: str, written: Any) -> Condition:  # noqa: ANN401 - whatever TOML holds
    if isinstance(written, dict):
        low, high = (_value(kind, written[bound]) if bound in written else None for bound in BOUNDS)
        return Condition(column, low=low, high=high, missing=written.get(MISSING))
    return Condition(column, tuple(_value(kind, each) for each in (written if isinstance(written, list) else [written])))


def _value(kind: str, written: Value) -> Value:
    """Return a value as it was meant: a manifest, which is JSON, holds dates as text."""
    return date.fromisoformat(written) if kind == "datetime" and isinstance(written, str) else written
