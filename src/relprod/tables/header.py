"""Columns are found by name, never by position: what a file calls its columns, and which of ours they are."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from relprod.tables.findings import Finding, counted, found, listed, quoted, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from relprod.tables.schema import TableSchema

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_NAMES_SHOWN = 10
MOST_COLUMNS = 2_000
"""A file of more is no table of ours, and would take the engine minutes and gigabytes to look at."""
_SURELY_A_HEADER = 2


@dataclass(frozen=True)
class Header:
    """The row of column names of one source, beside the columns that its table should have.

    `mapping` is the study's (ours = theirs), `file` how the source is called, `line` where the names stand.
    """

    names: tuple[str, ...]
    schema: TableSchema
    mapping: Mapping[str, str]
    file: str
    line: int = 1

    @cached_property
    def wanted(self) -> dict[str, str]:
        """Their name of each of our columns; a name that the study gives to one column is no longer another's."""
        given = set(self.mapping.values())
        return {name: self.mapping.get(name, name) for name in self.schema.names if name in self.mapping or name not in given}

    @cached_property
    def times(self) -> Counter[str]:
        """How often each name is there."""
        return Counter(self.names)

    @cached_property
    def others(self) -> list[str]:
        """Names that are none of ours.

        A file without column names begins with a row of data. Where that may be a person's, nothing is shown.
        """
        others = [name for name in self.times if name not in self.wanted.values()]
        return [] if self.schema.personal and len(self.times) - len(others) < _SURELY_A_HEADER else others

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where each of our columns is that the file holds, by our name; nowhere, in a file that is not to be read."""
        if self._too_many:
            return {}
        return {column: self.names.index(theirs) for column, theirs in self.wanted.items() if theirs in self.times}

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the names: not separated by commas, there twice, or missing."""
        if self._too_many:
            yield found("RP082", table=self.schema.name, file=self.file, lines=(self.line,), most=f"{MOST_COLUMNS:,}")
            return
        if separator := self._other_separator():
            yield found("RP017", table=self.schema.name, file=self.file, lines=(self.line,), what=_OTHER_SEPARATORS[separator])
            return
        for column in self.schema.names:
            theirs = self.wanted.get(column, column)
            count = self.times[theirs] if column in self.wanted else 0
            if count > 1:
                where: dict[str, Any] = {"table": self.schema.name, "file": self.file, "column": column}
                yield found("RP011", **where, count=count, lines=(self.line,), theirs=theirs, times=count)
            if count == 0 and (column in self.schema.required or column in self.mapping):
                yield self._missing(column, theirs)

    def extra_columns(self) -> Iterator[Finding]:
        """Yield the one finding that names the columns which are not read."""
        if self.others and not self._too_many and not self._other_separator():
            optional = [column for column in self.schema.names if column not in self.positions and column not in self.schema.required]
            shown = self._near(optional) if self.schema.personal else self._all(optional)
            yield found("RP012", table=self.schema.name, file=self.file, count=len(self.others), lines=(self.line,), names=shown)

    def _all(self, optional: list[str]) -> str:
        """Return the first of the other names, each with what it may be a misspelling of, and the number of the rest."""
        told = itertools.chain(self.others[:_NAMES_SHOWN], [""] * len(self.others[_NAMES_SHOWN:]))  # the rest are only counted
        names = (quoted(name) + suggestion(name, optional) if name.strip() else "one without a name" for name in told)
        return listed(names, limit=_NAMES_SHOWN)

    def _near(self, optional: list[str]) -> str:
        """Return those of the other names that may be misspellings of ours, and the number of the rest.

        In a table about people the first row may hold rows that have run into it, so a name like none of ours is not shown.
        """
        near = [quoted(name) + hint for name in self.others if (hint := suggestion(name, optional))]
        rest = len(self.others) - len(near)
        unlike = [f"{counted(rest, 'column')} whose names are like none of its own"] if rest else []
        return listed([*near, *unlike], limit=_NAMES_SHOWN)

    @property
    def _too_many(self) -> bool:
        return len(self.names) > MOST_COLUMNS

    def _missing(self, column: str, theirs: str) -> Finding:
        """Return the finding that a column is not there; a mapped name is the study's to correct."""
        if column in self.mapping:
            advice = f"The study says that the file has it for '{column}': correct the name in the study, or in the file."
        else:
            advice = f"Correct the name in the first row, or tell the study what the file calls it: columns = {{ {column} = … }}."
        where: dict[str, Any] = {"table": self.schema.name, "file": self.file, "column": column}
        return found("RP010", **where, lines=(self.line,), theirs=theirs, suggestion=suggestion(theirs, self.others), advice=advice)

    def _other_separator(self) -> str | None:
        """Return the separator that is used in place of commas: splitting there must find at least two of our columns."""
        if self.positions:
            return None
        for separator in _OTHER_SEPARATORS:
            parts = {part.strip(' "') for name in self.names for part in name.split(separator)}
            if len(parts.intersection(self.wanted.values())) >= _SURELY_A_HEADER:
                return separator
        return None


def mapping_findings(schema: TableSchema, mapping: Mapping[str, str], file: str) -> Iterator[Finding]:
    """Yield a finding for each column that the study maps and the table does not have; `file` is the study file."""
    for column in mapping:
        if column not in schema.names:
            near = suggestion(column, schema.names)
            yield found("RP018", table=schema.name, file=file, column=column, theirs=column, suggestion=near)
