"""The summary in the terminal, narrow and wide, piped and without UTF-8, and the facts that it is made of."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from cli.driving import EXAMPLES, assert_golden, relprod
from cli.small import STUDY, TABLES, small_study
from rich.console import Console

import relprod as rp
from relprod.errors import UsageError
from relprod.report.facts import ROOM, Facts
from relprod.report.figures import as_csv, as_json
from relprod.report.summary import print_summary, summary

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE_NAMES = ("local-services", "ons-public-services")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {name: tmp_path_factory.mktemp("runs") / name for name in EXAMPLE_NAMES}
    for name, folder in made.items():
        rp.compute(EXAMPLES / name, folder)
    return made


@pytest.fixture(scope="module")
def local(folders: dict[str, Path]) -> rp.Run:
    return rp.load_run(folders["local-services"])


@pytest.fixture(scope="module")
def ons(folders: dict[str, Path]) -> rp.Run:
    return rp.load_run(folders["ons-public-services"])


def printed(run: rp.Run, columns: int = 80, **filters: str) -> str:
    file = io.StringIO()
    print_summary(Console(file=file, width=columns, highlight=False, emoji=False, markup=False), Facts.of(run, **filters))
    return file.getvalue()


@pytest.mark.parametrize("example", EXAMPLE_NAMES)
@pytest.mark.parametrize("columns", [80, 160])
def test_summary(folders: dict[str, Path], example: str, columns: int):
    ended = relprod("show", folders[example], columns=columns)
    assert (ended.code, ended.err) == (0, "")
    assert_golden(f"report/summary-{example}-{columns}.txt", ended.out)
    lines = ended.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in ended.out
    assert "…" not in ended.out


@pytest.mark.parametrize("example", EXAMPLE_NAMES)
def test_the_most_important_thing_is_last(folders: dict[str, Path], example: str):
    last = relprod("show", folders[example], columns=160).out.rstrip().split("\n\n")[-1]
    assert last.startswith("All services, 20")
    assert "(official, quality-adjusted;" in last
    assert " on the year." in last


def test_a_terminal_has_the_same_words_in_colour(local: rp.Run):
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system="standard", highlight=False, emoji=False, markup=False)
    print_summary(console, Facts.of(local))
    assert "\x1b[1m" in file.getvalue()
    plain = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", file.getvalue()).splitlines())
    assert plain == printed(local).rstrip("\n")


def test_without_blocks_there_are_no_trends(local: rp.Run):
    file = io.StringIO()
    Console(file=file, width=80).print(summary(Facts.of(local), wide=False, blocks=False))
    assert "Trend" not in file.getvalue()
    assert "▁" not in file.getvalue()


def test_a_service_and_those_below_it(local: rp.Run):
    facts = Facts.of(local, service="Adult social care")
    assert facts.services == ("Adult social care", "Adult social care > Home care", "Adult social care > Reablement")
    assert facts.main_service == "Adult social care"
    assert facts.shown[-1] == "Adult social care"
    text = printed(local, service="Adult social care")
    assert "Homelessness" not in text
    assert "\nAdult social care, 2024-25 Q4: productivity" in text


def test_a_service_s_summary_has_no_warnings_of_others(local: rp.Run):
    assert "Reablement" not in printed(local, service="Libraries")


@pytest.mark.parametrize("name", ["Home care", "home CARE", "adult social care > home care", "Adult social care > Home care"])
def test_a_service_may_be_named_by_its_last_part_in_any_case(local: rp.Run, name: str):
    assert Facts.of(local, service=name).services == ("Adult social care > Home care",)


@pytest.mark.parametrize("account", ["activity", "quality_adjusted", "value_demand"])
@pytest.mark.parametrize("since", ["reference", "year-earlier", "previous"])
def test_the_bridge_is_that_of_the_account_asked_for(local: rp.Run, account: str, since: str):
    facts = Facts.of(local, account=account)
    points = facts.bridge(since)
    row = facts.by_key["All services", "2024-25 Q4", account]
    growth = {
        "reference": row["productivity"] - 100,
        "year-earlier": row["productivity_growth_year"],
        "previous": row["productivity_growth"],
    }
    total = points.pop("productivity")
    assert total == pytest.approx(growth[since], abs=1e-9)
    assert math.fsum(points.values()) == pytest.approx(total, abs=1e-9)
    ladder = ["volume", "quality", "value_demand"][: facts.ladder.index(account) + 1]
    assert list(points) == [*ladder, "input"]


def without_the_last_year(table: str) -> str:
    """Return a table of the small study in which Parks ends in 2021."""
    return "".join(line for line in TABLES[table].splitlines(keepends=True) if not (line.startswith("Parks,") and ",2022," in line))


def test_a_service_that_has_ended_says_when(tmp_path: Path):
    ended = {f"{table}.csv": without_the_last_year(table) for table in ("activity", "inputs")}
    text = printed(rp.compute(small_study(tmp_path, ended)), 160, service="Parks")
    assert text.rstrip().endswith("Parks, 2022: no productivity, because its figures end in 2021.")


def test_facts_are_the_last_period_and_account_by_default(local: rp.Run, ons: rp.Run):
    facts = Facts.of(local)
    assert (facts.period, facts.account, facts.reference) == ("2024-25 Q4", "value_demand", "2021-22")
    assert facts.ladder == ("activity", "quality_adjusted", "value_demand")
    assert len(facts.periods) == 16
    assert Facts.of(ons).account == "quality_adjusted"


@pytest.mark.parametrize("spelling", ["2023-24 Q2", "2023-24Q2", "2023/24 Q2", " 2023-24  q2 "])
def test_a_period_may_be_spelt_in_any_way_that_the_tables_accept(local: rp.Run, spelling: str):
    assert Facts.of(local, period=spelling).period == "2023-24 Q2"


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"service": "Libarries"}, "The run has no service 'Libarries'; there are: Adult social care, "),
        ({"period": "2024-25"}, "The run has no period '2024-25'; there are: 2021-22 Q1, 2021-22 Q2, "),
        ({"period": "2031-32 Q1"}, "The run has no period '2031-32 Q1'"),
        ({"account": "equity_weighted"}, "; there are: activity, quality_adjusted, value_demand."),
    ],
)
def test_a_filter_that_names_nothing(local: rp.Run, filters: dict[str, str], said: str):
    with pytest.raises(UsageError) as refused:
        Facts.of(local, **filters)
    assert said in str(refused.value)


def test_a_standing_is_the_row_of_its_table(local: rp.Run):
    facts = Facts.of(local, period="2023-24 Q1", account="activity")
    row = next(
        row
        for row in local.tables["productivity"].to_pylist()
        if (row["service"], row["period"], row["account"]) == ("Libraries", "2023-24 Q1", "activity")
    )
    standing = facts.standing("Libraries")
    assert standing is not None
    assert (standing.output, standing.input, standing.productivity) == (row["output"], row["input"], row["productivity"])
    assert standing.on_the_year == row["productivity_growth_year"]
    assert standing.since_reference == row["productivity"] - 100
    assert len(standing.trend) == facts.periods.index("2023-24 Q1") + 1
    assert standing.trend[-1] == row["productivity"]
    assert facts.standing("Nothing") is None


def test_the_whole_year_is_mean_output_over_mean_input(local: rp.Run, ons: rp.Run):
    facts = Facts.of(local)
    rows = [facts.by_key["All services", f"2024-25 Q{quarter}", "value_demand"] for quarter in range(1, 5)]
    expected = 100 * sum(row["output"] for row in rows) / sum(row["input"] for row in rows)
    year, productivity = facts.whole_year() or ("", 0.0)
    assert (year, productivity) == ("2024-25", pytest.approx(expected, rel=1e-14))
    assert (Facts.of(local, period="2024-25 Q3").whole_year() or ("",))[0] == "2023-24"
    assert Facts.of(local, period="2021-22 Q3").whole_year() is None
    assert (Facts.of(local, period="2021-22 Q4").whole_year() or ("", 0))[1] == pytest.approx(100, abs=1e-11)
    assert Facts.of(ons).whole_year() is None


def test_published_counts(local: rp.Run, ons: rp.Run):
    assert Facts.of(local).published() is None
    count, within, largest = Facts.of(ons).published() or (0, 0, 0.0)
    assert (count, within, round(largest, 2)) == (115, 115, 0.09)


def run_of(services: list[str], local: rp.Run) -> rp.Run:
    """Return a run with the given services and the total, all with the same figures."""
    names = [*services, "All services"]
    rows = [
        {
            **dict.fromkeys(local.tables["productivity"].column_names, 100.0),
            "service": name,
            "period": "2021-22 Q1",
            "account": "activity",
            "flags": "",
        }
        for name in sorted(names)
    ]
    table = pa.Table.from_pylist(rows, schema=local.tables["productivity"].schema)
    empty = {name: each.slice(0, 0) for name, each in local.tables.items()}
    return rp.Run({**empty, "productivity": table}, local.manifest)


def test_of_too_many_services_those_directly_below_are_shown(local: rp.Run):
    many = run_of([f"{top}{below}" for top in ("A", "B") for below in ("", *(f" > {number:02d}" for number in range(ROOM)))], local)
    facts = Facts.of(many)
    assert len(facts.services) == 2 * (ROOM + 1) + 1
    assert facts.shown == ("A", "B", "All services")
    assert f"{2 * ROOM} more services: 'relprod show RUN --service NAME'" in printed(many, 160)
    below = Facts.of(many, service="A")
    assert below.shown == (*(f"A > {number:02d}" for number in range(ROOM)), "A")
    assert "more services" not in printed(many, 160, service="A")


def test_no_more_services_are_shown_than_there_is_room_for(local: rp.Run):
    many = run_of([f"S{number:03d}" for number in range(ROOM + 5)], local)
    facts = Facts.of(many)
    assert facts.shown == (*(f"S{number:03d}" for number in range(ROOM)), "All services")
    assert "5 more services:" in printed(many)
    exactly = run_of([f"S{number:03d}" for number in range(ROOM)], local)
    assert len(Facts.of(exactly).shown) == ROOM + 1
    assert "more service" not in printed(exactly).split("To know")[0]


def test_a_summary_says_where_there_is_no_input(tmp_path: Path):
    study = STUDY.replace('inputs = "inputs.csv"\n', "").replace('deflators = "deflators.csv"\n', "")
    text = printed(rp.compute(small_study(tmp_path, study=study)), 160)
    assert "No input, and so no productivity: " in text
    assert "\nAll services, 2022: output " in text
    assert text.rstrip().endswith("; no productivity, because no inputs are given.")


def test_a_summary_without_input_says_how_output_grew(tmp_path: Path):
    study = STUDY.replace('inputs = "inputs.csv"\n', "").replace('deflators = "deflators.csv"\n', "")
    run = rp.compute(small_study(tmp_path, study=study))
    growth = Facts.of(run).by_key["All services", "2022", "quality_adjusted"]["output_growth"]
    assert f"up {growth:.1f}%" in printed(run, 160)


def test_the_first_period_reads_well(local: rp.Run):
    assert "not known on the year" not in printed(local, 160, period="2021-22 Q1")


def test_each_account_without_input_has_its_own_growth(tmp_path: Path):
    study = STUDY.replace('inputs = "inputs.csv"\n', "").replace('deflators = "deflators.csv"\n', "")
    facts = Facts.of(rp.compute(small_study(tmp_path, study=study)))
    for account in facts.ladder:
        standing = facts.standing("All services", account)
        assert standing is not None
        assert standing.on_the_year == pytest.approx(facts.by_key["All services", "2022", account]["output_growth"])


@pytest.mark.parametrize("columns", [60, 64, 72, 100, 240])
def test_no_figure_is_cut(local: rp.Run, columns: int):
    text = printed(local, columns)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= columns


def test_figures_for_programs(local: rp.Run):
    facts = Facts.of(local, service="Libraries", period="2024-25 Q4", account="activity")
    rows = list(csv.DictReader(io.StringIO(as_csv(facts, period=True, account=True))))
    assert [(row["service"], row["period"], row["account"]) for row in rows] == [("Libraries", "2024-25 Q4", "activity")]
    whole = list(csv.DictReader(io.StringIO(as_csv(facts, period=False, account=False))))
    assert len(whole) == 16 * 3
    assert whole[0]["output_growth"] == ""
    libraries = [row for row in local.tables["productivity"].to_pylist() if row["service"] == "Libraries"]
    for row, wanted in zip(whole, libraries, strict=True):
        assert float(row["productivity"]) == wanted["productivity"]
    content = json.loads(as_json(facts, period=True, account=True))
    assert content["study"]["title"].startswith("Services of Wendmere Council")
    assert content["productivity"][0]["productivity"] == float(rows[0]["productivity"])
    assert math.isclose(
        math.fsum(
            row["contribution_pp"] for row in content["bridge"] if row["since"] == "reference" and row["component"] != "productivity"
        ),
        next(row["contribution_pp"] for row in content["bridge"] if row["since"] == "reference" and row["component"] == "productivity"),
        abs_tol=1e-9,
    )
