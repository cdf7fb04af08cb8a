"""Whose order is called off hears of it, and what becomes of the money."""

from __future__ import annotations

import pytest

from doorstep.base.ctx import Actor, Ctx
from doorstep.flows import cancel
from doorstep.messaging import queries as mails
from doorstep.messaging.values import MessageRow
from doorstep.orders.values import PaymentState
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop
from tests.factories import draft, make_brand, place

pytestmark = pytest.mark.django_db


def told(ctx: Ctx, order_id: int) -> list[MessageRow]:
    found = mails.messages_of(ctx, timelines=[f"order:{order_id}"])
    return [mail for mail in found if mail.template == "cancelled"]


def test_a_cancelled_order_told_its_customer_nothing() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    cancel.cancel(brand.ctx, order_id=order_id, reason="asked")
    drain()

    [mail] = told(brand.ctx, order_id)
    assert mail.language == "ko"
    assert "취소" in mail.subject
    assert "€20.00" in mail.text


def test_what_was_never_paid_is_not_given_back() -> None:
    brand = make_brand()
    pending, held = place(
        brand.ctx,
        draft([("A", 1)], external_id="1", payment_state=PaymentState.PENDING),
        draft([("A", 1)], external_id="2", payment_state=PaymentState.AUTHORISED),
    )
    for order_id in (pending, held):
        cancel.cancel(brand.ctx, order_id=order_id, reason="asked")
    drain()

    assert "청구된 금액이 없습니다" in told(brand.ctx, pending)[0].text
    assert "승인된 금액은 해제" in told(brand.ctx, held)[0].text


def test_what_the_shop_called_off_the_shop_tells() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    [order_id] = place(brand.ctx, draft([("A", 1)], connection_id=shop.id))
    cancel.cancel(brand.ctx.as_actor(Actor("channel", shop.id, "Shop")), order_id=order_id, reason="called off")
    drain()

    assert told(brand.ctx, order_id) == []
