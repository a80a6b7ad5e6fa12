"""Periods as pairs (year, sub-period counted from 0). A financial year is named by the calendar year it starts in."""

from __future__ import annotations

import re

Period = tuple[int, int]

SUBPERIODS = {"year": 1, "quarter": 4, "month": 12}
_FIRST_MONTH = {"calendar": 1, "financial-uk": 4}


def parse(label: str, calendar: str, frequency: str) -> Period:
    """Return the period that a label of this frequency names, for example '2016-17 Q1' or '2016-04'."""
    if frequency == "month":
        year, month = (int(part) for part in label.split("-"))
        first = _FIRST_MONTH[calendar]
        return (year, month - first) if month >= first else (year - 1, month - first + 12)
    if frequency == "quarter":
        year_label, quarter = re.split(r"[ -]?Q", label.strip())
        return int(year_label[:4]), int(quarter) - 1
    if "Q" in label:
        message = f"{label} is no year"
        raise ValueError(message)
    return int(label[:4]), 0


def label(period: Period, calendar: str, frequency: str) -> str:
    """Return the one spelling of a period."""
    year, sub = period
    if frequency == "month":
        month = _FIRST_MONTH[calendar] + sub
        return f"{year + (month - 1) // 12}-{(month - 1) % 12 + 1:02d}"
    year_label = f"{year}-{(year + 1) % 100:02d}" if calendar == "financial-uk" else f"{year}"
    return f"{year_label} Q{sub + 1}" if frequency == "quarter" else year_label


def is_year(text: str, calendar: str, frequency: str) -> bool:
    """Return whether a label names a whole year in a study of this frequency. '2011-12' by month is December 2011; '2011/12' is not."""
    if frequency == "month" and re.fullmatch(r"\d{4}-\d{2}", text):
        return False
    return re.fullmatch(r"\d{4}[-/]\d{2}" if calendar == "financial-uk" else r"\d{4}", text) is not None


def span(text: str, calendar: str, frequency: str) -> list[Period]:
    """Return the periods that a reference names: one, or all those of a year."""
    if is_year(text, calendar, frequency):
        return [(int(text[:4]), sub) for sub in range(SUBPERIODS[frequency])]
    return [parse(text, calendar, frequency)]


def before(period: Period, frequency: str) -> Period:
    """Return the period before."""
    year, sub = period
    return (year, sub - 1) if sub else (year - 1, SUBPERIODS[frequency] - 1)


def after(period: Period, frequency: str) -> Period:
    """Return the period after."""
    year, sub = period
    return (year, sub + 1) if sub + 1 < SUBPERIODS[frequency] else (year + 1, 0)


def year_earlier(period: Period) -> Period:
    """Return the same period a year earlier."""
    return period[0] - 1, period[1]
