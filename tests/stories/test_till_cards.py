"""A card at the till, by the sandbox provider: taken once, declined in words, looked up after silence, given back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import charge_card
from doorstep.flows.return_in_shop import Back, pay_out, take_back
from doorstep.flows.sell_in_shop import sell
from doorstep.orders import queries as orders
from doorstep.payments import accounts
from doorstep.payments import queries as money
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.values import Given, TillKind
from tests.factories import Brand, make_brand, receive
from tests.over_the_counter import make_shop, open_till, sale
from tests.sandboxes import Server, borrowed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def provider() -> Iterator[Server]:
    with borrowed("payment", "--retry-s", "0.05") as server:
        yield server


@pytest.fixture
def shop(provider: Server, settings: Any, tmp_path: Path) -> Iterator[tuple[Brand, int]]:
    settings.HOME = tmp_path
    provider.post("/admin/faults", {})
    brand = make_brand(stock_each=0)
    to = {"url": str(provider.http.base_url), "token": "sandbox"}
    accounts.connect(brand.ctx, code="sandbox", name="Sandbox Pay", provider="sandbox_payment", settings=to)
    place = make_shop(brand.ctx)
    receive(brand.ctx, brand.variants["A"], place, 5)
    open_till(brand.ctx, place)
    yield brand, place
    db.execute("DELETE FROM procrastinate_jobs")


def charge(brand: Brand, shop: int, key: str = "card-0001", minor: int = 1000, method: str = "pm_card") -> Any:
    return charge_card.charge(brand.ctx, location_id=shop, key=key, amount_minor=minor, method=method)


def idle(brand: Brand, shop: int) -> int:
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None
    return len(drawers.drawer_of(brand.ctx, shift_id=shift.id).idle)


def test_a_card_is_taken_once_however_often_it_is_asked(shop: tuple[Brand, int]) -> None:
    brand, place = shop
    first, again = charge(brand, place), charge(brand, place)
    assert (first.id, first.state, again.id, again.state) == (again.id, "succeeded", first.id, "succeeded")
    sold = sell(brand.ctx, sale=sale(place, ("A", 1), given=[Given(TillKind.CARD, 1000, charge_id=first.id)]))
    assert idle(brand, place) == 0

    back = Back(sold.order_id, {orders.lines_of(brand.ctx, order_ids=[sold.order_id])[0].id: 1}, "changed_mind")
    taken = take_back(brand.ctx, location_id=place, back=back, key="counter-0001")
    assert pay_out(brand.ctx, location_id=place, return_id=taken.return_id, kind=TillKind.CARD) == 1000
    assert pay_out(brand.ctx, location_id=place, return_id=taken.return_id, kind=TillKind.CARD) == 0

    kinds = [(t.kind, t.amount_minor) for t in drawers.takings_of(brand.ctx, order_ids=[sold.order_id])]
    assert kinds == [("card", 1000), ("card", -1000)]
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def test_a_declined_card_says_so_and_pays_for_nothing(shop: tuple[Brand, int]) -> None:
    brand, place = shop
    row = charge(brand, place, method="pm_declined")
    assert (row.state, row.problem) == ("failed", "card_declined")
    with pytest.raises(Refused) as refused:
        sell(brand.ctx, sale=sale(place, ("A", 1), given=[Given(TillKind.CARD, 1000, charge_id=row.id)]))
    assert refused.value.code == "till_bad_charge"
    assert idle(brand, place) == 0


def test_a_card_whose_sale_did_not_come_about_is_given_back(shop: tuple[Brand, int]) -> None:
    brand, place = shop
    row = charge(brand, place)
    assert idle(brand, place) == 1
    undone = charge_card.undo(brand.ctx, location_id=place, charge_id=row.id)
    assert (undone.kind, undone.state, idle(brand, place)) == ("refund", "succeeded", 0)
    with pytest.raises(Refused):
        sell(brand.ctx, sale=sale(place, ("A", 1), given=[Given(TillKind.CARD, 1000, charge_id=row.id)]))
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def test_silence_is_unknown_until_the_same_wish_is_asked_again(shop: tuple[Brand, int], provider: Server) -> None:
    brand, place = shop
    [account] = [row.id for row in money.list_accounts(brand.ctx)]
    accounts.set_settings(brand.ctx, id=account, settings={"url": "http://127.0.0.1:9", "token": "sandbox"})
    assert charge(brand, place).state == "unknown"
    accounts.set_settings(brand.ctx, id=account, settings={"url": str(provider.http.base_url), "token": "sandbox"})
    assert charge(brand, place).state == "succeeded"
    assert idle(brand, place) == 1


def test_a_card_that_is_given_up_goes_back_and_what_never_came_is_over(shop: tuple[Brand, int]) -> None:
    brand, place = shop
    assert charge_card.give_up(brand.ctx, location_id=place, key="card-0009") is None
    taken = charge(brand, place, key="card-0010")
    back = charge_card.give_up(brand.ctx, location_id=place, key="card-0010")
    again = charge_card.give_up(brand.ctx, location_id=place, key="card-0010")
    assert back is not None
    assert again is not None
    assert (taken.state, back.kind, back.state, again.id) == ("succeeded", "refund", "succeeded", back.id)
    assert idle(brand, place) == 0


def test_a_card_on_an_own_terminal_is_noted_and_counts_as_no_cash(shop: tuple[Brand, int]) -> None:
    brand, place = shop
    given = [Given(TillKind.OWN_TERMINAL, 600), Given(TillKind.CASH, 400)]
    sold = sell(brand.ctx, sale=sale(place, ("A", 1), given=given))
    shift = drawers.find_open(brand.ctx, location_id=place)
    assert shift is not None
    assert drawers.drawer_of(brand.ctx, shift_id=shift.id).expected_minor == 10_400
    line = orders.lines_of(brand.ctx, order_ids=[sold.order_id])[0]
    taken = take_back(brand.ctx, location_id=place, back=Back(sold.order_id, {line.id: 1}, "changed_mind"), key="counter-0002")
    assert pay_out(brand.ctx, location_id=place, return_id=taken.return_id, kind=TillKind.OWN_TERMINAL) == 1000
    drawer = drawers.drawer_of(brand.ctx, shift_id=shift.id)
    assert (drawer.expected_minor, drawer.given_back_minor) == (10_400, {"cash": 0, "own_terminal": 1000})
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def test_what_paid_for_a_sale_goes_back_only_as_a_return_does(shop: tuple[Brand, int]) -> None:
    brand, place = shop
    row = charge(brand, place, key="till:card-0011", minor=2000)
    sold = sell(brand.ctx, sale=sale(place, ("A", 2), given=[Given(TillKind.CARD, 2000, charge_id=row.id)]))
    lines = {orders.lines_of(brand.ctx, order_ids=[sold.order_id])[0].id: 1}
    taken = take_back(brand.ctx, location_id=place, back=Back(sold.order_id, lines, "changed_mind"), key="counter-0003")
    assert pay_out(brand.ctx, location_id=place, return_id=taken.return_id, kind=TillKind.CARD) == 1000
    refund = next(t.charge_id for t in drawers.takings_of(brand.ctx, order_ids=[sold.order_id]) if t.amount_minor < 0)
    assert refund is not None
    for charge_id in (row.id, refund):
        with pytest.raises(Refused, match="till_bad_charge"):
            charge_card.undo(brand.ctx, location_id=place, charge_id=charge_id)
    assert charge_card.give_up(brand.ctx, location_id=place, key="till:card-0011") == row
    assert db.scalar("SELECT count(*) FROM payments_tillcharge WHERE key LIKE 'undo:%%'") == 0


def test_a_card_that_another_shop_took_pays_for_nothing_here(shop: tuple[Brand, int]) -> None:
    brand, place = shop
    other = make_shop(brand.ctx, "ZOO")
    open_till(brand.ctx, other)
    row = charge(brand, other, key="card-0012")
    with pytest.raises(Refused, match="till_bad_charge"):
        sell(brand.ctx, sale=sale(place, ("A", 1), given=[Given(TillKind.CARD, 1000, charge_id=row.id)]))


def test_what_may_be_on_its_way_to_a_card_is_not_paid_out_besides(shop: tuple[Brand, int], provider: Server) -> None:
    brand, place = shop
    [account] = [row.id for row in money.list_accounts(brand.ctx)]
    row = charge(brand, place, key="card-0013")
    sold = sell(brand.ctx, sale=sale(place, ("A", 1), given=[Given(TillKind.CARD, 1000, charge_id=row.id)]))
    lines = {orders.lines_of(brand.ctx, order_ids=[sold.order_id])[0].id: 1}
    taken = take_back(brand.ctx, location_id=place, back=Back(sold.order_id, lines, "changed_mind"), key="counter-0004")
    accounts.set_settings(brand.ctx, id=account, settings={"url": "http://127.0.0.1:9", "token": "sandbox"})
    for kind in (TillKind.CARD, TillKind.CASH, TillKind.VOUCHER):  # the provider may have heard of it
        with pytest.raises(Refused):
            pay_out(brand.ctx, location_id=place, return_id=taken.return_id, kind=kind)
    accounts.set_settings(brand.ctx, id=account, settings={"url": str(provider.http.base_url), "token": "sandbox"})
    assert pay_out(brand.ctx, location_id=place, return_id=taken.return_id, kind=TillKind.CARD) == 1000
    assert pay_out(brand.ctx, location_id=place, return_id=taken.return_id, kind=TillKind.CASH) == 0
    assert [t.amount_minor for t in drawers.takings_of(brand.ctx, order_ids=[sold.order_id])] == [1000, -1000]
