"""The run folder: written beside its place and then renamed, so that it is there whole or not at all."""

from __future__ import annotations

import ctypes
import errno
import glob
import json
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relprod.errors import OutputError
from relprod.run.manifest import is_manifest, manifest_text, output_entry
from relprod.run.model import Run
from relprod.run.parquet import read_parquet, write_parquet
from relprod.run.schemas import run_table_names
from relprod.shown import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

MANIFEST = "manifest.json"
LOG = "run.log"
FINDINGS_CSV = "findings.csv"
_CLAIM = ".being-written"
"""A file that the writer of a folder holds a lock on."""
_NEW, _EARLIER = "new", "earlier"
_AT_WORKING_FOLDER, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of Linux's <fcntl.h> and <linux/fs.h>."""
_ATTEMPTS = 5


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
    return manifest if is_manifest(manifest) else None


def write_run(run: Run, target: Path, log: Sequence[tuple[str, float]], *, force: bool) -> Run:
    """Write a run to `target` and return it as it lies there.

    Raises:
        OutputError: it cannot be written. Whatever was at `target` before is untouched.

    """
    check_target(target, force=force)
    try:
        with _beside(target) as folder:
            outputs = {f"{name}.parquet": _write_table(table, folder / f"{name}.parquet") for name, table in sorted(run.tables.items())}
            (folder / FINDINGS_CSV).write_bytes(findings_csv(run.tables["findings"]).encode())
            content = {**run.manifest, "outputs": outputs}
            (folder / MANIFEST).write_bytes(manifest_text(content).encode())
            (folder / LOG).write_bytes("".join(f"{stage}\t{seconds:.3f}\n" for stage, seconds in log).encode())
            _put_in_place(folder, target, force=force)
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
    return Run({name: _table_in(place, name) for name in tables_of(manifest)}, manifest, place)


def _table_in(folder: Path, name: str) -> pa.Table:
    """Return a table of a run folder, naming its file where it cannot be read."""
    file = folder / f"{name}.parquet"
    try:
        return read_parquet(file)
    except (OSError, ValueError, KeyError) as error:
        what = "cannot be read" if file.exists() else "is not there any more"
        message = (
            f"The run in '{folder}' is damaged: its file {file.name} {what}. "
            "Compute the run again; 'relprod verify' says of every file whether it is as it was written."
        )
        raise OutputError(message) from error


def _write_table(table: pa.Table, path: Path) -> Mapping[str, Any]:
    write_parquet(table, path)
    return output_entry(path, table)


def findings_csv(findings: pa.Table) -> str:
    """Return the table of findings as CSV."""
    return csv_text(findings.column_names, zip(*(column.to_pylist() for column in findings.columns), strict=True))


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Yield a new folder for a run, with the rights that a new folder has here; it lies in a private one beside the target.

    The private folder is locked by its writer and removed in the end, with all that is left in it. Those of writers that
    were killed are removed too.
    """
    _clear_left_overs(target)
    with ExitStack() as held:
        place = _claimed_place(target, held)
        try:
            folder = place / _NEW
            folder.mkdir()
            yield folder
        finally:
            _remove(place)


def _claimed_place(target: Path, held: ExitStack) -> Path:
    """Return a new private folder beside the target, claimed for as long as `held` is open.

    Before it is claimed, another process may take it for a left-over; then it is made again. Where nothing can be claimed,
    the last one has to do.
    """
    for attempt in range(_ATTEMPTS):
        place = Path(tempfile.mkdtemp(prefix=f".{target.name}.relprod-", dir=target.absolute().parent))
        if held.enter_context(_claimed(place / _CLAIM)) or attempt == _ATTEMPTS - 1:
            break
        _remove(place)
    return place


def _clear_left_overs(target: Path) -> None:
    """Remove what earlier runs left beside the target when they were killed; an earlier run that was moved away comes back."""
    for place in target.absolute().parent.glob(f".{glob.escape(target.name)}.relprod-*"):
        if not (place / _CLAIM).exists():
            with suppress(OSError):  # killed before it was claimed, so there is nothing in it; else it is not ours to remove
                place.rmdir()
            continue
        with _claimed(place / _CLAIM) as ours:
            if ours:
                if (place / _EARLIER).is_dir() and not target.exists():
                    (place / _EARLIER).rename(target)
                _remove(place)


def _remove(place: Path) -> None:
    """Remove a private folder, its claim last, so that it is known for ours until it is gone."""
    for name in (_NEW, _EARLIER):
        shutil.rmtree(place / name, ignore_errors=True)
    with suppress(OSError):
        (place / _CLAIM).unlink(missing_ok=True)
        place.rmdir()


@contextmanager
def _claimed(file: Path) -> Iterator[bool]:
    """Yield whether nobody else holds a file, and hold it meanwhile; without locks on this system, somebody may."""
    with ExitStack() as opened:
        try:
            import fcntl  # noqa: PLC0415 - there is none on some systems

            handle = opened.enter_context(file.open("ab"))
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            still_there = os.path.samestat(os.fstat(handle.fileno()), file.stat())  # else somebody held it and removed it before us
        except (ImportError, OSError):
            yield False
            return
        yield still_there


def _put_in_place(folder: Path, target: Path, *, force: bool) -> None:
    """Put the finished folder in the target's place; a run that was there goes only once the new one stands.

    Where another process puts a run there between looking and renaming, we look again.
    """
    for file in [*folder.iterdir(), folder]:
        _flush(file)
    for attempt in range(_ATTEMPTS):
        check_target(target, force=force)
        try:
            if force and target.exists():
                _replace(folder, target)
            else:
                with suppress(OSError):  # an empty folder makes way, and nothing else
                    target.rmdir()
                folder.rename(target)
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT} or attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _replace(folder: Path, target: Path) -> None:
    """Put a folder in the place of another: in one step where the system can, else by moving the other away first."""
    if _exchanged(folder, target):
        return
    earlier = folder.with_name(_EARLIER)
    target.rename(earlier)
    try:
        folder.rename(target)
    except OSError:
        earlier.rename(target)
        raise


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, so that nobody ever finds neither; return whether this system and its disk can do so."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    here = _AT_WORKING_FOLDER
    return bool(rename(here, os.fsencode(one), here, os.fsencode(other), _EXCHANGE) == 0)


def _flush(path: Path) -> None:
    """Have the system write a file or folder to the disk, where it can be asked to."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
