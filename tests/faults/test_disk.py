"""No room, no right to write, two writers at once: a clear message, nothing half written, the earlier run untouched."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from cli.driving import EXAMPLES, contents, relprod, relprod_process
from cli.small import ACTIVITY_ALONE, replaced, small_study

import relprod as rp
from relprod.errors import OutputError
from relprod.run.folder import write_run

NO_SPACE = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
NOBODY = 65534


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[rp.Run, rp.Run]:
    """Two runs that differ, not written anywhere."""
    folder = tmp_path_factory.mktemp("studies")
    other = replaced("activity", "2021,110,", "2021,115,")
    return rp.compute(small_study(folder / "one")), rp.compute(small_study(folder / "two", other))


def told(folder: Path) -> dict[str, bytes]:
    """Return the files of a run but the log."""
    return {name: content for name, content in contents(folder).items() if name != "run.log"}


def test_a_disk_that_is_full_at_any_file(tmp_path: Path, runs: tuple[rp.Run, rp.Run], monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "run"
    write_run(runs[0], target, [], force=False)
    before = contents(target)
    written = rp.run.folder.write_parquet, Path.write_bytes
    for name in before:

        def full(*arguments: object, file: str = name, at: int = 0) -> object:
            path = arguments[1 - at]
            assert isinstance(path, Path)
            if path.name == file:
                written[at](*(argument for argument in arguments if argument is not path), path) if at == 0 else path.touch()
                raise NO_SPACE
            return written[at](*arguments)

        monkeypatch.setattr("relprod.run.folder.write_parquet", full)
        monkeypatch.setattr(Path, "write_bytes", lambda path, content, full=full: full(path, content, at=1))
        with pytest.raises(OutputError, match=r"No space left on device\. Nothing was changed there\."):
            write_run(runs[1], target, [], force=True)
        assert contents(target) == before
        assert os.listdir(tmp_path) == ["run"]  # noqa: PTH208 - names are what is compared
    monkeypatch.undo()
    write_run(runs[1], target, [], force=True)
    assert contents(target) != before


def test_no_room_for_temporary_files(tmp_path: Path):
    """Contacts are kept in a file while they are read; RLIMIT_FSIZE makes writing it fail as a full disk does."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    ended = relprod_process("compute", EXAMPLES / "council-contacts", "--out", tmp_path / "run", preexec=limited, columns=1000)
    assert (ended.code, ended.out) == (4, "")
    assert "there is no room for temporary files; make some, or name a folder that has some in the environment variable TMPDIR" in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (duckdb.OutOfMemoryException("row of a person"), 2, "give it more with --memory-limit"),
        (duckdb.IOException("row of a person"), 4, "is the disk full?"),
    ],
)
def test_the_engine_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, said: str):
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("relprod.run.measure.activity_cells", fails)
    ended = relprod("compute", small_study(tmp_path / "study", study=ACTIVITY_ALONE), "--out", tmp_path / "run")
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert "person" not in ended.err
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("command", ["explain", "schema"])
def test_no_room_for_what_is_printed(command: str):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "relprod", command], stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
    assert done.returncode == 4
    assert done.stderr == ("What was to be printed could not be written: No space left on device. Make room, or print it somewhere else.\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user; test_folder has the case of any other")
def test_a_folder_that_may_not_be_written():
    """In a process of another user, because root may write anywhere."""
    place = Path("/tmp") / f"relprod-test-{os.getpid()}"  # noqa: S108 - pytest's own folder may not be entered by others
    small_study(place / "study", study=ACTIVITY_ALONE)
    place.chmod(0o755)
    try:
        code = f"import os; os.setgid({NOBODY}); os.setuid({NOBODY}); from relprod.cli.main import main; main()"
        arguments = [sys.executable, "-c", code, "compute", str(place / "study"), "--out", str(place / "run")]
        done = subprocess.run(  # noqa: S603 - our own program
            arguments, capture_output=True, check=False, text=True, cwd="/"
        )
        if "ModuleNotFoundError" in done.stderr or "PermissionError" in done.stderr:
            pytest.skip("another user may not read this installation")
        assert done.returncode == 4
        assert done.stderr == f"The run could not be written to '{place / 'run'}': Permission denied. Nothing was changed there.\n"
        assert [path.name for path in place.iterdir()] == ["study"]
    finally:
        shutil.rmtree(place)


def test_two_writers_at_once_leave_one_whole_run(tmp_path: Path, runs: tuple[rp.Run, rp.Run]):
    whole = []
    for number, run in enumerate(runs):
        write_run(run, tmp_path / f"expected-{number}", [], force=False)
        whole.append(told(tmp_path / f"expected-{number}"))
    place = tmp_path / "place"
    place.mkdir()
    with ThreadPoolExecutor(4) as pool:
        for _ in range(15):
            list(pool.map(lambda run: write_run(run, place / "run", [], force=True), runs * 2))
            assert told(place / "run") in whole
            assert os.listdir(place) == ["run"]  # noqa: PTH208 - names are what is compared


def test_of_two_writers_without_force_one_is_refused(tmp_path: Path, runs: tuple[rp.Run, rp.Run]):
    def attempt(run: rp.Run, place: Path) -> str:
        try:
            write_run(run, place / "run", [], force=False)
        except OutputError as error:
            return str(error)
        return "written"

    with ThreadPoolExecutor(4) as pool:
        for number in range(15):
            place = tmp_path / str(number)
            place.mkdir()
            said = list(pool.map(attempt, runs * 2, [place] * 4))
            assert said.count("written") == 1
            refused = {each for each in said if each != "written"}
            assert [each for each in refused if "already holds a run, which is kept" not in each] == []
            assert os.listdir(place) == ["run"]  # noqa: PTH208 - names are what is compared
