"""Sections 3 and 6 to 8 of the method: what the relational account adds, from single contacts, persons and groups. Slow and obvious."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

from . import periods
from .exact import exp, fraction, known, ln, mean, root
from .index import Cell, chain, rebased
from .tree import at_or_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .account import Row, Series
    from .index import Cells, Rule

ONE, ZERO = Fraction(1), Fraction(0)


# Equity


def shares(people: Sequence[Fraction]) -> list[Fraction]:
    return [count / sum(people) for count in people]


def weighted_mean(outcome: Sequence[Fraction], people: Sequence[Fraction]) -> Fraction:
    return sum((p * y for p, y in zip(shares(people), outcome, strict=True)), ZERO)


def ede(outcome: Sequence[Fraction], people: Sequence[Fraction], aversion: Fraction) -> Fraction:
    """Return the equally distributed equivalent, as it is written."""
    if aversion == 1:
        return exp(sum((p * ln(y) for p, y in zip(shares(people), outcome, strict=True)), ZERO))
    power = 1 - aversion
    total = sum((p * exp(power * ln(y)) for p, y in zip(shares(people), outcome, strict=True)), ZERO)
    return exp(ln(total) / power)


def least_squares(outcome: Sequence[Fraction], people: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Return intercept and slope of `y sqrt(p)` on `sqrt(p)` and `b sqrt(p)`, by the normal equations."""
    p = shares(people)
    b = [sum(p[:place], ZERO) + p[place] / 2 for place in range(len(p))]
    pp, pb, pbb = sum(p), sum(w * r for w, r in zip(p, b, strict=True)), sum(w * r * r for w, r in zip(p, b, strict=True))
    py, pby = (
        sum(w * y for w, y in zip(p, outcome, strict=True)),
        sum(w * r * y for w, r, y in zip(p, b, outcome, strict=True)),
    )
    determinant = pp * pbb - pb * pb
    return (py * pbb - pb * pby) / determinant, (pp * pby - pb * py) / determinant


# Continuity of one person, from the workers met, in order


def upc(workers: str) -> Fraction:
    return Fraction(max(Counter(workers).values()), len(workers))


def coc(workers: str) -> Fraction:
    """Return Bice and Boxerman's index: the share of ordered pairs of contacts, of all, that are with the same worker."""
    same = sum(1 for a in range(len(workers)) for b in range(len(workers)) if a != b and workers[a] == workers[b])
    return Fraction(same, len(workers) * (len(workers) - 1))


def secon(workers: str) -> Fraction:
    return Fraction(sum(a == b for a, b in pairwise(workers)), len(workers) - 1)


# Kaplan and Meier, from the duration of each contact


class Duration(NamedTuple):
    """Whole days to a repeat, or to where follow-up ended without one."""

    days: int
    repeated: bool


def survival(durations: Sequence[Duration], day: int) -> Fraction | None:
    """Return the share that has not been followed by a repeat by the end of a day; None beyond the longest follow-up."""
    if not any(each.days >= day for each in durations):
        return None
    share = ONE
    for moment in sorted({each.days for each in durations if each.repeated and each.days <= day}):
        at_risk = sum(each.days >= moment for each in durations)
        repeats = sum(each.days == moment and each.repeated for each in durations)
        share *= 1 - Fraction(repeats, at_risk)
    return share


def greenwood(durations: Sequence[Duration], day: int) -> Fraction:
    """Return the variance of the log of survival; the survival must be above 0."""
    variance = ZERO
    for moment in sorted({each.days for each in durations if each.repeated and each.days <= day}):
        at_risk = sum(each.days >= moment for each in durations)
        repeats = sum(each.days == moment and each.repeated for each in durations)
        variance += Fraction(repeats, at_risk * (at_risk - repeats))
    return variance


def log_log_interval(share: Fraction, variance: Fraction, confidence: float) -> tuple[Fraction, Fraction]:
    """Return the interval of the *risk*, from survival strictly between 0 and 1: S to the power of exp(-+ z se)."""
    z = Fraction(NormalDist().inv_cdf((1 + confidence) / 2))
    width = z * root(variance) / -ln(share)
    return 1 - exp(ln(share) * exp(-width)), 1 - exp(ln(share) * exp(width))


# Coded failure demand


def coded(codes: Iterable[str | None]) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """Return share and bounds from the code of each contact: "value", "failure" or nothing."""
    found = list(codes)
    known_codes = [code for code in found if code]
    if not found:
        return None, None, None
    share = mean([Fraction(code == "failure") for code in known_codes]) if known_codes else None
    return share, mean([Fraction(code == "failure") for code in found]), mean([Fraction(code != "value") for code in found])


def rogan_gladen(share: Fraction, sensitivity: Fraction, specificity: Fraction) -> Fraction:
    return min(ONE, max(ZERO, (share + specificity - 1) / (sensitivity + specificity - 1)))


# The extended account


def unpaid_cells(rows: Iterable[Row], node: str, rule: Rule, *, sustainable_only: bool) -> Cells:
    """Return the unpaid hours at or below a node, or the sustainable ones, and what all of them would cost."""
    cells: Cells = {}
    for row in rows:
        if at_or_below(node, str(row["service"])):
            t = periods.parse(str(row["period"]), rule.calendar, rule.frequency)
            hours = known(row["hours"])
            z = hours * known(row["sustainable_share"]) if sustainable_only else hours
            cells.setdefault(t, {})[f"{row['service']}: {row['contributor']}"] = Cell(z, known(row["rate"]) * hours)
    return cells


def beside(levels: Series, weight: Series, unpaid: Cells, rule: Rule) -> Series:
    """Return the index of a public index and of what stands beside it where it is there; the public index where nothing does."""
    there = [t for t in levels if weight[t] > 0]
    cells: Cells = {t: {"public": Cell(levels[t], weight[t]), **unpaid.get(t, {})} for t in there}
    is_any = any(cell.counts for t in there for cell in unpaid.get(t, {}).values())
    return rebased(chain(cells, rule).levels, rule) if is_any else levels


def exactly(numbers: Iterable[float]) -> list[Fraction]:
    """Return the numbers that were written."""
    return [known(fraction(number)) for number in numbers]
