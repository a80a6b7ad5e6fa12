"""On which physical line of a CSV file each record begins, through quoted line ends and blank lines.

DuckDB counts records, not lines: a quoted cell with line ends in it counts as one, and a rejected record after
blank lines is given the number of the blank line before it. Where a file has one line a record the two are
the same. Otherwise Python's csv module walks through the file once.
"""

from __future__ import annotations

import csv
import gzip
import io
from array import array
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import numpy as np

_LONGEST_LINE = 1 << 22
"""Characters of a line, and of a cell, that are read. The engine refuses longer records by itself, and sooner."""
_LONGEST_HEADER = 1 << 20

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    LinesOf = Callable[[NDArray[np.int64]], NDArray[np.int64] | None]
    """From positions of records to their physical lines, or None where these are not known."""


def lines_at(positions: list[int], lines_of: LinesOf) -> list[int]:
    """Return the physical lines of a few records, or none where they are not known."""
    lines = lines_of(np.array(positions, dtype=np.int64))
    return [] if lines is None else [int(line) for line in lines]


@dataclass(frozen=True)
class RecordLines:
    """The physical line of each good record (the header is record 0) and of each rejected one.

    Kept as runs: from record `starts[i]` on, the line is the position plus `shifts[i]`. So memory grows with the number
    of records that hold line ends or follow blank lines, and not with the number of records. `known` is False where
    the lines of good records are not known.
    """

    starts: NDArray[np.int64]
    shifts: NDArray[np.int64]
    rejected: dict[int, int]
    known: bool = True
    broken_off: int | None = None
    """The line of a record that is too long to be read; what lies beyond it is not known."""

    @property
    def one_a_record(self) -> bool:
        """Whether record 0 is on line 1, record 1 on line 2, and so on."""
        return self.known and len(self.starts) == 1 and int(self.shifts[0]) == 1

    def of(self, positions: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Return the lines of good records by their positions."""
        if not self.known:
            return None
        lines: NDArray[np.int64] = positions + self.shifts[np.searchsorted(self.starts, positions, side="right") - 1]
        return lines


NO_LINES = RecordLines(np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64), {}, known=False)
"""Where the lines of a file are not known."""


def open_text(path: Path, *, gzipped: bool) -> TextIO:
    """Return the text of a file (UTF-8, with or without a byte order mark), its line ends as they are."""
    if gzipped:
        return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def read_header(path: Path, *, gzipped: bool) -> tuple[list[str], int]:
    """Return the first record of a file and its line: the column names.

    Raises:
        csv.Error: there is no end to it within any length that column names have.

    """
    with open_text(path, gzipped=gzipped) as file:
        reader = csv.reader(_beginning(file), skipinitialspace=True)
        line = 1
        for record in reader:
            if record:
                return record, line
            line = reader.line_num + 1
    return [], 1


def _beginning(file: TextIO) -> Iterator[str]:
    """Yield lines as far as column names may reach."""
    left = _LONGEST_HEADER
    while line := file.readline(left):
        left -= len(line)
        if left <= 0:
            message = "the first record does not end"
            raise csv.Error(message)
        yield line


def _lines(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file up to the first that is too long to be read."""
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            message = "a line is too long"
            raise csv.Error(message)
        yield line


def record_lines(path: Path, *, gzipped: bool, lines: int, good: int, rejects: list[int]) -> RecordLines:
    """Return the lines of the records of a file.

    `lines` is the number of physical lines, `good` the number of records that DuckDB accepted (with the header), and
    `rejects` its own line numbers of those that it did not.
    """
    if lines == good + len(rejects):
        runs = _Runs()
        for shift, line in enumerate(rejects, start=1):  # the good record after the nth rejected line lies n lines further down
            runs.add(line - shift, shift + 1)
        return runs.lines({line: line for line in rejects})
    before = csv.field_size_limit(_LONGEST_LINE)
    try:
        return _walked(path, gzipped=gzipped, good=good, rejects=rejects)
    finally:
        csv.field_size_limit(before)


def lines_with_empty_surplus(path: Path, *, gzipped: bool, expected: int) -> list[int]:
    """Return the lines of records that have more cells than expected, of which those beyond are empty.

    DuckDB drops such cells without a word. Yet `12,345,20,` for `12345,20,` is one of them: its number has become two.
    """
    found, line = [], 1
    with open_text(path, gzipped=gzipped) as file, suppress(csv.Error):
        reader = csv.reader(_lines(file), skipinitialspace=True)
        for record in reader:
            if len(record) > expected and not any(record[expected:]):
                found.append(line)
            line = reader.line_num + 1
    return found


class _Runs:
    """Runs of records whose line is their position plus the same number."""

    def __init__(self) -> None:
        """Begin with one record a line."""
        self.starts, self.shifts = array("q", [0]), array("q", [1])

    def add(self, position: int, shift: int) -> None:
        """Note the shift of a record, if it is not that of the one before."""
        if shift == self.shifts[-1]:
            return
        if position == self.starts[-1]:
            self.shifts[-1] = shift
        else:
            self.starts.append(position)
            self.shifts.append(shift)

    def lines(self, rejected: dict[int, int], *, known: bool = True, broken_off: int | None = None) -> RecordLines:
        """Return the runs as `RecordLines`."""
        starts, shifts = (np.frombuffer(each, dtype=np.int64) for each in (self.starts, self.shifts))
        return RecordLines(starts, shifts, rejected, known, broken_off)


def _walked(path: Path, *, gzipped: bool, good: int, rejects: list[int]) -> RecordLines:
    """Return the lines of the records, from one walk through the file.

    Line numbers of rejects count blank lines and records alike; one that falls on a blank line means the next record.
    A record that is too long to be read ends the walk, and what lies beyond it is not known.
    """
    runs, rejected, waiting, position, line = _Runs(), {}, list(reversed(rejects)), 0, 1
    whole = False
    with open_text(path, gzipped=gzipped) as file, suppress(csv.Error):
        reader = csv.reader(_lines(file), skipinitialspace=True)
        for entry, record in enumerate(reader, start=1):
            if record:
                mine = []
                while waiting and waiting[-1] <= entry:
                    mine.append(waiting.pop())
                if mine:
                    rejected.update(dict.fromkeys(mine, line))
                else:
                    runs.add(position, line - position)
                    position += 1
            line = reader.line_num + 1
        whole = True
    if not whole:
        rejected.update(dict.fromkeys(waiting[-1:], line))
    return runs.lines(rejected, known=whole and position == good, broken_off=None if whole else line)
