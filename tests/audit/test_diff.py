"""What moved between two runs, and what moved it: rows, keys, versions, each alone and all at once."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest
from cli.small import STUDY, TABLES, replaced, small_study
from hypothesis import given
from hypothesis import strategies as st

import relprod as rp
from relprod.audit.asked import Asked
from relprod.audit.data import CELLS_OF, FileChange
from relprod.audit.diff import diff
from relprod.audit.movements import Alone, movements
from relprod.audit.recorded import Recorded
from relprod.audit.rows import RowChanges
from relprod.audit.steps import Figure, Steps
from relprod.audit.versions import VersionChange
from relprod.errors import UsageError
from relprod.run.basis import BASIS
from relprod.run.parquet import read_parquet, write_parquet
from relprod.study.model import TABLE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from relprod.audit.diff import Comparison

    Made = Callable[..., Recorded]

OUTCOMES = """\
service,period,group,people,outcome
Care > Home,2020,poorer,50,40
Care > Home,2020,richer,50,60
Care > Home,2021,poorer,50,45
Care > Home,2021,richer,50,60
Care > Home,2022,poorer,50,52
Care > Home,2022,richer,50,61
"""
EQUITY = STUDY.replace('quality = "quality.csv"\n', 'quality = "quality.csv"\noutcomes = "outcomes.csv"\n') + (
    '[equity]\naversion = 1.0\noutcome = "table"\n[assumptions."equity.aversion"]\nsource = "Members"\n'
)
REVISED = replaced("inputs", "Care > Home,2021,labour,1150,21,", "Care > Home,2021,labour,1150,22,")


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that returns a folder with the small study and its run, computed once for the same files and study."""
    folders: dict[object, Path] = {}

    def compute(files: Mapping[str, str], study: str) -> Path:
        key = (tuple(sorted(files.items())), study)
        if key not in folders:
            folders[key] = small_study(tmp_path_factory.mktemp("study"), {"outcomes.csv": OUTCOMES, **files}, study)
            rp.compute(folders[key], folders[key] / "run")
        return folders[key]

    return compute


@pytest.fixture
def made(computed: Callable[..., Path], tmp_path: Path) -> Callable[..., Recorded]:
    """A function that returns a run of the small study in a folder of its own, with some files and the study replaced."""

    def make(name: str, files: Mapping[str, str] | None = None, study: str = EQUITY) -> Recorded:
        shutil.copytree(computed(files or {}, study), tmp_path / name)
        return Recorded.load(tmp_path / name / "run")

    return make


def compared(before: Recorded, after: Recorded, **asked: str) -> Comparison:
    return diff(before, after, Asked.of((before, after), **asked))


def all_parts(found: Comparison, before: Recorded, after: Recorded) -> list[dict[str, Fraction]]:
    """The parts of every figure that moved at all, after a look at whether they add up."""
    every = diff(before, after, Asked.of((before, after)), 0.0).moved
    assert all(sum(each.parts.values()) == each.moved for each in every)
    assert {each for each in every if abs(each.moved) > found.threshold} == set(found.moved)
    return [each.parts for each in every]


def zero_but(cause: str, parts: list[dict[str, Fraction]]) -> bool:
    return bool(parts) and all(value == 0 for each in parts for name, value in each.items() if name != cause)


def test_a_run_against_itself_is_empty(made: Made):
    run = made("a")
    found = compared(run, run)
    assert found.is_empty
    assert (found.moved, found.alone, found.revisions, found.tables, found.notes) == ((), (), (), (), ())
    assert found.figures == 4 * 3 * 4  # services, periods, accounts
    assert [each.account for each in found.main] == ["quality_adjusted", "activity", "value_demand", "equity_weighted"]
    assert [each.moved for each in found.main] == [0, 0, 0, 0]


def test_the_same_study_elsewhere_is_the_same(made: Made):
    assert compared(made("a"), made("b")).is_empty


def test_one_revised_row_is_all_data(made: Made):
    before, after = made("a"), made("b", REVISED)
    found = compared(before, after)
    (table,) = found.data.tables
    assert table.rows == RowChanges("inputs", changed=1, columns=("volume",), changed_at=("inputs.csv:3",))
    assert table.files == (FileChange("inputs.csv", "changed", 6),)
    assert found.data.cells == found.study == found.documentation == found.versions == found.notes == ()
    assert zero_but("data", all_parts(found, before, after))
    assert {each.service for each in found.moved} == {"All services", "Care", "Care > Home"}
    first = found.main[0]
    assert (first.service, first.period, first.account) == ("All services", "2022", "quality_adjusted")


def test_another_aversion_is_all_study(made: Made):
    before, after = made("a"), made("b", study=EQUITY.replace("aversion = 1.0", "aversion = 0.5"))
    found = compared(before, after)
    assert [(change.key, change.before, change.after) for change in found.study] == [("equity.aversion", 1.0, 0.5)]
    assert found.data.are_none
    assert zero_but("study", all_parts(found, before, after))
    assert {each.account for each in found.moved} == {"equity_weighted"}
    assert [bool(each.moved) for each in found.main] == [False, False, False, True]


def test_data_and_study_together_are_told_apart_by_the_run_between(made: Made):
    other = EQUITY.replace("aversion = 1.0", "aversion = 3.5").replace('method = "given"', 'method = "given"\nremoval = 0.5')
    before, between, after = made("a"), made("between", REVISED), made("b", REVISED, other)
    found = compared(before, after)
    parts = all_parts(found, before, after)
    assert any(each["data"] and each["study"] for each in parts)
    assert all(each["versions"] == 0 for each in parts)
    levels = {
        (row["service"], row["period"], row["account"]): row["productivity"] for row in between.run.tables["productivity"].to_pylist()
    }
    for each in found.moved:
        assert each.data == Fraction(levels[each.service, each.period, each.account]) - Fraction(each.before)
    assert [change.key for change in found.study] == ["equity.aversion", "failure_demand.removal"]


def test_the_order_of_runs_turns_the_signs(made: Made):
    one, other = made("a"), made("b", REVISED)
    there, back = compared(one, other), compared(other, one)
    assert {(each.service, each.period, each.account): each.moved for each in there.moved} == {
        (each.service, each.period, each.account): -each.moved for each in back.moved
    }


def test_rows_new_and_gone_have_their_places(made: Made):
    rows = TABLES["inputs"].replace("Parks,2021,goods,620,,prices\n", "") + "Parks,2021,labour,620,20,\nParks,2022,labour,1,1,\n"
    found = compared(made("a"), made("b", {"inputs.csv": rows}))
    (table,) = found.data.tables
    assert table.rows == RowChanges("inputs", added=2, removed=1, added_at=("inputs.csv:7", "inputs.csv:8"), removed_at=("inputs.csv:6",))


def test_a_file_written_in_another_way_moves_nothing(made: Made):
    before, after = made("a"), made("b", {"inputs.csv": TABLES["inputs"].replace("\n", "\r\n").replace("1150,21,", "1150.00,21,")})
    found = compared(before, after)
    (table,) = found.data.tables
    assert table.rows == RowChanges("inputs")
    assert found.moved == ()
    assert not found.is_empty


def test_a_file_of_another_name_is_the_same_data(made: Made):
    renamed = EQUITY.replace('inputs = "inputs.csv"', 'inputs = "spending.csv"')
    found = compared(made("a"), made("b", {"spending.csv": TABLES["inputs"]}, renamed))
    assert found.data.are_none
    assert [change.key for change in found.study] == ["tables.inputs.path"]
    assert found.moved == ()


def test_files_new_and_gone_are_named(made: Made):
    rows = TABLES["activity"].splitlines(keepends=True)
    first, second, third = ("".join([rows[0], *rows[start:end]]) for start, end in ((1, 4), (4, 7), (7, 10)))
    many = EQUITY.replace('"activity.csv"', '"act_*.csv"')
    before = made("a", {"act_1.csv": first, "act_2.csv": second, "act_4.csv": third}, many)
    after = made("b", {"act_1.csv": first, "act_3.csv": second, "act_4.csv": third.replace("27,21", "28,21")}, many)
    found = compared(before, after)
    assert found.data.tables[0].files == (FileChange("act_4.csv", "changed", 3),)
    assert found.data.tables[0].rows == RowChanges("activity", changed=1, columns=("volume",), changed_at=("act_4.csv:3",))
    extended = made("c", {"act_1.csv": first, "act_3.csv": second, "act_4.csv": third, "act_5.csv": rows[0] + "New,cuts,2022,1,1,\n"}, many)
    assert compared(before, extended).data.tables[0].files == (FileChange("act_5.csv", "added", 1),)
    assert compared(extended, before).data.tables[0].files == (FileChange("act_5.csv", "removed", 1),)
    assert compared(extended, before).data.tables[0].rows == RowChanges("activity", removed=1, removed_at=("act_5.csv:2",))


def test_a_table_that_one_run_does_without_is_rows_new_or_gone(made: Made):
    before, after = made("a", study=STUDY), made("b")
    found = compared(before, after)
    assert [change.rows for change in found.data.tables] == [RowChanges("outcomes", added=6)]
    assert [change.rows for change in compared(after, before).data.tables] == [RowChanges("outcomes", removed=6)]
    assert found.data.cells == ()
    assert found.alone == (Alone("after", "account", "equity_weighted", 12, "study"),)


def test_without_the_earlier_files_the_cells_tell(made: Made):
    before, after = made("a"), made("b", REVISED)
    (before.run.folder.parent / "inputs.csv").unlink()
    found = compared(Recorded.load(before.run.folder), after)
    (table,) = found.data.tables
    assert (table.table, table.rows) == ("inputs", None)
    assert found.data.cells == (RowChanges("input_cells", changed=1, columns=("volume",)),)
    assert zero_but("data", all_parts(found, before, after))


def test_files_elsewhere_are_named_by_their_folder(made: Made, tmp_path: Path):
    before, after = made("a"), made("b", REVISED)
    alone = shutil.copytree(before.run.folder, tmp_path / "elsewhere" / "deep" / "run")
    shutil.move(before.run.folder.parent / "inputs.csv", tmp_path / "elsewhere" / "inputs.csv")
    found = compared(Recorded.load(alone, tmp_path / "elsewhere"), after)
    assert found.data.tables[0].rows == RowChanges("inputs", changed=1, columns=("volume",), changed_at=("inputs.csv:3",))


def test_every_input_table_is_in_cells_that_a_run_has():
    assert set(CELLS_OF) == set(TABLE_NAMES)
    assert {name for names in CELLS_OF.values() for name in names} == set(BASIS)


def test_frames_are_in_no_file(tmp_path: Path):
    folder = small_study(tmp_path / "a", {"outcomes.csv": OUTCOMES}, EQUITY)
    frame = pd.read_csv(folder / "inputs.csv", dtype=str)
    changed = frame.replace("21", "22")
    runs = []
    for name, each in (("one", frame), ("same", frame), ("other", changed)):
        rp.compute(folder, tmp_path / name, tables={"inputs": each})
        runs.append(Recorded.load(tmp_path / name))
    assert compared(runs[0], runs[1]).is_empty
    found = compared(runs[0], runs[2])
    assert found.data.frames == ("inputs",)
    assert found.data.cells == (RowChanges("input_cells", changed=1, columns=("volume",)),)
    assert zero_but("data", all_parts(found, runs[0], runs[2]))


def test_a_new_period_and_a_new_service_are_made_by_the_data(made: Made):
    activity = "".join(line for line in TABLES["activity"].splitlines(keepends=True) if not line.startswith("Parks"))
    inputs = "".join(line for line in TABLES["inputs"].splitlines(keepends=True) if not line.startswith("Parks"))
    before = made("a", {"activity.csv": activity, "inputs.csv": inputs}, EQUITY)
    found = compared(before, made("b"))
    assert found.alone == (Alone("after", "service", "Parks", 12, "data"),)
    back = compared(made("c"), before)
    assert back.alone == (Alone("before", "service", "Parks", 12, "data"),)


def test_an_account_that_is_not_asked_for_any_more_goes_by_the_study(made: Made):
    without = EQUITY.replace('[failure_demand]\nmethod = "given"\n', "").replace(
        '[assumptions."failure_demand.method"]\nsource = "Call coding"\n', ""
    )
    found = compared(made("a"), made("b", study=without))
    assert Alone("before", "account", "value_demand", 12, "study") in found.alone
    assert [change.key for change in found.study] == ["failure_demand"]
    assert [change.key for change in found.documentation] == ["assumptions.failure_demand.method"]


def test_words_about_values_move_nothing_and_stand_apart(made: Made):
    told = EQUITY.replace('source = "Call coding"', 'source = "Audit of calls"\nowner = "A. Owner"').replace('"Small"', '"Little"')
    found = compared(made("a"), made("b", study=told))
    assert found.study == ()
    assert [change.key for change in found.documentation] == [
        "assumptions.failure_demand.method.owner", "assumptions.failure_demand.method.source", "study.title",
    ]  # fmt: skip
    assert found.moved == ()


def test_another_column_is_the_study_s_doing_where_the_data_are_the_same(made: Made):
    head, *rows = TABLES["activity"].splitlines()
    wide = "\n".join([f"{head},counted", *(f"{row},{100 + 7 * number}" for number, row in enumerate(rows))]) + "\n"
    mapped = (
        EQUITY.replace('activity = "activity.csv"\n', "") + '[tables.activity]\npath = "activity.csv"\ncolumns = { volume = "counted" }\n'
    )
    before, after = made("a", {"activity.csv": wide}), made("b", {"activity.csv": wide}, mapped)
    found = compared(before, after)
    assert [change.key for change in found.study] == ["tables.activity.columns.volume"]
    assert zero_but("study", all_parts(found, before, after))


def tampered(run: Recorded, number: str | None) -> Recorded:
    """The run as if it had been computed by another version of relprod, whose productivity was a hundredth higher."""
    folder = run.run.folder
    table = read_parquet(folder / "productivity.parquet")
    at = table.column_names.index("productivity")
    higher = pa.array([None if value is None else value * 1.01 for value in table["productivity"].to_pylist()], table.schema.field(at).type)
    write_parquet(table.set_column(at, table.schema.field(at), higher), folder / "productivity.parquet")
    if number is not None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest["relprod"] = number
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Recorded.load(folder)


@pytest.mark.parametrize("which", ["before", "after"])
def test_another_version_is_told_apart_from_data_and_study(made: Made, which: str):
    runs = {"before": made("a"), "after": made("b", REVISED, EQUITY.replace("aversion = 1.0", "aversion = 0.5"))}
    plain = compared(runs["before"], runs["after"])
    runs[which] = tampered(runs[which], "0.0.9")
    found = compared(runs["before"], runs["after"])
    parts = all_parts(found, runs["before"], runs["after"])
    assert all(each["versions"] for each in parts)
    now = version("relprod")
    earlier, later = ("0.0.9", now) if which == "before" else (now, "0.0.9")
    assert found.versions == (VersionChange("relprod", earlier, later),)
    before = {(each.service, each.period, each.account): (each.data, each.study) for each in plain.moved}
    after = {(each.service, each.period, each.account): (each.data, each.study) for each in found.moved}
    assert before.items() <= after.items()
    assert found.notes == ()


def test_figures_that_do_not_come_out_again_are_said_to_be_such(made: Made):
    before, after = made("a"), tampered(made("b"), None)
    found = compared(before, after)
    assert zero_but("versions", all_parts(found, before, after))
    (note,) = found.notes
    assert "do not come out again" in note


def test_a_study_beyond_this_version_leaves_the_movement_untold(made: Made):
    before, after = made("a"), made("b", REVISED)
    file = before.run.folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["study"]["output"]["novelty"] = 1
    file.write_text(json.dumps(manifest), encoding="utf-8")
    found = compared(Recorded.load(before.run.folder), after)
    assert found.moved != ()
    assert all(each.parts == {} for each in found.moved)
    assert found.notes == ("The earlier run cannot be computed again: its study is beyond this version of relprod.",)


def test_a_run_without_cells_leaves_the_movement_untold(made: Made):
    before, after = made("a"), made("b", REVISED)
    file = before.run.folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    del manifest["outputs"]["activity_cells.parquet"]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    found = compared(Recorded.load(before.run.folder), after)
    assert all(each.parts == {} for each in found.moved)
    assert found.notes == ("The earlier run cannot be computed again: the run holds no cells.",)


def test_a_study_without_inputs_is_compared_by_its_output(made: Made):
    study = EQUITY.replace('inputs = "inputs.csv"\ndeflators = "deflators.csv"\n', "")
    changed = replaced("activity", "Parks,cuts,2021,27,21,", "Parks,cuts,2021,28,21,")
    before, after = made("a", study=study), made("b", changed, study)
    found = compared(before, after)
    assert {each.measure for each in found.moved} == {"output"}
    assert zero_but("data", all_parts(found, before, after))


def test_figures_asked_for_are_those_of_a_service_and_below(made: Made):
    before, after = made("a"), made("b", REVISED)
    found = compared(before, after, service="care", period="2021", account="activity")
    assert {(each.service, each.period, each.account) for each in found.moved} == {
        ("Care", "2021", "activity"),
        ("Care > Home", "2021", "activity"),
    }
    assert [each.service for each in found.main] == ["Care"]
    for wrong in ({"service": "Carre"}, {"period": "1999"}, {"account": "extended"}):
        with pytest.raises(UsageError, match="there are:"):
            compared(before, after, **wrong)


def test_the_largest_movement_is_first_with_the_other_accounts_of_its_place(made: Made):
    found = compared(made("a"), made("b", REVISED))
    places = [(each.service, each.period) for each in found.moved]
    assert places == sorted(places, key=places.index)
    largest = [max(abs(each.moved) for each in found.moved if (each.service, each.period) == place) for place in dict.fromkeys(places)]
    assert largest == sorted(largest, reverse=True)


numbers = st.floats(min_value=1e-3, max_value=1e4)


@given(st.lists(numbers, min_size=5, max_size=5), st.sets(st.integers(1, 3)))
def test_parts_add_up_to_the_movement_exactly(values: list[float], missing: set[int]):
    place = ("A", "2020", "activity")
    levels = [None if at in missing else {place: Figure(value, value, value)} for at, value in enumerate(values)]
    (found,) = movements(Steps(*levels), [place])
    assert found.moved == Fraction(values[4]) - Fraction(values[0])
    if missing & {1, 3}:
        assert found.parts == {}
    else:
        assert sum(found.parts.values()) == found.moved
        assert set(found.parts) == ({"together", "versions"} if missing else {"data", "study", "versions"})
