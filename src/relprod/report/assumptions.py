"""The list of assumptions: every parameter that moves a figure, what it is set to, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from relprod.report.plain import print_plain
from relprod.report.words import plural
from relprod.shown import csv_text, json_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

COLUMNS = ("name", "value", "origin", "meaning", "source", "reason", "owner", "signed_off", "quality")


def undocumented_first(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the entries with those that have no source first, otherwise in the order of the study."""
    return sorted(entries, key=lambda entry: bool(entry["source"]))


def print_assumptions(console: Console, entries: Sequence[Mapping[str, Any]]) -> None:
    """Print the list of assumptions, undocumented ones first."""
    for entry in undocumented_first(entries):
        missing = not entry["source"]
        head = Text.assemble((entry["name"], "bold"), f" = {entry['value']}", (f"  ({entry['origin']})", "dim"))
        print_plain(console, head)
        lines = [
            entry["meaning"],
            f"Source: {entry['source']}" if not missing else "No source. Add one under [assumptions] in the study file.",
        ]
        lines += [
            f"{label}: {entry[key]}"
            for label, key in (("Reason", "reason"), ("Owner", "owner"), ("Signed off", "signed_off"), ("Evidence", "quality"))
            if entry[key]
        ]
        for line in lines:
            print_plain(console, Padding(Text(line, style="yellow" if line.startswith("No source") else ""), (0, 0, 0, 4)))
    undocumented = sum(not entry["source"] for entry in entries)
    closing = f"Without a source: {undocumented} of {plural(len(entries), 'parameter')}."
    print_plain(console, Text(closing, style="bold"))


def as_csv(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the list as CSV."""
    return csv_text(COLUMNS, ([entry.get(name) for name in COLUMNS] for entry in undocumented_first(entries)))


def as_json(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the list as JSON."""
    return json_text([{name: entry[name] for name in COLUMNS} for entry in undocumented_first(entries)], indent=2)
