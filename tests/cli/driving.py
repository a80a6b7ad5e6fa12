"""Driving the command line from tests: in this process where the process is not the point, else in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from relprod.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GOLDEN = Path(__file__).parents[1] / "golden"
EXAMPLES = Path(__file__).parents[2] / "examples"
UPDATE = "RELPROD_UPDATE_GOLDEN"
_DECIDES_LAYOUT = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and what it wrote to each stream."""

    code: int
    out: str
    err: str


def relprod(*arguments: object, columns: int = 80, encoding: str = "utf-8", env: Mapping[str, str] | None = None) -> Ended:
    """Run a command in this process, as `relprod` does in one of its own, piped and without colour."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="", write_through=True) for _ in range(2))
    kept = {name: value for name, value in os.environ.items() if name not in _DECIDES_LAYOUT}
    code = 0
    with (
        mock.patch.object(sys, "argv", ["relprod", *map(str, arguments)]),
        mock.patch.dict(os.environ, {**kept, "COLUMNS": str(columns), "NO_COLOR": "1", **(env or {})}, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
    return Ended(code, *(stream.buffer.getvalue().decode(encoding) for stream in (out, err)))


def relprod_process(
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    preexec: Callable[[], object] | None = None,
    columns: int = 80,
) -> Ended:
    """Run a command in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in _DECIDES_LAYOUT}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "relprod", *map(str, arguments)],
        cwd=cwd,
        env={**kept, "COLUMNS": str(columns), "PYTHONUTF8": "1", **(env or {})},
        capture_output=True,
        check=False,
        timeout=120,
        preexec_fn=preexec,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def assert_golden(name: str, text: str) -> None:
    """Compare a text with a golden file, to the character; with RELPROD_UPDATE_GOLDEN=1 write it instead."""
    file = GOLDEN / name
    if os.environ.get(UPDATE) == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    assert file.is_file(), f"no golden file {name}: set {UPDATE}=1 to write it"
    assert file.read_bytes().decode() == text


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file at or below a folder, by its name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
