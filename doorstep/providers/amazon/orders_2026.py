"""Orders as the Orders API 2026-01-01 tells them. Pure.

Source: https://developer-docs.amazon.com/sp-api/docs/orders-api-v2026-01-01-reference and Amazon's model of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doorstep.orders.values import Address
from doorstep.providers.amazon import marketplaces, sold
from doorstep.providers.amazon.plain import currency_of, group, groups, minor, order_id, units
from doorstep.providers.amazon.sold import CANCEL_WISHED_TAG, Brief, Sold, SoldItem, Stage
from doorstep.providers.plain import moment, text, unreadable

STAGES = {
    "PENDING_AVAILABILITY": Stage.PRE_ORDERED, "PENDING": Stage.PENDING, "UNSHIPPED": Stage.OPEN, "PARTIALLY_SHIPPED": Stage.BEGUN,
    "SHIPPED": Stage.DONE, "CANCELLED": Stage.CALLED_OFF, "UNFULFILLABLE": Stage.CALLED_OFF,
}  # fmt: skip
_GOODS, _TAX, _LET_OFF = "ITEM", "TAX", "DISCOUNT"
_BESIDE = ("SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER")
_TIP = "DELIVERY_TIP"


def brief(order: Mapping[str, Any]) -> Brief:
    """What can be said of an order without reading it.  Refuses: one without an id or a moment."""
    fulfilment = group(order.get("fulfillment"))
    return Brief(
        order_id(order.get("orderId")),
        moment(order.get("lastUpdatedTime")),
        STAGES.get(str(fulfilment.get("fulfillmentStatus"))),
        is_ours=fulfilment.get("fulfilledBy") != "AMAZON",
        pays_on_delivery=_pays_on_delivery(order),
    )


def read(order: Mapping[str, Any]) -> Sold:
    """One order.  Refuses: what is not of the model's shape, and amounts that cannot be."""
    fulfilment, proceeds = group(order.get("fulfillment")), group(order.get("proceeds"))
    marketplace = text(group(order.get("salesChannel")).get("marketplaceId"), 20)
    items = [group(one) for one in groups(order["orderItems"])]
    currency = _currency(proceeds, items, marketplace)
    total = proceeds.get("grandTotal")
    tips = [one for one in groups(proceeds.get("breakdowns")) if one.get("type") == _TIP]
    buyer, recipient = group(order.get("buyer")), group(order.get("recipient"))
    return Sold(
        external_id=order_id(order["orderId"]),
        marketplace=marketplace,
        stage=_stage(fulfilment),
        is_ours=_by(fulfilment) == "MERCHANT",
        placed_at=moment(order["createdTime"]),
        changed_at=moment(order["lastUpdatedTime"]),
        currency=currency,
        items=tuple(_item(one, currency) for one in items),
        total_minor=None if total is None else _minor(total, currency),
        tip_minor=sum(_minor(one.get("subtotal"), currency) for one in tips),
        pays_on_delivery=_pays_on_delivery(order),
        buyer_name=text(buyer.get("buyerName"), 200),
        buyer_email=text(buyer.get("buyerEmail"), 254),
        ship_to=_address(group(recipient.get("deliveryAddress")), marketplace),
        note=_note(recipient, items),
        tags=_tags(order, items),
        reason=next((reason for one in items if (reason := _reason(one))), "") or "Amazon",
    )


def _stage(fulfilment: Mapping[str, Any]) -> Stage:
    try:
        return STAGES[fulfilment["fulfillmentStatus"]]
    except (KeyError, TypeError):
        raise unreadable(f"nobody knows the status {text(str(fulfilment.get('fulfillmentStatus')), 40)}") from None


def _by(fulfilment: Mapping[str, Any]) -> str:
    by = str(fulfilment.get("fulfilledBy"))
    if by not in ("MERCHANT", "AMAZON"):
        raise unreadable("it does not say who ships it")
    return by


def _currency(proceeds: Mapping[str, Any], items: list[Mapping[str, Any]], marketplace: str) -> str:
    """What the total is in, else the first price, else what its marketplace sells in."""
    prices = [group(group(group(one.get("product")).get("price")).get("unitPrice")) for one in items]
    named = (currency_of(one, code="currencyCode") for one in (proceeds.get("grandTotal"), *prices))
    known = marketplaces.find(marketplace)
    found = next((code for code in named if code), known.currency if known else "")
    if not found:
        raise unreadable("it names no currency, and nobody knows its marketplace")
    return found


def _item(one: Mapping[str, Any], currency: str) -> SoldItem:
    """A line; of one that was called off nothing is left."""
    product = group(one["product"])
    qty = 0 if _is_called_off(one) else units(one["quantityOrdered"])
    parts: dict[str, int] = {}
    details: dict[str, int] = {}
    for part in groups(group(one.get("proceeds")).get("breakdowns")):
        kind = str(part.get("type"))
        if kind not in (_GOODS, _TAX, _LET_OFF, *_BESIDE):
            raise unreadable(f"nobody knows the proceeds {text(kind, 40)}")
        parts[kind] = parts.get(kind, 0) + _minor(part.get("subtotal"), currency)
        for detail in groups(part.get("detailedBreakdowns")) if kind == _LET_OFF else []:
            of = str(detail.get("subtype"))
            details[of] = details.get(of, 0) + abs(_minor(detail.get("value"), currency))
    # A discount is taken off, whichever sign it is written with: the order's total proves it.
    off = abs(parts.get(_LET_OFF, 0))
    off_beside = min(sum(details.get(kind, 0) for kind in _BESIDE), off)
    price = parts.get(_GOODS)
    if price is None:
        price = _minor(group(product.get("price")).get("unitPrice"), currency) * qty
    return sold.item(
        sku=text(product.get("sellerSku"), 64),
        asin=text(product.get("asin"), 20),
        title=text(product.get("title"), 255),
        qty=qty,
        price_minor=price,
        discount_minor=off - off_beside,
        extra_minor=sum(parts.get(kind, 0) for kind in _BESIDE) - off_beside,
        tax_minor=parts.get(_TAX, 0),
    )


def _is_called_off(one: Mapping[str, Any]) -> bool:
    """Whether nothing of a line is to be shipped or was: Amazon's examples have a called-off line that was shipped all the same."""
    fulfilment = group(one.get("fulfillment"))
    left = sum(units(fulfilment.get(name, 0)) for name in ("quantityFulfilled", "quantityUnfulfilled"))
    return bool(group(group(one.get("cancellation")).get("cancellationExecution"))) and not left


def _minor(value: object, currency: str) -> int:
    return minor(value, currency, amount="amount", code="currencyCode")


def _pays_on_delivery(order: Mapping[str, Any]) -> bool:
    paid = groups(group(order.get("payment")).get("paymentExecutions"))
    return any(one.get("paymentMethod") == "CashOnDelivery" for one in paid)


def _address(given: Mapping[str, Any], marketplace: str) -> Address:
    more = group(given.get("extendedFields"))
    city, region = text(given.get("city"), 120), text(given.get("stateOrRegion"), 120)
    near = [text(given.get("districtOrCounty"), 200), text(given.get("municipality"), 200), text(more.get("neighborhood"), 200)]
    lines = [text(given.get(f"addressLine{n}"), 200) for n in (1, 2, 3)]
    return sold.address(
        name=text(given.get("name"), 200),
        lines=(*lines, *(place for place in near if place not in (city, region))) if any(lines) else (),
        city=city,
        country=text(given.get("countryCode"), 2),
        postal_code=text(given.get("postalCode"), 20),
        region=region,
        company=text(given.get("companyName"), 120),
        phone=text(given.get("phone"), 40),
        marketplace=marketplace,
    )


def _note(recipient: Mapping[str, Any], items: list[Mapping[str, Any]]) -> str:
    """What the buyer asks of whoever packs and brings it."""
    wished = group(recipient.get("deliveryPreference"))
    gifts = [group(group(group(one.get("fulfillment")).get("packing")).get("giftOption")) for one in items]
    said = [wished.get("addressInstruction"), wished.get("dropOffLocation"), *(gift.get("giftMessage") for gift in gifts)]
    return " / ".join(dict.fromkeys(words for one in said if (words := text(one, 500))))[:2000]


def _tags(order: Mapping[str, Any], items: list[Mapping[str, Any]]) -> tuple[str, ...]:
    programs = order.get("programs") or []
    if not isinstance(programs, list):
        raise unreadable("a list is of another type")
    found = [text(one, 30).lower().replace("_", "-") for one in programs]
    if any(group(group(one.get("cancellation")).get("cancellationRequest")) for one in items):
        found.append(CANCEL_WISHED_TAG)
    return tuple(found)


def _reason(one: Mapping[str, Any]) -> str:
    return text(group(group(one.get("cancellation")).get("cancellationExecution")).get("cancelReason"), 200)
