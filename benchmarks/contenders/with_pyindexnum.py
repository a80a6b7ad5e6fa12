"""PyIndexNum: its bilateral indices, one call a link, on a Polars frame.

They are indices of prices. For an index of volumes the two change roles: volume goes in as the price and value / volume as the
quantity. The package does not chain bilateral indices, so that the links are multiplied here. Annual overlap is its Laspeyres on a
base of our making: the mean volume and the value of the year before.
"""

from datetime import date

import numpy as np
import polars as pl
import pyindexnum
from serve import FIRST_YEAR, QUARTERS, first_as_100, overlap_chain, serve


def prepare(panel):
    """Return the long frame, in the column names that PyIndexNum expects."""
    starts = [date(FIRST_YEAR + number // QUARTERS, 3 * (number % QUARTERS) + 1, 1) for number in range(panel.periods)]
    return pl.DataFrame(
        {
            "product_id": pl.Series(panel.item_labels(), dtype=pl.String if panel.text_labels else pl.Int64),
            "period": np.array(starts, dtype="datetime64[D]")[panel.period],
            "aggregated_price": panel.volume,
            "aggregated_quantity": panel.value / panel.volume,
        }
    )


def _quarters(frame):
    return [part for _, part in sorted(frame.partition_by("period", as_dict=True).items())]


def _chained(frame, formula):
    quarters = _quarters(frame)
    links = [1.0]
    links.extend(formula(pl.concat([quarters[place - 1], quarters[place]])) for place in range(1, len(quarters)))
    return 100 * np.cumprod(links)


def laspeyres(frame):
    """Return the chained Laspeyres index on the previous period."""
    return _chained(frame, pyindexnum.laspeyres)


def fisher(frame):
    """Return the chained Fisher index on the previous period."""
    return _chained(frame, pyindexnum.fisher)


def overlap(frame):
    """Return the annual-overlap Laspeyres index."""
    quarters = _quarters(frame)
    value = pl.col("aggregated_price") * pl.col("aggregated_quantity")
    links = []
    for start in range(0, len(quarters), QUARTERS):
        first = max(start - QUARTERS, 0)
        base = (
            pl.concat(quarters[first : first + QUARTERS])
            .group_by("product_id")
            .agg(pl.lit(date(1900, 1, 1)).alias("period"), pl.col("aggregated_price").mean(), value.sum().alias("value"))
            .select("product_id", "period", "aggregated_price", (pl.col("value") / pl.col("aggregated_price")).alias("aggregated_quantity"))
        )
        links.extend(pyindexnum.laspeyres(pl.concat([base, quarter])) for quarter in quarters[start : start + QUARTERS])
    return first_as_100(overlap_chain(links))


if __name__ == "__main__":
    serve(
        prepare,
        {"laspeyres previous-period": laspeyres, "fisher previous-period": fisher, "laspeyres annual-overlap": overlap},
    )
