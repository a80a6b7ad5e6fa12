"""The lines of files that cells were read from, with what each adds: for whoever holds the inputs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from relprod.account.services import ALL_SERVICES
from relprod.engine.duck import connection
from relprod.records.contacts import keep_repeat_lines
from relprod.run.contacts import repeat_settings
from relprod.tables.arrow_types import FILE, LINE, PERIOD, PERIOD_LAST
from relprod.tables.load import CONTACTS, load_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from relprod.audit.inputs import Inputs
    from relprod.audit.trace.node import Cell, Number
    from relprod.study.model import Study
    from relprod.tables.load import Loaded

_REPEAT_COLUMNS = {"returns": "is_return", "chases": "is_chase", "failures": "is_failure"}
"""What a cell counts that is found among a person's contacts, and the column of `repeat_lines` that says so."""
_CONTACT_COLUMNS = {
    "volume": "count(*)",
    "coded_value": "count(*) FILTER (WHERE demand = 'value')",
    "coded_failure": "count(*) FILTER (WHERE demand = 'failure')",
    "uncoded_volume": "count(*) FILTER (WHERE demand IS NULL)",
    "after_n": "count(outcome_after)",
    "after_sum": "sum(outcome_after)",
    "resolved_n": "count(resolved)",
    "resolved_sum": "count(*) FILTER (WHERE resolved)",
    "outcome_before": "sum(outcome_before) FILTER (WHERE outcome_after IS NOT NULL)",
    "outcome_after": "sum(outcome_after) FILTER (WHERE outcome_before IS NOT NULL)",
}
"""What a cell of contacts counts or adds up, as it is asked of the contacts themselves."""


@dataclass(frozen=True)
class Line:
    """One row of an input, or all contacts of a cell in one file: where it is, and what it adds to the cell, exactly.

    `line` is None and `count` more than 1 where it stands for several contacts. `how` says how the amount comes about, where it is not
    simply what the column holds.
    """

    table: str
    file: str
    line: int | None
    amount: Number
    count: int = 1
    how: str = ""


@dataclass(frozen=True)
class CellLines:
    """A cell with its lines. `agrees` says whether they add up to it exactly; None where it cannot be told from the lines alone.

    `in_no_file` is true of a cell whose table was given from Python.
    """

    cell: Cell
    value: Number | None
    lines: tuple[Line, ...]
    agrees: bool | None
    in_no_file: bool = False


class InputRows:
    """The rows of a run's inputs, read again; contacts only when a cell asks for them."""

    def __init__(self, study: Study, inputs: Inputs, con: DuckDBPyConnection) -> None:
        """Take a study, its inputs, which must be those that were used, and a connection to read them with."""
        self.study, self.inputs, self.con = study, inputs, con

    @cached_property
    def _small(self) -> Loaded:
        """Every table but contacts."""
        tables = {name: source for name, source in self.study.tables.items() if name != CONTACTS}
        study = self.study.model_copy(update={"tables": tables}).located(self.study.folder)
        return load_tables(self.con, study, sources=self.inputs.sources)

    @cached_property
    def _with_contacts(self) -> Loaded:
        """Everything; the view `contacts` is then in the connection."""
        return load_tables(self.con, self.study, sources=self.inputs.sources)

    @cached_property
    def _rows(self) -> dict[str, list[dict[str, Any]]]:
        return {}

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table, with `file` and `line`."""
        if table not in self._rows:
            found = self._small.tables.get(table)
            labels = self._small.labels.get(table, ())
            rows = [] if found is None else found.to_pylist()
            self._rows[table] = [{**row, "file": labels[row[FILE]], "line": row[LINE]} for row in rows]
        return self._rows[table]

    @property
    def has_contacts(self) -> bool:
        """Whether the study has contacts."""
        return CONTACTS in self.study.tables

    def of(self, cell: Cell, value: Number | None) -> CellLines:
        """Return the lines of a cell that holds `value`."""
        which = dict(cell.rows)
        if cell.table == CONTACTS:
            lines = self._of_contacts(which, cell.column)
        elif cell.table == "activity":
            lines = [*self._of_activity(which, cell.column), *self._contacts_as_activity(which, cell.column)]
        elif cell.table == "inputs" and cell.column == "deflator":
            lines = self._of_deflator(which)
        else:
            lines = self._of_rows(cell.table, which, cell.column)
        return CellLines(cell, value, tuple(lines), _agrees(value, lines), self._is_in_no_file(cell.table) and not lines)

    def _is_in_no_file(self, table: str) -> bool:
        """Return whether a table was given from Python; cells of activity may also come from contacts."""
        files = self.inputs.sources
        return table not in files and not (table == "activity" and CONTACTS in files)

    def _of_rows(self, table: str, which: Mapping[str, str | None], column: str) -> list[Line]:
        """Return the row that holds a cell as it is; of quality the last one up to the period, which may be held."""
        others = {name: text for name, text in which.items() if name != "period"}
        rows = [row for row in self.rows(table) if all(row[name] == text for name, text in others.items())]
        wanted = self.study.scheme.parse(str(which["period"]))
        at = [row for row in rows if row[PERIOD] <= wanted] if table == "quality" else [row for row in rows if row[PERIOD] == wanted]
        last = max((row[PERIOD] for row in at), default=None)
        return [Line(table, row["file"], row["line"], row[column]) for row in at if row[PERIOD] == last and row[column] is not None]

    def _of_deflator(self, which: Mapping[str, str | None]) -> list[Line]:
        """Return the rows that say which deflator an input has and what that is."""
        period = self.study.scheme.parse(str(which["period"]))
        named = [
            row
            for row in self.rows("inputs")
            if row["service"] == which["service"] and row["input"] == which["input"] and row[PERIOD] == period
        ]
        names = {row["deflator"] for row in named}
        found = [row for row in self.rows("deflators") if row["deflator"] in names and row[PERIOD] <= period <= row[PERIOD_LAST]]
        best = _narrowest(found)
        return [] if best is None else [Line("deflators", best["file"], best["line"], best["index"])]

    def _of_activity(self, which: Mapping[str, str | None], column: str) -> Iterator[Line]:
        period = self.study.scheme.parse(str(which["period"]))
        for row in self.rows("activity"):
            if row["service"] == which["service"] and row["activity"] == which["activity"] and row[PERIOD] == period:
                if column != "value":
                    if row[column] is not None:
                        yield Line("activity", row["file"], row["line"], row[column])
                elif row["cost"] is not None:
                    yield Line("activity", row["file"], row["line"], row["cost"])
                else:
                    cost, how = (row["unit_cost"], "volume × unit cost") if row["unit_cost"] is not None else self._unit_cost(which)
                    if cost is not None:
                        yield Line("activity", row["file"], row["line"], row["volume"] * cost, how=how)

    def _unit_cost(self, which: Mapping[str, str | None]) -> tuple[Decimal | None, str]:
        """Return the unit cost that holds for an activity in a period, and the words for where it stands."""
        period = self.study.scheme.parse(str(which["period"]))
        rows = [row for row in self.rows("unit_costs") if (row["service"], row["activity"]) == (which["service"], which["activity"])]
        best = _narrowest([row for row in rows if row[PERIOD] <= period <= row[PERIOD_LAST]])
        if best is None:
            return None, ""
        return best["unit_cost"], f"× {best['unit_cost'].normalize():f} from {best['file']}:{best['line']}"

    def _contacts_as_activity(self, which: Mapping[str, str | None], column: str) -> list[Line]:
        """Return what contacts add to a cell of activity: their number, or that times its unit cost."""
        if not self.has_contacts:
            return []
        if column == "failure_volume":
            return self._of_contacts(which, self._failures)
        counted = self._of_contacts(which, "volume")
        if column == "volume":
            return counted
        cost, how = self._unit_cost(which)
        if cost is None:
            return []
        return [Line(line.table, line.file, None, Decimal(line.count) * cost, line.count, f"contacts {how}") for line in counted]

    def _of_contacts(self, which: Mapping[str, str | None], column: str) -> list[Line]:
        """Return count and exact sum of a cell's contacts in each file."""
        if self._with_contacts.contact_rows is None:
            return []
        source, where, values = self._selected(which, column)
        sql = (
            f"SELECT _file, count(*), {_CONTACT_COLUMNS.get(column, 'count(*)')} FROM {source} WHERE {where} GROUP BY _file ORDER BY _file"  # noqa: S608 - names of ours; values are bound
        )
        labels = self._with_contacts.labels[CONTACTS]
        return [
            Line(CONTACTS, labels[file], None, amount if amount is not None else 0, count)
            for file, count, amount in self.con.execute(sql, values).fetchall()
        ]

    @property
    def _failures(self) -> str:
        """What of contacts is failure demand, by the study's method; without one that looks at contacts, nothing."""
        section = self.study.failure_demand
        return {"repeat": "failures", "coded": "coded_failure"}.get("" if section is None else section.method, "none")

    @cached_property
    def _repeat_lines(self) -> str:
        """The name of the table of returns and chases, made when first asked for."""
        keep_repeat_lines(self.con, repeat_settings(self.study))
        return "repeat_lines"

    def _selected(self, which: Mapping[str, str | None], column: str) -> tuple[str, str, list[Any]]:
        """Return from where, and on which condition with which values, the contacts of a cell are taken."""
        where, values = self._condition(which)
        if column in _REPEAT_COLUMNS:
            return self._repeat_lines, f"{where} AND {_REPEAT_COLUMNS[column]}", values
        narrowed = {"coded_failure": " AND demand = 'failure'", "coded_value": " AND demand = 'value'", "none": " AND false"}
        return "contacts", where + narrowed.get(column, ""), values

    def _condition(self, which: Mapping[str, str | None]) -> tuple[str, list[Any]]:
        values: list[Any] = []
        parts = []
        for name, text in which.items():
            if name == "period":
                parts.append("_period = ?")
                values.append(self.study.scheme.parse(str(text)))
            elif not (name == "service" and text == ALL_SERVICES):
                parts.append(f'"{name}" = ?')
                values.append(text)
        return " AND ".join(parts), values

    def contact_rows(self, cell: Cell) -> Iterator[tuple[str, int | None, str]]:
        """Yield file, line and contact_id of every contact of a cell, in the order of files and lines."""
        if self._with_contacts.contact_rows is None:
            return
        column = self._failures if cell.column == "failure_volume" else cell.column
        source, where, values = self._selected(dict(cell.rows), column)
        labels = self._with_contacts.labels[CONTACTS]
        self.con.execute(
            f"SELECT _file, _line, c.contact_id FROM (SELECT _file, _line FROM {source} WHERE {where}) AS s "  # noqa: S608 - as above
            "JOIN contacts AS c USING (_file, _line) ORDER BY _file, _line, c.contact_id",
            values,
        )
        while rows := self.con.fetchmany(10_000):
            yield from ((labels[file], line, identifier) for file, line, identifier in rows)


def _narrowest(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the row for the period itself, else the one for its year."""
    return min(rows, key=lambda row: row[PERIOD_LAST] - row[PERIOD], default=None)


def _agrees(value: Number | None, lines: list[Line]) -> bool | None:
    """Return whether lines add up to the value of a cell exactly; None for one that no line is known to make."""
    if not lines or value is None:
        return True if value == 0 else None
    if isinstance(value, float):
        return all(line.amount == value for line in lines)
    total = sum((Decimal(str(line.amount)) for line in lines), start=Decimal(0))
    return total == Decimal(str(value))


@contextmanager
def input_rows(study: Study, inputs: Inputs, memory_limit: str | None = None, threads: int | None = None) -> Iterator[InputRows]:
    """Yield the rows of a run's inputs, readable as long as the engine is open."""
    with connection(memory_limit, threads) as con:
        yield InputRows(study, inputs, con)
