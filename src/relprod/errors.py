"""What relprod raises, and what each ending means to a script.

    RelprodError                  anything relprod stops for on purpose
    ├── UsageError          (2)   what was asked for is not there to be had
    ├── StudyError          (3)   the study file cannot be used as it stands
    ├── InputUnreadable     (4)   an input file cannot be opened or read at all
    ├── FindingsError       (1)   the input was read, and holds errors
    └── OutputError         (4)   the run folder cannot be written, or is no run folder

The number is the exit code of the command line. Anything else that escapes is a bug of ours (70).
A message says what is wrong, where, why it matters and what to do; it never holds a person's row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class RelprodError(Exception):
    """Base of every error that relprod raises on purpose; `exit_code` is the command line's."""

    exit_code: ClassVar[int] = 1


class UsageError(RelprodError):
    """What was asked for is not there: a filter that names nothing, an option that means nothing."""

    exit_code = 2


class StudyError(RelprodError):
    """The study file cannot be used: not found, not TOML, an unknown key, a value that is not allowed."""

    exit_code = 3


class FindingsError(RelprodError):
    """The tables, or the figures, hold errors, so nothing was written.

    `findings` holds all that was found. `run` holds the figures where they were computed before they were refused.
    """

    exit_code = 1

    def __init__(self, message: str, findings: Sequence[Any] = (), run: Any = None) -> None:  # noqa: ANN401 - a leaf cannot name them
        """Keep every finding beside the one-line message."""
        super().__init__(message)
        self.findings = tuple(findings)
        self.run = run


class InputUnreadable(FindingsError):  # noqa: N818 - reads as the plain statement that it is
    """A file named by the study cannot be opened or decoded. `findings` says which and why."""

    exit_code = 4


class OutputError(RelprodError):
    """The run folder cannot be written, or what was given is not a run folder."""

    exit_code = 4
