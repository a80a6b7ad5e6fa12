"""The inputs of a run, found again: where they are now, and whether they are the files that were used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from relprod.tables.intake import fingerprint
from relprod.tables.sources import SourceFile, find_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from relprod.run.model import Run
    from relprod.study.model import Study

State = Literal["same", "changed", "missing", "new", "unreadable"]


@dataclass(frozen=True)
class Input:
    """One file of a run's inputs: as the manifest names it (`path`), and what became of it.

    `place` is where a file of that name is now; None where there is none. `sha256` and `rows` are those of the manifest. A "new" file is
    one that the study's paths find today and the run did not read.
    """

    table: str
    path: str
    place: Path | None
    state: State
    sha256: str = ""
    rows: int = 0


@dataclass(frozen=True)
class Inputs:
    """All inputs of a run as they are now, in `folder`; None where no folder has any of them."""

    folder: Path | None
    files: tuple[Input, ...]

    @property
    def are_the_same(self) -> bool:
        """Whether every file that was used is there and unchanged."""
        return all(file.state in {"same", "new"} for file in self.files)

    @property
    def sources(self) -> dict[str, list[SourceFile]]:
        """The files of each table, known by the names that the run knows them by, wherever they are now."""
        found: dict[str, list[SourceFile]] = {}
        for file in self.files:
            if file.place is not None and file.state != "new":
                found.setdefault(file.table, []).append(SourceFile(file.place, file.path))
        return found


def find_inputs(run: Run, study: Study, folder: Path | None = None) -> Inputs:
    """Return the inputs of a run, with the digest of each taken anew.

    They are looked for in `folder`, which stands for the study's; without one, in the first that has any of them: the folder that the
    run lies in, the one above it, the one you are in.
    """
    recorded = run.manifest["inputs"]
    places = [folder] if folder is not None else _likely_folders(run)
    where = next((place for place in places if any(_place_of(entry["path"], place) for entry in recorded)), folder)
    files = [_looked_at(entry, where) for entry in recorded]
    if where is not None:
        files += _new_files(study, where, {entry["path"] for entry in recorded}, run.manifest.get("frames", ()))
    return Inputs(where, tuple(files))


def why_not_usable(inputs: Inputs) -> str:
    """Return why lines cannot be told from the inputs, or nothing where they can."""
    if not inputs.files or inputs.folder is None:
        return "The lines are in the inputs, which are not here. Name their folder: --inputs DIR."
    if not inputs.are_the_same:
        changed = ", ".join(file.path for file in inputs.files if file.state not in {"same", "new"})
        return f"The lines cannot be told, because the inputs are not those that were used: {changed}."
    return ""


def _likely_folders(run: Run) -> list[Path]:
    if run.folder is None:
        return [Path()]
    above = run.folder.absolute().parent
    return [above, above.parent, Path()]


def _place_of(path: str, folder: Path) -> Path | None:
    """Return where the file of a recorded path is: below the folder as it was below the study's, or else in it by its name alone."""
    return next((place.absolute() for place in (folder / path, folder / Path(path).name) if place.is_file()), None)


def _looked_at(entry: Mapping[str, str], folder: Path | None) -> Input:
    """Return what became of one recorded file."""
    table, path, sha256, rows = entry["table"], entry["path"], entry["sha256"], int(entry["rows"])
    place = _place_of(path, folder) if folder is not None else None
    if place is None:
        return Input(table, path, None, "missing", sha256, rows)
    try:
        digest, _ = fingerprint(place)
    except OSError:
        return Input(table, path, place, "unreadable", sha256, rows)
    return Input(table, path, place, "same" if digest == sha256 else "changed", sha256, rows)


def _new_files(study: Study, folder: Path, known: set[str], frames: Collection[str]) -> Iterator[Input]:
    """Yield the files that the study's paths find in a folder and that the run did not read; `frames` are tables without files."""
    for table, source in study.tables.items():
        files, _ = find_files(table, source.path, folder) if table not in frames else ([], [])
        for file in files:
            if file.label not in known:
                yield Input(table, file.label, file.path, "new")
