"""The demo brand comes into being: all of it in one transaction, by the actions that people use."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from doorstep.accounts import actions as accounts
from doorstep.analytics import actions as analytics
from doorstep.analytics.values import Metric
from doorstep.base import db
from doorstep.base.ctx import Actor, Ctx, new_trace
from doorstep.catalog import actions as catalog
from doorstep.catalog import queries as catalog_queries
from doorstep.channels import actions as channels
from doorstep.cli.ctx import command_ctx
from doorstep.cli.demo import (
    back,
    brand,
    counting,
    floor,
    inbound,
    partner,
    past,
    pictures,
    rooms,
    shop,
    talks,
    vendors,
)
from doorstep.flows import compose, intake
from doorstep.flows.compose import Contained
from doorstep.fulfilment import actions as fulfilment
from doorstep.locations import actions as locations
from doorstep.locations import floors
from doorstep.locations.values import BinDraft, FloorPlan
from doorstep.messaging import mailboxes
from doorstep.messaging import queries as messaging
from doorstep.payments import accounts as payments
from doorstep.payments.till import paper
from doorstep.shipping import actions as shipping
from doorstep.stock import actions as stock
from doorstep.stock import promising
from doorstep.stock.values import Change, Count, MovementKind, Selling, SellingRow

SEED = 20
CARRIER = "sandbox_carrier"
PAYMENT = "sandbox_payment"
MAILBOX = "sandbox_mailbox"
STAFF = (
    ("harin", "김하린", "warehouse", "ko"), ("seoyun", "이서윤", "service", "ko"), ("maya", "Maya Brooks", "service", "en"),
)  # fmt: skip
# What the brand measured before Doorstep: minutes per order and per return, questions per hundred parcels.
BASELINES = {Metric.ORDER_HANDLING: 9.5, Metric.WISMO_RATE: 24.0}
# How much lies where: (share of the range, fewest units, most units).
DEPTH = {"ICN": (1.0, 24, 140), "EWR": (0.55, 8, 60), "VLO": (0.5, 8, 50), "SSU": (0.2, 2, 9), "BER": (0.15, 2, 8)}


@dataclass(frozen=True, slots=True)
class SignIn:
    """How somebody of the demo brand signs in."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Range:
    """The catalogue as it was written: variant ids by SKU, SKUs in order."""

    ids: Mapping[str, int]
    skus: tuple[str, ...]


def run(*, owner: SignIn, seller: SignIn) -> None:
    """Makes the demo brand in one transaction; a start that is killed meanwhile leaves nothing of it.

    `owner` and `seller`, who works in the first of its shops, sign in with a password.  It takes long to hash one, so both are
    hashed while the rest comes into being.
    """
    with ThreadPoolExecutor(1) as scribe:
        hashed = {person: scribe.submit(make_password, person.password) for person in (owner, seller)}
        _make(lambda person: hashed[person].result(), owner, seller)


@transaction.atomic
def _make(hashed_of: Callable[[SignIn], str], owner: SignIn, seller: SignIn) -> None:
    now = command_ctx(0).now
    made = accounts.create_organisation(
        now=now - timedelta(days=past.DAYS + 10), trace=new_trace(), name=brand.NAME, slug="moru", currency="KRW",
        language="ko", timezone="Asia/Seoul", support_email=brand.SUPPORT, is_demo=True,
    )  # fmt: skip
    ctx = command_ctx(made.id)
    accounts.change_organisation(
        ctx, name=brand.NAME, accent=brand.ACCENT, support_email=brand.SUPPORT, language="ko", timezone="Asia/Seoul",
        currency="KRW",
    )  # fmt: skip
    early = replace(ctx, now=now - timedelta(days=past.DAYS + 5))
    places = {at.code: locations.create(early, location=at) for at in (*brand.WAREHOUSES, *brand.SHOPS)}
    for code, heading in brand.PAPERS.items():
        paper.set_paper(early, location_id=places[code], paper=heading)
    accounts.add_staff(ctx, email=owner.email, name="김지안", role="owner", password="", hashed=hashed_of(owner))
    warehouse, *agents = _staff(ctx)
    accounts.add_staff(
        ctx, email=seller.email, name="오민재", role="shop", language="ko", password="", hashed=hashed_of(seller),
        location_ids=[places[brand.SHOPS[0].code]],
    )  # fmt: skip
    goods = _catalogue(early)
    _stock(ctx, early, places, goods)
    _sell_early(ctx, goods)
    _gift(early)
    writer = past.Writer(SEED, _connections(early))
    rooms.furnish(ctx, places=places)
    vendors.connect(ctx)
    back.publish(early)
    _past(ctx, writer, now)
    db.execute("ANALYZE")  # nobody else can see these rows yet, so without it every plan below would be a blind guess
    floor.fill(ctx, writer=writer)
    then = replace(ctx, now=now - timedelta(minutes=50))
    rooms.pick_half(then, picker=replace(then, actor=floor.PICKER), location_id=places["ICN"])
    rooms.plan_waves(ctx, location_id=places["ICN"])
    rooms.replay_once(ctx, without=[places["EWR"]])
    inbound.fill(ctx, places=places, ids=goods.ids, people=ctx.as_actor(warehouse))
    shops = tuple(places[at.code] for at in brand.SHOPS)
    counting.fill(
        ctx, counter=warehouse, warehouse_id=places["ICN"], shop_ids=shops, variant_ids=tuple(sorted(goods.ids.values()))
    )
    back.fill(ctx, agents=agents, warehouse=warehouse, seed=SEED)
    back.goodwill(ctx, agent=agents[0])
    talks.furnish(early)
    mailbox_id = next((mailbox.id for mailbox in messaging.list_mailboxes(ctx)), 0)
    talks.fill(ctx, at=talks.Desk(agents, brand.SUPPORT, mailbox_id), seed=SEED)
    analytics.set_baselines(ctx, values=BASELINES)
    partner.furnish(ctx, early, variant_ids=goods.ids, writer=writer, seed=SEED, beside=places["VLO"])


def _staff(ctx: Ctx) -> list[Actor]:
    """Who works here beside the owner and in the shop: one in the warehouse, two who answer customers.  None signs in."""
    return [
        Actor("staff", made.member.id, made.member.name)
        for made in (
            accounts.add_staff(ctx, email=f"{handle}@moru.example", name=name, role=role, language=language, password="")
            for handle, name, role, language in STAFF
        )
    ]


def _catalogue(ctx: Ctx) -> Range:
    """Products with their variants, each with a picture."""
    shelves = brand.shelves()
    made = catalog.create_products(ctx, products=[(shelf.product, shelf.variants) for shelf in shelves])
    with ThreadPoolExecutor(1) as easel:
        drawn = easel.map(lambda shelf: pictures.draw(shelf.form.shape, shelf.series.colour), shelves)
        for product_id, picture in zip(made, drawn, strict=True):
            catalog.set_picture(ctx, product_id=product_id, data=picture)
    skus = [variant.sku for shelf in shelves for variant in shelf.variants]
    ids = {sku: row.id for sku, row in catalog_queries.find_variants(ctx, skus=skus).items()}
    return Range(ids, tuple(skus))


def _gift(ctx: Ctx) -> None:
    """A bundle of things that are sold singly too."""
    shelf = brand.gift()
    product_id = catalog.create_product(ctx, product=shelf.product, variants=shelf.variants)
    catalog.set_picture(ctx, product_id=product_id, data=pictures.draw(shelf.form.shape, shelf.series.colour))
    made = catalog_queries.find_variants(ctx, skus=[brand.GIFT])[brand.GIFT]
    compose.set_components(ctx, variant_id=made.id, contents=[Contained(sku, qty) for sku, qty in brand.IN_THE_GIFT])


def _stock(ctx: Ctx, early: Ctx, places: Mapping[str, int], goods: Range) -> None:
    """Receipts a year ago, a count last month; every place knows its shelves."""
    dice = random.Random(SEED)  # noqa: S311  # a story, no secret
    for code, (share, fewest, most) in DEPTH.items():
        here = places[code]
        kept = [sku for sku in goods.skus if sku not in floor.SOLD_OUT and dice.random() < share]
        shelves = [f"{row}-{bay:02d}-{level}" for row in "ABCD" for bay in range(1, 9) for level in range(1, 4)]
        locations.add_bins(early, location_id=here, bins=[BinDraft(shelf) for shelf in shelves])
        floors.lay_out(early, location_id=here, plan=FloorPlan(aisles=4, length_mm=10_000, apart_mm=3_000, bay_mm=1_250))
        floors.place_by_code(early, location_id=here)
        lying = {goods.ids[sku]: dice.randint(fewest, most) for sku in kept}
        stock.change(
            early,
            changes=[Change(variant, here, on_hand=qty) for variant, qty in sorted(lying.items())],
            kind=MovementKind.RECEIPT, reason="delivered", reference=f"opening:{code}",
        )  # fmt: skip
        bins = {v: shelves[place * len(shelves) // len(lying)] for place, v in enumerate(sorted(lying))}
        stock.set_bins(early, location_id=here, bins=bins)
        counted = [Count(v, here, max(qty - dice.randint(0, 2), 0)) for v, qty in sorted(lying.items()) if v % 9 == 0]
        stock.count(replace(ctx, now=ctx.now - timedelta(days=30)), counts=counted, reference=f"count:{code}")


def _sell_early(ctx: Ctx, goods: Range) -> None:
    """Of what is nowhere in stock, one is sold before it is out and one is on its way again."""
    coming, again = (goods.ids[sku] for sku in floor.SOLD_OUT[:2])
    out = ctx.now.date() + timedelta(days=24)
    promising.set_selling(ctx, rule=SellingRow(coming, Selling.PREORDER.value, out, 60))
    promising.set_selling(ctx, rule=SellingRow(again, Selling.BACKORDER.value, None, 40))


def _connections(ctx: Ctx) -> dict[str, int]:
    """The three shops that sold in the past, and the sandbox: shops that sell now, a carrier, a till, a mailbox, a printer."""
    sold = {
        outlet.code: channels.ensure_file_connection(ctx, name=outlet.name, currency=outlet.currency).id
        for outlet in past.OUTLETS
    }
    if settings.SANDBOX_SHOP_URL:
        channels.connect(
            ctx, provider=shop.PROVIDER, name="Moru online (sandbox)", url=settings.SANDBOX_SHOP_URL, currency="KRW"
        )
    if settings.SANDBOX_CARRIER_URL:
        shipping.connect_carrier(
            ctx, code="sandbox", name="Sandbox Express", provider=CARRIER,
            settings={"url": settings.SANDBOX_CARRIER_URL, "token": "sandbox"},
        )  # fmt: skip
    if settings.SANDBOX_PAYMENT_URL:
        payments.connect(
            ctx, code="sandbox", name="Sandbox Pay", provider=PAYMENT,
            settings={"url": settings.SANDBOX_PAYMENT_URL, "token": "sandbox"},
        )  # fmt: skip
    if settings.SANDBOX_MAILBOX_URL:
        mailboxes.connect(
            ctx, code="support", name="Moru support", address=brand.SUPPORT, provider=MAILBOX,
            settings={"url": settings.SANDBOX_MAILBOX_URL, "token": "sandbox"},
        )  # fmt: skip
    fulfilment.add_printer(ctx, name="Labels (folder)", kind="folder", target="labels")
    return sold


def _past(ctx: Ctx, writer: past.Writer, now: datetime) -> None:
    """Closed orders, week by week, so that customers are as old as their first order."""
    drafts = writer.past(now)
    for _, week in groupby(drafts, key=lambda draft: draft.placed_at.isocalendar()[:2]):
        batch = list(week)
        then = min(batch[-1].placed_at + timedelta(hours=1), now)
        intake.accept(replace(ctx, now=then), batch, historical=True)
