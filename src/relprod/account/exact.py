"""Sums of floats that depend on nothing but the numbers.

`exact_sum` gives, for each column, the same double as `math.fsum`: the exact sum, rounded once. It gets
there with whole-array arithmetic: halves are added pairwise, each addition keeps its rounding error
(Knuth's TwoSum), and the errors are added to the result at the end. The little that this leaves open is
bounded, and a column whose rounding could turn on it is summed again by `math.fsum` itself.

Source: Ogita, Rump and Oishi (2005), "Accurate sum and dot product", SIAM J. Sci. Comput. 26(6).
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

_EPSILON = float(np.finfo(np.float64).eps)
_CELLS = 2**15
"""Cells folded at a time, so that the work stays in the processor's cache; it moves no figure."""
_LEAST_BLOCK = 1024
"""Rows folded at a time where there are many columns; it moves no figure."""
_FEW = 24
"""Up to this many rows are added one after another; it moves no figure."""


def exact_sum(values: Array, axis: int = -2) -> Array:
    """Return the correctly rounded sums of finite floats along an axis, equal to `math.fsum` of each.

    `values` has any shape; the result has that shape without `axis`. An empty axis sums to zero.
    """
    columns = np.moveaxis(values, axis, 0)
    result, doubtful = _sum_of_few(columns) if columns.shape[0] <= _FEW else _sum_of_many(columns)
    for place in np.argwhere(doubtful):
        result[tuple(place)] = math.fsum(columns[(slice(None), *place)].tolist())
    return result


def exact_mean(values: Array, present: Mask, axis: int = -1) -> Array:
    """Return the mean of the present values along an axis, missing (NaN) where none is present."""
    count = present.sum(axis=axis)
    total = exact_sum(np.where(present, values, 0.0), axis=axis)
    return ratio(total, count.astype(np.float64))


def ratio(top: Array, bottom: Array) -> Array:
    """Return `top / bottom`, missing (NaN) where the bottom is not positive."""
    result: Array = np.full(np.broadcast_shapes(top.shape, bottom.shape), np.nan)
    np.divide(top, bottom, out=result, where=bottom > 0)
    return result


def _two_sum(left: Array, right: Array) -> tuple[Array, Array]:
    """Return the rounded sum of two arrays and, exactly, what rounding lost."""
    total = left + right
    shadow = total - left
    return total, (left - (total - shadow)) + (right - shadow)


def _sum_of_few(columns: Array) -> tuple[Array, Mask]:
    """Return the sums of a few rows, and which are in doubt.

    The errors are summed with errors of their own, and as a rule nothing is lost there: total plus error is then the
    exact sum, and right even where it lies half-way between two doubles, which sums of few numbers often do.
    """
    total = np.zeros(columns.shape[1:])
    error, lost = np.zeros_like(total), np.zeros_like(total)
    for row in columns:
        total, slip = _two_sum(total, row)
        error, slip = _two_sum(error, slip)
        lost += np.abs(slip)
    result = total + error
    return result, (lost > 0) & _near_a_boundary(result, total, error, 2 * lost)


def _sum_of_many(columns: Array) -> tuple[Array, Mask]:
    """Return the sums of many rows, and which are in doubt because the rounding of the errors' own sum could decide.

    n errors, each at most eps times the sum of sizes, were added in so few steps that the error of their sum is below
    n * depth * eps^2 times the sum of sizes.
    """
    rows = columns.shape[0]
    total = np.zeros(columns.shape[1:])
    error = np.zeros_like(total)
    block = max(_LEAST_BLOCK, _CELLS // max(total.size, 1))
    for start in range(0, rows, block):
        part, part_error = _fold(columns[start : start + block])
        total, slip = _two_sum(total, part)
        error += part_error + slip
    result = total + error
    sizes = np.abs(columns).sum(axis=0) if columns.min() < 0 else np.abs(result)
    depth = math.log2(rows) + rows / block + 2
    return result, _near_a_boundary(result, total, error, min(rows, 4 * block) * depth * _EPSILON**2 * sizes)


def _fold(rows: Array) -> tuple[Array, Array]:
    """Return the sum of a block's rows as a rounded total and the sum of the rounding errors."""
    total = rows
    error = np.zeros(rows.shape[1:])
    while (count := total.shape[0]) > 1:
        half = count // 2
        folded, slip = _two_sum(total[:half], total[half : 2 * half])
        error = error + slip.sum(axis=0)
        total = np.concatenate([folded, total[2 * half :]]) if count % 2 else folded
    return total[0], error


def _near_a_boundary(result: Array, total: Array, error: Array, bound: Array) -> Mask:
    """Return where a sum within `bound` of `total + error` may round to another double than `result`."""
    left_over = np.abs(_two_sum(total, error)[1])
    half = np.spacing(np.nextafter(np.abs(result), 0)) / 2
    return (bound > 0) & (left_over + bound >= half)
