"""The account beside the oracle: two programs that share nothing but the method statement, on the same studies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from oracle.account import Account as Oracle
from oracle.account import bridge_rows, failure_demand_rows, group_cells, productivity_rows
from oracle.index import chain as oracle_chain
from oracle.tree import children

from relprod.account.bridge import SINCE
from relprod.account.failure_demand import failure_cost
from relprod.account.services import own_level_of

from .making import Ingredients, ingredients
from .studies import Study, studies

if TYPE_CHECKING:
    from oracle.index import Link

    from relprod.account.aggregation import Links
    from relprod.account.ladder import Account


SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
LEVEL = 1e-12
"""Indices are sums and products of positive numbers: nothing cancels."""
POINTS = 1e-9
"""Percentage points and growth are differences, and may lose digits of a large level."""
ORACLE_FLAGS = {"output=input", "no-input", "own-reference", "provisional"}


def both(study: Study) -> tuple[Ingredients, Account, Oracle]:
    made = ingredients(*study)
    return made, made.computed(), Oracle(*study)


def close(expected: float | None, actual: float, tolerance: float) -> bool:
    if expected is None or math.isnan(actual):
        return expected is None and math.isnan(actual)
    return abs(expected - actual) <= tolerance * max(1.0, abs(expected))


def figures(made: Ingredients, account: Account) -> dict[tuple[str, str, str], dict[str, float]]:
    """Return output, input and productivity by (service, period, account), where there is output or input."""
    return {
        (service, label, name): {
            "output": output[row, t],
            "input": account.input[row, t],
            "productivity": account.productivity(name)[row, t],
        }
        for name, output in account.output.items()
        for row, service in enumerate(account.tree.services)
        for t, label in enumerate(made.labels)
        if not (math.isnan(output[row, t]) and math.isnan(account.input[row, t]))
    }


@SLOW
@given(studies())
def test_every_output_input_and_productivity(study):
    made, account, oracle = both(study)
    expected, actual = productivity_rows(oracle), figures(made, account)
    assert sorted(expected) == sorted(actual)
    wrong = {
        (key, measure): (expected[key][measure], value)
        for key, row in actual.items()
        for measure, value in row.items()
        if not close(expected[key][measure], value, LEVEL)
    }
    assert wrong == {}


@SLOW
@given(studies())
def test_every_flag(study):
    made, account, oracle = both(study)
    wrong = {}
    rows = productivity_rows(oracle)
    for (service, label, name), row in rows.items():
        place = account.tree.services.index(service), made.labels.index(label)
        marked = {flag for flag, marks in account.flags.items() if marks[place]}
        marked |= {"own-reference"} if account.own_reference[name][place[0]] else set()
        if name == "activity":
            marked -= {"provisional"}
        if marked & ORACLE_FLAGS != set(row["flags"]):
            wrong[service, label, name] = row["flags"], marked
    assert wrong == {}


@SLOW
@given(studies())
def test_every_bridge(study):
    made, account, oracle = both(study)
    stated = {
        since: ~np.any([np.isnan(each.contribution_pp) for each in account.bridges if each.since == since], axis=0) for since in SINCE
    }
    actual = {
        (service, label, each.since, each.component): (each.factor[row, t], each.contribution_pp[row, t])
        for each in account.bridges
        for row, service in enumerate(account.tree.services)
        for t, label in enumerate(made.labels)
        if stated[each.since][row, t]
    }
    expected = bridge_rows(oracle)
    assert sorted(expected) == sorted(actual)
    wrong = {
        key: (expected[key], pair)
        for key, pair in actual.items()
        if not (close(expected[key][0], pair[0], LEVEL) and close(expected[key][1], pair[1], POINTS))
    }
    assert wrong == {}


def oracle_links(oracle: Oracle) -> dict[tuple[str, str], dict[Any, Link]]:
    """Return the oracle's links by (quantity, parent) and period; a parent is a service, or the own level of one."""
    found: dict[tuple[str, str], dict[Any, Link]] = {}
    for node in oracle.nodes:
        below = children(node, oracle.nodes)
        own_name = own_level_of(node) if below else node
        quantities = {"input": (oracle.input_cells.get(node, {}), lambda child: (oracle.input_levels(child), oracle.expenditure(child)))}
        for name in oracle.accounts:
            quantities[name] = (
                oracle.activity_cells(node, name),
                lambda child, name=name: (oracle.output_levels(child, name), oracle.weight(child)),
            )
        for quantity, (cells, of_child) in quantities.items():
            own = oracle_chain(cells, oracle.rule) if cells else None
            if own is not None:
                found[quantity, own_name] = dict(own.links)
            if not below or (quantity != "input" and oracle.is_output_equal_to_input(node)):
                continue
            groups = {child: group for child in below if (group := of_child(child))[0]}
            if not groups:
                continue
            if own is not None and own.levels:
                weight = oracle.own_expenditure(node) if quantity == "input" else oracle.own_weight(node)
                groups[own_level_of(node)] = (own.levels, weight)
            found[quantity, node] = dict(oracle_chain(group_cells(groups), oracle.rule).links)
    return {key: links for key, links in found.items() if any(link["relative"] is not None for link in links.values())}


def links_of(made: Ingredients, links: Links) -> dict[tuple[str, Any], dict[str, Any]]:
    """Return relprod's links by parent and period, where something is matched."""
    chained, subperiods = links.chained, made.method.timeline.subperiods
    found = {}
    for number, parent in enumerate(links.parents):
        rows = np.flatnonzero(links.item_parent == number)
        for t, ordinal in enumerate(made.method.timeline.ordinals):
            if chained.matched[rows, t].any():
                found[parent, divmod(ordinal, subperiods)] = {
                    "relative": chained.growth[number, t] + 1,
                    "matched_share": chained.matched_share[number, t],
                    "new": sorted(links.items[row] for row in rows[chained.new[rows, t]]),
                    "gone": sorted(links.items[row] for row in rows[chained.gone[rows, t]]),
                    "contributions_pp": {links.items[row]: 100 * chained.contribution[row, t] for row in rows[chained.matched[rows, t]]},
                }
    return found


def difference(expected: Link, actual: dict[str, Any]) -> str:
    """Return the name of the first thing in which two links differ, nothing where they agree."""
    for name in ("relative", "matched_share"):
        if not close(float(expected[name]), actual[name], POINTS):  # type: ignore[literal-required]
            return name
    for name in ("new", "gone"):
        if expected[name] != actual[name]:  # type: ignore[literal-required]
            return name
    points = expected["contributions_pp"]
    same = sorted(points) == sorted(actual["contributions_pp"])
    return (
        ""
        if same and all(close(float(points[j]), value, POINTS) for j, value in actual["contributions_pp"].items())
        else "contributions_pp"
    )


@SLOW
@given(studies())
def test_every_link(study):
    made, account, oracle = both(study)
    wrong = {}
    for (quantity, parent), expected in oracle_links(oracle).items():
        actual = {t: link for (name, t), link in links_of(made, account.links[quantity]).items() if name == parent}
        for t, link in expected.items():
            if link["relative"] is not None and (t not in actual or difference(link, actual[t])):
                wrong[quantity, parent, t] = link, actual.get(t)
    assert wrong == {}


@SLOW
@given(studies())
def test_failure_demand_and_its_cost(study):
    made, account, oracle = both(study)
    expected = failure_demand_rows(oracle)
    assert (account.failure_share is None) == (not expected)
    if account.failure_share is None:
        return
    cost = failure_cost(made.activity, account.failure_share)
    for row, (service, activity) in enumerate(zip(made.activity.service, made.activity.item, strict=True)):
        for t, label in enumerate(made.labels):
            if (service, activity, label) in expected:
                shown = expected[service, activity, label]
                assert close(shown["share"], account.failure_share[row, t], LEVEL)
                assert close(shown["cost"], cost[row, t], LEVEL)


@pytest.mark.parametrize("formula", ["laspeyres", "paasche", "fisher", "tornqvist", "walsh"])
@pytest.mark.parametrize("link", ["previous-period", "fixed", "annual-overlap", "one-quarter-overlap", "over-the-year"])
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(study=studies())
def test_every_formula_with_every_link(formula, link, study):
    settings_of, tables = study
    study = ({**settings_of, "output": {"index": formula, "link": link}}, tables)
    made, account, oracle = both(study)
    expected, actual = productivity_rows(oracle), figures(made, account)
    assert sorted(expected) == sorted(actual)
    assert [key for key, row in actual.items() if not close(expected[key]["output"], row["output"], LEVEL)] == []
