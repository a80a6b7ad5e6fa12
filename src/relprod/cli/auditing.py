"""The commands for whoever checks a run: is it what it says, where does a figure come from, what moved, what was decided."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from relprod.cli.app import (
    NOT_VERIFIED,
    AssumptionsFormat,
    InputsPath,
    MemoryLimit,
    ReportFormat,
    RunPath,
    Threads,
    WorkingFormat,
    app,
    facts_of,
    shown_progress,
    usage,
)


@app.command()
def verify(  # noqa: PLR0913, PLR0917 - one argument an option
    run: RunPath,
    inputs: InputsPath = None,
    study: Annotated[
        Path | None, typer.Option(help="The study file to compare with. Default: the one beside the inputs.", show_default=False)
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Instead of computing again, work out this many figures and add up this many cells.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="With --sample: what is drawn depends on this number alone.")] = 1,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
    format_: Annotated[ReportFormat, typer.Option("--format", help="Text for people, json for programs.")] = ReportFormat.text,
) -> None:
    """Check a run: same inputs? same study? same figures, computed again? Exit code 5 unless all three are answered with yes."""
    from relprod.audit.verify import verify as verify_run
    from relprod.cli.consoles import results
    from relprod.report import verification as report

    with shown_progress() as progress:
        found = verify_run(run, inputs, study, sample=sample, seed=seed, progress=progress, memory_limit=memory_limit, threads=threads)
    if format_ is ReportFormat.text:
        report.print_verification(results(), found)
    else:
        sys.stdout.write(report.as_json(found))
    raise typer.Exit(0 if found.holds else NOT_VERIFIED)


@app.command()
def trace(  # noqa: PLR0913, PLR0917 - one argument an option
    run: RunPath,
    service: Annotated[str | None, typer.Option(help="The service. Default: all services.", show_default=False)] = None,
    period: Annotated[str | None, typer.Option(help="The period. Default: the last.", show_default=False)] = None,
    account: Annotated[str | None, typer.Option(help="The account. Default: the last of the ladder.", show_default=False)] = None,
    table: Annotated[
        str, typer.Option(help="Table of the figure: productivity, bridge, failure_demand, equity, equity_groups or unpaid.")
    ] = "productivity",
    column: Annotated[
        str | None, typer.Option(help="Column of the figure, such as output or share. Default: the table's main one.", show_default=False)
    ] = None,
    activity: Annotated[str | None, typer.Option(help="For failure_demand: the activity.", show_default=False)] = None,
    since: Annotated[str | None, typer.Option(help="For bridge: reference, previous or year-earlier.", show_default=False)] = None,
    component: Annotated[
        str | None, typer.Option(help="For bridge: volume, quality, value_demand, equity, input or productivity.", show_default=False)
    ] = None,
    group: Annotated[str | None, typer.Option(help="For equity_groups: the group.", show_default=False)] = None,
    aversion: Annotated[str | None, typer.Option(help="For equity: the aversion. Default: the study's.", show_default=False)] = None,
    contributor: Annotated[str | None, typer.Option(help="For unpaid: the contributor.", show_default=False)] = None,
    exclusion: Annotated[
        int | None,
        typer.Option(min=1, help="In place of a figure: the rows that this entry of [[exclusions]] left out.", show_default=False),
    ] = None,
    depth: Annotated[int, typer.Option(min=0, help="How many levels of parts to print.")] = 4,
    inputs: InputsPath = None,
    rows: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write every line behind the cells here; needs the inputs.", show_default=False)
    ] = None,
    format_: Annotated[WorkingFormat, typer.Option("--format", help="Text, json, or markdown for a working paper.")] = WorkingFormat.text,
) -> None:
    """Take one figure down to its cells and the lines of the files: formula, numbers, parts, and whether they give it again."""
    from relprod.audit.trace.choose import choose_figure
    from relprod.audit.trace.follow import follow
    from relprod.cli.consoles import messages, results
    from relprod.report import trace as report
    from relprod.report.plain import print_plain

    if exclusion is not None:
        _trace_exclusion(run, exclusion, inputs, rows, format_)
        return
    facts = facts_of(run, service, period, account)
    key = {"service": facts.main_service, "period": facts.period, "account": facts.account, "activity": activity, "since": since}
    key |= {"component": component, "group": group, "aversion": aversion, "contributor": contributor}
    figure = choose_figure(facts.run, table, column, key)
    with shown_progress() as progress:
        found, written = follow(facts.run, figure, inputs, rows, progress)
    if format_ is WorkingFormat.text:
        report.print_trace(results(), found, depth)
    else:
        sys.stdout.write((report.as_json if format_ is WorkingFormat.json else report.as_markdown)(found, depth))
    if rows is not None:
        print_plain(messages(), f"{written:,} lines written to '{rows}'.")


def _trace_exclusion(run: Path, number: int, inputs: Path | None, rows: Path | None, format_: WorkingFormat) -> None:
    """Print what an entry of [[exclusions]] left out, and write its lines where that is asked."""
    from relprod.audit.trace.follow import write_lines
    from relprod.audit.trace.left_out import LINES_HEADER, left_out
    from relprod.cli.consoles import messages, results
    from relprod.report import left_out as report
    from relprod.report.plain import print_plain
    from relprod.run.folder import load_run

    with shown_progress():
        found = left_out(load_run(run), number, inputs)
    if rows is not None:
        if found.lines is None:
            usage(f"The lines cannot be written. {found.without}")
        count = write_lines(rows, LINES_HEADER, ((found.table, *line) for line in found.lines))
        print_plain(messages(), f"{count:,} lines written to '{rows}'.")
    if format_ is WorkingFormat.text:
        report.print_left_out(results(), found)
    else:
        sys.stdout.write((report.as_json if format_ is WorkingFormat.json else report.as_markdown)(found))


@app.command()
def diff(  # noqa: PLR0913, PLR0917 - one argument an option
    run_before: Annotated[Path, typer.Argument(metavar="RUN_BEFORE", help="The earlier run folder.", show_default=False)],
    run_after: Annotated[Path, typer.Argument(metavar="RUN_AFTER", help="The later run folder.", show_default=False)],
    inputs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder of the later run's inputs. Default: where it lies.", show_default=False)
    ] = None,
    inputs_before: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of the earlier run's inputs. Default: where it lies.", show_default=False),
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only this service and those below it.", show_default=False)] = None,
    period: Annotated[str | None, typer.Option(help="Only this period.", show_default=False)] = None,
    account: Annotated[str | None, typer.Option(help="Only this account.", show_default=False)] = None,
    threshold: Annotated[float, typer.Option(min=0, help="Index points by which a figure must have moved to be told of.")] = 0.05,
    everything: Annotated[bool, typer.Option("--all", help="Every figure that moved, not only the first.")] = False,  # noqa: FBT002 - an option of the command line
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
    format_: Annotated[
        WorkingFormat, typer.Option("--format", help="Text for people, json for programs, markdown for a report.")
    ] = WorkingFormat.text,
) -> None:
    """Compare two runs: which figures moved, and whether data, study or versions moved them, computed in steps."""
    from relprod.audit.asked import Asked
    from relprod.audit.diff import diff as diff_runs
    from relprod.audit.recorded import Recorded
    from relprod.cli.consoles import results
    from relprod.report import diff as report

    before, after = Recorded.load(run_before, inputs_before), Recorded.load(run_after, inputs)
    asked = Asked.of((before, after), service, period, account)
    with shown_progress() as progress:
        found = diff_runs(before, after, asked, threshold, progress=progress, memory_limit=memory_limit, threads=threads)
    names = run_before.as_posix(), run_after.as_posix()
    if format_ is WorkingFormat.text:
        report.print_diff(results(), found, names, everything=everything)
    else:
        sys.stdout.write(
            report.as_json(found) if format_ is WorkingFormat.json else report.as_markdown(found, names, everything=everything)
        )


@app.command()
def assumptions(
    study_or_run: Annotated[
        Path, typer.Argument(metavar="STUDY_OR_RUN", help="A study or a run folder. Default: this folder.", show_default=False)
    ] = Path(),
    format_: Annotated[
        AssumptionsFormat, typer.Option("--format", help="Text for people; markdown or csv for a working paper; json.")
    ] = AssumptionsFormat.text,
    sensitivity: Annotated[
        bool | None,
        typer.Option(
            "--sensitivity/--no-sensitivity",
            help="How far the headline moves if one parameter is changed. Default: for a run, but not a study, which is computed first.",
            show_default=False,
        ),
    ] = None,
    inputs: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="For a run: the folder that paths in its study start from, to vary what needs the contacts.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print the assumptions log: every parameter that moves a figure, its value, source, reason and owner, and how far the headline moves if it is changed. Undocumented ones come first."""  # noqa: E501 - one paragraph of help
    from relprod.audit.assumptions import assumptions_log
    from relprod.cli.consoles import results
    from relprod.report import assumptions as report

    with shown_progress() as progress:
        log = assumptions_log(study_or_run, sensitivity=sensitivity, inputs=inputs, progress=progress)
    if format_ is AssumptionsFormat.text:
        report.print_assumptions(results(), log)
    else:
        text = {"json": report.as_json, "csv": report.as_csv, "markdown": report.as_markdown}[format_]
        sys.stdout.write(text(log))
