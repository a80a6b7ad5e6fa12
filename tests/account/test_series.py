from __future__ import annotations

import pandas as pd
import pytest

from relprod.account.series import index_series

ROWS = [("a", "2001", 10.0, 60.0), ("b", "2001", 5.0, 40.0), ("a", "2002", 11.0, 66.0), ("b", "2002", 4.0, 32.0)]


def frame(rows=ROWS) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item", "period", "volume", "value"])


def test_a_series_by_period_with_the_first_at_100():
    series = index_series(frame())
    assert (series.name, series.index.name) == ("laspeyres", "period")
    assert series.round(9).to_dict() == {"2001": 100.0, "2002": 98.0}
    assert series.attrs["matched_share"] == {"2001": 1.0, "2002": 1.0}


def test_every_period_between_the_first_and_the_last_is_there():
    rows = [(item, "2001" if period == "2001" else "2003", volume, value) for item, period, volume, value in ROWS]
    series = index_series(frame(rows))
    assert series.index.tolist() == ["2001", "2002", "2003"]
    assert series.isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("first", "second", "calendar"),
    [
        ("2016-17", "2017-18", "financial-uk"),
        ("2016", "2017", "calendar"),
        ("2016-17Q4", "2017/18 Q1", "financial-uk"),
        ("2016-Q4", "2017Q1", "calendar"),
        ("2016-04", "2016-05", "calendar"),
    ],
)
def test_periods_of_any_frequency(first, second, calendar):
    rows = [("a", first, 1.0, 1.0), ("a", second, 3.0, 1.0)]
    assert index_series(frame(rows), calendar=calendar, link="previous-period").tolist() == pytest.approx([100.0, 300.0])


def test_the_order_of_rows_gives_the_same_bits():
    table = pd.DataFrame(
        [(f"item {i}", str(2001 + t), 1 / (i + 3) + t, 7 / (i + t + 1)) for i in range(40) for t in range(4)], columns=frame().columns
    )
    shuffled = table.sample(frac=1, random_state=7)
    assert index_series(table, formula="fisher").tolist() == index_series(shuffled, formula="fisher").tolist()


def test_items_may_have_labels_of_any_type():
    rows = [({"a": 1, "b": 20}[item], *rest) for item, *rest in ROWS]
    assert index_series(frame(rows)).tolist() == index_series(frame()).tolist()


def test_prices_are_indexed_like_volumes():
    assert index_series(frame([("a", "2001", 2.0, 60.0), ("a", "2002", 3.0, 66.0)])).tolist() == [100.0, 150.0]


WRONG = {
    "no column": (
        lambda: index_series(frame().drop(columns=["value", "item"])),
        "The frame lacks item, value; it needs the columns item, period, volume, value.",
    ),
    "formula": (
        lambda: index_series(frame(), formula="lowe"),
        "formula 'lowe' is not known; there are laspeyres, paasche, fisher, tornqvist, walsh.",
    ),
    "link": (
        lambda: index_series(frame(), link="yearly"),
        "link 'yearly' is not known; there are previous-period, fixed, annual-overlap, one-quarter-overlap, over-the-year.",
    ),
    "no rows": (lambda: index_series(frame([])), "The frame has no rows, so there is nothing to index."),
    "blank item": (lambda: index_series(frame([(None, "2001", 1.0, 1.0)])), "Column item has blank cells."),
    "blank period": (lambda: index_series(frame([("a", None, 1.0, 1.0)])), "Column period has blank cells."),
    "negative": (
        lambda: index_series(frame([("a", "2001", -1.0, 1.0)])),
        "Column volume must hold numbers that are finite and not negative.",
    ),
    "not finite": (
        lambda: index_series(frame([("a", "2001", 1.0, float("inf"))])),
        "Column value must hold numbers that are finite and not negative.",
    ),
    "missing number": (
        lambda: index_series(frame([("a", "2001", float("nan"), 1.0)])),
        "Column volume must hold numbers that are finite and not negative.",
    ),
    "twice": (lambda: index_series(frame([*ROWS, ROWS[2]])), "An item has more than one row in 2002. Add its rows up first."),
    "reference outside": (
        lambda: index_series(frame(), reference="1999"),
        "The reference '1999' is not in the data, which run from 2001 to 2002.",
    ),
    "reference unreadable": (lambda: index_series(frame(), reference="soon"), "'soon' is not a period: write it like 2016"),
    "nothing at the reference": (
        lambda: index_series(frame([("a", "2001", 0.0, 0.0), ("a", "2002", 1.0, 1.0)]), reference="2001"),
        "No index at the reference '2001': no item has a volume and a value there.",
    ),
    "unreadable period": (lambda: index_series(frame([("a", "spring", 1.0, 1.0)])), "'spring' is not a period: write it like 2016 Q1"),
    "other calendar": (
        lambda: index_series(frame([("a", "2016-17", 1.0, 1.0)])),
        "'2016-17' is a period of the financial year (April to March), and the study uses the calendar year: write it like 2016",
    ),
    "two frequencies": (
        lambda: index_series(frame([("a", "2016", 1.0, 1.0), ("a", "2016 Q1", 1.0, 1.0)])),
        "'2016' is a year, and the study is by quarter: write it like 2016 Q1",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        call()
    assert message == str(caught.value)
