"""However a document is mangled, it is read or refused, and nothing else happens."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.base.refusals import Refused
from doorstep.channels.port import Shipped
from doorstep.providers.amazon import feeds, translate
from doorstep.providers.amazon.plain import group
from doorstep.providers.amazon.tests.test_translate import SELLER, US, item, money, order

JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20), st.just("9" * 400), st.just([]),
    st.just({}), st.just([None]), st.just({"amount": "1e5", "currencyCode": "USD"}), st.just([[{}]]), st.just("\ud800"),
)  # fmt: skip
TIP = {"type": "DELIVERY_TIP", "subtotal": money("0.00")}
WHOLE = order(
    programs=["PRIME"], proceeds={"grandTotal": money("20.00"), "breakdowns": [TIP]},
    payment={"paymentExecutions": [{"paymentMethod": "CashOnDelivery"}]},
    packages=[{"packageReferenceId": "1", "trackingNumber": "2"}],
    orderItems=[item(cancellation={"cancellationRequest": {"cancelReason": "x"}}), item(quantityOrdered=0, proceeds={})],
)  # fmt: skip
OLD = {
    "order": {"AmazonOrderId": "1-2-3", "PurchaseDate": "2026-11-20T10:00:00Z", "LastUpdateDate": "2026-11-20T10:00:00Z",
              "OrderStatus": "Unshipped", "FulfillmentChannel": "MFN", "MarketplaceId": US, "IsPrime": True,
              "OrderTotal": {"Amount": "20.00", "CurrencyCode": "USD"}},
    "items": [{"OrderItemId": "1", "SellerSKU": "A", "QuantityOrdered": 2, "ItemPrice": {"Amount": "20.00", "CurrencyCode": "USD"},
               "BuyerRequestedCancel": {"IsBuyerRequestedCancel": "true"}, "BuyerInfo": {"GiftMessageText": "Hello"}}],
    "items_buyer": [{"OrderItemId": "1", "GiftWrapPrice": {"Amount": "0.00", "CurrencyCode": "USD"}}],
    "address": {"Name": "Ann", "AddressLine1": "1 Main St", "City": "Reno", "CountryCode": "US", "ExtendedFields": {}},
    "buyer": {"BuyerName": "Ann", "BuyerEmail": "x@example.com"},
}  # fmt: skip
CHANGE = {"NotificationType": "ORDER_CHANGE", "Payload": {"OrderChangeNotification": {
    "SellerId": SELLER, "AmazonOrderId": "1-2-3",
    "Summary": {"MarketplaceId": US, "OrderStatus": "Unshipped", "FulfillmentType": "MFN"}}}}  # fmt: skip
QUANTITY = {"NotificationType": "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "EventTime": "2026-11-20T10:00:00Z",
            "Payload": {"SellerId": SELLER, "FulfillmentChannelCode": "DEFAULT", "Sku": "A", "Quantity": 1}}  # fmt: skip
LISTINGS = {"items": [{"sku": "A", "summaries": [{"itemName": "Tee"}],
                       "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 4}]}]}  # fmt: skip
REPORT = {"issues": [{"messageId": feeds.message_id("A"), "code": "1", "severity": "ERROR", "message": "x"}], "summary": {}}


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a document."""
    inner = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, part in inner:
        yield (*path, key)
        yield from places(part, (*path, key))


@st.composite
def mangled(draw: Callable[..., Any], document: Any) -> Any:
    """The document with one or two of its parts taken out or made something else."""
    found = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        here = list(places(found))
        if not here:
            break
        *way, last = draw(st.sampled_from(here))
        at = found
        for key in way:
            at = at[key]
        if isinstance(at, dict) and draw(st.booleans()):
            del at[last]
        else:
            at[last] = copy.deepcopy(draw(JUNK))
    return found


def read(said: Any) -> None:
    body = json.dumps(said).encode()
    translate.read_topic(body)
    with suppress(Refused):
        translate.read_webhook(body, connection_id=7, seller=SELLER, marketplace=US)


@settings(max_examples=100)
@given(mangled({"type": "order", "api": translate.NEW, "data": WHOLE}))
def test_a_new_order(said: Any) -> None:
    read(said)


@settings(max_examples=100)
@given(mangled({"type": "order", "api": translate.OLD, "data": OLD}))
def test_an_old_order(said: Any) -> None:
    read(said)


@given(st.one_of(mangled(CHANGE), mangled(QUANTITY), mangled({"type": "x", "data": CHANGE}), JUNK))
def test_a_notification(said: Any) -> None:
    read(said)


@settings(max_examples=100)
@given(mangled(WHOLE), mangled(OLD))
def test_what_amazon_answers(new: Any, old: Any) -> None:
    for data, api in ((new, translate.NEW), (old, translate.OLD)):
        with suppress(Refused):
            translate.read_listed(data if api == translate.NEW else group(data.get("order")), api=api)
        with suppress(Refused):
            translate.read_whole(data, api=api)
    with suppress(Refused):
        translate.is_told(new, tracking_number="2")
    with suppress(Refused):
        translate.confirmation(new, Shipped("1", "2", "UPS", "", (("TEE-M", 1),)), marketplace=US, sent_at="")


@given(mangled(LISTINGS), mangled(REPORT))
def test_listings_and_reports(listings: Any, report: Any) -> None:
    with suppress(Refused):
        translate.read_items(listings)
    with suppress(Refused):
        feeds.read_report(json.dumps(report).encode(), ids=["A", "B"])


def test_none_of_these_documents_is_refused_as_it_stands() -> None:
    for data, api in ((WHOLE, translate.NEW), (OLD, translate.OLD)):
        assert len(translate.read_webhook(translate.envelope(api, data), connection_id=7, seller=SELLER, marketplace=US)) == 1
