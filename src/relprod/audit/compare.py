"""Two tables of runs side by side: which rows are in one alone, and which figures differ, by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from relprod.run.schemas import run_table_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Change:
    """One cell that differs: in which row (its key), in which column, from what to what; `column` is None where a row is in one alone."""

    key: Key
    column: str | None
    before: Any
    after: Any

    @property
    def size(self) -> float:
        """How far apart two numbers are; infinity where one is missing or they are no numbers."""
        if isinstance(self.before, (int, float, Decimal)) and isinstance(self.after, (int, float, Decimal)):
            return abs(float(self.after) - float(self.before))
        return math.inf


def key_of(table: str) -> tuple[str, ...]:
    """Return the columns by which a row of a table of runs is known."""
    return tuple(run_table_json(table).get("primaryKey", ()))


def changes(name: str, before: pa.Table, after: pa.Table) -> Iterator[Change]:
    """Yield what differs between two tables of the same name, in the order of their keys; a table without a key is taken row by row."""
    if before.equals(after):
        return
    earlier, later = (_by_key(name, table) for table in (before, after))
    for key in sorted({*earlier, *later}, key=lambda each: tuple("" if part is None else str(part) for part in each)):
        if key not in earlier or key not in later:
            yield Change(key, None, "a row" if key in earlier else None, "a row" if key in later else None)
            continue
        for column in dict.fromkeys((*after.column_names, *before.column_names)):
            old, new = earlier[key].get(column), later[key].get(column)
            if old != new:
                yield Change(key, column, old, new)


def _by_key(name: str, table: pa.Table) -> dict[Key, dict[str, Any]]:
    key = key_of(name)
    rows = table.to_pylist()
    if not key:
        return {(number,): row for number, row in enumerate(rows, start=1)}
    return {tuple(row[column] for column in key): row for row in rows}
