"""Real data, read as they are: a municipality's permit log, and the children's social care of every council in England.

The data are not part of the project. They are looked for beside it, or where RELPROD_SHARED_DATA says.
"""

from __future__ import annotations

import csv
import os
import re
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

import relprod
from relprod.engine.duck import connection
from relprod.records.contacts import MEASURES, RepeatSettings, measures
from relprod.run.contacts import _service_nodes
from relprod.study import parse_study
from relprod.tables.load import load_tables

DATA = Path(os.environ.get("RELPROD_SHARED_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
LOG = DATA / "receipt_permits" / "receipt.csv"

needs_log = pytest.mark.skipif(not LOG.is_file(), reason="the permit log is not here")

PERMITS = """
[study]
title = "Environmental permits of a Dutch municipality"
frequency = "year"
calendar = "financial-uk"
reference = "2011-12"
extract_start = 2010-10-01
extract_end = 2012-01-31

[tables]
unit_costs = "unit_costs.csv"

[tables.contacts]
path = {path!r}

[tables.contacts.columns]
contact_id = "concept:instance"
person_id = "case:concept:name"
service = "lifecycle:transition"
activity = "concept:name"
opened = "time:timestamp"
closed = "time:timestamp"
worker_id = "org:resource"

[failure_demand]
method = "repeat"
removal = 0.0
max_person_share = 1.0
"""


@pytest.fixture(scope="module")
def events():
    """The log's events, in order of time, each case's together."""
    with LOG.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: datetime.fromisoformat(row["time:timestamp"]))
    cases = defaultdict(list)
    for row in rows:
        cases[row["case:concept:name"]].append(row)
    return cases


@pytest.fixture(scope="module")
def permits(events, tmp_path_factory):
    folder = tmp_path_factory.mktemp("permits")
    names = sorted({row["concept:name"] for rows in events.values() for row in rows})
    with (folder / "unit_costs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["service", "activity", "period", "unit_cost"])
        writer.writerows(["complete", name, year, 1] for name in names for year in ("2010-11", "2011-12"))
    return parse_study(PERMITS.format(path=str(LOG.resolve())), folder=folder)


@needs_log
def test_the_log_is_what_it_was(events):
    pairs = [pair for rows in events.values() for pair in pairwise(rows)]
    assert (len(events), sum(map(len, events.values())), len(pairs)) == (1434, 8577, 7143)
    assert sum(first["org:resource"] != second["org:resource"] for first, second in pairs) == 1208


@needs_log
def test_the_log_runs_as_a_study_and_hand_offs_within_each_year_are_those_of_its_cases(events, permits):
    run = relprod.compute(permits)
    expected = defaultdict(int)
    for rows in events.values():
        for first, second in pairwise(rows):
            years = {"2010-11" if row["time:timestamp"] < "2011-04-01" else "2011-12" for row in (first, second)}
            if len(years) == 1 and first["org:resource"] != second["org:resource"]:
                expected[years.pop()] += 1
    actual = {row["period"]: row["handoffs"] for row in run.tables["continuity"].to_pylist() if row["service"] == "All services"}
    assert actual == dict(expected)
    assert sum(actual.values()) < 1208  # a pair of contacts in two years is in neither
    every = [row for row in run.tables["failure_demand"].to_pylist() if row["activity"] == "All activities"]
    assert sum(row["volume"] for row in every if row["service"] == "complete") == 8577


@needs_log
def test_hand_offs_over_the_whole_log(permits):
    """1,208 of 7,143 pairs. No period of a study is as long as the log, so the measure itself is asked, with one period for all."""
    settings = RepeatSettings(permits.study.extract_start, permits.study.extract_end, max_person_share="1")
    with connection() as con:
        assert load_tables(con, permits).contact_rows == 8577
        con.execute("CREATE TEMP TABLE whole AS SELECT * REPLACE (CAST(0 AS BIGINT) AS _period) FROM contacts")
        con.execute("DROP VIEW contacts")
        con.execute("DROP VIEW relprod_numbered_contacts")  # the same contacts, with the periods of the study
        con.execute("ALTER TABLE whole RENAME TO contacts")
        con.register("service_nodes", _service_nodes(["complete"]))
        assert "continuity" in MEASURES
        found = measures(con, settings, ["continuity"])["continuity"].to_pylist()
    total = {
        name: sum(row[name] * row["people"] for row in found if row["node"] == "complete") for name in ("pairs", "handoffs", "contacts")
    }
    assert total == {"pairs": 7143, "handoffs": 1208, "contacts": 8577}


# Children's social care, as the page in docs/how-to makes it

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "childrens-social-care.md"
CARE = DATA / "childrens_social_care" / "cells.csv"
ENGLAND = "All services"
LOOKED_AFTER, IN_NEED = "Looked after children (all placements)", "Children in need"

needs_care = pytest.mark.skipif(not CARE.is_file(), reason="the figures of councils are not here")


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def care_folder(page, tmp_path_factory):
    """The study that the page's own listing makes."""
    folder = tmp_path_factory.mktemp("care")
    (listing,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    (study,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    (folder / "relprod.toml").write_text(study, encoding="utf-8")
    exec(compile(listing, str(PAGE), "exec"), {"data": DATA, "study": folder})  # noqa: S102 - the listing of our own page
    return folder


@pytest.fixture(scope="module")
def care(care_folder):
    return relprod.compute(care_folder)


def rows_of(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@needs_care
def test_every_council_is_there(care_folder, care, page):
    with CARE.open(encoding="utf-8", newline="") as file:
        councils = {f"{row['region']} > {row['la_name']}" for row in csv.DictReader(file)}
    councils = {council for council in councils if "Isles of Scilly" not in council}
    services = {row["service"] for row in care.tables["productivity"].to_pylist()}
    assert councils < services
    regions = {council.split(" > ")[0] for council in councils}
    assert services == councils | regions | {ENGLAND}
    assert (len(councils), len(regions)) == (157, 10)
    assert "157 councils in ten regions" in page
    assert {row["activity"] for row in rows_of(care_folder, "activity.csv")} == {LOOKED_AFTER, IN_NEED}


def printed_by_year(page):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if re.match(r"\| 20\d\d-\d\d \|", line)]
    return {row[0]: row[1:] for row in rows}


def england(care):
    accounts = defaultdict(dict)
    for row in care.tables["productivity"].to_pylist():
        if row["service"] == ENGLAND:
            accounts[row["period"]][row["account"]] = row
    failure = {row["period"]: row for row in care.tables["failure_demand"].to_pylist() if row["service"] == ENGLAND}
    return accounts, failure


@needs_care
def test_the_england_figures_of_the_page_are_those_of_the_run(care, page):
    accounts, failure = england(care)
    expected = {
        year: [
            f"{of['activity']['output']:.1f}",
            f"{of['activity']['input']:.1f}",
            *(f"{of[name]['productivity']:.1f}" for name in ("activity", "quality_adjusted", "value_demand")),
            f"{100 * failure[year]['share']:.1f} %",
            f"{failure[year]['cost'] / 1e6:.0f}",
        ]
        for year, of in accounts.items()
    }
    assert len(expected) == 9
    assert printed_by_year(page) == expected


@needs_care
def test_what_the_page_says_of_england_is_so(care, page):
    accounts, failure = england(care)
    last = accounts["2024-25"]
    flat = " ".join(page.split())
    assert (
        f"activity rises by {last['activity']['output'] - 100:.1f} %, and that of inputs by {last['activity']['input'] - 100:.1f} %" in flat
    )
    quality = last["quality_adjusted"]["output"] / last["activity"]["output"]
    assert f"over the eight years it adds {100 * (quality - 1):.1f} % to output" in flat
    demand = last["value_demand"]["output"] / last["quality_adjusted"]["output"]
    assert f"Taking them out adds {100 * (demand - 1):.1f} % to output" in flat
    first_share, last_share = (100 * failure[year]["share"] for year in ("2016-17", "2024-25"))
    assert f"from {first_share:.1f} % to {last_share:.1f} % of the cost of activity" in flat


def change(now, then):
    return f"{abs(100 * (now / then - 1)):.0f} %"


@needs_care
def test_what_the_page_says_of_costs_and_of_where_children_live(care_folder, page):
    flat = " ".join(page.split())
    cost = {}
    for year in ("2016-17", "2024-25"):
        rows = [row for row in rows_of(care_folder, "activity.csv") if (row["activity"], row["period"]) == (LOOKED_AFTER, year)]
        volume = [float(row["volume"]) for row in rows]
        cost[year] = sum(x * float(row["unit_cost"]) for x, row in zip(volume, rows, strict=True)) / sum(volume)
    prices = {row["period"]: float(row["index"]) for row in rows_of(care_folder, "deflators.csv")}
    assert (
        f"GBP {cost['2016-17']:,.0f} in 2016-17 and GBP {cost['2024-25']:,.0f} in 2024-25, {change(*reversed(cost.values()))} more" in flat
    )
    assert f"the deflator rose by {change(prices['2024-25'], prices['2016-17'])}" in flat
    weeks = defaultdict(float)
    with CARE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            weeks[row["activity_type"].strip(), row["fin_year"]] += float(row["volume"] or 0)
    foster, homes = (
        [weeks[name, year] for year in ("2024-25", "2020-21")] for name in ("of which fostering", "of which secure/children homes")
    )
    assert foster[0] < foster[1]
    assert homes[0] > homes[1]
    assert f"foster carers fall by {change(*foster)}, and those in homes rise by {change(*homes)}" in flat


@needs_care
def test_the_link_for_which_the_limit_is_lowered(care, page):
    low = {row["parent"]: row["matched_share"] for row in care.tables["links"].to_pylist() if (row["matched_share"] or 1) < 0.5}
    assert set(low) == {"Inner London > City of London"}
    (share,) = low.values()
    assert f"a link on {100 * share:.0f} %" in " ".join(page.split())


def links_by_hand(folder):
    """Return growth of England's activity output from year to year: councils by what they spend, activities by what they cost."""
    volume, cost = defaultdict(dict), defaultdict(dict)
    for row in rows_of(folder, "activity.csv"):
        key = row["service"], row["period"]
        volume[key][row["activity"]] = float(row["volume"])
        cost[key][row["activity"]] = float(row["volume"]) * float(row["unit_cost"])
    spent = defaultdict(float)
    for row in rows_of(folder, "inputs.csv"):
        spent[row["service"], row["period"]] += float(row["expenditure"])
    services = sorted({service for service, _ in volume})
    years = sorted({year for _, year in volume})
    for then, now in pairwise(years):
        growth = {}
        for service in services:
            both = volume[service, then].keys() & volume[service, now].keys()
            if both and spent[service, then] and spent[service, now]:
                weight = sum(cost[service, then][name] for name in both)
                growth[service] = (
                    sum(cost[service, then][name] * volume[service, now][name] / volume[service, then][name] for name in both) / weight
                )
        total = sum(spent[service, then] for service in growth)
        yield now, growth, sum(spent[service, then] * each for service, each in growth.items()) / total


@needs_care
def test_growth_of_each_council_is_what_it_is_by_hand(care, care_folder):
    actual = {
        (row["service"], row["period"]): row["output_growth"]
        for row in care.tables["productivity"].to_pylist()
        if row["account"] == "activity" and row["output_growth"] is not None
    }
    by_hand = {(service, year): 100 * (each - 1) for year, growth, _ in links_by_hand(care_folder) for service, each in growth.items()}
    assert len(by_hand) > 1150
    assert {key: actual[key] for key in by_hand} == pytest.approx(by_hand, abs=1e-6)


@needs_care
def test_what_is_missing_is_what_the_page_names(care_folder, page):
    with CARE.open(encoding="utf-8", newline="") as file:
        every = {(row["la_name"], row["fin_year"]) for row in csv.DictReader(file)}
    every = {place for place in every if place[0] != "Isles of Scilly"}
    there = defaultdict(set)
    for row in rows_of(care_folder, "activity.csv"):
        there[row["activity"]].add((row["service"].split(" > ")[1], row["period"]))
    for row in rows_of(care_folder, "inputs.csv"):
        there["Inputs"].add((row["service"].split(" > ")[1], row["period"]))
    printed = dict(
        re.findall(r"^\| (Looked after children \(all placements\)|Children in need|Inputs) \| (.*) \|$", page, flags=re.MULTILINE)
    )
    assert set(printed) == set(there)
    for name, places in there.items():
        missing = defaultdict(list)
        for council, year in sorted(every - places):
            missing[council].append(year)
        assert printed[name] == "; ".join(f"{council} {', '.join(years)}" for council, years in missing.items())
