"""Every figure comes out of its cells again, to the last bit, and the lines of the files add up to the cells."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import random
import shutil
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pyarrow as pa
import pytest
from cli.driving import assert_golden, relprod
from cli.small import small_study
from oracle.contacts import Contact, Rules, is_chase, is_return
from relational.making import GROUPS, PERIODS, contacts, frames, study

import relprod as rp
from relprod.account.index_numbers import FORMULAS
from relprod.account.links import LINK_KINDS
from relprod.audit.inputs import find_inputs
from relprod.audit.sample import draw_figures
from relprod.audit.trace.lines import input_rows
from relprod.audit.trace.node import Formula, Node, reckon
from relprod.audit.trace.trace import trace
from relprod.audit.trace.tracer import COLUMNS, Figure, Tracer
from relprod.errors import UsageError
from relprod.resources import examples_folder
from relprod.study.load import load_study

EXAMPLES = ("council-contacts", "local-services", "ons-public-services")
EVERY_ADJUSTMENT = {
    "failure_demand": {"method": "repeat", "removal": 0.8},
    "contact_quality": {"attribution": 0.7},
    "equity": {"aversion": 1.5},
    "unpaid": {"output_side": "hours"},
}


def outcomes():
    """Outcomes by group, as a table."""
    places = itertools.product(("Care", "Housing"), PERIODS, GROUPS)
    rows = [(*place, 100 + 7 * number % 50, 40.5 + number % 13) for number, place in enumerate(places)]
    return pd.DataFrame(rows, columns=["service", "period", "group", "people", "outcome"])


def comes_out(tracer, figures):
    """The figures that do not come out of their parts to the last bit."""
    known = {}
    return [figure for figure in figures if reckon(tracer.node(figure), known) != tracer.recorded(figure)]


def drawn(run, size, seed=1):
    tracer = Tracer(run)
    return tracer, draw_figures(tracer, size, random.Random(seed))  # noqa: S311 - a seed is the point


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_thousand_figures_come_out_of_their_cells(computed, name):
    tracer, figures = drawn(rp.load_run(computed[name] / "run"), 1000)
    assert len(figures) == 1000
    assert {figure.table for figure in figures} == {table for table in COLUMNS if table in tracer.run.tables}
    assert comes_out(tracer, figures) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_lines_of_every_cell_add_up(computed, name):
    run = rp.load_run(computed[name] / "run")
    tracer, figures = drawn(run, 300)
    inputs = find_inputs(run, tracer.nodes.study)
    assert inputs.are_the_same
    told = 0
    with input_rows(tracer.nodes.study, inputs) as rows:
        for figure in figures[:40]:
            found = trace(tracer, figure, rows)
            assert found.comes_out
            assert found.cells
            assert all(lines.agrees is not False for lines in found.lines)
            told += sum(lines.agrees is True for lines in found.lines)
    assert told > 100


OTHER_LINKS = [kind for kind in LINK_KINDS if kind != "annual-overlap"]


@pytest.mark.parametrize(
    ("formula", "link"),
    [*((formula, "annual-overlap") for formula in FORMULAS), *itertools.product(["laspeyres", "tornqvist"], OTHER_LINKS)],
)
def test_every_formula_and_link_comes_out(formula, link):
    source = load_study(examples_folder() / "local-services")
    changed = source.model_copy(
        update={"output": source.output.model_copy(update={"index": formula, "link": link, "min_match_error": 0.0})}
    )
    tracer, figures = drawn(rp.compute(changed.located(source.folder)), 120)
    assert comes_out(tracer, figures) == []


@pytest.mark.parametrize(
    "sections",
    [
        EVERY_ADJUSTMENT,
        {**EVERY_ADJUSTMENT, "unpaid": {"output_side": "in-outcome"}, "equity": {"aversion": 0.5, "outcome": "table"}},
        {**EVERY_ADJUSTMENT, "failure_demand": {"method": "coded"}, "output": {"index": "fisher", "link": "previous-period"}},
        {
            **EVERY_ADJUSTMENT,
            "failure_demand": {"method": "coded"},
            "failure_demand.audit": {"sensitivity": 0.9, "specificity": 0.8, "sample_size": 200},
        },
    ],
    ids=["repeat", "in-outcome and table", "coded", "audited"],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_adjustment_comes_out(sections, seed):
    try:
        run = rp.compute(study(sections), tables={**frames(contacts(seed)), "outcomes": outcomes()})
    except rp.errors.FindingsError as error:
        run = error.run
    tracer, figures = drawn(run, 400, seed)
    assert {"productivity", "bridge", "failure_demand", "equity", "unpaid"} <= {figure.table for figure in figures}
    assert comes_out(tracer, figures) == []


def test_a_figure_that_was_changed_does_not_come_out(computed):
    run = rp.load_run(computed["local-services"] / "run")
    rows = run.tables["productivity"].to_pylist()
    rows[10]["output"] += 1e-12 * rows[10]["output"]
    table = pa.Table.from_pylist(rows, schema=run.tables["productivity"].schema)
    tracer = Tracer(rp.Run({**run.tables, "productivity": table}, run.manifest))
    figure = Figure("productivity", {name: rows[10][name] for name in ("service", "period", "account")}, "output")
    assert comes_out(tracer, [figure]) == [figure]
    assert not trace(tracer, figure).comes_out


def test_the_formula_with_its_numbers_is_the_figure(computed):
    """A hand calculation from what the trace of the official ONS figure shows: fractions, no floats, no code of the account."""
    run = rp.load_run(computed["ons-public-services"] / "run")
    tracer = Tracer(run)
    key = {"service": "All services", "period": "2019", "account": "quality_adjusted"}
    node = tracer.node(Figure("productivity", key, "output"))
    level = node.parts[0]
    before, link = level.parts
    top = sum(Fraction(item.parts[2].value) * Fraction(item.parts[0].value) / Fraction(item.parts[1].value) for item in link.parts)
    bottom = sum(Fraction(item.parts[2].value) for item in link.parts)
    by_hand = 100 * Fraction(before.value) * top / bottom / Fraction(node.parts[1].value)
    assert float(by_hand) == pytest.approx(tracer.recorded(Figure("productivity", key, "output")), rel=1e-14)
    assert len(link.parts) == 9


def test_what_adds_to_a_link_adds_up_to_it(computed):
    run = rp.load_run(computed["local-services"] / "run")
    tracer = Tracer(run)
    node = tracer.node(Figure("productivity", {"service": "Libraries", "period": "2024-25 Q4", "account": "activity"}, "output"))
    link = node.parts[0].parts[1]
    adds = [float(item.note.split()[1]) for item in link.parts]
    assert sum(adds) == pytest.approx(100 * (link.value - 1), abs=5e-4)
    assert "exact within one link" in node.note


def test_a_missing_value_cannot_be_reckoned():
    with pytest.raises(ValueError, match="x of y is missing"):
        reckon(Node("k", "x", "y", None))
    assert (
        reckon(Node("k", "x", "y", None, Formula("{0}", lambda parts, value_of: value_of(parts[0])), lambda: [Node("p", "", "", 2)])) == 2
    )


# The command


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("local-services", ("--service", "Libraries")),
        ("local-services", ("--service", "Homelessness", "--table", "failure_demand", "--activity", "Contacts and calls")),
        ("council-contacts", ("--service", "Early help", "--table", "bridge", "--component", "quality", "--since", "year-earlier")),
        ("council-contacts", ("--service", "Homelessness", "--table", "equity", "--column", "ede")),
        ("council-contacts", ("--table", "unpaid", "--contributor", "family")),
        ("council-contacts", ("--account", "extended", "--depth", "2", "--column", "input")),
        ("ons-public-services", ("--account", "quality_adjusted", "--depth", "3")),
    ],
    ids=["service", "failure share", "bridge", "ede", "unpaid", "extended", "ons"],
)
def test_what_a_trace_prints(computed, name, arguments, request):
    run = computed[name] / "run"
    ended = relprod("trace", run, *arguments)
    assert (ended.code, ended.err) == (0, "")
    assert "Worked out again from its cells, part by part: the same number to the last bit." in ended.out
    assert_golden(f"audit/trace-{request.node.callspec.id.replace(' ', '-')}.txt", ended.out)


def test_a_trace_for_a_working_paper(computed):
    ended = relprod("trace", computed["local-services"] / "run", "--service", "Libraries", "--format", "markdown")
    assert ended.code == 0
    assert_golden("audit/trace.md", ended.out)


def test_a_trace_as_json_has_every_digit(computed):
    run = computed["council-contacts"] / "run"
    ended = relprod(
        "trace", run, "--service", "Homelessness", "--format", "json", "--depth", "30", "--account", "activity", "--column", "output"
    )
    found = json.loads(ended.out)
    assert found["recorded"] == found["reckoned"] == found["node"]["value"]
    assert found["comes_out"]
    cells = [cell for cell in found["cells"] if cell["column"] == "volume"]
    assert all(sum(Decimal(str(line["amount"])) for line in cell["lines"]) == Decimal(cell["value"]) for cell in cells)
    assert all(line["line"] is None and line["count"] == line["amount"] for cell in cells for line in cell["lines"])


def test_lines_are_written_for_who_holds_the_inputs(computed, tmp_path):
    run = computed["council-contacts"] / "run"
    target = tmp_path / "lines.csv"
    ended = relprod("trace", run, "--service", "Homelessness", "--account", "activity", "--column", "output", "--rows", target)
    assert ended.code == 0
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert f"{len(rows):,} lines written" in ended.err
    assert target.stat().st_mode & 0o777 == 0o600
    volume = [row for row in rows if row["table"] == "contacts" and row["column"] == "volume"]
    cells = rp.load_run(run).activity_cells
    last = cells[(cells["service"] == "Homelessness") & (cells["period"] == "2024-25 Q4")]
    assert len(volume) == int(last["volume"].sum())
    folder = computed["council-contacts"]
    for row in volume[:: max(1, len(volume) // 20)]:
        line = (folder / row["file"]).read_text(encoding="utf-8").splitlines()[int(row["line"]) - 1]
        assert line.startswith(row["contact_id"])


def test_cells_of_a_table_given_from_python_are_said_to_be_in_no_file(tmp_path):
    folder = small_study(tmp_path / "study")
    rp.compute(folder, folder / "run", tables={"activity": pd.read_csv(folder / "activity.csv")})
    said = " ".join(relprod("trace", folder / "run", "--account", "activity").out.split())
    assert "visits, 2022 = 120: in no file: its table was given from Python" in said
    assert "6 cells are of a table that was given from Python, and cannot be followed to a file." in said
    assert "made from others" not in said


def test_a_figure_that_is_missing_says_why(computed, tmp_path):
    run = computed["local-services"] / "run"
    first = relprod("trace", run, "--period", "2021-22 Q1", "--column", "output_growth")
    assert (first.code, first.err[-47:]) == (2, ": there is no figure before it to compare with.\n"[-47:])
    folder = small_study(tmp_path / "study")
    without = (folder / "inputs.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "inputs.csv").write_text("".join(line for line in without if not line.startswith("Parks")), encoding="utf-8")
    rp.compute(folder, folder / "run")
    parks = relprod("trace", folder / "run", "--service", "Parks")
    assert (parks.code, parks.err.endswith(": there is no input at or below the service; --column output is what it has.\n")) == (2, True)


def test_lines_never_replace_a_file_that_is_there(computed, tmp_path):
    table = tmp_path / "activity.csv"
    table.write_text("my own\n", encoding="utf-8")
    ended = relprod("trace", computed["local-services"] / "run", "--rows", table)
    assert (ended.code, ended.err) == (4, f"'{table}' is there already, and is left alone. Choose another name after --rows.\n")
    assert table.read_text(encoding="utf-8") == "my own\n"


def failing(folder, service, activity, first, last):
    """The ids of a service's contacts of one activity, opened in some months, that the oracle in plain Python finds to be repeats."""
    section = load_study(folder)
    rules = Rules(
        section.study.extract_end,
        planned_activities=frozenset(section.failure_demand.planned_activities),
        placeholder_ids=frozenset(section.failure_demand.placeholder_ids),
    )
    people = {}
    for file in sorted(folder.glob("contacts_*.csv")):
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
            if row["Service"] == service and row["Person ref"].strip():
                opened, closed = (
                    dt.datetime.strptime(row[name], "%d/%m/%Y %H:%M") if row[name] else None  # noqa: DTZ007 - the wall clock
                    for name in ("Date opened", "Date closed")
                )
                contact = Contact(row["Ref No"], row["Person ref"].strip(), service, row["Contact type"], opened, closed, None, 0)
                people.setdefault(contact.person_id, []).append(contact)
    return {
        each.contact_id
        for contacts_ in people.values()
        for each in contacts_
        if each.activity == activity
        and first <= (each.opened.year, each.opened.month) <= last
        and (is_return(each, contacts_, rules) or is_chase(each, contacts_, rules))
    }


def test_failure_demand_goes_down_to_its_contacts(computed, tmp_path):
    """The contacts that are listed are the ones that the oracle in plain Python finds."""
    folder, target = computed["council-contacts"], tmp_path / "lines.csv"
    wanted = ("--service", "Early help", "--table", "failure_demand", "--activity", "Enquiry")
    ended = relprod("trace", folder / "run", *wanted, "--column", "failure_volume", "--rows", target)
    assert ended.code == 0
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    table = rp.load_run(folder / "run").failure_demand
    cell = table[(table["service"] == "Early help") & (table["activity"] == "Enquiry") & (table["period"] == "2024-25 Q4")].iloc[0]
    assert len(rows) == int(cell["failure_volume"]) > 10
    assert {row["contact_id"] for row in rows} == failing(folder, "Early help", "Enquiry", (2025, 1), (2025, 3))
    for column in ("returns", "chases"):
        shown = relprod("trace", folder / "run", *wanted, "--column", column)
        assert f" = {int(cell[column])}: {int(cell[column])} contact" in " ".join(shown.out.split())


def test_without_the_inputs_a_trace_ends_at_the_cells(computed, copy_of, tmp_path):
    away = shutil.copytree(computed["local-services"] / "run", tmp_path / "away")
    ended = relprod("trace", away, "--service", "Libraries")
    assert ended.code == 0
    assert "Name their folder: --inputs DIR." in " ".join(ended.out.split())
    named = relprod("trace", away, "--service", "Libraries", "--inputs", computed["local-services"])
    assert "add up to them exactly" in named.out
    folder = copy_of("local-services")
    with (folder / "quality.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    changed = relprod("trace", folder / "run", "--service", "Libraries")
    assert "the inputs are not those that were used: quality.csv" in " ".join(changed.out.split())
    refused = relprod("trace", folder / "run", "--service", "Libraries", "--rows", tmp_path / "lines.csv")
    assert refused.code == 2
    assert not (tmp_path / "lines.csv").exists()


FAILURE = ("--table", "failure_demand", "--service", "Homelessness")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--service", "Librarys"), "The run has no service 'Librarys'; there are: Adult social care"),
        (("--table", "bridges"), "did you mean 'bridge'?"),
        (("--table", "equity"), "This run has no table 'equity': its study does not ask for it."),
        (("--column", "outputs"), "did you mean 'output'?"),
        (
            ("--table", "failure_demand", "--service", "Homelessness", "--activity", "Contacts and cals"),
            "did you mean 'Contacts and calls'?",
        ),
        (("--column", "output_growth", "--period", "2021-22 Q1"), "There is no figure to trace"),
    ],
)
def test_what_is_not_there_is_said(computed, arguments, said):
    ended = relprod("trace", computed["local-services"] / "run", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_which_contributor_is_asked(computed):
    ended = relprod("trace", computed["council-contacts"] / "run", "--table", "unpaid")
    assert ended.code == 2
    assert ended.err == "Which contributor? Choose with --contributor: family, volunteer.\n"


def test_a_row_that_is_not_there_is_refused(computed):
    tracer = Tracer(rp.load_run(computed["local-services"] / "run"))
    with pytest.raises(UsageError, match="has no row service 'Nothing'"):
        tracer.node(Figure("productivity", {"service": "Nothing", "period": "2024-25 Q4", "account": "activity"}, "output"))
