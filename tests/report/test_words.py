"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from relprod.report.words import bar, change_text, in_list, index_text, money_text, moved, on_the_year, plural, sparkline, three_digits

NAN = math.nan


@pytest.mark.parametrize(("value", "text"), [(100, "100.0"), (99.949, "99.9"), (1234.56, "1234.6"), (0.0, "0.0"), (None, "-"), (NAN, "-")])
def test_index(value: float | None, text: str):
    assert index_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.25, "+1.2%"),
        (-0.44, "-0.4%"),
        (0.0, "0.0%"),
        (0.04, "0.0%"),
        (-0.04, "0.0%"),
        (-0.0, "0.0%"),
        (12.96, "+13.0%"),
        (None, "-"),
        (NAN, "-"),
    ],
)
def test_change(value: float | None, text: str):
    assert change_text(value) == text


def test_change_in_percentage_points_has_no_unit():
    assert change_text(-2.25, "") == "-2.2"


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (1234.5, "GBP", "GBP 1,234"),
        (1234567.89, "EUR", "EUR 1,234,568"),
        (12.345, "% of total", "12.35 (% of total)"),
        (0.4, "GBP", "GBP 0"),
    ],
)
def test_money(value: float, currency: str, text: str):
    assert money_text(value, currency) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.25, "up 1.2%"),
        (-0.44, "down 0.4%"),
        (0.04, "unchanged"),
        (-0.04, "unchanged"),
        (0.0, "unchanged"),
    ],
)
def test_moved(value: float, text: str):
    assert moved(value) == text
    assert on_the_year(value) == f", {text} on the year"


@pytest.mark.parametrize("value", [None, NAN])
def test_what_is_not_known_is_not_said(value: float | None):
    assert on_the_year(value) == ""


@pytest.mark.parametrize(
    ("values", "width", "text"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], 8, "▁▂▃▄▅▆▇█"),
        ([1, 2, 3, 4, 5, 6, 7, 8], 3, "▁▅█"),
        ([100.0, 100.0, 100.0], 8, "▄▄▄"),
        ([100.0, 100.0 + 1e-12, 100.0], 8, "▄▄▄"),
        ([None, 1, NAN, 2], 8, " ▁ █"),
        ([None, None], 8, ""),
        ([], 8, ""),
    ],
)
def test_trend(values: list[float | None], width: int, text: str):
    assert sparkline(values, width) == text


@pytest.mark.parametrize(
    ("value", "largest", "text"), [(10, 10, "#" * 20), (-5, 10, "#" * 10), (0.1, 100, "#"), (0.04, 100, ""), (NAN, 10, ""), (1, 0, "")]
)
def test_bar(value: float, largest: float, text: str):
    assert bar(value, largest, 20, "#") == text


def test_a_bar_without_width_is_empty():
    assert bar(5, 10, 0, "#") == ""


@pytest.mark.parametrize(("texts", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_in_list(texts: list[str], text: str):
    assert in_list(texts) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1234, "1,234 rows")])
def test_plural(count: int, text: str):
    assert plural(count, "row") == text


@pytest.mark.parametrize(
    ("value", "shown"), [(0.012649, "0.0126"), (0.00000123, "0.00000123"), (2, "2"), (1234.5, "1,230"), (0.0, "0"), (99.96, "100")]
)
def test_three_digits(value, shown):
    assert three_digits(value) == shown
