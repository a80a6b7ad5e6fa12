"""Gaps in time: periods without rows between periods with rows, and a reference that is not in the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relprod.tables.findings import Finding, found, quoted
from relprod.tables.place import of_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.tables.place import Place


def _all_periods(place: Place) -> set[int]:
    """Return every period in which some service has activity."""
    return {period for (period,) in place.rows("SELECT DISTINCT _period FROM activity")}


def empty_periods(place: Place) -> Iterator[Finding]:
    """Yield RP045 where no service has activity in a period between the first and the last."""
    if not place.has("activity") or "contacts" in place.named:
        return
    present = _all_periods(place)
    missing = set(range(min(present), max(present) + 1)) - present
    if missing:
        yield found(
            "RP045",
            table="activity",
            file=place.file_of("activity", None),
            column="period",
            count=len(missing),
            periods=place.periods_in_words(missing),
        )


def gaps(place: Place) -> Iterator[Finding]:
    """Yield RP044 for services, and activities of a service, that are absent for a while.

    Periods are ranked among those in which the whole of which the thing is a part has rows, so that a gap of the
    whole is said once and not again for each of its parts.
    """
    if not place.has("activity"):
        return
    first = "min(_file) AS _file, arg_min(_line, _file) AS _line FROM activity"
    cells = f"SELECT service, activity, _period, {first} GROUP BY 1, 2, 3"
    services = f"SELECT service, '' AS activity, _period, {first} GROUP BY 1, 3"
    for rows, whole, noun in ((services, "", "services"), (cells, "PARTITION BY service", "activities")):
        ranked = f"SELECT *, dense_rank() OVER ({whole} ORDER BY _period) AS nth FROM ({rows})"  # noqa: S608 - all text is ours
        ahead = (
            f"SELECT *, lead(nth) OVER item - nth - 1 AS absent, lead(_period) OVER item AS resumed "  # noqa: S608 - as above
            f"FROM ({ranked}) WINDOW item AS (PARTITION BY service, activity ORDER BY _period)"
        )
        found_gaps = place.groups(f"SELECT * FROM ({ahead}) WHERE absent > 0", "activity", "service", "_period", "resumed")  # noqa: S608 - as above

        def describe(activity: str, service: str, before: int, after: int) -> str:
            what = of_service(activity, service) if activity else f"service {quoted(service)}"
            return f"{what} between {place.scheme.label(before)} and {place.scheme.label(after)}"

        yield from place.by_file("RP044", "activity", found_gaps, describe, column="period", noun="gap", kind=noun)


def reference(place: Place) -> Iterator[Finding]:
    """Yield RP046 where the reference is not in the data, RP053 where it is a year with periods missing."""
    if not place.has("activity") or "contacts" in place.named:
        return
    text = place.study.study.reference
    first, last = place.scheme.parse_span(text)
    present = _all_periods(place)
    absent = set(range(first, last + 1)) - present
    label = place.scheme.label
    if len(absent) == last - first + 1:
        first_label, last_label = label(min(present)), label(max(present))
        where: dict[str, Any] = {"table": "activity", "file": place.study.file, "column": "reference"}
        yield found("RP046", **where, reference=text, first=first_label, last=last_label)
    elif absent:
        periods = place.periods_in_words(absent)
        yield found(
            "RP053", table="activity", file=place.study.file, column="reference", count=len(absent), reference=text, periods=periods
        )


def published_periods(place: Place) -> Iterator[Finding]:
    """Yield RP052 for published figures about periods in which there are neither activity nor inputs."""
    if not place.has("published", "activity") or not place.settled("inputs") or "contacts" in place.named:
        return
    inputs = {period for (period,) in place.rows("SELECT DISTINCT _period FROM inputs")} if place.has("inputs") else set()
    present = _all_periods(place) | inputs
    outside = [group for group in place.groups("SELECT * FROM published", "_period") if group.what[0] not in present]
    if outside:
        periods = place.periods_in_words(group.what[0] for group in outside)
        yield from place.by_file("RP052", "published", outside, lambda _period: "", column="period", periods=periods)


TIME_CHECKS = (empty_periods, gaps, reference, published_periods)
