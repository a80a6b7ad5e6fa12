"""pandas: the script that one would write first. Annual-overlap Laspeyres of activity by service, and nothing else of an account.

It checks nothing, trusts that every activity is there in every quarter, and writes service, period, output (first year = 100).
"""

import sys

import pandas as pd

study, out = sys.argv[1:]
frame = pd.read_csv(f"{study}/activity.csv")
frame["cost"] = frame["volume"] * frame["unit_cost"]
frame["year"] = frame["period"].str[:4].astype(int)
yearly = frame.groupby(["service", "activity", "year"]).agg(base_volume=("volume", "mean"), base_cost=("cost", "sum")).reset_index()
first = yearly[yearly["year"] == yearly["year"].min()]
bases = pd.concat([first, yearly.assign(year=yearly["year"] + 1)])
frame = frame.merge(bases, on=["service", "activity", "year"])
frame["moved"] = frame["base_cost"] * frame["volume"] / frame["base_volume"]
sums = frame.groupby(["service", "year", "period"])[["moved", "base_cost"]].sum()
links = (sums["moved"] / sums["base_cost"]).rename("link").reset_index()
level = 100 * links.groupby(["service", "year"])["link"].mean().groupby("service").cumprod().rename("level")
before = level.groupby("service").shift(fill_value=100.0)
links = links.merge(before.reset_index(), on=["service", "year"])
links["output"] = links["link"] * links["level"]
links[["service", "period", "output"]].to_parquet(out, index=False)
