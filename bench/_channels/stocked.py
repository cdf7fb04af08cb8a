"""A brand with two warehouses and a shop full of many variants, of some of which there are few."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

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
from doorstep.stock.values import Change, MovementKind

EACH, FEW = 500, 2
PASSWORD = "a-long-password"


@dataclass(frozen=True, slots=True)
class Stocked:
    """`places`: the last is the shop.  `secret`: of a key.  `login`: of somebody who signs in with PASSWORD."""

    ctx: Ctx
    skus: list[str]
    variant_ids: list[int]
    places: list[int]
    secret: str = ""
    login: str = ""

    def now(self) -> Ctx:
        """The context of somebody who acts at this moment."""
        return replace(self.ctx, now=datetime.now(UTC), trace=new_trace())


@dataclass
class Shelves:
    """How many units lie where by what was booked, and which numbers each variant had: a number that comes back tells nothing new.

    `whole`: of all places, by variant.  `here`: by (variant, place).
    """

    whole: dict[int, list[int]] = field(default_factory=dict)
    here: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def step(self, variant: int, place: int, dice: Random) -> int:
        """A change by few units after which the variant has a number that it never had; of what is scarce, the last go first."""
        whole, here = self.whole[variant], self.here[variant, place]
        if 0 < whole[-1] <= FEW and here[-1] == whole[-1] and 0 not in whole:
            by = -whole[-1]
        else:
            able = [n for n in range(-8, 9) if n and here[-1] + n >= 0 and here[-1] + n not in here and whole[-1] + n not in whole]
            by = min(able, key=lambda n: (abs(n), dice.random()))
        here.append(here[-1] + by)
        whole.append(whole[-1] + by)
        return by


def stocked(variants: int, *, scarce: int = 0) -> tuple[Stocked, Shelves]:
    """A fresh organisation whose variants lie in all places; of the last `scarce` of them a few in the first place alone."""
    now = datetime.now(UTC)
    made = accounts.create_organisation(now=now, trace=new_trace(), name="Bench", slug="bench", currency="EUR")
    ctx = Ctx(made.id, SYSTEM, now, new_trace())
    places = [
        locations.create(
            ctx, location=LocationDraft(code=code, name=code, country=country, city=city, postal_code=zip_, kind=kind)
        )
        for code, country, city, zip_, kind in (
            ("BER", "DE", "Berlin", "10115", LocationKind.WAREHOUSE), ("SEL", "KR", "Seoul", "04524", LocationKind.WAREHOUSE),
            ("HBF", "DE", "Berlin", "10557", LocationKind.SHOP),
        )
    ]  # fmt: skip
    skus = [f"CH-{n:05}" for n in range(variants)]
    items = [VariantItem(sku=sku, title=f"Thing {sku}", price=money.Money(1000, "EUR")) for sku in skus]
    by_sku = catalog.ensure_variants(ctx, items=items)
    few = set(skus[len(skus) - scarce :])
    lies = {
        (variant, at): EACH if sku not in few else FEW if at == places[0] else 0 for sku, variant in by_sku.items() for at in places
    }
    stock.change(
        ctx, changes=[Change(variant, at, on_hand=qty) for (variant, at), qty in lies.items() if qty],
        kind=MovementKind.RECEIPT, reason="delivered", reference="bench",
    )  # fmt: skip
    till.open_shift(ctx, location_id=places[-1], currency="EUR", opening_minor=0)
    accounts.add_staff(ctx, email="bench@example.com", name="Bench", role="owner", language="en", password=PASSWORD)
    secret = accounts.make_key(ctx, name="bench", scopes=list(PERMISSIONS)).secret
    whole = Counter[int]()
    for (variant, _), qty in lies.items():
        whole[variant] += qty
    shelves = Shelves({variant: [qty] for variant, qty in whole.items()}, {key: [qty] for key, qty in lies.items()})
    brand = Stocked(ctx, skus, [by_sku[sku] for sku in skus], places, secret, "bench@example.com")
    return brand, shelves
