"""The documents of orders and parcels."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr

from doorstep.api.v1.shapes import INT4, AddressOut, In, MoneyOut, Out, text
from doorstep.api.v1.translate import LONGEST

# Reasons that a caller may set and release. The others come and go by themselves.
BY_HAND = Literal[
    "operator", "high_risk_of_fraud", "incorrect_address", "unknown_delivery_date", "awaiting_return_items", "other"
]


class OrderOut(Out):
    id: int
    external_id: str
    connection_id: int | None
    name: str
    state: str
    payment_state: str
    fulfilment_state: str
    on_hold: bool
    customer_id: int
    customer_name: str
    email: str
    country: str
    units: int
    total: MoneyOut
    tags: list[str]
    placed_at: datetime
    updated_at: datetime


class OrderLineOut(Out):
    id: int
    position: int
    variant_id: int
    sku: str
    title: str
    qty: int
    unit_price: MoneyOut
    discount: MoneyOut
    total: MoneyOut


class ElsewhereOut(Out):
    """Free units that may not serve this order. `why`: the location does not serve its `country`, is `not_online` or
    `not_in_use`."""

    location_id: int
    name: str
    qty: int
    why: Literal["country", "not_online", "not_in_use"]


class LackingOut(Out):
    """`available`: what the order could have now, wherever it may be served from; `elsewhere`: what lies at other places."""

    variant_id: int
    sku: str
    wanted: int
    available: int
    elsewhere: list[ElsewhereOut]


class HoldOut(Out):
    reason: str
    note: str
    by: str
    at: datetime
    until: datetime | None
    lacking: Annotated[list[LackingOut], Field(description="What a hold for stock waits for, as it is now.")]


class FulfilmentLineOut(Out):
    order_line_id: int
    sku: str
    qty: int
    picked: int


class FulfilmentOrderOut(Out):
    id: int
    state: str
    location_id: int | None
    routed_why: dict[str, Any]
    updated_at: datetime
    lines: list[FulfilmentLineOut]
    holds: list[HoldOut]


class ParcelOut(Out):
    id: int
    order_id: int
    fulfilment_order_id: int
    location_id: int
    state: str
    status: str
    carrier: str
    service: str
    tracking_number: str
    weight_g: int
    packed_at: datetime
    handed_over_at: datetime | None
    estimated_on: date | None
    delivered_at: datetime | None
    status_at: datetime | None
    updated_at: datetime


class OrderDetailOut(OrderOut):
    ship_to: AddressOut
    language: str
    note: str
    version: int
    historical: bool
    taxes_included: bool
    subtotal: MoneyOut
    discount: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    lines: list[OrderLineOut]
    fulfilment_orders: list[FulfilmentOrderOut]
    parcels: list[ParcelOut]


class OrdersOut(Out):
    orders: list[OrderOut]
    next: str | None


class CancelIn(In):
    reason: Annotated[StrictStr, text(200, required=True)]


class HoldIn(In):
    reason: BY_HAND = "operator"
    note: Annotated[StrictStr, text(500)] = ""


class ReleaseIn(In):
    reason: BY_HAND = "operator"


class OrderPatchIn(In):
    """What is left out stays as it is."""

    version: Annotated[int, Field(strict=True, ge=1, le=INT4)]
    note: Annotated[StrictStr, text(LONGEST["note"])] | None = None
    tags: Annotated[list[Annotated[StrictStr, text(LONGEST["tag"], required=True)]], Field(max_length=20)] | None = None
