"""Forty orders of these days, in every state that an order can be in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx

from doorstep.base import tls
from doorstep.base.ctx import Actor, Ctx
from doorstep.catalog import queries as catalog
from doorstep.cli.demo import brand, past
from doorstep.flows import cancel, intake, route, ship
from doorstep.flows import manifests as close_day
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.placing import Accepted
from doorstep.orders.values import HoldReason, PaymentState
from doorstep.shipping import actions as shipments
from doorstep.shipping import manifests
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import LabelState, ParcelFilter, ParcelState

# Nowhere in stock, so that orders for them wait.
SOLD_OUT = ("POT-DL", "CLK-ON", "MUG-NN-NV", "BAG-DN-IV")
# What becomes of the first parcels that leave, in the sandbox carrier's codes: three are there, one is lost and one comes back.
FATES = ("91", "91", "91", "99", "96")
ON_ITS_WAY = "21"
PICKER = Actor("system", 0, "김하린")


@dataclass(frozen=True, slots=True)
class Batch:
    """Orders that share a fate; `age_h`: hours since they were placed."""

    name: str
    size: int
    age_h: float
    payment: PaymentState = PaymentState.PAID
    wanted: tuple[tuple[str, int], ...] = ()
    note: str = ""


SHIPPED = Batch("shipped", 7, 50)
LABELLED = Batch("labelled", 3, 26)
PICKED = Batch("picked", 3, 8)
PARTLY = Batch("partly", 2, 5, wanted=(("NB5-HR-LN", 2), ("MUG-BD-IV", 1), ("CDL-SP-S", 1)))
LISTED = Batch("listed", 10, 3)  # of which a wave takes what lies in Incheon, see `rooms`
SHORT = tuple(Batch("short", 1, 20 - n, wanted=((sku, 1), ("PEN-HR-IV", 1))) for n, sku in enumerate(SOLD_OUT))
UNPAID = Batch("unpaid", 3, 6, PaymentState.PENDING)
ASKED = Batch("asked", 2, 30, note="선물 포장 부탁드려요.")
UNCLEAR = Batch("unclear", 1, 11)
CANCELLED = Batch("cancelled", 2, 40)
NEW = Batch("new", 3, 0.05)
GIFT = Batch("gift", 1, 1, wanted=((brand.GIFT, 1), ("CUP-HR-1", 1)))


def fill(ctx: Ctx, *, writer: past.Writer) -> None:
    """Places the orders and moves each as far as its batch goes; what comes after a label the worker does."""
    picker = ctx.as_actor(PICKER)
    done = {batch: _place(ctx, writer, batch) for batch in (SHIPPED, LABELLED, PICKED)}
    for at in (SHIPPED, LABELLED, PICKED):
        _list_up(_then(ctx, at, 1), done[at])
        _pick_all(_then(picker, at, 2), done[at])
    for at in (SHIPPED, LABELLED):
        _pack(_then(picker, at, 3), done[at])
    partly = _place(ctx, writer, PARTLY)
    _list_up(_then(ctx, PARTLY, 1), partly)
    _pick_some(_then(picker, PARTLY, 2), partly, most=3)
    _list_up(_then(ctx, LISTED, 1), _place(ctx, writer, LISTED))
    for batch in SHORT:
        _place(ctx, writer, batch)
    _place(ctx, writer, UNPAID)
    _hold(
        _then(ctx, ASKED, 1),
        _place(ctx, writer, ASKED),
        HoldReason.OPERATOR,
        "고객이 색상 변경을 문의함 / asked about another colour",
    )
    _hold(
        _then(ctx, UNCLEAR, 1),
        _place(ctx, writer, UNCLEAR),
        HoldReason.INCORRECT_ADDRESS,
        "동·호수 확인 필요 / flat number missing",
    )
    for order_id in _place(ctx, writer, CANCELLED):
        cancel.cancel(_then(ctx, CANCELLED, 2), order_id=order_id, reason="customer")
    _place(ctx, writer, NEW)
    _place(ctx, writer, GIFT)


def send_off(ctx: Ctx) -> None:
    """Buys labels for the parcels packed first, closes the carrier's day and hands them over; three arrive, two are in trouble.

    Does nothing once any parcel has left, so a start that was killed before that goes on here.
    """
    carrier = shipping.find_default_carrier(ctx)
    gone = shipping.list_parcels(ctx, where=ParcelFilter(state=ParcelState.HANDED_OVER), limit=1)
    parcels = sorted(shipping.on_the_floor(ctx), key=lambda parcel: parcel.id)[: SHIPPED.size]
    if carrier is None or gone:
        return
    shipments.want_label(ctx, parcel_ids=[p.id for p in parcels], carrier_id=carrier.id)
    for label in shipping.labels_of(ctx, parcel_ids=[p.id for p in parcels]):
        if label.state == LabelState.WANTED:
            ship.settle_label(ctx, label_id=label.id)
    ready = [
        p for p in shipping.parcels_by_id(ctx, ids=[p.id for p in parcels]).values() if p.state == ParcelState.LABELLED
    ]
    for one in manifests.waiting(ctx):
        close_day.close(ctx, manifest_id=manifests.want(ctx, location_id=one.location_id, carrier_id=one.carrier_id))
    ship.hand_over(ctx, parcel_ids=[p.id for p in ready])
    ship.tell_carriers(ctx.now + timedelta(seconds=1))
    for number, parcel in enumerate(ready):
        _bring(carrier.settings, parcel.tracking_number, to=FATES[number] if number < len(FATES) else ON_ITS_WAY)
    ship.track_open(ctx.now + timedelta(minutes=1))


def _bring(settings: Mapping[str, str], tracking_number: str, *, to: str) -> None:
    """Lets the sandbox carrier scan a parcel at once.  `to`: a code of its own."""
    headers = {"authorization": f"Bearer {settings['token']}"}
    with httpx.Client(base_url=settings["url"], headers=headers, timeout=5, verify=tls.trusted(), trust_env=False) as http:
        http.post("/admin/advance", json={"tracking_number": tracking_number, "to": to})


def _then(ctx: Ctx, batch: Batch, step: int) -> Ctx:
    """The same ctx at the hour of one step in a batch's story."""
    return replace(ctx, now=ctx.now - timedelta(hours=batch.age_h * (1 - step / 5)))


def _place(ctx: Ctx, writer: past.Writer, batch: Batch) -> list[int]:
    """Orders come in.  Returns: their ids."""
    at = _then(ctx, batch, 0)
    outlets = [past.OUTLETS[n % len(past.OUTLETS)] for n in range(batch.size)]
    drafts = [
        writer.order(outlet, at.now - timedelta(minutes=n), payment=batch.payment, wanted=batch.wanted, note=batch.note)
        for n, outlet in enumerate(outlets)
    ]
    return [a.order_id for a in intake.accept(at, drafts) if isinstance(a, Accepted)]


def _list_up(ctx: Ctx, order_ids: Sequence[int]) -> None:
    route.route(ctx, order_ids=order_ids)
    fulfilment.list_up(ctx, order_ids=order_ids)


def _parts(ctx: Ctx, order_ids: Sequence[int]) -> list[int]:
    return [part.id for part in queries.fulfilment_orders_of(ctx, order_ids=order_ids) if part.state != "on_hold"]


def _pick_all(ctx: Ctx, order_ids: Sequence[int]) -> None:
    _pick_some(ctx, order_ids, most=10_000)


def _pick_some(ctx: Ctx, order_ids: Sequence[int], *, most: int) -> None:
    """Scans barcodes as a picker would, in the order of the walk."""
    for task in floor.tasks_of_orders(ctx, fulfilment_order_ids=_parts(ctx, order_ids)):
        code = catalog.variants_by_id(ctx, ids=[task.variant_id])[task.variant_id].barcode
        for n in range(task.qty):
            if most == 0:
                return
            most -= 1
            scanning.scan(
                ctx, pick_list_id=task.pick_list_id, client_id=f"demo-{task.id}-{n}", code=code, typed=False, at=ctx.now
            )


def _pack(ctx: Ctx, order_ids: Sequence[int]) -> None:
    for part in _parts(ctx, order_ids):
        fulfilment.pack(ctx, fulfilment_order_id=part)


def _hold(ctx: Ctx, order_ids: Sequence[int], reason: HoldReason, note: str) -> None:
    orders.hold(ctx, wishes=[HoldWish(part, reason, note) for part in _parts(ctx, order_ids)])
