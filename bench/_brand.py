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
from doorstep.shipping import actions as shipping
from doorstep.stock import actions as stock
from doorstep.stock.values import Change, MovementKind

SKUS = [f"SKU-{n:03}" for n in range(40)]


def found(carrier_url: str) -> tuple[Ctx, str]:
    """A brand with two warehouses full of forty products, a carrier and a printer.  Returns: its ctx and an API key."""
    now = datetime.now(UTC)
    made = accounts.create_organisation(now=now, trace=new_trace(), name="Bench", slug="bench", currency="EUR")
    ctx = Ctx(made.id, SYSTEM, now, new_trace())
    places = [
        locations.create(
            ctx, location=LocationDraft(code=code, name=code, country=country, city=city, postal_code=zip_)
        )
        for code, country, city, zip_ in (("BER", "DE", "Berlin", "10115"), ("SEL", "KR", "Seoul", "04524"))
    ]
    items = [VariantItem(sku=s, title=f"Thing {s}", price=money.parse("10.00", "EUR"), weight_g=200) for s in SKUS]
    variants = catalog.ensure_variants(ctx, items=items)
    stock.change(
        ctx,
        changes=[Change(v, at, on_hand=100_000) for v in variants.values() for at in places],
        kind=MovementKind.RECEIPT,
        reason="delivered",
        reference="bench",
    )
    settings = {"url": carrier_url, "token": "sandbox"}
    shipping.connect_carrier(ctx, code="sandbox", name="Sandbox", provider="sandbox_carrier", settings=settings)
    fulfilment.add_printer(ctx, name="Desk", kind="folder", target="desk")
    return ctx, accounts.make_key(ctx, name="bench", scopes=list(PERMISSIONS)).secret


def with_mailbox(mailbox_url: str) -> tuple[Ctx, int]:
    """A brand that customers can write to.  Returns: its ctx and the id of its mailbox."""
    now = datetime.now(UTC)
    made = accounts.create_organisation(now=now, trace=new_trace(), name="Bench", slug="bench", currency="EUR")
    ctx = Ctx(made.id, SYSTEM, now, new_trace())
    settings = {"url": mailbox_url, "token": "sandbox"}
    id = mailboxes.connect(
        ctx, name="Support", address="help@moru.example", provider="sandbox_mailbox", settings=settings
    )
    return ctx, id


def order(number: int, random: Random) -> dict[str, Any]:
    """An order of one to three lines as the API takes it."""
    lines = [
        {"sku": sku, "qty": random.randint(1, 2), "unit_price": {"amount": "10.00", "currency": "EUR"}}
        for sku in random.sample(SKUS, random.randint(1, 3))
    ]
    return {
        "external_id": f"B{number}", "name": f"#B{number}", "placed_at": datetime.now(UTC).isoformat(), "currency": "EUR",
        "customer": {"name": "김민서", "email": f"buyer{number % 50}@example.com", "language": "ko"},
        "ship_to": {"name": "김민서", "lines": ["Torstr. 1"], "city": "Berlin", "postal_code": "10115", "country": "DE"},
        "lines": lines,
    }  # fmt: skip
