"""Continuity of relationships: how far people keep meeting the same worker. Memo figures: no account uses them.

Of one person with N >= 2 dated contacts and n_i of them with worker i:

    UPC     max n_i / N                              usual provider of care
    COC     (sum n_i^2 - N) / (N (N - 1))            Bice and Boxerman
    SECON   pairs with the same worker / pairs       over consecutive contacts

Figures are means over persons. They come from a histogram, so that no person's row reaches Python, and from whole numbers,
divided late: neither the order of its rows nor how it is cut into rows moves a bit.

Source: method.md section 7; Breslau and Reeb (1975), J. Med. Educ. 50 (UPC); Bice and Boxerman (1977), Med. Care 15 (COC);
Steinwachs (1979), Med. Care 17 (SECON).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relprod.account.exact import ratio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relprod.account.exact import Array

FEWEST_CONTACTS = 2
"""A person with fewer contacts has no pair of them, and no continuity."""


@dataclass(frozen=True)
class Persons:
    """`people` persons with the same figures: a row of the histogram. All are counts.

    `contacts` is N, `max_n` the most contacts with one worker, `sum_sq` the sum of n_i^2. Of consecutive contacts there are
    `pairs`, of which `same_pairs` are with the same worker and `handoffs` with different ones. `workers` are distinct.

    Raises:
        ValueError: fewer than two contacts.

    """

    contacts: int
    max_n: int
    sum_sq: int
    same_pairs: int
    pairs: int
    handoffs: int
    workers: int
    people: int

    def __post_init__(self) -> None:
        """Refuse persons who have no continuity."""
        if self.contacts < FEWEST_CONTACTS:
            message = f"Continuity is for persons with at least {FEWEST_CONTACTS} contacts, not {self.contacts}."
            raise ValueError(message)


@dataclass(frozen=True)
class Continuity:
    """Means over `people` persons of UPC, COC, SECON (0..1) and distinct workers, and the number of hand-offs of them all.

    None where nobody has the figure. SECON is over the persons who have a pair of consecutive contacts: one whose
    contacts are all part of the same visit has none.
    """

    people: int
    upc: float | None
    coc: float | None
    secon: float | None
    workers: float | None
    handoffs: int | None


def continuity(histogram: Iterable[Persons]) -> Continuity:
    """Return continuity of the persons in a histogram."""
    rows = [row for row in histogram if row.people > 0]
    return Continuity(
        people=sum(row.people for row in rows),
        upc=_mean((row.max_n, row.contacts, row.people) for row in rows),
        coc=_mean((row.sum_sq - row.contacts, row.contacts * (row.contacts - 1), row.people) for row in rows),
        secon=_mean((row.same_pairs, row.pairs, row.people) for row in rows if row.pairs > 0),
        workers=_mean((row.workers, 1, row.people) for row in rows),
        handoffs=sum(row.handoffs * row.people for row in rows) if rows else None,
    )


def contact_time_share(contact_minutes: Array, paid_minutes: Array) -> Array:
    """Return contact minutes as a share of paid minutes, missing (NaN) where no minutes are paid. Arrays of any one shape."""
    return ratio(contact_minutes, paid_minutes)


def _mean(fractions: Iterable[tuple[int, int, int]]) -> float | None:
    """Return the mean over people of a fraction, from (numerator, denominator, people); None where there are no people.

    Numerators are added as whole numbers by denominator, and the quotients by `fsum`.
    """
    numerators, people = Counter[int](), 0
    for numerator, denominator, count in fractions:
        numerators[denominator] += numerator * count
        people += count
    if people == 0:
        return None
    return math.fsum(numerator / denominator for denominator, numerator in numerators.items()) / people
