"""What the buyer got back is told apart from what a refund was to the seller."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.channels.port import RefundTold
from doorstep.providers.amazon import calls, finances, translate

GERMANY, US = "A1PA6795UKMFR9", "ATVPDKIKX0DER"


def part(name: str, amount: object, *inner: dict[str, Any], currency: str = "USD") -> dict[str, Any]:
    return {"breakdownType": name, "breakdownAmount": {"currencyAmount": amount, "currencyCode": currency}, "breakdowns": [*inner]}


def item(*parts: dict[str, Any], sku: str = "A", qty: int = 1, id: str = "9", network: str = "MFN") -> dict[str, Any]:
    related = [{"itemRelatedIdentifierName": "ORDER_ADJUSTMENT_ITEM_ID", "itemRelatedIdentifierValue": id}] if id else None
    context = {"contextType": "ProductContext", "sku": sku, "quantityShipped": qty, "fulfillmentNetwork": network}
    return {"relatedIdentifiers": related, "breakdowns": [*parts], "contexts": [context]}


def refund(*items: dict[str, Any], currency: str = "USD", **more: Any) -> dict[str, Any]:
    return {
        "transactionType": "Refund", "transactionId": "t-1", "description": "Refund Order", "postedDate": "2026-11-20T10:00:00Z",
        "relatedIdentifiers": [{"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": "1-2-3"}],
        "totalAmount": {"currencyAmount": "-1.0", "currencyCode": currency}, "items": [*items], **more,
    }  # fmt: skip


def told(transaction: dict[str, Any]) -> list[RefundTold]:
    listed = finances.read_listed(transaction, marketplace=GERMANY)
    assert listed is not None
    facts = translate.read_webhook(listed.body, connection_id=1, seller="S", marketplace=GERMANY)
    assert all(isinstance(fact, RefundTold) and fact.refund_id == listed.refund_id for fact in facts)
    return facts  # type: ignore[return-value]


WHOLE = item(
    part("ProductCharges", "-53.09", part("OurPricePrincipal", "-53.09")),
    part("Tax", -1, part("OurPriceTax", "-3.92"), part("ShippingTax", "-0.24"), part("MarketplaceFacilitatorTax-Principal", 4)),
    part("Shipping", "-4.00", part("ShippingPrincipal", "-4.00")),
    part("PromoRebates", "2.00", part("OurPriceDiscount", "1.01"), part("ShippingDiscount", "0.99")),
    part("AmazonFees", "6.84", part("Commission", "8.55", part("Base", "8.55")), part("RefundCommission", "-1.71")),
    part("FBAFees", "1.00", part("ShippingChargeback", "1.00")),
)  # fmt: skip


def test_the_buyers_money_is_what_they_had_paid_less_what_was_let_off_without_fees_and_withheld_taxes() -> None:
    [fact] = told(refund(WHOLE))
    assert fact.amount == Money(5309 + 392 + 24 + 400 - 101 - 99, "USD")
    assert (fact.external_id, fact.lines, fact.goods_minor, fact.key) == ("1-2-3", (("A", "A", 1),), (5309 + 392,), "")
    assert fact.reason == "Refund Order"


def test_a_gesture_of_goodwill_gives_money_and_takes_no_goods_and_a_restocking_fee_is_kept_back() -> None:
    [kind] = told(refund(item(part("Other", "-3.17", part("GoodwillPrincipal", "-3.17")))))
    assert (kind.amount.minor, kind.lines) == (317, ())
    kept = part("Other", "4.59", part("RestockingDeductionPrincipal", "4.59"))
    [less] = told(refund(item(part("ProductCharges", "-20.00", part("OurPricePrincipal", "-20.00")), kept)))
    assert (less.amount.minor, less.lines, less.goods_minor) == (1541, (("A", "A", 1),), (2000,))


@pytest.mark.parametrize(("currency", "amount", "minor"), [("JPY", -618, 618), ("JPY", "-618.0", 618), ("KWD", "-1.255", 1255)])
def test_money_is_exact_with_no_two_and_three_decimals(currency: str, amount: object, minor: int) -> None:
    goods = item(part("ProductCharges", amount, part("OurPricePrincipal", amount, currency=currency), currency=currency))
    [fact] = told(refund(goods, currency=currency))
    assert fact.amount == Money(minor, currency)


def test_numbers_are_read_as_they_are_written() -> None:
    """A sum of floats would be 0.30000000000000004."""
    raw = httpx.Response(200, content=b'{"a": -0.1, "b": 0E-10, "c": 3E+1, "d": 7, "e": 1e999999, "f": 100000000000000.03}')
    said = calls.document(raw)
    assert said == {"a": "-0.1", "b": "0.0000000000", "c": "30", "d": 7, "e": "1e999999", "f": "100000000000000.03"}


def test_one_refund_has_one_name_while_it_is_deferred_and_when_it_is_released() -> None:
    first = refund(WHOLE, transactionStatus="DEFERRED")
    related = [*first["relatedIdentifiers"], {"relatedIdentifierName": "DEFERRED_TRANSACTION_ID", "relatedIdentifierValue": "t-1"}]
    second = refund(WHOLE, transactionId="t-2", relatedIdentifiers=related, transactionStatus="DEFERRED_RELEASED")
    assert [fact.refund_id for one in (first, second) for fact in told(one)] == ["9", "9"]
    bare = [{**one, "items": [{**WHOLE, "relatedIdentifiers": None}]} for one in (first, second)]
    assert [fact.refund_id for one in bare for fact in told(one)] == ["t-1", "t-1"]
    other = {**WHOLE, "relatedIdentifiers": item(id="10")["relatedIdentifiers"]}
    assert told(refund(other))[0].refund_id == "10"
    many = told(refund(*(item(part("X", 0, part("OurPricePrincipal", "-1.00")), id=f"{n:020d}") for n in range(20))))[0]
    assert (many.amount.minor, len(many.refund_id)) == (2000, 32)


def test_what_is_no_refund_of_ours_is_not_kept() -> None:
    assert finances.read_listed(refund(WHOLE, transactionType="Shipment"), marketplace=GERMANY) is None
    assert finances.read_listed(refund({**WHOLE, "contexts": item(network="AFN")["contexts"]}), marketplace=GERMANY) is None
    where = {"marketplaceId": US, "marketplaceName": "Amazon.com"}
    assert finances.read_listed(refund(WHOLE, marketplaceDetails=where), marketplace=GERMANY) is None
    assert finances.read_listed(refund(WHOLE, marketplaceDetails=where), marketplace=US) is not None


def test_a_correction_of_fees_alone_gives_the_buyer_nothing() -> None:
    assert told(refund(item(part("AmazonFees", "1.00", part("Commission", "1.00"))))) == []
    reversed_one = item(part("ProductCharges", "5.00", part("OurPricePrincipal", "5.00")))
    assert told(refund(reversed_one)) == []


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ({"items": [item(part("Sales", "-1.00", part("CloudBerries", "-1.00")))]}, "nobody knows whether the buyer got back"),
        ({"items": [item(part("Tax", "-1.00", part("OurPriceTax", "-1.00", currency="EUR")))]}, "an amount is in EUR"),
        ({"items": [item(part("Tax", -1.5, part("OurPriceTax", -1.5)))]}, "not a decimal text"),
        ({"items": [item()]}, "does not say what it gives back"),
        ({"items": [item(*[part("OurPricePrincipal", "-0.01")] * 2001)]}, "more parts"),
        ({"totalAmount": None}, "names no currency"),
        ({"relatedIdentifiers": []}, "an order id is missing"),
    ],
)
def test_what_does_not_say_what_the_buyer_got_back_is_refused(harm: dict[str, Any], reason: str) -> None:
    body = json.dumps({"type": "refund", "data": refund(WHOLE) | harm}).encode()
    with pytest.raises(Refused, match=reason):
        translate.read_webhook(body, connection_id=1, seller="S", marketplace=GERMANY)


def test_a_part_that_nobody_knows_of_no_money_stops_nothing() -> None:
    [fact] = told(refund({**WHOLE, "breakdowns": [*WHOLE["breakdowns"], part("RefundedExpenses", 0)]}))
    assert fact.amount.minor == 5925
