"""From rows of tables, as text or numbers, to what the account works on. Plain loops; nothing of relprod beyond the account is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from relprod.account.cells import Cells
from relprod.account.chained import Method
from relprod.account.failure_demand import failure_share
from relprod.account.inputs import input_volume
from relprod.account.ladder import Account, Adjustments, compute_account
from relprod.account.links import Timeline
from relprod.account.quality import Indicator
from relprod.periods import PeriodScheme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Ingredients:
    """What `compute_account` is called with."""

    scheme: PeriodScheme
    activity: Cells
    inputs: Cells
    method: Method
    adjustments: Adjustments

    def computed(self) -> Account:
        return compute_account(self.activity, self.inputs, self.method, self.adjustments)

    @property
    def labels(self) -> list[str]:
        return [self.scheme.label(ordinal) for ordinal in self.method.timeline.ordinals]


def number(value: object) -> float:
    """Return a cell as a number, a blank one as missing (NaN)."""
    return float("nan") if value in (None, "") else float(str(value))


def matrix_of(  # noqa: PLR0913, PLR0917 - a matrix is its rows, its axes and its values
    rows: Sequence[Row],
    keys: Sequence[tuple[str, ...]],
    names: tuple[str, ...],
    value: Callable[[Row], float],
    place: Callable[[Row], int],
    count: int,
) -> np.ndarray:
    """Return values over (keys, periods), missing (NaN) where there is no row."""
    matrix = np.full((len(keys), count), np.nan)
    for row in rows:
        matrix[keys.index(tuple(str(row.get(name) or "") for name in names)), place(row)] = value(row)
    return matrix


def keys_of(rows: Sequence[Row], names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return sorted({tuple(str(row.get(name) or "") for name in names) for row in rows})


def ingredients(study: Mapping[str, Any], tables: Mapping[str, Sequence[Row]]) -> Ingredients:
    """Return the ingredients of a study (the mapping in its TOML file) and its tables."""
    scheme = PeriodScheme(study["study"]["frequency"], study["study"]["calendar"])
    activity, spent = tables.get("activity", []), tables.get("inputs", [])
    ordinals = [scheme.parse(row["period"]) for row in (*activity, *spent)]
    timeline = Timeline(min(ordinals), max(ordinals) - min(ordinals) + 1, scheme.subperiods, scheme.parse_span(study["study"]["reference"]))

    def place(row: Row) -> int:
        return scheme.parse(row["period"]) - timeline.first

    def matrix(rows: Sequence[Row], names: tuple[str, ...], value: Callable[[Row], float]) -> np.ndarray:
        return matrix_of(rows, keys_of(rows, names), names, value, place, timeline.count)

    def cells(rows: Sequence[Row], item: str, volume: np.ndarray, value: np.ndarray) -> Cells:
        keys = keys_of(rows, ("service", item))
        return Cells(tuple(key[0] for key in keys), tuple(key[1] for key in keys), volume, value)

    def deflator(row: Row) -> float:
        found = {str(other["period"]): other["index"] for other in tables.get("deflators", []) if other["deflator"] == row.get("deflator")}
        return number(found.get(row["period"], found.get(scheme.year_label(scheme.year_of(scheme.parse(row["period"]))))))

    expenditure = matrix(spent, ("service", "input"), lambda row: number(row["expenditure"]))
    direct = matrix(spent, ("service", "input"), lambda row: number(row.get("volume")))
    deflators = matrix(spent, ("service", "input"), deflator)
    volume = matrix(activity, ("service", "activity"), lambda row: number(row["volume"]))
    given = study.get("failure_demand")
    return Ingredients(
        scheme,
        cells(activity, "activity", volume, matrix(activity, ("service", "activity"), cost)),
        cells(spent, "input", input_volume(expenditure, direct, deflators), expenditure),
        Method(timeline, study.get("output", {}).get("index", "laspeyres"), study.get("output", {}).get("link", "annual-overlap")),
        Adjustments(
            indicators_of(tables["quality"], place, timeline.count) if tables.get("quality") else None,
            failure_share(volume, matrix(activity, ("service", "activity"), lambda row: number(row.get("failure_volume"))))
            if given
            else None,
            float(given.get("removal", 1.0)) if given else 1.0,
        ),
    )


def cost(row: Row) -> float:
    if row.get("cost") not in (None, ""):
        return number(row["cost"])
    return number(row["unit_cost"]) * number(row["volume"])


def indicators_of(rows: Sequence[Row], place: Callable[[Row], int], count: int) -> tuple[Indicator, ...]:
    """Return the indicators; a weight or attribution that is not given is 1."""
    names = ("service", "activity", "indicator", "direction")
    keys = keys_of(rows, names)
    value = matrix_of(rows, keys, names, lambda row: number(row["value"]), place, count)
    weight = matrix_of(rows, keys, names, lambda row: number(row.get("weight", 1)), place, count)
    attribution = matrix_of(rows, keys, names, lambda row: number(row.get("attribution", 1)), place, count)
    return tuple(
        Indicator(service, activity or None, name, direction, value[row], weight[row], attribution[row])
        for row, (service, activity, name, direction) in enumerate(keys)
    )
