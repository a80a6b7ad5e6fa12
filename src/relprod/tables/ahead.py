"""The bytes of large texts, looked through in a thread of their own before anyone asks what they hold.

To take a fingerprint keeps a processor busy and needs nothing but the file. So it begins as soon as the files are known, and goes on
while libraries are loaded, small tables read and, last, the text itself is taken apart.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from relprod.tables.intake import Scan, examined, needs_copy, stamp_of
from relprod.tables.sources import find_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from pathlib import Path

    from relprod.study import Study
    from relprod.tables.intake import Examined, Stamp
    from relprod.tables.sources import SourceFile

CONTACTS = "contacts"
"""The one table of so many rows that it is worth it."""
_TEXTS = frozenset({".csv", ".csv.gz"})


@dataclass(frozen=True)
class Look:
    """One text that is being looked through: its stamp from before that began, how far it is, and what will come of it."""

    stamp: Stamp
    scan: Scan
    seen: Future[Examined]


class Ahead:
    """Looks through texts, one after the other, until it is closed."""

    def __init__(self) -> None:
        """Begin with nothing to look at."""
        self._thread = ThreadPoolExecutor(1, "relprod-scan")
        self._looks: dict[Path, Look] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking, also in the middle of a text, since nobody will ask for it."""
        for look in self._looks.values():
            look.scan.stopped = True
        self._thread.shutdown(cancel_futures=True)

    def begin(self, study: Study, files: Iterable[SourceFile] | None = None) -> None:
        """Begin to look through a study's contacts, or these files of them; what cannot be read is for the reader to say."""
        source = study.tables.get(CONTACTS)
        if source is None:
            return
        for file in find_files(CONTACTS, source.path, study.folder)[0] if files is None else files:
            if file.suffix in _TEXTS:
                with suppress(OSError):
                    self.look(file, source.encoding)

    def look(self, file: SourceFile, encoding: str) -> Look | None:
        """Return the look at a text, after beginning it where that has not been done; None where a copy must be read in its place.

        Raises:
            OSError: there is no such file.

        """
        if needs_copy(file.path):
            return None
        if file.path not in self._looks:
            stamp, scan = stamp_of(file.path), Scan()
            self._looks[file.path] = Look(stamp, scan, self._thread.submit(examined, file, encoding, scan))
        return self._looks[file.path]
