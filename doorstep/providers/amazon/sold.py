"""An Amazon order, whichever version of the API told it, and what it is to us. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.money import Money
from doorstep.channels.port import CANCEL_WISHED, Declined, OrderCalledOff, OrderTold, ShopFact, UnitsPending
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft, PaymentState, Recipient
from doorstep.providers.amazon import marketplaces
from doorstep.providers.plain import unreadable

MOST_LINES = 1000
WITHHELD_NAME = "(withheld by Amazon)"
WITHHELD_LINE = "(address withheld by Amazon)"
WITHHELD = "Amazon does not tell this application where the order goes."
# Who bought and who gets it is kept for thirty days after delivery at most, and never unprotected: Data Protection Policy.
# Source: https://developer-docs.amazon.com/sp-api/docs/protecting-amazon-api-applications-data-encryption-and-recovery
KEEP_DAYS = 30
CANCEL_WISHED_TAG = CANCEL_WISHED


class Stage(StrEnum):
    """How far an order is.

    Pending: placed, but payment is not authorised, so Amazon tells neither prices nor the address yet, and the buyer may still
    fail to pay. Amazon holds the units and its own number falls by itself: they are kept here too, until it is paid for or ends.
    Before its release day (`PRE_ORDERED`) an order holds nothing.
    """

    PRE_ORDERED = "pre-ordered"
    PENDING = "pending"
    OPEN = "open"
    BEGUN = "begun"
    DONE = "done"
    CALLED_OFF = "called off"


@dataclass(frozen=True, slots=True)
class Brief:
    """What can be said of any order, also of one that cannot be read.  `stage`: None where nobody knows its status."""

    external_id: str
    changed_at: datetime
    stage: Stage | None
    is_ours: bool
    pays_on_delivery: bool

    @property
    def is_of_use(self) -> bool:
        """Whether we ship it, and its units are held, it is paid for, or was called off; what nobody knows is looked at."""
        return self.is_ours and self.stage in (Stage.PENDING, Stage.OPEN, Stage.CALLED_OFF, None)

    @property
    def is_paid(self) -> bool:
        """Whether the money is there: Amazon takes it before an order is to be shipped, but for what is paid at the door."""
        return self.stage in (Stage.OPEN, Stage.BEGUN, Stage.DONE) and not self.pays_on_delivery


@dataclass(frozen=True, slots=True)
class SoldItem:
    """A line.  Units: minor units for the whole line.  `extra_minor`: what is charged beside the goods, less what is let off.

    `item`: what the line is of, as Amazon names it: the seller's SKU, which a few lines have not, else its own.
    """

    item: str
    sku: str
    title: str
    qty: int
    price_minor: int
    discount_minor: int
    extra_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Sold:
    """An order as Amazon tells it.  `total_minor`: None where it says none.  `is_ours`: the merchant ships it, not Amazon."""

    external_id: str
    marketplace: str
    stage: Stage
    is_ours: bool
    placed_at: datetime
    changed_at: datetime
    currency: str
    items: tuple[SoldItem, ...]
    total_minor: int | None
    tip_minor: int
    pays_on_delivery: bool
    buyer_name: str
    buyer_email: str
    ship_to: Address
    note: str
    tags: tuple[str, ...]
    reason: str = ""


def facts(sold: Sold, *, connection_id: int) -> list[ShopFact]:
    """What an order is to us; nothing, where there is nothing for us to do.

    Orders that Amazon ships are not ours.  Of pending ones the units are held until they are paid for.  Of one that was shipped,
    in all or in part, either we shipped it, so that it is here, or it was begun elsewhere and is ended there: taken now, it
    would be shipped twice.
    """
    if not sold.is_ours:
        return []
    if sold.stage is Stage.CALLED_OFF:
        return [OrderCalledOff(sold.external_id, sold.reason)]
    if sold.stage is Stage.PENDING:
        return [_pending(sold)]
    if sold.stage is not Stage.OPEN:
        return []
    items = [item for item in sold.items if item.qty]
    if not 1 <= len(items) <= MOST_LINES:
        raise unreadable("it has no lines, or too many")
    return [OrderTold(_draft(sold, items, connection_id), tuple(item.item for item in items), sold.changed_at)]


def _pending(sold: Sold) -> UnitsPending:
    lines = tuple((item.item, item.sku, item.qty) for item in sold.items[:MOST_LINES] if item.qty)
    return UnitsPending(sold.external_id, lines, sold.placed_at, sold.changed_at)


def address(
    *, name: str, lines: tuple[str, ...], city: str, country: str, postal_code: str, region: str, company: str, phone: str,
    marketplace: str,
) -> Address:  # fmt: skip
    """An address; what Amazon withholds is said to be withheld, in its place.  Refuses: where not even the country is known."""
    known = marketplaces.find(marketplace)
    where = country or (known.country if known else "")
    if not re.fullmatch(r"[A-Z]{2}", where):
        raise unreadable("it names no country, and nobody knows its marketplace")
    given = tuple(dict.fromkeys(line for line in lines if line))
    return Address(
        name=name or WITHHELD_NAME, lines=given or (WITHHELD_LINE,), city=city, country=where, postal_code=postal_code,
        region=region, company=company, phone=phone,
    )  # fmt: skip


def _draft(sold: Sold, items: list[SoldItem], connection_id: int) -> OrderDraft:
    extra, tax = sum(item.extra_minor for item in items), sum(item.tax_minor for item in items)
    goods = sum(item.price_minor - item.discount_minor for item in items)
    included, tip = _how_it_adds_up(sold, goods + extra, tax)
    return OrderDraft(
        external_id=sold.external_id,
        currency=sold.currency,
        lines=[_line(item, sold.currency) for item in items],
        buyer=Buyer(),
        ship_to=sold.ship_to.about(name=f"Amazon {sold.external_id}"),
        placed_at=sold.placed_at,
        connection_id=connection_id,
        name=sold.external_id,
        shipping_minor=extra + tip,
        tax_minor=tax,
        taxes_included=included,
        payment_state=PaymentState.AUTHORISED if sold.pays_on_delivery else PaymentState.PAID,
        tags=sold.tags,
        keep_days=KEEP_DAYS,
    )


def recipient(sold: Sold) -> Recipient | Declined:
    """Who gets an order; declined where Amazon withholds the address."""
    if WITHHELD_LINE in sold.ship_to.lines:
        return Declined(WITHHELD)
    return Recipient(sold.ship_to, sold.buyer_name, sold.buyer_email, sold.note)


def _how_it_adds_up(sold: Sold, net: int, tax: int) -> tuple[bool, int]:
    """Whether prices include the tax, and the tip that the total includes: Amazon says neither, its total does.

    Refuses: parts that come to another total, whichever way.
    """
    if sold.total_minor is None:
        return False, 0
    for tip in dict.fromkeys((0, sold.tip_minor)):
        if net + tax + tip == sold.total_minor:
            return False, tip
        if net + tip == sold.total_minor:
            return True, tip
    raise unreadable(
        f"its parts come to {net} and {tax} of tax, its total says {sold.total_minor} minor units of {sold.currency}"
    )


def _line(item: SoldItem, currency: str) -> LineDraft:
    """A line at the price of a unit: where the line's price is no multiple, the rounding is let off again."""
    each = -(-item.price_minor // item.qty)
    rounding = each * item.qty - item.price_minor
    return LineDraft(item.sku, item.qty, Money(each, currency), item.title, item.discount_minor + rounding)


def item(
    *, sku: str, asin: str, title: str, qty: int, price_minor: int, discount_minor: int, extra_minor: int, tax_minor: int
) -> SoldItem:  # fmt: skip
    """A line, checked: what is let off beyond the goods is let off what is charged beside them.

    Refuses: neither a SKU nor an ASIN, prices below nothing, more let off than charged.
    """
    if not (sku or asin):
        raise unreadable("a line has neither a SKU nor an ASIN")
    beyond = max(discount_minor - price_minor, 0)
    if price_minor < 0 or discount_minor < 0 or extra_minor - beyond < 0:
        raise unreadable("a price or a discount is out of range")
    return SoldItem(sku or asin, sku, title, qty, price_minor, discount_minor - beyond, extra_minor - beyond, tax_minor)
