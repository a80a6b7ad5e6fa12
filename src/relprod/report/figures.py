"""The figures of a run for other programs: JSON, and CSV of the productivity table."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relprod.report.facts import Facts


def as_json(facts: Facts, *, period: bool, account: bool) -> str:
    """Return title, productivity and bridge of the services asked for; `period` and `account` restrict to the facts' own."""
    rows = _rows(facts, "productivity", period=period, account=account)
    content = {"study": facts.run.study["study"], "productivity": rows, "bridge": _rows(facts, "bridge", period=period, account=False)}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def as_csv(facts: Facts, *, period: bool, account: bool) -> str:
    """Return the rows of the productivity table asked for; a missing figure is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(facts.run.tables["productivity"].column_names)
    writer.writerows(row.values() for row in _rows(facts, "productivity", period=period, account=account))
    return text.getvalue()


def _rows(facts: Facts, table: str, *, period: bool, account: bool) -> list[dict[str, Any]]:
    return [
        row
        for row in facts.run.tables[table].to_pylist()
        if row["service"] in facts.services
        and (not period or row["period"] == facts.period)
        and (not account or row["account"] == facts.account)
    ]
