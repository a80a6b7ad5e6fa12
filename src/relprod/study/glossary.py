"""What each parameter is called in the field, and where in the account it enters.

The key is the parameter's name: a key of the study file, or a column of a table of which every row is somebody's judgement or
estimate, and not a count. A page of the method is named by its heading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Term:
    """The name that people in the field know a parameter by, and the step or table of the account that it enters."""

    term: str
    enters: str


_EVERY_INDEX = "Every index of output and input, in every account"
_REPEATS = "Value demand: which contacts are failure demand"
_WHOSE = "Value demand: whose contacts can be failure demand"
_CODED = "Value demand: the share of failure demand that staff coded"
_CONTACTS = "(method: Contacts, people and unpaid work)"

TERMS: Mapping[str, Term] = {
    "study.reference": Term("Reference period", "The scale of every index: it is 100 there (method: Index numbers)"),
    "output.index": Term("Index formula", f"{_EVERY_INDEX} (method: Index numbers)"),
    "output.link": Term("Linking method", f"{_EVERY_INDEX} (method: Links)"),
    "output.min_match": Term("Matched share below which a link is warned of", "A check on every link; no figure (method: Links)"),
    "output.min_match_error": Term("Matched share below which a link is refused", "A check on every link; no figure (method: Links)"),
    "failure_demand.method": Term(
        "Measure of failure demand", "Value demand: the share of each activity that is taken out (method: Value demand)"
    ),
    "failure_demand.removal": Term("Removal factor (lambda)", "Value demand: volumes and weights of output (method: Value demand)"),
    "failure_demand.window_days": Term("Return window", f"{_REPEATS}, as returns {_CONTACTS}"),
    "failure_demand.inclusive_end": Term("Last day of the return window", f"{_REPEATS}, as returns {_CONTACTS}"),
    "failure_demand.kinds": Term("Kinds of repeat contact", f"{_REPEATS} {_CONTACTS}"),
    "failure_demand.match_on": Term("Matching rule of repeat contacts", f"{_REPEATS} {_CONTACTS}"),
    "failure_demand.planned_activities": Term("Planned contacts", f"{_REPEATS}, and which they may repeat {_CONTACTS}"),
    "failure_demand.placeholder_ids": Term("Placeholder person identifiers", f"{_WHOSE} {_CONTACTS}"),
    "failure_demand.max_person_share": Term("Limit above which a person identifier is a placeholder", f"{_WHOSE} {_CONTACTS}"),
    "failure_demand.audit.sensitivity": Term("Sensitivity of the coding (Rogan-Gladen)", f"{_CODED} {_CONTACTS}"),
    "failure_demand.audit.specificity": Term("Specificity of the coding (Rogan-Gladen)", f"{_CODED} {_CONTACTS}"),
    "contact_quality.attribution": Term("Attribution", "Quality: the part of the gain in outcomes that counts (method: Quality)"),
    "equity.aversion": Term("Aversion to inequality (epsilon, Atkinson)", f"Equity: the factor on output {_CONTACTS}"),
    "equity.outcome": Term("Outcome weighed by group", f"Equity: the factor on output {_CONTACTS}"),
    "unpaid.output_side": Term("Output side of unpaid work", f"Extended account: output {_CONTACTS}"),
    "controls.tolerance": Term("Tolerance of control totals", "A check on the tables; no figure (method: Exactness)"),
    "quality.attribution": Term("Attribution", "Quality: the part of each indicator's change that counts (method: Quality)"),
    "quality.weight": Term("Weights of quality indicators", "Quality: the average over a service's indicators (method: Quality)"),
    "unit_costs.unit_cost": Term("Unit costs", "Output: the weights of activities, in every account (method: Index numbers)"),
    "deflators.index": Term("Deflators", "Input: the volume of what is given as expenditure (method: Inputs)"),
    "unpaid.hours": Term("Unpaid hours", f"Extended account: the volume and weight of unpaid work {_CONTACTS}"),
    "unpaid.rate": Term("Replacement rate of an unpaid hour", f"Extended account: the weight of unpaid work {_CONTACTS}"),
    "unpaid.sustainable_share": Term("Sustainable share of unpaid hours (sigma)", f"Extended account: output {_CONTACTS}"),
}


def term_of(name: str) -> Term:
    """Return what a parameter is called and where it enters; a column that is no parameter of ours is itself, and enters as data."""
    table, _, column = name.partition(".")
    return TERMS.get(name) or Term(f"Column {column} of table {table}", f"The figures that are computed from table {table}")
