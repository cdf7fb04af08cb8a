"""Orders planned anew together."""

from __future__ import annotations

import subprocess
import sys
from random import Random

from doorstep.routing.engine import batch, exact
from doorstep.routing.engine.batch import Open
from doorstep.routing.engine.values import Candidate, Need, Site, Terms

TERMS = Terms(split=1.0)


def site(at: int, price: float) -> Site:
    return Site(at, lambda _: price, {})


def planned(need: Need, sites: list[Site], at: int) -> Candidate:
    """The plan that sends it from there."""
    there = [Site(one.location_id, one.tariff, {need.variant_id: need.qty}) for one in sites if one.location_id == at]
    choice = exact.plan([need], there, TERMS)
    assert choice is not None
    return choice.best


def two(first: float, second: float) -> list[Open]:
    """The first came first and took the one unit near both; the other pays much more for the far one."""
    orders = []
    for key, far in ((1, first), (2, second)):
        need, sites = Need(key, 7, 1, 400), [site(10, 5.0), site(20, far)]
        orders.append(Open(key, (need,), tuple(sites), planned(need, sites, 10 if key == 1 else 20)))
    return orders


STOCK = {(7, 10): 1, (7, 20): 5}


def test_two_orders_change_places_where_that_saves() -> None:
    found = batch.replan(two(6.0, 9.0), STOCK, TERMS)
    assert {key: plan.parcels[0].location_id for key, plan in found.changed.items()} == {1: 20, 2: 10}
    assert found.saved == 3.0
    assert found.optimal


def test_nothing_changes_that_saves_less_than_the_threshold() -> None:
    assert batch.replan(two(6.0, 9.0), STOCK, TERMS, threshold=2.0).changed == {}


def test_nothing_changes_where_what_stands_is_best() -> None:
    assert batch.replan(two(9.0, 6.0), STOCK, TERMS).changed == {}


def test_an_order_without_a_plan_takes_what_another_can_spare() -> None:
    orders = two(6.0, 9.0)
    near_only = Open(2, orders[1].needs, (site(10, 5.0),), None)
    found = batch.replan([orders[0], near_only], STOCK, TERMS)
    assert {key: plan.parcels[0].location_id for key, plan in found.changed.items()} == {1: 20, 2: 10}
    assert found.saved == -1.0  # what the first pays more, so that the second is sent at all


def test_many_orders_never_cost_more_nor_take_what_is_not_there() -> None:
    random = Random(3)
    stock = {(variant, at): random.randint(0, 6) for variant in range(12) for at in range(5)}
    left = dict(stock)
    orders = []
    for key in range(80):
        needs = tuple(Need(line, random.randrange(12), 1, 500) for line in range(random.choice([1, 1, 2])))
        prices = [5.0 + random.random() * 6 for _ in range(5)]
        sites = tuple(site(at, price) for at, price in enumerate(prices))
        here = [Site(s.location_id, s.tariff, {v: left[v, s.location_id] for v in range(12)}) for s in sites]
        choice = exact.plan(needs, here, TERMS)
        for shelf, qty in batch.takes(choice.best).items() if choice else ():
            left[shelf] -= qty
        orders.append(Open(key, needs, sites, choice.best if choice else None))
    before = {order.key: order.incumbent for order in orders}
    found = batch.replan(orders, stock, TERMS)
    after = before | dict(found.changed)
    assert found.changed
    assert sum(p is not None for p in after.values()) >= sum(p is not None for p in before.values())
    both = [key for key, plan in before.items() if plan]
    cost = [sum(plans[key].total for key in both) for plans in (before, after)]  # type: ignore[union-attr]
    assert abs(cost[0] - cost[1] - found.saved) < 1e-6
    taken: dict[tuple[int, int], int] = {}
    for plan in after.values():
        for shelf, qty in batch.takes(plan).items() if plan else ():
            taken[shelf] = taken.get(shelf, 0) + qty
    assert all(qty <= stock[shelf] for shelf, qty in taken.items())


def test_making_a_solver_prints_nothing() -> None:
    code = "from doorstep.routing.engine import batch; batch._Silent()"  # who made it is printed once per process
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert (said.stdout, said.stderr) == (b"", b"")
