"""A floor with work on it, made by the flows that make it in life."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from doorstep.base.ctx import Ctx
from doorstep.flows import ship
from doorstep.fulfilment import queries, scanning
from doorstep.fulfilment.values import PickListRow
from doorstep.orders import queries as orders
from doorstep.shipping import actions as shipping
from doorstep.shipping.port import Bought
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, packed, place


def listed(*orders_lines: list[tuple[str, int]]) -> tuple[Brand, PickListRow, list[int]]:
    """A brand whose orders stand on one pick list; gives their fulfilment orders too."""
    brand = make_brand()
    ids = place(brand.ctx, *[draft(lines) for lines in orders_lines])
    drain()
    [row] = queries.list_pick_lists(brand.ctx)
    return brand, row, [part.id for part in orders.fulfilment_orders_of(brand.ctx, order_ids=ids)]


def pick_all(brand: Brand, pick_list_id: int) -> None:
    """Every unit of a list scanned."""
    for task in queries.tasks_of(brand.ctx, pick_list_id=pick_list_id):
        for n in range(task.qty - task.picked):
            scanning.scan(
                brand.ctx,
                pick_list_id=pick_list_id,
                client_id=f"test-{task.id}-{n}",
                code=task.sku,
                typed=False,
                at=NOW,
            )


def buy_label(brand: Brand, parcel_id: int, number: str = "DS1234567890") -> None:
    """The label of a packed parcel, as its carrier would answer."""
    from doorstep.base.money import Money
    from doorstep.shipping import queries as parcels

    carrier = parcels.find_default_carrier(brand.ctx)
    carrier_id = (
        carrier.id
        if carrier
        else shipping.connect_carrier(
            brand.ctx,
            code="c",
            name="Sandbox",
            provider="sandbox_carrier",
            settings={"url": "http://127.0.0.1:9", "token": "t0ken"},
        )
    )
    shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier_id)
    label = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id]
    shipping.begin(brand.ctx, label_id=label.id, service="ground")
    bought = Bought("v1", number, "A1", "ground", Money(350, "EUR"))
    shipping.settle_label(brand.ctx, label_id=label.id, answer=bought)


def at(brand: Brand, moment: datetime) -> Ctx:
    """The brand at another moment."""
    return replace(brand.ctx, now=moment)


def sent(*, country: str = "DE") -> tuple[Brand, int]:
    """A parcel that left on a Monday at nine, from Berlin to Germany or from Seoul."""
    brand = make_brand()
    [parcel] = packed(brand.ctx, draft(country=country))
    buy_label(brand, parcel)
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    drain()
    return brand, parcel
