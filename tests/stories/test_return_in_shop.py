"""Goods come back over the counter: those sold there, and those that were sold on the web."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import sell_in_shop
from doorstep.flows.return_in_shop import Back, Towards, pay_out, still_to_pay, take_back
from doorstep.flows.sell_in_shop import sell
from doorstep.orders import queries as orders
from doorstep.payments import queries as money
from doorstep.payments.till import actions as till
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.values import Given, TillKind
from doorstep.returns import actions as return_actions
from doorstep.returns import queries as returns
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, make_brand, place, receive, signed_in
from tests.over_the_counter import make_shop, open_till, sale
from tests.returning import arrived

pytestmark = pytest.mark.django_db


def sold_here(units: int = 3) -> tuple[Brand, int, sell_in_shop.Sold]:
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx)
    receive(brand.ctx, brand.variants["A"], shop, 5)
    open_till(brand.ctx, shop)
    return brand, shop, sell(brand.ctx, sale=sale(shop, ("A", units)))


def line_of(brand: Brand, order_id: int) -> int:
    return orders.lines_of(brand.ctx, order_ids=[order_id])[0].id


def on_hand(brand: Brand, place: int) -> tuple[int, int]:
    [row] = [r for r in stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]]) if r.location_id == place]
    return row.on_hand, row.quality_control


def cash(brand: Brand, shop: int) -> int:
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None
    return drawers.drawer_of(brand.ctx, shift_id=shift.id).expected_minor


def test_what_was_sold_here_comes_back_on_the_shelf_and_its_money_out_of_the_drawer() -> None:
    brand, shop, sold = sold_here()
    back = Back(sold.order_id, {line_of(brand, sold.order_id): 2}, "too_small")

    taken = take_back(brand.ctx, location_id=shop, back=back, key="counter-0001")
    again = take_back(brand.ctx, location_id=shop, back=back, key="counter-0001")

    assert (taken.return_id, taken.here_minor, taken.elsewhere_minor) == (again.return_id, 2000, 0)
    assert pay_out(brand.ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.CASH) == 2000
    assert pay_out(brand.ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.CASH) == 0
    drain()
    assert (on_hand(brand, shop), cash(brand, shop)) == ((4, 0), 11_000)
    row = returns.get_return(brand.ctx, return_id=taken.return_id)
    assert (row.decision, row.goods, row.money) == ("approved", "closed", "succeeded")
    [payment] = money.payments_of(brand.ctx, order_ids=[sold.order_id]).values()
    assert (payment.captured_minor, payment.refunded_minor) == (3000, 2000)
    assert_all_holds()


def test_no_more_comes_back_than_was_sold() -> None:
    brand, shop, sold = sold_here()
    line = line_of(brand, sold.order_id)
    take_back(brand.ctx, location_id=shop, back=Back(sold.order_id, {line: 2}, "too_small"), key="counter-0001")

    with pytest.raises(Refused):
        take_back(brand.ctx, location_id=shop, back=Back(sold.order_id, {line: 2}, "too_small"), key="counter-0002")

    assert on_hand(brand, shop) == (4, 0)
    assert_all_holds()


def test_what_is_not_fit_for_sale_goes_aside() -> None:
    brand, shop, sold = sold_here()
    back = Back(sold.order_id, {line_of(brand, sold.order_id): 1}, "too_small", sellable=False)

    take_back(brand.ctx, location_id=shop, back=back, key="counter-0001")
    drain()

    assert on_hand(brand, shop) == (3, 1)
    assert_all_holds()


def test_a_web_order_comes_back_in_the_shop() -> None:
    brand = make_brand(stock_each=10)
    shop = make_shop(brand.ctx)
    open_till(brand.ctx, shop)
    order_id = arrived(brand.ctx, draft([("A", 2)]))

    taken = take_back(
        brand.ctx, location_id=shop, back=Back(order_id, {line_of(brand, order_id): 1}, "too_small"), key="counter-0001"
    )
    pay_out(brand.ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.CASH)
    drain()

    assert returns.get_return(brand.ctx, return_id=taken.return_id).location_id == shop
    assert (on_hand(brand, shop), cash(brand, shop)) == ((1, 0), 9000)
    assert_all_holds()


def test_who_brought_it_is_written_of_the_money_and_not_that_somebody_will_look_at_it() -> None:
    brand = make_brand(stock_each=10)
    shop = make_shop(brand.ctx)
    open_till(brand.ctx, shop)
    order_id = arrived(brand.ctx, draft([("A", 2)], email="ada@example.com"))
    line = line_of(brand, order_id)
    steps = "SELECT key FROM messaging_message WHERE organisation_id = %s AND template = 'returned' ORDER BY id"
    review = {"name": "A person looks", "when": {"all": []}, "action": "review"}
    return_actions.publish_policy(replace(brand.ctx, now=NOW - timedelta(days=90)), policy=[review])

    back = Back(order_id, {line: 1}, "too_small")
    taken = take_back(brand.ctx, location_id=shop, back=back, key="counter-0001")
    drain()
    asked = "SELECT count(*) FROM base_event WHERE organisation_id = %s AND type = 'return.needs_review'"
    assert db.scalar(asked, [brand.ctx.organisation_id]) == 1
    assert db.column(steps, [brand.ctx.organisation_id]) == []
    pay_out(brand.ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.CASH)
    drain()
    [told] = db.column(steps, [brand.ctx.organisation_id])
    assert told.startswith("return:refunded:")


@pytest.mark.usefixtures("those_days")
def test_a_form_is_shown_only_where_something_can_come_back() -> None:
    brand, shop, sold = sold_here(2)
    signed_in(brand.ctx)
    client = signed_in(brand.ctx, "service")

    def says(order_id: int) -> str:
        page = client.get(f"/till/{shop}/back/{order_id}/").content.decode()
        return "" if 'name="wish"' in page and "till-big" in page else page

    assert says(sold.order_id) == ""
    came_back(brand, shop, sold.order_id)
    assert says(sold.order_id) == ""
    came_back(brand, shop, sold.order_id, "counter-0002")
    assert "All of this order was returned or refunded already." in says(sold.order_id)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 5)
    late = arrived(brand.ctx, draft([("A", 1)]), at=NOW - timedelta(days=400))
    assert "The return policy takes nothing of this order back" in says(late)
    [waiting] = place(brand.ctx, draft([("A", 1)]))
    assert "Nothing of this order has arrived yet" in says(waiting)


def test_a_receipt_says_what_was_done_and_never_that_nothing_was_given_back() -> None:
    brand, shop, sold = sold_here(1)
    signed_in(brand.ctx)
    client = signed_in(brand.ctx, "service")
    mine = came_back(brand, shop, sold.order_id)
    before = client.get(f"/till/{shop}/returns/{mine}/").content.decode()
    assert ("print-receipt" in before, "Given back" in before) == (False, False)
    assert "Its receipt is written when the money is paid out." in before
    assert f"/till/{shop}/returns/{mine}/" in client.get(f"/till/{shop}/day/").content.decode()  # who counts is told of it
    pay_out(brand.ctx, location_id=shop, return_id=mine, kind=TillKind.CASH)
    after = client.get(f"/till/{shop}/returns/{mine}/").content.decode()
    assert ("print-receipt" in after, "Given back" in after) == (True, True)
    assert f"/till/{shop}/returns/{mine}/" not in client.get(f"/till/{shop}/day/").content.decode()

    free = sell(brand.ctx, sale=sale(shop, ("A", 1), discount_minor=1000, reason="a gift", given=()))
    nothing = client.get(f"/till/{shop}/returns/{came_back(brand, shop, free.order_id, 'counter-0003')}/").content.decode()
    assert ("Taken back; there is nothing to be paid out." in nothing, "Given back" in nothing) == (True, False)


def test_a_card_gets_back_only_what_it_paid() -> None:
    brand, shop, sold = sold_here(1)
    back = Back(sold.order_id, {line_of(brand, sold.order_id): 1}, "too_small")
    taken = take_back(brand.ctx, location_id=shop, back=back, key="counter-0001")

    with pytest.raises(Refused) as refused:
        pay_out(brand.ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.CARD)

    assert refused.value.code == "invalid"
    assert cash(brand, shop) == 11_000
    assert_all_holds()


def test_nothing_comes_back_over_a_counter_that_is_closed() -> None:
    brand, shop, sold = sold_here()
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None
    till.close_shift(brand.ctx, shift_id=shift.id, counted_minor=13_000)

    with pytest.raises(Refused) as refused:
        take_back(
            brand.ctx, location_id=shop, back=Back(sold.order_id, {line_of(brand, sold.order_id): 1}, "too_small"), key="k-1"
        )

    assert refused.value.code == "till_closed"
    assert on_hand(brand, shop) == (2, 0)


def came_back(brand: Brand, shop: int, order_id: int, key: str = "counter-0001") -> int:
    back = Back(order_id, {line_of(brand, order_id): 1}, "too_small")
    return take_back(brand.ctx, location_id=shop, back=back, key=key).return_id


@pytest.mark.usefixtures("those_days")
def test_an_exchange_is_a_return_whose_worth_goes_towards_the_next_sale() -> None:
    brand, shop, sold = sold_here(1)
    signed_in(brand.ctx)  # somebody owns the place
    client = signed_in(brand.ctx, "service")
    line = line_of(brand, sold.order_id)
    given = {f"qty-{line}": "1", "reason": "too_small", "condition": "shelf", "wish": "0000-aaaa"}

    told = client.post(f"/till/{shop}/back/{sold.order_id}/", given)
    again = client.post(f"/till/{shop}/back/{sold.order_id}/", given)  # a double click
    assert (told.status_code, told["Location"]) == (302, again["Location"])
    assert "10.00" in client.get(told["Location"]).content.decode()
    next_sale = client.post(told["Location"], {"how": "exchange"})
    [row] = returns.returns_of(brand.ctx, order_ids=[sold.order_id])
    assert next_sale["Location"] == f"/till/{shop}/?return={row.id}"
    page = client.get(f"/till/{shop}/?return={row.id}&credit=99999&worth=99999").content.decode()
    assert '"worth": 1000,' in page
    assert "99999" not in page
    assert cash(brand, shop) == 11_000  # whoever leaves now has lost nothing: it is still to be paid out
    body = {
        "client_id": "0000bbbb-0001", "lines": [{"sku": "A", "qty": 2, "price": 1000}],
        "given": [{"kind": "cash", "amount": 1000, "handed": 1000, "return_id": row.id}, {"kind": "cash", "amount": 1000}],
    }  # fmt: skip
    for _ in range(2):
        answer = client.post(f"/till/{shop}/sales/", {"sales": [body]}, content_type="application/json").json()["answers"][0]
        assert answer["problem"] == ""
    drain()

    assert (on_hand(brand, shop), cash(brand, shop)) == ((3, 0), 12_000)  # the customer paid 10.00, and 10.00 more
    assert returns.get_return(brand.ctx, return_id=row.id).goods == "closed"
    again_there = client.get(f"/till/{shop}/?return={row.id}").content.decode()
    assert ('"exchange": null' in again_there, '"exchange_over": true' in again_there) == (True, True)
    assert client.post(told["Location"], {"how": "exchange"})["Location"] == told["Location"]
    assert client.get(f"/till/{shop}/exchanges/?ids={row.id}").json() == {"exchanges": []}
    assert_all_holds()


@pytest.mark.parametrize(("units", "amount", "given"), [(1, 1000, ()), (3, 2000, (Given(TillKind.OWN_TERMINAL, 1000),))])
def test_the_drawer_agrees_with_an_exchange_for_as_much_and_for_less(units: int, amount: int, given: tuple[Given, ...]) -> None:
    """The worth of what came back is 20.00; of a sale for 10.00 the customer is handed the rest."""
    brand, shop, sold = sold_here(2)
    back = Back(sold.order_id, {line_of(brand, sold.order_id): 2}, "too_small")
    taken = take_back(brand.ctx, location_id=shop, back=back, key="counter-0001")
    sell(brand.ctx, sale=sale(shop, ("A", units), given=given, towards=(Towards(taken.return_id, amount, 2000),)))
    drain()
    assert cash(brand, shop) == 12_000 - 2000 + amount
    assert_all_holds()


def test_what_came_back_is_put_towards_one_sale_of_its_own_shop_and_for_what_it_is_worth() -> None:
    brand, shop, sold = sold_here(2)
    other = make_shop(brand.ctx, "ZOO")
    open_till(brand.ctx, other)
    mine = came_back(brand, shop, sold.order_id)

    def refusal(place: int, *towards: Towards) -> str:
        wish = sale(place, ("A", 2), given=(Given(TillKind.CASH, 2000 - sum(t.amount_minor for t in towards)),), towards=towards)
        with pytest.raises(Refused) as refused:
            sell(brand.ctx, sale=wish)
        assert (on_hand(brand, shop), cash(brand, shop)) == ((4, 0), 12_000)
        return refused.value.code

    assert refusal(shop, Towards(mine, 1500, 1500)) == "till_exchange_changed"  # more than it is worth
    assert refusal(shop, Towards(mine, 500, 1000), Towards(mine, 500, 1000)) == "till_exchange_changed"
    assert refusal(shop, Towards(mine, 1000, 500)) == "invalid"
    assert refusal(other, Towards(mine, 1000, 1000)) == "not_found"
    assert refusal(shop, Towards(mine + 999, 1000, 1000)) == "not_found"
    pay_out(brand.ctx, location_id=shop, return_id=mine, kind=TillKind.OWN_TERMINAL)
    assert refusal(shop, Towards(mine, 1000, 1000)) == "till_exchange_changed"
    assert_all_holds()


def test_the_same_goods_for_another_return_are_another_sale_though_a_till_gives_them_the_same_number() -> None:
    brand, shop, sold = sold_here(2)
    first, second = came_back(brand, shop, sold.order_id), came_back(brand, shop, sold.order_id, "counter-0002")

    def exchange(*which: int) -> sell_in_shop.Sold:
        towards = tuple(Towards(one, 1000, 1000) for one in which)
        given = () if which else None
        return sell(brand.ctx, sale=sale(shop, ("A", 1), given=given, towards=towards, client_id="0000cccc-0001"))

    assert (exchange(first).again, exchange(first).again) == (False, True)
    for which in ((second,), ()):
        with pytest.raises(Refused) as refused:
            exchange(*which)
        assert refused.value.code == "till_number_used"
    assert [one.here_minor for one in still_to_pay(brand.ctx, location_id=shop)] == [1000]
    assert_all_holds()


def test_money_of_another_currency_is_not_paid_out_of_this_drawer() -> None:
    brand, shop, sold = sold_here(1)
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None
    till.close_shift(brand.ctx, shift_id=shift.id, counted_minor=11_000)
    till.open_shift(brand.ctx, location_id=shop, currency="KRW", opening_minor=50_000)
    mine = came_back(brand, shop, sold.order_id)

    with pytest.raises(Refused, match="another currency"):
        pay_out(brand.ctx, location_id=shop, return_id=mine, kind=TillKind.CASH)

    assert cash(brand, shop) == 50_000
    assert_all_holds()


def test_who_may_only_look_takes_nothing_back() -> None:
    brand, shop, sold = sold_here(1)
    viewer = signed_in(brand.ctx, "viewer")
    assert viewer.post(f"/till/{shop}/back/{sold.order_id}/", {}).status_code == 403
    assert viewer.get(f"/till/{shop}/day/").status_code == 200
