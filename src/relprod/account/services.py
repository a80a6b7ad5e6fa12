"""Services as a tree of paths: "Adult social care > Home care" lies below "Adult social care", and all below `All services`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.blocks import sums_by_group

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from relprod.account.exact import Array

ALL_SERVICES = "All services"
OWN_LEVEL = "(own level)"
"""Stands for the rows given at a service's own level, where it has services below it as well."""
SEPARATOR = " > "


def parts(service: str) -> tuple[str, ...]:
    """Return the names on the way from the total down to a service; nothing for the total itself."""
    return () if service == ALL_SERVICES else tuple(service.split(SEPARATOR))


def parent_of(service: str) -> str:
    """Return the service directly above, up to `All services`."""
    above = parts(service)[:-1]
    return SEPARATOR.join(above) if above else ALL_SERVICES


def lineage(service: str) -> tuple[str, ...]:
    """Return a service and every service above it, nearest first, ending with `All services`."""
    names = parts(service)
    return (*(SEPARATOR.join(names[:depth]) for depth in range(len(names), 0, -1)), ALL_SERVICES)


def is_at_or_below(service: str, other: str) -> bool:
    """Return whether a service is another, or lies below it."""
    return parts(service)[: len(parts(other))] == parts(other)


def own_level_of(service: str) -> str:
    """Return the name under which a service's own rows stand beside the services below it."""
    return OWN_LEVEL if service == ALL_SERVICES else f"{service}{SEPARATOR}{OWN_LEVEL}"


@dataclass(frozen=True)
class ServiceTree:
    """Every service of a study, parents before children, with the place of each one's parent (-1 for the total)."""

    services: tuple[str, ...]
    parent: npt.NDArray[np.int64]
    depth: npt.NDArray[np.int64]

    @classmethod
    def of(cls, named: Iterable[str]) -> ServiceTree:
        """Return the tree of the named services and all above them."""
        every = {above for service in set(named) for above in lineage(service)} | {ALL_SERVICES}
        services = tuple(sorted(every, key=lambda service: (len(parts(service)), parts(service))))
        place = {service: number for number, service in enumerate(services)}
        parent = [place[parent_of(service)] if service != ALL_SERVICES else -1 for service in services]
        return cls(services, np.array(parent, dtype=np.int64), np.array([len(parts(service)) for service in services], dtype=np.int64))

    def __len__(self) -> int:
        """Return the number of services, the total included."""
        return len(self.services)

    def places(self, services: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return where services stand in the tree."""
        place = {service: number for number, service in enumerate(self.services)}
        return np.array([place[service] for service in services], dtype=np.int64)

    def with_children(self) -> npt.NDArray[np.bool_]:
        """Return which services have services below them."""
        return np.isin(np.arange(len(self)), self.parent)

    def any_at_or_below(self, own: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which services have a marked one at or below them; marks may be over (services) or (services, periods)."""
        found = own.copy()
        for place in range(len(self) - 1, 0, -1):
            found[self.parent[place]] |= found[place]
        return found

    def any_above(self, own: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which services have a marked one strictly above them."""
        found = np.zeros_like(own)
        for place in range(1, len(self)):
            above = self.parent[place]
            found[place] = found[above] | own[above]
        return found

    def at_or_below(self, own: Array) -> Array:
        """Return, over (services, periods), the exact sum of each service's own rows and all below it."""
        service, row = self.with_all_above(np.arange(len(self)))
        return sums_by_group(service, len(self), own[row])

    def with_all_above(self, places: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return every pair of a service (its place) and a row at or below it, of rows that stand at `places`."""
        above, row = places, np.arange(len(places))
        pairs = [(above, row)]
        while len(above):
            above, row = self.parent[above], row[self.parent[above] >= 0]
            above = above[above >= 0]
            pairs.append((above, row))
        service, rows = (np.concatenate(column) for column in zip(*pairs, strict=True))
        return service, rows
