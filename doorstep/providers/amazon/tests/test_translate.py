"""Amazon's documents are read as they stand in its models."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doorstep.base.refusals import Refused
from doorstep.channels.port import Declined, NumberTold, OrderCalledOff, OrderNamed, OrderTold, Shipped, UnitsPending
from doorstep.channels.port.facts import NumbersDone
from doorstep.orders.values import OrderDraft, PaymentState, Recipient
from doorstep.providers.amazon import translate
from doorstep.providers.amazon.sold import WITHHELD

CHANNELS = Path(__file__).parents[5] / "shared" / "data" / "channels"
EXAMPLES = CHANNELS / "amazon_sp_api_examples"
NOT_THERE = pytest.mark.skipif(not EXAMPLES.exists(), reason="../shared is not there: Amazon's own examples")
SELLER, US = "A3TH9S8BH6GOGM", "ATVPDKIKX0DER"


def example(name: str) -> Any:
    """The body of an example file, or of an operation's answer as its model shows it."""
    if name.startswith("model "):
        paths = json.loads((CHANNELS / "amazon_sp_api_models" / "orders_2026-01-01.json").read_text())["paths"].values()
        (told,) = (path["get"] for path in paths if path.get("get", {}).get("operationId") == name.removeprefix("model "))
        return told["responses"]["200"]["examples"]["application/json"]
    found = json.loads((EXAMPLES / f"{name}.json").read_text())
    return found.get("response", found)


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currencyCode": currency}


def item(**more: Any) -> dict[str, Any]:
    return {
        "orderItemId": "1", "quantityOrdered": 2, "product": {"sellerSku": "TEE-M", "title": "Tee"},
        "proceeds": {"breakdowns": [{"type": "ITEM", "subtotal": money("20.00")}]},
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 2},
    } | more  # fmt: skip


def order(**more: Any) -> dict[str, Any]:
    """An order of 2026-01-01 that is paid for and to be shipped by the merchant."""
    return {
        "orderId": "111-1234567-1234567", "createdTime": "2026-11-20T10:00:00Z", "lastUpdatedTime": "2026-11-20T10:05:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": US}, "proceeds": {"grandTotal": money("20.00")},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"}, "orderItems": [item()],
        "buyer": {"buyerName": "Ann", "buyerEmail": "x1@marketplace.amazon.com"},
        "recipient": {"deliveryAddress": {"name": "Ann", "addressLine1": "1 Main St", "city": "Reno", "stateOrRegion": "NV",
                                          "postalCode": "89501", "countryCode": "US"}},
    } | more  # fmt: skip


def facts(body: dict[str, Any] | bytes, *, api: str = translate.NEW, marketplace: str = US) -> list[Any]:
    raw = body if isinstance(body, bytes) else translate.envelope(api, body)
    return translate.read_webhook(raw, connection_id=7, seller=SELLER, marketplace=marketplace)


def draft(body: dict[str, Any], *, api: str = translate.NEW, marketplace: str = US) -> OrderDraft:
    (told,) = facts(body, api=api, marketplace=marketplace)
    assert isinstance(told, OrderTold)
    return told.draft


def why(body: dict[str, Any], *, api: str = translate.NEW) -> str:
    with pytest.raises(Refused) as refused:
        facts(body, api=api)
    return str(refused.value.facts["reason"])


# Every body of an order in Amazon's examples of 2026-01-01: total in minor units, or why it is none of ours.
NEW_ORDERS = [
    ("orders_2026-01-01__getOrder__200_0", "BRL", 29990),
    ("orders_2026-01-01__getOrder__200_1", "TRY", "shipped"),
    ("orders_2026-01-01__getOrder__200_2", "USD", 4999),
    ("orders_2026-01-01__searchOrders__200_0", "JPY", "by Amazon"),
    ("orders_2026-01-01__searchOrders__200_1", "GBP", "shipped"),
    ("orders_2026-01-01__searchOrders__200_2", "BRL", 159990),
    ("model searchOrders", "USD", "shipped"),  # its total holds a tip of 5.00
    ("model getOrder", "GBP", "shipped"),
]
STILL_OPEN = {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"}


@NOT_THERE
@pytest.mark.parametrize(("name", "currency", "becomes"), NEW_ORDERS)
def test_every_order_of_the_new_examples_comes_to_its_own_total(name: str, currency: str, becomes: int | str) -> None:
    said = example(name)
    for one in said.get("orders", [said.get("order")]):
        there = one["salesChannel"]["marketplaceId"]
        told = facts(one, marketplace=there)
        assert len(told) == isinstance(becomes, int)
        assert len(told) == 0 or told[0].changed_at == datetime.fromisoformat(one["lastUpdatedTime"])
        read = draft({**one, "fulfillment": STILL_OPEN}, marketplace=there)  # those that are none of ours add up as well
        total = one["proceeds"]["grandTotal"]
        assert (read.currency, str(read.total_minor)) == (currency, total["amount"].replace(".", ""))
        assert read.total_minor == becomes or isinstance(becomes, str)
        assert [line.sku for line in read.lines] == [line["product"]["sellerSku"] for line in one["orderItems"]]
        assert [line.qty for line in read.lines] == [line["quantityOrdered"] for line in one["orderItems"]]


@NOT_THERE
def test_no_example_of_the_new_orders_is_left_out() -> None:
    there = {path.stem for path in EXAMPLES.glob("orders_2026-01-01__*__200_*.json")}
    assert there == {name for name, _, _ in NEW_ORDERS if not name.startswith("model ")}


@NOT_THERE
def test_the_one_order_of_v0_that_has_items_comes_to_its_own_total() -> None:
    told = {
        "order": example("ordersV0__getOrder__200_0")["payload"],
        "items": example("ordersV0__getOrderItems__200_0")["payload"]["OrderItems"],
        "address": example("ordersV0__getOrderAddress__200_0")["payload"]["ShippingAddress"],
        "buyer": example("ordersV0__getOrderBuyerInfo__200_0")["payload"],
    }
    read = draft(told, api=translate.OLD)
    assert (read.external_id, read.total_minor, read.currency) == ("902-1845936-5435065", 1101, "USD")
    assert (read.tax_minor, read.taxes_included, read.shipping_minor) == (101, False, 0)
    assert [(line.sku, line.qty, line.unit_price.minor) for line in read.lines] == [("NABetaASINB00551Q3CS", 1, 1000)]
    assert (read.ship_to.lines, read.ship_to.city, read.ship_to.postal_code) == (("(kept apart)",), "SEATTLE", "98121-2778")
    whom = translate.read_recipient(told, api=translate.OLD)
    assert isinstance(whom, Recipient)
    assert (whom.ship_to.lines, whom.email) == (("2201 WESTLAKE AVE",), "fzyrv6gwkhbb15c@example.com")
    assert read.tags == ("buyer-wishes-to-cancel",)


@NOT_THERE
def test_the_other_orders_of_v0_are_pending_or_by_amazon_or_have_no_items_in_the_examples() -> None:
    found = {}
    for path in sorted(EXAMPLES.glob("ordersV0__getOrder*__200_*.json")):
        said = example(path.stem)["payload"]
        for number, one in enumerate(said.get("Orders", [said] if "OrderStatus" in said else [])):
            brief = translate.brief(one, api=translate.OLD)
            found[f"{path.stem}/{number}"] = brief.is_of_use, one.get("OrderTotal", {}).get("Amount")
    assert found == {
        "ordersV0__getOrder__200_0/0": (True, "11.01"),
        "ordersV0__getOrder__200_1/0": (False, "100.00"),
        "ordersV0__getOrders__200_0/0": (True, "11.01"),
        "ordersV0__getOrders__200_0/1": (True, "11.01"),
        "ordersV0__getOrders__200_1/0": (True, None),  # pending: its units are held
        "ordersV0__getOrders__200_2/0": (True, None),
    }


@NOT_THERE
def test_a_gift_wrap_of_the_examples_that_is_in_yen_with_decimals_is_named() -> None:
    order_of = example("ordersV0__getOrder__200_0")["payload"]
    items = example("ordersV0__getOrderItems__200_0")["payload"]["OrderItems"]
    wraps = example("ordersV0__getOrderItemsBuyerInfo__200_0")["payload"]["OrderItems"]
    assert draft({"order": order_of, "items": items, "items_buyer": wraps}, api=translate.OLD).total_minor == 1101  # of no line
    wraps[0]["OrderItemId"] = items[0]["OrderItemId"]
    assert why({"order": order_of, "items": items, "items_buyer": wraps}, api=translate.OLD) == (
        "an amount is in JPY, the order in USD"
    )


@NOT_THERE
def test_the_items_that_the_model_of_v0_shows_have_prices_that_yen_cannot_have() -> None:
    paths = json.loads((CHANNELS / "amazon_sp_api_models" / "ordersV0.json").read_text())["paths"]
    items = paths["/orders/v0/orders/{orderId}/orderItems"]["get"]["responses"]["200"]["examples"]["application/json"]["payload"]
    told = v0(total="0")
    told["items"] = items["OrderItems"]
    assert why(told, api=translate.OLD) == "25.99 JPY is no amount (bad_amount)"


@NOT_THERE
def test_notifications_of_the_examples() -> None:
    change = json.dumps(example("notification__OrderChangeNotification_0")).encode()
    assert facts(change) == [OrderNamed("903-8868176-2219830")]
    for other in ("seller", "marketplace"):
        keys = {"seller": SELLER, "marketplace": US} | {other: "another"}
        assert translate.read_webhook(change, connection_id=7, **keys) == []
    for n in (0, 1):
        done = example(f"notification__FeedProcessingFinishedNotification_{n}")
        told = done["payload"]["feedProcessingFinishedNotification"]
        assert facts(json.dumps(done).encode()) == ([NumbersDone(told["feedId"])] if told.get("sellerId") == SELLER else [])
        told["sellerId"] = SELLER
        assert facts(json.dumps(done).encode()) == [NumbersDone(told["feedId"])]
    quantity = json.dumps(example("notification__ListingsItemMfnQuantityChange_0")).encode()
    at = datetime(2021, 2, 3, 18, 59, 30, 194000, tzinfo=UTC)
    assert translate.read_webhook(quantity, connection_id=7, seller="AXXXXXXXXXXXXX", marketplace=US) == [
        NumberTold("NLS-SHOES-03", 99, at)
    ]
    assert [translate.read_topic(raw) for raw in (change, quantity)] == ["ORDER_CHANGE", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"]


def changed(**summary: Any) -> bytes:
    told = {"SellerId": SELLER, "AmazonOrderId": "1-2-3", "Summary": {"MarketplaceId": US, "OrderStatus": "Unshipped"} | summary}
    return json.dumps({"NotificationType": "ORDER_CHANGE", "Payload": {"OrderChangeNotification": told}}).encode()


def test_a_change_to_what_is_not_released_or_not_ours_asks_for_nothing() -> None:
    assert facts(changed()) == [OrderNamed("1-2-3")]
    assert facts(changed(OrderStatus="Pending")) == [OrderNamed("1-2-3")]  # its units are to be held
    assert facts(changed(OrderStatus="PendingAvailability")) == []
    assert facts(changed(FulfillmentType="AFN")) == []


def test_a_number_of_what_amazon_ships_is_none_of_ours() -> None:
    told = {"SellerId": SELLER, "FulfillmentChannelCode": "AMAZON_NA", "Sku": "A", "Quantity": 3}
    body = {"NotificationType": "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "EventTime": "2026-11-20T10:00:00Z", "Payload": told}
    assert facts(json.dumps(body).encode()) == []


@pytest.mark.parametrize("status", ["PENDING_AVAILABILITY", "PARTIALLY_SHIPPED", "SHIPPED"])
def test_an_order_that_is_not_released_or_was_begun_is_not_taken(status: str) -> None:
    assert facts(order(fulfillment={"fulfillmentStatus": status, "fulfilledBy": "MERCHANT"})) == []


def test_a_pending_order_of_v0_has_neither_prices_nor_address_and_holds_its_units() -> None:
    told = {"AmazonOrderId": "1-2-3", "PurchaseDate": "2026-11-20T10:00:00Z", "LastUpdateDate": "2026-11-20T10:00:00Z",
            "OrderStatus": "Pending", "FulfillmentChannel": "MFN", "MarketplaceId": US}  # fmt: skip
    items = [{"SellerSKU": "A", "OrderItemId": "1", "QuantityOrdered": 2}]
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert facts({"order": told, "items": items}, api=translate.OLD) == [UnitsPending("1-2-3", (("A", "A", 2),), at, at)]


def test_an_order_that_was_called_off_says_why() -> None:
    gone = item(cancellation={"cancellationExecution": {"cancelledBy": "BUYER", "cancelReason": "found it cheaper"}})
    off = order(fulfillment={"fulfillmentStatus": "CANCELLED", "fulfilledBy": "MERCHANT"}, orderItems=[gone])
    assert facts(off) == [OrderCalledOff("111-1234567-1234567", "found it cheaper")]


def test_what_cannot_be_read_is_kept_so_that_a_person_sees_it() -> None:
    strange = order(fulfillment={"fulfillmentStatus": "TELEPORTED", "fulfilledBy": "MERCHANT"})
    assert facts(translate.read_listed(strange, api=translate.NEW).body) == [OrderNamed("111-1234567-1234567")]
    with pytest.raises(Refused):
        facts(translate.read_whole(strange, api=translate.NEW).body)


@pytest.mark.parametrize("status", ["PENDING", "UNSHIPPED", "SHIPPED", "CANCELLED"])
def test_nothing_is_kept_of_who_bought(status: str) -> None:
    done = order(fulfillment={"fulfillmentStatus": status, "fulfilledBy": "MERCHANT"})
    body = translate.read_whole(done, api=translate.NEW).body
    assert not {"buyer", "recipient"} & set(json.loads(body)["data"])
    told = v0(total="0")
    told["order"] |= {"OrderStatus": "Shipped", "BuyerInfo": {"BuyerName": "Ann"}, "ShippingAddress": {"Name": "Ann"}}
    assert b"Ann" not in translate.read_whole({**told, "address": {"Name": "Ann"}}, api=translate.OLD).body
    told["order"] |= {"OrderStatus": "Unshipped"}
    wrapped = [{"OrderItemId": "1", "GiftMessageText": "Dear Ann", "GiftWrapPrice": {"CurrencyCode": "JPY", "Amount": "0"}}]
    whole = translate.read_whole({**told, "items_buyer": wrapped, "buyer": {"BuyerName": "Ann"}}, api=translate.OLD).body
    assert b"Ann" not in whole
    assert b"GiftWrapPrice" in whole
    gift = {"quantityFulfilled": 0, "quantityUnfulfilled": 0, "packing": {"giftOption": {"giftMessage": "Dear Ann"}}}
    off = order(fulfillment={"fulfillmentStatus": "CANCELLED", "fulfilledBy": "MERCHANT"}, orderItems=[item(fulfillment=gift)])
    assert b"Ann" not in translate.read_listed(off, api=translate.NEW).body


def test_a_line_that_was_called_off_is_left_out() -> None:
    gone = item(orderItemId="2", cancellation={"cancellationExecution": {"cancelledBy": "MERCHANT"}}, proceeds={},
                fulfillment={"quantityFulfilled": 0, "quantityUnfulfilled": 0})  # fmt: skip
    assert [line.sku for line in draft(order(orderItems=[item(), gone])).lines] == ["TEE-M"]


def parts(**amounts: str) -> dict[str, Any]:
    return {"breakdowns": [{"type": kind, "subtotal": money(amount)} for kind, amount in amounts.items()]}


def test_a_line_without_a_sku_is_known_by_its_asin() -> None:
    (told,) = facts(order(orderItems=[item(product={"asin": "B0BSHF7WHW"})]))
    assert (told.draft.lines[0].sku, told.items) == ("", ("B0BSHF7WHW",))
    assert why(order(orderItems=[item(product={})])) == "a line has neither a SKU nor an ASIN"


def test_tax_is_added_or_included_as_the_total_says() -> None:
    taxed = item(proceeds=parts(ITEM="20.00", TAX="3.33"))
    added = draft(order(orderItems=[taxed], proceeds={"grandTotal": money("23.33")}))
    assert (added.total_minor, added.tax_minor, added.taxes_included) == (2333, 333, False)
    included = draft(order(orderItems=[taxed], proceeds={"grandTotal": money("20.00")}))
    assert (included.total_minor, included.tax_minor, included.taxes_included) == (2000, 333, True)


@pytest.mark.parametrize("sign", ["", "-"])
def test_what_is_let_off_is_taken_off_whichever_sign_it_has(sign: str) -> None:
    off = {"type": "DISCOUNT", "subtotal": money(f"{sign}5.00"),
           "detailedBreakdowns": [{"subtype": "ITEM", "value": money(f"{sign}2.00")},
                                  {"subtype": "SHIPPING", "value": money(f"{sign}3.00")}]}  # fmt: skip
    beside = parts(ITEM="20.00", SHIPPING="3.50", GIFT_WRAP="1.00", COD_FEE="0.50")["breakdowns"]
    read = draft(order(orderItems=[item(proceeds={"breakdowns": [*beside, off]})]))
    assert (read.lines[0].discount_minor, read.shipping_minor, read.total_minor) == (200, 200, 2000)


def test_a_tip_counts_where_the_total_counts_it() -> None:
    tip = [{"type": "DELIVERY_TIP", "status": "FINALIZED", "subtotal": money("2.00")}]
    assert draft(order(proceeds={"grandTotal": money("22.00"), "breakdowns": tip})).shipping_minor == 200
    assert draft(order(proceeds={"grandTotal": money("20.00"), "breakdowns": tip})).shipping_minor == 0


def test_parts_that_come_to_another_total_are_named_with_their_figures() -> None:
    assert why(order(proceeds={"grandTotal": money("20.01")})) == (
        "its parts come to 2000 and 0 of tax, its total says 2001 minor units of USD"
    )


def test_a_line_whose_price_is_no_multiple_keeps_its_price() -> None:
    odd = item(quantityOrdered=3, proceeds=parts(ITEM="10.00"))
    read = draft(order(orderItems=[odd], proceeds={"grandTotal": money("10.00")}))
    assert (read.lines[0].unit_price.minor, read.lines[0].discount_minor, read.total_minor) == (334, 2, 1000)


def test_yen_have_no_decimals_and_points_are_the_sellers_cost() -> None:
    yen = item(proceeds={"breakdowns": [{"type": "ITEM", "subtotal": money("5980", "JPY")}]},
               expense={"pointsCost": {"pointsGranted": {"pointsMonetaryValue": money("60", "JPY")}}})  # fmt: skip
    assert draft(order(orderItems=[yen], proceeds={"grandTotal": money("5980", "JPY")})).total_minor == 5980
    yen["proceeds"] = {"breakdowns": [{"type": "ITEM", "subtotal": money("59.80", "JPY")}]}
    assert "59.80 JPY is no amount" in why(order(orderItems=[yen], proceeds={"grandTotal": money("5980", "JPY")}))


def v0(**more: str) -> dict[str, Any]:
    yen = {name: {"CurrencyCode": "JPY", "Amount": amount} for name, amount in more.items()}
    total = yen.pop("total")
    told = {"AmazonOrderId": "1-2-3", "PurchaseDate": "2026-11-20T10:00:00Z", "LastUpdateDate": "2026-11-20T10:00:00Z",
            "OrderStatus": "Unshipped", "FulfillmentChannel": "MFN", "MarketplaceId": "A1VC38T7YXB528", "OrderTotal": total,
            "PaymentMethod": "COD"}  # fmt: skip
    return {"order": told, "items": [{"SellerSKU": "A", "OrderItemId": "1", "QuantityOrdered": 2, **yen}]}


def test_everything_that_v0_charges_beside_the_goods_is_counted() -> None:
    told = v0(
        ItemPrice="2000", ItemTax="200", ShippingPrice="500", ShippingTax="50", ShippingDiscount="500", ShippingDiscountTax="50",
        PromotionDiscount="100", PromotionDiscountTax="10", CODFee="330", CODFeeDiscount="30", total="2390",
    )  # fmt: skip
    told["items"][0]["PointsGranted"] = {"PointsNumber": 20, "PointsMonetaryValue": {"CurrencyCode": "JPY", "Amount": "20"}}
    told["items_buyer"] = [{"OrderItemId": "1", "GiftWrapPrice": {"CurrencyCode": "JPY", "Amount": "0"}}]
    read = draft(told, api=translate.OLD, marketplace="A1VC38T7YXB528")
    assert (read.total_minor, read.shipping_minor, read.tax_minor) == (2390, 300, 190)
    assert (read.lines[0].unit_price.minor, read.lines[0].discount_minor) == (1000, 100)
    assert read.payment_state is PaymentState.AUTHORISED  # paid at the door: nothing is to wait for it


def test_an_order_says_where_about_it_goes_and_never_who_gets_it() -> None:
    for told in (order(), {name: part for name, part in order().items() if name not in ("buyer", "recipient")}):
        read = draft(told)
        where = read.ship_to
        assert (where.name, where.lines, where.country) == ("Amazon 111-1234567-1234567", ("(kept apart)",), "US")
        assert (read.buyer.name, read.buyer.email, read.note, read.tags, read.keep_days) == ("", "", "", (), 30)


def test_who_gets_it_is_told_or_withheld() -> None:
    whom = translate.read_recipient(order(), api=translate.NEW)
    assert isinstance(whom, Recipient)
    assert (whom.ship_to.name, whom.ship_to.lines, whom.name, whom.email) == (
        "Ann", ("1 Main St",), "Ann", "x1@marketplace.amazon.com",
    )  # fmt: skip
    partly = order(recipient={"deliveryAddress": {"city": "Reno", "stateOrRegion": "NV", "countryCode": "US"}})
    assert translate.read_recipient(partly, api=translate.NEW) == Declined(WITHHELD)
    named = order(recipient={"deliveryAddress": {"addressLine1": "1 Main St", "countryCode": "IE"}})
    assert isinstance(translate.read_recipient(named, api=translate.NEW), Recipient)  # no postal code is an address all the same


@pytest.mark.parametrize("cut", [b"", b"[]", b"null", b'{"type": "order"', b'{"type": "order", "api": "v9", "data": {}}',
                                 b'{"type": "order", "api": "v0", "data": {"order": {}}}', b'{"NotificationType": "OTHER"}',
                                 b'{"NotificationType": "ORDER_CHANGE"}', b"\xff\xfe", b"[" * 100_000])  # fmt: skip
def test_what_is_cut_or_unknown_is_refused(cut: bytes) -> None:
    with pytest.raises(Refused):
        facts(cut)
    assert translate.read_topic(cut) in ("", "order", "ORDER_CHANGE")


def test_an_order_of_another_marketplace_is_for_another_connection() -> None:
    assert facts(order(), marketplace="A1PA6795UKMFR9") == []


def test_a_parcel_has_the_same_number_whenever_it_is_told() -> None:
    told = Shipped("1", "1Z999", "ups", "", (("TEE-M", 3),))
    body = translate.confirmation(order(), told, marketplace=US, sent_at="2026-11-20T12:00:00Z")
    assert body is not None
    parcel = body["packageDetail"]
    assert parcel["packageReferenceId"] == translate.package_reference("1Z999")
    assert int(parcel["packageReferenceId"]) > 0
    assert (parcel["carrierCode"], parcel["orderItems"]) == ("UPS", [{"orderItemId": "1", "quantity": 2}])
    known = order(packages=[{"packageReferenceId": parcel["packageReferenceId"]}])
    assert translate.is_told(known, tracking_number="1Z999")
    assert not translate.is_told(known, tracking_number="1Z998")
    other = Shipped("1", "5", "CJ대한통운", "", (("OTHER", 1),))
    assert translate.confirmation(order(), other, marketplace=US, sent_at="") is None


def test_only_what_the_merchant_ships_has_a_number_of_ours() -> None:
    document = {"items": [
        {"sku": "A", "summaries": [{"itemName": "Tee"}],
         "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 4}]},
        {"sku": "B", "fulfillmentAvailability": [{"fulfillmentChannelCode": "AMAZON_NA"}]},
        {"sku": "PARENT"},
        {"sku": "C", "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT"}]},
    ]}  # fmt: skip
    assert [(one.id, one.title, one.number) for one in translate.read_items(document)] == [("A", "Tee", 4), ("C", "", None)]


def test_a_number_beyond_all_that_is_counted_spoils_no_other_listing() -> None:
    def item(sku: str, quantity: object) -> dict[str, Any]:
        return {"sku": sku, "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": quantity}]}

    document = {"items": [item("A", 9_999_999), item("B", 3), item("C", -1), item("D", "4")]}
    told = {one.id: one.number for one in translate.read_items(document)}
    assert told == {"A": 1_000_000, "B": 3, "C": None, "D": None}
