"""Identifiers as numbers: where all of them are the same letters and as many digits, such as C0000000017.

The number that the digits make then says all, and is in the order of the texts: it takes less room, and is quicker to write, sort,
group and compare. A `Numbering` is what the texts have in common, by which number and text are each made of the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relprod.tables.screens import name_in_sql, text_in_sql

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORM = re.compile(r"([A-Za-z_-]?|[A-Za-z_-][A-Za-z0-9_-]*[A-Za-z_-])([0-9]+)")
"""What comes before the digits begins with no white space, and with nothing that a spreadsheet leaves."""
_MOST_DIGITS_OF_32, _MOST_DIGITS_OF_64 = 9, 18
_MOST_OF_32 = 2**31 - 1


@dataclass(frozen=True)
class Numbering:
    """Texts that are `prefix` and then so many digits."""

    prefix: str
    digits: int

    def numbers(self, texts: pa.Array) -> pa.Array | None:
        """Return the numbers of texts, NULL where there is none, or None if any is not of this form."""
        filled = texts.drop_null() if texts.null_count else texts
        found = self._of_filled(filled)
        if found is None or not texts.null_count:
            return found
        numbers = np.zeros(len(texts), dtype=np.int64)
        missing = np.asarray(texts.is_null())
        numbers[~missing] = found.to_numpy()
        return pa.array(numbers, mask=missing)

    def _of_filled(self, texts: pa.Array) -> pa.Array | None:
        length = len(self.prefix) + self.digits
        offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
        if not len(texts):
            return pa.array([], pa.int64())
        if (np.diff(offsets) != length).any():
            return None
        letters = np.frombuffer(texts.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]].reshape(len(texts), length)
        before = len(self.prefix)
        if (letters[:, :before] != np.frombuffer(self.prefix.encode(), dtype=np.uint8)).any():
            return None
        numbers: NDArray[np.int64] = np.zeros(len(texts), dtype=np.int64)
        zero = np.uint8(ord("0"))
        for at in range(before, length):
            digit = letters[:, at] - zero
            if digit.max() > 9:  # noqa: PLR2004 - the largest digit; what is below '0' wraps around to more
                return None
            numbers *= 10
            numbers += digit
        return pa.array(numbers)

    def number_in_sql(self, text: str) -> str:
        """Return the SQL of the number of a text, NULL where it is not of this form."""
        own = f"substr({text}, {len(self.prefix) + 1})"
        fits = f"starts_with({text}, {text_in_sql(self.prefix)}) AND regexp_full_match({own}, '[0-9]{{{self.digits}}}')"
        return f"CASE WHEN {fits} THEN CAST({own} AS {self.kind_in_sql}) END"

    @property
    def kind_in_sql(self) -> str:
        """The smallest type that holds the numbers."""
        return "INTEGER" if self.digits <= _MOST_DIGITS_OF_32 else "BIGINT"

    def text_in_sql(self, number: str) -> str:
        """Return the SQL of the text of a number."""
        return f"concat({text_in_sql(self.prefix)}, lpad(CAST({number} AS VARCHAR), {self.digits}, '0'))"


@dataclass
class Numbered:
    """A column of identifiers, of which the first text says how the others should look; it has a column of numbers beside it.

    Texts of that form are kept as numbers alone. `holds` is whether that was all of them, and `ascending` whether each was greater
    than the one before, in which case no two are the same.
    """

    column: str
    numbering: Numbering | None = None
    holds: bool = True
    ascending: bool = True
    last: int = field(default=-1, repr=False)
    greatest: int = field(default=-1, repr=False)

    @property
    def name(self) -> str:
        """The name of the column of numbers."""
        return f"_{self.column}_number"

    @property
    def kind_in_sql(self) -> str:
        """The smallest type that holds the numbers that there are, whatever their digits might make."""
        return "INTEGER" if self.greatest <= _MOST_OF_32 else "BIGINT"

    def numbers(self, texts: pa.Array) -> pa.Array | None:
        """Return the numbers of some texts, or None where they must be kept as texts."""
        texts = texts.cast(pa.string())
        if self.numbering is None and self.holds and len(texts) > texts.null_count:
            form = _FORM.fullmatch(texts.drop_null()[0].as_py())
            if form is not None and len(form[2]) <= _MOST_DIGITS_OF_64:
                self.numbering = Numbering(form[1], len(form[2]))
        found = None if self.numbering is None else self.numbering.numbers(texts)
        if found is None:
            self.holds = self.holds and texts.null_count == len(texts)
        elif len(found) > found.null_count:
            self.greatest = max(self.greatest, pc.max(found).as_py())
        return found

    def note_order(self, numbers: pa.Array) -> None:
        """Take down whether these numbers go on ascending."""
        if not self.ascending or not len(numbers):
            return
        values = numbers.to_numpy(zero_copy_only=False)
        self.ascending = not numbers.null_count and int(values[0]) > self.last and bool((values[1:] > values[:-1]).all())
        self.last = int(values[-1]) if self.ascending else self.last

    @property
    def known(self) -> Numbering | None:
        """What all texts have in common, or None where some is not of that form."""
        return self.numbering if self.holds else None

    def text_in_sql(self) -> str:
        """Return the SQL of the texts of the column, from the texts and the numbers that are kept."""
        column = name_in_sql(self.column)
        if self.numbering is None:
            return column
        number = name_in_sql(self.name)
        return f"CASE WHEN {number} IS NULL THEN {column} ELSE {self.numbering.text_in_sql(number)} END"
