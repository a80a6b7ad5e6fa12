"""Small studies with contacts, made from a seed, as relprod reads them and as the oracle does."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from oracle.contacts import Contact

import relprod
from relprod.periods import PeriodScheme
from relprod.study import parse_study

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relprod import Run, Study

START, END = dt.date(2023, 1, 1), dt.date(2024, 12, 31)
SCHEME = PeriodScheme("quarter", "financial-uk")
PERIODS = [SCHEME.label(SCHEME.of_date(START.year, START.month) + number) for number in range(8)]
SERVICES = ("Care > Home", "Care > North", "Housing")
ACTIVITIES = ("advice", "visit")
GROUPS = ("1", "2", "3")
SHOWN_COLUMNS = [name for name in Contact._fields if name != "period"]

Frames = dict[str, pd.DataFrame]


def text_of(sections: Mapping[str, Any]) -> str:
    """Return a study file; a section is a mapping of keys, and values are written as TOML has them."""
    lines = []
    for name, keys in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {value.isoformat() if isinstance(value, dt.date) else json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def study(sections: Mapping[str, Any], folder: Path | None = None, **head: Any) -> Study:
    """Return a study by quarter, 2023-24 = 100, with these sections; `head` replaces keys of [study]."""
    first = {"title": "T", "frequency": "quarter", "calendar": "financial-uk", "reference": "2023-24"}
    first |= {"extract_start": START, "extract_end": END} | head
    first = {key: value for key, value in first.items() if value is not None}
    return parse_study(text_of({"study": first, "tables": {}} | dict(sections)), folder=folder or Path())


def contacts(seed: int, count: int = 180, services: Iterable[str] = SERVICES) -> list[Contact]:
    """Return contacts of few people, so that repeats, ties and overlaps are the rule; each service has each activity in each quarter."""
    chance = random.Random(seed)  # noqa: S311 - a seed is the point
    cells = [(service, activity, period) for service in services for activity in ACTIVITIES for period in range(len(PERIODS))]
    places = [*cells, *chance.choices(cells, k=max(0, count - len(cells)))]
    made = [_contact(chance, number, *place) for number, place in enumerate(places)]
    chance.shuffle(made)
    return made


def _contact(chance: random.Random, number: int, service: str, activity: str, quarter: int) -> Contact:
    first = SCHEME.first_day(SCHEME.of_date(START.year, START.month) + quarter)
    opened = dt.datetime.combine(first, dt.time(chance.choice((0, 9, 9, 23)))) + dt.timedelta(days=chance.choice(range(0, 88, 3)))
    length = chance.choice((None, 0, 0, 1, 24, 49, 100, 700, 4000))
    closed = None if length is None else opened + dt.timedelta(hours=length)
    known = chance.random() < 0.9
    group = chance.choice(GROUPS)
    return Contact(
        contact_id=f"c{number:04d}",
        person_id=chance.choice((*(f"p{person}" for person in range(12)), "UNKNOWN", None)),
        service=service,
        activity=activity,
        opened=opened,
        closed=closed if closed is None or closed.date() <= END else None,
        worker_id=chance.choice(("w1", "w1", "w2", "w3", None)),
        period=SCHEME.of_date(opened.year, opened.month),
        demand=chance.choice(("value", "value", "failure", None)),
        resolved=chance.choice((True, False, None)),
        minutes=Decimal(chance.randrange(5, 900)) / 10 if known else None,
        outcome_before=Decimal(chance.randrange(10, 60)) if known else None,
        outcome_after=Decimal(chance.randrange(20, 100)) if known else None,
        group=group,
    )


def contacts_frame(rows: Iterable[Contact]) -> pd.DataFrame:
    """Return the contacts as an extract holds them: as text."""
    frame = pd.DataFrame(
        [{name: _as_text(getattr(row, name)) for name in SHOWN_COLUMNS} for row in rows], columns=SHOWN_COLUMNS, dtype=object
    )
    return frame.where(frame.notna(), None)


def _as_text(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else None if value is None else str(value)


def costs(seed: int, services: Iterable[str] = SERVICES) -> list[dict[str, Any]]:
    """Return a unit cost of each activity in each financial year."""
    chance = random.Random(seed)  # noqa: S311 - a seed is the point
    return [
        {"service": service, "activity": activity, "period": year, "unit_cost": chance.randrange(100, 9000) / 100}
        for service in services
        for activity in ACTIVITIES
        for year in ("2022-23", "2023-24", "2024-25")
    ]


def inputs(seed: int, services: Iterable[str] = SERVICES) -> list[dict[str, Any]]:
    """Return two inputs of each service in each quarter."""
    chance = random.Random(seed)  # noqa: S311 - a seed is the point
    return [
        {
            "service": service,
            "period": period,
            "input": name,
            "expenditure": chance.randrange(1000, 3000),
            "volume": chance.randrange(500, 900),
        }
        for service in services
        for period in PERIODS
        for name in ("staff", "other")
    ]


def unpaid(seed: int, services: Iterable[str] = SERVICES) -> list[dict[str, Any]]:
    """Return hours of families in each quarter."""
    chance = random.Random(seed)  # noqa: S311 - a seed is the point
    return [
        {
            "service": service,
            "period": period,
            "contributor": "family",
            "hours": chance.randrange(20, 90),
            "rate": 12.5,
            "sustainable_share": chance.choice((0.5, 0.75, 1.0)),
        }
        for service in services
        for period in PERIODS
    ]


def frames(rows: Iterable[Contact], seed: int = 1, services: Iterable[str] = SERVICES) -> Frames:
    """Return contacts with all that an account of them needs."""
    tables = {"unit_costs": costs(seed, services), "inputs": inputs(seed, services), "unpaid": unpaid(seed, services)}
    return {"contacts": contacts_frame(rows), **{name: pd.DataFrame(table) for name, table in tables.items()}}


def computed(sections: Mapping[str, Any], tables: Frames, **head: Any) -> Run:
    """Return the run of a study by quarter on frames; without those of unpaid work where it is not asked for."""
    asked = {name: table for name, table in tables.items() if name != "unpaid" or "unpaid" in sections}
    return relprod.compute(study(sections, **head), tables=asked)


def productivity(run: Run) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    """Return output, input and productivity by service, period and account."""
    table = run.tables["productivity"].to_pylist()
    return {(row["service"], row["period"], row["account"]): (row["output"], row["input"], row["productivity"]) for row in table}


def codes(error: Any) -> list[str]:
    """Return the codes of the errors among an exception's findings."""
    return [finding.code for finding in error.findings if finding.is_error]
