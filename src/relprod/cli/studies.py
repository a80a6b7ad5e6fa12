"""The commands for a study: make one, check its tables, compute its account, show it again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from relprod.cli.app import FiguresFormat, FindingsFormat, MemoryLimit, RunPath, StudyPath, Threads, app, facts_of, shown_progress, usage


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)],
    example: Annotated[
        str, typer.Option(help="Which example to start from: local-services, council-contacts or ons-public-services.")
    ] = "local-services",
    contacts: Annotated[bool, typer.Option("--contacts", help="Start from the example with contact records.")] = False,  # noqa: FBT002 - an option of the command line
    rows: Annotated[int | None, typer.Option(min=1000, help="With --contacts: make this many contacts.", show_default=False)] = None,
) -> None:
    """Make a folder with a study that runs: a commented relprod.toml, example data, a README."""
    from relprod.run.starter import CONTACTS, start_study

    if rows is not None and not contacts:
        usage("--rows says how many contacts to make, so it needs --contacts.")
    for file in start_study(folder, CONTACTS if contacts else example, rows):
        print(f"  {file}", file=sys.stderr)
    print(f"A study that runs is in '{folder}'. Next: relprod compute {folder} --out {folder / 'run'}", file=sys.stderr)


@app.command()
def validate(
    study: StudyPath = Path(),
    format_: Annotated[FindingsFormat, typer.Option("--format", help="How to print: for people, or for programs.")] = FindingsFormat.text,
) -> None:
    """Check the study's tables, and say everything that is wrong with them at once. Exit code 1 if there are errors."""
    from relprod.cli.consoles import results
    from relprod.report import findings as report
    from relprod.run.measure import exit_code_of
    from relprod.run.measure import validate as validate_study
    from relprod.study.load import load_study

    loaded = load_study(study)
    found = validate_study(loaded)
    if format_ is FindingsFormat.text:
        report.print_findings(results(), found)
    else:
        printed = {
            FindingsFormat.json: report.as_json(found),
            FindingsFormat.jsonl: report.as_json_lines(found),
            FindingsFormat.github: report.as_github(found, loaded.folder),
        }
        for line in printed[format_]:
            print(line)
    raise typer.Exit(exit_code_of(found))


@app.command()
def compute(  # noqa: PLR0913, PLR0917 - one argument an option
    study: StudyPath = Path(),
    out: Annotated[Path, typer.Option(help="The run folder to write, from where you are.")] = Path("run"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and print, and write nothing.")] = False,  # noqa: FBT002 - an option of the command line
    force: Annotated[bool, typer.Option("--force", help="Replace a run that is there already.")] = False,  # noqa: FBT002 - an option of the command line
    engine: Annotated[str, typer.Option(help="Where the SQL runs.")] = "duckdb",
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no summary and no progress.")] = False,  # noqa: FBT002 - an option of the command line
) -> None:
    """Compute the account: write a run folder, and print the summary. This is the main job."""
    from relprod.study.load import load_study
    from relprod.tables.ahead import Ahead

    loaded = load_study(study)
    with Ahead() as ahead:
        ahead.begin(loaded)  # before the libraries are there, which takes a second

        from relprod.cli.consoles import messages, results
        from relprod.report.facts import Facts
        from relprod.report.plain import print_plain
        from relprod.report.summary import print_summary
        from relprod.run.compute import compute as compute_study

        with shown_progress(quiet=quiet) as progress:
            target = None if dry_run else out
            run = compute_study(
                loaded, target, force=force, engine=engine, memory_limit=memory_limit, threads=threads, progress=progress, ahead=ahead
            )
    if not quiet:
        print_summary(results(), Facts.of(run))
        print_plain(
            messages(), "Dry run: nothing was written." if dry_run else f"Run written to '{out}'. 'relprod show {out}' prints this again."
        )


@app.command()
def show(
    run: RunPath,
    service: Annotated[str | None, typer.Option(help="Only this service and those below it.", show_default=False)] = None,
    period: Annotated[str | None, typer.Option(help="This period instead of the last.", show_default=False)] = None,
    account: Annotated[str | None, typer.Option(help="This account instead of the last of the ladder.", show_default=False)] = None,
    format_: Annotated[
        FiguresFormat, typer.Option("--format", help="Text for people; json or csv with every figure asked for.")
    ] = FiguresFormat.text,
) -> None:
    """Print the summary of a run again, or its figures for other programs."""
    from relprod.cli.consoles import results
    from relprod.report import figures
    from relprod.report.summary import print_summary

    if format_ is FiguresFormat.text:
        print_summary(results(), facts_of(run, service, period, account))
        return
    facts = facts_of(run, service, period, account)
    text = figures.as_json if format_ is FiguresFormat.json else figures.as_csv
    sys.stdout.write(text(facts, period=period is not None, account=account is not None))
