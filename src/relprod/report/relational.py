"""What a summary says of relationships: failure demand by service, who outcomes go to, continuity, families' part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from relprod.report.words import MISSING, change_text, index_text, money_text, three_digits
from relprod.run.tables import EXTENDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from relprod.report.facts import Facts, Row

_DAYS = 28
"""The days for which a summary tells the risk of a repeat, where the run has them."""


def relational_sections(facts: Facts) -> Iterator[RenderableType]:
    """Yield the sections that a run has something to say in."""
    for section in (_failure_demand(facts), _equity(facts), _relationships(facts)):
        if section is not None:
            yield section


def _failure_demand(facts: Facts) -> RenderableType | None:
    """Return failure demand of the services shown: share of the cost of activity, a year before, and cost."""
    rows = [(service, facts.failure_demand(service), facts.failure_demand(service, facts.year_earlier)) for service in facts.shown]
    if not any(now for _, now, _ in rows):
        return None
    table = _table(f"Failure demand in {facts.period}: share of the cost of activity", "Service", "Share", "A year\nbefore", "Cost")
    currency = str(facts.run.study["study"]["currency"])
    for service, now, before in rows:
        if now:
            cost = MISSING if now["cost"] is None else money_text(now["cost"], currency)
            table.add_row(_last(service), _share(now["share"]), _share(before["share"] if before else None), cost)
    return table


def _equity(facts: Facts) -> RenderableType | None:
    """Return, for each service with outcomes by group, the mean, what it is worth as it is spread, and the two ends of the ranking."""
    aversion = (facts.run.study.get("equity") or {}).get("aversion")
    rows = [
        (service, row, facts.beside("equity_groups", service))
        for service in facts.services
        for row in facts.beside("equity", service)
        if row["aversion"] == aversion
    ]
    if not rows:
        return None
    table = _table(
        f"Who outcomes go to in {facts.period} (aversion {aversion:g})",
        "Service",
        "Mean",
        "Worth",
        "Factor",
        "Most\ndeprived",
        "Least\ndeprived",
    )
    for service, row, groups in rows:
        ends = sorted(groups, key=lambda group: group["group"])
        outcomes = [index_text(group["outcome"]) for group in (ends[0], ends[-1])] if ends else [MISSING, MISSING]
        factor = MISSING if row["factor"] is None else f"{row['factor']:.3f}"
        table.add_row(_last(service), index_text(row["mean"]), index_text(row["ede"]), factor, *outcomes)
    return table


def _relationships(facts: Facts) -> RenderableType | None:
    """Return plain sentences on the risk of a repeat, continuity and unpaid work."""
    lines = [*_risk(facts), *_continuity(facts), *_unpaid(facts)]
    return Group(Text("Relationships", style="bold"), *(Text(line) for line in lines)) if lines else None


def _risk(facts: Facts) -> Iterator[str]:
    rows = [row for row in facts.beside("repeat_risk") if row["risk"] is not None]
    chosen = next((row for row in rows if row["days"] == _DAYS), rows[-1] if rows else None)
    if chosen:
        interval = f" (95% interval {chosen['low']:.1%} to {chosen['high']:.1%})" if chosen["low"] is not None else ""
        what = f"{chosen['risk']:.1%} are followed by a repeat within {chosen['days']:.0f} days"
        yield f"Of the contacts that closed in {facts.period}, {what}{interval}."


def _continuity(facts: Facts) -> Iterator[str]:
    now, before = (next(iter(facts.beside("continuity", period=period)), None) for period in (facts.period, facts.year_earlier))
    if now and now["upc"] is not None:
        then = f" ({before['upc']:.0%} a year before)" if before and before["upc"] is not None else ""
        handoffs = f"{'fewer than 8' if now['handoffs'] is None else format(now['handoffs'], ',.0f')} hand-offs"
        yield f"People met the worker they know best in {now['upc']:.0%} of their contacts{then}; there were {handoffs}."


def _unpaid(facts: Facts) -> Iterator[str]:
    rows = facts.beside("unpaid")
    core, extended = facts.standing(facts.main_service, facts.ladder[-1]), facts.standing(facts.main_service, EXTENDED)
    if rows and core and extended:
        hours = sum(float(row["hours"]) for row in rows)
        difference = change_text(_difference(core.productivity, extended.productivity), "")
        yield (
            f"Families, volunteers and people themselves gave {hours:,.0f} hours{_per_gbp(facts, rows)}. Core productivity is "
            f"{index_text(core.productivity)}, extended {index_text(extended.productivity)}, a difference of {difference}."
        )


def _per_gbp(facts: Facts, rows: list[Row]) -> str:
    """Return unpaid hours per unit of what was spent on public input, or nothing where nothing was."""
    ratios = [row["hours_per_gbp"] for row in rows]
    if None in ratios:
        return ""
    return f", {three_digits(math.fsum(ratios))} for each {facts.run.study['study']['currency']} of public input"


def _difference(core: float | None, extended: float | None) -> float | None:
    return None if core is None or extended is None else extended - core


def _share(value: float | None) -> str:
    return MISSING if value is None else f"{value:.1%}"


def _last(service: str) -> str:
    return service.rsplit(" > ", 1)[-1]


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold", ratio=1)
    for heading in others:
        table.add_column(heading, justify="right")
    return table
