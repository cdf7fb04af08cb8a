"""An order of Shopify, as its webhooks tell it, in our words. Pure.

Source: https://shopify.dev/docs/api/admin-rest/latest/resources/order
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from doorstep.channels.port import OrderCalledOff, OrderTold, ShopFact
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft, PaymentState
from doorstep.providers.plain import moment, text, unreadable
from doorstep.providers.shopify.translate import refunds
from doorstep.providers.shopify.translate.values import amount, id_of, in_shop_money, object_of, objects_of, whole

PROVIDER = "shopify"
MOST_LINES = 1000
MOST_UNITS = 1_000_000
NOWHERE = "ZZ"  # ISO 3166 leaves it to its users; CLDR calls it the unknown region
PAYMENT_STATES = {
    "paid": PaymentState.PAID, "authorized": PaymentState.AUTHORISED, "pending": PaymentState.PENDING,
    "partially_paid": PaymentState.PENDING, "partially_refunded": PaymentState.PARTIALLY_REFUNDED,
    "refunded": PaymentState.REFUNDED, "voided": PaymentState.VOIDED, "expired": PaymentState.VOIDED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was sold.  `is_charge`: it names nothing that could be sent, such as a tip."""

    draft: LineDraft
    item: str
    unsent: int
    is_charge: bool

    @property
    def total_minor(self) -> int:
        return self.draft.unit_price.minor * self.draft.qty - self.draft.discount_minor


def read_order(order: Mapping[str, Any], *, connection_id: int) -> list[ShopFact]:
    """What an order says: that it is called off, or how it was sold and what was refunded of it since.

    The draft is the order as it was sold, whatever was refunded or taken off since: that comes as `RefundTold`, so that an order
    that is here stays the same order.  Refuses: what does not add up.
    """
    if order.get("cancelled_at"):
        return [OrderCalledOff(id_of(order["id"]), text(order.get("cancel_reason"), 200) or "customer")]
    currency = str(order["currency"])
    every = [_line(line, currency) for line in objects_of(order["line_items"])]
    lines = [line for line in every if line.draft.qty and not line.is_charge]
    if not 1 <= len(lines) <= MOST_LINES:
        raise unreadable("it has no lines that could be sent, or too many")
    told = OrderTold(
        _draft(order, connection_id, currency, lines, [line for line in every if line.is_charge]),
        tuple(line.item for line in lines),
        moment(order["updated_at"]),
        unsent=tuple(line.unsent for line in lines),
    )
    return [told, *refunds.read_refunds(order, currency)]


def _draft(
    order: Mapping[str, Any], connection_id: int, currency: str, lines: Sequence[Line], charges: Sequence[Line]
) -> OrderDraft:
    """The order as it was sold.  All money in the shop's currency; what buyers saw it in is left aside.

    `shipping_minor` is also where tips, duties, fees and lines that are charges go: our orders have no other place for what a
    customer pays beside goods and tax.
    """
    buyer = _buyer(order, connection_id)
    shipping = sum(_shipping(line, currency) for line in objects_of(order.get("shipping_lines")))
    draft = OrderDraft(
        external_id=id_of(order["id"]),
        currency=currency,
        lines=[line.draft for line in lines],
        buyer=buyer,
        ship_to=_ship_to(order, buyer),
        placed_at=moment(order["created_at"]),
        connection_id=connection_id,
        name=text(order["name"], 60),
        shipping_minor=shipping + sum(line.total_minor for line in charges),
        tax_minor=amount(order["total_tax"], currency).minor,
        taxes_included=bool(order["taxes_included"]),
        payment_state=_payment_state(order["financial_status"]),
        note=text(order.get("note"), 2000),
        shipping_service=_service(order),
        customer_groups=_groups(order),
    )
    said = amount(order["total_price"], currency).minor
    return _with_extras(draft, said - draft.total_minor, _extras(order, currency), said)


def _extras(order: Mapping[str, Any], currency: str) -> list[int]:
    """What the order names beside lines, shipping and tax."""
    tip = order.get("total_tip_received")
    return [
        amount(tip, currency).minor if tip is not None else 0,
        in_shop_money(order.get("original_total_duties_set"), currency).minor,
        in_shop_money(order.get("original_total_additional_fees_set"), currency).minor,
    ]


def _with_extras(draft: OrderDraft, missing: int, extras: Sequence[int], said: int) -> OrderDraft:
    """The draft with what is missing to its total, where that is some of what the order names besides.

    Not always all of it is missing: a tip may be a line as well, duties may be in the prices.
    """
    known = {sum(some) for n in range(len(extras) + 1) for some in combinations(extras, n)}
    if missing < 0 or missing not in known:
        raise unreadable(f"its parts add up to {said - missing}, its total says {said} minor units")
    return replace(draft, shipping_minor=draft.shipping_minor + missing)


def _line(line: Mapping[str, Any], currency: str) -> Line:
    qty = whole(line["quantity"], MOST_UNITS)
    price, discount = amount(line["price"], currency), _discount(line, currency)
    if price.minor < 0 or not 0 <= discount <= price.minor * qty:
        raise unreadable("a price or a discount is out of range")
    variant, sku = line.get("variant_id"), text(line.get("sku"), 200)
    item = "" if variant is None else id_of(variant)
    needs_shipping = line.get("requires_shipping") is not False
    title = text(line.get("name") or line.get("title"), 255)
    return Line(
        LineDraft(sku, qty, price, title, discount),
        item,
        whole(line.get("fulfillable_quantity", 0), MOST_UNITS),
        is_charge=not (item or sku or needs_shipping or line.get("gift_card")),
    )


def _discount(line: Mapping[str, Any], currency: str) -> int:
    """What was taken off a line, its share of discounts on the whole order included.

    `total_discount` lacks that share; it counts where nothing is allocated, as in orders of before 2018.
    """
    allocated = objects_of(line.get("discount_allocations"))
    if allocated:
        return sum(amount(one["amount"], currency).minor for one in allocated)
    said = line.get("total_discount")
    return amount(said, currency).minor if said is not None else 0


def _shipping(line: Mapping[str, Any], currency: str) -> int:
    """What a way of shipping cost after its discounts; nothing where it was taken off again."""
    if line.get("is_removed"):
        return 0
    off = sum(amount(one["amount"], currency).minor for one in objects_of(line.get("discount_allocations")))
    price = amount(line["price"], currency).minor
    if not 0 <= off <= price:
        raise unreadable("shipping or its discount is out of range")
    return price - off


def _service(order: Mapping[str, Any]) -> str:
    """What the way of shipping is called that its buyer chose; the first where there are several."""
    lines = [line for line in objects_of(order.get("shipping_lines")) if not line.get("is_removed")]
    return text(lines[0].get("title"), 100) if lines else ""


def _groups(order: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags of its customer, where the shop tells them: words with commas between."""
    told = text(object_of(order.get("customer") or {}).get("tags"), 2000)
    return tuple(dict.fromkeys(tag.strip()[:60] for tag in told.split(",") if tag.strip()))


def _buyer(order: Mapping[str, Any], connection_id: int) -> Buyer:
    customer = object_of(order.get("customer") or {})
    first, last = text(customer.get("first_name"), 100), text(customer.get("last_name"), 99)
    korean = any("가" <= c <= "힣" for c in last)
    known = customer.get("id")
    return Buyer(
        name=(f"{last}{first}" if korean else f"{first} {last}").strip(),
        email=text(order.get("email"), 254),
        phone=text(order.get("phone"), 40),
        language=text(order.get("customer_locale"), 20)[:2].lower(),
        accepts_marketing=order.get("buyer_accepts_marketing") is True,
        identities=((PROVIDER, f"{connection_id}:{id_of(known)}"),) if known is not None else (),
    )


def _ship_to(order: Mapping[str, Any], buyer: Buyer) -> Address:
    """Where it goes: the shipping address, else that of the bill.

    An order may have neither: it was picked up, sold at a till or is nothing that is sent. It is taken all the same, for it was
    sold; it goes to a place without street in no country, to which nothing can be routed or labelled until a person says where.
    """
    for given in (order.get("shipping_address"), order.get("billing_address")):
        if given:
            return _address(object_of(given), buyer.name or text(order["name"], 60))
    return Address(name=buyer.name or text(order["name"], 60), lines=(), city="", country=NOWHERE)


def _address(address: Mapping[str, Any], otherwise: str) -> Address:
    names = " ".join(text(address.get(part), 99) for part in ("first_name", "last_name")).strip()
    lines = (text(address.get("address1"), 200), text(address.get("address2"), 200))
    country = text(address.get("country_code"), 2)
    return Address(
        name=text(address.get("name"), 200) or names or otherwise,
        lines=tuple(line for line in lines if line),
        city=text(address.get("city"), 120),
        country=country if re.fullmatch(r"[A-Z]{2}", country) else NOWHERE,
        postal_code=text(address.get("zip"), 20),
        region=text(address.get("province"), 120),
        company=text(address.get("company"), 120),
        phone=text(address.get("phone"), 40),
    )


def _payment_state(value: object) -> PaymentState:
    """Null is an order of which nothing is paid yet."""
    if value is None:
        return PaymentState.PENDING
    try:
        return PAYMENT_STATES[str(value)]
    except KeyError:
        raise unreadable(f"nobody knows the financial status {text(str(value), 40)}") from None
