"""Whether the figures of a run are those that were written, and come out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.audit.answers import Answer, Difference
from relprod.audit.compare import Change, changes, key_of
from relprod.audit.versions import version_changes, versions_now, versions_of
from relprod.errors import FindingsError, RelprodError
from relprod.run.basis import basis_tables, measured_from
from relprod.run.compute import account_tables, perform
from relprod.run.equity import NotPositiveError
from relprod.run.figures import figures_of
from relprod.run.folder import FINDINGS_CSV, MANIFEST, findings_csv, tables_of
from relprod.run.manifest import file_sha256, parameters_content
from relprod.run.parquet import content_sha256, parquet_sha256, read_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from relprod.audit.inputs import Inputs
    from relprod.run.progress import Progress
    from relprod.study.model import Study

_SHOWN = 3
_OF_VERSIONS = {"relprod", "method", "engine", "python", "libraries", "outputs", "study"}
"""Keys of a manifest that are compared elsewhere, or may differ."""


@dataclass(frozen=True)
class Held:
    """A run as it lies in its folder: its manifest, and every table that can be read."""

    folder: Path
    manifest: Mapping[str, Any]
    tables: Mapping[str, pa.Table]


@dataclass(frozen=True)
class Again:
    """What came out again, and of what: "the inputs" or "the cells that the run holds"; the manifest where it was made anew."""

    tables: Mapping[str, pa.Table]
    of: str
    manifest: Mapping[str, Any]


def held_in(folder: Path, manifest: Mapping[str, Any]) -> Held:
    """Return the tables of a run folder that can be read."""
    tables = {}
    for name in tables_of(manifest):
        try:
            tables[name] = read_parquet(folder / f"{name}.parquet")
        except (OSError, ValueError, KeyError):
            continue
    return Held(folder, manifest, tables)


def figures_answer(held: Held, study: Study, inputs: Inputs | None, progress: Progress, **engine: Any) -> Answer:  # noqa: ANN401 - options of the engine
    """Return whether a run's figures are untouched, and whether they come out again by the study that it recorded.

    They are computed from `inputs` where given, which are then the files that were used; else from the cells in the run. `engine` is
    passed on to `relprod.run.compute.perform`.
    """
    differ = list(touched(held))
    try:
        again = _from_cells(held, study) if inputs is None else _from_inputs(study, inputs, progress, **engine)
    except FindingsError as error:
        codes = ", ".join(sorted({finding.code for finding in error.findings if finding.is_error}))
        return Answer(
            "figures", holds=False, says=f"The figures cannot be computed again: errors in the data ({codes}).", differences=tuple(differ)
        )
    except (RelprodError, NotPositiveError, ValueError) as error:
        what = str(error) if isinstance(error, RelprodError) else "what the run holds makes no account"
        return Answer(
            "figures", holds=False if differ else None, says=f"The figures cannot be computed again: {what}", differences=tuple(differ)
        )
    wrong = [*differ, *_not_again(held, again), *_manifest_not_again(held.manifest, again.manifest)]
    if wrong:
        names = {difference.where for difference in wrong}
        return Answer("figures", holds=False, says=f"Something differs in {len(names)} of the run's files.", differences=tuple(wrong))
    return Answer("figures", holds=True, says=_how(held, again))


def touched(held: Held) -> Iterator[Difference]:
    """Yield each file of the folder that is not the one that was written."""
    for name, entry in held.manifest["outputs"].items():
        file = held.folder / name
        if not file.is_file():
            yield Difference(name, "is not there any more")
        elif file_sha256(file) != entry["file_sha256"]:
            yield Difference(
                name, f"is not the file that was written (SHA-256){'' if _table_name(name) in held.tables else ', and cannot be read'}"
            )
    for file in sorted(held.folder.glob("*.parquet")):
        if file.name not in held.manifest["outputs"]:
            yield Difference(file.name, "is not a file of this run: its manifest does not name it")
    findings = held.tables.get("findings")
    if findings is not None:
        listed = held.folder / FINDINGS_CSV
        if not listed.is_file() or listed.read_bytes() != findings_csv(findings).encode():
            yield Difference(FINDINGS_CSV, "does not hold what findings.parquet holds")


def _table_name(file: str) -> str:
    return file.removesuffix(".parquet")


def _from_inputs(study: Study, inputs: Inputs, progress: Progress, **engine: Any) -> Again:  # noqa: ANN401 - options of the engine
    run = perform(study, sources=inputs.sources, progress=progress, **engine)
    return Again(run.tables, "the inputs", run.manifest)


def _from_cells(held: Held, study: Study) -> Again:
    measured = measured_from(held.tables, study)
    tables = {**dict(account_tables(study, measured, figures_of(study, measured))), **dict(basis_tables(measured, study.scheme))}
    return Again(tables, "the cells that the run holds", {"assumptions": parameters_content(study, held.manifest.get("frames", ()))})


def _not_again(held: Held, again: Again) -> Iterator[Difference]:
    """Yield each table that comes out otherwise than the manifest says, with what differs; the cells came out of themselves."""
    for name in tables_of(held.manifest):
        entry = held.manifest["outputs"][f"{name}.parquet"]
        table = again.tables.get(name)
        if table is None:
            if again.of == "the inputs":
                yield Difference(f"{name}.parquet", "does not come out again at all")
        elif content_sha256(table) != entry["content_sha256"]:
            yield Difference(f"{name}.parquet", f"comes out otherwise from {again.of}{_details(name, held, table)}")
        elif name in held.tables and content_sha256(held.tables[name]) != entry["content_sha256"]:
            yield Difference(f"{name}.parquet", f"holds other figures than it was written with{_details(name, held, table)}")
    for name in sorted(again.tables.keys() - set(tables_of(held.manifest))):
        yield Difference(f"{name}.parquet", f"comes out of {again.of}, and the run does not have it")


def _details(name: str, held: Held, again: pa.Table) -> str:
    """Return how many cells differ between what the folder holds and what came out, and the first of them."""
    if name not in held.tables:
        return ""
    found = list(changes(name, again, held.tables[name]))
    if not found:
        return ""
    shown = "; ".join(_change_text(name, change) for change in found[:_SHOWN])
    more = f"; and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return f": {shown}{more}"


def _change_text(name: str, change: Change) -> str:
    row = ", ".join(str(part) for part in change.key if part is not None) if key_of(name) else f"row {change.key[0]}"
    if change.column is None:
        return f"{row}: {'a row too many' if change.before is None else 'a row is missing'}"
    return f"{row}: {change.column} is {_said(change.after)}, and should be {_said(change.before)}"


def _said(value: Any) -> str:  # noqa: ANN401 - a cell of any table
    return "missing" if value is None else str(value)


def _manifest_not_again(recorded: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield each part of the manifest that was made anew and is otherwise."""
    for key in sorted(again.keys() - _OF_VERSIONS):
        if recorded.get(key) != again[key]:
            yield Difference(MANIFEST, f"'{key}' is not what comes out again")


def _how(held: Held, again: Again) -> str:
    """Return how it is known that all figures came out again, and with what."""
    names = [name for name in tables_of(held.manifest) if name in again.tables]
    to_the_byte = all(parquet_sha256(again.tables[name]) == held.manifest["outputs"][f"{name}.parquet"]["file_sha256"] for name in names)
    how = (
        "byte for byte (SHA-256 of the files)"
        if to_the_byte
        else "to the last figure (SHA-256 of their content; the files are packed in another way)"
    )
    without = [name for name in tables_of(held.manifest) if name not in again.tables]
    rest = f" Without the inputs these cannot be made again: {', '.join(without)}." if without else ""
    changed = list(version_changes(versions_of(held.manifest), versions_now(held.manifest)))
    then, now = (", ".join(f"{each.name} {getattr(each, when)}" for each in changed) for when in ("before", "after"))
    with_what = f" Computed then with {then}; now with {now}." if changed else ""
    return f"{len(names)} tables come out again from {again.of}, {how}.{rest}{with_what}"
