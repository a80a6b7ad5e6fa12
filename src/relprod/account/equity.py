"""Equity: how much less a mean outcome is worth because it is unequally spread, and how steep the social gradient is.

The *equally distributed equivalent* (EDE) is the outcome which, if everybody had it, would be worth as much as the
outcomes there are, to someone averse to inequality. Its ratio to the mean is the equity factor, in (0, 1]; the change in the
mean itself is quality's. Functions of groups take arrays over them: `outcome` above 0 in any one unit, and `share` of people (or
their number, since shares are scaled to sum to one). A group with no share or no outcome (NaN) is left out.

Source: method.md section 3; Atkinson (1970), J. Econ. Theory 2, 244-263; Robson, Asaria, Cookson, Tsuchiya and Ali (2017), Health
Econ. 26, 1328-1334, for aversion in England; Mackenbach and Kunst (1997), Soc. Sci. Med. 44, 757-771, for slope and relative index.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.chained import rebased
from relprod.account.logarithms import exp, expm1, log
from relprod.account.services import lineage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from relprod.account.cells import Cells
    from relprod.account.exact import Array
    from relprod.account.links import Timeline

AVERSIONS = (0.0, 0.5, 1.0, 3.5, 10.95)
"""The aversions at which every result is also shown: none to that of the English public (Robson et al. 2017)."""


@dataclass(frozen=True)
class EquityAt:
    """EDE, in the unit of the outcome, and the equity factor (0..1] at one aversion."""

    aversion: float
    ede: float
    factor: float


@dataclass(frozen=True)
class GroupOutcome:
    """A group: how many people, their share (0..1), their mean outcome, and what one more unit for one of them is worth.

    `weight` is that marginal value relative to the best-off group's, which is 1.
    """

    name: str
    people: float
    share: float
    outcome: float
    weight: float


@dataclass(frozen=True)
class Equity:
    """Everything said of the spread of one outcome; `slope_index` and `relative_index` are None where they do not exist.

    `declared` is at the study's own aversion; `table` holds it together with every one of `AVERSIONS`, in order. `groups` are
    in the order of the ranking, most deprived first.
    """

    mean: float
    declared: EquityAt
    table: tuple[EquityAt, ...]
    slope_index: float | None
    relative_index: float | None
    groups: tuple[GroupOutcome, ...]


def equity_of(names: Sequence[str], people: Array, outcome: Array, aversion: float, order: Sequence[str] | None = None) -> Equity | None:
    """Return the equity of outcomes by group; None where no group has people and an outcome.

    `order` names the groups, most deprived first; without it they go by name, numbers in numeric order.

    Raises:
        ValueError: a group's outcome is not above 0, the order lacks a group, or the aversion is negative.

    """
    there = [place for place in ranked(names, order) if people[place] > 0 and not math.isnan(outcome[place])]
    if not there:
        return None
    called = [names[place] for place in there]
    _refuse_unless_positive(called, outcome[there])
    mean, share = mean_outcome(outcome[there], people[there]), _shares(people[there])
    table = {each: _equity_at(each, outcome[there], share) for each in (*AVERSIONS, aversion)}
    columns = people[there], share, outcome[there], group_weights(outcome[there], aversion)
    groups = zip(called, *(column.tolist() for column in columns), strict=True)
    return Equity(
        mean=mean,
        declared=table[aversion],
        table=tuple(table[each] for each in sorted(table)),
        slope_index=slope_index(outcome[there], share),
        relative_index=relative_index(outcome[there], share),
        groups=tuple(GroupOutcome(*group) for group in groups),
    )


def _equity_at(aversion: float, outcome: Array, share: Array) -> EquityAt:
    return EquityAt(aversion, ede(outcome, share, aversion), equity_factor(outcome, share, aversion))


def mean_outcome(outcome: Array, share: Array) -> float:
    """Return the mean outcome, missing (NaN) where there is no group; exactly the outcome where all have the same."""
    outcome, share = _present(outcome, share)
    if len(outcome) == 0:
        return math.nan
    lowest = float(outcome.min())
    return lowest + math.fsum(share * (outcome - lowest))


def ede(outcome: Array, share: Array, aversion: float) -> float:
    """Return the equally distributed equivalent outcome, missing (NaN) where there is no group.

    (sum p y^(1-e))^(1/(1-e)), at e = 1 exp(sum p ln y), in the unit of the outcome; at most the mean. It is worked out in
    logs of y relative to the outcome that dominates the sum: nothing overflows at large e, and nothing cancels near e = 1.

    Raises:
        ValueError: an outcome is not above 0, or the aversion is negative.

    """
    if not 0 <= aversion < math.inf:
        message = f"The aversion must be 0 or more, not {aversion}."
        raise ValueError(message)
    mean = mean_outcome(outcome, share)
    outcome, share = _present(outcome, share)
    if len(outcome) == 0 or aversion == 0:
        return mean
    power = 1 - aversion
    dominant = float(outcome.max() if power > 0 else outcome.min())
    logs = log(outcome / dominant)
    log_ratio = _log_of_mean(power * logs, share) / power if power else math.fsum(share * logs)
    return min(mean, dominant * math.exp(log_ratio))


def equity_factor(outcome: Array, share: Array, aversion: float) -> float:
    """Return E = EDE / mean, in (0, 1], missing (NaN) where there is no group: 1 for one group, or the same outcome in all."""
    return ede(outcome, share, aversion) / mean_outcome(outcome, share)


def group_weights(outcome: Array, aversion: float) -> Array:
    """Return the marginal value y^-e of one more unit of outcome in each group, relative to the best-off's; it may be infinite."""
    return exp(aversion * log(np.nanmax(outcome) / outcome))


def slope_index(outcome: Array, share: Array) -> float | None:
    """Return the slope index of inequality, in the unit of the outcome; None with fewer than two groups.

    Groups are in order, most deprived first. It is how much better the best-off end of the ranking does than the worst-off.
    """
    line = _line(outcome, share)
    return None if line is None else line[1]


def relative_index(outcome: Array, share: Array) -> float | None:
    """Return the relative index of inequality: the line's best-off end over its worst-off end, 1 where there is no gradient.

    None with fewer than two groups, and where the line falls to 0 or below at its worst-off end, so that the ratio means nothing.
    """
    line = _line(outcome, share)
    if line is None or line[0] <= 0:
        return None
    intercept, slope = line
    return (intercept + slope) / intercept


def ranked(names: Sequence[str], order: Sequence[str] | None = None) -> list[int]:
    """Return the places of groups in their order: that of `order`, else by name with numbers in numeric order.

    Raises:
        ValueError: the order lacks a group.

    """
    if order is None:
        return sorted(range(len(names)), key=lambda place: _numbers_in_order(names[place]))
    rank = {name: number for number, name in enumerate(order)}
    lacking = [name for name in names if name not in rank]
    if lacking:
        message = f"The order of groups lacks {', '.join(lacking)}."
        raise ValueError(message)
    return sorted(range(len(names)), key=lambda place: rank[names[place]])


def equity_levels(factor_by_service: Mapping[str, Array], timeline: Timeline) -> dict[str, Array]:
    """Return E_t / E_ref of every service with outcomes, over periods; missing (NaN) where there is no factor.

    E_ref is the mean over the reference periods; without any factor there, over the first year that has one.
    """
    return {service: rebased(factor[None], timeline)[0][0] / 100 for service, factor in factor_by_service.items()}


def scope_of(service: str, with_outcomes: Mapping[str, Array]) -> str | None:
    """Return the service whose outcomes speak for a service: its own, else the nearest above; None where there is none."""
    return next((above for above in lineage(service) if above in with_outcomes), None)


def equity_weighted(cells: Cells, level_by_service: Mapping[str, Array]) -> Cells:
    """Return cells with volumes times the equity level of their service's scope; values are unchanged.

    A service without outcomes at or above it keeps its volumes. Where a scope has no level (NaN), there is no volume.
    """
    scopes = [scope_of(service, level_by_service) for service in cells.service]
    ones = np.ones(cells.volume.shape[1])
    level = [ones if scope is None else level_by_service[scope] for scope in scopes]
    return cells.adjusted(cells.volume * np.stack(level)) if level else cells


def _log_of_mean(logs: Array, share: Array) -> float:
    """Return ln(sum p exp(logs)), of logs that are at most 0: near 0 by what it differs from 1, else as it stands."""
    less_one = math.fsum(share * expm1(logs))
    return math.log1p(less_one) if 2 * less_one > -1 else math.log(math.fsum(share * exp(logs)))


def _shares(share: Array) -> Array:
    return share / math.fsum(share)


def _present(outcome: Array, share: Array) -> tuple[Array, Array]:
    """Return outcomes and shares, which sum to one, of the groups that have both."""
    outcome, share = np.asarray(outcome, dtype=np.float64), np.asarray(share, dtype=np.float64)
    there = (share > 0) & ~np.isnan(outcome)
    _refuse_unless_positive([f"number {place + 1}" for place in np.flatnonzero(there)], outcome[there])
    return outcome[there], _shares(share[there])


def _refuse_unless_positive(names: Sequence[str], outcome: Array) -> None:
    refused = [name for name, value in zip(names, outcome, strict=True) if not 0 < value < math.inf]
    if refused:
        message = f"Equity needs outcomes above 0, and never shifts them; that of group {', '.join(refused)} is not."
        raise ValueError(message)


def _line(outcome: Array, share: Array) -> tuple[float, float] | None:
    """Return intercept and slope of outcome on midpoint rank, by least squares weighted by share; None with fewer than two groups.

    It is the regression of `y sqrt(p)` on `sqrt(p)` and `b sqrt(p)` without intercept, solved about the means.
    """
    outcome, share = _present(outcome, share)
    if len(outcome) <= 1:
        return None
    rank = np.array(list(accumulate(share))) - share / 2
    mean_rank, mean = math.fsum(share * rank), mean_outcome(outcome, share)
    slope = math.fsum(share * (rank - mean_rank) * (outcome - mean)) / math.fsum(share * (rank - mean_rank) ** 2)
    return mean - slope * mean_rank, slope


def _numbers_in_order(name: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Return what to sort a name by, so that "Fifth 2" comes before "Fifth 10"."""
    pieces = re.findall(r"\d+|\D+", name)
    return [(False, int(piece), "") if piece.isdecimal() else (True, 0, piece.casefold()) for piece in pieces], name
