from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relprod.periods import PeriodError, PeriodScheme

FREQUENCIES = ("year", "quarter", "month")
CALENDARS = ("financial-uk", "calendar")
schemes = st.builds(PeriodScheme, st.sampled_from(FREQUENCIES), st.sampled_from(CALENDARS))
years = st.integers(1000, 9990)


def label_of(text: str, frequency: str, calendar: str) -> str:
    scheme = PeriodScheme(frequency, calendar)
    return scheme.label(scheme.parse(text))


@pytest.mark.parametrize(
    ("text", "frequency", "calendar", "expected"),
    [
        ("2016-17", "year", "financial-uk", "2016-17"),
        ("2016/17", "year", "financial-uk", "2016-17"),
        ("  2016-17 ", "year", "financial-uk", "2016-17"),
        ("1999-00", "year", "financial-uk", "1999-00"),
        ("2099-00", "year", "financial-uk", "2099-00"),
        ("2016", "year", "calendar", "2016"),
        ("2016-17 Q1", "quarter", "financial-uk", "2016-17 Q1"),
        ("2016-17Q1", "quarter", "financial-uk", "2016-17 Q1"),
        ("2016-17-Q1", "quarter", "financial-uk", "2016-17 Q1"),
        ("2016/17 q4", "quarter", "financial-uk", "2016-17 Q4"),
        ("2016-17   Q3", "quarter", "financial-uk", "2016-17 Q3"),
        ("2016 Q1", "quarter", "calendar", "2016 Q1"),
        ("2016Q1", "quarter", "calendar", "2016 Q1"),
        ("2016-Q4", "quarter", "calendar", "2016 Q4"),
        ("2016-04", "month", "calendar", "2016-04"),
        ("2016-04", "month", "financial-uk", "2016-04"),
        ("2011-12", "month", "financial-uk", "2011-12"),
    ],
)
def test_every_spelling(text, frequency, calendar, expected):
    assert label_of(text, frequency, calendar) == expected


UNREADABLE = [
    "",
    "spring",
    "2016-18",
    "2016-17 Q5",
    "2016-17 Q0",
    "16-17",
    "2016 Q",
    "Q1 2016",
    "2016-00",
    "Jan-24",
    "2016-4",
    "20167",
    "2016\u201317",
]


@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_what_is_no_period(text, calendar, frequency):
    scheme = PeriodScheme(frequency, calendar)
    with pytest.raises(PeriodError) as caught:
        scheme.parse(text)
    assert (caught.value.kind, str(caught.value)) == ("unreadable", f"'{text}' is not a period: write it like {scheme.example}")


@pytest.mark.parametrize(
    ("text", "frequency", "calendar", "kind", "message"),
    [
        (
            "2016",
            "year",
            "financial-uk",
            "calendar",
            "'2016' is a period of the calendar year, and the study uses the financial year (April to March): write it like 2016-17",
        ),
        (
            "2016-17 Q1",
            "quarter",
            "calendar",
            "calendar",
            "'2016-17 Q1' is a period of the financial year (April to March), and the study uses the calendar year: write it like 2016 Q1",
        ),
        (
            "2016 Q1",
            "month",
            "financial-uk",
            "calendar",
            "'2016 Q1' is a period of the calendar year, and the study uses the financial year (April to March): write it like 2016-04",
        ),
        ("2016-17", "quarter", "financial-uk", "frequency", "'2016-17' is a year, and the study is by quarter: write it like 2016-17 Q1"),
        ("2016 Q1", "year", "calendar", "frequency", "'2016 Q1' is a quarter, and the study is by year: write it like 2016"),
        ("2016-04", "quarter", "financial-uk", "frequency", "'2016-04' is a month, and the study is by quarter: write it like 2016-17 Q1"),
        ("2011/12", "month", "financial-uk", "frequency", "'2011/12' is a year, and the study is by month: write it like 2016-04"),
    ],
)
def test_a_period_of_another_study(text, frequency, calendar, kind, message):
    with pytest.raises(PeriodError) as caught:
        PeriodScheme(frequency, calendar).parse(text)
    assert (caught.value.kind, str(caught.value)) == (kind, message)


@given(schemes, years, st.integers(0, 11))
def test_a_label_reads_as_the_period_it_names(scheme, year, sub):
    ordinal = year * scheme.subperiods + sub % scheme.subperiods
    assert scheme.parse(scheme.label(ordinal)) == ordinal


@given(schemes, years)
def test_labels_of_a_year(scheme, year):
    assert scheme.parse_year(scheme.year_label(year)) == year
    assert {scheme.year_of(year * scheme.subperiods + sub) for sub in range(scheme.subperiods)} == {year}


@given(st.sampled_from(FREQUENCIES), years)
def test_periods_in_order_have_labels_in_order(frequency, year):
    for calendar in CALENDARS:
        scheme = PeriodScheme(frequency, calendar)
        labels = [scheme.label(year * scheme.subperiods + sub) for sub in range(2 * scheme.subperiods)]
        assert labels == sorted(set(labels))


@given(schemes, years, st.integers(1, 12))
def test_a_date_lies_in_the_period_that_holds_its_month(scheme, year, month):
    monthly = PeriodScheme("month", scheme.calendar)
    ordinal = monthly.parse(f"{year:04d}-{month:02d}")
    assert scheme.of_date(year, month) == ordinal * scheme.subperiods // 12


@pytest.mark.parametrize(
    ("year", "month", "frequency", "calendar", "expected"),
    [
        (2016, 4, "year", "financial-uk", "2016-17"),
        (2017, 3, "year", "financial-uk", "2016-17"),
        (2016, 3, "year", "financial-uk", "2015-16"),
        (2016, 12, "year", "calendar", "2016"),
        (2016, 4, "quarter", "financial-uk", "2016-17 Q1"),
        (2017, 1, "quarter", "financial-uk", "2016-17 Q4"),
        (2017, 1, "quarter", "calendar", "2017 Q1"),
        (2017, 3, "month", "financial-uk", "2017-03"),
    ],
)
def test_financial_years_start_in_april(year, month, frequency, calendar, expected):
    scheme = PeriodScheme(frequency, calendar)
    assert scheme.label(scheme.of_date(year, month)) == expected


def test_the_months_of_a_financial_year():
    scheme = PeriodScheme("month", "financial-uk")
    first = scheme.parse("2016-04")
    labels = [scheme.label(first + n) for n in range(12)]
    assert labels == [*(f"2016-{month:02d}" for month in range(4, 13)), "2017-01", "2017-02", "2017-03"]
    assert {scheme.year_of(first + n) for n in range(12)} == {2016}


@pytest.mark.parametrize(
    ("text", "frequency", "calendar", "length"),
    [
        ("2016-17", "quarter", "financial-uk", 4),
        ("2016", "quarter", "calendar", 4),
        ("2016-17 Q2", "quarter", "financial-uk", 1),
        ("2016-17", "month", "financial-uk", 12),
        ("2011/12", "month", "financial-uk", 12),
        ("2011-12", "month", "financial-uk", 1),
        ("2016", "month", "calendar", 12),
        ("2016-04", "month", "calendar", 1),
        ("2016-17", "year", "financial-uk", 1),
    ],
)
def test_a_span_is_a_period_or_a_whole_year(text, frequency, calendar, length):
    first, last = PeriodScheme(frequency, calendar).parse_span(text)
    assert last - first + 1 == length
    assert length == 1 or first % length == 0


@pytest.mark.parametrize(
    ("text", "frequency", "calendar", "kind"),
    [
        ("2016 Q1", "quarter", "financial-uk", "calendar"),
        ("2016 Q1", "year", "calendar", "frequency"),
        ("2016-04", "quarter", "calendar", "frequency"),
        ("2016-17 Q1", "month", "financial-uk", "frequency"),
        ("soon", "year", "calendar", "unreadable"),
    ],
)
def test_a_span_that_is_neither(text, frequency, calendar, kind):
    with pytest.raises(PeriodError) as caught:
        PeriodScheme(frequency, calendar).parse_span(text)
    assert caught.value.kind == kind


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_the_examples_in_messages_are_right(frequency, calendar):
    scheme = PeriodScheme(frequency, calendar)
    assert scheme.label(scheme.parse(scheme.example)) == scheme.example
    first, last = scheme.parse_span(scheme.year_example)
    assert last - first + 1 == scheme.subperiods
