"""Where the files that travel with relprod are: table schemas and examples.

In an installed package they lie in ``relprod/data``; in a checkout they are the top folders
``data/schemas`` and ``examples``, so that there is one copy to read and to change.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def _folder(packaged: str, checkout: str) -> Path:
    """Return the packaged folder where there is one, else the checkout's."""
    inside = _PACKAGE / packaged
    return inside if inside.is_dir() else _CHECKOUT / checkout


def schemas_folder() -> Path:
    """Return the folder of the Table Schema files."""
    return _folder("data/schemas", "data/schemas")


def examples_folder() -> Path:
    """Return the folder of the examples that `relprod init` copies."""
    return _folder("data/examples", "examples")
