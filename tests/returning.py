"""Orders that arrived and what comes back of them, made by the actions that make them in life."""

from __future__ import annotations

from datetime import datetime, timedelta

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.flows import ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import queries as orders
from doorstep.orders.values import LineRow, OrderDraft
from doorstep.returns import actions
from doorstep.returns.values import Wish
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Bought, Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, packed

ARRIVED = NOW - timedelta(days=3)


def arrived(ctx: Ctx, order: OrderDraft | None = None, *, at: datetime = ARRIVED) -> int:
    """An order that the carrier delivered; gives its id."""
    [parcel_id] = packed(ctx, order or draft([("A", 3), ("B", 1)]))
    label(ctx, parcel_id)
    ship.hand_over(ctx, parcel_ids=[parcel_id])
    scan(ctx, parcel_id, TrackingStatus.DELIVERED, at)
    drain()
    return parcels.get_parcel(ctx, parcel_id=parcel_id).order_id


def leave(brand: Brand, order_id: int) -> int:
    """Picks, packs and hands over all of an order that was placed; gives its parcel."""
    ctx = brand.ctx
    [part] = orders.fulfilment_orders_of(ctx, order_ids=[order_id])
    for task in floor.tasks_of_orders(ctx, fulfilment_order_ids=[part.id]):
        for n in range(task.qty):
            scanning.scan(
                ctx, pick_list_id=task.pick_list_id, client_id=f"{task.id}-{n}", code=task.sku, typed=False, at=ctx.now
            )
    parcel_id = fulfilment.pack(ctx, fulfilment_order_id=part.id)
    assert parcel_id is not None
    label(ctx, parcel_id)
    ship.hand_over(ctx, parcel_ids=[parcel_id])
    drain()
    return parcel_id


def label(ctx: Ctx, parcel_id: int) -> str:
    """The label of a parcel, as its carrier would answer; gives its number."""
    carrier = parcels.find_default_carrier(ctx)
    settings = {"url": "http://127.0.0.1:9", "token": "t0ken"}
    carrier_id = (
        carrier.id
        if carrier
        else shipping.connect_carrier(ctx, code="c", name="Sandbox", provider="sandbox_carrier", settings=settings)
    )
    shipping.want_label(ctx, parcel_ids=[parcel_id], carrier_id=carrier_id)
    wish = parcels.live_labels_of(ctx, parcel_ids=[parcel_id])[parcel_id]
    number = f"60{parcel_id:010}"
    shipping.begin(ctx, label_id=wish.id, service="STANDARD")
    sold = Bought(f"v-{number}", number, "A1", "STANDARD", Money(350, "EUR"))
    shipping.settle_label(ctx, label_id=wish.id, answer=sold)
    return number


def scan(ctx: Ctx, parcel_id: int, status: TrackingStatus, at: datetime = NOW) -> None:
    """What a carrier tells of a parcel; one that it tells of a time before the parcel was packed is of an older label."""
    db.execute(
        "UPDATE shipping_parcel SET tracked_since = %s WHERE id = %s AND packed_at > %s", [at, parcel_id, at + timedelta(hours=12)]
    )
    number = parcels.get_parcel(ctx, parcel_id=parcel_id).tracking_number
    told = Scan(f"{parcel_id}-{status}-{at.isoformat()}", number, status, "x", "", "", at)
    shipping.record_scans(ctx, parcel_id=parcel_id, scans=[told])


def lines(ctx: Ctx, order_id: int) -> dict[str, LineRow]:
    """The lines of an order by SKU."""
    return {line.sku: line for line in orders.lines_of(ctx, order_ids=[order_id])}


def wish(ctx: Ctx, order_id: int, sku: str = "A", qty: int = 1, *, reason: str = "too_small", **more: str) -> Wish:
    """Units of one line that shall come back."""
    return Wish(lines(ctx, order_id)[sku].id, qty, reason, **more)


def ask(ctx: Ctx, order_id: int, *wishes: Wish, key: str = "k1", is_withdrawal: bool = False) -> int:
    """A request; gives the id of the return."""
    chosen = wishes or (wish(ctx, order_id),)
    return actions.request(ctx, order_id=order_id, wishes=chosen, key=key, is_withdrawal=is_withdrawal)
