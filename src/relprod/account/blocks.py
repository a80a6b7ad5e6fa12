"""Many groups of rows at once: groups of about the same size share one block of an array.

Rows that pad a group are absent and weigh nothing, and sums are exact, so that how groups are put into blocks moves no figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relprod.account.exact import Array, exact_sum

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt


def blocks(group: npt.NDArray[np.int64], groups: int) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Yield groups of about equal size together: their numbers, and the places of their rows over (groups, rows), -1 for none.

    `group` says which group each row belongs to, 0 to `groups - 1`.
    """
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group, minlength=groups)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    widths = np.where(sizes > 0, 2 ** np.ceil(np.log2(np.maximum(sizes, 1))).astype(np.int64), 0)
    for width in np.unique(widths[widths > 0]):
        members = np.flatnonzero(widths == width)
        offsets = np.arange(width)
        inside = offsets < sizes[members, None]
        rows = np.where(inside, starts[members, None] + offsets, 0)
        yield members, np.where(inside, order[rows], -1)


def gather(values: Array, places: npt.NDArray[np.int64]) -> Array:
    """Return rows of `values` over (groups, rows, periods), zero where a place is -1."""
    return np.where((places >= 0)[:, :, None], values[places], 0.0)


def sums_by_group(group: npt.NDArray[np.int64], groups: int, values: Array) -> Array:
    """Return the exact sums of rows by group, over (groups, periods)."""
    sums = np.zeros((groups, values.shape[1]))
    for members, places in blocks(group, groups):
        sums[members] = exact_sum(gather(values, places), axis=1)
    return sums
