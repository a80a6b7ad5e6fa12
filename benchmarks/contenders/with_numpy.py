"""numpy: one bare pass over matrices, the lower bound; `pivot` as second argument starts from the long table instead.

It checks nothing, assumes that every item is there in every period, and sums as numpy does.
"""

import sys

import numpy as np
import pandas as pd
from serve import QUARTERS, first_as_100, overlap_chain, serve


def matrices(panel):
    """Return volumes and values over (periods, items)."""
    volume, value = np.empty((panel.periods, panel.items)), np.empty((panel.periods, panel.items))
    volume[panel.period, panel.item], value[panel.period, panel.item] = panel.volume, panel.value
    return volume, value


def long_columns(panel):
    """Return the long columns, as relprod gets them."""
    item = pd.Series(panel.item_labels(), dtype="str" if panel.text_labels else "int64")
    return item, pd.Series(panel.period_labels(), dtype="str"), panel.volume, panel.value


def pivoted(columns):
    """Return the matrices from the long columns; the rows' labels are numbered by pandas."""
    item, period, volume_column, value_column = columns
    item_codes, items = pd.factorize(item)
    period_codes, periods = pd.factorize(period, sort=True)
    place = period_codes * len(items) + item_codes
    volume, value = np.empty(len(items) * len(periods)), np.empty(len(items) * len(periods))
    volume[place], value[place] = volume_column, value_column
    return volume.reshape(len(periods), -1), value.reshape(len(periods), -1)


def _chained(links):
    return 100 * np.concatenate([[1.0], np.cumprod(links)])


def laspeyres(data):
    """Return the chained Laspeyres index on the previous period."""
    volume, value = data
    return _chained((value[:-1] * volume[1:] / volume[:-1]).sum(axis=1) / value[:-1].sum(axis=1))


def fisher(data):
    """Return the chained Fisher index on the previous period."""
    volume, value = data
    relative = volume[1:] / volume[:-1]
    forward = (value[:-1] * relative).sum(axis=1) / value[:-1].sum(axis=1)
    backward = value[1:].sum(axis=1) / (value[1:] / relative).sum(axis=1)
    return _chained(np.sqrt(forward * backward))


def overlap(data):
    """Return the annual-overlap Laspeyres index."""
    volume, value = data
    links = []
    for start in range(0, len(volume), QUARTERS):
        base = slice(max(start - QUARTERS, 0), max(start, QUARTERS))
        price = value[base].sum(axis=0) / volume[base].mean(axis=0)
        links.extend(volume[start : start + QUARTERS] @ price / value[base].sum())
    return first_as_100(overlap_chain(links))


if __name__ == "__main__":
    named = {"laspeyres previous-period": laspeyres, "fisher previous-period": fisher, "laspeyres annual-overlap": overlap}
    if sys.argv[2:] == ["pivot"]:
        serve(long_columns, {name: lambda columns, index=index: index(pivoted(columns)) for name, index in named.items()})
    else:
        serve(matrices, named)
