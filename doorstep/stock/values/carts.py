"""Carts that hold units while their buyers check out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

# How tokens begin that the house gives itself: for what channels show, for orders that took of it, for orders not paid for yet.
OWN_MARKS = ("shown:", "of:", "pending:")


class CartState(StrEnum):
    OPEN = "open"
    ORDERED = "ordered"
    RELEASED = "released"
    EXPIRED = "expired"


NOT_RESERVED = Refusal(
    "not_reserved",
    gettext_noop("Only %(available)s of %(sku)s are available, not %(wanted)s."),
    gettext_noop("Reserve fewer; what the cart held before it still holds."),
)
CART_USED = Refusal(
    "reservation_used",
    gettext_noop("The reservation %(token)s became an order already."),
    gettext_noop("Use a new token for another cart."),
)


@dataclass(frozen=True, slots=True)
class CartWant:
    """Units that a cart shall hold."""

    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class CartLineRow:
    """Units of one variant that a cart holds, until it ends.  `places`: they can leave these only; None: any that sends online."""

    id: int
    cart_id: int
    token: str
    variant_id: int
    qty: int
    until: datetime
    made_at: datetime
    made_by: str
    places: list[int] | None = None


@dataclass(frozen=True, slots=True)
class CartRow:
    """A cart: what it holds now, and what became of it.  `state`: open, expired, ordered or released."""

    token: str
    made_at: datetime
    made_by: str
    state: str
    until: datetime | None
    lines: tuple[CartLineRow, ...]
