"""Rows that a study leaves out on declared grounds, down to their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relprod.audit.inputs import find_inputs, why_not_usable
from relprod.engine.duck import connection
from relprod.errors import UsageError
from relprod.study.recorded import recorded_study
from relprod.tables.exclusions import rows_left_out
from relprod.tables.findings import counted
from relprod.tables.load import load_tables

if TYPE_CHECKING:
    from pathlib import Path

    from relprod.run.model import Run

LINES_HEADER = ("table", "file", "line")


@dataclass(frozen=True)
class LeftOutRows:
    """What one entry of [[exclusions]] left out: its words as the run recorded them, and, with the inputs at hand, every line.

    `lines` are file and line of each row; None where the inputs are not at hand, and `without` says why.
    """

    number: int
    table: str
    where: str
    reason: str
    owner: str
    rows: int | None
    lines: tuple[tuple[str, int | None], ...] | None
    without: str = ""

    @property
    def adds_up(self) -> bool:
        """Whether as many lines are left out now as the run recorded."""
        return self.lines is not None and self.rows in {None, len(self.lines)}


def left_out(run: Run, number: int, folder: Path | None) -> LeftOutRows:
    """Return what an entry of [[exclusions]], 1 for the first, left out of a run.

    Raises:
        UsageError: the run's study has no such entry.

    """
    entries = run.manifest.get("exclusions", [])
    if not 1 <= number <= len(entries):
        what = f"has {counted(len(entries), 'section')} [[exclusions]]" if entries else "leaves nothing out: it has no [[exclusions]]"
        message = f"There is no exclusion {number}: the study of this run {what}."
        raise UsageError(message)
    entry = entries[number - 1]
    words = number, entry["table"], entry["where"], entry["reason"], entry["owner"], entry["rows"]
    study = recorded_study(run.manifest["study"], run.manifest["assumptions"])
    inputs = find_inputs(run, study, folder)
    without = why_not_usable(inputs)
    if without:
        return LeftOutRows(*words, None, without)
    with connection() as con:
        loaded = load_tables(con, study, sources=inputs.sources)
        return LeftOutRows(*words, tuple(rows_left_out(con, study, loaded.labels, number)))
