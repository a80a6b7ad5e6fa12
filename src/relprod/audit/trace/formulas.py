"""The formulas of traced figures, each in plain arithmetic: what the account does to whole arrays, done again to single numbers.

Sums are `math.fsum`, rounded once. Logarithms and exponentials are numpy's, because another library's may differ in the last bit.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from relprod.account.logarithms import exp_of, log_of
from relprod.audit.trace.node import Formula

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relprod.account.index_numbers import Formula as IndexFormula
    from relprod.audit.trace.node import Node, Number

    ValueOf = Callable[[Node], Number]


def plain(text: str, work: Callable[..., float]) -> Formula:
    """Return a formula over a fixed number of parts, of their values as floats."""
    return Formula(text, lambda parts, value_of: work(*(float(value_of(part)) for part in parts)))


def over_all(text: str, work: Callable[[list[float]], float]) -> Formula:
    """Return a formula over any number of parts, of their values as floats."""
    return Formula(text, lambda parts, value_of: work([float(value_of(part)) for part in parts]))


def exact_total(parts: Sequence[Node], value_of: ValueOf) -> Number:
    """Return the exact sum of decimals and whole numbers."""
    return sum((Decimal(str(value_of(part))) for part in parts), start=Decimal(0))


SAME = plain("{0}", lambda value: value)
PRODUCT = plain("{0} × {1}", lambda left, right: left * right)
QUOTIENT = plain("{0} ÷ {1}", lambda top, bottom: top / bottom)
TOTAL = over_all("sum of {n} parts", math.fsum)
EXACT_TOTAL = Formula("exact sum of {n} parts", exact_total)
MEAN = over_all("mean of {n} parts", lambda values: math.fsum(values) / len(values))
PRODUCTIVITY = plain("100 × ({0} ÷ {1})", lambda output, spent: 100 * (output / spent))
GROWTH = plain("100 × ({0} ÷ {1} - 1)", lambda now, before: 100 * (now / before - 1))
REBASED = plain("100 × {0} ÷ {1}", lambda level, reference: 100.0 * level / reference)
RELATIVE_LEVEL = plain("100 × {0} ÷ {1} ÷ 100", lambda level, reference: 100.0 * level / reference / 100)
CHAINED = plain("{0} × {1}", lambda level, relative: level * relative)
KEPT = plain("1 - {0} × {1}", lambda removal, share: 1 - removal * share)
NEAREST = Formula("{0}, as the nearest floating-point number", lambda parts, value_of: float(value_of(parts[0])))


def link(formula: IndexFormula) -> Formula:
    """Return the formula of a link: its items are parts whose own parts are volume, base volume, base value and value."""
    text, work = _LINKS[formula]

    def apply(parts: Sequence[Node], value_of: ValueOf) -> float:
        triples = [(float(value_of(item.parts[2])), float(value_of(item.parts[3])), float(value_of(item))) for item in parts]
        return work(triples)

    return Formula(text, apply)


def _laspeyres(items: list[tuple[float, float, float]]) -> float:
    return math.fsum(base * relative for base, _, relative in items) / math.fsum(base for base, _, _ in items)


def _paasche(items: list[tuple[float, float, float]]) -> float:
    return math.fsum(value for _, value, _ in items) / math.fsum(value / relative for _, value, relative in items)


def _fisher(items: list[tuple[float, float, float]]) -> float:
    return math.sqrt(_laspeyres(items) * _paasche(items))


def _walsh(items: list[tuple[float, float, float]]) -> float:
    weights = [math.sqrt(base * value / relative) for base, value, relative in items]
    top = math.fsum(weight * relative for weight, (_, _, relative) in zip(weights, items, strict=True))
    return top / math.fsum(weights)


def _tornqvist(items: list[tuple[float, float, float]]) -> float:
    in_base, in_period = (math.fsum(item[which] for item in items) for which in (0, 1))
    return exp_of(math.fsum((base / in_base + value / in_period) / 2 * log_of(relative) for base, value, relative in items))


_LINKS: dict[IndexFormula, tuple[str, Callable[[list[tuple[float, float, float]]], float]]] = {
    "laspeyres": ("Laspeyres: sum of base value × relative over {n} items ÷ sum of base values", _laspeyres),
    "paasche": ("Paasche: sum of values over {n} items ÷ sum of value ÷ relative", _paasche),
    "fisher": ("Fisher: square root of Laspeyres × Paasche over {n} items", _fisher),
    "tornqvist": ("Törnqvist: product of relative ^ mean value share over {n} items", _tornqvist),
    "walsh": ("Walsh: relatives of {n} items weighted by √(base value × value ÷ relative)", _walsh),
}
