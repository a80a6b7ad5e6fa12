"""From files to cells: reading, checking and reducing, with the engine open. What is left does not grow with the contacts."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from relprod.engine.duck import connection
from relprod.errors import FindingsError, InputUnreadable
from relprod.records.cells import activity_cells, input_cells
from relprod.run.contacts import ContactMeasures, as_activity, contact_measures
from relprod.run.controls import control_findings
from relprod.tables.arrow_types import arrow_schema
from relprod.tables.findings import found, sort_findings
from relprod.tables.load import load_tables
from relprod.tables.schema import table_names, table_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from relprod.run.model import Run
    from relprod.run.progress import Progress
    from relprod.study.model import Study
    from relprod.tables.ahead import Ahead
    from relprod.tables.exclusions import LeftOut
    from relprod.tables.findings import Finding
    from relprod.tables.load import InputFile, Loaded
    from relprod.tables.sources import SourceFile

_UNREADABLE = frozenset({"RP001", "RP002", "RP003", "RP008", "RP016"})
"""Findings that say a file could not be read at all, as against one whose content is wrong."""


@dataclass(frozen=True)
class Measured:
    """What was read, reduced to cells: nothing in it grows with the number of contacts.

    `tables` holds every table but contacts by its name, empty where the study has none; `given` names those that it has. `files`,
    `labels`, `findings` and `left_out` are of the reading, and empty where nothing was read.
    """

    tables: Mapping[str, pa.Table]
    activity: pa.Table
    inputs: pa.Table
    contacts: ContactMeasures | None
    given: frozenset[str]
    files: tuple[InputFile, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def measure(  # noqa: PLR0913, PLR0917 - what to read, from where, and who is told
    con: DuckDBPyConnection,
    study: Study,
    frames: Mapping[str, pd.DataFrame | pa.Table] | None,
    progress: Progress,
    sources: Mapping[str, Sequence[SourceFile]] | None = None,
    ahead: Ahead | None = None,
) -> Measured:
    """Return the study's tables reduced to cells, refusing errors in them; `frames`, `sources` and `ahead` are those of `load_tables`."""
    with progress.stage("read"):
        loaded = load_tables(con, study, frames, sources, ahead=ahead)
    refuse_errors(loaded.findings)
    contacts = None
    if loaded.has_contacts:
        with progress.stage("contacts"):
            contacts = contact_measures(con, study, progress.say)
    with progress.stage("cells"):
        measured = _reduced(con, loaded, contacts)
        nothing = [] if measured.activity.num_rows else [found("RP056", file=study.file)]
        findings = sort_findings([*loaded.findings, *nothing, *_controls(con, study, measured)])
    refuse_errors(findings)
    return replace(measured, findings=findings)


@contextmanager
def remeasuring(study: Study, sources: Mapping[str, Sequence[SourceFile]] | None = None) -> Iterator[Callable[[Study], Measured]]:
    """Yield what reduces a study's tables, which are read once, by the same study with other parameters.

    What is told of contacts beside the account is left out. Tables are refused as by `measure`.

    Raises:
        InputUnreadable: a file cannot be read.
        FindingsError: the tables hold an error.

    """
    with connection() as con:
        loaded = load_tables(con, study, None, sources)
        refuse_errors(loaded.findings)

        def measured(varied: Study) -> Measured:
            return _reduced(con, loaded, contact_measures(con, varied, beside=False) if loaded.has_contacts else None)

        yield measured


def _reduced(con: DuckDBPyConnection, loaded: Loaded, contacts: ContactMeasures | None) -> Measured:
    """Return the cells of what was read; the cells of contacts are activity like any other."""
    tables = {name: loaded.tables.get(name, arrow_schema(table_schema(name)).empty_table()) for name in table_names() if name != "contacts"}
    if contacts is not None:
        tables["activity"] = as_activity(contacts, tables["activity"])
    return Measured(
        tables=tables,
        activity=activity_cells(con, tables),
        inputs=input_cells(con, tables),
        contacts=contacts,
        given=frozenset(loaded.tables),
        files=loaded.files,
        labels=loaded.labels,
        findings=loaded.findings,
        left_out=loaded.left_out,
    )


def _controls(con: DuckDBPyConnection, study: Study, measured: Measured) -> Iterator[Finding]:
    if "controls" in measured.given:
        cells = {"activity_cells": measured.activity, "input_cells": measured.inputs}
        reduced = {each.table for each in measured.left_out}
        yield from control_findings(con, measured.tables, cells, study.controls.tolerance, measured.labels["controls"], reduced)


def validate(study: Study, frames: Mapping[str, pd.DataFrame | pa.Table] | None = None) -> tuple[Finding, ...]:
    """Return everything that is found in a study's tables, errors first; control totals are checked where the tables allow it."""
    with connection() as con:
        loaded = load_tables(con, study, frames)
        if exit_code_of(loaded.findings):
            return loaded.findings
        contacts = contact_measures(con, study, beside=False) if loaded.has_contacts and "controls" in loaded.tables else None
        return sort_findings([*loaded.findings, *_controls(con, study, _reduced(con, loaded, contacts))])


def exit_code_of(findings: Iterable[Finding]) -> int:
    """Return 0 where nothing is an error, 4 where a file could not be read, else 1."""
    errors = [finding for finding in findings if finding.is_error]
    if not errors:
        return 0
    return InputUnreadable.exit_code if any(error.code in _UNREADABLE for error in errors) else FindingsError.exit_code


def refuse_errors(findings: tuple[Finding, ...], run: Run | None = None) -> None:
    """Raise if any finding is an error."""
    code = exit_code_of(findings)
    if code:
        errors = sum(finding.is_error for finding in findings)
        message = f"Stopped because of {errors} error{'s' if errors > 1 else ''}. No run was written."
        raise (InputUnreadable if code == InputUnreadable.exit_code else FindingsError)(message, findings, run)
