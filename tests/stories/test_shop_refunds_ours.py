"""Refunds that were decided here and that the shop tells back, or pays out: each counts once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorstep.base import outbox
from doorstep.base.money import Money
from doorstep.base.outbox import Happened
from doorstep.channels import actions as channels
from doorstep.channels import heard, queries
from doorstep.channels.port import RefundTold
from doorstep.channels.values import NoticeWish
from doorstep.flows import hear_refunds, tell_returns, tell_shops
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments.values import RefundWish
from tests.selling import Selling, selling_at, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[Selling]:
    with selling_at() as made:
        yield made


def grant(selling: Selling, minor: int, key: str) -> int:
    """A refund that a person decided here and is to pay out."""
    id = selling.order().order.id
    wish = RefundWish(amount_minor=minor)
    return payments.grant_refund(selling.ctx, order_id=id, wish=wish, key=key, subject=f"order:{id}", reason="goodwill").id


def tell(selling: Selling, refund_id: int) -> str:
    """Tells the shop of a refund of ours.  Returns: the key."""
    row = money.get_call(selling.ctx, call_id=refund_id)
    order = selling.order().order
    key = f"refunded:refund:{refund_id}"
    said = {"external_id": order.external_id, "key": key, "amount_minor": row.amount_minor, "currency": row.currency}
    wish = NoticeWish(selling.connection.id, key, tell_shops.REFUNDED, f"refund:{refund_id}", f"order:{order.id}", said)
    (notice,) = channels.intend(selling.ctx, wishes=[wish])
    tell_shops.tell(selling.ctx, notice_id=notice)
    return key


def test_a_refund_of_ours_that_the_shop_tells_back_counts_once(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    ours = payments.confirm_refund(selling.ctx, refund_id=grant(selling, 500, "ours")).id
    key = tell(selling, ours)
    assert [one["key"] for one in selling.now_there(order)["refunds"]] == [key]
    selling.hear()
    assert selling.refunded() == [(500, "succeeded")]
    selling.refunds(order, "5.00")
    selling.hear()
    assert selling.refunded() == [(500, "succeeded"), (500, "succeeded")]
    assert selling.payment().refunded_minor == 1000


def test_a_shop_that_keeps_no_keys_tells_ours_back_by_its_amount_and_each_of_them_once(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    for name in "xy":
        tell(selling, payments.confirm_refund(selling.ctx, refund_id=grant(selling, 500, name)).id)
    some = [RefundTold(str(order["id"]), f"70{n}", Money(500, "EUR")) for n in range(3)]
    assert told(selling, some[0])[1]["reason"] == hear_refunds.OURS
    assert told(selling, some[0], some[1])[1]["reason"] == hear_refunds.OURS
    assert selling.payment().refunded_minor == 1000
    assert told(selling, some[2])[0] == "processed"
    assert selling.payment().refunded_minor == 1500


def test_our_key_as_the_reason_of_a_refund_is_ours_whatever_the_amount(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    key = tell(selling, payments.confirm_refund(selling.ctx, refund_id=grant(selling, 500, "x")).id)
    outcome, detail = told(selling, RefundTold(str(order["id"]), "71", Money(499, "EUR"), reason=key))
    assert (outcome, detail["reason"]) == ("processed", hear_refunds.OURS)
    assert selling.payment().refunded_minor == 500


def test_a_refund_that_a_person_was_to_pay_out_is_paid_out_by_the_shops(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    waiting = grant(selling, 700, "by-hand")
    selling.refunds(order, "7.00")
    selling.hear()
    assert selling.refunded() == [(700, "succeeded")]
    assert money.get_call(selling.ctx, call_id=waiting).state == "succeeded"
    assert heard.heard_refunds(selling.ctx, refund_ids=[waiting]) == {waiting}


def test_a_refund_that_leaves_no_room_takes_back_what_nobody_has_paid_out(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    waiting = grant(selling, 700, "by-hand")
    selling.refunds(order, "20.00")
    selling.hear()
    assert selling.refunded() == [(700, "failed"), (2000, "succeeded")]
    assert money.get_call(selling.ctx, call_id=waiting).state == "failed"
    assert selling.order().order.payment_state == "refunded"


def test_an_order_called_off_with_what_was_given_back_for_it_is_refunded_once(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    selling.shop.post(f"/orders/{order['id']}/cancel", {})
    selling.hear()
    assert selling.refunded() == [(2000, "succeeded")]
    outcome, detail = told(selling, RefundTold(str(order["id"]), "72", Money(2000, "EUR")))
    assert (outcome, detail["reason"]) == ("processed", hear_refunds.OURS)
    assert selling.refunded() == [(2000, "succeeded")]


def test_a_shop_is_not_told_of_a_refund_that_it_paid_out_itself(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    waiting = grant(selling, 700, "by-hand")
    selling.refunds(order, "7.00")
    selling.hear()
    id = selling.order().order.id
    fact = {"amount_minor": 700, "currency": "EUR", "about": "return:1"}
    outbox.record(selling.ctx, [Happened("refund.succeeded", f"refund:{waiting}", f"order:{id}", fact)])
    (event,) = [e for e in outbox.timeline(selling.ctx, of=[f"order:{id}"]) if e.data.get("about") == "return:1"]
    tell_returns.refunded(selling.ctx, [event])
    assert queries.list_notices(selling.ctx, connection_id=selling.connection.id) == []
