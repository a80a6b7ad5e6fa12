"""Chance as whole numbers, from a stream of bits that is the same on every machine and in every version of numpy.

numpy promises that the raw output of a bit generator stays as it is, and does not promise that of the distributions
made from it. So the distributions here are made from raw output, with integers alone.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Whole: TypeAlias = npt.NDArray[np.int64]
Truth: TypeAlias = npt.NDArray[np.bool_]

_PER = 10_000
_STIR, _BLEND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


class Draws:
    """Draws for a number of rows, one a row at each call; every 64 bits of the stream serve four draws of 16 bits."""

    def __init__(self, stream: np.random.PCG64, rows: int) -> None:
        """Draw for `rows` rows from a stream."""
        self._stream, self._rows = stream, rows
        self._left: list[Whole] = []

    def bits(self) -> Whole:
        """Return whole numbers from 0 to 65,535."""
        if not self._left:
            words = self.words().astype("<u8").view("<u2").reshape(-1, 4)
            self._left = [words[:, part].astype(np.int64) for part in range(4)]
        return self._left.pop()

    def words(self) -> npt.NDArray[np.uint64]:
        """Return whole numbers of 64 bits."""
        return np.asarray(self._stream.random_raw(self._rows), dtype=np.uint64)

    def chance(self, per_ten_thousand: int | Whole) -> Truth:
        """Return truths, each with its chance."""
        happens: Truth = self.bits() * _PER < np.asarray(per_ten_thousand, dtype=np.int64) << 16
        return happens

    def below(self, limit: int | Whole) -> Whole:
        """Return whole numbers from 0 to less than a limit that is small beside 65,536."""
        return (self.bits() * limit) >> 16

    def around_zero(self, width: int) -> Whole:
        """Return whole numbers that lie about zero, within `width` of it, the nearer the likelier."""
        return self.below(width + 1) - self.below(width + 1)

    def pick(self, table: Whole) -> Whole:
        """Return entries of a table of 64 equally likely values."""
        picked: Whole = table[self.bits() >> 10]
        return picked


def scattered(numbers: Whole, salt: int) -> Whole:
    """Return for each number one from 0 to 2**31 - 1 that is always the same, and tells nothing of the number."""
    mixed = (numbers.astype(np.uint64) + np.uint64(salt)) * _STIR
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _BLEND
    return (mixed >> np.uint64(33)).astype(np.int64)
