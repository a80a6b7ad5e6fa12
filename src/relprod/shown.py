"""Text from files as it may be shown: control characters made visible, and no cell that a spreadsheet would run.

What a file calls a service or a column is printed, and ends in CSV that people open in spreadsheets. There a name
must neither move the cursor, hide or turn round what stands beside it, nor begin a formula.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str, *, keep: str = "") -> str:
    r"""Return a text with characters that do not print written out, such as \x1b; those in `keep` stay.

    Among them are controls, marks that turn the direction of text, and spaces that look like others.
    """
    return _replaced(text, lambda char: char.encode("unicode_escape").decode("ascii"), keep)


def csv_text(names: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV, with a line feed after each on every system; a missing value is an empty cell.

    A text that a spreadsheet would take for a formula has an apostrophe before it. Numbers stay as they are.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(map(safe_row, rows))
    return text.getvalue()


def safe_row(row: Iterable[Any]) -> list[Any]:
    """Return a row of a CSV file with its texts made safe to open: visible, and none that a spreadsheet would run."""
    return [_cell(value) for value in row]


def json_text(content: Any, *, indent: int | None = None) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Return JSON in which characters that do not print are escaped, and all others are as they are."""
    return _replaced(json.dumps(content, ensure_ascii=False, indent=indent), lambda char: json.dumps(char)[1:-1], "\n")


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    return f"'{visible(value)}" if value.startswith(_BEGINS_A_FORMULA) else visible(value)


def _replaced(text: str, written: Callable[[str], str], keep: str) -> str:
    if text.isprintable():
        return text
    return "".join(written(char) if not char.isprintable() and char not in keep else char for char in text)
