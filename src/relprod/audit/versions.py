"""With which versions a run was computed, and which are here now."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from relprod.run.manifest import METHOD_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class VersionChange:
    """One thing that has two versions; None where it is in one alone."""

    name: str
    before: str | None
    after: str | None


def versions_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the version of everything that a run was computed with, by its name."""
    return {"relprod": manifest["relprod"], "method": manifest["method"], "Python": manifest["python"], **manifest["libraries"]}


def versions_now(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions that are here now, of everything that a run was computed with."""
    now = {"relprod": version("relprod"), "method": METHOD_VERSION, "Python": platform.python_version()}
    return {**now, **{name: version(name) for name in manifest["libraries"]}}


def version_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[VersionChange]:
    """Yield what has another version after than before."""
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield VersionChange(name, before.get(name), after.get(name))
