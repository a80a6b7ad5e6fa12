"""From contacts to every figure of the account, beside plain Python that shares nothing with it but the method statement."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from oracle import contacts as seen
from oracle import relational
from oracle.account import Account, productivity
from oracle.exact import known
from oracle.index import Cell, rebased

from .making import END, GROUPS, PERIODS, SCHEME, SERVICES, computed, contacts, costs, frames, inputs, unpaid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oracle.index import Cells

    from relprod import Run

WINDOW = 28
REPEAT = {"failure_demand": {"method": "repeat", "removal": 0.5, "placeholder_ids": ["UNKNOWN"], "planned_activities": []}}
EVERY = {"contact_quality": {"attribution": 0.7}, "equity": {"aversion": 1.5}}
CLOSE = 1e-9
SEEDS = (1, 2)


class Days(dict):
    """The period of any day."""

    def __missing__(self, day):
        return SCHEME.of_date(day.year, day.month)


def rules(**settings: Any) -> seen.Rules:
    declared = {"window_days": WINDOW, "placeholder_ids": frozenset({"UNKNOWN"})} | settings
    return seen.Rules(extract_end=END, periods=Days(), **declared)


class Relational(Account):
    """The oracle's account with one more step, for whom: the volumes of a service times its equity factor."""

    def __init__(self, declared: dict[str, Any], tables: Mapping[str, Any], factor: dict[tuple[str, Any], Fraction]) -> None:
        super().__init__(declared, tables)
        self.factor = factor

    def activity_cells(self, service: str, account: str) -> Cells:
        if account != "equity_weighted":
            return super().activity_cells(service, account)
        return {
            t: {name: Cell(cell.z * self.factor[service, t], cell.v) for name, cell in cells.items()}
            for t, cells in super().activity_cells(service, "value_demand").items()
        }


def equity_rows(rows: list[seen.Contact], aversion: Fraction) -> dict[tuple[str, int], Fraction]:
    """Return EDE over mean of each service and period, from single contacts with a score."""
    people: dict[tuple[str, int], dict[str, list[Fraction]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.outcome_after is not None:
            people[row.service, row.period][row.group].append(Fraction(row.outcome_after))
    found = {}
    for place, groups in people.items():
        outcome = [sum(groups[name]) / len(groups[name]) for name in sorted(groups)]
        counts = [Fraction(len(groups[name])) for name in sorted(groups)]
        found[place] = relational.ede(outcome, counts, aversion) / relational.weighted_mean(outcome, counts)
    return found


def oracle_account(rows: list[seen.Contact], seed: int, share: dict[tuple[str, str, int], Fraction], removal: float) -> Relational:
    """Return the oracle's account of contacts, given the share of each cell that is failure demand."""
    cells = seen.cells(rows, rules())
    costs_by = {(row["service"], row["activity"], row["period"]): known(row["unit_cost"]) for row in costs(seed)}
    activity, quality = [], []
    for (service, name, period), cell in cells.items():
        label = SCHEME.label(period)
        volume = Fraction(cell["volume"])
        cost = costs_by[service, name, label.split(" Q", maxsplit=1)[0]] * volume
        failure = share[service, name, period] * volume
        activity.append({"service": service, "activity": name, "period": label, "volume": volume, "cost": cost, "failure_volume": failure})
    for service in SERVICES:
        for label in PERIODS:
            both = [
                row
                for row in rows
                if row.service == service and SCHEME.label(row.period) == label and None not in {row.outcome_before, row.outcome_after}
            ]
            value = Fraction(sum(row.outcome_after for row in both)) / Fraction(sum(row.outcome_before for row in both))
            row = {"service": service, "activity": "", "period": label, "indicator": "gain", "value": value, "direction": "higher"}
            quality.append(row | {"attribution": 0.7})
    declared = {
        "study": {"reference": "2023-24", "calendar": "financial-uk", "frequency": "quarter"},
        "failure_demand": {"removal": removal},
    }
    factor = {(service, divmod(period, 4)): value for (service, period), value in equity_rows(rows, Fraction(3, 2)).items()}
    return Relational(declared, {"activity": activity, "quality": quality, "inputs": inputs(seed)}, factor)


def oracle_figures(of: Relational, seed: int, output_side: str) -> dict[tuple[str, str, str], float]:
    """Return the productivity of every account."""
    found = {}
    for node in of.nodes:
        spent = rebased(of.input_levels(node), of.rule)
        output = {}
        for account in ("activity", "quality_adjusted", "value_demand", "equity_weighted"):
            output[account] = rebased(of.output_levels(node, account), of.rule)
            found |= {(node, of.label(t), account): float(value) for t, value in productivity(output[account], spent).items()}
        hours = {only: relational.unpaid_cells(unpaid(seed), node, of.rule, sustainable_only=only) for only in (False, True)}
        beside = {
            "input": relational.beside(spent, of.expenditure(node), hours[False], of.rule),
            "output": output["equity_weighted"],
        }
        if output_side == "hours":
            beside["output"] = relational.beside(output["equity_weighted"], of.weight(node), hours[True], of.rule)
        whole = productivity(beside["output"], beside["input"])
        found |= {(node, of.label(t), "extended"): float(value) for t, value in whole.items()}
    return found


def figures(run: Run) -> dict[tuple[str, str, str], float]:
    rows = run.tables["productivity"].to_pylist()
    return {(row["service"], row["period"], row["account"]): row["productivity"] for row in rows}


def differing(expected: dict[tuple, float | None], actual: dict[tuple, float | None]) -> dict[tuple, tuple[float | None, float | None]]:
    """Return what differs, by its key; the keys themselves must be the same."""
    assert sorted(expected) == sorted(actual)
    return {key: (value, actual[key]) for key, value in expected.items() if not _near(value, actual[key])}


def _near(expected: float | None, actual: float | None) -> bool:
    if expected is None or actual is None:
        return expected is actual
    return abs(expected - actual) <= CLOSE * max(1.0, abs(expected))


@pytest.mark.parametrize("output_side", ["in-outcome", "hours"])
@pytest.mark.parametrize("seed", SEEDS)
def test_productivity_of_every_account_by_repeats(seed, output_side):
    rows = contacts(seed)
    run = computed(REPEAT | EVERY | {"unpaid": {"output_side": output_side}}, frames(rows, seed))
    share = {key: Fraction(cell["failures"], cell["volume"]) for key, cell in seen.cells(rows, rules()).items()}
    expected = oracle_figures(oracle_account(rows, seed, share, 0.5), seed, output_side)
    assert len({round(value, 6) for value in expected.values()}) > 100
    assert differing(expected, figures(run)) == {}


def coded_shares(rows: list[seen.Contact]) -> dict[tuple[str, str, int], tuple[Fraction, Fraction, Fraction]]:
    found = {}
    for key in seen.cells(rows, rules()):
        share, low, high = relational.coded([row.demand for row in rows if (row.service, row.activity, row.period) == key])
        found[key] = Fraction(0) if share is None else share, low, high
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_productivity_and_bounds_by_codes(seed):
    rows = contacts(seed)
    run = computed({"failure_demand": {"method": "coded", "removal": 0.5}, **EVERY, "unpaid": {"output_side": "hours"}}, frames(rows, seed))
    shares = coded_shares(rows)
    expected = oracle_figures(oracle_account(rows, seed, {key: each[0] for key, each in shares.items()}, 0.5), seed, "hours")
    assert differing(expected, figures(run)) == {}
    table = [row for row in run.tables["failure_demand"].to_pylist() if row["activity"] != "All activities"]
    actual = {(row["service"], row["activity"], row["period"]): (row["share"], row["share_low"], row["share_high"]) for row in table}
    assert actual == {
        (service, name, SCHEME.label(t)): tuple(pytest.approx(float(each), abs=1e-12) for each in three)
        for (service, name, t), three in shares.items()
    }
    counted = {(row["service"], row["activity"], row["period"]): (row["failure_volume"], row["uncoded_volume"]) for row in table}
    cells = seen.cells(rows, rules())
    assert counted == {
        (service, name, SCHEME.label(t)): (cell["coded_failure"], cell["uncoded"]) for (service, name, t), cell in cells.items()
    }


SETTINGS = {
    "as usual": {},
    "no window": {"window_days": 0},
    "the last day is out": {"inclusive_end": False, "window_days": 3},
    "returns only": {"kinds": ["return"]},
    "the person alone": {"match_on": []},
    "visits are planned": {"planned_activities": ["visit"]},
}


@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_failure_demand_is_counted_as_it_is_defined(changes):
    rows = contacts(4)
    run = computed({"failure_demand": {"method": "repeat", "removal": 0.5, "placeholder_ids": ["UNKNOWN"], **changes}}, frames(rows))
    declared = {key: frozenset(value) if key == "planned_activities" else value for key, value in changes.items()}
    cells = seen.cells(rows, rules(**declared))
    table = run.tables["failure_demand"].to_pylist()
    counted = {
        (row["service"], row["activity"], row["period"]): tuple(row[name] for name in ("volume", "failure_volume", "returns", "chases"))
        for row in table
    }
    expected = {
        (service, name, SCHEME.label(t)): (cell["volume"], cell["failures"], cell["returns"], cell["chases"])
        for (service, name, t), cell in cells.items()
    }
    assert {key: value for key, value in counted.items() if key[1] != "All activities"} == expected
    for node in ("All services", "Care", *SERVICES):
        for label in PERIODS:
            parts = [value for key, value in expected.items() if key[2] == label and node in seen.nodes(key[0])]
            assert counted[node, "All activities", label] == tuple(map(sum, zip(*parts, strict=True)))
    shares = {(row["service"], row["activity"], row["period"]): row["share"] for row in table if row["activity"] != "All activities"}
    assert shares == {key: pytest.approx(failures / volume, abs=1e-15) for key, (volume, failures, _, _) in expected.items()}


def test_a_service_s_share_is_of_cost_and_its_cost_is_what_failures_cost():
    rows = contacts(4)
    run = computed(REPEAT, frames(rows))
    unit_cost = {(row["service"], row["activity"], row["period"]): known(row["unit_cost"]) for row in costs(1)}
    cells = seen.cells(rows, rules())
    actual = {
        (row["service"], row["period"]): row for row in run.tables["failure_demand"].to_pylist() if row["activity"] == "All activities"
    }
    for node in ("All services", "Care", *SERVICES):
        for label in PERIODS:
            spent = {"failures": Fraction(0), "volume": Fraction(0)}
            for (service, name, t), cell in cells.items():
                if SCHEME.label(t) == label and node in seen.nodes(service):
                    for what in spent:
                        spent[what] += cell[what] * unit_cost[service, name, label.split(" Q", maxsplit=1)[0]]
            assert actual[node, label]["cost"] == pytest.approx(float(spent["failures"]), rel=1e-12)
            assert actual[node, label]["share"] == pytest.approx(float(spent["failures"] / spent["volume"]), rel=1e-12)


@pytest.mark.parametrize("match_on", [["service"], []])
def test_risk_of_a_repeat_is_that_of_single_contacts(match_on):
    rows = contacts(5)
    at = [0, 3, 7, 28, 91, 400]
    section = {"method": "repeat", "removal": 0.5, "placeholder_ids": ["UNKNOWN"], "match_on": match_on, "risk_days": at}
    run = computed({"failure_demand": section}, frames(rows))
    durations: dict[tuple[str, str], list[relational.Duration]] = defaultdict(list)
    for (node, period, days), (events, censored) in seen.risk(rows, rules(match_on=match_on)).items():
        durations[node, SCHEME.label(period)] += [relational.Duration(days, repeated=True)] * events
        durations[node, SCHEME.label(period)] += [relational.Duration(days, repeated=False)] * censored
    table = run.tables["repeat_risk"].to_pylist()
    assert len(table) == len(at) * len(durations)
    known_risks = 0
    for row in table:
        these = durations[row["service"], row["period"]]
        share = relational.survival(these, row["days"])
        if share is None:
            assert (row["risk"], row["low"], row["high"]) == (None, None, None)
            continue
        known_risks += 1
        assert row["risk"] == pytest.approx(float(1 - share), abs=1e-12)
        if 0 < share < 1:
            low, high = relational.log_log_interval(share, relational.greenwood(these, row["days"]), 0.95)
            assert (row["low"], row["high"]) == (pytest.approx(float(low), abs=1e-9), pytest.approx(float(high), abs=1e-9))
    assert known_risks > len(table) / 2


def test_continuity_is_the_mean_of_persons():
    rows = contacts(6, 500)
    run = computed({"failure_demand": {"method": "repeat", "removal": 0.5, "placeholder_ids": ["UNKNOWN"]}}, frames(rows))
    persons: dict[tuple[str, str], list[seen.Spread]] = defaultdict(list)
    for (node, period, spread), people in seen.continuity(rows, rules()).items():
        persons[node, SCHEME.label(period)] += [spread] * people
    table = run.tables["continuity"].to_pylist()
    assert {(row["service"], row["period"]) for row in table} == set(persons)
    for row in table:
        every = persons[row["service"], row["period"]]
        these = [each for each in every if each.contacts >= 2]
        assert (row["people"], row["excluded"]) == (len(these), len(every) - len(these))
        if not these:
            assert [row[name] for name in ("upc", "coc", "secon", "handoffs", "workers")] == [None] * 5
            continue
        assert row["handoffs"] == sum(each.handoffs for each in these)
        mean = relational.mean
        assert row["upc"] == pytest.approx(float(mean([Fraction(each.max_n, each.contacts) for each in these])), rel=1e-12)
        coc = mean([Fraction(each.sum_sq - each.contacts, each.contacts * (each.contacts - 1)) for each in these])
        assert row["coc"] == pytest.approx(float(coc), rel=1e-12)
        assert row["workers"] == pytest.approx(float(mean([Fraction(each.workers) for each in these])), rel=1e-12)
        pairs = [Fraction(each.same_pairs, each.pairs) for each in these if each.pairs]
        assert row["secon"] == (pytest.approx(float(mean(pairs)), rel=1e-12) if pairs else None)


def test_continuity_of_sequences_that_are_written_out():
    """Issue 3: UPC and COC of AAAABBBC are 0.5 and 0.3214286, and SECON of 2,1,1,1 is 0.6667."""
    rows = contacts(7)
    template = next(row for row in rows if row.service == "Housing")
    day = template.opened.replace(month=2, day=1, year=2024, hour=9)
    alone = [row for row in rows if SCHEME.label(row.period) != "2023-24 Q4" or row.service != "Housing"]

    def meeting(sequence):
        people = [
            template._replace(
                contact_id=f"s{place}",
                person_id="somebody",
                worker_id=worker,
                activity=("advice", "visit")[place % 2],
                opened=day.replace(day=place + 1),
                closed=day.replace(day=place + 1),
                period=SCHEME.of_date(2024, 2),
            )
            for place, worker in enumerate(sequence)
        ]
        run = computed({"failure_demand": {"method": "repeat", "removal": 0.5}}, frames([*alone, *people]))
        (row,) = [row for row in run.tables["continuity"].to_pylist() if (row["service"], row["period"]) == ("Housing", "2023-24 Q4")]
        assert row["people"] == 1
        assert row["upc"] == pytest.approx(float(relational.upc(sequence)), rel=1e-15)
        assert row["coc"] == pytest.approx(float(relational.coc(sequence)), rel=1e-15)
        assert row["secon"] == pytest.approx(float(relational.secon(sequence)), rel=1e-15)
        return row

    first = meeting("AAAABBBC")
    assert (first["upc"], round(first["coc"], 7), first["handoffs"], first["workers"]) == (0.5, 0.3214286, 2, 3.0)
    assert round(meeting("2111")["secon"], 4) == 0.6667


@pytest.mark.parametrize("aversion", [1, 2.5])
def test_equity_is_that_of_single_contacts(aversion):
    rows = contacts(8)
    run = computed({"equity": {"aversion": aversion}, "contact_quality": {"attribution": 0.5}}, frames(rows))
    factors = equity_rows(rows, known(aversion))
    table = {(row["service"], row["period"]): row for row in run.tables["equity"].to_pylist() if row["aversion"] == aversion}
    assert set(table) == {(service, SCHEME.label(t)) for service, t in factors}
    for (service, t), factor in factors.items():
        row = table[service, SCHEME.label(t)]
        assert row["factor"] == pytest.approx(float(factor), rel=1e-12)
        scored = {
            name: [
                Fraction(each.outcome_after)
                for each in rows
                if (each.service, each.period, each.group) == (service, t, name) and each.outcome_after is not None
            ]
            for name in GROUPS
        }
        outcome = [sum(scores) / len(scores) for scores in scored.values() if scores]
        people = [Fraction(len(scores)) for scores in scored.values() if scores]
        assert row["mean"] == pytest.approx(float(relational.weighted_mean(outcome, people)), rel=1e-12)
        assert row["ede"] == pytest.approx(float(relational.ede(outcome, people, known(aversion))), rel=1e-12)
        if len(outcome) > 1:
            intercept, slope = relational.least_squares(outcome, people)
            assert row["sii"] == pytest.approx(float(slope), rel=1e-9, abs=1e-9)
            if intercept > 0 and intercept + slope > 0:
                assert row["rii"] == pytest.approx(float((intercept + slope) / intercept), rel=1e-9)
        else:
            assert (row["sii"], row["rii"]) == (None, None)
