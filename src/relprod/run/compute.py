"""`compute`: from a study to a run. It orders the steps and holds no figures of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from relprod.engine.duck import connection
from relprod.errors import UsageError
from relprod.run.basis import basis_tables
from relprod.run.contact_tables import continuity_table, minutes_by_service, origins_table, repeat_risk_table
from relprod.run.contacts import lead_in_periods
from relprod.run.disclosure import disclosed, exclusions_shown
from relprod.run.equity import NotPositiveError
from relprod.run.exclusions import exclusions_table
from relprod.run.failure_table import failure_demand_table
from relprod.run.figures import Figures, figures_of
from relprod.run.findings import figure_findings, findings_table
from relprod.run.folder import check_target, write_run
from relprod.run.manifest import manifest
from relprod.run.measure import Measured, measure, refuse_errors
from relprod.run.model import Run
from relprod.run.progress import Progress
from relprod.run.published import published_table
from relprod.run.refusals import not_positive
from relprod.run.tables import bridge_table, contributions_table, links_table, productivity_table
from relprod.run.unpaid import unpaid_table
from relprod.study.load import load_study
from relprod.study.model import Study
from relprod.tables.findings import sort_findings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

    from relprod.tables.ahead import Ahead
    from relprod.tables.sources import SourceFile

ENGINES = ("duckdb",)


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
    ahead: Ahead | None = None,
) -> Run:
    """Return the figures of a study, and write them to the folder `out` where one is given.

    `study` is a study or the path of one. `tables` takes frames in place of files, by table name. `force` replaces a run
    that is at `out` already. `memory_limit` (such as "512MB") and `threads` are the engine's, and move no figure. `ahead` may have
    begun to look through the bytes of contacts.

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
    run = perform(study, tables, memory_limit=memory_limit, threads=threads, progress=progress, ahead=ahead)
    if out is None:
        return run
    with progress.stage("write"):
        return write_run(run, Path(out), progress.log, force=force)


def perform(  # noqa: PLR0913 - what `compute` is asked, without where to write
    study: Study,
    tables: Mapping[str, pd.DataFrame | pa.Table] | None = None,
    sources: Mapping[str, Sequence[SourceFile]] | None = None,
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    ahead: Ahead | None = None,
) -> Run:
    """Return the figures of a study, and write nothing.

    `sources` gives the files of some tables, wherever they are, in place of the paths in the study; the rest is as of `compute`.

    Raises:
        UsageError: the memory limit means nothing.
        InputUnreadable: a file cannot be read.
        FindingsError: the input, or a figure, holds an error; `findings` holds all that was found.

    """
    progress = progress or Progress()
    with connection(memory_limit, threads) as con:
        measured = measure(con, study, tables, progress, sources, ahead)
    with progress.stage("account"):
        try:
            figures = figures_of(study, measured)
        except NotPositiveError as error:
            refuse_errors(sort_findings([*measured.findings, not_positive(study, error)]))
            raise
    with progress.stage("tables"):
        return _run(study, measured, figures, frames=tables or ())


def _run(study: Study, measured: Measured, figures: Figures, frames: Collection[str]) -> Run:
    """Return the run of an account, refusing figures that are not to be relied on."""
    tables = dict(sorted(_tables(study, measured, figures)))
    if "published" in measured.given:
        tables["published"] = published_table(measured.tables["published"], tables["productivity"])
    findings = sort_findings([*measured.findings, *figure_findings(study, measured, figures, tables.get("published"))])
    tables["findings"] = findings_table(findings)
    run = Run(tables, manifest(study, measured.files, findings, frames, measured.left_out))
    if study.output.disclosure != "none":
        control = disclosed(tables, outcomes_are_shares=study.equity is not None and study.equity.outcome == "resolved")
        left_out = {"exclusions": exclusions_shown(run.manifest["exclusions"])} if study.exclusions else {}
        run = Run(control.tables, {**run.manifest, **left_out, "disclosure": control.recorded})
    refuse_errors(findings, run)
    return run


def _tables(study: Study, measured: Measured, figures: Figures) -> Iterator[tuple[str, pa.Table]]:
    """Yield every table of the run but its findings, with its name."""
    yield from account_tables(study, measured, figures)
    yield from _contact_tables(study, measured)
    yield from basis_tables(measured, study.scheme)
    if study.exclusions:
        yield "exclusions", exclusions_table(study, measured.left_out)


def account_tables(study: Study, measured: Measured, figures: Figures) -> Iterator[tuple[str, pa.Table]]:
    """Yield every table of figures that the study asks for and the cells suffice for, with its name."""
    account, scheme = figures.account, study.scheme
    yield "productivity", productivity_table(account, scheme, figures.extended)
    yield "bridge", bridge_table(account, scheme)
    yield "contributions", contributions_table(account, scheme, figures.extended)
    yield "links", links_table(account, scheme, figures.extended)
    if figures.shares is not None:
        lead_in = list(lead_in_periods(study)) if measured.contacts is not None else []
        yield (
            "failure_demand",
            failure_demand_table(account, (figures.activity, measured.activity), figures.shares, measured.contacts, lead_in, scheme),
        )
    if figures.equities is not None:
        yield "equity", figures.equities.table(scheme)
        yield "equity_groups", figures.equities.groups_table(scheme)
    if figures.extended is not None:
        yield "unpaid", unpaid_table(measured.tables["unpaid"], account, figures.extended)


def _contact_tables(study: Study, measured: Measured) -> Iterator[tuple[str, pa.Table]]:
    """Yield what is told of contacts beside the account."""
    contacts, scheme = measured.contacts, study.scheme
    if contacts is None:
        return
    minutes = minutes_by_service(zip(*(contacts.cells[name].to_pylist() for name in ("service", "period", "minutes")), strict=True))
    inputs = measured.inputs
    paid = (
        inputs.filter(pc.equal(inputs["input"], study.continuity.paid_minutes_input))
        if study.continuity.paid_minutes_input
        else inputs.slice(0, 0)
    )
    paid_minutes = minutes_by_service(zip(*(paid[name].to_pylist() for name in ("service", "period", "volume")), strict=True))
    yield "continuity", continuity_table(contacts.continuity, minutes, paid_minutes, scheme)
    if contacts.method == "repeat" and study.failure_demand is not None:
        yield "repeat_risk", repeat_risk_table(contacts.risk, study.failure_demand.risk_days, scheme)
        if "service" not in study.failure_demand.match_on:
            yield "repeat_origins", origins_table(contacts.origins, scheme)
