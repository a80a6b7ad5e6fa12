"""From the cases that Pandera found to findings: the sentences, and the lines that they are about.

A table about people is spoken of without any of its values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from relprod.tables.checks import limits_in_words
from relprod.tables.findings import Finding, found, listed, quoted
from relprod.tables.numbers import ADVICE
from relprod.tables.physical_lines import lines_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from relprod.periods import PeriodScheme
    from relprod.tables.physical_lines import LinesOf
    from relprod.tables.schema import Column, TableSchema
    from relprod.tables.validation import Cases, Log

_SAMPLE_DATE = date(2024, 12, 31)
_CALENDARS = {"financial-uk": "financial year (April to March)", "calendar": "calendar year (January to December)"}
_WHOLE_ROW = {"RP036", "RP037", "RP038", "RP039"}
_PAIR_STATES = {"both": "both filled in", "neither": "both empty"}
_PAIR_ADVICE = {
    "both": "Keep the one that you trust more and empty the other.",
    "neither": "Fill in one of them: a volume for a direct input, a deflator for an indirect one.",
}
_ADVICE = {
    ("RP026", ""): "Correct the cells, or state in the study how dates are written (date_format).",
    ("RP033", "expenditure"): "Set a credit against the spending that it belongs to, and give the net amount.",
}
"""By code and column, or by code alone."""


@dataclass(frozen=True)
class Context:
    """What the sentences about one source need to know: its table, how time is counted, and how the study describes it."""

    schema: TableSchema
    scheme: PeriodScheme
    file: str
    mapping: Mapping[str, str]
    date_format: str | None


def case_findings(log: Log, context: Context, lines_of: LinesOf) -> Iterator[Finding]:
    """Yield one finding for each rule, column and kind of case; `lines_of` turns positions into physical lines."""
    for (code, name, variant), cases in sorted(log.items()):
        theirs = context.mapping.get(name, name)
        yield found(
            code,
            table=context.schema.name,
            file=context.file,
            column=name,
            called=name if theirs == name else f"{name}', in the file '{theirs}",
            count=cases.count,
            noun="row" if code in _WHOLE_ROW else "cell",
            lines=lines_at(cases.positions, lines_of),
            examples=_examples(cases, personal=context.schema.personal),
            **_details(context.schema.column(name), variant, context),
            advice=_advice(code, context.schema.column(name), variant),
        )


def _examples(cases: Cases, *, personal: bool) -> str:
    """Return ": 'abc'" or ", such as 'abc' and 'n/a'", or nothing where no value may or can be shown."""
    if personal or not cases.examples:
        return ""
    shown = listed(quoted(text) for text in cases.examples)
    return f": {shown}" if cases.count == len(cases.examples) else f", such as {shown}"


def _details(column: Column, variant: str, context: Context) -> dict[str, Any]:
    """Return what the templates of the rules may ask for besides counts, values and advice."""
    pairs = (context.schema.at_most_one_of, context.schema.exactly_one_of)
    first, second = next((pair for pair in pairs if column.name in pair), ("", ""))
    return {
        "scale": column.scale,
        "allowed": listed((quoted(choice) for choice in column.choices), limit=99, word="or"),
        "limits": limits_in_words(column, variant),
        "calendar": _CALENDARS[context.scheme.calendar],
        "frequency": context.scheme.frequency,
        "example": _example(column, context.scheme, context.date_format),
        "first": first,
        "second": second,
        "state": _PAIR_STATES.get(variant, ""),
        "other": column.at_most or column.not_before or "",
    }


def _example(column: Column, scheme: PeriodScheme, date_format: str | None) -> str:
    """Return how a period or a date is written."""
    if column.kind == "period-or-year" and scheme.frequency != "year":
        return f"{scheme.example} or {scheme.year_example}"
    if column.is_period:
        return scheme.example
    return _SAMPLE_DATE.strftime(date_format or "%Y-%m-%d")


def _advice(code: str, column: Column, variant: str) -> str:
    """Return the last sentence of a message, which says what to do about this kind of case."""
    if code == "RP021":
        return ADVICE[variant]
    if code == "RP034" and (column.unit == "share" or variant == "lower-share"):
        return "A percentage is given as a share: 0.12 and not 12."
    if code == "RP036":
        return _PAIR_ADVICE[variant]
    return _ADVICE.get((code, column.name), _ADVICE.get((code, ""), ""))
