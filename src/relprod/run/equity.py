"""Outcomes by group: from their rows to equity levels for the account, and to the tables `equity` and `equity_groups`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.equity import Equity, equity_levels, equity_of
from relprod.run.parquet import run_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from relprod.account.exact import Array
    from relprod.account.links import Timeline
    from relprod.periods import PeriodScheme

Outcome = tuple[str, int, str, float, float]
"""Service, period (ordinal), group, people, and their mean outcome."""


class NotPositiveError(ValueError):
    """An outcome is not above 0, so that no equity can be worked out; says of which service, period and group."""

    def __init__(self, service: str, period: int, group: str) -> None:
        """Keep where it is."""
        super().__init__(f"{service}, {period}, {group}")
        self.service, self.period, self.group = service, period, group


@dataclass(frozen=True)
class Equities:
    """The equity of every service and period (ordinal) that has outcomes, at the study's aversion."""

    timeline: Timeline
    found: Mapping[tuple[str, int], Equity]

    @classmethod
    def of(cls, outcomes: Iterable[Outcome], timeline: Timeline, aversion: float) -> Equities:
        """Return the equity of outcomes by group, within the timeline.

        Raises:
            NotPositiveError: an outcome is not above 0.

        """
        groups: dict[tuple[str, int], list[tuple[str, float, float]]] = {}
        for service, period, group, people, outcome in outcomes:
            if people > 0 and not outcome > 0:
                raise NotPositiveError(service, period, group)
            if period in timeline.ordinals:
                groups.setdefault((service, period), []).append((group, people, outcome))
        found = {place: _equity(rows, aversion) for place, rows in sorted(groups.items())}
        return cls(timeline, {place: equity for place, equity in found.items() if equity is not None})

    def levels(self) -> dict[str, Array]:
        """Return each service's equity factor relative to the reference, over the periods."""
        factors: dict[str, Array] = {}
        for (service, period), equity in self.found.items():
            series = factors.setdefault(service, np.full(self.timeline.count, np.nan))
            series[period - self.timeline.first] = equity.declared.factor
        return equity_levels(factors, self.timeline)

    def table(self, scheme: PeriodScheme) -> pa.Table:
        """Return the table `equity`."""
        rows = [
            (service, scheme.label(period), at.aversion, equity.mean, at.ede, at.factor, equity.slope_index, equity.relative_index)
            for (service, period), equity in self.found.items()
            for at in equity.table
        ]
        names = ("service", "period", "aversion", "mean", "ede", "factor", "sii", "rii")
        return run_table("equity", columns_of(names, rows))

    def groups_table(self, scheme: PeriodScheme) -> pa.Table:
        """Return the table `equity_groups`."""
        rows = [
            (service, scheme.label(period), group.name, group.people, group.share, group.outcome, group.weight)
            for (service, period), equity in self.found.items()
            for group in equity.groups
        ]
        return run_table("equity_groups", columns_of(("service", "period", "group", "people", "share", "outcome", "weight"), rows))


def _equity(rows: list[tuple[str, float, float]], aversion: float) -> Equity | None:
    names, people, outcome = zip(*sorted(rows), strict=True)
    return equity_of(names, np.array(people), np.array(outcome), aversion)


def columns_of(names: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> dict[str, list[object]]:
    """Return rows as named columns."""
    return {name: [row[number] for row in rows] for number, name in enumerate(names)}
