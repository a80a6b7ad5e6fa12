"""Reading one table from all its files, or from a frame in place of them."""

from __future__ import annotations

import errno
import time
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from relprod.tables.arrow_source import arrow_batches, arrow_layout, frame_reader, parquet_reader
from relprod.tables.arrow_types import FILE, LINE, arrow_schema
from relprod.tables.csv_file import csv_batches, csv_layout, csv_rejects, csv_structure
from relprod.tables.findings import Finding, found
from relprod.tables.header import mapping_findings
from relprod.tables.intake import Intake, fingerprint, settled, stamp_of, take_in
from relprod.tables.messages import Context, case_findings
from relprod.tables.ordinary import lean
from relprod.tables.physical_lines import lines_at
from relprod.tables.plain_text import NotPlainError, plain_batches
from relprod.tables.records import POSITION, Records, read_records
from relprod.tables.screens import screened
from relprod.tables.sources import SUFFIXES, SourceFile, find_files
from relprod.tables.store import correct_lines, forget, store_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from relprod.study import Study
    from relprod.study.model import TableSource
    from relprod.tables.ahead import Ahead, Look
    from relprod.tables.csv_file import Layout, Rejects
    from relprod.tables.intake import Stamp
    from relprod.tables.physical_lines import LinesOf
    from relprod.tables.schema import TableSchema
    from relprod.tables.screens import Select
    from relprod.tables.store import Store

    Progress = Callable[[str, float], None]
    """Told the name of a source and the share of it that has been read (0 to 1), a few times a second."""

_SECONDS_BETWEEN = 0.25
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


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
    """What came of one file or frame; `rows` is None where nothing could be read, `table` also where records are in a `Store`."""

    label: str
    table: pa.Table | None
    findings: tuple[Finding, ...]
    file: InputFile | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Reading:
    """What all sources of one table are read with; `index` is which source it is, `folder` a private one for rewritten texts.

    `store` is where the records of a table of many rows go; `ahead` looks through the bytes of such a table. `files` are the
    files to read where they are not to be looked for at the study's paths.
    """

    con: duckdb.DuckDBPyConnection
    study: Study
    schema: TableSchema
    source: TableSource | None
    folder: Path
    store: Store | None = None
    ahead: Ahead | None = None
    progress: Progress | None = None
    index: int = 0
    files: Sequence[SourceFile] | None = None

    @property
    def mapping(self) -> Mapping[str, str]:
        """The study's column names: ours = theirs."""
        return self.source.columns if self.source is not None else {}

    @property
    def date_format(self) -> str | None:
        """How the study says that dates are written."""
        return self.source.date_format if self.source is not None else None

    @property
    def select(self) -> Select:
        """What writes the SELECT of this table."""
        return screened if self.store is None else lean

    def records(self, batches: Iterable[pa.RecordBatch], layout: Layout, *, header: bool, seen: Callable[[int], None]) -> Records:
        """Return the records of a source; those of a table of many rows are in the store, and not in the result."""
        present = frozenset(layout.positions)
        if self.store is None:
            return read_records(batches, self.schema, present, self.study.scheme, header=header)
        return store_records(self.store, batches, present, self.index, date_format=self.date_format, header=header, seen=seen)

    def teller(self, label: str, share: Callable[[int], float]) -> Callable[[int], None]:
        """Return what is told the number of records so far, and passes on their `share` of all at most a few times a second."""
        last = 0.0

        def seen(count: int) -> None:
            nonlocal last
            now = time.monotonic()
            if self.progress is not None and now - last >= _SECONDS_BETWEEN:
                last = now
                self.progress(label, min(1.0, share(count)))

        return seen


def read_files(reading: Reading) -> list[SourceRead]:
    """Return what came of each file that the study names for a table, in the order of their names."""
    schema, source, study = reading.schema, reading.source, reading.study
    if source is None:
        return []
    files, missing = find_files(schema.name, source.path, study.folder) if reading.files is None else (reading.files, [])
    reads = [SourceRead(finding.file, None, (finding,)) for finding in missing]
    reads += [SourceRead(study.file, None, (finding,)) for finding in mapping_findings(schema, reading.mapping, study.file)]
    return reads + [_read_file(replace(reading, index=len(reads) + at), file) for at, file in enumerate(files)]


def read_frame(reading: Reading, frame: pd.DataFrame | pa.Table) -> SourceRead:
    """Return what came of a frame given in place of files; its lines are row numbers from 1, and further columns are tolerated."""
    label = f"<{reading.schema.name} frame>"
    reader = frame_reader(frame)
    plain = replace(reading, source=None)
    layout = arrow_layout(reader.schema.names, plain.schema, {}, label, extras=False)
    try:
        return _from_arrow(plain, label, reader, layout, len(frame))
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
        problem = found("RP002", table=schema.name, file=file.label, reason=_why_not(error))
    except (UnicodeDecodeError, EOFError, zlib.error):  # what the first pass would have found, had it been there then
        problem = found("RP016", table=schema.name, file=file.label)
    except duckdb.Error as error:
        problem = _engine_stopped(reading, file.label, error)
    return SourceRead(file.label, None, (problem,))


def _why_not(error: OSError) -> str:
    """Return why a file cannot be read, or not be kept while it is."""
    if isinstance(error, PermissionError):
        return "you have no permission to read it"
    if error.errno in _NO_ROOM:
        return "there is no room for temporary files; make some, or name a folder that has some in the environment variable TMPDIR"
    return (error.strerror or "the system gives no reason").lower()


def _engine_stopped(reading: Reading, label: str, error: duckdb.Error) -> Finding:
    """Return the finding that DuckDB could not go on. Its own message may quote the data, so only its kind is passed on."""
    hint = f"; check whether date_format '{reading.date_format}' is a way of writing dates" if reading.date_format else ""
    return found("RP002", table=reading.schema.name, file=label, reason=f"the database engine stopped ({type(error).__name__}){hint}")


def _read_csv(reading: Reading, file: SourceFile) -> SourceRead:
    encoding = reading.source.encoding if reading.source is not None else "utf-8"
    look = None if reading.ahead is None else reading.ahead.look(file, encoding)
    if look is not None:
        return _read_beside_scan(reading, file, look)
    intake = take_in(reading.schema.name, file, encoding, reading.folder)
    return _read_text(reading, file, intake, csv_layout(intake, reading.schema, reading.mapping, file.label))


def _read_text(reading: Reading, file: SourceFile, intake: Intake, layout: Layout) -> SourceRead:
    """Return what came of a text whose bytes have been looked at."""
    if not layout.usable:
        return _not_usable(reading, file, intake, layout)
    size = max(intake.lines, 1)
    taken = _records_of_text(reading, intake, layout, reading.teller(file.label, lambda count: count / size))
    return _read_through(reading, file, intake, layout, *taken)


def _not_usable(reading: Reading, file: SourceFile, intake: Intake, layout: Layout) -> SourceRead:
    record = InputFile(reading.schema.name, file.label, intake.size, intake.sha256, 0)
    read = SourceRead(file.label, None, (*intake.findings, *layout.findings), record)
    return _unless_changed(read, reading.schema.name, file, intake.stamp)


def _records_of_text(reading: Reading, intake: Intake, layout: Layout, seen: Callable[[int], None]) -> tuple[Records, Rejects]:
    with csv_batches(reading.con, intake, reading.schema, layout, reading.date_format, reading.select) as batches:
        records = reading.records(batches, layout, header=True, seen=seen)
    return records, csv_rejects(reading.con)


def _records_of_plain_text(
    reading: Reading, file: SourceFile, look: Look, layout: Layout, seen: Callable[[int], None]
) -> tuple[Records, Rejects] | None:
    """Return the records of a text that can be read in the quick way, or None, with nothing kept, where it cannot."""
    if file.suffix != ".csv" or reading.date_format is not None or reading.store is None:
        return None
    try:
        return reading.records(plain_batches(file.path, look, layout), layout, header=True, seen=seen), {}
    except NotPlainError:
        forget(reading.store, reading.index)
        return None


def _read_through(  # noqa: PLR0913, PLR0917 - a source, what is known of it, and what was taken from it
    reading: Reading, file: SourceFile, intake: Intake, layout: Layout, records: Records, rejects: Rejects
) -> SourceRead:
    """Return the records of a text that has been read to its end, with their lines and all findings."""
    schema = reading.schema
    lines, ragged = csv_structure(intake, layout, records.total, rejects)
    if reading.store is not None:
        correct_lines(reading.store, reading.index, lines)
    result = _finished(reading, file.label, records, lines.of, [*layout.findings, *ragged])
    if records.total <= 1 and not ragged:
        result = _with(result, found("RP005", table=schema.name, file=file.label))
    record = InputFile(schema.name, file.label, intake.size, intake.sha256, records.kept)
    return _unless_changed(replace(result, file=record), schema.name, file, intake.stamp)


def _read_beside_scan(reading: Reading, file: SourceFile, look: Look) -> SourceRead:
    """Return what came of a text that is read while another thread looks at its bytes and takes its fingerprint.

    Nearly always the bytes are in order. Where they are not, what was read is forgotten, whatever came of it, and the
    text is read again as any other: rewritten first, or not at all.
    """
    schema, scan, stamp = reading.schema, look.scan, look.stamp
    size = max(stamp[0], 1)

    def share(count: int) -> float:
        """Return the share of the file that so many records are, going by how long lines have been so far."""
        return count * scan.size / (scan.lines_so_far * size) if scan.lines_so_far else 0.0

    early = Intake(file.path, file.suffix == ".csv.gz", 0, 0, "", stamp, ())
    seen = reading.teller(file.label, share)
    layout, taken, problem = None, None, None
    try:
        layout = csv_layout(early, schema, reading.mapping, file.label)
        if layout.usable:
            taken = _records_of_plain_text(reading, file, look, layout, seen) or _records_of_text(reading, early, layout, seen)
    except (duckdb.Error, UnicodeDecodeError, EOFError, zlib.error, OSError) as error:
        problem = error
    bytes_seen = replace(look.seen.result(), stamp=stamp)
    intake = settled(schema.name, file, bytes_seen, reading.folder)
    if intake.path == file.path:
        if problem is not None:
            changed = _changed(schema.name, file, intake.stamp)
            if changed:
                return SourceRead(file.label, None, tuple(changed))
            raise problem
        if layout is not None and taken is not None:
            return _read_through(reading, file, intake, layout, *taken)
    elif reading.store is not None:
        forget(reading.store, reading.index)
    return _read_text(reading, file, intake, csv_layout(intake, schema, reading.mapping, file.label))


def _read_parquet(reading: Reading, file: SourceFile) -> SourceRead:
    schema = reading.schema
    sha256, stamp = fingerprint(file.path)
    try:
        with parquet_reader(file.path) as reader:
            layout = arrow_layout(reader.schema.names, schema, reading.mapping, file.label, extras=True)
            result = _from_arrow(reading, file.label, reader, layout, pq.read_metadata(file.path).num_rows)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError)) or getattr(error, "errno", None) in _NO_ROOM:
            raise
        problem = found("RP008", table=schema.name, file=file.label, kind="Parquet", reason="it cannot be unpacked")
        return SourceRead(file.label, None, (problem,), InputFile(schema.name, file.label, stamp[0], sha256, 0))
    rows = result.rows or 0
    record = InputFile(schema.name, file.label, stamp[0], sha256, rows)
    if not rows and layout.usable:
        result = _with(result, found("RP005", table=schema.name, file=file.label))
    return _unless_changed(replace(result, file=record), schema.name, file, stamp)


def _from_arrow(reading: Reading, label: str, reader: pa.RecordBatchReader, layout: Layout, rows: int) -> SourceRead:
    """Return the records of a Parquet file or a frame, which has so many rows."""
    if not layout.usable:
        return SourceRead(label, None, layout.findings)
    seen = reading.teller(label, lambda count: count / max(rows, 1))
    with arrow_batches(reading.con, reader, reading.schema, layout, reading.date_format, reading.select) as batches:
        records = reading.records(batches, layout, header=False, seen=seen)
    return _finished(reading, label, records, lambda positions: positions + 1, list(layout.findings))


def _finished(reading: Reading, label: str, records: Records, lines_of: LinesOf, findings: list[Finding]) -> SourceRead:
    """Return the records with their lines in place of positions, and all findings about them."""
    schema = reading.schema
    context = Context(schema, reading.study.scheme, label, reading.mapping, reading.date_format)
    findings += case_findings(records.log, context, lines_of)
    if records.empty:
        lines = lines_at(records.empty_positions, lines_of)
        findings.append(found("RP009", table=schema.name, file=label, count=records.empty, lines=lines))
    table = _lined(records, schema, lines_of) if reading.store is None else None
    return SourceRead(label, table, tuple(findings), rows=records.kept)


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
    return replace(read, findings=(*read.findings, *findings))


def _unless_changed(read: SourceRead, table: str, file: SourceFile, stamp: Stamp) -> SourceRead:
    """Return what came of a file, unless it changed while it was read, which explains all that was found."""
    return replace(read, findings=tuple(_changed(table, file, stamp)) or read.findings)


def _changed(table: str, file: SourceFile, stamp: Stamp) -> list[Finding]:
    """Return a finding where the file is not what it was when reading began."""
    try:
        same = stamp_of(file.path) == stamp
    except OSError:
        same = False
    return [] if same else [found("RP016", table=table, file=file.label)]
