"""Records of a table of many rows: checked batch by batch, and written to a Parquet file in the scratch folder.

Nothing here grows with the number of rows but that file. While the text is taken apart, one thread checks and another writes; at most
two batches wait for the one, and one row group for the other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from relprod.tables.arrow_types import FILE, LINE, arrow_schema, arrow_type
from relprod.tables.cells import EMPTY_ROW, How
from relprod.tables.checks import value_schema
from relprod.tables.findings import LINES_KEPT
from relprod.tables.numbering import Numbered
from relprod.tables.ordinary import odd_texts, read_moments, read_numbers, value_name, within_limits
from relprod.tables.records import POSITION, Records, read_records
from relprod.tables.screens import name_in_sql, screened
from relprod.tables.seen import Seen
from relprod.tables.validation import check_batch, join_logs
from relprod.tables.words import meaning_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

    from relprod.periods import PeriodScheme
    from relprod.tables.physical_lines import RecordLines
    from relprod.tables.schema import TableSchema
    from relprod.tables.words import Meaning

_WAITING = 2
_ODD = "relprod_odd"
_ODD_ROWS = 100_000
"""So many odd rows are read together, because preparing the thorough query takes a tenth of a second."""
_BATCH_ROWS = 130_000
"""So many rows are checked together: more takes memory, fewer takes time, since the areas are got ready for each batch."""
_GROUP_ROWS = 250_000
_NAMES = ("service", "activity", "worker_id", "demand", "area", "group")
"""Columns of texts that come again and again: each distinct one is looked at once, and they are dictionaries throughout."""
_FEW_VALUES = (*_NAMES, "minutes", "outcome_before", "outcome_after", FILE)
"""Columns that are worth a dictionary in the scratch files: smaller, and quicker to group by."""
_NAME = pa.dictionary(pa.int32(), pa.string())
_IDENTIFIERS = ("contact_id", "person_id", "worker_id")
"""Columns of identifiers that are kept as numbers where they can be."""


@dataclass(frozen=True)
class Store:
    """Where the records of one table go; `groups` gives the group of each area, for rows that have none of their own.

    Its files have the columns of the table, ``_file`` and ``_line``, and the numbers of identifiers: see `Numbered`.
    """

    con: duckdb.DuckDBPyConnection
    folder: Path
    schema: TableSchema
    scheme: PeriodScheme
    groups: tuple[pa.Array, pa.Array] | None = None
    files: dict[int, Path] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    """Columns that at least one source has."""
    numbered: dict[str, Numbered] = field(default_factory=lambda: {name: Numbered(name) for name in _IDENTIFIERS})
    seen: Seen = field(default_factory=Seen)

    def path(self, index: int) -> Path:
        """Return where the records of one source are."""
        return self.folder / f"{self.schema.name}-{index}.parquet"


def store_records(  # noqa: PLR0913 - how a source is read, and where to
    store: Store,
    batches: Iterable[pa.RecordBatch],
    present: frozenset[str],
    index: int,
    *,
    date_format: str | None,
    header: bool,
    seen: Callable[[int], None],
) -> Records:
    """Return what was found in the batches of one source, written to its file; `seen` is told how many records there were so far.

    `batches` are those of `relprod.tables.ordinary.lean` or `relprod.tables.plain_text.plain_batches`.
    """
    records = Records()
    work = _Work(store, present, date_format, index)
    store.present.update(present)
    waiting: list[Future[Records]] = []
    with work, _ScratchFile(store.path(index), work.target) as file, ThreadPoolExecutor(1, "relprod-checks") as thread:
        for batch in _gathered(batches):
            start, skipped = records.total, int(header and records.total == 0 and batch.num_rows > 0)
            records.total += batch.num_rows
            waiting.append(thread.submit(work.one, batch.slice(skipped), start + skipped, file))
            del batch
            if len(waiting) > _WAITING:
                _join(records, waiting.pop(0).result())
            seen(records.total)
        waiting.append(thread.submit(work.rest, file))
        for each in waiting:
            _join(records, each.result())
    store.files[index] = store.path(index)
    pa.default_memory_pool().release_unused()  # the engine takes its part next
    return records


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same records in fewer batches: the engine's are small, and what is known of areas is got ready for each."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(each.num_rows for each in waiting) >= _BATCH_ROWS:
            yield pa.concat_batches(waiting)
            waiting.clear()
    if waiting:
        yield pa.concat_batches(waiting)


def _join(records: Records, part: Records) -> None:
    records.kept += part.kept
    records.empty += part.empty
    records.empty_positions = sorted([*records.empty_positions, *part.empty_positions])[:LINES_KEPT]
    join_logs(records.log, part.log)


class _ScratchFile:
    """A Parquet file of the scratch folder, written by a thread of its own: a row group at a time, since each has its own dictionaries."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        """Open the file."""
        self._writer = pq.ParquetWriter(path, schema, compression="none", use_dictionary=list(_FEW_VALUES), write_statistics=False)
        self._thread = ThreadPoolExecutor(1, "relprod-write")
        self._unwritten: list[pa.Table] = []
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close the file, after writing everything unless something went wrong."""
        try:
            if kind is None:
                self._write()
                self._wait()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def add(self, table: pa.Table) -> None:
        """Write records, once there are enough of them for a row group; the one before has been written by then.

        Raises:
            OSError: there is no room.

        """
        self._unwritten.append(table)
        if sum(each.num_rows for each in self._unwritten) >= _GROUP_ROWS:
            self._write()

    def _write(self) -> None:
        self._wait()
        if self._unwritten:
            self._last = self._thread.submit(self._write_group, self._unwritten)
            self._unwritten = []

    def _write_group(self, tables: list[pa.Table]) -> None:
        self._writer.write_table(pa.concat_tables(tables).unify_dictionaries())

    def _wait(self) -> None:
        if self._last is not None:
            self._last.result()


class _Work:
    """What is done to one batch, with what is the same for all batches of a source."""

    def __init__(self, store: Store, present: frozenset[str], date_format: str | None, index: int) -> None:
        self.store, self.present, self.date_format, self.index = store, present, date_format, index
        schema = store.schema
        self.columns = [column for column in schema.columns if column.name in present]
        self.names = [column.name for column in self.columns]
        kept = (each for each in arrow_schema(schema) if each.name in schema.names or each.name in {FILE, LINE})
        self.target = pa.schema([each.with_type(_NAME) if each.name in _NAMES else each for each in kept])
        for numbered in store.numbered.values():
            self.target = self.target.append(pa.field(numbered.name, pa.int64()))
        self.aside: list[tuple[pa.Table, NDArray[np.int64]]] = []
        self.formatted: frozenset[str] = frozenset()
        """Columns of dates that are written in the study's own format."""
        self.aside_rows = 0
        self.rules = value_schema(schema, present)
        self.meanings: dict[str, Callable[[str], Meaning]] = {
            column.name: meaning_of(column, store.scheme) for column in self.columns if column.is_word and column.kind != "text"
        }

    def __enter__(self) -> None:
        """Open a second connection to the same engine, because the first is busy reading."""
        self.con = self.store.con.cursor()

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.con.close()

    def one(self, batch: pa.RecordBatch, start: int, file: _ScratchFile) -> Records:
        """Return what was found in one batch, after writing its records; `start` is the position of its first row."""
        part = Records()
        if not batch.num_rows:
            return part
        positions = np.arange(start, start + batch.num_rows, dtype=np.int64)
        columns: dict[str, pa.Array] = {name: batch.column(name) for name in self.names}
        odd = np.array(batch.column(EMPTY_ROW))
        self.formatted = frozenset(name for name in self.names if value_name(name) in batch.schema.names)
        self._read_values(columns, odd, {name: batch.column(value_name(name)) for name in self.formatted})
        odd = self._read_texts(columns, odd)
        if odd.any():
            self._put_aside(batch, positions, odd)
            keep = pa.array(~odd)
            columns = {name: column.filter(keep) for name, column in columns.items()}
            positions = positions[~odd]
        if len(positions):
            self._keep(self._ordinary(columns, positions, part), part, file)
        if self.aside_rows >= _ODD_ROWS:
            _join(part, self.rest(file))
        return part

    def rest(self, file: _ScratchFile) -> Records:
        """Return what was found in the rows put aside, after reading and checking them in the thorough way, and writing them."""
        part = Records()
        if self.aside:
            found = self._thorough(pa.concat_tables([cells for cells, _ in self.aside]))
            where = np.concatenate([positions for _, positions in self.aside])
            self.aside.clear()
            for cases in found.log.values():
                cases.positions = where[cases.positions].tolist()
            found.empty_positions = where[found.empty_positions].tolist()
            _join(part, Records(log=found.log, empty=found.empty, empty_positions=found.empty_positions))
            for table in found.batches:
                typed = {name: table[name].combine_chunks() for name in self.store.schema.names}
                self._keep(self._completed(typed, where[table[POSITION].to_numpy()]), part, file)
        self.aside_rows = 0
        return part

    @staticmethod
    def _keep(table: pa.Table, part: Records, file: _ScratchFile) -> None:
        part.kept += table.num_rows
        file.add(table)

    def _read_values(self, columns: dict[str, pa.Array], odd: NDArray[np.bool_], known: dict[str, pa.Array]) -> None:
        """Read numbers and moments in `columns`, marking rows as odd where one is not plainly that, or where one must be and is not."""
        for column in self.columns:
            texts = columns[column.name]
            if column.must_be_filled and texts.null_count:
                odd |= np.asarray(texts.is_null())
            if column.is_number:
                values = read_numbers(texts, column)
            elif column.kind == "datetime":
                values = within_limits(known[column.name] if column.name in known else read_moments(texts), column)
            else:
                continue
            if values.null_count > texts.null_count:
                odd |= np.asarray(pc.and_(values.is_null(), texts.is_valid()))
            columns[column.name] = values

    def _read_texts(self, columns: dict[str, pa.Array], odd: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows are odd, having read words in `columns`, each distinct one once."""
        for column in self.columns:
            name, texts = column.name, columns[column.name]
            if column.is_number or column.kind == "datetime" or (name in self.store.numbered and self._number(columns, name)):
                continue
            if name not in self.meanings and name not in _NAMES:
                odd |= odd_texts(texts)
                continue
            encoded = texts.dictionary_encode()
            if name in self.meanings:
                meanings = [self.meanings[name](text) for text in encoded.dictionary.to_pylist()]
                wrong = np.array([meant.how > How.AS_IT_IS or (column.must_be_filled and meant.how == How.BLANK) for meant in meanings])
                columns[name] = _exchanged(encoded, pa.array([meant.value for meant in meanings], arrow_type(column)))
            else:
                wrong, columns[name] = odd_texts(encoded.dictionary), encoded
            if wrong.any():
                odd |= np.asarray(pa.array(wrong).take(encoded.indices).fill_null(False))  # noqa: FBT003 - pyarrow takes the value by position
        return odd

    def _number(self, columns: dict[str, pa.Array], name: str) -> bool:
        """Return whether identifiers could be put into `columns` as numbers, in place of the texts."""
        numbered = self.store.numbered[name]
        numbers = numbered.numbers(columns[name])
        if numbers is not None:
            columns[name], columns[numbered.name] = pa.nulls(len(numbers), self.target.field(name).type), numbers
        return numbers is not None

    def _ordinary(self, columns: dict[str, pa.Array], positions: NDArray[np.int64], part: Records) -> pa.Table:
        """Return rows of which every cell was read as it is, checked."""
        frame = pa.table({name: columns[name] for name in self.rules.columns}).to_pandas(types_mapper=pd.ArrowDtype)
        frame.index = pd.Index(positions)
        check_batch(frame, self.rules, part.log)
        return self._completed(columns, positions)

    def _put_aside(self, batch: pa.RecordBatch, positions: NDArray[np.int64], odd: NDArray[np.bool_]) -> None:
        """Keep the texts of odd rows for the thorough way."""
        picked = batch.select([*self.names, EMPTY_ROW]).filter(pa.array(odd))
        self.aside.append((pa.Table.from_batches([picked]), positions[odd]))
        self.aside_rows += picked.num_rows

    def _thorough(self, cells: pa.Table) -> Records:
        """Return what `screened` and all checks make of rows of texts; positions count these rows."""
        query = screened(
            self.store.schema,
            {name: name_in_sql(name) for name in self.names},
            source=_ODD,
            every=[f"nullif({name_in_sql(EMPTY_ROW)}, true)"],
            date_formats={name: self.date_format if name in self.formatted else None for name in self.names},
        )
        self.con.register(_ODD, cells)
        try:
            reader = self.con.sql(query).to_arrow_reader(max(cells.num_rows, 1))
            return read_records(reader, self.store.schema, self.present, self.store.scheme, header=False)
        finally:
            self.con.unregister(_ODD)

    def _completed(self, columns: dict[str, pa.Array], positions: NDArray[np.int64]) -> pa.Table:
        """Return all columns of the table in their order, with group, file and line; the line is right where each record has one."""
        count = len(positions)
        for name, numbered in self.store.numbered.items():
            if name in columns and (numbered.name in columns or self._number(columns, name)):
                numbered.note_order(columns[numbered.name])
        full = {
            field.name: columns[field.name].cast(field.type) if field.name in columns else pa.nulls(count, field.type)
            for field in self.target
            if field.name not in {FILE, LINE}
        }
        if self.store.groups is not None:
            full["group"] = self._groups(full["group"], full["area"], self.store.groups)
        full[FILE] = pa.repeat(pa.scalar(self.index, pa.int32()), count)
        full[LINE] = pa.array(positions + 1)
        table = pa.table(full, schema=self.target)
        self.store.seen.note(table, {name: numbered.name for name, numbered in self.store.numbered.items()})
        return table

    def _groups(self, own: pa.DictionaryArray, area: pa.DictionaryArray, groups_of_areas: tuple[pa.Array, pa.Array]) -> pa.DictionaryArray:
        """Return the group of each record: its own, else that of its area."""
        areas, groups = groups_of_areas
        places = pc.index_in(area.dictionary, value_set=areas)
        self.store.seen.unknown_areas |= places.null_count > 0
        of_area = _exchanged(area, groups.take(places))
        if own.null_count == len(own):
            return of_area
        return pc.coalesce(own.dictionary_decode(), of_area.dictionary_decode()).dictionary_encode()


def _exchanged(encoded: pa.DictionaryArray, values: pa.Array) -> pa.Array:
    """Return a column in which each entry of the dictionary is exchanged for a value; texts have a dictionary again, each of them once."""
    if not pa.types.is_string(values.type):
        return values.take(encoded.indices)
    again = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(again.indices.take(encoded.indices), again.dictionary)


def correct_lines(store: Store, index: int, lines: RecordLines) -> None:
    """Write the file of one source anew with the true physical lines, which are known only once it has been read to its end."""
    if lines.one_a_record or index not in store.files:
        return
    path = store.path(index)
    draft = path.with_suffix(".draft")
    with pq.ParquetFile(path) as source, _ScratchFile(draft, source.schema_arrow) as file:
        at = source.schema_arrow.get_field_index(LINE)
        for group in range(source.num_row_groups):
            table = source.read_row_group(group)
            known = lines.of(table[LINE].to_numpy() - 1)
            column = pa.nulls(table.num_rows, pa.int64()) if known is None else pa.array(known)
            file.add(table.set_column(at, source.schema_arrow.field(at), column))
    draft.replace(path)


def forget(store: Store, index: int) -> None:
    """Remove what was written of a source that has to be read again, or cannot be read."""
    store.files.pop(index, None)
    store.path(index).unlink(missing_ok=True)


def paths_of(store: Store) -> Mapping[int, Path]:
    """Return the files that hold the records, by the position of their source."""
    return dict(sorted(store.files.items()))
