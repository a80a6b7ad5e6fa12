"""What is refused because it would mislead, in words that name both sides of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest

import relprod
from relprod.errors import FindingsError, StudyError

from .making import END, PERIODS, START, codes, computed, contacts, frames, study

REPEAT = {"failure_demand": {"method": "repeat", "removal": 0.5}}
AUDIT = {"failure_demand.audit": {"sensitivity": 0.8, "specificity": 0.9, "sample_size": 200}}
SERVICE = ("Housing",)


@pytest.fixture(scope="module")
def rows():
    return contacts(11, 60, SERVICE)


@pytest.fixture(scope="module")
def tables(rows):
    made = frames(rows, services=SERVICE)
    return {name: made[name] for name in ("contacts", "unit_costs", "inputs")}


def refused(sections, tables, **head):
    """Return the exception and the one error in it."""
    with pytest.raises(FindingsError) as caught:
        computed(sections, tables, **head)
    (error,) = [finding for finding in caught.value.findings if finding.is_error]
    return error


def not_a_study(sections):
    with pytest.raises(StudyError) as caught:
        study(sections)
    return str(caught.value)


# The study file


def test_unpaid_hours_as_output_beside_a_quality_that_credits_the_service_with_them():
    counted_twice = {"unpaid": {"output_side": "hours"}, "contact_quality": {"attribution": 1.0}}
    message = not_a_study(counted_twice)
    assert "[unpaid] output_side = 'hours'" in message
    assert "[contact_quality] attribution = 1" in message


@pytest.mark.parametrize(("output_side", "attribution"), [("hours", 0.99), ("in-outcome", 1.0)])
def test_either_alone_is_allowed(output_side, attribution):
    allowed = study({"unpaid": {"output_side": output_side}, "contact_quality": {"attribution": attribution}})
    assert allowed.unpaid.output_side == output_side


def test_an_audit_sample_belongs_to_codes():
    message = not_a_study({"failure_demand": {"method": "repeat"}, **AUDIT})
    assert "audit" in message
    assert "'coded'" in message
    assert "'repeat'" in message


@pytest.mark.parametrize("method", ["given", "coded"])
@pytest.mark.parametrize(
    "key",
    [
        {"window_days": 14},
        {"inclusive_end": False},
        {"kinds": ["return"]},
        {"match_on": []},
        {"planned_activities": ["visit"]},
        {"placeholder_ids": ["UNKNOWN"]},
        {"max_person_share": 0.5},
        {"risk_days": [7]},
    ],
    ids=lambda key: next(iter(key)),
)
def test_keys_of_repeats_belong_to_repeats(method, key):
    message = not_a_study({"failure_demand": {"method": method, **key}})
    assert f"{next(iter(key))}: belongs to method = 'repeat', and the method is '{method}'" in message


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.4, 0.6), (0.5, 0.4), (0.01, 0.99)])
def test_codes_no_better_than_chance_cannot_be_corrected(sensitivity, specificity):
    audit = {"sensitivity": sensitivity, "specificity": specificity, "sample_size": 100}
    message = not_a_study({"failure_demand": {"method": "coded"}, "failure_demand.audit": audit})
    assert "sensitivity and specificity add up to 1 or less" in message


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"failure_demand": {"removal": 1.0}}, "method"),
        ({"equity": {"outcome": "resolved"}}, "aversion"),
        ({"unpaid": {}}, "output_side"),
        ({"contact_quality": {"measure": "mean-gain"}}, "attribution"),
    ],
    ids=["method", "aversion", "output_side", "attribution"],
)
def test_what_has_no_default_must_be_declared(sections, key):
    assert f"[{next(iter(sections))}] {key}: is required" in not_a_study(sections)


def test_an_extract_that_ends_before_it_starts():
    with pytest.raises(StudyError):
        study({}, extract_start=END, extract_end=START)


# The tables


@pytest.mark.parametrize("missing", [("extract_end",), ("extract_start", "extract_end")], ids=" and ".join)
def test_contacts_need_the_days_of_their_extract(tables, missing):
    error = refused(REPEAT, tables, **dict.fromkeys(missing))
    assert error.code == "RP071"
    assert " and ".join(f"'{name}'" for name in missing) in error.message


def test_cells_and_contacts_of_one_service_and_period(tables):
    cells = pd.DataFrame([{"service": "Housing", "activity": "other", "period": PERIODS[3], "volume": 5, "unit_cost": 9.5}])
    error = refused(REPEAT, {**tables, "activity": cells})
    assert error.code == "RP058"
    assert "activity cells and contacts" in error.message
    assert "Housing" in error.message


def test_cells_and_contacts_of_different_services_stand_side_by_side(tables):
    cells = pd.DataFrame(
        [
            {"service": "Care", "activity": "other", "period": period, "volume": 50 + number, "unit_cost": 9.5, "failure_volume": 10}
            for number, period in enumerate(PERIODS)
        ]
    )
    run = computed(REPEAT, {**tables, "activity": cells})
    methods = {row["service"]: row["method"] for row in run.tables["failure_demand"].to_pylist()}
    assert methods == {"All services": "", "Care": "given", "Housing": "repeat"}
    assert {
        row["share"] for row in run.tables["failure_demand"].to_pylist() if (row["service"], row["period"]) == ("Care", PERIODS[0])
    } == {0.2}


def gain(service):
    return pd.DataFrame(
        [
            {
                "service": service,
                "activity": "",
                "period": period,
                "indicator": "Outcome gain (contacts)",
                "value": 1.5,
                "direction": "higher",
            }
            for period in PERIODS
        ]
    )


def test_the_outcome_of_contacts_as_a_quality_indicator_twice(tables):
    error = refused({"contact_quality": {"attribution": 0.5}}, {**tables, "quality": gain("Housing")})
    assert error.code == "RP092"
    assert "Housing" in error.message
    assert "[contact_quality] in relprod.toml" in error.message
    assert "'Outcome gain (contacts)' in the table quality" in error.message


def test_another_indicator_beside_the_outcome_of_contacts_is_allowed(tables):
    quality = gain("Housing").assign(indicator="something else")
    run = computed({"contact_quality": {"attribution": 0.5}}, {**tables, "quality": quality})
    assert "RP092" not in run.tables["findings"]["code"].to_pylist()


HOURS = {"unpaid": {"output_side": "hours"}}
LABOUR = {"service": ["Care > Home"], "period": [PERIODS[1]], "contributor": ["family"], "hours": [50], "rate": [12.5]}


def beside_hours(tables, service="Care > Home", measures="", attribution="1"):
    """Return tables with unpaid hours of one service, and an indicator."""
    quality = gain(service).assign(indicator="Goals met", measures=measures, attribution=attribution)
    return {**tables, "unpaid": pd.DataFrame(LABOUR), "quality": quality}


@pytest.fixture(scope="module")
def of_two():
    """Return tables of two services."""
    return frames(contacts(7, 300))


@pytest.mark.parametrize("service", ["Care > Home", "Care", "All services"])
def test_an_outcome_that_credits_the_service_with_what_families_did(of_two, service):
    error = refused(HOURS, beside_hours(of_two, service, "Outcome"))
    assert (error.code, error.table, error.column, error.count, len(error.lines)) == ("RP092", "quality", "attribution", 8, 5)
    assert error.message == (
        "What families did is output twice: by [unpaid] output_side = 'hours' in relprod.toml, and by indicator 'Goals met' of "
        f"'{service}' in the table quality, an outcome with attribution 1, which credits the service with all of it. Take one of them out."
    )


def families_twice(run):
    codes = {"RP092", "RP099"}
    return [
        (row["code"], row["severity"], row["count"], row["column"]) for row in run.tables["findings"].to_pylist() if row["code"] in codes
    ]


def test_an_indicator_that_does_not_say_what_it_measures_beside_unpaid_hours(of_two):
    run = computed(HOURS, beside_hours(of_two))
    assert families_twice(run) == [("RP099", "warning", 8, "measures")]
    (message,) = (row["message"] for row in run.tables["findings"].to_pylist() if row["code"] == "RP099")
    assert "output_side = 'hours' in relprod.toml" in message
    assert "indicator 'Goals met' of 'Care > Home' in the table quality" in message
    assert run.tables["quality_readings"]["measures"].to_pylist() == [None] * 8


@pytest.mark.parametrize(
    ("sections", "given"),
    [
        (HOURS, {"measures": "process"}),
        (HOURS, {"measures": "outcome", "attribution": "0.9"}),
        (HOURS, {"attribution": "0.9"}),
        (HOURS, {"service": "Care > North", "measures": "outcome"}),
        (HOURS, {"service": "Housing"}),
        ({"unpaid": {"output_side": "in-outcome"}}, {"measures": "outcome"}),
    ],
)
def test_what_does_not_count_families_twice(of_two, sections, given):
    assert families_twice(computed(sections, beside_hours(of_two, **given))) == []


def test_a_reference_without_the_weeks_before_it(tables):
    error = refused({"failure_demand": {"method": "repeat", "removal": 0.5, "window_days": 91}}, tables)
    assert error.code == "RP091"
    for named in ("2023-24", "2023-24 Q1", "91 days", "2023-01-01"):
        assert named in error.message


def test_a_day_less_is_enough(tables):
    run = computed({"failure_demand": {"method": "repeat", "removal": 0.5, "window_days": 90}}, tables)
    found = [row for row in run.tables["findings"].to_pylist() if row["code"] in {"RP091", "RP094"}]
    assert [(row["code"], row["severity"]) for row in found] == [("RP094", "info")]
    assert "2022-23 Q4" in found[0]["message"]


@pytest.mark.parametrize("score", ["0", "-0.5"])
def test_an_outcome_that_is_not_above_zero(rows, tables, score):
    worse = [row._replace(outcome_after=Decimal(score)) if (row.group, row.period) == ("2", rows[0].period) else row for row in rows]
    if all(row.outcome_after != Decimal(score) for row in worse):
        worse[0] = worse[0]._replace(outcome_after=Decimal(score), group="4")
    error = refused({"equity": {"aversion": 1.0}}, {**tables, "contacts": frames(worse)["contacts"]})
    assert error.code == "RP090"
    assert "Housing" in error.message
    assert any(f"group '{group}'" in error.message for group in ("2", "4"))


def test_one_wrong_score_among_many_is_no_error_where_the_mean_is_above_zero(rows, tables):
    scored = [row._replace(outcome_after=Decimal(50), outcome_before=Decimal(40), group="1") for row in rows]
    scored[0] = scored[0]._replace(outcome_after=Decimal(-1))
    run = computed({"equity": {"aversion": 1.0}}, {**tables, "contacts": frames(scored)["contacts"]})
    assert set(run.tables["equity"]["factor"].to_pylist()) == {1.0}


WITHOUT_MEAN = {
    "outcomes of contacts": {"equity": {"aversion": 1.0}},
    "whether contacts are resolved": {"equity": {"aversion": 1.0, "outcome": "resolved"}, "contact_quality": {"attribution": 0.5}},
    "the table outcomes": {"equity": {"aversion": 1.0, "outcome": "table"}, "contact_quality": {"attribution": 0.5}},
}


@pytest.mark.parametrize(("what", "sections"), WITHOUT_MEAN.items(), ids=WITHOUT_MEAN)
def test_equity_of_an_outcome_whose_mean_is_nowhere_is_said_and_allowed(rows, tables, what, sections):
    resolved = frames([row._replace(resolved=True) for row in rows])["contacts"]
    outcomes = [
        {"service": "Housing", "period": period, "group": group, "people": 5, "outcome": 40 + 3 * number}
        for period in PERIODS
        for number, group in enumerate("ab")
    ]
    run = computed(sections, {**tables, "contacts": resolved, "outcomes": pd.DataFrame(outcomes)})
    (said,) = [row for row in run.tables["findings"].to_pylist() if row["code"] == "RP093"]
    assert said["severity"] == "info"
    assert what in said["message"]


def test_equity_of_an_outcome_whose_mean_is_in_quality_needs_no_words(tables):
    run = computed({"equity": {"aversion": 1.0}, "contact_quality": {"attribution": 0.5}}, tables)
    assert "RP093" not in run.tables["findings"]["code"].to_pylist()


def test_nothing_is_written_where_figures_are_refused(tables, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(FindingsError) as caught:
        relprod.compute(study({"failure_demand": {"method": "repeat", "removal": 0.5, "window_days": 91}}), out, tables)
    assert codes(caught.value) == ["RP091"]
    assert not out.exists()


# Bugs on the day these were written


def test_a_window_longer_than_the_calendar(tables):
    with pytest.raises(FindingsError) as caught:
        computed({"failure_demand": {"method": "repeat", "window_days": 36_525}}, tables)
    assert "RP091" in [finding.code for finding in caught.value.findings]
    with pytest.raises(StudyError, match="window_days: should be less than or equal to 36525"):
        computed({"failure_demand": {"method": "repeat", "window_days": 3_000_000}}, tables)


def test_an_extract_in_which_no_contact_lies(tables):
    before = {"extract_start": dt.date(2012, 1, 1), "extract_end": dt.date(2012, 12, 31)}
    with pytest.raises(FindingsError) as caught:
        computed(REPEAT, tables, **before)
    assert "RP072" in [finding.code for finding in caught.value.findings]


ABSENT = {
    "repeats without contacts": ({"failure_demand": {"method": "repeat"}}, ()),
    "codes without contacts": ({"failure_demand": {"method": "coded"}}, ()),
    "quality without contacts": ({"contact_quality": {"attribution": 0.5}}, ()),
    "equity without outcomes": ({"equity": {"aversion": 1.0}}, ()),
    "unpaid without its table": ({"unpaid": {"output_side": "in-outcome"}}, ()),
    "codes without their column": ({"failure_demand": {"method": "coded"}}, ("demand",)),
    "quality without scores at the start": ({"contact_quality": {"attribution": 0.5}}, ("outcome_before",)),
    "equity without the outcome": ({"equity": {"aversion": 1.0}}, ("outcome_after",)),
}


@pytest.mark.parametrize(("sections", "without"), ABSENT.values(), ids=ABSENT)
def test_a_step_without_its_data_is_not_silent(tables, sections, without):
    cells = pd.DataFrame([{"service": "Housing", "activity": "a", "period": p, "volume": 5, "unit_cost": 9.5} for p in PERIODS])
    given = {"inputs": tables["inputs"], "activity": cells}
    if without:
        given = {**tables, "contacts": tables["contacts"].drop(columns=list(without))}
    try:
        found = computed(sections, given).tables["findings"]
    except (FindingsError, StudyError):
        return
    of_other_things = {"RP065", "RP070", "RP076", "RP077", "RP093", "RP094"}
    assert set(found["code"].to_pylist()) - of_other_things != set()


NOWHERE = {
    "planned_activities": {"failure_demand": REPEAT["failure_demand"] | {"planned_activities": ["nonesuch"]}},
    "match_on": {"failure_demand": REPEAT["failure_demand"] | {"match_on": ["area"]}},
    "paid_minutes_input": {**REPEAT, "continuity": {"paid_minutes_input": "nonesuch"}},
}


@pytest.mark.parametrize("sections", NOWHERE.values(), ids=NOWHERE)
def test_a_name_that_no_row_has_is_not_silent(tables, sections):
    given = {**tables, "contacts": tables["contacts"].drop(columns="area")}
    found = computed(sections, given).tables["findings"]
    assert set(found["code"].to_pylist()) - {"RP065", "RP070", "RP076", "RP077", "RP094"} != set()


def test_days_of_risk_are_not_below_zero():
    assert "risk_days" in not_a_study({"failure_demand": {"method": "repeat", "risk_days": [-1]}})


def test_a_period_that_the_extract_covers_in_part_is_said(tables):
    found = computed(REPEAT, tables, extract_end=dt.date(2024, 11, 15)).tables["findings"].to_pylist()
    said = [row["message"] for row in found if row["code"] not in {"RP065", "RP070", "RP072", "RP076", "RP077", "RP094"}]
    assert any(PERIODS[-1] in message for message in said)
