"""Nodes: values with the formula and the parts that they come of, and the reckoning of a value from its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

Number: TypeAlias = float | int | Decimal


@dataclass(frozen=True)
class Formula:
    """How a value comes of its parts.

    `text` is for reading, with ``{0}``, ``{1}`` … where the parts go; a formula over any number of parts has none of these. `apply`
    is given the parts and what they are worth, in the same order, and returns the value.
    """

    text: str
    apply: Callable[[Sequence[Node], Callable[[Node], Number]], Number]


@dataclass(frozen=True)
class Cell:
    """Which rows of the inputs a node was read from: the table, and what the rows have in common (column and value)."""

    table: str
    column: str
    rows: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, eq=False)
class Node:
    """A value, what it is (`name`) and of what (`of`), and how it comes about.

    `key` names it among all nodes of a trace. A node without a formula is read and not worked out: from a cell, or from the study.
    `note` says what the formula does not, for example that a figure chained over several links has no exact parts by item.
    """

    key: Hashable
    name: str
    of: str
    value: Number | None
    formula: Formula | None = None
    make_parts: Callable[[], Sequence[Node]] = field(default=lambda: ())
    note: str = ""
    cell: Cell | None = None

    @cached_property
    def parts(self) -> tuple[Node, ...]:
        """What it is worked out from, made when first asked for."""
        return tuple(self.make_parts())


def reckon(node: Node, known: dict[Hashable, Number] | None = None) -> Number:
    """Return the value of a node worked out from its parts, theirs from theirs, down to what was read.

    `known` keeps what was worked out, so that a part of several figures is worked out once. It goes deep without recursion,
    because a chain has as many links as there are periods.

    Raises:
        ValueError: a value that is read is missing.

    """
    worked_out: dict[Hashable, Number] = {} if known is None else known
    waiting = [node]
    while waiting:
        last = waiting[-1]
        if last.key in worked_out:
            waiting.pop()
            continue
        if last.formula is None:
            if last.value is None:
                message = f"{last.name} of {last.of} is missing"
                raise ValueError(message)
            worked_out[last.key] = last.value
            waiting.pop()
            continue
        lacking = [part for part in last.parts if part.key not in worked_out]
        if lacking:
            waiting.extend(lacking)
            continue
        worked_out[last.key] = last.formula.apply(last.parts, lambda part: worked_out[part.key])
        waiting.pop()
    return worked_out[node.key]
