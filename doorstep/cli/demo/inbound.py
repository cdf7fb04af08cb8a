"""What comes in these days: what customers wait for, a delivery that is late, a box on its way to a shop, candles by lot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.cli.demo import floor
from doorstep.stock import deliveries, lots, queries, transfers
from doorstep.stock.inbound.values import Arrived, DeliveryDraft, LineDraft, TransferDraft
from doorstep.stock.tracked.values import Labelled

LATE = (("INC", 40), ("CDL-SP-S", 24))
TRACKED = "CDL-SP-S"
BOX = 3  # units of each in the box to the shop


def fill(ctx: Ctx, *, places: Mapping[str, int], ids: Mapping[str, int], people: Ctx) -> None:
    """Announces, receives and sends a little, as it was in the last weeks."""
    today, here = ctx.now.date(), places["ICN"]
    then = replace(people, now=ctx.now - timedelta(days=9))
    awaited = [LineDraft(ids[sku], 30, Money(9000, "KRW")) for sku in floor.SOLD_OUT]
    draft = DeliveryDraft("온기공방", "PO-4711", here, tuple(awaited), today + timedelta(days=3))
    deliveries.expect(then, draft=draft)
    lines = tuple(LineDraft(ids[sku], qty, Money(7000, "KRW")) for sku, qty in LATE if sku in ids)
    late = DeliveryDraft("향담", "PO-4698", here, lines, today - timedelta(days=2), "담당 이수연 02-000-0112")
    delivery_id = deliveries.expect(replace(then, now=ctx.now - timedelta(days=16)), draft=late)
    _label(then, ids[TRACKED], here)
    soon = today + timedelta(days=200)
    arrived = [Arrived("demo-0001", 10, variant_id=ids[TRACKED], lot="SP-2611", expires_on=soon)]
    deliveries.receive(replace(people, now=ctx.now - timedelta(days=3)), delivery_id=delivery_id, arrived=arrived)
    _send(people, places, [v for sku, v in sorted(ids.items()) if sku.startswith(("PEN", "MUG"))])


def _label(ctx: Ctx, variant_id: int, location_id: int) -> None:
    """Two lots of what lies there, one of which expires soon."""
    lots.set_tracking(ctx, variant_id=variant_id, by_lot=True, by_serial=False)
    [level] = [at for at in queries.levels_of(ctx, variant_ids=[variant_id]) if at.location_id == location_id]
    old = level.on_hand // 3
    for code, qty, days in (("SP-2511", old, 21), ("SP-2604", level.on_hand - old, 160)):
        if qty:
            expires_on = ctx.now.date() + timedelta(days=days)
            lots.assign(ctx, unit=Labelled(variant_id, location_id, qty, code, expires_on))


def _send(ctx: Ctx, places: Mapping[str, int], variants: Sequence[int]) -> None:
    """A box for the shop: a few units of what the warehouse has plenty of."""
    levels = queries.levels_of(ctx, variant_ids=variants)
    plenty = [at.variant_id for at in levels if at.location_id == places["ICN"] and at.free >= 20][:4]
    if not plenty:
        return
    lines = tuple(LineDraft(variant, BOX) for variant in plenty)
    plan = TransferDraft(places["ICN"], places["SSU"], lines, ctx.now.date() + timedelta(days=1))
    sent = replace(ctx, now=ctx.now - timedelta(hours=20))
    transfers.ship(sent, transfer_id=transfers.draft(sent, transfer=plan))
