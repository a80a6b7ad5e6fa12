"""What must hold for every study, whatever its figures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from account.making import Ingredients, Tables, ingredients
from account.studies import studies
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from relprod.account.services import ALL_SERVICES, lineage

if TYPE_CHECKING:
    from relprod.account.ladder import Account

SOME = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
EQUAL = {"rtol": 1e-12, "atol": 0, "equal_nan": True}
PART_OF_GROWTH = 1e-9


def computed(study: dict[str, Any], tables: Tables) -> Account:
    return ingredients(study, tables).computed()


def asked(study: dict[str, Any], **output: str) -> dict[str, Any]:
    """Return the study with another index or link."""
    return {**study, "output": {**study["output"], **output}}


def assert_same_figures(expected: Account, actual: Account, *, services: dict[str, str] | None = None) -> None:
    """Compare every output and input, of all services or of those whose names are paired."""
    names = services or dict(zip(expected.tree.services, expected.tree.services, strict=True))
    here = [expected.tree.services.index(name) for name in names]
    there = [actual.tree.services.index(name) for name in names.values()]
    assert list(expected.output) == list(actual.output)
    for name, output in expected.output.items():
        np.testing.assert_allclose(actual.output[name][there], output[here], **EQUAL)
    np.testing.assert_allclose(actual.input[there], expected.input[here], **EQUAL)


def changed(tables: Tables, table: str, change) -> Tables:
    return {**tables, table: [row | change(row) for row in tables[table]]}


# Sums that must come out


@SOME
@given(studies())
def test_contributions_sum_to_the_growth_of_every_link(study):
    for links in computed(*study).links.values():
        total = np.zeros(links.chained.growth.shape)
        np.add.at(total, links.item_parent, links.chained.contribution)
        linked = ~np.isnan(links.chained.growth)
        size = np.maximum(1, np.abs(links.chained.growth[linked]))
        assert (np.abs(total[linked] - links.chained.growth[linked]) <= PART_OF_GROWTH * size).all()


@SOME
@given(studies())
def test_the_bridge_sums_to_the_growth_of_productivity(study):
    account = computed(*study)
    for since in ("reference", "previous", "year-earlier"):
        of = {each.component: each for each in account.bridges if each.since == since}
        whole = of.pop("productivity")
        parts = sum(each.contribution_pp for each in of.values())
        np.testing.assert_allclose(parts, whole.contribution_pp, rtol=PART_OF_GROWTH, atol=PART_OF_GROWTH)
        np.testing.assert_allclose(100 * (whole.factor - 1), whole.contribution_pp, rtol=PART_OF_GROWTH, atol=PART_OF_GROWTH)


@SOME
@given(studies())
def test_the_bridge_is_the_growth_of_the_last_account(study):
    account = computed(*study)
    productivity = account.productivity(list(account.output)[-1])
    of = {each.since: each.factor for each in account.bridges if each.component == "productivity"}
    np.testing.assert_allclose(of["reference"], productivity / 100, **EQUAL)
    np.testing.assert_allclose(of["previous"][:, 1:], productivity[:, 1:] / productivity[:, :-1], **EQUAL)


@SOME
@given(studies())
def test_productivity_times_input_is_output(study):
    account = computed(*study)
    for name, output in account.output.items():
        stated = ~np.isnan(output) & ~np.isnan(account.input)
        np.testing.assert_allclose((account.productivity(name) * account.input / 100)[stated], output[stated], **EQUAL)


@SOME
@given(studies())
def test_where_output_is_taken_to_be_input_productivity_is_100(study):
    account = computed(*study)
    marked = account.flags["output=input"] & ~np.isnan(account.input)
    for name in account.output:
        np.testing.assert_allclose(account.productivity(name)[marked], 100.0, **EQUAL)


# What must not matter


@SOME
@given(studies(), st.data())
def test_another_reference_leaves_growth_as_it_is(study, data):
    """But for `fixed`, whose base is the reference."""
    asked_for, tables = study
    assume(asked_for["output"]["link"] != "fixed")
    made = ingredients(asked_for, tables)
    other = {**asked_for, "study": {**asked_for["study"], "reference": data.draw(st.sampled_from(made.labels))}}
    before, after = made.computed(), computed(other, tables)
    for name, output in [*before.output.items(), ("input", before.input)]:
        again = after.input if name == "input" else after.output[name]
        np.testing.assert_allclose(again[:, 1:] / again[:, :-1], output[:, 1:] / output[:, :-1], **EQUAL)


def halved(row: dict[str, Any], activity: str) -> dict[str, Any]:
    failure = row["failure_volume"]
    return row | {
        "activity": activity,
        "volume": row["volume"] / 2,
        "cost": row["cost"] / 2,
        "failure_volume": None if failure is None else failure / 2,
    }


@SOME
@given(studies())
def test_two_halves_of_an_activity_are_the_whole(study):
    asked_for, tables = study
    names = ("activity 0", "activity 0, other half")
    split = [
        half for row in tables["activity"] for half in ([halved(row, name) for name in names] if row["activity"] == names[0] else [row])
    ]
    quality = [
        half
        for row in tables.get("quality", [])
        for half in ([row | {"activity": name} for name in names] if row["activity"] == names[0] else [row])
    ]
    assert_same_figures(computed(asked_for, tables), computed(asked_for, {**tables, "activity": split, "quality": quality}))


@SOME
@given(studies(), st.sampled_from([0.125, 0.3, 100, 1.7]))
def test_the_unit_of_money_does_not_matter(study, rate):
    asked_for, tables = study
    other = changed(tables, "activity", lambda row: {"cost": row["cost"] * rate})
    other = changed(other, "inputs", lambda row: {"expenditure": row["expenditure"] * rate})
    assert_same_figures(computed(asked_for, tables), computed(asked_for, other))


@SOME
@given(studies(), st.sampled_from([0.125, 0.3, 60, 1.7]))
def test_the_unit_of_an_activity_does_not_matter(study, per_unit):
    def change(row):
        if row["activity"] != "activity 0":
            return {}
        failure = row["failure_volume"]
        return {"volume": row["volume"] * per_unit, "failure_volume": None if failure is None else failure * per_unit}

    asked_for, tables = study
    # A share of failure of exactly 1 may become 1 - 1e-16 in another unit, and what is nearly nothing is not nothing.
    assume(all(row["failure_volume"] != row["volume"] or per_unit == 0.125 for row in tables["activity"]))
    assert_same_figures(computed(asked_for, tables), computed(asked_for, changed(tables, "activity", change)))


@SOME
@given(studies(), st.sampled_from([0.01, 0.3, 7]))
def test_the_scale_of_a_deflator_does_not_matter(study, scale):
    asked_for, tables = study
    other = changed(tables, "deflators", lambda row: {"index": row["index"] * scale})
    assert_same_figures(computed(asked_for, tables), computed(asked_for, other))


def permuted(made: Ingredients, random) -> Ingredients:
    activity, inputs = (random.sample(range(len(cells.item)), len(cells.item)) for cells in (made.activity, made.inputs))

    def rows(cells, order):
        chosen = np.array(order, dtype=int)
        return replace(
            cells,
            service=tuple(cells.service[row] for row in order),
            item=tuple(cells.item[row] for row in order),
            volume=cells.volume[chosen],
            value=cells.value[chosen],
        )

    failure, indicators = made.adjustments.failure_share, made.adjustments.indicators
    adjustments = replace(
        made.adjustments,
        failure_share=None if failure is None else failure[np.array(activity, dtype=int)],
        indicators=None if indicators is None else tuple(random.sample(indicators, len(indicators))),
    )
    return replace(made, activity=rows(made.activity, activity), inputs=rows(made.inputs, inputs), adjustments=adjustments)


@SOME
@given(studies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_gives_the_same_bits(study, random):
    made = ingredients(*study)
    expected, actual = made.computed(), permuted(made, random).computed()
    assert expected.input.tobytes() == actual.input.tobytes()
    for name, output in expected.output.items():
        assert output.tobytes() == actual.output[name].tobytes()
    for one, other in zip(expected.bridges, actual.bridges, strict=True):
        assert (one.since, one.component, one.contribution_pp.tobytes()) == (other.since, other.component, other.contribution_pp.tobytes())


# Steps of the ladder


@SOME
@given(studies())
def test_no_removal_gives_back_the_account_before(study):
    asked_for, tables = study
    account = computed({**asked_for, "failure_demand": {"method": "given", "removal": 0.0}}, tables)
    *_, before, after = account.output.values()
    np.testing.assert_array_equal(before, after)


@SOME
@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 500)), min_size=2, max_size=9),
    st.sampled_from([0, 0.25, 0.5, 0.75]),
    studies(),
)
def test_the_same_share_of_failure_all_along_leaves_the_growth_of_one_activity_as_it_is(cells, share, study):
    activity = [
        {
            "service": "Care",
            "activity": "call",
            "period": str(2001 + t),
            "volume": 4 * volume,
            "cost": cost,
            "failure_volume": 4 * volume * share,
        }
        for t, (volume, cost) in enumerate(cells)
    ]
    head = {"study": {"frequency": "year", "calendar": "calendar", "reference": "2001"}, "output": study[0]["output"]}
    account = computed({**head, "failure_demand": {"method": "given"}}, {"activity": activity})
    np.testing.assert_allclose(account.output["value_demand"], account.output["activity"], **EQUAL)


# Aggregation


ADDS_UP = st.sampled_from(["annual-overlap", "previous-period", "fixed"])
"""Over-the-year and one-quarter-overlap value a quarter at the year's average unit values, which differ between a service and its parts."""


@SOME
@given(studies(full=True), ADDS_UP)
def test_one_step_is_several_steps_at_every_level(study, link):
    """For Laspeyres, where every item is matched throughout and services weigh what their activities are worth (no inputs are given)."""
    asked_for, tables = study
    asked_for = {key: value for key, value in asked(asked_for, index="laspeyres", link=link).items() if key != "failure_demand"}
    several = computed(asked_for, {"activity": tables["activity"]})
    for service in several.tree.services:
        below = [row for row in tables["activity"] if service in lineage(row["service"])]
        flat = [row | {"service": "One", "activity": f"{row['service']}/{row['activity']}"} for row in below]
        assert_same_figures(several, computed(asked_for, {"activity": flat}), services={service: "One"})


@SOME
@given(studies(full=True), ADDS_UP)
def test_inputs_in_one_step_are_inputs_in_several(study, link):
    asked_for, tables = study
    asked_for = asked(asked_for, index="laspeyres", link=link)
    several = computed(asked_for, {key: tables[key] for key in ("inputs", "deflators")} | {"activity": []})
    for service in several.tree.services:
        below = [row for row in tables["inputs"] if service in lineage(row["service"])]
        flat = [row | {"service": "One", "input": f"{row['service']}/{row['input']}"} for row in below]
        one = computed(asked_for, {"activity": [], "inputs": flat, "deflators": tables["deflators"]})
        place = several.tree.services.index(service)
        np.testing.assert_allclose(one.input[one.tree.services.index("One")], several.input[place], **EQUAL)


@SOME
@given(studies(full=True))
def test_a_service_that_stands_alone_is_the_total(study):
    asked_for, tables = study
    service = tables["activity"][0]["service"]
    assume(service != ALL_SERVICES)
    alone = {name: [row for row in rows if row.get("service", service) == service] for name, rows in tables.items()}
    account = computed(asked_for, alone)
    assert_same_figures(account, account, services={service: ALL_SERVICES})
    for output in account.output.values():
        np.testing.assert_allclose(output[account.tree.services.index(service)], output[0], **EQUAL)


# Formulas, on one link of positive figures


positive = st.integers(1, 400).map(lambda number: number / 8)
two_years = st.lists(st.tuples(positive, positive, positive, positive), min_size=1, max_size=6)


def link_of(items: list[tuple[float, ...]], formula: str) -> float:
    """Return the index of the second year on the first, from (volume, volume, value, value) of each item."""
    activity = [
        {"service": "Care", "activity": f"a{number}", "period": str(2001 + t), "volume": item[t], "cost": item[2 + t]}
        for number, item in enumerate(items)
        for t in (0, 1)
    ]
    study = {
        "study": {"frequency": "year", "calendar": "calendar", "reference": "2001"},
        "output": {"index": formula, "link": "previous-period"},
    }
    return float(computed(study, {"activity": activity}).output["activity"][0, 1]) / 100


@SOME
@given(two_years)
def test_fisher_lies_between_laspeyres_and_paasche(items):
    low, high = sorted([link_of(items, "laspeyres"), link_of(items, "paasche")])
    assert low * (1 - 1e-14) <= link_of(items, "fisher") <= high * (1 + 1e-14)


@SOME
@given(two_years, st.sampled_from(["fisher", "tornqvist", "walsh"]))
def test_time_reversed_is_the_reciprocal(items, formula):
    backwards = [(z1, z0, v1, v0) for z0, z1, v0, v1 in items]
    np.testing.assert_allclose(link_of(items, formula) * link_of(backwards, formula), 1, rtol=1e-12)


@SOME
@given(two_years)
def test_laspeyres_backwards_is_paasche(items):
    backwards = [(z1, z0, v1, v0) for z0, z1, v0, v1 in items]
    np.testing.assert_allclose(link_of(items, "laspeyres") * link_of(backwards, "paasche"), 1, rtol=1e-12)


@SOME
@given(two_years, st.sampled_from(["laspeyres", "paasche", "fisher", "tornqvist", "walsh"]))
def test_an_index_lies_between_the_smallest_and_the_largest_relative(items, formula):
    relatives = [z1 / z0 for z0, z1, _, _ in items]
    assert min(relatives) * (1 - 1e-13) <= link_of(items, formula) <= max(relatives) * (1 + 1e-13)


@SOME
@given(st.integers(2, 4), st.integers(1, 4), st.data())
def test_the_mean_of_a_years_quarters_is_the_annual_chain(years, items, data):
    """For Laspeyres with annual overlap, where every item is there in every quarter; the last quarters of the last year may be missing."""
    cells = data.draw(st.lists(st.tuples(positive, positive), min_size=4 * years * items, max_size=4 * years * items))
    quarters = [
        {
            "service": "Care",
            "activity": f"a{n % items}",
            "period": f"{2001 + n // items // 4} Q{n // items % 4 + 1}",
            "volume": z,
            "cost": v,
        }
        for n, (z, v) in enumerate(cells)
    ]
    by_year = [
        {"service": "Care", "activity": f"a{item}", "period": str(2001 + year), **sums}
        for item in range(items)
        for year in range(years)
        if (part := [row for row in quarters if row["activity"] == f"a{item}" and row["period"].startswith(str(2001 + year))])
        if (sums := {name: sum(row[name] for row in part) for name in ("volume", "cost")})
    ]
    output = {"index": "laspeyres", "link": "annual-overlap"}
    head = {"calendar": "calendar", "reference": "2001"}
    fine = computed({"study": {**head, "frequency": "quarter"}, "output": output}, {"activity": quarters}).output["activity"][0]
    coarse = computed({"study": {**head, "frequency": "year"}, "output": output}, {"activity": by_year}).output["activity"][0]
    np.testing.assert_allclose(fine.reshape(years, 4).mean(axis=1), coarse, rtol=1e-12)


@pytest.mark.parametrize("formula", ["paasche", "fisher"])
def test_other_formulas_do_not_keep_the_mean_of_the_quarters(formula):
    """A counterexample, so that nobody relies on it: the identity is Laspeyres' alone."""
    volume = {"a": (10, 10, 10, 10, 10, 12, 14, 20), "b": (10, 10, 10, 10, 10, 10, 9, 9)}
    cost = {"a": (1, 1, 1, 1, 1, 2, 3, 5), "b": (3, 3, 3, 3, 3, 3, 4, 4)}
    quarters = [
        {"service": "S", "activity": j, "period": f"{2001 + t // 4} Q{t % 4 + 1}", "volume": z, "cost": z * cost[j][t]}
        for j, series in volume.items()
        for t, z in enumerate(series)
    ]
    by_year = [
        {"service": "S", "activity": j, "period": str(2001 + y), "volume": sum(z for z, _ in part), "cost": sum(z * c for z, c in part)}
        for j in volume
        for y, part in enumerate(np.split(np.array([volume[j], cost[j]]).T, 2))
    ]
    output = {"index": formula, "link": "annual-overlap"}
    fine = computed(
        {"study": {"frequency": "quarter", "calendar": "calendar", "reference": "2001"}, "output": output}, {"activity": quarters}
    )
    coarse = computed(
        {"study": {"frequency": "year", "calendar": "calendar", "reference": "2001"}, "output": output}, {"activity": by_year}
    )
    assert abs(fine.output["activity"][0, 4:].mean() - coarse.output["activity"][0, 1]) > 1e-3
