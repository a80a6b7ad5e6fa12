"""What `diff` says, section by section, before it is text or Markdown."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relprod.audit.answers import Difference
from relprod.audit.key_kinds import kind_of
from relprod.report.words import in_list, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from relprod.audit.data import DataChanges, FileChange
    from relprod.audit.diff import Comparison
    from relprod.audit.key_kinds import Kind
    from relprod.audit.movements import Alone, Cause, Movement
    from relprod.audit.revisions import Revision
    from relprod.audit.rows import RowChanges

SCREENFUL = 15
"""The most figures that are shown where not all are asked for."""
_MOST_DECIMALS = 6
_REVISION_DECIMALS = 2
_CAUSES: dict[Cause, str] = {"data": "data", "study": "study", "together": "data and study together", "versions": "versions"}
_SERIES = {"level": "Levels are in index points.", "growth": "Growth is on the year, in percentage points."}
_MOVES_NOTHING: dict[Kind, str] = {
    "beside": " (moves no figure of the account)",
    "places": " (says where files are: what they hold is data)",
}
_STATES = {
    "added": "is new ({rows})",
    "removed": "is not there any more ({rows})",
    "changed": "is another file by its SHA-256 ({rows})",
}


@dataclass(frozen=True)
class Grid:
    """Rows of texts under their columns; rows with the same first `grouped` cells belong together. The last columns are `numbers`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    grouped: int
    numbers: int


@dataclass(frozen=True)
class Section:
    """One part of what is said: a heading, what differs, a grid of figures, and what to know of it."""

    heading: str
    differences: tuple[Difference, ...] = ()
    grid: Grid | None = None
    remarks: tuple[str, ...] = ()


def sections(found: Comparison, *, everything: bool) -> Iterator[Section]:
    """Yield what is to be said of two runs that differ; `everything` shows every figure that moved."""
    yield _cut(_data(found.data), everything=everything)
    study = tuple(Difference(change.key, f"{change.says}{_MOVES_NOTHING.get(kind_of(change.path), '')}") for change in found.study)
    yield Section("Study", study, remarks=() if study else ("The same, with every default.",))
    if found.documentation:
        yield Section("Documentation (moves no figure)", tuple(Difference(change.key, change.says) for change in found.documentation))
    versions = tuple(Difference(each.name, f"was {each.before or 'none'}, and is {each.after or 'none'}") for each in found.versions)
    yield Section("Versions", versions, remarks=() if versions else ("The same method, relprod and libraries.",))
    yield _moved(found, everything=everything)
    if found.alone:
        yield _cut(Section("Figures of one run alone", tuple(_alone(each) for each in found.alone)), everything=everything)
    if found.revisions:
        yield Section(
            f"Revisions of productivity, {found.revisions[0].service}",
            grid=_revisions(found.revisions),
            remarks=tuple(text for of, text in _SERIES.items() if any(each.of == of for each in found.revisions)),
        )
    if found.tables:
        yield Section("Other tables that differ", remarks=(f"{in_list(found.tables)}.",))
    if found.notes:
        yield Section("To know", remarks=found.notes)


def _cut(section: Section, *, everything: bool) -> Section:
    """Return a section with no more than a screenful of what differs, unless everything is to be shown."""
    hidden = 0 if everything else len(section.differences) - SCREENFUL
    if hidden <= 0:
        return section
    return replace(
        section, differences=section.differences[:SCREENFUL], remarks=(f"And {hidden:,} more: --all shows them.", *section.remarks)
    )


def nothing_differs(found: Comparison) -> str:
    """Return what is said of two runs that are the same."""
    return f"Nothing differs: the same data, study, versions and figures ({plural(found.figures, 'figure')} compared)."


def bottom_lines(found: Comparison) -> list[str]:
    """Return the main thing: what became of the one figure to know, and of the accounts beside it that fared otherwise."""
    if not found.main:
        return ["No figure is in both runs."]
    decimals = decimals_of(found.threshold)
    told: list[Movement] = []
    for each in found.main:
        if all(_apart(each, other, decimals) for other in told):
            told.append(each)
    first, *others = (f"{_called(each)}: {_became(each, decimals)}." for each in told)
    return [f"{told[0].service}, {told[0].period}, {first}", *(other[:1].upper() + other[1:] for other in others)]


def _apart(movement: Movement, other: Movement, decimals: int) -> bool:
    """Return whether two movements differ, in any part, by more than the last digit that is shown."""
    if movement.parts.keys() != other.parts.keys():
        return True
    differences = [movement.moved - other.moved, *(part - other.parts[cause] for cause, part in movement.parts.items())]
    return any(abs(each) > 10**-decimals for each in differences)


def _called(movement: Movement) -> str:
    return f"{movement.account.replace('_', '-')} {movement.measure}"


def _became(movement: Movement, decimals: int) -> str:
    """Return how far a figure moved, and what moved it."""
    levels = f"{number(movement.before, decimals)} -> {number(movement.after, decimals)} ({signed(float(movement.moved), decimals)})"
    parts = [f"{_CAUSES[cause]} {signed(float(part), decimals)}" for cause, part in movement.parts.items()]
    return f"{levels}: {', '.join(parts) if parts else 'what moved it cannot be told'}"


def decimals_of(threshold: float) -> int:
    """Return how many decimals show a movement beyond a threshold: one of 0.05, two of 0.005."""
    return next((places for places in range(1, _MOST_DECIMALS) if 10**-places / 2 <= threshold), _MOST_DECIMALS)


def number(value: float, decimals: int) -> str:
    """Return a figure."""
    return f"{value:.{decimals}f}"


def signed(value: float, decimals: int) -> str:
    """Return a movement with its sign; none where it shows as zero."""
    rounded = round(value, decimals)
    return f"{rounded:+.{decimals}f}" if rounded else f"{0:.{decimals}f}"


def _data(data: DataChanges) -> Section:
    differences = [difference for change in data.tables for difference in _table(change.table, change.files, change.rows)]
    differences += [Difference(table, "was given from Python and is in no file") for table in data.frames]
    differences += [Difference(rows.table, f"of the cells, {'; '.join(_row_counts(rows))}") for rows in data.cells]
    unknown = [change.table for change in data.tables if change.rows is None]
    remarks = ["The same files, by their SHA-256."] if data.are_none else []
    if unknown:
        remarks.append(
            f"The rows of {in_list(unknown)} cannot be compared, because the files of both runs are not at hand: "
            "name their folders with --inputs-before DIR and --inputs DIR."
        )
    return Section("Data", tuple(differences), remarks=tuple(remarks))


def _table(table: str, files: Iterable[FileChange], rows: RowChanges | None) -> Iterator[Difference]:
    """Yield what became of an input table: of its rows where they could be compared, else of its files."""
    if rows is not None:
        counts = list(_row_counts(rows))
        yield Difference(table, "; ".join(counts) if counts else "another file, in which no row differs")
        return
    for file in files:
        yield Difference(table, f"{file.path} {_STATES[file.state].format(rows=plural(file.rows, 'row'))}")


def _row_counts(rows: RowChanges) -> Iterator[str]:
    """Yield how many rows were changed, added and removed, with the first places."""
    columns = f" ({in_list(rows.columns)})" if rows.columns else ""
    for count, word, places in (
        (rows.changed, f"changed{columns}", rows.changed_at),
        (rows.added, "added", rows.added_at),
        (rows.removed, "removed", rows.removed_at),
    ):
        if count:
            more = f" and {count - len(places):,} more" if 0 < len(places) < count else ""
            whose = " of the earlier run" if word == "removed" else ""
            where = f": {', '.join(places)}{more}{whose}" if places else ""
            yield f"{plural(count, 'row')} {word}{where}"


def _moved(found: Comparison, *, everything: bool) -> Section:
    threshold = f"{found.threshold:g} index points"
    if not found.moved:
        return Section("Figures", remarks=(f"None of {plural(found.figures, 'figure')} moved by more than {threshold}.",))
    shown = found.moved if everything else found.moved[:SCREENFUL]
    remarks = []
    if len(shown) < len(found.moved):
        remarks.append(f"And {len(found.moved) - len(shown):,} more: --all shows them, and --service, --period or --account some of them.")
    decimals = decimals_of(found.threshold)
    if any(_rounds_apart(each, decimals) for each in shown):
        remarks.append("Each part is rounded by itself, so they may not add up to the last digit.")
    heading = f"Figures: {len(found.moved):,} of {found.figures:,} moved by more than {threshold}"
    return Section(heading, grid=_figures(shown, decimals), remarks=tuple(remarks))


def _rounds_apart(movement: Movement, decimals: int) -> bool:
    """Return whether the parts as they are shown do not add up to the movement as it is shown."""
    total = math.fsum(round(float(part), decimals) for part in movement.parts.values())
    return bool(movement.parts) and round(total - round(float(movement.moved), decimals), decimals) != 0


def _figures(shown: Sequence[Movement], decimals: int) -> Grid:
    """Return the grid of movements, with the parts that any of them has."""
    causes = [cause for cause in _CAUSES if any(movement.parts.get(cause) for movement in shown)]
    measures = {movement.measure for movement in shown}
    rows = tuple(
        (
            movement.service,
            movement.period,
            movement.account if measures == {"productivity"} else f"{movement.account} ({movement.measure})",
            number(movement.before, decimals),
            number(movement.after, decimals),
            signed(float(movement.moved), decimals),
            *(signed(float(movement.parts[cause]), decimals) if cause in movement.parts else "-" for cause in causes),
        )
        for movement in shown
    )
    headings = ("Data+study" if cause == "together" else cause.capitalize() for cause in causes)
    columns = ("Service", "Period", "Account", "Before", "After", "Moved", *headings)
    return Grid(columns, rows, grouped=2, numbers=len(columns) - 3)


def _alone(each: Alone) -> Difference:
    where = each.name if each.what == "figure" else f"{each.what} {each.name}"
    run = "later" if each.run == "after" else "earlier"
    cause = "" if each.cause is None else f", because of the {_CAUSES[each.cause]}"
    return Difference(where, f"{plural(each.count, 'figure')} in the {run} run alone{cause}")


def _revisions(found: Sequence[Revision]) -> Grid:
    rows = tuple(
        (
            each.account,
            each.of,
            f"{each.periods}",
            signed(each.mean, _REVISION_DECIMALS),
            number(each.mean_absolute, _REVISION_DECIMALS),
            signed(each.largest, _REVISION_DECIMALS),
            each.largest_in,
        )
        for each in found
    )
    return Grid(("Account", "", "Periods", "Mean", "Mean abs.", "Largest", "In"), rows, grouped=1, numbers=5)
