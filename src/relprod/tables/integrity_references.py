"""Names that must be known in another table: services, activities, deflators, unit costs, columns of controls."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from relprod.tables.contacts import CELLS
from relprod.tables.findings import Finding, found, quoted, suggestion
from relprod.tables.place import of_service, upwards
from relprod.tables.schema import table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.study import Study
    from relprod.tables.place import Place

_NAMING_SERVICES = ("unit_costs", "quality", "outcomes", "unpaid", "controls", "published")


def no_activity(place: Place) -> Iterator[Finding]:
    """Yield RP056 where the study has neither activity nor contacts."""
    if not place.named & {"activity", "contacts"}:
        yield found("RP056", table="activity", file=place.study.file)


def unknown_services(place: Place) -> Iterator[Finding]:
    """Yield RP041 for services that have neither activity nor inputs nor contacts at or below them."""
    if not place.settled("activity", "inputs", "contacts") or len(place.services) == 1:
        return

    def describe(service: str) -> str:
        return f"service {quoted(service)}{suggestion(service, place.services)}"

    for table in _NAMING_SERVICES:
        if place.has(table):
            groups = place.groups(f"SELECT * FROM {table} WHERE service IS NOT NULL", "service")  # noqa: S608 - the name is one of ours
            unknown = (group for group in groups if group.what[0] not in place.services)
            yield from place.by_file("RP041", table, unknown, describe, column="service")


def unknown_activities(place: Place) -> Iterator[Finding]:
    """Yield RP059 for quality indicators about an activity that nothing at or below their service has."""
    if not place.has("quality") or not place.activity_is_known:
        return
    known: dict[str, set[str]] = defaultdict(set)
    for service, activity in place.active:
        for above in upwards(service):
            known[above].add(activity)

    def describe(service: str, activity: str) -> str:
        return of_service(activity, service) + suggestion(activity, known[service])

    groups = place.groups("SELECT * FROM quality WHERE activity IS NOT NULL", "service", "activity")
    unknown = (group for group in groups if group.what[0] in known and group.what[1] not in known[group.what[0]])
    yield from place.by_file("RP059", "quality", unknown, describe, column="activity")


def missing_deflators(place: Place) -> Iterator[Finding]:
    """Yield RP042 for indirect inputs whose deflator has no value for the period nor for its year."""
    if not place.has("inputs") or not place.settled("deflators"):
        return
    known = {name for (name,) in place.rows("SELECT DISTINCT deflator FROM deflators")} if place.has("deflators") else set()
    covered = (
        "AND NOT EXISTS (SELECT 1 FROM deflators AS d WHERE d.deflator = i.deflator AND i._period BETWEEN d._period AND d._period_last)"
    )
    bad = f"SELECT * FROM inputs AS i WHERE i.deflator IS NOT NULL {covered if known else ''}"  # noqa: S608 - all text is ours
    groups = place.groups(bad, "deflator", "_period")
    for deflator in sorted({group.what[0] for group in groups}):
        mine = [group for group in groups if group.what[0] == deflator]
        yield from place.by_file(
            "RP042",
            "inputs",
            mine,
            lambda name, _period: quoted(name),
            column="deflator",
            periods=place.periods_in_words(group.what[1] for group in mine),
            suggestion="" if deflator in known else suggestion(deflator, known),
        )


def missing_unit_costs(place: Place) -> Iterator[Finding]:
    """Yield RP043 for activity that has no cost in its row and none in unit_costs for its period or year, and for contacts likewise."""
    if not place.settled("unit_costs"):
        return
    covered = "AND NOT EXISTS (SELECT 1 FROM unit_costs AS u WHERE u.service = a.service AND u.activity = a.activity{span})"
    span = " AND a._period BETWEEN u._period AND u._period_last"
    if place.has("activity"):
        bad = "SELECT * FROM activity AS a WHERE unit_cost IS NULL AND cost IS NULL AND volume > 0 "
        groups = place.groups(bad + (covered.format(span=span) if place.has("unit_costs") else ""), "activity", "service")
        yield from place.by_file("RP043", "activity", groups, of_service, column="unit_cost")
    if place.has("contacts"):
        bad = "SELECT a.* FROM contacts AS a SEMI JOIN ({}) USING (service, activity, _period)"
        cells = f"SELECT * FROM {CELLS} AS a WHERE true " + (covered.format(span=span) if place.has("unit_costs") else "")  # noqa: S608 - all text is ours
        if place.rows(f"SELECT 1 FROM ({cells}) LIMIT 1"):  # noqa: S608 - as above
            groups = place.groups(bad.format(cells), "activity", "service")

            def describe(activity: str, service: str) -> str:
                return of_service(activity, service) if (service, activity) in place.public_names else "activities of contacts"

            yield from place.by_file("RP043", "contacts", groups, describe, column="activity", noun="contact")


def unknown_control_columns(place: Place) -> Iterator[Finding]:
    """Yield RP057 for control totals of a table that is not in the study, or of a column that its table does not have."""
    if not place.has("controls"):
        return
    groups = place.groups("SELECT * FROM controls", '"table"', '"column"')
    wrong = (group for group in groups if group.what[0] not in place.named or group.what[1] not in table_schema(group.what[0]).names)
    yield from place.by_file(
        "RP057", "controls", wrong, lambda table, column: f"column {quoted(column)} of table {quoted(table)}", column="column"
    )


def cells_and_contacts(place: Place) -> Iterator[Finding]:
    """Yield RP058 for services that have activity cells and contacts in the same period."""
    if not place.has("activity", "contacts"):
        return
    both = set(place.rows(f"SELECT DISTINCT service, _period FROM {CELLS}"))  # noqa: S608 - the name is ours
    groups = place.groups("SELECT * FROM activity", "service", "_period")
    double = (group for group in groups if group.what in both)
    yield from place.by_file("RP058", "activity", double, lambda service, _period: quoted(service), column="service")


def _tables_used(study: Study) -> set[str]:
    """Return which of the tables that only some sections of a study use are used."""
    equity = study.equity
    used = {"areas": equity is not None, "outcomes": equity is not None and equity.outcome == "table", "unpaid": study.unpaid is not None}
    return {table for table, is_used in used.items() if is_used}


def unused(place: Place) -> Iterator[Finding]:
    """Yield RP054 for what was given and no figure uses: deflators, unit costs, failure volumes, whole tables."""
    for table in sorted({"areas", "outcomes", "unpaid"} & place.named - _tables_used(place.study)):
        yield found(
            "RP054",
            table=table,
            file=place.file_of(table, None),
            count=place.tables[table].num_rows if place.has(table) else 0,
            what=f"Table '{table}' is in the study",
        )
    if place.has("deflators") and place.settled("inputs"):
        using = "WHERE deflator NOT IN (SELECT deflator FROM inputs WHERE deflator IS NOT NULL)" if place.has("inputs") else ""
        groups = place.groups(f"SELECT * FROM deflators {using}", "deflator")  # noqa: S608 - all text is ours
        yield from place.by_file("RP054", "deflators", groups, lambda name: f"Deflator {quoted(name)} is given", column="deflator")
    if place.has("unit_costs") and place.activity_is_known:
        needed = (
            "SELECT 1 FROM activity AS a WHERE a.unit_cost IS NULL AND a.cost IS NULL AND a.service = u.service AND a.activity = u.activity"
            if place.has("activity")
            else "SELECT 1 WHERE false"
        )
        contacts = (
            f"AND NOT EXISTS (SELECT 1 FROM {CELLS} AS c WHERE c.service = u.service AND c.activity = u.activity)"  # noqa: S608 - the name is ours
            if place.has("contacts")
            else ""
        )
        groups = place.groups(f"SELECT * FROM unit_costs AS u WHERE NOT EXISTS ({needed}) {contacts}", "activity", "service")  # noqa: S608 - as above
        yield from place.by_file(
            "RP054", "unit_costs", groups, lambda name, service: f"A unit cost of {of_service(name, service)} is given", column="activity"
        )
    if place.has("activity") and place.study.failure_demand is None:
        groups = place.groups("SELECT * FROM activity WHERE failure_volume IS NOT NULL")
        what = "Failure volumes are given without a section [failure_demand] in the study"
        yield from place.by_file("RP054", "activity", groups, lambda: what, column="failure_volume")


REFERENCE_CHECKS = (
    no_activity,
    unknown_services,
    unknown_activities,
    missing_deflators,
    missing_unit_costs,
    unknown_control_columns,
    cells_and_contacts,
    unused,
)
