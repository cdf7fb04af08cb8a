"""A shop sells over the counter while the web sells the very same units: no unit is promised twice, no sale is refused."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, intake
from doorstep.flows.return_in_shop import Back, Towards, pay_out, take_back
from doorstep.flows.sell_in_shop import Sold, sell
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import queries as orders
from doorstep.orders.placing import Accepted
from doorstep.payments.till import actions as till
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.values import TillKind
from doorstep.stock import carts, queries
from doorstep.stock.values import CartWant
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, make_brand, receive, together
from tests.over_the_counter import make_shop, open_till, sale

SKUS = ("A", "B")


def shop_with(units: int) -> tuple[Brand, int]:
    """A shop that fulfils web orders too, with as many units of each SKU as Berlin has."""
    brand = make_brand(stock_each=0, skus=SKUS)
    shop = make_shop(brand.ctx, online=True)
    for variant in brand.variants.values():
        if units:
            receive(brand.ctx, variant, shop, units)
            receive(brand.ctx, variant, brand.berlin, units)
    open_till(brand.ctx, shop)
    return brand, shop


class Crowd:
    """Somebody at the till, somebody on the web and somebody on the floor, who know nothing of each other."""

    def __init__(self, brand: Brand, shop: int, seed: int) -> None:
        self.brand, self.shop, self.dice, self.seed = brand, shop, random.Random(seed), seed
        self.placed: list[int] = []
        self.sold: list[Sold] = []

    def sell(self) -> None:
        skus = self.dice.sample(SKUS, k=self.dice.randint(1, 2))
        self.sold.append(sell(self.brand.ctx, sale=sale(self.shop, *[(sku, self.dice.randint(1, 2)) for sku in skus])))

    def order(self) -> None:
        skus = self.dice.sample(SKUS, k=self.dice.randint(1, 2))
        wanted = draft([(sku, self.dice.randint(1, 2)) for sku in skus])
        at = NOW - timedelta(minutes=self.dice.randint(1, 99))
        [answer] = intake.accept(self.brand.ctx, [replace(wanted, placed_at=at)])
        assert isinstance(answer, Accepted)
        self.placed.append(answer.order_id)

    def cancel(self) -> None:
        if self.placed:
            cancel.cancel(self.brand.ctx, order_id=self.placed.pop(), reason="customer")

    def hold(self) -> None:
        token = f"cart-{self.seed}-{self.dice.randint(1, 4)}"
        wants = [CartWant(self.brand.variants[self.dice.choice(SKUS)], 1)]
        carts.reserve(self.brand.ctx, token=token, wants=wants, until=NOW + timedelta(minutes=9))

    def pick(self) -> None:
        for row in floor.list_pick_lists(self.brand.ctx)[:2]:
            for task in floor.tasks_of(self.brand.ctx, pick_list_id=row.id)[:2]:
                scanning.scan(
                    self.brand.ctx, pick_list_id=row.id, client_id=f"{self.seed}-{self.dice.random()}"[:40], code=task.sku,
                    typed=False, at=NOW,
                )  # fmt: skip

    def come(self) -> None:
        receive(self.brand.ctx, self.brand.variants[self.dice.choice(SKUS)], self.dice.choice((self.shop, self.brand.berlin)), 1)

    def work(self, acts: list[str]) -> int:
        for act in acts:
            getattr(self, act)()
        return len(self.sold)


ACTS = ("sell", "order", "order", "pick", "cancel", "hold", "come")


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("races")
def test_web_and_till_at_once_promise_nothing_twice_and_refuse_nobody() -> None:
    db.execute("DELETE FROM procrastinate_jobs")
    brand, shop = shop_with(6)
    early = Crowd(brand, shop, 99)
    early.work(["order"] * 6)
    drain()  # some of them are promised what lies in the shop
    crowd = [Crowd(brand, shop, seed) for seed in range(4)]
    dice = random.Random(7)
    calls: list[Callable[[], object]] = [partial(one.work, [*dice.choices(ACTS, k=24), "sell"]) for one in crowd]
    answers = together(*calls, drain, drain)

    assert [a for a in answers if isinstance(a, Exception)] == []
    for _ in range(3):
        drain()
    sold = [one for person in crowd for one in person.sold]
    assert len(sold) > 10
    assert sum(len(one.moved) for one in sold) > 0, "nobody had to give anything up, so nothing was proved"
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("races")
def test_the_same_sale_sent_from_several_tabs_at_once_is_one() -> None:
    brand, shop = shop_with(5)
    wish = sale(shop, ("A", 2))

    answers = together(*[lambda: sell(brand.ctx, sale=wish) for _ in range(5)])

    assert [type(a) for a in answers] == [Sold] * 5, answers
    assert Counter(a.again for a in answers if isinstance(a, Sold)) == {False: 1, True: 4}
    [row] = [r for r in queries.levels_of(brand.ctx, variant_ids=[brand.variants["A"]]) if r.location_id == shop]
    assert row.on_hand == 3
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("races")
def test_what_came_back_is_paid_out_once_however_many_tills_put_it_towards_a_sale() -> None:
    brand, shop = shop_with(5)
    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    line = orders.lines_of(brand.ctx, order_ids=[sold.order_id])[0]
    taken = take_back(brand.ctx, location_id=shop, back=Back(sold.order_id, {line.id: 1}, "too_small"), key="counter-0001")
    towards = (Towards(taken.return_id, 1000, 1000),)

    def exchange(sku: str) -> object:
        return sell(brand.ctx, sale=sale(shop, (sku, 1), given=(), towards=towards))

    def in_cash() -> object:
        return pay_out(brand.ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.CASH)

    answers = together(partial(exchange, "A"), partial(exchange, "B"), in_cash, partial(exchange, "A"))
    assert {a.code for a in answers if isinstance(a, Refused)} <= {"till_exchange_changed"}, answers
    assert sum(isinstance(a, Sold) or a == 1000 for a in answers) == 1, answers
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None
    in_drawer = drawers.drawer_of(brand.ctx, shift_id=shift.id).expected_minor
    assert in_drawer == (11_000 if any(isinstance(a, Sold) for a in answers) else 10_000)
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("races")
def test_a_till_that_is_closed_while_it_sells_still_adds_up() -> None:
    for _ in range(4):
        brand, shop = shop_with(5)
        shift = drawers.find_open(brand.ctx, location_id=shop)
        assert shift is not None
        answers = together(
            lambda: sell(brand.ctx, sale=sale(shop, ("A", 1))),  # noqa: B023
            lambda: till.close_shift(brand.ctx, shift_id=shift.id, counted_minor=10_000, reason="counted"),  # noqa: B023
            lambda: sell(brand.ctx, sale=sale(shop, ("B", 1))),  # noqa: B023
        )
        refused = [a.code for a in answers if isinstance(a, Refused)]
        assert set(refused) <= {"till_closed"}, answers
        assert_all_holds()


@pytest.mark.django_db
@settings(
    max_examples=15, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(units=st.integers(0, 3), acts=st.lists(st.sampled_from([*ACTS, "drain"]), min_size=4, max_size=14), seed=st.integers(0, 999))
def test_whatever_happened_before_a_sale_is_booked_and_every_promise_is_kept(units: int, acts: list[str], seed: int) -> None:
    brand, shop = shop_with(units)
    one = Crowd(brand, shop, seed)
    for act in [*acts, "sell", "sell"]:
        drain() if act == "drain" else getattr(one, act)()
        if act == "sell":
            assert_all_holds()
    drain()
    assert_all_holds()
    booked = sum(row.captured for row in _money(brand))
    assert booked == 1000 * sum(row.units for row in _money(brand))


class _Row:
    def __init__(self, captured: int, units: int) -> None:
        self.captured, self.units = captured, units


def _money(brand: Brand) -> list[_Row]:
    found = db.dicts(
        """SELECT p.captured_minor, o.units FROM payments_payment p
             JOIN orders_order o ON o.organisation_id = p.organisation_id AND o.id = p.order_id
             JOIN payments_tilltaking t ON t.organisation_id = p.organisation_id AND t.order_id = p.order_id
            WHERE p.organisation_id = %s""",
        [brand.ctx.organisation_id],
    )
    return [_Row(row["captured_minor"], row["units"]) for row in found]
