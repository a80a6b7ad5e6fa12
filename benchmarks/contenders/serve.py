"""A contender's side of the benchmark: load the panel once, then time one case each time it is asked.

It also runs on the old Pythons that precon needs. Requests are lines on standard input, each the name of a case; answers are
lines of JSON with the seconds and the index by period (first period = 100).
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

QUARTERS = 4
"""Quarters in a year."""
FIRST_YEAR = 2001


class Panel:
    """Rows of a long table: the item's and the period's number, volume and value, and how items are labelled."""

    def __init__(self, path):
        """Read the panel from an npz file."""
        with np.load(path) as columns:
            self.item = columns["item"]
            self.period = columns["period"]
            self.volume = columns["volume"]
            self.value = columns["value"]
            self.text_labels = bool(columns["text_labels"])
        self.items = int(self.item.max()) + 1
        self.periods = int(self.period.max()) + 1

    def item_labels(self):
        """Return each row's item as text (objects), or as a number."""
        if not self.text_labels:
            return self.item.astype(np.int64)
        return np.array([f"activity {number:06d}" for number in range(self.items)], dtype=object)[self.item]

    def period_labels(self):
        """Return each row's period, such as "2001 Q1" (objects)."""
        labels = [f"{FIRST_YEAR + number // QUARTERS} Q{number % QUARTERS + 1}" for number in range(self.periods)]
        return np.array(labels, dtype=object)[self.period]


def overlap_chain(links):
    """Return the annual-overlap chain, first year's mean = 1, of links on the mean of the year before (first year: on its own)."""
    index = np.array(links, dtype=np.float64)
    for start in range(QUARTERS, len(index), QUARTERS):
        index[start : start + QUARTERS] *= index[start - QUARTERS : start].mean()
    return index


def first_as_100(index):
    """Return an index with its first period as 100."""
    index = np.asarray(index, dtype=np.float64)
    return 100 * index / index[0]


def serve(prepare, cases):
    """Answer requests until standard input ends. What `prepare` does with the panel is not timed; what a case does is."""
    data = prepare(Panel(sys.argv[1]))
    answer({"ready": True})
    for line in sys.stdin:
        case = cases[line.strip()]
        start = time.perf_counter()
        index = case(data)
        seconds = time.perf_counter() - start
        answer({"seconds": seconds, "index": [float(level) for level in index]})


def answer(message):
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
