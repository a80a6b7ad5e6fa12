"""Equity: known values, the oracle, and what must hold of any outcomes."""

from __future__ import annotations

import itertools
import math
import operator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracle import relational as oracle

from relprod.account.cells import Cells
from relprod.account.equity import (
    AVERSIONS,
    ede,
    equity_factor,
    equity_levels,
    equity_of,
    equity_weighted,
    group_weights,
    ranked,
    relative_index,
    scope_of,
    slope_index,
)
from relprod.account.links import Timeline

FIFTHS = np.array([62.0, 68.0, 70.0, 72.0, 74.0])
EQUAL = np.full(5, 0.2)
NAMES = [f"Fifth {number}" for number in range(1, 6)]


# Known values: quality-adjusted life expectancy by fifth, aversion 10.946 (Robson et al. 2017, Health Econ. 26)


def test_ede_of_known_fifths():
    assert round(ede(FIFTHS, EQUAL, 10.946), 10) == 67.6629365044


def test_weights_of_known_fifths():
    weights = group_weights(FIFTHS, 10.946)
    assert round(weights[0], 4) == 6.9357
    assert weights[-1] == 1.0


def test_slope_and_relative_index_of_known_fifths():
    # y = 62.2 + 14 b, by hand: sum p (b - 1/2)(y - 69.2) = 1.12, sum p (b - 1/2)^2 = 0.08
    assert slope_index(FIFTHS, EQUAL) == pytest.approx(14, abs=1e-12)
    assert relative_index(FIFTHS, EQUAL) == pytest.approx(76.2 / 62.2, abs=1e-12)


def test_everything_said_of_known_fifths():
    found = equity_of(NAMES, np.full(5, 30.0), FIFTHS, 10.946)
    assert [each.aversion for each in found.table] == [0, 0.5, 1, 3.5, 10.946, 10.95]
    assert found.declared in found.table
    assert found.declared.factor == found.declared.ede / found.mean
    assert found.table[0] == type(found.declared)(0.0, found.mean, 1.0)
    assert found.mean == pytest.approx(69.2, abs=1e-12)
    assert [(each.name, each.people, each.share) for each in found.groups] == [(name, 30.0, 0.2) for name in NAMES]
    assert [each.weight for each in found.groups] == group_weights(FIFTHS, 10.946).tolist()


def test_an_aversion_that_is_in_the_table_already_is_there_once():
    assert [each.aversion for each in equity_of(NAMES, EQUAL, FIFTHS, 1).table] == list(AVERSIONS)


# Groups that are not there, and outcomes that cannot be


def test_empty_groups_are_dropped_whatever_their_outcome():
    people, outcome = np.array([10.0, 0.0, 30.0, 5.0, np.nan]), np.array([50.0, -1.0, 60.0, np.nan, 70.0])
    found = equity_of(NAMES, people, outcome, 1.0)
    assert [(each.name, each.share) for each in found.groups] == [("Fifth 1", 0.25), ("Fifth 3", 0.75)]
    assert (found.mean, found.declared.ede) == (57.5, ede(outcome, people, 1.0))


def test_one_group_has_factor_1_and_no_gradient():
    found = equity_of(["everybody"], np.array([7.0]), np.array([0.3]), 3.5)
    assert {each.factor for each in found.table} == {1.0}
    assert (found.mean, found.declared.ede, found.slope_index, found.relative_index) == (0.3, 0.3, None, None)


def test_without_groups_there_is_no_equity():
    assert equity_of(["a"], np.zeros(1), np.ones(1), 1.0) is None
    assert math.isnan(ede(np.ones(1), np.zeros(1), 1.0))
    assert math.isnan(equity_factor(np.ones(1), np.zeros(1), 0.0))
    assert slope_index(np.ones(0), np.ones(0)) is None


@pytest.mark.parametrize("bad", [0.0, -3.0, np.inf])
def test_an_outcome_that_is_not_above_0_is_refused_by_the_name_of_its_group(bad):
    outcome = np.array([5.0, bad, 6.0])
    with pytest.raises(ValueError, match="never shifts them; that of group West is not"):
        equity_of(["East", "West", "North"], np.ones(3), outcome, 1.0)
    with pytest.raises(ValueError, match="group number 2 is not"):
        ede(outcome, np.ones(3), 1.0)


@pytest.mark.parametrize("aversion", [-0.1, math.nan, math.inf])
def test_an_aversion_below_0_is_refused(aversion):
    with pytest.raises(ValueError, match="aversion must be 0 or more"):
        ede(FIFTHS, EQUAL, aversion)


def test_a_line_that_starts_at_or_below_0_has_no_relative_index():
    outcome = np.array([0.1, 0.1, 10.0])
    assert slope_index(outcome, np.ones(3)) > 0
    assert relative_index(outcome, np.ones(3)) is None


# Order of groups


def test_groups_go_by_name_with_numbers_in_numeric_order():
    names = ["Decile 10", "decile 9", "Decile 2", "all", "1 (most deprived)", "01"]
    assert [names[place] for place in ranked(names)] == ["01", "1 (most deprived)", "all", "Decile 2", "decile 9", "Decile 10"]


def test_a_given_order_goes_before_names_and_must_have_every_group():
    found = equity_of(["mid", "high", "low"], np.ones(3), np.array([2.0, 3.0, 1.0]), 1.0, ["low", "mid", "high", "unused"])
    assert [each.name for each in found.groups] == ["low", "mid", "high"]
    assert found.slope_index > 0
    with pytest.raises(ValueError, match="lacks high"):
        ranked(["low", "high"], ["low"])


# Against the oracle, and what must hold


@st.composite
def groups(draw, fewest=1):
    count = draw(st.integers(fewest, 6))
    outcome = draw(st.lists(st.integers(1, 2_000).map(lambda tenths: tenths / 10), min_size=count, max_size=count))
    people = draw(st.lists(st.integers(1, 400), min_size=count, max_size=count))
    return np.array(outcome), np.array(people, dtype=float)


PARTICULAR = (0.0, 0.5, 1.0, 3.5, 10.95, 0.999999, 1.000001, 40.0)
AVERSE = st.one_of(st.sampled_from(PARTICULAR), st.integers(0, 2_000).map(lambda each: each / 100))


@settings(max_examples=150, deadline=None)
@given(groups(), AVERSE)
def test_ede_against_the_oracle(made, aversion):
    outcome, people = made
    expected = oracle.ede(oracle.exactly(outcome), oracle.exactly(people), oracle.known(aversion))
    assert ede(outcome, people, aversion) == pytest.approx(float(expected), rel=1e-12)
    mean = oracle.weighted_mean(oracle.exactly(outcome), oracle.exactly(people))
    assert equity_factor(outcome, people, aversion) == pytest.approx(float(expected / mean), rel=1e-12)


@given(groups(fewest=2))
def test_slope_and_relative_index_against_plain_least_squares(made):
    outcome, people = made
    intercept, slope = oracle.least_squares(oracle.exactly(outcome), oracle.exactly(people))
    assert slope_index(outcome, people) == pytest.approx(float(slope), rel=1e-9, abs=1e-9)
    assume(abs(intercept) > 1)
    if intercept > 0:
        assert relative_index(outcome, people) == pytest.approx(float((intercept + slope) / intercept), rel=1e-9, abs=1e-9)
    else:
        assert relative_index(outcome, people) is None


@given(groups(), AVERSE, AVERSE)
def test_ede_lies_between_the_worst_outcome_and_the_mean_and_falls_with_aversion(made, first, second):
    outcome, people = made
    less, more = (ede(outcome, people, each) for each in sorted((first, second)))
    assert outcome.min() * (1 - 1e-12) <= more <= less * (1 + 1e-12)
    assert 0 < equity_factor(outcome, people, second) <= 1


@given(groups(), AVERSE)
def test_equal_outcomes_have_factor_1_exactly(made, aversion):
    outcome, people = made
    level = np.full_like(outcome, outcome[0])
    assert equity_factor(level, people, aversion) == 1.0
    assert ede(level, people, aversion) == outcome[0]
    if len(level) > 1:
        assert (slope_index(level, people), relative_index(level, people)) == (0.0, 1.0)


@given(groups(), AVERSE, st.randoms())
def test_order_of_groups_moves_no_bit_and_names_nothing(made, aversion, random):
    outcome, people = made
    names = [f"group {number}" for number in range(len(outcome))]
    shuffled = list(range(len(outcome)))
    random.shuffle(shuffled)
    assert ede(outcome[shuffled], people[shuffled], aversion) == ede(outcome, people, aversion)
    found = equity_of(names, people, outcome, aversion)
    assert equity_of([names[place] for place in shuffled], people[shuffled], outcome[shuffled], aversion) == found
    renamed = [f"area {name}" for name in names]
    again = equity_of(renamed, people, outcome, aversion, renamed)
    figures = operator.attrgetter("mean", "declared", "table", "slope_index", "relative_index")
    assert figures(again) == figures(found)


@given(groups(), AVERSE, st.sampled_from([0.001, 3.0, 1e6]))
def test_neither_the_unit_of_outcome_nor_the_number_of_people_matters(made, aversion, scale):
    outcome, people = made
    factor = equity_factor(outcome, people, aversion)
    assert equity_factor(outcome * scale, people, aversion) == pytest.approx(factor, rel=1e-12)
    assert equity_factor(outcome, people * 7, aversion) == pytest.approx(factor, rel=1e-12)


@given(groups(), AVERSE)
def test_splitting_a_group_in_two_alike_changes_nothing(made, aversion):
    outcome, people = made
    halves = np.repeat(people / 2, 2)
    assert ede(np.repeat(outcome, 2), halves, aversion) == pytest.approx(ede(outcome, people, aversion), rel=1e-12)


@given(groups(fewest=2), st.sampled_from([0.5, 1.0, 3.5]))
def test_weights_are_what_one_more_unit_adds_to_ede(made, aversion):
    outcome, people = made
    step = 1e-6 * outcome.min()
    gains = [
        (ede(outcome + step * unit, people, aversion) - ede(outcome - step * unit, people, aversion)) / people[place]
        for place, unit in enumerate(np.eye(len(outcome)))
    ]
    best = int(outcome.argmax())
    weights = group_weights(outcome, aversion)
    assert weights[best] == 1.0
    assume(abs(gains[best]) > 1e-3 * max(gains))
    assert np.array(gains) / gains[best] == pytest.approx(weights, rel=1e-2)


@pytest.mark.parametrize("aversion", [0.5, 1.0, 100.0, 1e4])
def test_extreme_outcomes_and_aversions_neither_overflow_nor_vanish(aversion):
    outcome, share = np.array([1e-100, 1.0, 1e100]), np.array([1e-9, 0.5, 0.5])
    assert 0 < ede(outcome, share, aversion) <= 5.001e99
    assert group_weights(outcome, aversion)[0] >= 1


# In the ladder

TIMELINE = Timeline(first=8_000, count=4, subperiods=1, reference=(8_000, 8_001))
LEVEL = {
    "Care": np.array([0.8, 1.0, 0.9, np.nan]),
    "Care > Home": np.array([1.0, 1.0, 0.5, 0.7]),
}


def test_levels_are_relative_to_the_mean_of_the_reference():
    levels = equity_levels(LEVEL, TIMELINE)
    assert levels["Care"][:3] == pytest.approx([0.8 / 0.9, 1.0 / 0.9, 1.0], abs=1e-15)
    assert np.isnan(levels["Care"][3])


def test_levels_without_outcomes_in_the_reference_start_from_their_own_first_year():
    levels = equity_levels({"Late": np.array([np.nan, np.nan, 0.8, 0.6])}, TIMELINE)
    assert levels["Late"][2:] == pytest.approx([1.0, 0.75], abs=1e-15)


def test_a_service_takes_its_own_level_else_that_of_the_nearest_above_else_none():
    services = ("Care > Home > North", "Care > Home", "Care > Visits", "Care", "Grounds", "All services")
    assert [scope_of(each, LEVEL) for each in services] == ["Care > Home", "Care > Home", "Care", "Care", None, None]
    assert scope_of("Grounds", {"All services": np.ones(4)}) == "All services"


def test_volumes_are_weighted_and_values_stay():
    cells = Cells(("Care > Visits", "Grounds"), ("visit", "mowing"), np.full((2, 4), 10.0), np.full((2, 4), 3.0))
    weighted = equity_weighted(cells, LEVEL)
    assert weighted.volume[0, :3].tolist() == [8.0, 10.0, 9.0]
    assert np.isnan(weighted.volume[0, 3])
    assert weighted.volume[1].tolist() == [10.0] * 4
    assert weighted.value is cells.value


def test_no_cells_stay_no_cells():
    nothing = Cells((), (), np.zeros((0, 4)), np.zeros((0, 4)))
    assert equity_weighted(nothing, LEVEL) is nothing


def test_every_aversion_of_the_table_lowers_the_factor_of_known_fifths():
    factors = [equity_factor(FIFTHS, EQUAL, each) for each in AVERSIONS]
    assert all(before > after for before, after in itertools.pairwise(factors))
