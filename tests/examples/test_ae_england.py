"""Attendances at accident and emergency in England, 2016-17 to 2018-19: real seasons, and providers that open and close.

The data are not part of the project (NHS England; see ../shared/data/README.md), so these tests are skipped without them.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli.driving import relprod
from oracle.account import account

import relprod as rp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SHARED = Path(__file__).parents[2] / "../shared/data/ae_england/ae_provider_quarter.csv"
pytestmark = pytest.mark.skipif(not SHARED.is_file(), reason="../shared/data is not there")

LINKS = {"2017-18": 1.012767, "2018-19": 1.029777}
"""National Laspeyres links on the year before, by type of department at the national unit cost."""
YEARS = ("2016-17", "2017-18", "2018-19")
HEAD = """\
[study]
title = "Accident and emergency, England"
frequency = "{frequency}"
calendar = "financial-uk"
reference = "2016-17"

[tables]
activity = "activity.csv"
{tables}

[output]
min_match = 0.0
min_match_error = 0.0
"""
Row = dict[str, str]


@pytest.fixture(scope="module")
def records() -> list[Row]:
    with SHARED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(file: Path, rows: Iterable[dict[str, object]]) -> None:
    listed = list(rows)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)


def study(folder: Path, rows: Iterable[dict[str, object]], frequency: str, tables: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    written(folder / "activity.csv", rows)
    (folder / "relprod.toml").write_text(HEAD.format(frequency=frequency, tables=tables), encoding="utf-8")
    return folder


def provider_rows(records: list[Row], name: Callable[[Row], str]) -> list[dict[str, object]]:
    return [
        {
            "service": name(row),
            "activity": row["activity_type"],
            "period": row["fin_quarter"],
            "volume": row["volume"],
            "unit_cost": row["unit_cost"],
        }
        for row in records
    ]


def national_rows(records: list[Row], period: str) -> list[dict[str, object]]:
    """Return attendances in England by type of department, summed over providers."""
    volume: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in records:
        volume[row["activity_type"], row[period], row["unit_cost"]] += int(float(row["volume"]))
    return [
        {"service": "A&E", "activity": kind, "period": when, "volume": total, "unit_cost": unit_cost}
        for (kind, when, unit_cost), total in volume.items()
    ]


def output_of(run: rp.Run, service: str) -> dict[str, float]:
    rows = run.productivity
    mine = rows[(rows.service == service) & (rows.account == "activity")]
    return dict(zip(mine.period, mine.output, strict=True))


def yearly(output: dict[str, float]) -> dict[str, float]:
    return {year: math.fsum(output[f"{year} Q{quarter}"] for quarter in range(1, 5)) / 4 for year in YEARS}


def links(output: dict[str, float]) -> dict[str, float]:
    return {year: output[year] / output[before] for before, year in pairwise(YEARS)}


def test_the_national_account_by_year_has_the_known_links(tmp_path: Path, records: list[Row]):
    run = rp.compute(study(tmp_path / "study", national_rows(records, "fin_year"), "year"))
    for service in ("A&E", "All services"):
        assert links(output_of(run, service)) == pytest.approx(LINKS, abs=1e-6)
    assert set(run.productivity["flags"]) == {"no-input"}
    assert run.productivity.productivity.isna().all()


def test_without_productivity_there_is_no_bridge(tmp_path: Path, records: list[Row]):
    run = rp.compute(study(tmp_path / "study", national_rows(records, "fin_year"), "year"))
    assert run.bridge.empty


def test_the_mean_of_the_quarters_has_the_same_links(tmp_path: Path, records: list[Row]):
    by_quarter = rp.compute(study(tmp_path / "quarters", national_rows(records, "fin_quarter"), "quarter"))
    by_year = rp.compute(study(tmp_path / "years", national_rows(records, "fin_year"), "year"))
    output = output_of(by_quarter, "All services")
    assert len(output) == 12
    assert links(yearly(output)) == pytest.approx(LINKS, abs=1e-6)
    assert yearly(output) == pytest.approx(output_of(by_year, "All services"), rel=1e-12)


def test_expenditure_deflated_by_the_gdp_deflator_is_the_input(tmp_path: Path, records: list[Row]):
    spent: dict[str, Fraction] = defaultdict(Fraction)
    for row in records:
        spent[row["fin_year"]] += Fraction(row["volume"]) * Fraction(row["unit_cost"])
    deflator = {row["fin_year"]: row["gdp_deflator"] for row in records}
    folder = study(tmp_path / "study", national_rows(records, "fin_year"), "year", 'inputs = "inputs.csv"\ndeflators = "deflators.csv"')
    rows = [
        {"service": "A&E", "period": year, "input": "all", "expenditure": f"{float(total):.4f}", "deflator": "GDP"}
        for year, total in spent.items()
    ]
    written(folder / "inputs.csv", rows)
    written(folder / "deflators.csv", ({"deflator": "GDP", "period": year, "index": index} for year, index in deflator.items()))
    run = rp.compute(folder)
    figures = run.productivity.set_index(["service", "period"]).loc["All services"]
    volume = {year: spent[year] / Fraction(deflator[year]) for year in YEARS}
    expected = {year: float(100 * volume[year] / volume["2016-17"]) for year in YEARS}
    assert dict(figures.input) == pytest.approx(expected, rel=1e-9)
    assert links(dict(figures.output)) == pytest.approx(LINKS, abs=1e-6)
    assert dict(figures.productivity) == pytest.approx({year: 100 * figures.output[year] / expected[year] for year in YEARS}, rel=1e-9)


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory, records: list[Row]) -> rp.Run:
    """The quarterly study of every provider as a path under its type."""
    rows = provider_rows(records, lambda row: f"{row['activity_type']} > {row['org_code']}")
    return rp.compute(study(tmp_path_factory.mktemp("providers"), rows, "quarter"))


def test_every_provider_has_an_account_under_its_type(providers: rp.Run, records: list[Row]):
    services = set(providers.productivity.service)
    pairs = {(row["activity_type"], row["org_code"]) for row in records}
    assert len({org for _, org in pairs}) == 274
    assert services == {f"{kind} > {org}" for kind, org in pairs} | {kind for kind, _ in pairs} | {"All services"}
    assert output_of(providers, "All services").keys() == {row["fin_quarter"] for row in records}


def test_providers_that_open_and_close_are_listed(providers: rp.Run, records: list[Row]):
    there: dict[str, set[str]] = defaultdict(set)
    for row in records:
        if row["activity_type"].startswith("Type 2"):
            there[row["fin_quarter"]].add(row["org_code"])
    for row in providers.links[providers.links.parent.str.fullmatch("Type 2 single-specialty")].itertuples():
        year = int(row.period[:4])
        if year > 2016:
            before = set().union(*(there[f"{year - 1}-{year % 100} Q{quarter}"] for quarter in range(1, 5)))
            listed = {name.rsplit(" > ", 1)[-1] for name in row.new_items.split(";") if name}
            gone = {name.rsplit(" > ", 1)[-1] for name in row.gone_items.split(";") if name}
            assert (listed, gone) == (there[row.period] - before, before - there[row.period])


def test_the_smallest_type_of_provider_equals_the_oracle(providers: rp.Run, records: list[Row]):
    mine = [row for row in records if row["activity_type"].startswith("Type 2")]
    rows = provider_rows(mine, lambda row: f"{row['activity_type']} > {row['org_code']}")
    settings = {"study": {"frequency": "quarter", "calendar": "financial-uk", "reference": "2016-17"}}
    expected = account(settings, {"activity": rows})["productivity"]
    actual = {(row["service"], row["period"], row["account"]): row for row in providers.tables["productivity"].to_pylist()}
    compared = [key for key in expected if key[0] != "All services"]
    assert set(compared) == {key for key in actual if key[0].startswith("Type 2")}
    for key in compared:
        for name in ("output", "output_growth"):
            wanted, got = expected[key][name], actual[key][name]
            assert (wanted is None) is (got is None), key
            assert wanted is None or math.isclose(wanted, got, rel_tol=1e-12, abs_tol=1e-9), key


def test_providers_as_they_come_run_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: list[Row]):
    study(tmp_path / "study", provider_rows(records, lambda row: row["org_code"]), "quarter")
    monkeypatch.chdir(tmp_path)
    ended = relprod("compute", "study", "--out", "run")
    assert ended.code == 0
    assert "234 more services: 'relprod show RUN --service NAME' shows one and those below it." in " ".join(ended.out.split())
    assert len(ended.out.splitlines()) < 100
    assert max(map(len, ended.out.splitlines())) <= 80
    run = rp.load_run("run")
    assert run.productivity.service.nunique() == 275
