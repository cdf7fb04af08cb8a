"""Channels are told: 2,000 listings on each, 200 changes of stock a second, every vendor's documented limits on; and flash sales.

Seed 1.  Each change is a booking of one variant (units found or written off), committed by this process, after which it has a
number that it never had; a channel has it when it took a number that was sent after it: sandbox shop, Shopify, WooCommerce; a web
store of one's own that follows `GET /availability/changes`; and the page of the shop's till, which hears of what lies there.
`sync.p99_ms` is from commit to that moment, over all of them.  `sync.pushes_per_change` is numbers told per change and listing, of
the listing that has most. Webhooks, with which shops tell us back of each number, are off here: they are the other way.

Amazon takes 15 feeds and then one in two minutes, so three sellers are connected (the second and third with the last 400 listings).
`sync.amazon_wait_ms` is how long a feed waited though something in it was due and a call was free for it (p99 over all feeds;
whether one is free is reckoned here, by the documented rate; three are kept for feeds with something that is sold out, and a
listing whose last number Amazon has not answered is not due). `sync.amazon_zero_later` is the share of numbers that go to zero
which rode in a later feed than another that was due no earlier.

Flash sales, seeds 11 and 12 (80 s each): Shopify, WooCommerce, Amazon, a web store with carts and a till sell the same 24 SKUs of
50 units at once. Shops sell on from what they were told last; 10 % of their webhooks are lost, 10 % doubled, all in disorder; for
a minute WooCommerce's API refuses connections while it sells on, and the till has no connection for 25 s.  *partitioned*: a quarter
of what lies in the warehouses is set apart for each shop, the shop's shelf is kept back for the till.  *shared*: all is shown
everywhere.  Afterwards the worker's own reconciliation runs on until no order is missing.
`channels.ledger_oversold` is units promised by us beyond what there was, by our counters and by what everybody was answered.
`channels.unfillable_partitioned` and `channels.shared_unfillable` are units of orders that are held for want of stock;
`channels.shared_beyond_lag` is units sold beyond what there was that were not sold in the lag (bench/_channels/reckoning.py says
what that is); `channels.shared_unlisted` is held orders that are on no work list, `channels.idle` such of which enough is free.
`channels.lost` and `channels.doubled` are orders that a channel took and that are not in our books, or not just so, once.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from bench import _apart

if TYPE_CHECKING:
    from bench._channels import Kind, Open
    from bench._channels.readers import Store, Till
    from bench._channels.stocked import Shelves, Stocked
    from bench._channels.synced import Booked
    from bench.house import House

NAME = "channels"
LISTINGS, SCARCE, CHANGES_PER_S, SECONDS = 2_000, 200, 200, 30
MORE_SELLERS, LISTINGS_OF_THESE = 2, 400
SETTLED_S = 120.0
HEARD_S = 10.0  # what a reader has not heard by then counts as never


def run() -> dict[str, float]:
    """Runs in two processes of its own, since each sets Django up for a database of its own."""
    return _apart.run("bench.channels") | _apart.run("bench._channels.sales")


def main() -> None:
    """Prints N and seed first and the figures, as JSON, last."""
    print(f"N = {LISTINGS} listings on each channel, {CHANGES_PER_S} changes/s for {SECONDS} s, seed 1", flush=True)
    from bench.fresh import yardstick
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        figures = _measure(at)
        figures["channels.yardstick"] = yardstick(at.server)
    print(json.dumps(figures))


def _measure(at: House) -> dict[str, float]:
    from bench._channels import KINDS, open_shops, synced
    from bench._channels.readers import Store, Till, quantile
    from bench._channels.stocked import stocked

    brand, shelves = stocked(LISTINGS, scarce=SCARCE)
    shops = open_shops(at, brand, [*KINDS, *_more_sellers(KINDS)])
    for shop in shops:
        shop.set_faults(lost=1.0, doubled=0.0, disorder=False, seed=1)
    at.start("web")
    at.wait_ready()
    at.start("worker")
    _settled(within_s=SETTLED_S)
    store, till = Store(at.url, brand), Till(at.url, brand)
    for reader in (store, till):
        reader.start()
        reader.ready.wait(30)
    before = synced.newest()
    booked, steps = _change(brand, shelves)
    _settled(within_s=SETTLED_S)  # but Amazon's, whose feeds are two minutes apart by then
    time.sleep(2)  # readers have looked once more
    figures, waits = _figures(booked, before, shops)
    heard, more = _readers(brand, steps, store, till)
    return figures | heard | {"sync.p99_ms": quantile(waits + more, 0.99)}


def _more_sellers(kinds: tuple[Kind, ...]) -> list[Kind]:
    amazon = next(kind for kind in kinds if kind.name == "amazon")

    def fill(http: Any, brand: Stocked) -> None:
        amazon.fill(http, replace(brand, skus=brand.skus[-LISTINGS_OF_THESE:]))

    return [replace(amazon, name=f"amazon-{n + 2}", fill=fill) for n in range(MORE_SELLERS)]


Steps = dict[tuple[int, int], list[tuple[float, int, int]]]  # by (variant, place): when, units of all places, units there


def _change(brand: Stocked, shelves: Shelves) -> tuple[Booked, Steps]:
    """Books changes at the pace.  Returns: when each was committed, by variant, and with what it came to by variant and place."""
    from doorstep.stock import actions as stock
    from doorstep.stock.values import Change, MovementKind

    dice, booked, steps = Random(1), defaultdict[int, list[float]](list), defaultdict[tuple[int, int], list[Any]](list)
    began = time.monotonic()
    for n in range(CHANGES_PER_S * SECONDS):
        wait = began + n / CHANGES_PER_S - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        variant, place = dice.choice(brand.variant_ids), dice.choice(brand.places)
        change = Change(variant, place, on_hand=shelves.step(variant, place, dice))
        stock.change(brand.now(), changes=[change], kind=MovementKind.ADJUSTMENT, reason="counted", reference="bench")
        at = time.time()
        booked[variant].append(at)
        steps[variant, place].append((at, shelves.whole[variant][-1], shelves.here[variant, place][-1]))
    late = time.monotonic() - began - SECONDS
    print(f"{CHANGES_PER_S * SECONDS} changes in {SECONDS + late:.1f} s", flush=True)
    return booked, steps


def _settled(*, within_s: float) -> None:
    """Waits until every listing shows what it should."""
    from bench.house import eventually
    from doorstep.base import db

    def at_rest() -> bool:
        """Twice, a second apart: what is booked is followed within a moment."""
        for _ in range(2):
            waiting = """SELECT count(*) FROM channels_exposure e JOIN channels_connection c ON c.id = e.connection_id
                          WHERE c.provider <> 'amazon' AND (NOT e.settled OR e.sent IS NOT NULL)"""
            if db.scalar(waiting):
                return False
            time.sleep(1)
        return bool(db.scalar("SELECT count(*) FROM channels_exposure"))

    eventually(at_rest, within_s=within_s)


def _figures(booked: Booked, before: int, shops: list[Open]) -> tuple[dict[str, float], list[float]]:
    """What shops were told, and what Amazon's sellers were; and all waits of those that answer at once."""
    from bench._channels import synced
    from bench._channels.readers import quantile

    kinds = {shop.connection_id: "amazon" if shop.kind.startswith("amazon") else shop.kind for shop in shops}
    numbers = [one for one in synced.told(before) if one.sent >= min(map(min, booked.values()))]  # not those told before
    found = {"sync.pushes_per_change": synced.pushes_per_change(booked, numbers), "sync.told": float(len(numbers)),
             "sync.changes": float(sum(map(len, booked.values())))}  # fmt: skip
    waits = synced.shops_ms(booked, numbers, kinds)
    for kind, all_ in waits.items():
        found |= {f"sync.{kind}_p50_ms": quantile(all_, 0.5), f"sync.{kind}_p99_ms": quantile(all_, 0.99)}
    every = synced.told(0)
    working = min(one.sent for one in every)  # the worker works
    found |= synced.feeds([one for one in every if kinds[one.connection_id] == "amazon"], since=working)
    return found, [wait for kind, all_ in waits.items() if kind != "amazon" for wait in all_]


def _readers(brand: Stocked, steps: Steps, store: Store, till: Till) -> tuple[dict[str, float], list[float]]:
    """What the web store and the till heard, and how long that took; what was never heard took `HEARD_S`."""
    from bench._channels.readers import quantile, waits_ms

    skus = dict(zip(brand.variant_ids, brand.skus, strict=True))
    whole: dict[int, list[tuple[float, int]]] = defaultdict(list)
    here = {variant: [(at, n) for at, _, n in those] for (variant, place), those in steps.items() if place == brand.places[-1]}
    for (variant, _), those in steps.items():
        whole[variant] += [(at, n) for at, n, _ in those]
    found: dict[str, float] = {}
    all_: list[float] = []
    for name, reader, booked in (("store", store, whole), ("till", till, here)):
        heard, waits, missed = reader.stop(), list[float](), 0
        for variant, numbers in booked.items():
            some, never = waits_ms(heard[skus[variant]], sorted(numbers))
            waits += some
            missed += never
        all_ += [*waits, *[HEARD_S * 1000] * missed]
        found |= {f"sync.{name}_p50_ms": quantile(waits, 0.5), f"sync.{name}_p99_ms": quantile(waits, 0.99),
                  f"sync.{name}_missed": float(missed)}  # fmt: skip
    return found, all_


if __name__ == "__main__":
    main()
