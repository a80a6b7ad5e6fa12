"""The tables of a run folder: their columns, types and descriptions, read from the Table Schema files in ``data/schemas/run``."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

from relprod.resources import schemas_folder


@cache
def run_table_names() -> tuple[str, ...]:
    """Return the names of the tables that a run may hold, in alphabetical order."""
    return tuple(sorted(path.stem for path in (schemas_folder() / "run").glob("*.json")))


@cache
def run_table_json(name: str) -> dict[str, Any]:
    """Return the Table Schema of a table of a run (KeyError where there is no such table)."""
    if name not in run_table_names():
        raise KeyError(name)
    return cast("dict[str, Any]", json.loads((schemas_folder() / "run" / f"{name}.json").read_text(encoding="utf-8")))
