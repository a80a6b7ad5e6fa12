"""The oracle itself against known values: an oracle nobody checked is one more opinion."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from . import known_values as known
from .account import account
from .exact import exp, ln, mean
from .formulas import FORMULAS
from .index import Rule, cells_of, chain, index_series, links

SHARED = Path(__file__).parents[2] / "../shared/data/oracle_core"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
TOLERANCE = 1e-12
YEARS = ("2001", "2002", "2003", "2004", "2005")


def same(expected: str | float, actual: float) -> bool:
    return abs(float(expected) - actual) <= TOLERANCE * max(1.0, abs(float(expected)))


def six_item_index(formula: str, link: str) -> list[float]:
    series = index_series(known.six_items(), formula=formula, link=link, reference="2001", frequency="year")
    return [series[year] / 100 for year in YEARS]


def six_item_links(formula: str) -> list[float]:
    made = links(known.six_items(), formula=formula, link="previous-period", reference="2001", frequency="year")
    return [1.0, *(float(made[year]["relative"] or 0) for year in YEARS[1:])]


def two_product_index(link: str) -> list[float]:
    return list(index_series(known.two_products(), formula="laspeyres", link=link, reference="1997", frequency="quarter").values())


@pytest.mark.parametrize("formula", known.FORMULAS)
def test_six_items_against_the_first_period(formula: str) -> None:
    assert all(map(same, known.SIX_ITEMS_FIXED[formula], six_item_index(formula, "fixed")))


@pytest.mark.parametrize("formula", known.FORMULAS)
def test_six_items_against_the_period_before(formula: str) -> None:
    assert all(map(same, known.SIX_ITEMS_PERIOD_ON_PERIOD[formula], six_item_links(formula)))


@pytest.mark.parametrize("formula", known.FORMULAS)
@pytest.mark.parametrize("link", ["previous-period", "annual-overlap", "over-the-year", "one-quarter-overlap"])
def test_six_items_chained_whatever_the_link_when_periods_are_years(formula: str, link: str) -> None:
    assert all(map(same, known.SIX_ITEMS_CHAINED[formula], six_item_index(formula, link)))


@pytest.mark.parametrize("formula", ["laspeyres", "paasche", "fisher"])
def test_contributions_of_six_items(formula: str) -> None:
    made = links(known.six_items(), formula=formula, link="previous-period", reference="2001", frequency="year")
    for period, expected in known.SIX_ITEMS_CONTRIBUTIONS[formula].items():
        actual = made[str(2000 + period)]["contributions_pp"]
        assert all(same(value, float(actual[f"item {j}"]) / 100) for j, value in enumerate(expected, start=1))


def test_tornqvist_contributions_are_logs_scaled_to_the_growth() -> None:
    made = links(known.six_items(), formula="tornqvist", link="previous-period", reference="2001", frequency="year")
    for period, expected in known.SIX_ITEMS_LOG_CONTRIBUTIONS.items():
        link = made[str(2000 + period)]
        assert link["relative"] is not None
        scale = float((link["relative"] - 1) / ln(link["relative"]))
        actual = [float(link["contributions_pp"][f"item {j}"]) / 100 for j in range(1, 7)]
        assert all(same(float(value) * scale, part) for value, part in zip(expected, actual, strict=True))


@pytest.mark.parametrize("formula", known.FORMULAS)
def test_contributions_sum_to_the_growth_of_the_link(formula: str) -> None:
    for link in links(known.six_items(), formula=formula, link="previous-period", reference="2001", frequency="year").values():
        assert link["relative"] is not None
        assert abs(sum(link["contributions_pp"].values()) - 100 * (link["relative"] - 1)) < Fraction(1, 10**40)


@pytest.mark.parametrize("link", sorted(known.TWO_PRODUCTS_INDICES))
def test_two_products_by_quarter(link: str) -> None:
    assert all(map(same, known.TWO_PRODUCTS_INDICES[link], two_product_index(link)))


def year_totals(year: int) -> tuple[list[Fraction], list[Fraction]]:
    """Return volume and value of A and B over a year."""
    quarters = [[Fraction(text) for text in quarter] for quarter in known.TWO_PRODUCTS[year]]
    volume = [sum((q[j] for q in quarters), Fraction(0)) for j in (0, 2)]
    value = [sum((q[j] * q[j + 1] for q in quarters), Fraction(0)) for j in (0, 2)]
    return volume, value


def annual_link(year: int) -> Fraction:
    """Return the annual Laspeyres link straight from its definition."""
    (before, value), (now, _) = year_totals(year - 1), year_totals(year)
    return sum((value[j] * now[j] / before[j] for j in (0, 1)), Fraction(0)) / sum(value)


def test_mean_of_a_years_quarters_is_the_annual_chain_exactly() -> None:
    rule = Rule("laspeyres", "annual-overlap", "1997", "calendar", "quarter")
    levels = chain(cells_of(known.two_products(), rule), rule).levels
    annual = {year: mean([levels[year, quarter] for quarter in range(4)]) for year in known.TWO_PRODUCTS}
    assert annual == {1997: 1, **{year: annual[year - 1] * annual_link(year) for year in (1998, 1999, 2000)}}


def test_five_formulas_agree_where_every_relative_is_the_same() -> None:
    relative, values = {"a": Fraction(3, 2), "b": Fraction(3, 2)}, {"a": Fraction(1), "b": Fraction(2)}
    assert all(abs(index(relative, values, values) - Fraction(3, 2)) < Fraction(1, 10**50) for index in FORMULAS.values())


def test_logarithm_and_exponential_undo_each_other() -> None:
    assert abs(exp(ln(Fraction(7, 3))) - Fraction(7, 3)) < Fraction(1, 10**55)


def test_what_is_left_out_of_a_link_is_listed() -> None:
    rows = [("stays", "2001", 10, 60), ("ends", "2001", 5, 40), ("stays", "2002", 11, 66), ("starts", "2002", 3, 9)]
    link = links(rows, formula="laspeyres", link="previous-period", reference="2001", frequency="year")["2002"]
    assert (link["relative"], link["matched_share"], link["new"], link["gone"]) == (Fraction(11, 10), Fraction(3, 5), ["starts"], ["ends"])


@pytest.mark.parametrize("link", ["previous-period", "annual-overlap", "over-the-year", "one-quarter-overlap"])
def test_a_chain_does_not_restart_after_a_break(link: str) -> None:
    rows = [("a", "2001", 10, 60), ("a", "2003", 11, 66), ("a", "2004", 12, 70)]
    assert index_series(rows, formula="laspeyres", link=link, reference="2001", frequency="year") == {"2001": 100.0}


def test_a_year_that_starts_in_its_third_quarter_averages_the_quarters_there_are() -> None:
    rows = [("a", "2001 Q3", 10, 10), ("a", "2001 Q4", 30, 30), ("a", "2002 Q1", 40, 40)]
    series = index_series(rows, formula="laspeyres", link="annual-overlap", reference="2001", frequency="quarter")
    assert series == {"2001 Q3": 50.0, "2001 Q4": 150.0, "2002 Q1": 200.0}


def test_a_series_without_a_value_in_the_reference_takes_its_own_first_year() -> None:
    rows = [("a", "2002 Q1", 10, 10), ("a", "2002 Q2", 30, 30), ("a", "2003 Q1", 40, 40)]
    series = index_series(rows, formula="laspeyres", link="annual-overlap", reference="2001", frequency="quarter")
    assert series == {"2002 Q1": 50.0, "2002 Q2": 150.0, "2003 Q1": 200.0}


def test_financial_months_run_from_april() -> None:
    rows = [("a", "2017-03", 10, 10), ("a", "2017-04", 20, 20)]
    series = index_series(rows, formula="laspeyres", link="annual-overlap", reference="2016-17", calendar="financial-uk", frequency="month")
    assert series == {"2017-03": 100.0, "2017-04": 200.0}


# A whole account small enough for paper: two services, two years, each step a round number.
# Visits: volume 100 -> 110, quality 0.80 -> 0.88 (+10 %), failure demand 20 % -> 10 %, inputs 50 -> 55 FTE.
# Grounds: inputs only, so output = input; 10 -> 12 FTE.
PAPER_STUDY = {
    "study": {"frequency": "year", "calendar": "calendar", "reference": "2001"},
    "output": {"index": "laspeyres", "link": "annual-overlap"},
    "failure_demand": {"method": "given", "removal": 1.0},
}
PAPER_TABLES = {
    "activity": [
        {"service": "Care > Visits", "activity": "visit", "period": "2001", "volume": "100", "unit_cost": "3", "failure_volume": "20"},
        {"service": "Care > Visits", "activity": "visit", "period": "2002", "volume": "110", "unit_cost": "3.3", "failure_volume": "11"},
    ],
    "quality": [
        {"service": "Care", "period": year, "indicator": "well", "value": value, "direction": "higher"}
        for year, value in (("2001", "0.80"), ("2002", "0.88"))
    ],
    "inputs": [
        {"service": service, "period": year, "input": "staff", "volume": volume, "expenditure": expenditure}
        for service, year, volume, expenditure in (
            ("Care > Visits", "2001", "50", "300"),
            ("Care > Visits", "2002", "55", "360"),
            ("Grounds", "2001", "10", "100"),
            ("Grounds", "2002", "12", "130"),
        )
    ],
}


def paper(service: str, name: str, measure: str) -> float:
    value: float = account(PAPER_STUDY, PAPER_TABLES)["productivity"][service, "2002", name][measure]
    return round(value, 9)


@pytest.mark.parametrize("service", ["Care", "Care > Visits"])
def test_paper_account_step_by_step(service: str) -> None:
    steps = [paper(service, name, "output") for name in ("activity", "quality_adjusted", "value_demand")]
    assert steps == [110.0, 121.0, round(110 * 1.1 * 0.9 / 0.8, 9)]
    assert paper(service, "value_demand", "productivity") == round(100 * 1.1 * 0.9 / 0.8, 9)


def test_paper_account_total_weighs_services_by_expenditure() -> None:
    assert paper("All services", "activity", "output") == round(0.75 * 110 + 0.25 * 120, 9)
    assert paper("All services", "activity", "input") == round(0.75 * 110 + 0.25 * 120, 9)
    assert paper("Grounds", "value_demand", "productivity") == 100.0


def test_paper_bridge_sums_to_the_growth_of_productivity() -> None:
    bridge = account(PAPER_STUDY, PAPER_TABLES)["bridge"]
    points = {name: bridge["Care", "2002", "previous", name] for name in ("volume", "quality", "value_demand", "input", "productivity")}
    assert [round(factor, 9) for factor, _ in points.values()] == [1.1, 1.1, 1.125, 1.1, 1.2375]
    assert round(sum(pp for name, (_, pp) in points.items() if name != "productivity"), 9) == round(points["productivity"][1], 9) == 23.75


def test_paper_failure_demand_is_costed_whatever_is_removed() -> None:
    cells = account({**PAPER_STUDY, "failure_demand": {"method": "given", "removal": 0}}, PAPER_TABLES)["failure_demand"]
    assert cells["Care > Visits", "visit", "2002"] == {"volume": 110.0, "failure_volume": 11.0, "share": 0.1, "cost": 36.3}


def test_an_indicator_that_stops_holds_its_last_value_and_is_provisional() -> None:
    tables = {**PAPER_TABLES, "quality": PAPER_TABLES["quality"][:1]}
    row = account(PAPER_STUDY, tables)["productivity"]["Care", "2002", "quality_adjusted"]
    assert (round(row["output"], 9), row["flags"]) == (110.0, ("provisional",))


def shared(name: str) -> list[dict[str, str]]:
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@needs_shared
@pytest.mark.parametrize("formula", known.FORMULAS)
def test_retyped_six_items_are_those_of_the_reference_data(formula: str) -> None:
    rows = [row for row in shared("core_indices.csv") if row["kind"] == "quantity" and row["method"] == formula]
    fixed, chained = six_item_index(formula, "fixed"), six_item_index(formula, "previous-period")
    actual = {"fixedbase": fixed, "chained": chained, "pop": six_item_links(formula)}
    assert len(rows) == 15
    assert all(same(row["value"], actual[row["output"]][int(row["period"]) - 1]) for row in rows)


@needs_shared
def test_retyped_contributions_are_those_of_the_reference_data() -> None:
    columns = {"laspeyres": "laspeyres", "paasche": "paasche", "fisher": "fisher_van_ijzeren"}
    rows = [row for row in shared("core_contributions.csv") if row["kind"] == "quantity"]
    assert len(rows) == 24
    for formula, column in columns.items():
        assert all(
            same(row[column], float(known.SIX_ITEMS_CONTRIBUTIONS[formula][int(row["period"])][int(row["item"]) - 1])) for row in rows
        )


@needs_shared
def test_retyped_quarters_are_those_of_the_reference_data() -> None:
    columns = {
        "annual-overlap": "annual_overlap",
        "one-quarter-overlap": "q4_overlap",
        "over-the-year": "over_the_year",
        "fixed": "fixed_1997",
    }
    rows = shared("core_chainlink.csv")
    assert len(rows) == 16
    for link, column in columns.items():
        assert all(same(row[column], value) for row, value in zip(rows, two_product_index(link), strict=True))
