"""pandas: the script that one would write first, on the long frame."""

import numpy as np
import pandas as pd
from serve import first_as_100, overlap_chain, serve


def prepare(panel):
    """Return the long frame."""
    columns = {"item": panel.item_labels(), "period": panel.period_labels(), "volume": panel.volume, "value": panel.value}
    return pd.DataFrame(columns).astype({"item": "str" if panel.text_labels else "int64", "period": "str"})


def _linked(frame):
    frame = frame.sort_values(["item", "period"])
    by_item = frame.groupby("item")
    frame["base_value"] = by_item["value"].shift()
    frame["relative"] = frame["volume"] / by_item["volume"].shift()
    return frame


def laspeyres(frame):
    """Return the chained Laspeyres index on the previous period."""
    frame = _linked(frame)
    frame["moved"] = frame["base_value"] * frame["relative"]
    sums = frame.groupby("period")[["moved", "base_value"]].sum()
    return 100 * (sums["moved"] / sums["base_value"]).fillna(1).cumprod()


def fisher(frame):
    """Return the chained Fisher index on the previous period."""
    frame = _linked(frame)
    frame["moved"] = frame["base_value"] * frame["relative"]
    frame["backward"] = frame["value"] / frame["relative"]
    sums = frame.groupby("period")[["moved", "base_value", "value", "backward"]].sum()
    links = np.sqrt(sums["moved"] / sums["base_value"] * sums["value"] / sums["backward"])
    return 100 * links.mask(sums["base_value"] == 0, 1).cumprod()


def overlap(frame):
    """Return the annual-overlap Laspeyres index."""
    frame = frame.assign(year=frame["period"].str[:4].astype(int))
    yearly = frame.groupby(["item", "year"]).agg(base_volume=("volume", "mean"), base_value=("value", "sum")).reset_index()
    first = yearly[yearly["year"] == yearly["year"].min()]
    bases = pd.concat([first, yearly.assign(year=yearly["year"] + 1)])
    frame = frame.merge(bases, on=["item", "year"])
    frame["moved"] = frame["base_value"] * frame["volume"] / frame["base_volume"]
    sums = frame.groupby("period")[["moved", "base_value"]].sum()
    return first_as_100(overlap_chain(sums["moved"] / sums["base_value"]))


if __name__ == "__main__":
    serve(
        prepare,
        {"laspeyres previous-period": laspeyres, "fisher previous-period": fisher, "laspeyres annual-overlap": overlap},
    )
