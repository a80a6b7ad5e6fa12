"""Productivity: output over input, both as indices with reference = 100.

Source: method.md section 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relprod.account.exact import Array


def productivity(output: Array, spent: Array) -> Array:
    """Return `100 * output / input`, missing (NaN) where either is; exactly 100 where the two are the same."""
    return 100 * (output / spent)
