"""A trace as text for people, as Markdown for a working paper, and as JSON for programs."""

from __future__ import annotations

import re
import string
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.text import Text
from rich.tree import Tree

from relprod.audit.trace.formulas import NEAREST
from relprod.audit.trace.trace import is_of_other_periods
from relprod.report.plain import print_plain
from relprod.report.words import in_list, markdown_text, plural
from relprod.shown import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from relprod.audit.trace.lines import CellLines, Line
    from relprod.audit.trace.node import Cell, Node, Number
from relprod.audit.trace.trace import Trace

DIGITS = 12
"""Significant digits of numbers in text; JSON has every digit."""
_MOST_PARTS = 12
_MOST_CELLS = 20
_MOST_LINES = 12


def number(value: Number | None) -> str:
    """Return a number to twelve significant digits, with thousands set apart."""
    if value is None:
        return "missing"
    if isinstance(value, (int, Decimal)):
        text = f"{Decimal(value):,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:,.{DIGITS}g}"


def formula(node: Node) -> str:
    """Return a node's formula with the names of its parts put in."""
    names = [part.name for part in node.parts]
    if len(set(names)) < len(names):
        names = [f"{part.name} of {part.of.partition(', ')[2]}" for part in node.parts]
    return _filled(node, names)


def numbers(node: Node) -> str:
    """Return a node's formula with the numbers put in."""
    return _filled(node, [number(part.value) for part in node.parts])


def _filled(node: Node, words: Sequence[str]) -> str:
    if node.formula is None:
        return ""
    wanted = [name for _, name, _, _ in string.Formatter().parse(node.formula.text) if name]
    text = node.formula.text.format(*words, n=len(words)) if wanted else node.formula.text
    return re.sub(r"\b1 (part|item|group|indicator)s\b", r"1 \1", text)


def _has_fixed_parts(node: Node) -> bool:
    return node.formula is not None and "{0}" in node.formula.text


# Text


def print_trace(console: Console, traced: Trace, depth: int) -> None:
    """Print a trace: the figure, its parts as a tree, whether it comes out again, and its cells with their lines."""
    tree = Tree(_node_text(traced.node), guide_style="dim", highlight=False)
    _grow(tree, traced.node, depth, traced.place)
    print_plain(console, tree, Text(), *(Text(line) for line in (*_verdict(traced), *_parents(traced))), Text())
    print_plain(console, *(Text(line, style="bold" if number == 0 else "") for number, line in enumerate(_cell_lines(traced))))


def _is_read(node: Node) -> bool:
    """Return whether a node is read, and not worked out: a number from a cell, as it is or as a float."""
    return node.formula is None or node.formula is NEAREST


def _node_text(node: Node) -> Text:
    text = Text.assemble((node.name, "bold"), f", {node.of} = ", (number(node.value), "bold"))
    if not _is_read(node):
        text.append(f"\n= {formula(node)}")
        if _has_fixed_parts(node):
            text.append(f"\n= {numbers(node)}", style="dim")
    if node.note:
        text.append(f"\n({node.note})", style="italic")
    return text


def _grow(tree: Tree, node: Node, depth: int, period: int) -> None:
    """Add the parts of a node to a tree, so many levels deep; those of other periods have traces of their own."""
    if depth <= 0 or _is_read(node) or is_of_other_periods(node, period):
        return
    for part in node.parts[:_MOST_PARTS]:
        _grow(tree.add(_node_text(part)), part, depth - 1, period)
    if len(node.parts) > _MOST_PARTS:
        tree.add(Text(f"and {len(node.parts) - _MOST_PARTS:,} more", style="dim"))


def _verdict(traced: Trace) -> Iterator[str]:
    """Yield whether the figure comes out of its parts."""
    if traced.comes_out:
        yield "Worked out again from its cells, part by part: the same number to the last bit."
    else:
        yield f"Worked out again from its cells it is {traced.reckoned!r}. The run has {traced.recorded!r}: it is not what it says."


def _parents(traced: Trace) -> Iterator[str]:
    """Yield what the figure goes into."""
    for above in traced.parents:
        points = f"{above.contribution_pp:+.4f} percentage points of the link"
        yield f"{above.item} goes into the {above.quantity} of {above.parent}: {points}."


def _cell_lines(traced: Trace) -> Iterator[str]:
    """Yield the cells of the figure's own period, with their lines where the inputs are at hand."""
    yield f"Cells of {traced.period}: {plural(len(traced.cells), 'cell')}"
    for place, cell in enumerate(traced.cells[:_MOST_CELLS]):
        lines = "" if traced.lines is None else f": {_lines_text(traced.lines[place])}"
        yield f"  {_cell_name(cell)} = {number(cell.value)}{lines}"
    if len(traced.cells) > _MOST_CELLS:
        yield f"  and {len(traced.cells) - _MOST_CELLS:,} more: --format json has them all, --rows FILE.csv every line of theirs"
    if traced.lines is None:
        yield traced.without
        return
    yield "Parts of other periods have traces of their own: --period."
    told = [lines for lines in traced.lines if lines.agrees is not None]
    wrong = sum(not lines.agrees for lines in told)
    unseen = sum(lines.in_no_file for lines in traced.lines)
    if unseen:
        are = "is" if unseen == 1 else "are"
        yield f"{plural(unseen, 'cell')} {are} of a table that was given from Python, and cannot be followed to a file."
    yield (
        f"The lines of {plural(len(told), 'cell')} add up to {'it' if len(told) == 1 else 'them'} exactly."
        if not wrong
        else f"In {plural(wrong, 'cell')} the lines do NOT add up."
    )


def _cell_name(node: Node) -> str:
    return f"{node.name}, {node.of}"


def _table_of(cell: Cell | None) -> str:
    return "" if cell is None else cell.table


def _lines_text(lines: CellLines) -> str:
    """Return where a cell's rows are: "activity.csv lines 12 and 13", "contacts_1.csv: 120 contacts"."""
    if lines.in_no_file:
        return "in no file: its table was given from Python"
    if not lines.lines:
        return "no line" if lines.value == 0 else "no line of its own: made from others"
    shown = [_line_text(line, alone=len(lines.lines) == 1) for line in lines.lines[:_MOST_LINES]]
    more = f" and {len(lines.lines) - _MOST_LINES:,} more" if len(lines.lines) > _MOST_LINES else ""
    wrong = " - DOES NOT ADD UP" if lines.agrees is False else ""
    return f"{', '.join(shown) + more if more else in_list(shown)}{wrong}"


def _line_text(line: Line, *, alone: bool) -> str:
    """Return where a line is, and what it adds to the cell where it is not alone in it."""
    adds = "" if alone else f" {number(line.amount)}"
    how = f" ({line.how})" if line.how else ""
    if line.line is None:
        of_them = "" if line.amount == line.count or line.how or not alone else f"{number(line.amount)} from "
        return f"{of_them}{plural(line.count, 'contact')} in {line.file}{adds}{how}"
    return f"{line.file}:{line.line}{adds}{how}"


# Markdown


def as_markdown(traced: Trace, depth: int) -> str:
    """Return a trace as Markdown, for a working paper."""
    head = [
        f"# {traced.node.name.capitalize()}: {traced.node.of}",
        f"**{number(traced.node.value)}**",
        *_verdict(traced),
        *_parents(traced),
    ]
    tree = "\n".join(_bullets(traced.node, depth, traced.place))
    lines = [""] * len(traced.cells) if traced.lines is None else [markdown_text(_lines_text(each)) for each in traced.lines]
    rows = [
        f"| {markdown_text(_cell_name(cell))} | {number(cell.value)} | {said} |" for cell, said in zip(traced.cells, lines, strict=True)
    ]
    table = "\n".join(["| cell | value | lines |", "|---|---:|---|", *rows])
    closing = [] if traced.lines is not None else [traced.without]
    return "\n\n".join([*head, "## How it comes about", tree, f"## Cells of {traced.period}", table, *closing]) + "\n"


def _bullets(node: Node, depth: int, period: int, level: int = 0) -> Iterator[str]:
    note = f" ({node.note})" if node.note else ""
    worked = "" if _is_read(node) else f" = {markdown_text(formula(node))}"
    put_in = f" = {markdown_text(numbers(node))}" if _has_fixed_parts(node) and not _is_read(node) else ""
    yield f"{'  ' * level}- {markdown_text(node.name)}, {markdown_text(node.of)}: **{number(node.value)}**{worked}{put_in}{note}"
    if depth > 0 and not _is_read(node) and not is_of_other_periods(node, period):
        for part in node.parts:
            yield from _bullets(part, depth - 1, period, level + 1)


# JSON


def as_json(traced: Trace, depth: int) -> str:
    """Return a trace as JSON, with every digit: doubles as the shortest text that gives them back, decimals as text."""
    content = {
        "figure": {"table": traced.figure.table, "key": dict(traced.figure.key), "column": traced.figure.column},
        "recorded": _plain(traced.recorded),
        "reckoned": _plain(traced.reckoned),
        "comes_out": traced.comes_out,
        "node": _node_json(traced.node, depth),
        "goes_into": [asdict(above) for above in traced.parents],
        "cells": [
            {
                "table": _table_of(cell.cell),
                "column": cell.cell.column if cell.cell is not None else "",
                "rows": dict(cell.cell.rows) if cell.cell is not None else {},
                "value": _plain(cell.value),
                **(_lines_json(traced.lines[place]) if traced.lines is not None else {}),
            }
            for place, cell in enumerate(traced.cells)
        ],
    }
    if traced.lines is None:
        content["without_lines"] = traced.without
    return json_text(content, indent=2) + "\n"


def _node_json(node: Node, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"name": node.name, "of": node.of, "value": _plain(node.value)}
    if node.formula is not None:
        found["formula"] = formula(node)
        found["numbers"] = numbers(node) if _has_fixed_parts(node) else ""
    if node.note:
        found["note"] = node.note
    if depth > 0 and node.parts:
        found["parts"] = [_node_json(part, depth - 1) for part in node.parts]
    return found


def _lines_json(lines: CellLines) -> dict[str, Any]:
    return {
        "lines": [
            {"table": line.table, "file": line.file, "line": line.line, "count": line.count, "amount": _plain(line.amount), "how": line.how}
            for line in lines.lines
        ],
        "adds_up": lines.agrees,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - a number of any kind
    return f"{value:f}" if isinstance(value, Decimal) else value
