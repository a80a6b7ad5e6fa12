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
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from relprod.tables.findings import Finding, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.tables.sources import SourceFile

_CHUNK = 1 << 22
_NUL_ADVICE = "Make the extract again. If it opens well in a text editor, save it from there as UTF-8."
_UTF8_NAMES = {"utf-8", "utf-8-sig"}
_GLOB_CHARACTERS = frozenset("*?[]{}")


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
    stamp: tuple[int, int]
    findings: tuple[Finding, ...]


def stamp_of(path: Path) -> tuple[int, int]:
    """Return size and time of change of a file, by which a change while reading is noticed."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def fingerprint(path: Path) -> tuple[str, tuple[int, int]]:
    """Return the SHA-256 of a file's bytes, and its stamp from before they were read.

    Raises:
        OSError: the file cannot be read, or is no ordinary file.

    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise OSError(0, "it is a device or a pipe and not an ordinary file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), (status.st_size, status.st_mtime_ns)


def take_in(table: str, source: SourceFile, encoding: str, folder: Path) -> Intake:
    """Return a text file ready to be read; `folder` is the private one for rewritten texts.

    Raises:
        OSError: the file cannot be read.

    """
    sha256, stamp = fingerprint(source.path)
    gzipped = source.suffix == ".csv.gz"
    with _opened(source.path, gzipped=gzipped) as file:
        head = _head(file)
    encoding = "utf-8" if head.startswith(codecs.BOM_UTF8) else encoding
    try:
        scan = _scan(source.path, encoding, gzipped=gzipped)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        problem = found("RP008", table=table, file=source.label, kind="gzip", reason=_gzip_reason(error))
        return Intake(None, gzipped, 0, stamp[0], sha256, stamp, (problem,))
    problems = tuple(_problems(table, source.label, scan, encoding, head))
    path = None if problems else source.path
    if path is not None and not (_is_utf8(encoding) and scan.one_line_end):
        path, gzipped = _rewritten(source.path, encoding, folder, gzipped=gzipped), False
    elif path is not None and _GLOB_CHARACTERS.intersection(str(path)):
        # DuckDB takes such a name for a pattern, and has no way to say that it is none.
        path = _copied(source.path, folder)
    return Intake(path, gzipped, scan.lines, stamp[0], sha256, stamp, problems)


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in _UTF8_NAMES


def _opened(path: Path, *, gzipped: bool) -> IO[bytes]:
    """Return a file opened for reading its text's bytes."""
    return cast("IO[bytes]", gzip.open(path, "rb")) if gzipped else path.open("rb")


def _head(file: IO[bytes]) -> bytes:
    """Return the first bytes, or none where they cannot be unpacked (the scan says so)."""
    try:
        return file.read(4)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return b""


def _gzip_reason(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it ends too early"
    return "its name ends in .gz and it is not compressed" if "Not a gzipped" in str(error) else "its contents are damaged"


def _scan(path: Path, encoding: str, *, gzipped: bool) -> Scan:
    """Return what one pass over the text shows. Lines are counted as editors do: LF, CR LF and lone CR each end one."""
    scan = Scan()
    decoder = codecs.getincrementaldecoder(encoding)()
    last = b""
    with _opened(path, gzipped=gzipped) as file:
        for chunk in _chunks(file):
            data = _decoded(chunk, decoder, scan, encoding)
            if data is None:
                return scan
            _count(scan, data, last)
            last = data[-1:] or last
    scan.ends_open = last not in {b"", b"\n", b"\r"}
    scan.lines = scan.line_feeds + scan.returns - scan.pairs + scan.ends_open
    return scan


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a file in pieces, and an empty piece at the end, on which decoders complain of what is missing."""
    while chunk := file.read(_CHUNK):
        yield chunk
    yield b""


def _decoded(chunk: bytes, decoder: codecs.IncrementalDecoder, scan: Scan, encoding: str) -> bytes | None:
    """Return a piece of text as UTF-8, or None after noting the first byte that does not fit."""
    try:
        text = decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, errors="ignore")
        line = scan.line_feeds + scan.returns - scan.pairs + before.count("\n") + 1
        scan.bad_byte = (line, error.object[error.start])
        return None
    return chunk if _is_utf8(encoding) else text.encode("utf-8", errors="surrogatepass")


def _count(scan: Scan, data: bytes, last: bytes) -> None:
    """Add one piece of text to the counts; `last` is the byte before it, because CR LF may lie across two pieces."""
    if nuls := data.count(0):
        scan.nuls += nuls
        so_far = scan.line_feeds + scan.returns - scan.pairs
        before = data[: data.index(0)]
        scan.nul_lines.append(so_far + before.count(b"\n") + 1)
    scan.line_feeds += data.count(b"\n")
    if returns := data.count(b"\r"):
        scan.returns += returns
        scan.pairs += data.count(b"\r\n")
    scan.pairs += last == b"\r" and data.startswith(b"\n")
    scan.filled = scan.filled or bool(data.removeprefix(codecs.BOM_UTF8).strip())


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


def _copied(path: Path, folder: Path) -> Path:
    """Return a private copy of a file under a plain name."""
    handle, name = tempfile.mkstemp(suffix=".csv", dir=folder)
    os.close(handle)
    shutil.copyfile(path, name)
    return Path(name)
