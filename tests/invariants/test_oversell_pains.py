"""What went wrong elsewhere when many wanted the same few units: each of these failures has its test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, intake
from doorstep.orders import queries
from doorstep.orders.placing import Accepted, Duplicate, NotAccepted
from doorstep.orders.queries import OrderFilter
from doorstep.stock import carts
from doorstep.stock import queries as stock
from doorstep.stock.values import CartWant, PoolRow
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, make_brand, make_ctx, place, receive, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("races")]
SOON = NOW + timedelta(minutes=15)


@pytest.fixture(autouse=True)
def _nothing_waits() -> None:
    db.execute("DELETE FROM procrastinate_jobs")  # what earlier tests left to a worker that never came


def later(ctx: Ctx, minutes: int) -> Ctx:
    return Ctx(ctx.organisation_id, ctx.actor, NOW + timedelta(minutes=minutes), ctx.trace)


def hold(brand: Brand, token: str, qty: int = 1, sku: str = "A") -> bool:
    """Whether a cart holds so many units now."""
    return not carts.reserve(brand.ctx, token=token, wants=[CartWant(brand.variants[sku], qty)], until=SOON)


def pool(brand: Brand, sku: str = "A") -> PoolRow:
    return stock.pool_of(brand.ctx, variant_ids=[brand.variants[sku]])[brand.variants[sku]]


def is_promised(brand: Brand, sent: object, ctx: Ctx | None = None) -> bool:
    """Whether an order got its units."""
    [answer] = intake.accept(ctx or brand.ctx, [sent])  # type: ignore[list-item]
    assert isinstance(answer, Accepted), answer
    return answer.short_of == ()


def test_concurrent_carts_and_orders_oversubscribe() -> None:
    """medusa #16569, vendure #3508, woocommerce #12467, #27953, nopCommerce #4184."""
    brand = make_brand(stock_each=10, skus=("A", "B"))

    def shopper(n: int) -> Callable[[], Counter[str]]:
        def act() -> Counter[str]:
            got: Counter[str] = Counter()
            for i in range(8):
                token = f"cart-{n}-{i}"
                if n % 2 and not hold(brand, token):
                    got["no hold"] += 1
                    continue
                skus = [("A", 1)] if i % 2 else [("B", 1), ("A", 1)]
                sent = draft(skus, reservation=token if n % 2 else "", email=f"{n}@example.com")
                got["promised" if is_promised(brand, sent) else "short"] += 1
            return got

        return act

    answers = together(*[shopper(n) for n in range(6)])
    assert [a for a in answers if not isinstance(a, Counter)] == []
    told = sum((a for a in answers if isinstance(a, Counter)), Counter())
    assert told.total() == 48
    assert pool(brand).committed + pool(brand).reserved <= 20
    assert pool(brand).committed == told["promised"]
    assert pool(brand).reserved == 0
    assert_all_holds()


def test_two_requests_with_the_same_token_hold_twice() -> None:
    """medusa #16569: one cart, asked for by two windows at once, is one promise."""
    brand = make_brand(stock_each=5, skus=("A",))
    assert together(*[lambda: hold(brand, "same", 4)] * 5) == [True] * 5
    assert (pool(brand).reserved, pool(brand).available) == (4, 6)
    assert_all_holds()


def test_the_counter_drifts_from_the_rows() -> None:
    """odoo #62139, medusa #12401, magento inventory #2130, #2522: whatever ends a hold, the counter is the rows."""
    brand = make_brand(stock_each=5, skus=("A",))
    for token in ("more", "fewer", "over", "back", "order", "cancelled"):
        assert hold(brand, token)
    assert hold(brand, "more", 3)
    assert pool(brand).reserved == 8
    carts.release(brand.ctx, token="back")
    carts.release(brand.ctx, token="back")
    [bought, gone] = place(
        brand.ctx, draft([("A", 1)], reservation="order"), draft([("A", 1)], reservation="cancelled")
    )
    cancel.cancel(brand.ctx, order_id=gone, reason="customer")
    assert hold(brand, "more", 1)
    assert (pool(brand).reserved, pool(brand).committed) == (3, 1)
    assert carts.expire(later(brand.ctx, 20)) == 3
    assert carts.expire(later(brand.ctx, 20)) == 0
    assert (pool(brand).reserved, pool(brand).committed, pool(brand).available) == (0, 1, 9)
    assert bought
    assert_all_holds()


def test_a_shopper_is_blocked_by_their_own_expired_hold() -> None:
    """woocommerce #67354: the hold is over, nobody else took the units, and its own shopper gets them."""
    brand = make_brand(stock_each=1, skus=("A",))
    assert hold(brand, "mine", 2)
    assert is_promised(brand, draft([("A", 2)], reservation="mine"), later(brand.ctx, 30))
    assert (pool(brand).reserved, pool(brand).committed) == (0, 2)
    assert_all_holds()


def test_a_shopper_whose_expired_hold_was_swept_gets_units_that_are_still_free() -> None:
    """woocommerce #67354."""
    brand = make_brand(stock_each=1, skus=("A",))
    assert hold(brand, "mine", 2)
    assert carts.expire(later(brand.ctx, 30)) == 1
    assert is_promised(brand, draft([("A", 2)], reservation="mine"), later(brand.ctx, 30))
    assert_all_holds()


def test_an_expired_hold_blocks_nobody_between_two_sweeps() -> None:
    brand = make_brand(stock_each=2, skus=("A",))
    assert hold(brand, "over", 4)
    assert not is_promised(brand, draft([("A", 1)]), later(brand.ctx, 14))  # it waits, and comes before the next ones
    assert is_promised(brand, draft([("A", 1)]), later(brand.ctx, 15))
    assert carts.get(brand.ctx, token="over").state == "expired"
    wants, until = [CartWant(brand.variants["A"], 2)], NOW + timedelta(hours=1)
    assert carts.reserve(later(brand.ctx, 15), token="new", wants=wants, until=until) == ()
    assert not is_promised(brand, draft([("A", 1)]), later(brand.ctx, 15))
    assert_all_holds()


def test_what_an_expired_hold_frees_is_first_of_those_who_wait() -> None:
    brand = make_brand(stock_each=2, skus=("A",))
    assert hold(brand, "over", 4)
    [waits] = place(brand.ctx, draft([("A", 1)]))
    small, large = intake.accept(later(brand.ctx, 15), [draft([("A", 1)]), draft([("A", 3)])])
    assert isinstance(small, Accepted)
    assert isinstance(large, Accepted)
    assert (small.short_of, large.short_of) == ((), ("A",))
    drain()
    held = queries.list_ids(brand.ctx, where=OrderFilter(view="held"))
    assert held == [large.order_id]
    assert waits not in held
    assert_all_holds()


def test_a_shopper_keeps_what_their_cart_holds_while_others_wait_for_more_than_came() -> None:
    brand = make_brand(stock_each=1, skus=("A",))
    assert hold(brand, "mine", 2)
    place(brand.ctx, draft([("A", 5)]))
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)  # nobody who waits was offered it yet
    assert hold(brand, "mine", 2)
    assert not hold(brand, "other", 1)
    assert not is_promised(brand, draft([("A", 1)]))
    assert is_promised(brand, draft([("A", 2)], reservation="mine"))
    assert (pool(brand).reserved, pool(brand).committed, pool(brand).available) == (0, 2, 1)
    assert_all_holds()


def test_the_sweep_and_the_order_of_the_same_cart_meet() -> None:
    """woocommerce #67354, with real threads: whoever is first, the order has its units and the cart holds none."""
    brand = make_brand(stock_each=20, skus=("A", "B"))
    for n in range(12):
        token = f"meet-{n}"
        wants = [CartWant(brand.variants["B"], 1), CartWant(brand.variants["A"], 2)]
        assert carts.reserve(brand.ctx, token=token, wants=wants, until=SOON) == ()
        sent = draft([("A", 2), ("B", 1)], reservation=token)
        answers = together(
            lambda sent=sent: is_promised(brand, sent, later(brand.ctx, 30)), lambda: carts.expire(later(brand.ctx, 30))
        )  # type: ignore[misc]
        assert answers[0] is True, answers
        assert pool(brand).reserved == pool(brand, "B").reserved == 0
    assert pool(brand).committed == 24
    assert_all_holds()


def test_new_orders_overtake_those_who_wait() -> None:
    """Between arrival and release nobody grabs what somebody who waits can use: each unit goes to who waited."""
    brand = make_brand(stock_each=0, skus=("A",))
    waited = place(brand.ctx, *(draft([("A", 1)]) for _ in range(12)))
    came: list[int] = []

    def arrive() -> None:
        for _ in range(12):
            receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
            drain()

    def order() -> None:
        for n in range(12):
            came.extend(place(brand.ctx, draft([("A", 1)], reservation="x" if n % 2 else "")))
            hold(brand, f"grab-{n}-{len(came)}")

    answers = together(arrive, order, order)
    assert [a for a in answers if isinstance(a, Exception)] == []
    drain()
    held = queries.list_ids(brand.ctx, where=OrderFilter(view="held"))
    assert sorted(held) == sorted(came)
    assert set(waited).isdisjoint(held)
    assert (pool(brand).committed, pool(brand).reserved) == (12, 0)
    assert_all_holds()


def test_the_cart_holds_more_less_and_other_things_than_the_order() -> None:
    brand = make_brand(stock_each=5, skus=("A", "B", "C"))
    wants = [CartWant(brand.variants["A"], 4), CartWant(brand.variants["B"], 1)]
    assert carts.reserve(brand.ctx, token="t", wants=wants, until=SOON) == ()
    assert is_promised(brand, draft([("A", 1), ("C", 7)], reservation="t"))
    assert [(pool(brand, sku).reserved, pool(brand, sku).committed) for sku in "ABC"] == [(0, 1), (0, 0), (0, 7)]
    assert carts.get(brand.ctx, token="t").state == "ordered"
    with pytest.raises(Refused, match="reservation_used"):
        hold(brand, "t")
    assert hold(brand, "u", 2, "B")
    assert is_promised(brand, draft([("B", 9)], reservation="u"))
    assert_all_holds()


def test_a_token_of_another_brand_names_nothing() -> None:
    brand, other = make_brand(stock_each=1, skus=("A",)), make_ctx("Other")
    assert hold(brand, "t", 2)
    with pytest.raises(Refused, match="not_found"):
        carts.get(other, token="t")
    stranger = make_brand(stock_each=0, skus=("A",))
    assert not is_promised(stranger, draft([("A", 1)], reservation="t"))
    assert pool(brand).reserved == 2
    assert carts.get(brand.ctx, token="t").state == "open"


def test_an_order_that_is_refused_leaves_the_hold_and_one_that_comes_twice_takes_it_once() -> None:
    brand = make_brand(stock_each=5, skus=("A",))
    assert hold(brand, "t", 3)
    [refused] = intake.accept(brand.ctx, [draft([("nobody-knows", 1)], reservation="t")])
    assert isinstance(refused, NotAccepted)
    assert pool(brand).reserved == 3
    sent = draft([("A", 3)], reservation="t", external_id="once")
    [first] = intake.accept(brand.ctx, [sent])
    assert isinstance(first, Accepted)
    assert intake.accept(brand.ctx, [sent]) == [Duplicate(first.order_id)]
    assert (pool(brand).reserved, pool(brand).committed) == (0, 3)
    cancel.cancel(brand.ctx, order_id=first.order_id, reason="customer")
    assert pool(brand).available == 10
    assert_all_holds()


def test_an_order_that_is_short_ends_its_hold_and_waits_in_its_turn() -> None:
    brand = make_brand(stock_each=1, skus=("A", "B"))
    assert hold(brand, "t", 2)
    assert not is_promised(brand, draft([("A", 2), ("B", 9)], reservation="t"))
    assert (pool(brand).reserved, pool(brand).available, pool(brand, "B").waiting) == (0, 2, 9)
    assert_all_holds()


def test_a_cart_that_cannot_have_more_holds_what_it_held() -> None:
    brand = make_brand(stock_each=1, skus=("A",))
    assert hold(brand, "t", 1)
    assert not hold(brand, "t", 3)
    assert (pool(brand).reserved, carts.get(brand.ctx, token="t").state) == (1, "open")
    for minutes, qty in ((121, 1), (0, 1), (5, 1001), (5, 0)):
        with pytest.raises(Refused, match="invalid"):
            carts.reserve(
                brand.ctx, token="u", wants=[CartWant(brand.variants["A"], qty)], until=NOW + timedelta(minutes=minutes)
            )
    assert pool(brand).reserved == 1
