"""By how much each parameter is changed to see what it moves, and why some are not.

The amounts are relprod's own convention: small enough to be in doubt, large enough to be seen. They are stated beside every
result, and say nothing about how likely such a change is.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from relprod.errors import StudyError
from relprod.study.model import Formula, Link, Study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_SHARE = Decimal("0.1")
_CODING = Decimal("0.02")
_WEEK = 7

NOT_VARIED: Mapping[str, str] = {
    "study.reference": "it moves every level, and growth only where link is 'fixed'",
    "output.min_match": "it moves no figure; below it a run carries a warning",
    "output.min_match_error": "it moves no figure; below it a run is refused",
    "failure_demand.method": "another method is another statistic, and needs data of its own",
    "controls.tolerance": "it moves no figure; above it a run is refused",
    "unit_costs.unit_cost": "one amount for all would leave the weights of activities as they are",
}
"""Parameters for which no change is stated, and why."""


def _by(amount: Decimal, high: int | None = None) -> Callable[[Any], Iterable[Any]]:
    """Return what gives a number less and more by an amount, kept from 0 to `high`."""

    def values(now: float) -> Iterable[float]:
        for step in (-amount, amount):
            moved = max(Decimal(str(now)) + step, Decimal(0))
            yield type(now)(moved if high is None else min(moved, Decimal(high)))

    return values


def _halved_and_doubled(high: int) -> Callable[[Any], Iterable[float]]:
    """Return what gives half and twice a number, or, of 0, a half; no more than `high`."""

    def values(now: float) -> Iterable[float]:
        for value in (now / 2, now * 2) if now else (1 / 2,):
            yield min(value, float(high))

    return values


def _one_of(*values: Any) -> Callable[[Any], Iterable[Any]]:  # noqa: ANN401 - whatever the key may be
    return lambda _now: values


def _emptied(otherwise: tuple[str, ...] | None = None) -> Callable[[Any], Iterable[Any]]:
    """Return what gives no names where there are some, and `otherwise` where there are none."""
    return lambda now: () if not now and otherwise is None else (otherwise if not now else (),)


_VALUES: Mapping[str, Callable[[Any], Iterable[Any]]] = {
    "output.index": _one_of(*get_args(Formula)),
    "output.link": _one_of(*get_args(Link)),
    "failure_demand.removal": _by(_SHARE, high=1),
    "failure_demand.window_days": _by(Decimal(_WEEK)),
    "failure_demand.inclusive_end": _one_of(True, False),  # noqa: FBT003 - both values of the key
    "failure_demand.kinds": _one_of(("return",), ("chase",), ("return", "chase")),
    "failure_demand.match_on": _emptied(otherwise=("service",)),
    "failure_demand.planned_activities": _emptied(),
    "failure_demand.placeholder_ids": _emptied(),
    "failure_demand.max_person_share": _halved_and_doubled(high=1),
    "failure_demand.audit.sensitivity": _by(_CODING, high=1),
    "failure_demand.audit.specificity": _by(_CODING, high=1),
    "contact_quality.attribution": _by(_SHARE, high=1),
    "equity.aversion": _halved_and_doubled(high=100),
    "equity.outcome": _one_of("outcome_after", "resolved"),
    "unpaid.output_side": _one_of("hours", "in-outcome"),
}
"""For each parameter, what gives the values to which it is changed from the one it has; that one itself is passed over."""

VARIED = frozenset(_VALUES)
"""The keys of the study file for which a change is stated."""

FROM_CONTACTS = frozenset(
    f"failure_demand.{key}"
    for key in ("window_days", "inclusive_end", "kinds", "match_on", "planned_activities", "placeholder_ids", "max_person_share")
)
"""Parameters that decide which contacts are repeats, and so need the contacts to be varied."""


def other_values(study: Study, name: str) -> tuple[Any, ...]:
    """Return the values to which a parameter is changed, one at a time; none where no change is stated."""
    if name not in _VALUES:
        return ()
    now: Any = study
    for key in name.split("."):
        now = getattr(now, key)
    same = frozenset(now) if isinstance(now, tuple) else now
    found = []
    for value in _VALUES[name](now):
        if (frozenset(value) if isinstance(value, tuple) else value) != same and value not in found:
            found.append(value)
    return tuple(found)


def study_with(study: Study, name: str, value: object) -> Study:
    """Return the same study with one parameter changed.

    Raises:
        StudyError: no study may be so; the message says why.

    """
    content = study.resolved()
    section: Any = content
    *path, key = name.split(".")
    for each in path:
        section = section[each]
    section[key] = value
    try:
        changed = Study.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise StudyError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
    return changed.located(study.folder, study.file)
