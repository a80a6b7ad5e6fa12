"""Where output goes: results to standard output, everything else to standard error."""

from __future__ import annotations

import sys

from rich.console import Console


def results() -> Console:
    """Return the console for results."""
    return Console(file=sys.stdout, highlight=False, emoji=False, markup=False)


def messages() -> Console:
    """Return the console for messages and progress."""
    return Console(file=sys.stderr, highlight=False, emoji=False, markup=False)
