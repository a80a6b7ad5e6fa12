"""From the cases that Pandera found to findings: the sentences, and the lines that they are about.

A table about people is spoken of without any of its values.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

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
_PAIR_ADVICE = {
    ("RP036", "both"): ("both filled in", "Keep the one that you trust more and empty the other."),
    ("RP036", "neither"): ("both empty", "Fill in one of them: a volume for a direct input, a deflator for an indirect one."),
}


def case_findings(
    log: Log,
    schema: TableSchema,
    *,
    scheme: PeriodScheme,
    file: str,
    mapping: Mapping[str, str],
    date_format: str | None,
    lines_of: LinesOf,
) -> Iterator[Finding]:
    """Yield one finding for each rule, column and kind of case; `lines_of` turns positions into physical lines."""
    for (code, name, variant), cases in sorted(log.items()):
        column = schema.column(name)
        theirs = mapping.get(name, name)
        yield found(
            code,
            table=schema.name,
            file=file,
            column=name,
            called=name if theirs == name else f"{name}' (in the file '{theirs}')",
            count=cases.count,
            noun="row" if code in _WHOLE_ROW else "cell",
            lines=lines_at(cases.positions, lines_of),
            examples=_examples(cases, personal=schema.personal),
            **_details(code, column, variant, schema, scheme, date_format),
            **_advice(code, column, variant),
        )


def _examples(cases: Cases, *, personal: bool) -> str:
    """Return ": 'abc'" or ", such as 'abc' and 'n/a'", or nothing where no value may or can be shown."""
    if personal or not cases.examples:
        return ""
    shown = listed(quoted(text) for text in cases.examples)
    return f": {shown}" if cases.count == len(cases.examples) else f", such as {shown}"


def _details(code: str, column: Column, variant: str, schema: TableSchema, scheme: PeriodScheme, date_format: str | None) -> dict[str, object]:
    """Return what the template of a rule asks for besides counts and values."""
    first, second, state = _pair(code, column, variant, schema)
    return {
        "scale": column.scale,
        "allowed": listed((quoted(choice) for choice in column.choices), limit=99, word="or"),
        "limits": limits_in_words(column, variant),
        "calendar": _CALENDARS[scheme.calendar],
        "frequency": scheme.frequency,
        "example": _example(column, scheme, date_format),
        "first": first,
        "second": second,
        "state": state,
        "other": column.at_most or column.not_before or "volume",
    }


def _pair(code: str, column: Column, variant: str, schema: TableSchema) -> tuple[str, str, str]:
    """Return the two columns that rule RP036 is about, and their state."""
    pair = next((pair for pair in (schema.at_most_one_of, schema.exactly_one_of) if column.name in pair), ("", ""))
    return pair[0], pair[1], _PAIR_ADVICE.get((code, variant), ("", ""))[0]


def _example(column: Column, scheme: PeriodScheme, date_format: str | None) -> str:
    """Return how a period or a date is written."""
    if column.kind == "period-or-year" and scheme.frequency != "year":
        return f"{scheme.example} or {scheme.year_example}"
    if column.is_period:
        return scheme.example
    return _SAMPLE_DATE.strftime(date_format or "%Y-%m-%d")


def _advice(code: str, column: Column, variant: str) -> dict[str, object]:
    """Return the last sentence of a message, which says what to do about this kind of case."""
    if code == "RP021":
        return {"advice": ADVICE[variant]}
    if code == "RP026":
        return {"advice": "Correct the cells, or state in the study how dates are written (date_format)."}
    if code == "RP033" and column.name == "expenditure":
        return {"advice": "Set a credit against the spending that it belongs to, and give the net amount."}
    if code == "RP034":
        return {"advice": "A percentage is given as a share: 0.12 and not 12." if column.unit == "share" or variant == "lower-share" else ""}
    if code == "RP036":
        return {"advice": _PAIR_ADVICE[code, variant][1]}
    return {"advice": ""}
