"""Refunds as Amazon's books tell them, in our words. Pure.

A transaction says what it was to the seller: fees that came back are in its total, tax that Amazon itself had withheld as well.
What the buyer got back is the sum of those of its parts that they had paid. A part that nobody knows refuses the refund rather than
be guessed at.

Source: Amazon's model of the Finances API 2024-06-19 (transactions, identifiers, contexts), and
https://developer-docs.amazon.com/sp-api/changelog/deprecation-of-finances-v0-operations (why not v0). The model names no parts:
those below are told by https://github.com/amzn/selling-partner-api-models #4274 and #4237, and by what sellers publish of theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from doorstep.base.money import Money
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop
from doorstep.channels.port import ListedRefund, RefundTold
from doorstep.providers.amazon.plain import currency_of, group, groups, minor, order_id, units
from doorstep.providers.plain import text, unreadable

REFUND = "refund"
NO_ROLE = Refusal(
    "no_role_for_finances",
    gettext_noop("Amazon does not let this application read what was given back."),
    gettext_noop("Give the application the role Finance and Accounting, and authorise it anew."),
    status=502,
)
LONGEST_ID = 150
MOST_PARTS, DEEPEST = 2000, 8
# What the buyer had paid, and what of it was let off or is kept back.
_BUYERS = re.compile(
    r"(OurPrice|Shipping|Gift[Ww]rap|Goodwill|RestockingDeduction|COD)(Principal|Tax|Discount|DiscountTax)"
    r"|Principal|Principle|Tax|BaseTax|Promo|PromoRebates|PromotionalRebates"
)
# Of these those that are for the goods themselves, before what was let off.
_GOODS = re.compile(r"OurPrice(Principal|Tax)|Principal|Principle")
# What is between Amazon and the seller only.
_FEES = re.compile(r"\w*(Fee|Fees|Commission|Chargeback)(\w|-)*")
_WITHHELD = re.compile(r"(MarketplaceFacilitator|LowValueGoods)\w*(-\w+)?|T[CD]S\w*(-\w+)?")


def read_listed(transaction: Mapping[str, Any], *, marketplace: str) -> ListedRefund | None:
    """A transaction as it is kept; None for what is no refund of an order that the merchant ships in this marketplace.

    Refuses: a refund of which nobody can say which it is.
    """
    if str(transaction.get("transactionType")).lower() != "refund":
        return None
    where = group(transaction.get("marketplaceDetails")).get("marketplaceId") or group(
        transaction.get("sellingPartnerMetadata")
    ).get("marketplaceId")
    networks = {context.get("fulfillmentNetwork") for item in _items(transaction) for context in groups(item.get("contexts"))}
    if where not in (marketplace, None, "") or "AFN" in networks:
        return None
    body = json.dumps({"type": REFUND, "data": transaction}, ensure_ascii=True).encode()
    return ListedRefund(_name(transaction), body)


def read(transaction: Mapping[str, Any]) -> list[RefundTold]:
    """What the buyer got back; nothing for a correction between Amazon and the seller.

    Refuses: parts that nobody knows, several currencies, amounts that are none.
    """
    external_id = order_id(_named(transaction.get("relatedIdentifiers"), "relatedIdentifier", "ORDER_ID"))
    currency = currency_of(transaction.get("totalAmount"), code="currencyCode")
    items = _items(transaction)
    if not currency:
        raise unreadable("it names no currency")
    if not any(groups(item.get("breakdowns")) for item in items):
        raise unreadable("it does not say what it gives back")
    given, lines = 0, []
    for item in items:
        parts = list(_leaves(item, currency))
        given -= sum(amount for name, amount in parts if _is_buyers(name, amount))
        goods = -sum(amount for name, amount in parts if _GOODS.fullmatch(name))
        if goods > 0 and (line := _line(item, goods)) is not None:
            lines.append(line)
    if given <= 0:
        return []
    reason = text(transaction.get("description"), 200)
    return [
        RefundTold(
            external_id, _name(transaction), Money(given, currency), tuple((sku, sku, qty) for sku, qty, _ in lines), reason,
            key="", goods_minor=tuple(goods for _, _, goods in lines),
        )
    ]  # fmt: skip


def _items(transaction: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return groups(transaction.get("items"))


def _leaves(item: Mapping[str, Any], currency: str) -> Iterator[tuple[str, int]]:
    """The parts that a line's money is made of, with no part of a part counted twice: fees as a whole, whatever is in them."""
    waiting = [(part, 0) for part in groups(item.get("breakdowns"))]
    for seen in range(MOST_PARTS + 1):
        if not waiting:
            return
        part, deep = waiting.pop()
        name, inner = text(part.get("breakdownType"), 80).replace(" ", ""), groups(part.get("breakdowns"))
        if inner and deep < DEEPEST and not (_FEES.fullmatch(name) or _GOODS.fullmatch(name) or _is_known(name, deep)):
            waiting += [(one, deep + 1) for one in inner]
        elif seen < MOST_PARTS:
            yield name, minor(_written(part.get("breakdownAmount")), currency, amount="currencyAmount", code="currencyCode")
    raise unreadable("it has more parts than a refund can have")


def _is_known(name: str, deep: int) -> bool:
    """Whether a part is counted as a whole: what is inside is what it is made of.  At the top the names are of groups."""
    return deep > 0 and bool(_BUYERS.fullmatch(name) or _WITHHELD.fullmatch(name))


def _is_buyers(name: str, amount: int) -> bool:
    if _BUYERS.fullmatch(name):
        return True
    if amount and not (_FEES.fullmatch(name) or _WITHHELD.fullmatch(name)):
        raise unreadable(f"nobody knows whether the buyer got back the part {name or 'without a name'}")
    return False


def _written(amount: object) -> Mapping[str, Any]:
    """An amount as a text: the model has it as a number, which is read as it is written."""
    said = group(amount)
    value = said.get("currencyAmount")
    return {**said, "currencyAmount": str(value)} if type(value) is int else said


def _line(item: Mapping[str, Any], goods: int) -> tuple[str, int, int] | None:
    """(SKU, units that left with it, what was given back for them)."""
    for context in groups(item.get("contexts")):
        sku = text(context.get("sku"), 64) or text(context.get("asin"), 20)
        if sku:
            qty = units(context.get("quantityShipped") or 0)
            return (sku, qty, goods) if qty else None
    return None


def _name(transaction: Mapping[str, Any]) -> str:
    """What a refund is known by: the same while it is deferred and when it is released, however often it is listed."""
    of_items = [one.get("relatedIdentifiers") for one in _items(transaction)]
    adjusted = [_named(one, "itemRelatedIdentifier", "ORDER_ADJUSTMENT_ITEM_ID") for one in of_items]
    if adjusted and all(adjusted):
        named = "+".join(sorted(adjusted))
    else:
        named = _named(transaction.get("relatedIdentifiers"), "relatedIdentifier", "DEFERRED_TRANSACTION_ID") or text(
            transaction.get("transactionId"), 200
        )
    if not named:
        raise unreadable("a refund has no id")
    return named if len(named) <= LONGEST_ID else blake2b(named.encode(), digest_size=16).hexdigest()


def _named(identifiers: object, kind: str, name: str) -> str:
    """The value of an identifier; "" where there is none."""
    return next((text(one.get(f"{kind}Value"), 200) for one in groups(identifiers) if one.get(f"{kind}Name") == name), "")
