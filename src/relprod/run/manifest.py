"""The manifest: what was asked, of what, with what, and what came out, so that it can be done again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections import Counter
from dataclasses import asdict, fields
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from relprod.run.exclusions import exclusions_recorded
from relprod.run.parquet import content_sha256
from relprod.study.parameters import Parameter, parameters
from relprod.tables.schema import table_schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    import pyarrow as pa

    from relprod.study.model import Study
    from relprod.tables.exclusions import LeftOut
    from relprod.tables.findings import Finding
    from relprod.tables.load import InputFile

METHOD_VERSION = "1.0"
"""Version of the figures' definitions. It moves when, and only when, the same study and inputs give other figures."""
_HOLDS = {
    "relprod": str, "method": str, "engine": str, "python": str, "libraries": dict, "study": dict, "tables": dict,
    "inputs": list, "frames": list, "assumptions": list, "findings": dict, "outputs": dict,
}  # fmt: skip
"""Every key that the manifest of each run has, and what stands under it."""
_OF_INPUT = frozenset({"table", "path", "bytes", "sha256", "rows"})
_OF_OUTPUT = frozenset({"file_sha256", "content_sha256", "rows"})
_LIBRARIES = ("duckdb", "numpy", "pandas", "pandera", "pyarrow", "pydantic")


def manifest(
    study: Study, inputs: Iterable[InputFile], findings: Iterable[Finding], frames: Collection[str] = (), left_out: Iterable[LeftOut] = ()
) -> dict[str, Any]:
    """Return what is known of a run before its files are written. It holds no clock, host, user or absolute path.

    `frames` are the tables that were given as frames, and are in no file.
    """
    files = list(inputs)
    counts = Counter(finding.severity for finding in findings)
    return {
        "relprod": version("relprod"),
        "method": METHOD_VERSION,
        "engine": "duckdb",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "study": study_content(study),
        "tables": {name: table_schema(name).version for name in sorted({file.table for file in files})},
        "inputs": [asdict(file) for file in files],
        "frames": sorted(frames),
        "assumptions": parameters_content(study, frames),
        "findings": {severity: counts.get(severity, 0) for severity in ("error", "warning", "info")},
        **({"exclusions": exclusions_recorded(study, left_out)} if study.exclusions else {}),
    }


def parameters_content(study: Study, frames: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return every parameter in force, as the manifest records it; `frames` are tables that the study has beside those of its file."""
    return [asdict(parameter) for parameter in parameters(study, frames)]


def study_content(study: Study) -> dict[str, Any]:
    """Return the resolved study, with each path relative to its folder, so that nothing in it tells of this machine."""
    resolved = study.resolved()
    for table in resolved["tables"].values():
        table["path"] = [os.path.relpath(path, study.folder.absolute()) if os.path.isabs(path) else path for path in table["path"]]  # noqa: PTH117 - beside relpath, which pathlib lacks
        table["path"] = [path.replace(os.sep, "/") for path in table["path"]]
    return resolved


def output_entry(path: Path, table: pa.Table) -> dict[str, Any]:
    """Return what the manifest says of a written table: digests of the file and of its content, and its rows."""
    return {"file_sha256": file_sha256(path), "content_sha256": content_sha256(table), "rows": table.num_rows}


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_manifest(content: object) -> bool:
    """Return whether what a JSON file holds is the manifest of a run, whole enough for everything that reads one.

    A run that somebody hands over may have been edited; then it is no run, and said so before anything is made of it.
    """
    if not isinstance(content, dict) or not all(isinstance(content.get(key), kind) for key, kind in _HOLDS.items()):
        return False
    named = {field.name for field in fields(Parameter)}
    return (
        all(isinstance(name, str) for name in content["frames"])
        and all(isinstance(name, str) for name in content["libraries"].values())
        and isinstance(content["study"].get("study"), dict)
        and all(_has(entry, _OF_INPUT) for entry in content["inputs"])
        and all(_has(entry, _OF_OUTPUT) for entry in content["outputs"].values())
        and all(_has(entry, named) for entry in content["assumptions"])
    )


def _has(entry: object, keys: AbstractSet[str]) -> bool:
    return isinstance(entry, dict) and keys <= entry.keys()


def manifest_text(content: Mapping[str, Any]) -> str:
    """Return a manifest as JSON, the same text for the same content."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
