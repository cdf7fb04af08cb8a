"""Orders as the Orders API v0 tells them, in four answers: the order, its items, its address, its buyer. Pure.

Source: https://developer-docs.amazon.com/sp-api/docs/orders-api-v0-reference and Amazon's model of it.
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
    "PendingAvailability": Stage.PRE_ORDERED, "Pending": Stage.PENDING, "Unshipped": Stage.OPEN, "PartiallyShipped": Stage.BEGUN,
    "Shipped": Stage.DONE, "InvoiceUnconfirmed": Stage.DONE, "Canceled": Stage.CALLED_OFF, "Unfulfillable": Stage.CALLED_OFF,
}  # fmt: skip
_BESIDE = ("ShippingPrice", "GiftWrapPrice", "CODFee")
_OFF_BESIDE = ("ShippingDiscount", "CODFeeDiscount")
_TAXES, _TAXES_OFF = ("ItemTax", "ShippingTax", "GiftWrapTax"), ("PromotionDiscountTax", "ShippingDiscountTax")
_FLAGS = {"IsPrime": "prime", "IsBusinessOrder": "amazon-business", "IsPremiumOrder": "premium", "IsISPU": "in-store-pick-up"}


def brief(order: Mapping[str, Any]) -> Brief:
    """What can be said of an order without reading it.  Refuses: one without an id or a moment."""
    return Brief(
        order_id(order.get("AmazonOrderId")),
        moment(order.get("LastUpdateDate")),
        STAGES.get(str(order.get("OrderStatus"))),
        is_ours=order.get("FulfillmentChannel") != "AFN",
        pays_on_delivery=order.get("PaymentMethod") == "COD",
    )


def read(told: Mapping[str, Any]) -> Sold:
    """One order out of its four answers.  Shapes: `order`, `items`, `address`, `buyer`, `items_buyer`; the last three may be empty.

    Refuses: what is not of the model's shape, and amounts that cannot be.
    """
    order, items = group(told["order"]), groups(told["items"])
    marketplace = text(order.get("MarketplaceId"), 20)
    total = order.get("OrderTotal")
    currency = _currency(total, items, marketplace)
    wrapped = {str(one.get("OrderItemId")): one for one in groups(told.get("items_buyer"))}
    buyer = {**group(order.get("BuyerInfo")), **group(told.get("buyer"))}
    address = group(told.get("address")) or group(order.get("ShippingAddress"))
    by = str(order.get("FulfillmentChannel"))
    if by not in ("MFN", "AFN"):
        raise unreadable("it does not say who ships it")
    return Sold(
        external_id=order_id(order["AmazonOrderId"]),
        marketplace=marketplace,
        stage=_stage(order),
        is_ours=by == "MFN",
        placed_at=moment(order["PurchaseDate"]),
        changed_at=moment(order["LastUpdateDate"]),
        currency=currency,
        items=tuple(_item(one, group(wrapped.get(str(one.get("OrderItemId")))), currency) for one in items),
        total_minor=None if total is None else _minor(total, currency),
        tip_minor=0,
        pays_on_delivery=order.get("PaymentMethod") == "COD",
        buyer_name=text(buyer.get("BuyerName"), 200),
        buyer_email=text(buyer.get("BuyerEmail"), 254),
        ship_to=_address(address, marketplace),
        note=_note(items, wrapped),
        tags=_tags(order, items),
        reason="Amazon",
    )


def _stage(order: Mapping[str, Any]) -> Stage:
    try:
        return STAGES[order["OrderStatus"]]
    except (KeyError, TypeError):
        raise unreadable(f"nobody knows the status {text(str(order.get('OrderStatus')), 40)}") from None


def _currency(total: object, items: list[Mapping[str, Any]], marketplace: str) -> str:
    """What the total is in, else the first price, else what its marketplace sells in: replacements cost nothing."""
    named = (currency_of(one, code="CurrencyCode") for one in (total, *(one.get("ItemPrice") for one in items)))
    known = marketplaces.find(marketplace)
    found = next((code for code in named if code), known.currency if known else "")
    if not found:
        raise unreadable("it names no currency, and nobody knows its marketplace")
    return found


def _item(one: Mapping[str, Any], wrapped: Mapping[str, Any], currency: str) -> SoldItem:
    """A line: its price is for all its units; a gift wrap is told with the buyer."""
    charged = {**group(one.get("BuyerInfo")), **wrapped, **one}

    def add(names: tuple[str, ...]) -> int:
        return sum(_minor(charged.get(name), currency) for name in names)

    return sold.item(
        sku=text(one.get("SellerSKU"), 64),
        asin=text(one.get("ASIN"), 20),
        title=text(one.get("Title"), 255),
        qty=units(one["QuantityOrdered"]),
        price_minor=add(("ItemPrice",)),
        discount_minor=add(("PromotionDiscount",)),
        extra_minor=add(_BESIDE) - add(_OFF_BESIDE),
        tax_minor=add(_TAXES) - add(_TAXES_OFF),
    )


def _minor(value: object, currency: str) -> int:
    return minor(value, currency, amount="Amount", code="CurrencyCode")


def _address(given: Mapping[str, Any], marketplace: str) -> Address:
    city, region = text(given.get("City"), 120), text(given.get("StateOrRegion"), 120)
    more = group(given.get("ExtendedFields"))
    near = [text(given.get(name), 200) for name in ("District", "County", "Municipality")] + [text(more.get("Neighborhood"), 200)]
    lines = [text(given.get(f"AddressLine{n}"), 200) for n in (1, 2, 3)]
    return sold.address(
        name=text(given.get("Name"), 200),
        lines=(*lines, *(place for place in near if place not in (city, region))) if any(lines) else (),
        city=city,
        country=text(given.get("CountryCode"), 2),
        postal_code=text(given.get("PostalCode"), 20),
        region=region,
        company=text(given.get("CompanyName"), 120),
        phone=text(given.get("Phone"), 40),
        marketplace=marketplace,
    )


def _note(items: list[Mapping[str, Any]], wrapped: Mapping[str, Mapping[str, Any]]) -> str:
    """What the buyer writes to whom it is a gift."""
    told = [{**group(one.get("BuyerInfo")), **group(wrapped.get(str(one.get("OrderItemId"))))} for one in items]
    return " / ".join(dict.fromkeys(words for one in told if (words := text(one.get("GiftMessageText"), 500))))[:2000]


def _tags(order: Mapping[str, Any], items: list[Mapping[str, Any]]) -> tuple[str, ...]:
    found = [tag for flag, tag in _FLAGS.items() if order.get(flag) is True]
    if any(str(group(one.get("BuyerRequestedCancel")).get("IsBuyerRequestedCancel")).lower() == "true" for one in items):
        found.append(CANCEL_WISHED_TAG)
    return tuple(found)
