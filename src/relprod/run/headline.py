"""The headline: the one figure that a run is known by, and that everything else is held against.

It is productivity of all services in the last period that has it, in the last account of the core ladder; where a study has no
inputs, and so no productivity, it is output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from relprod.account.bridge import COMPONENT
from relprod.account.services import ALL_SERVICES

if TYPE_CHECKING:
    import pyarrow as pa

    from relprod.periods import PeriodScheme

LADDER = tuple(COMPONENT)
"""The accounts of the core ladder in order."""


@dataclass(frozen=True)
class Level:
    """What the headline is: an index (reference = 100), and its growth on the same period a year earlier in per cent."""

    index: float | None
    on_the_year: float | None


@dataclass(frozen=True)
class Headline:
    """Which figure is meant: of all services, one account, period and measure (productivity or output)."""

    account: str
    period: str
    measure: str
    year_earlier: str

    @classmethod
    def of(cls, productivity: pa.Table, scheme: PeriodScheme, account: str | None = None) -> Headline:
        """Return the headline of a run's table `productivity`, by default of the last account of the core ladder."""
        account = account or ladder_of(productivity)[-1]
        measure = "output" if has_output_only(productivity) else "productivity"
        period = last_period_of(productivity, ALL_SERVICES, account, measure) or pc.max(productivity["period"]).as_py()
        return cls(account, period, measure, scheme.label(scheme.parse(period) - scheme.subperiods))

    def level(self, productivity: pa.Table) -> Level:
        """Return what it is in a table `productivity`, of the same study or of one with other parameters."""
        rows = _rows(productivity, ALL_SERVICES, self.account).select(["period", self.measure]).to_pylist()
        levels = {row["period"]: row[self.measure] for row in rows}
        now = levels.get(self.period)
        return Level(now, growth_on(levels.get(self.year_earlier), now))


def ladder_of(productivity: pa.Table) -> tuple[str, ...]:
    """Return the accounts of the core ladder that a run has, in order."""
    found = set(pc.unique(productivity["account"]).to_pylist())
    return tuple(name for name in LADDER if name in found)


def has_output_only(productivity: pa.Table) -> bool:
    """Return whether a run has no productivity at all, because its study has no inputs."""
    return bool(productivity["productivity"].null_count == productivity.num_rows)


def last_period_of(productivity: pa.Table, service: str, account: str, measure: str = "productivity") -> str | None:
    """Return the last period in which a service has productivity, or output."""
    rows = _rows(productivity, service, account)
    last: str | None = pc.max(rows.filter(pc.is_valid(rows[measure]))["period"]).as_py()
    return last


def growth_on(before: float | None, now: float | None) -> float | None:
    """Return the growth from one index to another, in per cent; None where either is missing."""
    return None if now is None or before is None else 100 * (now / before - 1)


def _rows(productivity: pa.Table, service: str, account: str) -> pa.Table:
    return productivity.filter(pc.and_(pc.equal(productivity["service"], service), pc.equal(productivity["account"], account)))
