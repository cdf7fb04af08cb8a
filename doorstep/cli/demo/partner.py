"""A partner's warehouse: it runs a place of its own for the demo brand, is sent what is routed there, and ships it."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping
from datetime import timedelta

import httpx
from django.conf import settings

from doorstep.base import tls
from doorstep.base.ctx import Ctx
from doorstep.cli.demo import past
from doorstep.flows import intake
from doorstep.fulfilment import gifts
from doorstep.fulfilment.warehouses import accounts, queries
from doorstep.locations import actions as locations
from doorstep.locations.values import LocationDraft
from doorstep.orders.placing import Accepted
from doorstep.orders.values import OrderDraft
from doorstep.stock import actions as stock
from doorstep.stock import queries as levels
from doorstep.stock.values import Change, MovementKind

PROVIDER, NAME, TOKEN = "sandbox_warehouse", "Nordkai Fulfilment (sandbox)", "sandbox"
PLACE = LocationDraft(
    "LIL", "Lille · Nordkai Fulfilment", "FR", company="Nordkai Fulfilment", lines=("4 quai de l'Exemple",), postal_code="59000",
    city="Lille", phone="+33 3 53 01 00 20", latitude=50.6292, longitude=3.0573, timezone="Europe/Paris",
    serves=("FR", "BE", "LU"),
)  # fmt: skip
ORDERS, UNITS, SHARE = 5, (6, 30), 0.3
HANDS_EVERY_S, WITHIN_S = 25, 10


def furnish(ctx: Ctx, early: Ctx, *, variant_ids: Mapping[str, int], writer: past.Writer, seed: int, beside: int) -> None:
    """Has the partner run a place with a part of the range, and places the first orders for it; the worker sends them there.

    `beside`: the place nearby, which lacks what these orders want.  Without a sandbox warehouse nothing is done.
    """
    if not settings.SANDBOX_WAREHOUSE_URL:
        return
    dice = random.Random(seed)  # noqa: S311  # a story, no secret
    here = locations.create(early, location=PLACE)
    known = levels.levels_of(ctx, variant_ids=sorted(variant_ids.values()))
    there = {row.variant_id for row in known if row.location_id == beside}
    kept = sorted(sku for sku, id in variant_ids.items() if id in {row.variant_id for row in known} and dice.random() < SHARE)
    lying = {variant_ids[sku]: dice.randint(*UNITS) for sku in kept}
    stock.change(
        early, changes=[Change(id, here, on_hand=qty) for id, qty in sorted(lying.items())], kind=MovementKind.RECEIPT,
        reason="delivered", reference=f"opening:{PLACE.code}",
    )  # fmt: skip
    reached = {"url": settings.SANDBOX_WAREHOUSE_URL, "token": TOKEN}
    accounts.connect(ctx, code="nordkai", name=NAME, provider=PROVIDER, location_id=here, settings=reached)
    europe = next(outlet for outlet in past.OUTLETS if outlet.code == "EU")
    only = [sku for sku in kept if variant_ids[sku] not in there]
    drafts: list[OrderDraft] = []
    while len(drafts) < ORDERS:
        wanted = [(sku, dice.randint(1, 2)) for sku in dice.sample(only, dice.randint(1, 2))]
        draft = writer.order(europe, ctx.now - timedelta(minutes=9 * len(drafts) + 4), wanted=wanted)
        drafts += [draft] if draft.ship_to.country == "FR" else []
    placed = [one.order_id for one in intake.accept(ctx, drafts) if isinstance(one, Accepted)]
    gifts.set_gift(ctx, order_id=placed[0], is_gift=True, message="Joyeux anniversaire, Chloé !")


def fill() -> None:
    """Lets people work in the partner's warehouse: an order goes one step on every while.  A silent one is told of, and left."""
    if not settings.SANDBOX_WAREHOUSE_URL:
        return
    deadline = time.monotonic() + WITHIN_S
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(timeout=httpx.Timeout(5), verify=tls.trusted(), trust_env=False, headers=headers) as http:
        while True:
            try:
                told = {"on": True, "every_s": HANDS_EVERY_S}
                http.post(f"{settings.SANDBOX_WAREHOUSE_URL}/admin/hands", json=told).raise_for_status()
            except httpx.HTTPError as trouble:
                if time.monotonic() > deadline:
                    print(f"The sandbox's warehouse does not answer ({trouble}); nobody works there yet.", file=sys.stderr)
                    return
                time.sleep(0.2)
            else:
                return


def follow(ctx: Ctx, *, was: str, now: str) -> None:
    """Says where the partner's warehouse answers now, where that changed since the last start."""
    for row in queries.list_warehouses(ctx):
        if row.provider == PROVIDER and row.settings.get("url") in (was, now):
            accounts.set_settings(ctx, id=row.id, settings=row.settings | {"url": now})
