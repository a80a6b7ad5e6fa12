from __future__ import annotations

import numpy as np
import pytest

from relprod.account.bridge import Bridge, bridges
from relprod.account.links import Timeline

QUARTERLY = Timeline(0, 5, 4, (0, 0))
VOLUME = np.array([[100.0, 110.0, 120.0, 130.0, 132.0]])
QUALITY = np.array([[100.0, 110.0, 132.0, 130.0, 145.2]])
INPUT = np.array([[100.0, 100.0, 125.0, 130.0, 110.0]])


def found(ladder, spent=INPUT) -> dict[tuple[str, str], Bridge]:
    return {(each.since, each.component): each for each in bridges(ladder, spent, QUARTERLY)}


TWO_STEPS = found([("activity", VOLUME), ("quality_adjusted", QUALITY)])


@pytest.mark.parametrize(
    ("since", "component", "factors"),
    [
        ("reference", "volume", [1.0, 1.1, 1.2, 1.3, 1.32]),
        ("reference", "quality", [1.0, 1.0, 1.1, 1.0, 1.1]),
        ("reference", "input", [1.0, 1.0, 1.25, 1.3, 1.1]),
        ("previous", "volume", [np.nan, 1.1, 12 / 11, 13 / 12, 1.32 / 1.3]),
        ("year-earlier", "productivity", [np.nan] * 4 + [1.32]),
    ],
)
def test_factors_are_ratios_of_each_account_to_the_one_before(since, component, factors):
    np.testing.assert_allclose(TWO_STEPS[since, component].factor[0], factors, rtol=1e-14)


@pytest.mark.parametrize("since", ["reference", "previous", "year-earlier"])
def test_points_add_up_to_the_growth_of_productivity(since):
    parts = sum(TWO_STEPS[since, component].contribution_pp for component in ("volume", "quality", "input"))
    whole = TWO_STEPS[since, "productivity"]
    np.testing.assert_allclose(parts, whole.contribution_pp, atol=1e-12)
    np.testing.assert_allclose(100 * (whole.factor - 1), whole.contribution_pp, atol=1e-12)


def test_no_growth_leaves_parts_that_cancel():
    same = found([("activity", INPUT)])
    assert same["reference", "productivity"].contribution_pp.tolist() == [[0.0] * 5]
    np.testing.assert_allclose(same["reference", "volume"].contribution_pp, -same["reference", "input"].contribution_pp, atol=1e-13)


def test_a_bridge_is_missing_where_productivity_is():
    spent = np.where(INPUT == 125, np.nan, INPUT)
    gaps = {
        since: np.isnan(found([("activity", VOLUME)], spent)[since, "volume"].contribution_pp[0]).tolist()
        for since in ("reference", "previous")
    }
    assert gaps == {"reference": [False, False, True, False, False], "previous": [True, False, True, True, False]}


def test_a_series_shorter_than_a_year_has_no_year_earlier():
    short = bridges([("activity", VOLUME[:, :3])], INPUT[:, :3], Timeline(0, 3, 4, (0, 0)))
    assert all(np.isnan(each.contribution_pp).all() for each in short if each.since == "year-earlier")


def test_a_bridge_is_missing_as_a_whole_where_one_account_of_the_ladder_is():
    activity = np.where(VOLUME == 120, np.nan, VOLUME)
    of = found([("activity", activity), ("value_demand", VOLUME)])
    told = {(since, component): ~np.isnan(each.factor[0]) for (since, component), each in of.items()}
    assert {tuple(marks.tolist()) for (since, _), marks in told.items() if since == "reference"} == {(True, True, False, True, True)}
    assert all(np.array_equal(marks, ~np.isnan(of[key].contribution_pp[0])) for key, marks in told.items())
