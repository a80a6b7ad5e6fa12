"""Every figure of both examples beside the oracle, which shares nothing with relprod but the method statement."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from oracle.account import account

if TYPE_CHECKING:
    from .conftest import Example

TOLERANCE = 1e-9
FIGURES = ("output", "input", "productivity", "output_growth", "input_growth", "productivity_growth", "productivity_growth_year")
ORACLE_FLAGS = {"output=input", "no-input", "own-reference", "provisional"}
EXPECTED_ROWS = {"local-services": (432, 1935, 218), "ons-public-services": (480, 2800, 0)}


@pytest.fixture(scope="module")
def oracles(examples: dict[str, Example]) -> dict[str, dict[str, Any]]:
    return {name: account(example.study, example.tables()) for name, example in examples.items()}


@pytest.fixture
def expected(example: Example, oracles: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return oracles[example.folder.name]


def same(expected: float | None, actual: float | None) -> bool:
    if expected is None or actual is None:
        return expected is actual
    return math.isclose(expected, actual, rel_tol=0, abs_tol=TOLERANCE)


def test_the_runs_hold_as_many_rows_as_the_data_call_for(example: Example):
    tables = example.run.tables
    counts = [tables[name].num_rows if name in tables else 0 for name in ("productivity", "bridge", "failure_demand")]
    assert tuple(counts) == EXPECTED_ROWS[example.folder.name]


def test_every_index_growth_and_flag(example: Example, expected: dict[str, Any]):
    rows = {(row["service"], row["period"], row["account"]): row for row in example.run.tables["productivity"].to_pylist()}
    assert set(rows) == set(expected["productivity"])
    wrong = [
        (key, name, row[name], rows[key][name])
        for key, row in expected["productivity"].items()
        for name in FIGURES
        if not same(row[name], rows[key][name])
    ]
    assert wrong == []
    flags = {key: tuple(sorted(ORACLE_FLAGS.intersection(row["flags"].split(";")))) for key, row in rows.items()}
    assert flags == {key: row["flags"] for key, row in expected["productivity"].items()}


def test_every_step_of_the_bridge(example: Example, expected: dict[str, Any]):
    rows = {
        (row["service"], row["period"], row["since"], row["component"]): (row["factor"], row["contribution_pp"])
        for row in example.run.tables["bridge"].to_pylist()
    }
    assert set(rows) == set(expected["bridge"])
    wrong = [(key, pair, rows[key]) for key, pair in expected["bridge"].items() if not all(map(same, pair, rows[key]))]
    assert wrong == []


def test_failure_demand_of_every_activity(local: Example, oracles: dict[str, dict[str, Any]]):
    expected = oracles["local-services"]["failure_demand"]
    rows = [row for row in local.run.tables["failure_demand"].to_pylist() if row["activity"] != "All activities"]
    recorded = {(row["service"], row["activity"]) for row in local.rows("activity") if row["failure_volume"] != ""}
    assert {(row["service"], row["activity"], row["period"]) for row in rows} == {key for key in expected if key[:2] in recorded}
    for row in rows:
        wanted = expected[row["service"], row["activity"], row["period"]]
        assert all(same(wanted[name], float(row[name])) for name in ("volume", "failure_volume", "share", "cost"))
        assert row["method"] == "given"


def test_failure_demand_of_every_service_is_the_exact_sum_below_it(local: Example):
    exact: dict[tuple[str, str], list[Fraction]] = {}
    for row in local.rows("activity"):
        volume, failure, unit_cost = (Fraction(row[name] or 0) for name in ("volume", "failure_volume", "unit_cost"))
        parts = row["service"].split(" > ")
        for service in ("All services", *(" > ".join(parts[: depth + 1]) for depth in range(len(parts)))):
            total = exact.setdefault((service, row["period"]), [Fraction(0)] * 4)
            for place, value in enumerate((volume, failure, failure * unit_cost, volume * unit_cost)):
                total[place] += value
    rows = [row for row in local.run.tables["failure_demand"].to_pylist() if row["activity"] == "All activities"]
    care = {"Adult social care", "Adult social care > Home care", "Adult social care > Reablement"}
    assert {row["service"] for row in rows} == {"All services", "Homelessness", "Revenues and benefits", *care}
    assert len(rows) == 6 * 16
    for row in rows:
        volume, failure, cost, value = exact[row["service"], row["period"]]
        assert Fraction(row["failure_volume"]) == failure
        assert Fraction(row["volume"]) == volume
        assert same(float(cost), row["cost"])
        assert same(float(cost / value), row["share"])


def test_productivity_times_input_is_output(example: Example):
    rows = [row for row in example.run.tables["productivity"].to_pylist() if row["productivity"] is not None]
    assert len(rows) == example.run.tables["productivity"].num_rows
    assert all(math.isclose(row["productivity"] * row["input"] / 100, row["output"], rel_tol=1e-13) for row in rows)


def test_the_bridge_sums_to_the_growth_that_it_explains(example: Example):
    figures = {(row["service"], row["period"], row["account"]): row for row in example.run.tables["productivity"].to_pylist()}
    last = "value_demand" if "failure_demand" in example.study else "quality_adjusted"
    sums: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in example.run.tables["bridge"].to_pylist():
        sums.setdefault((row["service"], row["period"], row["since"]), {})[row["component"]] = row["contribution_pp"]
    for (service, period, since), points in sums.items():
        total = points.pop("productivity")
        assert math.isclose(math.fsum(points.values()), total, rel_tol=0, abs_tol=TOLERANCE)
        row = figures[service, period, last]
        growth = {
            "previous": row["productivity_growth"],
            "year-earlier": row["productivity_growth_year"],
            "reference": row["productivity"] - 100,
        }
        assert same(growth[since], total)


def test_contributions_sum_to_the_growth_of_their_link(ons: Example):
    """By year, the link to the year before is the growth of the index."""
    sums: dict[tuple[str, str], list[float]] = {}
    for row in ons.run.tables["contributions"].to_pylist():
        if row["parent"] == "All services" and row["quantity"] == "output":
            sums.setdefault((row["period"], row["account"]), []).append(row["contribution_pp"])
    growth = {
        (row["period"], row["account"]): row["output_growth"]
        for row in ons.run.tables["productivity"].to_pylist()
        if row["service"] == "All services" and row["output_growth"] is not None
    }
    assert len(growth) == 2 * 23
    assert set(sums) == set(growth)
    assert all(len(parts) == 9 for parts in sums.values())
    assert all(math.isclose(math.fsum(parts), growth[key], rel_tol=0, abs_tol=TOLERANCE) for key, parts in sums.items())
