"""Whole accounts small enough for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from relprod.account.productivity import productivity

from .making import ingredients

if TYPE_CHECKING:
    from relprod.account.ladder import Account


def rows(item: str, service: str, *cells: tuple[str, float, float], **more: object) -> list[dict[str, object]]:
    money = "cost" if item == "activity" else "expenditure"
    return [{"service": service, item: "x", "period": period, "volume": volume, money: value, **more} for period, volume, value in cells]


def account(activity, inputs, *, link="previous-period", reference="2001", formula="laspeyres", **tables) -> Account:
    head = {"frequency": "year", "calendar": "calendar", "reference": reference}
    study = {"study": head, "output": {"index": formula, "link": link}}
    return ingredients(study, {"activity": activity, "inputs": inputs, **tables}).computed()


def row(of: Account, quantity: np.ndarray, service: str) -> list[float]:
    return quantity[of.tree.services.index(service)].tolist()


HOME = rows("activity", "Care > Home", ("2001", 10, 30), ("2002", 11, 33))
VISITS = rows("activity", "Care > Visits", ("2001", 10, 30), ("2002", 14, 42))
SPENT_ON_HOME = rows("input", "Care > Home", ("2001", 3, 300), ("2002", 3, 300))
SPENT_ON_VISITS = rows("input", "Care > Visits", ("2001", 1, 100), ("2002", 1.1, 110))


def test_services_weigh_their_expenditure_and_not_their_activity():
    of = account(HOME + VISITS, SPENT_ON_HOME + SPENT_ON_VISITS)
    assert row(of, of.output["activity"], "Care") == pytest.approx([100.0, 0.75 * 110 + 0.25 * 140])
    assert row(of, of.input, "Care") == pytest.approx([100.0, 0.75 * 100 + 0.25 * 110])
    assert row(of, of.productivity("activity"), "All services") == pytest.approx([100.0, 100 * 117.5 / 102.5])


def test_without_inputs_services_weigh_their_activity():
    of = account(HOME + VISITS, [])
    assert row(of, of.output["activity"], "Care") == pytest.approx([100.0, 125.0])
    assert row(of, of.flags["no-input"], "Care") == [True, True]
    assert np.isnan(of.input).all()


def partial(inputs, activity=HOME + VISITS) -> list[str]:
    """Return the services whose input is marked as leaving out part of what their output counts."""
    of = account(activity, inputs)
    marks = of.flags["partial-input"]
    assert (marks.all(axis=1) == marks.any(axis=1)).all()
    return [service for service, mark in zip(of.tree.services, marks[:, 0], strict=True) if mark]


def test_input_for_part_of_what_output_counts_is_marked_from_there_up():
    assert partial(SPENT_ON_HOME) == ["All services", "Care"]
    assert partial(SPENT_ON_HOME + SPENT_ON_VISITS) == []
    assert partial([]) == []


def test_input_above_or_below_an_activity_covers_it():
    of_care = rows("input", "Care", ("2001", 1, 9), ("2002", 1, 9))
    assert partial(of_care) == partial(of_care + SPENT_ON_HOME) == []
    assert partial(SPENT_ON_HOME, rows("activity", "Care", ("2001", 1, 1), ("2002", 2, 2))) == []
    assert partial(of_care, HOME + rows("activity", "Parks", ("2001", 1, 1), ("2002", 2, 2))) == ["All services"]


def test_a_service_whose_output_is_not_measured_stands_at_100():
    of = account(HOME, SPENT_ON_HOME + rows("input", "Grounds", ("2001", 3, 100), ("2002", 6, 100)))
    assert row(of, of.productivity("activity"), "Grounds") == [100.0, 100.0]
    assert row(of, of.flags["output=input"], "Grounds") == [True, True]
    assert row(of, of.flags["output=input"], "All services") == [False, False]
    assert row(of, of.output["activity"], "All services") == pytest.approx([100.0, 0.75 * 110 + 0.25 * 200])


def test_inputs_below_a_service_that_measures_its_output_have_no_output_of_their_own():
    of = account(rows("activity", "Care", ("2001", 1, 1), ("2002", 2, 2)), SPENT_ON_HOME + SPENT_ON_VISITS)
    assert np.isnan(row(of, of.output["activity"], "Care > Home")).all()
    assert row(of, of.output["activity"], "Care") == [100.0, 200.0]
    assert row(of, of.input, "Care") == pytest.approx([100.0, 102.5])


def test_own_rows_are_one_more_child():
    own = rows("activity", "Care", ("2001", 10, 40), ("2002", 20, 80))
    of = account(HOME + VISITS + own, [])
    assert row(of, of.output["activity"], "Care") == pytest.approx([100.0, 0.3 * 110 + 0.3 * 140 + 0.4 * 200])
    assert "Care > (own level)" in of.links["activity"].items


def test_own_expenditure_that_pays_for_what_is_below_is_no_weight():
    own = rows("activity", "Care", ("2001", 10, 30), ("2002", 20, 60))
    of = account(HOME + own, rows("input", "Care", ("2001", 1, 900), ("2002", 1, 900)))
    assert row(of, of.output["activity"], "Care") == pytest.approx([100.0, 0.5 * 110 + 0.5 * 200])


def test_a_service_that_starts_late_stands_on_its_own_reference_and_joins_the_total_later():
    late = rows("activity", "Roads", ("2002", 5, 30), ("2003", 10, 30))
    care = rows("activity", "Care", ("2001", 1, 30), ("2002", 1, 30), ("2003", 1, 30))
    of = account(late + care, [])
    assert row(of, of.output["activity"], "Roads")[1:] == [100.0, 200.0]
    assert row(of, of.own_reference["activity"], "Roads") is True
    assert row(of, of.own_reference["activity"], "Care") is False
    assert row(of, of.output["activity"], "All services") == pytest.approx([100.0, 100.0, 150.0])


def test_a_chain_that_breaks_is_marked():
    of = account(rows("activity", "Care", ("2001", 1, 1), ("2003", 2, 2)), [])
    assert row(of, of.flags["chain-broken"], "Care") == [False, False, True]
    assert np.isnan(row(of, of.output["activity"], "Care")).tolist() == [False, True, True]


def test_what_rests_on_a_held_value_is_provisional_up_to_the_total():
    quality = [{"service": "Care > Home", "period": "2001", "indicator": "m", "value": 0.5, "direction": "higher"}]
    of = account(HOME + VISITS, [], quality=quality)
    marked = {service for service, marks in zip(of.tree.services, of.flags["provisional"], strict=True) if marks[1]}
    assert marked == {"All services", "Care", "Care > Home"}
    assert not of.flags["provisional"][:, 0].any()


def test_nothing_is_provisional_where_nothing_was_done():
    quality = [{"service": "Care > Home", "period": "2001", "indicator": "m", "value": 0.5, "direction": "higher"}]
    of = account(HOME[:1] + VISITS, [], quality=quality)
    assert not of.flags["provisional"].any()


def test_an_account_that_reaches_the_reference_is_not_marked_for_another_that_does_not():
    study = {
        "study": {"frequency": "year", "calendar": "calendar", "reference": "2002"},
        "failure_demand": {"method": "given", "removal": 1.0},
    }
    activity = [HOME[0] | {"failure_volume": 0}, HOME[1] | {"failure_volume": 11}]
    of = ingredients(study, {"activity": activity}).computed()
    assert row(of, of.own_reference["activity"], "Care") is False
    assert row(of, of.own_reference["value_demand"], "Care") is True


def test_no_bridge_without_productivity():
    assert all(np.isnan(each.contribution_pp).all() for each in account(HOME, []).bridges)


def test_the_ladder_holds_what_is_switched_on():
    quality = [{"service": "Care", "period": "2001", "indicator": "m", "value": 0.5, "direction": "higher"}]
    assert list(account(HOME, []).output) == ["activity"]
    assert list(account(HOME, [], quality=quality).output) == ["activity", "quality_adjusted"]


def test_all_services_may_have_rows_of_its_own():
    own = rows("activity", "All services", ("2001", 1, 70), ("2002", 2, 140))
    of = account(HOME + own, [])
    assert row(of, of.output["activity"], "All services") == pytest.approx([100.0, 0.3 * 110 + 0.7 * 200])


def test_inputs_alone_are_an_account_too():
    of = account([], SPENT_ON_HOME + SPENT_ON_VISITS)
    assert row(of, of.productivity("activity"), "All services") == [100.0, 100.0]


def test_productivity_is_exactly_100_where_output_is_input():
    index = np.array([[100 / 3, 144.8, 153.2000000000001, 1e-7]])
    assert productivity(index, index).tolist() == [[100.0] * 4]
