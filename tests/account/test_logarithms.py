"""Logarithms and exponentials: those of the mathematical library, at the edges too, whatever the processor."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from relprod.account.logarithms import exp, expm1, log


@given(st.lists(st.floats(min_value=1e-300, max_value=1e300), min_size=1, max_size=40))
def test_each_is_that_of_the_mathematical_library_to_the_bit(values):
    array = np.array(values)
    logs = log(array)
    assert logs.tolist() == [math.log(value) for value in values]
    assert exp(logs).tolist() == [math.exp(each) for each in logs.tolist()]
    assert expm1(-np.abs(logs)).tolist() == [math.expm1(-abs(each)) for each in logs.tolist()]


def test_edges_and_shapes():
    assert log(np.array([[0.0, 1.0], [math.inf, 1.0]])).tolist() == [[-math.inf, 0.0], [math.inf, 0.0]]
    assert np.isnan(log(np.array([-1.0, math.nan]))).all()
    assert exp(np.array([1e9, -1e9, -math.inf])).tolist() == [math.inf, 0.0, 0.0]
    assert np.isnan(exp(np.array([math.nan]))).all()
    assert log(np.empty((0, 3))).shape == (0, 3)
    assert log(np.float64(1.0)).shape == ()
