"""Two flash sales in one house: with everything partitioned, and with everything shown everywhere."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench._channels import Open
    from bench._channels.sale import Told
    from bench._channels.stall import Stall
    from bench.house import House

SHARE_PCT = 25  # of what lies in the warehouses, for each of three shops; the rest is the web store's, the shop's shelf the till's
READY_S, CAUGHT_UP_S = 90.0, 240.0


def main() -> None:
    """Prints what is sold how, and the figures, as JSON, last."""
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        from bench._channels.sale import LASTS_S
        from bench._channels.stall import LIES, SKUS

        print(f"N = two sales of {LASTS_S:g} s for {SKUS} SKUs of {sum(LIES.values())} units, seeds 11 and 12", flush=True)
        at.start("web")
        at.wait_ready()
        at.start("worker")
        figures = run(at)
    print(json.dumps(figures))


def run(at: House) -> dict[str, float]:
    """The figures of both.  The house is served and worked in; everything else is made here and stopped again."""
    from bench._channels import reckoning

    found: dict[str, float] = {}
    for name, seed, is_partitioned in (("partitioned", 11, True), ("shared", 12, False)):
        brand, shops, told = _sale(at, name, seed=seed, is_partitioned=is_partitioned)
        figures = reckoning.figures(brand, shops, told)
        print(f"{name}, seed {seed}: " + ", ".join(f"{what} {number:g}" for what, number in figures.items()), flush=True)
        for trouble in told.troubles:
            print(f"   {trouble}", flush=True)
        for shop in shops:
            shop.gate.shut()
            at.kill(f"{name}-{shop.kind}")
        found |= _named(name, figures, found)
    return found | {"channels.audit_broken": float(_audit(at))}


def _named(name: str, figures: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    summed = ("ledger_oversold", "lost", "doubled", "orders", "idle", "troubles")
    found = {f"channels.{what}": before.get(f"channels.{what}", 0.0) + float(figures[what]) for what in summed}
    own = {"unfillable": f"channels.unfillable_{name}"} if name == "partitioned" else {
        "unfillable": "channels.shared_unfillable", "beyond_lag": "channels.shared_beyond_lag", "excess": "channels.shared_excess",
        "sold_in_lag": "channels.shared_sold_in_lag", "unlisted": "channels.shared_unlisted",
        "held_beyond_excess": "channels.shared_held_beyond",
    }  # fmt: skip
    return found | {called: float(figures[what]) for what, called in own.items()}


def _sale(at: House, name: str, *, seed: int, is_partitioned: bool) -> tuple[Stall, list[Open], Told]:
    from bench._channels import KINDS, open_shops, reckoning, sale
    from bench._channels.stall import stall
    from bench.house import eventually
    from doorstep.channels.exposure import Rule

    brand = stall(name, keeps_shelf=is_partitioned)
    rule = Rule(share_pct=SHARE_PCT, apart=True, places=brand.warehouses) if is_partitioned else None
    kinds = [kind for kind in KINDS if kind.name != "shop"]
    shops = open_shops(at, brand, kinds, name=f"{name}-", rule=rule)
    began = time.monotonic()
    eventually(lambda: _is_ready(brand, len(shops)), within_s=READY_S)
    print(f"{name}: ready after {time.monotonic() - began:.0f} s", flush=True)
    told = sale.hold(brand, at.url, shops, seed=seed)
    began = time.monotonic()
    eventually(lambda: not reckoning.missing(brand, shops), within_s=CAUGHT_UP_S, every_s=1)
    eventually(lambda: _is_quiet(brand), within_s=CAUGHT_UP_S, every_s=1)
    print(f"{name}: all orders are here {time.monotonic() - began:.0f} s after the sale", flush=True)
    return brand, shops, told


def _is_ready(brand: Stall, shops: int) -> bool:
    """Whether shops know where their webhooks go, and show what they are to show."""
    from doorstep.base import db

    known = db.scalar(
        "SELECT count(*) FROM channels_connection WHERE organisation_id = %s AND introduced_at IS NOT NULL AND provider <> 'till'",
        [brand.ctx.organisation_id],
    )
    rows = db.dicts(
        """SELECT count(*) AS n, count(*) FILTER (WHERE settled AND sent IS NULL) AS done FROM channels_exposure
            WHERE organisation_id = %s""",
        [brand.ctx.organisation_id],
    )
    return bool(known == shops and rows[0]["n"] == shops * len(brand.skus) == rows[0]["done"])


def _is_quiet(brand: Stall) -> bool:
    """Whether everything that happened was followed, and no cart is open that nobody checks out."""
    from doorstep.base import db

    owner = [brand.ctx.organisation_id]
    pending = db.scalar("SELECT count(*) FROM base_event WHERE pending AND organisation_id = %s", owner)
    carts = db.scalar(
        """SELECT count(*) FROM stock_cartline l JOIN stock_cart c ON c.organisation_id = l.organisation_id AND c.id = l.cart_id
            WHERE l.organisation_id = %s AND l.state = 'open' AND c.token NOT LIKE 'shown:%%'""",
        owner,
    )
    return not pending and not carts


def _audit(at: House) -> int:
    """How many invariants do not hold."""
    try:
        print(at.command("audit").strip().splitlines()[-1], flush=True)
    except RuntimeError as broken:
        print(broken, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    main()
