"""Cells: the table of volumes and values that every adjustment takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relprod.account.exact import Array


@dataclass(frozen=True)
class Cells:
    """Volumes and values of items over periods.

    `service` and `item` name the rows; an item is an activity or a kind of input, unique within its service.
    `volume` and `value` are over (items, periods), missing (NaN) where there is no row. Value is in current prices.
    An adjustment returns cells of the same rows with other volumes, and other values where it moves the weights.
    """

    service: tuple[str, ...]
    item: tuple[str, ...]
    volume: Array
    value: Array

    def adjusted(self, volume: Array, value: Array | None = None) -> Cells:
        """Return the same rows with other volumes and, where given, other values."""
        return replace(self, volume=volume, value=self.value if value is None else value)
