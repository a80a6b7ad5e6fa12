"""Failure demand as staff coded it: bounds for what they left blank, and correction by an audit sample."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import relational as oracle

from relprod.account.failure_demand import coded_share, rogan_gladen, rogan_gladen_error


def test_blank_contacts_widen_the_bounds_and_leave_the_share():
    found = coded_share(np.array([60.0, 60.0]), np.array([20.0, 20.0]), np.array([0.0, 20.0]))
    assert found.share.tolist() == [0.25, 0.25]
    assert found.low.tolist() == [0.25, 0.2]
    assert found.high.tolist() == [0.25, 0.4]


def test_where_nothing_is_coded_the_share_is_missing_and_the_bounds_say_nothing():
    share, low, high = (float(each[0]) for each in coded_share(np.zeros(1), np.zeros(1), np.array([7.0])))
    assert math.isnan(share)
    assert (low, high) == (0.0, 1.0)


def test_where_there_are_no_contacts_all_is_missing():
    assert all(np.isnan(each).all() for each in coded_share(np.zeros(1), np.zeros(1), np.zeros(1)))


def test_correction_of_a_known_share():
    # 0.40 seen with sensitivity 0.9 and specificity 0.8: (0.40 - 0.20) / 0.70
    corrected = rogan_gladen(np.array([0.4]), 0.9, 0.8)
    assert corrected.share[0] == pytest.approx(2 / 7, abs=1e-15)
    assert not corrected.clipped[0]


def test_a_perfect_code_is_left_as_it_is():
    shares = np.array([0.0, 0.3, 1.0])
    assert rogan_gladen(shares, 1.0, 1.0).share.tolist() == shares.tolist()
    assert rogan_gladen_error(shares, 1.0, 1.0, 50).tolist() == [0.0, 0.0, 0.0]


def test_a_correction_beyond_the_ends_is_clipped_and_marked():
    corrected = rogan_gladen(np.array([0.1, 0.95, 0.5, np.nan]), 0.9, 0.8)
    assert corrected.share[:2].tolist() == [0.0, 1.0]
    assert corrected.clipped.tolist() == [True, True, False, False]
    assert np.isnan(corrected.share[3])


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.5, 0.5), (0.3, 0.6), (1.0, 0.0)])
def test_codes_that_say_nothing_are_refused(sensitivity, specificity):
    with pytest.raises(ValueError, match="must sum to more than 1"):
        rogan_gladen(np.array([0.4]), sensitivity, specificity)
    with pytest.raises(ValueError, match="must sum to more than 1"):
        rogan_gladen_error(np.array([0.4]), sensitivity, specificity, 10)


def test_an_empty_audit_sample_is_refused():
    with pytest.raises(ValueError, match="at least 1 contact, not 0"):
        rogan_gladen_error(np.array([0.4]), 0.9, 0.8, 0)


def test_standard_error_is_that_of_the_audits_that_could_have_been_drawn():
    """Audits of n contacts, drawn again and again, spread as the delta method says."""
    truth, sensitivity, specificity, size = 0.3, 0.9, 0.85, 4_000
    seen = truth * sensitivity + (1 - truth) * (1 - specificity)
    generator = np.random.default_rng(7)
    failures = generator.binomial(size, truth, 20_000)
    found_sensitivity = generator.binomial(failures, sensitivity) / failures
    found_specificity = generator.binomial(size - failures, specificity) / (size - failures)
    estimates = (seen + found_specificity - 1) / (found_sensitivity + found_specificity - 1)
    expected = rogan_gladen_error(np.array([truth]), sensitivity, specificity, size)[0]
    assert estimates.std() == pytest.approx(expected, rel=0.03)


@given(st.lists(st.sampled_from(["value", "failure", None]), max_size=30))
def test_share_and_bounds_against_the_oracle(codes):
    counts = (np.array([float(codes.count(code))]) for code in ("value", "failure", None))
    for expected, actual in zip(oracle.coded(codes), coded_share(*counts), strict=True):
        assert math.isnan(actual[0]) if expected is None else math.isclose(float(expected), actual[0], rel_tol=1e-15)


@given(st.integers(0, 100), st.integers(51, 100), st.integers(50, 100))
def test_correction_against_the_oracle(share, sensitivity, specificity):
    hundredths = [Fraction(each, 100) for each in (share, sensitivity, specificity)]
    actual = rogan_gladen(np.array([share / 100]), sensitivity / 100, specificity / 100).share[0]
    assert actual == pytest.approx(float(oracle.rogan_gladen(*hundredths)), abs=1e-12)


@given(st.lists(st.integers(0, 50), min_size=3, max_size=3))
def test_the_share_lies_within_its_bounds(counts):
    share, low, high = (float(each[0]) for each in coded_share(*(np.array([float(count)]) for count in counts)))
    if not math.isnan(share):
        assert low - 1e-15 <= share <= high + 1e-15
