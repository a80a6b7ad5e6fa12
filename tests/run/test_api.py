"""relprod from Python: frames in, frames out, and the same figures as from files."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest
from cli.driving import EXAMPLES, contents
from cli.small import TABLES, replaced, small_study

import relprod as rp
from relprod.errors import FindingsError, InputUnreadable, OutputError, RelprodError, StudyError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["productivity", "bridge", "contributions", "links", "failure_demand", "findings"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_study(tmp_path_factory.mktemp("small") / "study")


@pytest.fixture(scope="module")
def run(study: Path) -> rp.Run:
    return rp.compute(study)


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    return {table: pd.read_csv(folder / f"{table}.csv", dtype={"period": str}) for table in TABLES}


def test_public_names():
    assert dir(rp) == sorted(rp.__all__) == ["Run", "Study", "compute", "index_series", "load_run", "load_study"]
    assert all(callable(getattr(rp, name)) for name in rp.__all__)
    with pytest.raises(AttributeError, match="module 'relprod' has no attribute 'compote'"):
        _ = rp.compote


def test_pandas_frames_give_the_figures_of_files(tmp_path: Path, study: Path, run: rp.Run):
    given = frames(study)
    kept = copy.deepcopy(given)
    bare = rp.load_study(small_study(tmp_path / "bare", {f"{table}.csv": None for table in TABLES}))
    other = rp.compute(bare, tables=given)
    assert {name: table for name, table in other.tables.items() if name != "findings"} == {
        name: table for name, table in run.tables.items() if name != "findings"
    }
    for table, frame in kept.items():
        pd.testing.assert_frame_equal(given[table], frame)
    assert other.manifest["inputs"] == []


def test_arrow_tables_give_the_figures_of_files(study: Path, run: rp.Run):
    text = pyarrow.csv.ConvertOptions(column_types={"period": pa.string()})
    given = {table: pyarrow.csv.read_csv(study / f"{table}.csv", convert_options=text) for table in TABLES}
    assert rp.compute(study, tables=given).tables["productivity"].equals(run.tables["productivity"])


def test_one_frame_stands_in_for_one_file(study: Path, run: rp.Run):
    activity = frames(study)["activity"]
    twice = activity.assign(volume=activity.volume * 2, failure_volume=activity.failure_volume * 2)
    other = rp.compute(study, tables={"activity": twice})
    assert other.productivity.output.to_numpy() == pytest.approx(run.productivity.output.to_numpy(), rel=1e-12)
    assert other.failure_demand.volume.sum() == 2 * run.failure_demand.volume.sum()


def test_the_example_from_frames_is_the_example(tmp_path: Path):
    folder = EXAMPLES / "ons-public-services"
    given = {name: pd.read_csv(folder / f"{name}.csv", dtype={"period": str}) for name in ("activity", "inputs", "quality", "published")}
    rp.compute(folder, tmp_path / "files")
    rp.compute(folder, tmp_path / "frames", tables=given)
    files, from_frames = (contents(tmp_path / name) for name in ("files", "frames"))
    for table in ("productivity", "bridge", "contributions", "links", "published"):
        assert files[f"{table}.parquet"] == from_frames[f"{table}.parquet"]


def test_a_frame_with_an_error_says_which_row(tmp_path: Path, study: Path):
    activity = frames(study)["activity"]
    activity.loc[6, "volume"] = -1
    with pytest.raises(FindingsError) as refused:
        rp.compute(study, tmp_path / "run", tables={"activity": activity})
    (finding,) = [finding for finding in refused.value.findings if finding.is_error]
    assert (finding.table, finding.file, finding.column, finding.line) == ("activity", "<activity frame>", "volume", 7)
    assert not (tmp_path / "run").exists()


def test_a_frame_for_a_table_that_there_is_none_of(study: Path):
    with pytest.raises(ValueError, match=r"there is no table 'activty' \(did you mean 'activity'\?\)"):
        rp.compute(study, tables={"activty": pd.DataFrame()})
    with pytest.raises(ValueError, match="the frame given for the table activity is None"):
        rp.compute(study, tables={"activity": None})


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_frames_by_name(run: rp.Run, name: str):
    frame = getattr(run, name)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == run.tables[name].column_names
    assert len(frame) == run.tables[name].num_rows
    assert (len(frame) > 0) is (name != "findings")


def test_the_column_flags_is_reached_by_its_name_in_brackets(run: rp.Run):
    """`frame.flags` is pandas' own."""
    assert run.productivity["flags"].tolist() == run.tables["productivity"]["flags"].to_pylist()


def test_names_that_a_run_does_not_have(run: rp.Run):
    with pytest.raises(AttributeError, match="this run has no table 'published': the study does not ask for it"):
        _ = run.published
    with pytest.raises(AttributeError, match="a run has no 'productivty'; its tables are activity_cells, bridge, contributions"):
        _ = run.productivty
    assert not hasattr(run, "__array__")


def test_a_run_can_be_copied_and_pickled(run: rp.Run):
    assert copy.copy(run) == run
    assert pickle.loads(pickle.dumps(run)).tables["bridge"].equals(run.tables["bridge"])  # noqa: S301 - our own bytes


def test_a_run_that_is_loaded_is_the_run_that_was_returned(tmp_path: Path, study: Path):
    returned = rp.compute(study, tmp_path / "run")
    loaded = rp.load_run(tmp_path / "run")
    assert loaded == rp.load_run(str(tmp_path / "run")) == returned
    assert returned.folder == loaded.folder == tmp_path / "run"
    for name in NAMES:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(returned, name))
        assert loaded.tables[name].schema.equals(returned.tables[name].schema, check_metadata=True)


def test_without_a_target_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = small_study(tmp_path / "study")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    before = contents(tmp_path)
    run = rp.compute(folder)
    assert run.folder is None
    assert contents(tmp_path) == before
    assert "outputs" not in run.manifest


def test_the_study_of_a_run_has_every_default(run: rp.Run):
    assert run.study["output"] == {
        "index": "laspeyres",
        "link": "annual-overlap",
        "min_match": 0.9,
        "min_match_error": 0.5,
        "disclosure": "none",
    }
    assert (run.study["failure_demand"]["method"], run.study["failure_demand"]["removal"]) == ("given", 1.0)
    assert run.study["equity"] is None
    assert run.study["controls"] == {"tolerance": 0.01}
    assert run.study["tables"]["activity"] == {"path": ["activity.csv"], "columns": {}, "date_format": None, "encoding": "utf-8"}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> rp.Run:
    """A run of the small study whose first reading of quality is from the year before everything else."""
    return rp.compute(small_study(tmp_path_factory.mktemp("held"), replaced("quality", "2020,content", "2019,content")))


def test_a_reading_from_before_the_first_period_is_held(run: rp.Run, held: rp.Run):
    pd.testing.assert_frame_equal(held.productivity.drop(columns="flags"), run.productivity.drop(columns="flags"))
    assert held.findings.code.tolist() == ["RP047"]


def test_what_rests_on_a_reading_from_before_is_provisional(held: rp.Run):
    marked = held.productivity[held.productivity["flags"] == "provisional"]
    assert set(marked.period) == {"2020"}
    assert set(marked.service) == {"Care > Home", "Care", "All services"}


def test_what_is_raised(tmp_path: Path):
    with pytest.raises(StudyError):
        rp.compute(tmp_path / "nowhere")
    with pytest.raises(InputUnreadable):
        rp.compute(small_study(tmp_path / "missing", {"inputs.csv": None}))
    with pytest.raises(FindingsError):
        rp.compute(small_study(tmp_path / "wrong", replaced("inputs", "1150", "-1150")))
    with pytest.raises(OutputError):
        rp.load_run(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="There is no engine 'spark'"):
        rp.compute(small_study(tmp_path / "study"), engine="spark")
    assert {each.exit_code for each in (RelprodError, FindingsError)} == {1}
    assert [each.exit_code for each in (UsageError, StudyError, InputUnreadable, OutputError)] == [2, 3, 4, 4]


def test_a_run_by_way_of_a_study_value_is_the_run_by_way_of_its_path(study: Path, run: rp.Run):
    assert rp.compute(rp.load_study(study / "relprod.toml")) == run
