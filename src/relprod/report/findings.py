"""Findings as text for people, and as JSON, JSON lines and workflow commands for machines."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from relprod.report.plain import print_plain
from relprod.report.words import in_list, plural
from relprod.shown import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

    from relprod.tables.findings import Finding

_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_WORDS = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB = {"error": "error", "warning": "warning", "info": "notice"}


def print_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Print findings grouped by rule, errors first, with where each one is."""
    every = list(findings)
    for code, group in itertools.groupby(every, key=lambda finding: finding.code):
        cases = list(group)
        first = cases[0]
        head = Text.assemble((f"{_WORDS[first.severity]} {code}", _STYLES[first.severity]), f" {first.name}")
        print_plain(console, head, *(Padding(Text(_place(finding) + finding.message), (0, 0, 0, 2)) for finding in cases))
    if any(finding.is_error and finding.scope in {"file", "record"} for finding in every):
        print_plain(console, Text("Checks across tables are made once no table has an error of its own."))
    print_plain(console, Text(tally(every), style="bold"))


def tally(findings: Iterable[Finding]) -> str:
    """Return how many errors, warnings and notes there are, in words."""
    counts = Counter(_WORDS[finding.severity] for finding in findings)
    found = [plural(counts[word], word) for word in _WORDS.values() if counts[word]]
    return (
        f"{in_list(found)}. 'relprod explain CODE' says what a code means and what to do."
        if found
        else "Nothing found: the tables are in order."
    )


def _place(finding: Finding) -> str:
    """Return where a finding is: "file:line, column: "."""
    place = f"{finding.file}:{finding.line}" if finding.line is not None else finding.file
    parts = [part for part in (place, f"column {finding.column}" if finding.column and finding.line is not None else "") if part]
    more = [str(line) for line in finding.lines[1:]]
    also = f" (also {'lines' if len(more) > 1 else 'line'} {in_list(more)}{_beyond(finding)})" if more else ""
    return f"{', '.join(parts)}{also}: " if parts else ""


def _beyond(finding: Finding) -> str:
    left = finding.count - len(finding.lines)
    return f", and {left:,} more" if left > 0 else ""


def as_values(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain values, by the names of the table `findings`, with its rule's name and its lines."""
    names = ("code", "name", "severity", "scope", "table", "file", "column", "line", "count", "message")
    return {**{name: getattr(finding, name) for name in names}, "lines": list(finding.lines)}


def as_json(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield findings as one JSON list."""
    yield json_text([as_values(finding) for finding in findings], indent=2)


def as_json_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield each finding as a line of JSON."""
    return (json_text(as_values(finding)) for finding in findings)


def as_github(findings: Iterable[Finding], folder: Path) -> Iterator[str]:
    """Yield each finding as a workflow command, which shows it beside the line of the file; `folder` is the study's."""
    for finding in findings:
        where = [f"file={_property((folder / finding.file).as_posix())}"] if finding.file else []
        where += [f"line={finding.line}"] if finding.line is not None else []
        title = f"title={finding.code} {finding.name}"
        yield f"::{_GITHUB[finding.severity]} {','.join([*where, title])}::{_data(finding.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
