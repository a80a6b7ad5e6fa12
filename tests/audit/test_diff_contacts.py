"""Runs of contact records: counts and never a row, and a study that makes other cells needs the rows."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from cli.driving import contents, relprod

import relprod as rp
from relprod.audit.asked import Asked
from relprod.audit.diff import diff
from relprod.audit.recorded import Recorded
from relprod.audit.rows import RowChanges
from relprod.run.starter import CONTACTS, start_study

if TYPE_CHECKING:
    from pathlib import Path

    from relprod.audit.diff import Comparison

CANARY = "Canary-7731"
FORMATS = ("text", "json", "markdown")


@dataclass(frozen=True)
class Runs:
    """Folders of studies, each with its run: as it was; with one contact revised; with another window; with both; a run without inputs."""

    plain: Path
    revised: Path
    window: Path
    both: Path
    alone: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    root = tmp_path_factory.mktemp("contacts")
    start_study(root / "plain", CONTACTS, 1500)
    for name, edits in {"revised": (one_contact,), "window": (other_window,), "both": (one_contact, other_window)}.items():
        shutil.copytree(root / "plain", root / name)
        for edit in edits:
            edit(root / name)
    for name in ("plain", "revised", "window", "both"):
        rp.compute(root / name, root / name / "run")
    shutil.copytree(root / "both" / "run", root / "far" / "from" / "inputs" / "run")
    return Runs(*(root / name for name in ("plain", "revised", "window", "both")), root / "far" / "from" / "inputs")


def one_contact(folder: Path) -> None:
    """Give one contact another end, another outcome and another person."""
    file = max(folder.glob("contacts*.csv"))
    with file.open(encoding="utf-8", newline="") as source:
        head, *rows = list(csv.reader(source))
    row = next(row for row in rows if row[head.index("Date closed")] and row[head.index("Score at end")])
    row[head.index("Date closed")] = ""
    row[head.index("Score at end")] = "99"
    row[head.index("Person ref")] = CANARY
    with file.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows([head, *rows])


def other_window(folder: Path) -> None:
    file = folder / "relprod.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count("\nwindow_days = 28\n") == 1
    file.write_text(text.replace("\nwindow_days = 28\n", "\nwindow_days = 7\n"), encoding="utf-8")


def compared(before: Path, after: Path, inputs: Path | None = None) -> Comparison:
    two = Recorded.load(before / "run"), Recorded.load(after / "run", inputs)
    return diff(*two, Asked.of(two), 0.0)


def levels(folder: Path) -> dict[tuple[str, str, str], float]:
    table = rp.load_run(folder / "run").tables["productivity"]
    return {(row["service"], row["period"], row["account"]): row["productivity"] for row in table.to_pylist()}


def test_one_revised_contact_is_one_changed_row_of_contacts(runs: Runs):
    found = compared(runs.plain, runs.revised)
    (table,) = found.data.tables
    assert table.rows == RowChanges("contacts", changed=1, columns=("person_id", "closed", "outcome_after"))
    assert found.moved != ()
    assert all(each.parts == {"data": each.moved, "study": 0, "versions": 0} for each in found.moved)


def test_another_window_on_the_same_contacts_is_all_study_without_inputs(runs: Runs):
    found = compared(runs.plain, runs.window)
    assert [change.key for change in found.study] == ["failure_demand.window_days"]
    assert found.moved != ()
    assert all(each.parts == {"data": 0, "study": each.moved, "versions": 0} for each in found.moved)
    assert found.notes == ()


@pytest.mark.parametrize("beside", [True, False])
def test_contacts_and_window_are_told_apart_with_the_inputs_of_the_later_run(runs: Runs, beside: bool):  # noqa: FBT001 - a case
    found = compared(runs.plain, runs.both) if beside else compared(runs.plain, runs.alone, runs.both)
    before, between = levels(runs.plain), levels(runs.revised)
    assert any(each.data and each.study for each in found.moved)
    for each in found.moved:
        place = (each.service, each.period, each.account)
        assert each.data == Fraction(between[place]) - Fraction(before[place])
        assert sum(each.parts.values()) == each.moved
        assert each.versions == 0
    assert found.notes == ()


def test_without_inputs_data_and_study_are_told_together(runs: Runs):
    found = compared(runs.plain, runs.alone)
    assert all(each.parts == {"together": each.moved, "versions": 0} for each in found.moved)
    (note,) = found.notes
    assert note.startswith("Data and study cannot be told apart without the inputs of the later run")
    assert "--inputs DIR" in note
    assert [rows.table for rows in found.data.cells] == ["contact_cells", "contact_outcomes"]


def test_an_earlier_study_that_cannot_use_the_later_data_says_so(runs: Runs, tmp_path: Path):
    both = shutil.copytree(runs.both, tmp_path / "both")
    for file in both.glob("contacts*.csv"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("Ref No", "Reference", 1), encoding="utf-8")
    study = (both / "relprod.toml").read_text(encoding="utf-8")
    (both / "relprod.toml").write_text(study.replace('"Ref No"', '"Reference"'), encoding="utf-8")
    rp.compute(both, both / "run", force=True)
    found = compared(runs.plain, both)
    assert found.data.tables[0].rows == RowChanges("contacts", changed=1, columns=("person_id", "closed", "outcome_after"))
    assert all(set(each.parts) == {"together", "versions"} for each in found.moved)
    (note,) = found.notes
    assert note.startswith("Data and study cannot be told apart: the earlier study finds errors in the later data (RP0")


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_of_a_contact_is_told(runs: Runs, format_: str):
    for after in (runs.revised, runs.both, runs.alone):
        ended = relprod("diff", runs.plain / "run", after / "run", "--all", "--threshold", "0", "--format", format_)
        assert ended.code == 0
        assert CANARY not in ended.out + ended.err
        assert ".csv:" not in ended.out


def test_no_row_is_in_a_comparison(runs: Runs):
    ids = {line.partition(",")[0] for file in runs.both.glob("contacts*.csv") for line in file.read_text(encoding="utf-8").splitlines()[1:]}
    text = repr(compared(runs.plain, runs.both))
    assert CANARY not in text
    assert len(ids) >= 1000
    assert not any(each in text for each in ids)


def test_the_engine_s_options_move_nothing(runs: Runs):
    plain = relprod("diff", runs.plain / "run", runs.both / "run", "--format", "json")
    small = relprod("diff", runs.plain / "run", runs.both / "run", "--format", "json", "--memory-limit", "300MB", "--threads", 1)
    assert (plain.code, plain.out) == (0, small.out)
    assert relprod("diff", runs.plain / "run", runs.both / "run", "--memory-limit", "much").code == 2


def test_runs_are_left_as_they_are(runs: Runs):
    before = contents(runs.plain)
    assert relprod("diff", runs.plain / "run", runs.both / "run").code == 0
    assert contents(runs.plain) == before
