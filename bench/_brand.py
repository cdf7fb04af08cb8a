"""What the house-wide benchmarks sell, and the orders they place."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

from doorstep.accounts import actions as accounts
from doorstep.accounts.values import PERMISSIONS
from doorstep.base import money
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.fulfilment import actions as fulfilment
from doorstep.locations import actions as locations
from doorstep.locations.values import LocationDraft
from doorstep.messaging import mailboxes
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft, PaymentState
from doorstep.payments import accounts as payments
from doorstep.shipping import actions as shipping
from doorstep.stock import actions as stock
from doorstep.stock.values import Change, MovementKind

SIZES = ("S", "M")
SKUS = [f"SKU-{n:03}-{size}" for n in range(20) for size in SIZES]
PRICE_MINOR, STOCKED = 1000, 100_000
ADDRESS = "help@moru.example"


def found(carrier_url: str, *, slug: str = "bench") -> tuple[Ctx, str]:
    """A brand with two warehouses full of forty products, a carrier and a printer.  Returns: its ctx and an API key."""
    now = datetime.now(UTC)
    made = accounts.create_organisation(now=now, trace=new_trace(), name="Bench", slug=slug, currency="EUR")
    ctx = Ctx(made.id, SYSTEM, now, new_trace())
    places = [
        locations.create(
            ctx, location=LocationDraft(code=code, name=code, country=country, city=city, postal_code=zip_)
        )
        for code, country, city, zip_ in (("BER", "DE", "Berlin", "10115"), ("SEL", "KR", "Seoul", "04524"))
    ]
    items = [
        VariantItem(
            sku=sku, title=f"Thing {sku[:-2]}", price=money.Money(PRICE_MINOR, "EUR"), weight_g=200, product=sku[:-2],
            option_names=("Size",), options=(sku[-1],),
        )
        for sku in SKUS
    ]  # fmt: skip
    variants = catalog.ensure_variants(ctx, items=items)
    stock.change(
        ctx,
        changes=[Change(v, at, on_hand=STOCKED) for v in variants.values() for at in places],
        kind=MovementKind.RECEIPT,
        reason="delivered",
        reference="bench",
    )
    settings = {"url": carrier_url, "token": "sandbox"}
    shipping.connect_carrier(ctx, code="sandbox", name="Sandbox", provider="sandbox_carrier", settings=settings)
    fulfilment.add_printer(ctx, name="Desk", kind="folder", target="desk")
    return ctx, accounts.make_key(ctx, name="bench", scopes=list(PERMISSIONS)).secret


def with_money_and_mail(ctx: Ctx, *, payment_url: str, mailbox_url: str) -> int:
    """The brand takes money itself and can be written to.  Returns: the id of its mailbox."""
    to = {"url": payment_url, "token": "sandbox"}
    payments.connect(ctx, code="sandbox", name="Sandbox Pay", provider="sandbox_payment", settings=to)
    to = {"url": mailbox_url, "token": "sandbox"}
    return mailboxes.connect(ctx, name="Support", address=ADDRESS, provider="sandbox_mailbox", settings=to)


def with_mailbox(mailbox_url: str) -> tuple[Ctx, int]:
    """A brand that customers can write to.  Returns: its ctx and the id of its mailbox."""
    now = datetime.now(UTC)
    made = accounts.create_organisation(now=now, trace=new_trace(), name="Bench", slug="bench", currency="EUR")
    ctx = Ctx(made.id, SYSTEM, now, new_trace())
    settings = {"url": mailbox_url, "token": "sandbox"}
    id = mailboxes.connect(
        ctx, name="Support", address=ADDRESS, provider="sandbox_mailbox", settings=settings
    )
    return ctx, id


def order(number: int, random: Random, *, prefix: str = "B") -> dict[str, Any]:
    """An order of one to three lines as the API takes it."""
    lines = [
        {"sku": sku, "qty": random.randint(1, 2), "unit_price": {"amount": "10.00", "currency": "EUR"}}
        for sku in random.sample(SKUS, random.randint(1, 3))
    ]
    return {
        "external_id": f"{prefix}{number}", "name": f"#{prefix}{number}",
        "placed_at": datetime.now(UTC).isoformat(), "currency": "EUR",
        "customer": {"name": "김민서", "email": f"buyer{number % 50}@example.com", "language": "ko"},
        "ship_to": {"name": "김민서", "lines": ["Torstr. 1"], "city": "Berlin", "postal_code": "10115", "country": "DE"},
        "lines": lines,
    }  # fmt: skip


def paid_by_method(number: int, random: Random, *, declined: bool, at: datetime) -> OrderDraft:
    """An order of one to three lines whose shop leaves the money to us."""
    lines = [
        LineDraft(sku, random.randint(1, 2), money.Money(PRICE_MINOR, "EUR"))
        for sku in random.sample(SKUS, random.randint(1, 3))
    ]
    return OrderDraft(
        external_id=f"B{number}", name=f"#B{number}", currency="EUR", lines=lines, placed_at=at,
        buyer=Buyer("김민서", f"buyer{number % 50}@example.com", language="ko"),
        ship_to=Address("김민서", ("Torstr. 1",), "Berlin", "DE", "10115"),
        payment_state=PaymentState.PENDING, payment_method="pm_declined" if declined else "pm_card",
    )  # fmt: skip
