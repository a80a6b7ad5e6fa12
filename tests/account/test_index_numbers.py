from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from oracle import known_values as known

from relprod.account.chained import ChainedIndex, Method, chained_index
from relprod.account.index_numbers import FORMULAS, Pair, contributions, index_number
from relprod.account.links import Timeline
from relprod.account.series import index_series

SHARED = Path(__file__).parents[2] / "../shared/data/oracle_core"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
YEARS = ("2001", "2002", "2003", "2004", "2005")
EXACT = {"rtol": 1e-12, "atol": 0}


def frame(rows: list[tuple[str, str, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item", "period", "volume", "value"])


def matrices(rows: list[tuple[str, str, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return volumes and values over (1, items, periods)."""
    table = frame(rows)
    return tuple(table.pivot_table(index="item", columns="period", values=name).to_numpy()[None] for name in ("volume", "value"))


def linked(formula: str) -> ChainedIndex:
    return chained_index(*matrices(known.six_items()), Method(Timeline(2001, 5, 1, (2001, 2001)), formula, "previous-period"))


def numbers(texts: tuple[str, ...]) -> list[float]:
    return [float(text) for text in texts]


@pytest.mark.parametrize("formula", FORMULAS)
def test_six_items_against_the_first_period(formula):
    series = index_series(frame(known.six_items()), formula=formula, link="fixed", reference="2001")
    np.testing.assert_allclose(series / 100, numbers(known.SIX_ITEMS_FIXED[formula]), **EXACT)


@pytest.mark.parametrize("formula", FORMULAS)
def test_six_items_against_the_period_before(formula):
    np.testing.assert_allclose(linked(formula).growth[0] + 1, numbers(known.SIX_ITEMS_PERIOD_ON_PERIOD[formula]), **EXACT)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("link", ["previous-period", "annual-overlap", "one-quarter-overlap", "over-the-year"])
def test_six_items_chained_whatever_the_link_when_periods_are_years(formula, link):
    series = index_series(frame(known.six_items()), formula=formula, link=link)
    np.testing.assert_allclose(series / 100, numbers(known.SIX_ITEMS_CHAINED[formula]), **EXACT)


@pytest.mark.parametrize("link", sorted(known.TWO_PRODUCTS_INDICES))
def test_two_products_by_quarter(link):
    series = index_series(frame(known.two_products()), link=link, reference="1997")
    np.testing.assert_allclose(series, numbers(known.TWO_PRODUCTS_INDICES[link]), **EXACT)


@pytest.mark.parametrize("formula", ["laspeyres", "paasche", "fisher"])
def test_contributions_of_six_items(formula):
    points = linked(formula).contribution[0]
    for period, expected in known.SIX_ITEMS_CONTRIBUTIONS[formula].items():
        np.testing.assert_allclose(points[:, period - 1], numbers(expected), rtol=1e-12, atol=1e-15)


def test_tornqvist_contributions_are_logs_scaled_to_the_growth():
    made = linked("tornqvist")
    for period, expected in known.SIX_ITEMS_LOG_CONTRIBUTIONS.items():
        growth = made.growth[0, period - 1]
        scaled = np.array(numbers(expected)) * growth / np.log1p(growth)
        np.testing.assert_allclose(made.contribution[0, :, period - 1], scaled, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("formula", FORMULAS)
def test_contributions_sum_to_the_growth_of_the_link(formula):
    made = linked(formula)
    np.testing.assert_allclose(made.contribution[0].sum(axis=0), made.growth[0], rtol=0, atol=1e-15)


@pytest.mark.parametrize("formula", FORMULAS)
def test_nothing_matched_is_no_index(formula):
    nothing = Pair(np.zeros((2, 1)), np.zeros((2, 1)), np.ones((2, 1)))
    assert np.isnan(index_number(nothing, formula)).all()


@pytest.mark.parametrize("formula", FORMULAS)
def test_an_item_that_is_not_matched_weighs_nothing(formula):
    two = Pair(np.array([[3.0], [2.0]]), np.array([[4.0], [1.0]]), np.array([[1.1], [0.9]]))
    three = Pair(*(np.vstack([array, [[absent]]]) for array, absent in ((two.base_value, 0), (two.value, 0), (two.relative, 1))))
    assert index_number(two, formula).tolist() == index_number(three, formula).tolist()
    assert [*contributions(two, formula).ravel(), 0.0] == contributions(three, formula).ravel().tolist()


def shared(name: str) -> list[dict[str, str]]:
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        return [
            row for row in csv.DictReader(line for line in file if not line.startswith("#")) if row.get("kind", "quantity") == "quantity"
        ]


@needs_shared
@pytest.mark.parametrize("formula", FORMULAS)
def test_the_shared_indices(formula):
    rows = frame(known.six_items())
    actual = {
        "fixedbase": index_series(rows, formula=formula, link="fixed") / 100,
        "chained": index_series(rows, formula=formula, link="previous-period") / 100,
        "pop": pd.Series(linked(formula).growth[0] + 1, index=YEARS),
    }
    expected = [row for row in shared("core_indices.csv") if row["method"] == formula]
    assert len(expected) == 15
    for row in expected:
        np.testing.assert_allclose(actual[row["output"]][str(2000 + int(row["period"]))], float(row["value"]), **EXACT)


@needs_shared
@pytest.mark.parametrize(
    ("link", "column"),
    [
        ("annual-overlap", "annual_overlap"),
        ("one-quarter-overlap", "q4_overlap"),
        ("over-the-year", "over_the_year"),
        ("fixed", "fixed_1997"),
    ],
)
def test_the_shared_quarters(link, column):
    expected = [float(row[column]) for row in shared("core_chainlink.csv")]
    np.testing.assert_allclose(index_series(frame(known.two_products()), link=link, reference="1997"), expected, **EXACT)
