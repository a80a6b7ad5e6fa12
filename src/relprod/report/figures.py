"""The figures of a run for other programs: JSON, and CSV of the productivity table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relprod.shown import csv_text, json_text

if TYPE_CHECKING:
    from relprod.report.facts import Facts


def as_json(facts: Facts, *, period: bool, account: bool) -> str:
    """Return title, productivity and bridge of the services asked for; `period` and `account` restrict to the facts' own."""
    rows = _rows(facts, "productivity", period=period, account=account)
    content = {"study": facts.run.study["study"], "productivity": rows, "bridge": _rows(facts, "bridge", period=period, account=False)}
    return json_text(content, indent=2) + "\n"


def as_csv(facts: Facts, *, period: bool, account: bool) -> str:
    """Return the rows of the productivity table asked for; a missing figure is an empty cell."""
    rows = _rows(facts, "productivity", period=period, account=account)
    return csv_text(facts.run.tables["productivity"].column_names, (row.values() for row in rows))


def _rows(facts: Facts, table: str, *, period: bool, account: bool) -> list[dict[str, Any]]:
    return [
        row
        for row in facts.run.tables[table].to_pylist()
        if row["service"] in facts.services
        and (not period or row["period"] == facts.period)
        and (not account or row["account"] == facts.account)
    ]
