"""Gaps in time: periods without rows between periods with rows, and a reference that is not in the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relprod.tables.contacts import CELLS
from relprod.tables.findings import Finding, found, quoted
from relprod.tables.place import of_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.tables.place import Place

_COLUMN = {"activity": "period", "contacts": "opened"}


def _table(place: Place) -> str:
    """Return the table that a finding about all activity names."""
    return "activity" if "activity" in place.named else "contacts"


def empty_periods(place: Place) -> Iterator[Finding]:
    """Yield RP045 where no service has activity in a period between the first and the last."""
    if not place.activity_is_known:
        return
    present = place.all_periods
    missing = set(range(min(present), max(present) + 1)) - present
    if missing:
        yield found(
            "RP045",
            table=_table(place),
            file=place.file_of(_table(place), None),
            column="period",
            count=len(missing),
            periods=place.periods_in_words(missing),
        )


def gaps(place: Place) -> Iterator[Finding]:
    """Yield RP044 for services, and activities of a service, that are absent for a while.

    Periods are ranked among those in which the whole of which the thing is a part has rows, so that a gap of the
    whole is said once and not again for each of its parts.
    """
    if not place.activity_is_known:
        return
    one = "SELECT service, activity, _period, _file, _line, {} AS of_contacts FROM {}"
    rows = " UNION ALL ".join(one.format("true" if source == CELLS else "false", source) for source in place.activity_sources)
    first = f"of_contacts, min(_file) AS _file, arg_min(_line, _file) AS _line FROM ({rows})"
    cells = f"SELECT service, activity, _period, {first} GROUP BY ALL"
    services = f"SELECT service, '' AS activity, _period, {first} GROUP BY ALL"
    for rows, whole, noun in ((services, "", "services"), (cells, "PARTITION BY service", "activities")):
        ranked = f"SELECT *, dense_rank() OVER ({whole} ORDER BY _period) AS nth FROM ({rows})"  # noqa: S608 - all text is ours
        ahead = (
            f"SELECT *, lead(nth) OVER item - nth - 1 AS absent, lead(_period) OVER item AS resumed "  # noqa: S608 - as above
            f"FROM ({ranked}) WINDOW item AS (PARTITION BY service, activity ORDER BY _period, of_contacts)"
        )
        gaps_here = place.groups(f"SELECT * FROM ({ahead}) WHERE absent > 0", "activity", "service", "_period", "resumed", "of_contacts")  # noqa: S608 - as above
        for table, of_contacts in (("activity", False), ("contacts", True)):
            mine = [group for group in gaps_here if group.what[-1] is of_contacts]

            def describe(activity: str, service: str, before: int, after: int, of_contacts: bool) -> str:  # noqa: FBT001 - a column of the query
                what = of_service(activity, service) if activity else f"service {quoted(service)}"
                if of_contacts and not _is_public(place, service, activity):
                    what = "contacts"
                return f"{what} between {place.scheme.label(before)} and {place.scheme.label(after)}"

            yield from place.by_file("RP044", table, mine, describe, column=_COLUMN[table], noun="gap", kind=noun)


def _is_public(place: Place, service: str, activity: str) -> bool:
    """Return whether a table that is not about people names a service, or an activity of it, too."""
    return any(service == known and activity in {"", own} for known, own in place.public_names)


def reference(place: Place) -> Iterator[Finding]:
    """Yield RP046 where the reference is not in the data, RP053 where it is a year with periods missing."""
    if not place.activity_is_known:
        return
    text = place.study.study.reference
    first, last = place.scheme.parse_span(text)
    present = place.all_periods
    absent = set(range(first, last + 1)) - present
    label = place.scheme.label
    if len(absent) == last - first + 1:
        first_label, last_label = label(min(present)), label(max(present))
        where: dict[str, Any] = {"table": _table(place), "file": place.study.file, "column": "reference"}
        yield found("RP046", **where, reference=text, first=first_label, last=last_label)
    elif absent:
        periods = place.periods_in_words(absent)
        yield found(
            "RP053", table=_table(place), file=place.study.file, column="reference", count=len(absent), reference=text, periods=periods
        )


def published_periods(place: Place) -> Iterator[Finding]:
    """Yield RP052 for published figures about periods in which there are neither activity nor inputs."""
    if not place.has("published") or not place.activity_is_known or not place.settled("inputs"):
        return
    inputs = {period for (period,) in place.rows("SELECT DISTINCT _period FROM inputs")} if place.has("inputs") else set()
    present = place.all_periods | inputs
    outside = [group for group in place.groups("SELECT * FROM published", "_period") if group.what[0] not in present]
    if outside:
        periods = place.periods_in_words(group.what[0] for group in outside)
        yield from place.by_file("RP052", "published", outside, lambda _period: "", column="period", periods=periods)


TIME_CHECKS = (empty_periods, gaps, reference, published_periods)
