"""Measure `relprod compute` on an extract of contacts, everything switched on, beside scripts given by name, in one run.

    python benchmarks/compute_contacts.py CONTACTS.csv [--against SCRIPT.py ...] [--repeats 3] [--memory-limit 512MB] [--keep FOLDER]

CONTACTS.csv has the columns that the study below maps, with unit_costs.csv (service, activity, quarter, unit_cost) and areas.csv (lsoa,
quintile) beside it; a script `--against` is called as ``python SCRIPT.py CONTACTS.csv OUT``. Each contender is a whole process, from
starting Python to its last byte, and they take turns. Printed are the medians of wall and CPU seconds, the highest peak memory, the ratios
to the first contender, and the stages that relprod noted in run.log. It is a measurement, not a test.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from compute_cells import Cost, run, stages

STUDY = """
[study]
title = "Benchmark: contacts"
frequency = "quarter"
calendar = "calendar"
reference = "2024"
extract_start = 2023-04-01
extract_end = 2025-03-31

[tables]
contacts = {{ path = '{contacts}', columns = {{ area = "lsoa", minutes = "duration_min" }} }}
unit_costs = "unit_costs.csv"
inputs = "inputs.csv"
areas = {{ path = '{areas}', columns = {{ group = "quintile", area = "lsoa" }} }}

[failure_demand]
method = "repeat"

[contact_quality]
attribution = 0.5

[equity]
aversion = 1.0
"""
FIRST, LAST = "2023Q2", "2025Q1"
EXPENDITURE = 1_000_000


def make_study(contacts: Path, folder: Path) -> None:
    """Write the study: unit costs with relprod's name for the period, and one expenditure for every service and quarter of the extract."""
    source = contacts.parent
    with (source / "unit_costs.csv").open(encoding="utf-8", newline="") as file:
        rows = [list(row.values()) for row in csv.DictReader(file)]
    _write(folder / "unit_costs.csv", ["service", "activity", "period", "unit_cost"], rows)
    pairs = sorted({(row[0], row[2]) for row in rows if FIRST <= row[2] <= LAST})
    spent = [[service, period, "staff", EXPENDITURE, 100] for service, period in pairs]
    _write(folder / "inputs.csv", ["service", "period", "input", "expenditure", "volume"], spent)
    (folder / "relprod.toml").write_text(STUDY.format(contacts=contacts, areas=source / "areas.csv"), encoding="utf-8")


def _write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def table(costs: dict[str, list[Cost]]) -> None:
    """Print the medians, the highest peaks, and their ratios to those of the first."""
    medians = {
        name: (statistics.median(cost.wall for cost in taken), statistics.median(cost.cpu for cost in taken))
        for name, taken in costs.items()
    }
    first, (base_wall, base_cpu) = next(iter(medians.items()))
    print(f"\n| | wall s | CPU s | peak MB | wall, times {first} | CPU, times {first} | all wall s |\n|---|---:|---:|---:|---:|---:|---|")
    for name, (wall, cpu) in medians.items():
        peak, every = max(cost.peak for cost in costs[name]), ", ".join(f"{cost.wall:.1f}" for cost in costs[name])
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {wall / base_wall:.2f} | {cpu / base_cpu:.2f} | {every} |")


def main() -> None:
    """Make the study, let the contenders take turns, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contacts", type=Path)
    parser.add_argument("--against", type=Path, action="append", default=[], help="a script to measure beside it; the first is 1.00")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory-limit", help="another run of relprod within this much memory, such as 512MB")
    parser.add_argument("--threads", type=int, help="threads of relprod's engine")
    parser.add_argument("--keep", type=Path, help="make the study and the runs in this folder, and leave them there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        make_study(options.contacts.resolve(), folder)
        out, log = folder / "run", folder / "messages.txt"
        threads = [] if options.threads is None else ["--threads", str(options.threads)]
        compute = [sys.executable, "-m", "relprod", "compute", str(folder), "--out", str(out), *threads]
        commands = {
            script.stem: [sys.executable, str(script), str(options.contacts), str(folder / "out.parquet")] for script in options.against
        }
        commands["relprod compute"] = compute
        if options.memory_limit:
            commands[f"relprod compute, {options.memory_limit}"] = [*compute, "--memory-limit", options.memory_limit]
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(options.repeats):
            for name, command in commands.items():
                shutil.rmtree(out, ignore_errors=True)
                costs[name].append(run(command, log))
                if name == "relprod compute":
                    shutil.rmtree(folder / "plain", ignore_errors=True)
                    shutil.copytree(out, folder / "plain")
        table(costs)
        stages(folder / "plain")


if __name__ == "__main__":
    main()
