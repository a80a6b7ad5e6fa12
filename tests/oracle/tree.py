"""Services as a tree: 'A > B' lies below 'A', and everything lies below 'All services'."""

from __future__ import annotations

ROOT = "All services"


def lineage(service: str) -> list[str]:
    """Return the names from the root down to the service."""
    parts = [part.strip() for part in service.split(">")]
    if parts[0] == ROOT:
        parts = parts[1:]
    return [ROOT, *(" > ".join(parts[:depth]) for depth in range(1, len(parts) + 1))]


def nodes(services: list[str]) -> list[str]:
    """Return every service and every prefix of one, the root first."""
    found = {node for service in services for node in lineage(service)} | {ROOT}
    return sorted(found, key=lambda node: (len(lineage(node)), node))


def children(node: str, among: list[str]) -> list[str]:
    """Return the services directly below a node."""
    return [other for other in among if lineage(other)[:-1] == lineage(node)]


def at_or_below(node: str, service: str) -> bool:
    """Return whether a service is the node or lies below it."""
    return node in lineage(service)
