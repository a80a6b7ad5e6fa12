"""The input tables as the study file speaks of them: their names, and what each column holds."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from relprod.resources import schemas_folder

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def columns_of(table: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the columns of an input table by name, each as its field in the Table Schema; none where there is no such table."""
    file = schemas_folder() / f"{table}.json"
    if not table.isidentifier() or not file.is_file():
        return {}
    return {field["name"]: field for field in json.loads(file.read_text(encoding="utf-8"))["fields"]}


@cache
def input_tables() -> tuple[str, ...]:
    """Return the names of all input tables, in alphabetical order."""
    return tuple(sorted(path.stem for path in schemas_folder().glob("*.json")))
