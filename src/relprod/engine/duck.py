"""The one place that opens and configures DuckDB.

Its defaults do not suit personal data on shared machines: spill files in the working directory, extensions
fetched from the network, four fifths of the memory. Whoever needs SQL takes a connection from here.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from relprod.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HARDENED = (
    "SET allow_community_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_progress_bar = false",
    "SET preserve_insertion_order = true",
    "SET python_enable_replacements = false",
    "SET TimeZone = 'UTC'",
    "SET lock_configuration = true",
)


_SPILL, _SCRATCH = "spill", "scratch"
_ENGINES_PART = 0.6
"""What DuckDB may take of the memory that is given: Python, Arrow and Pandera need the rest (measured on 10 and on 50 million contacts)."""
_LEAST = 64_000_000
"""DuckDB needs so many bytes to do anything."""
_MOST = 1 << 50
"""More bytes than any machine has, and not too many for DuckDB to read."""
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


def bytes_of(amount: str) -> int:
    """Return an amount of memory such as "512MB", "2 GB" or "1.5GiB" in bytes.

    Raises:
        UsageError: it is no such amount.

    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?I?B)\s*", amount.upper())
    if found is None or found[2] not in _UNITS or float(found[1]) <= 0:
        message = f"--memory-limit '{amount}' cannot be used: write an amount such as 512MB or 2GB."
        raise UsageError(message)
    return int(min(float(found[1]) * _UNITS[found[2]], _MOST))


@contextmanager
def connection(memory_limit: str | None = None, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an in-memory DuckDB connection that keeps to itself, and close it whatever happens.

    Spill files go to a private folder that is removed afterwards, with the `scratch_folder` beside them. Nothing is
    fetched from the network, the time zone is UTC, and the settings are locked. `memory_limit` is an amount such as
    ``"2GB"``, of which the engine takes its part; `threads` is the number of threads. Neither changes a figure.

    Raises:
        UsageError: the memory limit is no amount, or too little.
        OutputError: there is no room for temporary files.

    """
    with tempfile.TemporaryDirectory(prefix="relprod-") as folder:
        for name in (_SPILL, _SCRATCH):
            (Path(folder) / name).mkdir()
        settings: dict[str, str | bool | int | float | list[str]] = {"temp_directory": str(Path(folder) / _SPILL)}
        if memory_limit is not None:
            settings["memory_limit"] = f"{max(int(bytes_of(memory_limit) * _ENGINES_PART), _LEAST)}B"
        if threads is not None:
            settings["threads"] = threads
        con = duckdb.connect(":memory:", config=settings)
        try:
            for setting in _HARDENED:
                con.execute(setting)
            yield con
        except duckdb.OutOfMemoryException:  # its own message says how it works, and not what to do
            message = "The memory that the engine may use is too little for this study: give it more with --memory-limit, such as 2GB."
            raise UsageError(message) from None
        except duckdb.IOException:
            message = (
                "The engine could not write its temporary files: is the disk full? "
                "Make room, or name a folder that has some in the environment variable TMPDIR. Nothing was written."
            )
            raise OutputError(message) from None
        finally:
            con.close()


def scratch_folder(con: duckdb.DuckDBPyConnection) -> Path:
    """Return the private folder for files that live as long as a connection made here.

    Raises:
        ValueError: the connection was made elsewhere, and has none.

    """
    ((spill,),) = con.execute("SELECT current_setting('temp_directory')").fetchall()
    folder = Path(str(spill)).parent / _SCRATCH
    if not folder.is_dir():
        message = "this connection has no scratch folder: take one from relprod.engine.duck.connection"
        raise ValueError(message)
    return folder
