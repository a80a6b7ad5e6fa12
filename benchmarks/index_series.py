"""Measure `index_series` beside PyIndexNum, precon, plain pandas and a bare numpy pass, on the same data in one run.

    python benchmarks/index_series.py [--items 100000] [--quarters 40] [--labels text|integer] [--rows sorted|shuffled]

Every contender is a process that holds the data and waits; they take turns, one at a time, so that each repeat sees the same
machine. The first round is thrown away. The medians are printed, with their ratio to relprod's and the largest relative difference
from the index of the bare numpy pass. It is a measurement, not a test: nothing here fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from environments import DEFAULT_FOLDER, environments

CONTENDERS = Path(__file__).parent / "contenders"
CASES = ("laspeyres previous-period", "fisher previous-period", "laspeyres annual-overlap")
OURS, YARDSTICK = "relprod", "numpy, matrices ready"
SEED = 20261122


@dataclass
class Contender:
    """A process that computes an index when asked, and what it answered."""

    name: str
    process: subprocess.Popen
    cases: tuple[str, ...]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    index: dict[str, list[float]] = field(default_factory=dict)

    def ready(self) -> None:
        """Wait until the data are loaded."""
        self._answer()

    def run(self, case: str, *, keep: bool) -> None:
        """Compute a case once, and keep the time unless it is the warm-up."""
        self.process.stdin.write(case + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        self.index[case] = answer["index"]
        if keep:
            self.seconds.setdefault(case, []).append(answer["seconds"])

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} stopped; its message is above.")
        return json.loads(line)


def panel(items: int, quarters: int, *, text_labels: bool, shuffled: bool) -> dict[str, np.ndarray]:
    """Return the seeded columns of a long table: random walks of volumes and unit values, item by item."""
    rng = np.random.default_rng(SEED)
    volume = rng.lognormal(5, 1, items) * np.exp(rng.normal(0.002, 0.05, (quarters, items)).cumsum(axis=0))
    unit_value = rng.lognormal(2, 0.7, items) * np.exp(rng.normal(0.004, 0.03, (quarters, items)).cumsum(axis=0))
    order = rng.permutation(volume.size) if shuffled else np.arange(volume.size)
    return {
        "item": np.tile(np.arange(items, dtype=np.int32), quarters)[order],
        "period": np.repeat(np.arange(quarters, dtype=np.int32), items)[order],
        "volume": volume.ravel()[order],
        "value": (volume * unit_value).ravel()[order],
        "text_labels": np.array(text_labels),
    }


def start(options: argparse.Namespace, path: Path, stack: ExitStack) -> list[Contender]:
    """Return the contenders with their data loaded; say which cannot take part, and why."""
    here = Path(sys.executable)
    found = {environment.name: environment for environment in environments(options.environments, options.old_python)}
    wanted = [
        (OURS, here, ["with_relprod.py"], CASES),
        ("PyIndexNum 0.4.0", found["pyindexnum"].python, ["with_pyindexnum.py"], CASES),
        ("precon 0.6.2, with pivot", found["precon"].python, ["with_precon.py", "pivot"], CASES[::2]),
        ("precon 0.6.2, tables ready", found["precon"].python, ["with_precon.py"], CASES[::2]),
        ("pandas groupby", here, ["with_pandas.py"], CASES),
        ("numpy, with pivot", here, ["with_numpy.py", "pivot"], CASES),
        (YARDSTICK, here, ["with_numpy.py"], CASES),
    ]
    for name, environment in found.items():
        if environment.python is None:
            print(f"{name} takes no part: {environment.reason}")
    contenders = []
    for name, python, (script, *mode), cases in wanted:
        if python is None:
            continue
        command = [str(python), str(CONTENDERS / script), str(path), *mode]
        process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))  # noqa: S603 - our own scripts
        stack.callback(process.stdin.close)
        contender = Contender(name, process, cases)
        contender.ready()
        contenders.append(contender)
    return contenders


def report(contenders: list[Contender]) -> None:
    """Print one table a case: median seconds, the ratio to relprod, and the largest relative difference from the bare pass."""
    by_name = {contender.name: contender for contender in contenders}
    for case in CASES:
        ours = statistics.median(by_name[OURS].seconds[case])
        expected = np.array(by_name[YARDSTICK].index[case])
        print(f"\n| {case} | median s | times relprod | fastest to slowest s | largest relative difference |\n|---|---:|---:|---:|---:|")
        for contender in contenders:
            if case not in contender.cases:
                print(f"| {contender.name} | not offered | | | |")
                continue
            times = contender.seconds[case]
            middle = statistics.median(times)
            difference = np.abs(np.array(contender.index[case]) / expected - 1).max()
            spread = f"{min(times):.3f} to {max(times):.3f}"
            print(f"| {contender.name} | {middle:.3f} | {middle / ours:.2f} | {spread} | {difference:.1e} |")


def main() -> None:
    """Make the data, let the contenders take turns, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--quarters", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--labels", choices=("text", "integer"), default="text", help="what names an item")
    parser.add_argument("--rows", choices=("sorted", "shuffled"), default="sorted", help="sorted is by period, then item")
    parser.add_argument("--environments", type=Path, default=DEFAULT_FOLDER, help="folder of environments.py")
    parser.add_argument("--old-python", help="a Python 3.8 to 3.10, for precon")
    options = parser.parse_args()
    print(f"{options.quarters} quarters x {options.items:,} items, {options.labels} labels, {options.rows} rows, {options.repeats} repeats")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "panel.npz"
        np.savez(path, **panel(options.items, options.quarters, text_labels=options.labels == "text", shuffled=options.rows == "shuffled"))
        contenders = start(options, path, stack)
        for repeat in range(options.repeats + 1):
            for case in CASES:
                for contender in contenders:
                    if case in contender.cases:
                        contender.run(case, keep=repeat > 0)
    report(contenders)


if __name__ == "__main__":
    main()
