"""The planner against its obvious twin, and what its terms mean."""

from __future__ import annotations

from collections import Counter
from math import inf, isclose

from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.routing.engine import exact
from doorstep.routing.engine.tests import obvious
from doorstep.routing.engine.values import Choice, Need, Site, Terms


def flat(first: float, each_kg: float, most_g: int = 10**9):
    """A tariff of a first price and so much for each started half kilogram."""
    return lambda weight_g: first + each_kg * -(-weight_g // 500) / 2 if weight_g <= most_g else inf


money = st.integers(0, 40).map(lambda tenths: tenths / 4)


@st.composite
def orders(draw) -> tuple[list[Need], list[Site], Terms]:
    count = draw(st.integers(1, 3))
    needs = [
        Need(
            order_line_id=line,
            variant_id=draw(st.integers(1, 3)),
            qty=draw(st.sampled_from([1, 1, 2])),
            weight_g=draw(st.sampled_from([100, 600, 2_000])),
            whole=draw(st.booleans()),
        )
        for line in range(count)
    ]
    ranked = draw(st.integers(0, 2))
    sites = [
        Site(
            location_id=10 + index,
            tariff=flat(draw(money), draw(money), draw(st.sampled_from([10**9, 10**9, 2_500]))),
            free={variant: draw(st.integers(0, 3)) for variant in (1, 2, 3)},
            handling=draw(money),
            penalty=draw(st.sampled_from([0.0, 0.0, 3.0])),
            worth={variant: draw(money) for variant in (1, 2, 3)} if draw(st.booleans()) else {},
            ranks=tuple(float(draw(st.integers(0, 3))) for _ in range(ranked)),
        )
        for index in range(draw(st.integers(1, 4)))
    ]
    terms = Terms(
        split=draw(money),
        most_parcels=draw(st.sampled_from([0, 0, 1, 2])),
        most_over=draw(st.sampled_from([None, 0.0, 2.0])),
    )
    return needs, sites, terms


def locations(candidate) -> frozenset[int]:
    return frozenset(parcel.location_id for parcel in candidate.parcels)


def keeps_its_promises(choice: Choice, needs: list[Need], sites: list[Site]) -> None:
    """Every unit is sent once, from stock that is there, and the parts add up."""
    by_id = {site.location_id: site for site in sites}
    for plan in (choice.best, *choice.others):
        sent: Counter[int] = Counter()
        for parcel in plan.parcels:
            site = by_id[parcel.location_id]
            taken: Counter[int] = Counter()
            for line, variant, qty in parcel.units:
                assert qty > 0
                sent[line] += qty
                taken[variant] += qty
            assert all(qty <= site.free[variant] for variant, qty in taken.items())
            assert parcel.ship == site.tariff(parcel.weight_g)
        assert sent == Counter({need.order_line_id: need.qty for need in needs})
        for need in needs:
            if need.whole:
                holding = [p for p in plan.parcels if any(line == need.order_line_id for line, _, _ in p.units)]
                assert len(holding) == 1
        assert len(locations(plan)) == len(plan.parcels)
        parts = sum(p.ship + p.handling + p.late + p.capacity + p.penalty for p in plan.parcels)
        assert isclose(plan.paid, parts + plan.split, abs_tol=1e-6)
        assert isclose(plan.total, plan.paid + sum(p.worth for p in plan.parcels), abs_tol=1e-6)
    assert len({locations(plan) for plan in (choice.best, *choice.others)}) == 1 + len(choice.others)


@settings(max_examples=400, deadline=None)
@given(orders())
def test_the_planner_finds_what_its_obvious_twin_finds(order: tuple[list[Need], list[Site], Terms]) -> None:
    needs, sites, terms = order
    choice = exact.plan(needs, sites, terms)
    expected = obvious.plans(needs, sites, terms)
    if choice is None:
        assert not expected
        return
    keeps_its_promises(choice, needs, sites)
    found = [choice.best, *choice.others]
    assert len(found) == min(len(expected), 4)
    for mine, (ranks, total, _) in zip(found, expected, strict=False):
        assert isclose(mine.total, total, abs_tol=1e-6)
        assert mine.ranks == ranks or not any(ranks)


@st.composite
def large_orders(draw) -> tuple[list[Need], list[Site]]:
    """More lines than are solved exactly, with just enough stock or a little more."""
    count = draw(st.integers(11, 25))
    places = draw(st.integers(2, 8))
    needs, free = [], [dict[int, int]() for _ in range(places)]
    for line in range(count):
        qty, whole = draw(st.sampled_from([1, 1, 2, 7])), draw(st.booleans())
        variant = draw(st.integers(1, 40))
        needs.append(Need(line, variant, qty, draw(st.sampled_from([100, 700])), whole))
        for _ in range(1 if whole else qty):
            held = free[draw(st.integers(0, places - 1))]
            held[variant] = held.get(variant, 0) + (qty if whole else 1)
    sites = [Site(at, flat(5.0 + at, 0.5), held, 1.0, worth={1: 2.0}) for at, held in enumerate(free)]
    return needs, sites


@settings(max_examples=60, deadline=None)
@given(large_orders())
def test_a_large_order_is_planned_wherever_the_stock_suffices(order: tuple[list[Need], list[Site]]) -> None:
    needs, sites = order
    choice = exact.plan(needs, sites, Terms(split=1.0))
    assert choice is not None
    keeps_its_promises(choice, needs, sites)


def test_a_large_order_costs_what_an_exact_plan_would() -> None:
    """Twelve lines of which two sites have half each; a third, far away, has all and could stand in for either."""
    needs = [Need(line, line, 1, 1_000) for line in range(12)]
    near = [Site(at, flat(5.0, 0.5), {line: 1 for line in range(12) if line % 2 == at}) for at in (0, 1)]
    far = Site(2, flat(30.0, 2.0), dict.fromkeys(range(12), 1))
    choice = exact.plan(needs, [*near, far], Terms(split=1.0))
    assert choice is not None
    assert locations(choice.best) == {0, 1}
    assert choice.best.paid == 2 * (5.0 + 3.0) + 1.0
    assert [locations(other) for other in choice.others] == [{0, 2}, {1, 2}, {2}]


def test_a_large_order_keeps_to_its_most_parcels() -> None:
    needs = [Need(line, line, 1, 1_000) for line in range(12)]
    near = [Site(at, flat(1.0, 0.0), {line: 1 for line in range(12) if line % 4 == at}) for at in range(4)]
    far = Site(9, flat(30.0, 2.0), dict.fromkeys(range(12), 1))
    choice = exact.plan(needs, [*near, far], Terms(most_parcels=3))
    assert choice is not None
    assert len(locations(choice.best)) == 3
    assert choice.best.paid == 1.0 + 1.0 + 30.0 + 6 * 2.0
    assert exact.plan(needs, near, Terms(most_parcels=3)) is None


def test_ranks_go_before_cost_and_most_over_bounds_what_they_may_cost() -> None:
    dear, cheap = Site(1, flat(9.0, 0.0), {7: 1}, ranks=(0.0,)), Site(2, flat(5.0, 0.0), {7: 1}, ranks=(1.0,))
    need = [Need(1, 7, 1, 100)]

    def chosen(most_over: float | None) -> int:
        choice = exact.plan(need, [dear, cheap], Terms(most_over=most_over))
        assert choice is not None
        return choice.best.parcels[0].location_id

    assert [chosen(None), chosen(4.0), chosen(3.99)] == [1, 1, 2]


def test_nothing_needed_is_planned_at_once() -> None:
    choice = exact.plan([], [], Terms())
    assert choice is not None
    assert choice.best.parcels == ()
    assert exact.plan([Need(1, 7, 1, 100)], [], Terms()) is None
