"""Places where method.md can be read in two ways, and the package and the oracle once read it differently: the smallest case of each.

Every test states the reading that was settled on, and that both follow it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from oracle.account import account as oracle_account
from oracle.index import index_series as oracle_series
from oracle.index import links as oracle_links

from relprod.account.chained import Method, chained_index
from relprod.account.links import Timeline
from relprod.account.series import index_series

from .making import ingredients

QUARTERS = ("2010 Q1", "2010 Q2", "2010 Q3", "2010 Q4", "2011 Q1")
TWO_YEARS = (*QUARTERS, "2011 Q2", "2011 Q3", "2011 Q4")


def study(link: str, frequency: str = "year", reference: str = "2010", **more: object) -> dict[str, object]:
    head = {"frequency": frequency, "calendar": "calendar", "reference": reference}
    return {"study": head, "output": {"index": "laspeyres", "link": link}, **more}


def activity(service: str, *cells: tuple[str, float, float]) -> list[dict[str, object]]:
    return [{"service": service, "activity": "a", "period": period, "volume": volume, "cost": cost} for period, volume, cost in cells]


def inputs(service: str, *cells: tuple[str, float, float]) -> list[dict[str, object]]:
    return [
        {"service": service, "input": "staff", "period": period, "volume": volume, "expenditure": spent} for period, volume, spent in cells
    ]


def method(link: str, count: int, subperiods: int) -> Method:
    return Method(Timeline(2010 * subperiods, count, subperiods, (2010 * subperiods,) * 2), "laspeyres", link)


def in_both(rows: list[tuple[str, str, float, float]]) -> list[float]:
    """Return the quarterly index of rows (item, period, volume, value), which has to be the same in the package and the oracle."""
    frame = pd.DataFrame(rows, columns=["item", "period", "volume", "value"])
    found = index_series(frame, reference="2010").to_dict()
    assert found == pytest.approx(
        oracle_series(rows, formula="laspeyres", link="annual-overlap", reference="2010", frequency="quarter"), rel=1e-14
    )
    return list(found.values())


@pytest.mark.parametrize(("volume", "value"), [(10.0, 0.0), (0.0, 5.0), (0.0, 0.0)])
def test_what_is_absent_from_a_quarter_of_the_base_is_not_averaged_over_it(volume, value):
    """A link leaves out what is absent from its period; with that counted as zero in the base, nothing would seem to grow."""
    absent = ("a", "2010 Q1")
    rows = [(item, period, *((volume, value) if (item, period) == absent else (10.0, 5.0))) for item in ("a", "b") for period in QUARTERS]
    assert in_both(rows) == [100.0] * 5


def test_an_item_of_three_quarters_of_every_year_does_not_grow():
    rows = [(item, period, 10.0, 5.0) for item in ("a", "b") for period in TWO_YEARS if (item, period[5:]) != ("a", "Q3")]
    assert in_both(rows) == [100.0] * 8


def test_costs_booked_once_a_year_are_no_growth():
    tables = {
        "activity": [row for service in "AB" for row in activity(service, *((period, 10, 5) for period in TWO_YEARS))],
        "inputs": [
            *inputs("A", *((period, 1, 20) for period in TWO_YEARS if period.endswith("Q4"))),
            *inputs("B", *((period, 1, 5) for period in TWO_YEARS)),
        ],
    }
    asked = study("annual-overlap", "quarter")
    assert ingredients(asked, tables).computed().output["activity"].tolist() == [[100.0] * 8] * 3
    rows = oracle_account(asked, tables)["productivity"].values()
    assert {row["output"] for row in rows} == {100.0}


def test_no_input_is_no_rows_of_input_and_an_input_that_does_not_reach_is_a_broken_chain():
    tables = {"activity": activity("Care", ("2010", 1, 1), ("2011", 2, 2)), "inputs": inputs("Care", ("2010", 1, 1))}
    asked = study("fixed", reference="2011")
    flags = ingredients(asked, tables).computed().flags
    assert flags["chain-broken"][1].tolist() == [True, False]
    assert not flags["no-input"].any()
    assert "no-input" not in oracle_account(asked, tables)["productivity"]["Care", "2010", "activity"]["flags"]


def test_a_years_weight_is_the_whole_years_expenditure():
    """Also of a service that has no index in some of the year's periods: A weighs as much as B."""
    tables = {
        "activity": [
            *activity("A", *((period, 1, 1) for period in QUARTERS[:2]), ("2011 Q1", 2, 1)),
            *activity("B", *((period, 1, 1) for period in QUARTERS)),
        ],
        "inputs": [row for service in "AB" for row in inputs(service, *((period, 1, 1) for period in QUARTERS))],
    }
    asked = study("annual-overlap", "quarter")
    assert ingredients(asked, tables).computed().output["activity"][0].tolist() == [100.0, 100.0, 100.0, 100.0, 150.0]
    assert oracle_account(asked, tables)["productivity"]["All services", "2011 Q1", "activity"]["output"] == 150.0


def test_own_rows_alone_are_the_index_whatever_they_weigh():
    free = (("2010", 1, 0), ("2011", 1, 0))
    tables = {
        "activity": activity("Care", ("2010", 1, 1), ("2011", 2, 2)),
        "inputs": [*inputs("Care > Home", *free), *inputs("Care", *free)],
    }
    asked = study("previous-period")
    assert ingredients(asked, tables).computed().output["activity"][1].tolist() == [100.0, 200.0]
    rows = oracle_account(asked, tables)["productivity"]
    assert [rows["Care", year, "activity"]["output"] for year in ("2010", "2011")] == [100.0, 200.0]


def test_new_and_gone_are_told_by_taking_part():
    """What costs nothing does not take part, and so it is neither."""
    rows = [
        ("a", "2010", 1, 1),
        ("a", "2011", 1, 1),
        ("paid for in 2011", "2011", 1, 1),
        ("free in 2011", "2010", 1, 1),
        ("free in 2011", "2011", 5, 0),
        ("always free", "2011", 5, 0),
    ]
    link = oracle_links(rows, formula="laspeyres", link="previous-period", reference="2010", frequency="year")["2011"]
    assert (link["new"], link["gone"]) == (["paid for in 2011"], ["free in 2011"])
    volume, value = np.array([[[1.0, 1], [0, 1], [1, 5], [0, 5]]]), np.array([[[1.0, 1], [0, 1], [1, 0], [0, 0]]])
    block = chained_index(volume, value, method("previous-period", 2, 1))
    assert block.new[0, :, 1].tolist() == [False, True, False, False]
    assert block.gone[0, :, 1].tolist() == [False, False, True, False]


@pytest.mark.parametrize(("link", "share"), [("annual-overlap", 1 / 2), ("over-the-year", 1 / 2)])
def test_base_value_counts_what_was_paid_for_and_not_done(link, share):
    """In a year's value, a period in which nothing takes part counts; in a quarter's, what the year gives no unit value for."""
    idle_in, done_in = ("2010 Q1", "2010 Q2") if link == "annual-overlap" else ("2010 Q1", "2010 Q1")
    rows = [("idle", idle_in, 0, 5), ("a", done_in, 1, 5), ("a", "2011 Q1", 1, 5)]
    of_oracle = oracle_links(rows, formula="laspeyres", link=link, reference="2010", frequency="quarter")["2011 Q1"]
    volume, value = np.zeros((1, 2, 5)), np.zeros((1, 2, 5))
    for item, period, done, paid in rows:
        place = 0, ("a", "idle").index(item), QUARTERS.index(period)
        volume[place], value[place] = done, paid
    assert chained_index(volume, value, method(link, 5, 4)).matched_share[0, 4] == share == float(of_oracle["matched_share"])
