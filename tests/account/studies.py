"""Small studies drawn at random: paths with rows at several levels, gaps, zeros, late starts, partial years."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from relprod.account.index_numbers import FORMULAS
from relprod.account.links import LINK_KINDS
from relprod.periods import PeriodScheme

from .making import Row, Tables

SERVICES = ("Care", "Care > Home", "Care > Home > North", "Care > Visits", "Grounds", "All services")
DIRECTIONS = ("higher", "lower", "lower-share", "index")
SPANS = {"year": (1, 6), "quarter": (2, 11), "month": (11, 15)}

Study = tuple[dict[str, Any], Tables]


def tenths(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low * 10, high * 10).map(lambda number: number / 10)


@st.composite
def schemes(draw: st.DrawFn) -> tuple[PeriodScheme, list[str]]:
    """Return a scheme and its consecutive periods, which may start and end within a year."""
    frequency = draw(st.sampled_from(["year", "quarter", "quarter", "quarter", "month"]))
    scheme = PeriodScheme(frequency, draw(st.sampled_from(["financial-uk", "calendar"])))
    first = 2010 * scheme.subperiods + draw(st.integers(0, scheme.subperiods - 1))
    count = draw(st.integers(*SPANS[frequency]))
    return scheme, [scheme.label(ordinal) for ordinal in range(first, first + count)]


def presence(count: int) -> st.SearchStrategy[list[bool]]:
    """Return in which periods an item has rows: all, a run, or any."""
    runs = st.tuples(st.integers(0, count - 1), st.integers(1, count)).map(
        lambda run: [run[0] <= t < run[0] + run[1] for t in range(count)]
    )
    return st.one_of(st.just([True] * count), runs, st.lists(st.booleans(), min_size=count, max_size=count))


@st.composite
def activity_row(draw: st.DrawFn, *, full: bool) -> Row:
    """Return volume, cost and failure volume of a cell. Zero volume may still cost; what is done may cost nothing."""
    shape = "usual" if full else draw(st.sampled_from(["usual"] * 9 + ["nothing", "idle", "free"]))
    volume = 0 if shape in ("nothing", "idle") else draw(st.integers(1, 60))
    cost = 0.0 if shape in ("nothing", "free") else draw(tenths(1, 400))
    failure = draw(st.sampled_from([None, 0, volume])) if draw(st.integers(0, 4)) == 0 else draw(st.integers(0, volume))
    return {"volume": volume, "cost": cost, "failure_volume": failure}


@st.composite
def activity_tables(draw: st.DrawFn, periods: list[str], *, full: bool) -> list[Row]:
    rows = []
    for service in draw(st.lists(st.sampled_from(SERVICES), min_size=1, max_size=3, unique=True)):
        for activity in range(draw(st.integers(1, 3))):
            there = [True] * len(periods) if full else draw(presence(len(periods)))
            rows += [
                {"service": service, "activity": f"activity {activity}", "period": period, **draw(activity_row(full=full))}
                for period, is_there in zip(periods, there, strict=True)
                if is_there
            ]
    return rows


@st.composite
def input_tables(draw: st.DrawFn, periods: list[str], services: list[str], *, full: bool) -> list[Row]:
    """Return inputs, measured directly or by deflated expenditure; with `full` every service has some in every period."""
    rows = []
    for service in services:
        for kind in draw(st.lists(st.sampled_from(["capital", "goods", "labour"]), min_size=1, max_size=2, unique=True)):
            is_direct = draw(st.booleans())
            there = [True] * len(periods) if full else draw(presence(len(periods)))
            for period, is_there in zip(periods, there, strict=True):
                if not is_there:
                    continue
                is_nothing = not full and draw(st.integers(0, 11)) == 0
                row: Row = {"service": service, "input": kind, "period": period, "expenditure": 0.0 if is_nothing else draw(tenths(1, 300))}
                measure = {"volume": 0 if is_nothing else draw(st.integers(1, 50))} if is_direct else {"deflator": "prices"}
                rows.append(row | measure)
    return rows


@st.composite
def quality_tables(draw: st.DrawFn, periods: list[str], activity: list[Row]) -> list[Row]:
    rows = []
    activities = sorted({(row["service"], row["activity"]) for row in activity})
    scopes = st.one_of(st.sampled_from(activities), st.sampled_from(SERVICES).map(lambda service: (service, "")))
    for place, (service, name) in enumerate(draw(st.lists(scopes, min_size=1, max_size=3))):
        direction = draw(st.sampled_from(DIRECTIONS))
        low = 0 if direction == "lower-share" else 1
        for period, is_there in zip(periods, draw(presence(len(periods))), strict=True):
            if is_there:
                value = draw(st.integers(low, 19)) / 20
                row: Row = {"service": service, "activity": name, "period": period, "indicator": f"indicator {place}", "value": value}
                weights = {"weight": draw(st.sampled_from([1, 2, 0.5])), "attribution": draw(st.sampled_from([0, 0.3, 1]))}
                rows.append(row | {"direction": direction} | weights)
    return rows


@st.composite
def studies(draw: st.DrawFn, *, full: bool = False) -> Study:
    """Return a study and its tables. With `full` every item is there in every period, and every service with activity has input."""
    scheme, periods = draw(schemes())
    activity = draw(activity_tables(periods, full=full).filter(bool))
    named = sorted({row["service"] for row in activity})
    with_input = named if full else draw(st.lists(st.sampled_from(SERVICES), max_size=4, unique=True))
    tables: Tables = {"activity": activity, "inputs": draw(input_tables(periods, with_input, full=full))}
    spanned = [scheme.parse(row["period"]) for table in tables.values() for row in table]
    inside = [scheme.label(ordinal) for ordinal in range(min(spanned), max(spanned) + 1)]
    tables["deflators"] = [{"deflator": "prices", "period": period, "index": draw(tenths(80, 130))} for period in inside]
    if draw(st.booleans()):
        tables["quality"] = draw(quality_tables(inside, activity))
    reference = draw(st.sampled_from(inside))
    if draw(st.booleans()):
        reference = year_as_reference(scheme, reference)
    study: dict[str, Any] = {
        "study": {"frequency": scheme.frequency, "calendar": scheme.calendar, "reference": reference},
        "output": {"index": draw(st.sampled_from(FORMULAS)), "link": draw(st.sampled_from(LINK_KINDS))},
    }
    if draw(st.booleans()):
        study["failure_demand"] = {"method": "given", "removal": draw(st.sampled_from([1.0, 0.5, 0.0]))}
    return study, tables


def year_as_reference(scheme: PeriodScheme, period: str) -> str:
    """Return the label of a period's year; by month, a financial year is written with a slash, since 2010-11 is November 2010."""
    year = scheme.year_label(scheme.year_of(scheme.parse(period)))
    return year.replace("-", "/") if scheme.frequency == "month" else year
