"""The commands. Each parses its arguments, calls one function of the library, and prints what comes back."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.report.facts import Facts
    from relprod.run.progress import Progress

USAGE = 2
NOT_VERIFIED = 5

app = typer.Typer(
    help="Productivity of public services: quality-adjusted output over input, one visible step at a time.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)

StudyPath = Annotated[
    Path, typer.Argument(metavar="STUDY", help="A relprod.toml, or the folder that holds it. Default: this folder.", show_default=False)
]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, as 'relprod compute' writes it.", show_default=False)]


InputsPath = Annotated[
    Path | None,
    typer.Option(
        "--inputs", metavar="DIR", help="The folder of the inputs, as the study's was. Default: where the run lies.", show_default=False
    ),
]
MemoryLimit = Annotated[
    str | None, typer.Option(help="Most memory the engine may use, such as 512MB. It moves no figure.", show_default=False)
]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads the engine may use. It moves no figure.", show_default=False)]


class FindingsFormat(StrEnum):
    """How findings are printed."""

    text = "text"
    json = "json"
    jsonl = "jsonl"
    github = "github"


class ReportFormat(StrEnum):
    """How answers are printed."""

    text = "text"
    json = "json"


class WorkingFormat(StrEnum):
    """How what goes into a working paper is printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


class FiguresFormat(StrEnum):
    """How figures are printed."""

    text = "text"
    json = "json"
    csv = "csv"


class AssumptionsFormat(StrEnum):
    """How the assumptions log is printed."""

    text = "text"
    json = "json"
    csv = "csv"
    markdown = "markdown"


@app.callback(invoke_without_command=True)
def relprod(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:  # noqa: FBT002 - an option of the command line
    """Productivity of public services: quality-adjusted output over input, one visible step at a time."""
    if version:
        from importlib.metadata import version as version_of

        print(f"relprod {version_of('relprod')}")
        raise typer.Exit


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
        _usage("--rows says how many contacts to make, so it needs --contacts.")
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
    from relprod.cli.consoles import messages, results
    from relprod.report.facts import Facts
    from relprod.report.plain import print_plain
    from relprod.report.summary import print_summary
    from relprod.run.compute import compute as compute_study

    with _progress(quiet=quiet) as progress:
        run = compute_study(
            study, None if dry_run else out, force=force, engine=engine, memory_limit=memory_limit, threads=threads, progress=progress
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
        print_summary(results(), _facts(run, service, period, account))
        return
    facts = _facts(run, service, period, account)
    text = figures.as_json if format_ is FiguresFormat.json else figures.as_csv
    sys.stdout.write(text(facts, period=period is not None, account=account is not None))


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

    with _progress() as progress:
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

    facts = _facts(run, service, period, account)
    key = {"service": facts.main_service, "period": facts.period, "account": facts.account, "activity": activity, "since": since}
    key |= {"component": component, "group": group, "aversion": aversion, "contributor": contributor}
    figure = choose_figure(facts.run, table, column, key)
    with _progress() as progress:
        found, written = follow(facts.run, figure, inputs, rows, progress)
    if format_ is WorkingFormat.text:
        report.print_trace(results(), found, depth)
    else:
        sys.stdout.write((report.as_json if format_ is WorkingFormat.json else report.as_markdown)(found, depth))
    if rows is not None:
        print_plain(messages(), f"{written:,} lines written to '{rows}'.")


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
    with _progress() as progress:
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

    with _progress() as progress:
        log = assumptions_log(study_or_run, sensitivity=sensitivity, inputs=inputs, progress=progress)
    if format_ is AssumptionsFormat.text:
        report.print_assumptions(results(), log)
    else:
        text = {"json": report.as_json, "csv": report.as_csv, "markdown": report.as_markdown}[format_]
        sys.stdout.write(text(log))


@app.command()
def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="A code such as RP021. Without one, all are listed.", show_default=False)
    ] = None,
) -> None:
    """Explain a finding: what it is, why it matters, what to do."""
    from relprod.tables.rules import RULES

    if code is None:
        print("\n".join(f"{rule.code}  {rule.severity:<8} {rule.name}" for rule in RULES.values()))
        return
    rule = RULES.get(code.upper())
    if rule is None:
        _usage(f"There is no finding '{code}'. 'relprod explain' lists them all.")
    print(f"{rule.code} {rule.name} ({rule.severity}, {rule.scope})\n\n{rule.explain()}")


@app.command()
def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="'study', a table, or a table of a run. Without one, all are listed.", show_default=False),
    ] = None,
) -> None:
    """Print the schema of the study file (JSON Schema) or of a table (Table Schema), for editors and other programs."""
    from relprod.run.schemas import run_table_json, run_table_names
    from relprod.tables.schema import table_json, table_names

    of_run = {f"run.{table}": table for table in run_table_names()}
    if name is None:
        print(f"study\n\nTables of a study: {', '.join(table_names())}\nTables of a run: {', '.join(of_run)}")
    elif name == "study":
        from relprod.study.model import Study

        print(json.dumps(Study.model_json_schema(), indent=2))
    elif name in table_names():
        print(json.dumps(table_json(name), indent=2, ensure_ascii=False))
    elif name in of_run or name in run_table_names():
        print(json.dumps(run_table_json(of_run.get(name, name)), indent=2, ensure_ascii=False))
    else:
        from relprod.study.spelling import did_you_mean

        _usage(f"There is no schema '{name}'{did_you_mean(name, ['study', *table_names(), *of_run])}")


def _facts(run: Path, service: str | None, period: str | None, account: str | None) -> Facts:
    """Return the facts asked for."""
    from relprod.report.facts import Facts
    from relprod.run.folder import load_run

    return Facts.of(load_run(run), service=service, period=period, account=account)


def _usage(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(USAGE)


@contextmanager
def _progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Yield what is told the stages of a long command; in a terminal it shows them."""
    from relprod.cli.consoles import messages
    from relprod.run.progress import Progress

    console = messages()
    if quiet or not console.is_terminal:
        yield Progress()
        return
    with console.status("starting") as status:
        yield Progress(say=lambda stage: status.update(f"{stage} …"))
