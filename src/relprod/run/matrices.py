"""From cells, one row a service, item and period, to the matrices that the account works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relprod.account.cells import Cells
from relprod.account.inputs import input_volume
from relprod.account.links import Timeline
from relprod.account.quality import Indicator

if TYPE_CHECKING:
    import numpy.typing as npt

    from relprod.account.exact import Array
    from relprod.periods import PeriodScheme


@dataclass(frozen=True)
class Rows:
    """Where the rows of a long table stand in a matrix of items by periods; `keys` are the items' names, sorted."""

    keys: tuple[tuple[str, ...], ...]
    place: npt.NDArray[np.int64]
    shape: tuple[int, int]

    @classmethod
    def of(cls, table: pa.Table, names: tuple[str, ...], period: str, timeline: Timeline) -> Rows:
        """Return the places of a table's rows, whose items are known by the columns `names`."""
        codes = [np.asarray(pc.rank(column, sort_keys="ascending", tiebreaker="dense")) - 1 for column in _columns(table, names)]
        combined = np.zeros(table.num_rows, dtype=np.int64)
        for code in codes:
            combined = combined * (int(code.max(initial=0)) + 1) + code
        _, first, item = np.unique(combined, return_index=True, return_inverse=True)
        keys = tuple(zip(*(column.take(pa.array(first)).to_pylist() for column in _columns(table, names)), strict=True))
        column = np.asarray(table[period], dtype=np.int64) - timeline.first
        return cls(keys, item * timeline.count + column, (len(first), timeline.count))

    def matrix(self, column: pa.ChunkedArray) -> Array:
        """Return a column of the table over (items, periods), missing (NaN) where there is no row or no value."""
        matrix = np.full(self.shape[0] * self.shape[1], np.nan)
        matrix[self.place] = nearest_doubles(column)
        return matrix.reshape(self.shape)


def _columns(table: pa.Table, names: tuple[str, ...]) -> list[pa.Array]:
    return [pc.fill_null(table[name].combine_chunks(), "") for name in names]


def nearest_doubles(column: pa.ChunkedArray) -> Array:
    """Return decimals or floats as the nearest doubles, missing ones as NaN.

    Decimals go by way of their text, because a direct cast may miss the nearest double by one.
    """
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string()).cast(pa.float64())
    return np.array(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def timeline_of(scheme: PeriodScheme, reference: str, activity: pa.Table, inputs: pa.Table) -> Timeline:
    """Return the periods from the first to the last of activity and inputs."""
    limits = [pc.min_max(table["period"]).as_py() for table in (activity, inputs) if table.num_rows]
    first, last = min(each["min"] for each in limits), max(each["max"] for each in limits)
    return Timeline(first, last - first + 1, scheme.subperiods, scheme.parse_span(reference))


def activity_matrices(cells: pa.Table, timeline: Timeline) -> tuple[Cells, Array]:
    """Return activity cells, and failure volumes over the same (items, periods)."""
    rows = Rows.of(cells, ("service", "activity"), "period", timeline)
    services, activities = _split(rows)
    return Cells(services, activities, rows.matrix(cells["volume"]), rows.matrix(cells["value"])), rows.matrix(cells["failure_volume"])


def input_matrices(cells: pa.Table, timeline: Timeline) -> Cells:
    """Return input cells: volumes (direct, or deflated expenditure) and expenditure."""
    rows = Rows.of(cells, ("service", "input"), "period", timeline)
    services, kinds = _split(rows)
    expenditure = rows.matrix(cells["expenditure"])
    volume = input_volume(expenditure, rows.matrix(cells["volume"]), rows.matrix(cells["deflator"]))
    return Cells(services, kinds, volume, expenditure)


def indicators_of(quality: pa.Table, timeline: Timeline) -> tuple[Indicator, ...]:
    """Return the indicators of the quality table over the timeline; the last reading before it is held until one in it."""
    inside, held = _within(quality, timeline)
    rows = Rows.of(inside, ("service", "activity", "indicator", "direction"), "_period", timeline)
    value, weight, attribution = (rows.matrix(inside[name]) for name in ("value", "weight", "attribution"))
    return tuple(
        Indicator(
            service,
            activity or None,
            name,
            direction,
            value[row],
            weight[row],
            attribution[row],
            (service, activity, name, direction) in held,
        )
        for row, (service, activity, name, direction) in enumerate(rows.keys)
    )


def _within(quality: pa.Table, timeline: Timeline) -> tuple[pa.Table, set[tuple[str, ...]]]:
    """Return the readings of the timeline, and as one of its first period the last before it, where that period has none.

    The keys of the latter are returned beside them.
    """
    key = ["service", "activity", "indicator", "direction"]
    inside = quality.filter(
        pc.and_(pc.greater_equal(quality["_period"], timeline.first), pc.less(quality["_period"], timeline.first + timeline.count))
    )
    earlier = quality.filter(pc.less(quality["_period"], timeline.first))
    if not earlier.num_rows:
        return inside, set()
    latest: dict[tuple[str | None, ...], dict[str, object]] = {}
    for row in earlier.sort_by("_period").to_pylist():
        latest[tuple(row[name] for name in key)] = {**row, "_period": timeline.first}
    at_start = inside.filter(pc.equal(inside["_period"], timeline.first)).select(key).to_pylist()
    there = {tuple(row.values()) for row in at_start}
    held = {place: row for place, row in latest.items() if place not in there}
    rows = pa.concat_tables([inside, pa.Table.from_pylist(list(held.values()), schema=quality.schema)])
    return rows, {tuple(name or "" for name in place) for place in held}


def _split(rows: Rows) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the first and the second name of every item."""
    first, second = zip(*rows.keys, strict=True) if rows.keys else ((), ())
    return tuple(first), tuple(second)
