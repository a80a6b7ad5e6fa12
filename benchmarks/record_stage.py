"""Measure the record stage, contacts in Parquet to cells, beside the bare DuckDB program that reads the same contacts from CSV.

    python benchmarks/record_stage.py CONTACTS.csv CONTACTS.parquet --bare BARE_DUCKDB.py [--repeats 3] [--threads 2] [--memory-limit 512MB]

The CSV is an extract with its lookups beside it; the Parquet holds the same contacts with the columns of the relation `contacts`
(--make writes it). Each run is a process of its own; they take turns, so that each sees the same machine, and the medians are
printed with their ratio to the bare program's. Wall and CPU seconds, and the most memory held at once. Where the time goes is the second
table. It is a measurement, not a test: nothing here fails for being slow.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from relprod.engine.duck import connection
from relprod.records import contacts as records
from relprod.records import relations

CSV_TYPES = (
    "{'contact_id': 'VARCHAR', 'person_id': 'VARCHAR', 'service': 'VARCHAR', 'activity': 'VARCHAR', 'worker_id': 'VARCHAR', "
    "'opened': 'TIMESTAMP', 'closed': 'TIMESTAMP', 'resolved': 'VARCHAR', 'duration_min': 'DECIMAL(9,1)', 'outcome_before': 'INTEGER', "
    "'outcome_after': 'INTEGER', 'lsoa': 'VARCHAR', 'carer_hours': 'DECIMAL(9,2)'}"
)
START, END = dt.date(2023, 4, 1), dt.date(2025, 3, 31)
QUARTERS = 4


def make(csv: Path, parquet: Path) -> None:
    """Write the contacts of a made CSV as Parquet, in the columns of the relation `contacts`; `demand` is made up, seeded by the id."""
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute(
            f"""
            COPY (
              SELECT
                c.contact_id, c.person_id, c.service, c.activity, c.opened, c.closed, c.worker_id,
                CASE WHEN hash(c.contact_id) % 10 < 2 THEN NULL WHEN hash(c.contact_id) % 10 < 5 THEN 'failure' ELSE 'value' END AS demand,
                c.resolved = 'Y' AS resolved,
                CAST(c.duration_min AS DECIMAL(22, 10)) AS minutes,
                CAST(c.outcome_before AS DECIMAL(22, 10)) AS outcome_before,
                CAST(c.outcome_after AS DECIMAL(22, 10)) AS outcome_after,
                c.lsoa AS area, CAST(a.quintile AS VARCHAR) AS "group",
                CAST(year(c.opened) * {QUARTERS} + quarter(c.opened) - 1 AS BIGINT) AS _period, 0 AS _file, c.line AS _line
              FROM (
                SELECT *, row_number() OVER () + 1 AS line
                FROM read_csv('{csv}', header = true, auto_detect = false, delim = ',', columns = {CSV_TYPES})
              ) AS c
              LEFT JOIN read_csv('{csv.parent / "areas.csv"}', header = true) AS a ON a.lsoa = c.lsoa
              ORDER BY line
            ) TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)
            """  # noqa: S608 - a benchmark's own paths
        )


def stage(parquet: Path, threads: int, memory_limit: str | None) -> dict[str, float]:
    """Return wall seconds by what was made or measured, in this process."""
    seconds: dict[str, float] = {}
    make_one = relations._make

    def timed(con: duckdb.DuckDBPyConnection, settings: records.RepeatSettings, relation: str) -> None:
        for need in relations.NEEDS[relation]:
            if not relations.kept(con, need):
                timed(con, settings, need)
        begin = time.perf_counter()
        make_one(con, settings, relation)
        seconds[f"  {relation}"] = seconds.get(f"  {relation}", 0) + time.perf_counter() - begin

    relations._make = timed
    with connection(memory_limit, threads) as con:
        con.execute(f"CREATE VIEW contacts AS FROM '{parquet}'")
        con.execute("CREATE TABLE service_nodes AS SELECT DISTINCT service, unnest([service, 'All services']) AS node FROM contacts")
        days = [START + n * dt.timedelta(days=1) for n in range((END - START).days + 1)]
        con.execute("CREATE TABLE days (day DATE, period BIGINT)")
        con.executemany("INSERT INTO days VALUES (?, ?)", [(day, day.year * QUARTERS + (day.month - 1) // 3) for day in days])
        last = time.perf_counter()

        def done(name: str) -> None:
            nonlocal last
            now = time.perf_counter()
            seconds[name], last = now - last, now

        records.measures(con, records.RepeatSettings(START, END), done=done)
    return seconds


def run(command: list[str]) -> tuple[float, float, float, str]:
    """Return wall seconds, CPU seconds, peak MB and the last line that a process printed."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own programs
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed; its message is above.")
    wall = time.perf_counter() - begin
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, (output.splitlines() or [""])[-1]


def compare(options: argparse.Namespace) -> None:
    """Let the programs take turns, and print both tables."""
    here = [sys.executable, str(Path(__file__).resolve())]
    files = [str(options.csv), str(options.parquet)]
    with tempfile.TemporaryDirectory() as folder:
        programs = {"record stage": [*here, *files, "--stage", "--threads", str(options.threads)]}
        if options.memory_limit:
            programs[f"record stage, {options.memory_limit}"] = [*programs["record stage"], "--memory-limit", options.memory_limit]
        if options.bare:
            programs["bare DuckDB"] = [sys.executable, str(options.bare), files[0], f"{folder}/bare.parquet", f"threads={options.threads}"]
        runs = {name: [] for name in programs}
        for _ in range(options.repeats):
            for name, command in programs.items():
                runs[name].append(run(command))
    middle = {name: [statistics.median(numbers) for numbers in list(zip(*found, strict=True))[:3]] for name, found in runs.items()}
    bare = middle.get("bare DuckDB", [float("nan")] * 3)
    print("| program | wall s | CPU s | peak MB | wall / bare | CPU / bare |\n|---|---:|---:|---:|---:|---:|")
    for name, (wall, cpu, peak) in middle.items():
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {wall / bare[0]:.2f} | {cpu / bare[1]:.2f} |")
    parts = {name: json.loads(found[-1][3]) for name, found in runs.items() if name.startswith("record stage")}
    print(f"\n| where the time goes, last run, wall s | {' | '.join(parts)} |\n|---|{'---:|' * len(parts)}")
    for part in parts["record stage"]:
        print(f"| {part.replace('  ', '&nbsp;&nbsp;')} | {' | '.join(f'{found[part]:.2f}' for found in parts.values())} |")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("parquet", type=Path)
    parser.add_argument("--make", action="store_true", help="write the Parquet from the CSV first")
    parser.add_argument("--bare", type=Path, help="the bare DuckDB program, as `program IN.csv OUT.parquet threads=N`")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", help="a second run of the record stage within this much memory")
    parser.add_argument("--stage", action="store_true", help="run the record stage once, in this process, and print its seconds as JSON")
    options = parser.parse_args()
    if options.make:
        make(options.csv, options.parquet)
    if options.stage:
        print(json.dumps(stage(options.parquet, options.threads, options.memory_limit)))
    else:
        compare(options)


if __name__ == "__main__":
    main()
