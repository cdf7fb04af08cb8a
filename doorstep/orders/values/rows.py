"""Orders as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorstep.base.money import Money


@dataclass(frozen=True, slots=True)
class OrderRow:
    id: int
    name: str
    external_id: str
    connection_id: int
    customer_id: int
    customer_name: str
    email: str
    country: str
    currency: str
    total_minor: int
    units: int
    state: str
    payment_state: str
    fulfilment_state: str
    on_hold: bool
    placed_at: datetime
    updated_at: datetime
    tags: list[str]
    priority: int = 0

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an order.  What begins with `bundle` tells the bundle it was opened of, where it was: `bundle_each` units
    of it are in each of `bundle_qty` bundles, which cost `bundle_price_minor` each before discounts."""

    id: int
    order_id: int
    position: int
    variant_id: int
    sku: str
    title: str
    qty: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    bundle_id: int | None = None
    bundle_each: int = 0
    bundle_sku: str = ""
    bundle_title: str = ""
    bundle_qty: int = 0
    bundle_price_minor: int = 0
    bundle_number: int = 0
    bundle_variant_id: int = 0

    @property
    def part_of(self) -> str:
        """What the bundle is called that it was opened of, if it was."""
        return self.bundle_title or self.bundle_sku


@dataclass(frozen=True, slots=True)
class FORow:
    id: int
    order_id: int
    state: str
    location_id: int | None
    routed_why: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FOLineRow:
    """`part_of`: what the bundle is called that it was opened of; so in all rows that have it."""

    id: int
    fulfilment_order_id: int
    order_line_id: int
    variant_id: int
    sku: str
    title: str
    qty: int
    picked: int
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class HoldRow:
    id: int
    fulfilment_order_id: int
    reason: str
    note: str
    detail: dict[str, Any]
    by: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """Everything about one order that its page and its API answer show."""

    order: OrderRow
    ship_to: dict[str, Any]
    phone: str
    language: str
    note: str
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    taxes_included: bool
    version: int
    historical: bool
    lines: list[LineRow]
    fulfilment_orders: list[FORow]
    fulfilment_lines: list[FOLineRow]
    holds: list[HoldRow]


@dataclass(frozen=True, slots=True)
class CustomerTotal:
    """What one customer has bought so far in one currency."""

    customer_id: int
    currency: str
    orders: int
    total_minor: int
    first_at: datetime
    last_at: datetime

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)
