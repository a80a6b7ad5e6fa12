"""Running Pandera over one batch of records, and keeping what failed: which rule, which column, how often, where first."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
from pandera.errors import SchemaErrors

from relprod.tables.cells import raw_name
from relprod.tables.findings import LINES_KEPT
from relprod.tables.numbers import what_is_wrong

if TYPE_CHECKING:
    import pandera.pandas as pa_pandas

_EXAMPLES_KEPT = 3
_LOOKED_AT = 50


@dataclass
class Cases:
    """The cases of one rule in one column: how many, the positions of the first five, and up to three values."""

    count: int = 0
    positions: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def add(self, rows: pd.DataFrame, column: str) -> None:
        """Add the failing rows of one batch, whose index holds positions in the file."""
        self.count += len(rows)
        self.positions += [int(position) for position in rows.index[: LINES_KEPT - len(self.positions)]]
        if len(self.examples) < _EXAMPLES_KEPT:
            fresh = [text for text in dict.fromkeys(_texts(rows.head(_LOOKED_AT), column)) if text not in self.examples]
            self.examples += fresh[: _EXAMPLES_KEPT - len(self.examples)]

    def join(self, other: Cases) -> None:
        """Add cases of the same rule in the same rows or in later ones."""
        self.count += other.count
        self.positions = sorted([*self.positions, *other.positions])[:LINES_KEPT]
        self.examples = list(dict.fromkeys([*self.examples, *other.examples]))[:_EXAMPLES_KEPT]


Log = dict[tuple[str, str, str], Cases]
"""Cases by (code, column, variant)."""


def join_logs(log: Log, other: Log) -> None:
    """Add to a log what another found in the same rows or in later ones."""
    for key, cases in other.items():
        log.setdefault(key, Cases()).join(cases)


def check_batch(frame: pd.DataFrame, schema: pa_pandas.DataFrameSchema, log: Log) -> None:
    """Check one batch, whose index holds positions in the file, and add what failed to `log`.

    Raises:
        TypeError: the frame has not the columns or types that it must have, which is a bug of relprod's.

    """
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        failed = [(error.check, error.check_output) for error in errors.schema_errors]
    else:
        return
    for check, passed in failed:
        name = getattr(check, "name", None)
        if not isinstance(passed, pd.Series) or not isinstance(name, str) or "|" not in name:
            message = f"a frame does not fit its own schema: {check}"
            raise TypeError(message)
        code, column, variant = name.split("|")
        _add(log, (code, column, variant), frame.loc[~passed.to_numpy(dtype=bool)])


def _add(log: Log, key: tuple[str, str, str], failing: pd.DataFrame) -> None:
    """Add failing rows; what is not a number is kept apart by what is wrong with it, because the advice differs."""
    code, column, _ = key
    if code != "RP021":
        log.setdefault(key, Cases()).add(failing, column)
        return
    raw = failing[raw_name(column)]
    kinds = raw.map({text: what_is_wrong(text) for text in raw.unique()})
    for kind in sorted(kinds.unique()):
        log.setdefault((code, column, kind), Cases()).add(failing[kinds == kind], column)


def _texts(rows: pd.DataFrame, column: str) -> list[str]:
    """Return the text of cells: as written where that was kept, else the value; empty cells and columns have none."""
    if column not in rows or raw_name(column) not in rows:
        return []
    pairs = zip(rows[column].tolist(), rows[raw_name(column)].tolist(), strict=True)
    return [raw if isinstance(raw, str) else _shown(value) for value, raw in pairs if isinstance(raw, str) or not pd.isna(value)]


def _shown(value: object) -> str:
    """Return a value as a person would write it: no zeros at the end of its decimals."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
