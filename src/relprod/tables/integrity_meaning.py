"""One name, one meaning, in every period: inputs, failure volumes, and indicators of quality."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from relprod.tables.findings import LINES_KEPT, Finding, found, quoted
from relprod.tables.place import of_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.tables.place import Place


def switching_inputs(place: Place) -> Iterator[Finding]:
    """Yield RP048 for inputs of a service that are direct in some periods and indirect in others, or change their deflator."""
    if not place.has("inputs"):
        return
    earlier = "first_value(deflator) OVER one AS was"
    rows = f"SELECT *, {earlier} FROM inputs WINDOW one AS (PARTITION BY service, input ORDER BY _period, _file, _line)"  # noqa: S608 - all text is ours
    changed = f"SELECT *, was IS NULL <> (deflator IS NULL) AS kind FROM ({rows}) WHERE was IS DISTINCT FROM deflator"  # noqa: S608 - as above
    groups = place.groups(changed, "input", "service", "kind")
    for kind, change in ((True, "has a volume in some periods and a deflator in others"), (False, "changes its deflator")):
        mine = [group for group in groups if group.what[2] is kind]
        yield from place.by_file(
            "RP048", "inputs", mine, lambda name, service, _kind: of_service(name, service), column="deflator", change=change
        )


def failure_volume_gaps(place: Place) -> Iterator[Finding]:
    """Yield RP049 for activities whose failure volume is empty in some rows and given in others."""
    if not place.has("activity") or place.study.failure_demand is None:
        return
    partly = "SELECT service, activity FROM activity GROUP BY 1, 2 HAVING count(failure_volume) BETWEEN 1 AND count(*) - 1"
    blank = f"SELECT * FROM activity SEMI JOIN ({partly}) USING (service, activity) WHERE failure_volume IS NULL"  # noqa: S608 - all text is ours
    groups = place.groups(blank, "activity", "service")
    yield from place.by_file("RP049", "activity", groups, of_service, column="failure_volume")


def varying_indicators(place: Place) -> Iterator[Finding]:
    """Yield RP050 where an indicator changes its direction, and RP051 where its weight or its attribution varies."""
    if not place.has("quality"):
        return
    for code, column in (("RP050", "direction"), ("RP051", "weight"), ("RP051", "attribution")):
        rows = f"SELECT *, first_value({column}) OVER one AS was FROM quality"  # noqa: S608 - the name is one of three
        one = "WINDOW one AS (PARTITION BY service, activity, indicator ORDER BY _period, _file, _line)"
        groups = place.groups(f"SELECT * FROM ({rows} {one}) WHERE was <> {column}", "indicator", "service")  # noqa: S608 - as above
        yield from place.by_file(code, "quality", groups, of_service, column=column)


def indicators_in_time(place: Place) -> Iterator[Finding]:
    """Yield RP047 where an indicator has no value in a period with activity after its first, RP055 where it starts late."""
    if not place.has("quality") or not place.activity_is_known:
        return
    rows = place.rows(
        "SELECT service, activity, indicator, _period, _file, _line FROM quality ORDER BY service, activity, indicator, _period"
    )
    series: dict[tuple[str, str | None, str], list[tuple[int, int, int]]] = defaultdict(list)
    for service, activity, indicator, period, file, line in rows:
        series[service, activity, indicator].append((period, file, line))
    for (service, activity, indicator), points in series.items():
        active = place.activity_periods.get(service, set())
        first = points[0][0]
        absent = {period for period in active if period > first} - {period for period, _, _ in points}
        what = of_service(indicator, service) + (f" (activity {quoted(activity)})" if activity else "")
        where: dict[str, Any] = {"table": "quality", "file": place.file_of("quality", points[-1][1]), "column": "value"}
        if absent:
            last_before = [line for period, _, line in points if period < min(absent)][-1:]
            yield found(
                "RP047", **where, count=len(absent), lines=last_before[:LINES_KEPT], what=what, periods=place.periods_in_words(absent)
            )
        if active and first > min(active):
            start = place.scheme.label(min(active))
            yield found("RP055", **where, lines=(points[0][2],), what=what, first=place.scheme.label(first), start=start)


MEANING_CHECKS = (switching_inputs, failure_volume_gaps, varying_indicators, indicators_in_time)
