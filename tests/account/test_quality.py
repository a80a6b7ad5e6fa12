from __future__ import annotations

import numpy as np
import pytest

from relprod.account.cells import Cells
from relprod.account.links import Timeline
from relprod.account.quality import Indicator, QualityLevels, quality_adjusted, quality_levels, relative

MISSING = float("nan")


def indicator(  # noqa: PLR0913 - the columns of the table
    value, *, service="Care", activity=None, name="m", direction="higher", weight=1.0, attribution=1.0
) -> Indicator:
    size = len(value)
    given = (
        np.full(size, np.nan) if item is None else np.broadcast_to(np.array(item, dtype=float), (size,)) for item in (weight, attribution)
    )
    return Indicator(service, activity, name, direction, np.array(value, dtype=float), *given)


def levels(*indicators: Indicator, reference=(0, 0)) -> QualityLevels:
    return quality_levels(indicators, Timeline(0, len(indicators[0].value), 1, reference))


def level(*indicators: Indicator, reference=(0, 0)) -> list[float]:
    return pytest.approx(levels(*indicators, reference=reference).level["Care", None].tolist())


@pytest.mark.parametrize(("direction", "expected"), [("higher", 1.25), ("index", 1.25), ("lower", 0.8), ("lower-share", 0.5 / 0.6)])
def test_what_better_means(direction, expected):
    assert relative(0.4, 0.5, direction) == pytest.approx(expected)
    assert level(indicator([0.4, 0.5], direction=direction)) == [1.0, expected]


def test_only_the_part_that_is_the_services_doing_counts():
    assert level(indicator([50, 60], attribution=0.5)) == [1.0, 1.1]
    assert level(indicator([50, 60], attribution=0.0)) == [1.0, 1.0]


def test_indicators_are_averaged_by_weight():
    assert level(indicator([50, 60], name="a", weight=3), indicator([50, 40], name="b")) == [1.0, (3 * 1.2 + 0.8) / 4]


def test_the_scale_of_weights_does_not_matter():
    one = level(indicator([50, 60], name="a", weight=3), indicator([50, 40], name="b", weight=1))
    assert one == [1.0, (3 * 1.2 + 0.8) / 4]
    assert level(indicator([50, 60], name="a", weight=0.3), indicator([50, 40], name="b", weight=0.1)) == [1.0, (3 * 1.2 + 0.8) / 4]


def test_the_weight_and_attribution_of_the_period_itself_count():
    changing = indicator([50, 60, 72], name="a", weight=[1, 1, 3], attribution=[1, 1, 0.5])
    assert level(changing, indicator([50, 50, 50], name="b")) == [1.0, 1.1, 1.1 * (3 * 1.1 + 1) / 4]


def test_levels_are_products_of_relatives():
    assert level(indicator([50, 60, 45])) == [1.0, 1.2, 0.9]


def test_a_missing_value_is_held_and_marked():
    found = levels(indicator([50, MISSING, 60, MISSING]))
    assert found.level["Care", None].tolist() == pytest.approx([1.0, 1.0, 1.2, 1.2])
    assert found.provisional["Care", None].tolist() == [False, True, False, True]


def test_one_indicator_held_marks_the_scope():
    found = levels(indicator([50, 60], name="a"), indicator([50, MISSING], name="b"))
    assert found.level["Care", None].tolist() == pytest.approx([1.0, 1.1])
    assert found.provisional["Care", None].tolist() == [False, True]


def test_an_indicator_that_starts_late_counts_from_its_second_period():
    found = levels(indicator([50, 60, 60], name="a"), indicator([MISSING, 10, 20], name="b"))
    assert found.level["Care", None].tolist() == pytest.approx([1.0, 1.2, 1.2 * 1.5])
    assert found.provisional["Care", None].tolist() == [False, False, False]


@pytest.mark.parametrize(("reference", "expected"), [((1, 1), [1 / 1.2, 1.0]), ((0, 1), [1 / 1.1, 1.2 / 1.1]), ((7, 7), [1.0, 1.2])])
def test_the_mean_over_the_reference_is_one(reference, expected):
    assert level(indicator([50, 60]), reference=reference) == expected


def test_the_order_of_indicators_gives_the_same_bits():
    several = [indicator([50, 60 + i, 70], name=f"m{i}", weight=0.1 * (i + 1)) for i in range(5)]
    forwards, backwards = levels(*several), levels(*reversed(several))
    assert forwards.level["Care", None].tolist() == backwards.level["Care", None].tolist()


def cells(*keys: tuple[str, str]) -> Cells:
    return Cells(
        tuple(service for service, _ in keys), tuple(item for _, item in keys), np.full((len(keys), 2), 10.0), np.full((len(keys), 2), 7.0)
    )


def test_the_nearest_scope_speaks_for_an_activity():
    found = levels(
        indicator([10, 11], service="Care"),
        indicator([10, 12], service="Care > Home"),
        indicator([10, 13], service="Care > Home", activity="visit"),
    )
    keys = (
        ("Care > Home", "visit"),
        ("Care > Home", "call"),
        ("Care > Home > North", "visit"),
        ("Care > Day", "visit"),
        ("Roads", "visit"),
    )
    adjusted = quality_adjusted(cells(*keys), found)
    assert adjusted.volume[:, 1].tolist() == pytest.approx([13.0, 12.0, 12.0, 11.0, 10.0])
    assert found.scope_of("Roads", "visit") is None


def test_an_indicator_of_all_services_speaks_for_those_without_another():
    adjusted = quality_adjusted(cells(("Care", "visit")), levels(indicator([10, 11], service="All services")))
    assert adjusted.volume[0].tolist() == pytest.approx([10.0, 11.0])


def test_quality_moves_volumes_and_not_values():
    before = cells(("Care", "visit"))
    after = quality_adjusted(before, levels(indicator([10, 11])))
    assert after.value.tolist() == before.value.tolist()


def test_no_cells_are_left_as_they_are():
    assert quality_adjusted(Cells((), (), np.zeros((0, 2)), np.zeros((0, 2))), levels(indicator([1, 2]))).volume.shape == (0, 2)
