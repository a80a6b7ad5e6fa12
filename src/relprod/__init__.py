"""relprod: quality-adjusted public service productivity, one visible step at a time, that an auditor can re-perform.

    load_study(path)                 the study that a relprod.toml states
    compute(study, out, tables)      its figures, as a Run; written to a folder where one is given
    load_run(folder)                 the figures of a run folder
    index_series(frame, ...)         the index function alone, on a data frame

Names are imported when they are first used, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relprod.account.series import index_series
    from relprod.run.compute import compute
    from relprod.run.folder import load_run
    from relprod.run.model import Run
    from relprod.study.load import load_study
    from relprod.study.model import Study

__all__ = ["Run", "Study", "compute", "index_series", "load_run", "load_study"]

_HOME = {
    "Run": "relprod.run.model",
    "Study": "relprod.study.model",
    "compute": "relprod.run.compute",
    "index_series": "relprod.account.series",
    "load_run": "relprod.run.folder",
    "load_study": "relprod.study.load",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the public names
    """Return a public name, importing its module."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    message = f"module 'relprod' has no attribute '{name}'"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
