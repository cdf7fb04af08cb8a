"""The order as it comes in, decoded by msgspec: the same document as `v1.shapes.OrderIn`, which a test holds it to.

Types are looked at here, limits and meaning by `v1.translate`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Given(Struct, forbid_unknown_fields=True, gc=False):
    """What a caller sends; a field that nobody knows is a mistake, never ignored."""


class MoneyGiven(Given):
    amount: str
    currency: str


class AddressGiven(Given):
    name: str
    lines: Annotated[list[str], Meta(max_length=5)]
    city: str
    country: str
    company: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""


class CustomerGiven(Given):
    external_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    accepts_marketing: bool = False
    groups: list[str] = []


class LineGiven(Given):
    sku: str
    qty: int
    unit_price: MoneyGiven
    title: str = ""
    discount: MoneyGiven | None = None


class PaymentGiven(Given):
    method: Annotated[str, Meta(pattern=r"^pm_[A-Za-z0-9_]{1,90}\Z")]


class OrderGiven(Given):
    external_id: str
    placed_at: str
    currency: str
    ship_to: AddressGiven
    lines: list[LineGiven]
    name: str = ""
    payment_state: Literal["pending", "authorised", "paid"] = "paid"
    payment: PaymentGiven | None = None
    customer: CustomerGiven | None = None
    shipping: MoneyGiven | None = None
    tax: MoneyGiven | None = None
    taxes_included: bool = True
    discount: MoneyGiven | None = None
    note: str = ""
    tags: list[str] = []
    shipping_service: str = ""
    reservation: Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.:-]{0,59})?\Z")] = ""
