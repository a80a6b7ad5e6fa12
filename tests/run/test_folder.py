"""A run folder is there whole or not at all, and what is no run is left alone when one is written."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cli.driving import contents, relprod, relprod_process

import relprod as rp
from relprod.errors import OutputError

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NO_SPACE = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def names() -> set[str]:
    """Everything in the working folder, hidden or not."""
    return set(os.listdir())  # noqa: PTH208 - names are what is compared


def test_a_run_is_kept_without_force(with_run: dict[str, bytes]):
    ended = relprod("compute", "study", "--out", "run")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == "'run' already holds a run, which is kept. Choose another name after --out, or add --force to replace it.\n"
    assert contents(Path("run")) == with_run
    assert names() == {"study", "run"}


def test_a_run_is_replaced_whole_with_force(with_run: dict[str, bytes]):
    Path("run/links.parquet").unlink()
    assert relprod("compute", "study", "--out", "run", "--force", "--quiet").code == 0
    after = contents(Path("run"))
    assert set(after) == set(with_run)
    assert after["productivity.parquet"] != with_run["productivity.parquet"]
    assert names() == {"study", "run"}


def test_force_makes_a_new_run_where_there_is_none(study: Path):
    assert relprod("compute", study, "--out", "run", "--force", "--quiet").code == 0
    assert rp.load_run("run").productivity.service.nunique() == 4


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_a_folder_that_is_no_run_is_left_alone(force: list[str]):
    Path("papers").mkdir()
    Path("papers/letter.txt").write_text("Dear all", encoding="utf-8")
    ended = relprod("compute", "study", "--out", "papers", *force)
    assert (ended.code, ended.out) == (4, "")
    assert "'papers' holds files that are not a run's, and is left alone." in ended.err
    assert contents(Path("papers")) == {"letter.txt": b"Dear all"}
    assert names() == {"study", "papers"}


@pytest.mark.usefixtures("study")
def test_the_study_itself_is_left_alone():
    before = contents(Path("study"))
    ended = relprod("compute", "study", "--out", "study", "--force")
    assert ended.code == 4
    assert contents(Path("study")) == before


@pytest.mark.usefixtures("study")
def test_a_folder_with_another_program_s_manifest_is_left_alone():
    Path("extension").mkdir()
    Path("extension/manifest.json").write_text('{"manifest_version": 3, "name": "My extension"}', encoding="utf-8")
    Path("extension/thesis.txt").write_text("ten years of work", encoding="utf-8")
    before = contents(Path("extension"))
    ended = relprod("compute", "study", "--out", "extension", "--force", "--quiet")
    assert contents(Path("extension")) == before
    assert ended.code == 4


@pytest.mark.usefixtures("with_run")
def test_a_person_s_notes_in_a_run_folder_are_not_deleted():
    Path("run/notes.docx").write_bytes(b"what we agreed")
    ended = relprod("compute", "study", "--out", "run", "--force", "--quiet")
    assert Path("run/notes.docx").is_file(), ended


@pytest.mark.usefixtures("study")
def test_an_empty_folder_is_filled():
    Path("run").mkdir()
    assert relprod("compute", "study", "--out", "run", "--quiet").code == 0
    assert Path("run/manifest.json").is_file()
    assert names() == {"study", "run"}


@pytest.mark.usefixtures("study")
def test_a_missing_parent_is_said_before_anything_is_computed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("relprod.run.measure.load_tables", lambda *_: pytest.fail("the tables were read first"))
    ended = relprod("compute", "study", "--out", "2025/may/run")
    assert ended.code == 4
    assert ended.err == "The folder '2025/may' does not exist, so 'run' cannot be made in it. Make it first.\n"
    assert names() == {"study"}


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_a_file_is_left_alone(force: list[str]):
    Path("run").write_text("a file", encoding="utf-8")
    ended = relprod("compute", "study", "--out", "run", *force)
    assert ended.code == 4
    assert "'run' is not a folder, so no run can be written there." in ended.err
    assert Path("run").read_text(encoding="utf-8") == "a file"


@pytest.mark.usefixtures("with_run")
@pytest.mark.parametrize("pointed_to", ["run", "nowhere"])
def test_a_link_is_left_alone(pointed_to: str):
    Path("link").symlink_to(pointed_to)
    before = contents(Path("run"))
    ended = relprod("compute", "study", "--out", "link", "--force")
    assert ended.code == 4
    assert "'link' is not a folder" in ended.err
    assert Path("link").is_symlink()
    assert contents(Path("run")) == before


@pytest.mark.skipif(IS_ROOT, reason="root may write anywhere")
@pytest.mark.usefixtures("study")
def test_a_place_that_may_not_be_written():
    Path("locked").mkdir(mode=0o555)
    ended = relprod("compute", "study", "--out", "locked/run")
    assert ended.code == 4
    assert "could not be written to 'locked/run': Permission denied" in ended.err


@pytest.mark.parametrize("when", ["productivity", "contributions", "manifest", "swap"])
def test_a_failure_while_writing_leaves_the_earlier_run_untouched(with_run: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, when: str):
    def full_at(name: str):
        def write(table: object, path: Path) -> None:
            path.write_bytes(b"half of it")
            if path.stem == name:
                raise NO_SPACE
            rp.run.parquet.pq.write_table(table, path)

        return write

    def fails(*_: object, **__: object) -> None:
        raise NO_SPACE

    if when == "manifest":
        monkeypatch.setattr("relprod.run.folder.manifest_text", fails)
    elif when == "swap":
        monkeypatch.setattr("relprod.run.folder._flush", fails)
    else:
        monkeypatch.setattr("relprod.run.folder.write_parquet", full_at(when))
    ended = relprod("compute", "study", "--out", "run", "--force")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == "The run could not be written to 'run': No space left on device. Nothing was changed there.\n"
    assert contents(Path("run")) == with_run
    assert names() == {"study", "run"}


@pytest.mark.usefixtures("study")
def test_a_failure_while_writing_leaves_nothing_where_nothing_was(monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> None:
        raise NO_SPACE

    monkeypatch.setattr("relprod.run.folder.write_parquet", fails)
    with pytest.raises(OutputError, match="No space left on device"):
        rp.compute("study", "run")
    assert names() == {"study"}


def test_a_bug_while_writing_leaves_nothing_either(with_run: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> None:
        message = "unforeseen"
        raise RuntimeError(message)

    monkeypatch.setattr("relprod.run.folder.write_parquet", fails)
    assert relprod("compute", "study", "--out", "run", "--force").code == 70
    assert contents(Path("run")) == with_run
    assert names() == {"study", "run"}


def test_a_swap_that_fails_half_way_puts_the_earlier_run_back(with_run: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    rename = Path.rename

    def renamed(self: Path, target: Path) -> Path:
        if self.name == "new" and Path(target).name == "run":
            raise OSError(errno.EBUSY, "busy")
        return rename(self, target)

    monkeypatch.setattr("relprod.run.folder._exchanged", lambda *_: False)
    monkeypatch.setattr(Path, "rename", renamed)
    ended = relprod("compute", "study", "--out", "run", "--force")
    assert ended.code == 4
    assert contents(Path("run")) == with_run
    assert names() == {"study", "run"}


def test_a_run_that_cannot_be_moved_away_leaves_nothing_behind(with_run: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    def fails(*_: Path) -> None:
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr("relprod.run.folder._exchanged", lambda *_: False)
    monkeypatch.setattr(Path, "rename", fails)
    ended = relprod("compute", "study", "--out", "run", "--force")
    assert ended.code == 4
    assert contents(Path("run")) == with_run
    assert names() == {"study", "run"}


def test_the_working_folder_as_target(study: Path, monkeypatch: pytest.MonkeyPatch):
    (study.parent / "here").mkdir()
    monkeypatch.chdir(study.parent / "here")
    ended = relprod("compute", "../study", "--out", ".", "--quiet")
    assert ended.code in {0, 4}
    assert set(os.listdir(study.parent)) == {"study", "here"}  # noqa: PTH208 - names are what is compared


KILLED = """
    import os, signal
    from pathlib import Path
    from relprod.run import folder

    count = 0
    real = getattr(folder, "{function}")

    def killed(*arguments):
        global count
        count += 1
        if count == {number}:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)

    setattr(folder, "{function}", killed)
    import relprod
    relprod.compute("study", "run", force=True)
"""


def kill_at(function: str, number: int):
    """Have a process compute the study into `run`, and kill it when it calls a function of the module `folder` for the n-th time."""
    program = textwrap.dedent(KILLED.format(function=function, number=number))
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, timeout=60)  # noqa: S603 - our own program
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize(("function", "number"), [("manifest_text", 1), ("_flush", 5)])
def test_a_kill_while_writing_leaves_the_earlier_run_whole(with_run: dict[str, bytes], function: str, number: int):
    kill_at(function, number)
    assert contents(Path("run")) == with_run
    assert rp.load_run("run").manifest["outputs"]
    assert names() > {"study", "run"}  # the half-written folder stays beside it: nobody was left to remove it
    assert relprod("compute", "study", "--out", "run", "--force", "--quiet").code == 0
    assert contents(Path("run"))["productivity.parquet"] != with_run["productivity.parquet"]


@pytest.mark.usefixtures("study")
def test_a_kill_while_writing_leaves_no_half_run():
    kill_at("write_parquet", 2)
    assert not Path("run").exists()
    assert len(names()) == 2
    assert relprod("compute", "study", "--out", "run", "--quiet").code == 0
    assert names() == {"study", "run"}


@pytest.mark.usefixtures("study")
def test_a_kill_while_flushing_leaves_nothing_for_ever():
    kill_at("_flush", 5)
    assert relprod("compute", "study", "--out", "run", "--quiet").code == 0
    assert names() == {"study", "run"}


@pytest.mark.usefixtures("study")
def test_what_another_process_is_writing_is_left_alone():
    Path(".run.relprod-other").mkdir()
    with Path(".run.relprod-other/.being-written").open("wb") as claim:
        fcntl.flock(claim, fcntl.LOCK_EX)
        assert relprod("compute", "study", "--out", "run", "--quiet").code == 0
        assert names() == {"study", "run", ".run.relprod-other"}
    assert relprod("compute", "study", "--out", "run", "--quiet", "--force").code == 0
    assert names() == {"study", "run"}


def test_a_real_limit_on_the_size_of_files(with_run: dict[str, bytes]):
    """RLIMIT_FSIZE makes a write fail as a full disk does."""
    biggest = max(len(content) for content in with_run.values())

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (biggest // 2, biggest // 2))

    ended = relprod_process("compute", "study", "--out", "run", "--force", preexec=limited)
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("The run could not be written to 'run': ")
    assert ended.err.endswith("File too large. Nothing was changed there.\n")
    assert contents(Path("run")) == with_run
    assert names() == {"study", "run"}


def test_quiet_and_dry_run(study: Path):
    ended = relprod("compute", study, "--quiet", "--out", "run")
    assert ended == type(ended)(0, "", "")
    shutil.rmtree("run")
    ended = relprod("compute", study, "--dry-run")
    assert ended.code == 0
    assert ended.out.startswith("Small\n")
    assert ended.err == "Dry run: nothing was written.\n"
    assert names() == {"study"}


def test_the_default_target_is_run_in_the_working_folder(study: Path):
    assert relprod("compute", study, "--quiet").code == 0
    assert names() == {"study", "run"}
