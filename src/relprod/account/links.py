"""Which base each period is compared with, and how the links are chained.

Arrays run over (parents, items, periods); a missing volume or value counts as zero. The *base* of a period is
another period, the mean of a year, or, in a parent's first year, that year itself. Every kind of link gives for
a period its base volumes and base values, and the earlier periods whose index level the link is hung on:

    kind                  base of period t in year y                        hung on
    previous-period       t - 1                                             t - 1
    fixed                 the reference period, or the mean of that year    nothing
    annual-overlap        the mean of y - 1                                 the mean of y - 1
    one-quarter-overlap   the last period of y - 1, at y - 1's unit values  the last period of y - 1
    over-the-year         the same period of y - 1, at y - 1's unit values  the same period of y - 1

Within a year that is a base, an item's volume is averaged over the periods in which it takes part. A link leaves out what is
absent from its period, so what is absent from part of the base must not count as none of it done: an item seen in three quarters
of every year would otherwise seem to grow by a third, every year. Where every item is there in every period, the mean of a
year's periods equals the annual chain.

Source: method.md section 2; International Monetary Fund (2017), Quarterly National Accounts Manual, ch. 8.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from relprod.account.exact import Array, Mask, exact_mean, exact_sum, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

LinkKind: TypeAlias = Literal["previous-period", "fixed", "annual-overlap", "one-quarter-overlap", "over-the-year"]
LINK_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)
_NOT_THERE = -1
"""Stands for a period before the first of the data."""


@dataclass(frozen=True)
class Timeline:
    """Consecutive periods, `first` onward, of years with `subperiods` each, and which of them are the reference (= 100)."""

    first: int
    count: int
    subperiods: int
    reference: tuple[int, int]

    @property
    def ordinals(self) -> range:
        """The periods' ordinals."""
        return range(self.first, self.first + self.count)

    def years(self) -> dict[int, slice]:
        """Return, for each year in order, the columns of its periods."""
        columns: dict[int, list[int]] = defaultdict(list)
        for column, ordinal in enumerate(self.ordinals):
            columns[ordinal // self.subperiods].append(column)
        return {year: slice(found[0], found[-1] + 1) for year, found in columns.items()}

    def reference_columns(self) -> slice:
        """Return the columns of the reference; empty where the data do not reach it."""
        low = max(self.reference[0] - self.first, 0)
        high = min(self.reference[1] - self.first + 1, self.count)
        return slice(low, max(low, high))

    def complete(self, year: int) -> bool:
        """Return whether the timeline holds every period of a year."""
        start = year * self.subperiods - self.first
        return start >= 0 and start + self.subperiods <= self.count


@dataclass(frozen=True)
class LinkGroup:
    """Periods that share a way of being linked: their base, over (parents, items, 1 or periods), and what they hang on.

    `hung_on[i]` are the columns whose mean index is the level of the i-th period's link; none means level 1.
    `own_base`, over (parents, periods), marks links whose base is the period's own year, or the period itself, with level 1.
    """

    periods: slice
    base_volume: Array
    base_value: Array
    hung_on: tuple[tuple[int, ...], ...]
    own_base: Mask


def link_groups(volume: Array, value: Array, timeline: Timeline, kind: LinkKind) -> Iterator[LinkGroup]:
    """Yield the groups of links in the order in which they are chained."""
    if kind == "previous-period":
        yield from _previous_period(volume, value, timeline)
    elif kind == "fixed":
        yield _fixed(volume, value, timeline)
    else:
        yield from _by_year(volume, value, timeline, kind)


def chain(relatives: Array, groups: list[LinkGroup]) -> Array:
    """Return the chained index over (parents, periods), from the links' relatives over (parents, periods)."""
    index = np.full(relatives.shape, np.nan)
    for group in groups:
        for offset, column in enumerate(range(group.periods.start, group.periods.stop)):
            level = _level(index, group.hung_on[offset])
            index[:, column] = np.where(group.own_base[:, offset], 1.0, level) * relatives[:, column]
    return index


def _level(index: Array, hung_on: tuple[int, ...]) -> Array:
    """Return the index level that a link is hung on: 1 for nothing, missing where the earlier period is not there."""
    if not hung_on:
        return np.ones(index.shape[0])
    if _NOT_THERE in hung_on:
        return np.full(index.shape[0], np.nan)
    levels = index[:, list(hung_on)]
    return exact_mean(levels, ~np.isnan(levels))


def _previous_period(volume: Array, value: Array, timeline: Timeline) -> Iterator[LinkGroup]:
    """Yield the first period, linked on itself, and then every other on the one before, or on itself where a parent starts."""
    starts = _first_column((volume > 0) & (value > 0))
    at_once = (starts == 0)[:, None]
    yield LinkGroup(slice(0, 1), volume[..., :1], value[..., :1], ((),), at_once)
    if timeline.count == 1:
        return
    base_volume, base_value = volume[..., :-1], value[..., :-1]
    own = np.arange(1, timeline.count) == starts[:, None]
    if own.any():
        base_volume = np.where(own[:, None, :], volume[..., 1:], base_volume)
        base_value = np.where(own[:, None, :], value[..., 1:], base_value)
    hung_on = tuple((column - 1,) for column in range(1, timeline.count))
    yield LinkGroup(slice(1, timeline.count), base_volume, base_value, hung_on, own)


def _fixed(volume: Array, value: Array, timeline: Timeline) -> LinkGroup:
    columns = timeline.reference_columns()
    base_volume, base_value = _mean_of(volume, value, columns)
    return LinkGroup(
        slice(0, timeline.count), base_volume, base_value, ((),) * timeline.count, np.zeros((volume.shape[0], timeline.count), dtype=bool)
    )


def _by_year(volume: Array, value: Array, timeline: Timeline, kind: LinkKind) -> Iterator[LinkGroup]:
    """Yield the periods of each year, linked on the year before, or on themselves in a parent's first year."""
    years = timeline.years()
    first = _first_year((volume > 0) & (value > 0), years)
    nothing = np.zeros((*volume.shape[:2], 1))
    means = {year: _mean_of(volume, value, columns) for year, columns in years.items()}
    for year, columns in years.items():
        own = first == year
        base_volume, base_value = nothing, nothing
        hung_on: tuple[tuple[int, ...], ...] = ((),) * (columns.stop - columns.start)
        if year - 1 in years:
            base_volume, base_value = means[year - 1]
            if kind != "annual-overlap":
                base_volume, base_value = _at_average_unit_values(volume, value, timeline, kind, (years[year - 1], columns))
            hung_on = _hung_on(timeline, kind, years[year - 1], columns)
        if own.any():
            own_volume, own_value = means[year]
            base_volume = np.where(own[:, None, None], own_volume, base_volume)
            base_value = np.where(own[:, None, None], own_value, base_value)
        yield LinkGroup(columns, base_volume, base_value, hung_on, np.repeat(own[:, None], columns.stop - columns.start, axis=1))


def _at_average_unit_values(
    volume: Array, value: Array, timeline: Timeline, kind: LinkKind, spans: tuple[slice, slice]
) -> tuple[Array, Array]:
    """Return base volumes, valued at the unit values of the year `spans[0]`, for the periods `spans[1]` of the next."""
    before, _ = spans
    total = exact_sum(value[:, :, before], axis=2)[:, :, None]
    sources = np.array([found[0] for found in _hung_on(timeline, kind, *spans)])
    base_volume = np.where(sources == _NOT_THERE, 0.0, volume[:, :, sources])
    year_volume = exact_sum(volume[:, :, before], axis=2)[:, :, None]
    unit_value = np.nan_to_num(ratio(total, year_volume))
    paid_for_nothing = np.where(year_volume > 0, 0.0, np.where(sources == _NOT_THERE, 0.0, value[:, :, sources]))
    return base_volume, unit_value * base_volume + paid_for_nothing


def _hung_on(timeline: Timeline, kind: LinkKind, before: slice, columns: slice) -> tuple[tuple[int, ...], ...]:
    """Return, for each period of a year, the columns of the year before that its link is hung on."""
    here = range(columns.start, columns.stop)
    if kind == "annual-overlap":
        return tuple(tuple(range(before.start, before.stop)) for _ in here)
    if kind == "one-quarter-overlap":
        return tuple((before.stop - 1,) for _ in here)
    earlier = (column - timeline.subperiods for column in here)
    return tuple((column if column >= 0 else _NOT_THERE,) for column in earlier)


def _mean_of(volume: Array, value: Array, columns: slice) -> tuple[Array, Array]:
    """Return each item's mean volume over those of some periods in which it takes part, and its total value, over (parents, items, 1)."""
    here, worth = volume[:, :, columns], value[:, :, columns]
    there = (here > 0) & (worth > 0)
    mean = np.nan_to_num(exact_mean(here, there))
    return mean[:, :, None], exact_sum(worth, axis=2)[:, :, None]


def _first_column(present: Mask) -> npt.NDArray[np.int64]:
    """Return the first period in which each parent has any item; the number of periods where it has none."""
    any_item: Mask = np.any(present, axis=1)
    first: npt.NDArray[np.int64] = np.where(np.any(any_item, axis=1), any_item.argmax(axis=1), any_item.shape[1])
    return first


def _first_year(present: Mask, years: dict[int, slice]) -> npt.NDArray[np.int64]:
    """Return the year in which each parent first has any item."""
    year_of_column = np.array(
        [year for year, columns in years.items() for _ in range(columns.start, columns.stop)] + [np.iinfo(np.int64).max]
    )
    first: npt.NDArray[np.int64] = year_of_column[_first_column(present)]
    return first
