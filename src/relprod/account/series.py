"""`index_series`: the index function for a data frame, for use outside a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from relprod.account.chained import Method, chained_index, rebased
from relprod.account.index_numbers import FORMULAS, Formula
from relprod.account.links import LINK_KINDS, LinkKind, Timeline
from relprod.periods import Calendar, PeriodError, PeriodScheme

if TYPE_CHECKING:
    import numpy.typing as npt

COLUMNS = ("item", "period", "volume", "value")


def index_series(
    frame: pd.DataFrame,
    *,
    formula: Formula = "laspeyres",
    link: LinkKind = "annual-overlap",
    reference: str | None = None,
    calendar: Calendar = "calendar",
) -> pd.Series:
    """Return the chained volume index by period, reference = 100.

    `frame` is long, one row an item and period: `item` (any label), `period` (labels such as "2016-17 Q1", "2016 Q1",
    "2016-17", "2016" or "2016-04", all of one frequency), `volume` (activities) and `value` (volume times unit value, in
    current prices). The result is indexed by period label over every period from the first to the last, and missing
    (NaN) where a link has no base. `attrs["matched_share"]` holds each link's matched share of base value (0..1).
    `reference` is a period, or a year (its mean); without it, the first period.

    To index prices, give price as `volume` and the same value.

    Raises:
        ValueError: a column is missing, a name is not known, periods cannot be read, an item has two rows in a period,
            a number is negative or not finite, or the reference is not in the data.

    Source: method.md section 2.

    """
    _check_names(frame, formula, link)
    labels, period_codes = _codes(frame["period"])
    scheme, ordinals = _read_periods(labels, calendar)
    timeline = _timeline(ordinals, scheme, reference)
    items, item_codes = _codes(frame["item"])
    columns = np.asarray(ordinals, dtype=np.int64) - timeline.first
    rows = (columns * len(items))[period_codes] + item_codes
    volume = _matrix(frame["volume"], rows, len(items), timeline.count)
    value = _matrix(frame["value"], rows, len(items), timeline.count)
    _check_unique(rows, len(items) * timeline.count, labels=(items, timeline, scheme))
    linked = chained_index(volume[None], value[None], Method(timeline, formula, link), with_contributions=False)
    index, own_reference = rebased(linked.index, timeline)
    if own_reference.any() or np.isnan(linked.index).all():
        message = f"No index at the reference {reference!r}: no item has a volume and a value there."
        raise ValueError(message)
    periods = pd.Index([scheme.label(ordinal) for ordinal in timeline.ordinals], name="period")
    series = pd.Series(index[0], index=periods, name=formula)
    series.attrs["matched_share"] = dict(zip(periods, linked.matched_share[0].tolist(), strict=True))
    return series


def _check_names(frame: pd.DataFrame, formula: str, link: str) -> None:
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        message = f"The frame lacks {', '.join(missing)}; it needs the columns {', '.join(COLUMNS)}."
        raise ValueError(message)
    for name, given, known in (("formula", formula, FORMULAS), ("link", link, LINK_KINDS)):
        if given not in known:
            message = f"{name} {given!r} is not known; there are {', '.join(known)}."
            raise ValueError(message)
    if frame.empty:
        message = "The frame has no rows, so there is nothing to index."
        raise ValueError(message)


def _codes(column: pd.Series) -> tuple[list[object], npt.NDArray[np.int64]]:
    """Return the distinct labels of a column and, for each row, which it is."""
    codes, labels = pd.factorize(column)
    if (codes < 0).any():
        message = f"Column {column.name} has blank cells."
        raise ValueError(message)
    return labels.tolist(), codes.astype(np.int64, copy=False)


def _read_periods(labels: list[object], calendar: Calendar) -> tuple[PeriodScheme, list[int]]:
    """Return the scheme that reads the labels, and their ordinals."""
    failure: PeriodError | None = None
    for frequency in ("quarter", "month", "year"):
        scheme = PeriodScheme(frequency, calendar)
        try:
            return scheme, [scheme.parse(str(label)) for label in labels]
        except PeriodError as error:
            failure = error if failure is None or error.kind == "calendar" else failure
    raise ValueError(str(failure))


def _timeline(ordinals: list[int], scheme: PeriodScheme, reference: str | None) -> Timeline:
    first, last = min(ordinals), max(ordinals)
    span = scheme.parse_span(reference) if reference is not None else (first, first)
    timeline = Timeline(first, last - first + 1, scheme.subperiods, span)
    columns = timeline.reference_columns()
    if columns.start == columns.stop:
        message = f"The reference {reference!r} is not in the data, which run from {scheme.label(first)} to {scheme.label(last)}."
        raise ValueError(message)
    return timeline


def _matrix(column: pd.Series, rows: npt.NDArray[np.int64], items: int, periods: int) -> npt.NDArray[np.float64]:
    """Return the numbers of a column over (items, periods), zero where there is no row."""
    numbers = column.to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        message = f"Column {column.name} must hold numbers that are finite and not negative."
        raise ValueError(message)
    matrix = np.zeros(items * periods)
    matrix[rows] = numbers
    return matrix.reshape(periods, items).T


def _check_unique(rows: npt.NDArray[np.int64], size: int, labels: tuple[list[object], Timeline, PeriodScheme]) -> None:
    seen = np.zeros(size, dtype=bool)
    seen[rows] = True
    if int(seen.sum()) == len(rows):
        return
    items, timeline, scheme = labels
    twice = int(np.bincount(rows).argmax())
    period = scheme.label(timeline.first + twice // len(items))
    message = f"An item has more than one row in {period}. Add its rows up first."
    raise ValueError(message)
