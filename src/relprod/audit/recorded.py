"""A run as an auditor takes it up: what it recorded, the study to recompute it by, and its inputs where they are found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from relprod.audit.inputs import Inputs, find_inputs
from relprod.errors import OutputError, StudyError
from relprod.periods import PeriodScheme
from relprod.run.folder import load_run
from relprod.study.recorded import recorded_study

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from relprod.run.model import Run
    from relprod.study.model import Study


@dataclass(frozen=True)
class Recorded:
    """A run, and the folder that stands for its study's where the inputs are not beside the run."""

    run: Run
    inputs_folder: Path | None = None

    @classmethod
    def load(cls, folder: Path, inputs: Path | None = None) -> Recorded:
        """Return the run in a folder.

        Raises:
            OutputError: the folder holds no run, or one without its main table.

        """
        run = load_run(folder)
        if "productivity" not in run.tables:
            message = f"The run in '{folder}' is damaged: it has no table productivity. Compute it again."
            raise OutputError(message)
        return cls(run, inputs)

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the run recorded of itself."""
        return self.run.manifest

    @cached_property
    def study(self) -> Study | None:
        """The study that the run recorded; None where it is beyond this version of relprod."""
        try:
            return recorded_study(self.manifest["study"], self.manifest["assumptions"])
        except StudyError:
            return None

    @cached_property
    def study_content(self) -> Mapping[str, Any]:
        """The study with every default written out: those that this version of relprod knows, where it can read it."""
        content: Mapping[str, Any] = self.manifest["study"] if self.study is None else self.study.resolved()
        return content

    @property
    def scheme(self) -> PeriodScheme:
        """How the run counts time."""
        study = self.manifest["study"]["study"]
        return PeriodScheme(study["frequency"], study["calendar"])

    @property
    def has_contacts(self) -> bool:
        """Whether the run was computed from contacts too."""
        return "contact_cells" in self.run.tables

    def has_table(self, table: str) -> bool:
        """Whether the run was computed from a table of that name, in files or given from Python."""
        return table in self.manifest.get("frames", ()) or any(file["table"] == table for file in self.manifest["inputs"])

    @cached_property
    def inputs(self) -> Inputs:
        """The run's inputs as they are now; nothing is looked for where the study is beyond this version."""
        return Inputs(None, ()) if self.study is None else find_inputs(self.run, self.study, self.inputs_folder)

    @property
    def has_all_inputs(self) -> bool:
        """Whether every file that the run was computed from is at hand and unchanged, and none of its tables came from Python."""
        return bool(self.inputs.files) and self.inputs.are_the_same and not self.manifest.get("frames")

    def has_inputs_of(self, table: str) -> bool:
        """Whether every file of one table is at hand and unchanged."""
        files = [file for file in self.inputs.files if file.table == table and file.state != "new"]
        return bool(files) and all(file.state == "same" for file in files)
