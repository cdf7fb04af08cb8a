"""WooCommerce's orders, refunds and deliveries ↔ ours. Pure.

Lines of WooCommerce are without tax, always; `prices_include_tax` says what the shop's price tags mean. Where they include it, our
lines, shipping and fees are what WooCommerce tells plus the tax that it tells of each; else they are as told, and tax comes on top.
Either way the order comes to the shop's own `total`: what its rounding of parts leaves over, never more than half a minor unit for
each number that was added, goes on the shipping where the total is higher, and into the discount where it is lower.

Fees that cost count as shipping, fees that give (most gift cards and loyalty plug-ins) as discount of the whole order. Coupons are
in the lines already: a line's discount is what stands between its `subtotal` and its `total`.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#orders and #order-refunds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doorstep.base.money import Money
from doorstep.channels.port import (
    ListedOrder,
    OrderCalledOff,
    OrderNamed,
    OrderTold,
    RefundTold,
    ShopFact,
)
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft, PaymentState
from doorstep.providers.plain import unreadable
from doorstep.providers.woocommerce import products
from doorstep.providers.woocommerce.fields import (
    a_list,
    an_id,
    an_object,
    decoded,
    find_moment,
    item_of,
    minor,
    moment,
    text,
    whole,
)

PROVIDER = "woocommerce"
PING = "ping"
REFUND_KEY = "_doorstep_refund"
MOST_LINES = 1000
MOST_UNITS = 1_000_000
# A basket that somebody still fills; the block checkout keeps one as an order.
BASKETS = ("auto-draft", "draft", "checkout-draft", "new")
CALLED_OFF = ("cancelled", "trash")
PAYMENT_STATES = {
    "pending": PaymentState.PENDING, "on-hold": PaymentState.PENDING, "processing": PaymentState.PAID,
    "completed": PaymentState.PAID, "refunded": PaymentState.REFUNDED,
}  # fmt: skip
DONE = ("completed", "refunded")
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
_OUR_REASON = "Doorstep "


def is_ping(body: bytes) -> bool:
    """Whether it is what a shop sends, unsigned, when a webhook is made."""
    return _PING.fullmatch(body.strip()) is not None


def read_webhook(body: bytes, *, connection_id: int) -> list[ShopFact]:
    """What a delivery says; its topic stands in its headers, so its shape tells what it is.

    Refuses: what is neither order nor product of the documented shape, and an order that does not add up.
    """
    if is_ping(body):
        return []
    told = decoded(body)
    try:
        if set(told) == {"id"}:  # only orders are asked for when they are deleted
            return [OrderCalledOff(an_id(told["id"]), "deleted")]
        if "line_items" in told:
            return read_order(told, connection_id=connection_id)
        if "stock_quantity" in told:
            return products.read_told(told)
    except KeyError as missing:
        raise unreadable(f"{missing.args[0]} is missing") from None
    if "code" in told and "message" in told:
        # Sent where whoever made the webhook may no longer read what it tells of.
        raise unreadable(f"the shop sent an error instead: {text(str(told['message']), 200)}")
    raise unreadable("it is neither an order nor a product")


def read_order(order: Mapping[str, Any], *, connection_id: int) -> list[ShopFact]:
    """What an order says.

    One that failed to be paid says nothing: its customer may pay it again under the same number.  Refunds that an order only
    names are to be read: what was given back for stands elsewhere.
    """
    status, refunds = text(order["status"], 40), a_list(order.get("refunds") or [])
    if not is_told(order):
        return []
    if status in CALLED_OFF:
        return [OrderCalledOff(an_id(order["id"]), status), *read_refunds(order, refunds)]
    if any("amount" not in an_object(refund) for refund in refunds):
        return [OrderNamed(an_id(order["id"]))]
    drafted = read_draft(order, connection_id=connection_id)
    told = OrderTold(drafted.draft, drafted.items, find_moment(order.get("date_modified_gmt")), done=status in DONE)
    return [told, *read_refunds(order, refunds)]


def is_told(order: Mapping[str, Any]) -> bool:
    """Whether there is anything to say of it: no basket, and none whose payment failed."""
    return order["status"] not in BASKETS and not (order["status"] == "failed" and not order.get("date_paid_gmt"))


def read_listed(order: Mapping[str, Any]) -> ListedOrder:
    """One order of the list, its refunds in full."""
    try:
        return ListedOrder(
            external_id=an_id(order["id"]),
            updated_at=moment(order["date_modified_gmt"] or order["date_created_gmt"]),
            called_off=order["status"] in CALLED_OFF,
            paid=_payment_state(order) is PaymentState.PAID,
            body=json.dumps(order, ensure_ascii=True).encode(),
        )
    except KeyError as missing:
        raise unreadable(f"the order lacks {missing}") from None


def read_refunds(order: Mapping[str, Any], refunds: Sequence[Mapping[str, Any]]) -> list[RefundTold]:
    """Money that the shop gave back, oldest first, but for what we told it ourselves.  An order names refunds without lines."""
    currency, found = str(order["currency"]), []
    for refund in sorted(refunds, key=lambda one: int(an_id(one["id"]))):
        if refund_key(refund):
            continue
        amount = abs(minor(refund["amount"] if "amount" in refund else refund["total"], currency))
        lines = [an_object(line) for line in a_list(refund.get("line_items") or [])]
        back = [(item_of(i["product_id"], i["variation_id"]), text(i.get("sku"), 64), -whole(i["quantity"])) for i in lines]
        told = tuple(line for line in back if line[2] > 0)
        reason = text(refund.get("reason"), 200)
        found.append(RefundTold(an_id(order["id"]), an_id(refund["id"]), Money(amount, currency), told, reason, key=""))
    return found


def refund_key(refund: Mapping[str, Any]) -> str:
    """By which key of ours a refund was made; "" where it is none of ours.

    The shop keeps the reason with the refund and our note of the key after it, so either is enough.
    """
    for note in refund.get("meta_data") or []:
        if note.get("key") == REFUND_KEY:
            return str(note.get("value"))
    reason = str(refund.get("reason") or "")
    return reason.removeprefix(_OUR_REASON) if reason.startswith(_OUR_REASON) else ""


def amount_of(refund: Mapping[str, Any], currency: str) -> Money:
    """How much a refund gives back."""
    return Money(minor(refund.get("amount"), currency), currency)


def refund_to_make(amount: Money, key: str) -> dict[str, Any]:
    """The document of a refund: money that was given back elsewhere, of goods that are counted elsewhere."""
    return {
        "amount": f"{amount.decimal:f}", "reason": f"{_OUR_REASON}{key}", "api_refund": False, "api_restock": False,
        "meta_data": [{"key": REFUND_KEY, "value": key}],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drafted:
    """An order in our words.  `items`: what its lines are of.  `rounding_minor`: what the shop's rounding left over."""

    draft: OrderDraft
    items: tuple[str, ...]
    rounding_minor: int


def read_draft(order: Mapping[str, Any], *, connection_id: int) -> Drafted:
    """An order in our words, whatever its status.  Refuses: one that does not add up to its total."""
    currency, gross = text(order["currency"], 3), order["prices_include_tax"] is True
    told = [an_object(line) for line in a_list(order["line_items"])]
    goods = [line for line in told if whole(line["quantity"])]
    if not 1 <= len(goods) <= MOST_LINES:
        raise unreadable("it has no lines, or too many")
    lines = [_line(line, currency, gross) for line in goods]
    fees = [_worth(an_object(fee), currency, gross) for fee in a_list(order["fee_lines"])]
    fees += [_worth(line, currency, gross) for line in told if not whole(line["quantity"])]
    shipping = minor(order["shipping_total"], currency) + (minor(order["shipping_tax"], currency) if gross else 0)
    shipping, discount = shipping + sum(f for f in fees if f > 0), -sum(f for f in fees if f < 0)
    tax = minor(order["total_tax"], currency)
    total = sum(line.unit_price.minor * line.qty - line.discount_minor for line in lines)
    left = minor(order["total"], currency) - (total - discount + shipping + (0 if gross else tax))
    added = (len(lines) + len(fees) + 1) * (2 if gross else 1) + 2
    if abs(left) > (added + 1) // 2:
        raise unreadable(f"its parts add up to {left:+} minor units less than its total says")
    ways = a_list(order.get("shipping_lines") or [])
    draft = OrderDraft(
        external_id=an_id(order["id"]),
        currency=currency,
        lines=lines,
        buyer=_buyer(order, connection_id),
        ship_to=_ship_to(order),
        placed_at=moment(order["date_created_gmt"]),
        connection_id=connection_id,
        name=f"#{text(str(order['number']), 59)}",
        shipping_minor=shipping + max(left, 0),
        tax_minor=tax,
        taxes_included=gross,
        discount_minor=discount + max(-left, 0),
        payment_state=_payment_state(order),
        note=text(order.get("customer_note"), 2000),
        shipping_service=next((text(line.get("method_title"), 100) for line in map(an_object, ways)), ""),
    )
    items = tuple(item_of(line["product_id"], line["variation_id"]) for line in goods)
    return Drafted(draft, items, left)


def _line(line: Mapping[str, Any], currency: str, gross: bool) -> LineDraft:
    """A price per unit that is whole, and a discount that makes the line come to what the shop says."""
    qty = whole(line["quantity"])
    if not 1 <= qty <= MOST_UNITS:
        raise unreadable("a quantity is not from 1 to 1,000,000")
    before = minor(line["subtotal"], currency) + (minor(line["subtotal_tax"], currency) if gross else 0)
    worth = _worth(line, currency, gross)
    if min(before, worth) < 0:
        raise unreadable("a line costs less than nothing")
    each = -(-max(before, worth) // qty)
    return LineDraft(
        sku=text(line.get("sku"), 64),
        qty=qty,
        unit_price=Money(each, currency),
        title=text(line.get("name"), 255),
        discount_minor=each * qty - worth,
    )


def _worth(line: Mapping[str, Any], currency: str, gross: bool) -> int:
    return minor(line["total"], currency) + (minor(line["total_tax"], currency) if gross else 0)


def _payment_state(order: Mapping[str, Any]) -> PaymentState:
    """A status of a plug-in's own says nothing of money; the date of payment does."""
    by_date = PaymentState.PAID if order.get("date_paid_gmt") else PaymentState.PENDING
    return PAYMENT_STATES.get(str(order["status"]), by_date)


def _buyer(order: Mapping[str, Any], connection_id: int) -> Buyer:
    """Whoever paid; guests have no number."""
    billing, customer_id = an_object(order["billing"]), order.get("customer_id")
    return Buyer(
        name=_name(billing),
        email=text(billing.get("email"), 254),
        phone=text(billing.get("phone"), 40),
        identities=((PROVIDER, f"{connection_id}:{an_id(customer_id)}"),) if customer_id else (),
    )


def _ship_to(order: Mapping[str, Any]) -> Address:
    """Where it goes: the shipping address, or the billing address where there is none but perhaps a country."""
    billing, shipping = an_object(order["billing"]), an_object(order["shipping"])
    to = shipping if any(text(shipping.get(name), 1) for name in ("address_1", "city", "postcode")) else billing
    country = text(to.get("country"), 2)
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise unreadable("the address names no country by a code of two letters")
    lines = (text(to.get("address_1"), 200), text(to.get("address_2"), 200))
    return Address(
        name=_name(to) or _name(billing) or text(to.get("company"), 200),
        lines=tuple(line for line in lines if line),
        city=text(to.get("city"), 120),
        country=country,
        postal_code=text(to.get("postcode"), 20),
        region=text(to.get("state"), 120).removeprefix(f"{country}-"),
        company=text(to.get("company"), 120),
        phone=text(to.get("phone"), 40) or text(billing.get("phone"), 40),
    )


def _name(address: Mapping[str, Any]) -> str:
    first, last = text(address.get("first_name"), 100), text(address.get("last_name"), 99)
    korean = any("가" <= c <= "힣" for c in last)
    return f"{last}{first}" if korean else f"{first} {last}".strip()
