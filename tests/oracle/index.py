"""Section 2 of the method: links, chains and the index series."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from . import periods
from .exact import Number, known, mean
from .formulas import FORMULAS, contributions_pp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .periods import Period


class Cell(NamedTuple):
    """Volume and value of one item in one period, or in a base."""

    z: Fraction
    v: Fraction

    @property
    def counts(self) -> bool:
        return self.z > 0 and self.v > 0


Base = dict[str, Cell]
Cells = dict["Period", Base]
NOTHING = Cell(Fraction(0), Fraction(0))


class Link(TypedDict):
    """One link: `relative` is None where no item is matched."""

    relative: Fraction | None
    matched_share: Fraction
    new: list[str]
    gone: list[str]
    contributions_pp: dict[str, Fraction]


@dataclass
class Chain:
    """One parent's chain: `levels` start at 1 and exist only where the chain reaches."""

    levels: dict[Period, Fraction] = field(default_factory=dict)
    links: dict[Period, Link] = field(default_factory=dict)


def with_data(cells: Cells) -> list[Period]:
    """Return the periods in which the parent has any item with z > 0 and v > 0."""
    return sorted(t for t, items in cells.items() if any(cell.counts for cell in items.values()))


def average_base(cells: Cells, among: list[Period]) -> Base:
    """Return each item's mean volume over those of the periods in which it takes part (volume and value), and its total value.

    A link leaves out what is absent from its period, so an item absent from part of the base must not count as zero there.
    """
    base: Base = {}
    for j in {j for t in cells if t in among for j in cells[t]}:
        every = [cells[t].get(j, NOTHING) for t in cells if t in among]
        there = [cell.z for cell in every if cell.counts]
        base[j] = Cell(mean(there) if there else Fraction(0), sum((cell.v for cell in every), Fraction(0)))
    return base


def year_base(cells: Cells, year: int) -> Base:
    return average_base(cells, [t for t in cells if t[0] == year])


def at_average_unit_values(cells: Cells, period: Period) -> Base:
    """Return the volumes of one period valued at the average unit values of its year.

    What was not done in the whole year has no unit value: its value is what was paid for it in the period.
    """
    base: Base = {}
    for j, cell in cells.get(period, {}).items():
        volume = sum((cells[t].get(j, NOTHING).z for t in cells if t[0] == period[0]), Fraction(0))
        value = sum((cells[t].get(j, NOTHING).v for t in cells if t[0] == period[0]), Fraction(0))
        base[j] = Cell(cell.z, value / volume * cell.z if volume > 0 else cell.v)
    return base


def _year_level(levels: dict[Period, Fraction], year: int) -> Fraction | None:
    """Return A: the mean of the index over those of the year's sub-periods that have one."""
    there = [level for t, level in levels.items() if t[0] == year]
    return mean(there) if there else None


@dataclass(frozen=True)
class Rule:
    """How one study makes an index."""

    formula: str
    link: str
    reference: str
    calendar: str
    frequency: str

    @property
    def reference_periods(self) -> list[Period]:
        return periods.span(self.reference, self.calendar, self.frequency)

    def base_and_level(self, cells: Cells, t: Period, levels: dict[Period, Fraction]) -> tuple[Base, Fraction | None]:
        """Return what a link starts from, and the index there (None where the chain does not reach it)."""
        first = with_data(cells)[0]
        if self.link == "fixed":
            return average_base(cells, self.reference_periods), Fraction(1)
        if self.link == "previous-period":
            earlier = periods.before(t, self.frequency)
            return cells.get(earlier, {}), levels.get(earlier)
        if t[0] == first[0]:
            return year_base(cells, t[0]), Fraction(1)
        if self.link == "annual-overlap":
            return year_base(cells, t[0] - 1), _year_level(levels, t[0] - 1)
        if self.link == "over-the-year":
            earlier = periods.year_earlier(t)
        elif self.link == "one-quarter-overlap":
            earlier = (t[0] - 1, periods.SUBPERIODS[self.frequency] - 1)
        else:
            message = f"no such link: {self.link}"
            raise ValueError(message)
        return at_average_unit_values(cells, earlier), levels.get(earlier)


def link_of(formula: str, base: Base, now: Base) -> Link:
    """Return one link between a base and a period. What takes part in one of them only is new, or gone."""
    in_now, before = ({j for j, cell in cells.items() if cell.counts} for cells in (now, base))
    matched = sorted(in_now & before)
    in_base = sum((cell.v for cell in base.values() if cell.v > 0), Fraction(0))
    link = Link(
        relative=None,
        matched_share=sum((base[j].v for j in matched), Fraction(0)) / in_base if in_base else Fraction(0),
        new=sorted(in_now - before),
        gone=sorted(before - in_now),
        contributions_pp={},
    )
    if matched:
        relatives = {j: now[j].z / base[j].z for j in matched}
        values = {j: base[j].v for j in matched}, {j: now[j].v for j in matched}
        link["relative"] = FORMULAS[formula](relatives, *values)
        link["contributions_pp"] = contributions_pp(formula, relatives, *values)
    return link


def chain(cells: Cells, rule: Rule) -> Chain:
    """Return the chain of one parent. A break is not healed: what rests on a missing index is missing."""
    made = Chain()
    for t in with_data(cells):
        if rule.link == "previous-period" and t == with_data(cells)[0]:
            made.levels[t] = Fraction(1)
            continue
        base, level = rule.base_and_level(cells, t, made.levels)
        link = made.links[t] = link_of(rule.formula, base, cells[t])
        if level is not None and link["relative"] is not None:
            made.levels[t] = level * link["relative"]
    return made


def is_own_reference(levels: dict[Period, Fraction], rule: Rule) -> bool:
    """Return whether a series has no value in the reference, so that its own first year has to serve."""
    return bool(levels) and not any(t in levels for t in rule.reference_periods)


def rebased(levels: dict[Period, Fraction], rule: Rule) -> dict[Period, Fraction]:
    """Return the index with reference = 100: the mean over the reference periods, else over the series' own first year."""
    if not levels:
        return {}
    hundred = rule.reference_periods
    if is_own_reference(levels, rule):
        hundred = [t for t in levels if t[0] == min(levels)[0]]
    divisor = mean([levels[t] for t in hundred if t in levels])
    return {t: 100 * level / divisor for t, level in levels.items()}


Row = tuple[str, str, Number | None, Number | None]


def cells_of(rows: Iterable[Row], rule: Rule) -> Cells:
    """Return rows (item, period label, volume, value) as cells. What is blank is zero."""
    cells: Cells = {}
    for item, text, volume, value in rows:
        items = cells.setdefault(periods.parse(text, rule.calendar, rule.frequency), {})
        if item in items:
            message = f"{item} is given twice in {text}"
            raise ValueError(message)
        items[item] = Cell(known(volume), known(value))
    return cells


def index_series(  # noqa: PLR0913 - the parameters of the method
    rows: Iterable[Row],
    *,
    formula: str,
    link: str,
    reference: str,
    calendar: str = "calendar",
    frequency: str,
) -> dict[str, float]:
    """Return the index by period label, reference = 100; a period that the chain does not reach is left out."""
    rule = Rule(formula, link, reference, calendar, frequency)
    levels = chain(cells_of(rows, rule), rule).levels
    return {periods.label(t, calendar, frequency): float(level) for t, level in rebased(levels, rule).items()}


def links(  # noqa: PLR0913 - the parameters of the method
    rows: Iterable[Row],
    *,
    formula: str,
    link: str,
    reference: str,
    calendar: str = "calendar",
    frequency: str,
) -> dict[str, Link]:
    """Return every link by the label of its period. The first period of a period-on-period chain has none."""
    rule = Rule(formula, link, reference, calendar, frequency)
    made = chain(cells_of(rows, rule), rule).links
    return {periods.label(t, calendar, frequency): each for t, each in made.items()}
