"""What a customer gets back, what is held, and what providers say: never above what was paid, never booked as it was not."""

from __future__ import annotations

import pytest

from doorstep.base.refusals import Refused
from doorstep.flows import edit_order
from doorstep.flows.edit_order import Added, Edit
from doorstep.orders import queries as orders
from doorstep.orders.values import PaymentState
from doorstep.payments import accounts, actions, queries, settling
from doorstep.payments.port import Told
from doorstep.payments.values import CallRow, CallState, RefundWish
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place
from tests.giving_back import back, holds, refunds, row_of
from tests.returning import arrived, ask, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def with_us(brand: Brand) -> int:
    """An order whose money a provider is to hold."""
    to = {"url": "http://127.0.0.1:9", "token": "x"}
    accounts.connect(brand.ctx, code="p", name="Payments", provider="sandbox_payment", settings=to)
    [order_id] = place(brand.ctx, draft([("A", 1)], payment_state=PaymentState.PENDING, payment_method="pm_card"))
    drain()
    return order_id


def newest(brand: Brand, order_id: int) -> CallRow:
    return queries.calls_of(brand.ctx, order_ids=[order_id])[0]


def answer(brand: Brand, order_id: int, minor: int, state: CallState = CallState.SUCCEEDED) -> bool:
    call = newest(brand, order_id)
    settling.begin(brand.ctx, call_id=call.id)
    told = Told(call.vendor_key, state, f"op_{call.id}", "pay_1", minor)
    news = settling.settle(brand.ctx, call_id=call.id, told=told)
    drain()
    return news


def facts_of(brand: Brand, kind: str) -> list[dict[str, object]]:
    return [dict(task.facts) for task in tasks.list_open(brand.ctx, kind=kind)]


def refund(brand: Brand, order_id: int, minor: int) -> CallRow:
    return actions.grant_refund(
        brand.ctx, order_id=order_id, wish=RefundWish(amount_minor=minor), key="k", subject=f"order:{order_id}", reason="late"
    )


def test_what_was_given_as_credit_is_not_refunded_as_well(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 2)]))
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2, outcome="store_credit"))
    drain()
    back(brand, return_id, 2)

    assert queries.bill_of(brand.ctx, order_id=order_id).refundable_minor == 0
    with pytest.raises(Refused, match="above_refundable"):
        refund(brand, order_id, 1)
    assert refunds(brand, order_id) == []
    assert queries.credit_balance(brand.ctx, customer_id=row_of(brand, return_id).customer_id) == {"EUR": 2000}
    holds(brand)


def test_what_was_refunded_is_not_given_as_credit_as_well(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 2)]))
    customer_id = orders.orders_by_id(brand.ctx, ids=[order_id])[order_id].customer_id
    refund(brand, order_id, 1500)

    def credit(minor: int) -> int:
        return actions.grant_credit(
            brand.ctx, customer_id=customer_id, order_id=order_id, amount_minor=minor, currency="EUR", key="c",
            subject=f"order:{order_id}",
        ).id  # fmt: skip

    with pytest.raises(Refused, match="above_refundable"):
        credit(501)
    assert queries.credit_balance(brand.ctx, customer_id=customer_id) == {}
    assert credit(500) == credit(500)
    assert queries.bill_of(brand.ctx, order_id=order_id).refundable_minor == 0
    holds(brand)


def test_an_order_that_grew_while_its_money_was_asked_for_is_collected_by_a_person(brand: Brand) -> None:
    order_id = with_us(brand)
    settling.begin(brand.ctx, call_id=newest(brand, order_id).id)
    version = orders.get(brand.ctx, id=order_id).version
    edit_order.apply(brand.ctx, order_id=order_id, version=version, edit=Edit(added=(Added("B", 3),)))
    drain()
    assert facts_of(brand, "collect_more") == []

    answer(brand, order_id, 1000)

    name = orders.get(brand.ctx, id=order_id).order.name
    assert facts_of(brand, "collect_more") == [{"order": name, "amount": "30.00 EUR"}]
    assert queries.payments_of(brand.ctx, order_ids=[order_id])[order_id].authorised_minor == 1000
    holds(brand)


@pytest.mark.parametrize("state", [CallState.SUCCEEDED, CallState.PENDING])
def test_another_amount_than_was_asked_for_is_booked_by_nobody_until_a_person_looked(
    brand: Brand, state: CallState
) -> None:
    order_id = with_us(brand)

    assert answer(brand, order_id, 400, state)
    assert not answer(brand, order_id, 400, state)

    call, payment = newest(brand, order_id), queries.payments_of(brand.ctx, order_ids=[order_id])[order_id]
    assert (call.state, call.problem, payment.authorised_minor) == ("unknown", "other_amount: 4.00 EUR", 0)
    name = orders.get(brand.ctx, id=order_id).order.name
    assert facts_of(brand, "look_at_payment") == [{"order": name, "asked": "10.00 EUR", "told": "4.00 EUR"}]
    assert orders.orders_by_id(brand.ctx, ids=[order_id])[order_id].on_hold
    holds(brand)

    assert answer(brand, order_id, 1000)
    assert queries.payments_of(brand.ctx, order_ids=[order_id])[order_id].authorised_minor == 1000
    assert facts_of(brand, "look_at_payment") == []
    holds(brand)


def test_a_partial_refund_of_the_provider_is_not_booked_whole(brand: Brand) -> None:
    order_id = with_us(brand)
    answer(brand, order_id, 1000)
    actions.want_capture(brand.ctx, order_id=order_id, key="c")
    answer(brand, order_id, 1000)
    refund(brand, order_id, 600)
    answer(brand, order_id, 600, CallState.PENDING)

    assert answer(brand, order_id, 200)

    payment = queries.payments_of(brand.ctx, order_ids=[order_id])[order_id]
    assert (newest(brand, order_id).state, payment.refunded_minor, payment.refund_open_minor) == ("unknown", 0, 600)
    assert len(facts_of(brand, "look_at_payment")) == 1
    holds(brand)
