"""The council that does not exist: its bytes, its tables, and the story in them, found again with pandas alone."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from relprod.engine.duck import connection
from relprod.resources import examples_folder
from relprod.study.load import load_study
from relprod.synthetic.contacts import COLUMNS, write_council
from relprod.synthetic.draws import Draws
from relprod.synthetic.story import SERVICES, UNKNOWN_AREA
from relprod.tables.load import load_tables

EXAMPLE = examples_folder() / "council-contacts"
HOMELESSNESS, HOME_SUPPORT, EARLY_HELP = (service.name for service in SERVICES)
PLANNED = [activity.name for service in SERVICES for activity in service.activities if activity.planned]
TABLES = [
    "areas.csv",
    "contacts_2022-23.csv",
    "contacts_2023-24.csv",
    "contacts_2024-25.csv",
    "controls.csv",
    "deflators.csv",
    "inputs.csv",
    "unit_costs.csv",
    "unpaid.csv",
]
SMALL = "34275f7839f615474b04b5a828dd90c516a046eecbebc1e3257cfa20f2405512"


def read_contacts(folder):
    contacts = pd.concat([pd.read_csv(path, dtype=str) for path in sorted(folder.glob("contacts_*.csv"))], ignore_index=True)
    for column in ("Date opened", "Date closed"):
        contacts[column] = pd.to_datetime(contacts[column], format="%d/%m/%Y %H:%M")
    for column in ("Minutes", "Score at start", "Score at end"):
        contacts[column] = pd.to_numeric(contacts[column])
    contacts["year"] = contacts["Date opened"].dt.year - (contacts["Date opened"].dt.month < 4)
    return contacts


def is_repeat(contacts, window=28):
    """Whether each contact is a return or a chase, by looking back at every earlier one of the same person and service."""
    known = contacts["Person ref"].notna() & (contacts["Person ref"] != "UNKNOWN") & ~contacts["Contact type"].isin(PLANNED)
    some = contacts[known].sort_values(["Date opened", "Ref No"])
    opened = some["Date opened"].dt.normalize()
    closed = some["Date closed"].dt.normalize().fillna(pd.Timestamp("2100-01-01"))
    repeat = pd.Series(data=False, index=contacts.index)
    earlier = defaultdict(list)
    for row, key, start, end in zip(some.index, zip(some["Person ref"], some["Service"], strict=True), opened, closed, strict=True):
        repeat[row] = any(before > start or (start - before).days <= window for before in earlier[key])
        earlier[key].append(end)
    return repeat


@pytest.fixture(scope="module")
def contacts():
    found = read_contacts(EXAMPLE)
    found["repeat"] = is_repeat(found)
    return found


def by_year(series):
    """Return the level in 2023-24 and in 2024-25, of a series over (service, year)."""
    return {service: tuple(series[service][[2023, 2024]]) for service in (HOMELESSNESS, HOME_SUPPORT, EARLY_HELP)}


def digest(folder):
    return hashlib.sha256(b"".join(name.encode() + (folder / name).read_bytes() for name in TABLES)).hexdigest()


def test_bytes_are_pinned(tmp_path):
    assert write_council(tmp_path / "a", rows=2_000, seed=1) == TABLES
    assert digest(tmp_path / "a") == SMALL


def test_another_seed_gives_other_contacts_and_the_same_accounts(tmp_path):
    write_council(tmp_path / "a", rows=2_000, seed=1)
    write_council(tmp_path / "b", rows=2_000, seed=2)
    differ = {name for name in TABLES if (tmp_path / "a" / name).read_bytes() != (tmp_path / "b" / name).read_bytes()}
    assert differ == {name for name in TABLES if name.startswith("contacts")}


def test_the_example_is_what_the_generator_writes(tmp_path):
    for name in write_council(tmp_path):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes(), name


@pytest.mark.parametrize("rows", [1_000, 1_001, 12_345])
def test_as_many_contacts_as_asked_for(tmp_path, rows):
    write_council(tmp_path, rows=rows)
    found = read_contacts(tmp_path)
    assert tuple(found.columns[: len(COLUMNS)]) == COLUMNS
    assert len(found) == found["Ref No"].nunique() == rows
    assert found["Date opened"].is_monotonic_increasing
    assert not (found["Date closed"] < found["Date opened"]).any()
    assert found["Date opened"].min() >= pd.Timestamp("2023-01-01")
    assert found[["Date opened", "Date closed"]].max().max() < pd.Timestamp("2025-04-01")


@pytest.mark.parametrize(("rows", "seed"), [(999, 1), (0, 1), (-5, 1), (2_000, -1)])
def test_too_few_rows_are_refused(tmp_path, rows, seed):
    with pytest.raises(ValueError, match="at least"):
        write_council(tmp_path / "none", rows=rows, seed=seed)
    assert not (tmp_path / "none").exists()


def test_tables_are_valid():
    with connection(threads=2) as con:
        loaded = load_tables(con, load_study(EXAMPLE))
    assert loaded.errors == ()
    assert loaded.contact_rows == 36_000
    assert "contacts" not in loaded.tables
    assert {"unit_costs", "inputs", "deflators", "unpaid", "areas", "controls"} <= set(loaded.tables)


def test_a_small_council_is_valid_too(tmp_path):
    write_council(tmp_path, rows=1_000)
    (tmp_path / "relprod.toml").write_bytes((EXAMPLE / "relprod.toml").read_bytes())
    with connection(threads=2) as con:
        loaded = load_tables(con, load_study(tmp_path))
    assert loaded.errors == ()


def test_dirt_of_real_extracts(contacts):
    person, area = contacts["Person ref"], contacts["Area"]
    assert 0 < person.isna().mean() < 0.005
    assert 0.013 < (person == "UNKNOWN").mean() < 0.018
    assert 50 < contacts["Date closed"].isna().sum() < 200
    assert 0.11 < contacts["Demand code"].isna().mean() < 0.13
    assert 0.005 < contacts["Worker"].isna().mean() < 0.012
    assert 0 < (area == UNKNOWN_AREA).sum() < 30
    assert contacts.groupby("Person ref")["Area"].nunique().drop("UNKNOWN", errors="ignore").median() == 1
    assert contacts[["Score at start", "Score at end"]].min().min() >= 1
    assert contacts[["Score at start", "Score at end"]].max().max() <= 100


def test_the_unadjusted_measure_sees_three_times_the_same(contacts):
    unit_costs = pd.read_csv(EXAMPLE / "unit_costs.csv").set_index(["service", "activity", "period"])["unit_cost"].xs("2023-24", level=2)
    inputs = pd.read_csv(EXAMPLE / "inputs.csv")
    deflators = pd.read_csv(EXAMPLE / "deflators.csv").set_index(["deflator", "period"])["index"]
    inputs["year"] = inputs["period"].str[:4].astype(int)
    price = [
        np.nan if pd.isna(name) else deflators[name, period[:7]] for name, period in zip(inputs["deflator"], inputs["period"], strict=True)
    ]
    inputs["z"] = inputs["volume"].fillna(inputs["expenditure"] / price)
    growth = {}
    for service in (HOMELESSNESS, HOME_SUPPORT, EARLY_HELP):
        mine = contacts[contacts["Service"] == service]
        volume = mine.pivot_table(index="Contact type", columns="year", values="Ref No", aggfunc="count")
        output = (unit_costs[service] * volume[2024]).sum() / (unit_costs[service] * volume[2023]).sum()
        rows = inputs[inputs["service"] == service].pivot_table(index="input", columns="year", values=["z", "expenditure"], aggfunc="sum")
        spent = rows["expenditure"][2023]
        growth[service] = (output, (spent * rows["z"][2024] / rows["z"][2023]).sum() / spent.sum())
    for output, volume_of_inputs in growth.values():
        assert output == pytest.approx(1.02, abs=0.001)
        assert volume_of_inputs == pytest.approx(0.94, abs=0.001)


def test_homelessness_settles_more_the_first_time(contacts):
    share = by_year(contacts.groupby(["Service", "year"])["repeat"].mean())
    assert share[HOMELESSNESS] == pytest.approx((0.337, 0.184), abs=0.001)
    assert share[HOME_SUPPORT] == pytest.approx((0.096, 0.092), abs=0.001)
    assert share[EARLY_HELP] == pytest.approx((0.140, 0.142), abs=0.001)


def test_homelessness_has_the_same_worker_more_often(contacts):
    known = contacts[contacts["Person ref"].notna() & (contacts["Person ref"] != "UNKNOWN") & contacts["Worker"].notna()]
    last = known.groupby(["Service", "year", "Person ref"])["Worker"].shift()
    pairs = known[last.notna()]
    handed_on = by_year((pairs["Worker"] != last[last.notna()]).groupby([pairs["Service"], pairs["year"]]).mean())
    before, after = handed_on[HOMELESSNESS]
    assert before > 0.7
    assert after < 0.5
    for service in (HOME_SUPPORT, EARLY_HELP):
        assert handed_on[service][0] == pytest.approx(handed_on[service][1], abs=0.03)


def test_home_support_hands_work_to_families(contacts):
    minutes = by_year(contacts.groupby(["Service", "year"])["Minutes"].mean())
    unpaid = pd.read_csv(EXAMPLE / "unpaid.csv")
    hours = by_year(unpaid.groupby(["service", unpaid["period"].str[:4].astype(int)])["hours"].sum())
    assert minutes[HOME_SUPPORT][1] / minutes[HOME_SUPPORT][0] == pytest.approx(0.93, abs=0.01)
    assert hours[HOME_SUPPORT][1] / hours[HOME_SUPPORT][0] == pytest.approx(1.16, abs=0.001)
    for service in (HOMELESSNESS, EARLY_HELP):
        assert minutes[service][1] / minutes[service][0] == pytest.approx(1, abs=0.01)
        assert hours[service][0] == hours[service][1]


def test_early_help_leaves_the_worst_off_behind(contacts):
    group = contacts["Area"].map(pd.read_csv(EXAMPLE / "areas.csv").set_index("area")["group"]).rename("group")
    scored = contacts.dropna(subset=["Score at end"])
    mean = by_year(scored.groupby(["Service", "year"])["Score at end"].mean())
    deprived = scored[group[scored.index] == "1 (most deprived)"].groupby(["Service", "year"])
    worst, start = by_year(deprived["Score at end"].mean()), by_year(deprived["Score at start"].mean())
    assert mean[EARLY_HELP][1] / mean[EARLY_HELP][0] > 1.03
    assert worst[EARLY_HELP][1] < start[EARLY_HELP][1] < worst[EARLY_HELP][0]
    for service in (HOMELESSNESS, HOME_SUPPORT):
        assert mean[service][1] / mean[service][0] == pytest.approx(1, abs=0.01)
        assert worst[service][1] / worst[service][0] == pytest.approx(1, abs=0.03)


def test_draws_are_integers_from_the_raw_stream():
    draws = Draws(np.random.PCG64(7), 40_000)
    assert draws.chance(2_500).mean() == pytest.approx(0.25, abs=0.01)
    assert not draws.chance(0).any()
    assert draws.chance(10_000).all()
    assert set(draws.below(5).tolist()) == set(range(5))
    assert abs(draws.around_zero(10)).max() == 10
    assert Draws(np.random.PCG64(7), 3).words().tolist() == np.random.PCG64(7).random_raw(3).tolist()
