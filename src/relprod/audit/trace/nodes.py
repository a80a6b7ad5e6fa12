"""The nodes of one run: where they are kept, and those that are read from cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from relprod.audit.trace.formulas import NEAREST
from relprod.audit.trace.node import Cell, Node
from relprod.run.matrices import Rows
from relprod.tables.arrow_types import PERIOD

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import numpy.typing as npt
    import pyarrow as pa

    from relprod.account.links import Timeline
    from relprod.run.figures import Figures
    from relprod.run.measure import Measured
    from relprod.study.model import Study


@dataclass(frozen=True)
class Grid:
    """Rows of a table by item and period, as `Rows` numbers them."""

    table: pa.Table
    rows: Rows
    row_of: npt.NDArray[np.int64]

    @classmethod
    def of(cls, table: pa.Table, names: tuple[str, ...], period: str, timeline: Timeline) -> Grid:
        """Return the grid of a table whose items are known by the columns `names`; rows outside the timeline are left out."""
        place = pc.subtract(table[period], timeline.first)
        table = table.filter(pc.and_(pc.greater_equal(place, 0), pc.less(place, timeline.count)))
        rows = Rows.of(table, names, period, timeline)
        row_of = np.full(rows.shape[0] * rows.shape[1], -1, dtype=np.int64)
        row_of[rows.place] = np.arange(table.num_rows)
        return cls(table, rows, row_of)

    @cached_property
    def item_of(self) -> dict[tuple[str, ...], int]:
        """The number of each item by its names."""
        return {key: number for number, key in enumerate(self.rows.keys)}

    def value(self, item: int, period: int, column: str) -> Any:  # noqa: ANN401 - a cell of any type
        """Return what a column holds for an item in a period (column of the timeline); None where there is no row."""
        row = int(self.row_of[item * self.rows.shape[1] + period])
        return None if row < 0 else self.table[column][row].as_py()


@dataclass
class Nodes:
    """What a run's nodes are made from, and those made so far, each once by its key."""

    study: Study
    measured: Measured
    figures: Figures
    made: dict[Hashable, Node] = field(default_factory=dict)

    @property
    def timeline(self) -> Timeline:
        """The periods of the account."""
        return self.figures.account.timeline

    def label(self, period: int) -> str:
        """Return the label of a period, by its place in the timeline."""
        return self.study.scheme.label(self.timeline.first + period)

    def once(self, key: Hashable, make: Callable[[], Node]) -> Node:
        """Return the node of a key, making it when it is first asked for."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def given(self, name: str, value: float) -> Node:
        """Return the node of a parameter of the study."""
        return self.once(("parameter", name), lambda: Node(("parameter", name), name, "the study", value))

    @cached_property
    def activity(self) -> Grid:
        """The cells of activity."""
        return Grid.of(self.measured.activity, ("service", "activity"), "period", self.timeline)

    @cached_property
    def inputs(self) -> Grid:
        """The cells of input."""
        return Grid.of(self.measured.inputs, ("service", "input"), "period", self.timeline)

    @cached_property
    def unpaid(self) -> Grid:
        """The cells of unpaid work."""
        return Grid.of(self.measured.tables["unpaid"], ("service", "contributor"), PERIOD, self.timeline)

    def of_activity(self, item: int, period: int, column: str) -> Node:
        """Return what a column of the activity cells holds, as a float: volume, value or failure_volume."""
        names = {"volume": "activities", "value": "cost", "failure_volume": "failure demand"}
        return self._cell("activity", self.activity, (item, period), column, names[column])

    def of_input(self, item: int, period: int, column: str) -> Node:
        """Return what a column of the input cells holds, as a float: expenditure, volume or deflator."""
        return self._cell("inputs", self.inputs, (item, period), column, column)

    def of_unpaid(self, item: int, period: int, column: str) -> Node:
        """Return what a column of the unpaid cells holds, as a float: hours, rate or sustainable_share."""
        return self._cell("unpaid", self.unpaid, (item, period), column, column.replace("_", " "))

    def exact(self, table: str, grid: Grid, at: tuple[int, int], column: str, name: str) -> Node:
        """Return what a cell holds, exactly as it was read or added up."""
        item, period = at
        service, other = grid.rows.keys[item]
        which = {"activity": "activity", "inputs": "input", "unpaid": "contributor"}[table]
        key = (table, item, period, column, "exact")
        cell = Cell(table, column, (("service", service), (which, other), ("period", self.label(period))))
        of = f"{service}, {other}, {self.label(period)}"
        return self.once(key, lambda: Node(key, name, of, grid.value(item, period, column), cell=cell))

    def _cell(self, table: str, grid: Grid, at: tuple[int, int], column: str, name: str) -> Node:
        exact = self.exact(table, grid, at, column, name)
        if exact.value is None or isinstance(exact.value, float):
            return exact
        key = (table, *at, column)
        return self.once(key, lambda: Node(key, name, exact.of, float(exact.value or 0), NEAREST, lambda: [exact]))
