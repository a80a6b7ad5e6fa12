"""What was measured, with one column of judgements changed in every row: parameters that live in tables, not in the study file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relprod.periods import PeriodScheme
    from relprod.run.measure import Measured

_TENTH = Decimal("0.1")
_A_YEAR = Decimal("0.01")


@dataclass(frozen=True)
class ColumnChange:
    """A stated change of every value of a column, and what gives the measured cells so changed."""

    change: str
    made: Callable[[Measured, PeriodScheme], Measured]


def _in_table(table: str, column: str, changed: Callable[[Decimal], Decimal]) -> Callable[[Measured, PeriodScheme], Measured]:
    """Return what changes each value of a column of one of the study's tables."""

    def made(measured: Measured, _scheme: PeriodScheme) -> Measured:
        rows = measured.tables[table]
        values = [None if value is None else changed(_exact(value)) for value in rows[column].to_pylist()]
        return replace(measured, tables={**measured.tables, table: _with_column(rows, column, values)})

    return made


def _with_column(rows: pa.Table, column: str, values: list[Decimal | None]) -> pa.Table:
    """Return rows with other values in one column, each as the double that is nearest to it."""
    doubles = pa.array([None if value is None else float(value) for value in values], type=pa.float64())
    return rows.set_column(rows.column_names.index(column), column, doubles)


def _exact(value: Any) -> Decimal:  # noqa: ANN401 - a decimal or a double
    """Return a value of a cell as the decimal that it was written as."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _times(factor: Decimal) -> Callable[[Decimal], Decimal]:
    return lambda value: value * factor


def _plus(step: Decimal) -> Callable[[Decimal], Decimal]:
    """Return what adds to a share, kept from 0 to 1."""
    return lambda value: min(max(value + step, Decimal(0)), Decimal(1))


def _deflators(step: Decimal) -> Callable[[Measured, PeriodScheme], Measured]:
    """Return what has the price of every deflated input rise by so much more a year, from the first year on."""

    def made(measured: Measured, scheme: PeriodScheme) -> Measured:
        rows = measured.inputs
        first = scheme.year_of(pc.min(rows["period"]).as_py()) if rows.num_rows else 0
        values = [
            None if level is None else _exact(level) * (1 + step) ** (scheme.year_of(period) - first)
            for level, period in zip(rows["deflator"].to_pylist(), rows["period"].to_pylist(), strict=True)
        ]
        return replace(measured, inputs=_with_column(rows, "deflator", values))

    return made


def _by_a_tenth(table: str, column: str) -> tuple[ColumnChange, ...]:
    """Return the changes of an amount: a tenth less and a tenth more."""
    return tuple(
        ColumnChange(f"by {sign}10%", _in_table(table, column, _times(1 + step))) for sign, step in (("-", -_TENTH), ("+", _TENTH))
    )


def _share(table: str, column: str) -> tuple[ColumnChange, ...]:
    """Return the changes of a share: 0.1 less and 0.1 more."""
    return tuple(ColumnChange(f"by {step:+}, within 0 and 1", _in_table(table, column, _plus(step))) for step in (-_TENTH, _TENTH))


COLUMN_CHANGES: Mapping[str, tuple[ColumnChange, ...]] = {
    "deflators.index": tuple(ColumnChange(f"by {sign}1% a year", _deflators(step)) for sign, step in (("-", -_A_YEAR), ("+", _A_YEAR))),
    "quality.attribution": _share("quality", "attribution"),
    "quality.weight": (ColumnChange("to 1 throughout", _in_table("quality", "weight", lambda _value: Decimal(1))),),
    "unpaid.hours": _by_a_tenth("unpaid", "hours"),
    "unpaid.rate": _by_a_tenth("unpaid", "rate"),
    "unpaid.sustainable_share": _share("unpaid", "sustainable_share"),
}
"""For each column of judgements, the changes that are made of it, one at a time."""
