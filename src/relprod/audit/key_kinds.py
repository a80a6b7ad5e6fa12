"""What each key of a study moves: nothing, what stands beside the account, the account, or the cells that it is made from.

A change of a key that moves no cell can be told from the cells in a run; for one that does, the rows are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["words", "places", "beside", "account", "contacts", "rows"]
KINDS: tuple[Kind, ...] = ("words", "places", "beside", "account", "contacts", "rows")
"""From the least to the most: words; where files are; limits of findings, and tables beside the account; the account, from its cells; how
contacts become cells; how any row becomes a cell."""
KIND_OF: Mapping[str, Kind] = {
    "study.title": "words",
    "study.frequency": "rows",
    "study.calendar": "rows",
    "study.reference": "account",
    "study.currency": "words",
    "study.extract_start": "contacts",
    "study.extract_end": "contacts",
    "tables.*.path": "places",
    "tables.*.columns": "rows",
    "tables.*.date_format": "rows",
    "tables.*.encoding": "rows",
    "output.index": "account",
    "output.link": "account",
    "output.min_match": "beside",
    "output.min_match_error": "beside",
    "output.disclosure": "beside",
    "failure_demand.method": "contacts",
    "failure_demand.removal": "account",
    "failure_demand.window_days": "contacts",
    "failure_demand.inclusive_end": "contacts",
    "failure_demand.kinds": "contacts",
    "failure_demand.match_on": "contacts",
    "failure_demand.planned_activities": "contacts",
    "failure_demand.placeholder_ids": "contacts",
    "failure_demand.max_person_share": "contacts",
    "failure_demand.risk_days": "beside",
    "failure_demand.audit.sensitivity": "account",
    "failure_demand.audit.specificity": "account",
    "failure_demand.audit.sample_size": "beside",
    "contact_quality.measure": "account",
    "contact_quality.attribution": "account",
    "equity.aversion": "account",
    "equity.outcome": "account",
    "unpaid.output_side": "account",
    "continuity.paid_minutes_input": "beside",
    "controls.tolerance": "beside",
    "exclusions.*.table": "rows",
    "exclusions.*.where": "rows",
    "exclusions.*.reason": "words",
    "exclusions.*.owner": "words",
    "assumptions.*.source": "words",
    "assumptions.*.reason": "words",
    "assumptions.*.owner": "words",
    "assumptions.*.signed_off": "words",
    "assumptions.*.quality": "words",
}
"""Every key of the study file; ``*`` stands for a name of the writer's own."""
_NAMED = ("tables", "exclusions", "assumptions")
"""Sections whose keys are names of the writer's own, or the numbers of entries."""


def kind_of(path: tuple[str, ...]) -> Kind:
    """Return what a key moves at most; of a section, what any of its keys does. A key that is not known may move anything.

    A table that one study has and the other has not is a matter of where files are: what is in them is data.
    """
    if path[0] == "tables" and not path[2:]:
        return "places"
    name = ".".join((path[0], "*", *path[2:3]) if path[0] in _NAMED else path)
    inside = [kind for key, kind in KIND_OF.items() if key == name or key.startswith(f"{name}.")]
    return max(inside, key=KINDS.index, default="rows")
