from __future__ import annotations

import numpy as np
import pytest

from relprod.account.services import ServiceTree, lineage, own_level_of, parent_of, parts

TREE = ServiceTree.of(["Care > Home > North", "Roads", "Care > Day", "Care"])


@pytest.mark.parametrize(
    ("service", "names", "above"),
    [("All services", (), None), ("Care", ("Care",), "All services"), ("Care > Home > North", ("Care", "Home", "North"), "Care > Home")],
)
def test_parts_and_parent(service, names, above):
    assert parts(service) == names
    assert above is None or parent_of(service) == above


def test_lineage_is_nearest_first():
    assert lineage("Care > Home") == ("Care > Home", "Care", "All services")
    assert lineage("All services") == ("All services",)


def test_own_level():
    assert (own_level_of("Care"), own_level_of("All services")) == ("Care > (own level)", "(own level)")


def test_every_prefix_is_a_service_and_parents_come_first():
    assert TREE.services == ("All services", "Care", "Roads", "Care > Day", "Care > Home", "Care > Home > North")
    assert TREE.parent.tolist() == [-1, 0, 0, 1, 1, 4]
    assert TREE.depth.tolist() == [0, 1, 1, 2, 2, 3]
    assert TREE.with_children().tolist() == [True, True, False, False, True, False]


def test_the_order_in_which_services_are_named_does_not_matter():
    assert ServiceTree.of(reversed(["Care > Home > North", "Roads", "Care > Day", "Care"])).services == TREE.services


def test_a_name_that_begins_like_another_is_not_below_it():
    tree = ServiceTree.of(["Care", "Careers > Advice"])
    assert tree.at_or_below(np.array([[0.0], [1.0], [0.0], [5.0]])).tolist() == [[6.0], [1.0], [5.0], [5.0]]


def test_at_or_below_sums_a_branch():
    own = np.array([[0.0], [1.0], [2.0], [4.0], [8.0], [16.0]])
    assert TREE.at_or_below(own)[:, 0].tolist() == [31.0, 29.0, 2.0, 4.0, 24.0, 16.0]


def test_marks_travel_up_and_down():
    own = np.array([False, False, False, False, True, False])
    assert TREE.any_at_or_below(own).tolist() == [True, True, False, False, True, False]
    assert TREE.any_above(own).tolist() == [False, False, False, False, False, True]


def test_no_services_are_the_total_alone():
    assert ServiceTree.of([]).services == ("All services",)
