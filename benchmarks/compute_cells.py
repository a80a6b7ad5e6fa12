"""Measure `relprod compute` on a million activity cells, beside a bare DuckDB query and the obvious pandas script, in one run.

    python benchmarks/compute_cells.py [--services 250] [--activities 100] [--quarters 40] [--keep FOLDER]

Each is a whole process, from starting Python to its last byte, and they take turns. Printed are the medians of wall seconds, CPU
seconds and peak memory, their ratios, the stages that relprod noted in run.log, its costliest imports, and the largest relative
difference between its output indices and those of the pandas script. The other two do a small part of what `compute` does: they
check nothing, and write neither inputs, quality, bridge, contributions nor findings.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

CONTENDERS = Path(__file__).parent / "contenders"
SEED = 20261122
FIRST_YEAR, QUARTERS = 2001, 4
TOP_IMPORTS = 8
STUDY = f"""[study]
title = "Benchmark: synthetic activity cells"
frequency = "quarter"
calendar = "calendar"
reference = "{FIRST_YEAR}"

[tables]
activity = "activity.csv"
inputs = "inputs.csv"
deflators = "deflators.csv"
quality = "quality.csv"

[output]
index = "laspeyres"
link = "annual-overlap"
"""


@dataclass(frozen=True)
class Cost:
    """What one process took: wall and CPU seconds, and its peak memory in MB."""

    wall: float
    cpu: float
    peak: float


def make_study(folder: Path, services: int, activities: int, quarters: int) -> None:
    """Write a seeded study: every activity in every quarter, two inputs a service (direct and deflated), one quality indicator."""
    rng = np.random.default_rng(SEED)
    periods = np.array([f"{FIRST_YEAR + number // QUARTERS} Q{number % QUARTERS + 1}" for number in range(quarters)], dtype=object)
    names = np.array([f"Service {number:04d}" for number in range(services)], dtype=object)
    work = np.array([f"Activity {number:04d}" for number in range(activities)], dtype=object)
    shape = (services, activities, quarters)
    volume = rng.lognormal(5, 1, (*shape[:2], 1)) * np.exp(rng.normal(0.002, 0.05, shape).cumsum(axis=2)) + 1
    unit_cost = rng.lognormal(3, 0.7, (*shape[:2], 1)) * np.exp(rng.normal(0.004, 0.02, shape).cumsum(axis=2)) + 1
    cells = {
        "service": np.repeat(names, activities * quarters),
        "activity": np.tile(np.repeat(work, quarters), services),
        "period": np.tile(periods, services * activities),
        "volume": volume.ravel().round(),
        "unit_cost": unit_cost.ravel().round(2),
    }
    pd.DataFrame(cells).astype({"volume": np.int64}).to_csv(folder / "activity.csv", index=False)
    cost = (cells["volume"] * cells["unit_cost"]).reshape(shape).sum(axis=1).ravel()
    rows = {"service": np.repeat(names, quarters), "period": np.tile(periods, services)}
    hours = (cost / 40 * np.exp(rng.normal(0, 0.01, cost.size))).round()
    staff = pd.DataFrame({**rows, "input": "staff", "expenditure": (0.7 * cost).round(2), "volume": hours, "deflator": None})
    goods = pd.DataFrame({**rows, "input": "goods", "expenditure": (0.3 * cost).round(2), "volume": None, "deflator": "prices"})
    pd.concat([staff, goods]).to_csv(folder / "inputs.csv", index=False)
    prices = (100 * 1.005 ** np.arange(quarters)).round(3)
    pd.DataFrame({"deflator": "prices", "period": periods, "index": prices}).to_csv(folder / "deflators.csv", index=False)
    success = rng.uniform(0.6, 0.9, cost.size).round(4)
    quality = pd.DataFrame({**rows, "indicator": "success", "value": success, "direction": "higher"})
    quality.to_csv(folder / "quality.csv", index=False)
    (folder / "relprod.toml").write_text(STUDY, encoding="utf-8")


def run(command: list[str], log: Path) -> Cost:
    """Run a command to its end and return what it took; stop with its messages if it failed."""
    with log.open("wb") as messages:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=messages, stderr=messages)  # noqa: S603 - our own commands, no shell
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command[1:])} ended with {process.returncode}:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def table(costs: dict[str, list[Cost]]) -> None:
    """Print the medians, and their ratios to relprod's."""
    medians = {
        name: [statistics.median(getattr(cost, what) for cost in taken) for what in ("wall", "cpu", "peak")]
        for name, taken in costs.items()
    }
    ours = medians["relprod compute"]
    print("\n| | wall s | CPU s | peak MB | wall, times relprod | CPU, times relprod |\n|---|---:|---:|---:|---:|---:|")
    for name, (wall, cpu, peak) in medians.items():
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {wall / ours[0]:.2f} | {cpu / ours[1]:.2f} |")


def stages(run_folder: Path) -> None:
    """Print the stages of run.log, lines of a stage and its seconds with a tab between."""
    log = run_folder / "run.log"
    if not log.is_file():
        print("\nThe run folder holds no run.log, so its stages are not known.")
        return
    print("\n| stage of the last run | s |\n|---|---:|")
    for line in log.read_text(encoding="utf-8").splitlines():
        stage, _, seconds = line.partition("\t")
        print(f"| {stage} | {seconds} |")


def imports(command: list[str], log: Path) -> None:
    """Print the costliest imports of one more run, cumulative: a package's time holds that of what it imports in turn."""
    run([command[0], "-X", "importtime", *command[1:]], log)
    found: dict[str, float] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("import time:"):
            continue
        *_, cumulative, name = line.split("|")
        if cumulative.strip().isdigit() and "." not in name.strip():
            found[name.strip()] = int(cumulative) / 1e6
    print("\n| import (cumulative, slowed by being timed) | s |\n|---|---:|")
    for name in sorted(found, key=found.__getitem__, reverse=True)[:TOP_IMPORTS]:
        print(f"| {name} | {found[name]:.3f} |")


def difference(run_folder: Path, plain: Path) -> float:
    """Return the largest relative difference of the activity account's output by service and period."""
    figures = pd.read_parquet(run_folder / "productivity.parquet")
    ours = figures[figures["account"] == "activity"].set_index(["service", "period"])["output"].astype(float)
    theirs = pd.read_parquet(plain).set_index(["service", "period"])["output"]
    return float((ours.reindex(theirs.index) / theirs - 1).abs().max(skipna=False))


def main() -> None:
    """Make the study, let the three take turns, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=250)
    parser.add_argument("--activities", type=int, default=100, help="activities in each service")
    parser.add_argument("--quarters", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="make the study and the runs in this folder, and leave them there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        study, out, plain, log = folder / "study", folder / "run", folder / "pandas.parquet", folder / "messages.txt"
        study.mkdir(parents=True, exist_ok=True)
        make_study(study, options.services, options.activities, options.quarters)
        shape = f"{options.services} services x {options.activities} activities x {options.quarters} quarters"
        print(f"{options.services * options.activities * options.quarters:,} cells ({shape}), {options.repeats} repeats")
        compute = [sys.executable, "-m", "relprod", "compute", str(study), "--out", str(out)]
        commands = {
            "relprod compute": compute,
            "bare DuckDB query": [sys.executable, str(CONTENDERS / "cells_duckdb.py"), str(study)],
            "pandas script": [sys.executable, str(CONTENDERS / "cells_pandas.py"), str(study), str(plain)],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(options.repeats):
            for name, command in commands.items():
                if command is compute:
                    shutil.rmtree(out, ignore_errors=True)
                costs[name].append(run(command, log))
        table(costs)
        stages(out)
        print(f"\nLargest relative difference of output from the pandas script: {difference(out, plain):.1e}")
        imports([*compute, "--force"], log)


if __name__ == "__main__":
    main()
