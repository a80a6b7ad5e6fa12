"""From one run's figures to another's in steps, each of which changes one thing: versions, data, study, versions.

    before         as the earlier run recorded it
    before_again   the earlier study on the earlier data, by this relprod
    revised        the earlier study on the later data
    after_again    the later study on the later data
    after          as the later run recorded it

Versions are in the first and the last step, data in the second, the study in the third, so the steps add up to the whole. A step in
which nothing changed is no step at all: its two ends are one object. The cells in a run are its data, unless the studies make cells in
different ways: then the earlier study has to read the later run's inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from relprod.audit.key_kinds import KINDS, kind_of
from relprod.errors import FindingsError, OutputError, RelprodError
from relprod.run.basis import measured_from
from relprod.run.compute import perform
from relprod.run.equity import NotPositiveError
from relprod.run.figures import figures_of
from relprod.run.tables import productivity_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    import pyarrow as pa

    from relprod.audit.recorded import Recorded
    from relprod.audit.study_keys import KeyChange
    from relprod.run.progress import Progress
    from relprod.study.model import Study

Place = tuple[str, str, str]
"""Service, period, account."""


class Figure(NamedTuple):
    """What the table productivity says of one place: indices (reference = 100)."""

    output: float | None
    input: float | None
    productivity: float | None


Level = dict[Place, Figure]


@dataclass(frozen=True)
class Steps:
    """The figures at each end of each step; None where they cannot be made, and `notes` say why."""

    before: Level
    before_again: Level | None
    revised: Level | None
    after_again: Level | None
    after: Level
    notes: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[Level | None, ...]:
        """The figures in the order of the steps."""
        return self.before, self.before_again, self.revised, self.after_again, self.after


def level_of(productivity: pa.Table) -> Level:
    """Return the figures of a table `productivity`."""
    columns = (productivity[name].to_pylist() for name in ("service", "period", "account", "output", "input", "productivity"))
    return {(service, period, account): Figure(*figures) for service, period, account, *figures in zip(*columns, strict=True)}


def steps_between(
    before: Recorded,
    after: Recorded,
    keys: Iterable[KeyChange],
    progress: Progress,
    *,
    same_data: bool,
    **engine: Any,  # noqa: ANN401 - options of the engine
) -> Steps:
    """Return the steps from one run to another; `keys` are those of the study that differ, `same_data` says that the files do not."""
    kinds = {kind_of(change.path) for change in keys}
    recorded = level_of(before.run.tables["productivity"]), level_of(after.run.tables["productivity"])
    notes: list[str] = []
    with progress.stage("the earlier run again"):
        before_again = _from_cells(before, before.study, notes, "the earlier run")
    with progress.stage("the earlier study on the later data"):
        if same_data or before_again is None:
            revised = before_again
        elif _cells_are_made_alike(kinds, before, after):
            revised = _from_cells(after, before.study, notes, "the later data by the earlier study")
        else:
            revised = _from_inputs(before, after, progress, notes, **engine)
    with progress.stage("the later study on the later data"):
        same_study = not any(KINDS.index(kind) >= KINDS.index("account") for kind in kinds)
        after_again = revised if same_study and revised is not None else _from_cells(after, after.study, notes, "the later run")
    return Steps(recorded[0], before_again, revised, after_again, recorded[1], tuple(dict.fromkeys(notes)))


def _cells_are_made_alike(kinds: AbstractSet[str], before: Recorded, after: Recorded) -> bool:
    """Return whether two studies that differ in keys of these kinds make the same cells of the same rows."""
    return "rows" not in kinds and ("contacts" not in kinds or not (before.has_contacts or after.has_contacts))


def _from_cells(run: Recorded, study: Study | None, notes: list[str], what: str) -> Level | None:
    """Return the figures of a study on the cells that a run holds."""
    if study is None:
        notes.append(f"{what.capitalize()} cannot be computed again: its study is beyond this version of relprod.")
        return None
    try:
        measured = measured_from(run.run.tables, study)
        figures = figures_of(study, measured)
    except OutputError:
        notes.append(f"{what.capitalize()} cannot be computed again: the run holds no cells.")
        return None
    except (RelprodError, NotPositiveError, ValueError, KeyError, IndexError):
        notes.append(f"{what.capitalize()}: no account can be computed.")
        return None
    return level_of(productivity_table(figures.account, study.scheme, figures.extended))


def _from_inputs(before: Recorded, after: Recorded, progress: Progress, notes: list[str], **engine: Any) -> Level | None:  # noqa: ANN401 - options of the engine
    """Return the figures of the earlier study on the inputs of the later run."""
    if before.study is None or after.study is None:
        return None
    if not after.has_all_inputs:
        notes.append(_NEEDS_INPUTS)
        return None
    study = before.study.model_copy(
        update={"tables": {name: before.study.tables.get(name, source) for name, source in after.study.tables.items()}}
    )
    try:
        run = perform(study, sources=after.inputs.sources, progress=progress, **engine)
    except FindingsError as error:
        if error.run is None:
            codes = ", ".join(sorted({finding.code for finding in error.findings if finding.is_error}))
            notes.append(f"Data and study cannot be told apart: the earlier study finds errors in the later data ({codes}).")
            return None
        run = error.run
    return level_of(run.tables["productivity"])


_NEEDS_INPUTS = (
    "Data and study cannot be told apart without the inputs of the later run, because the studies make cells in different ways: name their "
    "folder with --inputs DIR."
)
