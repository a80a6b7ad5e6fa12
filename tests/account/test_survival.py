"""Kaplan and Meier's risk of a repeat: the leukaemia data of R's survival package, the oracle, and what must hold of any data."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.relational import Duration, greenwood, log_log_interval, survival

from relprod.account.survival import kaplan_meier

# R package survival, data set aml (Miller 1997, Survival Analysis): weeks, + for censored.
MAINTAINED = "9 13 13+ 18 23 28+ 31 34 45+ 48 161+"
NOT_MAINTAINED = "5 5 8 8 12 16+ 23 27 30 33 43 45"


def durations_of(text):
    return [Duration(int(each.rstrip("+")), not each.endswith("+")) for each in text.split()]


def computed(durations, at, confidence=0.95):
    """Return the risks, from one row of the histogram a contact."""
    repeated = [int(each.repeated) for each in durations]
    return kaplan_meier([each.days for each in durations], repeated, [1 - each for each in repeated], at, confidence)


def test_risk_at_30_of_the_pooled_leukaemia_data():
    durations = durations_of(f"{MAINTAINED} {NOT_MAINTAINED}")
    (risk,) = computed(durations, [30])
    assert (risk.at_risk, risk.repeats, round(risk.risk, 4)) == (9, 12, 0.5583)
    naive = sum(each.repeated and each.days <= 30 for each in durations) / len(durations)
    censored_dropped = [each for each in durations if each.repeated or each.days > 30]
    assert round(naive, 4) == 0.5217
    assert round(sum(each.days <= 30 for each in censored_dropped) / len(censored_dropped), 4) == 0.6


@pytest.mark.parametrize(
    ("day", "survival", "low", "high"), [(9, 0.909, 0.508, 0.987), (13, 0.818, 0.447, 0.951), (18, 0.716, 0.350, 0.899)]
)
def test_log_log_intervals_of_the_maintained_group(day, survival, low, high):
    # survfit(Surv(time, status) ~ x, aml, conf.type = "log-log"), to the three digits it prints
    (risk,) = computed(durations_of(MAINTAINED), [day])
    assert [round(1 - each, 3) for each in (risk.risk, risk.high, risk.low)] == [survival, low, high]


def test_beyond_the_longest_follow_up_the_risk_is_missing():
    last, beyond = computed(durations_of(MAINTAINED), [161, 162])
    assert (last.at_risk, last.repeats) == (1, 7)
    assert last.risk is not None
    assert (beyond.at_risk, beyond.repeats, beyond.risk, beyond.low, beyond.high) == (0, 7, None, None, None)


def test_without_contacts_nothing_is_known():
    (risk,) = kaplan_meier([], [], [], [7])
    assert (risk.at_risk, risk.repeats, risk.risk) == (0, 0, None)


def test_without_repeats_the_risk_is_0_and_has_no_interval():
    (risk,) = kaplan_meier([30], [0], [5], [7])
    assert (risk.at_risk, risk.repeats, risk.risk, risk.low, risk.high) == (5, 0, 0.0, None, None)


def test_once_all_at_risk_have_come_back_the_risk_is_1():
    (risk,) = kaplan_meier([3, 8], [2, 1], [1, 0], [8])
    assert (risk.repeats, risk.risk, risk.low, risk.high) == (3, 1.0, None, None)


def test_events_come_before_censorings_of_the_same_day():
    (risk,) = kaplan_meier([4, 9], [1, 0], [3, 1], [4])
    assert risk.risk == pytest.approx(1 / 5, abs=1e-15)


def test_a_repeat_on_the_day_of_closing_counts_at_day_0():
    (risk,) = kaplan_meier([0, 9], [1, 0], [0, 3], [0])
    assert (risk.at_risk, risk.repeats) == (4, 1)


@pytest.mark.parametrize(("days", "events", "censored"), [([-1], [1], [0]), ([1], [-1], [2]), ([1], [1], [-1])])
def test_negative_days_and_counts_are_refused(days, events, censored):
    with pytest.raises(ValueError, match="none of these may be negative"):
        kaplan_meier(days, events, censored, [7])


DURATIONS = st.lists(st.builds(Duration, st.integers(0, 12), st.booleans()), max_size=30)


def near(expected, actual):
    return actual is not None and math.isclose(float(expected), actual, rel_tol=1e-12, abs_tol=1e-12)


@settings(max_examples=150, deadline=None)
@given(DURATIONS, st.integers(0, 14), st.sampled_from([0.8, 0.95, 0.99]))
def test_against_the_oracle(durations, day, confidence):
    (risk,) = computed(durations, [day], confidence)
    share = survival(durations, day)
    assert risk.at_risk == sum(each.days >= day for each in durations)
    assert risk.repeats == sum(each.repeated and each.days <= day for each in durations)
    if share is None:
        assert risk.risk is None
        return
    assert near(1 - share, risk.risk)
    if 0 < share < 1:
        low, high = log_log_interval(share, greenwood(durations, day), confidence)
        assert near(low, risk.low)
        assert near(high, risk.high)
    else:
        assert (risk.low, risk.high) == (None, None)


@given(DURATIONS)
def test_risk_lies_between_never_coming_back_and_coming_back_at_once(durations):
    """The risk is at least the naive share (censored taken for safe), and does not fall with the day."""
    risks = computed(durations, range(15))
    known = [each for each in risks if each.risk is not None]
    for risk in known:
        assert risk.repeats / len(durations) - 1e-12 <= risk.risk <= 1
        assert risk.low is None or 0 <= risk.low < risk.risk < risk.high <= 1
    assert all(before.risk <= after.risk + 1e-15 for before, after in pairwise(known))


@given(DURATIONS, st.randoms())
def test_order_and_cut_of_the_histogram_move_no_bit(durations, random):
    shuffled = list(durations)
    random.shuffle(shuffled)
    days = sorted({each.days for each in durations})
    gathered = kaplan_meier(
        days,
        [sum(each.days == day and each.repeated for each in durations) for day in days],
        [sum(each.days == day and not each.repeated for each in durations) for day in days],
        range(14),
    )
    assert computed(durations, range(14)) == computed(shuffled, range(14)) == gathered
