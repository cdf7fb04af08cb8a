"""Shopify's own documents, read: the figures of each file, and what contradicts itself in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.channels.port import ListingsChanged, NumberTold, OrderCalledOff, OrderTold, RefundTold, ShopFact
from doorstep.orders.values import PaymentState
from doorstep.providers.shopify import translate
from doorstep.providers.shopify.translate import refunds

FILES = Path(__file__).parents[5] / "shared" / "data" / "channels" / "shopify_rest"
here = pytest.mark.skipif(not FILES.exists(), reason="../shared is not there: Shopify's REST documents")

# (total, lines: (SKU, units, price, discount, item), tax, shipping, payment state) in minor units
IPODS = (
    59894,
    (
        ("IPOD2008GREEN", 1, 19900, 334, "39072856"),
        ("IPOD2008RED", 1, 19900, 333, "49148385"),
        ("IPOD2008BLACK", 1, 19900, 333, "457924702"),
    ),
    1194, 0, PaymentState.PARTIALLY_REFUNDED,
)  # fmt: skip
TOUCH = (("IPOD2009BLACK", 1, 19900, 0, "447654529"),)
ORDERS: dict[str, tuple[Any, ...]] = {
    **{f"order_{n:02}": IPODS for n in (1, 6, 7, 8, 21, 22, 23, 24, 25, 26, 27, 28, 29)},
    "order_03": (*IPODS[:4], PaymentState.AUTHORISED),
    **{f"order_{n}": (19900, TOUCH, 0, 0, PaymentState.PAID) for n in ("04", "15", "16", "17")},
    "order_12": (23847, (("", 3, 7499, 0, ""),), 1350, 0, PaymentState.PAID),
    "order_13": (19900, TOUCH, 0, 0, PaymentState.PENDING),
    "order_14": (19900, TOUCH, 0, 0, PaymentState.PENDING),
    "order_18": (19900, (("IPOD2008BLACK", 1, 19900, 0, "457924702"),), 0, 0, PaymentState.PAID),
    "order_19": (18109, (("IPOD2009BLACK", 1, 19900, 1791, "447654529"),), 0, 0, PaymentState.PAID),
    "order_20": (
        27037, (("", 1, 12999, 0, ""), ("", 1, 8595, 0, ""), ("", 2, 1999, 0, "")), 1445, 0, PaymentState.PAID,
    ),
}  # fmt: skip
CALLED_OFF = ("order_09", "order_10", "order_11")
# Two answers to a request for a few fields: they name neither a currency nor a payment, so they are no orders as told.
FRAGMENTS = ("order_02", "order_05")
# (refund, money that moved, what its lines, shipping and adjustments come to, units that are gone)
GREEN, BLACK, RED = ("39072856", "IPOD2008GREEN", 1), ("457924702", "IPOD2008BLACK", 1), ("49148385", "IPOD2008RED", 1)
REFUNDS: dict[str, tuple[str, int, int, tuple[Any, ...]]] = {
    # The example gives back 209.00 for lines that come to 195.66 + 3.98 + 195.67 + 3.98.
    "refund_01": ("509562969", 20900, 39929, (BLACK, GREEN)),
    "refund_04": ("509562969", 20900, 39929, (BLACK, GREEN)),
    # The example gives back 41.94 for a line that comes to nothing, and that the customer keeps.
    "refund_02": ("929361472", 4194, 0, ()),
    "refund_03": ("929361471", 500, 500, ()),
}
# Of orders that are called off the refunds are left aside by us; here they only show what the examples contradict.
WITHIN = {
    "order_10": (1000, 59894),  # 10.00 given back for lines that come to 598.94
    "order_11": (11000, 11000),  # 199.64 for a line, less a discrepancy of 89.64
}


def documents(name: str) -> list[dict[str, Any]]:
    found = json.loads((FILES / f"{name}.json").read_text())
    first = next(iter(found.values()))
    return first if isinstance(first, list) else [first]


def read(document: dict[str, Any]) -> list[ShopFact]:
    return translate.read_webhook(json.dumps(document).encode(), connection_id=7)


@here
def test_every_order_and_refund_of_the_folder_is_in_a_table() -> None:
    assert {p.stem for p in FILES.glob("order_*.json")} == {*ORDERS, *CALLED_OFF, *FRAGMENTS}
    assert {p.stem for p in FILES.glob("refund_*.json")} == {*REFUNDS, "refund_05", "refund_06"}


@here
@pytest.mark.parametrize("name", ORDERS)
def test_an_order_is_read_to_the_cent(name: str) -> None:
    total, lines, tax, shipping, state = ORDERS[name]
    (document,) = documents(name)
    told = read(document)[0]
    assert isinstance(told, OrderTold)
    draft = told.draft
    assert f"{draft.total_minor / 100:.2f}" == document["total_price"]
    assert (draft.total_minor, draft.tax_minor, draft.shipping_minor, draft.payment_state) == (total, tax, shipping, state)
    read_lines = [
        (line.sku, line.qty, line.unit_price.minor, line.discount_minor, item)
        for line, item in zip(draft.lines, told.items, strict=True)
    ]
    assert read_lines == list(lines)
    assert told.changed_at is not None
    assert told.changed_at.isoformat().startswith(("2008-01-10T16", "2025-07-02T16"))
    assert told.unsent == tuple(line["fulfillable_quantity"] for line in document["line_items"])


@here
def test_what_the_order_of_the_examples_contradicts_is_its_subtotal() -> None:
    """Its lines come to 597.00 before discounts of 10.00, and its subtotal, which is after them, says 597.00 as well."""
    (document,) = documents("order_01")
    (told, _) = read(document)
    assert isinstance(told, OrderTold)
    assert (document["subtotal_price"], told.draft.subtotal_minor) == ("597.00", 58700)
    assert told.draft.total_minor == 58700 + 1194 == 59894


@here
@pytest.mark.parametrize("name", CALLED_OFF)
def test_an_order_that_is_called_off(name: str) -> None:
    (document,) = documents(name)
    assert read(document) == [OrderCalledOff("450789469", "other" if name == "order_09" else document["cancel_reason"])]


@here
@pytest.mark.parametrize("name", FRAGMENTS)
def test_an_answer_of_a_few_fields_is_no_order(name: str) -> None:
    for document in documents(name):
        assert not {"currency", "financial_status"} & set(document)
        with pytest.raises(Refused, match="unreadable"):
            read(document)


@here
@pytest.mark.parametrize("name", REFUNDS)
def test_a_refund_is_what_moved(name: str) -> None:
    id, moved, meant, gone = REFUNDS[name]
    (document,) = documents(name)
    (told,) = read(document)
    assert told == RefundTold("450789469", id, Money(moved, "USD"), gone, document["note"] or "", key="")
    assert refunds.meant(document, "USD").minor == meant


@here
@pytest.mark.parametrize("name", ["refund_05", "refund_06"])
def test_a_refund_that_is_only_worked_out_is_none(name: str) -> None:
    (document,) = documents(name)
    assert {one["kind"] for one in document["transactions"]} == {"suggested_refund"}
    with pytest.raises(Refused, match="draft of a refund"):
        read(document)


@here
@pytest.mark.parametrize("name", WITHIN)
def test_a_refund_within_an_order_is_what_moved(name: str) -> None:
    (order,) = documents(name)
    (told,) = refunds.read_refunds(order, "USD")
    assert (told.amount.minor, refunds.meant(order["refunds"][0], "USD").minor) == WITHIN[name]


@here
def test_an_order_tells_its_refunds_with_it() -> None:
    (document,) = documents("order_01")
    assert read(document)[1:] == [
        RefundTold("450789469", "509562969", Money(20900, "USD"), (BLACK, GREEN), "it broke during shipping", key="")
    ]


@here
def test_numbers_name_the_item_and_the_place() -> None:
    told = [read(one)[0] for n in range(1, 7) for one in documents(f"inventory_level_{n:02}")]
    numbers = [(one.id, one.number) for one in told if isinstance(one, NumberTold)]
    assert len(numbers) == len(told) == 13
    assert numbers[:2] == [("49148385@655441491", 2), ("808950810@655441491", 1)]
    assert numbers[-1] == ("808950810@655441491", 42)


@here
def test_products_are_read_anew_and_parcels_are_nothing_to_do() -> None:
    assert read(documents("product_06")[0]) == [ListingsChanged()]
    assert read({"id": 632910392}) == [ListingsChanged()]
    for name in sorted(p.stem for p in FILES.glob("fulfillment_[0-9]*.json")):
        for document in documents(name):
            assert read(document) == []


@here
def test_who_bought_and_where_it_goes() -> None:
    (told, _) = read(documents("order_01")[0])
    assert isinstance(told, OrderTold)
    buyer, to = told.draft.buyer, told.draft.ship_to
    assert (buyer.name, buyer.email, buyer.phone) == ("Bob Norman", "bob.norman@mail.example.com", "+557734881234")
    assert (buyer.language, buyer.accepts_marketing, buyer.identities) == ("", False, (("shopify", "7:207119551"),))
    assert (to.name, to.lines, to.city, to.postal_code, to.country) == (
        "Bob Norman", ("Chestnut Street 92",), "Louisville", "40202", "US",
    )  # fmt: skip
    nowhere = read(documents("order_16")[0])[0]
    assert isinstance(nowhere, OrderTold)
    assert (nowhere.draft.ship_to.country, nowhere.draft.ship_to.lines, nowhere.draft.buyer.identities) == ("ZZ", (), ())


def order(**changes: Any) -> dict[str, Any]:
    """An order of one line of 2 × 10.00 USD with 1.00 off, 5.00 shipping with 2.00 off, and 1.50 tax on top."""
    made = {
        "id": 1, "name": "#1", "created_at": "2026-01-02T03:04:05+09:00", "updated_at": "2026-01-02T03:04:06+09:00",
        "currency": "USD", "financial_status": "paid", "taxes_included": False, "total_tax": "1.50", "total_price": "23.50",
        "line_items": [line(10)],
        "shipping_lines": [{"price": "5.00", "discount_allocations": [{"amount": "2.00"}]}],
    }  # fmt: skip
    return made | changes


def line(id: int, **changes: Any) -> dict[str, Any]:
    made = {
        "id": id, "variant_id": 100 + id, "sku": f"S{id}", "name": "Tea", "quantity": 2, "price": "10.00",
        "fulfillable_quantity": 2, "requires_shipping": True, "discount_allocations": [{"amount": "0.50"}, {"amount": "0.50"}],
    }  # fmt: skip
    return made | changes


def bag(amount: str, currency: str = "USD") -> dict[str, Any]:
    return {
        "shop_money": {"amount": amount, "currency_code": currency},
        "presentment_money": {"amount": "99999", "currency_code": "JPY"},
    }


def sold(document: dict[str, Any]) -> OrderTold:
    told = read(document)[0]
    assert isinstance(told, OrderTold)
    return told


def test_taxes_in_the_prices_are_not_added() -> None:
    draft = sold(order(taxes_included=True, total_price="22.00")).draft
    assert (draft.subtotal_minor, draft.shipping_minor, draft.tax_minor, draft.total_minor) == (1900, 300, 150, 2200)


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"total_tip_received": "3.00"}, "26.50"),
        ({"original_total_duties_set": bag("4.00")}, "27.50"),
        ({"original_total_additional_fees_set": bag("0.25")}, "23.75"),
        ({"total_tip_received": "3.00", "original_total_duties_set": bag("4.00")}, "30.50"),
        ({"total_tip_received": "3.00", "original_total_duties_set": bag("4.00"), "duties_included": True}, "26.50"),
    ],
)
def test_what_is_paid_besides_goes_with_the_shipping(changes: dict[str, Any], total: str) -> None:
    draft = sold(order(**changes, total_price=total)).draft
    assert f"{draft.total_minor / 100:.2f}" == total
    assert draft.shipping_minor == 300 + draft.total_minor - 2350


def test_a_tip_that_is_a_line_is_no_goods_and_counts_once() -> None:
    tip = line(11, variant_id=None, sku=None, quantity=1, price="3.00", discount_allocations=[], requires_shipping=False)
    told = sold(order(line_items=[line(10), tip], total_tip_received="3.00", total_price="26.50"))
    assert ([one.sku for one in told.draft.lines], told.items) == (["S10"], ("110",))
    assert (told.draft.shipping_minor, told.draft.total_minor) == (600, 2650)


def test_a_total_that_nothing_explains_is_refused() -> None:
    for total in ("23.51", "23.49", "26.49"):
        with pytest.raises(Refused, match=r"its parts add up to 2350"):
            read(order(total_price=total, total_tip_received="3.00"))


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("KRW", "29000", 29000), ("JPY", "29000.00", 29000), ("KWD", "29.005", 29005)],
)
def test_currencies_of_none_and_three_decimals(currency: str, amount: str, minor: int) -> None:
    draft = sold(
        order(
            currency=currency, total_tax="0", total_price=amount, shipping_lines=[],
            line_items=[line(1, quantity=1, price=amount, discount_allocations=[])],
        )
    ).draft  # fmt: skip
    assert (draft.total_minor, draft.currency, draft.lines[0].unit_price) == (minor, currency, Money(minor, currency))


def test_more_digits_than_the_currency_has_are_refused() -> None:
    with pytest.raises(Refused, match="no amount"):
        read(order(currency="KRW", total_tax="0.5"))


def test_units_taken_off_later_change_nothing_of_the_order_as_sold() -> None:
    removed = {
        "id": 5, "note": None, "transactions": [],
        "refund_line_items": [{"line_item_id": 10, "quantity": 1, "restock_type": "cancel"}],
    }  # fmt: skip
    before, after = read(order()), read(order(refunds=[removed], updated_at="2026-01-03T00:00:00Z"))
    assert isinstance(before[0], OrderTold)
    assert isinstance(after[0], OrderTold)
    assert before[0].draft == after[0].draft
    assert after[1:] == [RefundTold("1", "5", Money(0, "USD"), (("110", "S10", 1),), key="")]


def test_money_given_back_in_the_buyers_currency_is_what_it_is_worth_in_the_shops() -> None:
    back = {
        "id": 5, "transactions": [{"kind": "refund", "status": "success", "amount": "1500", "currency": "JPY"}],
        "refund_line_items": [
            {
                "line_item_id": 10, "quantity": 1, "restock_type": "no_restock",
                "subtotal_set": bag("9.50"), "total_tax_set": bag("0.75"),
            }
        ],
        "order_adjustments": [
            {"kind": "shipping_refund", "amount_set": bag("-2.00"), "tax_amount_set": bag("0.00")},
            {"kind": "refund_discrepancy", "amount_set": bag("-1.00"), "tax_amount_set": bag("0.00")},
        ],
    }  # fmt: skip
    assert read(order(refunds=[back]))[1:] == [RefundTold("1", "5", Money(1325, "USD"), key="")]
    back["refund_shipping_lines"] = [{"subtotal_amount_set": bag("2.00")}]
    assert read(order(refunds=[back]))[1:] == [RefundTold("1", "5", Money(1325, "USD"), key="")]
    back["total_duties_set"], back["total_additional_fees_set"] = bag("4.00"), bag("0.25")
    assert read(order(refunds=[back]))[1:] == [RefundTold("1", "5", Money(1750, "USD"), key="")]


def test_money_that_did_not_move_is_not_given_back() -> None:
    moves = [
        {"kind": "refund", "status": status, "amount": amount, "currency": "USD"}
        for status, amount in (("failure", "7.00"), ("success", "2.00"), ("pending", "1.00"))
    ]
    (_, told) = read(order(refunds=[{"id": 5, "transactions": moves, "refund_line_items": []}]))
    assert isinstance(told, RefundTold)
    assert told.amount == Money(300, "USD")


@pytest.mark.parametrize(
    "changes",
    [
        {"line_items": []},
        {"line_items": [line(1, quantity=0)]},
        {"line_items": [line(1, price="1e3")]},
        {"line_items": [line(1, discount_allocations=[{"amount": "20.01"}])]},
        {"currency": "usd"},
        {"financial_status": "bartered"},
        {"updated_at": "2026-01-02T03:04:05"},
        {"id": True},
    ],
)
def test_what_has_another_shape_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="unreadable"):
        read(order(**changes))


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"id": 1, "title": "x"}', b"[" * 100_000])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="unreadable"):
        translate.read_webhook(body, connection_id=1)


def test_a_number_that_the_shop_does_not_count_is_none() -> None:
    level = {"inventory_item_id": 1, "location_id": 2, "available": None, "updated_at": "2026-01-02T03:04:05Z"}
    assert read(level) == []
    (oversold,) = read(level | {"available": -3})
    assert isinstance(oversold, NumberTold)
    assert oversold.number == -3


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, one in inner for path in paths(one, (*at, name)))]


def with_other(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with something else in one place."""
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = with_other(document[path[0]], path[1:], value)
    return copy


@here
@pytest.mark.parametrize("name", ["order_06", "order_19", "refund_03", "inventory_level_04", "product_06", "fulfillment_04"])
def test_whatever_else_stands_anywhere_in_a_document_it_is_read_or_refused(name: str) -> None:
    document = documents(name)[0]
    everywhere = [path for path in paths(document) if path]
    assert len(everywhere) > 4
    codes = set()
    for path in everywhere:
        for other in (None, "", "x", -1, 10**20, 1.5, True, [], {}, [None], [{}], {"shop_money": None}):
            try:
                read(with_other(document, path, other))
            except Refused as refused:
                codes.add(refused.code)
    assert codes <= {"unreadable"}
