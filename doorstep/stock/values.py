"""The words of stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class MovementKind(StrEnum):
    RECEIPT = "receipt"
    SALE = "sale"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    COUNT = "count"
    RETURN = "return"
    WRITE_OFF = "write_off"
    RESERVATION = "reservation"
    ALLOCATION = "allocation"


class ReservationState(StrEnum):
    OPEN = "open"
    FULFILLED = "fulfilled"
    RELEASED = "released"


class CartState(StrEnum):
    OPEN = "open"
    ORDERED = "ordered"
    RELEASED = "released"
    EXPIRED = "expired"


class Selling(StrEnum):
    """Whether a variant is sold beyond what is available."""

    NONE = "none"
    BACKORDER = "backorder"
    PREORDER = "preorder"


class BackorderKind(StrEnum):
    """Why units wait: sold as a backorder or pre-order, or short without anybody having said that they may be."""

    BACKORDER = "backorder"
    PREORDER = "preorder"
    SHORT = "short"


class BackorderState(StrEnum):
    OPEN = "open"
    SERVED = "served"
    WITHDRAWN = "withdrawn"


class Priority(IntEnum):
    """Whose turn it is first when units come."""

    NORMAL = 0
    HIGH = 1


NOT_ENOUGH = Refusal(
    "not_enough_stock",
    gettext_noop("Only %(available)s of %(sku)s can be taken here, not %(wanted)s."),
    gettext_noop("Take fewer, or book a receipt first."),
)


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
class Want:
    """Units wanted for one reference, e.g. one order line."""

    reference_id: int
    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class CartWant:
    """Units that a cart shall hold."""

    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Pin:
    """Units of one reference that shall come from one location."""

    reference_id: int
    variant_id: int
    location_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of physical stock in one place.  Units: whole units, signed."""

    variant_id: int
    location_id: int
    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0


@dataclass(frozen=True, slots=True)
class PoolRow:
    variant_id: int
    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    safety_stock: int
    waiting: int = 0
    to_serve: bool = False

    @property
    def available(self) -> int:
        """What may still be promised.  Source: product.md, Vocabulary."""
        return self.spare - self.safety_stock

    @property
    def unclaimed(self) -> int:
        """What who comes now may have: while units that came were not yet offered to those who wait, these come first."""
        return self.available - self.waiting if self.to_serve else self.available

    @property
    def spare(self) -> int:
        """Units that nobody was promised, those kept back among them."""
        return self.on_hand - self.committed - self.reserved - self.damaged - self.quality_control


@dataclass(frozen=True, slots=True)
class LevelRow:
    variant_id: int
    location_id: int
    on_hand: int
    committed: int
    damaged: int
    quality_control: int
    bin: str
    recount_since: datetime | None = None

    @property
    def free(self) -> int:
        """Units here that no order is pinned to."""
        return self.on_hand - self.committed - self.damaged - self.quality_control


@dataclass(frozen=True, slots=True)
class MovementRow:
    id: int
    variant_id: int
    location_id: int | None
    in_pool: bool
    kind: str
    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    reason: str
    reference: str
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counted in one place."""

    variant_id: int
    location_id: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class Short:
    """A variant that could not be promised: wanted more than was there."""

    variant_id: int
    wanted: int
    available: int


@dataclass(frozen=True, slots=True)
class Group:
    """Wants that are promised together or not at all, e.g. one order.

    `places`: the locations that may serve it; None when every unit of the pool may.
    `cart`: the token under which its buyer held units while checking out; "" for none.
    """

    wants: tuple[Want, ...]
    places: frozenset[int] | None = None
    cart: str = ""


@dataclass(frozen=True, slots=True)
class ReservationRow:
    id: int
    variant_id: int
    reference_id: int
    qty: int
    location_id: int | None


@dataclass(frozen=True, slots=True)
class CartLineRow:
    """Units of one variant that a cart holds, until it ends."""

    id: int
    cart_id: int
    token: str
    variant_id: int
    qty: int
    until: datetime
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class CartRow:
    """A cart: what it holds now, and what became of it.  `state`: open, expired, ordered or released."""

    token: str
    made_at: datetime
    made_by: str
    state: str
    until: datetime | None
    lines: tuple[CartLineRow, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Who gets what.  `answers`: one per group, empty for those that are served.

    Of the carts, as ids of their lines: `ordered` became part of an order, `given_back` belonged to a buyer who needs them
    no more, `expired` ended because somebody else needs the units.  `freed`: variants of which a cart gave units back.
    """

    answers: list[tuple[Short, ...]]
    ordered: list[int]
    given_back: list[int]
    expired: list[int]
    freed: set[int]


@dataclass(frozen=True, slots=True)
class SellingRow:
    variant_id: int
    kind: str
    available_on: date | None
    max_units: int | None


@dataclass(frozen=True, slots=True)
class Wait:
    """A group that was short: what it wants, what of that was short, and its turn."""

    group_id: int
    wants: tuple[Want, ...]
    shorts: tuple[Short, ...]
    since: datetime
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Waited:
    """What a group that waits is told.  `kind`: short where one variant may not be backordered; the day is the last one."""

    kind: str
    promised_on: date | None


@dataclass(frozen=True, slots=True)
class BackorderRow:
    id: int
    group_id: int
    reference_id: int
    variant_id: int
    qty: int
    kind: str
    priority: int
    since: datetime
    promised_on: date | None
    expected_on: date | None
    slipped: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """Units of one variant that wait, by what they were sold as and what was promised."""

    variant_id: int
    kind: str
    promised_on: date | None
    qty: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """Units that are to arrive."""

    variant_id: int
    location_id: int | None
    qty: int
    due_on: date
    reference: str


@dataclass(frozen=True, slots=True)
class AtpDay:
    """What may be promised for a day: available, with what is due by it, less what was promised before it."""

    on: date
    incoming: int
    promised: int
    atp: int
