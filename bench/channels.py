"""Channels are told: 2,000 listings on each, 200 changes of stock a second, every vendor's documented limits on.

Seed 1.  Each change is a booking of one variant (a receipt, or units written off), committed by this process; it is told when a
channel has taken a number that was sent after it. `sync.p99_ms` is from commit to the channel's word, over all channels that
answer at once; changes that left the listing as it was are not among them. `sync.pushes_per_change` is numbers told per change and
listing, of the listing that has most. `sync.amazon_wait_ms` is how long a feed of numbers waited though the first of them was
wanted and a call was free by Amazon's documented rate (p99; whether one is free is reckoned here). Left out: orders meanwhile.
"""

from __future__ import annotations

import json
import os
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

from bench import _apart

if TYPE_CHECKING:
    from bench.house import House

NAME = "channels"
LISTINGS, CHANGES_PER_S, SECONDS = 2_000, 200, 30
SETTLED_S = 120.0
RATE, BURST = 0.0083, 15.0  # of createFeed


def run() -> dict[str, float]:
    """Runs in a process of its own, since it sets Django up for a database of its own."""
    return _apart.run("bench.channels")


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
    from bench._channels import KINDS, open_shops
    from bench._channels.stocked import stocked

    brand = stocked(LISTINGS)
    shops = open_shops(at, brand, KINDS)
    at.start("worker")
    _settled(within_s=SETTLED_S)
    before = _newest()
    booked = _change(brand)
    _settled(within_s=SETTLED_S)  # but Amazon's, whose feeds are two minutes apart by then
    return _figures(booked, _told(before), {shop.connection_id: shop.kind for shop in shops})


def _change(brand: Any) -> dict[int, list[float]]:
    """Books changes at the pace.  Returns: when each was committed, by variant, ascending."""
    from doorstep.stock import actions as stock
    from doorstep.stock.values import Change, MovementKind

    dice, booked = Random(1), defaultdict[int, list[float]](list)
    began = time.monotonic()
    for n in range(CHANGES_PER_S * SECONDS):
        wait = began + n / CHANGES_PER_S - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        variant = dice.choice(brand.variant_ids)
        change = Change(variant, dice.choice(brand.places), on_hand=dice.choice((-3, -2, -1, 1, 2, 3)))
        stock.change(brand.now(), changes=[change], kind=MovementKind.ADJUSTMENT, reason="counted", reference="bench")
        booked[variant].append(time.time())
    late = time.monotonic() - began - SECONDS
    print(f"{CHANGES_PER_S * SECONDS} changes in {SECONDS + late:.1f} s", flush=True)
    return booked


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


def _newest() -> int:
    from doorstep.base import db

    return int(db.scalar("SELECT COALESCE(max(id), 0) FROM channels_numbertold"))


def _told(after: int) -> list[dict[str, Any]]:
    from doorstep.base import db

    return db.dicts(
        """SELECT t.listing_id, t.connection_id, l.variant_id, extract(epoch FROM t.sent_at)::float AS sent,
                  extract(epoch FROM t.wanted_at)::float AS wanted, extract(epoch FROM t.answered_at)::float AS answered, t.outcome
             FROM channels_numbertold t JOIN channels_listing l ON l.id = t.listing_id WHERE t.id > %s ORDER BY t.sent_at""",
        [after],
    )


def _figures(booked: dict[int, list[float]], told: list[dict[str, Any]], kinds: dict[int, str]) -> dict[str, float]:
    """How long each change took to reach each channel, and how many numbers were told for it."""
    waits: dict[str, list[float]] = defaultdict(list)
    numbers: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for one in told:
        if one["outcome"] == "taken":
            numbers[one["connection_id"], one["variant_id"]].append((one["sent"], one["answered"]))
    pushed = Counter((one["connection_id"], one["variant_id"]) for one in told)
    for (connection_id, variant_id), sent in numbers.items():
        moments = [moment for moment, _ in sent]
        for at in booked.get(variant_id, ()):
            n = bisect_left(moments, at)
            if n < len(sent):
                waits[kinds[connection_id]].append((sent[n][1] - at) * 1000)
    most = max((count / len(booked[variant]) for (_, variant), count in pushed.items() if booked.get(variant)), default=0.0)
    found = {"sync.pushes_per_change": most, "sync.changes": float(sum(map(len, booked.values())))}
    for kind, all_ in waits.items():
        found |= {f"sync.{kind}_p50_ms": _at(all_, 0.5), f"sync.{kind}_p99_ms": _at(all_, 0.99)}
    amazon = {id for id, kind in kinds.items() if kind == "amazon"}
    if feeds := _waits_of_feeds([one for one in _told(0) if one["connection_id"] in amazon]):
        found |= {"sync.amazon_wait_ms": _at(feeds, 0.99), "sync.amazon_feeds": float(len(feeds))}
    at_once = [wait for kind, all_ in waits.items() if kind != "amazon" for wait in all_]
    return found | {"sync.p99_ms": _at(at_once, 0.99), "sync.told": float(len(told))}


def _waits_of_feeds(told: list[dict[str, Any]]) -> list[float]:
    """How long each feed waited though it was wanted and a call was free.  Source: Amazon's model of feeds, createFeed."""
    wanted: dict[float, float] = {}
    for one in told:
        wanted[one["sent"]] = min(one["wanted"], wanted.get(one["sent"], one["wanted"]))
    left, last, waits = BURST, 0.0, []
    for sent, due in sorted(wanted.items()):
        begin = max(due, last)
        there = min(BURST, left + (begin - last) * RATE)
        free = begin if there >= 1 else begin + (1 - there) / RATE
        waits.append(max(sent - free, 0.0) * 1000)
        left, last = min(BURST, left + (sent - last) * RATE) - 1, sent
    return waits


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


if __name__ == "__main__":
    main()
