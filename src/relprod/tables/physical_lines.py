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
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import numpy as np

_LONGEST_CELL = 1 << 30  # DuckDB refuses long records itself, and must be followed that far

if TYPE_CHECKING:
    from collections.abc import Callable
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
    """The physical line of each good record (the header is record 0) and of each rejected one; None where not known."""

    good: NDArray[np.int64] | None
    rejected: dict[int, int]

    def of(self, positions: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Return the lines of good records by their positions."""
        return None if self.good is None else self.good[positions]


def open_text(path: Path, *, gzipped: bool) -> TextIO:
    """Return the text of a file (UTF-8, with or without a byte order mark), its line ends as they are."""
    if gzipped:
        return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def read_header(path: Path, *, gzipped: bool) -> tuple[list[str], int]:
    """Return the first record of a file and its line: the column names."""
    with open_text(path, gzipped=gzipped) as file:
        reader = csv.reader(file, skipinitialspace=True)
        line = 1
        for record in reader:
            if record:
                return record, line
            line = reader.line_num + 1
    return [], 1


def record_lines(path: Path, *, gzipped: bool, lines: int, good: int, rejects: list[int]) -> RecordLines:
    """Return the lines of the records of a file.

    `lines` is the number of physical lines, `good` the number of records that DuckDB accepted (with the header), and
    `rejects` its own line numbers of those that it did not.
    """
    if lines == good + len(rejects):
        every = np.arange(1, lines + 1, dtype=np.int64)
        return RecordLines(np.delete(every, [line - 1 for line in rejects]), {line: line for line in rejects})
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        starts, blanks = _walk(path, gzipped=gzipped)
    finally:
        csv.field_size_limit(before)
    return _placed(starts, blanks, good, rejects)


def _walk(path: Path, *, gzipped: bool) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return for each record and each blank line the line that it begins on, and whether it is blank."""
    starts, blanks, line = array("q"), array("b"), 1
    with open_text(path, gzipped=gzipped) as file:
        reader = csv.reader(file, skipinitialspace=True)
        for record in reader:
            starts.append(line)
            blanks.append(not record)
            line = reader.line_num + 1
    return np.frombuffer(starts, dtype=np.int64), np.frombuffer(blanks, dtype=np.int8).astype(bool)


def _placed(starts: NDArray[np.int64], blanks: NDArray[np.bool_], good: int, rejects: list[int]) -> RecordLines:
    """Return the lines of good and rejected records, given where every record and blank line begins.

    Line numbers of rejects count blank lines and records alike; one that falls on a blank line means the next record.
    """
    filled = np.flatnonzero(~blanks)
    is_good = ~blanks
    rejected = {}
    for line in rejects:
        at = int(np.searchsorted(filled, line - 1))
        if at == len(filled):
            continue
        is_good[filled[at]] = False
        rejected[line] = int(starts[filled[at]])
    found = starts[is_good]
    return RecordLines(found if len(found) == good else None, rejected)
