"""What an entry of [[exclusions]] left out, as text, Markdown and JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.text import Text

from relprod.report.plain import print_plain
from relprod.report.words import markdown_text, plural
from relprod.shown import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from relprod.audit.trace.left_out import LeftOutRows

_MOST_LINES = 20


def print_left_out(console: Console, found: LeftOutRows) -> None:
    """Print an entry, and its lines where the inputs are at hand."""
    print_plain(console, *(Text(line, style="bold" if number == 0 else "") for number, line in enumerate(_lines(found))))


def as_markdown(found: LeftOutRows) -> str:
    """Return an entry and its lines as Markdown."""
    first, *others = _lines(found)
    return "\n".join([f"# {markdown_text(first)}", "", *(f"- {markdown_text(line.strip())}" for line in others)]) + "\n"


def as_json(found: LeftOutRows) -> str:
    """Return an entry and all its lines as JSON."""
    content = asdict(found)
    if found.lines is not None:
        content["lines"] = [{"file": file, "line": line} for file, line in found.lines]
    return json_text({**content, "adds_up": found.adds_up if found.lines is not None else None}, indent=2) + "\n"


def _lines(found: LeftOutRows) -> Iterator[str]:
    yield f"Exclusion {found.number}: {found.table} where {found.where}"
    yield f"Reason: {found.reason}"
    yield f"Owner: {found.owner}"
    yield f"Rows left out: {'not shown, because they are few' if found.rows is None else f'{found.rows:,}'}"
    if found.lines is None:
        yield found.without
        return
    for file, line in found.lines[:_MOST_LINES]:
        yield f"  {file}" if line is None else f"  {file}:{line}"
    if len(found.lines) > _MOST_LINES:
        yield f"  and {len(found.lines) - _MOST_LINES:,} more: --rows FILE.csv writes every line"
    agrees = "as many as the run recorded" if found.adds_up else "NOT as many as the run recorded"
    yield f"{plural(len(found.lines), 'line')} in the inputs, {agrees}."
