"""The share of each activity that is failure demand, by the method that the study declares, with bounds where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.failure_demand import coded_share, failure_share, rogan_gladen, rogan_gladen_error
from relprod.run.matrices import Rows

if TYPE_CHECKING:
    from relprod.account.cells import Cells
    from relprod.account.exact import Array
    from relprod.account.links import Timeline
    from relprod.run.contacts import ContactMeasures
    from relprod.study.model import AuditSection

_NORMAL_95 = 1.959963984540054
"""97.5 per cent point of the normal distribution, for two-sided 95 per cent bounds."""


@dataclass(frozen=True)
class FailureShares:
    """Shares (0..1) of failure demand over the activity cells' (items, periods).

    `share` is 0 where nothing is known. `low` and `high` are missing (NaN) where there are no bounds. `clipped` counts the
    corrected shares that fell outside 0..1.
    """

    share: Array
    low: Array
    high: Array
    clipped: int = 0


def failure_shares(
    activity: Cells, failure_volume: Array, contacts: ContactMeasures | None, audit: AuditSection | None, timeline: Timeline
) -> FailureShares:
    """Return the shares of activities: the volumes given or found, or, for coded contacts, the codes with bounds for those uncoded."""
    share = failure_share(activity.volume, failure_volume)
    unknown = np.full_like(share, np.nan)
    if contacts is None or contacts.method != "coded":
        return FailureShares(share, unknown, unknown)
    rows = Rows.of(contacts.cells, ("service", "activity"), "period", timeline)
    place = {key: row for row, key in enumerate(zip(activity.service, activity.item, strict=True))}
    at = np.array([place[key[0], key[1]] for key in rows.keys], dtype=np.int64)
    coded = coded_share(*(rows.matrix(contacts.cells[name]) for name in ("coded_value", "coded_failure", "uncoded")))
    shares, clipped = _corrected((coded.share, coded.low, coded.high), audit)
    low, high = unknown.copy(), unknown.copy()
    share[at], low[at], high[at] = np.nan_to_num(shares[0]), shares[1], shares[2]
    return FailureShares(share, low, high, clipped)


def _corrected(shares: tuple[Array, Array, Array], audit: AuditSection | None) -> tuple[tuple[Array, Array, Array], int]:
    """Return share and bounds corrected by an audit sample, the bounds widened by its own error at 95 per cent."""
    if audit is None:
        return shares, 0
    share, low, high = (rogan_gladen(each, audit.sensitivity, audit.specificity) for each in shares)
    margins = [_NORMAL_95 * rogan_gladen_error(each.share, audit.sensitivity, audit.specificity, audit.sample_size) for each in (low, high)]
    bounds = np.clip(low.share - margins[0], 0, 1), np.clip(high.share + margins[1], 0, 1)
    return (share.share, *bounds), int(share.clipped.sum())
