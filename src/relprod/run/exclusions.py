"""What was left out of a study on declared grounds, as a table of the run and in its manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relprod.run.parquet import run_table
from relprod.tables.exclusions import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from relprod.study.model import Study
    from relprod.tables.exclusions import LeftOut


def exclusions_table(study: Study, left_out: Iterable[LeftOut]) -> pa.Table:
    """Return the table `exclusions`: one row an entry and file; an entry that fits no row has one row, without a file."""
    found: dict[int, dict[str, int]] = {number: {} for number in range(1, len(study.exclusions) + 1)}
    for each in left_out:
        found[each.number][each.file] = found[each.number].get(each.file, 0) + each.rows
    rows = [(number, file, count) for number, files in found.items() for file, count in (sorted(files.items()) or [("", 0)])]
    entries = [study.exclusions[number - 1] for number, _, _ in rows]
    return run_table(
        "exclusions",
        {
            "number": [number for number, _, _ in rows],
            "table": [entry.table for entry in entries],
            "condition": [in_words(entry) for entry in entries],
            "reason": [entry.reason for entry in entries],
            "owner": [entry.owner for entry in entries],
            "file": [file for _, file, _ in rows],
            "rows": [count for _, _, count in rows],
        },
    )


def exclusions_recorded(study: Study, left_out: Iterable[LeftOut]) -> list[dict[str, Any]]:
    """Return what the manifest says of each entry: its table, conditions in words, reason, owner, and how many rows it left out."""
    rows = dict.fromkeys(range(1, len(study.exclusions) + 1), 0)
    for each in left_out:
        rows[each.number] += each.rows
    return [
        {"table": entry.table, "where": in_words(entry), "reason": entry.reason, "owner": entry.owner, "rows": rows[number]}
        for number, entry in enumerate(study.exclusions, start=1)
    ]
