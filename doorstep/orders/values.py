"""The words of orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.base.money import Money
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class OrderState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class PaymentState(StrEnum):
    PENDING = "pending"
    AUTHORISED = "authorised"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"


class FulfilmentState(StrEnum):
    """What the customer sees of the whole order; derived from its fulfilment orders in the same transaction."""

    UNFULFILLED = "unfulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"
    DELIVERED = "delivered"


class FOState(StrEnum):
    OPEN = "open"
    SCHEDULED = "scheduled"
    ON_HOLD = "on_hold"
    IN_PROGRESS = "in_progress"
    INCOMPLETE = "incomplete"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class HoldReason(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_RETURN_ITEMS = "awaiting_return_items"
    HIGH_RISK_OF_FRAUD = "high_risk_of_fraud"
    INCORRECT_ADDRESS = "incorrect_address"
    INVENTORY_OUT_OF_STOCK = "inventory_out_of_stock"
    UNKNOWN_DELIVERY_DATE = "unknown_delivery_date"
    OPERATOR = "operator"
    OTHER = "other"


RESHIP_TAG = "reship"


class ReshipReason(StrEnum):
    """Why units are sent again at no charge."""

    LOST = "lost"
    DAMAGED = "damaged"
    MISSING = "missing"
    WRONG = "wrong"
    OTHER = "other"


EXTERNAL_ID_REUSED = Refusal(
    "external_id_reused",
    gettext_noop("Order %(external_id)s came before with other contents."),
    gettext_noop("Use a new external id for another order; one that is here is not changed this way."),
)
UNKNOWN_SKU = Refusal(
    "unknown_sku",
    gettext_noop("No product has the SKU %(sku)s."),
    gettext_noop("Add it under Products, then send the order again."),
    status=422,
)
ALREADY_SHIPPED = Refusal(
    "already_shipped",
    gettext_noop("Order %(order)s has left the warehouse and cannot be cancelled."),
    gettext_noop("Agree with the customer how it comes back."),
)
ALREADY_CANCELLED = Refusal(
    "already_cancelled",
    gettext_noop("Order %(order)s is cancelled already."),
    gettext_noop("There is nothing left to do; its timeline says who cancelled it."),
)
ON_HOLD = Refusal(
    "on_hold", gettext_noop("Order %(order)s is on hold: %(reason)s."), gettext_noop("Release the hold first.")
)
WRONG_STATE = Refusal(
    "wrong_state",
    gettext_noop("Order %(order)s is “%(state)s”; this is not possible now."),
    gettext_noop("Look at its timeline to see what happened."),
)

ALREADY_PICKED = Refusal(
    "already_picked",
    gettext_noop("Units of order %(order)s are picked already; it cannot be changed now."),
    gettext_noop("Undo the scans on the floor first, or cancel the order."),
)
NOTHING_LEFT = Refusal(
    "nothing_left",
    gettext_noop("Nothing would be left of order %(order)s."),
    gettext_noop("Cancel the order instead."),
)
NO_SUCH_UNITS = Refusal(
    "no_such_units",
    gettext_noop("Order %(order)s has no such line, or not so many units of it."),
    gettext_noop("Load the order again and look at its lines."),
    status=422,
)
BRINGS_AGAIN = Refusal(
    "brings_again",
    gettext_noop("%(order)s only brings again what was bought with %(first)s: its lines and discount stay as they are."),
    gettext_noop("Cancel it and send again what is needed; its address can be changed."),
)
CREDITED = Refusal(
    "line_credited",
    gettext_noop("The channel cancelled %(qty)s units of %(sku)s; the line cannot have fewer."),
    gettext_noop("Leave at least so many units on the line."),
)
BUNDLE_IN_PART = Refusal(
    "bundle_in_part",
    gettext_noop("%(sku)s was sold as part of the bundle %(bundle)s, which is changed as a whole."),
    gettext_noop("Change the units of all its components alike, or take the bundle off."),
    status=422,
)
WAITED_FOR = Refusal(
    "waited_for",
    gettext_noop("Open orders wait for %(sku)s itself: %(orders)s."),
    gettext_noop("Change or cancel these orders first; orders placed later are opened into the components."),
)
TOO_MANY_UNITS = Refusal(
    "too_many_units",
    gettext_noop("The bundles of this order hold more units than an order can have."),
    gettext_noop("Order fewer of them at once."),
    status=422,
)
BELOW_NOTHING = Refusal(
    "total_below_nothing",
    gettext_noop("The order comes to less than nothing: more is let off than its lines and its shipping cost."),
    gettext_noop("Change its discount where it was placed, and send it again."),
    status=422,
)
TOO_MANY_TAGS = Refusal(
    "too_many_tags",
    gettext_noop("Order %(order)s has %(most)s tags already."),
    gettext_noop("Take one off first."),
)
NOT_SHIPPED = Refusal(
    "not_shipped",
    gettext_noop("Nothing of order %(order)s has left the warehouse, so nothing can be sent again."),
    gettext_noop("Change the order instead, or wait until it has left."),
)
ALL_SENT_AGAIN = Refusal(
    "all_sent_again",
    gettext_noop("Everything of order %(order)s was sent again already."),
    gettext_noop("If that is lost too, send again from the order that it was sent with."),
)
NOTHING_TO_SEND = Refusal(
    "nothing_to_send",
    gettext_noop("Nothing is chosen to be sent again."),
    gettext_noop("Give at least one unit."),
    status=422,
)
TOO_MANY_TO_SEND = Refusal(
    "too_many_to_send",
    gettext_noop("Of %(sku)s at most %(left)s units can be sent again."),
    gettext_noop("Only what has left the warehouse is sent again, and once."),
)
NOT_ROUTED = Refusal(
    "not_routed",
    gettext_noop("This part of order %(order)s is held, or has no warehouse yet."),
    gettext_noop("Release its hold, or wait until it has its warehouse."),
)
NOT_WAITING = Refusal(
    "not_waiting",
    gettext_noop("This part of order %(order)s does not wait for stock."),
    gettext_noop("Load the order again and look at its holds."),
)
NOTHING_NEW = Refusal(
    "no_new_day",
    gettext_noop("There is no new day to promise for order %(order)s."),
    gettext_noop("Look at what is due under Stock."),
)


KEPT_LINE, ERASED_LINE = "(kept apart)", "(erased)"  # in place of the street of who gets an order, where that is restricted


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    lines: tuple[str, ...]
    city: str
    country: str
    postal_code: str = ""
    region: str = ""
    company: str = ""
    phone: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The address as it is kept with the order."""
        return {
            "name": self.name, "company": self.company, "lines": list(self.lines), "city": self.city,
            "region": self.region, "postal_code": self.postal_code, "country": self.country, "phone": self.phone,
        }  # fmt: skip

    def about(self, *, name: str) -> Address:
        """What of it tells where about, and not who.  `name`: what stands for the recipient's."""
        return Address(name, (KEPT_LINE,), self.city, self.country, self.postal_code, self.region)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets an order and who bought it, where that is restricted.  `note`: what the buyer says to either."""

    ship_to: Address
    name: str = ""
    email: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """How far it is known who gets an order.  Columns as in `models.Recipient`, without what is sealed."""

    order_id: int
    keep_days: int
    wanted_at: datetime | None
    fetched_at: datetime | None
    erase_at: datetime | None
    erased_at: datetime | None
    problem: str

    @property
    def is_awaited(self) -> bool:
        return self.fetched_at is None and self.erased_at is None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought, as the channel knows them. Identities are (kind, value), strongest first; `language` is "" where the
    channel names none."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    accepts_marketing: bool = False
    identities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BundleOf:
    """The line of a bundle as it was sold.  `number`: its own within the order, from 1."""

    number: int
    variant_id: int
    sku: str
    title: str
    qty: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class LineDraft:
    """Units: whole units; money per unit, and the discount for the whole line.

    `bundle`: what was sold, where a bundle was opened into this line; `each`: units of it in one bundle.
    """

    sku: str
    qty: int
    unit_price: Money
    title: str = ""
    discount_minor: int = 0
    bundle: BundleOf | None = None
    each: int = 0


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as a channel tells it, read and checked, not yet kept. All money is in `currency`."""

    external_id: str
    currency: str
    lines: Sequence[LineDraft]
    buyer: Buyer
    ship_to: Address
    placed_at: datetime
    connection_id: int = 0
    name: str = ""
    shipping_minor: int = 0
    tax_minor: int = 0
    taxes_included: bool = True
    discount_minor: int = 0
    payment_state: PaymentState = PaymentState.PAID
    note: str = ""
    tags: tuple[str, ...] = ()
    arrival_id: int | None = None
    payment_method: str = ""  # a token of whoever is to take the money; "" where it is taken elsewhere
    reservation: str = ""  # the token of a cart that holds its units; "" for none
    customer_id: int | None = None  # of an order that comes of another, whose customer may have no address to be known by
    keep_days: int = 0  # after delivery, of who gets it; 0 where that is not restricted (docs/adr/0034)

    @property
    def subtotal_minor(self) -> int:
        """Lines after their own discounts."""
        return sum(line.unit_price.minor * line.qty - line.discount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What the customer pays."""
        return self.total_of(self.subtotal_minor)

    def total_of(self, subtotal_minor: int) -> int:
        """What the customer pays, where the lines come to that."""
        added_tax = 0 if self.taxes_included else self.tax_minor
        return subtotal_minor - self.discount_minor + self.shipping_minor + added_tax


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
class Reshippable:
    """A line with what of it has left, and what of that was sent again.  Units: whole units."""

    line: LineRow
    shipped: int
    again: int

    @property
    def left(self) -> int:
        return max(self.shipped - self.again, 0)


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
