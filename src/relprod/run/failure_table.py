"""The table `failure_demand`: by activity, and for every service over the activities at or below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relprod.account.failure_demand import failure_cost
from relprod.account.ladder import values_by_service
from relprod.account.services import lineage
from relprod.run.matrices import Rows
from relprod.run.parquet import labelled, run_table
from relprod.run.tables import period_labels

if TYPE_CHECKING:
    from collections.abc import Collection

    from relprod.account.cells import Cells
    from relprod.account.exact import Array
    from relprod.account.ladder import Account
    from relprod.periods import PeriodScheme
    from relprod.run.contacts import ContactMeasures
    from relprod.run.failure_shares import FailureShares

ALL_ACTIVITIES = "All activities"
_SORTED = [("service", "ascending"), ("activity", "ascending"), ("period", "ascending")]
_SUMMED = ("volume", "failure_volume", "returns", "chases", "uncoded_volume")


def failure_demand_table(  # noqa: PLR0913, PLR0917 - each is another thing the table tells of
    account: Account,
    activity: tuple[Cells, pa.Table],
    shares: FailureShares,
    contacts: ContactMeasures | None,
    lead_in: Collection[int],
    scheme: PeriodScheme,
) -> pa.Table:
    """Return the table `failure_demand`, for activities and services of which anything is known.

    `activity` are the activity matrices, and the cells with exact decimals that they were made from. `lead_in` are the
    periods (ordinals) whose repeats cannot all be seen.
    """
    matrices, cells = activity
    every = _with_contacts(cells, contacts)
    rows = pa.concat_tables([_known(every), _of_services(every)]).sort_by(_SORTED)
    places = Rows.of(rows, ("service", "activity"), "period", account.timeline)
    figures = _figures(account, matrices, shares)
    share, low, high, cost = (
        np.array([figures[key[0], key[1]][number] for key in places.keys]).ravel()[places.place] for number in range(4)
    )
    by_repeats = np.asarray(pc.is_in(rows["method"], pa.array(["repeat"]))) & np.isin(np.asarray(rows["period"]), list(lead_in))
    return run_table(
        "failure_demand",
        {
            "service": rows["service"],
            "activity": rows["activity"],
            "period": labelled(places.place % account.timeline.count, period_labels(account, scheme)),
            "method": pc.fill_null(rows["method"], ""),
            **{name: rows[name] for name in _SUMMED},
            "share": share,
            "share_low": low,
            "share_high": high,
            "cost": cost,
            "lead_in": by_repeats.astype(np.int64),
        },
    )


def _with_contacts(cells: pa.Table, contacts: ContactMeasures | None) -> pa.Table:
    """Return the cells with method, returns, chases and uncoded contacts, which cells from the activity table do not have."""
    rows = cells.select(["service", "activity", "period", "volume", "failure_volume"])
    if contacts is None or contacts.method == "given":
        nothing = pa.nulls(rows.num_rows, pa.int64())
        extra = {
            "returns": nothing,
            "chases": nothing,
            "uncoded_volume": nothing,
            "method": pa.array(["given"] * rows.num_rows, pa.string()),
        }
    else:
        counted = {"repeat": ["returns", "chases"], "coded": ["uncoded"]}[contacts.method]
        found = contacts.cells.select(["service", "activity", "period", *counted])
        found = found.append_column("method", pa.array([contacts.method] * found.num_rows, pa.string()))
        rows = rows.join(found, keys=["service", "activity", "period"], join_type="left outer").sort_by(_SORTED)
        nothing = pa.nulls(rows.num_rows, pa.int64())
        extra = {
            name: rows[column] if column in counted else nothing
            for name, column in (("returns", "returns"), ("chases", "chases"), ("uncoded_volume", "uncoded"))
        }
        extra["method"] = pc.fill_null(rows["method"], "given")
    plain = rows.select(["service", "activity", "period", "volume", "failure_volume"])
    extra["method"] = pc.if_else(pc.is_valid(rows["failure_volume"]), extra["method"], pa.scalar(None, pa.string()))
    for name, column in extra.items():
        plain = plain.append_column(name, column)
    return plain


def _known(rows: pa.Table) -> pa.Table:
    """Return the rows of activities that have a failure volume in any period."""
    columns = ["service", "activity"]
    given = rows.filter(pc.is_valid(rows["failure_volume"])).group_by(columns).aggregate([])
    return rows.join(given, keys=columns, join_type="left semi").select(rows.column_names)


def _of_services(rows: pa.Table) -> pa.Table:
    """Return exact sums over all activities, for every service at or below which anything is known."""
    below = [(service, above) for service in pc.unique(rows["service"]).to_pylist() for above in lineage(service)]
    names = pa.table({"service": [service for service, _ in below], "above": [above for _, above in below]})
    joined = rows.join(names, keys="service", join_type="inner")
    sums = joined.group_by(["above", "period"]).aggregate([*((name, "sum") for name in _SUMMED), ("method", "min"), ("method", "max")])
    known = pc.unique(sums.filter(pc.is_valid(sums["failure_volume_sum"]))["above"])
    sums = sums.filter(pc.is_in(sums["above"], known))
    one_method = pc.equal(sums["method_min"], sums["method_max"])
    columns = {
        "service": sums["above"],
        "activity": pa.array([ALL_ACTIVITIES] * sums.num_rows, type=pa.string()),
        "period": sums["period"],
        **{name: sums[f"{name}_sum"].cast(rows.schema.field(name).type) for name in _SUMMED},
        "method": pc.if_else(pc.fill_null(one_method, False), sums["method_min"], ""),  # noqa: FBT003 - Arrow takes the value by position
    }
    return pa.table({name: columns[name] for name in rows.column_names})


def _figures(account: Account, activity: Cells, shares: FailureShares) -> dict[tuple[str, str], tuple[Array, Array, Array, Array]]:
    """Return share, bounds and cost over the periods, of every activity and, as shares of the cost, of every service."""
    cost = failure_cost(activity, shares.share)
    figures = {
        key: (shares.share[row], shares.low[row], shares.high[row], cost[row])
        for row, key in enumerate(zip(activity.service, activity.item, strict=True))
    }
    tree = account.tree

    def total(value: Array) -> Array:
        return tree.at_or_below(values_by_service(tree, activity.adjusted(activity.volume, value)))

    worth = total(activity.value)
    has_bounds = total(np.where(np.isnan(shares.low), 0.0, 1.0)) > 0
    bounds = [failure_cost(activity, np.where(np.isnan(bound), shares.share, bound)) for bound in (shares.low, shares.high)]
    share, low, high = (np.divide(total(each), worth, out=np.zeros_like(worth), where=worth > 0) for each in (cost, *bounds))
    low, high = (np.where(has_bounds, each, np.nan) for each in (low, high))
    costs = total(cost)
    figures.update({(service, ALL_ACTIVITIES): (share[row], low[row], high[row], costs[row]) for row, service in enumerate(tree.services)})
    return figures
