"""What the account is computed from, as tables of the run: the cells, and the small tables beside them.

Rows are reduced to these and no further, and no figure of the account needs more than these. So whoever holds a run can
compute its account again without seeing a row about a person: `basis_tables` writes them down, `measured_from` reads them back.
Continuity, the risk of a repeat and where repeats come from are not made of them: these need the contacts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from relprod.errors import OutputError
from relprod.run.contacts import ContactMeasures
from relprod.run.measure import Measured
from relprod.run.parquet import labelled, run_table
from relprod.run.schemas import run_table_json
from relprod.tables.arrow_types import PERIOD, arrow_schema
from relprod.tables.schema import table_names, table_schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from relprod.periods import PeriodScheme
    from relprod.study.model import Study

GIVEN = {"quality": "quality_readings", "outcomes": "group_outcomes", "unpaid": "unpaid_cells"}
"""Tables of the study of which each row is used as it is, and the table of the run that holds them."""
BASIS = ("activity_cells", "contact_cells", "contact_outcomes", "input_cells", *GIVEN.values())
"""Every table of a run that its account is computed from."""


def basis_tables(measured: Measured, scheme: PeriodScheme) -> Iterator[tuple[str, pa.Table]]:
    """Yield what the account was computed from, each table with its name, sorted by its key."""
    yield "activity_cells", _with_labels("activity_cells", measured.activity, "period", scheme)
    yield "input_cells", _with_labels("input_cells", measured.inputs, "period", scheme)
    if measured.contacts is not None:
        yield "contact_cells", _with_labels("contact_cells", measured.contacts.cells, "period", scheme)
        yield "contact_outcomes", _with_labels("contact_outcomes", measured.contacts.outcomes, "period", scheme)
    for table, name in GIVEN.items():
        if table in measured.given:
            yield name, _with_labels(name, measured.tables[table], PERIOD, scheme)


def holds_cells(tables: Collection[str]) -> bool:
    """Return whether the tables of a run are those that its account can be computed again from; a run without small counts lacks them."""
    return {"activity_cells", "input_cells"} <= set(tables)


def measured_from(tables: Mapping[str, pa.Table], study: Study) -> Measured:
    """Return what was measured, from the tables of a run.

    Raises:
        OutputError: the run does not hold its cells.

    """
    if not holds_cells(tables):
        message = (
            "This run does not hold the cells that its account was computed from, perhaps because exact counts are not to be shown in it "
            "([output] disclosure). Take a run of the same inputs and the same study without that line."
        )
        raise OutputError(message)
    scheme = study.scheme
    given = {table: tables[name] for table, name in GIVEN.items() if name in tables}
    empty = {name: arrow_schema(table_schema(name)).empty_table() for name in table_names() if name != "contacts"}
    return Measured(
        tables={**empty, **{name: _as_read(name, table, scheme) for name, table in given.items()}},
        activity=_with_ordinals(tables["activity_cells"], scheme),
        inputs=_with_ordinals(tables["input_cells"], scheme),
        contacts=_contacts(tables, study),
        given=frozenset(given),
    )


def _contacts(tables: Mapping[str, pa.Table], study: Study) -> ContactMeasures | None:
    if "contact_cells" not in tables:
        return None
    cells, outcomes = (_with_ordinals(tables[name], study.scheme) for name in ("contact_cells", "contact_outcomes"))
    return ContactMeasures(cells, outcomes, method=study.failure_demand.method if study.failure_demand is not None else "given")


def _with_labels(name: str, rows: pa.Table, period: str, scheme: PeriodScheme) -> pa.Table:
    """Return rows as a table of the run, with the labels of their periods (ordinals in the column `period`), in the order of its key."""
    key = run_table_json(name)["primaryKey"]
    ordered = rows.take(pc.sort_indices(rows, [(period if column == "period" else column, "ascending") for column in key]))
    distinct = ordered[period].combine_chunks().dictionary_encode()
    labels = labelled(distinct.indices.to_numpy(), [scheme.label(ordinal) for ordinal in distinct.dictionary.to_pylist()])
    return run_table(name, {**{column: ordered[column] for column in ordered.column_names}, "period": labels})


def _ordinals(rows: pa.Table, scheme: PeriodScheme) -> pa.Array:
    """Return the ordinals of the periods of a table of the run."""
    distinct = rows["period"].combine_chunks().dictionary_encode()
    ordinals = pa.array([scheme.parse(label) for label in distinct.dictionary.to_pylist()], type=pa.int64())
    return ordinals.take(distinct.indices)


def _with_ordinals(rows: pa.Table, scheme: PeriodScheme) -> pa.Table:
    return rows.set_column(rows.column_names.index("period"), "period", _ordinals(rows, scheme))


def _as_read(name: str, rows: pa.Table, scheme: PeriodScheme) -> pa.Table:
    """Return a table of the run as the study's table of that name: with ordinals, and without files and lines."""
    columns = {**{column: rows[column] for column in rows.column_names}, PERIOD: _ordinals(rows, scheme)}
    schema = arrow_schema(table_schema(name))
    return pa.table(
        [columns[field.name] if field.name in columns else pa.nulls(rows.num_rows, field.type) for field in schema], names=schema.names
    ).cast(schema)
