"""A house in which something of every kind has happened."""

from __future__ import annotations

from datetime import timedelta

from doorstep.accounts import actions as accounts
from doorstep.base.money import Money
from doorstep.channels import actions as channels
from doorstep.channels.values import NoticeWish
from doorstep.flows import cancel, ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment.actions import PrintWish
from doorstep.locations import actions as locations
from doorstep.locations.values import BinDraft
from doorstep.orders import actions as orders
from doorstep.orders import cancellations, queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.cancellations import CancelledDraft
from doorstep.orders.values import HoldReason
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Bought, Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop, shop_order, tell
from tests.factories import NOW, Brand, draft, listed, make_brand, packed, picked, place
from tests.invariants.talks import talk


def live_brand() -> Brand:
    """Orders waiting, held, cancelled, listed, picked, delivered; paper, mails, notices, arrivals, a bulk action."""
    brand = make_brand(stock_each=20, skus=("A", "B", "C", "D"))
    accounts.add_staff(brand.ctx, email=f"owner-{brand.ctx.organisation_id}@example.com", name="Owner", role="owner")
    accounts.start_bulk_job(brand.ctx, verb="orders.hold", arguments={}, total=2)
    locations.add_bins(brand.ctx, location_id=brand.berlin, bins=[BinDraft("A-01")])
    _deliver(brand)
    picked(brand.ctx, draft([("B", 1)]))
    listed(brand.ctx, draft([("A", 2)]), draft([("C", 1), ("B", 2)]))
    [held] = listed(brand.ctx, draft([("C", 3)]))
    orders.hold(brand.ctx, wishes=[HoldWish(held, HoldReason.OPERATOR)])
    place(brand.ctx, draft([("D", 99)]))
    [gone] = place(brand.ctx, draft([("A", 1)]))
    cancel.cancel(brand.ctx, order_id=gone, reason="customer")
    connection = connect_shop(brand)
    tell(brand, connection, "orders/create", shop_order())
    wish = NoticeWish(connection.id, "told:1", "fulfil", "parcel:1", "order:1", {})
    channels.intend(brand.ctx, wishes=[wish])
    talk(brand)
    drain()
    return brand


def _deliver(brand: Brand) -> None:
    """One order all the way, of which the shop cancelled a line afterwards."""
    ctx = brand.ctx
    [parcel_id] = packed(ctx, draft([("A", 2), ("B", 1)]))
    carrier = shipping.connect_carrier(
        ctx, code="c", name="Carrier", provider="sandbox_carrier", settings={"url": "http://127.0.0.1:9", "token": "x"}
    )
    drain()
    [label] = parcels.labels_of(ctx, parcel_ids=[parcel_id]) or [None]
    label_id = label.id if label else shipping.want_label(ctx, parcel_ids=[parcel_id], carrier_id=carrier)[0]
    number = f"60{parcel_id:010}"
    sold = Bought(f"shp-{number}", number, "DE10", "STANDARD", Money(590, "EUR"))
    assert shipping.settle_label(ctx, label_id=label_id, answer=sold)
    printer = fulfilment.add_printer(ctx, name="Desk", kind="folder", target="desk")
    paper = PrintWish(f"label:{number}", "label", f"parcel:{parcel_id}", "", printer)
    fulfilment.want_print(ctx, wishes=[paper])
    ship.hand_over(ctx, parcel_ids=[parcel_id])
    home = Scan("evt", number, TrackingStatus.DELIVERED, "91", "delivered", "Berlin", NOW + timedelta(days=1))
    shipping.record_scans(ctx, parcel_id=parcel_id, scans=[home])
    drain()
    order = queries.orders_by_id(ctx, ids=[parcels.get_parcel(ctx, parcel_id=parcel_id).order_id])
    [row] = order.values()
    assert (row.state, row.fulfilment_state) == ("closed", "delivered")
    credit = CancelledDraft(
        0, "credit-1", 1, 0, row.customer_id, brand.variants["A"], 1, 1000, "EUR", NOW + timedelta(days=2)
    )
    cancellations.record(ctx, lines=[credit])
