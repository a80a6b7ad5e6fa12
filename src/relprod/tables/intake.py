"""The first pass over a file, on its bytes: fingerprint, encoding, line ends, damage.

Everything here is about the file and nothing about the table. A text that is not UTF-8, or whose lines end in
more than one way, is rewritten into a private temporary folder; any other file is read where it lies.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from relprod.tables.findings import Finding, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relprod.tables.sources import SourceFile

_CHUNK = 1 << 23
"""Bytes looked at together. Larger pieces wait less often for the interpreter while it loads libraries in another thread."""
_FIRST_CHUNK = 1 << 16
"""The first piece, which is all of a small table, for which so much memory need not be cleared."""
_SMALL = 1 << 24
"""Bytes of a file that is copied before it is read: a hundred thousand rows, which takes some milliseconds."""
_NUL_ADVICE = "Make the extract again. If it opens well in a text editor, save it from there as UTF-8."
_UTF8_NAMES = {"utf-8", "utf-8-sig"}
_LINE_FEED, _RETURN, _COMMA, _QUOTE = b'\n\r,"'
_BEFORE_QUOTES = np.zeros(256, dtype=np.bool_)
_BEFORE_QUOTES[[_LINE_FEED, _RETURN, _COMMA, _QUOTE]] = True
"""What a quotation mark that opens a cell may follow; after a mark it is one of the cell's own, written twice."""
_GLOB_CHARACTERS = frozenset("*?[]{}")


_Bytes: TypeAlias = bytes | bytearray
_File: TypeAlias = io.BufferedReader | gzip.GzipFile
Stamp: TypeAlias = tuple[int, ...]
"""What `stamp_of` tells of a file, its size first."""


@dataclass
class Scan:
    """What the bytes of a text showed: its lines, and what is wrong with them."""

    lines: int = 0
    line_feeds: int = 0
    returns: int = 0
    pairs: int = 0
    nul_lines: list[int] = field(default_factory=list)
    nuls: int = 0
    filled: bool = False
    ends_open: bool = False
    bad_byte: tuple[int, int] | None = None
    """Line and value of the first byte that does not fit the encoding."""
    commas: int = 0
    """Commas between cells: those outside quotation marks."""
    marks: bool = False
    """Whether there is any quotation mark."""
    quoted: bool = False
    """Whether a quotation mark is open at the end of what was looked at so far."""
    stray_quotes: bool = False
    """Whether some mark opens inside a cell, so that it may be no quotation mark, and the commas may not be those between cells."""
    size: int = 0
    """Bytes of text looked at so far."""
    stopped: bool = False
    """Set by another thread: nobody needs to know any more."""
    _room: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_), repr=False)

    def where(self, letters: NDArray[np.uint8], letter: int) -> NDArray[np.bool_]:
        """Return where in a piece of text a letter is; asked again, it writes the answer into the same memory, which saves fresh pages."""
        if len(self._room) < len(letters):
            self._room = np.empty(len(letters), dtype=np.bool_)
        return np.equal(letters, letter, out=self._room[: len(letters)])

    @property
    def lines_so_far(self) -> int:
        """How many lines have ended so far."""
        return self.line_feeds + self.returns - self.pairs

    @property
    def plain(self) -> bool:
        """Whether nothing that was looked at so far must be read with care."""
        return not self.marks and not self.nuls and self.bad_byte is None

    @property
    def one_line_end(self) -> bool:
        """Whether all lines end in the same way, and not in a lone carriage return."""
        return self.returns == self.pairs and self.pairs in {0, self.line_feeds}


@dataclass(frozen=True)
class Intake:
    """A file ready to be read: where its text is now, how many lines it has, and its fingerprint.

    `path` is None when the file cannot be read; `findings` then says why.
    """

    path: Path | None
    gzipped: bool
    lines: int
    size: int
    sha256: str
    stamp: Stamp
    findings: tuple[Finding, ...]
    commas: int | None = None
    """How many commas stand between cells, or None where that is not known."""


@dataclass(frozen=True)
class Examined:
    """What one pass over the bytes of a file showed; `scan` is None where they cannot be unpacked, and `problem` says why."""

    sha256: str
    stamp: Stamp
    head: bytes
    encoding: str
    scan: Scan | None
    problem: str = ""

    @property
    def as_it_lies(self) -> bool:
        """Whether the text can be read as it lies: in UTF-8, whole, and with one kind of line end."""
        scan = self.scan
        return scan is not None and _is_utf8(self.encoding) and scan.one_line_end and scan.bad_byte is None and not scan.nuls


def stamp_of(path: Path) -> Stamp:
    """Return what tells of a change of a file while it is read.

    These are its size, when its contents were changed, when anything about it was (which no program can set back), and
    which file it is, since another may have been put in its place.
    """
    return _stamp(path.stat())


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _ordinary_stamp(path: Path) -> Stamp:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise OSError(0, "it is a device or a pipe and not an ordinary file")
    return _stamp(status)


def fingerprint(path: Path) -> tuple[str, Stamp]:
    """Return the SHA-256 of a file's bytes, and its stamp from before they were read.

    Raises:
        OSError: the file cannot be read, or is no ordinary file.

    """
    stamp = _ordinary_stamp(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), stamp


def needs_copy(path: Path) -> bool:
    """Return whether DuckDB would take the name of a file for a pattern; it has no way to say that it is none."""
    return bool(_GLOB_CHARACTERS.intersection(str(path)))


def take_in(table: str, source: SourceFile, encoding: str, folder: Path) -> Intake:
    """Return a text file ready to be read; `folder` is the private one for rewritten texts.

    A small file is copied first, and what is read is the copy: so its fingerprint is that of the very bytes that were
    read, whatever other programs do to the file meanwhile. A change of a large one is noticed by its stamp.

    Raises:
        OSError: the file cannot be read.

    """
    stamp = _ordinary_stamp(source.path)
    if stamp[0] > _SMALL:
        return settled(table, source, examined(source, encoding, Scan()), folder)
    copy = replace(source, path=_copied(source.path, folder, source.suffix))
    return replace(settled(table, copy, examined(copy, encoding, Scan()), folder), stamp=stamp)


def examined(source: SourceFile, encoding: str, scan: Scan) -> Examined:
    """Return what one pass over a text file shows. `scan` is filled as it goes, so that another thread can see how far it is.

    Raises:
        OSError: the file cannot be read.

    """
    gzipped = source.suffix == ".csv.gz"
    digest = hashlib.sha256()
    sha256, stamp = fingerprint(source.path) if gzipped else ("", _ordinary_stamp(source.path))
    with _opened(source.path, gzipped=gzipped) as file:
        head = _head(file)
    encoding = "utf-8" if head.startswith(codecs.BOM_UTF8) else encoding
    try:
        with _opened(source.path, gzipped=gzipped) as file:
            _look_through(file, encoding, scan, None if gzipped else digest)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        return Examined(sha256, stamp, head, encoding, None, _gzip_reason(error))
    return Examined(sha256 or digest.hexdigest(), stamp, head, encoding, scan)


def settled(table: str, source: SourceFile, seen: Examined, folder: Path) -> Intake:
    """Return a text that has been examined ready to be read, rewritten or copied where that is needed."""
    gzipped = source.suffix == ".csv.gz"
    if seen.scan is None:
        problem = found("RP008", table=table, file=source.label, kind="gzip", reason=seen.problem)
        return Intake(None, gzipped, 0, seen.stamp[0], seen.sha256, seen.stamp, (problem,))
    problems = tuple(_problems(table, source.label, seen.scan, seen.encoding, seen.head))
    path = None if problems else source.path
    if path is not None and not seen.as_it_lies:
        path, gzipped = _rewritten(source.path, seen.encoding, folder, gzipped=gzipped), False
    elif path is not None and needs_copy(path):
        path = _copied(source.path, folder, source.suffix)
    commas = None if seen.scan.stray_quotes else seen.scan.commas
    return Intake(path, gzipped, seen.scan.lines, seen.stamp[0], seen.sha256, seen.stamp, problems, commas)


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in _UTF8_NAMES


def _opened(path: Path, *, gzipped: bool) -> _File:
    """Return a file opened for reading its text's bytes."""
    return gzip.open(path, "rb") if gzipped else path.open("rb")


def _head(file: _File) -> bytes:
    """Return the first bytes, or none where they cannot be unpacked (the scan says so)."""
    try:
        return file.read(4)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return b""


def _gzip_reason(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it ends too early"
    return "its name ends in .gz and it is not compressed" if "Not a gzipped" in str(error) else "its contents are damaged"


def _look_through(file: _File, encoding: str, scan: Scan, digest: hashlib._Hash | None) -> None:
    """Fill in what one pass over the text shows. Lines are counted as editors do: LF, CR LF and lone CR each end one.

    A text that does not fit its encoding is not scanned beyond that; the digest is of all bytes even so.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    utf8, last = _is_utf8(encoding), b""
    for chunk in _chunks(file):
        if scan.stopped:
            return
        if digest is not None:
            digest.update(chunk)
        if scan.bad_byte is not None:
            continue
        plain = utf8 and bool(chunk) and chunk.isascii() and not decoder.getstate()[0]
        data = chunk if plain else _decoded(chunk, decoder, scan, utf8=utf8, encoding=encoding)
        if data is None:
            if digest is None:
                return
            continue
        _count(scan, data, last)
        last = bytes(data[-1:]) or last
        scan.size += len(chunk)
    scan.ends_open = last not in {b"", b"\n", b"\r"}
    scan.lines = scan.lines_so_far + scan.ends_open


def _chunks(file: _File) -> Iterator[_Bytes]:
    """Yield the bytes of a file in pieces, and an empty piece at the end, on which decoders complain of what is missing.

    Each piece is gone when the next is asked for: it is read into the same memory.
    """
    room = bytearray(min(_FIRST_CHUNK, _CHUNK))
    while count := file.readinto(room):
        yield room if count == len(room) else room[:count]
        if count == len(room) < _CHUNK:
            room = bytearray(_CHUNK)
    yield b""


def _decoded(chunk: _Bytes, decoder: codecs.IncrementalDecoder, scan: Scan, *, utf8: bool, encoding: str) -> _Bytes | None:
    """Return a piece of text as UTF-8, or None after noting the first byte that does not fit."""
    try:
        text = decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, errors="ignore")
        scan.bad_byte = (scan.lines_so_far + before.count("\n") + 1, error.object[error.start])
        return None
    return chunk if utf8 else text.encode("utf-8", errors="surrogatepass")


def _count(scan: Scan, data: _Bytes, last: bytes) -> None:
    """Add one piece of text to the counts; `last` is the byte before it, because CR LF may lie across two pieces.

    Comparing in numpy is four times as fast as `bytes.count` where a byte is as frequent as line ends are.
    """
    data = data if last else data.removeprefix(codecs.BOM_UTF8)
    if not data:
        return
    if 0 in data:
        scan.nuls += data.count(0)
        before = data[: data.index(0)]
        scan.nul_lines.append(scan.lines_so_far + before.count(b"\n") + 1)
    letters = np.frombuffer(data, dtype=np.uint8)
    feeds = scan.where(letters, _LINE_FEED)
    scan.line_feeds += int(np.count_nonzero(feeds))
    if b"\r" in data:
        returns = letters == _RETURN
        scan.returns += int(np.count_nonzero(returns))
        scan.pairs += int(np.count_nonzero(returns[:-1] & feeds[1:]))
    scan.pairs += last == b"\r" and data.startswith(b"\n")
    commas = scan.where(letters, _COMMA)
    if scan.quoted or b'"' in data:
        scan.marks = True
        scan.commas += _between_cells(scan, letters, commas, last)
    else:
        scan.commas += int(np.count_nonzero(commas))
    scan.filled = scan.filled or bool(data.strip())


def _between_cells(scan: Scan, letters: NDArray[np.uint8], commas: NDArray[np.bool_], last: bytes) -> int:
    """Return how many commas of one piece of text stand outside quotation marks, noting what the marks show."""
    either = commas | (letters == _QUOTE)
    kept, before = letters[either], np.concatenate([np.frombuffer(last or b"\n", dtype=np.uint8), letters[:-1]])[either]
    marks = np.flatnonzero(kept == _QUOTE)
    opening = marks[int(scan.quoted) :: 2]
    scan.stray_quotes = scan.stray_quotes or not _BEFORE_QUOTES[before[opening]].all()
    edges = np.concatenate([np.full(int(scan.quoted), -1), marks])
    scan.quoted = len(edges) % 2 == 1
    edges = np.append(edges, len(kept)) if scan.quoted else edges
    return int(np.count_nonzero(kept == _COMMA) - (edges[1::2] - edges[::2] - 1).sum())


def _problems(table: str, label: str, scan: Scan, encoding: str, head: bytes) -> Iterator[Finding]:
    """Yield what makes a text unusable."""
    advice = _encoding_advice(encoding, head)
    if scan.bad_byte is not None:
        line, byte = scan.bad_byte
        yield found("RP006", table=table, file=label, lines=(line,), encoding=encoding, byte=f"{byte:02X}", at=f"{line:,}", advice=advice)
    elif scan.nuls:
        yield found("RP007", table=table, file=label, count=scan.nuls, noun="byte", lines=scan.nul_lines, advice=_NUL_ADVICE)
    elif not scan.filled:
        yield found("RP004", table=table, file=label)


def _encoding_advice(encoding: str, head: bytes) -> str:
    """Return what to do about a text in another encoding, from its first bytes."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return 'It begins as UTF-16 does: add encoding = "utf-16" to the table in the study file.'
    if head.startswith(b"PK\x03\x04"):
        return "It begins as a workbook or zip file does: save the table as CSV (UTF-8)."
    if _is_utf8(encoding):
        return (
            'From an older Windows program? Then add encoding = "cp1252" to the table in the study file. Otherwise save it again as UTF-8.'
        )
    return "Correct the encoding of the table in the study file, or save the file as UTF-8."


def _rewritten(path: Path, encoding: str, folder: Path, *, gzipped: bool) -> Path:
    """Return a private copy of a text in UTF-8 with every line ending in a line feed."""
    handle, name = tempfile.mkstemp(suffix=".csv", dir=folder)
    with io.TextIOWrapper(_opened(path, gzipped=gzipped), encoding=encoding, newline=None) as file, os.fdopen(handle, "wb") as copy:
        while text := file.read(_CHUNK):
            copy.write(text.encode("utf-8"))
    return Path(name)


def _copied(path: Path, folder: Path, suffix: str) -> Path:
    """Return a private copy of a file under a plain name."""
    handle, name = tempfile.mkstemp(suffix=suffix, dir=folder)
    os.close(handle)
    shutil.copyfile(path, name)
    return Path(name)
