"""Failure demand: the share of a volume that exists only because an earlier contact failed, and output without it.

Source: method.md sections 3 and 6; Seddon (2003), Freedom from Command and Control; for the audit of staff codes, Rogan and
Gladen (1978), "Estimating prevalence from the results of a screening test", Am. J. Epidemiol. 107, 71-76.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relprod.account.exact import ratio

if TYPE_CHECKING:
    from relprod.account.cells import Cells
    from relprod.account.exact import Array, Mask


class CodedShare(NamedTuple):
    """The share (0..1) of coded contacts that is failure demand, and its bounds over all contacts: uncoded all value, or all failure."""

    share: Array
    low: Array
    high: Array


class Corrected(NamedTuple):
    """Shares (0..1) corrected for miscoding, and which of them fell outside 0..1 and were set to the nearer end."""

    share: Array
    clipped: Mask


def failure_share(volume: Array, failure_volume: Array) -> Array:
    """Return the share (0..1) of each volume that is failure demand: none of it where nothing is given."""
    return np.nan_to_num(ratio(failure_volume, volume))


def value_demand(cells: Cells, share: Array, removal: float) -> Cells:
    """Return cells without failure demand: volumes and values times `1 - removal * share`.

    `share` (0..1) is over (items, periods); `removal` (0..1) is how much of failure demand is taken out.
    """
    kept = 1 - removal * share
    return cells.adjusted(cells.volume * kept, cells.value * kept)


def failure_cost(cells: Cells, share: Array) -> Array:
    """Return the cost of failure demand over (items, periods): value times share, nothing where there is no value."""
    return np.nan_to_num(cells.value) * share


def coded_share(value: Array, failure: Array, uncoded: Array) -> CodedShare:
    """Return the share of failure demand from contacts that staff coded value, failure, or not at all; counts, of any one shape.

    The share is missing (NaN) where nothing is coded; the bounds are missing only where there are no contacts.
    """
    contacts = value + failure + uncoded
    return CodedShare(ratio(failure, value + failure), ratio(failure, contacts), ratio(failure + uncoded, contacts))


def rogan_gladen(share: Array, sensitivity: float, specificity: float) -> Corrected:
    """Return coded shares corrected for miscoding, `(share + Sp - 1) / (Se + Sp - 1)`, clipped to 0..1.

    `sensitivity` (0..1) of failure demand is coded failure, `specificity` (0..1) of value demand is coded value. A
    correction beyond 0..1 says that the audit does not fit the codes; it is marked.

    Raises:
        ValueError: sensitivity and specificity sum to 1 or less: the codes say nothing.

    """
    discrimination = _discrimination(sensitivity, specificity)
    raw = (share - (1 - specificity)) / discrimination
    return Corrected(np.clip(raw, 0.0, 1.0), (raw < 0) | (raw > 1))


def rogan_gladen_error(corrected: Array, sensitivity: float, specificity: float, sample_size: int) -> Array:
    """Return the standard error of corrected shares that comes from an audit sample of `sample_size` contacts.

    By the delta method, for a sample drawn from all coded contacts, of which a share equal to the corrected one is then
    expected to be failure demand: sqrt((pi Se (1 - Se) + (1 - pi) Sp (1 - Sp)) / n) / (Se + Sp - 1). The coded share itself is
    of every contact there is, and adds nothing.

    Raises:
        ValueError: sensitivity and specificity sum to 1 or less, or the sample is empty.

    """
    discrimination = _discrimination(sensitivity, specificity)
    if sample_size < 1:
        message = f"An audit sample has at least 1 contact, not {sample_size}."
        raise ValueError(message)
    variance = corrected * sensitivity * (1 - sensitivity) + (1 - corrected) * specificity * (1 - specificity)
    return np.sqrt(variance / sample_size) / discrimination


def _discrimination(sensitivity: float, specificity: float) -> float:
    """Return Youden's index, by which the codes tell failure demand from value demand."""
    discrimination = sensitivity + specificity - 1
    if not discrimination > 0:
        message = f"Sensitivity {sensitivity} and specificity {specificity} must sum to more than 1; otherwise the codes say nothing."
        raise ValueError(message)
    return discrimination
