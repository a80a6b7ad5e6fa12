"""Volumes and values of single activities and inputs: from any account of the ladder down to the cells."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from relprod.account.equity import scope_of
from relprod.audit.trace.formulas import KEPT, PRODUCT, QUOTIENT
from relprod.audit.trace.node import Node

if TYPE_CHECKING:
    from relprod.audit.trace.equity import EquityNodes
    from relprod.audit.trace.failure import FailureNodes
    from relprod.audit.trace.nodes import Nodes
    from relprod.audit.trace.quality import QualityNodes


class VolumeNodes:
    """The volumes and values of cells, in every account."""

    def __init__(self, nodes: Nodes, quality: QualityNodes, failure: FailureNodes, equity: EquityNodes) -> None:
        """Take the nodes of a run, and those of its adjustments."""
        self.nodes, self.quality, self.failure, self.equity = nodes, quality, failure, equity

    @cached_property
    def ladder(self) -> tuple[str, ...]:
        """The accounts of the core ladder in order."""
        return tuple(self.nodes.figures.account.output)

    def volume(self, account: str, item: int, period: int) -> Node:
        """Return the volume of an activity in an account; "input" is the account of inputs."""
        if account == "input":
            return self._input_volume(item, period)
        if account == "activity":
            return self.nodes.of_activity(item, period, "volume")
        before = self.volume(self.ladder[self.ladder.index(account) - 1], item, period)
        factor = {"quality_adjusted": self._quality, "value_demand": self._kept, "equity_weighted": self._equity}[account](item, period)
        return (
            before
            if factor is None
            else self._product(("volume", account, item, period), f"{before.name.split(',')[0]}, {_NAMES[account]}", before, factor)
        )

    def value(self, account: str, item: int, period: int) -> Node:
        """Return the value of an activity in an account, by which it is weighed; "input" gives expenditure."""
        if account == "input":
            return self.nodes.of_input(item, period, "expenditure")
        if account not in {"value_demand", "equity_weighted"} or "value_demand" not in self.ladder:
            return self.nodes.of_activity(item, period, "value")
        before = self.nodes.of_activity(item, period, "value")
        return self._product(("value", "value_demand", item, period), "cost of value demand", before, self._kept(item, period))

    def _product(self, key: tuple[object, ...], name: str, left: Node, right: Node) -> Node:
        value = float(left.value or 0) * float(right.value if right.value is not None else math.nan)
        return self.nodes.once(key, lambda: Node(key, name, left.of, value, PRODUCT, lambda: (left, right)))

    def _quality(self, item: int, period: int) -> Node | None:
        levels = self.nodes.figures.account.quality
        service, activity = self.nodes.activity.rows.keys[item]
        scope = None if levels is None else levels.scope_of(service, activity)
        return None if scope is None else self.quality.level(scope, period)

    def _kept(self, item: int, period: int) -> Node:
        section = self.nodes.study.failure_demand
        removal, share = self.nodes.given("removal factor", 1.0 if section is None else section.removal), self.failure.share(item, period)
        key = ("kept", item, period)
        value = 1 - float(removal.value or 0) * float(share.value or 0)
        return self.nodes.once(key, lambda: Node(key, "share kept", share.of, value, KEPT, lambda: (removal, share)))

    def _equity(self, item: int, period: int) -> Node | None:
        scope = scope_of(self.nodes.activity.rows.keys[item][0], self.equity.levels)
        return None if scope is None else self.equity.level(scope, period)

    def _input_volume(self, item: int, period: int) -> Node:
        if self.nodes.inputs.value(item, period, "volume") is not None:
            return self.nodes.of_input(item, period, "volume")
        parts = (self.nodes.of_input(item, period, "expenditure"), self.nodes.of_input(item, period, "deflator"))
        key = ("input volume", item, period)
        value = float(parts[0].value or 0) / float(parts[1].value or math.nan)
        return self.nodes.once(key, lambda: Node(key, "expenditure without its price change", parts[0].of, value, QUOTIENT, lambda: parts))


_NAMES = {
    "quality_adjusted": "quality-adjusted",
    "value_demand": "without failure demand",
    "equity_weighted": "weighed by who outcomes go to",
}
