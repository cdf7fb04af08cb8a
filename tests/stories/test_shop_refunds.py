"""A shop gives money back by itself: it counts here once, in whatever order it is told, and what it was for is not sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doorstep.base import arrivals, outbox
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.base.outbox import Happened
from doorstep.channels import actions as channels
from doorstep.channels import heard, queries
from doorstep.channels.port import RefundTold
from doorstep.channels.values import ConnectionRow, NoticeWish
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import compose, hear_refunds, reconcile, ship, tell_returns, tell_shops
from doorstep.flows.arrivals import process
from doorstep.flows.compose import Contained
from doorstep.flows.reading import Reading
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment import queries as floor_queries
from doorstep.fulfilment import scanning
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderDetail
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments.values import PaymentRow, RefundWish
from doorstep.stock import queries as stock
from doorstep.worker import dispatch
from tests.contracts.conftest import CATALOG
from tests.factories import Brand, make_brand, make_variants
from tests.returning import label, leave
from tests.sandbox.conftest import Server, running

pytestmark = pytest.mark.django_db


@dataclass
class Selling:
    """A brand, its shop, and the connection between them."""

    brand: Brand
    shop: Server
    connection: ConnectionRow

    @property
    def ctx(self) -> Ctx:
        return replace(self.brand.ctx, now=datetime.now(UTC))

    def sells(self, paid: str = "paid", **lines: int) -> dict[str, Any]:
        wanted = [{"sku": sku, "quantity": qty, "price": "10.00"} for sku, qty in lines.items()]
        fields = {
            "lines": wanted, "country": "DE", "currency": "EUR", "financial_status": paid,
            "shipping": {"title": "Post", "price": "0.00"}, "taxes_included": True,
        }  # fmt: skip
        made: dict[str, Any] = self.shop.post("/orders", fields, status=201)
        return made

    def refunds(self, order: dict[str, Any], amount: str, reason: str = "", **lines: int) -> dict[str, Any]:
        """What the shop's staff gives back."""
        ids = {line["sku"]: line["id"] for line in order["line_items"]}
        fields: dict[str, Any] = {"staff": True, "amount": amount}
        if lines:
            fields["line_items"] = [{"id": ids[sku], "quantity": qty} for sku, qty in lines.items()]
        if reason:
            fields["reason"] = reason
        made: dict[str, Any] = self.shop.post(f"/orders/{order['id']}/refunds", fields, status=201)
        return made

    def hear(self) -> None:
        reconcile.reconcile(self.ctx)
        dispatch.drain()

    def deliver(self, name: str, order: dict[str, Any], topic: str = "orders/updated") -> str:
        """A webhook with this state of an order; says what became of it."""
        body = json.dumps({"type": topic, "data": order}).encode()
        (kept,) = arrivals.keep(self.ctx, [Incoming(self.connection.id, name, topic, body)])
        outcome = process(self.ctx, arrival_ids=[kept.id]).get(kept.id, "")
        dispatch.drain()
        return outcome

    def now_there(self, order: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.shop.get(f"/orders/{order['id']}")
        return found

    def order(self) -> OrderDetail:
        (row,) = orders.list_orders(self.ctx, where=OrderFilter(), limit=5)
        return orders.get(self.ctx, id=row.id)

    def payment(self) -> PaymentRow:
        id = self.order().order.id
        return money.payments_of(self.ctx, order_ids=[id])[id]

    def refunded(self) -> list[tuple[int, str]]:
        """Amount and state of each refund of the order, oldest first."""
        calls = money.calls_of(self.ctx, order_ids=[self.order().order.id])
        return [(c.amount_minor, c.state) for c in reversed(calls) if c.kind == "refund"]

    def units(self) -> dict[str, int]:
        return {line.sku: line.qty for line in self.order().lines if line.qty}

    def committed(self) -> dict[str, int]:
        rows = stock.pool_of(self.ctx, variant_ids=list(self.brand.variants.values()))
        return {sku: rows[id].committed for sku, id in self.brand.variants.items() if rows[id].committed}

    def ship(self) -> None:
        """Everything of the order is picked, packed and gone."""
        leave(replace(self.brand, ctx=self.ctx), self.order().order.id)

    def scan(self, pick_list_id: int, sku: str, name: str = "one") -> None:
        answer = scanning.scan(
            self.ctx, pick_list_id=pick_list_id, client_id=name, code=sku, typed=False, at=self.ctx.now
        )
        assert answer.problem == ""


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[Selling]:
    with running("shop", tmp_path, "--retry-s", "0.1") as server:
        assert server.http.put("/admin/catalog", json=CATALOG).status_code == 200
        brand = make_brand(skus="ABCD", stock_each=10)
        connection = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url=str(server.http.base_url))
        yield Selling(brand, server, connection)
        assert check(all_invariants()) == []


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


def told(selling: Selling, *refunds: RefundTold, came: Sequence[str] = ()) -> tuple[str, dict[str, Any]]:
    """What a shop that tells of refunds alone says, and what became of it."""
    name = "-".join(refund.refund_id for refund in refunds)
    (kept,) = arrivals.keep(selling.ctx, [Incoming(selling.connection.id, f"refunds:{name}", "refunds/create", b"{}")])
    reading = Reading(arrivals.get(selling.ctx, id=kept.id), selling.connection.id)
    hear_refunds.hear(selling.ctx, connection_id=selling.connection.id, told=[(reading, one) for one in refunds], came=came)
    dispatch.drain()
    return reading.outcome, reading.detail


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
