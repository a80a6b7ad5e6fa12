"""What a run takes from contact records: the measures in SQL, with what they need beside the contacts themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from relprod.account.services import lineage
from relprod.records.contacts import RepeatSettings, measures
from relprod.study.model import FailureDemandSection
from relprod.tables.contacts import CELLS, VIEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from duckdb import DuckDBPyConnection

    from relprod.periods import PeriodScheme
    from relprod.study.model import Study


@dataclass(frozen=True)
class ContactMeasures:
    """The cells that contacts are reduced to; each is a table of counts and exact sums, as `relprod.records.contacts` gives them.

    `never_filled` are the columns that repeats are to match on and no contact has. The account rests on `cells` and `outcomes`; the
    other tables are told beside it.
    """

    cells: pa.Table
    outcomes: pa.Table
    method: str
    continuity: pa.Table = field(default_factory=lambda: pa.table({}))
    risk: pa.Table = field(default_factory=lambda: pa.table({}))
    origins: pa.Table = field(default_factory=lambda: pa.table({}))
    never_filled: tuple[str, ...] = ()


def contact_measures(
    con: DuckDBPyConnection, study: Study, say: Callable[[str], None] = lambda _: None, *, beside: bool = True
) -> ContactMeasures:
    """Return the measures of the contacts in the relation `contacts`, by the study's own settings.

    Without `beside` they are those that the account rests on, and no others.
    """
    method = study.failure_demand.method if study.failure_demand is not None else "given"
    settings = repeat_settings(study)
    services = [row[0] for row in con.execute(f"SELECT DISTINCT service FROM {CELLS} ORDER BY service").fetchall()]  # noqa: S608 - the name is ours
    con.register("service_nodes", _service_nodes(services))
    con.register("days", _days(study.scheme, settings.extract_start, settings.extract_end))
    names = ["contact_cells", "outcomes"]
    if beside:
        names += ["continuity", *(["repeat_origins", "repeat_risk"] if method == "repeat" else [])]
    try:
        found = measures(con, settings, names, say)
    finally:
        con.unregister("service_nodes")
        con.unregister("days")
    told = {"continuity": "continuity", "risk": "repeat_risk", "origins": "repeat_origins"}
    return ContactMeasures(
        cells=found["contact_cells"],
        outcomes=found["outcomes"],
        method=method,
        **{field: found[name] for field, name in told.items() if name in found},
        never_filled=tuple(column for column in settings.match_on if method == "repeat" and not _is_filled(con, column)),
    )


def _is_filled(con: DuckDBPyConnection, column: str) -> bool:
    """Return whether any contact has something in a column."""
    return bool(con.execute(f'SELECT 1 FROM {VIEW} WHERE "{column}" IS NOT NULL LIMIT 1').fetchall())  # noqa: S608 - one of four names of ours


def repeat_settings(study: Study) -> RepeatSettings:
    """Return what makes a contact a repeat, as the study declares it; the defaults where it asks for another method."""
    section = study.failure_demand or FailureDemandSection(method="repeat")
    start, end = study.study.extract_start, study.study.extract_end
    if start is None or end is None:
        message = "contacts need extract_start and extract_end"
        raise ValueError(message)
    return RepeatSettings(
        extract_start=start,
        extract_end=end,
        window_days=section.window_days,
        inclusive_end=section.inclusive_end,
        kinds=section.kinds,
        match_on=section.match_on,
        planned_activities=section.planned_activities,
        placeholder_ids=section.placeholder_ids,
        max_person_share=repr(section.max_person_share),
    )


def lead_in_periods(study: Study) -> Iterator[int]:
    """Yield the periods (ordinals) that lack part of the time before them in which a repeat looks for earlier contacts."""
    settings = repeat_settings(study)
    first = study.scheme.of_date(settings.extract_start.year, settings.extract_start.month)
    while study.scheme.first_day(first) < settings.extract_start + timedelta(days=settings.window_days):
        yield first
        first += 1


def as_activity(measured: ContactMeasures, activity: pa.Table) -> pa.Table:
    """Return the contacts' cells as rows of the table `activity`: a contact is one activity, and its failures are repeats or codes."""
    cells = measured.cells
    failures = {"repeat": cells["failures"], "coded": cells["coded_failure"]}.get(measured.method, pa.nulls(cells.num_rows))
    columns = {
        "service": cells["service"],
        "activity": cells["activity"],
        "_period": cells["period"],
        "volume": cells["volume"].cast(pa.string()),  # by way of text, because a whole number of 64 bits might not fit
        "failure_volume": failures.cast(pa.string()),
    }
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(cells.num_rows, field.type) for field in activity.schema
    ]
    return pa.concat_tables([activity, pa.table(arrays, schema=activity.schema)])


def _service_nodes(services: list[str]) -> pa.Table:
    pairs = [(service, node) for service in services for node in lineage(service)]
    names = ([pair[side] for pair in pairs] for side in (0, 1))
    return pa.table([pa.array(column, type=pa.string()) for column in names], names=["service", "node"])


def _days(scheme: PeriodScheme, start: date, end: date) -> pa.Table:
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    return pa.table({"day": pa.array(days, type=pa.date32()), "period": [scheme.of_date(day.year, day.month) for day in days]})
