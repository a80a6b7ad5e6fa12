"""All tables of a study, read and checked: the one door through which data come in."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa

from relprod.engine.duck import scratch_folder
from relprod.study.model import TABLE_NAMES
from relprod.tables.ahead import CONTACTS, Ahead
from relprod.tables.arrow_types import FILE, arrow_schema
from relprod.tables.contacts import ContactsView
from relprod.tables.exclusions import LeftOut, exclusion_findings, left_out_of, without_left_out
from relprod.tables.findings import Finding, found, quoted, sort_findings, suggestion
from relprod.tables.integrity import check_integrity
from relprod.tables.place import Place
from relprod.tables.reader import InputFile, Reading, SourceRead, read_files, read_frame
from relprod.tables.schema import table_schema
from relprod.tables.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb
    import pandas as pd

    from relprod.study import Study
    from relprod.tables.reader import Progress
    from relprod.tables.sources import SourceFile

__all__ = ["CONTACTS", "InputFile", "Loaded", "load_tables"]


@dataclass(frozen=True)
class Loaded:
    """The tables of a study, the files that they came from, and everything that was noticed about them.

    `tables` holds, by name and in the order of the study model, every table without an error of its own, with the
    columns of `relprod.tables.arrow_types.arrow_schema`. `labels` gives for each table its sources: ``_file`` is a
    position in it. `files` holds every file that was opened. `findings` are sorted.

    Contacts may be many, and are not among the tables. Where the study has them, without an error of their own, they are
    known to the connection as the view ``contacts`` (see `relprod.tables.contacts`) for as long as it is open, and
    `contact_rows` is their number; else it is None.

    Rows that the study leaves out are in neither. `left_out` says how many they are, by entry and source, and
    `relprod.tables.exclusions.rows_left_out` which.
    """

    tables: Mapping[str, pa.Table]
    files: tuple[InputFile, ...]
    findings: tuple[Finding, ...]
    labels: Mapping[str, tuple[str, ...]]
    contact_rows: int | None = None
    left_out: tuple[LeftOut, ...] = ()

    @property
    def has_contacts(self) -> bool:
        """Whether the connection knows the view ``contacts``."""
        return self.contact_rows is not None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid any figure."""
        return tuple(finding for finding in self.findings if finding.is_error)


def load_tables(  # noqa: PLR0913 - what to read and from where
    con: duckdb.DuckDBPyConnection,
    study: Study,
    frames: Mapping[str, pd.DataFrame | pa.Table] | None = None,
    sources: Mapping[str, Sequence[SourceFile]] | None = None,
    *,
    scratch: Path | None = None,
    progress: Progress | None = None,
    ahead: Ahead | None = None,
) -> Loaded:
    """Return all tables of a study; `frames` gives some of them as frames in place of files.

    `sources` gives the files of some tables, wherever they are, in place of the paths in the study.

    Whatever is wrong with the data is a finding, and all of them come at once. Contacts are written to files in `scratch`,
    by default the folder that belongs to the connection (`relprod.engine.duck.scratch_folder`). `progress` is told, a few
    times a second, which source of contacts is being read and what share of it has been. `ahead` may have begun to look through
    the bytes of contacts.

    Raises:
        ValueError: a frame is given for a table that there is none of, or is None.

    """
    frames = dict(frames or {})
    _refuse_unknown(frames)
    named = [name for name in TABLE_NAMES if name in study.tables or name in frames]
    tables: dict[str, pa.Table] = {}
    reads: dict[str, list[SourceRead]] = {}
    findings: list[Finding] = []
    with_errors = set()
    store = None
    with ahead or Ahead() as looking:
        if CONTACTS not in frames:
            looking.begin(study, (sources or {}).get(CONTACTS))
        for name in sorted(named, key=lambda name: name == CONTACTS):  # the last, because areas give them their groups
            with tempfile.TemporaryDirectory(prefix="relprod-") as folder:  # rewritten texts live no longer than the reading
                reading = Reading(con, study, table_schema(name), study.tables.get(name), Path(folder), files=(sources or {}).get(name))
                if name == CONTACTS:
                    groups = _groups_of_areas(tables.get("areas"))
                    store = Store(con, scratch or scratch_folder(con), table_schema(name), study.scheme, groups)
                    reading = replace(reading, store=store, ahead=looking, progress=progress)
                reads[name] = _read_table(reading, frames.get(name))
            found_here = [finding for read in reads[name] for finding in read.findings]
            found_here += _table_findings(name, reads[name])
            findings += found_here
            if any(finding.is_error for finding in found_here):
                with_errors.add(name)
            elif name != CONTACTS:
                tables[name] = without_left_out(con, study, name, _joined(name, reads[name]))
    tables = {name: tables[name] for name in named if name in tables}
    labels = {name: tuple(read.label for read in reads[name]) for name in named}
    contacts = ContactsView(study, store) if store is not None and CONTACTS not in with_errors else None
    if contacts is not None:
        findings += contacts.made(con, labels[CONTACTS])
    place = Place(con, study, tables, labels, frozenset(named), contacts if contacts is not None and contacts.is_there else None)
    findings += check_integrity(place)
    settled = [name for name in TABLE_NAMES if place.settled(name)]
    left_out = tuple(each for name in settled if name in labels for each in left_out_of(con, study, name, labels[name]))
    findings += exclusion_findings(study, left_out, settled)
    return Loaded(
        MappingProxyType(tables),
        tuple(read.file for name in named for read in reads[name] if read.file is not None),
        sort_findings(findings),
        MappingProxyType(labels),
        None if place.contacts is None else place.contacts.rows,
        left_out,
    )


def _groups_of_areas(areas: pa.Table | None) -> tuple[pa.Array, pa.Array] | None:
    """Return the areas and their groups, or None where there is no such table."""
    return None if areas is None else (areas["area"].combine_chunks(), areas["group"].combine_chunks())


def _refuse_unknown(frames: Mapping[str, pd.DataFrame | pa.Table | None]) -> None:
    for name, frame in frames.items():
        if name not in TABLE_NAMES:
            message = f"there is no table {quoted(name)}{suggestion(name, TABLE_NAMES)}"
            raise ValueError(message)
        if frame is None:
            message = f"the frame given for the table {name} is None; leave the table out to have it read from its files"
            raise ValueError(message)


def _read_table(reading: Reading, frame: pd.DataFrame | pa.Table | None) -> list[SourceRead]:
    """Return what came of each source of a table."""
    return read_files(reading) if frame is None else [read_frame(reading, frame)]


def _table_findings(name: str, reads: list[SourceRead]) -> Iterator[Finding]:
    """Yield what is wrong with the sources of a table together: no rows at all, or the same file twice."""
    rows = [read.rows for read in reads if read.rows is not None]
    if rows and len(rows) == len(reads) and not any(rows) and not any(f.is_error for r in reads for f in r.findings):
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
