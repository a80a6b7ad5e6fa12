"""Sections 3 to 5 of the method: the productivity account of a tree of services.

It is long because it is read from top to bottom beside the method, as one argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from . import periods
from .exact import fifty_digits, fraction, growth_per_log, known, ln
from .index import NOTHING, Cell, Cells, Rule, chain, is_own_reference, rebased
from .quality import Quality, Row, Rows, indicators, indicators_that_apply, quality_index
from .tree import at_or_below, children, lineage, nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .periods import Period

Series = dict["Period", Fraction]
Method = TypeVar("Method", bound="Callable[..., Any]")
OWN = "(own level)"
ACCOUNTS = ("activity", "quality_adjusted", "value_demand")


def _remembered(method: Method) -> Method:
    """Return the method, computed once for the same arguments: a tree asks its leaves again at every level."""

    @wraps(method)
    def recalled(self: Account, *arguments: str) -> Any:
        key = (method.__name__, *arguments)
        if key not in self.memory:
            self.memory[key] = method(self, *arguments)
        return self.memory[key]

    return cast("Method", recalled)


def _service(row: Row) -> str:
    return lineage(str(row["service"]))[-1]


@dataclass
class Activities:
    """Volume x, cost cx and failure volume of each (service, activity, period), summed over groups."""

    volume: dict[tuple[str, str, Period], Fraction] = field(default_factory=dict)
    cost: dict[tuple[str, str, Period], Fraction] = field(default_factory=dict)
    failure: dict[tuple[str, str, Period], Fraction] = field(default_factory=dict)


@dataclass
class Account:
    """A study and its tables, and every quantity of the account as a method named for it."""

    study: dict[str, Any]
    tables: Mapping[str, Rows]
    memory: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)

    @cached_property
    def rule(self) -> Rule:
        output = self.study.get("output", {})
        head = self.study["study"]
        return Rule(
            output.get("index", "laspeyres"),
            output.get("link", "annual-overlap"),
            head["reference"],
            head["calendar"],
            head["frequency"],
        )

    @cached_property
    def accounts(self) -> list[str]:
        """The accounts switched on, each built on the one before."""
        on = {"activity": True, "quality_adjusted": bool(self.tables.get("quality")), "value_demand": "failure_demand" in self.study}
        return [account for account in ACCOUNTS if on[account]]

    def period(self, row: Row) -> Period:
        return periods.parse(str(row["period"]), self.rule.calendar, self.rule.frequency)

    def label(self, t: Period) -> str:
        return periods.label(t, self.rule.calendar, self.rule.frequency)

    # The tables

    def _looked_up(self, table: str, row: Row, keys: tuple[str, ...], value: str) -> Fraction:
        """Return a value given for the row's period, else for its year."""
        t = self.period(row)
        labels = {periods.label(t, self.rule.calendar, "year"): 1, self.label(t): 2}
        found = [
            (labels[str(other["period"])], fraction(other[value]))
            for other in self.tables.get(table, [])
            if all(str(other[key]) == str(row[key]) for key in keys) and str(other["period"]) in labels
        ]
        if not found:
            message = f"{table} has nothing for {[row[key] for key in keys]} in {self.label(t)}"
            raise LookupError(message)
        return known(max(found)[1])

    def cost(self, row: Row) -> Fraction:
        if (cost := fraction(row.get("cost"))) is not None:
            return cost
        unit_cost = fraction(row.get("unit_cost"))
        if unit_cost is None:
            unit_cost = self._looked_up("unit_costs", row, ("service", "activity"), "unit_cost")
        return unit_cost * known(row["volume"])

    @cached_property
    def activities(self) -> Activities:
        found = Activities()
        for row in self.tables.get("activity", []):
            key = _service(row), str(row["activity"]), self.period(row)
            for table, value in (
                (found.volume, known(row["volume"])),
                (found.cost, self.cost(row)),
                (found.failure, known(row.get("failure_volume"))),
            ):
                table[key] = table.get(key, Fraction(0)) + value
        return found

    @cached_property
    def input_cells(self) -> dict[str, Cells]:
        """Volume and expenditure of each service's own inputs."""
        found: dict[str, Cells] = {}
        for row in self.tables.get("inputs", []):
            expenditure, volume = known(row["expenditure"]), fraction(row.get("volume"))
            if volume is None:
                volume = expenditure / self._looked_up("deflators", row, ("deflator",), "index")
            items = found.setdefault(_service(row), {}).setdefault(self.period(row), {})
            if row["input"] in items:
                message = f"input given twice: {row}"
                raise ValueError(message)
            items[str(row["input"])] = Cell(volume, expenditure)
        return found

    # The tree

    @cached_property
    def nodes(self) -> list[str]:
        return nodes([*self.services_with_activity, *self.input_cells])

    @cached_property
    def services_with_activity(self) -> list[str]:
        return sorted({service for service, _, _ in self.activities.volume})

    @_remembered
    def has_activity_below(self, node: str) -> bool:
        return any(at_or_below(node, service) for service in self.services_with_activity)

    @_remembered
    def has_input_below(self, node: str) -> bool:
        return any(at_or_below(node, service) for service in self.input_cells)

    def is_output_equal_to_input(self, node: str) -> bool:
        above_has_own = any(ancestor in self.services_with_activity for ancestor in lineage(node)[:-1])
        return self.has_input_below(node) and not self.has_activity_below(node) and not above_has_own

    # Weights

    def own_activity_value(self, node: str) -> Series:
        value: Series = {}
        for (service, _, t), cost in self.activities.cost.items():
            if service == node:
                value[t] = value.get(t, Fraction(0)) + cost
        return value

    @_remembered
    def activity_value(self, node: str) -> Series:
        """Return the value of activity at or below a node, nothing taken out."""
        return _sum_of_series([self.own_activity_value(service) for service in self.services_with_activity if at_or_below(node, service)])

    def own_expenditure(self, node: str) -> Series:
        return {t: sum((cell.v for cell in items.values()), Fraction(0)) for t, items in self.input_cells.get(node, {}).items()}

    @_remembered
    def expenditure(self, node: str) -> Series:
        """Return input expenditure at or below a node."""
        return _sum_of_series([self.own_expenditure(service) for service in self.input_cells if at_or_below(node, service)])

    def weight(self, child: str) -> Series:
        """Return a child's weight in output: its expenditure if it has any input at all, else its activity value."""
        return self.expenditure(child) if self.has_input_below(child) else self.activity_value(child)

    def own_weight(self, node: str) -> Series:
        """Return the weight of a node's own rows beside its children."""
        by_expenditure = node in self.input_cells and all(self.has_input_below(child) for child in children(node, self.nodes))
        return self.own_expenditure(node) if by_expenditure else self.own_activity_value(node)

    # Quality and value demand

    @cached_property
    def span(self) -> list[Period]:
        """Every period from the first to the last that activity or quality is given for."""
        given = [t for _, _, t in self.activities.volume] + [self.period(row) for row in self.tables.get("quality", [])]
        span = [min(given)]
        while span[-1] < max(given):
            span.append(periods.after(span[-1], self.rule.frequency))
        return span

    @_remembered
    def quality(self, service: str, activity: str) -> Quality:
        found = indicators(self.tables.get("quality", []), self.rule)
        return quality_index(indicators_that_apply(found, service, activity), self.span)

    def failure_share(self, key: tuple[str, str, Period]) -> Fraction:
        """Return phi, the failure demand's share of an activity's volume."""
        volume = self.activities.volume[key]
        return self.activities.failure[key] / volume if volume else Fraction(0)

    def kept_share(self, key: tuple[str, str, Period]) -> Fraction:
        """Return 1 - lambda phi: what stays in output when failure demand is taken out."""
        removal = fraction(self.study["failure_demand"].get("removal", 1))
        return 1 - known(removal) * self.failure_share(key)

    def activity_cells(self, service: str, account: str) -> Cells:
        """Return volume z and value v of a service's own activities in one account."""
        cells: Cells = {}
        for key, volume in self.activities.volume.items():
            if key[0] != service:
                continue
            _, activity, t = key
            z, v = volume, self.activities.cost[key]
            if account != "activity":
                z *= self.quality(service, activity).k[t]
            if account == "value_demand":
                z, v = z * self.kept_share(key), v * self.kept_share(key)
            cells.setdefault(t, {})[activity] = Cell(z, v)
        return cells

    # Indices: levels are chains that start at 1; rebasing comes last

    @_remembered
    def input_levels(self, node: str) -> Series:
        groups = {child: (self.input_levels(child), self.expenditure(child)) for child in children(node, self.nodes)}
        own = _levels(self.input_cells.get(node, {}), self.rule)
        return _levels_of_groups(groups, own, self.own_expenditure(node), self.rule)

    @_remembered
    def output_levels(self, node: str, account: str) -> Series:
        if self.is_output_equal_to_input(node):
            return self.input_levels(node)
        groups = {child: (self.output_levels(child, account), self.weight(child)) for child in children(node, self.nodes)}
        own = _levels(self.activity_cells(node, account), self.rule)
        return _levels_of_groups(groups, own, self.own_weight(node), self.rule)

    # Flags

    @_remembered
    def provisional_periods(self, node: str, account: str) -> set[Period]:
        """Return the periods in which something done at or below a node rests on an indicator's last value."""
        if account == "activity":
            return set()
        return {
            t
            for (service, activity, t), volume in self.activities.volume.items()
            if at_or_below(node, service)
            and volume > 0
            and self.activities.cost[service, activity, t] > 0
            and t in self.quality(service, activity).provisional
        }

    def flags(self, node: str, account: str) -> Iterator[tuple[str, set[Period] | None]]:
        """Yield each flag with the periods it applies to; None is all of them."""
        output, inputs = self.output_levels(node, account), self.input_levels(node)
        if self.is_output_equal_to_input(node):
            yield "output=input", None
        if not self.has_input_below(node):
            yield "no-input", None
        if is_own_reference(output, self.rule) or is_own_reference(inputs, self.rule):
            yield "own-reference", None
        yield "provisional", self.provisional_periods(node, account)


def _sum_of_series(series: list[Series]) -> Series:
    return {t: sum((each.get(t, Fraction(0)) for each in series), Fraction(0)) for t in {t for each in series for t in each}}


def _levels(cells: Cells, rule: Rule) -> Series:
    return {t: fifty_digits(level) for t, level in chain(cells, rule).levels.items()} if cells else {}


def _levels_of_groups(groups: dict[str, tuple[Series, Series]], own: Series, own_weight: Series, rule: Rule) -> Series:
    """Return the index of a node from its children's and, as one more child, its own rows'.

    Where nothing below has an index, the node's own rows are its index, whatever they weigh.
    """
    groups = {name: group for name, group in groups.items() if group[0]}
    if not groups:
        return own
    return _levels(group_cells({**groups, OWN: (own, own_weight)} if own else groups), rule)


def group_cells(groups: dict[str, tuple[Series, Series]]) -> Cells:
    """Return services (index and weight) as cells. What a service weighs in a year counts where it has no index as well."""
    cells: Cells = {}
    for name, (levels, weight) in groups.items():
        for t in {*levels, *weight}:
            cells.setdefault(t, {})[name] = Cell(levels.get(t, NOTHING.z), weight.get(t, NOTHING.v))
    return cells


def growth_pct(series: Series, now: Period, then: Period) -> float | None:
    """Return growth in per cent, None where either end is missing."""
    return float(100 * (series[now] / series[then] - 1)) if now in series and then in series else None


def _number(series: Series, t: Period) -> float | None:
    return float(series[t]) if t in series else None


def productivity(output: Series, inputs: Series) -> Series:
    """Return P = 100 O / I where both exist."""
    return {t: 100 * output[t] / inputs[t] for t in output if t in inputs}


def productivity_rows(of: Account) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = {}
    for node in of.nodes:
        inputs = rebased(of.input_levels(node), of.rule)
        for account in of.accounts:
            output = rebased(of.output_levels(node, account), of.rule)
            ratio = productivity(output, inputs)
            flags = list(of.flags(node, account))
            for t in sorted({*output, *inputs}):
                then = periods.before(t, of.rule.frequency)
                rows[node, of.label(t), account] = {
                    "output": _number(output, t),
                    "input": _number(inputs, t),
                    "productivity": _number(ratio, t),
                    "output_growth": growth_pct(output, t, then),
                    "input_growth": growth_pct(inputs, t, then),
                    "productivity_growth": growth_pct(ratio, t, then),
                    "productivity_growth_year": growth_pct(ratio, t, periods.year_earlier(t)),
                    "flags": tuple(sorted(flag for flag, where in flags if where is None or t in where)),
                }
    return rows


COMPONENT = {"activity": "volume", "quality_adjusted": "quality", "value_demand": "value_demand"}


def bridge_factors(outputs: dict[str, Series], inputs: Series, now: Period, then: Period | None) -> dict[str, Fraction]:
    """Return the factors whose product (input's inverted) is P_t / P_t0. Where `then` is None, t0 is the reference: 100 for every index."""
    ratios = {account: series[now] / (100 if then is None else series[then]) for account, series in outputs.items()}
    factors, before = {}, Fraction(1)
    for account, ratio in ratios.items():
        factors[COMPONENT[account]] = ratio / before
        before = ratio
    factors["input"] = inputs[now] / (100 if then is None else inputs[then])
    factors["productivity"] = before / factors["input"]
    return factors


def bridge_pp(factors: dict[str, Fraction]) -> dict[str, Fraction]:
    """Return what each factor adds to the growth of productivity, in percentage points, by log-mean scaling."""
    scale = growth_per_log(factors["productivity"])
    return {name: 100 * scale * ln(factor) * (-1 if name == "input" else 1) for name, factor in factors.items()}


def bridge_rows(of: Account) -> dict[tuple[str, str, str, str], tuple[float, float]]:
    rows = {}
    for node in of.nodes:
        inputs = rebased(of.input_levels(node), of.rule)
        outputs = {account: rebased(of.output_levels(node, account), of.rule) for account in of.accounts}
        there = set(inputs).intersection(*outputs.values())
        for t in there:
            bases = {"reference": None, "previous": periods.before(t, of.rule.frequency), "year-earlier": periods.year_earlier(t)}
            for since, then in bases.items():
                if then is not None and then not in there:
                    continue
                factors = bridge_factors(outputs, inputs, t, then)
                points = bridge_pp(factors)
                for component, factor in factors.items():
                    rows[node, of.label(t), since, component] = float(factor), float(points[component])
    return rows


def failure_demand_rows(of: Account) -> dict[tuple[str, str, str], dict[str, float]]:
    """Return failure demand of every activity cell, and its cost, which stays in inputs whatever the removal factor."""
    if "failure_demand" not in of.study:
        return {}
    return {
        (service, activity, of.label(t)): {
            "volume": float(volume),
            "failure_volume": float(of.activities.failure[service, activity, t]),
            "share": float(of.failure_share((service, activity, t))),
            "cost": float(of.activities.cost[service, activity, t] * of.failure_share((service, activity, t))),
        }
        for (service, activity, t), volume in of.activities.volume.items()
    }


def account(study: dict[str, Any], tables: Mapping[str, Rows]) -> dict[str, Any]:
    """Return the account of a study (the mapping in its TOML file) and its tables (rows as mappings; text is read as numbers).

    "productivity" by (service, period, account), "bridge" by (service, period, since, component) as (factor,
    percentage points), "failure_demand" by (service, activity, period). An index that does not exist is None.
    """
    of = Account(study, tables)
    return {"productivity": productivity_rows(of), "bridge": bridge_rows(of), "failure_demand": failure_demand_rows(of)}
