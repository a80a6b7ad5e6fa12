"""The extended account: from its indices down to the public index and the unpaid hours beside it."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from relprod.account.services import is_at_or_below
from relprod.audit.trace.formulas import EXACT_TOTAL, MEAN, PRODUCT, REBASED, SAME
from relprod.audit.trace.indices import CHAINED_NOTE, chained_node, parents_of, reference_periods
from relprod.audit.trace.node import Formula, Node

if TYPE_CHECKING:
    from relprod.account.exact import Array
    from relprod.account.unpaid import ExtendedAccount
    from relprod.audit.trace.indices import IndexNodes, Parent
    from relprod.audit.trace.nodes import Nodes

_WORTH = Formula("{0} × {1}, exactly", lambda parts, value_of: Decimal(str(value_of(parts[0]))) * Decimal(str(value_of(parts[1]))))
_TO_FLOAT = Formula("{0}, as the nearest floating-point number", lambda parts, value_of: float(value_of(parts[0])))


class ExtendedNodes:
    """The nodes of the extended account: of its indices, and of the table `unpaid`."""

    def __init__(self, nodes: Nodes, indices: IndexNodes, extended: ExtendedAccount) -> None:
        """Take the nodes of a run, those of the public indices, and the account."""
        self.nodes, self.indices, self.extended = nodes, indices, extended
        self.parents: dict[str, dict[str, Parent]] = {side: parents_of(links) for side, links in extended.links.items()}

    def rebased(self, side: str, service: str, period: int) -> Node:
        """Return an index of the extended account, "output" or "input", with reference = 100."""
        key, of = ("extended index", side, service, period), f"{service}, {self.nodes.label(period)}, extended"
        value = float(self._index(side)[self.nodes.figures.account.tree.services.index(service), period])
        parent = self.parents.get(side, {}).get(service)
        if parent is None:
            public = self._public(side, service, period)
            note = "no unpaid hours beside it" if side in self.parents else "nothing is added: the outcome includes what families did"
            return self.nodes.once(key, lambda: Node(key, side, of, value, SAME, lambda: [public], note))
        return self.nodes.once(
            key,
            lambda: Node(
                key,
                side,
                of,
                value,
                REBASED,
                lambda: [self._chained(side, service, parent, period), self._reference(side, service, parent)],
                CHAINED_NOTE,
            ),
        )

    def _index(self, side: str) -> Array:
        return self.extended.input if side == "input" else self.extended.output

    def _public(self, side: str, service: str, period: int) -> Node:
        """Return the index of the public account that stands in the extended one."""
        return self.indices.rebased("input" if side == "input" else self.indices.volumes.ladder[-1], service, period)

    def _chained(self, side: str, service: str, parent: Parent, period: int) -> Node:
        return chained_node(
            self.nodes, (f"extended {side}", service), parent, period, lambda row, when: self._item(side, service, parent, row, when)
        )

    def _reference(self, side: str, service: str, parent: Parent) -> Node:
        chain = parent.links.chained.index[parent.place]
        present = [period for period in range(self.nodes.timeline.count) if not math.isnan(chain[period])]
        parts = [self._chained(side, service, parent, period) for period in reference_periods(self.nodes, present)]
        key, of = ("extended reference", side, service), f"{service}, {self.nodes.study.study.reference}, extended"
        value = MEAN.apply(parts, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, "mean level of the reference", of, value, MEAN, lambda: parts))

    def _item(self, side: str, service: str, parent: Parent, row: int, period: int) -> tuple[Node, Node]:
        """Return volume and value of an item beside the others: the public index, or hours of a contributor."""
        if row < len(parent.links.parents):  # the public items come first, one a parent
            return self._masked(parent, row, period, self._public(side, service, period)), self._weight(side, service, period)
        item = self._unpaid_item(parent.links.items[row])
        hours = self.nodes.of_unpaid(item, period, "hours")
        volume = (
            hours if side == "input" else self._product("sustainable hours", hours, self.nodes.of_unpaid(item, period, "sustainable_share"))
        )
        value = self._product("value of hours", hours, self.nodes.of_unpaid(item, period, "rate"))
        return self._masked(parent, row, period, volume), value

    def _masked(self, parent: Parent, row: int, period: int, node: Node) -> Node:
        """Return the node, or a missing one where it takes no part beside the public index."""
        if not math.isnan(parent.links.volume[row, period]):
            return node
        key = ("no part", node.key)
        return self.nodes.once(key, lambda: Node(key, node.name, node.of, None, note="takes no part"))

    def _weight(self, side: str, service: str, period: int) -> Node:
        return self.indices.weight("input" if side == "input" else self.indices.volumes.ladder[-1], service, period)

    def _unpaid_item(self, name: str) -> int:
        """Return which item of the unpaid cells an item of the links is."""
        service, _, contributor = name.rpartition(": ")
        return self.nodes.unpaid.item_of[service, contributor]

    def _product(self, name: str, left: Node, right: Node) -> Node:
        key = (name, left.key)
        value = float(left.value) * float(right.value) if left.value is not None and right.value is not None else None
        return self.nodes.once(key, lambda: Node(key, name, left.of, value, PRODUCT, lambda: (left, right)))

    def unpaid(self, service: str, period: int, contributor: str, column: str) -> Node:
        """Return a figure of the table `unpaid`: hours, value or sustainable_hours, exact sums of all at or below a service."""
        grid = self.nodes.unpaid
        items = [item for item, key in enumerate(grid.rows.keys) if key[1] == contributor and is_at_or_below(key[0], service)]
        parts = [self._exact(item, period, column) for item in items if grid.value(item, period, "hours") is not None]
        key, of = ("unpaid", service, period, contributor, column), f"{service}, {contributor}, {self.nodes.label(period)}"
        total = EXACT_TOTAL.apply(parts, lambda node: node.value or 0)
        node = self.nodes.once(key, lambda: Node(key, column.replace("_", " "), of, total, EXACT_TOTAL, lambda: parts))
        if column != "sustainable_hours":
            return node
        return self.nodes.once((*key, "float"), lambda: Node((*key, "float"), node.name, of, float(total), _TO_FLOAT, lambda: [node]))

    def _exact(self, item: int, period: int, column: str) -> Node:
        hours = self.nodes.exact("unpaid", self.nodes.unpaid, (item, period), "hours", "hours")
        if column == "hours":
            return hours
        other = {"value": "rate", "sustainable_hours": "sustainable_share"}[column]
        factor = self.nodes.exact("unpaid", self.nodes.unpaid, (item, period), other, other.replace("_", " "))
        key = ("unpaid exact", item, period, column)
        value = _WORTH.apply((hours, factor), lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, column.replace("_", " "), hours.of, value, _WORTH, lambda: (hours, factor)))
