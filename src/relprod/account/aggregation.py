"""From items to services, and from services to those above them, with one function.

A service's index comes from its own items (activities, kinds of input) or from the services below it: their
indices are the volumes, their expenditure the values. Rows given at the level of a service that has others below it
are one more child, the `own level`. So a Laspeyres index is the same in one step and in several.

Source: method.md section 3, "Aggregation", and section 4.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.chained import ChainedIndex, Method, index_by_parent
from relprod.account.services import own_level_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from relprod.account.cells import Cells
    from relprod.account.exact import Array, Mask
    from relprod.account.services import ServiceTree


@dataclass(frozen=True)
class Links:
    """The links of many parents, by name; `chained` holds their figures.

    Row i of `volume` and `value`, over (items, periods), and of the item arrays in `chained` is `items[i]`, and belongs to
    `parents[item_parent[i]]`.
    """

    parents: tuple[str, ...]
    items: tuple[str, ...]
    item_parent: npt.NDArray[np.int64]
    volume: Array
    value: Array
    chained: ChainedIndex

    @classmethod
    def joined(cls, several: list[Links]) -> Links:
        """Return the links of several sets of parents as one."""
        starts = np.cumsum([0, *(len(each.parents) for each in several)])
        return cls(
            tuple(name for each in several for name in each.parents),
            tuple(name for each in several for name in each.items),
            np.concatenate([each.item_parent + start for each, start in zip(several, starts, strict=False)]),
            np.concatenate([each.volume for each in several]),
            np.concatenate([each.value for each in several]),
            ChainedIndex(*(np.concatenate([getattr(each.chained, field.name) for each in several]) for field in fields(ChainedIndex))),
        )


@dataclass(frozen=True)
class Weights:
    """What a service weighs beside its siblings, over (services, periods): `total` with all below it, `own` for its own rows."""

    total: Array
    own: Array


@dataclass(frozen=True)
class ServiceIndices:
    """The chained index of every service over (services, periods), missing (NaN) where there is none, and its links."""

    index: Array
    links: Links


def service_indices(
    tree: ServiceTree, cells: Cells, weights: Weights, method: Method, given: dict[int, Array] | None = None
) -> ServiceIndices:
    """Return the index of every service from the cells of items.

    `weights` are the values of services beside their siblings. `given` holds the index of services (by their place in the
    tree) that is not made from anything below them.
    """
    own, own_links = _own_indices(tree, cells, method)
    found = [own_links]
    index = np.full((len(tree), method.timeline.count), np.nan)
    for place, series in (given or {}).items():
        index[place] = series
    for depth in range(int(tree.depth.max()), -1, -1):
        links = _one_level(tree, depth, (index, own), weights, method)
        if links is not None:
            found.append(links)
    return ServiceIndices(index, Links.joined(found))


def _own_indices(tree: ServiceTree, cells: Cells, method: Method) -> tuple[Array, Links]:
    """Return the index of each service's own items, over (services, periods), and its links."""
    places = tree.places(cells.service)
    present = np.unique(places)
    rank = np.searchsorted(present, places)
    chained = index_by_parent(rank, len(present), cells.volume, cells.value, method)
    own = np.full((len(tree), method.timeline.count), np.nan)
    own[present] = chained.index
    has_children = tree.with_children()
    names = tuple(own_level_of(tree.services[place]) if has_children[place] else tree.services[place] for place in present)
    return own, Links(names, cells.item, rank, cells.volume, cells.value, chained)


def _one_level(tree: ServiceTree, depth: int, indices: tuple[Array, Array], weights: Weights, method: Method) -> Links | None:
    """Fill in the indices of the services at one depth, and return the links of those made from the services below them."""
    index, own = indices
    has_index, has_own_index = _has_any(index), _has_any(own)
    parents, children = [], []
    for place in np.flatnonzero((tree.depth == depth) & ~has_index):
        below = [child for child in np.flatnonzero(tree.parent == place) if has_index[child]]
        has_own = has_own_index[place]
        if not below and has_own:
            index[place] = own[place]
        elif below:
            parents.append(place)
            children.append(([-1] if has_own else []) + below)
    if not parents:
        return None
    item_parent = np.repeat(np.arange(len(parents)), [len(found) for found in children])
    owner = np.repeat(parents, [len(found) for found in children])
    member = np.array([child for found in children for child in found])
    is_own = (member < 0)[:, None]
    volume = np.where(is_own, own[owner], index[member])
    value = np.where(is_own, weights.own[owner], weights.total[member])
    chained = index_by_parent(item_parent, len(parents), volume, value, method)
    index[parents] = chained.index
    items = tuple(
        own_level_of(tree.services[above]) if child < 0 else tree.services[child] for above, child in zip(owner, member, strict=True)
    )
    return Links(tuple(tree.services[place] for place in parents), items, item_parent, volume, value, chained)


def _has_any(index: Array) -> Mask:
    """Return which rows hold an index in any period."""
    found: Mask = np.any(~np.isnan(index), axis=1)
    return found
