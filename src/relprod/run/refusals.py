"""What contacts, groups and unpaid work call for: what would count one thing twice, and what a reader must be told."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from relprod.account.services import is_at_or_below, lineage
from relprod.run.contacts import lead_in_periods
from relprod.run.figures import CONTACT_QUALITY
from relprod.tables.findings import Finding, found, listed
from relprod.tables.place import of_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.run.equity import NotPositiveError
    from relprod.run.figures import Figures
    from relprod.run.measure import Measured
    from relprod.study.model import Study


def relational_findings(study: Study, measured: Measured, figures: Figures) -> Iterator[Finding]:
    """Yield the findings on failure demand from contacts, equity and quality made from outcomes."""
    yield from _asked_without_data(study, measured, figures)
    yield from _names_not_in_data(study, measured)
    yield from _cut_off_periods(study, measured)
    yield from _lead_in(study, measured)
    yield from _quality_twice(study, measured)
    yield from _families_twice(study, measured)
    yield from _equity_without_mean(study)
    if figures.shares is not None and figures.shares.clipped:
        yield found("RP095", file=study.file, count=figures.shares.clipped, noun="cell")


def not_positive(study: Study, error: NotPositiveError) -> Finding:
    """Return the finding that an outcome is not above zero."""
    return found("RP090", what=error.service, period=study.scheme.label(error.period), group=error.group)


def _asked_without_data(study: Study, measured: Measured, figures: Figures) -> Iterator[Finding]:
    """Yield an error for each step that the study asks for without giving what it needs."""
    contacts, method = measured.contacts, study.failure_demand.method if study.failure_demand is not None else "given"
    coded = contacts is not None and any(pc.sum(contacts.cells[name]).as_py() for name in ("coded_value", "coded_failure"))
    both = contacts is not None and bool(pc.sum(contacts.outcomes["both_n"]).as_py())
    lacking = (
        (method == "repeat" and contacts is None, "[failure_demand] method = 'repeat'", "table of contacts"),
        (method == "coded" and not coded, "[failure_demand] method = 'coded'", "contact that is coded in the column demand"),
        (study.contact_quality is not None and not both, "[contact_quality]", "contact with both outcome_before and outcome_after"),
        (figures.equities is not None and not figures.equities.found, "[equity]", "outcome of any group"),
        (study.unpaid is not None and not measured.tables["unpaid"].num_rows, "[unpaid]", "table unpaid"),
    )
    for is_lacking, what, needed in lacking:
        if is_lacking:
            yield found("RP096", file=study.file, what=what, needed=needed)


def _names_not_in_data(study: Study, measured: Measured) -> Iterator[Finding]:
    """Yield a warning for each name in the study file that no row has."""
    if measured.contacts is not None and study.failure_demand is not None:
        activities = set(measured.contacts.cells["activity"].to_pylist())
        for name in sorted(set(study.failure_demand.planned_activities) - activities):
            yield found("RP097", file=study.file, column="failure_demand.planned_activities", what=f"The planned activity '{name}'")
        for name in measured.contacts.never_filled:
            yield found(
                "RP097", file=study.file, column="failure_demand.match_on", what=f"The column '{name}' that repeats are to match on"
            )
    paid = study.continuity.paid_minutes_input
    if paid is not None and paid not in measured.inputs["input"].to_pylist():
        yield found("RP097", file=study.file, column="continuity.paid_minutes_input", what=f"The input '{paid}'")


def _cut_off_periods(study: Study, measured: Measured) -> Iterator[Finding]:
    """Yield a warning for the first and the last period of an extract that does not hold all of it."""
    start, end = study.study.extract_start, study.study.extract_end
    if measured.contacts is None or start is None or end is None:
        return
    scheme = study.scheme
    first, last = (scheme.of_date(day.year, day.month) for day in (start, end))
    if start != scheme.first_day(first):
        yield found("RP098", file=study.file, period=scheme.label(first), days=f"from {start}")
    if end + timedelta(days=1) != scheme.first_day(last + 1):
        yield found("RP098", file=study.file, period=scheme.label(last), days=f"until {end}")


def _lead_in(study: Study, measured: Measured) -> Iterator[Finding]:
    """Yield a finding for the periods whose repeats cannot all be seen; an error where the reference holds one."""
    if measured.contacts is None or measured.contacts.method != "repeat" or study.failure_demand is None:
        return
    low, high = study.scheme.parse_span(study.study.reference)
    days = study.failure_demand.window_days
    periods = list(lead_in_periods(study))
    inside = [study.scheme.label(period) for period in periods if low <= period <= high]
    outside = [study.scheme.label(period) for period in periods if not low <= period <= high]
    if inside:
        start = str(study.study.extract_start)
        yield found(
            "RP091", file=study.file, reference=study.study.reference, periods=listed(inside), days=days, start=start, count=len(inside)
        )
    if outside:
        yield found("RP094", periods=listed(outside), days=days, count=len(outside), noun="period")


def _quality_twice(study: Study, measured: Measured) -> Iterator[Finding]:
    """Yield an error where the outcome of contacts is a quality indicator twice."""
    if study.contact_quality is None or measured.contacts is None:
        return
    of_contacts = set(measured.contacts.cells["service"].to_pylist())
    quality = measured.tables["quality"].select(["service", "indicator"]).to_pylist()
    named_so = {row["service"] for row in quality if row["indicator"].casefold() == CONTACT_QUALITY.casefold()}
    twice = sorted(named_so & {above for service in of_contacts for above in lineage(service)})
    if twice:
        both = f"The outcome of {listed(twice)} is a quality indicator twice: by [contact_quality] in {study.file}"
        yield found("RP092", what=f"{both}, and as '{CONTACT_QUALITY}' in the table quality", count=len(twice), noun="service")


def _families_twice(study: Study, measured: Measured) -> Iterator[Finding]:
    """Yield an error for each file where an indicator of outcomes credits a service with all that families did, whose hours are output.

    Where it is not said whether it is one, a warning. Only indicators at, above or below a service with unpaid hours are meant.
    """
    if study.unpaid is None or study.unpaid.output_side != "hours":
        return
    unpaid = set(measured.tables["unpaid"]["service"].to_pylist())
    rows: dict[tuple[str | None, int], list[dict[str, Any]]] = defaultdict(list)
    for row in measured.tables["quality"].to_pylist():
        beside = any(is_at_or_below(row["service"], other) or is_at_or_below(other, row["service"]) for other in unpaid)
        if beside and row["attribution"] == 1 and row["measures"] != "process":
            rows[row["measures"], row["_file"]].append(row)
    for (measures, file), group in sorted(rows.items(), key=lambda each: (each[0][0] or "", each[0][1])):
        where: dict[str, Any] = {"table": "quality", "file": measured.labels["quality"][file], "count": len(group)}
        where["lines"] = sorted(row["_line"] for row in group if row["_line"] is not None)
        named = listed(sorted({of_service(row["indicator"], row["service"]) for row in group}))
        if measures is None:
            yield found("RP099", **where, column="measures", what=f"indicator {named}", study=study.file)
            continue
        hours = f"What families did is output twice: by [unpaid] output_side = 'hours' in {study.file}"
        outcome = f"by indicator {named} in the table quality, an outcome with attribution 1"
        yield found("RP092", **where, column="attribution", what=f"{hours}, and {outcome}, which credits the service with all of it")


def _equity_without_mean(study: Study) -> Iterator[Finding]:
    """Yield that equity weighs an outcome which is in no quality indicator that relprod makes."""
    if study.equity is None or (study.equity.outcome == "outcome_after" and study.contact_quality is not None):
        return
    what = {"outcome_after": "the outcomes of contacts", "resolved": "whether contacts are resolved", "table": "the table outcomes"}
    yield found("RP093", file=study.file, what=what[study.equity.outcome])
