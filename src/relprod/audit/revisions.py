"""The revision table: how far figures were revised over all periods in common, on average and at most.

As the Office for National Statistics does it in its revisions triangles: the mean revision says whether revisions lean one way, the mean
absolute revision how large they are. Revisions of levels are in index points, of growth in percentage points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

FEWEST_PERIODS = 8
"""Of fewer revisions no mean is told. relprod's own convention: two years of quarters."""
_COLUMN_OF = {"level": "productivity", "growth": "productivity_growth_year"}


@dataclass(frozen=True)
class Revision:
    """How one series of productivity was revised: its level (index points), or its growth on the year (percentage points)."""

    service: str
    account: str
    of: Literal["level", "growth"]
    periods: int
    mean: float
    mean_absolute: float
    largest: float
    largest_in: str


def revisions(before: pa.Table, after: pa.Table, services: Iterable[str]) -> Iterator[Revision]:
    """Yield the revisions of every account of some services, from two tables `productivity`; none of series too short, or unrevised."""
    for service in services:
        earlier, later = (_series(table, service) for table in (before, after))
        for account in sorted({account for account, _ in earlier}):
            for of in ("level", "growth"):
                found = {
                    period: later[account, period][of] - figures[of]
                    for (name, period), figures in sorted(earlier.items())
                    if name == account and of in figures and of in later.get((account, period), {})
                }
                if len(found) >= FEWEST_PERIODS and any(found.values()):
                    yield _revision(service, account, of, found)


def _series(table: pa.Table, service: str) -> dict[tuple[str, str], dict[str, float]]:
    """Return level and growth of one service, as far as there are any, by account and period."""
    rows = table.filter(pc.equal(table["service"], service)).to_pylist()
    return {
        (row["account"], row["period"]): {of: row[column] for of, column in _COLUMN_OF.items() if row[column] is not None} for row in rows
    }


def _revision(service: str, account: str, of: Literal["level", "growth"], found: dict[str, float]) -> Revision:
    count = len(found)
    period, largest = max(found.items(), key=lambda item: abs(item[1]))
    absolute = math.fsum(abs(value) for value in found.values()) / count
    return Revision(service, account, of, count, math.fsum(found.values()) / count, absolute, largest, period)
