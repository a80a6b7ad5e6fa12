"""Unpaid work: from the table `unpaid` to the extended account, and the run's own table of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from relprod.account.exact import ratio
from relprod.account.services import lineage
from relprod.account.unpaid import ExtendedAccount, PublicAccount, Unpaid, extended_account
from relprod.run.equity import columns_of
from relprod.run.matrices import Rows
from relprod.run.parquet import run_table

if TYPE_CHECKING:
    import pyarrow as pa

    from relprod.account.cells import Cells
    from relprod.account.chained import Method
    from relprod.account.ladder import Account
    from relprod.account.unpaid import OutputSide


def extended_of(account: Account, inputs: Cells, unpaid: pa.Table, method: Method, output_side: OutputSide) -> ExtendedAccount:
    """Return the extended account beside the last account of the ladder, from the table `unpaid`."""
    return extended_account(PublicAccount.of(account, inputs), _matrices(_inside(unpaid, account), account), method, output_side)


def _inside(unpaid: pa.Table, account: Account) -> pa.Table:
    """Return the rows within the account's periods."""
    place = pc.subtract(unpaid["_period"], account.timeline.first)
    return unpaid.filter(pc.and_(pc.greater_equal(place, 0), pc.less(place, account.timeline.count)))


def _matrices(unpaid: pa.Table, account: Account) -> Unpaid:
    rows = Rows.of(unpaid, ("service", "contributor"), "_period", account.timeline)
    hours, rate, share = (rows.matrix(unpaid[name]) for name in ("hours", "rate", "sustainable_share"))
    return Unpaid(tuple(key[0] for key in rows.keys), tuple(key[1] for key in rows.keys), hours, rate, share)


def unpaid_table(unpaid: pa.Table, account: Account, extended: ExtendedAccount) -> pa.Table:
    """Return the table `unpaid` of a run: exact sums of everything at or below each service, by contributor."""
    sums: dict[tuple[str, str, str], list[Decimal]] = {}
    ordinal: dict[str, int] = {}
    for row in _inside(unpaid, account).to_pylist():
        hours = row["hours"]
        given = (hours, hours * row["rate"], hours * Decimal(repr(row["sustainable_share"])))
        ordinal[row["period"]] = row["_period"]
        for service in lineage(row["service"]):
            total = sums.setdefault((service, row["period"], row["contributor"]), [Decimal(0)] * len(given))
            total[:] = [before + now for before, now in zip(total, given, strict=True)]
    keys = sorted(sums)
    services, periods = account.tree.places(key[0] for key in keys), [ordinal[key[1]] - account.timeline.first for key in keys]
    hours_per_gbp = ratio(np.array([float(sums[key][0]) for key in keys]), extended.public.expenditure[services, periods])
    rows = [
        (*key, hours, value, float(sustainable), per_gbp)
        for key, (hours, value, sustainable), per_gbp in zip(keys, (sums[key] for key in keys), hours_per_gbp.tolist(), strict=True)
    ]
    names = ("service", "period", "contributor", "hours", "value", "sustainable_hours", "hours_per_gbp")
    return run_table("unpaid", columns_of(names, rows))
