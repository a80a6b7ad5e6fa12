"""Table schemas as values, read from the Table Schema JSON files that travel with relprod.

The JSON is the single source: the reader, the checks, the Arrow types and the reference pages are all built
from these two dataclasses. Nothing heavy is imported here, so that ``relprod schema`` answers at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from relprod.resources import schemas_folder

Kind = Literal["service", "period", "period-or-year", "text", "identifier", "exact", "float", "choice", "boolean", "datetime"]


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, its kind and what its cells may hold."""

    name: str
    kind: Kind
    title: str
    description: str
    required: bool = False
    blank_allowed: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    precision: int = 0
    scale: int = 0
    unit: str = ""
    default: float | None = None
    at_most: str | None = None
    not_before: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether cells are numbers."""
        return self.kind in {"exact", "float"}

    @property
    def is_word(self) -> bool:
        """Whether cells are words of which there are few: everything but numbers, dates and identifiers."""
        return self.kind in {"service", "period", "period-or-year", "text", "choice", "boolean"}

    @property
    def is_period(self) -> bool:
        """Whether cells are periods (or years)."""
        return self.kind in {"period", "period-or-year"}

    @property
    def must_be_filled(self) -> bool:
        """Whether an empty cell is an error; a column that must be there may still allow empty cells."""
        return self.required and not self.blank_allowed


@dataclass(frozen=True)
class TableSchema:
    """One table: its columns, its key and what holds between its columns.

    `at_most_one_of` and `exactly_one_of` name two columns of which a row fills in at most, or exactly, one.
    A `personal` table is about people: none of its values may appear in any message.
    """

    name: str
    title: str
    description: str
    version: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    personal: bool = False
    at_most_one_of: tuple[str, ...] = ()
    exactly_one_of: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return a column by its name (KeyError where there is none)."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in the order of the schema."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that every file must hold."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def period(self) -> Column | None:
        """The period column, where the table has one."""
        return next((column for column in self.columns if column.is_period), None)


@cache
def table_names() -> tuple[str, ...]:
    """Return the names of all tables, in alphabetical order."""
    return tuple(sorted(path.stem for path in schemas_folder().glob("*.json")))


def table_json(name: str) -> dict[str, Any]:
    """Return the Table Schema of a table as it is written in its JSON file (KeyError where there is no such table)."""
    if name not in table_names():
        raise KeyError(name)
    return cast("dict[str, Any]", json.loads((schemas_folder() / f"{name}.json").read_text(encoding="utf-8")))


@cache
def table_schema(name: str) -> TableSchema:
    """Return the schema of a table (KeyError where there is no such table)."""
    data = table_json(name)
    return TableSchema(
        name=data["name"],
        title=data["title"],
        description=data["description"],
        version=data["version"],
        key=tuple(data["primaryKey"]),
        columns=tuple(_column(field) for field in data["fields"]),
        personal=data.get("relprod:personal", False),
        at_most_one_of=tuple(data.get("relprod:atMostOneOf", ())),
        exactly_one_of=tuple(data.get("relprod:exactlyOneOf", ())),
    )


def _column(field: dict[str, Any]) -> Column:
    """Return one field of a Table Schema as a column; limits on dates are relprod's own properties."""
    constraints = field.get("constraints", {})
    precision, scale = field.get("relprod:decimal", (0, 0))
    return Column(
        name=field["name"],
        kind=field["relprod:kind"],
        title=field["title"],
        description=field["description"],
        required=constraints.get("required", False),
        blank_allowed=field.get("relprod:blankAllowed", False),
        choices=tuple(constraints.get("enum", ())),
        minimum=constraints.get("minimum", field.get("relprod:minimum")),
        maximum=constraints.get("maximum", field.get("relprod:maximum")),
        exclusive_minimum=field.get("relprod:exclusiveMinimum"),
        exclusive_maximum=field.get("relprod:exclusiveMaximum"),
        precision=precision,
        scale=scale,
        unit=field.get("relprod:unit", ""),
        default=field.get("relprod:default"),
        at_most=field.get("relprod:atMost"),
        not_before=field.get("relprod:notBefore"),
    )
