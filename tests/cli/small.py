"""A study small enough to be read at a glance, and to be spoilt in one place at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STUDY = """\
[study]
title = "Small"
frequency = "year"
calendar = "calendar"
reference = "2020"

[tables]
activity = "activity.csv"
inputs = "inputs.csv"
deflators = "deflators.csv"
quality = "quality.csv"

[failure_demand]
method = "given"

[assumptions."study.reference"]
source = "The first year of the data"

[assumptions."failure_demand.method"]
source = "Call coding"
"""

ACTIVITY_ALONE = "".join(line for line in STUDY.splitlines(keepends=True) if not line.startswith(("inputs =", "deflators =", "quality =")))
"""The same study with one table, where the others are not the point: it is quicker."""

TABLES: Mapping[str, str] = {
    "activity": """\
service,activity,period,volume,unit_cost,failure_volume
Care > Home,visits,2020,100,10,20
Care > Home,visits,2021,110,11,25
Care > Home,visits,2022,120,12,10
Care > Home,reviews,2020,40,5,0
Care > Home,reviews,2021,44,5,4
Care > Home,reviews,2022,50,5,5
Parks,cuts,2020,30,20,
Parks,cuts,2021,27,21,
Parks,cuts,2022,33,22,
""",
    "inputs": """\
service,period,input,expenditure,volume,deflator
Care > Home,2020,labour,1000,20,
Care > Home,2021,labour,1150,21,
Care > Home,2022,labour,1300,22,
Parks,2020,goods,600,,prices
Parks,2021,goods,620,,prices
Parks,2022,goods,640,,prices
""",
    "deflators": """\
deflator,period,index
prices,2020,100
prices,2021,103
prices,2022,107.5
""",
    "quality": """\
service,period,indicator,value,direction,weight,attribution
Care > Home,2020,content,0.80,higher,1,0.5
Care > Home,2021,content,0.84,higher,1,0.5
Care > Home,2022,content,0.90,higher,1,0.5
""",
}


def small_study(folder: Path, changed: Mapping[str, str | bytes | None] | None = None, study: str = STUDY) -> Path:
    """Write the study to a folder and return that; `changed` gives files by name in place of its own, None for none."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | bytes | None] = {
        "relprod.toml": study,
        **{f"{name}.csv": text for name, text in TABLES.items()},
        **(changed or {}),
    }
    for name, content in files.items():
        if content is not None:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def replaced(table: str, old: str, new: str) -> dict[str, str | bytes | None]:
    """Return a table's file with one text replaced by another, for `small_study`."""
    assert TABLES[table].count(old) == 1, f"'{old}' is not once in {table}"
    return {f"{table}.csv": TABLES[table].replace(old, new)}
