"""One worked example: tables in, tables out, as text."""

from __future__ import annotations

from dataclasses import dataclass, field

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Example:
    """A paragraph with its figures.

    `given` holds the tables that go in. `expected` holds the tables that come out, by the question that each answers (see
    `answers.py`); their first columns say which rows are meant, and the number of decimals written is the number compared.
    """

    title: str
    text: str
    given: dict[str, str]
    expected: dict[str, str]
    settings: dict[str, str | float] = field(default_factory=dict)


def read(text: str) -> Rows:
    """Return the rows of a table whose columns are separated by |."""
    header, *lines = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


def decimals(text: str) -> int:
    return len(text.partition(".")[2])


def written(value: object, like: str) -> str:
    """Return a value as it would be written beside `like`: with as many decimals, and "missing" where there is none."""
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return "missing" if number != number else f"{number:.{decimals(like)}f}"  # noqa: PLR0124 - the one number that differs from itself is NaN
