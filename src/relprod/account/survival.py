"""The risk that a closed contact is followed by a repeat within so many days, by Kaplan and Meier's product limit.

A contact whose follow-up ends without a repeat is *censored*: nothing is known of it later, so it leaves those at risk.
On the same day events come before censorings. Intervals are log-log, with Greenwood's variance.

Source: method.md section 6; Kaplan and Meier (1958), J. Am. Stat. Assoc. 53, 457-481; Kalbfleisch and Prentice (2002), The
Statistical Analysis of Failure Time Data, section 1.4, on log-log intervals.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class RiskAt:
    """The risk (0..1) of a repeat within `day` days, with its interval; None where it cannot be said.

    `at_risk` contacts were still under observation on that day; `repeats` had been followed by a repeat by its end.
    """

    day: int
    at_risk: int
    repeats: int
    risk: float | None
    low: float | None
    high: float | None


class _Step(NamedTuple):
    """A day of the histogram: how many were under observation as it began, and how many repeats it saw."""

    day: int
    at_risk: int
    events: int


def kaplan_meier(
    days: Sequence[int], events: Sequence[int], censored: Sequence[int], at: Sequence[int], confidence: float = 0.95
) -> list[RiskAt]:
    """Return the risk of a repeat within each of the days `at`, in the order given.

    `days`, `events` and `censored` are one histogram of contacts: whole days from closing to the next repeat (events) or to
    the end of follow-up (censored), in any order. `confidence` (0..1) is the coverage of the intervals.
    Beyond the longest follow-up the risk is None, not carried. Where the risk is 0 or 1 it has no log-log interval: None.

    Raises:
        ValueError: a day or a count is negative.

    """
    steps = _steps(days, events, censored)
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    return [_risk_at(day, steps, quantile) for day in at]


def _steps(days: Sequence[int], events: Sequence[int], censored: Sequence[int]) -> list[_Step]:
    """Return the days on which any follow-up ends, in order."""
    repeated, ended = Counter[int](), Counter[int]()
    for day, event, censoring in zip(days, events, censored, strict=True):
        if min(day, event, censoring) < 0:
            message = f"Day {day} has {event} events and {censoring} censored; none of these may be negative."
            raise ValueError(message)
        repeated[day] += event
        ended[day] += event + censoring
    at_risk = sum(ended.values())
    steps = []
    for day in sorted(day for day, count in ended.items() if count > 0):
        steps.append(_Step(day, at_risk, repeated[day]))
        at_risk -= ended[day]
    return steps


def _risk_at(day: int, steps: list[_Step], quantile: float) -> RiskAt:
    passed = list(takewhile(lambda step: step.day <= day, steps))
    at_risk = next((step.at_risk for step in steps if step.day >= day), 0)
    repeats = sum(step.events for step in passed)
    if at_risk == 0:
        return RiskAt(day, at_risk, repeats, None, None, None)
    if any(step.events == step.at_risk for step in passed):
        return RiskAt(day, at_risk, repeats, 1.0, None, None)
    if repeats == 0:
        return RiskAt(day, at_risk, repeats, 0.0, None, None)
    log_survival = math.fsum(math.log1p(-step.events / step.at_risk) for step in passed)
    variance = math.fsum(step.events / (step.at_risk * (step.at_risk - step.events)) for step in passed)
    width = quantile * math.sqrt(variance) / -log_survival
    low, risk, high = (-math.expm1(log_survival * math.exp(shift)) for shift in (-width, 0.0, width))
    return RiskAt(day, at_risk, repeats, risk, low, high)
