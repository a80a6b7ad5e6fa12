"""Failure demand: from a share or a cost down to the contacts or volumes that were given."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from relprod.account.services import is_at_or_below
from relprod.audit.trace.formulas import PRODUCT, QUOTIENT, TOTAL, plain
from relprod.audit.trace.node import Cell, Node
from relprod.audit.trace.nodes import Grid

if TYPE_CHECKING:
    from relprod.audit.trace.nodes import Nodes

_CODED = plain("{0} ÷ ({1} + {0})", lambda failure, value: failure / (value + failure))
_CORRECTED = plain(
    "({0} - (1 - {2})) ÷ ({1} + {2} - 1), within 0 and 1",
    lambda share, sensitivity, specificity: min(max((share - (1 - specificity)) / (sensitivity + specificity - 1), 0.0), 1.0),
)


class FailureNodes:
    """The nodes of failure demand."""

    def __init__(self, nodes: Nodes) -> None:
        """Take the nodes of a run."""
        self.nodes = nodes

    @cached_property
    def _coded(self) -> Grid | None:
        contacts = self.nodes.measured.contacts
        if contacts is None or contacts.method != "coded":
            return None
        return Grid.of(contacts.cells, ("service", "activity"), "period", self.nodes.timeline)

    def share(self, item: int, period: int) -> Node:
        """Return the share of an activity that is failure demand, which goes into value demand."""
        shares = self.nodes.figures.shares
        names = self.nodes.activity.rows.keys[item]
        key, of = ("failure share", item, period), f"{', '.join(names)}, {self.nodes.label(period)}"
        value = 0.0 if shares is None else float(shares.share[item, period])
        at = None if self._coded is None else self._coded.item_of.get(names)
        if self._coded is not None and at is not None:
            return self._of_codes(self._coded, at, period, value)
        given = self.nodes.activity.value(item, period, "failure_volume")
        volume = self.nodes.activity.value(item, period, "volume")
        if given is None or not volume:
            return self.nodes.once(key, lambda: Node(key, "failure share", of, 0.0, note="nothing is said of failure demand"))
        parts = [self.nodes.of_activity(item, period, column) for column in ("failure_volume", "volume")]
        return self.nodes.once(key, lambda: Node(key, "failure share", of, value, QUOTIENT, lambda: parts))

    def _of_codes(self, coded: Grid, at: int, period: int, value: float) -> Node:
        names = coded.rows.keys[at]
        of = f"{', '.join(names)}, {self.nodes.label(period)}"
        key = ("failure share", names, period)
        failure, fine = (self._count(coded, at, period, column) for column in ("coded_failure", "coded_value"))
        if not float(failure.value or 0) + float(fine.value or 0):
            return self.nodes.once(key, lambda: Node(key, "failure share", of, 0.0, note="no contact is coded"))
        section = self.nodes.study.failure_demand
        audit = None if section is None else section.audit
        raw_share = _CODED.apply((failure, fine), lambda node: node.value or 0)
        raw_key = ("coded share", names, period)
        raw = self.nodes.once(raw_key, lambda: Node(raw_key, "coded share", of, raw_share, _CODED, lambda: (failure, fine)))
        if audit is None:
            return raw
        parts = (raw, self.nodes.given("sensitivity", audit.sensitivity), self.nodes.given("specificity", audit.specificity))
        return self.nodes.once(
            key, lambda: Node(key, "failure share", of, value, _CORRECTED, lambda: parts, "corrected by the audit sample (Rogan-Gladen)")
        )

    def _count(self, coded: Grid, at: int, period: int, column: str) -> Node:
        names = coded.rows.keys[at]
        rows = (("service", names[0]), ("activity", names[1]), ("period", self.nodes.label(period)))
        key = ("contacts", names, period, column)
        of = f"{', '.join(names)}, {self.nodes.label(period)}"
        value = coded.value(at, period, column) or 0
        return self.nodes.once(key, lambda: Node(key, column.replace("_", " "), of, value, cell=Cell("contacts", column, rows)))

    def cost(self, item: int, period: int) -> Node:
        """Return the cost of an activity's failure demand."""
        key = ("failure cost", item, period)
        of = f"{', '.join(self.nodes.activity.rows.keys[item])}, {self.nodes.label(period)}"
        parts = (self.nodes.of_activity(item, period, "value"), self.share(item, period))
        value = float(parts[0].value or 0) * float(parts[1].value or 0)
        return self.nodes.once(key, lambda: Node(key, "cost of failure demand", of, value, PRODUCT, lambda: parts))

    def cost_of_service(self, service: str, period: int, *, all_of_it: bool = False) -> Node:
        """Return the cost of failure demand at or below a service; with `all_of_it` the cost of all its activity."""
        what = "cost of activity" if all_of_it else "cost of failure demand"
        tree = self.nodes.figures.account.tree
        below = [place for place, name in enumerate(tree.services) if is_at_or_below(name, service)]
        parts = [part for place in below if (part := self._own_cost(tree.services[place], period, all_of_it=all_of_it)) is not None]
        key = (what, service, period)
        value = TOTAL.apply(parts, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, what, f"{service}, {self.nodes.label(period)}", value, TOTAL, lambda: parts))

    def _own_cost(self, service: str, period: int, *, all_of_it: bool) -> Node | None:
        """Return the cost of a service's own activities, or None where it has none."""
        grid = self.nodes.activity
        items = [item for item, key in enumerate(grid.rows.keys) if key[0] == service and _there(grid, item, period)]
        if not items:
            return None
        parts = [self.nodes.of_activity(item, period, "value") if all_of_it else self.cost(item, period) for item in items]
        what = "cost of own activity" if all_of_it else "cost of own failure demand"
        key = (what, service, period)
        value = TOTAL.apply(parts, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, what, f"{service}, {self.nodes.label(period)}", value, TOTAL, lambda: parts))

    def share_of_service(self, service: str, period: int) -> Node:
        """Return the share of the cost of a service's activity that is failure demand."""
        parts = (self.cost_of_service(service, period), self.cost_of_service(service, period, all_of_it=True))
        key, of = ("failure share of service", service, period), f"{service}, {self.nodes.label(period)}"
        cost, worth = (float(part.value or 0) for part in parts)
        if not worth > 0:
            return self.nodes.once(key, lambda: Node(key, "failure share", of, 0.0, note="there is no activity of any cost"))
        return self.nodes.once(key, lambda: Node(key, "failure share", of, cost / worth, QUOTIENT, lambda: parts))


def _there(grid: Grid, item: int, period: int) -> bool:
    return bool(grid.row_of[item * grid.rows.shape[1] + period] >= 0)
