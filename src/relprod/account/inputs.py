"""Inputs: volumes measured directly (staff, hours) or as spending without its price change.

Source: method.md section 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relprod.account.exact import ratio

if TYPE_CHECKING:
    from relprod.account.exact import Array


def input_volume(expenditure: Array, direct_volume: Array, deflator: Array) -> Array:
    """Return the volume of each input: the direct one where given, else expenditure in current prices over its deflator.

    All over (items, periods); the scale of a deflator does not matter, since only relatives of volumes are used.
    """
    return np.where(np.isnan(direct_volume), ratio(expenditure, deflator), direct_volume)
