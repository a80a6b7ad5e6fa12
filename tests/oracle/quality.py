"""Section 3 of the method, quality: indicators of a service or an activity become a quality index k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from . import periods
from .exact import Number, fifty_digits, fraction
from .tree import lineage

if TYPE_CHECKING:
    from .index import Rule
    from .periods import Period

Row = Mapping[str, Any]
Rows = Sequence[Row]


class Reading(NamedTuple):
    """One indicator in one period."""

    value: Fraction
    direction: str
    weight: Fraction
    attribution: Fraction


Indicators = dict[str, dict["Period", Reading]]


@dataclass
class Quality:
    """The quality index k, 1 in its first period, and the periods in which an indicator holds its last value."""

    k: dict[Period, Fraction] = field(default_factory=dict)
    provisional: set[Period] = field(default_factory=set)


def _or_one(value: Number | None) -> Fraction:
    number = fraction(value)
    return Fraction(1) if number is None else number


def indicators(rows: Rows, rule: Rule) -> dict[tuple[str, str], Indicators]:
    """Return the indicators by service and activity ('' for the service as a whole)."""
    found: dict[tuple[str, str], Indicators] = {}
    for row in rows:
        value = fraction(row["value"])
        if value is None:
            continue
        owner = lineage(str(row["service"]))[-1], str(row.get("activity") or "")
        t = periods.parse(str(row["period"]), rule.calendar, rule.frequency)
        reading = Reading(value, str(row["direction"]), _or_one(row.get("weight")), _or_one(row.get("attribution")))
        found.setdefault(owner, {}).setdefault(str(row["indicator"]), {})[t] = reading
    return found


def held(readings: Mapping[Period, Reading], t: Period) -> Reading | None:
    """Return the reading in t, else the last one before; None where the indicator has not started."""
    until = [s for s in readings if s <= t]
    return readings[max(until)] if until else None


def improvement(now: Reading, then: Reading) -> Fraction:
    """Return q: more than 1 where the indicator is better than it was."""
    if now.direction == "lower":
        return then.value / now.value
    if now.direction == "lower-share":
        return (1 - now.value) / (1 - then.value)
    return now.value / then.value


def quality_relative(readings: list[tuple[Reading, Reading]]) -> Fraction:
    """Return the weighted mean of each indicator's attributable improvement; 1 where there is no indicator."""
    weight = sum((now.weight for now, _ in readings), Fraction(0))
    if not weight:
        return Fraction(1)
    return sum((now.weight * (1 + now.attribution * (improvement(now, then) - 1)) for now, then in readings), Fraction(0)) / weight


def quality_index(of: Indicators, span: list[Period]) -> Quality:
    """Return k over consecutive periods."""
    quality = Quality({span[0]: Fraction(1)})
    for then, now in pairwise(span):
        both = [(held(readings, now), held(readings, then)) for readings in of.values()]
        relative = quality_relative([(a, b) for a, b in both if a is not None and b is not None])
        quality.k[now] = fifty_digits(quality.k[then] * relative)
    quality.provisional = {t for t in span if any(t not in readings and held(readings, t) is not None for readings in of.values())}
    return quality


def indicators_that_apply(found: dict[tuple[str, str], Indicators], service: str, activity: str) -> Indicators:
    """Return the activity's own indicators, else those of its service, else those of the service's nearest ancestor."""
    own = found.get((service, activity)) if activity else None
    if own:
        return own
    for node in reversed(lineage(service)):
        if (node, "") in found:
            return found[node, ""]
    return {}
