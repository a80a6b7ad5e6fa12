"""What an example can ask of relprod, each as rows with text labels and numbers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from account.making import Ingredients, ingredients
from records.extracts import SCHEMA

from relprod.account.cells import Cells
from relprod.account.chained import Method
from relprod.account.continuity import Persons, continuity
from relprod.account.equity import equity_of
from relprod.account.exact import exact_sum
from relprod.account.failure_demand import coded_share, failure_cost, rogan_gladen
from relprod.account.ladder import Adjustments, compute_account
from relprod.account.links import Timeline
from relprod.account.series import index_series
from relprod.account.unpaid import PublicAccount, Unpaid, extended_account
from relprod.records.contacts import RepeatSettings, contact_cells

from .example import Example, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relprod.account.ladder import Account

Answer = list[dict[str, Any]]
LABELS = ("service", "activity", "parent", "item", "period", "account", "since", "component", "person", "aversion")


def answer(example: Example, question: str) -> Answer:
    """Return the rows that answer a question."""
    return ANSWERS[question](example)


def index(example: Example) -> Answer:
    """Return index and matched share by period, from `index_series` on the table of items."""
    frame = pd.DataFrame(read(example.given["items"]))
    frame = frame.assign(volume=frame["volume"].astype(float), value=frame["value"].astype(float))
    names = {"index": "formula", "link": "link", "reference": "reference", "calendar": "calendar"}
    series = index_series(frame, **{names[key]: value for key, value in example.settings.items() if key in names})
    return [{"period": label, "index": value, "matched": 100 * series.attrs["matched_share"][label]} for label, value in series.items()]


def made(example: Example) -> tuple[Ingredients, Account]:
    """Return the account of an example; a table of items is one service's activity."""
    chosen = example.settings
    head = {
        "calendar": chosen.get("calendar", "calendar"),
        "reference": chosen.get("reference"),
        "frequency": chosen.get("frequency", "year"),
    }
    study: dict[str, Any] = {"study": head, "output": {key: chosen[key] for key in ("index", "link") if key in chosen}}
    if "removal" in chosen:
        study["failure_demand"] = {"method": "given", "removal": chosen["removal"]}
    tables = {name: read(text) for name, text in example.given.items() if name != "items"}
    if "items" in example.given:
        tables["activity"] = [
            {"service": "Care", "activity": row["item"], "period": row["period"], "volume": row["volume"], "cost": row["value"]}
            for row in read(example.given["items"])
        ]
        head["reference"] = head["reference"] or tables["activity"][0]["period"]
    of = ingredients(study, tables)
    return of, of.computed()


def every_place(of: Ingredients, account: Account) -> Iterator[tuple[str, str, int, int]]:
    for row, service in enumerate(account.tree.services):
        for t, label in enumerate(of.labels):
            yield service, label, row, t


def productivity(example: Example) -> Answer:
    of, account = made(example)
    return [
        {
            "service": service,
            "period": label,
            "account": name,
            "output": output[row, t],
            "input": account.input[row, t],
            "productivity": account.productivity(name)[row, t],
            "flags": ", ".join(sorted(flag for flag, marks in account.flags.items() if marks[row, t])) or "none",
        }
        for name, output in account.output.items()
        for service, label, row, t in every_place(of, account)
    ]


def bridge(example: Example) -> Answer:
    of, account = made(example)
    return [
        {
            "service": service,
            "period": label,
            "since": each.since,
            "component": each.component,
            "factor": each.factor[row, t],
            "points": each.contribution_pp[row, t],
        }
        for each in account.bridges
        for service, label, row, t in every_place(of, account)
    ]


def contributions(example: Example) -> Answer:
    of, account = made(example)
    links = account.links["activity"]
    return [
        {"item": item, "period": label, "points": 100 * links.chained.contribution[row, t]}
        for row, item in enumerate(links.items)
        if links.parents[links.item_parent[row]] != "All services"
        for t, label in enumerate(of.labels)
    ]


def links(example: Example) -> Answer:
    of, account = made(example)
    found = account.links["activity"]
    rows = []
    for number, parent in enumerate(found.parents):
        items = np.flatnonzero(found.item_parent == number)
        for t, label in enumerate(of.labels):
            new, gone = (
                ", ".join(found.items[row] for row in items[marks[items, t]]) or "none" for marks in (found.chained.new, found.chained.gone)
            )
            rows.append(
                {"parent": parent, "period": label, "matched": 100 * found.chained.matched_share[number, t], "new": new, "gone": gone}
            )
    return rows


def quality(example: Example) -> Answer:
    of, account = made(example)
    assert account.quality is not None
    return [
        {
            "service": service,
            "activity": activity or "",
            "period": label,
            "k": level[t],
            "provisional": "yes" if account.quality.provisional[service, activity][t] else "no",
        }
        for (service, activity), level in account.quality.level.items()
        for t, label in enumerate(of.labels)
    ]


def failure_demand(example: Example) -> Answer:
    of, account = made(example)
    assert account.failure_share is not None
    cost = failure_cost(of.activity, account.failure_share)
    return [
        {"activity": activity, "period": label, "share": 100 * account.failure_share[row, t], "cost": cost[row, t]}
        for row, activity in enumerate(of.activity.item)
        for t, label in enumerate(of.labels)
    ]


def total(example: Example) -> Answer:
    values = np.array([float(row["number"]) for row in read(example.given["numbers"])])
    return [{"sum": repr(float(exact_sum(values[:, None])[0]))}]


def repeats(example: Example) -> Answer:
    """Return what the SQL counts among one person's contacts with one service."""
    settings = RepeatSettings(dt.date(2024, 1, 1), dt.date(2024, 12, 31), window_days=int(example.settings["window_days"]))
    rows = [
        {
            **dict.fromkeys(SCHEMA.names),
            "contact_id": row["contact"],
            "person_id": "P",
            "service": "Care",
            "activity": "calls",
            "opened": dt.datetime.fromisoformat(row["opened"]),
            "closed": dt.datetime.fromisoformat(row["closed"]),
            "_period": 2024,
        }
        for row in read(example.given["contacts"])
    ]
    with duckdb.connect() as con:
        con.register("contacts", pa.Table.from_pylist(rows, SCHEMA))
        con.register("service_nodes", pa.table({"service": ["Care", "Care"], "node": ["Care", "All services"]}))
        (cell,) = contact_cells(con, settings).to_pylist()
    return [{"person": "P", "contacts": cell["volume"], **{name: cell[name] for name in ("returns", "chases", "failures")}}]


def coded(example: Example) -> Answer:
    rows = read(example.given["codes"])
    shares = coded_share(*(np.array([float(row[name]) for row in rows]) for name in ("value", "failure", "uncoded")))
    corrected = rogan_gladen(shares.share, float(example.settings["sensitivity"]), float(example.settings["specificity"]))
    names = [row["activity"] for row in rows]
    columns = zip(names, *shares, corrected.share, strict=True)
    return [dict(zip(("activity", "share", "low", "high", "corrected"), row, strict=True)) for row in columns]


def continuity_of_each(example: Example) -> Answer:
    found = []
    for row in read(example.given["persons"]):
        met = Counter(row["workers"]).values()
        pairs = len(row["workers"]) - 1
        same = sum(a == b for a, b in pairwise(row["workers"]))
        squares = sum(each * each for each in met)
        made = continuity([Persons(pairs + 1, max(met), squares, same, pairs, pairs - same, len(met), 1)])
        found.append({"person": row["person"], "upc": made.upc, "coc": made.coc, "secon": made.secon, "handoffs": made.handoffs})
    return found


def equity(example: Example) -> Answer:
    rows = read(example.given["groups"])
    people, outcome = (np.array([float(row[name]) for row in rows]) for name in ("people", "outcome"))
    made = equity_of([row["group"] for row in rows], people, outcome, 1.0)
    assert made is not None
    return [
        {"aversion": f"{each.aversion:g}", "mean": made.mean, "ede": each.ede, "factor": each.factor, "slope": made.slope_index}
        for each in made.table
    ]


def extended(example: Example) -> Answer:
    rows = read(example.given["hours"])
    paid, hours, rate = (np.array([[float(row[name]) for row in rows]]) for name in ("paid", "unpaid", "rate"))
    method = Method(Timeline(first=2001, count=len(rows), subperiods=1, reference=(2001, 2001)), "laspeyres", "previous-period")
    inputs = Cells(("Care",), ("labour",), paid, paid * rate)
    account = compute_account(Cells(("Care",), ("outcome",), np.ones_like(paid), paid * rate), inputs, method, Adjustments())
    given = Unpaid(("Care",), ("family",), hours, rate, np.ones_like(hours))
    made = extended_account(PublicAccount.of(account, inputs), given, method, "in-outcome")
    place = account.tree.services.index("Care")
    return [
        {"period": row["period"], "core": made.public.productivity[place, t], "extended": made.productivity[place, t]}
        for t, row in enumerate(rows)
    ]


ANSWERS: dict[str, Callable[[Example], Answer]] = {
    "index": index,
    "productivity": productivity,
    "bridge": bridge,
    "contributions": contributions,
    "links": links,
    "quality": quality,
    "failure demand": failure_demand,
    "sum": total,
    "repeats": repeats,
    "coded share": coded,
    "continuity": continuity_of_each,
    "equity": equity,
    "extended account": extended,
}
