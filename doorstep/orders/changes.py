"""What an edit of an order wants, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doorstep.orders.values import Address, BundleOf, OrderDetail


@dataclass(frozen=True, slots=True)
class Sums:
    """What an order comes to.  Units: minor units of one currency."""

    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    taxes_included: bool

    @property
    def total_minor(self) -> int:
        return (
            self.subtotal_minor - self.discount_minor + self.shipping_minor
            + (0 if self.taxes_included else self.tax_minor)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewLine:
    """Units to be added to an order as a line of their own.

    `bundle`: what was sold, where a bundle was opened into this line; `each`: units of it in one bundle.
    """

    variant_id: int
    sku: str
    title: str
    qty: int
    unit_price_minor: int
    discount_minor: int = 0
    bundle: BundleOf | None = None
    each: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What an edit wants.  `qty`: new units by order line, none for a line that goes; None leaves as it is.

    `tax_minor`: what its seller says that the tax is now; None reckons it.  `paid_back`: the money for what goes was given
    back already, as much of it as shall be.
    """

    qty: Mapping[int, int] = field(default_factory=dict)
    added: tuple[NewLine, ...] = ()
    discount_minor: int | None = None
    ship_to: Address | None = None
    paid_back: bool = False
    shipping_minor: int | None = None
    tax_minor: int | None = None

    def charges_otherwise(self, was: OrderDetail) -> bool:
        """Whether discount, shipping or tax become others."""
        return (
            self.discount_minor not in (None, was.discount_minor)
            or self.shipping_minor not in (None, was.shipping_minor)
            or self.tax_minor not in (None, was.tax_minor)
        )


@dataclass(frozen=True, slots=True)
class Locked:
    """An order that is locked to be edited, with its parts as they are."""

    detail: OrderDetail

    @property
    def sums(self) -> Sums:
        d = self.detail
        return Sums(d.subtotal_minor, d.discount_minor, d.shipping_minor, d.tax_minor, d.taxes_included)
