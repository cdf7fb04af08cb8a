"""A brand with many products and a flood of orders for them: a few sell most, every other buyer is new."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from bench import _driver
from doorstep.accounts import actions as accounts
from doorstep.accounts.values import PERMISSIONS
from doorstep.base import db, money, search
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.customers import actions as customers
from doorstep.customers.values import Person
from doorstep.fulfilment import actions as fulfilment
from doorstep.locations import actions as locations
from doorstep.locations.values import LocationDraft
from doorstep.orders import rules
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft
from doorstep.stock import actions as stock
from doorstep.stock.values import Change, MovementKind

SKUS = 10_000
STOCKED = 10_000_000
KNOWN_BUYERS = 2_000
PLACES = (("BER", "DE", "Berlin", "10115"), ("SEL", "KR", "Seoul", "04524"))
TO = Address("김민서", ("Torstr. 1",), "Berlin", "DE", "10115")


@dataclass(frozen=True)
class Flooded:
    """The brand: who acts, the secret of an API key, its variants by SKU and the ids of its two locations."""

    ctx: Ctx
    secret: str
    variants: dict[str, int]
    places: list[int]


def found(*, skus: int = SKUS, stocked: int = STOCKED) -> Flooded:
    """A brand with two warehouses full of products."""
    now = datetime.now(UTC)
    made = accounts.create_organisation(now=now, trace=new_trace(), name="Bench", slug="bench", currency="EUR")
    ctx = Ctx(made.id, SYSTEM, now, new_trace())
    places = [
        locations.create(ctx, location=LocationDraft(code=code, name=code, country=country, city=city, postal_code=zip_))
        for code, country, city, zip_ in PLACES
    ]
    variants: dict[str, int] = {}
    for some in _batched(range(skus), 1000):
        items = [VariantItem(sku=sku(n), title=f"Thing {n}", price=money.Money(1000, "EUR"), product=sku(n)) for n in some]
        here = catalog.ensure_variants(ctx, items=items)
        variants |= here
        stock.change(
            ctx, changes=[Change(v, at, on_hand=stocked) for v in here.values() for at in places], kind=MovementKind.RECEIPT,
            reason="delivered", reference="bench",
        )  # fmt: skip
    for some in _batched(range(KNOWN_BUYERS), 500):
        customers.match(ctx, people=[Person("김민서", f"known{n}@example.com", "", "ko", "DE") for n in some])
    fulfilment.add_printer(ctx, name="Desk", kind="folder", target="desk")
    secret = accounts.make_key(ctx, name="bench", scopes=list(PERMISSIONS)).secret
    return Flooded(ctx, secret, variants, places)


def _batched(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def sku(number: int) -> str:
    """The SKU of a product."""
    return f"SKU-{number:05}"


def orders(random: Random, *, prefix: str, count: int, skus: int = SKUS) -> list[OrderDraft]:
    """Orders of one to five lines; demand follows Zipf's law."""
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(skus)))
    names = [sku(n) for n in range(skus)]
    placed_at = datetime.now(UTC).replace(microsecond=0)
    made = []
    for n in range(count):
        picked = dict.fromkeys(random.choices(names, cum_weights=weights, k=random.randint(1, 5)))
        buyer = f"{prefix.lower()}{n}" if random.random() < 0.5 else f"known{random.randrange(KNOWN_BUYERS)}"
        made.append(
            OrderDraft(
                external_id=f"{prefix}{n}", name=f"{prefix}{n}", currency="EUR", placed_at=placed_at,
                lines=[LineDraft(name, random.randint(1, 2), money.Money(1000, "EUR")) for name in picked],
                buyer=Buyer("김민서", f"{buyer}@example.com", language="ko"), ship_to=TO,
            )
        )  # fmt: skip
    return made


def singles(names: Sequence[str], *, prefix: str) -> list[OrderDraft]:
    """An order of one unit for each of these SKUs, each from a buyer of its own."""
    placed_at = datetime.now(UTC).replace(microsecond=0)
    return [
        OrderDraft(
            external_id=f"{prefix}{n}", name=f"{prefix}{n}", currency="EUR", placed_at=placed_at,
            lines=[LineDraft(name, 1, money.Money(1000, "EUR"))], ship_to=TO,
            buyer=Buyer("김민서", f"{prefix.lower()}{n}@example.com", language="ko"),
        )
        for n, name in enumerate(names)
    ]  # fmt: skip


def requests(secret: str, drafts: Sequence[OrderDraft]) -> list[bytes]:
    """The orders as a web store sends them."""
    return [_driver.post("/api/v1/orders", secret, json.dumps(_document(d), ensure_ascii=False).encode()) for d in drafts]


def _document(d: OrderDraft) -> dict[str, object]:
    return {
        "external_id": d.external_id, "name": d.name, "placed_at": d.placed_at.isoformat(), "currency": d.currency,
        "customer": {"name": d.buyer.name, "email": d.buyer.email, "language": d.buyer.language},
        "ship_to": {
            "name": TO.name, "lines": list(TO.lines), "city": TO.city, "postal_code": TO.postal_code, "country": TO.country,
        },
        "lines": [
            {"sku": line.sku, "qty": line.qty, "unit_price": {"amount": f"{line.unit_price.decimal:f}", "currency": "EUR"}}
            for line in d.lines
        ],
    }  # fmt: skip


def lay_ready(drafts: Sequence[OrderDraft], *, first: int) -> None:
    """Puts orders where the limits of `sql/intake_limits.sql` find them, numbered from `first`."""
    lines = []
    for n, d in enumerate(drafts, start=first):
        text = rules.search_text(d)
        lines.append(
            (
                n, d.external_id, rules.body_hash(d), d.buyer.name, d.buyer.email, sum(line.qty for line in d.lines),
                d.total_minor, db.as_json(TO.as_dict()), TO.country, TO.postal_code, d.placed_at, text,
                db.array(search.grams_of(text)), db.array([line.sku for line in d.lines]),
                db.array([line.qty for line in d.lines]), db.array([line.unit_price.minor for line in d.lines]),
            )
        )  # fmt: skip
    kinds = ["bigint", "text", "bytea", "text", "text", "int", "bigint", "text", "text", "text", "timestamptz", *["text"] * 5]
    casts = {7: "jsonb", 12: "text[]", 13: "text[]", 14: "int[]", 15: "bigint[]"}
    picked = ", ".join(f"u.c{i}::{casts[i]}" if i in casts else f"u.c{i}" for i in range(16))
    names = ", ".join(f"c{i}" for i in range(16))
    db.execute(
        f"INSERT INTO bench_order SELECT {picked} FROM unnest({', '.join(f'%s::{kind}[]' for kind in kinds)}) u({names})",
        db.columns(lines, 16),
    )
