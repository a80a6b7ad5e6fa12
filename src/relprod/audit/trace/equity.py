"""Equity: from the factor of a service down to the outcomes of its groups."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from relprod.account.equity import ede, equity_factor, mean_outcome, relative_index, slope_index
from relprod.account.logarithms import exp_of, log_of
from relprod.audit.trace.formulas import MEAN, RELATIVE_LEVEL, plain
from relprod.audit.trace.node import Cell, Formula, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relprod.account.exact import Array
    from relprod.audit.trace.node import Number
    from relprod.audit.trace.nodes import Nodes

_OF_GROUP = plain("{0}, weighed by {1}", lambda outcome, _: outcome)
_SAID = {
    "after_sum": "outcomes after added up",
    "after_n": "contacts with an outcome after",
    "resolved_sum": "contacts resolved",
    "resolved_n": "contacts of which it is known",
}
_OF_CONTACTS = {"outcome_after": ("after_sum", "after_n"), "resolved": ("resolved_sum", "resolved_n")}
_MEAN_OF_CONTACTS = Formula("{0} ÷ {1}", lambda parts, value_of: float(Decimal(str(value_of(parts[0]))) / int(value_of(parts[1]))))
_SHARE = Formula(
    "{0} ÷ people of all {n} groups",
    lambda parts, value_of: _shares([float(value_of(part)) for part in parts[1:]], float(value_of(parts[0]))),
)


def _shares(people: list[float], own: float) -> float:
    return own / math.fsum(people)


def _of_groups(text: str, work: Callable[[Array, Array], float | None], *, scaled: bool = True) -> Formula:
    """Return a formula of the outcomes and the people of groups; a group is a part whose own parts are its outcome and its people.

    With `scaled` the work is given shares that sum to one, else people.
    """

    def apply(parts: Sequence[Node], value_of: Callable[[Node], Number]) -> float:
        outcome, people = (np.array([float(value_of(group.parts[which])) for group in parts]) for which in (0, 1))
        answer = work(outcome, people / math.fsum(people) if scaled else people)
        return math.nan if answer is None else answer

    return Formula(text, apply)


class EquityNodes:
    """The nodes of equity."""

    def __init__(self, nodes: Nodes) -> None:
        """Take the nodes of a run."""
        self.nodes = nodes

    @cached_property
    def levels(self) -> dict[str, Array]:
        """Each service's equity factor relative to the reference, over the periods."""
        return self.nodes.figures.equities.levels() if self.nodes.figures.equities is not None else {}

    def level(self, service: str, period: int) -> Node:
        """Return the equity factor of a service relative to the reference."""
        key, of = ("equity level", service, period), f"{service}, {self.nodes.label(period)}"
        value = float(self.levels[service][period])
        return self.nodes.once(
            key,
            lambda: Node(
                key, "equity level", of, value, RELATIVE_LEVEL, lambda: [self.declared(service, period), self._reference(service)]
            ),
        )

    def declared(self, service: str, period: int) -> Node:
        """Return the equity factor of a service at the study's own aversion."""
        return self.figure(service, period, self._aversion, "factor")

    @property
    def _aversion(self) -> float:
        return self.nodes.study.equity.aversion if self.nodes.study.equity is not None else 0.0

    def _reference(self, service: str) -> Node:
        """Return the mean factor over the reference; without any there, over the first year that has one."""
        timeline = self.nodes.timeline
        there = [period for period in range(timeline.count) if (service, timeline.first + period) in self._found]
        columns = timeline.reference_columns()
        inside = [period for period in there if columns.start <= period < columns.stop]
        first_year = (timeline.first + there[0]) // timeline.subperiods
        inside = inside or [period for period in there if (timeline.first + period) // timeline.subperiods == first_year]
        parts = [self.declared(service, period) for period in inside]
        key = ("equity reference", service)
        value = MEAN.apply(parts, lambda node: node.value or 0)
        return self.nodes.once(key, lambda: Node(key, "equity factor in the reference", service, value, MEAN, lambda: parts))

    @cached_property
    def _found(self) -> dict[tuple[str, int], Any]:
        return dict(self.nodes.figures.equities.found) if self.nodes.figures.equities is not None else {}

    def figure(self, service: str, period: int, aversion: float, column: str) -> Node:
        """Return a figure of the table `equity`: mean, ede, factor, sii or rii."""
        equity = self._found[service, self.nodes.timeline.first + period]
        at = next(each for each in equity.table if each.aversion == aversion)
        value, formula = {
            "mean": (equity.mean, _of_groups("mean of {n} groups by people", mean_outcome, scaled=False)),
            "ede": (
                at.ede,
                _of_groups(f"equally distributed equivalent of {{n}} groups at aversion {aversion:g}", lambda y, p: ede(y, p, aversion)),
            ),
            "factor": (
                at.factor,
                _of_groups(f"EDE ÷ mean of {{n}} groups at aversion {aversion:g}", lambda y, p: equity_factor(y, p, aversion)),
            ),
            "sii": (equity.slope_index, _of_groups("slope of outcome on rank over {n} groups", slope_index)),
            "rii": (equity.relative_index, _of_groups("best-off over worst-off end of the slope over {n} groups", relative_index)),
        }[column]
        names = {"ede": "EDE", "factor": "equity factor", "sii": "slope index", "rii": "relative index"}
        key, of = ("equity", service, period, aversion, column), f"{service}, {self.nodes.label(period)}"
        groups = [self._group(service, period, group.name) for group in equity.groups]
        return self.nodes.once(key, lambda: Node(key, names.get(column, column), of, value, formula, lambda: groups))

    def of_group(self, service: str, period: int, group: str, column: str) -> Node:
        """Return a figure of the table `equity_groups`: people, share, outcome or weight."""
        if column in {"outcome", "people"}:
            return self._group(service, period, group).parts[0 if column == "outcome" else 1]
        equity = self._found[service, self.nodes.timeline.first + period]
        every = [self._group(service, period, each.name) for each in equity.groups]
        own = self._group(service, period, group)
        found = next(each for each in equity.groups if each.name == group)
        key, of = ("equity group", column, service, period, group), f"{service}, {self.nodes.label(period)}, {group}"
        if column == "share":
            parts = [own.parts[1], *(each.parts[1] for each in every)]
            return self.nodes.once(key, lambda: Node(key, "share of people", of, found.share, _SHARE, lambda: parts))
        outcomes = [own.parts[0], *(each.parts[0] for each in every)]
        formula = Formula(
            f"(largest outcome ÷ {{0}}) ^ {self._aversion:g}",
            lambda parts, value_of: _weight([float(value_of(part)) for part in parts[1:]], float(value_of(parts[0])), self._aversion),
        )
        return self.nodes.once(key, lambda: Node(key, "weight of one more unit", of, found.weight, formula, lambda: outcomes))

    def _group(self, service: str, period: int, group: str) -> Node:
        """Return a group, whose parts are its outcome and its people."""
        key, of = ("group", service, period, group), f"{service}, {self.nodes.label(period)}, {group}"
        equity = self._found[service, self.nodes.timeline.first + period]
        found = next(each for each in equity.groups if each.name == group)
        parts = self._from_contacts(service, period, group) or self._from_table(service, period, group)
        return self.nodes.once(key, lambda: Node(key, "group", of, found.outcome, _OF_GROUP, lambda: parts))

    def _from_table(self, service: str, period: int, group: str) -> tuple[Node, Node]:
        equity = self._found[service, self.nodes.timeline.first + period]
        found = next(each for each in equity.groups if each.name == group)
        rows = (("service", service), ("period", self.nodes.label(period)), ("group", group))
        of = f"{service}, {self.nodes.label(period)}, {group}"

        def part(column: str, value: float) -> Node:
            key = ("outcomes", service, period, group, column)
            return self.nodes.once(key, lambda: Node(key, column, of, value, cell=Cell("outcomes", column, rows)))

        return part("outcome", found.outcome), part("people", found.people)

    def _from_contacts(self, service: str, period: int, group: str) -> tuple[Node, Node] | None:
        """Return mean outcome and number of a group's contacts; None where the study weighs outcomes of the table."""
        section = self.nodes.study.equity
        if section is None or section.outcome == "table" or self.nodes.measured.contacts is None:
            return None
        row = self._contact_outcomes[service, self.nodes.timeline.first + period, group]
        rows = (("service", service), ("period", self.nodes.label(period)), ("group", group))
        of = f"{service}, {self.nodes.label(period)}, {group}"
        total, count = (
            Node(
                ("contact outcomes", service, period, group, column),
                _SAID[column],
                of,
                row[column],
                cell=Cell("contacts", column, rows),
            )
            for column in _OF_CONTACTS[section.outcome]
        )
        value = _MEAN_OF_CONTACTS.apply((total, count), lambda node: node.value or 0)
        key = ("mean outcome", service, period, group)
        return self.nodes.once(key, lambda: Node(key, "mean outcome", of, value, _MEAN_OF_CONTACTS, lambda: (total, count))), count

    @cached_property
    def _contact_outcomes(self) -> dict[tuple[str, int, str], dict[str, Any]]:
        contacts = self.nodes.measured.contacts
        rows = [] if contacts is None else contacts.outcomes.to_pylist()
        return {(row["service"], row["period"], row["group"]): row for row in rows}


def _weight(outcomes: list[float], own: float, aversion: float) -> float:
    """Return the marginal value of one more unit, relative to the best-off group's."""
    return exp_of(aversion * log_of(max(outcomes) / own))
