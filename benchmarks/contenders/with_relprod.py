"""relprod: one call on the long frame."""

from functools import partial

import pandas as pd
from serve import serve

from relprod import index_series


def prepare(panel):
    """Return the long frame."""
    columns = {"item": panel.item_labels(), "period": panel.period_labels(), "volume": panel.volume, "value": panel.value}
    return pd.DataFrame(columns).astype({"item": "str" if panel.text_labels else "int64", "period": "str"})


def cases():
    """Return the cases by name."""
    return {
        "laspeyres previous-period": partial(index_series, formula="laspeyres", link="previous-period"),
        "fisher previous-period": partial(index_series, formula="fisher", link="previous-period"),
        "laspeyres annual-overlap": partial(index_series, formula="laspeyres", link="annual-overlap", reference="2001 Q1"),
    }


if __name__ == "__main__":
    serve(prepare, cases())
