"""Orders as channels tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.base.money import Money
from doorstep.orders.values.people import Address, Buyer
from doorstep.orders.values.states import PaymentState


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
    shipping_service: str = ""  # how it is to be sent, as its buyer chose and its channel calls it
    customer_groups: tuple[str, ...] = ()  # what the channel counts its buyer among
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
