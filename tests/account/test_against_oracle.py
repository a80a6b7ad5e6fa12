"""The account beside the oracle: two programs that share nothing but the method statement, on the same studies."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from oracle import account as oracle_account
from oracle import formulas as oracle_formulas
from oracle import index as oracle_index
from oracle.account import OWN, Series, bridge_rows, failure_demand_rows, productivity_rows
from oracle.account import Account as Oracle
from oracle.exact import growth_per_log as oracle_growth_per_log
from oracle.index import NOTHING, Base, Cell, Cells, Link, Rule
from oracle.index import at_average_unit_values as oracle_at_average_unit_values
from oracle.index import average_base as oracle_average_base
from oracle.index import chain as oracle_chain
from oracle.index import link_of as oracle_link_of
from oracle.tree import at_or_below, children

from relprod.account.bridge import SINCE
from relprod.account.failure_demand import failure_cost
from relprod.account.services import own_level_of

from .making import Ingredients, ingredients
from .studies import Study, studies

if TYPE_CHECKING:
    from oracle.periods import Period

    from relprod.account.aggregation import Links
    from relprod.account.ladder import Account


@pytest.fixture(autouse=True, scope="module")
def _the_package_s_reading():
    """Where the oracle and the package read the method otherwise, take the package's reading, so that the rest can be compared.

    `test_disagreements.py` holds each of these places as an expected failure against the oracle as it is.
    """
    with (
        patch.object(oracle_account, "_levels_of_groups", levels_of_groups),
        patch.object(oracle_account, "growth_per_log", growth_per_log),
        patch.object(oracle_formulas, "growth_per_log", growth_per_log),
        patch.object(oracle_index, "link_of", link_of),
        patch.object(oracle_index, "average_base", average_base),
        patch.object(oracle_index, "at_average_unit_values", at_average_unit_values),
    ):
        yield


def only_what_takes_part(cells: Cells) -> Cells:
    """Return cells in which a volume without a value is none. Here the oracle is right: return `cells` once the package is mended.

    See `test_what_cost_nothing_for_a_quarter_was_still_done`.
    """
    return {t: {j: cell if cell.counts else Cell(NOTHING.z, cell.v) for j, cell in items.items()} for t, items in cells.items()}


def average_base(cells: Cells, among: list[Period]) -> Base:
    """Return a base in which the value of a period counts, also where nothing in that period takes part."""
    base = oracle_average_base(only_what_takes_part(cells), among)
    for j in {j for t in among for j in cells.get(t, {})} - set(base):
        base[j] = Cell(NOTHING.z, sum((cells[t].get(j, NOTHING).v for t in cells if t in among), NOTHING.v))
    return base


def at_average_unit_values(cells: Cells, period: Period) -> Base:
    """Return a base in which what was paid for in the period, and not done all year, counts as base value that is not matched."""
    cells = only_what_takes_part(cells)
    base = oracle_at_average_unit_values(cells, period)
    year = [items for t, items in cells.items() if t[0] == period[0]]
    for j, cell in cells.get(period, {}).items():
        if not any(items.get(j, NOTHING).z > 0 for items in year):
            base[j] = Cell(NOTHING.z, cell.v)
    return base


def growth_per_log(ratio: Fraction) -> Fraction:
    """Return (ratio - 1) / ln ratio also where the ratio is within 60 digits of 1, which the oracle's logarithm cannot tell from it."""
    growth = ratio - 1
    return 1 + growth / 2 if abs(growth) < Fraction(1, 10**20) else oracle_growth_per_log(ratio)


def link_of(formula: str, base: Base, now: Base) -> Link:
    """Return a link in which new and gone are told by taking part, which needs a value, and not by volume alone."""
    link = oracle_link_of(formula, base, now)
    takes_part = {name: {j for j, cell in cells.items() if cell.counts} for name, cells in (("base", base), ("now", now))}
    link["new"], link["gone"] = sorted(takes_part["now"] - takes_part["base"]), sorted(takes_part["base"] - takes_part["now"])
    return link


def group_cells(groups: dict[str, tuple[Series, Series]]) -> dict[Any, dict[str, Cell]]:
    """Return children as cells: a year's weight counts every period of it, also those in which a child has no index."""
    cells: dict[Any, dict[str, Cell]] = {}
    for name, (levels, weight) in groups.items():
        for t in {*levels, *weight}:
            cells.setdefault(t, {})[name] = Cell(levels.get(t, NOTHING.z), weight.get(t, NOTHING.v))
    return cells


def levels_of_groups(groups: dict[str, tuple[Series, Series]], own: Series, own_weight: Series, rule: Rule) -> Series:
    """Return a node's index. Where nothing below it has one, its own rows are its index, whatever they weigh."""
    groups = {name: group for name, group in groups.items() if group[0]}
    if not groups:
        return own
    return oracle_account._levels(group_cells({**groups, OWN: (own, own_weight)} if own else groups), rule)


SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
LEVEL = 1e-12
"""Indices are sums and products of positive numbers: nothing cancels."""
POINTS = 1e-9
"""Percentage points and growth are differences, and may lose digits of a large level."""
ORACLE_FLAGS = {"output=input", "no-input", "own-reference"}


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
        expected = set(row["flags"]) - ({"no-input"} if oracle.has_input_below(service) else set())
        if marked & ORACLE_FLAGS != expected & ORACLE_FLAGS:
            wrong[service, label, name] = expected, marked
        if name == "activity":
            continue
        below = [row for row, owner in enumerate(made.activity.service) if at_or_below(service, owner)]
        done = (made.activity.volume > 0) & (made.activity.value > 0)
        missed = "provisional" in expected and "provisional" not in marked and done[below, place[1]].all()
        too_much = "provisional" in marked and "provisional" not in expected
        if missed or too_much:
            wrong[service, label, name] = expected, marked
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
