"""Statistical disclosure control: what a run may show of counts of people and contacts, so that nobody is found in a small one.

The rule is that of NHS Digital's Hospital Episode Statistics Analysis Guide (2018): a count from 1 to 7 is not shown, any other is
rounded to the nearest 5, and 0 stays. What is worked out of counts is worked out of those that are shown, or is missing with them.
Indices are of exact figures, and are the same with and without it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from relprod.account.services import lineage
from relprod.run.failure_table import ALL_ACTIVITIES
from relprod.run.parquet import run_table
from relprod.run.schemas import run_table_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyarrow as pa

Row = dict[str, Any]
Count = TypeVar("Count", int, float, Decimal)

NHS_2018 = "nhs-2018"
SMALLEST_SHOWN = 8
"""The smallest count above 0 that is shown; of volumes that are no whole numbers, so is the smallest."""
STEP = 5
"""Counts are shown in multiples of it."""
MIDDLE = 4
"""What a count that is not shown stands for in a sum over many: the middle of 1 to 7, which says no more of it than that."""
LEFT_OUT = ("activity_cells", "contact_cells", "contact_outcomes", "group_outcomes")
"""Tables that hold exact counts of contacts or people, from which those that are not shown could be worked out."""
SUPPRESSED = "suppressed"
COUNTS: Mapping[str, tuple[str, ...]] = {
    "failure_demand": ("volume", "failure_volume", "returns", "chases", "uncoded_volume"),
    "repeat_risk": ("at_risk", "repeats"),
    "repeat_origins": ("repeats",),
    "continuity": ("people", "excluded", "handoffs"),
    "equity_groups": ("people",),
    "equity": (),
    "exclusions": ("rows",),
}
"""Counts of people or contacts, by the table that shows them; of exclusions, those that leave contacts out."""
_ITEM: Mapping[str, tuple[str, ...]] = {
    "failure_demand": ("activity",),
    "repeat_risk": ("days",),
    "repeat_origins": ("origin",),
    "continuity": (),
    "equity_groups": ("group",),
    "equity": ("aversion",),
    "exclusions": ("number", "file"),
}
"""What besides service and period says which row of a table is meant."""


@dataclass(frozen=True)
class Disclosed:
    """Tables of a run that may be shown; `suppressed` is how many cells are missing for it, `left_out` which tables."""

    tables: Mapping[str, pa.Table]
    suppressed: int
    left_out: tuple[str, ...]

    @property
    def recorded(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {"rule": NHS_2018, "suppressed": self.suppressed, "left_out": list(self.left_out)}


def disclosed(tables: Mapping[str, pa.Table], *, outcomes_are_shares: bool = False) -> Disclosed:
    """Return the tables of a run as they may be shown, with the table `suppressed` of every cell that is missing for it.

    `outcomes_are_shares` says that outcomes by group are shares of people or contacts, which would tell how many these are.
    """
    controlled = {name: tables[name].to_pylist() for name in COUNTS if name in tables}
    shown = {name: _CONTROLS[name](rows, tables) for name, rows in controlled.items()}
    if outcomes_are_shares and "equity_groups" in shown:
        shown["equity_groups"] = [_as_share(row) for row in shown["equity_groups"]]
        shown["equity"] = _means_as_shares(shown["equity"], tables)
    hidden = sorted(each for name, rows in controlled.items() for each in _hidden(name, rows, shown[name]))
    columns = [field["name"] for field in run_table_json(SUPPRESSED)["fields"]]
    made = {
        name: run_table(name, {column: [row[column] for row in rows] for column in tables[name].column_names})
        for name, rows in shown.items()
    }
    made[SUPPRESSED] = run_table(SUPPRESSED, {column: [each[at] for each in hidden] for at, column in enumerate(columns)})
    kept = {name: table for name, table in tables.items() if name not in LEFT_OUT}
    return Disclosed(dict(sorted({**kept, **made}.items())), len(hidden), tuple(name for name in LEFT_OUT if name in tables))


def _hidden(name: str, before: list[Row], after: list[Row]) -> Iterator[tuple[str, ...]]:
    """Yield the row of the table `suppressed` for every cell that is no longer shown."""
    for old, new in zip(before, after, strict=True):
        item = ", ".join(each if isinstance(each, str) else f"{each:g}" for each in (old[column] for column in _ITEM[name]))
        for column in old:
            if old[column] is not None and new[column] is None:
                reason = "small" if column in COUNTS[name] else "part"
                yield name, old.get("service", ""), old.get("period", ""), item, column, reason


def shown_count(count: Count | None) -> Count | None:
    """Return a count as it is shown: missing from 1 to 7, else the nearest multiple of 5."""
    if count is None or 0 < count < SMALLEST_SHOWN:
        return None
    steps = (Decimal(repr(count) if isinstance(count, float) else count) / STEP).to_integral_value(ROUND_HALF_UP)
    return type(count)(steps * STEP)


def coarse(share: float | None, base: Decimal | float, rounding: str = ROUND_HALF_UP) -> float | None:
    """Return a share (0..1) of a base in steps of 5 of the base, so that it says no more than a rounded count does."""
    if share is None or not base:
        return share
    whole = Decimal(repr(base) if isinstance(base, float) else base)
    return float((Decimal(repr(share)) * whole / STEP).to_integral_value(rounding) * STEP / whole)


def _counted(name: str, row: Row) -> Row:
    return {**row, **{column: shown_count(row[column]) for column in COUNTS[name]}}


def _without(row: Row, columns: Iterable[str]) -> Row:
    return {**row, **dict.fromkeys(columns)}


def _lost(before: Row, after: Row, columns: Iterable[str]) -> bool:
    """Return whether any of some counts is there and not shown."""
    return any(before[column] is not None and after[column] is None for column in columns)


def _origins(rows: list[Row], _: Mapping[str, pa.Table]) -> list[Row]:
    return [_counted("repeat_origins", row) for row in rows]


def _exclusions(rows: list[Row], _: Mapping[str, pa.Table]) -> list[Row]:
    return exclusions_shown(rows)


def exclusions_shown(entries: Iterable[Row]) -> list[Row]:
    """Return entries of the table `exclusions`, or of the manifest, with the number of contacts that they leave out as it is shown."""
    return [{**entry, "rows": shown_count(entry["rows"])} if entry["table"] == "contacts" else entry for entry in entries]


def _risk(rows: list[Row], _: Mapping[str, pa.Table]) -> list[Row]:
    """Return the risk in steps of 5 of the contacts that it is of, its interval widened to them; missing with either count."""
    return [_risk_of(row, _counted("repeat_risk", row)) for row in rows]


def _risk_of(row: Row, shown: Row) -> Row:
    if _lost(row, shown, COUNTS["repeat_risk"]):
        return _without(shown, ("risk", "low", "high"))
    base = shown["at_risk"] + shown["repeats"]
    ways = {"risk": ROUND_HALF_UP, "low": ROUND_FLOOR, "high": ROUND_CEILING}
    return {**shown, **{column: coarse(row[column], base, way) for column, way in ways.items()}}


def _continuity(rows: list[Row], _: Mapping[str, pa.Table]) -> list[Row]:
    """Return means over people, missing where the people are; and the share of time, missing where all people together are few."""
    return [_continuity_of(row, _counted("continuity", row)) for row in rows]


def _continuity_of(row: Row, shown: Row) -> Row:
    means = ("upc", "coc", "secon", "workers") if shown["people"] is None else ()
    time = ("contact_time_share",) if shown_count(row["people"] + row["excluded"]) is None else ()
    return _without(shown, (*means, *time))


def _groups(rows: list[Row], _: Mapping[str, pa.Table]) -> list[Row]:
    """Return groups with outcomes of those whose people are shown, and shares and weights of sets of groups that all are."""
    shown = [_counted("equity_groups", row) for row in rows]
    people: dict[tuple[str, str], list[float | None]] = defaultdict(list)
    for row in shown:
        people[row["service"], row["period"]].append(row["people"])
    return [_group_of(row, people[row["service"], row["period"]]) for row in shown]


def _group_of(shown: Row, people: list[float | None]) -> Row:
    known = [each for each in people if each is not None]
    if len(known) == len(people):
        total = math.fsum(known)
        return {**shown, "share": shown["people"] / total if total else None}
    return _without(shown, ("share", "weight", *(("outcome",) if shown["people"] is None else ())))


def _as_share(shown: Row) -> Row:
    """Return a group whose outcome is a share; its weight, which is a ratio of such shares, is not shown."""
    return {**shown, "outcome": coarse(shown["outcome"], shown["people"]), "weight": None}


def _all_people(tables: Mapping[str, pa.Table]) -> dict[tuple[str, str], float]:
    people: dict[tuple[str, str], float] = defaultdict(float)
    for row in tables["equity_groups"].to_pylist():
        people[row["service"], row["period"]] += row["people"]
    return people


def _equity(rows: list[Row], tables: Mapping[str, pa.Table]) -> list[Row]:
    """Return equity of which all people together are not few."""
    few = {place for place, count in _all_people(tables).items() if shown_count(count) is None}
    figures = ("mean", "ede", "factor", "sii", "rii")
    return [_without(row, figures) if (row["service"], row["period"]) in few else row for row in rows]


def _means_as_shares(rows: list[Row], tables: Mapping[str, pa.Table]) -> list[Row]:
    """Return equity whose mean, and what it is worth, are shares of all people."""
    people = {place: shown_count(count) or 0.0 for place, count in _all_people(tables).items()}
    return [{**row, **{name: coarse(row[name], people[row["service"], row["period"]]) for name in ("mean", "ede")}} for row in rows]


def _failure_demand(rows: list[Row], tables: Mapping[str, pa.Table]) -> list[Row]:
    """Return failure demand of activities from their counts as shown, and of services from those of their activities.

    The cost of an activity is its unit cost times what is shown of it. A service is the sum of what is shown below it, and what
    is not shown counts as `MIDDLE` in that sum, so that the sum does not give it away.
    """
    cells = {(row["service"], row["activity"], row["period"]): row for row in tables["activity_cells"].to_pylist()}
    below = {key: _Part.of(cell, None, None) for key, cell in cells.items()}
    shown = {}
    for row in rows:
        key = row["service"], row["activity"], row["period"]
        if key in cells:
            shown[key] = _activity(row, _unit_cost(cells[key]))
            below[key] = _Part.of(cells[key], row, shown[key])
    above: dict[tuple[str, str], list[_Part]] = defaultdict(list)
    for (service, _, period), part in below.items():
        for node in lineage(service):
            above[node, period].append(part)
    return [
        shown[row["service"], row["activity"], row["period"]]
        if row["activity"] != ALL_ACTIVITIES
        else _service(row, above[row["service"], row["period"]])
        for row in rows
    ]


_SHARES = ("share", "share_low", "share_high")
_PARTS = ("volume", "failure_volume")


def _unit_cost(cell: Row) -> float:
    return float(cell["value"] / cell["volume"]) if cell["value"] and cell["volume"] else 0.0


def _activity(row: Row, unit_cost: float) -> Row:
    shown = _counted("failure_demand", row)
    if _lost(row, shown, _PARTS):
        return _without(shown, (*_SHARES, "cost"))
    volume, failures = (float(shown[name] or 0) for name in _PARTS)
    share = failures / volume if row["method"] != "coded" and volume else coarse(row["share"], volume)
    ways = {"share_low": ROUND_FLOOR, "share_high": ROUND_CEILING}
    bounds = {column: coarse(row[column], volume, way) for column, way in ways.items()}
    return {**shown, "share": share, **bounds, "cost": unit_cost * volume * (share or 0.0)}


@dataclass(frozen=True)
class _Part:
    """What one activity of a service adds to it, in money: all of it, its failure demand, and the bounds of that."""

    worth: float
    cost: float
    low: float
    high: float

    @classmethod
    def of(cls, cell: Row, row: Row | None, shown: Row | None) -> _Part:
        """Return the part of an activity from its cell, and from what is known and shown of its failure demand."""
        unit_cost = _unit_cost(cell)
        counted = shown_count(cell["volume"])
        volume = float(MIDDLE if counted is None else counted)
        share = 0.0
        if row is not None and shown is not None:
            is_hidden = shown["failure_volume"] is None and row["failure_volume"] is not None
            share = (min(MIDDLE, volume) / volume if is_hidden else 0.0) if shown["share"] is None else shown["share"]
        low, high = (share if shown is None or shown[name] is None else shown[name] for name in ("share_low", "share_high"))
        worth = unit_cost * volume
        return cls(worth, worth * share, worth * low, worth * high)


def _service(row: Row, parts: list[_Part]) -> Row:
    shown = _counted("failure_demand", row)
    if _lost(row, shown, _PARTS):
        return _without(shown, (*_SHARES, "cost"))
    worth, cost, low, high = (math.fsum(getattr(part, name) for part in parts) for name in ("worth", "cost", "low", "high"))
    shares = dict(zip(_SHARES, (each / worth if worth else 0.0 for each in (cost, low, high)), strict=True))
    return {**shown, **{name: share for name, share in shares.items() if row[name] is not None}, "cost": cost}


_CONTROLS: Mapping[str, Callable[[list[Row], Mapping[str, pa.Table]], list[Row]]] = {
    "failure_demand": _failure_demand,
    "repeat_risk": _risk,
    "repeat_origins": _origins,
    "continuity": _continuity,
    "equity_groups": _groups,
    "equity": _equity,
    "exclusions": _exclusions,
}
