"""`relprod`, and what each ending means: 0 done, 1 findings, 2 usage, 3 study file, 4 input or output, 5 not verified, 70 a bug of ours."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from contextlib import suppress

from relprod.cli.commands import app
from relprod.errors import FindingsError, OutputError, RelprodError
from relprod.shown import visible

BUG = 70
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows a question mark, and the figures
    try:
        app(prog_name="relprod")
    except FindingsError as error:
        _print_findings(error)
        sys.exit(error.exit_code)
    except RelprodError as error:
        print(visible(str(error), keep="\n"), file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        sys.exit(_not_printed(error))
    except Exception as error:  # noqa: BLE001 - the last resort, so that no row of data reaches the screen in a traceback
        print(_bug_report(error), file=sys.stderr)
        sys.exit(BUG)


def _not_printed(error: OSError) -> int:
    """Say that there was no room for what was printed, and return the exit code; any other error is a bug of ours."""
    if error.errno not in _NO_ROOM or error.filename is not None:
        print(_bug_report(error), file=sys.stderr)
        return BUG
    with suppress(OSError):  # what still waits to be printed goes nowhere, or it would fail again on leaving
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    print(f"What was to be printed could not be written: {error.strerror}. Make room, or print it somewhere else.", file=sys.stderr)
    return OutputError.exit_code


def _print_findings(error: FindingsError) -> None:
    from relprod.cli.consoles import messages
    from relprod.report.findings import print_findings
    from relprod.report.plain import print_plain

    console = messages()
    print_findings(console, error.findings)
    print_plain(console, str(error))


def _bug_report(error: Exception) -> str:
    """Return where an unforeseen error arose, without its message, which may hold data."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "relprod" in frame.filename]
    places = "\n".join(f"  {os.path.basename(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames)  # noqa: PTH119 - a name, not a path to open
    return (
        f"relprod stopped because of an error of its own ({type(error).__name__}). Nothing was written.\n{places}\n"
        "Please report these lines, with the command you gave. They hold none of your data."
    )
