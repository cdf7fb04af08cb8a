"""A shop gives money back by itself: it counts here once, in whatever order it is told, and what it was for is not sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doorstep.base import arrivals
from doorstep.base.money import Money
from doorstep.channels.port import RefundTold
from doorstep.flows import compose, hear_refunds, ship
from doorstep.flows.compose import Contained
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment import queries as floor_queries
from doorstep.payments import queries as money
from doorstep.worker import dispatch
from tests.factories import make_variants
from tests.returning import label
from tests.selling import Selling, selling_at, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[Selling]:
    with selling_at() as made:
        yield made


def test_a_part_refunded_before_it_ships_is_taken_off_with_its_stock_and_its_money(selling: Selling) -> None:
    order = selling.sells(A=3, B=1)
    selling.hear()
    selling.refunds(order, "10.00", A=1)
    selling.hear()
    assert selling.units() == {"A": 2, "B": 1}
    assert selling.committed() == {"A": 2, "B": 1}
    assert selling.refunded() == [(1000, "succeeded")]
    assert selling.order().order.payment_state == "partially_refunded"
    assert (selling.payment().refunded_minor, selling.payment().refundable_minor) == (1000, 3000)


def test_a_shop_that_keeps_a_fee_is_not_made_to_pay_the_rest_too(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    selling.refunds(order, "8.00", A=1)
    selling.hear()
    assert selling.units() == {"A": 2}
    assert selling.refunded() == [(800, "succeeded")]


def test_a_goodwill_refund_leaves_the_goods_as_they_are(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    selling.refunds(order, "5.00", "sorry")
    selling.hear()
    assert (selling.units(), selling.committed(), selling.refunded()) == ({"A": 2}, {"A": 2}, [(500, "succeeded")])


def test_a_part_refunded_after_it_shipped_moves_money_alone_and_its_units_are_refunded_no_second_time(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    selling.ship()
    selling.refunds(order, "10.00", A=1)
    selling.hear()
    assert selling.units() == {"A": 2}
    assert selling.order().order.fulfilment_state == "fulfilled"
    assert selling.refunded() == [(1000, "succeeded")]
    (line,) = selling.order().lines
    assert money.bill_of(selling.ctx, order_id=selling.order().order.id).before == {line.id: 1}


def test_of_an_order_that_left_in_part_the_money_is_noted_and_a_person_decides_about_the_goods(selling: Selling) -> None:
    order = selling.sells(A=1, B=12)  # no place has so many, so it goes in two parts
    selling.hear()
    first, *others = selling.order().fulfilment_orders
    assert others
    leave_part(selling, first.id)
    selling.refunds(order, "20.00", B=2)
    assert selling.deliver("refund", selling.now_there(order)) == "refused"
    assert selling.units() == {"A": 1, "B": 12}
    assert selling.refunded() == [(2000, "succeeded")]


def leave_part(selling: Selling, part_id: int) -> None:
    for task in floor_queries.tasks_of_orders(selling.ctx, fulfilment_order_ids=[part_id]):
        for n in range(task.qty):
            selling.scan(task.pick_list_id, task.sku, f"{task.id}-{n}")
    parcel_id = floor.pack(selling.ctx, fulfilment_order_id=part_id)
    assert parcel_id is not None
    label(selling.ctx, parcel_id)
    ship.hand_over(selling.ctx, parcel_ids=[parcel_id])
    dispatch.drain()


def test_an_order_refunded_whole_before_it_ships_is_off(selling: Selling) -> None:
    order = selling.sells(A=2, B=1)
    selling.hear()
    selling.refunds(order, "30.00", A=2, B=1)
    selling.hear()
    assert (selling.order().order.state, selling.order().order.payment_state) == ("cancelled", "refunded")
    assert selling.committed() == {}
    assert selling.refunded() == [(3000, "succeeded")]


def test_an_order_refunded_whole_after_it_shipped_is_refunded_and_stays_sent(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    selling.ship()
    selling.refunds(order, "20.00", A=2)
    selling.hear()
    assert (selling.order().order.state, selling.order().order.payment_state) == ("open", "refunded")
    assert selling.units() == {"A": 2}


def test_a_whole_order_taken_off_for_less_than_it_cost_leaves_the_rest_with_the_shop(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    selling.refunds(order, "18.00", A=2)
    selling.hear()
    assert (selling.order().order.state, selling.order().order.payment_state) == ("cancelled", "partially_refunded")
    assert selling.refunded() == [(1800, "succeeded")]


def test_a_refund_told_twice_and_an_older_state_told_later_change_nothing(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    selling.refunds(order, "10.00", A=1)
    after_one = selling.now_there(order)
    selling.refunds(order, "10.00", A=1)
    after_two = selling.now_there(order)
    assert selling.deliver("second", after_two) == "processed"
    assert selling.deliver("again", after_two) == "ignored"
    assert selling.deliver("first", after_one) == "ignored"
    assert selling.deliver("created", order, "orders/create") == "ignored"
    assert selling.units() == {"A": 1}
    assert selling.refunded() == [(1000, "succeeded"), (1000, "succeeded")]


def test_a_refund_that_comes_before_its_order_is_kept_and_done_when_the_order_comes(selling: Selling) -> None:
    order = selling.sells(A=3)
    refund = RefundTold(str(order["id"]), "900", Money(1000, "EUR"), (("A", "A", 1),), key="")
    outcome, detail = told(selling, refund)
    assert (outcome, detail["reason"]) == ("ignored", hear_refunds.KEPT)
    assert told(selling, refund)[0] == "ignored"
    selling.hear()
    assert selling.units() == {"A": 2}
    assert selling.committed() == {"A": 2}
    assert selling.refunded() == [(1000, "succeeded")]


def test_an_order_that_comes_with_refunds_is_as_it_is_there(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.refunds(order, "10.00", A=1)
    selling.hear()
    assert selling.units() == {"A": 2}
    assert selling.refunded() == [(1000, "succeeded")]
    assert selling.order().order.payment_state == "partially_refunded"


def test_an_order_that_comes_refunded_whole_is_off_and_refunded_once(selling: Selling) -> None:
    order = selling.sells(A=1)
    selling.refunds(order, "10.00", A=1)
    selling.hear()
    assert (selling.order().order.state, selling.order().order.payment_state) == ("cancelled", "refunded")
    assert selling.payment().refunded_minor == 1000


def test_more_than_was_taken_is_never_noted(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    refund = RefundTold(str(order["id"]), "901", Money(5000, "EUR"), key="")
    outcome, detail = told(selling, refund)
    assert (outcome, detail["reason"]) == ("processed", hear_refunds.NOT_ALL)
    assert selling.refunded() == [(2000, "succeeded")]
    assert selling.order().order.payment_state == "refunded"
    assert told(selling, replace(refund, refund_id="902"))[1]["reason"] == hear_refunds.NOT_ALL
    assert selling.refunded() == [(2000, "succeeded")]


def test_a_refund_in_another_currency_is_a_persons(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    outcome, detail = told(selling, RefundTold(str(order["id"]), "903", Money(1000, "USD"), (("A", "A", 1),), key=""))
    assert (outcome, detail["code"]) == ("refused", "refund_in_other_currency")
    assert (selling.refunded(), selling.units()) == ([], {"A": 2})


def test_money_that_went_back_was_taken_before(selling: Selling) -> None:
    order = selling.sells("pending", A=2)
    selling.hear()
    assert [hold.reason for hold in selling.order().holds] == ["awaiting_payment"]
    selling.refunds(order, "5.00")
    selling.hear()
    assert (selling.payment().captured_minor, selling.payment().refunded_minor) == (2000, 500)
    assert selling.order().holds == []


def test_what_the_floor_has_picked_is_refunded_and_left_to_a_person_once(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    (task, *_) = floor_queries.tasks_of_orders(
        selling.ctx, fulfilment_order_ids=[part.id for part in selling.order().fulfilment_orders]
    )
    selling.scan(task.pick_list_id, "A")
    selling.refunds(order, "10.00", A=1)
    there = selling.now_there(order)
    assert selling.deliver("refund", there) == "refused"
    assert selling.deliver("again", there) == "ignored"
    assert selling.units() == {"A": 2}
    assert selling.refunded() == [(1000, "succeeded")]
    (waiting,) = [row for row in arrivals.list_recent(selling.ctx, limit=10) if row.outcome == "refused"]
    assert waiting.detail["code"] == "already_picked"


def test_an_edit_after_a_refund_does_not_bring_the_units_back(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    selling.refunds(order, "10.00", A=1)
    selling.hear()
    changed = {"shipping_address": {"address1": "Torstr. 99"}}
    assert selling.shop.http.put(f"/orders/{order['id']}", json=changed).status_code == 200
    selling.hear()
    assert selling.order().ship_to["lines"][0] == "Torstr. 99"
    assert selling.units() == {"A": 2}
    assert selling.refunded() == [(1000, "succeeded")]


def test_a_bundle_refunded_is_taken_off_whole(selling: Selling) -> None:
    set_id = make_variants(selling.ctx, ["SET"])["SET"]
    contents = [Contained("A", 1), Contained("B", 2)]
    assert compose.set_components(selling.ctx, variant_id=set_id, contents=contents)
    order = selling.sells(SET=2)
    selling.hear()
    assert selling.units() == {"A": 2, "B": 4}
    selling.refunds(order, "10.00", SET=1)
    selling.hear()
    assert selling.units() == {"A": 1, "B": 2}
    assert selling.refunded() == [(1000, "succeeded")]


def test_units_that_a_shop_takes_off_without_money_are_taken_off_and_nobody_is_asked_to_pay(selling: Selling) -> None:
    order = selling.sells(A=3)
    selling.hear()
    outcome, _ = told(selling, RefundTold(str(order["id"]), "904", Money(0, "EUR"), (("A", "A", 1),), key=""))
    assert (outcome, selling.units(), selling.refunded()) == ("processed", {"A": 2}, [])
    assert told(selling, RefundTold(str(order["id"]), "905", Money(1000, "EUR"), key=""))[0] == "processed"
    assert (selling.units(), selling.refunded()) == ({"A": 2}, [(1000, "succeeded")])


def test_an_order_called_off_together_with_its_refund_counts_what_the_shop_says(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    selling.refunds(order, "18.00")
    selling.shop.post(f"/orders/{order['id']}/cancel", {})
    selling.hear()
    assert (selling.order().order.state, selling.order().order.payment_state) == ("cancelled", "partially_refunded")
    assert selling.refunded() == [(1800, "succeeded")]
    assert selling.committed() == {}
