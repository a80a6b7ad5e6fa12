"""What `diff` found, as text for people, as JSON for programs, and as Markdown for a report."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from relprod.report.diff_sections import bottom_lines, nothing_differs, sections
from relprod.report.plain import print_plain
from relprod.report.words import markdown_text
from relprod.shown import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from relprod.audit.diff import Comparison
    from relprod.audit.movements import Movement
    from relprod.report.diff_sections import Grid, Section

Names = tuple[str, str]
"""What the two runs are called."""
_ROOMY = 80
"""So wide a terminal has room for two blanks between numbers."""
_INDENT = 4


def print_diff(console: Console, found: Comparison, names: Names, *, everything: bool = False) -> None:
    """Print what differs, and the main thing last."""
    print_plain(console, Text(f"Before: {names[0]}\nAfter:  {names[1]}\n"))
    if found.is_empty:
        print_plain(console, Text(nothing_differs(found), style="bold"))
        return
    for section in sections(found, everything=everything):
        print_plain(console, *_section(section, gap=2 if console.width >= _ROOMY else 1), Text())
    print_plain(console, Text("\n".join(bottom_lines(found)), style="bold"))


def _section(section: Section, gap: int) -> Iterator[RenderableType]:
    if not section.differences and section.grid is None:
        yield Text.assemble((section.heading, "bold"), f": {' '.join(section.remarks)}")
        return
    yield Text(section.heading, style="bold")
    for difference in section.differences:
        yield Padding(Text.assemble((difference.where, "bold"), f": {difference.what}"), (0, 0, 0, _INDENT))
    if section.grid is not None:
        yield from _grid(section.grid, gap)
    for remark in section.remarks:
        yield Padding(Text(remark), (0, 0, 0, _INDENT))


def _grid(grid: Grid, gap: int) -> Iterator[Text]:
    """Yield a grid as lines; the cells by which rows belong together are a line of their own above them."""
    columns, rows = grid.columns[grid.grouped :], [row[grid.grouped :] for row in grid.rows]
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    words = len(columns) - grid.numbers

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if at < words else cell.rjust(width) for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"{' ' * _INDENT}{(' ' * gap).join(padded)}"

    yield Text(line(columns), style="dim", no_wrap=True)
    for group, members in groupby(grid.rows, key=lambda row: row[: grid.grouped]):
        yield Text(f"  {', '.join(group)}")
        for row in members:
            yield Text(line(row[grid.grouped :]))


def as_markdown(found: Comparison, names: Names, *, everything: bool = False) -> str:
    """Return what differs as a page of Markdown, the main thing first."""
    main = [nothing_differs(found)] if found.is_empty else bottom_lines(found)
    parts = [f"# {markdown_text(names[0])} and {markdown_text(names[1])}", *(f"**{markdown_text(line)}**" for line in main)]
    for section in () if found.is_empty else sections(found, everything=everything):
        parts += [f"## {markdown_text(section.heading)}", *_markdown_parts(section)]
    return "\n\n".join(parts) + "\n"


def _markdown_parts(section: Section) -> Iterator[str]:
    if section.differences:
        yield "\n".join(f"- **{markdown_text(each.where)}**: {markdown_text(each.what)}" for each in section.differences)
    if section.grid is not None:
        grid = section.grid
        rule = ["---" if at < len(grid.columns) - grid.numbers else "---:" for at in range(len(grid.columns))]
        yield "\n".join(f"| {' | '.join(markdown_text(cell) for cell in row)} |" for row in (grid.columns, rule, *grid.rows))
    yield from (markdown_text(remark) for remark in section.remarks)


def as_json(found: Comparison) -> str:
    """Return everything that differs as JSON, with every figure that moved; parts are in index points."""
    content = {
        "same": found.is_empty,
        "data": asdict(found.data),
        "study": [{"key": each.key, "before": each.before, "after": each.after} for each in found.study],
        "documentation": [{"key": each.key, "before": each.before, "after": each.after} for each in found.documentation],
        "versions": [asdict(each) for each in found.versions],
        "threshold": found.threshold,
        "compared": found.figures,
        "moved": [_movement(each) for each in found.moved],
        "main": [_movement(each) for each in found.main],
        "alone": [asdict(each) for each in found.alone],
        "revisions": [asdict(each) for each in found.revisions],
        "tables": found.tables,
        "notes": found.notes,
    }
    return json_text(content, indent=2) + "\n"


def _movement(movement: Movement) -> dict[str, Any]:
    fields = {**asdict(movement), "moved": movement.moved}
    return {name: float(value) if isinstance(value, Fraction) else value for name, value in fields.items()}
