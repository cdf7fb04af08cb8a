"""The one way in: what it promises, and that a slow and obvious twin promises the same."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from doorstep.base import db, outbox
from doorstep.base.ctx import SYSTEM, Actor
from doorstep.base.refusals import Refused
from doorstep.flows import intake
from doorstep.orders import queries
from doorstep.orders.placing import Accepted, Duplicate, NotAccepted
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderDraft, PaymentState
from doorstep.stock import actions as booking
from doorstep.stock import queries as stock
from doorstep.stock.values import Change, MovementKind
from tests.audit import assert_all_holds
from tests.factories import draft, make_brand, make_ctx, make_location, make_variants, place, receive

pytestmark = pytest.mark.django_db


def test_an_order_takes_its_units_from_the_pool() -> None:
    brand = make_brand(stock_each=10)
    [answer] = intake.accept(brand.ctx, [draft([("A", 3), ("B", 1)])])
    assert isinstance(answer, Accepted)
    assert answer.short_of == ()
    pool = stock.pool_of(brand.ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]]
    assert (pool.on_hand, pool.committed, pool.available) == (20, 3, 17)
    assert_all_holds()


def test_the_same_order_twice_is_one_order() -> None:
    brand = make_brand()
    first = draft(external_id="1001")
    [accepted] = intake.accept(brand.ctx, [first])
    assert isinstance(accepted, Accepted)
    assert intake.accept(brand.ctx, [first]) == [Duplicate(accepted.order_id)]
    assert stock.pool_of(brand.ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]].committed == 1


def test_the_same_external_id_with_other_contents_is_refused() -> None:
    brand = make_brand()
    place(brand.ctx, draft([("A", 1)], external_id="1001"))
    [answer] = intake.accept(brand.ctx, [draft([("A", 2)], external_id="1001")])
    assert isinstance(answer, NotAccepted)
    assert answer.refusal.code == "external_id_reused"


def test_twice_in_one_batch_is_one_order_too() -> None:
    brand = make_brand()
    same = draft(external_id="7")
    first, second, other = intake.accept(brand.ctx, [same, same, draft([("A", 5)], external_id="7")])
    assert isinstance(first, Accepted)
    assert second == Duplicate(first.order_id)
    assert isinstance(other, NotAccepted)


def test_one_bad_line_never_blocks_the_rest() -> None:
    brand = make_brand()
    good, bad, good_too = intake.accept(brand.ctx, [draft(), draft([("nobody-knows", 1)]), draft()])
    assert isinstance(good, Accepted)
    assert isinstance(good_too, Accepted)
    assert isinstance(bad, NotAccepted)
    assert bad.refusal.code == "unknown_sku"
    assert bad.facts == {"sku": "nobody-knows"}


def test_an_order_that_comes_to_less_than_nothing_is_refused_whoever_sends_it() -> None:
    brand = make_brand()
    fair = draft(external_id="1001")
    answers = intake.accept(brand.ctx, [replace(fair, external_id="1002", discount_minor=fair.subtotal_minor + 10_000), fair])
    assert isinstance(answers[0], NotAccepted)
    assert answers[0].refusal.code == "total_below_nothing"
    assert isinstance(answers[1], Accepted)
    assert [row.external_id for row in queries.list_orders(brand.ctx, where=OrderFilter())] == ["1001"]


def test_an_order_that_is_short_is_held_and_takes_nothing() -> None:
    brand = make_brand(stock_each=1)
    [answer] = intake.accept(brand.ctx, [draft([("A", 1), ("B", 5)])])
    assert isinstance(answer, Accepted)
    assert answer.short_of == ("B",)
    assert stock.pool_of(brand.ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]].committed == 0
    assert db.scalar("SELECT reason FROM orders_hold") == "inventory_out_of_stock"
    assert_all_holds()


def test_the_house_holds_what_a_key_placed() -> None:
    brand = make_brand(stock_each=1)
    till = brand.ctx.as_actor(Actor("api_key", 7, "Till"))
    [short, pending] = place(till, draft([("B", 5)]), draft([("A", 1)], payment_state=PaymentState.PENDING))
    for order_id in (short, pending):
        who = {event.type: event.actor for event in outbox.timeline(brand.ctx, of=[f"order:{order_id}"])}
        assert who["order.placed"] == till.actor
        assert who["order.held"] == SYSTEM
        (hold,) = queries.get(brand.ctx, id=order_id).holds
        assert hold.by == "Doorstep"


def test_a_pool_that_is_full_elsewhere_is_no_stock_here() -> None:
    ctx = make_ctx()
    make_location(ctx, "BER", "DE", serves=("DE",))
    seoul = make_location(ctx, "SEL", "KR", serves=("KR",))
    variant = make_variants(ctx, ["A"])["A"]
    receive(ctx, variant, seoul, 5)
    here, there = intake.accept(ctx, [draft([("A", 1)], country="DE"), draft([("A", 1)], country="KR")])
    assert isinstance(here, Accepted)
    assert here.short_of == ("A",)
    assert isinstance(there, Accepted)
    assert there.short_of == ()


def test_what_was_promised_a_moment_ago_is_promised_where_it_can_come_from() -> None:
    """Promises have no place before they are routed: whom only Seoul can serve gets what lies in Seoul, and no more."""
    ctx = make_ctx()
    berlin = make_location(ctx, "BER", "DE", serves=("DE",))
    seoul = make_location(ctx, "SEL", "KR", serves=("KR",))
    variant = make_variants(ctx, ["A"])["A"]
    for at in (berlin, seoul):
        receive(ctx, variant, at, 5)

    def short(country: str, units: int) -> bool:
        [answer] = intake.accept(ctx, [draft([("A", units)], country=country)])
        assert isinstance(answer, Accepted)
        return bool(answer.short_of)

    assert not short("KR", 4)
    assert short("KR", 2)
    assert not short("DE", 5)
    assert not short("KR", 1)
    assert short("KR", 1)
    assert short("DE", 1)
    assert_all_holds()


def test_what_a_promise_without_a_place_needs_is_not_adjusted_or_sent_away() -> None:
    ctx = make_ctx()
    make_location(ctx, "BER", "DE", serves=("DE",))
    seoul = make_location(ctx, "SEL", "KR", serves=("KR",))
    busan = make_location(ctx, "PUS", "KR", serves=("KR",))
    variant = make_variants(ctx, ["A"])["A"]
    receive(ctx, variant, seoul, 5)
    receive(ctx, variant, busan, 3)
    place(ctx, draft([("A", 6)], country="KR"))  # from wherever: two are to spare
    gone = [Change(variant, seoul, on_hand=-3)]
    with pytest.raises(Refused, match="2"):
        booking.change(ctx, changes=gone, kind=MovementKind.ADJUSTMENT, reason="lost", reference="test")
    two = [Change(variant, seoul, on_hand=-1), Change(variant, busan, damaged=1)]
    booking.change(ctx, changes=two, kind=MovementKind.ADJUSTMENT, reason="lost", reference="test")
    one = [Change(variant, busan, on_hand=-1)]
    with pytest.raises(Refused):
        booking.change(ctx, changes=one, kind=MovementKind.ADJUSTMENT, reason="lost", reference="test")
    assert_all_holds()


orders = st.lists(
    st.tuples(
        st.integers(1, 6),  # external id: repeats happen
        st.lists(st.tuples(st.sampled_from(["A", "B", "C", "?"]), st.integers(1, 4)), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=8,
)


def slow_twin(stock_each: dict[str, int], drafts: list[OrderDraft]) -> list[str]:
    """What one careful clerk would answer, order by order."""
    left, seen, answers = dict(stock_each), {}, []
    for d in drafts:
        contents = [(line.sku, line.qty) for line in d.lines]
        if d.external_id in seen:
            answers.append("duplicate" if seen[d.external_id] == contents else "reused")
            continue
        if any(sku not in left for sku, _ in contents):
            answers.append("unknown")
            continue
        seen[d.external_id] = contents
        need = Counter[str]()
        for sku, qty in contents:
            need[sku] += qty
        short = [sku for sku, qty in need.items() if left[sku] < qty]
        answers.append("short" if short else "accepted")
        if not short:
            for sku, qty in need.items():
                left[sku] -= qty
    return answers


class TestAgainstTheTwin(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(wanted=orders, cut=st.integers(0, 8), each=st.integers(0, 6))
    def test_batches_of_any_size_answer_like_the_slow_twin(
        self, wanted: list[tuple[int, list[tuple[str, int]]]], cut: int, each: int
    ) -> None:
        brand = make_brand(stock_each=each)
        drafts = [draft(lines, external_id=str(number)) for number, lines in wanted]
        expected = slow_twin(dict.fromkeys("ABC", 2 * each), drafts)
        answers = [*intake.accept(brand.ctx, drafts[:cut]), *intake.accept(brand.ctx, drafts[cut:])]
        assert [word(a) for a in answers] == expected
        assert_all_holds()


def word(answer: object) -> str:
    if isinstance(answer, Accepted):
        return "short" if answer.short_of else "accepted"
    if isinstance(answer, Duplicate):
        return "duplicate"
    assert isinstance(answer, NotAccepted)
    return {"external_id_reused": "reused", "unknown_sku": "unknown"}[answer.refusal.code]


@pytest.mark.django_db(transaction=True)
def test_concurrent_reservation_never_oversubscribes() -> None:
    """medusa #16569, vendure #3508, woocommerce #12467, #27953, nopCommerce #4184."""
    brand = make_brand(stock_each=10, skus=["A"])
    answers: list[object] = []
    lock = threading.Lock()

    def buy(first: int) -> None:
        try:
            for i in range(10):
                got = intake.accept(brand.ctx, [draft([("A", 1)], external_id=f"{first}-{i}", email=f"{i}@example.com")])
                with lock:
                    answers.extend(got)
        finally:
            connection.close()

    threads = [threading.Thread(target=buy, args=[n]) for n in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    words = Counter(word(a) for a in answers)
    assert words == {"accepted": 20, "short": 40}
    assert_all_holds()


def test_a_line_without_a_title_gets_the_one_that_we_know() -> None:
    brand = make_brand()
    told = draft([("A", 1), ("B", 1)])
    told = replace(told, lines=[replace(told.lines[0], title=""), told.lines[1]])
    [order_id] = place(brand.ctx, told)
    assert [line.title for line in queries.lines_of(brand.ctx, order_ids=[order_id])] == ["Thing A", "Thing B"]
