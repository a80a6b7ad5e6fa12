"""The one index function: from volumes and values of items to a chained index, its links and its contributions.

`chained_index` works on a block of parents at once; `index_by_parent` takes items of any number of parents, in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.blocks import blocks, gather
from relprod.account.exact import Array, Mask, exact_mean, exact_sum, ratio
from relprod.account.index_numbers import Formula, Pair, contributions, index_number
from relprod.account.links import LinkKind, Timeline, chain, link_groups

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True)
class Method:
    """How volumes become an index: the periods and their reference, the formula, the links."""

    timeline: Timeline
    formula: Formula
    link: LinkKind


@dataclass(frozen=True)
class ChainedIndex:
    """Chained indices of parents and the links they are made of.

    Over (parents, periods): `index` (level 1 at each parent's start), `growth` of the link (relative - 1) and
    `matched_share` of base value (0..1), missing (NaN) where there is no link; `own_base` where the base is the period's own
    year or itself, because the parent starts there. Over (items, periods): `contribution` to `growth`, and whether the
    item is `matched` with the base, `new` or `gone` against it.
    """

    index: Array
    growth: Array
    matched_share: Array
    own_base: Mask
    contribution: Array
    matched: Mask
    new: Mask
    gone: Mask


def chained_index(volume: Array, value: Array, method: Method, *, with_contributions: bool = True) -> ChainedIndex:
    """Return the chained index of blocks of volumes and values over (parents, items, periods).

    A volume or value that is missing (NaN), zero or negative does not take part, and neither does a volume without a value.
    The item arrays of the result keep the shape (parents, items, periods); without contributions they are empty.
    """
    volume, value = _absent_as_zero(volume), _absent_as_zero(value)
    groups = list(link_groups(volume, value, method.timeline, method.link))
    shape = (volume.shape[0], volume.shape[2])
    relative, share, own_base = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    item_shape = volume.shape if with_contributions else (0, 0, 0)
    contribution = np.zeros(item_shape)
    matched, new, gone = (np.zeros(item_shape, dtype=bool) for _ in range(3))
    for group in groups:
        here = group.periods
        in_base = (group.base_volume > 0) & (group.base_value > 0)
        in_period = (volume[..., here] > 0) & (value[..., here] > 0)
        in_both = in_base & in_period
        pair = _pair(volume[..., here], value[..., here], (group.base_volume, group.base_value), in_both)
        relative[:, here] = index_number(pair, method.formula)
        share[:, here] = _matched_share(pair, group.base_value)
        own_base[:, here] = group.own_base
        if with_contributions:
            contribution[..., here] = contributions(pair, method.formula)
            matched[..., here], new[..., here], gone[..., here] = in_both, in_period & ~in_base, in_base & ~in_period
    return ChainedIndex(chain(relative, groups), relative - 1, share, own_base, contribution, matched, new, gone)


def _absent_as_zero(values: Array) -> Array:
    """Return the values with missing and negative ones as zero; the same array where there are none."""
    present = values > 0
    return values if bool(present.all()) else np.where(present, values, 0.0)


def _pair(volume: Array, value: Array, base: tuple[Array, Array], matched: Mask) -> Pair:
    base_volume, base_value = base
    if bool(matched.all()):
        return Pair(base_value, value, volume / base_volume)
    relative = np.divide(volume, base_volume, out=np.ones_like(volume), where=matched)
    return Pair(np.where(matched, base_value, 0.0), np.where(matched, value, 0.0), relative)


def _matched_share(pair: Pair, base_value: Array) -> Array:
    """Return the matched share of base value (0..1), over (parents, periods), or (parents, 1) where all have one base."""
    return ratio(pair.base_total, pair.base_total if pair.base_value is base_value else exact_sum(base_value))


def index_by_parent(parent: npt.NDArray[np.int64], parents: int, volume: Array, value: Array, method: Method) -> ChainedIndex:
    """Return the chained index of every parent from items over (items, periods), of which `parent` tells whose they are.

    The item arrays of the result are over (items, periods), in the order given.
    """
    by_parent = (parents, method.timeline.count)
    index, growth, share = (np.full(by_parent, np.nan) for _ in range(3))
    own_base = np.zeros(by_parent, dtype=bool)
    contribution = np.zeros(volume.shape)
    matched, new, gone = (np.zeros(volume.shape, dtype=bool) for _ in range(3))
    for members, places in blocks(parent, parents):
        block = chained_index(gather(volume, places), gather(value, places), method)
        index[members], growth[members], share[members] = block.index, block.growth, block.matched_share
        own_base[members] = block.own_base
        real = places >= 0
        rows = places[real]
        contribution[rows] = block.contribution[real]
        matched[rows], new[rows], gone[rows] = block.matched[real], block.new[real], block.gone[real]
    return ChainedIndex(index, growth, share, own_base, contribution, matched, new, gone)


def rebased(index: Array, timeline: Timeline) -> tuple[Array, Mask]:
    """Return indices over (rows, periods) with reference = 100, and which rows had to use a reference of their own.

    The reference is the mean over the timeline's reference periods. A series that has no value there is set to 100
    at the mean of its own first year.
    """
    columns = timeline.reference_columns()
    present = ~np.isnan(index)
    level = exact_mean(index[:, columns], present[:, columns])
    own = np.isnan(level) & present.any(axis=1)
    if own.any():
        level = np.where(own, _first_year_mean(index, present, timeline), level)
    return 100.0 * index / level[:, None], own


def _first_year_mean(index: Array, present: Mask, timeline: Timeline) -> Array:
    """Return the mean of each series over the periods it has in the first year that it has any."""
    year = np.array(timeline.ordinals) // timeline.subperiods
    first_year = year[present.argmax(axis=1)]
    return exact_mean(index, present & (year == first_year[:, None]))
