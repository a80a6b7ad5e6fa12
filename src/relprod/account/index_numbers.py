"""The five index formulas, as averages of relatives weighted by value, and what each item contributes.

All arrays run over (..., items, periods). A *pair* compares a period with its base: per item the value in
the base `v_b`, the value in the period `v_t`, and the relative of volumes `R = z_t / z_b`. Items that are not
matched carry `v_b = v_t = 0` and `R = 1`, so that they weigh nothing in any formula.

Laspeyres, Paasche, Fisher and Walsh can all be written `sum_j w_j R_j` with weights that sum to one; then
`w_j (R_j - 1)` are contributions that add up to the growth. For Fisher these are van IJzeren's. Törnqvist
has no such form: logs are scaled to the growth.

Source: method.md section 2; Balk (2008), Price and Quantity Index Numbers, ch. 3 and 4; Reinsdorf, Diewert and
Ehemann (2002), "Additive decompositions for Fisher, Törnqvist and geometric mean indexes", J. Econ. Soc. Meas. 28.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from relprod.account.exact import Array, exact_sum
from relprod.account.logarithms import exp, log

if TYPE_CHECKING:
    from collections.abc import Callable

Formula: TypeAlias = Literal["laspeyres", "paasche", "fisher", "tornqvist", "walsh"]
FORMULAS: tuple[Formula, ...] = get_args(Formula)


@dataclass(frozen=True)
class Pair:
    """A period against its base: values in both, and the relatives of volumes between them.

    `base_value` may be over (..., items, 1) where all periods have the same base and every item is matched.
    """

    base_value: Array
    value: Array
    relative: Array

    @cached_property
    def base_total(self) -> Array:
        """The matched value in the base, over (..., periods) or (..., 1)."""
        return exact_sum(self.base_value)

    @cached_property
    def total(self) -> Array:
        """The matched value in the period, over (..., periods)."""
        return exact_sum(self.value)

    @cached_property
    def weighted_logs(self) -> Array:
        """The logarithms of relatives, weighted by the mean of an item's shares in base and period, over (..., items, periods)."""
        return _mean_shares(self) * log(self.relative)


def index_number(pair: Pair, formula: Formula) -> Array:
    """Return the index of each period on its base (1 = no change), over (..., periods); missing where nothing is matched."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _INDEX[formula](pair)


def contributions(pair: Pair, formula: Formula) -> Array:
    """Return what each item adds to `index - 1`, over (..., items, periods). They sum to it to about 1e-15."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if formula == "tornqvist":
            return _tornqvist_contributions(pair)
        weights = _WEIGHTS[formula](pair)
        return _shares(weights) * (pair.relative - 1)


def _laspeyres(pair: Pair) -> Array:
    return exact_sum(pair.base_value * pair.relative) / pair.base_total


def _paasche(pair: Pair) -> Array:
    return pair.total / exact_sum(pair.value / pair.relative)


def _fisher(pair: Pair) -> Array:
    return np.sqrt(_laspeyres(pair) * _paasche(pair))


def _tornqvist(pair: Pair) -> Array:
    return np.where(pair.base_total > 0, exp(exact_sum(pair.weighted_logs)), np.nan)


def _walsh(pair: Pair) -> Array:
    weights = _walsh_weights(pair)
    return exact_sum(weights * pair.relative) / exact_sum(weights)


def _walsh_weights(pair: Pair) -> Array:
    return np.sqrt(pair.base_value * pair.value / pair.relative)


def _fisher_weights(pair: Pair) -> Array:
    """Return the base values at van IJzeren's prices: those of the base plus those of the period, deflated by Fisher."""
    value_change = pair.total / pair.base_total
    price_change = value_change / _fisher(pair)
    return pair.base_value + pair.value / pair.relative / price_change[..., None, :]


def _shares(weights: Array) -> Array:
    """Return weights that sum to one over the items of each period."""
    return weights / exact_sum(weights)[..., None, :]


def _mean_shares(pair: Pair) -> Array:
    shares = (pair.base_value / pair.base_total[..., None, :] + pair.value / pair.total[..., None, :]) / 2
    return np.where(pair.base_value > 0, shares, 0.0)


def _tornqvist_contributions(pair: Pair) -> Array:
    index = _tornqvist(pair)
    total = log(index)
    scale = np.where(total == 0, 1.0, (index - 1) / total)
    return pair.weighted_logs * scale[..., None, :]


_INDEX: dict[Formula, Callable[[Pair], Array]] = {
    "laspeyres": _laspeyres,
    "paasche": _paasche,
    "fisher": _fisher,
    "tornqvist": _tornqvist,
    "walsh": _walsh,
}
_WEIGHTS: dict[Formula, Callable[[Pair], Array]] = {
    "laspeyres": lambda pair: pair.base_value,
    "paasche": lambda pair: pair.value / pair.relative,
    "fisher": _fisher_weights,
    "walsh": _walsh_weights,
}
