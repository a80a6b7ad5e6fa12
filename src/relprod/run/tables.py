"""From an account to the tables of a run, each sorted by its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relprod.account.productivity import productivity
from relprod.run.parquet import labelled, run_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pyarrow as pa

    from relprod.account.aggregation import Links
    from relprod.account.exact import Array, Mask
    from relprod.account.ladder import Account
    from relprod.account.unpaid import ExtendedAccount
    from relprod.periods import PeriodScheme

EXTENDED = "extended"
"""The account with unpaid work on both sides."""
CORE = "core"
"""The account of input: the public inputs, which every account of the core ladder shares."""


def period_labels(account: Account, scheme: PeriodScheme) -> list[str]:
    """Return the labels of the account's periods."""
    return [scheme.label(ordinal) for ordinal in account.timeline.ordinals]


def growth(index: Array, lag: int) -> Array:
    """Return the growth of indices over (rows, periods, ...) on `lag` periods before, in per cent."""
    before = np.full_like(index, np.nan)
    if lag < index.shape[1]:
        before[:, lag:] = index[:, :-lag]
    return 100 * (index / before - 1)


def productivity_table(account: Account, scheme: PeriodScheme, extended: ExtendedAccount | None = None) -> pa.Table:
    """Return the table `productivity`: one row a service, period and account that has output or input."""
    sides = {name: (output, account.input) for name, output in account.output.items()}
    if extended is not None:
        sides[EXTENDED] = extended.output, extended.input
    accounts = sorted(sides)
    services = _sorted_places(account.tree.services)
    output, spent = (np.stack([sides[name][side] for name in accounts], axis=2) for side in (0, 1))
    achieved = productivity(output, spent)
    own_reference = {**account.own_reference, **({} if extended is None else {EXTENDED: extended.own_reference})}
    figures = {
        "output": output,
        "input": spent,
        "productivity": achieved,
        "output_growth": growth(output, 1),
        "input_growth": growth(spent, 1),
        "productivity_growth": growth(achieved, 1),
        "productivity_growth_year": growth(achieved, account.timeline.subperiods),
    }
    keep = ~(np.isnan(output) & np.isnan(spent))[services]
    service, period, ladder = np.nonzero(keep)
    return run_table(
        "productivity",
        {
            "service": labelled(service, [account.tree.services[place] for place in services]),
            "period": labelled(period, period_labels(account, scheme)),
            "account": labelled(ladder, accounts),
            **{name: values[services][keep] for name, values in figures.items()},
            "flags": _flag_texts({name: marks[services][keep] for name, marks in _flags(account, own_reference, output).items()}),
        },
    )


def _flags(account: Account, own_reference: Mapping[str, Mask], output: Array) -> dict[str, Mask]:
    """Return each flag over (services, periods, accounts), in the order in which flags are written."""
    accounts = sorted(own_reference)
    flags = {name: np.repeat(marks[:, :, None], len(accounts), axis=2) for name, marks in sorted(account.flags.items())}
    marks = np.stack([own_reference[name] for name in accounts], axis=1)
    flags["own-reference"] = np.repeat(marks[:, None, :], account.timeline.count, axis=1)
    flags["provisional"] = flags["provisional"] & (np.array(accounts) != "activity")
    flags["lead-in"] = flags["lead-in"] & ~np.isin(accounts, ["activity", "quality_adjusted"])
    flags["no-output"] = np.isnan(output) & ~flags["chain-broken"]
    return flags


def _flag_texts(flags: dict[str, Mask]) -> pa.Array:
    """Return the names of the flags that are set in each row, separated by ';'."""
    code = sum((marks.astype(np.int64) << bit for bit, marks in enumerate(flags.values())), start=np.int64(0))
    distinct, place = np.unique(code, return_inverse=True)
    texts = [";".join(name for bit, name in enumerate(flags) if number >> bit & 1) for number in distinct.tolist()]
    return labelled(place, texts)


def bridge_table(account: Account, scheme: PeriodScheme) -> pa.Table:
    """Return the table `bridge`: one row a service, period, base and component of productivity growth."""
    parts = sorted(account.bridges, key=lambda each: (each.since, each.component))
    keys = sorted({(each.since, each.component) for each in parts})
    services = _sorted_places(account.tree.services)
    factor = np.stack([each.factor for each in parts], axis=2)[services]
    points = np.stack([each.contribution_pp for each in parts], axis=2)[services]
    service, period, part = np.nonzero(~np.isnan(points))
    return run_table(
        "bridge",
        {
            "service": labelled(service, [account.tree.services[place] for place in services]),
            "period": labelled(period, period_labels(account, scheme)),
            "since": labelled(part, [since for since, _ in keys]),
            "component": labelled(part, [component for _, component in keys]),
            "factor": factor[service, period, part],
            "contribution_pp": points[service, period, part],
        },
    )


def contributions_table(account: Account, scheme: PeriodScheme, extended: ExtendedAccount | None = None) -> pa.Table:
    """Return the table `contributions`: one row an item that takes part in a link on an earlier base."""
    quantities = _quantities(account, extended)
    names = sorted({name for _, _, links in quantities for name in (*links.parents, *links.items)})
    parts = [_contribution_rows(links, names, number) for number, (_, _, links) in enumerate(quantities)]
    parent, item, period, number, points = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.lexsort((number, period, item, parent))
    return run_table(
        "contributions",
        {
            "parent": labelled(parent[order], names),
            "item": labelled(item[order], names),
            "period": labelled(period[order], period_labels(account, scheme)),
            "quantity": labelled(number[order], [quantity for quantity, _, _ in quantities]),
            "account": labelled(number[order], [name for _, name, _ in quantities]),
            "contribution_pp": points[order],
        },
    )


def links_table(account: Account, scheme: PeriodScheme, extended: ExtendedAccount | None = None) -> pa.Table:
    """Return the table `links`: one row a parent, period and quantity with a base or with items."""
    quantities = _quantities(account, extended)
    names = sorted({name for _, _, links in quantities for name in links.parents})
    parts = [_link_rows(links, names, number) for number, (_, _, links) in enumerate(quantities)]
    parent, period, number, share = (np.concatenate([part[column] for part in parts]) for column in range(4))
    new, gone = (np.array([text for part in parts for text in part[column]], dtype=object) for column in (4, 5))
    order = np.lexsort((number, period, parent))
    return run_table(
        "links",
        {
            "parent": labelled(parent[order], names),
            "period": labelled(period[order], period_labels(account, scheme)),
            "quantity": labelled(number[order], [quantity for quantity, _, _ in quantities]),
            "account": labelled(number[order], [name for _, name, _ in quantities]),
            "matched_share": share[order],
            "new_items": new[order],
            "gone_items": gone[order],
        },
    )


def _quantities(account: Account, extended: ExtendedAccount | None) -> list[tuple[str, str, Links]]:
    """Return quantity, account and links of everything that was linked, in the order of these names."""
    core = [("input", CORE, links) if name == "input" else ("output", name, links) for name, links in account.links.items()]
    beyond = [] if extended is None else [(quantity, EXTENDED, links) for quantity, links in extended.links.items()]
    return sorted([*core, *beyond], key=lambda each: each[:2])


def _contribution_rows(links: Links, names: list[str], number: int) -> tuple[Any, ...]:
    """Return parent and item (places in `names`), period, `number` and percentage points of each contribution."""
    chained = links.chained
    item, period = np.nonzero(chained.matched & ~chained.own_base[links.item_parent])
    return (
        np.searchsorted(names, links.parents)[links.item_parent][item],
        np.searchsorted(names, links.items)[item],
        period,
        np.full(len(item), number),
        100 * chained.contribution[item, period],
    )


def _link_rows(links: Links, names: list[str], number: int) -> tuple[Any, ...]:
    """Return parent (place in `names`), period, `number`, matched share, and the names of new and of gone items."""
    chained = links.chained
    new, gone = _names_by_link(links, chained.new), _names_by_link(links, chained.gone)
    has_items = np.zeros(chained.growth.shape, dtype=bool)
    for listed in (new, gone):
        for place in listed:
            has_items[place] = True
    parent, period = np.nonzero(~np.isnan(chained.matched_share) | has_items)
    texts = [[";".join(listed.get(place, ())) for place in zip(parent.tolist(), period.tolist(), strict=True)] for listed in (new, gone)]
    return (
        np.searchsorted(names, links.parents)[parent],
        period,
        np.full(len(parent), number),
        chained.matched_share[parent, period],
        *texts,
    )


def _names_by_link(links: Links, marks: Mask) -> dict[tuple[int, int], list[str]]:
    """Return the names of the marked items of each (parent, period), sorted."""
    found: dict[tuple[int, int], list[str]] = {}
    for item, period in np.argwhere(marks).tolist():
        found.setdefault((int(links.item_parent[item]), period), []).append(links.items[item])
    return {place: sorted(items) for place, items in found.items()}


def _sorted_places(names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Return the places of names in alphabetical order."""
    return np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
