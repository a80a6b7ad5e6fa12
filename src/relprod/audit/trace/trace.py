"""`trace`: one figure with its formula and parts, worked out again from them, and the cells and lines behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.account.services import lineage
from relprod.audit.trace.node import Node, reckon
from relprod.run.tables import CORE, EXTENDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.audit.trace.lines import CellLines, InputRows
    from relprod.audit.trace.node import Number
    from relprod.audit.trace.tracer import Figure, Tracer

_OTHER_PERIODS = frozenset({"hung on", "reference", "base", "extended reference", "quality reference", "equity reference"})
"""Nodes that stand for periods other than the figure's own."""
_BY_PERIOD = frozenset({"chain", "quality chained"})
"""Nodes whose key ends with the period that they are of."""


@dataclass(frozen=True)
class PartOf:
    """What the index of a service (`item`) goes into, and what it adds to the link there, in percentage points."""

    item: str
    parent: str
    quantity: str
    contribution_pp: float


@dataclass(frozen=True)
class Trace:
    """A figure as the run has it (`recorded`), as it comes out of its parts (`reckoned`), its node, and the cells of its own period.

    `place` is that of the period in the timeline. `parents` are what the service goes into in that period, nearest first.
    `lines` are those cells with their lines, in the same order; None where the inputs are not at hand, and `without` says why.
    """

    figure: Figure
    recorded: Any
    reckoned: Number
    node: Node
    period: str
    place: int
    parents: tuple[PartOf, ...]
    cells: tuple[Node, ...]
    lines: tuple[CellLines, ...] | None = None
    without: str = ""

    @property
    def comes_out(self) -> bool:
        """Whether the figure comes out of its parts to the last bit."""
        return bool(self.recorded == self.reckoned)


def trace(tracer: Tracer, figure: Figure, rows: InputRows | None = None, without: str = "") -> Trace:
    """Return the trace of a figure; with `rows` down to the lines of the inputs.

    Raises:
        UsageError: the run has no such figure.

    """
    recorded = tracer.recorded(figure)
    node = tracer.node(figure)
    cells = cells_of(tracer, figure)
    lines = None if rows is None else tuple(rows.of(cell.cell, cell.value) for cell in cells if cell.cell is not None)
    period, place, parents = str(figure.key["period"]), _place_of(tracer, figure), tuple(_parents(tracer, figure))
    return Trace(figure, recorded, reckon(node), node, period, place, parents, cells, lines, without)


def _parents(tracer: Tracer, figure: Figure) -> Iterator[PartOf]:
    """Yield what a figure of the table `productivity` goes into: the indices of the service above, and of those above that."""
    if figure.table != "productivity":
        return
    accounts = {"output": figure.key["account"], "input": CORE if figure.key["account"] != EXTENDED else EXTENDED}
    rows = tracer.rows_of("contributions")
    for service in lineage(figure.key["service"])[:-1]:
        for row in rows:
            if row["item"] == service and row["period"] == figure.key["period"] and accounts[row["quantity"]] == row["account"]:
                yield PartOf(service, row["parent"], row["quantity"], row["contribution_pp"])


def cells_of(tracer: Tracer, figure: Figure) -> tuple[Node, ...]:
    """Return the cells of a figure's own period that it comes of, and the readings of quality that these are compared with."""
    behind = _cells_of(tracer.node(figure), _place_of(tracer, figure))
    return tuple(cell for cell, of in behind if of == figure.key["period"] or _is_a_reading(cell))


def _place_of(tracer: Tracer, figure: Figure) -> int:
    return tracer.nodes.study.scheme.parse(str(figure.key["period"])) - tracer.nodes.timeline.first


def _is_a_reading(cell: Node) -> bool:
    """Return whether a cell of an earlier period is told of too: a reading of quality is compared with the one before."""
    return cell.cell is not None and cell.cell.table == "quality"


def _cells_of(node: Node, period: int) -> Iterator[tuple[Node, str | None]]:
    """Yield each cell that a figure comes of without going back along chains, with its period, in the order of table and rows."""
    seen, waiting, found = set(), [node], {}
    while waiting:
        here = waiting.pop()
        if here.key in seen or is_of_other_periods(here, period):
            continue
        seen.add(here.key)
        if here.cell is not None:
            found[here.cell.table, here.cell.rows, here.cell.column] = here
        waiting.extend(here.parts)
    for place in sorted(found, key=lambda each: (each[0], [(name, text or "") for name, text in each[1]], each[2])):
        yield found[place], dict(place[1]).get("period")


def is_of_other_periods(node: Node, period: int) -> bool:
    """Return whether a node stands for other periods than the one at a place in the timeline: they have traces of their own."""
    key = node.key
    return isinstance(key, tuple) and (key[0] in _OTHER_PERIODS or (key[0] in _BY_PERIOD and key[-1] != period))
