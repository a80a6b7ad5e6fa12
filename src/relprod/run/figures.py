"""From cells to figures: the account, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from relprod.account.chained import Method
from relprod.account.ladder import Account, Adjustments, compute_account
from relprod.account.quality import Indicator
from relprod.run.contacts import lead_in_periods
from relprod.run.equity import Equities, Outcome
from relprod.run.failure_shares import FailureShares, failure_shares
from relprod.run.matrices import Rows, activity_matrices, indicators_of, input_matrices, nearest_doubles, timeline_of
from relprod.run.unpaid import extended_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from relprod.account.cells import Cells
    from relprod.account.exact import Array, Mask
    from relprod.account.links import Timeline
    from relprod.account.unpaid import ExtendedAccount
    from relprod.run.measure import Measured
    from relprod.study.model import Study

CONTACT_QUALITY = "Outcome gain (contacts)"
"""Name of the quality indicator that is made from the outcomes of contacts."""


@dataclass(frozen=True)
class Figures:
    """Everything that was computed of a study, and the matrices that it was computed from. What the study does not ask for is None."""

    account: Account
    activity: Cells
    inputs: Cells
    failure_volume: Array
    indicators: tuple[Indicator, ...] | None
    method: Method
    shares: FailureShares | None
    equities: Equities | None
    extended: ExtendedAccount | None


def figures_of(study: Study, measured: Measured) -> Figures:
    """Return the figures of a study.

    Raises:
        NotPositiveError: equity is asked for, and an outcome is not above 0.

    """
    timeline = timeline_of(study.scheme, study.study.reference, measured.activity, measured.inputs)
    method = Method(timeline, study.output.index, study.output.link)
    activity, failure_volume = activity_matrices(measured.activity, timeline)
    inputs = input_matrices(measured.inputs, timeline)
    section = study.failure_demand
    shares = None if section is None else failure_shares(activity, failure_volume, measured.contacts, section.audit, timeline)
    equities = None if study.equity is None else Equities.of(_outcomes(study, measured), timeline, study.equity.aversion)
    indicators = _indicators(study, measured, timeline)
    adjustments = Adjustments(
        indicators=indicators,
        failure_share=None if shares is None else shares.share,
        removal=1.0 if section is None else section.removal,
        equity_level=None if equities is None else equities.levels(),
    )
    account = compute_account(activity, inputs, method, adjustments)
    account = replace(account, flags={**account.flags, "lead-in": _lead_in(study, measured, account)})
    extended = None if study.unpaid is None else extended_of(account, inputs, measured.tables["unpaid"], method, study.unpaid.output_side)
    return Figures(account, activity, inputs, failure_volume, indicators, method, shares, equities, extended)


def _lead_in(study: Study, measured: Measured, account: Account) -> Mask:
    """Return where the repeats of a service, or of one below it, cannot all be seen."""
    tree, timeline = account.tree, account.timeline
    marks = np.zeros((len(tree), timeline.count), dtype=bool)
    if measured.contacts is not None and measured.contacts.method == "repeat":
        columns = [period - timeline.first for period in lead_in_periods(study) if period in timeline.ordinals]
        places = tree.places(pc.unique(measured.contacts.cells["service"]).to_pylist())
        for column in columns:
            marks[places, column] = True
    return tree.any_at_or_below(marks)


def _indicators(study: Study, measured: Measured, timeline: Timeline) -> tuple[Indicator, ...] | None:
    """Return the indicators of the quality table and, where asked for, those made from contacts; None without either."""
    if "quality" not in measured.given and study.contact_quality is None:
        return None
    given = indicators_of(measured.tables["quality"], timeline)
    if study.contact_quality is None or measured.contacts is None:
        return given
    return (*given, *_gains(measured.contacts.outcomes, timeline, study.contact_quality.attribution))


def _gains(outcomes: pa.Table, timeline: Timeline, attribution: float) -> Iterator[Indicator]:
    """Yield for each service the mean outcome after over the mean outcome before, of contacts that have both."""
    sums = outcomes.group_by(["service", "period"]).aggregate([("both_before_sum", "sum"), ("both_after_sum", "sum")])
    sums = sums.sort_by([("service", "ascending"), ("period", "ascending")])
    rows = Rows.of(sums, ("service",), "period", timeline)
    before, after = (rows.matrix(sums[f"both_{when}_sum_sum"]) for when in ("before", "after"))
    for row, (service,) in enumerate(rows.keys):
        gain = np.divide(after[row], before[row], out=np.full(timeline.count, np.nan), where=before[row] > 0)
        if not np.isnan(gain).all():
            same = np.full(timeline.count, np.nan)
            known = ~np.isnan(gain)
            weights, attributions = np.where(known, 1.0, same), np.where(known, attribution, same)
            yield Indicator(service, None, CONTACT_QUALITY, "higher", gain, weights, attributions)


def _outcomes(study: Study, measured: Measured) -> Iterator[Outcome]:
    """Yield the outcomes by group that the study weighs: from its table, or from contacts, of whom the group is known."""
    if study.equity is None or study.equity.outcome == "table" or measured.contacts is None:
        table = measured.tables["outcomes"]
        people = nearest_doubles(table["people"]).tolist()
        yield from zip(
            *(table[name].to_pylist() for name in ("service", "_period", "group")), people, table["outcome"].to_pylist(), strict=True
        )
        return
    count, total = {"outcome_after": ("after_n", "after_sum"), "resolved": ("resolved_n", "resolved_sum")}[study.equity.outcome]
    for row in measured.contacts.outcomes.to_pylist():
        if row["group"] is not None and row[count]:
            yield row["service"], row["period"], row["group"], float(row[count]), float(row[total] / row[count])
