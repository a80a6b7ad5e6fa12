"""Columns of text for Arrow, built from whole numbers: identifiers of one width, moments, words of a list."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from relprod.synthetic.story import FIRST_DAY

if TYPE_CHECKING:
    from relprod.synthetic.draws import Truth, Whole

_MINUTES = 24 * 60
_ZERO = ord("0")


def _strings(letters: npt.NDArray[np.uint8], missing: Truth | None = None) -> pa.Array:
    """Return the rows of a matrix of letters as strings."""
    rows, width = letters.shape
    ends = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    known = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.string(), rows, [known, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(letters))])


def identifiers(prefix: str, numbers: Whole, width: int) -> pa.Array:
    """Return a letter followed by a number of `width` digits."""
    letters = np.empty((len(numbers), width + 1), dtype=np.uint8)
    letters[:, 0] = ord(prefix)
    left = numbers
    for place in range(width, 0, -1):
        left, digit = np.divmod(left, 10)
        letters[:, place] = digit + _ZERO
    return _strings(letters)


class Moments:
    """Writes days and minutes of the day as dd/mm/yyyy HH:MM, for the days from the first of the extract."""

    def __init__(self, days: int) -> None:
        """Prepare the text of `days` days."""
        dates = [f"{FIRST_DAY + timedelta(days=day):%d/%m/%Y} " for day in range(days)]
        times = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(_MINUTES)]
        self._dates = np.frombuffer("".join(dates).encode(), dtype=np.uint8).reshape(days, -1)
        self._times = np.frombuffer("".join(times).encode(), dtype=np.uint8).reshape(_MINUTES, -1)

    def write(self, day: Whole, minute: Whole, missing: Truth | None = None) -> pa.Array:
        """Return the text of moments; where one is missing, its day and minute are not looked at."""
        if missing is not None:
            day, minute = np.where(missing, 0, day), np.where(missing, 0, minute)
        return _strings(np.concatenate([self._dates[day], self._times[minute]], axis=1), missing)
