"""The whole account: from cells of activity and input to every service's output, input and productivity.

The ladder is a list of accounts, each the one before with one more adjustment. An adjustment takes the cells and
gives cells: this is the only place that says which there are and in what order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relprod.account.aggregation import Links, Weights, service_indices
from relprod.account.blocks import sums_by_group
from relprod.account.bridge import Bridge, bridges
from relprod.account.chained import Method, rebased
from relprod.account.equity import equity_weighted
from relprod.account.failure_demand import value_demand
from relprod.account.productivity import productivity
from relprod.account.quality import Indicator, QualityLevels, quality_adjusted, quality_levels
from relprod.account.services import ServiceTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from relprod.account.cells import Cells
    from relprod.account.exact import Array, Mask
    from relprod.account.links import Timeline


@dataclass(frozen=True)
class Adjustments:
    """Which steps are taken beyond the activity account; what is None is switched off.

    `failure_share` (0..1) is over the activity cells' (items, periods), `removal` in 0..1. `equity_level` is each service's
    equity factor relative to the reference, over the periods.
    """

    indicators: tuple[Indicator, ...] | None = None
    failure_share: Array | None = None
    removal: float = 1.0
    equity_level: Mapping[str, Array] | None = None


@dataclass(frozen=True)
class OutputWeights(Weights):
    """What services weigh in output, and over (services), whether that is their spending; else it is the value of their activity."""

    total_is_spending: Mask
    own_is_spending: Mask


@dataclass(frozen=True)
class Account:
    """Every figure of the core ladder, over (services, periods); indices have reference = 100, what is missing is NaN.

    `output` holds the accounts in the ladder's order. `links` holds the links of each output and, under "input",
    of the inputs. `flags` names what a reader must know of a service's figures, over (services, periods); `own_reference` marks,
    for each account, the services that are 100 at their own first year, because they have no figure in the reference.
    """

    tree: ServiceTree
    timeline: Timeline
    output: Mapping[str, Array]
    input: Array
    links: Mapping[str, Links]
    bridges: tuple[Bridge, ...]
    flags: Mapping[str, Mask]
    own_reference: Mapping[str, Mask]
    weights: OutputWeights
    input_weights: Weights
    quality: QualityLevels | None
    failure_share: Array | None

    def productivity(self, account: str) -> Array:
        """Return productivity, `100 * output / input`, of one account."""
        return productivity(self.output[account], self.input)


def compute_account(activity: Cells, inputs: Cells, method: Method, adjustments: Adjustments) -> Account:
    """Return the account of services from their activities and inputs.

    `activity` holds volumes and values by activity; `inputs` volumes and expenditure by kind of input. Source: method.md sections 3 to 5.
    """
    tree = ServiceTree.of((*activity.service, *inputs.service))
    expenditure = values_by_service(tree, inputs)
    input_weights = Weights(tree.at_or_below(expenditure), expenditure)
    spent = service_indices(tree, inputs, input_weights, method)
    output_weights = _output_weights(tree, activity, inputs, input_weights)
    replaced = _output_equals_input(tree, activity, inputs)
    given = {int(place): spent.index[place] for place in np.flatnonzero(replaced)}

    levels = quality_levels(adjustments.indicators, method.timeline) if adjustments.indicators is not None else None
    made = {
        account: service_indices(tree, cells, output_weights, method, given) for account, cells in _ladder(activity, levels, adjustments)
    }
    input_index, own_input_reference = rebased(spent.index, method.timeline)
    rebased_outputs = {account: rebased(indices.index, method.timeline) for account, indices in made.items()}
    output = {account: index for account, (index, _) in rebased_outputs.items()}
    flags = {
        "output=input": _everywhere(replaced, method.timeline),
        "no-input": _everywhere(~tree.any_at_or_below(_has_rows(tree, inputs)), method.timeline),
        "provisional": _provisional(tree, activity, levels),
        "partial-input": _everywhere(_partial_input(tree, activity, inputs), method.timeline),
        "chain-broken": _broken(tree, activity, output["activity"]) | _broken(tree, inputs, input_index),
    }
    return Account(
        tree=tree,
        timeline=method.timeline,
        output=output,
        input=input_index,
        links={**{account: indices.links for account, indices in made.items()}, "input": spent.links},
        bridges=tuple(bridges(list(output.items()), input_index, method.timeline)),
        flags=flags,
        own_reference={account: own | own_input_reference for account, (_, own) in rebased_outputs.items()},
        weights=output_weights,
        input_weights=input_weights,
        quality=levels,
        failure_share=adjustments.failure_share,
    )


def _ladder(activity: Cells, levels: QualityLevels | None, adjustments: Adjustments) -> Iterator[tuple[str, Cells]]:
    """Yield each account of the ladder with its cells; each step starts from the cells of the one before."""
    cells = activity
    yield "activity", cells
    if levels is not None:
        cells = quality_adjusted(cells, levels)
        yield "quality_adjusted", cells
    if adjustments.failure_share is not None:
        cells = value_demand(cells, adjustments.failure_share, adjustments.removal)
        yield "value_demand", cells
    if adjustments.equity_level is not None:
        cells = equity_weighted(cells, adjustments.equity_level)
        yield "equity_weighted", cells


def _output_equals_input(tree: ServiceTree, activity: Cells, inputs: Cells) -> Mask:
    """Return the services whose output is not measured, so that it is taken to be their input.

    They have input, no activity at or below, and nothing above them whose own activity could stand for theirs.
    """
    has_activity, has_input = _has_rows(tree, activity), _has_rows(tree, inputs)
    return tree.any_at_or_below(has_input) & ~tree.any_at_or_below(has_activity) & ~tree.any_above(has_activity)


def _output_weights(tree: ServiceTree, activity: Cells, inputs: Cells, spent: Weights) -> OutputWeights:
    """Return what services weigh in output: their expenditure, or the value of their activity where no input is given.

    Rows at a service's own level weigh their own expenditure only if every service below has input of its own to be
    set beside; otherwise that expenditure also pays for what is below, and the value of the activity is used.
    """
    worth = values_by_service(tree, activity)
    has_own_input = _has_rows(tree, inputs)
    has_input = tree.any_at_or_below(has_own_input)
    lacking = np.zeros(len(tree), dtype=bool)
    lacking[tree.parent[1:][~has_input[1:]]] = True
    by_expenditure = has_own_input & ~lacking
    return OutputWeights(
        np.where(has_input[:, None], spent.total, tree.at_or_below(worth)),
        np.where(by_expenditure[:, None], spent.own, worth),
        total_is_spending=has_input,
        own_is_spending=by_expenditure,
    )


def _partial_input(tree: ServiceTree, activity: Cells, inputs: Cells) -> Mask:
    """Return the services whose input leaves out part of what their output counts.

    Activity is covered by input at its own level, below it, or above it up to the service in question.
    """
    has_input = _has_rows(tree, inputs)
    any_input = tree.any_at_or_below(has_input)
    uncovered = _has_rows(tree, activity) & ~any_input
    for place in range(len(tree) - 1, 0, -1):
        uncovered[place] &= ~has_input[place]
        uncovered[tree.parent[place]] |= uncovered[place]
    return uncovered & any_input & ~has_input


def _provisional(tree: ServiceTree, activity: Cells, levels: QualityLevels | None) -> Mask:
    """Return where a service's quality, or that of one below it, rests on an indicator's last value."""
    own = np.zeros((len(tree), activity.volume.shape[1]), dtype=bool)
    if levels is not None:
        done = (activity.volume > 0) & (activity.value > 0)
        for row, place in enumerate(tree.places(activity.service)):
            scope = levels.scope_of(activity.service[row], activity.item[row])
            if scope is not None:
                own[place] |= levels.provisional[scope] & done[row]
    return tree.any_at_or_below(own)


def _broken(tree: ServiceTree, cells: Cells, index: Array) -> Mask:
    """Return where a service has cells but no index, because a link of its chain has no base."""
    own = np.zeros(index.shape, dtype=bool)
    np.logical_or.at(own, tree.places(cells.service), (cells.volume > 0) & (cells.value > 0))
    return tree.any_at_or_below(own) & np.isnan(index)


def values_by_service(tree: ServiceTree, cells: Cells) -> Array:
    """Return the value of each service's own cells over (services, periods), summed exactly."""
    return sums_by_group(tree.places(cells.service), len(tree), np.nan_to_num(cells.value))


def _has_rows(tree: ServiceTree, cells: Cells) -> Mask:
    """Return which services have cells at their own level."""
    found = np.zeros(len(tree), dtype=bool)
    found[tree.places(cells.service)] = True
    return found


def _everywhere(services: Mask, timeline: Timeline) -> Mask:
    """Return a mark of services as one over (services, periods)."""
    return np.repeat(services[:, None], timeline.count, axis=1)
