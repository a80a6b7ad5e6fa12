"""Reading one table from all its files, or from a frame in place of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from relprod.tables.arrow_source import arrow_batches, arrow_layout, frame_reader, parquet_reader
from relprod.tables.arrow_types import FILE, LINE, arrow_schema
from relprod.tables.csv_file import csv_batches, csv_layout, csv_structure
from relprod.tables.findings import Finding, found
from relprod.tables.header import mapping_findings
from relprod.tables.intake import fingerprint, stamp_of, take_in
from relprod.tables.messages import Context, case_findings
from relprod.tables.physical_lines import lines_at
from relprod.tables.records import POSITION, Records, read_records
from relprod.tables.sources import SUFFIXES, SourceFile, find_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from relprod.study import Study
    from relprod.study.model import TableSource
    from relprod.tables.csv_file import Layout
    from relprod.tables.physical_lines import LinesOf
    from relprod.tables.schema import TableSchema


@dataclass(frozen=True)
class InputFile:
    """A file that was read, as the manifest records it: `path` relative to the study's folder, with forward slashes."""

    table: str
    path: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class SourceRead:
    """What came of one file or frame; `table` is None where nothing could be read."""

    label: str
    table: pa.Table | None
    findings: tuple[Finding, ...]
    file: InputFile | None = None


@dataclass(frozen=True)
class Reading:
    """What all sources of one table are read with."""

    con: duckdb.DuckDBPyConnection
    study: Study
    schema: TableSchema
    source: TableSource | None
    folder: Path

    @property
    def mapping(self) -> Mapping[str, str]:
        """The study's column names: ours = theirs."""
        return self.source.columns if self.source is not None else {}

    @property
    def date_format(self) -> str | None:
        """How the study says that dates are written."""
        return self.source.date_format if self.source is not None else None


def read_files(reading: Reading) -> list[SourceRead]:
    """Return what came of each file that the study names for a table, in the order of their names."""
    schema, source, study = reading.schema, reading.source, reading.study
    if source is None:
        return []
    files, missing = find_files(schema.name, source.path, study.folder)
    reads = [SourceRead(finding.file, None, (finding,)) for finding in missing]
    reads += [SourceRead(study.file, None, (finding,)) for finding in mapping_findings(schema, reading.mapping, study.file)]
    return reads + [_read_file(reading, file) for file in files]


def read_frame(reading: Reading, frame: pd.DataFrame | pa.Table) -> SourceRead:
    """Return what came of a frame given in place of files; its lines are row numbers from 1, and further columns are tolerated."""
    label = f"<{reading.schema.name} frame>"
    reader = frame_reader(frame)
    plain = Reading(reading.con, reading.study, reading.schema, None, reading.folder)
    layout = arrow_layout(reader.schema.names, plain.schema, {}, label, extras=False)
    try:
        return _from_arrow(plain, label, reader, layout)
    except duckdb.Error as error:
        return SourceRead(label, None, (_engine_stopped(reading, label, error),))


def _read_file(reading: Reading, file: SourceFile) -> SourceRead:
    """Return what came of one file. Whatever is wrong with it is a finding, never an exception."""
    schema = reading.schema
    try:
        if file.suffix not in SUFFIXES:
            fingerprint(file.path)
            return SourceRead(file.label, None, (found("RP003", table=schema.name, file=file.label, suffix=file.suffix or file.path.name),))
        return _read_parquet(reading, file) if file.suffix == ".parquet" else _read_csv(reading, file)
    except FileNotFoundError:
        problem = found("RP001", table=schema.name, file=file.label, path=file.label, suggestion="")
    except IsADirectoryError:
        problem = found(
            "RP002", table=schema.name, file=file.label, reason="it is a folder; to read the files in it, add a pattern such as /*.csv"
        )
    except OSError as error:
        reason = (
            "you have no permission to read it"
            if isinstance(error, PermissionError)
            else (error.strerror or "the system gives no reason").lower()
        )
        problem = found("RP002", table=schema.name, file=file.label, reason=reason)
    except (UnicodeDecodeError, EOFError, zlib.error):  # what the first pass would have found, had it been there then
        problem = found("RP016", table=schema.name, file=file.label)
    except duckdb.Error as error:
        problem = _engine_stopped(reading, file.label, error)
    return SourceRead(file.label, None, (problem,))


def _engine_stopped(reading: Reading, label: str, error: duckdb.Error) -> Finding:
    """Return the finding that DuckDB could not go on. Its own message may quote the data, so only its kind is passed on."""
    hint = f"; check whether date_format '{reading.date_format}' is a way of writing dates" if reading.date_format else ""
    return found("RP002", table=reading.schema.name, file=label, reason=f"the database engine stopped ({type(error).__name__}){hint}")


def _read_csv(reading: Reading, file: SourceFile) -> SourceRead:
    schema, source = reading.schema, reading.source
    intake = take_in(schema.name, file, source.encoding if source is not None else "utf-8", reading.folder)
    layout = csv_layout(intake, schema, reading.mapping, file.label)
    if not layout.usable:
        record = InputFile(schema.name, file.label, intake.size, intake.sha256, 0)
        return SourceRead(file.label, None, (*intake.findings, *layout.findings), record)
    with csv_batches(reading.con, intake, schema, layout, reading.date_format) as batches:
        records = read_records(batches, schema, frozenset(layout.positions), reading.study.scheme, header=True)
    lines, ragged = csv_structure(reading.con, intake, layout, records.total)
    result = _finished(reading, file.label, records, lines.of, [*layout.findings, *ragged])
    if records.total <= 1 and not ragged:
        result = _with(result, found("RP005", table=schema.name, file=file.label))
    record = InputFile(schema.name, file.label, intake.size, intake.sha256, records.kept)
    return _with(SourceRead(result.label, result.table, result.findings, record), *_changed(schema.name, file, intake.stamp))


def _read_parquet(reading: Reading, file: SourceFile) -> SourceRead:
    schema = reading.schema
    sha256, stamp = fingerprint(file.path)
    try:
        with parquet_reader(file.path) as reader:
            layout = arrow_layout(reader.schema.names, schema, reading.mapping, file.label, extras=True)
            result = _from_arrow(reading, file.label, reader, layout)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError)):
            raise
        problem = found("RP008", table=schema.name, file=file.label, kind="Parquet", reason="it cannot be unpacked")
        return SourceRead(file.label, None, (problem,), InputFile(schema.name, file.label, stamp[0], sha256, 0))
    rows = result.table.num_rows if result.table is not None else 0
    record = InputFile(schema.name, file.label, stamp[0], sha256, rows)
    if not rows and layout.usable:
        result = _with(result, found("RP005", table=schema.name, file=file.label))
    return _with(SourceRead(result.label, result.table, result.findings, record), *_changed(schema.name, file, stamp))


def _from_arrow(reading: Reading, label: str, reader: pa.RecordBatchReader, layout: Layout) -> SourceRead:
    """Return the records of a Parquet file or a frame."""
    if not layout.usable:
        return SourceRead(label, None, layout.findings)
    with arrow_batches(reading.con, reader, reading.schema, layout, reading.date_format) as batches:
        records = read_records(batches, reading.schema, frozenset(layout.positions), reading.study.scheme, header=False)
    return _finished(reading, label, records, lambda positions: positions + 1, list(layout.findings))


def _finished(reading: Reading, label: str, records: Records, lines_of: LinesOf, findings: list[Finding]) -> SourceRead:
    """Return the records with their lines in place of positions, and all findings about them."""
    schema = reading.schema
    context = Context(schema, reading.study.scheme, label, reading.mapping, reading.date_format)
    findings += case_findings(records.log, context, lines_of)
    if records.empty:
        lines = lines_at(records.empty_positions, lines_of)
        findings.append(found("RP009", table=schema.name, file=label, count=records.empty, lines=lines))
    return SourceRead(label, _lined(records, schema, lines_of), tuple(findings))


def _lined(records: Records, schema: TableSchema, lines_of: LinesOf) -> pa.Table:
    """Return the typed records as one table with ``_line``, and ``_file`` still 0."""
    target = arrow_schema(schema)
    if not records.batches:
        return target.empty_table()
    table = pa.concat_tables(records.batches)
    positions = table[POSITION].to_numpy()
    known = lines_of(positions)
    lines = pa.nulls(len(positions), pa.int64()) if known is None else pa.array(known, pa.int64())
    table = (
        table.drop_columns([POSITION]).append_column(FILE, pa.repeat(pa.scalar(0, pa.int32()), table.num_rows)).append_column(LINE, lines)
    )
    return table.select(target.names).cast(target)


def _with(read: SourceRead, *findings: Finding) -> SourceRead:
    return SourceRead(read.label, read.table, (*read.findings, *findings), read.file)


def _changed(table: str, file: SourceFile, stamp: tuple[int, int]) -> list[Finding]:
    """Return a finding where the file is not what it was when reading began."""
    try:
        same = stamp_of(file.path) == stamp
    except OSError:
        same = False
    return [] if same else [found("RP016", table=table, file=file.label)]
