"""What a reader must know of the figures, as findings; and findings as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relprod.account.services import ALL_SERVICES, parent_of
from relprod.run.parquet import run_table
from relprod.run.refusals import relational_findings
from relprod.study.parameters import parameters
from relprod.tables.findings import Finding, found, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from relprod.account.exact import Array, Mask
    from relprod.account.ladder import Account
    from relprod.periods import PeriodScheme
    from relprod.run.figures import Figures
    from relprod.run.measure import Measured
    from relprod.study.model import Study


def figure_findings(study: Study, measured: Measured, figures: Figures, published: pa.Table | None) -> Iterator[Finding]:
    """Yield what the figures of an account call for: thin links, broken chains, conventions used, figures not reproduced."""
    account = figures.account
    yield from relational_findings(study, measured, figures)
    yield from _matched_shares(study, account)
    yield from _broken_chains(account, study.scheme)
    if study.output.link not in {"previous-period", "fixed"}:
        yield from _partial_years(account, study.scheme)
    yield from _conventions(account)
    if published is not None:
        yield from _not_reproduced(published)
    yield from undocumented(study)


def findings_table(findings: Iterable[Finding]) -> pa.Table:
    """Return the table `findings`, in the order given."""
    rows = list(findings)
    columns = {
        name: [getattr(row, name) for row in rows] for name in ("code", "severity", "scope", "table", "file", "line", "count", "message")
    }
    columns["column"] = [row.column or "" for row in rows]
    return run_table("findings", columns)


def undocumented(study: Study) -> Iterator[Finding]:
    """Yield a finding for every parameter that the study sets without saying where the value comes from.

    A column of a table is set by whoever made the table: it is one of them only where the study speaks of it.
    """
    for each in parameters(study):
        if not each.documented and (each.origin != "data" or each.name in study.assumptions):
            yield found("RP070", file=study.file, column=each.name, what=each.name, value=each.value)


def _matched_shares(study: Study, account: Account) -> Iterator[Finding]:
    """Yield a finding for each service whose output or input rests on links that match too little of their base."""
    labels = [study.scheme.label(ordinal) for ordinal in account.timeline.ordinals]
    for what, (parents, share) in _lowest_shares(account).items():
        for parent, shares in zip(parents, share, strict=True):
            for code, limit in (("RP061", study.output.min_match_error), ("RP060", study.output.min_match)):
                low = (shares < limit) & (shares > 0)
                if low.any():
                    worst = int(np.nanargmin(np.where(low, shares, np.nan)))
                    yield found(
                        code,
                        what=f"the {what} of {parent}",
                        share=f"{shares[worst]:.0%}",
                        period=labels[worst],
                        limit=f"{limit:.0%}",
                        count=int(low.sum()),
                        noun="link",
                    )
                    break


def _lowest_shares(account: Account) -> dict[str, tuple[tuple[str, ...], Array]]:
    """Return, for output and input, the parents and the lowest matched share over the accounts, over (parents, periods).

    A parent all of whose work is failure demand has no links in the accounts that leave it out.
    """
    lowest: dict[str, Array] = {}
    for links in (account.links[name] for name in account.output):
        for parent, share in zip(links.parents, links.chained.matched_share, strict=True):
            lowest[parent] = np.fmin(lowest.get(parent, share), share)
    spent = account.links["input"]
    return {"output": (tuple(lowest), np.array(list(lowest.values()))), "input": (spent.parents, spent.chained.matched_share)}


def _broken_chains(account: Account, scheme: PeriodScheme) -> Iterator[Finding]:
    """Yield a finding for each service whose index stops because a link has no base."""
    broken = account.flags["chain-broken"]
    for place in np.flatnonzero(broken.any(axis=1)):
        first = account.timeline.first + int(broken[place].argmax())
        yield found("RP062", what=account.tree.services[place], period=scheme.label(first), count=int(broken[place].sum()), noun="period")


def _partial_years(account: Account, scheme: PeriodScheme) -> Iterator[Finding]:
    """Yield a finding for each year that is a base although the services in question have only part of it."""
    timeline = account.timeline
    present: Mask = ~np.isnan(next(iter(account.output.values())))
    for year, columns in timeline.years().items():
        if year + 1 not in timeline.years():
            continue
        count = present[:, columns].sum(axis=1)
        after: Mask = np.any(present[:, columns.stop :], axis=1)
        for size in range(1, timeline.subperiods):
            services = [account.tree.services[place] for place in np.flatnonzero((count == size) & after)]
            if services:
                yield found(
                    "RP065",
                    what=listed(services),
                    year=scheme.year_label(year),
                    present=size,
                    periods=timeline.subperiods,
                    count=len(services),
                    noun="service",
                )


def _conventions(account: Account) -> Iterator[Finding]:
    """Yield findings for services that stand on a convention instead of a measurement."""
    services = account.tree.services
    for flag, code in (("output=input", "RP068"), ("no-input", "RP069")):
        every = {services[place] for place in np.flatnonzero(account.flags[flag].any(axis=1))}
        marked = sorted(service for service in every if service == ALL_SERVICES or parent_of(service) not in every)
        if marked:
            yield found(code, what=listed(marked), count=len(marked), noun="service")
    yield from _mixed_weights(account)


def _mixed_weights(account: Account) -> Iterator[Finding]:
    """Yield a finding for each service whose parts are weighed in two ways."""
    no_input: Mask = np.any(account.flags["no-input"], axis=1)
    kinds: dict[str, dict[bool, list[str]]] = {}
    for place, service in enumerate(account.tree.services[1:], start=1):
        kinds.setdefault(parent_of(service), {}).setdefault(bool(no_input[place]), []).append(service)
    for parent, children in kinds.items():
        by_value = children.get(True, [])
        if by_value and False in children:
            verb = "is" if len(by_value) == 1 else "are"
            yield found("RP067", what=parent, by_value=f"{listed(by_value)} {verb}", count=len(by_value), noun="service")


def _not_reproduced(published: pa.Table) -> Iterator[Finding]:
    """Yield one finding for each published series that is not reproduced in some period."""
    missed: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in published.to_pylist():
        if not row["within"]:
            missed.setdefault((row["service"], row["account"], row["measure"]), []).append(row)
    for (service, account, measure), rows in missed.items():
        worst = max(rows, key=lambda row: (row["difference"] is None, abs(row["difference"] or 0)))
        computed = "nothing" if worst["computed"] is None else f"{worst['computed']:,.2f}"
        difference = "not known" if worst["difference"] is None else f"{worst['difference']:+,.2f}"
        yield found(
            "RP063",
            table="published",
            what=service,
            account=account,
            measure=measure,
            count=len(rows),
            noun="period",
            period=worst["period"],
            published=f"{worst['published']:,.2f}",
            computed=computed,
            difference=difference,
        )
