"""A sale in a shop: what is in the customer's hand is sold, whoever was promised it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.channels import queries as channels
from doorstep.customers import queries as customers
from doorstep.flows.sell_in_shop import SaleLine, Sold, sell
from doorstep.orders import queries as orders
from doorstep.payments import queries as money
from doorstep.payments.till import actions as till
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.values import Given, TillKind
from doorstep.payments.values import CallState
from doorstep.stock import carts
from doorstep.stock import queries as stock
from doorstep.stock.values import CartWant
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import (
    NOW,
    Brand,
    draft,
    listed,
    make_brand,
    make_ctx,
    make_variants,
    picked,
    place,
    receive,
    signed_in,
)
from tests.over_the_counter import charged, make_shop, open_till, sale

pytestmark = pytest.mark.django_db


def in_shop(units: int, *, online: bool = True, elsewhere: int = 0) -> tuple[Brand, int]:
    """A brand whose units of A lie in one shop that is open, and `elsewhere` in Berlin."""
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx, online=online)
    if units:
        receive(brand.ctx, brand.variants["A"], shop, units)
    if elsewhere:
        receive(brand.ctx, brand.variants["A"], brand.berlin, elsewhere)
    open_till(brand.ctx, shop)
    return brand, shop


def level(brand: Brand, shop: int, sku: str = "A") -> tuple[int, int]:
    """What lies in the shop, and how much of that is promised."""
    rows = stock.levels_of(brand.ctx, variant_ids=[brand.variants[sku]])
    [row] = [row for row in rows if row.location_id == shop]
    return row.on_hand, row.committed


def reasons(brand: Brand, order_id: int) -> list[str]:
    return orders.hold_reasons_of(brand.ctx, order_ids=[order_id]).get(order_id, [])


def test_a_sale_is_an_order_that_is_over() -> None:
    brand, shop = in_shop(5)

    sold = sell(brand.ctx, sale=sale(shop, ("A", 2)))
    drain()

    order = orders.get(brand.ctx, id=sold.order_id)
    assert (order.order.state, order.order.payment_state, order.order.fulfilment_state) == ("closed", "paid", "delivered")
    assert (order.order.total_minor, order.ship_to["company"], order.order.name) == (2000, "Warehouse HBF", sold.number)
    assert [part.location_id for part in order.fulfilment_orders] == [shop]
    assert level(brand, shop) == (3, 0)
    [payment] = money.payments_of(brand.ctx, order_ids=[sold.order_id]).values()
    assert (payment.captured_minor, payment.account_id) == (2000, None)
    assert_all_holds()


def test_the_same_sale_twice_is_one_even_after_the_till_was_closed() -> None:
    brand, shop = in_shop(5)
    wish = sale(shop, ("A", 2))
    first = sell(brand.ctx, sale=wish)
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None
    till.close_shift(brand.ctx, shift_id=shift.id, counted_minor=12_000)

    second = sell(brand.ctx, sale=wish)

    assert (second.order_id, second.again, level(brand, shop)) == (first.order_id, True, (3, 0))
    others = [replace(wish, lines=lines) for lines in ((SaleLine("B", 2, 1000),), (SaleLine("A", 1, 2000),))]
    for other in (*others, replace(wish, lines=(SaleLine("A", 1, 1000),), given=(Given(TillKind.CASH, 1000),))):
        with pytest.raises(Refused) as refused:
            sell(brand.ctx, sale=other)
        assert refused.value.code == "till_number_used"
    in_two_lines = replace(wish, lines=(SaleLine("A", 1, 1000), SaleLine("A", 1, 1000)))
    assert sell(brand.ctx, sale=in_two_lines).again is True


def test_the_newest_order_gives_up_what_it_was_promised_and_gets_it_from_elsewhere() -> None:
    brand, shop = in_shop(2)
    [older] = place(brand.ctx, draft([("A", 1)]))
    [newer] = place(brand.ctx, replace(draft([("A", 1)]), placed_at=NOW))
    drain()
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)

    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    drain()

    assert (sold.moved, sold.waiting, sold.found) == ((newer,), (), 0)
    places = {part.order_id: part.location_id for part in orders.fulfilment_orders_of(brand.ctx, order_ids=[older, newer])}
    assert places == {older: shop, newer: brand.berlin}
    assert level(brand, shop) == (1, 1)
    assert_all_holds()


def test_an_order_that_can_be_served_from_nowhere_else_waits_and_the_rest_of_it_goes_on() -> None:
    brand, shop = in_shop(2)
    receive(brand.ctx, brand.variants["B"], shop, 1)
    [promised] = place(brand.ctx, draft([("A", 2), ("B", 1)]))
    drain()

    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    drain()

    assert (sold.moved, sold.waiting) == ((promised,), (promised,))
    assert reasons(brand, promised) == ["inventory_out_of_stock"]
    parts = {
        (line.sku, line.qty): part.location_id
        for part in orders.fulfilment_orders_of(brand.ctx, order_ids=[promised])
        for line in orders.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part.id])
    }
    assert parts == {("A", 1): shop, ("B", 1): shop} or parts == {("A", 1): None, ("B", 1): shop}
    assert level(brand, shop) == (1, 1)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    drain()
    assert reasons(brand, promised) == []
    assert_all_holds()


def test_who_waits_first_is_served_first_when_units_come_again() -> None:
    brand, shop = in_shop(2)
    [older] = place(brand.ctx, draft([("A", 1)]))
    [newer] = place(brand.ctx, replace(draft([("A", 1)]), placed_at=NOW))
    drain()
    assert sell(brand.ctx, sale=sale(shop, ("A", 2))).waiting == (older, newer)

    receive(brand.ctx, brand.variants["A"], shop, 1)
    drain()

    assert (reasons(brand, older), reasons(brand, newer)) == ([], ["inventory_out_of_stock"])
    assert_all_holds()


def test_what_the_picker_has_in_hand_stays_his_and_the_books_were_wrong() -> None:
    brand, shop = in_shop(1)
    [part] = picked(brand.ctx, draft([("A", 1)]))

    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    drain()

    assert (sold.moved, sold.found) == ((), 1)
    assert orders.fulfilment_orders_by_id(brand.ctx, ids=[part])[part].location_id == shop
    assert level(brand, shop) == (1, 1)
    assert_all_holds()


def test_units_of_which_the_books_know_nothing_are_found_at_the_till() -> None:
    brand, shop = in_shop(0)

    sold = sell(brand.ctx, sale=sale(shop, ("A", 3)))

    assert sold.found == 3
    moves = stock.movements_of(brand.ctx, variant_id=brand.variants["A"])
    assert {(m.kind, m.reason, m.on_hand) for m in moves} == {
        ("adjustment", "found at the till", 3), ("sale", "sold in shop", -3),
    }  # fmt: skip
    assert level(brand, shop) == (0, 0)
    assert_all_holds()


def test_orders_without_a_place_yet_give_way_before_more_is_sold_than_there_is() -> None:
    brand, shop = in_shop(1)
    [promised] = place(brand.ctx, draft([("A", 1)]))  # nobody has routed it yet

    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))

    assert (sold.moved, sold.waiting, sold.found) == ((promised,), (promised,), 0)
    assert reasons(brand, promised) == ["inventory_out_of_stock"]
    drain()
    assert_all_holds()


def test_an_order_without_a_place_keeps_its_promise_where_another_shop_has_the_unit() -> None:
    brand, shop = in_shop(1, elsewhere=1)
    [promised] = place(brand.ctx, draft([("A", 1)]))

    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    drain()

    assert (sold.moved, sold.found, reasons(brand, promised)) == ((), 0, [])
    assert_all_holds()


def test_a_cart_gives_way_before_an_order_does() -> None:
    brand, shop = in_shop(2)
    [promised] = place(brand.ctx, draft([("A", 1)]))
    until = NOW + timedelta(minutes=15)
    assert carts.reserve(brand.ctx, token="cart-1", wants=[CartWant(brand.variants["A"], 1)], until=until) == ()

    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))

    assert (sold.moved, sold.found, reasons(brand, promised)) == ((), 0, [])
    assert carts.get(brand.ctx, token="cart-1").state == "released"
    drain()
    assert_all_holds()


def test_a_held_order_gives_its_units_up_and_stays_held_for_what_it_was() -> None:
    brand, shop = in_shop(3)
    from doorstep.orders import actions
    from doorstep.orders.actions import HoldWish
    from doorstep.orders.values import HoldReason

    [part] = listed(brand.ctx, draft([("A", 3)]))
    actions.hold(brand.ctx, wishes=[HoldWish(part, HoldReason.HIGH_RISK_OF_FRAUD)])
    drain()

    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    drain()

    [order_id] = sold.moved
    parts = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    held = orders.holds_of(brand.ctx, fulfilment_order_ids=[p.id for p in parts])
    assert sorted((hold.fulfilment_order_id == part, hold.reason) for hold in held) == [
        (False, "high_risk_of_fraud"), (False, "inventory_out_of_stock"), (True, "high_risk_of_fraud"),
    ]  # fmt: skip
    assert_all_holds()


def test_walk_in_customers_are_one_and_who_gives_an_address_is_known_by_it() -> None:
    brand, shop = in_shop(5)

    first, second = (sell(brand.ctx, sale=sale(shop, ("A", 1))) for _ in "ab")
    named = sell(brand.ctx, sale=sale(shop, ("A", 1), name="Ada", email="ada@example.com"))
    drain()

    rows = orders.orders_by_id(brand.ctx, ids=[first.order_id, second.order_id, named.order_id])
    assert rows[first.order_id].customer_id == rows[second.order_id].customer_id != rows[named.order_id].customer_id
    assert customers.find_by_identity(brand.ctx, kind="email", value="ada@example.com") == rows[named.order_id].customer_id
    told = db.dicts("SELECT template, to_address FROM messaging_message WHERE organisation_id = %s", [brand.ctx.organisation_id])
    assert told == [{"template": "receipt", "to_address": "ada@example.com"}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"given": (Given(TillKind.CASH, 900),)}, "till_not_paid"),
        ({"given": (Given(TillKind.CARD, 1000),)}, "till_bad_charge"),
        ({"given": (Given(TillKind.CARD, 1000, charge_id=987654),)}, "not_found"),
        ({"lines": (SaleLine("NOPE", 1, 1000),)}, "unknown_sku"),
        ({"lines": (SaleLine("A", 1, 1100, discount_minor=100),)}, "invalid"),
        ({"lines": (SaleLine("A", 0, 1000),), "given": ()}, "invalid"),
        ({"client_id": "short"}, "invalid"),
        ({"email": "nobody"}, "invalid"),
    ],
)
def test_what_is_no_sale_is_refused_and_nothing_moves(change: dict[str, object], code: str) -> None:
    brand, shop = in_shop(5)

    with pytest.raises(Refused) as refused:
        sell(brand.ctx, sale=replace(sale(shop, ("A", 1)), **change))  # type: ignore[arg-type]

    assert refused.value.code == code
    assert level(brand, shop) == (5, 0)
    assert db.scalar("SELECT count(*) FROM orders_order WHERE organisation_id = %s", [brand.ctx.organisation_id]) == 0


def test_a_discount_has_a_reason_and_is_taken_off() -> None:
    brand, shop = in_shop(5)
    lines = (SaleLine("A", 2, 1000, discount_minor=300, reason="scratched"),)
    wish = replace(sale(shop, ("A", 2)), lines=lines, discount_minor=200, reason="regular", given=(Given(TillKind.CASH, 1500),))

    sold = sell(brand.ctx, sale=wish)

    order = orders.get(brand.ctx, id=sold.order_id)
    assert (order.order.total_minor, order.subtotal_minor, order.discount_minor) == (1500, 1700, 200)
    assert order.note == "regular; scratched"
    assert_all_holds()


def test_a_bundle_leaves_as_what_is_in_it() -> None:
    from doorstep.flows import compose
    from doorstep.flows.compose import Contained

    brand, shop = in_shop(4)
    bundle = make_variants(brand.ctx, ["SET"], price="30.00")["SET"]
    compose.set_components(brand.ctx, variant_id=bundle, contents=[Contained("A", 2), Contained("B", 1)])

    wish = sale(shop, ("SET", 1))
    sold = sell(brand.ctx, sale=wish)

    assert (level(brand, shop), sold.found) == ((2, 0), 1)
    assert sell(brand.ctx, sale=wish).again is True
    assert_all_holds()


def test_a_card_pays_once_and_only_what_was_taken_from_it() -> None:
    brand, shop = in_shop(5)
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None
    card, declined = charged(brand.ctx, shift, 400), charged(brand.ctx, shift, 400, state=CallState.FAILED)
    split = (Given(TillKind.CASH, 600, handed_minor=1000), Given(TillKind.CARD, 400, charge_id=card))

    sold = sell(brand.ctx, sale=sale(shop, ("A", 1), given=split))

    assert [(t.kind, t.amount_minor, t.change_minor) for t in drawers.takings_of(brand.ctx, order_ids=[sold.order_id])] == [
        ("cash", 600, 400), ("card", 400, 0),
    ]  # fmt: skip
    for charge in (card, declined):
        with pytest.raises(Refused) as refused:
            sell(brand.ctx, sale=sale(shop, ("A", 1), given=(split[0], Given(TillKind.CARD, 400, charge_id=charge))))
        assert refused.value.code == "till_bad_charge"
    assert level(brand, shop) == (4, 0)
    assert_all_holds()


def test_a_drawer_is_counted_against_what_crossed_the_counter() -> None:
    brand, shop = in_shop(5)
    sell(brand.ctx, sale=sale(shop, ("A", 2)))
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None

    with pytest.raises(Refused) as refused:
        till.close_shift(brand.ctx, shift_id=shift.id, counted_minor=11_900)
    assert refused.value.code == "till_difference_unexplained"
    closed = till.close_shift(brand.ctx, shift_id=shift.id, counted_minor=11_900, reason="a coin is missing")

    assert (closed.expected_minor, closed.difference_minor, closed.is_open) == (12_000, -100, False)
    with pytest.raises(Refused) as refused:
        sell(brand.ctx, sale=sale(shop, ("A", 1)))
    assert refused.value.code == "till_closed"
    open_till(brand.ctx, shop, 5000)
    assert isinstance(sell(brand.ctx, sale=sale(shop, ("A", 1))), Sold)
    assert_all_holds()


def test_only_a_shop_has_a_till_and_one_shift_at_a_time() -> None:
    brand, shop = in_shop(1)
    for place_id, code in ((brand.berlin, "not_a_shop"), (shop, "till_shift_open")):
        with pytest.raises(Refused) as refused:
            open_till(brand.ctx, place_id)
        assert refused.value.code == code


def test_another_brand_sees_none_of_it() -> None:
    _, shop = in_shop(1)
    other = make_ctx("Other")
    with pytest.raises(Refused) as refused:
        sell(other, sale=sale(shop, ("A", 1)))
    assert refused.value.code == "not_found"
    assert drawers.list_shifts(other) == []


def test_other_pages_show_a_till_sale_and_who_gave_way_for_it() -> None:
    brand, shop = in_shop(1)
    [promised] = place(brand.ctx, draft([("A", 1)]))
    drain()
    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    drain()
    connection = channels.find_till(brand.ctx, location_id=shop)
    assert connection is not None
    client = signed_in(brand.ctx)
    for path in (f"/orders/{sold.order_id}/", f"/orders/{promised}/", "/channels/", f"/channels/{connection.id}/", "/stock/", "/"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "sold_in_shop" not in answer.content.decode(), path


@pytest.mark.django_db(transaction=True)  # what a transaction wrote is told again until it is over
def test_a_till_is_told_what_is_otherwise_in_its_shop_and_nothing_else() -> None:
    brand = make_brand(stock_each=0, skus=("MUG", "TEA", "POT"))
    shop = make_shop(brand.ctx)
    for sku in ("MUG", "TEA"):
        receive(brand.ctx, brand.variants[sku], shop, 3)
    browser = signed_in(brand.ctx)

    def told(after: str = "") -> tuple[dict[str, int], str]:
        answer = browser.get(f"/till/{shop}/items/", {"after": after}).json()
        assert answer["more"] is False
        return {item["sku"]: item["here"] for item in answer["items"]}, answer["cursor"]

    all_of_it, cursor = told()
    assert all_of_it == {"MUG": 3, "TEA": 3}
    for _ in range(2):  # what was told is told again, as it is, while a transaction that is older is open anywhere on the server
        assert told(cursor)[0].items() <= all_of_it.items()
        receive(brand.ctx, brand.variants["MUG"], brand.berlin, 5)
    receive(brand.ctx, brand.variants["POT"], shop, 2)
    open_till(brand.ctx, shop)
    sell(brand.ctx, sale=sale(shop, ("TEA", 3)))
    changed, cursor = told(cursor)
    assert {"TEA": 0, "POT": 2}.items() <= changed.items() <= {"MUG": 3, "TEA": 0, "POT": 2}.items()
    assert told("0123456789abcdef-1-0-0")[0] == {"MUG": 3, "POT": 2}  # of another database: all anew
    assert told("nonsense")[0] == {"MUG": 3, "POT": 2}
