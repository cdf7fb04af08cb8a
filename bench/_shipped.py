"""Orders that went all the way, by the flows and vendors by which they go in life: what `_clone` multiplies.

Half came by a shop's webhook and left an arrival, every buyer bought twice, half are named in Hangul.  Of 200: 2 cancelled, 2 on
a pick list, 1 held by a person, 1 short of stock, the rest delivered.  In names, numbers and addresses stands `MARK`, which every
copy replaces by something of its own.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

import httpx

from bench import _flood
from bench.house import eventually
from doorstep.base import arrivals, db, money, tls
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Ctx
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.channels import actions as channels
from doorstep.flows import cancel, intake, ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.placing import Accepted
from doorstep.orders.values import Address, Buyer, HoldReason, LineDraft, OrderDraft
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.values import ParcelFilter, ParcelState

if TYPE_CHECKING:
    from bench._flood import Flooded
    from bench.house import House

COUNT, LISTED = 200, 2
MARK = "qkq"
SOLD_OUT = "SOLD-OUT"
FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
GIVEN = "민서연지우하윤도예준수아은다유현소율채원시온나래재경"
LATIN = (
    ("Lena", "Schäfer"),
    ("Olivia", "Carter"),
    ("Jürgen", "Böhm"),
    ("Chloé", "Lefèvre"),
    ("Noah", "Nguyen"),
    ("Sanne", "de Vries"),
)
CITIES = (("서울", "KR", "04766", "성수이로 78"), ("부산", "KR", "48094", "해운대로 570"), ("Berlin", "DE", "10119", "Torstr. 1"),
          ("Hamburg", "DE", "20099", "Lange Reihe 29"), ("Lyon", "FR", "69002", "rue Mercière 12"))  # fmt: skip


def make(at: House, brand: Flooded) -> None:
    """Places the orders and moves each as far as it goes; the house's own worker does what it does in life."""
    ctx = brand.ctx
    shop = channels.ensure_file_connection(ctx, name="Shop", currency="EUR").id
    catalog.ensure_variants(
        ctx, items=[VariantItem(sku=SOLD_OUT, title="Sold out", price=money.Money(1000, "EUR"), product=SOLD_OUT)]
    )
    to = {"url": at.carrier_url, "token": "sandbox"}
    shipping.connect_carrier(ctx, code="sandbox", name="Sandbox", provider="sandbox_carrier", settings=to)
    for name in ("carrier", "web", "worker"):
        at.start(name)
    at.wait_ready()
    drafts = _drafts(Random(3), shop)
    ids = _place(ctx, drafts[:-LISTED])
    eventually(_told, within_s=120)
    parts = {part.order_id: part.id for part in queries.fulfilment_orders_of(ctx, order_ids=ids)}
    short, held, *gone = ids[:4]
    for id in gone:
        cancel.cancel(ctx, order_id=id, reason="customer")
    orders.hold(ctx, wishes=[HoldWish(parts[held], HoldReason.OPERATOR, "asked about another colour")])
    eventually(_told, within_s=120)
    _pick_and_pack(ctx, [part for id, part in parts.items() if id not in (short, held, *gone)])
    _deliver(at, ctx)
    _place(ctx, drafts[-LISTED:])
    eventually(_settled, within_s=120)
    for name in ("worker", "web", "carrier"):
        at.kill(name)


def _told() -> bool:
    return not db.scalar("SELECT count(*) FROM base_event WHERE pending")


def _settled() -> bool:
    return not db.scalar(
        """SELECT (SELECT count(*) FROM base_event WHERE pending)
                + (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing'))
                + (SELECT count(*) FROM messaging_message WHERE state IN ('queued', 'sending'))"""
    )


def _drafts(random: Random, shop: int) -> list[OrderDraft]:
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(_flood.SKUS)))
    names = [_flood.sku(n) for n in range(_flood.SKUS)]
    made = []
    for n in range(COUNT):
        picked = dict.fromkeys(random.choices(names, cum_weights=weights, k=random.randint(1, 5)))
        if n == 0:
            picked = {SOLD_OUT: None}
        someone, place = _person(n // 2), CITIES[n // 2 % len(CITIES)]
        made.append(
            OrderDraft(
                external_id=f"{MARK}{n:03}", name=f"#{MARK}{n:03}", currency="EUR", placed_at=datetime.now(UTC), buyer=someone,
                ship_to=Address(someone.name, (place[3],), place[0], place[1], place[2], phone=someone.phone),
                lines=[LineDraft(name, random.randint(1, 2), money.Money(1000, "EUR")) for name in picked],
                connection_id=shop if n % 2 else 0,
            )
        )  # fmt: skip
    return made


def _person(n: int) -> Buyer:
    """One of 100 people, each of whom buys twice."""
    if n % 2:
        name = f"{FAMILY[n % len(FAMILY)]}{GIVEN[n * 7 % len(GIVEN)]}{MARK}"
    else:
        first, last = LATIN[n % len(LATIN)]
        name = f"{first} {last}{MARK}"
    return Buyer(name, f"buyer{n}.{MARK}@example.com", phone="", language="ko" if n % 2 else "en")


def _place(ctx: Ctx, drafts: Sequence[OrderDraft]) -> list[int]:
    """Takes the orders in, those of the shop after their arrivals.  Returns: their ids."""
    told = [d for d in drafts if d.connection_id]
    kept = arrivals.keep(
        ctx,
        [
            Incoming(
                d.connection_id, f"order:{d.external_id}", "orders/create", json.dumps(_document(d), ensure_ascii=False).encode(),
                headers={"x-shop-topic": "orders/create", "content-type": "application/json"},
            )
            for d in told
        ],
    )  # fmt: skip
    by_id = {d.external_id: k.id for d, k in zip(told, kept, strict=True)}
    drafts = [replace(d, arrival_id=by_id.get(d.external_id)) for d in drafts]
    answers = intake.accept(ctx, drafts)
    ids = [answer.order_id for answer in answers if isinstance(answer, Accepted)]
    assert len(ids) == len(drafts), answers
    arrivals.settle(
        ctx,
        [
            (d.arrival_id, "processed", {"order_id": id, "external_id": d.external_id, "name": d.name})
            for d, id in zip(drafts, ids, strict=True)
            if d.arrival_id
        ],
    )
    return ids


def _document(d: OrderDraft) -> dict[str, object]:
    """About as much as a shop says of an order."""
    return {
        "id": d.external_id, "name": d.name, "email": d.buyer.email, "created_at": d.placed_at.isoformat(), "currency": d.currency,
        "shipping_address": d.ship_to.as_dict(), "billing_address": d.ship_to.as_dict(), "customer": {"name": d.buyer.name},
        "line_items": [
            {
                "sku": line.sku, "quantity": line.qty, "price": "10.00", "taxable": True, "tax_lines": [],
                "requires_shipping": True, "discount_allocations": [], "fulfillment_status": None,
                "vendor": "Bench", "properties": [], "grams": 200,
            }
            for line in d.lines
        ],
        "financial_status": "paid", "fulfillment_status": None, "tags": "", "note": None, "total_price": str(d.total_minor / 100),
    }  # fmt: skip


def _pick_and_pack(ctx: Ctx, parts: Sequence[int]) -> None:
    for task in floor.tasks_of_orders(ctx, fulfilment_order_ids=parts):
        for n in range(task.qty):
            scanning.scan(
                ctx, pick_list_id=task.pick_list_id, client_id=f"{MARK}-{task.id}-{n}", code=task.sku, typed=False,
                at=datetime.now(UTC),
            )  # fmt: skip
    for part in parts:
        fulfilment.pack(ctx, fulfilment_order_id=part)


def _deliver(at: House, ctx: Ctx) -> None:
    """Labels as the worker buys them, then all to the carrier, who brings them at once."""
    ready = parcels.list_parcels(ctx, where=ParcelFilter(), limit=1000)
    eventually(
        lambda: all(
            p.state == ParcelState.LABELLED for p in parcels.list_parcels(ctx, where=ParcelFilter(), limit=1000)
        ),
        within_s=300,
    )
    ship.hand_over(ctx, parcel_ids=[p.id for p in ready])
    ship.tell_carriers(datetime.now(UTC))
    with httpx.Client(
        base_url=at.carrier_url,
        headers={"authorization": "Bearer sandbox"},
        timeout=20,
        verify=tls.trusted(),
        trust_env=False,
    ) as http:
        for parcel in parcels.parcels_by_id(ctx, ids=[p.id for p in ready]).values():
            http.post("/admin/advance", json={"tracking_number": parcel.tracking_number, "to": "91"}).raise_for_status()
    undelivered = "SELECT count(*) FROM orders_order WHERE state = 'open' AND fulfilment_state = 'fulfilled'"
    eventually(lambda: not db.scalar(undelivered), within_s=300)
