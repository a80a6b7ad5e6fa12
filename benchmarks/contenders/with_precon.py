"""precon: its Laspeyres and its chain, on wide tables (periods by items); `pivot` as second argument starts from the long frame.

It has no Fisher. Its chain links on a period, so that the annual overlap is chained here.
"""

import sys

import pandas as pd
import precon
from serve import FIRST_YEAR, QUARTERS, first_as_100, overlap_chain, serve


def long_frame(panel):
    """Return the long frame, with the quarters' last days as periods."""
    ends = pd.date_range(f"{FIRST_YEAR}-03-31", periods=panel.periods, freq="Q")
    return pd.DataFrame(
        {"item": panel.item_labels(), "period": ends.to_numpy()[panel.period], "volume": panel.volume, "value": panel.value}
    )


def wide(frame):
    """Return volumes and values over (periods, items)."""
    tables = frame.set_index(["period", "item"]).unstack()  # noqa: PD010 - pivot_table would aggregate, and take longer
    return tables["volume"].asfreq("Q"), tables["value"].asfreq("Q")


def laspeyres(tables):
    """Return the chained Laspeyres index on the previous period."""
    volume, value = tables
    links = precon.calculate_index(volume, volume.shift().bfill(), "laspeyres", axis=1, weights=value.shift().bfill())
    return precon.chain(links, base_periods=list(range(1, QUARTERS + 1)))


def overlap(tables):
    """Return the annual-overlap Laspeyres index."""
    volume, value = tables
    base_volume = volume.groupby(volume.index.year).mean()
    base_value = value.groupby(value.index.year).sum()
    base_year = (volume.index.year - 1).where(volume.index.year > volume.index.year[0], volume.index.year[0])
    base_volume, weights = (table.reindex(base_year).set_axis(volume.index) for table in (base_volume, base_value))
    return first_as_100(overlap_chain(precon.calculate_index(volume, base_volume, "laspeyres", axis=1, weights=weights) / 100))


if __name__ == "__main__":
    named = {"laspeyres previous-period": laspeyres, "laspeyres annual-overlap": overlap}
    if sys.argv[2:] == ["pivot"]:
        serve(long_frame, {name: lambda frame, index=index: index(wide(frame)) for name, index in named.items()})
    else:
        serve(lambda panel: wide(long_frame(panel)), named)
