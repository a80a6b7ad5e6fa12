"""A writer killed at any moment leaves the earlier run as it was or the new one whole, and nothing that stays for ever."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli.driving import contents
from cli.small import ACTIVITY_ALONE, replaced, small_study

import relprod as rp

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS = 52
"""A worker's; there are two."""
MOST_ATTEMPTS = 6 * KILLS
SHORTER, LONGER = 0.9, 1.03
"""The time over which moments of killing are spread follows how fast the machine is: shorter after a child that had ended before."""
PLACES = [
    (name, call) for name, calls in {"_flush": 3, "_exchanged": 1, "_remove": 1, "write_parquet": 2}.items() for call in range(1, calls + 1)
]


class Killer:
    """The program `killing` at work on one target, with its studies and what each of them gives."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.target = folder, folder / "place" / "run"
        self.target.parent.mkdir()
        self.scratch = folder / "temporary"
        self.scratch.mkdir()
        self.studies = [small_study(folder / "one", study=ACTIVITY_ALONE)]
        self.studies.append(small_study(folder / "two", replaced("activity", "2021,110,", "2021,115,"), ACTIVITY_ALONE))
        self.whole = [self._computed(study) for study in self.studies]
        assert self.whole[0] != self.whole[1]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "TMPDIR": str(self.scratch)}
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "faults.killing", str(self.studies[0])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def _computed(self, study: Path) -> dict[str, bytes]:
        rp.compute(study, self.folder / "expected", force=True)
        return self.told(self.folder / "expected")

    @staticmethod
    def told(run: Path) -> dict[str, bytes]:
        """Return the files of a run but the log."""
        return {name: content for name, content in contents(run).items() if name != "run.log"}

    def attempt(self, which: int, **how: object) -> str:
        """Have one child compute a study and die; return what became of it."""
        line = json.dumps({"study": str(self.studies[which]), "target": str(self.target), **how})
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def left_overs(self) -> set[str]:
        """Return what lies beside the run."""
        return {path.name for path in self.target.parent.iterdir()} - {"run"}

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        assert self.process.wait(timeout=60) == 0
        self.process.stdout.close()


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    made = Killer(tmp_path_factory.mktemp("killer"))
    yield made
    made.close()


def work(killer: Killer, seed: int) -> list[str]:
    """Have children killed at many moments, and look after each; return what became of them."""
    chance, became = random.Random(seed), []  # noqa: S311 - a seed is the point
    assert killer.attempt(0) == "ended 0"
    start = time.perf_counter()
    assert killer.attempt(0) == "ended 0"
    spread = dict.fromkeys(("", "write"), time.perf_counter() - start)
    while became.count("killed") < KILLS and len(became) < MOST_ATTEMPTS:
        stage, which = "write" if len(became) % 3 else "", len(became) % 2
        before = killer.told(killer.target)
        became.append(killer.attempt(which, after=chance.uniform(0, spread[stage]), stage=stage))
        spread[stage] *= LONGER if became[-1] == "killed" else SHORTER
        after_it = killer.told(killer.target)
        assert after_it in (before, killer.whole[which])
        assert rp.load_run(killer.target).manifest["outputs"]
        assert all(name.startswith(".run.relprod-") for name in killer.left_overs())
        assert all((killer.target.parent / name).stat().st_mode & 0o777 == 0o700 for name in killer.left_overs())
    assert killer.attempt(1) == "ended 0"
    assert killer.told(killer.target) == killer.whole[1]
    assert killer.left_overs() == set()
    return became


def test_killed_at_more_than_a_hundred_moments(tmp_path: Path):
    killers = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        killers.append(Killer(tmp_path / name))
    try:
        with ThreadPoolExecutor(2) as pool:
            became = [each for part in pool.map(work, killers, (1, 2)) for each in part]
    finally:
        for killer in killers:
            killer.close()
    assert set(became) <= {"killed", "ended 0"}
    assert became.count("killed") == 2 * KILLS >= 100
    left = [path for killer in killers for path in killer.scratch.iterdir()]
    assert all(path.name.startswith("relprod-") for path in left)
    assert all(path.stat().st_mode & 0o777 == 0o700 for path in left)


@pytest.mark.parametrize(("function", "call"), PLACES)
def test_killed_at_each_step_of_writing(killer: Killer, function: str, call: int):
    assert killer.attempt(0) == "ended 0"
    assert killer.attempt(1, function=function, call=call) == "killed"
    assert killer.told(killer.target) in killer.whole
    assert killer.left_overs() != set()
    assert killer.attempt(1) == "ended 0"
    assert killer.told(killer.target) == killer.whole[1]
    assert killer.left_overs() == set()


def test_killed_between_two_renames_where_folders_cannot_be_exchanged(killer: Killer):
    """Then nothing is in the place until the next run, which brings the earlier one back before it does anything else."""
    assert killer.attempt(0) == "ended 0"
    assert killer.attempt(1, function="rename", call=2, exchange=False) == "killed"
    assert not killer.target.exists()
    with pytest.raises(rp.errors.OutputError, match="already holds a run, which is kept"):
        rp.compute(killer.studies[1], killer.target)
    assert killer.told(killer.target) == killer.whole[0]
    assert killer.left_overs() == set()


def test_folders_are_exchanged_here(tmp_path: Path):
    """What the tests above rely on, on the systems that they are run on."""
    if sys.platform != "linux":
        pytest.skip("only Linux exchanges two folders in one step")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert rp.run.folder._exchanged(tmp_path / "one", tmp_path / "two")
    assert [path.name for path in sorted((tmp_path / "one").iterdir())] == ["two"]
