"""A brand with two warehouses full of many variants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from doorstep.accounts import actions as accounts
from doorstep.base import money
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.locations import actions as locations
from doorstep.locations.values import LocationDraft
from doorstep.stock import actions as stock
from doorstep.stock.values import Change, MovementKind

EACH = 500


@dataclass(frozen=True, slots=True)
class Stocked:
    ctx: Ctx
    skus: list[str]
    variant_ids: list[int]
    places: list[int]

    def now(self) -> Ctx:
        """The context of somebody who acts at this moment."""
        return replace(self.ctx, now=datetime.now(UTC), trace=new_trace())


def stocked(variants: int) -> Stocked:
    """A fresh organisation whose variants lie in both warehouses."""
    now = datetime.now(UTC)
    made = accounts.create_organisation(now=now, trace=new_trace(), name="Bench", slug="bench", currency="EUR")
    ctx = Ctx(made.id, SYSTEM, now, new_trace())
    places = [
        locations.create(ctx, location=LocationDraft(code=code, name=code, country=country, city=city, postal_code=zip_))
        for code, country, city, zip_ in (("BER", "DE", "Berlin", "10115"), ("SEL", "KR", "Seoul", "04524"))
    ]
    skus = [f"CH-{n:05}" for n in range(variants)]
    items = [VariantItem(sku=sku, title=f"Thing {sku}", price=money.Money(1000, "EUR")) for sku in skus]
    by_sku = catalog.ensure_variants(ctx, items=items)
    stock.change(
        ctx, changes=[Change(variant, at, on_hand=EACH) for variant in by_sku.values() for at in places],
        kind=MovementKind.RECEIPT, reason="delivered", reference="bench",
    )  # fmt: skip
    return Stocked(ctx, skus, [by_sku[sku] for sku in skus], places)
