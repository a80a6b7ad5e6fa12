"""Failure demand: the share of a volume that exists only because an earlier contact failed, and output without it.

Source: method.md section 3; Seddon (2003), Freedom from Command and Control.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relprod.account.exact import ratio

if TYPE_CHECKING:
    from relprod.account.cells import Cells
    from relprod.account.exact import Array


def failure_share(volume: Array, failure_volume: Array) -> Array:
    """Return the share (0..1) of each volume that is failure demand: none of it where nothing is given."""
    return np.nan_to_num(ratio(failure_volume, volume))


def value_demand(cells: Cells, share: Array, removal: float) -> Cells:
    """Return cells without failure demand: volumes and values times `1 - removal * share`.

    `share` (0..1) is over (items, periods); `removal` (0..1) is how much of failure demand is taken out.
    """
    kept = 1 - removal * share
    return cells.adjusted(cells.volume * kept, cells.value * kept)


def failure_cost(cells: Cells, share: Array) -> Array:
    """Return the cost of failure demand over (items, periods): value times share, nothing where there is no value."""
    return np.nan_to_num(cells.value) * share
