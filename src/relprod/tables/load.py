"""All tables of a study, read and checked: the one door through which data come in."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa

from relprod.study.model import TABLE_NAMES
from relprod.tables.arrow_types import FILE, arrow_schema
from relprod.tables.findings import Finding, found, quoted, sort_findings, suggestion
from relprod.tables.integrity import check_integrity
from relprod.tables.place import Place
from relprod.tables.reader import InputFile, Reading, SourceRead, read_files, read_frame
from relprod.tables.schema import table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb
    import pandas as pd

    from relprod.study import Study

__all__ = ["InputFile", "Loaded", "load_tables"]


@dataclass(frozen=True)
class Loaded:
    """The tables of a study, the files that they came from, and everything that was noticed about them.

    `tables` holds, by name and in the order of the study model, every table without an error of its own, with the
    columns of `relprod.tables.arrow_types.arrow_schema`. `labels` gives for each table its sources: ``_file`` is a
    position in it. `files` holds every file that was opened. `findings` are sorted.
    """

    tables: Mapping[str, pa.Table]
    files: tuple[InputFile, ...]
    findings: tuple[Finding, ...]
    labels: Mapping[str, tuple[str, ...]]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid any figure."""
        return tuple(finding for finding in self.findings if finding.is_error)


def load_tables(con: duckdb.DuckDBPyConnection, study: Study, frames: Mapping[str, pd.DataFrame | pa.Table] | None = None) -> Loaded:
    """Return all tables of a study; `frames` gives some of them as frames in place of files.

    Whatever is wrong with the data is a finding, and all of them come at once.

    Raises:
        ValueError: a frame is given for a table that there is none of.

    """
    frames = dict(frames or {})
    for name in frames:
        if name not in TABLE_NAMES:
            message = f"there is no table {quoted(name)}{suggestion(name, TABLE_NAMES)}"
            raise ValueError(message)
    tables: dict[str, pa.Table] = {}
    findings: list[Finding] = []
    files: list[InputFile] = []
    labels: dict[str, tuple[str, ...]] = {}
    named = [name for name in TABLE_NAMES if name in study.tables or name in frames]
    for name in named:
        reads = _read_table(con, study, name, frames.get(name))
        found_here = [finding for read in reads for finding in read.findings]
        found_here += _table_findings(name, reads)
        files += [read.file for read in reads if read.file is not None]
        labels[name] = tuple(read.label for read in reads)
        if not any(finding.is_error for finding in found_here):
            tables[name] = _joined(name, reads)
        findings += found_here
    place = Place(con, study, tables, labels, frozenset(named))
    findings += check_integrity(place)
    return Loaded(MappingProxyType(tables), tuple(files), sort_findings(findings), MappingProxyType(labels))


def _read_table(con: duckdb.DuckDBPyConnection, study: Study, name: str, frame: pd.DataFrame | pa.Table | None) -> list[SourceRead]:
    """Return what came of each source of a table. Rewritten texts live no longer than the reading."""
    with tempfile.TemporaryDirectory(prefix="relprod-") as folder:
        reading = Reading(con, study, table_schema(name), study.tables.get(name), Path(folder))
        return read_files(reading) if frame is None else [read_frame(reading, frame)]


def _table_findings(name: str, reads: list[SourceRead]) -> Iterator[Finding]:
    """Yield what is wrong with the sources of a table together: no rows at all, or the same file twice."""
    tables = [read.table for read in reads if read.table is not None]
    if (
        tables
        and len(tables) == len(reads)
        and not any(table.num_rows for table in tables)
        and not any(f.is_error for r in reads for f in r.findings)
    ):
        yield found("RP015", table=name, file=reads[0].label)
    seen: dict[str, str] = {}
    for read in reads:
        if read.file is not None and read.file.rows:
            other = seen.setdefault(read.file.sha256, read.label)
            if other != read.label:
                yield found("RP019", table=name, file=read.label, other=other)


def _joined(name: str, reads: list[SourceRead]) -> pa.Table:
    """Return the records of all sources as one table, with the position of each record's source in ``_file``."""
    schema = arrow_schema(table_schema(name))
    at = schema.get_field_index(FILE)
    parts = [
        read.table.set_column(at, schema.field(at), pa.repeat(pa.scalar(index, pa.int32()), read.table.num_rows))
        for index, read in enumerate(reads)
        if read.table is not None
    ]
    return pa.concat_tables(parts).combine_chunks() if parts else schema.empty_table()
