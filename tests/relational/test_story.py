"""The example tells the story that it was designed to tell, in the figures, in its README and in the summary."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from statistics import fmean

import pytest
from rich.console import Console

import relprod
from relprod.errors import FindingsError
from relprod.report.facts import Facts
from relprod.report.summary import print_summary

EXAMPLE = Path(__file__).parents[2] / "examples" / "council-contacts"
HOMELESSNESS, HOME_SUPPORT, EARLY_HELP = SERVICES = ("Homelessness", "Adult social care > Home support", "Early help")
ACCOUNTS = ("activity", "quality_adjusted", "value_demand", "equity_weighted", "extended")
BEFORE, AFTER = "2023-24", "2024-25"
LEAD_IN, LAST = "2022-23 Q4", "2024-25 Q4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("story") / "run"


@pytest.fixture(scope="module")
def run(folder):
    return relprod.compute(EXAMPLE, folder)


@pytest.fixture(scope="module")
def productivity(run):
    """Productivity of a year, by service, account and year: the mean output of its quarters over their mean input."""
    found = defaultdict(list)
    for row in run.tables["productivity"].to_pylist():
        found[row["service"], row["account"], row["period"][:7]].append((row["output"], row["input"]))
    means = {key: [fmean(side) for side in zip(*quarters, strict=True)] for key, quarters in found.items()}
    return {key: 100 * output / spent for key, (output, spent) in means.items()}


@pytest.fixture(scope="module")
def contacts():
    """The rows of the extract, with the year and the quarter they were opened in."""
    rows = []
    for path in sorted(EXAMPLE.glob("contacts_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                opened = datetime.strptime(row["Date opened"], "%d/%m/%Y %H:%M")  # noqa: DTZ007 - an extract has no time zone
                year = opened.year - (opened.month < 4)
                period = f"{year}-{(year + 1) % 100} Q{(opened.month - 4) % 12 // 3 + 1}"
                rows.append(row | {"year": period[:7], "period": period})
    return rows


@pytest.fixture(scope="module")
def readme():
    return " ".join((EXAMPLE / "README.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def summary(run):
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    print_summary(console, Facts.of(run))
    return " ".join(console.file.getvalue().split())


# The three are told apart


def test_the_unadjusted_measure_does_not_tell_the_services_apart(productivity):
    activity = [productivity[service, "activity", AFTER] for service in SERVICES]
    assert max(activity) - min(activity) < 0.5
    assert min(activity) > 108


def test_the_account_does(productivity):
    whole = sorted(productivity[service, "extended", AFTER] for service in SERVICES)
    assert whole[1] - whole[0] > 5
    assert whole[2] - whole[1] > 5


def rise(productivity, service, account, before):
    return productivity[service, account, AFTER] - productivity[service, before, AFTER]


def test_homelessness_rises_once_failure_demand_is_taken_out(productivity):
    assert rise(productivity, HOMELESSNESS, "value_demand", "quality_adjusted") > 10
    assert abs(rise(productivity, HOME_SUPPORT, "value_demand", "quality_adjusted")) < 2
    assert abs(rise(productivity, EARLY_HELP, "value_demand", "quality_adjusted")) < 2


def test_home_support_does_not_rise_once_families_are_counted(productivity):
    assert productivity[HOME_SUPPORT, "equity_weighted", AFTER] > 107
    assert productivity[HOME_SUPPORT, "extended", AFTER] < 101
    assert abs(rise(productivity, HOMELESSNESS, "extended", "equity_weighted")) < 1
    assert abs(rise(productivity, EARLY_HELP, "extended", "equity_weighted")) < 1


def test_early_help_raises_the_mean_and_leaves_the_worst_off_behind(productivity):
    assert rise(productivity, EARLY_HELP, "quality_adjusted", "activity") > 1.5
    assert rise(productivity, EARLY_HELP, "equity_weighted", "value_demand") < -3
    for service in (HOMELESSNESS, HOME_SUPPORT):
        assert abs(rise(productivity, service, "quality_adjusted", "activity")) < 1
        assert abs(rise(productivity, service, "equity_weighted", "value_demand")) < 1


# The README's numbers


def printed_table():
    """Return what the README's table says of each service, as text, one entry an account."""
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows if row[0] in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_of_the_readme_is_that_of_the_run(productivity, service):
    printed = printed_table()[service]
    shown = [productivity[service, account, AFTER] for account in ACCOUNTS]
    assert printed == [f"{shown[0]:.1f}", *(f"{number:.0f}" for number in shown[1:])]


def share(rows, wanted):
    rows = list(rows)
    return sum(map(wanted, rows)) / len(rows)


def test_contacts_and_inputs(run, contacts, readme):
    assert "36,000 contacts" in readme
    assert "contacts rise by 2 % in each, inputs fall by 6 % in each, and productivity rises by 8.5 % in each" in readme
    assert len(contacts) == 36_000
    volume = Counter((row["Service"], row["year"]) for row in contacts)
    spent = defaultdict(list)
    for row in run.tables["productivity"].to_pylist():
        if row["account"] == "activity":
            spent[row["service"], row["period"][:7]].append(row["input"])
    for service in SERVICES:
        assert volume[service, AFTER] / volume[service, BEFORE] - 1 == pytest.approx(0.02, abs=0.002)
        assert fmean(spent[service, AFTER]) / fmean(spent[service, BEFORE]) - 1 == pytest.approx(-0.06, abs=0.005)


def test_productivity_of_activity_rises_by_as_much_as_the_readme_says(productivity):
    for service in SERVICES:
        growth = productivity[service, "activity", AFTER] / productivity[service, "activity", BEFORE] - 1
        assert f"{growth:.1%}" == "8.5%"


def of_homelessness(run, year):
    rows = run.tables["failure_demand"].to_pylist()
    rows = [row for row in rows if (row["service"], row["activity"], row["period"][:7]) == (HOMELESSNESS, "All activities", year)]
    assert len(rows) == 4
    return float(sum(row["failure_volume"] for row in rows) / sum(row["volume"] for row in rows)), math.fsum(row["cost"] for row in rows)


def test_failure_demand_of_homelessness(run, readme):
    assert "fall from 34 % to 18 % of the total, and from GBP 108,000 to GBP 59,000 a year" in readme
    (share_before, cost_before), (share_after, cost_after) = of_homelessness(run, BEFORE), of_homelessness(run, AFTER)
    assert (f"{share_before:.0%}", f"{share_after:.0%}") == ("34%", "18%")
    assert (f"{cost_before:.3g}", f"{cost_after:.2g}") == ("1.08e+05", "5.9e+04")


def test_what_was_not_settled_at_homelessness(contacts, readme):
    assert (
        "Until early 2024 half of the people who came were not helped then and there; a year later it was fewer than one in five" in readme
    )
    known = [row for row in contacts if row["Service"] == HOMELESSNESS and row["Resolved?"]]
    early = [row for row in known if row["period"] in {"2023-24 Q1", "2023-24 Q2", "2023-24 Q3", "2023-24 Q4"}]
    assert share(early, lambda row: row["Resolved?"] == "N") == pytest.approx(0.5, abs=0.02)
    assert share((row for row in known if row["period"] == LAST), lambda row: row["Resolved?"] == "N") < 0.2


def test_who_meets_whom_at_homelessness(run, readme):
    assert "different workers one time in three by the end, and were three times in four" in readme
    secon = {row["period"]: row["secon"] for row in run.tables["continuity"].to_pylist() if row["service"] == HOMELESSNESS}
    assert 1 - secon["2024-25 Q3"] == pytest.approx(1 / 3, abs=0.04)
    assert 1 - secon[LAST] == pytest.approx(1 / 3, abs=0.04)
    assert 1 - fmean(secon[f"2023-24 Q{quarter}"] for quarter in (1, 2, 3, 4)) == pytest.approx(3 / 4, abs=0.04)


def test_what_families_give_at_home_support(run, contacts, readme):
    assert "Visits become shorter by a tenth, spending falls, outcomes hold" in readme
    assert "Families give 16 % more hours" in readme
    hours = defaultdict(float)
    for row in run.tables["unpaid"].to_pylist():
        hours[row["service"], row["contributor"], row["period"][:7]] += float(row["hours"])
    assert f"{hours[HOME_SUPPORT, 'family', AFTER] / hours[HOME_SUPPORT, 'family', BEFORE] - 1:.0%}" == "16%"
    visits = [row for row in contacts if row["Contact type"] == "Support visit" and row["Minutes"]]
    minutes = {when: fmean(float(row["Minutes"]) for row in visits if when in {row["year"], row["period"]}) for when in (BEFORE, LAST)}
    assert minutes[LAST] / minutes[BEFORE] - 1 == pytest.approx(-0.1, abs=0.01)
    with (EXAMPLE / "inputs.csv").open(encoding="utf-8", newline="") as file:
        inputs = [row for row in csv.DictReader(file) if row["service"] == HOME_SUPPORT]
    spent = {year: sum(float(row["expenditure"]) for row in inputs if row["period"].startswith(year)) for year in (BEFORE, AFTER)}
    assert spent[AFTER] < spent[BEFORE]
    scores = {
        year: fmean(float(r["Score at end"]) for r in contacts if r["Service"] == HOME_SUPPORT and r["year"] == year and r["Score at end"])
        for year in (BEFORE, AFTER)
    }
    assert scores[AFTER] / scores[BEFORE] == pytest.approx(1, abs=0.01)


def test_scores_at_early_help(contacts, productivity, readme):
    assert "The mean score at the end rises by 4 %" in readme
    assert "it falls from 44 to 32, and is lower than the score at the start" in readme
    with (EXAMPLE / "areas.csv").open(encoding="utf-8", newline="") as file:
        worst = {row["area"] for row in csv.DictReader(file) if row["group"] == "1 (most deprived)"}
    rows = [row for row in contacts if row["Service"] == EARLY_HELP and row["Score at end"]]

    def mean(year, column, rows=rows):
        return fmean(float(row[column]) for row in rows if row["year"] == year and row[column])

    of_worst = [row for row in rows if row["Area"] in worst]
    assert f"{mean(AFTER, 'Score at end') / mean(BEFORE, 'Score at end') - 1:.0%}" == "4%"
    assert [f"{mean(year, 'Score at end', of_worst):.0f}" for year in (BEFORE, AFTER)] == ["44", "32"]
    assert mean(AFTER, "Score at end", of_worst) < mean(AFTER, "Score at start", of_worst)
    assert "about half of the gain in productivity is gone" in readme
    gain, left = (productivity[EARLY_HELP, account, AFTER] - 100 for account in ("quality_adjusted", "equity_weighted"))
    assert 0.4 < 1 - left / gain < 0.6


def test_what_is_missing_in_the_extract(contacts, readme):
    assert "In 1.5 % of the contacts the person is `UNKNOWN`" in readme
    assert "blank in 12 %" in readme
    assert "four contacts in ten have no score" in readme
    assert f"{share(contacts, lambda row: row['Person ref'] == 'UNKNOWN'):.1%}" == "1.5%"
    assert 0 < share(contacts, lambda row: row["Person ref"] == "") < 0.01
    assert f"{share(contacts, lambda row: row['Demand code'] == ''):.0%}" == "12%"
    assert f"{share(contacts, lambda row: row['Score at end'] == ''):.0%}" == "40%"
    assert 0 < share(contacts, lambda row: row["Date closed"] == "") < 0.01
    scores = [float(row[column]) for row in contacts for column in ("Score at start", "Score at end") if row[column]]
    assert (min(scores) >= 1, max(scores) <= 100) == (True, True)


# The account as a whole


def test_the_lead_in_is_marked_and_said(run):
    flagged = {(row["account"], row["period"]) for row in run.tables["productivity"].to_pylist() if "lead-in" in row["flags"].split(";")}
    assert flagged == {(account, LEAD_IN) for account in ("value_demand", "equity_weighted", "extended")}
    assert {row["period"] for row in run.tables["failure_demand"].to_pylist() if row["lead_in"]} == {LEAD_IN}
    said = [row for row in run.tables["findings"].to_pylist() if row["code"] == "RP094"]
    assert len(said) == 1
    assert LEAD_IN in said[0]["message"]


def test_the_controls_reconcile_and_nothing_is_an_error(run):
    assert "controls" in run.study["tables"]
    found = run.tables["findings"].to_pylist()
    assert {row["severity"] for row in found} == {"warning", "info"}
    assert {row["code"] for row in found if row["table"] == "controls"} == set()


def test_a_control_total_that_is_off_is_refused(tmp_path):
    for path in EXAMPLE.iterdir():
        text = path.read_bytes()
        (tmp_path / path.name).write_bytes(text.replace(b"895624", b"905624") if path.name == "controls.csv" else text)
    assert b"905624" in (tmp_path / "controls.csv").read_bytes()
    with pytest.raises(FindingsError) as caught:
        relprod.compute(tmp_path)
    assert "controls" in {finding.table for finding in caught.value.findings if finding.is_error}


def test_every_bridge_has_every_step_and_adds_up(run):
    bridges = defaultdict(dict)
    for row in run.tables["bridge"].to_pylist():
        bridges[row["service"], row["period"], row["since"]][row["component"]] = row
    services = {*SERVICES, "Adult social care", "All services"}
    assert {(service, since) for service, _, since in bridges} == {
        (service, since) for service in services for since in ("previous", "year-earlier", "reference")
    }
    steps = ("volume", "quality", "value_demand", "equity", "input")
    for parts in bridges.values():
        assert set(parts) == {*steps, "productivity"}
        assert math.fsum(parts[step]["contribution_pp"] for step in steps) == pytest.approx(
            parts["productivity"]["contribution_pp"], abs=1e-9
        )
        product = math.prod(parts[step]["factor"] for step in steps[:-1]) / parts["input"]["factor"]
        assert product == pytest.approx(parts["productivity"]["factor"], rel=1e-12)


def test_two_runs_are_the_same_bytes(folder, run, tmp_path):
    again = relprod.compute(EXAMPLE, tmp_path / "again")
    assert again.tables == run.tables
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "again").iterdir())
    same = {name: (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in names if name != "run.log"}
    assert [name for name, is_same in same.items() if not is_same] == []
    assert len(same) > 10


SENTENCES = (
    "All services, 2024-25 Q4: productivity 116.2 (official, quality-adjusted; 2023-24 = 100), up 11.7% on the year.",
    "Without failure demand it is 129.2, up 22.2% on the year. Failure demand cost GBP 25,286, 11.2% of the cost of all activity.",
    "Weighed by who outcomes go to it is 126.5, up 19.7% on the year.",
    "With the work of families and volunteers counted on both sides it is 121.1, up 14.6% on the year.",
    "Core productivity is 126.5, extended 121.1, a difference of -5.4.",
    "less of it was failure demand (+9.8), less was put in (+8.5), it reached fewer of those worse off (-2.3)",
)


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence[:24])
def test_the_summary_says_each_step(summary, sentence):
    assert sentence in summary


def test_the_sentences_are_the_figures(run):
    at = {
        row["account"]: row for row in run.tables["productivity"].to_pylist() if (row["service"], row["period"]) == ("All services", LAST)
    }
    for account, sentence in zip(ACCOUNTS[1:], SENTENCES, strict=False):
        numbers = re.findall(r"\d+\.\d", sentence)
        assert f"{at[account]['productivity']:.1f}" == numbers[0]
        assert f"{at[account]['productivity_growth_year']:.1f}" == numbers[1]
