"""The extended account: what moving an hour from paid to unpaid care means, the oracle, and what must hold of any study."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import periods
from oracle.exact import known
from oracle.index import Rule
from oracle.relational import beside, unpaid_cells
from oracle.tree import at_or_below

from relprod.account.cells import Cells
from relprod.account.chained import Method
from relprod.account.index_numbers import FORMULAS
from relprod.account.ladder import Adjustments, compute_account
from relprod.account.links import LINK_KINDS, Timeline
from relprod.account.services import ServiceTree
from relprod.account.unpaid import PublicAccount, Unpaid, extended_account

from .studies import SERVICES, schemes, tenths

EXACT = 1e-12
FORMULAS_OF_TOTALS = ("laspeyres", "paasche", "fisher", "walsh")
"""The formulas by which the index of items at one price is the index of their total."""
QUARTERS = Timeline(first=8_000, count=12, subperiods=4, reference=(8_000, 8_003))
PAIR = Timeline(first=2_000, count=2, subperiods=1, reference=(2_000, 2_000))

# Paid and unpaid hours of home care by quarter. What is paid less is given unpaid: 100 hours in every quarter.
PAID = np.array([80, 78, 81, 80, 76, 70, 71, 65, 60, 62, 58, 50], dtype=float)
GIVEN = 100 - PAID
UNIT_COST = np.repeat([20.0, 21.5, 23.0], 4)
"""GBP per hour, one throughout each year, as the links on a year's average need."""
OUTCOME = np.full(12, 40.0)


def home(paid, unit_cost, output=None, more_inputs=()):
    """Return activity and inputs of home care: paid hours at a unit cost, and an output (the paid hours themselves if not given)."""
    volume = paid if output is None else output
    activity = Cells(("Home",), ("care",), volume[None], (paid * unit_cost)[None])
    volumes, values = (np.stack(column) for column in zip((paid, paid * unit_cost), *more_inputs, strict=True))
    return activity, Cells(("Home",) * len(volumes), tuple(f"input {number}" for number in range(len(volumes))), volumes, values)


def joined(first: tuple[Cells, Cells], second: tuple[Cells, Cells]) -> tuple[Cells, Cells]:
    """Return activities and inputs of two studies as one."""
    return tuple(
        Cells(a.service + b.service, a.item + b.item, np.concatenate([a.volume, b.volume]), np.concatenate([a.value, b.value]))
        for a, b in zip(first, second, strict=True)
    )


def families(hours, rate, sigma=1.0, service="Home"):
    return Unpaid((service,), ("family",), hours[None], np.broadcast_to(rate, hours.shape)[None], np.broadcast_to(sigma, hours.shape)[None])


def both_accounts(cells, unpaid, method, output_side):
    activity, inputs = cells
    account = compute_account(activity, inputs, method, Adjustments())
    return extended_account(PublicAccount.of(account, inputs), unpaid, method, output_side)


def of(made, service, measure):
    """Return a measure of one service over the periods."""
    return getattr(made, measure)[made.public.tree.services.index(service)]


def core(made, service):
    return made.public.productivity[made.public.tree.services.index(service)]


# The meaning of the extended account (method.md section 8)


@pytest.mark.parametrize("formula", FORMULAS_OF_TOTALS)
@pytest.mark.parametrize("link", LINK_KINDS)
def test_moving_hours_with_the_same_outcome_raises_core_and_leaves_extended_productivity(formula, link):
    made = both_accounts(home(PAID, UNIT_COST, OUTCOME), families(GIVEN, UNIT_COST), Method(QUARTERS, formula, link), "in-outcome")
    for service in ("Home", "All services"):
        assert of(made, service, "productivity") == pytest.approx(100, rel=EXACT)
        assert core(made, service)[-1] > 120


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("link", LINK_KINDS)
def test_moving_hours_out_of_paid_output_leaves_core_and_extended_productivity(formula, link):
    # Whatever the unit cost does: both sides are the same numbers.
    unit_cost = np.linspace(20, 31, 12)
    made = both_accounts(home(PAID, unit_cost), families(GIVEN, unit_cost), Method(QUARTERS, formula, link), "hours")
    for service in ("Home", "All services"):
        assert core(made, service) == pytest.approx(100, rel=EXACT)
        assert of(made, service, "productivity") == pytest.approx(100, rel=EXACT)
        assert of(made, service, "output").tolist() == of(made, service, "input").tolist()
    if formula in FORMULAS_OF_TOTALS and link == "previous-period":
        assert of(made, "Home", "output") / of(made, "Home", "output")[0] == pytest.approx(1, abs=EXACT)


@pytest.mark.parametrize("formula", FORMULAS_OF_TOTALS)
def test_one_hour_between_two_periods_at_prices_that_change(formula):
    """The test as method.md words it: period on period the unit cost may be another in each."""
    paid, unpaid, cost = np.array([80.0, 79.0]), np.array([20.0, 21.0]), np.array([20.0, 27.0])
    method = Method(PAIR, formula, "previous-period")
    in_outcome = both_accounts(home(paid, cost, np.full(2, 9.0)), families(unpaid, cost), method, "in-outcome")
    assert core(in_outcome, "Home") == pytest.approx([100, 100 * 80 / 79], rel=EXACT)
    assert of(in_outcome, "Home", "productivity") == pytest.approx([100, 100], rel=EXACT)
    hours = both_accounts(home(paid, cost), families(unpaid, cost), method, "hours")
    assert core(hours, "Home") == pytest.approx([100, 100], rel=EXACT)
    assert of(hours, "Home", "productivity") == pytest.approx([100, 100], rel=EXACT)
    assert of(hours, "Home", "output") == pytest.approx([100, 100], rel=EXACT)


OVERHEADS = (np.linspace(5, 9, 12), np.linspace(300, 420, 12))
GROUNDS = (
    Cells(("Grounds",), ("mowing",), np.linspace(30, 47, 12)[None], np.linspace(200, 260, 12)[None]),
    Cells(("Grounds",), ("staff",), np.linspace(8, 6, 12)[None], np.linspace(220, 240, 12)[None]),
)


def moved_and_not(formula, link, output_side):
    """Return the account of a study with other inputs and another service, with hours moved and with none moved."""
    method = Method(QUARTERS, formula, link)
    found = []
    for paid in (PAID, np.where(np.arange(12) < 4, PAID, 80.0)):
        output = np.linspace(40, 55, 12) if output_side == "in-outcome" else None
        cells = joined(home(paid, UNIT_COST, output, [OVERHEADS] if output_side == "in-outcome" else []), GROUNDS)
        found.append(both_accounts(cells, families(100 - paid, UNIT_COST), method, output_side))
    return found


@pytest.mark.parametrize("link", ["previous-period", "fixed", "annual-overlap"])
def test_laspeyres_holds_beside_other_inputs_and_other_services_in_outcome(link):
    """Against the study in which no hour moved after the first year; everything else moves freely."""
    moved, stayed = moved_and_not("laspeyres", link, "in-outcome")
    assert of(moved, "Home", "input") == pytest.approx(of(stayed, "Home", "input"), rel=EXACT)
    assert of(moved, "Home", "productivity") == pytest.approx(of(stayed, "Home", "productivity"), rel=EXACT)
    assert np.all(core(moved, "Home")[4:] > core(stayed, "Home")[4:])
    assert of(moved, "Grounds", "productivity").tolist() == of(stayed, "Grounds", "productivity").tolist()
    assert of(moved, "All services", "input") == pytest.approx(of(stayed, "All services", "input"), rel=EXACT)


def test_laspeyres_holds_for_the_total_until_output_weights_change():
    """The total's output weighs services by public expenditure, which is less once hours have moved: from the second link on."""
    moved, stayed = moved_and_not("laspeyres", "annual-overlap", "in-outcome")
    share = of(moved, "All services", "productivity") / of(stayed, "All services", "productivity")
    assert share[:8] == pytest.approx(1, abs=EXACT)
    assert np.all(np.abs(share[8:] - 1) > EXACT)
    fixed = [of(each, "All services", "productivity") for each in moved_and_not("laspeyres", "fixed", "in-outcome")]
    assert fixed[0] == pytest.approx(fixed[1], rel=EXACT)


@pytest.mark.parametrize("link", LINK_KINDS)
def test_hours_hold_for_the_service_beside_another(link):
    moved, stayed = moved_and_not("laspeyres", link, "hours")
    for each in (moved, stayed):
        assert core(each, "Home") == pytest.approx(100, rel=EXACT)
        assert of(each, "Home", "productivity") == pytest.approx(100, rel=EXACT)
    assert of(moved, "Home", "output") == pytest.approx(of(stayed, "Home", "output"), rel=EXACT)


# Where the meaning is lost, so that the conditions in the docstring are no wider and no narrower than they should be


def extended_input(cells, unpaid, formula="laspeyres", link="previous-period"):
    return of(both_accounts(cells, unpaid, Method(QUARTERS, formula, link), "in-outcome"), "Home", "input")


def is_level(series):
    return bool(np.all(np.abs(series / series[0] - 1) < EXACT))


def test_tornqvist_does_not_add_two_inputs_at_one_price():
    assert not is_level(extended_input(home(PAID, UNIT_COST, OUTCOME), families(GIVEN, UNIT_COST), "tornqvist"))


def test_a_rate_other_than_the_unit_cost_makes_moving_hours_a_gain_or_a_loss():
    cheaper = extended_input(home(PAID, UNIT_COST, OUTCOME), families(GIVEN, UNIT_COST / 2))
    dearer = extended_input(home(PAID, UNIT_COST, OUTCOME), families(GIVEN, UNIT_COST * 2))
    assert cheaper[-1] < cheaper[0]
    assert dearer[-1] > dearer[0]


def test_a_unit_cost_that_changes_within_a_year_upsets_links_on_the_year_only():
    cost = np.linspace(20, 31, 12)
    cells, unpaid = home(PAID, cost, OUTCOME), families(GIVEN, cost)
    assert is_level(extended_input(cells, unpaid, link="previous-period"))
    assert not is_level(extended_input(cells, unpaid, link="annual-overlap"))


@pytest.mark.parametrize("formula", ["fisher", "walsh"])
def test_formulas_that_do_not_aggregate_in_steps_need_paid_hours_to_be_the_only_input(formula):
    cells = home(PAID, UNIT_COST, OUTCOME, [OVERHEADS])
    volumes, values = np.stack([PAID + GIVEN, OVERHEADS[0]]), np.stack([100 * UNIT_COST, OVERHEADS[1]])
    whole = Cells(("Home",) * 2, ("all hours", "overheads"), volumes, values)
    method = Method(QUARTERS, formula, "previous-period")
    expected = compute_account(cells[0], whole, method, Adjustments()).input[1]
    actual = extended_input(cells, families(GIVEN, UNIT_COST), formula)
    assert not np.allclose(actual, expected, rtol=EXACT, atol=0)
    assert extended_input(cells, families(GIVEN, UNIT_COST)) == pytest.approx(
        compute_account(cells[0], whole, Method(QUARTERS, "laspeyres", "previous-period"), Adjustments()).input[1], rel=EXACT
    )


def test_unpaid_hours_that_start_from_nothing_are_a_new_item_and_are_listed():
    unpaid = np.where(np.arange(12) < 4, 0.0, GIVEN)
    method = Method(QUARTERS, "laspeyres", "previous-period")
    made = both_accounts(home(PAID, UNIT_COST, OUTCOME), families(unpaid, UNIT_COST), method, "in-outcome")
    links = made.links["input"]
    row = links.items.index("Home: family")
    assert np.flatnonzero(links.chained.new[row]).tolist() == [4]
    assert made.input[1, 4] == made.public.input[1, 4]


# Particular cases


def test_sustainable_share_counts_by_its_change():
    """A share that falls takes output away; the hours, at their full value, stay what the output weighs (method.md section 8)."""
    method = Method(PAIR, "laspeyres", "previous-period")
    hours, cost = np.array([20.0, 20.0]), np.array([20.0, 20.0])
    cells = home(np.array([80.0, 80.0]), cost)
    falling = both_accounts(cells, families(hours, cost, np.array([1.0, 0.5])), method, "hours")
    assert of(falling, "Home", "output") == pytest.approx([100, 90], rel=EXACT)
    assert of(falling, "Home", "productivity") == pytest.approx([100, 90], rel=EXACT)
    assert of(falling, "Home", "difference") == pytest.approx([0, -10], abs=1e-10)
    assert of(falling, "Home", "sustainable_hours").tolist() == [20.0, 10.0]
    assert of(falling, "Home", "value").tolist() == [400.0, 400.0]
    assert of(falling, "Home", "hours_per_gbp").tolist() == [0.0125, 0.0125]


def test_without_unpaid_hours_the_extended_account_is_the_core():
    cells = joined(home(PAID, UNIT_COST, OUTCOME), GROUNDS)
    nothing = Unpaid((), (), *(np.zeros((0, 12)) for _ in range(3)))
    method = Method(QUARTERS, "fisher", "annual-overlap")
    for unpaid in (nothing, families(np.full(12, np.nan), 20.0), families(GIVEN, 0.0)):
        made = both_accounts(cells, unpaid, method, "hours")
        assert made.output.tolist() == made.public.output.tolist()
        assert made.input.tolist() == made.public.input.tolist()
        assert not made.own_reference.any()


def test_hours_of_a_service_without_an_account_count_in_the_nearest_above():
    cells, method = home(PAID, UNIT_COST, OUTCOME), Method(QUARTERS, "laspeyres", "fixed")
    made = both_accounts(cells, families(GIVEN, UNIT_COST, service="Home > Night"), method, "hours")
    expected = both_accounts(cells, families(GIVEN, UNIT_COST), method, "hours")
    assert made.productivity.tobytes() == expected.productivity.tobytes()
    assert of(made, "Home", "hours").tolist() == GIVEN.tolist()
    assert made.links["input"].items[-1] == "Home > Night: family"


def test_where_the_public_index_is_missing_so_is_the_extended_one():
    late = np.where(np.arange(12) < 6, np.nan, PAID)
    made = both_accounts(home(late, UNIT_COST), families(GIVEN, UNIT_COST), Method(QUARTERS, "laspeyres", "annual-overlap"), "hours")
    assert np.isnan(of(made, "Home", "productivity")).tolist() == [True] * 6 + [False] * 6
    assert made.own_reference[1]
    assert of(made, "Home", "hours").tolist() == GIVEN.tolist()
    assert np.isnan(of(made, "Home", "hours_per_gbp")[:6]).all()


# Against the oracle

ROWS = st.fixed_dictionaries(
    {
        "hours": st.sampled_from([None, 0, 1, 7, 12, 30.5]),
        "rate": st.sampled_from([9, 11.5, 20]),
        "sustainable_share": st.sampled_from([1, 1, 0.6, 0]),
    }
)
INDICES = st.one_of(tenths(60, 140), tenths(60, 140), tenths(60, 140), st.just(math.nan))
WEIGHTS = st.sampled_from([0.0, 90.0, 150.5, 400.0])


def matrices(draw, values, rows, columns):
    """Return two matrices of drawn values."""
    return (np.array([[draw(values) for _ in range(columns)] for _ in range(rows)]) for _ in range(2))


@st.composite
def cases(draw):
    """Return a public account with gaps, unpaid hours as rows and as matrices, a method, and the same as the oracle's rule and periods."""
    scheme, labels = draw(schemes())
    labels = labels[:9]
    tree = ServiceTree.of(draw(st.lists(st.sampled_from(SERVICES), min_size=1, max_size=3, unique=True)))
    shape = len(tree), len(labels)
    public = PublicAccount(tree, *matrices(draw, INDICES, *shape), *matrices(draw, WEIGHTS, *shape))
    keys = draw(st.lists(st.tuples(st.sampled_from(tree.services), st.sampled_from(["family", "peer"])), max_size=4, unique=True))
    rows = [{"service": service, "contributor": name, "period": label, **draw(ROWS)} for service, name in keys for label in labels]
    columns = (
        np.array([math.nan if row["hours"] is None else row[name] for row in rows], dtype=float).reshape(len(keys), len(labels))
        for name in ("hours", "rate", "sustainable_share")
    )
    unpaid = Unpaid(tuple(service for service, _ in keys), tuple(name for _, name in keys), *columns)
    reference, formula, link = (draw(st.sampled_from(each)) for each in (labels, FORMULAS, LINK_KINDS))
    timeline = Timeline(scheme.parse(labels[0]), len(labels), scheme.subperiods, scheme.parse_span(reference))
    rule = Rule(formula, link, reference, scheme.calendar, scheme.frequency)
    return public, rows, unpaid, Method(timeline, formula, link), (rule, labels)


def expected_side(public, rows, node, by, *, sustainable_only):
    """Return the oracle's index of one side of a node, over the periods."""
    (index, weight), (rule, labels) = public, by
    ts = [periods.parse(label, rule.calendar, rule.frequency) for label in labels]
    levels = {t: known(value) for t, value in zip(ts, index.tolist(), strict=True) if not math.isnan(value)}
    weights = dict(zip(ts, map(known, weight.tolist()), strict=True))
    made = beside(levels, weights, unpaid_cells(rows, node, rule, sustainable_only=sustainable_only), rule)
    return [float(made[t]) if t in made else math.nan for t in ts]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), st.sampled_from(["hours", "in-outcome"]))
def test_against_the_oracle(case, output_side):
    public, rows, unpaid, method, by = case
    made = extended_account(public, unpaid, method, output_side)
    for place, node in enumerate(public.tree.services):
        inputs = expected_side((public.input[place], public.expenditure[place]), rows, node, by, sustainable_only=False)
        assert made.input[place].tolist() == pytest.approx(inputs, rel=1e-12, nan_ok=True)
        output = public.output[place].tolist()
        if output_side == "hours":
            output = expected_side((public.output[place], public.output_weight[place]), rows, node, by, sustainable_only=True)
        assert made.output[place].tolist() == pytest.approx(output, rel=1e-12, nan_ok=True)
        below = [row for row in rows if at_or_below(node, row["service"])]
        assert made.hours[place].tolist() == [sum(row["hours"] or 0 for row in below if row["period"] == label) for label in by[1]]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), st.randoms())
def test_order_of_rows_moves_no_bit_and_contributions_add_up(case, random):
    public, _, unpaid, method, _ = case
    order = list(range(len(unpaid.service)))
    random.shuffle(order)
    other = Unpaid(
        tuple(unpaid.service[row] for row in order),
        tuple(unpaid.contributor[row] for row in order),
        *(getattr(unpaid, name)[order] for name in ("hours", "rate", "sustainable_share")),
    )
    made, again = (extended_account(public, each, method, "hours") for each in (unpaid, other))
    for measure in ("output", "input", "productivity", "hours", "value", "sustainable_hours"):
        assert getattr(made, measure).tobytes() == getattr(again, measure).tobytes()
    for links in made.links.values():
        for number in range(len(links.parents)):
            contribution = links.chained.contribution[links.item_parent == number].sum(axis=0)
            there = ~np.isnan(links.chained.growth[number])
            assert contribution[there].tolist() == pytest.approx(links.chained.growth[number][there].tolist(), abs=1e-9)
