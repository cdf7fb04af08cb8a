"""A year of orders: more at the weekend and before holidays, three shops with a currency each."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstep.base.money import Money
from doorstep.catalog.values import VariantDraft
from doorstep.cli.demo import brand, people
from doorstep.cli.demo.people import Someone
from doorstep.orders.values import LineDraft, OrderDraft, PaymentState

HOW_MANY = 2000
DAYS = 365
BY_WEEKDAY = (10, 9, 9, 10, 12, 16, 15)
BY_MONTH = (9, 8, 9, 10, 12, 9, 8, 8, 11, 10, 13, 16)
BY_HOUR = (3, 2, 1, 1, 1, 2, 3, 5, 7, 8, 9, 9, 10, 9, 8, 8, 8, 9, 10, 12, 14, 15, 12, 7)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A shop that sold in the past.  Units: minor units of its currency."""

    code: str
    name: str
    currency: str
    countries: tuple[tuple[str, int], ...]
    share: int
    shipping_minor: int
    free_from_minor: int
    tax_percent: int
    taxes_included: bool
    customers: int


OUTLETS = (
    Outlet("KR", "Moru Korea", "KRW", (("KR", 1),), 52, 3000, 50000, 10, True, 420),
    Outlet("US", "Moru US", "USD", (("US", 1),), 26, 690, 6000, 8, False, 210),
    Outlet("EU", "Moru Europe", "EUR", (("DE", 5), ("FR", 3), ("NL", 2)), 22, 590, 5000, 19, True, 190),
)


class Writer:
    """Writes order drafts; the same seed writes the same ones.  `connections`: by the code of an outlet."""

    def __init__(self, seed: int, connections: Mapping[str, int]) -> None:
        self._dice = random.Random(seed)  # noqa: S311  # a story, no secret
        self._connections = connections
        self._shelves = brand.shelves()
        self._liked = [self._dice.paretovariate(1.4) for _ in self._shelves]
        self._numbers = {outlet.code: 10000 for outlet in OUTLETS}
        self._crowds: dict[str, list[Someone]] = {}
        start = 1
        for outlet in OUTLETS:
            whole = sum(weight for _, weight in outlet.countries)
            for country, weight in outlet.countries:
                size = outlet.customers * weight // whole
                self._crowds.setdefault(outlet.code, []).extend(
                    people.crowd(self._dice, country=country, size=size, start=start)
                )
                start += size

    def past(self, now: datetime) -> list[OrderDraft]:
        """The orders of the twelve months before this week, oldest first."""
        days = [now - timedelta(days=n) for n in range(DAYS, 6, -1)]
        weights = [
            BY_WEEKDAY[day.weekday()] * BY_MONTH[day.month - 1] * (1 + 0.6 * n / DAYS) for n, day in enumerate(days)
        ]
        moments = sorted(
            day.replace(hour=self._dice.choices(range(24), BY_HOUR)[0], minute=self._dice.randrange(60))
            for day in self._dice.choices(days, weights, k=HOW_MANY)
        )
        outlets = self._dice.choices(OUTLETS, [outlet.share for outlet in OUTLETS], k=HOW_MANY)
        return [self.order(outlet, placed_at) for outlet, placed_at in zip(outlets, moments, strict=True)]

    def order(
        self,
        outlet: Outlet,
        placed_at: datetime,
        *,
        payment: PaymentState = PaymentState.PAID,
        wanted: Sequence[tuple[str, int]] = (),
        note: str = "",
    ) -> OrderDraft:
        """One order of somebody; `wanted`: (SKU, units) in place of what they would have chosen."""
        self._numbers[outlet.code] += 1
        number = self._numbers[outlet.code]
        someone = self._dice.choice(self._crowds[outlet.code])
        lines = self._lines(outlet, wanted)
        goods = sum(line.unit_price.minor * line.qty - line.discount_minor for line in lines)
        shipping = 0 if goods >= outlet.free_from_minor else outlet.shipping_minor
        taxed = 100 + outlet.tax_percent if outlet.taxes_included else 100
        return OrderDraft(
            external_id=f"{outlet.code}-{number}",
            name=f"#{outlet.code}{number}",
            currency=outlet.currency,
            lines=lines,
            buyer=someone.buyer,
            ship_to=someone.address,
            placed_at=placed_at,
            connection_id=self._connections[outlet.code],
            shipping_minor=shipping,
            tax_minor=(goods + shipping) * outlet.tax_percent // taxed,
            taxes_included=outlet.taxes_included,
            payment_state=payment,
            note=note,
        )

    def _lines(self, outlet: Outlet, wanted: Sequence[tuple[str, int]]) -> list[LineDraft]:
        if wanted:
            known = {v.sku: (shelf, v) for shelf in (*self._shelves, brand.gift()) for v in shelf.variants}
            return [self._line(outlet, *known[sku], qty) for sku, qty in wanted]
        chosen: dict[str, LineDraft] = {}
        for _ in range(self._dice.choices((1, 2, 3, 4), (46, 31, 15, 8))[0]):
            shelf = self._dice.choices(self._shelves, self._liked)[0]
            variant = self._dice.choice(shelf.variants)
            qty = self._dice.choices((1, 2, 3), (80, 15, 5))[0]
            chosen.setdefault(variant.sku, self._line(outlet, shelf, variant, qty))
        return list(chosen.values())

    def _line(self, outlet: Outlet, shelf: brand.Shelf, variant: VariantDraft, qty: int) -> LineDraft:
        price = brand.price_in(outlet.currency, variant.price.minor)
        discount = price.minor * qty // 10 if self._dice.random() < 0.12 else 0
        title = " ".join((shelf.product.title, *variant.options))
        return LineDraft(variant.sku, qty, Money(price.minor, outlet.currency), title, discount)
