"""Continuity of relationships: worked sequences, the oracle, and that neither labels nor the order of rows matter."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import relational as oracle

from relprod.account.continuity import Continuity, Persons, contact_time_share, continuity


def person(workers, people=1):
    """Return the row of the histogram for people who met these workers, in order."""
    counts = Counter(workers).values()
    same = sum(a == b for a, b in pairwise(workers))
    pairs = len(workers) - 1
    return Persons(len(workers), max(counts), sum(n * n for n in counts), same, pairs, pairs - same, len(counts), people)


def test_usual_provider_and_bice_boxerman_of_a_known_sequence():
    found = continuity([person("AAAABBBC")])
    assert found.upc == 0.5
    assert round(found.coc, 7) == 0.3214286
    assert (found.people, found.workers, found.handoffs) == (1, 3.0, 2)


def test_sequential_continuity_of_a_known_sequence():
    assert round(continuity([person("2111")]).secon, 4) == 0.6667


def test_one_worker_throughout_is_full_continuity():
    assert continuity([person("AAAA", 3)]) == Continuity(people=3, upc=1.0, coc=1.0, secon=1.0, workers=1.0, handoffs=0)


def test_without_persons_everything_is_missing_and_not_zero():
    nothing = Continuity(people=0, upc=None, coc=None, secon=None, workers=None, handoffs=None)
    assert continuity([]) == continuity([person("AB", 0)]) == nothing


def test_contacts_of_one_visit_have_no_pair_and_so_no_sequential_continuity():
    one_visit = replace(person("AB"), pairs=0, same_pairs=0, handoffs=0)
    assert continuity([one_visit]) == Continuity(people=1, upc=0.5, coc=0.0, secon=None, workers=2.0, handoffs=0)
    assert continuity([one_visit, person("AA")]).secon == 1.0


def test_a_single_contact_has_no_continuity():
    with pytest.raises(ValueError, match="at least 2 contacts, not 1"):
        person("A")


def test_contact_time_share_is_missing_where_no_minutes_are_paid():
    share = contact_time_share(np.array([30.0, 10.0, 5.0]), np.array([120.0, 0.0, np.nan]))
    assert share[0] == 0.25
    assert np.isnan(share[1:]).all()


SEQUENCES = st.lists(st.text("ABCD", min_size=2, max_size=9), min_size=1, max_size=25)


@given(SEQUENCES)
def test_against_the_oracle(sequences):
    found = continuity(person(each) for each in sequences)
    for measure, of_one in (("upc", oracle.upc), ("coc", oracle.coc), ("secon", oracle.secon)):
        expected = oracle.mean([of_one(each) for each in sequences])
        assert math.isclose(float(expected), getattr(found, measure), rel_tol=1e-14, abs_tol=1e-300), measure
    assert found.workers == float(Fraction(sum(len(set(each)) for each in sequences), len(sequences)))
    assert found.handoffs == sum(a != b for each in sequences for a, b in pairwise(each))
    assert found.people == len(sequences)


@given(SEQUENCES, st.randoms())
def test_order_and_cut_of_the_histogram_and_names_of_workers_move_no_bit(sequences, random):
    gathered = Counter(each.translate(str.maketrans("ABCD", "wxyz")) for each in sequences)
    rows = [person(each, people) for each, people in gathered.items()]
    random.shuffle(rows)
    assert continuity(rows) == continuity(person(each) for each in sequences)


@given(SEQUENCES)
def test_shares_lie_between_0_and_1(sequences):
    found = continuity(person(each) for each in sequences)
    assert all(0 <= value <= 1 for value in (found.upc, found.coc, found.secon))
    assert found.coc <= found.upc
