"""An order is found by its number as people type it, however many came after it, and only by whoever it belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.customers import queries as customers
from doorstep.flows import fresh_link, wismo
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.orders.rules import plain_number
from tests.factories import NOW, draft, make_brand, place
from tests.mails import CUSTOMER, bring, conversations, mail

pytestmark = pytest.mark.django_db


def test_a_number_is_typed_with_or_without_its_sign_and_in_any_case() -> None:
    assert [plain_number(typed) for typed in ("#E77", " # e77 ", "e77", "#", "")] == ["e77", "e77", "e77", "", ""]


def test_the_orders_of_a_customer_are_found_by_name_and_by_the_shops_own_id() -> None:
    ctx, other = make_brand().ctx, make_brand().ctx
    [named] = place(ctx, replace(draft(external_id="gid-5001"), name="#E77001"))
    place(ctx, draft(external_id="E77001", email="other@example.com"))
    place(other, draft(external_id="E77001"))
    customer_id = queries.get(ctx, id=named).order.customer_id

    def found(*numbers: str) -> list[int]:
        return [row.id for row in queries.find_named(ctx, customer_id=customer_id, numbers=numbers)]

    assert found("#e77001") == found("E77001", "nothing") == found(" GID-5001") == [named]
    assert found() == found("", "#") == found("E7700") == []


def test_an_order_with_two_hundred_after_it_is_found_at_every_door() -> None:
    ctx = make_brand(stock_each=1000).ctx
    old = replace(draft(external_id="E77001", email=CUSTOMER), placed_at=NOW - timedelta(days=400))
    oldest, *_ = place(ctx, old, *[draft(email=CUSTOMER) for _ in range(200)])

    order = fresh_link.find_order(ctx, number="#e77001", email=CUSTOMER)
    answer = wismo.answer(ctx, address=CUSTOMER, text="Where is my order #E77001?")
    bring(ctx, mail("주문번호 E77001은 언제 오나요?"))

    assert order is not None
    assert answer is not None
    assert (order.id, answer.order_ids) == (oldest, (oldest,))
    assert [row.order_id for row in conversations(ctx)] == [oldest]
    assert [row.id for row in queries.list_orders(ctx, where=OrderFilter(text="e77001", number="#E77001"), limit=1)] == [oldest]
    assert customers.find_by_identity(ctx, kind="email", value=CUSTOMER) == order.customer_id
