"""The run folder: written beside its place and then renamed, so that it is there whole or not at all."""

from __future__ import annotations

import csv
import glob
import io
import json
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relprod.errors import OutputError
from relprod.run.manifest import manifest_text, output_entry, parameters_content
from relprod.run.model import Run
from relprod.run.parquet import read_parquet, write_parquet
from relprod.run.schemas import run_table_names
from relprod.study.load import load_study

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

MANIFEST = "manifest.json"
LOG = "run.log"
FINDINGS_CSV = "findings.csv"
_CLAIM = ".being-written"
"""A file that the writer of a folder holds a lock on."""


def check_target(target: Path, *, force: bool) -> None:
    """Raise if a run cannot be written to `target`, before any work is done for it.

    Raises:
        OutputError: something is there that is no run, or a run is there and `force` is not set, or the place is not writable.

    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        message = f"'{target}' is not a folder, so no run can be written there. Choose another name after --out."
        raise OutputError(message)
    if target.absolute().resolve() in {Path.cwd(), *Path.cwd().parents}:
        message = f"'{target}' is the folder you are in, or one above it, and cannot become a run. Name a new folder after --out."
        raise OutputError(message)
    if target.is_dir() and any(target.iterdir()):
        if not _is_run(target):
            message = f"'{target}' holds files that are not a run's, and is left alone. Choose another name after --out."
            raise OutputError(message)
        if not force:
            message = f"'{target}' already holds a run, which is kept. Choose another name after --out, or add --force to replace it."
            raise OutputError(message)
    if not target.absolute().parent.is_dir():
        message = f"The folder '{target.parent}' does not exist, so '{target.name}' cannot be made in it. Make it first."
        raise OutputError(message)


def _is_run(folder: Path) -> bool:
    """Return whether a folder holds a run and nothing else."""
    ours = {MANIFEST, LOG, FINDINGS_CSV, *(f"{name}.parquet" for name in run_table_names())}
    return {path.name for path in folder.iterdir()} <= ours and _manifest_in(folder) is not None


def _manifest_in(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a run folder; None where there is none of ours that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(manifest, dict) and {"relprod", "study", "inputs", "outputs", "assumptions"} <= manifest.keys()
    return manifest if ours else None


def write_run(run: Run, target: Path, log: Sequence[tuple[str, float]], *, force: bool) -> Run:
    """Write a run to `target` and return it as it lies there.

    Raises:
        OutputError: it cannot be written. Whatever was at `target` before is untouched.

    """
    check_target(target, force=force)
    try:
        with _beside(target) as folder:
            outputs = {f"{name}.parquet": _write_table(table, folder / f"{name}.parquet") for name, table in sorted(run.tables.items())}
            (folder / FINDINGS_CSV).write_bytes(csv_text(run.tables["findings"]).encode())
            content = {**run.manifest, "outputs": outputs}
            (folder / MANIFEST).write_bytes(manifest_text(content).encode())
            (folder / LOG).write_bytes("".join(f"{stage}\t{seconds:.3f}\n" for stage, seconds in log).encode())
            _swap(folder, target)
    except OSError as error:
        reason = error.strerror or "the disk is full, or takes no more of a file"
        message = f"The run could not be written to '{target}': {reason}. Nothing was changed there."
        raise OutputError(message) from error
    return Run(run.tables, content, target)


def load_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run folder.

    Raises:
        OutputError: the folder is not there, or is no run.

    """
    manifest = _manifest_in(folder)
    if manifest is None:
        what = "holds no run (its manifest.json is missing, or not relprod's)" if folder.is_dir() else "is not there"
        message = f"'{folder}' {what}. A run is a folder that 'relprod compute --out' has written."
        raise OutputError(message)
    return manifest


def tables_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the tables that a manifest says its run holds."""
    return tuple(name for name in run_table_names() if f"{name}.parquet" in manifest["outputs"])


def load_run(folder: str | Path) -> Run:
    """Return a run that was written to a folder.

    Raises:
        OutputError: the folder is not there, is no run, or a file of it cannot be read.

    """
    place = Path(folder)
    manifest = load_manifest(place)
    try:
        tables = {name: read_parquet(place / f"{name}.parquet") for name in tables_of(manifest)}
    except (OSError, ValueError, KeyError) as error:
        message = f"The run in '{place}' is damaged ({type(error).__name__}). Compute it again."
        raise OutputError(message) from error
    return Run(tables, manifest, place)


def _write_table(table: pa.Table, path: Path) -> Mapping[str, Any]:
    write_parquet(table, path)
    return output_entry(path, table)


def csv_text(table: pa.Table) -> str:
    """Return a table as CSV, with a line feed after each row on every system."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return text.getvalue()


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Yield a new folder beside the target, with the rights that a new folder has here, and remove what is left of it.

    What earlier runs left there when they were killed is removed too: a folder still being written is locked by its writer.
    """
    parent = target.absolute().parent
    for left_over in parent.glob(f".{glob.escape(target.name)}.*/{_CLAIM}"):
        with _claimed(left_over) as ours:
            if ours:
                shutil.rmtree(left_over.parent, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=parent))
    try:
        folder.chmod(0o777 & ~_umask())
        with _claimed(folder / _CLAIM):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _claimed(file: Path) -> Iterator[bool]:
    """Yield whether nobody else holds a file, and hold it meanwhile; without locks on this system, somebody may."""
    with ExitStack() as opened:
        try:
            import fcntl  # noqa: PLC0415 - there is none on some systems

            handle = opened.enter_context(file.open("ab"))
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (ImportError, OSError):
            yield False
            return
        yield True


def _umask() -> int:
    """Return the rights that this process withholds from new files; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _swap(folder: Path, target: Path) -> None:
    """Put the finished folder in the target's place; a run that was there goes only once the new one stands."""
    for file in [*folder.iterdir(), folder]:
        _flush(file)
    (folder / _CLAIM).unlink()
    if not target.exists():
        folder.rename(target)
        return
    old = folder.with_name(f"{folder.name}.old")
    target.rename(old)
    try:
        folder.rename(target)
    except OSError as error:
        try:
            old.rename(target)
        except OSError:
            message = (
                f"The run could not be put in place, and the earlier run is now in '{old.name}' beside '{target.name}'. Rename it back."
            )
            raise OutputError(message) from error
        raise
    shutil.rmtree(old, ignore_errors=True)


def _flush(path: Path) -> None:
    """Have the system write a file or folder to the disk, where it can be asked to."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def assumptions_of(study_or_run: Path) -> Sequence[Mapping[str, Any]]:
    """Return every parameter of a study or of a run, as the manifest records it.

    Raises:
        StudyError: it is neither.
        OutputError: it is a run that cannot be read.

    """
    if (study_or_run / MANIFEST).is_file():
        entries: Sequence[Mapping[str, Any]] = load_run(study_or_run).manifest["assumptions"]
        return entries
    return parameters_content(load_study(study_or_run))
