"""The assumptions log: every parameter that a run used, who says so, and how far the headline moves with each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.audit.sensitivity import Sensitivity, sensitivities
from relprod.errors import UsageError
from relprod.run.basis import holds_cells
from relprod.run.compute import perform
from relprod.run.folder import MANIFEST, load_run
from relprod.run.manifest import parameters_content
from relprod.study.load import load_study

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from relprod.run.headline import Headline, Level
    from relprod.run.model import Run
    from relprod.run.progress import Progress


@dataclass(frozen=True)
class Logged:
    """One parameter as the manifest records it, and what changes of it do; no changes where they were not asked for."""

    parameter: Mapping[str, Any]
    sensitivities: tuple[Sensitivity, ...] = ()

    @property
    def documented(self) -> bool:
        """Whether a source is written down."""
        return bool(self.parameter["source"])


@dataclass(frozen=True)
class AssumptionsLog:
    """The parameters of a study or a run, those without a source first, then in the order of the study.

    `headline` is what the changes of most parameters are held against, and `level` what it is; None where none were asked for.
    """

    study: Mapping[str, Any]
    logged: tuple[Logged, ...]
    headline: Headline | None = None
    level: Level | None = None

    @property
    def undocumented(self) -> int:
        """How many parameters have no source."""
        return sum(not each.documented for each in self.logged)

    def most_moving(self) -> tuple[Logged, Sensitivity, float] | None:
        """Return the parameter, its change, and the difference that move the headline most; None where nothing moves it."""
        told = [
            (each, change, change.difference)
            for each in self.logged
            for change in each.sensitivities
            if change.difference and change.headline == self.headline
        ]
        return max(told, key=lambda one: abs(one[2]), default=None)


def assumptions_log(
    study_or_run: Path, *, sensitivity: bool | None = None, inputs: Path | None = None, progress: Progress | None = None
) -> AssumptionsLog:
    """Return the assumptions log of a study or of a run.

    The changes are made by default for a run that holds its cells; for a study only where `sensitivity` is set, because the study
    is computed first. `inputs` is the folder that the paths of a run's study are relative to, for parameters that need its contacts.

    Raises:
        UsageError: `inputs` are given for a study.
        StudyError: it is neither, or a study that is wrong.
        OutputError: it is a run that cannot be read, or `inputs` are not its own.
        FindingsError: the study, or a file of it, holds an error.

    """
    if (study_or_run / MANIFEST).is_file():
        run = load_run(study_or_run)
        if sensitivity is False or (sensitivity is None and not holds_cells(run.tables)):
            return _plain(run.study, run.manifest["assumptions"])
        return _log(run, inputs, progress)
    if inputs is not None:
        message = f"--inputs says where the files of a run are, and '{study_or_run}' is no run. A study says itself where they are."
        raise UsageError(message)
    study = load_study(study_or_run)
    if not sensitivity:
        return _plain(study.resolved(), parameters_content(study))
    return _log(perform(study, progress=progress), study.folder, progress)


def _plain(study: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> AssumptionsLog:
    return AssumptionsLog(study, _undocumented_first(Logged(entry) for entry in entries))


def _log(run: Run, inputs: Path | None, progress: Progress | None) -> AssumptionsLog:
    """Return the log of a run with what changes of its parameters do."""
    found = sensitivities(run, inputs, progress)
    entries = run.manifest["assumptions"]
    logged = [Logged(entry, tuple(each for each in found if each.parameter == entry["name"])) for entry in entries]
    headline = found[0].headline
    return AssumptionsLog(run.study, _undocumented_first(logged), headline, found[0].before)


def _undocumented_first(logged: Iterable[Logged]) -> tuple[Logged, ...]:
    return tuple(sorted(logged, key=lambda each: each.documented))
