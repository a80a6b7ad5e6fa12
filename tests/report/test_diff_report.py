"""What `diff` prints: text at three widths, Markdown, JSON, and its ending codes."""

from __future__ import annotations

import inspect
import io
import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cli.driving import EXAMPLES, assert_golden, relprod, relprod_process
from rich.console import Console

import relprod as rp
from relprod.audit.asked import Asked
from relprod.audit.diff import THRESHOLD, diff
from relprod.audit.movements import Alone
from relprod.audit.recorded import Recorded
from relprod.cli.auditing import diff as diff_command
from relprod.report.diff import as_json, as_markdown, print_diff
from relprod.report.diff_sections import SCREENFUL, bottom_lines, decimals_of, signed

if TYPE_CHECKING:
    from pathlib import Path

    from relprod.audit.diff import Comparison

RUNS = ("before/run", "after/run")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two studies and their runs; the later has one row revised, two keys set otherwise, and another owner."""
    root = tmp_path_factory.mktemp("two")
    for name in ("before", "after"):
        shutil.copytree(EXAMPLES / "local-services", root / name, ignore=shutil.ignore_patterns("run"))
    edit(root / "after" / "inputs.csv", "2021-22 Q4,labour,824647.59,101.6,", "2021-22 Q4,labour,824647.59,103.6,")
    edit(root / "after" / "relprod.toml", "removal = 1.0", "removal = 0.75")
    edit(root / "after" / "relprod.toml", "\n[controls]\n", "\n[controls]\ntolerance = 0.02\n")
    owner = 'none of it counts as output."\nowner = "{}"'
    edit(root / "after" / "relprod.toml", owner.format("Director of Resources"), owner.format("Head of Finance"))
    for name in ("before", "after"):
        rp.compute(root / name, root / name / "run")
    return root


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"'{old}' is there {text.count(old)} times"
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(home)
    return home


@pytest.fixture(scope="module")
def found(home: Path) -> Comparison:
    two = [Recorded.load(home / name) for name in RUNS]
    return diff(*two, Asked.of(two))


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.usefixtures("here")
def test_text(columns: int):
    ended = relprod("diff", *RUNS, columns=columns)
    assert (ended.code, ended.err) == (0, "")
    assert max(map(len, ended.out.splitlines())) <= columns
    assert not any(line != line.rstrip() for line in ended.out.splitlines())
    assert_golden(f"report/diff-{columns}.txt", ended.out)


@pytest.mark.usefixtures("here")
def test_markdown():
    ended = relprod("diff", *RUNS, "--format", "markdown")
    assert (ended.code, ended.err) == (0, "")
    assert_golden("report/diff.md", ended.out)


def test_text_without_the_files(here: Path):
    for name in ("before", "after"):
        shutil.copytree(here / name / "run", here / "published" / "2025" / name)
    ended = relprod("diff", "published/2025/before", "published/2025/after", "--period", "2021-22 Q4")
    assert (ended.code, ended.err) == (0, "")
    assert_golden("report/diff-without-files.txt", ended.out)


@pytest.mark.usefixtures("here")
def test_a_run_against_itself():
    ended = relprod("diff", RUNS[0], RUNS[0])
    assert ended.code == 0
    assert_golden("report/diff-nothing.txt", ended.out)
    content = json.loads(relprod("diff", RUNS[0], RUNS[0], "--format", "json").out)
    assert content["same"] is True
    assert [content[name] for name in ("study", "documentation", "versions", "moved", "alone", "revisions", "tables", "notes")] == [[]] * 8
    page = relprod("diff", RUNS[0], RUNS[0], "--format", "markdown").out
    assert page.splitlines()[2].startswith("**Nothing differs")


def test_json_has_every_figure_that_moved(found: Comparison):
    content = json.loads(as_json(found))
    assert content["same"] is False
    assert content["data"]["tables"][0]["rows"]["changed_at"] == ["inputs.csv:14"]
    assert [each["key"] for each in content["study"]] == ["controls.tolerance", "failure_demand.removal"]
    assert len(content["moved"]) == len(found.moved) > SCREENFUL
    for each in content["moved"]:
        assert each["data"] + each["study"] + each["versions"] == pytest.approx(each["moved"], abs=1e-9)
        assert each["after"] - each["before"] == pytest.approx(each["moved"], abs=1e-9)


def test_text_has_a_screenful_and_all_of_it_when_asked(found: Comparison):
    few, every = (printed(found, everything=everything) for everything in (False, True))
    assert f"And {len(found.moved) - SCREENFUL} more: --all shows them" in few
    assert "--all" not in every
    rows = re.findall(r"^ {4}(?:activity|quality_adjusted|value_demand) +\d", every, re.MULTILINE)
    assert len(rows) == len(found.moved)
    assert as_markdown(found, ("a", "b"), everything=True).count("\n| ") > len(found.moved)


def test_a_long_list_is_cut_to_a_screenful_too(found: Comparison):
    many = replace(found, alone=tuple(Alone("after", "period", f"{2000 + number}", 3, "data") for number in range(20)))
    few, every = (printed(many, everything=everything) for everything in (False, True))
    assert "    period 2014: 3 figures in the later run alone, because of the data\n    And 5 more: --all shows them.\n" in few
    assert "period 2015" not in few
    assert "    period 2019: 3 figures in the later run alone, because of the data\n" in every


def printed(found: Comparison, *, everything: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=100, highlight=False, emoji=False, markup=False)
    print_diff(console, found, ("a", "b"), everything=everything)
    return file.getvalue()


def test_a_terminal_has_the_same_words_in_colour(found: Comparison):
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=True, color_system="standard", highlight=False, emoji=False, markup=False)
    print_diff(console, found, ("a", "b"))
    assert "\x1b[1m" in file.getvalue()
    plain = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", file.getvalue()).splitlines())
    assert plain == printed(found).rstrip("\n")


def test_no_colour_where_there_is_to_be_none(home: Path):
    ended = relprod_process("diff", *RUNS, cwd=home, env={"NO_COLOR": "1"})
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err


def test_the_main_thing_is_last(found: Comparison):
    official, value_demand = bottom_lines(found)
    last = printed(found).rstrip().split("\n\n")[-1]
    assert last.replace("\n", " ") == f"{official} {value_demand}"
    assert official == (
        "All services, 2024-25 Q4, quality-adjusted productivity: 111.5 -> 111.7 (+0.1): data +0.1, study 0.0, versions 0.0."
    )
    assert re.fullmatch(
        r"Value-demand productivity: \d+\.\d -> \d+\.\d \(\+0\.6\): data \+0\.1, study \+0\.5, versions 0\.0\.", value_demand
    )


def test_parts_that_cannot_be_told_are_said_so(found: Comparison):
    main = found.main[0]
    alike = replace(main, data=None, study=None, together=main.moved)
    assert bottom_lines(replace(found, main=(alike,)))[0].endswith(": data and study together +0.1, versions 0.0.")
    unknown = replace(main, data=None, study=None, versions=None)
    assert bottom_lines(replace(found, main=(unknown,)))[0].endswith(": what moved it cannot be told.")
    assert bottom_lines(replace(found, main=())) == ["No figure is in both runs."]
    assert "Data+study" in printed(replace(found, moved=(alike,)))
    assert "Data+study" not in printed(replace(found, moved=(unknown,)))


@pytest.mark.usefixtures("here")
def test_a_smaller_threshold_shows_more_decimals_and_more_figures():
    rough, fine = (json.loads(relprod("diff", *RUNS, "--threshold", at, "--format", "json").out) for at in (0.5, 0.0005))
    assert 0 < len(rough["moved"]) < len(fine["moved"])
    text = relprod("diff", *RUNS, "--threshold", 0.0005, "--service", "Libraries").out
    assert re.search(r"Libraries, 2024-25 Q4, \S+ productivity: \d+\.\d{3} -> \d+\.\d{3}\s", text)


@pytest.mark.usefixtures("here")
def test_filters():
    content = json.loads(
        relprod("diff", *RUNS, "--service", "home care", "--period", "2022/23 q1", "--account", "activity", "--format", "json").out
    )
    assert [(each["service"], each["period"], each["account"]) for each in content["moved"]] == [
        ("Adult social care > Home care", "2022-23 Q1", "activity")
    ]
    assert content["compared"] == 1


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((RUNS[0], "nowhere"), 4, "'nowhere' is not there"),
        (("before", RUNS[1]), 4, "'before' holds no run"),
        ((*RUNS, "--service", "Libarries"), 2, "no service 'Libarries'; there are: "),
        ((*RUNS, "--threshold", "-1"), 2, "--threshold"),
        ((RUNS[0],), 2, "RUN_AFTER"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], code: int, said: str):
    ended = relprod("diff", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err


def test_the_threshold_is_the_declared_one():
    assert inspect.signature(diff_command).parameters["threshold"].default == THRESHOLD


@pytest.mark.parametrize(("threshold", "decimals"), [(5, 1), (0.05, 1), (0.049, 2), (0.005, 2), (0.0005, 3), (0, 6)])
def test_decimals_are_as_many_as_show_a_movement(threshold: float, decimals: int):
    assert decimals_of(threshold) == decimals


@pytest.mark.parametrize(("value", "text"), [(0.04, "0.0"), (-0.04, "0.0"), (0.06, "+0.1"), (-1.25, "-1.2"), (0.0, "0.0")])
def test_a_movement_has_a_sign_unless_it_shows_as_zero(value: float, text: str):
    assert signed(value, 1) == text
