"""Which figure of a run is meant: a table, a column, and a row of which some of the key is given and the rest is plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relprod.audit.compare import key_of
from relprod.audit.trace.tracer import COLUMNS, Figure
from relprod.errors import UsageError
from relprod.run.failure_table import ALL_ACTIVITIES
from relprod.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relprod.run.model import Run

_PLAIN = {"activity": ALL_ACTIVITIES, "since": "reference", "component": "productivity"}
"""What is meant where a part of the key is not given."""


def choose_figure(run: Run, table: str, column: str | None, given: Mapping[str, str | None]) -> Figure:
    """Return the figure that is meant; parts of the key that are None are the plain ones.

    Raises:
        UsageError: there is no such table, column or row in the run; the message says which there are.

    """
    if table not in COLUMNS:
        message = f"No figures of table '{table}' can be traced{did_you_mean(table, COLUMNS)}"
        raise UsageError(message)
    if table not in run.tables:
        message = f"This run has no table '{table}': its study does not ask for it."
        raise UsageError(message)
    column = column or COLUMNS[table][0]
    if column not in COLUMNS[table]:
        message = f"No figure '{column}' of table {table} can be traced{did_you_mean(column, COLUMNS[table])}"
        raise UsageError(message)
    rows = run.tables[table].to_pylist()
    for name in key_of(table):
        there = list(dict.fromkeys(_text(row[name]) for row in rows))
        wanted = given.get(name) or _plain(run, name)
        if wanted is None and len(there) > 1:
            message = f"Which {name}? Choose with --{name}: {', '.join(there)}."
            raise UsageError(message)
        wanted = there[0] if wanted is None else wanted
        rows = [row for row in rows if _text(row[name]) == wanted]
        if not rows:
            message = f"The table {table} has no {name} '{wanted}' there{did_you_mean(wanted, there)}"
            raise UsageError(message)
    return Figure(table, {name: rows[0][name] for name in key_of(table)}, column)


def _plain(run: Run, name: str) -> str | None:
    if name == "aversion":
        section = run.study.get("equity")
        return None if section is None else _text(section["aversion"])
    return _PLAIN.get(name)


def _text(value: object) -> str:
    """Return a part of a key as it is written on the command line."""
    return f"{value:g}" if isinstance(value, float) else str(value)
