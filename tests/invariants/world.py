"""A house in which something of every kind has happened."""

from __future__ import annotations

from datetime import timedelta

from doorstep.accounts import actions as accounts
from doorstep.base import db
from doorstep.base.money import Money
from doorstep.channels import actions as channels
from doorstep.channels import webhooks
from doorstep.channels.exposure import Rule
from doorstep.channels.port import ListedItem
from doorstep.channels.values import ConnectionRow, DeliveryWish, NoticeWish
from doorstep.customers import queries as customers
from doorstep.flows import (
    cancel,
    compose,
    count_stock,
    expose,
    merge_customers,
    reship,
    return_in_shop,
    sell_in_shop,
    ship,
)
from doorstep.flows.compose import Contained
from doorstep.flows.reship import Reship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import put_away, waves
from doorstep.fulfilment.actions import PrintWish
from doorstep.fulfilment.tours import Route
from doorstep.fulfilment.values import Method, PickRules, Takes, TemplateDraft
from doorstep.locations import actions as locations
from doorstep.locations import floors
from doorstep.locations.values import BinDraft, FloorPlan
from doorstep.orders import actions as orders
from doorstep.orders import cancellations, queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.cancellations import CancelledDraft
from doorstep.orders.values import HoldReason, PaymentState
from doorstep.payments import accounts as payment_accounts
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments import settling
from doorstep.payments.port import Told
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper, vouchers
from doorstep.payments.till.paper import Paper as Heading
from doorstep.payments.till.values import Given, TillKind
from doorstep.payments.values import CallState, RefundWish
from doorstep.returns import queries as returns
from doorstep.returns import receiving
from doorstep.returns.values import Arrived
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Bought, Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.stock import adjustments, carts, counts, deliveries, lots, safety, transfers
from doorstep.stock.counting import Choice, Chosen
from doorstep.stock.inbound.values import Arrived as FoundHere
from doorstep.stock.values import CartWant, Change, Keep, Paper, Reason, Why
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop, shop_order, tell
from tests.factories import NOW, Brand, draft, listed, make_brand, make_variants, packed, picked, place, receive
from tests.inbound import coming_in, deliver, send
from tests.invariants.talks import talk
from tests.over_the_counter import charged, make_shop, open_till, sale
from tests.receiver import subscribe
from tests.returning import arrived, ask, label, wish


def _plan_walks(brand: Brand) -> None:
    """A floor plan, a wave of what is listed, the rule for the next one, and units that were put away."""
    ctx, at = brand.ctx, brand.berlin
    floors.lay_out(ctx, location_id=at, plan=FloorPlan(4, 20_000, 3_000))
    waves.set_rules(ctx, location_id=at, rules=PickRules(route=Route.S_SHAPE))
    waves.save_template(ctx, draft=TemplateDraft("Morning", at, at_times=("09:00",)))
    waves.release(ctx, location_id=at, method=Method.CLUSTER, takes=Takes(), client_id="world-0001")
    put_away.put_away(
        ctx, location_id=at, client_id="world-0002", code="A", bin="A-01", qty=1, moves=True, at=NOW
    )


def live_brand() -> Brand:
    """Orders waiting, held, cancelled, listed, picked, delivered, paid with us; paper, mails, notices, arrivals, a bulk action."""
    brand = make_brand(stock_each=20, skus=("A", "B", "C", "D"))
    accounts.add_staff(brand.ctx, email=f"owner-{brand.ctx.organisation_id}@example.com", name="Owner", role="owner")
    accounts.start_bulk_job(brand.ctx, verb="orders.hold", arguments={}, total=2)
    locations.add_bins(brand.ctx, location_id=brand.berlin, bins=[BinDraft("A-01")])
    _bring_in(brand)
    safety.keep_back(brand.ctx, keeps=[Keep(brand.variants["D"], brand.berlin, 2), Keep(brand.variants["D"], None, 1)])
    _count(brand)
    _deliver(brand)
    _send_back(brand)
    _send_again(brand)
    _pay(brand)
    picked(brand.ctx, draft([("B", 1)]))
    listed(brand.ctx, draft([("A", 2)]), draft([("C", 1), ("B", 2)]))
    _plan_walks(brand)
    [held] = listed(brand.ctx, draft([("C", 3)]))
    orders.hold(brand.ctx, wishes=[HoldWish(held, HoldReason.OPERATOR)])
    place(brand.ctx, draft([("D", 99)]))
    _check_out(brand)
    for gone in place(brand.ctx, draft([("A", 1)]), draft([("D", 98)])):
        cancel.cancel(brand.ctx, order_id=gone, reason="customer")
    connection = connect_shop(brand)
    tell(brand, connection, "orders/create", shop_order())
    given = {"id": 71, "key": None, "amount": "1.00", "reason": "late", "line_items": []}
    tell(brand, connection, "orders/updated", shop_order(refunds=[given], updated_at="2026-11-20T10:00:00.000Z"))
    wish = NoticeWish(connection.id, "told:1", "fulfil", "parcel:1", "order:1", {})
    channels.intend(brand.ctx, wishes=[wish])
    _bundle(brand)
    _show(brand, connection)
    _sell(brand)
    _listen(brand)
    _merge(brand)
    talk(brand)
    drain()
    return brand


def _check_out(brand: Brand) -> None:
    """Two carts, one of which became an order."""
    for token in ("cart-1", "cart-2"):
        until = NOW + timedelta(minutes=15)
        assert carts.reserve(brand.ctx, token=token, wants=[CartWant(brand.variants["A"], 1)], until=until) == ()
    place(brand.ctx, draft([("A", 1)], reservation="cart-2"))


def _bundle(brand: Brand) -> None:
    """A bundle, and an order in which one was opened."""
    variant = make_variants(brand.ctx, ["SET"], price="30.00")["SET"]
    compose.set_components(brand.ctx, variant_id=variant, contents=[Contained("A", 2), Contained("B", 1)])
    place(brand.ctx, draft([("SET", 1)]))


def _show(brand: Brand, connection: ConnectionRow) -> None:
    """A listing that has units of its own."""
    expose.set_rule(brand.ctx, connection_id=connection.id, rule=Rule(share_pct=50, apart=True))
    expose.note(brand.ctx, connection_id=connection.id, items=[ListedItem("A", "A", "A", "", "Thing", None)], since=brand.ctx.now)


def _bring_in(brand: Brand) -> None:
    """A delivery that is partly here, one that is whole, a transfer on its way and one that lost a unit, lots and serials."""
    coming_in(brand)
    ctx, [*_, last] = brand.ctx, brand.variants
    lots.set_tracking(ctx, variant_id=brand.variants[last], by_lot=False, by_serial=True)
    whole = deliver(brand, (last, 1), document="PO-4712")
    deliveries.receive(ctx, delivery_id=whole, arrived=[FoundHere("world-0001", code=last, serials=("S-1",))])
    lossy = send(brand, (last, 2))
    transfers.receive(ctx, transfer_id=lossy, arrived=[FoundHere("world-0002", code=last)])
    transfers.close_short(ctx, transfer_id=lossy, reason="fell off")
    deliver(brand, (last, 3), document="PO-4713", days=-2)


def _count(brand: Brand) -> None:
    """A sheet of which one line was counted and booked, and one waits; paper behind an adjustment."""
    chosen = Chosen(Choice.VARIANTS, (brand.variants["C"], brand.variants["D"]))
    sheet_id = counts.open_sheet(brand.ctx, location_id=brand.seoul, chosen=chosen)
    typed = [count_stock.Typed("world-c-1", "C", 19, NOW), count_stock.Typed("world-d-1", "D", 99, NOW)]
    count_stock.enter(brand.ctx, sheet_id=sheet_id, typed=typed)
    change = Change(brand.variants["D"], brand.seoul, on_hand=1)
    adjustments.adjust(brand.ctx, changes=[change], why=Why(Reason.FOUND), paper=Paper("F-1", "f.txt", "text/plain", b"f"))


def _merge(brand: Brand) -> None:
    """Two customers who were one person."""
    place(brand.ctx, draft([("A", 1)], email="kept@example.com"), draft([("A", 1)], email="gone@example.com"))
    keep, gone = (customers.find_by_identity(brand.ctx, kind="email", value=f"{who}@example.com") for who in ("kept", "gone"))
    merge_customers.merge(brand.ctx, keep_id=keep or 0, gone_id=gone or 0, keep_version=1, gone_version=1)


def _sell(brand: Brand) -> None:
    """A sale in a shop, in cash and by card, one that took what an order was promised, an exchange, and a drawer that was short."""
    ctx = brand.ctx
    shop = make_shop(ctx)
    receive(ctx, brand.variants["A"], shop, 1)
    shift = open_till(ctx, shop)
    card = charged(ctx, shift, 500)
    given = (Given(TillKind.CASH, 500, handed_minor=1000), Given(TillKind.CARD, 500, charge_id=card))
    paper.set_paper(ctx, location_id=shop, paper=Heading("House GmbH", "DE123456789", "", {"": 1900}))
    sell_in_shop.sell(ctx, sale=sale(shop, ("A", 1), given=given))
    sold = sell_in_shop.sell(ctx, sale=sale(shop, ("A", 1)))
    line = queries.lines_of(ctx, order_ids=[sold.order_id])[0]
    back = return_in_shop.Back(sold.order_id, {line.id: 1}, "changed_mind")
    taken = return_in_shop.take_back(ctx, location_id=shop, back=back, key="world-0001")
    return_in_shop.pay_out(ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.VOUCHER)
    [credit] = vouchers.granted_for(ctx, call_ids=[call.id for call in taken.calls])
    given = (Given(TillKind.VOUCHER, 600, code=credit.code), Given(TillKind.CASH, 400))
    sold = sell_in_shop.sell(ctx, sale=sale(shop, ("A", 1), given=given))
    line = queries.lines_of(ctx, order_ids=[sold.order_id])[0]
    back = return_in_shop.Back(sold.order_id, {line.id: 1}, "changed_mind")
    taken = return_in_shop.take_back(ctx, location_id=shop, back=back, key="world-0002")
    exchanged = (return_in_shop.Towards(taken.return_id, 1000, 1000),)
    sell_in_shop.sell(ctx, sale=sale(shop, ("A", 1), given=(), towards=exchanged))
    till.close_shift(ctx, shift_id=shift.id, counted_minor=11_800, reason="a coin fell behind the shelf")


def _listen(brand: Brand) -> None:
    """Somebody who is told of events, with one that waits for it."""
    id = subscribe(brand, "https://hooks.example.com/doorstep").subscription.id
    event_id = db.scalar("SELECT max(id) FROM base_event WHERE organisation_id = %s", [brand.ctx.organisation_id])
    wish = DeliveryWish(event_id, "order.placed", "order:1", "{}")
    webhooks.queue(brand.ctx, id=id, wishes=[wish], until=(0, event_id))


def _send_back(brand: Brand) -> None:
    """A return that is judged, and one that waits for its parcel."""
    ctx = brand.ctx
    order_id = arrived(ctx, draft([("C", 3), ("D", 2)]))
    return_id = ask(ctx, order_id, wish(ctx, order_id, "C", 2), wish(ctx, order_id, "D", 1), key="w1")
    ask(ctx, order_id, wish(ctx, order_id, "D", 1), key="w2")
    drain()
    for parcel in parcels.parcels_back_of(ctx, order_ids=[order_id]):
        label(ctx, parcel.id)
    drain()
    line, other = returns.lines_of(ctx, return_ids=[return_id])
    receiving.receive(ctx, return_id=return_id, arrived=[Arrived(2, line.id), Arrived(1, other.id)], key="w")
    for n, word in enumerate(("restocked", "supplier_return")):
        receiving.inspect(ctx, line_id=line.id, qty=1, grade="B", disposition=word, key=f"w{n}")
    receiving.inspect(ctx, line_id=other.id, qty=1, grade="D", disposition="missing", key="w2")
    drain()


def _send_again(brand: Brand) -> None:
    """An order that arrived damaged, and what brings it again."""
    order_id = arrived(brand.ctx, draft([("A", 2)]))
    [line] = queries.lines_of(brand.ctx, order_ids=[order_id])
    reship.apply(brand.ctx, order_id=order_id, reship=Reship({line.id: 1}, "damaged"), key="w")


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


def _pay(brand: Brand) -> None:
    """One order authorised and captured with us, of which money goes back in three ways; one authorised, one not yet."""
    ctx = brand.ctx
    to = {"url": "http://127.0.0.1:9", "token": "x"}
    payment_accounts.connect(ctx, code="p", name="Payments", provider="sandbox_payment", settings=to)
    with_method = [
        draft([("B", 2)], payment_state=PaymentState.PENDING, payment_method="pm_card") for _ in range(3)
    ]
    paid, authorised, _ = place(ctx, *with_method)
    drain()
    for order_id in (paid, authorised):
        _answer(brand, order_id)
    payments.want_capture(ctx, order_id=paid, key=f"capture:{paid}")
    _answer(brand, paid)
    for number, minor in enumerate((300, 200, 100)):
        payments.grant_refund(
            ctx, order_id=paid, wish=RefundWish(amount_minor=minor), key=f"world:{number}", subject="return:1",
            reason="damaged",
        )
        if minor == 300:
            _answer(brand, paid)
        elif minor == 200:
            _answer(brand, paid, CallState.PENDING)
    customer_id = queries.orders_by_id(ctx, ids=[paid])[paid].customer_id
    payments.grant_credit(
        ctx, customer_id=customer_id, order_id=paid, amount_minor=50, currency="EUR", key="world:credit", subject="return:1"
    )
    drain()


def _answer(brand: Brand, order_id: int, state: CallState = CallState.SUCCEEDED) -> None:
    """The provider's answer to the newest wish of an order."""
    call = money.calls_of(brand.ctx, order_ids=[order_id])[0]
    told = Told(call.vendor_key, state, f"op_{call.id}", f"pay_{order_id}", call.amount_minor)
    assert settling.settle(brand.ctx, call_id=call.id, told=told)
