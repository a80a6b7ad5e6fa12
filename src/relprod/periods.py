"""Periods: years, quarters and months of the financial or the calendar year, as whole numbers.

A period is held as one integer, its *ordinal*: ``year * n + sub``, where ``n`` is the number of
sub-periods in a year (1, 4 or 12) and ``sub`` counts from 0. Consecutive periods are consecutive
integers, the same period a year earlier is ``ordinal - n``, and the year is ``ordinal // n``. A financial
year is known by the calendar year it starts in: 2016-17 is 2016, and April 2016 is its first month.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Frequency = Literal["year", "quarter", "month"]
Calendar = Literal["financial-uk", "calendar"]

SUBPERIODS: dict[str, int] = {"year": 1, "quarter": 4, "month": 12}
_FIRST_MONTH = {"financial-uk": 4, "calendar": 1}
_EXAMPLES = {
    ("year", "financial-uk"): "2016-17",
    ("year", "calendar"): "2016",
    ("quarter", "financial-uk"): "2016-17 Q1",
    ("quarter", "calendar"): "2016 Q1",
    ("month", "financial-uk"): "2016-04",
    ("month", "calendar"): "2016-04",
}
_CALENDAR_NAMES = {"financial-uk": "financial year (April to March)", "calendar": "calendar year"}

_FINANCIAL_YEAR = re.compile(r"(\d{4})[-/](\d{2})")
_CALENDAR_YEAR = re.compile(r"(\d{4})")
_FINANCIAL_QUARTER = re.compile(r"(\d{4})[-/](\d{2})[ -]?[Qq]([1-4])")
_CALENDAR_QUARTER = re.compile(r"(\d{4})[ -]?[Qq]([1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class PeriodError(ValueError):
    """A text is no period of the study; `kind` is "unreadable", "calendar" or "frequency"."""

    def __init__(self, message: str, kind: Literal["unreadable", "calendar", "frequency"]) -> None:
        """Keep why it failed beside the sentence that says so."""
        super().__init__(message)
        self.kind = kind


def _financial_start(year: str, end: str) -> int | None:
    """Return the year in which the financial year ``year-end`` starts, or None where the two do not follow."""
    start = int(year)
    return start if int(end) == (start + 1) % 100 else None


@dataclass(frozen=True)
class PeriodScheme:
    """How one study counts time: its frequency and its calendar."""

    frequency: Frequency
    calendar: Calendar

    @property
    def subperiods(self) -> int:
        """Number of periods in a year: 1, 4 or 12."""
        return SUBPERIODS[self.frequency]

    @property
    def example(self) -> str:
        """A period label of this scheme, for messages."""
        return _EXAMPLES[self.frequency, self.calendar]

    @property
    def year_example(self) -> str:
        """A year label of this scheme, for messages."""
        return _EXAMPLES["year", self.calendar]

    def label(self, ordinal: int) -> str:
        """Return the one spelling of a period that relprod prints and writes."""
        year, sub = divmod(ordinal, self.subperiods)
        if self.frequency == "month":
            years, month0 = divmod(_FIRST_MONTH[self.calendar] - 1 + sub, 12)
            return f"{year + years:04d}-{month0 + 1:02d}"
        if self.frequency == "quarter":
            return f"{self.year_label(year)} Q{sub + 1}"
        return self.year_label(year)

    def year_label(self, year: int) -> str:
        """Return the label of a year: ``2016-17`` or ``2016``."""
        if self.calendar == "financial-uk":
            return f"{year:04d}-{(year + 1) % 100:02d}"
        return f"{year:04d}"

    def year_of(self, ordinal: int) -> int:
        """Return the year a period lies in."""
        return ordinal // self.subperiods

    def of_date(self, year: int, month: int) -> int:
        """Return the ordinal of the period that holds a month of the ordinary calendar (month 1 to 12)."""
        years, sub_month = divmod(year * 12 + month - _FIRST_MONTH[self.calendar], 12)
        return years * self.subperiods + sub_month * self.subperiods // 12

    def first_day(self, ordinal: int) -> date:
        """Return the first day of a period."""
        year, sub = divmod(ordinal, self.subperiods)
        years, month0 = divmod(_FIRST_MONTH[self.calendar] - 1 + sub * (12 // self.subperiods), 12)
        return date(year + years, month0 + 1, 1)

    def parse(self, text: str) -> int:
        """Return the ordinal of a period label.

        Accepts ``2016-17Q1``, ``2016Q1``, ``2016-Q1`` and ``2016/17`` for the spellings that `label` gives.
        In a monthly study ``2011-12`` is December 2011; write ``2011/12`` for that financial year.

        Raises:
            PeriodError: the text is no period, or is one of another calendar or frequency.

        """
        text = " ".join(text.split())
        if self.frequency == "month" and (found := _MONTH.fullmatch(text)) and 1 <= int(found[2]) <= 12:  # noqa: PLR2004 - months in a year
            return self.of_date(int(found[1]), int(found[2]))
        frequency, calendar, year, sub = self._read(text)
        if calendar != self.calendar:
            message = (
                f"'{text}' is a period of the {_CALENDAR_NAMES[calendar]}, and the study uses the "
                f"{_CALENDAR_NAMES[self.calendar]}: write it like {self.example}"
            )
            raise PeriodError(message, "calendar")
        if frequency != self.frequency:
            message = f"'{text}' is a {frequency}, and the study is by {self.frequency}: write it like {self.example}"
            raise PeriodError(message, "frequency")
        return year * self.subperiods + sub

    def parse_year(self, text: str) -> int:
        """Return the year that a year label names.

        Raises:
            PeriodError: the text is no year of this calendar.

        """
        return PeriodScheme("year", self.calendar).parse(text)

    def parse_span(self, text: str) -> tuple[int, int]:
        """Return first and last ordinal of a period or of a whole year, whichever the label names.

        Raises:
            PeriodError: the text is neither.

        """
        try:
            ordinal = self.parse(text)
        except PeriodError as error:
            if error.kind != "frequency":
                raise
            try:
                first = self.parse_year(text) * self.subperiods
            except PeriodError:
                raise error from None
            return first, first + self.subperiods - 1
        return ordinal, ordinal

    def _read(self, text: str) -> tuple[Frequency, Calendar, int, int]:
        """Return frequency, calendar, year and sub-period of a label of any scheme."""
        if (found := _FINANCIAL_QUARTER.fullmatch(text)) and (start := _financial_start(found[1], found[2])) is not None:
            return "quarter", "financial-uk", start, int(found[3]) - 1
        if found := _CALENDAR_QUARTER.fullmatch(text):
            return "quarter", "calendar", int(found[1]), int(found[2]) - 1
        if (found := _FINANCIAL_YEAR.fullmatch(text)) and (start := _financial_start(found[1], found[2])) is not None:
            return "year", "financial-uk", start, 0
        if found := _CALENDAR_YEAR.fullmatch(text):
            return "year", "calendar", int(found[1]), 0
        if (found := _MONTH.fullmatch(text)) and 1 <= int(found[2]) <= 12:  # noqa: PLR2004 - months in a year
            return "month", self.calendar, int(found[1]), int(found[2]) - 1
        message = f"'{text}' is not a period: write it like {self.example}"
        raise PeriodError(message, "unreadable")
