"""The one place that opens and configures DuckDB.

Its defaults do not suit personal data on shared machines: spill files in the working directory, extensions
fetched from the network, four fifths of the memory. Whoever needs SQL takes a connection from here.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from relprod.errors import UsageError

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


@contextmanager
def connection(memory_limit: str | None = None, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an in-memory DuckDB connection that keeps to itself, and close it whatever happens.

    Spill files go to a private folder that is removed afterwards, nothing is fetched from the network, the
    time zone is UTC, and the settings are locked. `memory_limit` is in DuckDB's terms, such as ``"2GB"``;
    `threads` is the number of threads. Neither changes a figure.
    """
    with tempfile.TemporaryDirectory(prefix="relprod-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {"temp_directory": folder}
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        if threads is not None:
            settings["threads"] = threads
        try:
            con = duckdb.connect(":memory:", config=settings)
        except duckdb.Error as error:
            message = f"--memory-limit '{memory_limit}' cannot be used: write an amount such as 512MB or 2GB."
            raise UsageError(message) from error
        try:
            for setting in _HARDENED:
                con.execute(setting)
            yield con
        finally:
            con.close()
