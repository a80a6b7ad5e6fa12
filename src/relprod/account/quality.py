"""Quality: from indicators to the level k by which a volume is multiplied.

An indicator's relative says how much better the service became since the period before; only the part that is
the service's own doing counts (attribution), and indicators are averaged by weight. k is the product of the relatives.

Source: method.md section 3; Office for National Statistics, Public service productivity: sources and methods.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.services import lineage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from relprod.account.cells import Cells
    from relprod.account.exact import Array
    from relprod.account.links import Timeline

Scope = tuple[str, str | None]
"""What an indicator speaks of: a service, or one activity of it."""


@dataclass(frozen=True)
class Indicator:
    """One quality indicator over the periods, missing (NaN) where it was not observed.

    `value` is in the indicator's own unit; `direction` says what better means: "higher" or "index" (more), "lower" (less),
    "lower-share" (less, of a share 0..1). `weight` (relative importance) and `attribution` (0..1) are over the periods too.
    `held_at_start` says that the first value was observed before the first period.
    """

    service: str
    activity: str | None
    name: str
    direction: str
    value: Array
    weight: Array
    attribution: Array
    held_at_start: bool = False


@dataclass(frozen=True)
class QualityLevels:
    """k over the periods for every scope that has indicators, and where a k rests on a value held from before."""

    level: Mapping[Scope, Array]
    provisional: Mapping[Scope, npt.NDArray[np.bool_]]

    def scope_of(self, service: str, activity: str) -> Scope | None:
        """Return the scope that speaks for an activity: its own, else its service's, else the nearest above; None where there is none."""
        if (service, activity) in self.level:
            return service, activity
        return next(((above, None) for above in lineage(service) if (above, None) in self.level), None)


def quality_levels(indicators: Iterable[Indicator], timeline: Timeline) -> QualityLevels:
    """Return the quality level of every scope, mean 1 over the reference periods."""
    by_scope = indicators_by_scope(indicators)
    return QualityLevels(
        {scope: _level(found, timeline) for scope, found in by_scope.items()},
        {scope: np.any([_held(indicator) for indicator in found], axis=0) for scope, found in by_scope.items()},
    )


def indicators_by_scope(indicators: Iterable[Indicator]) -> dict[Scope, list[Indicator]]:
    """Return the indicators of each scope, in the order in which they are averaged."""
    by_scope: dict[Scope, list[Indicator]] = defaultdict(list)
    for indicator in sorted(indicators, key=lambda each: (each.service, each.activity or "", each.name)):
        by_scope[indicator.service, indicator.activity].append(indicator)
    return by_scope


def quality_adjusted(cells: Cells, levels: QualityLevels) -> Cells:
    """Return cells with volumes multiplied by the quality level of their scope; values are unchanged."""
    scopes = [levels.scope_of(service, item) for service, item in zip(cells.service, cells.item, strict=True)]
    ones = np.ones(cells.volume.shape[1])
    level = [ones if scope is None else levels.level[scope] for scope in scopes]
    return cells.adjusted(cells.volume * np.stack(level)) if level else cells


def relative(before: float, now: float, direction: str) -> float:
    """Return how much better an indicator is than the period before, 1 for the same, by what better means."""
    if direction == "lower":
        return before / now
    if direction == "lower-share":
        return (1 - now) / (1 - before)
    return now / before


def _held(indicator: Indicator) -> npt.NDArray[np.bool_]:
    """Return the periods in which an indicator that has started is not observed, and so holds its last value."""
    observed = ~np.isnan(indicator.value)
    observed[:1] &= not indicator.held_at_start
    started = np.logical_or.accumulate(~np.isnan(indicator.value))
    held: npt.NDArray[np.bool_] = started & ~observed
    return held


def last_seen(values: Array) -> Array:
    """Return the values with every missing one replaced by the last seen before it."""
    source = np.where(np.isnan(values), -1, np.arange(len(values)))
    source = np.maximum.accumulate(source)
    return np.where(source >= 0, values[np.maximum(source, 0)], np.nan)


def _level(indicators: list[Indicator], timeline: Timeline) -> Array:
    """Return the product of a scope's relatives, scaled to a mean of 1 over the reference periods."""
    level = chained_level(indicators, timeline)
    reference = level[timeline.reference_columns()]
    return level / (math.fsum(reference) / len(reference)) if len(reference) else level


def chained_level(indicators: list[Indicator], timeline: Timeline) -> Array:
    """Return the product of a scope's relatives over the periods, 1 in the first."""
    values = [last_seen(each.value) for each in indicators]
    weights = [last_seen(each.weight) for each in indicators]
    attributions = [last_seen(each.attribution) for each in indicators]
    level = np.ones(timeline.count)
    for now in range(1, timeline.count):
        terms = [
            (weight[now], 1 + attribution[now] * (relative(value[now - 1], value[now], each.direction) - 1))
            for each, value, weight, attribution in zip(indicators, values, weights, attributions, strict=True)
            if not math.isnan(value[now - 1])
        ]
        total = math.fsum(weight for weight, _ in terms)
        step = math.fsum(weight / total * term for weight, term in terms) if terms else 1.0
        level[now] = level[now - 1] * step
    return level
