"""Columns are found by name, never by position: what a file calls its columns, and which of ours they are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from relprod.tables.findings import Finding, found, listed, quoted, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from relprod.tables.schema import TableSchema

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_NAMES_SHOWN = 10


def column_positions(names: Sequence[str], schema: TableSchema, mapping: Mapping[str, str]) -> dict[str, int]:
    """Return the position in the file of each of our columns that it holds, by our name."""
    positions: dict[str, int] = {}
    for position, name in enumerate(names):
        for column in schema.names:
            if mapping.get(column, column) == name:
                positions.setdefault(column, position)
    return positions


def header_findings(names: Sequence[str], schema: TableSchema, mapping: Mapping[str, str], *, file: str, line: int, extras: bool = True) -> Iterator[Finding]:
    """Yield what is wrong with a row of column names: missing, twice, too many, or not separated by commas.

    `mapping` is the study's (ours = theirs) and `line` the line of the header. With `extras` false, columns that
    the table does not have are passed over in silence.
    """
    lines = (line,)
    if separator := _other_separator(names, schema, mapping):
        yield found("RP017", table=schema.name, file=file, lines=lines, what=_OTHER_SEPARATORS[separator])
        return
    wanted = {column: mapping.get(column, column) for column in schema.names}
    times = Counter(names)
    for column, theirs in wanted.items():
        if times[theirs] > 1:
            yield found("RP011", table=schema.name, file=file, column=column, count=times[theirs], lines=lines, theirs=theirs, times=times[theirs])
    missing = [column for column in schema.required if wanted[column] not in times]
    others = [name for name in times if name not in wanted.values()]
    for column in missing:
        yield _missing(schema, file, column, wanted[column], others, lines, mapped=column in mapping)
    for column in mapping:
        if column in wanted and column not in schema.required and mapping[column] not in times:
            yield _missing(schema, file, column, mapping[column], others, lines, mapped=True)
    if extras and others:
        names_shown = listed((quoted(name) if name.strip() else "a column without a name" for name in others), limit=_NAMES_SHOWN)
        hint = _misspelt(others, [column for column in schema.names if wanted[column] not in times and column not in schema.required])
        yield found("RP012", table=schema.name, file=file, count=len(others), lines=lines, names=f"{names_shown}{hint}")


def _missing(schema: TableSchema, file: str, column: str, theirs: str, others: list[str], lines: tuple[int], *, mapped: bool) -> Finding:
    """Return the finding that a column is not there; a mapped name is the study's to correct."""
    ours = f"columns = {{ {column} = … }}"
    advice = (
        f"The study says that the file has it for '{column}': correct the name in the study, or in the file."
        if mapped
        else f"Correct the name in the first row, or tell the study what the file calls it: {ours}."
    )
    return found("RP010", table=schema.name, file=file, column=column, lines=lines, theirs=theirs, suggestion=suggestion(theirs, others), advice=advice)


def _misspelt(others: list[str], optional: list[str]) -> str:
    """Return a hint where a column that was not read looks like an optional one that is not there."""
    hints = [f"{quoted(name)}: did you mean {hint}?" for name in others if (hint := suggestion(name, optional).removeprefix("; did you mean ").rstrip("?"))]
    return f" ({'; '.join(hints)})" if hints else ""


def _other_separator(names: Sequence[str], schema: TableSchema, mapping: Mapping[str, str]) -> str | None:
    """Return the separator that is used in place of commas: splitting there must find at least two of our columns."""
    wanted = {mapping.get(column, column) for column in schema.names}
    if wanted.intersection(names):
        return None
    for separator in _OTHER_SEPARATORS:
        parts = {part.strip(' "') for name in names for part in name.split(separator)}
        if len(wanted & parts) > 1:
            return separator
    return None


def mapping_findings(schema: TableSchema, mapping: Mapping[str, str], file: str) -> Iterator[Finding]:
    """Yield a finding for each column that the study maps and the table does not have; `file` is the study file."""
    for column in mapping:
        if column not in schema.names:
            near = suggestion(column, schema.names)
            yield found("RP018", table=schema.name, file=file, column=column, theirs=column, suggestion=near)
