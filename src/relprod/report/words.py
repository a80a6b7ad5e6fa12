"""Numbers as people read them."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from relprod.shown import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING = "-"
_BLOCKS = "▁▂▃▄▅▆▇█"


def index_text(value: float | None) -> str:
    """Return an index to one decimal, or a dash where it is missing."""
    return MISSING if value is None or math.isnan(value) else f"{value:.1f}"


def change_text(value: float | None, unit: str = "%") -> str:
    """Return a change with its sign, to one decimal: "+1.2%"."""
    if value is None or math.isnan(value):
        return MISSING
    rounded = round(value, 1) + 0.0
    return f"{rounded:+.1f}{unit}" if rounded else f"0.0{unit}"


def money_text(value: float, currency: str) -> str:
    """Return an amount of money to the whole unit, with its label: "GBP 1,234"."""
    return f"{currency} {value:,.0f}" if currency.isalpha() else f"{value:,.2f} ({currency})"


def three_digits(value: float) -> str:
    """Return a number that may be large or small to three digits that count: "0.0126", "1,230"."""
    return f"{Decimal(f'{value:.3g}'):,f}"


def moved(value: float) -> str:
    """Return a change in words: "up 1.2%", "down 0.4%", "unchanged"."""
    size = f"{abs(value):.1f}%"
    return "unchanged" if size == "0.0%" else f"{'up' if value > 0 else 'down'} {size}"


def on_the_year(value: float | None) -> str:
    """Return ", up 1.2% on the year", or nothing where that is not known."""
    return "" if value is None or math.isnan(value) else f", {moved(value)} on the year"


def sparkline(values: Sequence[float | None], width: int) -> str:
    """Return a row of blocks that rises and falls with the last `width` values; a space where one is missing."""
    shown = [math.nan if value is None else value for value in values[-width:]]
    known = [value for value in shown if not math.isnan(value)]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    heights = [None if math.isnan(value) else round((value - low) / span * 7) if span > 1e-9 else 3 for value in shown]  # noqa: PLR2004 - eight blocks, and the middle one for no change
    return "".join(" " if height is None else _BLOCKS[height] for height in heights)


def bar(value: float, largest: float, width: int, block: str) -> str:
    """Return a bar as long as the value is large beside the largest."""
    if math.isnan(value) or largest <= 0 or width == 0:
        return ""
    return block * max(round(abs(value) / largest * width), 1 if abs(value) > 0.05 else 0)  # noqa: PLR2004 - what rounds to 0.0 gets no bar


def in_list(texts: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]])) if texts else ""


def plural(count: int, noun: str) -> str:
    """Return "1 figure" or "2 figures"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def markdown_text(text: str) -> str:
    """Return a text of which Markdown makes nothing else, also in the cell of a table."""
    return "".join(f"\\{char}" if char in "\\`*_[]|<" else char for char in visible(text))
