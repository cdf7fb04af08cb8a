"""2,000 orders over scarce stock, planned one by one as they came, then anew together."""

from __future__ import annotations

from time import perf_counter, process_time

from bench._routing.generator import Size, make
from bench._routing.instance import SPLIT
from bench._routing.policies import Shelves, sites
from doorstep.routing.engine import batch, exact
from doorstep.routing.engine.values import Terms

ORDERS = 2_000


def measure(seed: int) -> dict[str, float]:
    """`batch_s` is by the clock on the wall, `batch_cpu_s` of CPU.

    `batch_worse`: how often the new plans cost more than the old, or take what is not there.
    """
    instance = make(seed, Size(locations=10, skus=250, orders=ORDERS))
    shelves, first = Shelves(instance), Shelves(instance)
    terms = Terms(split=SPLIT)
    whole = {(sku, place): units for sku, free in enumerate(shelves.free) for place, units in free.items()}
    open_orders = []
    for key, order in enumerate(instance.orders):
        needs = shelves.needs(instance, order)
        if not needs:
            continue
        options = sites(instance, order, needs, shelves, order.miles)
        choice = exact.plan(needs, options, terms)
        if choice is None:
            raise ValueError("no plan although there is enough")
        shelves.take(choice.best)
        every = sites(instance, order, needs, first, order.miles)  # also those that were empty when it came
        open_orders.append(batch.Open(key, tuple(needs), tuple(every), choice.best))
    begun, cpu = perf_counter(), process_time()
    found = batch.replan(open_orders, whole, terms, threshold=0.25)
    took, cpu = perf_counter() - begun, process_time() - cpu
    before = sum(one.incumbent.paid for one in open_orders if one.incumbent)
    plans = {one.key: found.changed.get(one.key, one.incumbent) for one in open_orders}
    after = sum(plan.paid for plan in plans.values() if plan)
    left = dict(whole)
    for plan in plans.values():
        for shelf, qty in batch.takes(plan).items() if plan else ():
            left[shelf] -= qty
    worse = (after > before + 1e-6) + sum(units < 0 for units in left.values())
    return {
        "batch_s": took,
        "batch_cpu_s": cpu,
        "batch_worse": float(worse),
        "batch_saving_percent": 100 * (1 - after / before),
        "batch_changed": float(len(found.changed)),
        "batch_orders": float(len(open_orders)),
    }
