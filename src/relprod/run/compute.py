"""`compute`: from a study to a run. It orders the steps and holds no figures of its own."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from relprod.account.chained import Method
from relprod.account.ladder import Account, Adjustments, compute_account
from relprod.engine.duck import connection
from relprod.errors import FindingsError, InputUnreadable, StudyError, UsageError
from relprod.records.cells import activity_cells, input_cells
from relprod.run.controls import control_findings
from relprod.run.failure_table import failure_demand_table
from relprod.run.findings import figure_findings, findings_table
from relprod.run.folder import check_target, write_run
from relprod.run.manifest import manifest
from relprod.run.matrices import activity_matrices, indicators_of, input_matrices, timeline_of
from relprod.run.model import Run
from relprod.run.published import published_table
from relprod.run.tables import bridge_table, contributions_table, links_table, productivity_table
from relprod.study.load import load_study
from relprod.study.model import Study
from relprod.tables.arrow_types import arrow_schema
from relprod.tables.findings import sort_findings
from relprod.tables.load import Loaded, load_tables
from relprod.tables.schema import table_names, table_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from relprod.account.cells import Cells
    from relprod.tables.findings import Finding

ENGINES = ("duckdb",)
_UNREADABLE = frozenset({"RP001", "RP002", "RP003", "RP008", "RP016"})
"""Findings that say a file could not be read at all, as against one whose content is wrong."""


@dataclass
class Progress:
    """Says which stage is under way, and keeps how long each took, in seconds."""

    say: Callable[[str], None] = lambda stage: None  # noqa: ARG005 - the default says nothing
    log: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        self.say(name)
        start = time.perf_counter()
        yield
        self.log.append((name, time.perf_counter() - start))


def compute(  # noqa: PLR0913 - the one entrance, whose options are those of the command line
    study: Study | str | Path,
    out: str | Path | None = None,
    tables: Mapping[str, pd.DataFrame | pa.Table] | None = None,
    *,
    force: bool = False,
    engine: str = "duckdb",
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Return the figures of a study, and write them to the folder `out` where one is given.

    `study` is a study or the path of one. `tables` takes frames in place of files, by table name. `force` replaces a run
    that is at `out` already. `memory_limit` (such as "512MB") and `threads` are the engine's, and move no figure.

    Raises:
        UsageError: there is no such engine, or the memory limit means nothing.
        StudyError: the study file is wrong.
        InputUnreadable: a file cannot be read.
        FindingsError: the input, or a figure, holds an error; `findings` holds all that was found. Nothing is written.
        OutputError: the run cannot be written. Nothing is left behind.

    """
    progress = progress or Progress()
    study = study if isinstance(study, Study) else load_study(study)
    if engine not in ENGINES:
        message = f"There is no engine '{engine}'; this version of relprod has {', '.join(ENGINES)}."
        raise UsageError(message)
    if out is not None:
        check_target(Path(out), force=force)
    with connection(memory_limit, threads) as con:
        loaded, cells = _read(con, study, tables, progress)
    with progress.stage("account"):
        account, activity = _account(study, loaded, cells)
    with progress.stage("tables"):
        run = _run(study, loaded, account, activity, cells)
    if out is None:
        return run
    with progress.stage("write"):
        return write_run(run, Path(out), progress.log, force=force)


def validate(study: Study, tables: Mapping[str, pd.DataFrame | pa.Table] | None = None) -> tuple[Finding, ...]:
    """Return everything that is found in a study's tables, errors first; control totals are checked where the tables allow it."""
    with connection() as con:
        loaded = load_tables(con, study, tables)
        if any(finding.is_error for finding in loaded.findings):
            return loaded.findings
        return sort_findings([*loaded.findings, *_controls(con, study, loaded, _cells(con, _every_table(loaded)))])


def _read(
    con: DuckDBPyConnection, study: Study, frames: Mapping[str, pd.DataFrame | pa.Table] | None, progress: Progress
) -> tuple[Loaded, dict[str, pa.Table]]:
    """Return the study's tables and its cells, with every finding so far."""
    if "contacts" in study.tables or "contacts" in (frames or {}):
        message = (
            f"{study.file}: this version of relprod computes from the table 'activity', not from contact records. "
            "Take 'contacts' out of [tables]; 'relprod validate' checks it all the same."
        )
        raise StudyError(message)
    with progress.stage("read"):
        loaded = load_tables(con, study, frames)
    _refuse_errors(loaded.findings)
    with progress.stage("cells"):
        cells = _cells(con, _every_table(loaded))
        findings = sort_findings([*loaded.findings, *_controls(con, study, loaded, cells)])
    _refuse_errors(findings)
    return replace(loaded, findings=findings), cells


def _every_table(loaded: Loaded) -> dict[str, pa.Table]:
    """Return every table by its name, empty where the study has none."""
    return {name: loaded.tables.get(name, arrow_schema(table_schema(name)).empty_table()) for name in table_names()}


def _cells(con: DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    return {"activity_cells": activity_cells(con, tables), "input_cells": input_cells(con, tables)}


def _controls(con: DuckDBPyConnection, study: Study, loaded: Loaded, cells: Mapping[str, pa.Table]) -> Iterator[Finding]:
    if "controls" in loaded.tables:
        yield from control_findings(con, _every_table(loaded), cells, study.controls.tolerance, loaded.labels["controls"])


def _account(study: Study, loaded: Loaded, cells: Mapping[str, pa.Table]) -> tuple[Account, Cells]:
    """Return the account, and the activity matrices it was made from."""
    timeline = timeline_of(study.scheme, study.study.reference, cells["activity_cells"], cells["input_cells"])
    activity, failure_volume = activity_matrices(cells["activity_cells"], timeline)
    quality, failure_demand = loaded.tables.get("quality"), study.failure_demand
    adjustments = Adjustments(
        indicators=None if quality is None else indicators_of(quality, timeline),
        failure_volume=None if failure_demand is None else failure_volume,
        removal=1.0 if failure_demand is None else failure_demand.removal,
    )
    method = Method(timeline, study.output.index, study.output.link)
    return compute_account(activity, input_matrices(cells["input_cells"], timeline), method, adjustments), activity


def _run(study: Study, loaded: Loaded, account: Account, activity: Cells, cells: Mapping[str, pa.Table]) -> Run:
    """Return the run of an account, refusing figures that are not to be relied on."""
    scheme = study.scheme
    tables = {
        "productivity": productivity_table(account, scheme),
        "bridge": bridge_table(account, scheme),
        "contributions": contributions_table(account, scheme),
        "links": links_table(account, scheme),
    }
    if account.failure_share is not None:
        tables["failure_demand"] = failure_demand_table(account, activity, cells["activity_cells"], scheme)
    if "published" in loaded.tables:
        tables["published"] = published_table(loaded.tables["published"], tables["productivity"])
    findings = sort_findings([*loaded.findings, *figure_findings(study, account, tables.get("published"))])
    tables["findings"] = findings_table(findings)
    run = Run(tables, manifest(study, loaded.files, findings))
    _refuse_errors(findings, run)
    return run


def exit_code_of(findings: Iterable[Finding]) -> int:
    """Return 0 where nothing is an error, 4 where a file could not be read, else 1."""
    errors = [finding for finding in findings if finding.is_error]
    if not errors:
        return 0
    return InputUnreadable.exit_code if any(error.code in _UNREADABLE for error in errors) else FindingsError.exit_code


def _refuse_errors(findings: tuple[Finding, ...], run: Run | None = None) -> None:
    """Raise if any finding is an error."""
    code = exit_code_of(findings)
    if code:
        errors = sum(finding.is_error for finding in findings)
        message = f"Stopped because of {errors} error{'s' if errors > 1 else ''}. No run was written."
        raise (InputUnreadable if code == InputUnreadable.exit_code else FindingsError)(message, findings, run)
