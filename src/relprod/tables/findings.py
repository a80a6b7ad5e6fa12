"""Findings: what was noticed about the data, as values. Text is made here; colour and layout are made elsewhere."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.shown import visible
from relprod.tables.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from relprod.tables.rules import Scope, Severity

LINES_KEPT = 5
_QUOTED_LENGTH = 40
_SEVERITIES = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Finding:
    """All cases of one rule in one column of one file.

    `file` is written as in the study (relative, forward slashes), or is the study file's name, or "" where no file
    is concerned. `line` is the physical line of the first case (1 is the first line of the file) and `lines` holds
    up to five; None and () where lines do not apply. `count` is the number of cases.
    """

    code: str
    table: str
    file: str
    column: str | None
    line: int | None
    count: int
    message: str
    lines: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The rule's name, such as "not-a-number"."""
        return RULES[self.code].name

    @property
    def severity(self) -> Severity:
        """The rule's severity: "error", "warning" or "info"."""
        return RULES[self.code].severity

    @property
    def scope(self) -> Scope:
        """The rule's scope: "file", "record", "integrity" or "figures"."""
        return RULES[self.code].scope

    @property
    def is_error(self) -> bool:
        """Whether no figure may be computed."""
        return self.severity == "error"


def found(  # noqa: PLR0913 - a finding has as many parts
    code: str,
    *,
    table: str = "",
    file: str = "",
    column: str | None = None,
    count: int = 1,
    lines: Sequence[int] = (),
    noun: str = "row",
    called: str | None = None,
    **details: Any,  # noqa: ANN401 - whatever the template asks for
) -> Finding:
    """Return a finding whose message is the rule's template filled in.

    Templates may use ``{table}``, ``{file}``, ``{column}``, ``{cases}`` (the count with its noun: "3 rows") and
    whatever else is given in `details`. `called` is what the message calls the column, where that is more than its name.
    Characters that do not print are written out.

    Raises:
        KeyError: the template asks for something that `details` does not hold.

    """
    text = RULES[code].message.format(table=table, file=file, column=called or column, cases=counted(count, noun), **details)
    kept = tuple(lines[:LINES_KEPT])
    return Finding(code, table, visible(file), column, kept[0] if kept else None, count, visible(text.strip()), kept)


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in an order that depends on nothing but themselves: errors first, then code, table, file, line."""

    def order(finding: Finding) -> tuple[object, ...]:
        return (
            _SEVERITIES[finding.severity],
            finding.code,
            finding.table,
            finding.file,
            finding.line or 0,
            finding.column or "",
            finding.message,
            finding.count,
            finding.lines,
        )

    return tuple(sorted(findings, key=order))


def counted(count: int, noun: str) -> str:
    """Return "1 row" or "2,000 rows"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def quoted(text: str) -> str:
    """Return a value from a file in quotation marks, cut at 40 characters, with control characters made visible."""
    shown = text if len(text) <= _QUOTED_LENGTH else f"{text[: _QUOTED_LENGTH - 1]}…"
    return f"'{visible(shown)}'"


def listed(texts: Iterable[str], *, limit: int = 3, word: str = "and") -> str:
    """Return "a", "a and b", "a, b and c" or, beyond the limit, "a, b, c and 4 more"."""
    items = list(texts)
    if len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit:,} more"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}" if items else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return " (did you mean 'x'?)" for the nearest known word, or nothing."""
    options = {option.casefold(): option for option in sorted(known)}
    near = difflib.get_close_matches(word.casefold(), options, n=1, cutoff=0.6)
    return f" (did you mean {quoted(options[near[0]])}?)" if near else ""
