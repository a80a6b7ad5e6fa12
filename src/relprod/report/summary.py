"""The summary of a run in the terminal: where each service stands, what moved it, what to know, and the main thing last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from relprod.account.services import ALL_SERVICES
from relprod.report.facts import ALONE, PLAIN
from relprod.report.plain import print_plain
from relprod.report.relational import relational_sections
from relprod.report.words import bar, change_text, in_list, index_text, money_text, moved, on_the_year, plural, sparkline
from relprod.run.tables import EXTENDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from relprod.report.facts import Facts, Standing

_WIDE = 110
_FEW = 3
_RISES, _FALLS = "█", "░"
_WORDS = {
    ("volume", True): "more was done",
    ("volume", False): "less was done",
    ("quality", True): "it was done better",
    ("quality", False): "it was done less well",
    ("value_demand", True): "less of it was failure demand",
    ("value_demand", False): "more of it was failure demand",
    ("equity", True): "it reached more of those worse off",
    ("equity", False): "it reached fewer of those worse off",
    ("input", True): "less was put in",
    ("input", False): "more was put in",
}
_STORY = {
    "value_demand": "Without failure demand",
    "equity_weighted": "Weighed by who outcomes go to",
    "extended": "With the work of families and volunteers counted on both sides",
}
_NAMES = {"value_demand": "failure demand taken out", "productivity": "productivity"}


def print_summary(console: Console, facts: Facts) -> None:
    """Print the summary of a run."""
    print_plain(console, summary(facts, wide=console.width >= _WIDE, blocks="utf" in console.encoding.lower()))


def summary(facts: Facts, *, wide: bool, blocks: bool = True) -> RenderableType:
    """Return the summary. `blocks` says whether the terminal can show bars and trends."""
    sections = [
        _head(facts),
        _standings(facts, trend_width=(24 if wide else 8) if blocks else 0),
        _ladder(facts),
        *relational_sections(facts),
        *_bridges(facts, width=40 if wide else 16, blocks=blocks),
        *_to_know(facts),
        _bottom_line(facts),
    ]
    return Group(*(Padding(section, (0, 0, 1, 0), expand=False) for section in sections[:-1]), sections[-1])


def _head(facts: Facts) -> RenderableType:
    study = facts.run.study["study"]
    years = "financial years, April to March" if study["calendar"] == "financial-uk" else "calendar years"
    span = f"{facts.periods[0]} to {facts.periods[-1]}, by {study['frequency']} ({years})"
    return Group(Text(study["title"], style="bold"), Text(span, style="dim"), Text(f"{facts.reference} = 100", style="dim"))


def _standings(facts: Facts, trend_width: int) -> RenderableType:
    """Return the table of services: indices in the period, growth on the year, since the reference, and the trend."""
    table = _plain_table(f"Where each service stands in {facts.period}: {ALONE.get(facts.account, PLAIN[facts.account])}")
    table.add_column("Service", overflow="fold", ratio=1, min_width=10)
    for heading in (
        "Output",
        "Input",
        "Produc-\ntivity",
        _on_the_year_heading(facts),
        f"Since\n{facts.reference}",
    ):
        table.add_column(heading, justify="right", no_wrap="\n" not in heading, min_width=5)
    if trend_width and len(facts.periods) > 1:
        table.add_column("Trend", no_wrap=True, min_width=min(trend_width, len(facts.periods)))
    for row in facts.standings():
        style = "bold" if row.service == facts.main_service else ""
        table.add_row(*_standing_cells(row, trend_width if len(facts.periods) > 1 else 0), style=style)
    hidden = len(facts.services) - len(facts.shown)
    if not hidden:
        return table
    return Group(
        table, Text(f"{plural(hidden, 'more service')}: 'relprod show RUN --service NAME' shows one and those below it.", style="dim")
    )


def _on_the_year_heading(facts: Facts) -> str:
    """Return what the growth on the year is of: productivity, or output where a study has no inputs."""
    return "Output on\nthe year" if facts.output_only else "On the\nyear"


def _standing_cells(row: Standing, trend_width: int) -> list[str]:
    name = row.service.rsplit(" > ", 1)[-1]
    marks = "*" if "provisional" in row.flags else ""
    equal = " (=input)" if "output=input" in row.flags else ""
    cells = [
        f"{'  ' * max(row.depth - 1, 0)}{name}{equal}{marks}",
        index_text(row.output),
        index_text(row.input),
        index_text(row.productivity),
        change_text(row.on_the_year),
        change_text(row.since_reference),
    ]
    return [*cells, sparkline(row.trend, trend_width)] if trend_width else cells


def _ladder(facts: Facts) -> RenderableType:
    """Return the main service's accounts, each with one more adjustment than the one before."""
    table = _plain_table(f"Step by step: {facts.main_service}, {facts.period}")
    table.add_column("Account", ratio=1)
    for heading in ("Output", "Input", "Produc-\ntivity", _on_the_year_heading(facts)):
        table.add_column(heading, justify="right")
    for account in (*facts.ladder, EXTENDED):
        row = facts.standing(facts.main_service, account)
        if row:
            style = "bold" if account == facts.account else ""
            table.add_row(
                PLAIN[account],
                index_text(row.output),
                index_text(row.input),
                index_text(row.productivity),
                change_text(row.on_the_year),
                style=style,
            )
    return table


def _bridges(facts: Facts, width: int, *, blocks: bool) -> Iterator[RenderableType]:
    """Yield what moved productivity on the year and since the reference, in words and in percentage points."""
    for since, what in (("year-earlier", "on the year"), ("reference", f"since {facts.reference}")):
        points = facts.bridge(since)
        same_as_before = since == "reference" and facts.reference in {facts.period, facts.year_earlier}
        if len(points) > 1 and not same_as_before:
            yield Group(_bridge_sentence(points, what), _bridge_table(points, width if blocks else 0))


def _bridge_sentence(points: dict[str, float], what: str) -> Text:
    total = points["productivity"]
    reasons = [
        f"{_WORDS[component, value > 0]} ({change_text(value, '')})"
        for component, value in sorted(points.items(), key=lambda item: -abs(item[1]))
        if component != "productivity" and abs(value) >= 0.05  # noqa: PLR2004 - what rounds to 0.0 explains nothing
    ]
    because = f": {in_list(reasons)}, in percentage points" if reasons else ""
    return Text(f"Productivity {what} is {moved(total)}{because}.")


def _bridge_table(points: dict[str, float], width: int) -> RenderableType:
    table = _plain_table(None)
    largest = max(abs(value) for value in points.values())
    for component, value in points.items():
        bars = bar(value, largest, width, _RISES if value > 0 else _FALLS)
        sign = "green" if value > 0 else "red"
        style = "bold" if component == "productivity" else ""
        table.add_row(
            f"  {_NAMES.get(component, component)}", Text(change_text(value, ""), justify="right"), Text(bars, style=sign), style=style
        )
    return table


def _to_know(facts: Facts) -> Iterator[RenderableType]:
    """Yield what a reader must know: what is provisional, came and went, was left out or is not shown, findings, back-test, sources."""
    lines = [*_notes(facts), *_left_out(facts), *_disclosure(facts), *_finding_notes(facts), *_backtest(facts), *_sources(facts)]
    if lines:
        table = Table.grid(padding=(0, 1))
        for line in lines:
            table.add_row("-", line)
        yield Group(Text("To know", style="bold"), table)


def _notes(facts: Facts) -> Iterator[Text]:
    flags = {
        "provisional": "Provisional, marked *, because a quality indicator holds its last value",
        "output=input": "Output is not measured and is taken to equal input, so productivity is 100 by definition",
        "partial-input": "Input leaves out part of what output counts",
        "no-input": "No input, and so no productivity",
        "no-output": "Input without output of its own",
        "own-reference": "Not there in the reference, so 100 at its own first year",
        "lead-in": "Failure demand understated, because the extract does not reach back far enough",
        "chain-broken": "The index stops, because nothing can be compared",
    }
    for flag, what in flags.items():
        services = facts.flagged(flag)
        if services:
            yield Text(f"{what}: {_some(services)}.")
    for parent, new, gone in facts.items_in_and_out():
        said = [f"{word} {_some(items)}" for word, items in (("new:", new), ("no longer there:", gone)) if items]
        yield Text(f"Left out of the comparison in {parent}: {'; '.join(said)}.")


def _left_out(facts: Facts) -> Iterator[Text]:
    """Yield how many rows the study leaves out, why and on whose word; the first entries each in a sentence."""
    entries = [entry for entry in facts.left_out() if entry["rows"] != 0]
    for entry in entries[:_FEW]:
        yield Text(f"Left out on declared grounds: {_rows(entry)}. {entry['reason'].rstrip('.')} ({entry['owner']}).")
    more = entries[_FEW:]
    if more:
        rows = plural(sum(entry["rows"] or 0 for entry in more), "more row")
        yield Text(f"Left out by {plural(len(more), 'more exclusion')}, all in exclusions.parquet: {rows}.")


def _rows(entry: dict[str, Any]) -> str:
    if entry["rows"] is None:
        return "fewer than 8 contacts"
    if entry["table"] == "contacts":
        return plural(entry["rows"], "contact")
    return f"{plural(entry['rows'], 'row')} of {entry['table']}"


def _disclosure(facts: Facts) -> Iterator[Text]:
    """Yield what is not shown so that nobody can be found in a small count."""
    control = facts.disclosure()
    if control:
        left_out = f" Left out of the run for it: {in_list(control['left_out'])}." if control["left_out"] else ""
        yield Text(
            f"Counts of people and contacts from 1 to 7 are not shown, and others are rounded to the nearest 5 ({control['rule']}): "
            f"{plural(control['suppressed'], 'cell')} missing, listed in suppressed.parquet. Indices are of exact figures.{left_out}"
        )


def _finding_notes(facts: Facts) -> Iterator[Text]:
    warnings, infos = facts.findings("warning"), facts.findings("info")
    told = [row for row in warnings if facts.disclosure() is None or row["table"] != "contacts"]  # which tell how many contacts
    for row in told[:_FEW] if facts.main_service == ALL_SERVICES else ():
        place = f"{row['file']}: " if row["file"] else ""
        yield Text(f"{row['code']}: {place}{row['message']}", style="yellow")
    counts = [plural(len(rows), noun) for rows, noun in ((warnings, "warning"), (infos, "note")) if rows]
    if counts:
        yield Text(f"{in_list(counts)} in all, in findings.csv; 'relprod explain CODE' says what each means.")


def _backtest(facts: Facts) -> Iterator[Text]:
    published = facts.published()
    if published:
        count, within, largest = published
        yield Text(
            f"{within:,} of {plural(count, 'published figure')} reproduced within tolerance; the largest difference is {largest:.2f}.",
            style="green" if within == count else "red",
        )


def _sources(facts: Facts) -> Iterator[Text]:
    names = facts.undocumented()
    if names:
        verb = "has" if len(names) == 1 else "have"
        yield Text(f"{plural(len(names), 'parameter')} {verb} no source: {_some(names)}. 'relprod assumptions' lists them all.")
    else:
        yield Text("Every parameter has a source: 'relprod assumptions' lists them.")


def _bottom_line(facts: Facts) -> RenderableType:
    """Return the main thing: the official measure, and what it is once failure demand is taken out."""
    service = facts.main_service
    account = "quality_adjusted" if "quality_adjusted" in facts.ladder else "activity"
    official = facts.standing(service, account)
    if official is None or official.productivity is None:
        output = facts.output_on_the_year(service, account)
        known = (
            f"output {index_text(official.output)} ({facts.reference} = 100){on_the_year(output)}; " if official and official.output else ""
        )
        return Text(f"{service}, {facts.period}: {known}no productivity, because {_why_none(facts, official)}.", style="bold")
    name = "official, quality-adjusted" if "quality_adjusted" in facts.ladder else "unadjusted"
    level = f"productivity {index_text(official.productivity)} ({name}; {facts.reference} = 100)"
    lines = [f"{service}, {facts.period}: {level}{on_the_year(official.on_the_year)}."]
    for account, what in _STORY.items():
        row = facts.standing(service, account)
        if row and row.productivity is not None:
            more = _cost_of_failure(facts) if account == "value_demand" else ""
            lines.append(f"{what} it is {index_text(row.productivity)}{on_the_year(row.on_the_year)}.{more}")
    year = facts.whole_year()
    if year:
        lines.append(
            f"Over {year[0]} as a whole, its seasons evened out: {index_text(year[1])} ({ALONE.get(facts.account, PLAIN[facts.account])})."
        )
    return Text("\n".join(lines), style="bold")


def _why_none(facts: Facts, official: Standing | None) -> str:
    """Return why the main service has no productivity in the period."""
    last = facts.last_period_of(facts.main_service)
    if last is not None:
        return f"its figures {'end' if last < facts.period else 'begin later, and end'} in {last}"
    return "no output can be computed" if official and official.input is not None else "no inputs are given"


def _cost_of_failure(facts: Facts) -> str:
    found = facts.failure_demand()
    if not found or not found["cost"]:
        return ""
    currency = facts.run.study["study"]["currency"]
    share = f", {found['share']:.1%} of the cost of all activity" if found["share"] is not None else ""
    return f" Failure demand cost {money_text(found['cost'], currency)}{share}."


def _some(names: list[str]) -> str:
    """Return up to three names, and how many more there are."""
    return in_list(names) if len(names) <= _FEW else f"{', '.join(names[:_FEW])} and {len(names) - _FEW:,} more"


def _plain_table(title: str | None) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="dim",
        show_header=title is not None,
    )
