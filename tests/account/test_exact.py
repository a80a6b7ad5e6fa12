from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relprod.account.exact import exact_mean, exact_sum

wide = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e290, max_value=1e290)
ordinary = st.floats(allow_nan=False, min_value=0, max_value=1e9)
money = st.integers(-(10**12), 10**12).map(lambda pence: pence / 100)
halves = st.sampled_from([1.0, -1.0, 0.5, -0.5, 2.0**-53, -(2.0**-53), 2.0**-54, 2.0**-106, -(2.0**-106), 2.0**53, -(2.0**53), 0.0])
"""Sums of these lie half-way between two doubles, or next to half-way."""
columns = st.lists(st.one_of(st.lists(kind, max_size=60) for kind in (wide, ordinary, money)), min_size=1, max_size=3)


def fsums(values: np.ndarray) -> list[float]:
    """Return math.fsum of each column of (rows, columns)."""
    return [math.fsum(values[:, column].tolist()) for column in range(values.shape[1])]


def bits(values: object) -> list[int]:
    return np.asarray(values, dtype=np.float64).view(np.int64).tolist()


@given(columns)
@example([[1.0, 536870911.8342684, 1.750748164767403e-209]])
@settings(max_examples=300, deadline=None)
def test_each_column_is_the_fsum_of_it(drawn):
    rows = max(map(len, drawn))
    values = np.array([column + [0.0] * (rows - len(column)) for column in drawn]).reshape(len(drawn), rows).T
    assert bits(fsums(values)) == bits(exact_sum(values))


@given(st.lists(halves, min_size=1, max_size=60))
@example([1.0, 2.0**-54, 2.0**53])
@example([2.0**53, -0.5, -(2.0**-60)])
@example([2.0**53, -0.5, -(2.0**-60), *[0.0] * 30])
@settings(max_examples=300, deadline=None)
def test_next_to_half_way(column):
    values = np.array(column)[:, None]
    assert bits(fsums(values)) == bits(exact_sum(values))


@pytest.mark.parametrize("rows", [1, 2, 23, 24, 25, 26, 47, 1023, 1024, 1025, 2047, 2049, 3000])
@pytest.mark.parametrize("kind", ["money", "wide", "mixed", "ties"])
def test_any_number_of_rows(rows, kind):
    random = np.random.default_rng(rows)
    values = {
        "money": random.integers(0, 10**9, (rows, 4)) / 100,
        "wide": random.normal(size=(rows, 4)) * 10.0 ** random.integers(-30, 30, (rows, 4)),
        "mixed": random.normal(size=(rows, 4)),
        "ties": random.choice([1.0, -1.0, 2.0**-53, -(2.0**-53), 2.0**-54, 3 * 2.0**-106], (rows, 4)),
    }[kind]
    values[:, 1] = 0.0
    values[::2, 2] = 0.0
    assert bits(fsums(values)) == bits(exact_sum(values))


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_what_cancels_leaves_exactly_what_remains(numbers, random):
    signed = [float(number) * 2.0**-20 for number in numbers]
    signed += [-value for value in signed] + [2.0**-80]
    random.shuffle(signed)
    assert exact_sum(np.array(signed)[:, None]).tolist() == [2.0**-80]


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -2])
def test_any_axis_of_any_shape(axis):
    values = np.random.default_rng(1).normal(size=(3, 30, 2, 26)) * 1e8
    lines = np.moveaxis(values, axis, -1)
    expected = np.array([math.fsum(line.tolist()) for line in lines.reshape(-1, lines.shape[-1])]).reshape(lines.shape[:-1])
    assert bits(expected) == bits(exact_sum(values, axis=axis))


@given(st.permutations([0.1, 0.2, 0.3, 1e16, -1e16, 7.7, 1e-9]))
def test_the_order_of_rows_does_not_matter(values):
    assert exact_sum(np.array(values)[:, None])[0] == float(sum(map(Fraction, values)))


def test_nothing_sums_to_zero():
    assert exact_sum(np.zeros((0, 3))).tolist() == [0.0, 0.0, 0.0]


def test_mean_over_what_is_present():
    values = np.array([[1.0, 5.0, 9.0], [1.0, np.nan, 2.0], [np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal([5.0, 1.5, np.nan], exact_mean(values, ~np.isnan(values)))
