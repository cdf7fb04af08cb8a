"""WooCommerce's documents, read without a shop: orders of every kind of money, and the vendor's own examples."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doorstep.base.money import Money
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.channels.port import (
    Declined,
    Gone,
    ListingsChanged,
    Number,
    NumberTold,
    OrderCalledOff,
    OrderNamed,
    OrderTold,
    RefundTold,
    Taken,
)
from doorstep.orders.values import PaymentState
from doorstep.providers.woocommerce import products, translate

REAL = Path(__file__).resolve().parents[5] / "shared" / "data" / "channels" / "woocommerce_rest"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="../shared is not there: WooCommerce's documentation bodies")


def line(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 11, "name": "Mug &ndash; Blue", "product_id": 93, "variation_id": 0, "quantity": 1, "subtotal": "10.00",
        "subtotal_tax": "2.00", "total": "10.00", "total_tax": "2.00", "sku": "MUG",
    }  # fmt: skip
    return {**told, **changes}


def order(**changes: Any) -> dict[str, Any]:
    """An order of one line; without tax on its price tags."""
    address = {
        "first_name": "Jo", "last_name": "Doe", "company": "", "address_1": "1 Main St", "address_2": "", "city": "Springfield",
        "state": "IL", "postcode": "62701", "country": "US", "phone": "555-0100",
    }  # fmt: skip
    told = {
        "id": 727, "number": "727", "status": "processing", "currency": "USD", "date_created_gmt": "2026-03-22T19:28:02",
        "date_modified_gmt": "2026-03-22T19:28:08", "date_paid_gmt": "2026-03-22T19:28:08", "prices_include_tax": False,
        "shipping_total": "5.00", "shipping_tax": "1.00", "total": "18.00", "total_tax": "3.00", "customer_id": 26,
        "customer_note": "", "billing": {**address, "email": "jo@example.com"}, "shipping": address, "line_items": [line()],
        "fee_lines": [], "coupon_lines": [], "refunds": [],
    }  # fmt: skip
    return {**told, **changes}


def read(told: Any) -> list[Any]:
    return translate.read_webhook(json.dumps(told).encode(), connection_id=7)


def draft_of(told: Any) -> Any:
    (fact,) = read(told)
    assert isinstance(fact, OrderTold)
    return fact.draft


def reason_of(told: Any) -> str:
    with pytest.raises(Refused) as refused:
        read(told)
    assert refused.value.refusal is UNREADABLE
    return str(refused.value.facts["reason"])


def test_an_order_is_read_whole() -> None:
    (fact,) = read(order(line_items=[line(), line(id=12, product_id=22, variation_id=23, sku="")], total="30.00", total_tax="5.00"))
    draft = fact.draft
    assert (draft.external_id, draft.name, draft.connection_id) == ("727", "#727", 7)
    assert fact.items == ("93", "22:23")
    assert fact.changed_at == datetime(2026, 3, 22, 19, 28, 8, tzinfo=UTC)
    assert draft.placed_at == datetime(2026, 3, 22, 19, 28, 2, tzinfo=UTC)
    assert [(i.sku, i.title, i.qty, i.unit_price) for i in draft.lines] == [
        ("MUG", "Mug – Blue", 1, Money(1000, "USD")), ("", "Mug – Blue", 1, Money(1000, "USD")),
    ]  # fmt: skip
    assert draft.buyer.identities == (("woocommerce", "7:26"),)
    assert (draft.buyer.name, draft.buyer.email, draft.buyer.phone) == ("Jo Doe", "jo@example.com", "555-0100")
    assert (draft.ship_to.region, draft.ship_to.country, draft.ship_to.postal_code) == ("IL", "US", "62701")
    assert (draft.shipping_minor, draft.tax_minor, draft.taxes_included, draft.total_minor) == (500, 500, False, 3000)


def test_price_tags_with_tax_make_lines_with_tax() -> None:
    draft = draft_of(order(prices_include_tax=True))
    assert (draft.lines[0].unit_price.minor, draft.shipping_minor, draft.tax_minor) == (1200, 600, 300)
    assert (draft.taxes_included, draft.total_minor) == (True, 1800)


def test_a_coupon_is_the_discount_of_its_lines_and_counts_once() -> None:
    cut = line(quantity=3, subtotal="30.00", subtotal_tax="6.00", total="27.00", total_tax="5.40")
    coupon = {"id": 5, "code": "TEN", "discount": "3.00", "discount_tax": "0.60"}
    draft = draft_of(order(line_items=[cut], coupon_lines=[coupon], total="38.40", total_tax="6.40"))
    assert (draft.lines[0].unit_price.minor, draft.lines[0].discount_minor, draft.discount_minor) == (1000, 300, 0)
    assert draft.total_minor == 3840


def test_a_price_that_no_unit_has_is_rounded_up_and_the_line_stays_exact() -> None:
    three = line(quantity=3, subtotal="10.00", total="10.00")
    draft = draft_of(order(line_items=[three]))
    assert (draft.lines[0].unit_price.minor, draft.lines[0].discount_minor) == (334, 2)
    assert (draft.subtotal_minor, draft.total_minor) == (1000, 1800)


def test_a_line_that_was_made_dearer_costs_what_the_shop_says() -> None:
    draft = draft_of(order(line_items=[line(total="12.50", total_tax="2.50")], total="21.00", total_tax="3.50"))
    assert (draft.lines[0].unit_price.minor, draft.lines[0].discount_minor, draft.total_minor) == (1250, 0, 2100)


@pytest.mark.parametrize("gross", [False, True])
def test_fees_that_cost_are_shipping_and_fees_that_give_are_discount(gross: bool) -> None:
    wrap = {"id": 1, "name": "Gift wrap", "total": "2.00", "total_tax": "0.40"}
    fees = [wrap, {"id": 2, "name": "Gift card", "total": "-3.00", "total_tax": "-0.60"}]
    draft = draft_of(order(fee_lines=fees, total="16.80", total_tax="2.80", prices_include_tax=gross))
    assert (draft.shipping_minor, draft.discount_minor) == ((840, 360) if gross else (700, 300))
    assert draft.total_minor == 1680


@pytest.mark.parametrize(
    ("currency", "net", "tax", "total", "minor"),
    [("KRW", "29000", "2900", "31900", 31900), ("KRW", "29000.00", "2900.00", "31900.00", 31900),
     ("JPY", "1200", "120", "1320", 1320), ("KWD", "1.250", "0.063", "1.313", 1313), ("KWD", "1.2", "0.1", "1.3", 1300)],
)  # fmt: skip
def test_currencies_of_no_and_of_three_decimals(currency: str, net: str, tax: str, total: str, minor: int) -> None:
    one = line(subtotal=net, subtotal_tax=tax, total=net, total_tax=tax)
    draft = draft_of(order(currency=currency, line_items=[one], shipping_total="0", shipping_tax="0", total=total, total_tax=tax))
    assert (draft.total_minor, draft.currency) == (minor, currency)


def test_what_rounding_leaves_over_goes_on_shipping_or_into_the_discount() -> None:
    # Three of 9.99 with 19 % in them: each is told as 8.39 and its tax rounded down, where the shop added first.
    lines = [line(id=n, subtotal="8.39", subtotal_tax="1.59", total="8.39", total_tax="1.59") for n in range(3)]
    told = order(prices_include_tax=True, line_items=lines, shipping_total="0.00", shipping_tax="0.00", total_tax="4.79")
    higher, lower = draft_of({**told, "total": "29.97"}), draft_of({**told, "total": "29.92"})
    assert (higher.total_minor, higher.shipping_minor, higher.discount_minor) == (2997, 3, 0)
    assert (lower.total_minor, lower.shipping_minor, lower.discount_minor) == (2992, 0, 2)


def test_an_order_that_does_not_add_up_is_refused() -> None:
    assert "add up" in reason_of(order(total="18.05"))
    assert "add up" in reason_of(order(total="17.95"))


@pytest.mark.parametrize(
    ("status", "paid", "state"),
    [("pending", None, "pending"), ("on-hold", None, "pending"), ("processing", None, "paid"), ("completed", None, "paid"),
     ("refunded", "2026-03-22T19:28:08", "refunded"), ("failed", "2026-03-22T19:28:08", "paid"), ("packing", None, "pending"),
     ("packing", "2026-03-22T19:28:08", "paid")],
)  # fmt: skip
def test_a_status_says_whether_it_is_paid_and_one_of_a_plug_in_leaves_it_to_the_date(status: str, paid: str, state: str) -> None:
    told = order(status=status, date_paid_gmt=paid)
    (fact,) = read(told)
    assert fact.draft.payment_state == PaymentState(state)
    assert fact.done == (status in ("completed", "refunded"))
    listed = translate.read_listed(told)
    assert (listed.paid, listed.called_off) == (state == "paid", False)


@pytest.mark.parametrize("status", ["cancelled", "trash"])
def test_an_order_that_is_called_off_says_so_and_what_was_given_back(status: str) -> None:
    told = order(status=status, refunds=[{"id": 900, "reason": "late", "total": "-18.00"}])
    assert read(told) == [OrderCalledOff("727", status), RefundTold("727", "900", Money(1800, "USD"), (), "late", key="")]
    assert translate.read_listed(told).called_off


def test_baskets_and_failed_payments_say_nothing() -> None:
    assert read(order(status="checkout-draft")) == read(order(status="auto-draft")) == []
    assert read(order(status="failed", date_paid_gmt=None)) == []


def test_a_deleted_order_is_named_by_its_id_alone() -> None:
    assert read({"id": 727}) == [OrderCalledOff("727", "deleted")]
    assert read({"id": "727"}) == [OrderCalledOff("727", "deleted")]


def test_refunds_that_are_only_named_are_to_be_read_and_in_full_are_told() -> None:
    named = order(refunds=[{"id": 900, "reason": "", "total": "-10.00"}])
    assert read(named) == [OrderNamed("727")]
    back = {"id": 31, "product_id": 22, "variation_id": 23, "quantity": -2, "total": "-10.00", "sku": "BAR"}
    money = {"id": 32, "product_id": 93, "variation_id": 0, "quantity": 0, "total": "-1.00", "sku": "MUG"}
    full = {"id": 900, "amount": "11.00", "reason": "broken", "meta_data": [], "line_items": [back, money]}
    ours = {"id": 901, "amount": "1.00", "reason": "", "meta_data": [{"id": 1, "key": "_doorstep_refund", "value": "refund:1"}]}
    half_ours = {"id": 902, "amount": "1.00", "reason": "Doorstep refund:2", "meta_data": []}
    first, *others = read(order(refunds=[half_ours, ours, full]))
    assert isinstance(first, OrderTold)
    assert others == [RefundTold("727", "900", Money(1100, "USD"), (("22:23", "BAR", 2),), "broken", key="")]


def test_a_refund_of_ours_is_known_by_what_we_write() -> None:
    made = translate.refund_to_make(Money(1313, "KWD"), "refund:9")
    assert (made["amount"], made["api_refund"], made["api_restock"]) == ("1.313", False, False)
    assert translate.refund_key(made) == translate.refund_key({**made, "meta_data": []}) == "refund:9"
    assert translate.refund_key({"reason": "broken", "meta_data": []}) == ""


def test_an_empty_shipping_address_is_the_billing_address() -> None:
    told = order()
    told["shipping"] = dict.fromkeys(told["shipping"], "") | {"country": "CA"}
    assert draft_of(told).ship_to.lines == ("1 Main St",)
    assert draft_of(told).ship_to.country == "US"
    told["shipping"] = {**order()["shipping"], "postcode": "", "state": "DE-BE", "country": "DE", "phone": ""}
    to = draft_of(told).ship_to
    assert (to.postal_code, to.region, to.country, to.phone) == ("", "BE", "DE", "555-0100")


def test_a_guest_has_no_identity_and_korean_names_are_written_as_such() -> None:
    told = order(customer_id=0)
    told["billing"] = {**told["billing"], "first_name": "서연", "last_name": "김"}
    assert draft_of(told).buyer.identities == ()
    assert draft_of(told).buyer.name == "김서연"


def test_a_product_that_is_gone_and_a_line_of_no_units_do_not_block_an_order() -> None:
    nothing = dict.fromkeys(("subtotal", "subtotal_tax", "total", "total_tax"), "0.00")
    (fact,) = read(order(line_items=[line(product_id=0, sku=None), line(id=12, quantity=0, **nothing)]))
    assert (fact.items, [i.sku for i in fact.draft.lines]) == (("",), [""])


@pytest.mark.parametrize(
    ("change", "why"),
    [({"line_items": []}, "no lines"), ({"line_items": [line(quantity=1.5)]}, "not whole"), ({"currency": "XXQ"}, "no amount"),
     ({"total": 18.0}, "decimal text"), ({"date_created_gmt": "yesterday"}, "not a moment"), ({"id": -1}, "an id"),
     ({"line_items": [line(total="-1.00", subtotal="-1.00")]}, "less than nothing"), ({"billing": None}, "another type")],
)  # fmt: skip
def test_what_is_not_as_documented_is_refused_with_a_reason(change: dict[str, Any], why: str) -> None:
    assert why in reason_of(order(**change))


def test_what_lacks_a_field_names_it_and_a_truncated_body_is_no_json() -> None:
    told = order()
    del told["shipping_total"]
    assert reason_of(told) == "shipping_total is missing"
    with pytest.raises(Refused):
        translate.read_webhook(json.dumps(order()).encode()[:-40], connection_id=7)
    assert reason_of({"hello": 1}) == "it is neither an order nor a product"
    assert "cannot view" in reason_of({"code": "woocommerce_rest_cannot_view", "message": "You cannot view this", "data": {}})


def test_the_ping_of_a_new_webhook_says_nothing() -> None:
    assert translate.read_webhook(b"webhook_id=142", connection_id=7) == []
    assert not translate.is_ping(b"webhook_id=142&x=1")


def product(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 93, "name": "Mug", "type": "simple", "status": "publish", "sku": "MUG", "manage_stock": True, "stock_quantity": 5,
        "date_created_gmt": "2026-01-01T00:00:00", "date_modified_gmt": "2026-01-02T00:00:00", "parent_id": 0, "attributes": [],
    }  # fmt: skip
    return {**told, **changes}


def test_a_changed_product_tells_its_number_and_a_new_one_has_all_read() -> None:
    assert read(product()) == [NumberTold("93", 5)]
    assert read(product(id=23, type="variation", parent_id=22)) == [NumberTold("22:23", 5)]
    assert read(product(manage_stock=False, stock_quantity=None)) == read(product(manage_stock="parent")) == []
    assert read(product(date_modified_gmt="2026-01-01T00:00:00")) == read(product(status="trash")) == [ListingsChanged()]


def test_listings_are_products_and_variations_and_only_what_is_counted_has_a_number() -> None:
    (one,) = products.read_product(product(global_unique_id="4006381333931"))
    assert (one.id, one.item, one.sku, one.barcode, one.title, one.number) == ("93", "93", "MUG", "4006381333931", "Mug", 5)
    (uncounted,) = products.read_product(product(manage_stock=False, stock_quantity=None))
    assert uncounted.number is None
    tee = product(id=22, type="variable", name="Tee")
    assert products.read_product(tee) == products.read_product(product(type="grouped")) == []
    colour = [{"id": 6, "name": "Color", "option": "Black"}]
    black = {"id": 23, "sku": "T-B", "manage_stock": True, "stock_quantity": 3, "attributes": colour}
    shared = {"id": 24, "sku": "T-W", "manage_stock": "parent", "stock_quantity": 9, "attributes": []}
    told = products.read_variations(tee, [black, shared])
    assert [(i.id, i.title, i.number) for i in told] == [("22:23", "Tee, Black", 3), ("22:24", "Tee", None)]


def test_numbers_go_by_product_and_each_gets_its_own_answer() -> None:
    numbers = [Number("93", 5, None), Number("22:23", 1, None), Number("94", 0, None), Number("22:24", 2, None)]
    parts = products.by_product(numbers)
    assert {key: [n.id for n in of] for key, of in parts.items()} == {"": ["93", "94"], "22": ["22:23", "22:24"]}
    assert products.updates_of(parts["22"]) == [{"id": 23, "stock_quantity": 1}, {"id": 24, "stock_quantity": 2}]
    error = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 400}}
    missing = {"id": 94, "error": error}
    said = products.read_updates({"update": [missing, product()]}, parts[""])
    assert said == {"93": Taken(), "94": Gone(products.UNKNOWN)}
    parent = {"id": 23, "manage_stock": "parent", "stock_quantity": 1}
    other = {"id": 24, "error": {"code": "rest_forbidden", "message": "No.", "data": {"status": 401}}}
    said = products.read_updates({"update": [parent, other]}, parts["22"])
    assert said == {"22:23": Gone(products.WITH_PRODUCT), "22:24": Declined("No.")}
    assert products.read_updates({"update": []}, parts[""])["93"] == Declined("the shop said nothing of it")


# file, place in it, order, lines, total in cents, status: what each documentation body says of itself
BODIES = [
    ("orders_01.json", "", "727", 2, 2935, "processing"), ("orders_02.json", "", "727", 2, 2935, "processing"),
    ("orders_03.json", "0", "727", 2, 2935, "processing"), ("orders_03.json", "1", "723", 2, 3900, "completed"),
    ("orders_04.json", "", "727", 2, 2935, "completed"), ("orders_05.json", "", "727", 2, 2935, "completed"),
    ("orders_06.json", "create.0", "728", 3, 6225, "pending"), ("orders_06.json", "create.1", "729", 2, 5440, "processing"),
    ("orders_06.json", "update.0", "727", 2, 2935, "completed"), ("orders_06.json", "delete.0", "723", 2, 3900, "completed"),
]  # fmt: skip


def orders_in(told: Any, at: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every order of a document and where it stands in it."""
    if isinstance(told, dict) and "order_key" in told and "line_items" in told:
        return [(at, told)]
    parts = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [one for key, part in parts for one in orders_in(part, f"{at}.{key}".strip("."))]


@needs_real
def test_every_order_body_of_the_documentation_comes_to_its_own_total() -> None:
    found = []
    for path in sorted(REAL.glob("*.json")):
        for place, told in orders_in(json.loads(path.read_text())):
            drafted = translate.read_draft(told, connection_id=7)
            draft = drafted.draft
            assert str(draft.total_minor) == told["total"].replace(".", ""), (path.name, place)
            assert drafted.rounding_minor == 0, (path.name, place)
            found.append((path.name, place, draft.external_id, len(draft.lines), draft.total_minor, told["status"]))
    assert found == BODIES


@needs_real
def test_the_documentation_s_refunds_are_told_with_what_they_are_for() -> None:
    told = json.loads((REAL / "orders_03.json").read_text())[1]
    assert read(told) == [OrderNamed("723")]
    told["refunds"] = json.loads((REAL / "order-refunds_03.json").read_text())
    _, *refunds = read(copy.deepcopy(told))
    assert refunds == [
        RefundTold("723", "724", Money(900, "USD"), (("87", "", 1),), "", key=""),
        RefundTold("723", "726", Money(1000, "USD"), (), "", key=""),
    ]


@needs_real
def test_every_product_and_variation_of_the_documentation_is_listed() -> None:
    listed = {}
    for path in sorted(REAL.glob("products_0*.json")):
        told = json.loads(path.read_text())
        for one in told if isinstance(told, list) else [told, *told.get("create", []), *told.get("update", [])]:
            if "type" in one and "stock_quantity" in one:
                listed |= {item.id: item.title for item in products.read_product(one)}
    assert listed == {"794": "Premium Quality", "801": "Woo Single #1", "804": "New Premium Quality"}
    tee = {"id": 22, "name": "Ship Your Idea", "type": "variable"}
    told = json.loads((REAL / "product-variations_03.json").read_text())
    assert all(item.id.startswith("22:") and item.number is None for item in products.read_variations(tee, told))
