"""Everything that moves stock or orders at once, for ten minutes, while web, worker and database are killed (kill -9).

Lasts DOORSTEP_SOAK_SECONDS (600) by the API over loopback HTTP; seed: DOORSTEP_SOAK_SEED.  Two web processes, two workers, the
database and the sandbox carrier.  At work are shoppers (single orders, some repeated under their key, some cut off and sent
again; batches; bundles, backorders, pre-orders; carts that are changed, dropped, checked out or expire; cancellations, edits,
holds, splits; customers merged and unmerged), storekeepers (receipts, deliveries in parts and beyond what was expected,
transfers, count sheets with approval, adjustments, conditions, safety stock, lots and serial numbers), pickers (short picks,
packing, hand-over) and a desk for returns.  Every 10 to 15 s one process is killed and started again.

What a kill left open is asked again under the same key, so that every outcome is known.  For some products the clients keep a
book of their own, by the answers alone.  Everything but the counts must be nought: invariants of the audit that do not hold,
orders lost or doubled, units promised beyond what is there, figures that differ from the book, 5xx that no kill explains.
Left out: loss of the machine itself; shops and their webhooks, mail from customers, payment providers (bench `fault` has them); and
paper still to be printed at the end, about a second each.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from bench import _apart

NAME = "soak"
VICTIMS = ["web", "second web", "worker", "second worker", "database"]
COUNTED = ("kills", "orders", "seconds", "seconds_to_rest", "asked_again", "slowest_s")
PAUSE_S = float(os.environ.get("DOORSTEP_SOAK_PAUSE_S", "0.05"))  # of each person after each act
REST_S = 180.0


def run() -> dict[str, float]:
    """Raises: RuntimeError where something is not nought that must be."""
    figures = _apart.run("bench.soak")
    if wrong(figures):
        raise RuntimeError(f"must be nought: {wrong(figures)}")
    return figures


def wrong(figures: dict[str, float]) -> dict[str, float]:
    """The figures that must be nought and are not."""
    counts = {f"soak.{name}" for name in COUNTED}
    told = {name: n for name, n in figures.items() if name not in counts and not name.startswith(("soak.did.", "soak.refused."))}
    return {name: n for name, n in told.items() if n}


def main() -> None:
    """Prints the seed first and the figures, as JSON, last."""
    seed = int(os.environ.get("DOORSTEP_SOAK_SEED", str(int(time.time()))))
    seconds = float(os.environ.get("DOORSTEP_SOAK_SECONDS", "600"))
    print(f"seed {seed}, {seconds:.0f} s", flush=True)
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        for name in ("carrier", *VICTIMS[:-1]):
            at.start(name)
        at.wait_ready()
        began = time.monotonic()
        figures = _soak(at, seed, seconds)
        figures["soak.seconds"] = time.monotonic() - began
    print(json.dumps(figures))


def _soak(at: Any, seed: int, seconds: float) -> dict[str, float]:
    from bench import _brand
    from bench._plugs import Plugs
    from bench._soak import books
    from bench._soak.world import World, stock_up
    from doorstep.locations import queries as locations

    ctx, secret = _brand.found(at.carrier_url)
    places = [row.id for row in locations.list_locations(ctx)]
    world = World(at, ctx, secret, seed, places, Plugs(at, victims=VICTIMS, seed=seed))
    stock_up(world)
    until = time.monotonic() + seconds
    threads = _at_work(world)
    try:
        kills = world.plugs.pull_while(lambda: time.monotonic() < until - 5, waits_s=(6.0, 11.0))
    finally:
        world.closing.set()
        for thread in threads:
            thread.join()
    began = time.monotonic()
    _rest(at)
    found = {"soak.kills": kills, "soak.seconds_to_rest": time.monotonic() - began} | books.of_orders(world)
    found |= books.of_audit() | {"soak.oversold": books.oversold(world), "soak.differs": books.differs(world)}
    tally = world.tally
    for told in tally.broken[:40]:
        print(told, file=sys.stderr)
    found |= {"soak.broken": len(tally.broken), "soak.asked_again": tally.asked_again, "soak.slowest_s": tally.slowest_s}
    found |= {f"soak.did.{name.replace(' ', '_')}": n for name, n in sorted(tally.acts.items())}
    found |= {f"soak.refused.{name.replace(' ', '_')}": n for name, n in sorted(tally.refused.items())}
    return {name: float(n) for name, n in found.items()}


def _at_work(world: Any) -> list[threading.Thread]:
    from bench._soak.floor import Desk, Picker
    from bench._soak.shop import Shopper
    from bench._soak.store import Keeper

    people = [Shopper(world, 1), Shopper(world, 2), Keeper(world, 1), Keeper(world, 2), Picker(world, 1), Picker(world, 2)]
    threads = [threading.Thread(target=_work, args=(world, one)) for one in (*people, Desk(world, 1))]
    for thread in threads:
        thread.start()
    return threads


def _work(world: Any, person: Any) -> None:
    """One act after the other, each once before chance decides: on a busy machine the rare ones would be left out.

    A person who stumbles over an answer that should not be says so and goes on.
    """
    acts, weights = zip(*person.acts(), strict=True)
    first = list(reversed(acts))
    while not world.closing.is_set():
        act = first.pop() if first else person.random.choices(acts, weights)[0]
        try:
            act()
        except Exception as trouble:  # noqa: BLE001  # told, and counted in a figure that must be nought
            world.tally.broken.append(f"{act.__qualname__}: {trouble!r}")
        time.sleep(PAUSE_S)
    person.client.close()


def _rest(at: Any) -> None:
    """Twice in a row nothing waits.  Raises: TimeoutError."""
    from django.db import DatabaseError, connection

    from bench._soak import books
    from bench._walks import rest

    calm, until, last = 0, time.monotonic() + REST_S, {"database": 1}
    while calm < 2:
        time.sleep(0.5)
        at.tend()
        try:
            last = books.waiting()
        except DatabaseError:  # our connection died with the database
            connection.close()
        calm = 0 if last else calm + 1
        if time.monotonic() > until:
            rest.tell_what_is_left(last)
            raise TimeoutError(f"the house does not come to rest: {last}")


if __name__ == "__main__":
    main()
