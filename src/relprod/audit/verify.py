"""`verify`: is a run what it says? Three answers that do not lean on one another: its inputs, its study, its figures.

The inputs are compared by the SHA-256 of their bytes, the study key by key with every default written out. The figures are
computed again, from the inputs where these are the ones that were used, else from the cells that the run holds, and always by the
study that the run recorded: so a changed input or study is named once, and not again as figures that no longer come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.audit.answers import Answer, Difference
from relprod.audit.figures import figures_answer, held_in
from relprod.audit.inputs import find_inputs
from relprod.audit.sample import DEFAULT_SEED, sampled_answer
from relprod.audit.study_keys import key_changes
from relprod.errors import StudyError
from relprod.run.folder import load_manifest
from relprod.run.manifest import study_content
from relprod.run.model import Run
from relprod.run.progress import Progress
from relprod.study.load import FILE_NAME, load_study
from relprod.study.recorded import recorded_study
from relprod.tables.findings import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from relprod.audit.inputs import Input, Inputs

_OF_STATE = {
    "changed": "is not the file that was used: its SHA-256 is another",
    "missing": "is not there",
    "unreadable": "cannot be read",
    "new": "is found by the study's paths today, and was not read by the run",
}


@dataclass(frozen=True)
class Verification:
    """The three answers about a run."""

    inputs: Answer
    study: Answer
    figures: Answer

    @property
    def answers(self) -> tuple[Answer, Answer, Answer]:
        """The answers in the order in which they are told."""
        return self.inputs, self.study, self.figures

    @property
    def holds(self) -> bool:
        """Whether every question was answered, and with yes."""
        return all(answer.holds for answer in self.answers)


def verify(  # noqa: PLR0913 - what to compare with, and how thoroughly
    folder: Path,
    inputs: Path | None = None,
    study_file: Path | None = None,
    *,
    sample: int | None = None,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
    **engine: Any,  # noqa: ANN401 - options of the engine
) -> Verification:
    """Return the three answers about the run in a folder.

    With `sample` the figures are not computed again: so many of them, drawn by `seed`, are worked out from their cells, and so many cells
    added up from the lines of the inputs.

    `inputs` is the folder that stands for the study's own, if the inputs are not beside the run; `study_file` the study to compare with, if
    it is not in that folder. `engine` (memory_limit, threads) is passed on, and moves no figure.

    Raises:
        OutputError: the folder holds no run.
        StudyError: the study that the run recorded is beyond this version of relprod.

    """
    progress = progress or Progress()
    manifest = load_manifest(folder)
    study = recorded_study(manifest["study"], manifest["assumptions"])
    with progress.stage("inputs"):
        found = find_inputs(Run({}, manifest, folder), study, inputs)
    about_inputs = _inputs_answer(manifest, found)
    usable = found.are_the_same and bool(found.files) and not manifest.get("frames")
    where = study_file or (None if found.folder is None else found.folder / FILE_NAME)
    held, used = held_in(folder, manifest), found if usable else None
    figures = figures_answer(held, study, used, progress, **engine) if sample is None else sampled_answer(held, study, used, sample, seed)
    return Verification(about_inputs, _study_answer(manifest, where, given=study_file is not None), figures)


def _inputs_answer(manifest: Mapping[str, Any], inputs: Inputs) -> Answer:
    """Return whether the inputs are those that were used."""
    if inputs.folder is None and inputs.files:
        says = "The inputs are not here. Name the folder that holds them: --inputs DIR."
        return Answer("inputs", holds=None, says=says)
    wrong = [_difference(file) for file in inputs.files if file.state != "same"]
    if wrong:
        return Answer("inputs", holds=False, says=_not_as_before(len(wrong), "file"), differences=tuple(wrong))
    frames = manifest.get("frames")
    if frames:
        tables = ", ".join(frames)
        return Answer(
            "inputs", holds=None, says=f"These tables were given from Python and are in no file: {tables}. They cannot be compared."
        )
    rows = sum(file.rows for file in inputs.files)
    return Answer("inputs", holds=True, says=f"{_files(len(inputs.files))}, {rows:,} rows, by the SHA-256 of their bytes.")


def _difference(file: Input) -> Difference:
    return Difference(file.path, f"{_OF_STATE[file.state]} (table {file.table})")


def _not_as_before(count: int, noun: str) -> str:
    return f"{counted(count, noun)} {'is' if count == 1 else 'are'} not as the run recorded."


def _files(count: int) -> str:
    return "The one file is the one that was used" if count == 1 else f"All {count} files are the ones that were used"


def _study_answer(manifest: Mapping[str, Any], file: Path | None, *, given: bool) -> Answer:
    """Return whether a study file asks for what the run was asked."""
    if file is None or not (given or file.is_file()):
        says = (
            f"There is no {FILE_NAME} beside the inputs to compare with. Name one: --study FILE. What the run was asked is in its manifest."
        )
        return Answer("study", holds=None, says=says)
    try:
        today = study_content(load_study(file))
    except StudyError as error:
        return Answer(
            "study", holds=False, says="The study file cannot be used as it stands.", differences=(Difference(file.name, str(error)),)
        )
    wrong = tuple(Difference(change.key, change.says) for change in key_changes(manifest["study"], today))
    if wrong:
        return Answer("study", holds=False, says=_not_as_before(len(wrong), "key"), differences=wrong)
    return Answer("study", holds=True, says="Every key of the study file, with its defaults, is as the run recorded.")
