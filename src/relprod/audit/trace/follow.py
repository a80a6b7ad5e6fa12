"""`trace` as the command line asks for it: a figure of a run, with its lines where the inputs are at hand."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

from relprod.audit.inputs import find_inputs, why_not_usable
from relprod.audit.trace.lines import input_rows
from relprod.audit.trace.trace import trace
from relprod.audit.trace.tracer import Tracer
from relprod.errors import OutputError, UsageError
from relprod.shown import safe_row
from relprod.tables.load import CONTACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from relprod.audit.trace.lines import InputRows
    from relprod.audit.trace.trace import Trace
    from relprod.audit.trace.tracer import Figure
    from relprod.run.model import Run
    from relprod.run.progress import Progress

ROWS_HEADER = ("table", "file", "line", "service", "item", "period", "column", "amount", "contact_id")


def follow(run: Run, figure: Figure, folder: Path | None, rows_file: Path | None, progress: Progress) -> tuple[Trace, int]:
    """Return the trace of a figure, and how many lines were written to `rows_file`.

    Raises:
        UsageError: the run has no such figure, or lines are asked for and the inputs are not those that were used.
        OutputError: the lines cannot be written, or the run does not hold its cells.

    """
    with progress.stage("account"):
        tracer = Tracer(run)
    with progress.stage("inputs"):
        inputs = find_inputs(run, tracer.nodes.study, folder)
    without = why_not_usable(inputs)
    if without:
        if rows_file is not None:
            message = f"The lines cannot be written. {without}"
            raise UsageError(message)
        return trace(tracer, figure, None, without), 0
    with progress.stage("lines"), input_rows(tracer.nodes.study, inputs) as rows:
        found = trace(tracer, figure, rows)
        return found, 0 if rows_file is None else write_lines(rows_file, ROWS_HEADER, _lines(found, rows))


def write_lines(file: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> int:
    """Write lines as CSV, safe to open in a spreadsheet, and return how many there are; a file that is there is never replaced.

    Raises:
        OutputError: something of that name is there, or the file cannot be written.

    """
    count = 0
    try:
        with open(file, "x", encoding="utf-8", newline="", opener=_for_the_owner) as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(header)
            for line in lines:
                writer.writerow(safe_row(line))
                count += 1
    except FileExistsError as error:
        message = f"'{file}' is there already, and is left alone. Choose another name after --rows."
        raise OutputError(message) from error
    except OSError as error:
        message = f"The lines could not be written to '{file}': {error.strerror}."
        raise OutputError(message) from error
    return count


def _for_the_owner(path: str, flags: int) -> int:
    """Open a new file that nobody but its owner may read: it holds identifiers of contacts."""
    return os.open(path, flags, 0o600)


def _lines(traced: Trace, rows: InputRows) -> Iterator[tuple[object, ...]]:
    """Yield each line of a trace's cells; a line that stands for several contacts becomes theirs, each with its contact_id."""
    for found in traced.lines or ():
        which = dict(found.cell.rows)
        names = (
            which.get("service"),
            next((which[name] for name in ("activity", "input", "contributor", "indicator", "group") if name in which), None),
        )
        where = (*names, which.get("period"), found.cell.column)
        for line in found.lines:
            if line.table != CONTACTS:
                yield (line.table, line.file, line.line, *where, line.amount, "")
        if any(line.table == CONTACTS for line in found.lines):
            yield from ((CONTACTS, file, number, *where, "", identifier) for file, number, identifier in rows.contact_rows(found.cell))
