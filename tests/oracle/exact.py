"""Exact numbers: everything rational is a `Fraction`; a root or a logarithm is one of 60 significant digits."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

Number = int | float | str | Decimal | Fraction

_CONTEXT = Context(prec=60)
_HANDED_OVER = Context(prec=50)


def fraction(value: Number | None) -> Fraction | None:
    """Return the number that was written, or None where nothing was. A float is the shortest decimal that names it."""
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - the one value that differs from itself is NaN
        return None
    if isinstance(value, Fraction):
        return value
    text = str(value).strip()
    return Fraction(Decimal(text)) if text else None


def known(value: Number | None) -> Fraction:
    """Return the number that was written, 0 where nothing was."""
    number = fraction(value)
    return Fraction(0) if number is None else number


def _decimal(x: Fraction, context: Context = _CONTEXT) -> Decimal:
    return context.divide(Decimal(x.numerator), Decimal(x.denominator))


def root(x: Fraction) -> Fraction:
    """Return the square root of x."""
    return Fraction(_decimal(x).sqrt(_CONTEXT))


def ln(x: Fraction) -> Fraction:
    """Return the natural logarithm of x."""
    return Fraction(_decimal(x).ln(_CONTEXT))


def exp(x: Fraction) -> Fraction:
    """Return e to the power of x."""
    return Fraction(_decimal(x).exp(_CONTEXT))


def fifty_digits(x: Fraction) -> Fraction:
    """Return x to 50 significant digits: a service's index is handed to its parent so, or its fractions would grow without end."""
    return Fraction(_decimal(x, _HANDED_OVER))


def mean(values: list[Fraction]) -> Fraction:
    """Return the arithmetic mean."""
    return sum(values, Fraction(0)) / len(values)


def growth_per_log(ratio: Fraction) -> Fraction:
    """Return (ratio - 1) / ln ratio, the logarithmic mean of the ratio and 1: what turns a log change into percentage change.

    A ratio within 20 digits of 1, which 60 digits cannot tell well from it, takes the first two terms of the series.
    """
    growth = ratio - 1
    return 1 + growth / 2 if abs(growth) < Fraction(1, 10**20) else growth / ln(ratio)
