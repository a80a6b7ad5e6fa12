"""The extended account: what families, volunteers, peers and people themselves put in, set beside the public account.

Unpaid hours, valued at a declared replacement rate, are inputs beside the public input. Beside the public output stand either
the sustainable part of these hours (output side "hours": caring that draws down the carer's capacity is an input only), or
nothing ("in-outcome": the output is an outcome that already includes what families did). At every service, the
items of each side are its public index, weighing what it weighs in the public account, and the unpaid hours of every
(service, contributor) at or below it.

What it means to move hours from paid to unpaid care, where their rate is the paid unit cost in every period and the links
have both (unpaid hours are above 0 in the base, or they would be a new item):

- in-outcome, with the same outcome: core productivity rises, and extended productivity is what it was. Exact for Laspeyres,
  Paasche, Fisher and Walsh, by every link, where paid hours are the only public input at or below the service. With other inputs
  beside them, exact for Laspeyres by the links previous-period, fixed and annual-overlap: the other formulas and links give another
  index in two steps than in one. Never for Törnqvist, which is no function of the total of two inputs at one price. The unit cost may
  change from period to period with `previous-period`; where the base is a year, it must be one throughout that year.
- hours, with a sustainable share of 1 and paid output that falls with paid hours: neither moves. Exact for every formula and link
  where public output per paid hour is what it was in the reference (core productivity 100, as when the output is the paid
  hours), and it weighs what the input does: the two sides are then the same numbers.

For a service above several, the same is true of extended input; but its public output weighs services by their public
expenditure, so with a base later than the move the services that keep their staff weigh more, in the core account too.

Source: method.md section 8; Office for National Statistics, Household satellite account, UK, for replacement cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from relprod.account.aggregation import Links
from relprod.account.blocks import sums_by_group
from relprod.account.chained import index_by_parent, rebased
from relprod.account.exact import ratio
from relprod.account.productivity import productivity
from relprod.account.services import lineage

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from relprod.account.cells import Cells
    from relprod.account.chained import Method
    from relprod.account.exact import Array, Mask
    from relprod.account.ladder import Account
    from relprod.account.services import ServiceTree

OutputSide: TypeAlias = Literal["hours", "in-outcome"]


@dataclass(frozen=True)
class Unpaid:
    """Unpaid hours over (items, periods), missing (NaN) where there is no row; an item is a contributor within a service.

    `rate` is GBP per hour; `sustainable_share` (0..1) of the hours does not draw down what the contributor can go on giving.
    """

    service: tuple[str, ...]
    contributor: tuple[str, ...]
    hours: Array
    rate: Array
    sustainable_share: Array

    @property
    def value(self) -> Array:
        """What the hours would cost at their rate, GBP, in current prices."""
        return self.hours * self.rate

    @property
    def sustainable_hours(self) -> Array:
        """The hours that could be given again."""
        return self.hours * self.sustainable_share


@dataclass(frozen=True)
class PublicAccount:
    """What of the core ladder the extended account stands beside, over (services, periods).

    `output` and `input` are indices (reference = 100); `output_weight` is what a service weighs in output, and
    `expenditure` is on input at or below it, both GBP in current prices.
    """

    tree: ServiceTree
    output: Array
    input: Array
    output_weight: Array
    expenditure: Array

    @classmethod
    def of(cls, account: Account, inputs: Cells) -> PublicAccount:
        """Return the last account of a ladder, which was made with these inputs."""
        tree, last = account.tree, list(account.output.values())[-1]
        own = sums_by_group(tree.places(inputs.service), len(tree), np.nan_to_num(inputs.value))
        return cls(tree, last, account.input, account.weights.total, tree.at_or_below(own))

    @property
    def productivity(self) -> Array:
        """Core productivity, `100 * output / input`."""
        return productivity(self.output, self.input)


@dataclass(frozen=True)
class ExtendedAccount:
    """The extended account over (services, periods), beside the public one; what is missing is NaN.

    `output` and `input` are indices (reference = 100), equal to the public ones where no unpaid hours take part. `hours`,
    `sustainable_hours` and `value` (GBP) are sums of everything at or below a service; `hours_per_gbp` is of public
    expenditure. `own_reference` marks services without a value in the reference. `links` has "input" and, in mode "hours", "output".
    """

    public: PublicAccount
    output: Array
    input: Array
    hours: Array
    sustainable_hours: Array
    value: Array
    hours_per_gbp: Array
    own_reference: Mask
    links: Mapping[str, Links]

    @property
    def productivity(self) -> Array:
        """Extended productivity, `100 * output / input`."""
        return productivity(self.output, self.input)

    @property
    def difference(self) -> Array:
        """Extended less core productivity, in index points."""
        return self.productivity - self.public.productivity


@dataclass(frozen=True)
class _Public:
    """One side of the public account: what its items are called, and over (services, periods) its index and what it weighs."""

    name: str
    index: Array
    weight: Array


@dataclass(frozen=True)
class _Side:
    """One side of the extended account: its index, which services had to use a reference of their own, and its links."""

    index: Array
    own_reference: Mask
    links: Links


@dataclass(frozen=True)
class _Placed:
    """Every pair of a service (its place in the tree) and a row of unpaid hours at or below it."""

    service: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]


def extended_account(public: PublicAccount, unpaid: Unpaid, method: Method, output_side: OutputSide) -> ExtendedAccount:
    """Return the extended account of every service in the public account, made by the same formula and links.

    Unpaid hours of a service that the public account does not have count in the nearest service above it. Where the public
    index is missing, or weighs nothing, so is the extended one.
    """
    tree = public.tree
    places = _nearest(tree, unpaid.service)
    placed = _Placed(*tree.with_all_above(places))
    inputs = _side(_Public("public input", public.input, public.expenditure), unpaid, unpaid.hours, placed, (tree, method))
    sides = {"input": inputs}
    if output_side == "hours":
        output = _Public("public output", public.output, public.output_weight)
        sides["output"] = _side(output, unpaid, unpaid.sustainable_hours, placed, (tree, method))

    def total(rows: Array) -> Array:
        return tree.at_or_below(sums_by_group(places, len(tree), np.nan_to_num(rows)))

    hours = total(unpaid.hours)
    return ExtendedAccount(
        public=public,
        output=sides["output"].index if "output" in sides else public.output,
        input=inputs.index,
        hours=hours,
        sustainable_hours=total(unpaid.sustainable_hours),
        value=total(unpaid.value),
        hours_per_gbp=ratio(hours, public.expenditure),
        own_reference=np.any([side.own_reference for side in sides.values()], axis=0),
        links={name: side.links for name, side in sides.items()},
    )


def _side(public: _Public, unpaid: Unpaid, hours: Array, placed: _Placed, by: tuple[ServiceTree, Method]) -> _Side:
    """Return every service's index of its public volume and, beside it, the unpaid `hours` at or below it; `by` is how.

    An unpaid item takes part only where the service's public index does, so that the two are averaged over the same
    periods and unpaid hours never stand for the whole. A service in which none takes part keeps its public index.
    """
    tree, method = by
    there = (public.index > 0) & (public.weight > 0)
    beside = np.where(there[placed.service], hours[placed.row], np.nan)
    worth = np.where(there[placed.service], unpaid.value[placed.row], np.nan)
    taking_part = ((beside > 0) & (worth > 0)).any(axis=1)
    whose, rows = placed.service[taking_part], placed.row[taking_part]
    parents = np.unique(whose)
    parent = np.concatenate([np.arange(len(parents)), np.searchsorted(parents, whose)])
    volume = np.concatenate([np.where(there, public.index, np.nan)[parents], beside[taking_part]])
    value = np.concatenate([np.where(there, public.weight, np.nan)[parents], worth[taking_part]])
    chained = index_by_parent(parent, len(parents), volume, value, method)
    index, own_reference = public.index.copy(), np.zeros(len(tree), dtype=bool)
    index[parents], own_reference[parents] = rebased(chained.index, method.timeline)
    items = (*(public.name for _ in parents), *(f"{unpaid.service[row]}: {unpaid.contributor[row]}" for row in rows))
    return _Side(index, own_reference, Links(tuple(tree.services[place] for place in parents), items, parent, volume, value, chained))


def _nearest(tree: ServiceTree, services: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Return the place in the tree of each service, or of the nearest above it that is there."""
    known = set(tree.services)
    return tree.places(next(above for above in lineage(service) if above in known) for service in services)
