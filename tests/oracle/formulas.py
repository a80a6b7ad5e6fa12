"""Section 2 of the method: the five formulas and their contributions, over items that are matched already.

`R` holds each item's relative of volume; `vb` and `vt` its value in the base and in the period. Shares are
taken over the matched items, so they sum to one whatever the units of the values.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from .exact import exp, growth_per_log, ln, root

if TYPE_CHECKING:
    from collections.abc import Callable

Values = dict[str, Fraction]


def total(values: Values) -> Fraction:
    return sum(values.values(), Fraction(0))


def shares(values: Values) -> Values:
    return {j: value / total(values) for j, value in values.items()}


def laspeyres(R: Values, vb: Values, vt: Values) -> Fraction:  # noqa: ARG001, N803 - one face for five formulas; R is the method's letter
    return sum((s * R[j] for j, s in shares(vb).items()), Fraction(0))


def paasche(R: Values, vb: Values, vt: Values) -> Fraction:  # noqa: ARG001, N803 - as above
    return 1 / sum((s / R[j] for j, s in shares(vt).items()), Fraction(0))


def fisher(R: Values, vb: Values, vt: Values) -> Fraction:  # noqa: N803 - the method's letter
    return root(laspeyres(R, vb, vt) * paasche(R, vb, vt))


def walsh(R: Values, vb: Values, vt: Values) -> Fraction:  # noqa: N803 - the method's letter
    above = sum((root(vb[j] * vt[j] * R[j]) for j in R), Fraction(0))
    below = sum((root(vb[j] * vt[j] / R[j]) for j in R), Fraction(0))
    return above / below


def mean_shares(vb: Values, vt: Values) -> Values:
    sb, st = shares(vb), shares(vt)
    return {j: (sb[j] + st[j]) / 2 for j in vb}


def tornqvist(R: Values, vb: Values, vt: Values) -> Fraction:  # noqa: N803 - the method's letter
    return exp(sum((s * ln(R[j]) for j, s in mean_shares(vb, vt).items()), Fraction(0)))


FORMULAS: dict[str, Callable[[Values, Values, Values], Fraction]] = {
    "laspeyres": laspeyres,
    "paasche": paasche,
    "fisher": fisher,
    "tornqvist": tornqvist,
    "walsh": walsh,
}


def _additive_weights(formula: str, R: Values, vb: Values, vt: Values) -> Values:  # noqa: N803 - the method's letter
    """Return the weights of which the index is the arithmetic mean of relatives."""
    if formula == "laspeyres":
        return shares(vb)
    if formula == "paasche":
        return shares({j: vt[j] / R[j] for j in R})
    if formula == "walsh":
        return shares({j: root(vb[j] * vt[j] / R[j]) for j in R})
    # Fisher, van IJzeren: the period's values, at the base's volumes, deflated by Fisher's price index.
    price = total(vt) / total(vb) / fisher(R, vb, vt)
    return shares({j: vb[j] + vt[j] / R[j] / price for j in R})


def contributions_pp(formula: str, R: Values, vb: Values, vt: Values) -> Values:  # noqa: N803 - the method's letter
    """Return what each item adds to the link's growth, in percentage points."""
    if formula == "tornqvist":
        scale = growth_per_log(tornqvist(R, vb, vt))
        return {j: 100 * scale * s * ln(R[j]) for j, s in mean_shares(vb, vt).items()}
    return {j: 100 * w * (R[j] - 1) for j, w in _additive_weights(formula, R, vb, vt).items()}
