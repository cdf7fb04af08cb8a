"""A flash sale: 10,000 orders race for 5,000 units of one SKU through two web processes, each order a buyer of its own.

Seed 1.  Three races: of single units, of bundles that hold one unit each, and of both together for the same 5,000.  `oversold` and
`undersold` count units over all races: promised beyond what there was, and left over though an order waits for one. An order that
gets none is answered too (taken, and held for stock); `ratio` is answers per second of the first race ÷ those of as many orders for
10,000 SKUs in turn, in the same run.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from bench import _apart

if TYPE_CHECKING:
    from bench._flood import Flooded
    from bench.house import House

NAME = "flash"
ORDERS, UNITS = 10_000, 5_000


def run() -> dict[str, float]:
    """Runs in a process of its own, since it sets Django up for a database of its own."""
    return _apart.run("bench.flash")


def main() -> None:
    """Prints N and seed first and the figures, as JSON, last."""
    print(f"N = {ORDERS} orders for {UNITS} units, three races, seed 1", flush=True)
    from bench.fresh import yardstick
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        at.web_processes = 2
        figures = _measure(at)
        figures["flash.yardstick"] = yardstick(at.server)
    print(json.dumps(figures))


def _measure(at: House) -> dict[str, float]:
    from bench import _flood

    brand = _flood.found()
    at.start("web")
    at.wait_ready()
    _send(at, brand, "U", [_flood.sku(n) for n in range(ORDERS)])  # warm
    uniform, _ = _send(at, brand, "V", [_flood.sku(n) for n in range(ORDERS)])
    races = [
        _race(at, brand, f"R{number}-", inside=f"FLASH-{number}", sold=sold)
        for number, sold in enumerate(([False], [True], [False, True]))
    ]
    return {
        "flash.orders_per_s": races[0][0], "flash.uniform_per_s": uniform, "flash.ratio": races[0][0] / uniform,
        "flash.bundled_per_s": races[1][0], "flash.oversold": float(sum(max(gone - UNITS, 0) for _, gone in races)),
        "flash.undersold": float(sum(max(UNITS - gone, 0) for _, gone in races)),
    }  # fmt: skip


def _race(at: House, brand: Flooded, prefix: str, *, inside: str, sold: list[bool]) -> tuple[float, int]:
    """Orders for one SKU, in turn by itself and inside a bundle.  Returns: answers per second, units promised by the answers.

    Raises: where the books say another number than the answers.
    """
    from doorstep.base import db, money
    from doorstep.catalog import actions as catalog
    from doorstep.catalog.values import VariantItem
    from doorstep.flows import compose
    from doorstep.flows.compose import Contained
    from doorstep.stock import actions as stock
    from doorstep.stock.values import Change, MovementKind

    bundle = f"{inside}-SET"
    items = [VariantItem(sku=name, title=name, price=money.Money(1000, "EUR"), product=name) for name in (inside, bundle)]
    made = catalog.ensure_variants(brand.ctx, items=items)
    half = UNITS // len(brand.places)
    stock.change(
        brand.ctx, changes=[Change(made[inside], place, on_hand=half) for place in brand.places], kind=MovementKind.RECEIPT,
        reason="delivered", reference="bench",
    )  # fmt: skip
    compose.set_components(brand.ctx, variant_id=made[bundle], contents=[Contained(inside, 1)])
    names = [bundle if sold[n % len(sold)] else inside for n in range(ORDERS)]
    rate, promised = _send(at, brand, prefix, names)
    committed = int(db.scalar("SELECT committed FROM stock_item WHERE variant_id = %s", [made[inside]]))
    if committed != promised:
        raise RuntimeError(f"{promised} orders were told that they get a unit, and {committed} units are committed")
    return rate, promised


def _send(at: House, brand: Flooded, prefix: str, names: list[str]) -> tuple[float, int]:
    """One order for each of these SKUs.  Returns: answers per second, and how many were promised their unit."""
    from bench import _driver, _flood
    from doorstep.base import db

    db.execute("ANALYZE")
    requests = _flood.requests(brand.secret, _flood.singles(names, prefix=prefix))
    driver = _driver.Driver(at.port, requests, keep_bodies=True)
    sent = driver.run()
    driver.close()
    if set(sent.statuses) != {201}:
        raise RuntimeError(f"answers: {dict(sent.statuses)}")
    return sent.per_s, sum(not json.loads(body)["short_of"] for body in sent.bodies)


if __name__ == "__main__":
    main()
