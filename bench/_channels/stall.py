"""A brand with a few products that everybody wants: two warehouses, a shop with a till, and a web store of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench._channels.stocked import Stocked
from doorstep.accounts import actions as accounts
from doorstep.accounts.values import PERMISSIONS
from doorstep.base import money
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.locations import actions as locations
from doorstep.locations.values import LocationDraft, LocationKind
from doorstep.payments.till import actions as till
from doorstep.stock import actions as stock
from doorstep.stock import safety
from doorstep.stock.values import Change, Keep, MovementKind

SKUS = 24
LIES = {"BER": 25, "SEL": 15, "HBF": 10}  # units of each SKU by place


@dataclass(frozen=True, slots=True)
class Stall(Stocked):
    """`secret`: of the key that the web store and the till have; `shop`: the location of the till."""

    shop: int = 0
    variants: dict[str, int] = field(default_factory=dict)

    @property
    def warehouses(self) -> tuple[int, ...]:
        return tuple(at for at in self.places if at != self.shop)


def stall(slug: str, *, keeps_shelf: bool) -> Stall:
    """A fresh organisation, its till open.  `keeps_shelf`: what lies in the shop is kept back from all other channels."""
    now = datetime.now(UTC)
    made = accounts.create_organisation(now=now, trace=new_trace(), name=slug, slug=slug, currency="EUR")
    ctx = Ctx(made.id, SYSTEM, now, new_trace())
    places = {
        code: locations.create(
            ctx,
            location=LocationDraft(
                code=code, name=code, country=country, city=city, postal_code=zip_, lines=("Torstr. 1",), kind=kind,
                fulfils_online=kind is LocationKind.WAREHOUSE or not keeps_shelf,
            ),
        )
        for code, country, city, zip_, kind in (
            ("BER", "DE", "Berlin", "10115", LocationKind.WAREHOUSE), ("SEL", "KR", "Seoul", "04524", LocationKind.WAREHOUSE),
            ("HBF", "DE", "Berlin", "10557", LocationKind.SHOP),
        )
    }  # fmt: skip
    skus = [f"HOT-{n:02}" for n in range(SKUS)]
    items = [VariantItem(sku=sku, title=f"Thing {sku}", price=money.Money(1000, "EUR")) for sku in skus]
    variants = catalog.ensure_variants(ctx, items=items)
    stock.change(
        ctx, changes=[Change(id, places[code], on_hand=qty) for id in variants.values() for code, qty in LIES.items()],
        kind=MovementKind.RECEIPT, reason="delivered", reference="bench",
    )  # fmt: skip
    if keeps_shelf:
        safety.keep_back(ctx, keeps=[Keep(id, places["HBF"], LIES["HBF"]) for id in variants.values()])
    till.open_shift(ctx, location_id=places["HBF"], currency="EUR", opening_minor=0)
    secret = accounts.make_key(ctx, name="bench", scopes=list(PERMISSIONS)).secret
    return Stall(ctx, skus, list(variants.values()), list(places.values()), secret, shop=places["HBF"], variants=variants)
