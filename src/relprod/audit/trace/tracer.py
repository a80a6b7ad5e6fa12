"""The tracer: the node of any figure of a run, by the table, the key and the column in which it stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from relprod.account.bridge import COMPONENT
from relprod.account.logarithms import log_of
from relprod.account.services import is_at_or_below
from relprod.audit.trace.equity import EquityNodes
from relprod.audit.trace.extended import ExtendedNodes
from relprod.audit.trace.failure import FailureNodes
from relprod.audit.trace.formulas import EXACT_TOTAL, GROWTH, PRODUCTIVITY, plain
from relprod.audit.trace.indices import IndexNodes
from relprod.audit.trace.node import Cell, Formula, Node
from relprod.audit.trace.nodes import Nodes
from relprod.audit.trace.quality import QualityNodes
from relprod.audit.trace.volumes import VolumeNodes
from relprod.errors import UsageError
from relprod.periods import PeriodError
from relprod.run.basis import measured_from
from relprod.run.failure_table import ALL_ACTIVITIES
from relprod.run.figures import figures_of
from relprod.run.tables import EXTENDED
from relprod.study.recorded import recorded_study
from relprod.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from relprod.audit.trace.node import Number
    from relprod.run.model import Run

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "productivity": (
        "productivity", "output", "input", "output_growth", "input_growth", "productivity_growth", "productivity_growth_year",
    ),
    "bridge": ("contribution_pp", "factor"),
    "failure_demand": ("share", "cost", "volume", "failure_volume", "returns", "chases", "uncoded_volume"),
    "equity": ("factor", "ede", "mean", "sii", "rii"),
    "equity_groups": ("outcome", "people", "share", "weight"),
    "unpaid": ("hours", "value", "sustainable_hours"),
}  # fmt: skip
"""The tables whose figures can be traced, and their columns; the first is meant where none is named."""
_OF_ACTIVITY = ("volume", "failure_volume")
"""Columns of `failure_demand` that every activity can have; the others are of contacts."""
_WHY_MISSING = {
    "no-output": "there is no output",
    "chain-broken": "a link has no base, and the index stops (flag chain-broken)",
    "no-input": "there is no input at or below the service; --column output is what it has",
}
"""What a flag of the table `productivity` says of a figure that is missing."""
_RATIO = plain("{0} ÷ {1}", lambda top, bottom: top / bottom)
_SINCE = plain("({0} ÷ {1}) ÷ ({2} ÷ {3})", lambda top, bottom, top_then, bottom_then: (top / bottom) / (top_then / bottom_then))
_TO_HUNDRED = plain("{0} ÷ 100", lambda value: value / 100)
_TO_HUNDRED_SINCE = plain("({0} ÷ 100) ÷ ({1} ÷ 100)", lambda value, then: (value / 100) / (then / 100))


@dataclass(frozen=True)
class Figure:
    """Which figure: the table of the run, the key of the row by the table's own columns, and the column."""

    table: str
    key: Mapping[str, Any]
    column: str


class Tracer:
    """The nodes of a run's figures, made from the cells that it holds."""

    def __init__(self, run: Run) -> None:
        """Take a run.

        Raises:
            OutputError: the run does not hold its cells.
            StudyError: the study that it recorded is beyond this version of relprod.

        """
        study = recorded_study(run.manifest["study"], run.manifest["assumptions"])
        measured = measured_from(run.tables, study)
        self.run = run
        self.nodes = Nodes(study, measured, figures_of(study, measured))
        self.quality, self.failure, self.equity = QualityNodes(self.nodes), FailureNodes(self.nodes), EquityNodes(self.nodes)
        self.volumes = VolumeNodes(self.nodes, self.quality, self.failure, self.equity)
        self.indices = IndexNodes(self.nodes, self.volumes)

    @cached_property
    def extended(self) -> ExtendedNodes:
        """The nodes of the extended account."""
        account = self.nodes.figures.extended
        if account is None:
            message = "This run has no extended account: its study has no section [unpaid]."
            raise UsageError(message)
        return ExtendedNodes(self.nodes, self.indices, account)

    def recorded(self, figure: Figure) -> Any:  # noqa: ANN401 - a cell of any type
        """Return the figure as the run has it.

        Raises:
            UsageError: the run has no such figure.

        """
        row = self._row(figure)
        if row[figure.column] is None:
            message = f"There is no figure to trace: {figure.column} is missing in {_said(figure.key)}{_why_missing(row, figure.column)}."
            raise UsageError(message)
        return row[figure.column]

    def _row(self, figure: Figure) -> Mapping[str, Any]:
        table = self.run.tables.get(figure.table)
        if table is None:
            message = f"This run has no table '{figure.table}': its study does not ask for it."
            raise UsageError(message)
        if figure.column not in COLUMNS[figure.table]:
            message = (
                f"No figure '{figure.column}' of table {figure.table} can be traced{did_you_mean(figure.column, COLUMNS[figure.table])}"
            )
            raise UsageError(message)
        for row in self.rows_of(figure.table):
            if all(row[name] == value for name, value in figure.key.items()):
                return row
        message = f"The table {figure.table} has no row {_said(figure.key)}."
        raise UsageError(message)

    def rows_of(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table of the run."""
        rows = self._rows.get(table)
        if rows is None:
            rows = self._rows[table] = self.run.tables[table].to_pylist()
        return rows

    @cached_property
    def _rows(self) -> dict[str, list[dict[str, Any]]]:
        return {}

    def node(self, figure: Figure) -> Node:
        """Return the node of a figure.

        Raises:
            UsageError: the run has no such figure.

        """
        self.recorded(figure)
        key = dict(figure.key)
        period = self._period(str(key["period"]))
        makers: Mapping[str, Callable[[Mapping[str, Any], int, str], Node]] = {
            "productivity": self._of_productivity,
            "bridge": self._of_bridge,
            "failure_demand": self._of_failure,
            "equity": lambda row, when, column: self.equity.figure(row["service"], when, row["aversion"], column),
            "equity_groups": lambda row, when, column: self.equity.of_group(row["service"], when, row["group"], column),
            "unpaid": lambda row, when, column: self.extended.unpaid(row["service"], when, row["contributor"], column),
        }
        return makers[figure.table](key, period, figure.column)

    def _period(self, label: str) -> int:
        try:
            return self.nodes.study.scheme.parse(label) - self.nodes.timeline.first
        except PeriodError as error:
            raise UsageError(str(error)) from None

    # productivity

    def index(self, account: str, side: str, service: str, period: int) -> Node:
        """Return an index of any account, "output" or "input", with reference = 100."""
        if account == EXTENDED:
            return self.extended.rebased(side, service, period)
        return self.indices.rebased("input" if side == "input" else account, service, period)

    def productivity(self, account: str, service: str, period: int) -> Node:
        """Return productivity in any account."""
        parts = [self.index(account, side, service, period) for side in ("output", "input")]
        output, spent = (float(part.value or math.nan) for part in parts)
        key, of = ("productivity", account, service, period), f"{service}, {self.nodes.label(period)}, {account}"
        return self.nodes.once(key, lambda: Node(key, "productivity", of, 100 * (output / spent), PRODUCTIVITY, lambda: parts))

    def _of_productivity(self, row: Mapping[str, Any], period: int, column: str) -> Node:
        account, service = row["account"], row["service"]

        def level(what: str, when: int) -> Node:
            return self.productivity(account, service, when) if what == "productivity" else self.index(account, what, service, when)

        what, _, kind = column.partition("_growth")
        if column == what:
            return level(what, period)
        lag = self.nodes.timeline.subperiods if kind == "_year" else 1
        parts = [level(what, period), level(what, period - lag)]
        now, before = (float(part.value or math.nan) for part in parts)
        key, of = (
            (column, account, service, period),
            f"{service}, {self.nodes.label(period)} on {self.nodes.label(period - lag)}, {account}",
        )
        name = f"growth of {what}, per cent"
        return self.nodes.once(key, lambda: Node(key, name, of, 100 * (now / before - 1), GROWTH, lambda: parts))

    # bridge

    def _of_bridge(self, row: Mapping[str, Any], period: int, column: str) -> Node:
        service, since, component = row["service"], row["since"], row["component"]
        factor = self._factor(service, period, since, component)
        if column == "factor":
            return factor
        whole = self._factor(service, period, since, "productivity")
        key, of = ("bridge pp", service, period, since, component), factor.of
        formula = _points(component)
        parts = [factor] if component == "productivity" else [factor, whole]
        value = float(formula.apply(parts, lambda node: node.value or math.nan))
        return self.nodes.once(key, lambda: Node(key, f"{component}, percentage points", of, value, formula, lambda: parts))

    def _factor(self, service: str, period: int, since: str, component: str) -> Node:
        """Return the factor of a component: its account over the one before, now over then."""
        lag = {"previous": 1, "year-earlier": self.nodes.timeline.subperiods}.get(since)
        now = self._ratio(service, period, component)
        then = [] if lag is None else self._ratio(service, period - lag, component)
        parts = [*now, *then]
        single = len(now) == 1
        formula = (_TO_HUNDRED_SINCE if then else _TO_HUNDRED) if single else (_SINCE if then else _RATIO)
        value = float(formula.apply(parts, lambda node: node.value or math.nan))
        key = ("bridge factor", service, period, since, component)
        of = f"{service}, {self.nodes.label(period)}, since {since if lag is None else self.nodes.label(period - lag)}"
        return self.nodes.once(key, lambda: Node(key, f"{component}, factor", of, value, formula, lambda: parts))

    def _ratio(self, service: str, period: int, component: str) -> list[Node]:
        """Return what a component's factor is the ratio of: one node is over 100."""
        ladder = self.volumes.ladder
        if component == "input":
            return [self.indices.rebased("input", service, period)]
        if component == "productivity":
            return [self.indices.rebased(ladder[-1], service, period), self.indices.rebased("input", service, period)]
        account = next(account for account in ladder if COMPONENT[account] == component)
        place = ladder.index(account)
        own = self.indices.rebased(account, service, period)
        return [own] if place == 0 else [own, self.indices.rebased(ladder[place - 1], service, period)]

    # failure demand

    def _of_failure(self, row: Mapping[str, Any], period: int, column: str) -> Node:
        service, activity = row["service"], row["activity"]
        of_service = activity == ALL_ACTIVITIES
        if column == "share":
            return (
                self.failure.share_of_service(service, period) if of_service else self.failure.share(self._item(service, activity), period)
            )
        if column == "cost":
            return self.failure.cost_of_service(service, period) if of_service else self.failure.cost(self._item(service, activity), period)
        return self._counted(service, activity, period, column)

    def _item(self, service: str, activity: str) -> int:
        return self.nodes.activity.item_of[service, activity]

    def _counted(self, service: str, activity: str, period: int, column: str) -> Node:
        """Return a count or volume of the table `failure_demand`: of a cell, or the exact sum of those at or below a service."""
        cells = self._cells_with(column).get(period, {})
        if activity != ALL_ACTIVITIES:
            return self._count_node((service, activity), period, column, cells[service, activity])
        below = [(names, value) for names, value in cells.items() if is_at_or_below(names[0], service)]
        parts = [self._count_node(names, period, column, value) for names, value in below]
        key, of = ("counted", service, period, column), f"{service}, {self.nodes.label(period)}"
        value = EXACT_TOTAL.apply(parts, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, column.replace("_", " "), of, value, EXACT_TOTAL, lambda: parts))

    def _cells_with(self, column: str) -> dict[int, dict[tuple[str, str], Any]]:
        """Return what a column holds, by period and by service and activity, where it holds anything."""
        if column not in self._cells:
            contacts = self.nodes.measured.contacts
            named = {"uncoded_volume": "uncoded"}.get(column, column)
            table = self.nodes.measured.activity if contacts is None or column in _OF_ACTIVITY else contacts.cells
            found: dict[int, dict[tuple[str, str], Any]] = {}
            for service, activity, ordinal, value in zip(
                *(table[name].to_pylist() for name in ("service", "activity", "period", named)), strict=True
            ):
                if value is not None:
                    found.setdefault(ordinal - self.nodes.timeline.first, {})[service, activity] = value
            self._cells[column] = found
        return self._cells[column]

    @cached_property
    def _cells(self) -> dict[str, dict[int, dict[tuple[str, str], Any]]]:
        return {}

    def _count_node(self, names: tuple[str, str], period: int, column: str, value: Number) -> Node:
        service, activity = names
        key, of = ("counted", service, activity, period, column), f"{service}, {activity}, {self.nodes.label(period)}"
        rows = (("service", service), ("activity", activity), ("period", self.nodes.label(period)))
        table = "activity" if column in _OF_ACTIVITY else "contacts"
        return self.nodes.once(key, lambda: Node(key, column.replace("_", " "), of, value, cell=Cell(table, column, rows)))


def _points(component: str) -> Formula:
    """Return the formula of percentage points: logs scaled to the growth (log-mean)."""
    if component == "productivity":
        return plain("100 × ({0} - 1)", lambda whole: 100 * (whole - 1))
    sign = -1 if component == "input" else 1
    text = f"100 × {'-' if sign < 0 else ''}ln({{0}}) × ({{1}} - 1) ÷ ln({{1}})"
    return plain(text, lambda factor, whole: 100 * (sign * log_of(factor) * ((whole - 1) / log_of(whole) if log_of(whole) else 1.0)))


def _why_missing(row: Mapping[str, Any], column: str) -> str:
    """Return why a figure of the table `productivity` is missing, as its flags or the levels beside it say; else nothing."""
    why = next((said for flag, said in _WHY_MISSING.items() if flag in str(row.get("flags")).split(";")), "")
    what = column.partition("_growth")[0]
    if what != column and row[what] is not None:
        why = "there is no figure before it to compare with"
    return why and f": {why}"


def _said(key: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} '{value}'" for name, value in key.items())
