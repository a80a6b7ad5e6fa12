"""The back-test: figures already published, set beside those computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from relprod.run.parquet import run_table

if TYPE_CHECKING:
    from collections.abc import Mapping

_SLACK = 1e-9
"""Allowed beyond the tolerance, so that a difference of 0.1 in decimals is not refused for its double; in index points."""
_KEY = ("service", "period", "account", "measure")


def published_table(published: pa.Table, productivity: pa.Table) -> pa.Table:
    """Return the table `published`: every published figure with the one computed, and whether it lies within the tolerance."""
    computed = _figures(productivity)
    order = sorted(range(published.num_rows), key=lambda row: tuple(published[key][row].as_py() for key in _KEY))
    published = published.take(pa.array(order, type=pa.int64()))
    keys = zip(*(published[key].to_pylist() for key in _KEY), strict=True)
    values = np.array([computed.get(key, np.nan) for key in keys], dtype=np.float64)
    difference = values - published["value"].to_numpy()
    within = np.abs(difference) <= published["tolerance"].to_numpy() + _SLACK
    return run_table(
        "published",
        {
            **{key: published[key] for key in _KEY},
            "published": published["value"],
            "computed": values,
            "difference": difference,
            "within": within.astype(np.int64),
        },
    )


def _figures(productivity: pa.Table) -> Mapping[tuple[str, str, str, str], float]:
    """Return every output, input and productivity by service, period, account and measure."""
    keys = list(zip(*(productivity[key].to_pylist() for key in ("service", "period", "account")), strict=True))
    return {
        (*key, measure): value
        for measure in ("output", "input", "productivity")
        for key, value in zip(keys, productivity[measure].to_pylist(), strict=True)
        if value is not None
    }
