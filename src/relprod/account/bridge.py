"""The bridge: how much of productivity growth is volume, quality, value demand and input.

ln P_t - ln P_0 is the sum of the logs of the components' factors, exactly, because each account's output is that
of the one before times a factor. Percentage points scale the logs to the growth (log-mean scaling), so they sum to it.

Source: method.md section 5; Balk (2008), section 4.2, on logarithmic means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.logarithms import log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relprod.account.exact import Array
    from relprod.account.links import Timeline

COMPONENT = {"activity": "volume", "quality_adjusted": "quality", "value_demand": "value_demand", "equity_weighted": "equity"}
"""The component of the bridge that each account of the ladder adds."""
SINCE = ("reference", "previous", "year-earlier")


@dataclass(frozen=True)
class Bridge:
    """One component since one base, over (services, periods): its factor, and its part of productivity growth in pp."""

    since: str
    component: str
    factor: Array
    contribution_pp: Array


def bridges(ladder: Sequence[tuple[str, Array]], input_index: Array, timeline: Timeline) -> list[Bridge]:
    """Return the bridge of the last account's productivity since the reference, the previous period and the year before.

    `ladder` holds the accounts in order with their output indices over (services, periods), reference = 100, as is
    `input_index`. Where a figure is missing (NaN), so is the bridge.
    """
    found = []
    for since in SINCE:
        factors = _factors(ladder, input_index, since, timeline)
        growth = factors["productivity"] - 1
        log_growth = log(factors["productivity"])
        whole = ~np.any([np.isnan(factor) for factor in factors.values()], axis=0)
        scale = np.divide(growth, log_growth, out=np.ones_like(growth), where=~np.isnan(log_growth) & (log_growth != 0))
        for component, factor in factors.items():
            sign = -1 if component == "input" else 1
            points = growth if component == "productivity" else sign * log(factor) * scale
            found.append(Bridge(since, component, np.where(whole, factor, np.nan), np.where(whole, 100 * points, np.nan)))
    return found


def _factors(ladder: Sequence[tuple[str, Array]], input_index: Array, since: str, timeline: Timeline) -> dict[str, Array]:
    """Return each component's factor: the ratio of its account to the one before, now over then."""
    lag = {"previous": 1, "year-earlier": timeline.subperiods}.get(since)
    factors: dict[str, Array] = {}
    before = np.full_like(input_index, 100.0)
    for account, output in ladder:
        factors[COMPONENT[account]] = _since(output / before, lag)
        before = output
    factors["input"] = _since(input_index / 100, lag)
    factors["productivity"] = _since(before / input_index, lag)
    return factors


def _since(ratio: Array, lag: int | None) -> Array:
    """Return a ratio relative to what it was `lag` periods before; relative to the reference, where it is 1, without a lag."""
    if lag is None:
        return ratio
    then = np.full_like(ratio, np.nan)
    then[:, lag:] = ratio[:, :-lag] if lag < ratio.shape[1] else ratio[:, :0]
    return ratio / then
