"""Quality: from the level k of a scope down to the readings of its indicators."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.quality import chained_level, indicators_by_scope, last_seen
from relprod.audit.trace.formulas import MEAN, QUOTIENT, plain
from relprod.audit.trace.node import Cell, Formula, Node
from relprod.run.figures import CONTACT_QUALITY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relprod.account.quality import Indicator, Scope
    from relprod.audit.trace.node import Number
    from relprod.audit.trace.nodes import Nodes

_BETTER = {
    "higher": plain("1 + {1} × ({3} ÷ {2} - 1)", lambda _, part, before, now: 1 + part * (now / before - 1)),
    "lower": plain("1 + {1} × ({2} ÷ {3} - 1)", lambda _, part, before, now: 1 + part * (before / now - 1)),
    "lower-share": plain("1 + {1} × ((1 - {3}) ÷ (1 - {2}) - 1)", lambda _, part, before, now: 1 + part * ((1 - now) / (1 - before) - 1)),
}
_BETTER["index"] = _BETTER["higher"]


def _average(parts: Sequence[Node], value_of: Callable[[Node], Number]) -> float:
    """Return the average of the indicators' terms by weight; a term's first part is its weight."""
    weights = [float(value_of(part.parts[0])) for part in parts]
    total = math.fsum(weights)
    return math.fsum(weight / total * float(value_of(part)) for weight, part in zip(weights, parts, strict=True))


_STEP = Formula("average of {n} indicators by weight", _average)
_ON = plain("{0} × {1}", lambda level, step: level * step)


class QualityNodes:
    """The nodes of quality levels."""

    def __init__(self, nodes: Nodes) -> None:
        """Take the nodes of a run."""
        self.nodes = nodes
        self._chains: dict[Scope, list[float]] = {}

    @cached_property
    def _by_scope(self) -> dict[Scope, list[Indicator]]:
        return indicators_by_scope(self.nodes.figures.indicators or ())

    def level(self, scope: Scope, period: int) -> Node:
        """Return k of a scope in a period, with mean 1 over the reference."""
        columns = self.nodes.timeline.reference_columns()
        account = self.nodes.figures.account
        if account.quality is None or columns.start == columns.stop:
            return self._chained(scope, period)
        value = float(account.quality.level[scope][period])
        key = ("quality", scope, period)
        return self.nodes.once(
            key,
            lambda: Node(
                key,
                "quality",
                self._of(scope, period),
                value,
                QUOTIENT,
                lambda: [self._chained(scope, period), self._reference(scope)],
            ),
        )

    def _of(self, scope: Scope, period: int) -> str:
        return f"{', '.join(part for part in scope if part)}, {self.nodes.label(period)}"

    def _chain(self, scope: Scope) -> list[float]:
        """Return the product of a scope's relatives over the periods."""
        if scope not in self._chains:
            self._chains[scope] = chained_level(self._by_scope[scope], self.nodes.timeline).tolist()
        return self._chains[scope]

    def _reference(self, scope: Scope) -> Node:
        columns = self.nodes.timeline.reference_columns()
        levels = self._chain(scope)[columns]
        key = ("quality reference", scope)
        of = f"{', '.join(part for part in scope if part)}, {self.nodes.study.study.reference}"
        parts = [self._chained(scope, period) for period in range(columns.start, columns.stop)]
        return self.nodes.once(key, lambda: Node(key, "mean chained quality", of, math.fsum(levels) / len(levels), MEAN, lambda: parts))

    def _chained(self, scope: Scope, period: int) -> Node:
        """Return the product of a scope's relatives up to a period, 1 in the first."""
        key, value = ("quality chained", scope, period), self._chain(scope)[period]
        if period == 0:
            return self.nodes.once(key, lambda: Node(key, "chained quality", self._of(scope, period), value))
        return self.nodes.once(
            key,
            lambda: Node(
                key,
                "chained quality",
                self._of(scope, period),
                value,
                _ON,
                lambda: [self._chained(scope, period - 1), self._step(scope, period)],
            ),
        )

    def _step(self, scope: Scope, period: int) -> Node:
        """Return how much better a scope's quality is than in the period before."""
        key = ("quality step", scope, period)
        terms = [self._term(each, period) for each in self._by_scope[scope] if not np.isnan(last_seen(each.value)[period - 1])]
        if not terms:
            return self.nodes.once(
                key, lambda: Node(key, "quality on the period before", self._of(scope, period), 1.0, note="nothing to compare")
            )
        value = _average(terms, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, "quality on the period before", self._of(scope, period), value, _STEP, lambda: terms))

    def _term(self, indicator: Indicator, period: int) -> Node:
        """Return what one indicator says of a period, as far as it is the service's own doing."""
        key = ("quality term", _name(indicator), period)
        before, now = self._reading(indicator, period - 1), self._reading(indicator, period)
        weight, part = (
            self._parameter(indicator, name, last_seen(values)[period], period)
            for name, values in (("weight", indicator.weight), ("attribution", indicator.attribution))
        )
        numbers = {node: node.value for node in (weight, part, before, now)}
        parts = (weight, part, before, now)
        value = float(_BETTER[indicator.direction].apply(parts, lambda node: numbers[node] or 0))
        of = f"{indicator.service}, {indicator.name}, {self.nodes.label(period)}"
        return self.nodes.once(key, lambda: Node(key, "indicator's term", of, value, _BETTER[indicator.direction], lambda: parts))

    def _seen_in(self, indicator: Indicator, period: int) -> int:
        """Return the period in which the reading was made that stands for one."""
        return int(np.flatnonzero(~np.isnan(indicator.value[: period + 1]))[-1])

    def _parameter(self, indicator: Indicator, name: str, value: float, period: int) -> Node:
        seen = self._seen_in(indicator, period)
        key, of = ("quality", name, _name(indicator), seen), f"{indicator.service}, {indicator.name}, {self.nodes.label(seen)}"
        if _is_made(indicator):
            return self.nodes.given(f"{name} of the outcome of contacts", float(value))
        cell = self._cell(indicator, name, seen)
        return self.nodes.once(key, lambda: Node(key, name, of, float(value), cell=cell))

    def _reading(self, indicator: Indicator, period: int) -> Node:
        """Return the reading of an indicator that stands for a period: its own, or the last before it."""
        seen = self._seen_in(indicator, period)
        key = ("quality reading", _name(indicator), seen)
        value, of = float(indicator.value[seen]), f"{indicator.service}, {indicator.name}, {self.nodes.label(seen)}"
        note = "observed before the first period" if indicator.held_at_start and seen == 0 else ""
        if _is_made(indicator):
            return self.nodes.once(
                key,
                lambda: Node(
                    key, "mean gain", of, value, QUOTIENT, lambda: [self._sum(indicator, seen, each) for each in ("after", "before")]
                ),
            )
        cell = self._cell(indicator, "value", seen)
        return self.nodes.once(key, lambda: Node(key, "reading", of, value, note=note, cell=cell))

    def _cell(self, indicator: Indicator, column: str, seen: int) -> Cell:
        rows = (("service", indicator.service), ("activity", indicator.activity), ("indicator", indicator.name))
        return Cell("quality", column, (*rows, ("period", self.nodes.label(seen))))

    def _sum(self, indicator: Indicator, period: int, when: str) -> Node:
        """Return the sum of the outcomes of a service's contacts that have both."""
        key = ("contact outcomes", indicator.service, period, when)
        total = sum(
            row[f"both_{when}_sum"] or 0
            for row in (self.nodes.measured.contacts.outcomes.to_pylist() if self.nodes.measured.contacts is not None else ())
            if row["service"] == indicator.service and row["period"] == self.nodes.timeline.first + period
        )
        rows = (("service", indicator.service), ("period", self.nodes.label(period)))
        of = f"{indicator.service}, {self.nodes.label(period)}"
        return self.nodes.once(key, lambda: Node(key, f"sum of outcomes {when}", of, total, cell=Cell("contacts", f"outcome_{when}", rows)))


def _is_made(indicator: Indicator) -> bool:
    """Return whether an indicator is made from the outcomes of contacts."""
    return indicator.name == CONTACT_QUALITY and indicator.activity is None


def _name(indicator: Indicator) -> tuple[str, str, str]:
    return indicator.service, indicator.activity or "", indicator.name
