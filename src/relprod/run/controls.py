"""Control totals: whether the tables add up to the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from relprod.records.cells import control_totals
from relprod.tables.findings import Finding, found

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pyarrow as pa
    from duckdb import DuckDBPyConnection


def control_findings(  # noqa: PLR0913, PLR0917 - what is compared, how closely, and what to say of it
    con: DuckDBPyConnection,
    tables: Mapping[str, pa.Table],
    cells: Mapping[str, pa.Table],
    tolerance: float,
    files: Sequence[str],
    reduced: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield a finding for each control total that its table misses by more than the tolerance (relative, 0.01 = 1 %).

    `files` are the sources of the table `controls`, in order; `reduced` are the tables of which the study leaves rows out.
    """
    controls = tables["controls"].to_pylist()
    totals = {
        (row["file"], row["line"]): row["total"]
        for table, column in sorted({(row["table"], row["column"]) for row in controls})
        for row in control_totals(con, tables, cells, table, column).to_pylist()
    }
    for control in controls:
        total = totals[control["_file"], control["_line"]]
        allowed = abs(control["total"]) * Decimal(repr(tolerance))
        if total is None or abs(total - control["total"]) > allowed:
            yield _differs(control, total, tolerance, files[control["_file"]], has_all_rows=control["table"] not in reduced)


def _differs(control: Mapping[str, object], total: Decimal | None, tolerance: float, file: str, *, has_all_rows: bool) -> Finding:
    """Return the finding for one control total; a total of None means that no row is meant by it."""
    expected = control["total"]
    where = [
        f"column {control['column']} of table {control['table']}",
        *(str(control[key]) for key in ("service", "period") if control[key]),
        *(() if has_all_rows else ("without the rows that [[exclusions]] leaves out",)),
    ]
    return found(
        "RP064",
        table="controls",
        file=file,
        column="total",
        lines=[int(str(control["_line"]))],
        what=", ".join(where),
        computed="nothing: no row is meant by it" if total is None else f"{total:,.2f}",
        total=f"{expected:,.2f}",
        difference="all of it" if total is None else f"{total - Decimal(str(expected)):+,.2f}",
        tolerance=f"{tolerance:.2%}",
    )
