"""How far the headline moves if one parameter is changed by a stated amount, and all else stays.

The base is the run's own headline. A changed account is computed from the cells that the run holds, by the functions that made
the run; parameters that decide which contacts are repeats need the contacts, and are varied where these are at hand.
One at a time says nothing of two parameters together, and the stated amounts say nothing of how likely they are.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from relprod.audit.columns import COLUMN_CHANGES
from relprod.audit.inputs import find_inputs
from relprod.errors import OutputError, StudyError
from relprod.run.basis import measured_from
from relprod.run.equity import NotPositiveError
from relprod.run.figures import figures_of
from relprod.run.findings import figure_findings
from relprod.run.headline import Headline, Level
from relprod.run.measure import remeasuring
from relprod.run.progress import Progress
from relprod.run.refusals import not_positive
from relprod.run.tables import EXTENDED, productivity_table
from relprod.study.parameters import value_text
from relprod.study.recorded import recorded_study
from relprod.study.variations import FROM_CONTACTS, NOT_VARIED, VARIED, other_values, study_with
from relprod.tables.findings import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from relprod.audit.columns import ColumnChange
    from relprod.run.measure import Measured
    from relprod.run.model import Run
    from relprod.study.model import Study
    from relprod.tables.sources import SourceFile

_SAME = 1e-9
"""Relative difference of a headline within which it is the same: other versions of the libraries may round its last digits otherwise."""
_NOT_ITS_OWN = "the run's headline does not come out of its cells; 'relprod verify RUN' says what differs"


@dataclass(frozen=True)
class Sensitivity:
    """What one stated change of one parameter does to the headline; `not_told` says why where there is nothing to tell.

    `change` reads on from "if it is changed": "to 0.9", "by +10%". Where no change is stated it is empty.
    """

    parameter: str
    change: str
    headline: Headline
    before: Level
    after: Level | None
    not_told: str = ""

    @property
    def difference(self) -> float | None:
        """How many index points the headline moves."""
        if self.after is None or self.after.index is None or self.before.index is None:
            return None
        return self.after.index - self.before.index


@dataclass(frozen=True)
class _Base:
    """A run, and what its account is computed from again. `remeasured` is None where the contacts are not at hand."""

    run: Run
    study: Study
    measured: Measured
    remeasured: Callable[[Study], Measured] | None

    def headline(self, parameter: str) -> Headline:
        """Return what a parameter is held against: unpaid work moves no account but the extended one."""
        account = EXTENDED if parameter.startswith("unpaid.") and self.study.unpaid is not None else None
        return Headline.of(self.run.tables["productivity"], self.study.scheme, account)

    def lacks(self, parameter: str) -> str:
        """Return what is not at hand to vary a parameter; nothing where all is."""
        if parameter in FROM_CONTACTS and self.remeasured is None:
            return "it needs the contacts; say with --inputs where they are"
        if parameter == "equity.outcome" and self.measured.contacts is None:
            return "there is no other outcome without contacts"
        return ""

    def level(self, headline: Headline) -> Level:
        """Return what the run itself has."""
        return headline.level(self.run.tables["productivity"])

    @cached_property
    def _own(self) -> pa.Table | None:
        """The account computed from the cells with nothing changed."""
        return _computed(self, lambda: (self.study, self.measured))[0]

    def comes_out(self, headline: Headline) -> bool:
        """Return whether the run's headline is what its cells give: else what a change does could not be told from what is wrong."""
        own, recorded = None if self._own is None else headline.level(self._own).index, self.level(headline).index
        return own == recorded or (own is not None and recorded is not None and math.isclose(own, recorded, rel_tol=_SAME))


def sensitivities(run: Run, inputs: Path | None = None, progress: Progress | None = None) -> tuple[Sensitivity, ...]:
    """Return, for each parameter of a run in order, what each stated change of it does to the headline, or why it is not told.

    `inputs` is the folder of the run's inputs, for parameters that need its contacts.

    Raises:
        OutputError: the run does not hold its cells, or the files in `inputs` are not those that it was computed from.

    """
    progress = progress or Progress()
    study = recorded_study(run.manifest["study"], run.manifest["assumptions"], *([inputs] if inputs is not None else []))
    measured = measured_from(run.tables, study)
    names = [str(entry["name"]) for entry in run.manifest["assumptions"]]
    with ExitStack() as stack:
        remeasured = None
        if inputs is not None and not FROM_CONTACTS.isdisjoint(names):
            progress.say("read")
            remeasured = stack.enter_context(remeasuring(study, _sources(run, study, inputs)))
        base = _Base(run, study, measured, remeasured)
        found: list[Sensitivity] = []
        for name in names:
            progress.say(name)
            found += _of_parameter(base, name)
        return tuple(found)


def _sources(run: Run, study: Study, folder: Path) -> Mapping[str, Sequence[SourceFile]]:
    """Return the files of a run's tables, refusing any that are not those that it was computed from."""
    found = find_inputs(run, study, folder)
    other = [file.path for file in found.files if file.state not in {"same", "new"}] + list(run.manifest.get("frames", ()))
    if other:
        message = (
            f"'{folder}' does not hold the inputs that the run was computed from ({listed(other)}), so what needs the contacts cannot be "
            "varied. Name the folder that holds them, or leave --inputs out."
        )
        raise OutputError(message)
    return found.sources


def _of_parameter(base: _Base, name: str) -> Iterator[Sensitivity]:
    """Yield what each stated change of a parameter does; or, once, why there is none."""
    headline = base.headline(name)
    before = base.level(headline)
    if not base.comes_out(headline):
        yield Sensitivity(name, "", headline, before, None, _NOT_ITS_OWN)
        return
    changes = list(_changes(base, name))
    for change, measured in changes:
        after, refused = _outcome(base, headline, measured)
        yield Sensitivity(name, change, headline, before, after, refused)
    if not changes:
        yield Sensitivity(name, "", headline, before, None, _why_not(base, name))


def _changes(base: _Base, name: str) -> Iterator[tuple[str, Callable[[], tuple[Study, Measured]]]]:
    """Yield each stated change that can be made, with what gives the study and the cells so changed."""
    for column in COLUMN_CHANGES.get(name, ()):
        yield column.change, partial(_with_column, base, column)
    for value in other_values(base.study, name) if not base.lacks(name) else ():
        yield f"to {value_text(value)}", partial(_with_value, base, name, value)


def _with_column(base: _Base, column: ColumnChange) -> tuple[Study, Measured]:
    return base.study, column.made(base.measured, base.study.scheme)


def _with_value(base: _Base, name: str, value: Any) -> tuple[Study, Measured]:  # noqa: ANN401 - whatever the key may be
    study = study_with(base.study, name, value)
    return study, base.remeasured(study) if name in FROM_CONTACTS and base.remeasured is not None else base.measured


def _outcome(base: _Base, headline: Headline, changed: Callable[[], tuple[Study, Measured]]) -> tuple[Level | None, str]:
    """Return the headline of a changed account, or why it is refused."""
    table, refused = _computed(base, changed)
    if table is None:
        return None, refused
    level = headline.level(table)
    return (level, "") if level.index is not None else (None, "the changed account has no figure there")


def _computed(base: _Base, changed: Callable[[], tuple[Study, Measured]]) -> tuple[pa.Table | None, str]:
    """Return the table productivity of a changed account, or why it is refused."""
    try:
        study, measured = changed()
        figures = figures_of(study, measured)
        errors = {finding.code for finding in figure_findings(study, measured, figures, None) if finding.is_error}
    except StudyError as error:
        return None, f"refused: {error}"
    except NotPositiveError as error:
        errors = {not_positive(base.study, error).code}
    if errors:
        return None, f"refused: {', '.join(sorted(errors))}"
    return productivity_table(figures.account, base.study.scheme, figures.extended), ""


def _why_not(base: _Base, name: str) -> str:
    """Return why nothing was changed."""
    none_stated = "there is none to leave out" if name in VARIED else "its rows are data, and no one amount fits them all"
    return NOT_VARIED.get(name) or base.lacks(name) or none_stated
