"""What two runs were computed from: which files differ, and what became of their rows, or of the cells that were made of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from relprod.audit.compare import changes
from relprod.audit.rows import Files, RowChanges, row_changes
from relprod.study.model import TABLE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from relprod.audit.recorded import Recorded

CELLS_OF: Mapping[str, tuple[str, ...]] = {
    "activity": ("activity_cells",),
    "contacts": ("contact_cells", "contact_outcomes"),
    "unit_costs": ("activity_cells",),
    "inputs": ("input_cells",),
    "deflators": ("input_cells",),
    "quality": ("quality_readings",),
    "outcomes": ("group_outcomes",),
    "unpaid": ("unpaid_cells",),
    "areas": ("contact_cells", "contact_outcomes"),
    "controls": (),
    "published": (),
}
"""Tables of a run that hold what each input table was reduced to; figures are only compared with controls and published figures."""


@dataclass(frozen=True)
class FileChange:
    """One input file that is in one run alone, or in both with other bytes; `rows` are those of the later run, else of the earlier."""

    path: str
    state: Literal["added", "removed", "changed"]
    rows: int


@dataclass(frozen=True)
class TableChange:
    """One input table that differs: its files, and what became of its rows; None where the files of both runs are not at hand."""

    table: str
    files: tuple[FileChange, ...]
    rows: RowChanges | None = None


@dataclass(frozen=True)
class DataChanges:
    """All input tables that differ. `cells` are those of which the rows could not be compared; `frames` came from Python, in no file."""

    tables: tuple[TableChange, ...]
    cells: tuple[RowChanges, ...]
    frames: tuple[str, ...]

    @property
    def are_none(self) -> bool:
        """Whether the data are the same for certain."""
        return not self.tables and not self.frames


def data_changes(before: Recorded, after: Recorded, **engine: Any) -> DataChanges:  # noqa: ANN401 - options of the engine
    """Return what differs between the inputs of two runs; `engine` (memory_limit, threads) moves nothing."""
    tables = tuple(_with_rows(change, before, after, **engine) for change in _changed_tables(before, after))
    frames = tuple(sorted({*before.manifest.get("frames", ()), *after.manifest.get("frames", ())}))
    unknown = [*frames, *(change.table for change in tables if change.rows is None)]
    names = dict.fromkeys(name for table in unknown for name in CELLS_OF[table])
    return DataChanges(tables, tuple(_cell_changes(names, before, after)), frames)


def _changed_tables(before: Recorded, after: Recorded) -> Iterator[TableChange]:
    """Yield each input table whose files differ; a file that has only another name is the same."""
    for table in TABLE_NAMES:
        earlier, later = ({file["path"]: file for file in run.manifest["inputs"] if file["table"] == table} for run in (before, after))
        if Counter(file["sha256"] for file in earlier.values()) != Counter(file["sha256"] for file in later.values()):
            yield TableChange(table, tuple(_changed_files(earlier, later)))


def _changed_files(earlier: Mapping[str, Mapping[str, str]], later: Mapping[str, Mapping[str, str]]) -> Iterator[FileChange]:
    known = {file["sha256"] for file in earlier.values()} & {file["sha256"] for file in later.values()}
    for path in sorted({*earlier, *later}):
        entry = later.get(path, earlier.get(path, {}))
        if entry["sha256"] in known:
            continue
        state: Literal["added", "removed", "changed"] = "removed" if path not in later else "added" if path not in earlier else "changed"
        yield FileChange(path, state, int(entry["rows"]))


def _with_rows(change: TableChange, before: Recorded, after: Recorded, **engine: Any) -> TableChange:  # noqa: ANN401 - options of the engine
    """Return the change of a table with that of its rows: where one run does without it, or the files of both are at hand."""
    table = change.table
    if not (before.has_table(table) and after.has_table(table)):
        added, removed = (sum(file.rows for file in change.files if file.state == state) for state in ("added", "removed"))
        return replace(change, rows=RowChanges(table, added=added, removed=removed))
    if before.study is None or after.study is None or not all(run.has_inputs_of(table) for run in (before, after)):
        return change
    earlier, later = (Files(study, run.inputs.sources[table]) for study, run in ((before.study, before), (after.study, after)))
    return replace(change, rows=row_changes(table, earlier, later, **engine))


def _cell_changes(names: Iterable[str], before: Recorded, after: Recorded) -> Iterator[RowChanges]:
    """Yield what became of the cells in some tables of the runs."""
    for name in names:
        earlier, later = before.run.tables.get(name), after.run.tables.get(name)
        if earlier is None or later is None:
            if (earlier is None) != (later is None):
                yield RowChanges(
                    name, added=later.num_rows if later is not None else 0, removed=earlier.num_rows if earlier is not None else 0
                )
            continue
        found = list(changes(name, earlier, later))
        whole = Counter("added" if each.before is None else "removed" for each in found if each.column is None)
        inside = {each.key for each in found if each.column is not None}
        columns = tuple(dict.fromkeys(each.column for each in found if each.column is not None))
        if found:
            yield RowChanges(name, whole["added"], whole["removed"], len(inside), columns)
