"""Links by hand: every figure here can be checked on paper."""

from __future__ import annotations

import numpy as np
import pytest

from relprod.account.chained import ChainedIndex, Method, chained_index, index_by_parent, rebased
from relprod.account.links import LINK_KINDS, Timeline

QUARTERS = 4


def linked(volume, value=None, *, link="annual-overlap", first=0, subperiods=QUARTERS, reference=None) -> ChainedIndex:  # noqa: PLR0913 - what a link depends on
    """Return the chain of one parent whose items cost 1 a unit unless values are given. Period 0 is Q1 of year 0."""
    volume = np.array(volume, dtype=float)[None]
    value = volume if value is None else np.array(value, dtype=float)[None]
    return chained_index(volume, value, Method(timeline(volume.shape[2], first, subperiods, reference), "laspeyres", link))


def timeline(count: int, first: int = 0, subperiods: int = QUARTERS, reference: tuple[int, int] | None = None) -> Timeline:
    return Timeline(first, count, subperiods, reference or (first, first))


def test_annual_overlap_starts_on_the_mean_of_the_first_year():
    assert linked([[10, 20, 30, 40, 50]]).index[0].tolist() == [0.4, 0.8, 1.2, 1.6, 2.0]


def test_annual_overlap_hangs_a_year_on_the_mean_of_the_year_before():
    # Two items of equal value in year 0; in year 1 one of them doubles, then the prices change the weights of year 2.
    volume = [[10] * 4 + [20] * 4 + [20] * 4, [10] * 4 + [10] * 4 + [20] * 4]
    value = [[10] * 4 + [60] * 4 + [60] * 4, [10] * 4 + [20] * 4 + [60] * 4]
    assert linked(volume, value).index[0] == pytest.approx([1.0] * 4 + [1.5] * 4 + [1.5 * (0.75 + 0.25 * 2)] * 4)


def test_the_mean_of_a_years_quarters_is_the_annual_chain():
    random = np.random.default_rng(4)
    volume, price = random.uniform(1, 9, (2, 3, 16))
    by_quarter = linked(volume, volume * price).index[0].reshape(4, 4).mean(axis=1)
    by_year = linked(volume.reshape(3, 4, 4).mean(axis=2), (volume * price).reshape(3, 4, 4).sum(axis=2), subperiods=1).index[0]
    np.testing.assert_allclose(by_quarter, by_year, rtol=1e-14)


def test_a_year_that_starts_late_averages_the_quarters_it_has():
    made = linked([[10, 30, 40]], first=2)
    assert made.index[0].tolist() == [0.5, 1.5, 2.0]
    assert made.own_base[0].tolist() == [True, True, False]


def test_a_year_that_is_not_over_is_linked_like_any_other():
    assert linked([[10] * 4 + [11]]).index[0].tolist() == pytest.approx([1, 1, 1, 1, 1.1])


def test_a_new_item_waits_for_a_year_in_which_it_has_a_base():
    volume = [[10] * 12, [0] * 6 + [10] * 6]
    made = linked(volume)
    assert made.new[0, 1].tolist() == [False] * 6 + [True] * 2 + [False] * 4
    assert made.matched_share[0].tolist() == [1.0] * 12
    # In year 2 its base is its mean over the half of year 1 in which it was there: it has not grown since.
    assert made.index[0].tolist() == [1.0] * 12


def test_an_item_that_ends_is_gone_and_no_longer_matched():
    made = linked([[10] * 5, [30] * 4 + [0]])
    assert made.gone[0, 1].tolist() == [False] * 4 + [True]
    assert made.matched_share[0].tolist() == [1.0] * 4 + [0.25]
    assert made.index[0].tolist() == [1.0] * 5


def test_an_item_without_value_takes_no_part():
    made = linked([[10, 20], [10, 90]], [[10, 20], [0, 0]], subperiods=1)
    assert made.index[0].tolist() == [1.0, 2.0]
    assert made.matched[0].tolist() == [[True, True], [False, False]]


def test_a_period_in_which_nothing_counts_is_not_part_of_a_years_mean():
    made = linked([[10, 10, 10, 10, 10]], [[0, 5, 5, 5, 5]])
    np.testing.assert_array_equal([np.nan, 1.0, 1.0, 1.0, 1.0], made.index[0])


def test_what_was_paid_and_not_done_counts_once_in_a_quarters_base():
    made = linked([[1] * 5, [0] * 5], [[1] * 5, [1] * 5], link="over-the-year")
    assert made.matched_share[0, 4] == 1 / 2


@pytest.mark.parametrize("link", LINK_KINDS)
def test_nothing_missing_or_negative_takes_part(link):
    clean = linked([[10, 20, 30], [0, 0, 0]], [[10, 20, 30], [0, 0, 0]], subperiods=1, link=link)
    other = linked([[10, 20, 30], [np.nan, -5, 5]], [[10, 20, 30], [5, 5, -5]], subperiods=1, link=link)
    assert clean.index.tolist() == other.index.tolist() == [[1.0, 2.0, 3.0]]


def test_previous_period_multiplies_links():
    made = linked([[10, 11, 22], [10, 10, 10]], link="previous-period", subperiods=1)
    assert made.index[0].tolist() == pytest.approx([1.0, 1.05, 1.05 * (11 / 21 * 2 + 10 / 21)])
    assert made.own_base[0].tolist() == [True, False, False]


def test_fixed_compares_with_the_mean_of_the_reference():
    made = linked([[10, 20, 30, 40, 50]], link="fixed", reference=(0, 3))
    assert made.index[0].tolist() == [0.4, 0.8, 1.2, 1.6, 2.0]


def test_fixed_has_nothing_for_who_is_not_there_in_the_reference():
    assert np.isnan(linked([[0, 20, 30]], link="fixed", subperiods=1).index).all()


def test_over_the_year_hangs_each_quarter_on_its_own():
    made = linked([[10, 20, 30, 40, 11, 24, 39, 60]], link="over-the-year")
    assert made.growth[0, 4:].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.5])
    assert made.index[0].tolist() == pytest.approx([0.4, 0.8, 1.2, 1.6, 0.44, 0.96, 1.56, 2.4])


def test_over_the_year_has_no_link_where_the_quarter_a_year_before_is_not_in_the_data():
    made = linked([[10, 20, 30, 40, 50]], link="over-the-year", first=2)
    assert np.isnan(made.index[0]).tolist() == [False, False, True, True, False]


def test_one_quarter_overlap_hangs_a_year_on_the_last_quarter_of_the_one_before():
    volume = [[10, 10, 10, 20, 30], [10, 10, 10, 10, 10]]
    value = [[10, 10, 10, 20, 30], [40, 40, 40, 40, 40]]
    # At the average unit values of the year (1 and 4), Q4 is worth 20 and 40: 30 and 10 units now are worth 70 against 60.
    assert linked(volume, value, link="one-quarter-overlap").index[0, 4] / linked(volume, value).index[0, 3] == pytest.approx(70 / 60)


@pytest.mark.parametrize("link", ["previous-period", "annual-overlap", "one-quarter-overlap", "over-the-year"])
def test_a_chain_that_breaks_does_not_start_again(link):
    made = linked([[10, 0, 11, 12]], link=link, subperiods=1)
    assert np.isnan(made.index[0]).tolist() == [False, True, True, True]


@pytest.mark.parametrize("link", ["previous-period", "annual-overlap", "one-quarter-overlap", "over-the-year"])
def test_a_parent_that_starts_after_the_reference_stands_on_its_own_first_year(link):
    made = linked([[0, 0, 10, 30]], link=link, subperiods=2)
    index, own = rebased(made.index, timeline(4, subperiods=2))
    assert own.tolist() == [True]
    assert index[0, 2:].tolist() == [50.0, 150.0]


def test_reference_may_be_a_year():
    index, own = rebased(np.array([[1.0, 3.0, 4.0]]), timeline(3, subperiods=2, reference=(0, 1)))
    assert (index.tolist(), own.tolist()) == ([[50.0, 150.0, 200.0]], [False])


def test_a_series_without_any_value_stays_so():
    index, own = rebased(np.full((1, 3), np.nan), timeline(3))
    assert np.isnan(index).all()
    assert own.tolist() == [False]


def test_parents_together_are_as_parents_alone():
    random = np.random.default_rng(9)
    volume, value = random.uniform(0, 9, (2, 60, 9))
    volume[random.uniform(size=volume.shape) < 0.2] = 0
    parent = random.integers(0, 11, 60)
    method = Method(timeline(9), "fisher", "annual-overlap")
    together = index_by_parent(parent, 12, volume, value, method)
    for number in range(11):
        rows = parent == number
        alone = chained_index(volume[rows][None], value[rows][None], method)
        np.testing.assert_array_equal(alone.index[0], together.index[number])
        np.testing.assert_array_equal(alone.contribution[0], together.contribution[rows])
        np.testing.assert_array_equal(alone.matched_share[0], together.matched_share[number])
    assert np.isnan(together.index[11]).all()


def test_a_timeline_knows_its_years():
    span = Timeline(first=10, count=7, subperiods=4, reference=(8, 11))
    assert span.years() == {2: slice(0, 2), 3: slice(2, 6), 4: slice(6, 7)}
    assert [span.complete(year) for year in (2, 3, 4)] == [False, True, False]
    assert span.reference_columns() == slice(0, 2)
    assert Timeline(10, 7, 4, (4, 7)).reference_columns() == slice(0, 0)
