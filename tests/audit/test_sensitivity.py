"""Each stated change gives the very figure that a plain computation of the changed study gives."""

from __future__ import annotations

import csv
import io
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from cli.driving import EXAMPLES
from cli.small import STUDY, small_study
from relational.making import computed, contacts, frames, study

import relprod
from relprod.audit.assumptions import assumptions_log
from relprod.audit.columns import COLUMN_CHANGES
from relprod.audit.sensitivity import Sensitivity, sensitivities
from relprod.errors import FindingsError, InputUnreadable, OutputError, UsageError
from relprod.report.facts import Facts
from relprod.run.headline import Headline
from relprod.study.parameters import value_text
from relprod.study.recorded import recorded_study
from relprod.study.variations import FROM_CONTACTS, NOT_VARIED, VARIED, other_values, study_with

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from relprod import Run

LOCAL, COUNCIL = "local-services", "council-contacts"


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {name: relprod.compute(EXAMPLES / name) for name in (LOCAL, COUNCIL)}


@pytest.fixture(scope="module")
def found(runs: dict[str, Run]) -> dict[str, tuple[Sensitivity, ...]]:
    return {name: sensitivities(run, EXAMPLES / name) for name, run in runs.items()}


def figures(run: Run, account: str, period: str) -> tuple[float, float] | None:
    """Productivity of the total, and its growth on the year, looked up by nothing of relprod's."""
    rows = run.productivity
    found = rows[(rows["service"] == "All services") & (rows["account"] == account) & (rows["period"] == period)].to_dict("records")
    return (found[0]["productivity"], found[0]["productivity_growth_year"]) if found else None


def test_the_base_is_the_headline_of_the_summary(runs: dict[str, Run], found: dict[str, tuple[Sensitivity, ...]]):
    for name, run in runs.items():
        facts = Facts.of(run)
        standing = facts.standing("All services")
        core = {(each.before.index, each.before.on_the_year) for each in found[name] if not each.parameter.startswith("unpaid.")}
        assert core == {(standing.productivity, standing.on_the_year)}
        assert {each.headline.period for each in found[name]} == {facts.period}
    (extended,) = {each.before.index for each in found[COUNCIL] if each.parameter.startswith("unpaid.")}
    assert extended == figures(runs[COUNCIL], "extended", "2024-25 Q4")[0]


def rows_changed(file: Path, column: str, changed: Callable[[dict[str, str]], object]) -> None:
    """Write a table again with one column changed, by nothing of relprod's."""
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, column: changed(row)} for row in rows)


def in_study(old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        file = folder / "relprod.toml"
        text = file.read_text(encoding="utf-8")
        assert text.count(f"\n{old}\n") == 1
        file.write_text(text.replace(f"\n{old}\n", f"\n{new}\n"), encoding="utf-8")

    return edit


def in_table(table: str, column: str, changed: Callable[[dict[str, str]], object]) -> Callable[[Path], None]:
    return lambda folder: rows_changed(folder / f"{table}.csv", column, changed)


def a_tenth_more(row: dict[str, str]) -> Decimal:
    return min(Decimal(row["attribution"]) + Decimal("0.1"), Decimal(1))


def dearer_by_a_hundredth_a_year(row: dict[str, str]) -> Decimal:
    return Decimal(row["index"]) * Decimal("1.01") ** (int(row["period"][:4]) - 2021)


BY_HAND = [
    (LOCAL, "output.index", "to fisher", in_study('index = "laspeyres"', 'index = "fisher"')),
    (LOCAL, "output.link", "to fixed", in_study('link = "annual-overlap"', 'link = "fixed"')),
    (LOCAL, "failure_demand.removal", "to 0.9", in_study("removal = 1.0", "removal = 0.9")),
    (LOCAL, "quality.attribution", "by +0.1, within 0 and 1", in_table("quality", "attribution", a_tenth_more)),
    (LOCAL, "quality.weight", "to 1 throughout", in_table("quality", "weight", lambda _row: 1)),
    (LOCAL, "deflators.index", "by +1% a year", in_table("deflators", "index", dearer_by_a_hundredth_a_year)),
    (COUNCIL, "failure_demand.window_days", "to 35", in_study("window_days = 28", "window_days = 35")),
    (COUNCIL, "failure_demand.kinds", "to chase", in_study('kinds = ["return", "chase"]', 'kinds = ["chase"]')),
    (COUNCIL, "failure_demand.match_on", "to none", in_study('match_on = ["service"]', "match_on = []")),
    (COUNCIL, "failure_demand.placeholder_ids", "to none", in_study('placeholder_ids = ["UNKNOWN"]', "placeholder_ids = []")),
    (COUNCIL, "contact_quality.attribution", "to 0.6", in_study("attribution = 0.7", "attribution = 0.6")),
    (COUNCIL, "equity.aversion", "to 2.0", in_study("aversion = 1.0", "aversion = 2.0")),
    (COUNCIL, "equity.outcome", "to resolved", in_study('outcome = "outcome_after"', 'outcome = "resolved"')),
    (COUNCIL, "unpaid.output_side", "to hours", in_study('output_side = "in-outcome"', 'output_side = "hours"')),
    (COUNCIL, "unpaid.rate", "by +10%", in_table("unpaid", "rate", lambda row: Decimal(row["rate"]) * Decimal("1.1"))),
]


@pytest.mark.parametrize(("example", "parameter", "change", "edit"), BY_HAND, ids=[f"{row[1]} {row[2]}" for row in BY_HAND])
def test_a_change_gives_what_the_study_so_edited_gives(  # noqa: PLR0913, PLR0917 - a row of the table above
    found: dict[str, tuple[Sensitivity, ...]], tmp_path: Path, example: str, parameter: str, change: str, edit: Callable[[Path], None]
):
    (told,) = [each for each in found[example] if (each.parameter, each.change) == (parameter, change)]
    folder = tmp_path / example
    shutil.copytree(EXAMPLES / example, folder)
    edit(folder)
    after = figures(relprod.compute(folder), told.headline.account, told.headline.period)
    assert (told.after.index, told.after.on_the_year) == after
    assert told.difference == told.after.index - told.before.index != 0


SECTIONS = {
    "repeats": {
        "failure_demand": {"method": "repeat", "removal": 0.5},
        "contact_quality": {"attribution": 0.6},
        "equity": {"aversion": 0.0},
        "unpaid": {"output_side": "hours"},
    },
    "codes": {
        "failure_demand": {"method": "coded"},
        "failure_demand.audit": {"sensitivity": 0.99, "specificity": 0.9, "sample_size": 200},
    },
}


@pytest.mark.parametrize(("method", "of"), [("repeats", ""), ("codes", "failure_demand.")])
def test_every_change_of_a_key_gives_what_the_changed_study_gives(method: str, of: str):
    sections = SECTIONS[method]
    tables = frames(contacts(5, 240))
    run = computed(sections, tables)
    asked = study(sections)
    told = {(each.parameter, each.change): each for each in sensitivities(run)}
    for name in VARIED - FROM_CONTACTS:
        if name.startswith(of) and any(parameter == name for parameter, _ in told):
            for value in other_values(asked, name):
                each = told[name, f"to {value_text(value)}"]
                given = {table: frame for table, frame in tables.items() if table != "unpaid" or "unpaid" in sections}
                try:
                    changed = relprod.compute(study_with(asked, name, value), tables=given)
                except FindingsError as error:
                    codes = sorted({finding.code for finding in error.findings if finding.is_error})
                    assert (each.after, each.not_told) == (None, f"refused: {', '.join(codes)}")
                else:
                    after = None if each.after is None else (each.after.index, each.after.on_the_year)
                    assert after == figures(changed, each.headline.account, each.headline.period)
                    assert bool(each.not_told) == (after is None)


def test_every_parameter_is_told_of_in_order(runs: dict[str, Run], found: dict[str, tuple[Sensitivity, ...]]):
    for name, run in runs.items():
        names = [entry["name"] for entry in run.manifest["assumptions"]]
        assert list(dict.fromkeys(each.parameter for each in found[name])) == names
        for each in found[name]:
            assert (each.after is None) == bool(each.not_told)
            assert bool(each.change) == (each.parameter in VARIED or each.parameter in COLUMN_CHANGES)
            assert each.change or each.not_told == NOT_VARIED[each.parameter]


def test_without_the_contacts_what_needs_them_says_so(runs: dict[str, Run], found: dict[str, tuple[Sensitivity, ...]]):
    without = sensitivities(runs[COUNCIL])
    silent = {each.parameter for each in without if "needs the contacts" in each.not_told}
    assert silent == FROM_CONTACTS
    assert [each for each in without if each.parameter not in silent] == [each for each in found[COUNCIL] if each.parameter not in silent]


def test_a_window_that_reaches_before_the_extract_is_refused(runs: dict[str, Run], tmp_path: Path):
    shutil.copytree(EXAMPLES / COUNCIL, tmp_path / COUNCIL)
    in_study("window_days = 28", "window_days = 84")(tmp_path / COUNCIL)
    run = relprod.compute(tmp_path / COUNCIL)
    told = {each.change: each for each in sensitivities(run, tmp_path / COUNCIL) if each.parameter == "failure_demand.window_days"}
    assert told.keys() == {"to 77", "to 91"}
    assert (told["to 91"].after, told["to 91"].difference, told["to 91"].not_told) == (None, None, "refused: RP091")
    assert told["to 77"].after.index != told["to 77"].before.index == figures(run, "equity_weighted", "2024-25 Q4")[0]
    assert told["to 77"].before.index != figures(runs[COUNCIL], "equity_weighted", "2024-25 Q4")[0]


def test_an_outcome_that_is_not_above_zero_is_refused():
    rows = [row._replace(resolved=False) if row.group == "2" else row for row in contacts(11, 60)]
    run = computed({"equity": {"aversion": 1.0}}, frames(rows))
    (told,) = [each for each in sensitivities(run) if each.parameter == "equity.outcome"]
    assert (told.change, told.after, told.not_told) == ("to resolved", None, "refused: RP090")


def test_a_study_that_would_count_one_thing_twice_is_refused():
    run = computed({"contact_quality": {"attribution": 1.0}, "unpaid": {"output_side": "in-outcome"}}, frames(contacts(11, 60)))
    (told,) = [each for each in sensitivities(run) if each.parameter == "unpaid.output_side"]
    assert told.after is None
    assert told.not_told.startswith("refused: [unpaid] output_side = 'hours' and [contact_quality] attribution = 1 count one thing twice")


def test_frames_in_place_of_files_have_their_columns_listed():
    run = computed({"unpaid": {"output_side": "hours"}}, frames(contacts(11, 60)))
    names = [entry["name"] for entry in run.manifest["assumptions"] if entry["origin"] == "data"]
    assert names == ["unit_costs.unit_cost", "unpaid.hours", "unpaid.rate", "unpaid.sustainable_share"]


def test_columns_of_a_table_that_no_step_uses_are_not_listed():
    run = relprod.compute(study({}), tables=frames(contacts(11, 60)))
    assert not [entry for entry in run.manifest["assumptions"] if entry["name"].startswith("unpaid.")]


def test_shares_stay_within_0_and_1():
    tables = frames(contacts(5, 120))
    for share in (0.05, 1.0):
        tables["unpaid"] = tables["unpaid"].assign(sustainable_share=share)
        run = computed({"unpaid": {"output_side": "hours"}}, tables)
        told = {each.change: each for each in sensitivities(run) if each.parameter == "unpaid.sustainable_share"}
        kept = told[f"by {'-0.1' if share < 0.1 else '+0.1'}, within 0 and 1"]
        assert share < 0.1 or kept.difference == 0
        assert kept.after is not None


def test_without_inputs_the_headline_is_output(tmp_path: Path):
    folder = small_study(tmp_path, study=STUDY.replace('inputs = "inputs.csv"\ndeflators = "deflators.csv"\n', ""))
    run = relprod.compute(folder)
    headline = Headline.of(run.tables["productivity"], recorded_study(run.manifest["study"], ()).scheme)
    assert (headline.measure, headline.account, headline.period) == ("output", "value_demand", "2022")
    (told,) = [each for each in sensitivities(run) if each.parameter == "failure_demand.removal"]
    rows = run.productivity.set_index(["service", "account", "period"])["output"]
    last, before = (rows["All services", "value_demand", year] for year in ("2022", "2021"))
    assert (told.before.index, told.before.on_the_year) == (last, 100 * (last / before - 1))
    assert told.difference < 0


def test_published_figures_that_a_change_misses_do_not_refuse_it():
    run = relprod.compute(EXAMPLES / "ons-public-services")
    told = {(each.parameter, each.change): each for each in sensitivities(run)}
    assert told["output.index", "to paasche"].difference != 0
    assert told["output.link", "to previous-period"].difference == pytest.approx(0, abs=1e-9)


# The log of a run, of its study, and of neither


def test_inputs_that_are_not_the_runs_own_are_refused(tmp_path: Path):
    folder = shutil.copytree(EXAMPLES / COUNCIL, tmp_path / COUNCIL)
    relprod.compute(folder, tmp_path / "run")
    unpaid = folder / "unpaid.csv"
    unpaid.write_text(unpaid.read_text(encoding="utf-8").replace(",0.9\n", ",0.8\n", 1), encoding="utf-8")
    (folder / "contacts_2024-25.csv").unlink()
    with pytest.raises(OutputError, match=r"does not hold the inputs .* \(contacts_2024-25\.csv and unpaid\.csv\)"):
        assumptions_log(tmp_path / "run", inputs=folder)
    with pytest.raises(OutputError, match="and 6 more"):
        assumptions_log(tmp_path / "run", inputs=tmp_path / "nowhere")
    assert assumptions_log(tmp_path / "run").headline is not None


def test_contacts_that_came_as_a_frame_cannot_be_read_again():
    run = computed({"failure_demand": {"method": "repeat", "removal": 0.5}}, frames(contacts(5, 240)))
    with pytest.raises(OutputError, match="contacts, inputs and unit_costs"):
        sensitivities(run, EXAMPLES)


def test_inputs_are_for_runs(tmp_path: Path):
    with pytest.raises(UsageError, match="--inputs says where the files of a run are"):
        assumptions_log(small_study(tmp_path), inputs=tmp_path)


def test_a_study_is_computed_only_when_asked(tmp_path: Path):
    folder = small_study(tmp_path, {"activity.csv": None})
    log = assumptions_log(folder)
    assert (log.headline, log.level, log.most_moving()) == (None, None, None)
    assert not any(each.sensitivities for each in log.logged)
    with pytest.raises(InputUnreadable):
        assumptions_log(folder, sensitivity=True)


def test_what_moves_the_headline_most(found: dict[str, tuple[Sensitivity, ...]], tmp_path: Path):
    relprod.compute(EXAMPLES / COUNCIL, tmp_path / "run")
    logged, change, difference = assumptions_log(tmp_path / "run", inputs=EXAMPLES / COUNCIL).most_moving()
    assert (logged.parameter["name"], change.change) == ("failure_demand.kinds", "to chase")
    assert difference == min(each.difference for each in found[COUNCIL] if each.difference is not None)


def test_a_run_in_which_nothing_moves(tmp_path: Path):
    activity = "service,activity,period,volume,unit_cost\nParks,cuts,2020,30,20\nParks,cuts,2021,30,20\n"
    plain = "".join(
        line for line in STUDY.splitlines(keepends=True) if not line.startswith(("inputs", "deflators", "quality", "[failure", "method"))
    )
    study_file = plain.replace('\n[assumptions."failure_demand.method"]\nsource = "Call coding"\n', "")
    log = assumptions_log(small_study(tmp_path, {"activity.csv": activity}, study_file), sensitivity=True)
    assert log.level.index == 100
    assert log.most_moving() is None


def test_nothing_is_varied_where_the_headline_does_not_come_out_of_the_cells(runs: dict[str, Run]):
    run = runs[LOCAL]
    cells = run.tables["activity_cells"]
    place = cells.schema.get_field_index("volume")
    volumes = enumerate(cells["volume"].to_pylist())
    doubled = pa.array([2 * volume if at % 2 else volume for at, volume in volumes], cells.schema.field(place).type)
    spoilt = relprod.Run({**run.tables, "activity_cells": cells.set_column(place, cells.schema.field(place), doubled)}, run.manifest, None)
    told = sensitivities(spoilt)
    assert {(each.change, each.after) for each in told} == {("", None)}
    assert {each.not_told for each in told} == {"the run's headline does not come out of its cells; 'relprod verify RUN' says what differs"}


def test_the_log_of_a_run_without_small_counts_is_printed_and_says_why_nothing_is_varied(tmp_path: Path):
    folder = small_study(tmp_path / "study", study=STUDY + '\n[output]\ndisclosure = "nhs-2018"\n')
    relprod.compute(folder, tmp_path / "run")
    log = assumptions_log(tmp_path / "run")
    assert (log.headline, {each.sensitivities for each in log.logged}) == (None, {()})
    with pytest.raises(OutputError, match="does not hold the cells"):
        assumptions_log(tmp_path / "run", sensitivity=True)
