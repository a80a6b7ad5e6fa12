"""Figures that moved between two runs, and the part of each movement that each step made.

Levels are doubles, and the parts are their exact differences, so that they add up to the movement exactly.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relprod.audit.steps import Place, Steps

Measure = Literal["productivity", "output"]
Cause = Literal["data", "study", "together", "versions"]
_CAUSE_OF_STEP: tuple[Cause, ...] = ("versions", "data", "study", "versions")


@dataclass(frozen=True)
class Movement:
    """One figure in both runs, in index points: its productivity, or its output where there is no productivity.

    The parts are None where they cannot be told: then `together` is what data and study made between them, or, where that is None too,
    nothing is known but the movement.
    """

    service: str
    period: str
    account: str
    measure: Measure
    before: float
    after: float
    data: Fraction | None
    study: Fraction | None
    together: Fraction | None
    versions: Fraction | None

    @property
    def moved(self) -> Fraction:
        """How far the figure moved."""
        return Fraction(self.after) - Fraction(self.before)

    @property
    def parts(self) -> dict[Cause, Fraction]:
        """The parts that are known, in the order of the steps; they add up to the movement."""
        named: tuple[tuple[Cause, Fraction | None], ...] = (
            ("data", self.data), ("study", self.study), ("together", self.together), ("versions", self.versions),
        )  # fmt: skip
        return {cause: part for cause, part in named if part is not None}


@dataclass(frozen=True)
class Alone:
    """Figures that one run alone has: how many, of which service, period or account (or one "figure"), and what made it so."""

    run: Literal["before", "after"]
    what: Literal["account", "period", "service", "figure"]
    name: str
    count: int
    cause: Cause | None


def movements(steps: Steps, places: Iterable[Place]) -> Iterator[Movement]:
    """Yield every figure at some places that both runs have, moved or not."""
    for place in places:
        for measure in ("productivity", "output"):
            values = _values(steps, place, measure)
            before, after = values[0], values[-1]
            if before is not None and after is not None:
                yield Movement(*place, measure, before, after, *_parts(values))
                break


def alone(steps: Steps, places: Iterable[Place]) -> Iterator[Alone]:
    """Yield what one run alone has figures of, with the first step after which it stays so."""
    had = [{place for place, figure in level.items() if figure.output is not None} for level in (steps.before, steps.after)]
    named = [[{place[part] for place in level} for part in range(3)] for level in (steps.before, steps.after)]
    counts: Counter[tuple[bool, int, str, Cause | None]] = Counter()
    for place in places:
        if (place in had[0]) != (place in had[1]):
            is_new = place in had[1]
            others = named[not is_new]
            rank, name = next(
                ((rank, place[part]) for rank, part in enumerate((2, 1, 0)) if place[part] not in others[part]), (3, ", ".join(place))
            )
            counts[is_new, rank, name, _cause_of_presence(steps, place)] += 1
    whats: tuple[Literal["account", "period", "service", "figure"], ...] = ("account", "period", "service", "figure")
    for (is_new, rank, name, cause), count in sorted(counts.items(), key=lambda item: (*item[0][:3], item[0][3] or "")):
        yield Alone("after" if is_new else "before", whats[rank], name, count, cause)


def _values(steps: Steps, place: Place, measure: Measure) -> list[float | None]:
    """Return a figure at the end of each step; None where it is missing, or the step could not be made."""
    found = [None if level is None else level.get(place) for level in steps.levels]
    return [None if figure is None else getattr(figure, measure) for figure in found]


def _parts(values: list[float | None]) -> tuple[Fraction | None, Fraction | None, Fraction | None, Fraction | None]:
    """Return what data, study, the two together, and versions moved."""
    before, before_again, revised, after_again, after = (None if value is None else Fraction(value) for value in values)
    if before is None or before_again is None or after_again is None or after is None:
        return None, None, None, None
    versions = before_again - before + after - after_again
    if revised is None:
        return None, None, after_again - before_again, versions
    return revised - before_again, after_again - revised, None, versions


def _cause_of_presence(steps: Steps, place: Place) -> Cause | None:
    """Return the last step that made a figure appear or go; None where a step before or after it could not be made."""
    there = [None if level is None else place in level and level[place].output is not None for level in steps.levels]
    if there[1] is None or there[3] is None:
        return None
    if there[2] is None:
        if there[1] != there[3]:
            return "together"
        there[2] = there[1]
    return next(cause for at, cause in reversed(list(enumerate(_CAUSE_OF_STEP))) if there[at] != there[at + 1])
