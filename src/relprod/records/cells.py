"""Cells and totals from tables, by the .sql files beside this module. All sums are exact: decimals in, decimals out.

`tables` holds every table of a study by its name, empty where the study has none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_CELL_COLUMNS = {
    "activity": ("activity_cells", {"volume": "volume", "cost": "value", "failure_volume": "failure_volume"}),
    "inputs": ("input_cells", {"volume": "volume", "expenditure": "expenditure"}),
}
"""Which cells a control total on a table looks at, and what its columns are called there."""


@cache
def sql_text(name: str) -> str:
    """Return one of the .sql files beside this module."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def activity_cells(con: DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> pa.Table:
    """Return service, activity, period (ordinal), volume, value and failure_volume, sorted by the first three."""
    return _cells(con, "activity_cells", {name: tables[name] for name in ("activity", "unit_costs")})


def input_cells(con: DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> pa.Table:
    """Return service, input, period (ordinal), expenditure, volume and deflator, sorted by the first three."""
    return _cells(con, "input_cells", {name: tables[name] for name in ("inputs", "deflators")})


def control_totals(
    con: DuckDBPyConnection, tables: Mapping[str, pa.Table], cells: Mapping[str, pa.Table], table: str, column: str
) -> pa.Table:
    """Return file, line and the exact total that each control on one column of one table asks for; null where no row is meant.

    `cells` holds ``activity_cells`` and ``input_cells``.
    """
    relation, columns = _CELL_COLUMNS.get(table, (table, {}))
    period = "period" if table in _CELL_COLUMNS else "_period"
    text = sql_text("control_totals").format(
        relation=relation, column=columns.get(column, column), period=period, table=table, control=column
    )
    sources = {"controls": tables["controls"], relation: cells.get(relation, tables.get(table))}
    return _run(con, text, sources)


def _cells(con: DuckDBPyConnection, name: str, sources: Mapping[str, pa.Table]) -> pa.Table:
    return _run(con, sql_text(name), sources)


def _run(con: DuckDBPyConnection, text: str, sources: Mapping[str, pa.Table]) -> pa.Table:
    """Return the answer to a query over the given tables, which are known to it by name and only while it runs."""
    for name, table in sources.items():
        con.register(name, table)
    try:
        return con.sql(text).to_arrow_table()
    finally:
        for name in sources:
            con.unregister(name)
