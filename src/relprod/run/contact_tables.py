"""The tables that tell of contacts beside the account: the risk of a repeat, where repeats come from, continuity."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.continuity import FEWEST_CONTACTS, Persons, contact_time_share, continuity
from relprod.account.services import lineage
from relprod.account.survival import RiskAt, kaplan_meier
from relprod.run.equity import columns_of
from relprod.run.parquet import run_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from relprod.periods import PeriodScheme

_PERSON = ("contacts", "max_n", "sum_sq", "same_pairs", "pairs", "handoffs", "workers", "people")


def repeat_risk_table(risk: pa.Table, at: Sequence[int], scheme: PeriodScheme) -> pa.Table:
    """Return the table `repeat_risk` from the histogram of days until a repeat or the end of follow-up."""
    histograms: dict[tuple[str, int], list[tuple[int, int, int]]] = defaultdict(list)
    for row in risk.to_pylist():
        histograms[row["node"], row["period"]].append((row["days"], row["events"], row["censored"]))
    rows = [
        (node, scheme.label(period), found.day, found.at_risk, found.repeats, found.risk, found.low, found.high)
        for (node, period), histogram in sorted(histograms.items())
        for found in _risks(histogram, at)
    ]
    return run_table("repeat_risk", columns_of(("service", "period", "days", "at_risk", "repeats", "risk", "low", "high"), rows))


def _risks(histogram: list[tuple[int, int, int]], at: Sequence[int]) -> list[RiskAt]:
    days, events, censored = zip(*sorted(histogram), strict=True)
    return kaplan_meier(days, events, censored, sorted(set(at)))


def origins_table(origins: pa.Table, scheme: PeriodScheme) -> pa.Table:
    """Return the table `repeat_origins`."""
    rows = sorted((row["service"], scheme.label(row["period"]), row["origin"], row["repeats"]) for row in origins.to_pylist())
    return run_table("repeat_origins", columns_of(("service", "period", "origin", "repeats"), rows))


def continuity_table(
    histogram: pa.Table, minutes: Mapping[tuple[str, int], float], paid_minutes: Mapping[tuple[str, int], float], scheme: PeriodScheme
) -> pa.Table:
    """Return the table `continuity`; minutes of contact and minutes paid for are by service and period (ordinal)."""
    persons: dict[tuple[str, int], list[Persons]] = defaultdict(list)
    excluded: dict[tuple[str, int], int] = defaultdict(int)
    for row in histogram.to_pylist():
        place = row["node"], row["period"]
        if row["contacts"] < FEWEST_CONTACTS:
            excluded[place] += row["people"]
        else:
            persons[place].append(Persons(*(row[name] for name in _PERSON)))
    rows = []
    for node, period in sorted({*persons, *excluded}):
        found = continuity(persons[node, period])
        worked, paid = (np.array(by.get((node, period), np.nan)) for by in (minutes, paid_minutes))
        share = float(contact_time_share(worked, paid))
        rows.append(
            (
                node,
                scheme.label(period),
                found.people,
                excluded[node, period],
                found.upc,
                found.coc,
                found.secon,
                found.handoffs,
                found.workers,
                share,
            )
        )
    names = ("service", "period", "people", "excluded", "upc", "coc", "secon", "handoffs", "workers", "contact_time_share")
    return run_table("continuity", columns_of(names, rows))


def minutes_by_service(rows: Iterable[tuple[str, int, Decimal | None]]) -> dict[tuple[str, int], float]:
    """Return minutes by period and by each service and every service above it, from (service, period, minutes)."""
    sums: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for service, period, minutes in rows:
        for node in lineage(service) if minutes is not None else ():
            sums[node, period] += minutes or 0
    return {place: float(total) for place, total in sums.items()}
