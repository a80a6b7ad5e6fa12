"""Measure how contacts are read beside a bare DuckDB script that does all the measures too, and beside pandas, in one run.

    python benchmarks/read_contacts.py CONTACTS.csv [--against SCRIPT.py ...] [--repeats 3] [--memory-limit 512MB]

CONTACTS.csv has the columns that the study below maps, with unit_costs.csv and areas.csv beside it; a script
`--against` is called as ``python SCRIPT.py CONTACTS.csv OUT``. Reading means fingerprint, look at the bytes, validation, scratch
files and all checks across rows. Every contender is a process of its own; they take turns, and the best of the repeats is printed
with the peak memory of the process. It is a measurement, not a test.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STUDY = """
[study]
title = "Reading contacts"
frequency = "quarter"
calendar = "calendar"
reference = "2024"
extract_start = 2023-04-01
extract_end = 2025-03-31
[tables]
contacts = {{ path = '{contacts}', columns = {{ area = "lsoa", minutes = "duration_min" }} }}
unit_costs = '{folder}/unit_costs.csv'
areas = {{ path = '{areas}', columns = {{ group = "quintile", area = "lsoa" }} }}
[failure_demand]
method = "repeat"
[equity]
aversion = 1.0
"""


def read_with_relprod(contacts: Path, memory_limit: str | None, threads: int | None) -> None:
    """Read the contacts once, in this process, and print as JSON what it took."""
    from relprod.engine.duck import connection  # noqa: PLC0415 - part of what is timed is not importing it elsewhere
    from relprod.study import parse_study  # noqa: PLC0415 - as above
    from relprod.tables.load import load_tables  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        _write_unit_costs(contacts.parent / "unit_costs.csv", Path(folder) / "unit_costs.csv")
        text = STUDY.format(contacts=contacts, areas=contacts.parent / "areas.csv", folder=folder)
        start, used = time.perf_counter(), time.process_time()
        with connection(memory_limit, threads) as con:
            loaded = load_tables(con, parse_study(text, folder=Path(folder)))
            scratch = con.sql("SELECT count(*) FROM contacts").fetchall()[0][0]
        took = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used}
    took |= {"rows": loaded.contact_rows, "in the view": scratch, "findings": [(each.code, each.count) for each in loaded.findings]}
    print(json.dumps(took))


def _write_unit_costs(source: Path, target: Path) -> None:
    with source.open(encoding="utf-8", newline="") as file, target.open("w", encoding="utf-8", newline="") as copy:
        writer = csv.writer(copy)
        for service, activity, quarter, cost in csv.reader(file):
            writer.writerow([service, activity, "period" if quarter == "quarter" else quarter, cost])


def run(command: list[str]) -> tuple[float, float, str]:
    """Return wall time in seconds and peak memory in MB of a process, and what it printed."""
    # A process of our own between: the peak of children is that of the largest so far.
    probe = (
        "import resource, subprocess, sys, time; t = time.perf_counter(); "
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=False); took = time.perf_counter() - t; "
        "sys.stderr.write(done.stderr) if done.returncode else None; "
        "print(took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024); print(done.stdout); sys.exit(done.returncode)"
    )
    done = subprocess.run([sys.executable, "-c", probe, *command], capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    if done.returncode:
        sys.exit(done.stderr)
    first, _, rest = done.stdout.partition("\n")
    seconds, peak = (float(part) for part in first.split())
    return seconds, peak, rest.strip()


def main() -> None:
    """Let the contenders take turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contacts", type=Path)
    parser.add_argument("--against", type=Path, action="append", default=[], help="a script to measure beside it; the first is 1.00")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory-limit", default="512MB", help="the limit of the second of relprod's two lines")
    parser.add_argument("--threads", type=int, help="threads of relprod's engine")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--limit", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        read_with_relprod(options.contacts.resolve(), options.limit, options.threads)
        return
    threads = [] if options.threads is None else ["--threads", str(options.threads)]
    ours = [sys.executable, __file__, str(options.contacts), "--once", *threads]
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            script.name: [sys.executable, str(script), str(options.contacts), f"{folder}/out.parquet"] for script in options.against
        }
        contenders |= {"relprod, reading": ours, f"relprod, reading, {options.memory_limit}": [*ours, "--limit", options.memory_limit]}
        taken: dict[str, list[tuple[float, float, str]]] = {name: [] for name in contenders}
        for _ in range(options.repeats):
            for name, command in contenders.items():
                taken[name].append(run(command))
    base = min(taken[next(iter(taken))])[0]
    print(f"| {options.contacts.stat().st_size / 1e9:.2f} GB | best wall s | ratio | all s | peak MB |\n|---|---:|---:|---|---:|")
    for name, all_taken in taken.items():
        best, peak = min(all_taken)[0], max(each[1] for each in all_taken)
        print(f"| {name} | {best:.1f} | {best / base:.2f} | {', '.join(f'{each[0]:.1f}' for each in all_taken)} | {peak:.0f} |")
    print(next(each[2] for name, each_taken in taken.items() if name.startswith("relprod") for each in each_taken))


if __name__ == "__main__":
    main()
