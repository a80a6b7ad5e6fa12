from __future__ import annotations

import numpy as np

from relprod.account.inputs import input_volume

MISSING = float("nan")


def volume(spent: float, direct: float, deflator: float) -> float:
    return float(input_volume(*(np.array([[each]]) for each in (spent, direct, deflator)))[0, 0])


def test_a_direct_volume_is_taken_as_it_is():
    assert volume(300.0, 12.5, MISSING) == 12.5
    assert volume(300.0, 12.5, 110.0) == 12.5
    assert volume(300.0, 0.0, 110.0) == 0.0


def test_spending_is_divided_by_its_deflator():
    assert volume(330.0, MISSING, 110.0) == 3.0


def test_without_either_there_is_no_volume():
    assert np.isnan(volume(330.0, MISSING, MISSING))
    assert np.isnan(volume(330.0, MISSING, 0.0))
