"""Which files a table is read from: paths, patterns and lists of these, in an order that never changes."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relprod.tables.findings import Finding, found, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FOLDERS_TWICE = re.compile(r"\*\*/(?:\*\*/)+")
"""Means what it means once, and would be walked through once for each."""

SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True)
class SourceFile:
    """One file: where it is, and how it is named in findings and in the manifest (relative, forward slashes)."""

    path: Path
    label: str

    @property
    def suffix(self) -> str:
        """The file's type: one of `SUFFIXES`, or whatever its name ends in."""
        name = self.path.name.lower()
        return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), self.path.suffix)


def label_of(path: Path, folder: Path) -> str:
    """Return a path relative to the study's folder, with forward slashes; never an absolute one."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive, on Windows
        return path.name


def find_files(table: str, patterns: Sequence[str], folder: Path) -> tuple[list[SourceFile], list[Finding]]:
    """Return the files that the patterns name, each once and sorted by label, and a finding for each pattern without any."""
    files: dict[str, SourceFile] = {}
    findings = []
    for pattern in patterns:
        paths = list(_matches(pattern, folder))
        if not paths:
            findings.append(_not_found(table, pattern, folder))
        for path in paths:
            absolute = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links, and the name in the study counts
            files.setdefault(str(absolute), SourceFile(absolute, label_of(absolute, Path(os.path.abspath(folder)))))  # noqa: PTH100 - as above
    return sorted(files.values(), key=lambda file: file.label), findings


def _matches(pattern: str, folder: Path) -> Iterator[Path]:
    """Yield the file of this very name, or else what the pattern matches (folders that it matches are passed over)."""
    literal = folder / pattern
    if os.path.lexists(literal):
        yield literal
    elif glob.has_magic(pattern):
        root = glob.escape(str(folder))
        whole = str(Path(root) / _FOLDERS_TWICE.sub("**/", pattern))
        yield from (Path(path) for path in glob.glob(whole, recursive=True) if not Path(path).is_dir())  # noqa: PTH207 - patterns may be absolute


def _not_found(table: str, pattern: str, folder: Path) -> Finding:
    """Return the finding that there is no such file, with the nearest name in the same folder."""
    path = folder / pattern
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        names = []
    near = "" if glob.has_magic(pattern) else suggestion(path.name, names)
    shown = pattern if not Path(pattern).is_absolute() else label_of(Path(pattern), folder)
    return found("RP001", table=table, file=Path(shown).as_posix(), path=Path(shown).as_posix(), suggestion=near)
