"""The application that commands belong to, and what several commands share: options, formats, progress."""

from __future__ import annotations

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


def facts_of(run: Path, service: str | None, period: str | None, account: str | None) -> Facts:
    """Return the facts asked for."""
    from relprod.report.facts import Facts
    from relprod.run.folder import load_run

    return Facts.of(load_run(run), service=service, period=period, account=account)


def usage(message: str) -> NoReturn:
    """End the command with a message about its use."""
    print(message, file=sys.stderr)
    raise typer.Exit(USAGE)


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Yield what is told the stages of a long command; in a terminal it shows them."""
    from relprod.cli.consoles import messages
    from relprod.run.progress import Progress

    console = messages()
    if quiet or not console.is_terminal:
        yield Progress()
        return
    with console.status("starting") as status:
        yield Progress(say=lambda stage: status.update(f"{stage} …"))
