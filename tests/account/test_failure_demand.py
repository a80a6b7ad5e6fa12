from __future__ import annotations

import numpy as np
import pytest

from relprod.account.cells import Cells
from relprod.account.failure_demand import failure_cost, failure_share, value_demand

MISSING = float("nan")


def test_share_is_none_where_nothing_is_known():
    volume = np.array([[100.0, 0.0, MISSING, 50.0, 50.0]])
    failure = np.array([[20.0, 0.0, MISSING, MISSING, 50.0]])
    assert failure_share(volume, failure).tolist() == [[0.2, 0.0, 0.0, 0.0, 1.0]]


@pytest.mark.parametrize(("removal", "volume", "value"), [(1.0, 80.0, 240.0), (0.5, 90.0, 270.0), (0.0, 100.0, 300.0)])
def test_volume_and_value_are_kept_in_part(removal, volume, value):
    cells = Cells(("Care",), ("call",), np.array([[100.0]]), np.array([[300.0]]))
    kept = value_demand(cells, np.array([[0.2]]), removal)
    assert (kept.volume.tolist(), kept.value.tolist()) == ([[volume]], [[value]])


def test_cost_is_a_share_of_the_whole_value():
    cells = Cells(("Care",), ("call",), np.array([[100.0, MISSING]]), np.array([[300.0, MISSING]]))
    assert failure_cost(cells, np.array([[0.25, 0.0]])).tolist() == [[75.0, 0.0]]
