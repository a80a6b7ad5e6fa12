"""Cells, rows and tables beside one another: what is accepted and said, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

HEAD = "service,activity,period,volume,unit_cost\n"
GOOD = HEAD + "".join(f"Home care,Visit,2016-17 Q{quarter},100,20\n" for quarter in (1, 2, 3, 4))
INPUTS = "service,period,input,expenditure,volume,deflator\n"


def codes(loaded):
    return [finding.code for finding in loaded.findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000),
        ('"£1,234.50"', "1234.5"),
        ('"1,234"', 1234),
        (" 12 ", 12),
        ('"(0.00)"', 0),
        (".5", "0.5"),
        ("1.00000000005", "1.0000000001"),
    ],
)
def test_numbers_that_are_read(bench, text, value):
    loaded = bench.activity(HEAD + f"A,B,2016-17 Q1,{text},1\n")
    assert loaded.tables["activity"]["volume"].to_pylist() == [Decimal(value)]


@pytest.mark.parametrize("text", ["abc", "NA", "12%", '"1.234,50"', "1_000", "--", "inf", "nan", '"0,123"', "1 2", "0x10", "\uff11"])
def test_numbers_that_are_refused(bench, text):
    assert bench.errors(bench.activity(HEAD + f"A,B,2016-17 Q1,{text},1\n")) == [("RP021", "activity.csv", 2, "volume", 1)]


def test_services_are_normalised(bench):
    loaded = bench.activity(GOOD + "all services >  Day   care>North ,Day,2016-17 Q1,1,1\nALL SERVICES,Day,2016-17 Q1,1,1\n")
    assert loaded.tables["activity"]["service"].to_pylist()[4:] == ["Day care > North", "All services"]


def test_periods_take_the_one_spelling(bench):
    loaded = bench.activity(GOOD.replace("2016-17 Q1", "2016/17q1"))
    assert loaded.tables["activity"]["period"].to_pylist()[0] == "2016-17 Q1"


def test_a_period_or_a_year(bench):
    bench.write("activity.csv", GOOD)
    bench.write("inputs.csv", INPUTS + "Home care,2016-17 Q1,goods,5,,cpi\n")
    bench.write("deflators.csv", "deflator,period,index\ncpi,2016-17,100\n")
    loaded = bench.load(activity="activity.csv", inputs="inputs.csv", deflators="deflators.csv")
    table = loaded.tables["deflators"]
    assert (table["period"].to_pylist(), table["_period"].to_pylist(), table["_period_last"].to_pylist()) == (["2016-17"], [8064], [8067])
    assert loaded.findings == ()


def test_absent_columns_are_null_and_defaults_are_filled_in(bench):
    bench.write("activity.csv", GOOD)
    bench.write(
        "quality.csv", "service,period,indicator,value,direction\n" + "".join(f"Home care,2016-17 Q{q},I,1,Higher\n" for q in (1, 2, 3, 4))
    )
    table = bench.load(activity="activity.csv", quality="quality.csv").tables["quality"]
    assert table["weight"].to_pylist() == [1.0] * 4
    assert table["activity"].to_pylist() == [None] * 4
    assert table["direction"].to_pylist() == ["higher"] * 4


@pytest.mark.parametrize("columns", ["volume", "deflator", None])
def test_inputs_without_volume_and_deflator(bench, columns):
    bench.write("activity.csv", GOOD)
    extra, cell = (f",{columns}", ",") if columns else ("", "")
    bench.write("inputs.csv", f"service,period,input,expenditure{extra}\nHome care,2016-17 Q1,labour,5{cell}\n")
    assert bench.errors(bench.load(activity="activity.csv", inputs="inputs.csv")) == [("RP036", "inputs.csv", 2, "volume", 1)]


def test_contacts_are_never_quoted(bench):
    name = "Zebedee"
    head = "contact_id,person_id,service,activity,opened,closed,demand,resolved,minutes,outcome_after\n"
    rows = f"{name},{name},{name} > ,{name},{name},{name},{name},{name},{name},{name}\n" * 2
    bench.write("contacts.csv", head + rows + "1.23E+09,,#N/A,B,2016-05-02,2016-05-01,,,-5,\n")
    bench.write("nameless.csv", rows)
    for file in ("contacts.csv", "nameless.csv"):
        loaded = bench.load(contacts=file)
        assert loaded.findings
        assert not [finding.message for finding in loaded.findings if name in finding.message]


def test_dates(bench):
    bench.write("activity.csv", GOOD)
    bench.write("unit_costs.csv", "service,activity,period,unit_cost\nDay care,Day,2016-17,5\n")
    head = "contact_id,person_id,service,activity,opened,closed,resolved\n"
    bench.write(
        "contacts.csv", head + "1,2,Day care,Day,2016-05-01T10:00:00.1234567+01:00,2016-05-02,Y\n0002,,Day care,Day,2016-05-01 10:00Z,,no\n"
    )
    bench.load(activity="activity.csv", unit_costs="unit_costs.csv", contacts="contacts.csv")
    table = bench.contacts
    assert table["opened"].to_pylist() == [dt.datetime(2016, 5, 1, 10, 0, 0, 123456), dt.datetime(2016, 5, 1, 10)]  # noqa: DTZ001 - wall time
    assert table["resolved"].to_pylist() == [True, False]
    assert table["contact_id"].to_pylist() == ["1", "0002"]
    bench.write("contacts.csv", head + "1,2,Day care,Day,01/02/2016,,\n1,2,Day care,Day,2016-02-01,,\n")
    loaded = bench.load(activity="activity.csv", contacts={"path": "contacts.csv", "date_format": "%d/%m/%Y"})
    assert bench.errors(loaded) == [("RP026", "contacts.csv", 3, "opened", 1)]
    assert "31/12/2024" in bench.only(loaded, "RP026").message


def test_all_errors_come_at_once(bench):
    bench.write("activity.csv", GOOD + "A,B,2016-17,-1,\nA,B,2016-17 Q1,x,1\n")
    bench.write("deflators.csv", "deflator,period,index\ncpi,2016-17,0\ncpi,2016-17,0\n")
    loaded = bench.load(activity="activity.csv", deflators="deflators.csv", inputs="nowhere.csv")
    assert codes(loaded) == ["RP001", "RP021", "RP032", "RP033", "RP034"]
    assert not loaded.tables


def test_findings_count_and_keep_the_first_five_lines(bench):
    found = bench.only(bench.activity(HEAD + "A,B,2016-17 Q1,x,1\n" * 9), "RP021")
    assert (found.line, found.lines, found.count) == (2, (2, 3, 4, 5, 6), 9)
    assert "9 cells, such as 'x'" in found.message


def test_duplicate_keys_across_files(bench):
    bench.write("a_1.csv", GOOD)
    bench.write("a_2.csv", HEAD + "\nHome care,Visit,2016-17 Q3,1,1\n")
    loaded = bench.load(activity="a_*.csv")
    assert bench.errors(loaded) == [("RP040", "a_2.csv", 3, None, 1)]
    assert "line 4 of 'a_1.csv'" in bench.only(loaded, "RP040").message


def test_zero_volume_needs_no_cost(bench):
    assert bench.activity(GOOD + "Home care,Visit again,2016-17 Q1,0,\n").findings == ()


def test_unit_costs_of_a_year(bench):
    bench.write("activity.csv", GOOD.replace(",100,20", ",100,"))
    bench.write("unit_costs.csv", "service,activity,period,unit_cost\nHome care,Visit,2016-17,20\n")
    assert bench.load(activity="activity.csv", unit_costs="unit_costs.csv").findings == ()


def test_a_gap_of_a_service_is_not_said_again_for_its_activities(bench):
    rows = "".join(f"Day care,{name},2016-17 Q{q},1,1\n" for q in (1, 4) for name in ("Day", "Bus"))
    found = bench.only(bench.activity(GOOD + rows), "RP044")
    assert (found.count, found.line) == (1, 6)
    assert "service 'Day care' between 2016-17 Q1 and 2016-17 Q4" in found.message


@pytest.mark.parametrize("make", [lambda frame: frame, lambda frame: pa.Table.from_pandas(frame, preserve_index=False)])
def test_frames(bench, make):
    frame = pd.DataFrame({"service": pd.Categorical(["A", "A"]), "activity": ["B", "B"], "period": ["2016-17 Q1", "2016-17 Q2"]})
    frame = frame.assign(volume=[0.1, float("nan")], unit_cost=[2, 3], note=None)
    loaded = bench.load({"activity": make(frame)}, activity="nowhere.csv")
    assert bench.errors(loaded) == [("RP020", "<activity frame>", 2, "volume", 1)]
    good = bench.load({"activity": make(frame.fillna({"volume": 1e-7}))}, activity="nowhere.csv")
    assert good.tables["activity"]["volume"].to_pylist() == [Decimal("0.1"), Decimal("0.0000001")]
    assert good.files == ()


def test_frames_of_objects_and_years(bench):
    bench.frequency, bench.calendar, bench.reference = "year", "calendar", "2016"
    frame = pd.DataFrame({"service": ["A", 7], "activity": ["B", "B"], "period": [2016.0, 2016.0], "volume": ["1", 2], "unit_cost": [1, 1]})
    table = bench.load({"activity": frame}, activity="nowhere.csv").tables["activity"]
    assert (table["service"].to_pylist(), table["period"].to_pylist()) == (["A", "7"], ["2016", "2016"])


def test_a_frame_for_no_table(bench):
    with pytest.raises(ValueError, match="did you mean 'activity'"):
        bench.load({"activities": pd.DataFrame()}, activity="nowhere.csv")


def test_a_name_given_to_one_column_is_no_longer_anothers(bench):
    loaded = bench.activity("service,activity,period,number,cost\nA,B,2016-17 Q1,1,5\n", columns={"volume": "number", "unit_cost": "cost"})
    row = loaded.tables["activity"].to_pylist()[0]
    assert (row["volume"], row["unit_cost"], row["cost"]) == (1, 5, None)


def test_a_date_format_that_means_nothing(bench):
    bench.write("contacts.csv", "contact_id,person_id,service,activity,opened\n1,2,A,B,2016-05-01\n")
    assert [each[0] for each in bench.errors(bench.load(contacts={"path": "contacts.csv", "date_format": "%Q"}))] == ["RP002"]


def test_frames_with_zones_and_nested_values(bench):
    opened = pd.to_datetime(["2016-05-01 23:30"]).tz_localize("Europe/London")
    frame = pd.DataFrame(
        {"contact_id": [1], "person_id": [float(2)], "service": ["A"], "activity": ["B"], "opened": opened, "more": [[1, 2]]}
    )
    bench.write("unit_costs.csv", "service,activity,period,unit_cost\nA,B,2016-17,5\n")
    bench.load({"contacts": frame}, unit_costs="unit_costs.csv")
    row = bench.contacts.to_pylist()[0]
    assert (row["contact_id"], row["person_id"], row["opened"].isoformat()) == ("1", "2", "2016-05-01T23:30:00")
