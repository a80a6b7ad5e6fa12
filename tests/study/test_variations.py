"""Every parameter has a name in the field, a place where it enters, and either a stated change or a reason for none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from relprod.errors import StudyError
from relprod.resources import schemas_folder
from relprod.study.glossary import TERMS, term_of
from relprod.study.load import parse_study
from relprod.study.parameters import parameter_names
from relprod.study.variations import FROM_CONTACTS, NOT_VARIED, VARIED, other_values, study_with

METHOD = Path(__file__).parents[2] / "docs" / "method"
STUDY = """\
[study]
title = "T"
frequency = "quarter"
calendar = "financial-uk"
reference = "2023-24"
extract_start = 2023-01-01
extract_end = 2025-03-31

[tables]
contacts = "contacts.csv"
"""


def test_every_parameter_has_a_term():
    assert set(parameter_names()) <= TERMS.keys()
    columns = TERMS.keys() - set(parameter_names())
    for name in columns:
        table, column = name.split(".")
        fields = json.loads((schemas_folder() / f"{table}.json").read_text(encoding="utf-8"))["fields"]
        assert column in {field["name"] for field in fields}


def test_where_each_enters_is_a_page_of_the_method():
    headings = {path.read_text(encoding="utf-8").split("\n# ", 1)[-1].splitlines()[0].removeprefix("# ") for path in METHOD.glob("0*.md")}
    assert "Value demand" in headings
    for term in TERMS.values():
        (page,) = re.findall(r" \(method: ([^()]+)\)$", term.enters)
        assert page in headings


def test_any_other_column_is_called_what_it_is():
    assert term_of("activity.volume").term == "Column volume of table activity"


def test_every_key_has_a_stated_change_or_a_reason_for_none():
    assert set(parameter_names()) == VARIED | (NOT_VARIED.keys() & set(parameter_names()))
    assert not VARIED & NOT_VARIED.keys()
    assert FROM_CONTACTS <= VARIED


SECTIONS = {
    "output": "[output]\n{}\n",
    "failure_demand": '[failure_demand]\nmethod = "repeat"\n{}\n',
    "audit": '[failure_demand]\nmethod = "coded"\n[failure_demand.audit]\nsample_size = 100\n{}\n',
    "contact_quality": "[contact_quality]\n{}\n",
    "equity": "[equity]\n{}\n",
    "unpaid": "[unpaid]\n{}\n",
}


@pytest.mark.parametrize(
    ("section", "keys", "name", "values"),
    [
        ("output", 'index = "fisher"', "output.index", ("laspeyres", "paasche", "tornqvist", "walsh")),
        ("output", 'link = "fixed"', "output.link", ("previous-period", "annual-overlap", "one-quarter-overlap", "over-the-year")),
        ("output", "", "output.min_match", ()),
        ("failure_demand", "", "failure_demand.method", ()),
        ("failure_demand", "", "failure_demand.removal", (0.9,)),
        ("failure_demand", "removal = 0.3", "failure_demand.removal", (0.2, 0.4)),
        ("failure_demand", "removal = 0.05", "failure_demand.removal", (0.0, 0.15)),
        ("failure_demand", "", "failure_demand.window_days", (21, 35)),
        ("failure_demand", "window_days = 5", "failure_demand.window_days", (0, 12)),
        ("failure_demand", "", "failure_demand.inclusive_end", (False,)),
        ("failure_demand", "", "failure_demand.kinds", (("return",), ("chase",))),
        ("failure_demand", 'kinds = ["chase", "return"]', "failure_demand.kinds", (("return",), ("chase",))),
        ("failure_demand", 'kinds = ["chase"]', "failure_demand.kinds", (("return",), ("return", "chase"))),
        ("failure_demand", "", "failure_demand.match_on", ((),)),
        ("failure_demand", "match_on = []", "failure_demand.match_on", (("service",),)),
        ("failure_demand", "", "failure_demand.planned_activities", ()),
        ("failure_demand", 'planned_activities = ["Visit"]', "failure_demand.planned_activities", ((),)),
        ("failure_demand", 'placeholder_ids = ["X", "Y"]', "failure_demand.placeholder_ids", ((),)),
        ("failure_demand", "max_person_share = 0.8", "failure_demand.max_person_share", (0.4, 1.0)),
        ("audit", "sensitivity = 0.9\nspecificity = 0.99", "failure_demand.audit.sensitivity", (0.88, 0.92)),
        ("audit", "sensitivity = 0.9\nspecificity = 0.99", "failure_demand.audit.specificity", (0.97, 1.0)),
        ("contact_quality", "attribution = 1.0", "contact_quality.attribution", (0.9,)),
        ("equity", "aversion = 1.5", "equity.aversion", (0.75, 3.0)),
        ("equity", "aversion = 0.0", "equity.aversion", (0.5,)),
        ("equity", "aversion = 80.0", "equity.aversion", (40.0, 100.0)),
        ("equity", "aversion = 1.0", "equity.outcome", ("resolved",)),
        ("equity", 'aversion = 1.0\noutcome = "table"', "equity.outcome", ("outcome_after", "resolved")),
        ("unpaid", 'output_side = "hours"', "unpaid.output_side", ("in-outcome",)),
    ],
)
def test_the_values_it_is_changed_to(section: str, keys: str, name: str, values: tuple[object, ...]):
    study = parse_study(STUDY + SECTIONS[section].format(keys), folder=Path())
    assert other_values(study, name) == values
    for value in values:
        changed = study_with(study, name, value)
        now = changed
        for key in name.split("."):
            now = getattr(now, key)
        assert now == value
        assert type(now) is type(value)
        assert study_with(changed, name, _value(study, name)).resolved() == study.resolved()


def _value(study: object, name: str) -> object:
    for key in name.split("."):
        study = getattr(study, key)
    return study


def test_a_changed_study_lies_where_the_study_does():
    study = parse_study(STUDY + '[failure_demand]\nmethod = "repeat"\n', folder=Path("somewhere"))
    changed = study_with(study, "failure_demand.window_days", 35)
    assert (changed.folder, changed.file) == (study.folder, study.file)


def test_a_study_that_may_not_be_says_why():
    study = parse_study(
        STUDY + '[failure_demand]\nmethod = "coded"\n[failure_demand.audit]\nsensitivity = 0.5\nspecificity = 0.51\nsample_size = 9\n',
        folder=Path(),
    )
    with pytest.raises(StudyError, match=r"^sensitivity and specificity add up to 1 or less"):
        study_with(study, "failure_demand.audit.sensitivity", 0.48)
