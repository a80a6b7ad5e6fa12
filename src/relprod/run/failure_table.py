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
    from relprod.account.cells import Cells
    from relprod.account.exact import Array
    from relprod.account.ladder import Account
    from relprod.periods import PeriodScheme

ALL_ACTIVITIES = "All activities"
_SORTED = [("service", "ascending"), ("activity", "ascending"), ("period", "ascending")]


def failure_demand_table(account: Account, activity: Cells, cells: pa.Table, scheme: PeriodScheme) -> pa.Table:
    """Return the table `failure_demand` of the method 'given', for activities and services that have any failure volume.

    `cells` are the activity cells with exact decimals, and `activity` the matrices made from them.
    """
    rows = pa.concat_tables([_with_failure_volume(cells), _of_services(cells)]).sort_by(_SORTED)
    figures = _figures(account, activity)
    places = Rows.of(rows, ("service", "activity"), "period", account.timeline)
    share, cost = (np.array([figures[key[0], key[1]][number] for key in places.keys]).ravel()[places.place] for number in (0, 1))
    nothing = pa.nulls(rows.num_rows)
    return run_table(
        "failure_demand",
        {
            "service": rows["service"],
            "activity": rows["activity"],
            "period": labelled(places.place % account.timeline.count, period_labels(account, scheme)),
            "method": pa.array(["given"] * rows.num_rows, type=pa.string()),
            "volume": rows["volume"],
            "failure_volume": rows["failure_volume"],
            **dict.fromkeys(("returns", "chases", "uncoded_volume", "share_low", "share_high"), nothing),
            "share": share,
            "cost": cost,
            "lead_in": np.zeros(rows.num_rows, dtype=np.int64),
        },
    )


def _figures(account: Account, activity: Cells) -> dict[tuple[str, str], tuple[Array, Array]]:
    """Return share and cost over the periods, of every activity and, as a share of the cost, of every service."""
    share = account.failure_share
    if share is None:
        message = "this account takes no failure demand out"
        raise ValueError(message)
    cost = failure_cost(activity, share)
    figures = {key: (share[row], cost[row]) for row, key in enumerate(zip(activity.service, activity.item, strict=True))}
    tree = account.tree
    costs = tree.at_or_below(values_by_service(tree, activity.adjusted(activity.volume, cost)))
    worth = tree.at_or_below(values_by_service(tree, activity))
    shares = np.divide(costs, worth, out=np.zeros_like(costs), where=worth > 0)
    figures.update({(service, ALL_ACTIVITIES): (shares[row], costs[row]) for row, service in enumerate(tree.services)})
    return figures


def _with_failure_volume(cells: pa.Table) -> pa.Table:
    """Return the cells of activities that have a failure volume in any period."""
    columns = ["service", "activity"]
    given = cells.filter(pc.is_valid(cells["failure_volume"])).group_by(columns).aggregate([])
    found = cells.join(given, keys=columns, join_type="left semi")
    return found.select(["service", "activity", "period", "volume", "failure_volume"])


def _of_services(cells: pa.Table) -> pa.Table:
    """Return exact sums over all activities for every service with a failure volume at or below it."""
    below = [(service, above) for service in pc.unique(cells["service"]).to_pylist() for above in lineage(service)]
    names = pa.table({"service": [service for service, _ in below], "above": [above for _, above in below]})
    rows = cells.join(names, keys="service", join_type="inner")
    sums = rows.group_by(["above", "period"]).aggregate([("volume", "sum"), ("failure_volume", "sum")])
    given = pc.unique(sums.filter(pc.is_valid(sums["failure_volume_sum"]))["above"])
    sums = sums.filter(pc.is_in(sums["above"], given))
    exact = cells.schema.field("volume").type
    return pa.table(
        {
            "service": sums["above"],
            "activity": pa.array([ALL_ACTIVITIES] * sums.num_rows, type=pa.string()),
            "period": sums["period"],
            "volume": sums["volume_sum"].cast(exact),
            "failure_volume": sums["failure_volume_sum"].cast(exact),
        }
    )
