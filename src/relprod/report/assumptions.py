"""The assumptions log for people and for working papers: every parameter, who says so, and what the headline does without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from relprod.account.services import ALL_SERVICES
from relprod.report.facts import ALONE, PLAIN
from relprod.report.plain import print_plain
from relprod.report.words import change_text, index_text, markdown_text, on_the_year, plural
from relprod.shown import csv_text, json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from relprod.audit.assumptions import AssumptionsLog, Logged
    from relprod.audit.sensitivity import Sensitivity

_HEADINGS = {
    "name": "Name",
    "term": "Term",
    "value": "Value",
    "origin": "Origin",
    "meaning": "Meaning",
    "source": "Source",
    "reason": "Reason",
    "owner": "Owner",
    "signed_off": "Signed off",
    "quality": "Quality",
    "enters": "Enters",
}
COLUMNS = tuple(_HEADINGS)
CHANGE_COLUMNS = (
    "change",
    "account",
    "period",
    "measure",
    "before",
    "after",
    "difference",
    "on_the_year_before",
    "on_the_year_after",
    "not_told",
)
_SAID = {"reason": "Reason", "owner": "Owner", "signed_off": "Signed off", "quality": "Evidence", "enters": "Enters"}
_CHANGE_HEADINGS = ("Change", "Headline before", "Headline after", "Difference")
_NO_SOURCE = "No source. Add one under [assumptions] in the study file."


def print_assumptions(console: Console, log: AssumptionsLog) -> None:
    """Print the log, undocumented parameters first."""
    if log.headline is not None:
        print_plain(console, Text(_headline_sentence(log)), "")
    for each in log.logged:
        print_plain(console, Text(each.parameter["term"], style="bold"))
        for line in _lines(each, log):
            print_plain(console, Padding(Text(line, style="yellow" if line == _NO_SOURCE else ""), (0, 0, 0, 4)))
    for line in _closing(log):
        print_plain(console, Text(line, style="bold"))
    if log.headline is None:
        print_plain(console, Text("Add --sensitivity to see how far the headline moves if one is changed.", style="dim"))


def _lines(logged: Logged, log: AssumptionsLog) -> Iterator[str]:
    """Yield what is said of one parameter."""
    entry = logged.parameter
    yield f"{entry['name']} = {entry['value']}  ({entry['origin']})"
    yield entry["meaning"]
    yield f"Source: {entry['source']}" if logged.documented else _NO_SOURCE
    yield from (f"{label}: {entry[key]}" for key, label in _SAID.items() if entry[key])
    yield from (_change_sentence(change, log) for change in logged.sensitivities)


def _change_sentence(change: Sensitivity, log: AssumptionsLog) -> str:
    """Return what a change does in words: "If changed to 0.9: productivity 110.0 -> 110.2 (+0.2), on the year +2.5% -> +2.6%"."""
    if not change.change:
        return f"Not varied: {change.not_told}."
    if change.after is None:
        return f"If changed {change.change}: {change.not_told}."
    account = "" if change.headline == log.headline else f", {ALONE[change.headline.account]},"
    moved = f"{change.headline.measure}{account} {index_text(change.before.index)} -> {index_text(change.after.index)}"
    years = (change.before.on_the_year, change.after.on_the_year)
    growth = "" if None in years else f", on the year {' -> '.join(map(change_text, years))}"
    return f"If changed {change.change}: {moved} ({change_text(change.difference, '')}){growth}."


def _headline_sentence(log: AssumptionsLog) -> str:
    """Return which figure the changes are held against, and what it is."""
    if log.headline is None or log.level is None:
        return ""
    headline, reference = log.headline, log.study["study"]["reference"]
    account = ALONE.get(headline.account, PLAIN[headline.account])
    level = f"{headline.measure} {index_text(log.level.index)} ({account}; {reference} = 100){on_the_year(log.level.on_the_year)}"
    return f"Headline: {ALL_SERVICES}, {headline.period}: {level}. One parameter is changed at a time, and all else stays."


def _closing(log: AssumptionsLog) -> Iterator[str]:
    """Yield how many parameters have no source, and which moves the headline most."""
    yield f"Without a source: {log.undocumented} of {plural(len(log.logged), 'parameter')}."
    most = log.most_moving()
    if most is not None:
        logged, change, difference = most
        what = f"{logged.parameter['term']} ({logged.parameter['name']})"
        yield f"Moves the headline most: {what}, {change_text(difference, '')} if changed {change.change}."


def as_json(log: AssumptionsLog) -> str:
    """Return the log as JSON: a list of the parameters, each with what its changes do, where they were asked for."""
    return json_text([_entry(each) | _sensitivity(each, log) for each in log.logged], indent=2) + "\n"


def _sensitivity(logged: Logged, log: AssumptionsLog) -> dict[str, Any]:
    return {"sensitivity": [_figures(change) for change in logged.sensitivities]} if log.headline else {}


def as_csv(log: AssumptionsLog) -> str:
    """Return the log as CSV: one row a parameter and change; a missing figure is an empty cell."""
    rows = [
        [*_entry(each).values(), *figures]
        for each in log.logged
        for figures in ([list(_figures(change).values()) for change in each.sensitivities] or [[]])
    ]
    return csv_text([*COLUMNS, *(CHANGE_COLUMNS if log.headline else ())], rows)


def as_markdown(log: AssumptionsLog) -> str:
    """Return the log as a page with one table, one row a parameter and change; what the row above says is not said again."""
    headings = [*_HEADINGS.values(), *(_CHANGE_HEADINGS if log.headline else ())]
    parts = [f"# Assumptions: {markdown_text(log.study['study']['title'])}", markdown_text(_headline_sentence(log))]
    rows = [_markdown_row(headings), _markdown_row(["---"] * len(headings)), *(_markdown_row(row) for row in _table_rows(log))]
    return "\n\n".join(filter(None, [*parts, "\n".join(rows), *map(markdown_text, _closing(log))])) + "\n"


def _table_rows(log: AssumptionsLog) -> Iterator[list[str]]:
    """Yield the rows of the table for people: figures to one decimal."""
    for each in log.logged:
        entry = [str(value) for value in _entry(each).values()]
        if not log.headline:
            yield entry
        for number, change in enumerate(each.sensitivities):
            said = entry if not number else [entry[0], *[""] * (len(entry) - 1)]
            yield [*said, *_change_cells(change)]


def _change_cells(change: Sensitivity) -> list[str]:
    before = f"{index_text(change.before.index)} ({change.headline.account})"
    if change.after is None:
        return [f"{change.change}: {change.not_told}" if change.change else f"not varied: {change.not_told}", before, "", ""]
    return [change.change, before, index_text(change.after.index), change_text(change.difference, "")]


def _entry(logged: Logged) -> dict[str, Any]:
    return {name: logged.parameter[name] for name in COLUMNS}


def _figures(change: Sensitivity) -> dict[str, Any]:
    """Return what one change does, by the names of the columns."""
    after = change.after
    values = (
        change.change,
        change.headline.account,
        change.headline.period,
        change.headline.measure,
        change.before.index,
        None if after is None else after.index,
        change.difference,
        change.before.on_the_year,
        None if after is None else after.on_the_year,
        change.not_told,
    )
    return dict(zip(CHANGE_COLUMNS, values, strict=True))


def _markdown_row(cells: list[str]) -> str:
    """Return a row of a table, in which nothing that a file says ends a cell or is anything but text."""
    return f"| {' | '.join(markdown_text(' '.join(cell.split())) for cell in cells)} |"
