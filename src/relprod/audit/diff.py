"""`diff`: what moved between two runs, and whether data, study, method or versions moved it.

What differs is told from what the runs recorded. What moved a figure is told by computing in steps, each of which changes one
thing (see `relprod.audit.steps`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.audit.data import data_changes
from relprod.audit.key_kinds import kind_of
from relprod.audit.movements import alone, movements
from relprod.audit.revisions import revisions
from relprod.audit.steps import Steps, level_of, steps_between
from relprod.audit.study_keys import key_changes
from relprod.audit.versions import version_changes, versions_of
from relprod.run.basis import BASIS
from relprod.run.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction

    from relprod.audit.asked import Asked
    from relprod.audit.data import DataChanges
    from relprod.audit.movements import Alone, Movement
    from relprod.audit.recorded import Recorded
    from relprod.audit.revisions import Revision
    from relprod.audit.study_keys import KeyChange
    from relprod.audit.versions import VersionChange

THRESHOLD = 0.05
"""Index points by which a figure has to move to be told of: what shows at one decimal."""
_OFFICIAL = "quality_adjusted"
_FOLLOWING = ("productivity", "bridge", "contributions", "links", *BASIS)
"""Tables that hold the figures compared, what they are made of, or what follows from them."""


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs.

    `moved` are the figures that moved by more than `threshold` index points, of `figures` that were compared: the largest movement
    first, with the other accounts of its service and period; `main` are those to know of all. `documentation` are keys of the study
    that move no figure, because they only say what things are called and where values come from. `tables` are other tables of the runs
    that differ. `notes` say what could not be told, and why.
    """

    data: DataChanges
    study: tuple[KeyChange, ...]
    documentation: tuple[KeyChange, ...]
    versions: tuple[VersionChange, ...]
    figures: int
    threshold: float
    moved: tuple[Movement, ...]
    main: tuple[Movement, ...]
    alone: tuple[Alone, ...]
    revisions: tuple[Revision, ...]
    tables: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs at all."""
        differs = (self.data.tables, self.data.cells, self.study, self.documentation, self.versions, self.moved, self.alone)
        return not any((*differs, self.revisions, self.tables))


def diff(
    before: Recorded,
    after: Recorded,
    asked: Asked,
    threshold: float = THRESHOLD,
    *,
    progress: Progress | None = None,
    **engine: Any,  # noqa: ANN401 - options of the engine
) -> Comparison:
    """Return what differs between two runs, and what moved the figures asked for.

    `engine` (memory_limit, threads) is passed on, and moves no figure.

    Raises:
        UsageError: the memory limit means nothing.

    """
    progress = progress or Progress()
    with progress.stage("data"):
        data = data_changes(before, after, **engine)
    keys = tuple(key_changes(before.study_content, after.study_content))
    versions = tuple(version_changes(versions_of(before.manifest), versions_of(after.manifest)))
    productivity = [run.run.tables["productivity"] for run in (before, after)]
    if data.are_none and not keys and not versions and productivity[0].equals(productivity[1]):
        level = level_of(productivity[0])
        steps = Steps(level, level, level, level, level)
    else:
        steps = steps_between(before, after, keys, progress, same_data=data.are_none, **engine)
    places = list(asked.among({*steps.before, *steps.after}))
    compared = list(movements(steps, places))
    return Comparison(
        data=data,
        study=tuple(change for change in keys if kind_of(change.path) != "words"),
        documentation=tuple(change for change in keys if kind_of(change.path) == "words"),
        versions=versions,
        figures=len(compared),
        threshold=threshold,
        moved=tuple(_largest_first(each for each in compared if abs(each.moved) > threshold)),
        main=tuple(_main(compared, asked)),
        alone=tuple(alone(steps, places)),
        revisions=tuple(_revisions(before, after, asked)),
        tables=tuple(_other_tables(before, after)),
        notes=(*steps.notes, *_not_again(compared, versions)),
    )


def _largest_first(moved: Iterable[Movement]) -> list[Movement]:
    """Return movements with the largest first, and beside each those of the other accounts of its service and period."""
    largest: dict[tuple[str, str], Fraction] = {}
    found = sorted(moved, key=lambda each: -abs(each.moved))
    for each in found:
        largest.setdefault((each.service, each.period), abs(each.moved))
    return sorted(found, key=lambda each: (-largest[each.service, each.period], each.service, each.period))


def _not_again(compared: Iterable[Movement], versions: Sequence[VersionChange]) -> Iterator[str]:
    """Yield that recorded figures do not come out again, where no difference between the runs' versions explains it."""
    if not versions and any(each.versions for each in compared):
        yield (
            "Figures that the runs recorded do not come out again by this relprod, though both runs have the same versions: "
            "'relprod verify RUN' says more. What that makes is under versions."
        )


def _main(compared: Iterable[Movement], asked: Asked) -> list[Movement]:
    """Return the figures of the main service in the last period, the official measure first, then in the order of the ladder."""
    of_main = [each for each in compared if each.service == asked.main_service]
    last = max((each.period for each in of_main), default=None)
    order = sorted(asked.accounts, key=lambda account: (account != _OFFICIAL, asked.accounts.index(account)))
    return sorted((each for each in of_main if each.period == last), key=lambda each: order.index(each.account))


def _revisions(before: Recorded, after: Recorded, asked: Asked) -> Iterator[Revision]:
    """Yield the revisions of the main service's accounts that are asked for."""
    tables = [run.run.tables["productivity"] for run in (before, after)]
    for each in revisions(tables[0], tables[1], (asked.main_service,)):
        if each.account in asked.accounts:
            yield each


def _other_tables(before: Recorded, after: Recorded) -> Iterable[str]:
    """Return the names of the tables beside the account that differ, or that one run alone has."""
    contents = [{name: entry["content_sha256"] for name, entry in run.manifest["outputs"].items()} for run in (before, after)]
    names = (
        file.removesuffix(".parquet") for file in sorted({*contents[0], *contents[1]}) if contents[0].get(file) != contents[1].get(file)
    )
    return (name for name in names if name not in _FOLLOWING)
