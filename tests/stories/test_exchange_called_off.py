"""The order of an exchange is cancelled: what was sent back for it is refunded, before and after it was let go."""

from __future__ import annotations

import pytest

from doorstep.base import db
from doorstep.flows import cancel
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments.values import RefundWish
from doorstep.returns import queries, receiving
from doorstep.returns.values import LineRow
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, receive
from tests.giving_back import back, exchange_of, holds, pay_out, refunds, row_of, shirts, swap
from tests.returning import arrived, lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def line_of(brand: Brand, return_id: int) -> LineRow:
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    return line


def call_off(brand: Brand, return_id: int) -> None:
    cancel.cancel(brand.ctx, order_id=exchange_of(brand, return_id).id, reason="out of stock")
    drain()


def mails(return_id: int) -> list[str]:
    return db.column(
        "SELECT subject FROM messaging_message WHERE key = %s", [f"return:exchange_cancelled:{return_id}"]
    )


def test_before_the_goods_are_back_they_are_refunded_when_they_come(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))
    return_id = swap(brand, order_id, made["SHIRT-M"])
    drain()

    call_off(brand, return_id)
    assert refunds(brand, order_id) == []
    assert mails(return_id) == ["반품 R1001: 교환 대신 환불해 드립니다"]
    back(brand, return_id, 1)

    assert refunds(brand, order_id) == [(1000, f"return:{return_id}")]
    assert (line_of(brand, return_id).outcome, line_of(brand, return_id).settled) == ("refund_original", 1)
    assert (row_of(brand, return_id).goods, row_of(brand, return_id).money) == ("processed", "granted")
    pay_out(brand, order_id)
    assert (row_of(brand, return_id).goods, row_of(brand, return_id).money) == ("closed", "succeeded")
    assert tasks.list_open(brand.ctx, kind="return_money") == []
    holds(brand)


def test_after_the_return_was_closed_it_is_refunded_at_once(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))
    return_id = swap(brand, order_id, made["SHIRT-M"])
    drain()
    back(brand, return_id, 1)
    assert row_of(brand, return_id).goods == "closed"

    call_off(brand, return_id)

    assert refunds(brand, order_id) == [(1000, f"return:{return_id}")]
    assert len(mails(return_id)) == 1
    pay_out(brand, order_id)
    assert (row_of(brand, return_id).goods, row_of(brand, return_id).money) == ("closed", "succeeded")
    holds(brand)


def test_what_was_granted_for_the_cheaper_one_is_not_granted_twice(brand: Brand) -> None:
    made = shirts(brand)
    receive(brand.ctx, made["SHIRT-XS"], brand.berlin, 5)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1), ("A", 3)]))
    return_id = swap(brand, order_id, made["SHIRT-XS"])
    drain()
    back(brand, return_id, 1)
    assert refunds(brand, order_id) == [(300, f"return:{return_id}")]

    call_off(brand, return_id)

    assert refunds(brand, order_id) == [(300, f"return:{return_id}"), (700, f"return:{return_id}")]
    assert tasks.list_open(brand.ctx, kind="return_money") == []
    assert money.bill_of(brand.ctx, order_id=order_id).refundable_minor == 3000
    holds(brand)


def test_units_that_were_refunded_meanwhile_are_exchanged_only_by_a_person(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))
    return_id = swap(brand, order_id, made["SHIRT-M"])
    units = RefundWish({lines(brand.ctx, order_id)["SHIRT-S"].id: 1})
    payments.grant_refund(
        brand.ctx, order_id=order_id, wish=units, key="gift", subject=f"order:{order_id}", reason="goodwill"
    )
    drain()

    back(brand, return_id, 1)

    [task] = tasks.list_open(brand.ctx, kind="exchange_refunded")
    assert (task.subject, exchange_of(brand, return_id).on_hold) == (f"return:{return_id}", True)
    call_off(brand, return_id)
    assert refunds(brand, order_id) == [(1000, f"order:{order_id}")]
    assert tasks.list_open(brand.ctx) == []
    assert (line_of(brand, return_id).settled, row_of(brand, return_id).goods) == (1, "closed")
    holds(brand)


def test_where_nothing_came_back_nothing_is_refunded(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))
    return_id = swap(brand, order_id, made["SHIRT-M"])
    drain()

    back(brand, return_id, 1, word="missing")

    assert exchange_of(brand, return_id).state == "cancelled"
    assert (line_of(brand, return_id).outcome, refunds(brand, order_id)) == ("exchange_variant", [])
    assert mails(return_id) == []
    holds(brand)


def test_where_a_part_came_back_that_part_is_refunded_and_the_question_is_over(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 2)]))
    return_id = swap(brand, order_id, made["SHIRT-M"], qty=2)
    drain()
    back(brand, return_id, 1)
    receiving.close_short(brand.ctx, return_id=return_id)
    drain()
    assert len(tasks.list_open(brand.ctx, kind="exchange_short")) == 1

    call_off(brand, return_id)

    assert refunds(brand, order_id) == [(1000, f"return:{return_id}")]
    assert tasks.list_open(brand.ctx, kind="exchange_short") == []
    holds(brand)


def test_an_exchange_for_somebody_who_was_erased_since_waits_for_who_says_where_to(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))
    recipients.expect(brand.ctx, keep_days={order_id: 30})
    recipients.erase(brand.ctx, order_ids=[order_id])
    exchange_id = exchange_of(brand, swap(brand, order_id, made["SHIRT-M"])).id
    held = {hold.reason: hold.detail for hold in orders.get(brand.ctx, id=exchange_id).holds}
    assert held["incorrect_address"] == {"address_erased": True}
    assert "awaiting_return_items" in held
