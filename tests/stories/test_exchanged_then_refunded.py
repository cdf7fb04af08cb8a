"""Units for which a return gave another variant have had their worth: no refund without a return offers it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.base.refusals import Refused
from doorstep.flows import cancel, refund
from doorstep.payments.values import RefundWish
from doorstep.returns import queries
from doorstep.returns.values import ReturnFilter
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key
from tests.factories import Brand, draft, make_brand, signed_in, together
from tests.giving_back import back, exchange_of, holds, refunds, row_of, shirts, swap
from tests.returning import arrived, lines

pytestmark = pytest.mark.django_db


def a_brand() -> Brand:
    """A brand whose clock is that of the pages."""
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))


@pytest.fixture
def brand() -> Brand:
    return a_brand()


def sold(brand: Brand, qty: int) -> tuple[int, int]:
    """An order of shirts that arrived, and its line."""
    order_id = arrived(brand.ctx, draft([("SHIRT-S", qty)]), at=brand.ctx.now - timedelta(days=3))
    return order_id, lines(brand.ctx, order_id)["SHIRT-S"].id


def swapped(brand: Brand, qty: int, *, of: int) -> tuple[int, int, int]:
    """Shirts of which some came back and were exchanged: the order, its line, the return."""
    made = shirts(brand)
    order_id, line_id = sold(brand, of)
    return_id = swap(brand, order_id, made["SHIRT-M"], qty=qty)
    drain()
    back(brand, return_id, qty)
    drain()
    return order_id, line_id, return_id


def test_an_agent_is_not_offered_them_and_cannot_grant_them(brand: Brand) -> None:
    order_id, line_id, _ = swapped(brand, 1, of=2)
    client = signed_in(brand.ctx)

    dialog = client.get(f"/orders/{order_id}/refund/ask/").content.decode()
    quoted = client.get(f"/orders/{order_id}/refund/quote/", {f"line-{line_id}": "2"}).content.decode()
    with pytest.raises(Refused, match="too_many_units"):
        refund.grant(brand.ctx, order_id=order_id, wish=RefundWish({line_id: 2}), key="k", reason="goodwill")

    assert f'name="line-{line_id}"' in dialog
    assert 'max="1"' in dialog
    assert "2 units of SHIRT-S cannot be refunded: 1 are left." in quoted
    assert refunds(brand, order_id) == []


def test_what_is_left_beside_them_is_refunded_to_the_cent(brand: Brand) -> None:
    order_id, line_id, _ = swapped(brand, 1, of=2)

    for _ in range(2):
        refund.grant(brand.ctx, order_id=order_id, wish=RefundWish({line_id: 1}), key="k", reason="goodwill")

    assert refunds(brand, order_id) == [(1000, f"order:{order_id}")]
    holds(brand)


def test_the_api_refuses_them_too(brand: Brand) -> None:
    order_id, line_id, _ = swapped(brand, 1, of=1)
    body = {"lines": [{"line_id": line_id, "qty": 1}]}

    answer = Api(brand, make_key(brand)).post(f"/orders/{order_id}/refunds", body, idempotency_key="k1")

    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_units")
    assert refunds(brand, order_id) == []


def test_an_exchange_that_comes_to_nothing_is_refunded_once_and_is_left_no_more(brand: Brand) -> None:
    order_id, line_id, return_id = swapped(brand, 1, of=1)
    cancel.cancel(brand.ctx, order_id=exchange_of(brand, return_id).id, reason="out")
    drain()

    assert refunds(brand, order_id) == [(1000, f"return:{return_id}")]
    with pytest.raises(Refused, match="too_many_units"):
        refund.grant(brand.ctx, order_id=order_id, wish=RefundWish({line_id: 1}), key="k", reason="goodwill")
    holds(brand)


def test_what_an_agent_refunded_is_exchanged_by_no_door(brand: Brand) -> None:
    made = shirts(brand)
    order_id, line_id = sold(brand, 1)
    refund.grant(brand.ctx, order_id=order_id, wish=RefundWish({line_id: 1}), key="k", reason="goodwill")
    drain()
    body = {
        "client_id": "wish-0001",
        "lines": [{"order_line_id": line_id, "qty": 1, "reason": "too_small", "outcome": "exchange_variant",
                   "exchange_variant_id": made["SHIRT-M"]}],
    }  # fmt: skip

    answer = Api(brand, make_key(brand)).post(f"/orders/{order_id}/returns", body)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_units")
    assert queries.list_returns(brand.ctx, where=ReturnFilter()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_an_agent_and_the_warehouse_at_the_same_moment_give_its_worth_once(turn: int) -> None:
    brand = a_brand()
    made = shirts(brand)
    order_id, line_id = sold(brand, 1)
    return_id = swap(brand, order_id, made["SHIRT-M"])
    drain()
    wish = RefundWish({line_id: 1})

    together(
        lambda: (back(brand, return_id, 1), drain()),
        lambda: refund.grant(brand.ctx, order_id=order_id, wish=wish, key="k", reason="goodwill"),
    )
    drain()

    given = sum(minor for minor, _ in refunds(brand, order_id))
    asked = [task.kind for task in tasks.tasks_about(brand.ctx, subjects=[f"return:{return_id}"])]
    is_exchanged = queries.exchanged_of(brand.ctx, order_line_ids=[line_id]) == {line_id: 1}
    assert (given, is_exchanged, asked) in ((1000, False, ["exchange_refunded"]), (0, True, []))
    assert row_of(brand, return_id).decision == "approved"
    holds(brand)


def test_a_free_amount_stays_possible_within_what_was_paid(brand: Brand) -> None:
    order_id, _, _ = swapped(brand, 1, of=1)

    refund.grant(brand.ctx, order_id=order_id, wish=RefundWish(amount_minor=300), key="k", reason="goodwill")

    assert refunds(brand, order_id) == [(300, f"order:{order_id}")]
