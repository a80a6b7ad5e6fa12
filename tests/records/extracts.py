"""Small made extracts, and what it takes to put them before DuckDB."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import strategies as st
from oracle.contacts import Contact, Rules, nodes

from relprod.records.contacts import RepeatSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from duckdb import DuckDBPyConnection

START, END = dt.date(2024, 3, 25), dt.date(2024, 4, 14)
SERVICES = ("Care > Home", "Care > Home > North", "Housing")
WINDOWS = (0, 1, 3, 20, 10_000)
MATCHES = ((), ("service",), ("activity",), ("service", "activity"), ("group",), ("service", "area"))
DAY = dt.timedelta(days=1)
NUMBER = pa.decimal128(22, 10)
SCHEMA = pa.schema(
    [
        ("contact_id", pa.string()),
        ("person_id", pa.string()),
        ("service", pa.string()),
        ("activity", pa.string()),
        ("opened", pa.timestamp("us")),
        ("closed", pa.timestamp("us")),
        ("worker_id", pa.string()),
        ("_period", pa.int64()),
        ("demand", pa.string()),
        ("resolved", pa.bool_()),
        ("minutes", NUMBER),
        ("outcome_before", NUMBER),
        ("outcome_after", NUMBER),
        ("area", pa.string()),
        ("group", pa.string()),
        ("_file", pa.int64()),
        ("_line", pa.int64()),
    ]
)


def period(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def maybe(strategy: st.SearchStrategy, *others: object) -> st.SearchStrategy:
    return st.one_of(strategy, st.sampled_from([None, *others]))


@st.composite
def contact(draw: Callable, number: int) -> Contact:
    """A contact of few persons, days and hours, so that ties and overlaps are the rule."""
    opened = dt.datetime.combine(START, dt.time()) + draw(st.integers(0, (END - START).days)) * DAY
    opened += dt.timedelta(hours=draw(st.sampled_from((0, 9, 9, 23))))
    length = draw(maybe(st.sampled_from((0, 0, 1, 15, 24, 30, 49, 100, 700))))
    amount = st.decimals(-100, 100, places=2)
    return Contact(
        contact_id=f"c{number:03d}",
        person_id=draw(st.sampled_from(("p1", "p1", "p1", "p2", "p2", "nobody", None))),
        service=draw(st.sampled_from(SERVICES)),
        activity=draw(st.sampled_from(("call", "call", "visit", "review"))),
        opened=opened,
        closed=None if length is None else opened + dt.timedelta(hours=length),
        worker_id=draw(st.sampled_from(("w1", "w1", "w2", "w3", None))),
        period=period(opened.date()),
        demand=draw(st.sampled_from(("value", "failure", None))),
        resolved=draw(st.sampled_from((True, False, None))),
        minutes=draw(maybe(st.decimals(0, 500, places=1))),
        outcome_before=draw(maybe(amount)),
        outcome_after=draw(maybe(amount)),
        area=draw(st.sampled_from(("a1", "a2", None))),
        group=draw(st.sampled_from(("1", "2", None))),
    )


@st.composite
def extracts(draw: Callable) -> list[Contact]:
    numbers = draw(st.permutations(range(draw(st.integers(0, 24)))))
    return [draw(contact(number)) for number in numbers]


@st.composite
def studies(draw: Callable) -> tuple[list[Contact], RepeatSettings]:
    return draw(extracts()), RepeatSettings(
        extract_start=START,
        extract_end=END,
        window_days=draw(st.sampled_from(WINDOWS)),
        inclusive_end=draw(st.booleans()),
        kinds=draw(st.sampled_from((("return",), ("chase",), ("return", "chase")))),
        match_on=draw(st.sampled_from(MATCHES)),
        planned_activities=draw(st.sampled_from(((), ("review",), ("review", "unheard of")))),
        placeholder_ids=draw(st.sampled_from(((), ("nobody",)))),
    )


def rules(settings: RepeatSettings) -> Rules:
    """The same settings in the oracle's words."""
    days = [settings.extract_start + n * DAY for n in range((settings.extract_end - settings.extract_start).days + 1)]
    return Rules(
        extract_end=settings.extract_end,
        window_days=settings.window_days,
        inclusive_end=settings.inclusive_end,
        kinds=settings.kinds,
        match_on=settings.match_on,
        planned_activities=frozenset(settings.planned_activities),
        placeholder_ids=frozenset(settings.placeholder_ids),
        periods={day: period(day) for day in days},
    )


def table(contacts: Iterable[Contact]) -> pa.Table:
    rows = [c._asdict() | {"_period": c.period, "_file": 0, "_line": n} for n, c in enumerate(contacts, 2)]
    for row in rows:
        del row["period"]
        for column in ("minutes", "outcome_before", "outcome_after"):
            row[column] = None if row[column] is None else Decimal(row[column]).quantize(Decimal("1e-10"))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def register(con: DuckDBPyConnection, contacts: Iterable[Contact], settings: RepeatSettings) -> None:
    contacts = list(contacts)
    known = {"All services", *(c.service for c in contacts)}
    pairs = [{"service": s, "node": node} for s in sorted(known - {"All services"}) for node in nodes(s)]
    days = [{"day": day, "period": ordinal} for day, ordinal in rules(settings).periods.items()]
    con.register("contacts", table(contacts))
    con.register("service_nodes", pa.Table.from_pylist(pairs, schema=pa.schema([("service", pa.string()), ("node", pa.string())])))
    con.register("days", pa.Table.from_pylist(days, schema=pa.schema([("day", pa.date32()), ("period", pa.int64())])))
