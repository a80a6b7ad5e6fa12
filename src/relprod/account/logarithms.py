"""Logarithms and exponentials that are the same on every processor.

numpy has its own for processors with wide vectors (AVX-512), and theirs differ in the last digit from all others'. The
mathematical library's, which Python calls one number at a time, are the same on all, and quick enough for cells.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from relprod.account.exact import Array


def log(values: Array) -> Array:
    """Return the natural logarithm of each value, in the shape of `values`: minus infinity of 0, missing (NaN) below."""
    return _each(log_of, values)


def exp(values: Array) -> Array:
    """Return the exponential of each value, in the shape of `values`: infinity where it is too large for a float."""
    return _each(exp_of, values)


def expm1(values: Array) -> Array:
    """Return the exponential of each value less 1, exact near 0, in the shape of `values`; the values are at most 0."""
    return _each(math.expm1, values)


def _each(function: Callable[[float], float], values: Array) -> Array:
    flat = np.asarray(values, dtype=np.float64)
    return np.fromiter(map(function, flat.ravel().tolist()), dtype=np.float64, count=flat.size).reshape(flat.shape)


def log_of(value: float) -> float:
    """Return what `log` gives of one number."""
    if value > 0:
        return math.log(value)
    return -math.inf if value == 0 else math.nan


def exp_of(value: float) -> float:
    """Return what `exp` gives of one number."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf
