"""How commands end, and what goes where: exit codes, the two streams, readers that go away, encodings, colour."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli.driving import assert_golden, contents, relprod, relprod_process
from cli.small import STUDY, replaced, small_study


def test_wrong_usage_is_2(here: Path):
    small_study(here)
    for arguments in (
        ("foo",),
        ("compute", "--nope"),
        ("compute", "--threads", "0"),
        ("validate", "--format", "xml"),
        ("show",),
        ("init",),
    ):
        ended = relprod(*arguments)
        assert (ended.code, ended.out) == (2, ""), arguments
        assert ended.err != ""
    assert set(contents(here)) == {"relprod.toml", "activity.csv", "inputs.csv", "deflators.csv", "quality.csv"}


@pytest.mark.parametrize("command", ["validate", "compute", "assumptions"])
def test_no_study_is_3(here: Path, command: str):
    ended = relprod(command)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == (
        "There is no study file at 'relprod.toml'. A study is a file named relprod.toml; 'relprod init DIR' makes one that runs.\n"
    )
    assert list(here.iterdir()) == []


def test_a_bug_of_ours_is_70_and_shows_no_data(here: Path, monkeypatch: pytest.MonkeyPatch):
    small_study(here)

    def breaks(*_: object) -> None:
        message = "Mr Mustard, born 1 May 1954"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("relprod.run.compute.bridge_table", breaks)
    ended = relprod("compute", "--out", "run")
    assert (ended.code, ended.out) == (70, "")
    assert "Mustard" not in ended.err
    assert "1954" not in ended.err
    assert str(here) not in ended.err
    assert ended.err.startswith("relprod stopped because of an error of its own (ZeroDivisionError). Nothing was written.\n  main.py:")
    assert re.search(r"(?m)^  compute\.py:\d+ in _run$", ended.err)
    assert ended.err.endswith("They hold none of your data.\n")
    assert not Path("run").exists()


def test_results_and_messages_go_apart(here: Path):
    small_study(here)
    ended = relprod("compute", "--out", "run")
    assert ended.err == "Run written to 'run'. 'relprod show run' prints this again.\n"
    assert ended.out == relprod("show", "run").out


def test_errors_go_to_the_messages_alone(here: Path):
    small_study(here, replaced("inputs", "1150", "x"))
    ended = relprod("compute", "--out", "run")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.rstrip().endswith("Stopped because of 1 error. No run was written.")


def test_a_reader_that_goes_away_is_no_error(run: Path):
    process = subprocess.Popen([sys.executable, "-m", "relprod", "show", str(run)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - our own program
    assert process.stdout is not None
    process.stdout.read(1)
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


def test_a_reader_that_has_gone_is_told_nothing(run: Path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "relprod", "show", str(run)], stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writing)
    assert done.stderr == b""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_summary_without_utf8(run: Path, encoding: str):
    ended = relprod("show", run, encoding=encoding)
    assert (ended.code, ended.err) == (0, "")
    assert "All services, 2022: productivity" in ended.out


def test_a_title_that_the_terminal_cannot_show(here: Path):
    small_study(here, study=STUDY.replace('"Small"', '"Små → stor"'))
    assert relprod("assumptions", encoding="ascii").code == 0
    assert relprod("compute", "--out", "run", encoding="ascii").code == 0


def test_a_memory_limit_that_is_none_is_wrong_usage(here: Path):
    small_study(here)
    ended = relprod("compute", "--memory-limit", "plenty")
    assert ended.code == 2
    assert "plenty" in ended.err


def test_python_m_relprod_is_relprod(run: Path):
    ended = relprod_process("show", run, "--format", "csv", env={"NO_COLOR": "1"})
    assert ended == relprod("show", run, "--format", "csv")


@pytest.mark.parametrize(("env", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_that_want_it(run: Path, env: dict[str, str], *, coloured: bool):
    done = relprod("show", run, env={"NO_COLOR": "", "TERM": "xterm-256color", **env})
    assert bool(re.search(r"\x1b\[[\d;]*3[1-7]m", done.out)) is coloured
    if not env:
        assert "\x1b" not in done.out


def test_wrong_words_of_the_study_are_all_said_at_once(here: Path):
    small_study(
        here,
        study=STUDY.replace('"year"', '"yearly"').replace(
            "[failure_demand]", '[output]\nindex = "laspeyre"\nlnk = "fixed"\n\n[failure_demand]'
        ),
    )
    ended = relprod("compute")
    assert (ended.code, ended.out) == (3, "")
    assert_golden("cli/study-wrong.txt", ended.err)
    assert len(ended.err.splitlines()) == 3
