"""Cells from contacts, by the .sql files beside this module; here they are only put in order, given their parameters and run.

Every function takes a DuckDB connection in which these relations exist, as tables or views:

contacts            contact_id, person_id, service, activity, opened, closed, worker_id, demand, resolved, minutes, outcome_before,
                    outcome_after, area, group, _period; opened from extract_start to extract_end, person_id trimmed
service_nodes       service, node: each service and every service above it, 'All services' too (continuity and repeat_risk)
days                day, period: each day of the extract and the period it lies in (repeat_risk)

Beside `contacts` there may be `relprod_numbered_contacts`, the same with numbers in place of contact_id and worker_id, in the order of
the texts, or of person_id, in any order; then the macros `relprod_person_number` and `relprod_person_text` make the one person_id of the
other. Where these persons were counted already, the table `relprod_counted_persons` is what persons.sql would give: it is taken over.
Where the table `relprod_contact_cells` is, it has every service and activity that is in `contacts`.

What several measures need is computed once for a connection and kept there in temporary tables until `forget`, or until
other settings are asked for. If `contacts` changes, `forget` first. All sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from relprod.records.cells import sql_text
from relprod.records.relations import (
    CONTACTS,
    LEVEL,
    NEEDS,
    NODES,
    NUMBERED,
    PERSONS,
    PLAIN,
    PREFIX,
    SEVERAL,
    drop,
    first_column,
    forget,
    have,
    kept,
    text_of,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from duckdb import DuckDBPyConnection

Kind = Literal["return", "chase"]
Column = Literal["service", "activity", "area", "group"]

LEAST_PLACEHOLDER_CONTACTS = 1000
"""A person id with this many contacts or fewer is never taken for a placeholder, whatever its share."""

_CONDITIONS: dict[Kind, str] = {"return": "r.is_return", "chase": "r.is_chase"}
_NAME, _COUNT, _SUM = pa.string(), pa.int64(), pa.decimal128(38, 10)
_SCHEMAS = {
    "placeholder_persons": {"person_id": _NAME, "contacts": _COUNT, "declared": pa.bool_()},
    "contact_cells": {
        "service": _NAME,
        "activity": _NAME,
        "period": _COUNT,
        "volume": _COUNT,
        "minutes": _SUM,
        "returns": _COUNT,
        "chases": _COUNT,
        "failures": _COUNT,
        "coded_value": _COUNT,
        "coded_failure": _COUNT,
        "uncoded": _COUNT,
        "no_person": _COUNT,
    },
    "origins": {"service": _NAME, "origin": _NAME, "period": _COUNT, "repeats": _COUNT},
    "repeat_risk": {"node": _NAME, "period": _COUNT, "days": _COUNT, "events": _COUNT, "censored": _COUNT},
    "continuity": {
        "node": _NAME,
        "period": _COUNT,
        "contacts": _COUNT,
        "max_n": _COUNT,
        "sum_sq": _COUNT,
        "same_pairs": _COUNT,
        "pairs": _COUNT,
        "handoffs": _COUNT,
        "workers": _COUNT,
        "people": _COUNT,
    },
    "outcomes": {
        "service": _NAME,
        "period": _COUNT,
        "group": _NAME,
        "contacts": _COUNT,
        "after_n": _COUNT,
        "after_sum": _SUM,
        "both_n": _COUNT,
        "both_before_sum": _SUM,
        "both_after_sum": _SUM,
        "resolved_n": _COUNT,
        "resolved_sum": _COUNT,
    },
}


@dataclass(frozen=True)
class RepeatSettings:
    """What makes a contact a repeat, as the study declares it; `max_person_share` is a decimal in digits, such as ``"0.01"``."""

    extract_start: dt.date
    extract_end: dt.date
    window_days: int = 28
    inclusive_end: bool = True
    kinds: tuple[Kind, ...] = ("return", "chase")
    match_on: tuple[Column, ...] = ("service",)
    planned_activities: tuple[str, ...] = ()
    placeholder_ids: tuple[str, ...] = ()
    max_person_share: str = "0.01"

    @property
    def parameters(self) -> dict[str, str]:
        """What the placeholders in the .sql files stand for: numbers, dates and relprod's own words, never text from data."""
        within = max(0, (self.extract_end - self.extract_start).days) + 1
        return {
            "contacts": PLAIN,
            "named_contacts": CONTACTS,
            "service_nodes": NODES,
            "nodes": LEVEL,
            "persons": PERSONS,
            "several": SEVERAL,
            "window_days": str(min(self.window_days, within)),
            "within": ">=" if self.inclusive_end or self.window_days > within else ">",
            "failure": " OR ".join(_CONDITIONS[kind] for kind in self.kinds) or "false",
            "match": "".join(f", c.{column}" for column in self.match_on),
            "mapped": "".join(f", c.{column}" for column in self.match_on if column in {"area", "group"}),
            "extract_end": self.extract_end.isoformat(),
            "max_person_share": self.max_person_share,
            "least_contacts": str(LEAST_PLACEHOLDER_CONTACTS),
        }


def placeholder_persons(con: DuckDBPyConnection, settings: RepeatSettings) -> pa.Table:
    """Return person_id, person, contacts and declared, for each person id that stands for nobody."""
    have(con, settings, "placeholder_persons")
    text = f"{PREFIX}person_text(person_id)" if kept(con, NUMBERED) else "person_id"
    answer = con.sql(f"SELECT {text} AS person_id, contacts, declared FROM placeholder_persons ORDER BY 1")  # noqa: S608 - own names
    return _conform(answer.to_arrow_table(), "placeholder_persons")


def contact_cells(con: DuckDBPyConnection, settings: RepeatSettings) -> pa.Table:
    """Return volume, minutes, kinds of failure demand and contacts without a person, by service, activity and period."""
    return _cells(con, settings, "contact_cells", "placeholder_persons", "repeats")


def repeat_origins(con: DuckDBPyConnection, settings: RepeatSettings) -> pa.Table:
    """Return service, origin, period and repeats; no rows where a repeat must match on the service, since it then comes from there."""
    if "service" in settings.match_on:
        return _schema("origins").empty_table()
    return _cells(con, settings, "origins", "usable_contacts", "repeats")


def repeat_risk(con: DuckDBPyConnection, settings: RepeatSettings) -> pa.Table:
    """Return events and censored by node, period of closing and days until the next matching contact or the end of the extract."""
    return _cells(con, settings, "repeat_risk", "in_order", "overlapping_contacts", NODES)


def continuity(con: DuckDBPyConnection, settings: RepeatSettings) -> pa.Table:
    """Return how many people, by node and period, had the same contacts, max_n, sum_sq, same_pairs, pairs, handoffs and workers.

    People with fewer than two contacts with a known worker are rows with `contacts` 0 or 1: excluded from means, and counted.
    """
    have(con, settings, "several_contacts")
    have(con, settings, NODES)
    levels = first_column(con, f"SELECT DISTINCT level FROM {NODES} ORDER BY level")  # noqa: S608 - own name
    parts = [_continuity_of_part(con, settings, f"level = {level:d}", "NOT one_service") for level in levels]
    parts.append(_continuity_at_one_service(con, settings))
    *same, people = _SCHEMAS["continuity"]
    added = pa.concat_tables(parts).group_by(same).aggregate([(people, "sum")])
    return _conform(added.rename_columns([*same, people]), "continuity").sort_by([(column, "ascending") for column in same])


def keep_repeat_lines(con: DuckDBPyConnection, settings: RepeatSettings) -> None:
    """Make the temporary table `repeat_lines`: file, line, cell and kinds of every contact that is a return or a chase.

    Nothing else is left in the connection.
    """
    try:
        have(con, settings, "repeats")
        con.execute(f"CREATE OR REPLACE TEMP TABLE repeat_lines AS {text_of('repeat_lines', settings)}")
    finally:
        forget(con)


def outcomes(con: DuckDBPyConnection, settings: RepeatSettings) -> pa.Table:
    """Return counts and exact sums of outcomes, by service, period and group."""
    return _cells(con, settings, "outcomes", CONTACTS)


MEASURES: dict[str, Callable[[DuckDBPyConnection, RepeatSettings], pa.Table]] = {
    "placeholder_persons": placeholder_persons,
    "contact_cells": contact_cells,
    "repeat_origins": repeat_origins,
    "repeat_risk": repeat_risk,
    "continuity": continuity,
    "outcomes": outcomes,
}
_LAST_USE = {
    "repeat_risk": ("repeats", "overlapping_contacts", "in_order"),
    "continuity": ("several_contacts", "persons_by_period", "usable_contacts"),
}


def measures(
    con: DuckDBPyConnection,
    settings: RepeatSettings,
    names: Sequence[str] = tuple(MEASURES),
    done: Callable[[str], None] = lambda _name: None,
) -> dict[str, pa.Table]:
    """Return the named measures, each relation dropped when the last that needs it is done; `done` hears of each measure.

    Nothing is left in the connection afterwards.
    """
    answers = {}
    try:
        for name, measure in MEASURES.items():
            if name in names:
                answers[name] = measure(con, settings)
                done(name)
            for relation in _LAST_USE.get(name, ()):
                drop(con, relation)
    finally:
        forget(con)
    return answers


def sql_script(settings: RepeatSettings) -> str:
    """Return the measures as one script for a DuckDB shell in which `contacts`, `service_nodes` and `days` are tables or views.

    It is the text of the .sql files with the parameters filled in: first the relations that they share, then each measure.
    """
    by_hand = {"contacts": "contacts", "named_contacts": "contacts", "service_nodes": "service_nodes", "nodes": "service_nodes"}
    parameters = settings.parameters | by_hand | {"persons": "persons_by_period", "several": "several_contacts"}
    lists = {"placeholder_ids": ("person_id", settings.placeholder_ids), "planned_activities": ("activity", settings.planned_activities)}
    parts = []
    for relation in (*NEEDS, "worker_contacts"):
        if relation in lists:
            column, values = lists[relation]
            parts.append(f"CREATE TEMP TABLE {relation} ({column} VARCHAR)")
            parts += [f"INSERT INTO {relation} VALUES ('{_quotes_doubled(value)}')" for value in sorted(set(values))]  # noqa: S608 - printed, not run
        elif relation not in {CONTACTS, NODES}:
            parts.append(f"CREATE TEMP TABLE {relation} AS\n{sql_text(relation).format_map(parameters).rstrip()}")
    names = ["contact_cells", *([] if "service" in settings.match_on else ["origins"]), "repeat_risk", "continuity", "outcomes"]
    parts += [sql_text(name).format_map(parameters).rstrip() for name in names]
    return ";\n\n".join(parts) + ";\n"


def _quotes_doubled(text: str) -> str:
    return text.replace("'", "''")


def _cells(con: DuckDBPyConnection, settings: RepeatSettings, name: str, *needs: str) -> pa.Table:
    for need in needs:
        have(con, settings, need)
    return _conform(con.sql(text_of(name, settings)).to_arrow_table(), name)


def _continuity_at_one_service(con: DuckDBPyConnection, settings: RepeatSettings) -> pa.Table:
    """Return the continuity of persons whose contacts in a period are all at one service: the same at each node above it."""
    at_service = _continuity_of_part(con, settings, "path = CAST(service AS VARCHAR)", "one_service")
    above = con.sql(f"SELECT CAST(service AS VARCHAR) AS service, path FROM {NODES}").to_arrow_table()  # noqa: S608 - own name
    everywhere = at_service.join(above, "node", "service", join_type="inner").drop_columns("node").rename_columns({"path": "node"})
    return _conform(everywhere.select(list(_SCHEMAS["continuity"])), "continuity")


def _continuity_of_part(con: DuckDBPyConnection, settings: RepeatSettings, nodes: str, persons: str) -> pa.Table:
    """Return the continuity of such persons at such nodes.

    Of a service the nodes are one at most: a contact is then there once, and the work of each part fits in less memory.
    """
    try:
        con.execute(f"CREATE TEMP TABLE {LEVEL} AS SELECT service, node FROM {NODES} WHERE {nodes}")  # noqa: S608 - own names
        told = "SELECT *, first_service = last_service AS one_service FROM persons_by_period"
        con.execute(f"CREATE TEMP VIEW {PERSONS} AS SELECT * FROM ({told}) WHERE {persons}")  # noqa: S608 - own names
        con.execute(f"CREATE TEMP VIEW {SEVERAL} AS SELECT * FROM several_contacts WHERE {persons}")  # noqa: S608 - own names
        con.execute(f"CREATE TEMP TABLE worker_contacts AS {text_of('worker_contacts', settings)}")
        return _conform(con.sql(text_of("continuity", settings)).to_arrow_table(), "continuity")
    finally:
        for relation in ("worker_contacts", SEVERAL, PERSONS, LEVEL):
            drop(con, relation)


def _schema(name: str) -> pa.Schema:
    return pa.schema(list(_SCHEMAS[name].items()))


def _conform(table: pa.Table, name: str) -> pa.Table:
    """Return the table with the types that the measure promises: names as text again."""
    return table.cast(_schema(name)).combine_chunks()
