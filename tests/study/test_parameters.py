"""The list of parameters of a study: their names, where each comes from, and what documents it."""

from __future__ import annotations

from pathlib import Path

from study.small import HEAD, study

from relprod.run.findings import undocumented
from relprod.study import parse_study
from relprod.study.parameters import parameter_names, parameters


def test_every_parameter_by_name():
    assert parameter_names() == (
        "study.reference",
        "output.index",
        "output.link",
        "output.min_match",
        "output.min_match_error",
        "failure_demand.method",
        "failure_demand.removal",
        "failure_demand.window_days",
        "failure_demand.inclusive_end",
        "failure_demand.kinds",
        "failure_demand.match_on",
        "failure_demand.planned_activities",
        "failure_demand.placeholder_ids",
        "failure_demand.max_person_share",
        "failure_demand.audit.sensitivity",
        "failure_demand.audit.specificity",
        "contact_quality.attribution",
        "equity.aversion",
        "equity.outcome",
        "unpaid.output_side",
        "controls.tolerance",
    )


def described(more: str = "") -> dict[str, tuple[str, str, bool]]:
    return {each.name: (each.value, each.origin, each.documented) for each in parameters(study(more))}


def test_a_default_carries_its_source_and_what_the_study_sets_does_not():
    assert described('[output]\nindex = "fisher"\n') == {
        "study.reference": ("2023-24", "study", False),
        "output.index": ("fisher", "study", False),
        "output.link": ("annual-overlap", "default", True),
        "output.min_match": ("0.9", "default", True),
        "output.min_match_error": ("0.5", "default", True),
        "controls.tolerance": ("0.01", "default", True),
    }


def test_an_assumption_documents_a_parameter():
    more = '[assumptions."study.reference"]\nsource = "S"\nreason = "R"\nowner = "O"\nsigned_off = 2025-04-30\nquality = "amber"\n'
    (reference,) = (each for each in parameters(study(more)) if each.name == "study.reference")
    assert reference.documented
    assert (reference.source, reference.reason, reference.owner, reference.signed_off, reference.quality) == (
        "S",
        "R",
        "O",
        "2025-04-30",
        "amber",
    )


def test_a_column_of_a_table_can_be_documented_too():
    (column,) = (each for each in parameters(study('[assumptions."quality.attribution"]\nreason = "Judgement"\n')) if each.origin == "data")
    assert (column.name, column.term, column.value) == ("quality.attribution", "Attribution", "in the table")
    assert column.meaning == "Share of the change in the indicator that is the doing of the service, from 0 to 1."
    assert not column.documented
    assert [each.column for each in undocumented(study('[assumptions."quality.attribution"]\nreason = "Judgement"\n'))] == [
        "study.reference",
        "quality.attribution",
    ]


def test_columns_of_judgements_are_parameters_whether_the_study_speaks_of_them_or_not():
    tables = HEAD + 'quality = "q.csv"\ndeflators = "d.csv"\nunpaid = "u.csv"\nunit_costs = "c.csv"\n'
    assert [each.name for each in parameters(parse_study(tables, folder=Path())) if each.origin == "data"] == [
        "deflators.index",
        "quality.attribution",
        "quality.weight",
        "unit_costs.unit_cost",
    ]
    with_unpaid = parse_study(tables + '[unpaid]\noutput_side = "hours"\n', folder=Path())
    assert {each.name for each in parameters(with_unpaid)} >= {"unpaid.hours", "unpaid.rate", "unpaid.sustainable_share"}
    from_python = study('[unpaid]\noutput_side = "hours"\n')
    assert [each.name for each in parameters(from_python, {"unpaid"}) if each.origin == "data"] == [
        "unpaid.hours",
        "unpaid.rate",
        "unpaid.sustainable_share",
    ]
    assert {each.column for each in undocumented(with_unpaid)} == {"study.reference", "unpaid.output_side"}
