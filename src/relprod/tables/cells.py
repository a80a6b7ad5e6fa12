"""What can become of a cell on its way from text to value, as small codes that travel beside the value."""

from __future__ import annotations

from enum import IntEnum

WHITE_SPACE = " \t\r\n\u00a0\u2007\u202f"
"""What is cut off at both ends of a cell, spaces that do not break among it."""

SPREADSHEET_NUMBER = r"[+-]?[0-9](\.[0-9]+)?[eE]\+[0-9]+"
SPREADSHEET_ERROR = r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)|Err:5[0-9]{2}"
"""Patterns of what spreadsheets leave in place of a text; the same in SQL and in Python."""


class How(IntEnum):
    """How the text of a cell was read. From `UNREADABLE` on, the cell has no value."""

    BLANK = 0
    AS_IT_IS = 1
    FORMATTED = 2
    ROUNDED = 3
    FORMATTED_AND_ROUNDED = 4
    UNREADABLE = 5
    TOO_LARGE = 6
    SPREADSHEET_NUMBER = 7
    SPREADSHEET_ERROR = 8
    OTHER_CALENDAR = 9
    OTHER_FREQUENCY = 10
    BROKEN_PATH = 11


def how_name(column: str) -> str:
    """Return the name of the column that says how each cell of `column` was read."""
    return f"{column}:how"


def raw_name(column: str) -> str:
    """Return the name of the column that keeps the text of those cells of `column` that were not read as they are."""
    return f"{column}:raw"


EMPTY_ROW = "row:empty"
