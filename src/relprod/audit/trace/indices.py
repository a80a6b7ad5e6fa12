"""Indices: from a service's index to its chain, from each link to its items, and from an item to its base and its cells."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.links import link_groups
from relprod.account.services import OWN_LEVEL, SEPARATOR, is_at_or_below, own_level_of
from relprod.audit.trace.formulas import CHAINED, MEAN, REBASED, SAME, TOTAL, link, plain
from relprod.audit.trace.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relprod.account.aggregation import Links
    from relprod.account.exact import Array
    from relprod.account.links import LinkGroup, LinkKind, Timeline
    from relprod.audit.trace.nodes import Nodes
    from relprod.audit.trace.volumes import VolumeNodes

CHAINED_NOTE = "chained over several links: contributions by item are exact within one link, and not over them"
_OVER_BASE = plain("{0} ÷ {1}", lambda now, then, *_: now / then)
_AT_AVERAGE = plain("{0} ÷ {1} × {2}", lambda total, year, volume: total / year * volume)


@dataclass(frozen=True)
class Base:
    """What a link compares a period with: the columns whose mean volume and total value are the base.

    With `valued_over`, the base is the volume of the one column in `columns`, at the average unit value of those. `hung_on` are the
    columns whose mean level the link is hung on; without any the level is 1.
    """

    columns: tuple[int, ...]
    hung_on: tuple[int, ...]
    valued_over: tuple[int, ...] = ()


@dataclass(frozen=True)
class Parent:
    """One parent of links: its place among them, and the rows of its items."""

    links: Links
    place: int
    rows: tuple[int, ...]
    made: dict[str, list[LinkGroup]] = field(default_factory=dict)

    def groups(self, timeline: Timeline, kind: LinkKind) -> list[LinkGroup]:
        """Return how each period is linked, as the index was."""
        if kind not in self.made:
            rows = list(self.rows)
            volume, value = (np.where(each[rows] > 0, each[rows], 0.0)[None] for each in (self.links.volume, self.links.value))
            self.made[kind] = list(link_groups(volume, value, timeline, kind))
        return self.made[kind]


class IndexNodes:
    """The nodes of indices of services, of any account: an account of the ladder, or "input"."""

    def __init__(self, nodes: Nodes, volumes: VolumeNodes) -> None:
        """Take the nodes of a run, and those of volumes."""
        self.nodes, self.volumes = nodes, volumes
        self._parents: dict[str, dict[str, Parent]] = {}

    # What is published: reference = 100

    def rebased(self, account: str, service: str, period: int) -> Node:
        """Return the index of a service with reference = 100."""
        value = float(self._published(account)[self._place(service), period])
        key, of = ("index", account, service, period), self._of(account, service, period)
        name = "input" if account == "input" else "output"
        parents = self.parents(account)
        note = CHAINED_NOTE if service in parents and len(self._links_from_start(account, service, period)) > 1 else ""
        return self.nodes.once(
            key,
            lambda: Node(
                key, name, of, value, REBASED, lambda: [self.chained(account, service, period), self._reference(account, service)], note
            ),
        )

    def _published(self, account: str) -> Array:
        figures = self.nodes.figures.account
        return figures.input if account == "input" else figures.output[account]

    def _place(self, service: str) -> int:
        return self._places[service]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {service: place for place, service in enumerate(self.nodes.figures.account.tree.services)}

    def _of(self, account: str, service: str, period: int) -> str:
        return f"{service}, {self.nodes.label(period)}" if account == "input" else f"{service}, {self.nodes.label(period)}, {account}"

    def _reference(self, account: str, service: str) -> Node:
        """Return the mean level of the chain over the reference; where it has none there, over the first year that it has any."""
        present = [
            period for period in range(self.nodes.timeline.count) if not math.isnan(self._published(account)[self._place(service), period])
        ]
        parts = [self.chained(account, service, period) for period in reference_periods(self.nodes, present)]
        key, of = ("reference", account, service), f"{service}, {self.nodes.study.study.reference}"
        value = MEAN.apply(parts, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, "mean level of the reference", of, value, MEAN, lambda: parts))

    # The chain

    def parents(self, account: str) -> dict[str, Parent]:
        """Return every parent of links of an account by its name."""
        if account not in self._parents:
            links = self.nodes.figures.account.links[account]
            self._parents[account] = parents_of(links)
        return self._parents[account]

    def chained(self, account: str, service: str, period: int) -> Node:
        """Return the level of a service's chain, 1 where it starts."""
        key, of = ("chain", account, service, period), self._of(account, service, period)
        parents = self.parents(account)
        if service in parents:
            return chained_node(self.nodes, (account, service), parents[service], period, lambda row, when: self._item(account, row, when))
        own = own_level_of(service)
        if own in parents:
            below = self.chained(account, own, period)
            return self.nodes.once(key, lambda: Node(key, "level", of, below.value, SAME, lambda: [below], "nothing below it is measured"))
        spent = self.chained("input", service, period)
        note = "output is not measured, and taken to be input"
        return self.nodes.once(key, lambda: Node(key, "level", of, spent.value, SAME, lambda: [spent], note))

    def _links_from_start(self, account: str, service: str, period: int) -> list[int]:
        """Return the periods whose links the level of a period is chained from."""
        parent, found, now = self.parents(account)[service], [], period
        while True:
            base = base_of(self.nodes, parent, now)
            found.append(now)
            if not base.hung_on or len(found) > self.nodes.timeline.count:
                return found
            now = base.hung_on[-1]

    def _item(self, account: str, row: int, period: int) -> tuple[Node, Node]:
        """Return volume and value of an item (a row of the account's links) in a period."""
        cells = self.nodes.figures.inputs if account == "input" else self.nodes.figures.activity
        if row < len(cells.item):
            return self.volumes.volume(account, row, period), self.volumes.value(account, row, period)
        name = self.nodes.figures.account.links[account].items[row]
        return self.chained(account, name, period), self.weight(account, name, period)

    # What services weigh beside one another

    def weight(self, account: str, name: str, period: int) -> Node:
        """Return what a service, or the own level of one, weighs beside its siblings."""
        is_own = name == OWN_LEVEL or name.endswith(f"{SEPARATOR}{OWN_LEVEL}")
        service = "All services" if name == OWN_LEVEL else name.removesuffix(f"{SEPARATOR}{OWN_LEVEL}")
        spending = self._weighs_by_spending(account, service, own=is_own)
        return self._own_worth(service, period, spending=spending) if is_own else self.worth(service, period, spending=spending)

    def _weighs_by_spending(self, account: str, service: str, *, own: bool) -> bool:
        weights = self.nodes.figures.account.weights
        return account == "input" or bool((weights.own_is_spending if own else weights.total_is_spending)[self._place(service)])

    def worth(self, service: str, period: int, *, spending: bool) -> Node:
        """Return the spending, or the cost of activity, at or below a service."""
        key = ("worth", service, period, spending)
        below = [name for name in self.nodes.figures.account.tree.services if is_at_or_below(name, service)]
        parts = [part for name in below if (part := self._own_worth(name, period, spending=spending)).parts]
        name, of = "spending at or below it" if spending else "cost of activity at or below it", f"{service}, {self.nodes.label(period)}"
        value = TOTAL.apply(parts, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, name, of, value, TOTAL, lambda: parts))

    def _own_worth(self, service: str, period: int, *, spending: bool) -> Node:
        key = ("own worth", service, period, spending)
        cells = self.nodes.figures.inputs if spending else self.nodes.figures.activity
        column, of_cell = ("expenditure", self.nodes.of_input) if spending else ("value", self.nodes.of_activity)
        items = self._items_by_service(spending=spending).get(service, ())
        parts = [of_cell(item, period, column) for item in items if not math.isnan(cells.value[item, period])]
        name, of = "own spending" if spending else "cost of own activity", f"{service}, {self.nodes.label(period)}"
        value = TOTAL.apply(parts, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, name, of, value, TOTAL, lambda: parts))

    def _items_by_service(self, *, spending: bool) -> dict[str, list[int]]:
        return self._spending_items if spending else self._activity_items

    @cached_property
    def _spending_items(self) -> dict[str, list[int]]:
        return _by_service(self.nodes.figures.inputs.service)

    @cached_property
    def _activity_items(self) -> dict[str, list[int]]:
        return _by_service(self.nodes.figures.activity.service)


def _by_service(services: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for item, service in enumerate(services):
        found.setdefault(service, []).append(item)
    return found


def parents_of(links: Links) -> dict[str, Parent]:
    """Return the parents of links by their names."""
    rows: dict[int, list[int]] = {}
    for row, place in enumerate(links.item_parent.tolist()):
        rows.setdefault(place, []).append(row)
    return {name: Parent(links, place, tuple(rows.get(place, ()))) for place, name in enumerate(links.parents)}


def reference_periods(nodes: Nodes, present: Sequence[int]) -> list[int]:
    """Return the periods of a series whose mean is its 100: those in the reference, else those in the first year that it has any."""
    timeline = nodes.timeline
    columns = timeline.reference_columns()
    inside = [period for period in present if columns.start <= period < columns.stop]
    first_year = (timeline.first + present[0]) // timeline.subperiods if present else 0
    return inside or [period for period in present if (timeline.first + period) // timeline.subperiods == first_year]


def base_of(nodes: Nodes, parent: Parent, period: int) -> Base:
    """Return the base of a parent's link in a period, as the links themselves have it."""
    timeline, kind = nodes.timeline, nodes.figures.method.link
    group = next(each for each in parent.groups(timeline, kind) if each.periods.start <= period < each.periods.stop)
    offset = period - group.periods.start
    own, hung_on = bool(group.own_base[0, offset]), group.hung_on[offset]
    year = _year_columns(nodes, period)
    if kind == "previous-period":
        return Base((period if own or period == 0 else period - 1,), () if own else hung_on)
    if kind == "fixed":
        columns = timeline.reference_columns()
        return Base(tuple(range(columns.start, columns.stop)), ())
    if own:
        return Base(year, ())
    before = _year_columns(nodes, year[0] - 1) if year[0] else ()
    return Base(before, hung_on) if kind == "annual-overlap" else Base(hung_on, hung_on, before)


def _year_columns(nodes: Nodes, period: int) -> tuple[int, ...]:
    timeline = nodes.timeline
    columns = timeline.years()[(timeline.first + period) // timeline.subperiods]
    return tuple(range(columns.start, columns.stop))


def chained_node(nodes: Nodes, of: tuple[str, str], parent: Parent, period: int, item_of: Callable[[int, int], tuple[Node, Node]]) -> Node:
    """Return the level of a parent's chain: that of what its link is hung on, times the link.

    `of` names account and parent; `item_of` gives volume and value of a row of the links in a period.
    """
    account, name = of
    key, where = ("chain", account, name, period), f"{name}, {nodes.label(period)}, {account}"
    value = float(parent.links.chained.index[parent.place, period])

    def parts() -> list[Node]:
        base = base_of(nodes, parent, period)
        return [_level(nodes, of, parent, base, item_of), _link(nodes, of, parent, period, base, item_of)]

    return nodes.once(key, lambda: Node(key, "level", where, value, CHAINED, parts))


def _level(nodes: Nodes, of: tuple[str, str], parent: Parent, base: Base, item_of: Callable[[int, int], tuple[Node, Node]]) -> Node:
    """Return the level that a link is hung on."""
    account, name = of
    if not base.hung_on:
        return nodes.given("level 1, where the chain starts", 1.0)
    there = [period for period in base.hung_on if not math.isnan(parent.links.chained.index[parent.place, period])]
    levels = [chained_node(nodes, of, parent, period, item_of) for period in there]
    if len(levels) == 1:
        return levels[0]
    key = ("hung on", account, name, base.hung_on)
    where = f"{name}, {nodes.label(base.hung_on[0])} to {nodes.label(base.hung_on[-1])}, {account}"
    value = MEAN.apply(levels, lambda node: node.value or 0)
    return nodes.once(key, lambda: Node(key, "mean level", where, value, MEAN, lambda: levels))


def _link(  # noqa: PLR0913, PLR0917 - a link is between a period and its base, of one parent of one account
    nodes: Nodes, of: tuple[str, str], parent: Parent, period: int, base: Base, item_of: Callable[[int, int], tuple[Node, Node]]
) -> Node:
    """Return the link of a period on its base; its parts are the items that are in both."""
    account, name = of
    key, where = ("link", account, name, period), f"{name}, {nodes.label(period)}, {account}"
    value = float(parent.links.chained.growth[parent.place, period]) + 1

    def items() -> list[Node]:
        matched = [row for row in parent.rows if parent.links.chained.matched[row, period]]
        return [_item_node(nodes, of, parent, (row, period), base, item_of) for row in matched]

    span = nodes.label(base.columns[0]) if len(base.columns) == 1 else f"{nodes.label(base.columns[0])} to {nodes.label(base.columns[-1])}"
    note = f"base: {span}" if base.columns else ""
    return nodes.once(key, lambda: Node(key, "link", where, value, link(nodes.figures.method.formula), items, note))


def _item_node(  # noqa: PLR0913, PLR0917 - an item of a link, with what it takes to find its base
    nodes: Nodes, of: tuple[str, str], parent: Parent, at: tuple[int, int], base: Base, item_of: Callable[[int, int], tuple[Node, Node]]
) -> Node:
    """Return the relative of an item's volumes; its parts are volume, base volume, base value and value."""
    account, name = of
    row, period = at
    item = parent.links.items[row]
    adds = f"adds {100 * parent.links.chained.contribution[row, period]:+.4f} percentage points to the link"
    key, where = ("item", account, name, row, period), f"{item}, {nodes.label(period)}, {account}"
    volume, value = item_of(row, period)
    over = [(when, *item_of(row, when)) for when in base.columns]
    there = [(when, first, second) for when, first, second in over if _positive(first) and _positive(second)]
    volumes = [each[1] for each in there]
    base_key = ("base", account, name, row, base.columns)
    base_where = f"{item}, {nodes.label(base.columns[0])} to {nodes.label(base.columns[-1])}, {account}"
    base_volume = (
        volumes[0]
        if len(base.columns) == 1
        else _summed(nodes, (*base_key, "volume"), "mean volume in the base", base_where, volumes, mean=True)
    )
    values = [second for _, _, second in over if _positive(second)]
    base_value = (
        values[0] if len(base.columns) == 1 else _summed(nodes, (*base_key, "value"), "value in the base", base_where, values, mean=False)
    )
    if base.valued_over:
        base_value = _at_average_value(nodes, (*base_key, "average"), base_where, (row, base), base_volume, item_of)
    parts = (volume, base_volume, base_value, value)
    ratio = float(volume.value or 0) / float(base_volume.value or math.nan)
    return nodes.once(key, lambda: Node(key, "relative", where, ratio, _OVER_BASE, lambda: parts, adds))


def _at_average_value(  # noqa: PLR0913, PLR0917 - as `_item_node`
    nodes: Nodes,
    key: tuple[object, ...],
    where: str,
    at: tuple[int, Base],
    base_volume: Node,
    item_of: Callable[[int, int], tuple[Node, Node]],
) -> Node:
    """Return the value of a base volume at the average unit value of its year."""
    row, base = at
    year = [item_of(row, when) for when in base.valued_over]
    total = _summed(nodes, (*key, "total"), "value in the year", where, [value for _, value in year if _positive(value)], mean=False)
    volume = _summed(nodes, (*key, "volume"), "volume in the year", where, [volume for volume, _ in year if _positive(volume)], mean=False)
    parts = (total, volume, base_volume)
    value = float(_AT_AVERAGE.apply(parts, lambda node: node.value or 0))
    return nodes.once(key, lambda: Node(key, "base volume at the year's unit value", where, value, _AT_AVERAGE, lambda: parts))


def _summed(nodes: Nodes, key: tuple[object, ...], name: str, where: str, parts: list[Node], *, mean: bool) -> Node:  # noqa: PLR0913 - what and of what
    formula = MEAN if mean else TOTAL
    value = formula.apply(parts, lambda node: node.value or 0)
    return nodes.once(key, lambda: Node(key, name, where, value, formula, lambda: parts))


def _positive(node: Node) -> bool:
    return node.value is not None and float(node.value) > 0
