"""Returns that a shop at Shopify opens: here once, with lines and reasons, decided as there, and told what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.base.invariants import check
from doorstep.channels import actions, kinds
from doorstep.channels import queries as channels
from doorstep.channels.port import BackLine, ReturnStep, ReturnTold
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import follow_returns, hear_returns, reconcile, send_back, tell_shops
from doorstep.flows.arrivals import process
from doorstep.flows.reading import Reading
from doorstep.orders import queries as orders
from doorstep.returns import actions as return_actions
from doorstep.returns import queries as returns
from doorstep.returns import receiving
from doorstep.returns.actions import publish_policy
from doorstep.returns.values import Arrived, LineRow, ReturnRow, Wish
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.contracts.shopify import Connected, as_webhook, connect
from tests.factories import Brand, make_brand
from tests.returning import leave, scan
from tests.sandbox.conftest import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(lasting_shopify: Server) -> Connected:
    brand = make_brand(skus="ABCD", stock_each=100)
    now = Brand(replace(brand.ctx, now=datetime.now(UTC)), **{k: v for k, v in vars(brand).items() if k != "ctx"})
    return connect(now, lasting_shopify)


def read(here: Connected, order: dict[str, Any]) -> int:
    """Reads an order anew; gives its id here."""
    reconcile.read_one(here.ctx, connection_id=here.connection.id, external_id=str(order["id"]))
    drain()
    found = orders.find_existing(here.ctx, keys=[(here.connection.id, str(order["id"]))])
    return found[here.connection.id, str(order["id"])].id


def tell(here: Connected, verb: str) -> str:
    """Tells the shop what waits for it; gives what it has against it."""
    drain()
    (notice, *_) = [n for n in channels.list_notices(here.ctx, connection_id=here.connection.id) if n.verb == verb]
    tell_shops.tell(here.ctx, notice_id=notice.id)
    told = channels.find_notice(here.ctx, notice_id=notice.id)
    assert told is not None
    return told.problem


def delivered(here: Connected, *lines: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """An order of the shop that arrived, and that the shop knows as sent: there, and its id here."""
    sold = here.sells(lines=list(lines), currency="USD")
    order_id = read(here, sold)
    parcel_id = leave(here.brand, order_id)
    assert tell(here, tell_shops.SHIPPED) == ""
    scan(here.ctx, parcel_id, TrackingStatus.DELIVERED, here.ctx.now)
    drain()
    return sold, order_id


def policy(here: Connected, action: str) -> None:
    """What the brand promised long before anything here was sold."""
    before = replace(here.ctx, now=here.ctx.now - timedelta(hours=1))
    publish_policy(before, policy=[{"name": "All", "when": {"all": []}, "action": action}])


def opened(here: Connected, sold: dict[str, Any], *lines: dict[str, Any], status: str = "OPEN") -> dict[str, Any]:
    wish = {"status": status, "lines": list(lines)}
    made: dict[str, Any] = here.shop.post(f"/admin/orders/{sold['id']}/returns", wish, status=201)
    read(here, sold)
    return made


def the_return(here: Connected, order_id: int) -> tuple[ReturnRow, list[LineRow]]:
    (row,) = returns.returns_of(here.ctx, order_ids=[order_id])
    return row, list(returns.lines_of(here.ctx, return_ids=[row.id]))


def test_a_return_that_the_shop_approved_is_here_once_whatever_the_policy_says(here: Connected) -> None:
    policy(here, "reject")
    sold, order_id = delivered(here, {"sku": "B", "quantity": 3}, {"sku": "C", "price": "22.50"})
    pinches = {"sku": "B", "quantity": 2, "reason": "too-tight", "note": "pinches"}
    made = opened(here, sold, pinches, {"sku": "C", "reason": "odd-one"})
    row, lines = the_return(here, order_id)
    assert (row.decision, row.free_label) == ("approved", False)
    assert {(line.sku, line.qty, line.reason, line.note) for line in lines} == {
        ("B", 2, "too_small", "pinches"), ("C", 1, "other", "Odd one"),
    }  # fmt: skip
    told = here.port.read_webhook(as_webhook(made))
    assert [type(fact).__name__ for fact in told] == ["OrderNamed"]
    read(here, sold)
    read(here, sold)
    assert len(returns.returns_of(here.ctx, order_ids=[order_id])) == 1
    assert check(all_invariants()) == []


def test_what_came_back_is_told_once_and_no_more_than_came(here: Connected) -> None:
    sold, order_id = delivered(here, {"sku": "B", "quantity": 3})
    made = opened(here, sold, {"sku": "B", "quantity": 2, "reason": "defect"})
    row, (line,) = the_return(here, order_id)
    receiving.receive(here.ctx, return_id=row.id, arrived=[Arrived(2, line.id)], key="r")
    receiving.inspect(here.ctx, line_id=line.id, qty=1, grade="A", disposition="restocked", key="i1")
    receiving.inspect(here.ctx, line_id=line.id, qty=1, grade="A", disposition="missing", key="i2")
    assert tell(here, tell_shops.RETURNED) == ""
    (notice,) = [n for n in channels.list_notices(here.ctx, connection_id=here.connection.id) if n.verb == tell_shops.RETURNED]
    db.execute("UPDATE channels_notice SET state = 'queued', settled_at = NULL WHERE id = %s", [notice.id])
    assert tell(here, tell_shops.RETURNED) == ""  # as after a crash: it finds what it told
    shown = here.shop.http.put(f"/admin/orders/{sold['id']}/returns/{made['id']}", json={"status": "CLOSED"}).json()
    assert shown["disposed"] == [1]


def test_what_a_customer_asked_for_there_is_decided_by_the_policy_or_by_the_staff_there(here: Connected) -> None:
    policy(here, "review")
    sold, order_id = delivered(here, {"sku": "B"}, {"sku": "C", "price": "22.50"})
    one = opened(here, sold, {"sku": "B", "reason": "arrived-late"}, status="REQUESTED")
    two = opened(here, sold, {"sku": "C", "price": "22.50"}, status="REQUESTED")
    rows = returns.returns_of(here.ctx, order_ids=[order_id])
    assert [row.decision for row in rows] == ["needs_review", "needs_review"]
    for made, status in ((one, "OPEN"), (two, "DECLINED")):
        here.shop.http.put(f"/admin/orders/{sold['id']}/returns/{made['id']}", json={"status": status})
    read(here, sold)
    assert {row.id: row.decision for row in returns.returns_of(here.ctx, order_ids=[order_id])} == {
        rows[0].id: "approved", rows[1].id: "declined",
    }  # fmt: skip


def test_one_that_waits_there_is_approved_when_its_goods_come_and_one_called_off_there_ends_here(here: Connected) -> None:
    policy(here, "approve")
    sold, order_id = delivered(here, {"sku": "B"}, {"sku": "C", "price": "22.50"})
    opened(here, sold, {"sku": "B"}, status="REQUESTED")
    row, (line,) = the_return(here, order_id)
    assert row.decision == "approved"
    receiving.receive(here.ctx, return_id=row.id, arrived=[Arrived(1, line.id)], key="r")
    receiving.inspect(here.ctx, line_id=line.id, qty=1, grade="A", disposition="restocked", key="i")
    assert tell(here, tell_shops.RETURNED) == ""
    gone = opened(here, sold, {"sku": "C", "price": "22.50"})
    here.shop.http.put(f"/admin/orders/{sold['id']}/returns/{gone['id']}", json={"status": "CANCELED"})
    read(here, sold)
    assert [one.decision for one in returns.returns_of(here.ctx, order_ids=[order_id])] == ["approved", "cancelled"]


@pytest.mark.parametrize("is_heard", [True, False])
def test_the_only_return_of_an_order_that_is_called_off_there_ends_here_with_its_webhook_or_without(
    here: Connected, is_heard: bool
) -> None:
    """Its order says by then that it never had one."""
    policy(here, "review")
    sold, order_id = delivered(here, {"sku": "B"})
    made = opened(here, sold, {"sku": "B"}, status="REQUESTED")
    assert follow_returns.follow(here.ctx) == 0
    path = f"/admin/orders/{sold['id']}/returns/{made['id']}"
    shown = here.shop.http.put(path, json={"status": "CANCELED"}).json()
    read(here, sold)
    assert the_return(here, order_id)[0].decision == "needs_review"
    if is_heard:
        kept = arrivals.keep(here.ctx, [Incoming(here.connection.id, "w1", "returns/cancel", as_webhook(shown))])
        process(here.ctx, arrival_ids=[one.id for one in kept])
        assert arrivals.get(here.ctx, id=kept[0].id).outcome == "processed"
    assert follow_returns.follow(here.ctx) == int(not is_heard)
    assert the_return(here, order_id)[0].decision == "cancelled"
    assert follow_returns.follow(here.ctx) == 0


def test_what_the_staff_approves_there_without_a_webhook_is_approved_here(here: Connected) -> None:
    policy(here, "review")
    sold, order_id = delivered(here, {"sku": "B"})
    made = opened(here, sold, {"sku": "B"}, status="REQUESTED")
    here.shop.http.put(f"/admin/orders/{sold['id']}/returns/{made['id']}", json={"status": "OPEN"})
    here.shop.post("/admin/faults", {"error_5xx": 1})
    assert follow_returns.follow(here.ctx) == 0
    assert channels.get(here.ctx, connection_id=here.connection.id).health == "failing"
    here.shop.post("/admin/faults", {})
    assert follow_returns.follow(here.ctx) == 1
    assert the_return(here, order_id)[0].decision == "approved"


def asked_here(here: Connected, order_id: int, sku: str, qty: int, reason: str = "too_small") -> ReturnRow:
    """A return that was opened and approved here."""
    (line,) = [line for line in orders.get(here.ctx, id=order_id).lines if line.sku == sku]
    wish = Wish(line.id, qty, reason, "refund_original", answer="tight")
    return returns.get_return(
        here.ctx, return_id=send_back.request(here.ctx, order_id=order_id, wishes=[wish], key=f"k{sku}{qty}")
    )


def returns_there(here: Connected, sold: dict[str, Any]) -> list[tuple[ReturnStep, str, tuple[tuple[str, int, str], ...]]]:
    """Step, our key and lines of each return that the shop has of an order."""
    return [
        (one.step, one.key, tuple((line.sku, line.qty, line.reason) for line in one.lines)) for one in returns_told(here, sold)
    ]


def again(here: Connected, verb: str) -> None:
    """As after a crash between the shop's answer and our note."""
    lost = "state = 'queued', settled_at = NULL, arguments = arguments - 'return_id'"
    db.execute(f"UPDATE channels_notice SET {lost} WHERE verb = %s", [verb])


def test_a_return_that_was_opened_here_is_opened_there_once_and_what_came_back_is_noted_with_it(here: Connected) -> None:
    policy(here, "approve")
    sold, order_id = delivered(here, {"sku": "B", "quantity": 3})
    row = asked_here(here, order_id, "B", 2)
    assert row.decision == "approved"
    assert tell(here, tell_shops.OPENED) == ""
    key = f"opened:return:{row.id}"
    assert returns_there(here, sold) == [(ReturnStep.OPEN, key, (("B", 2, "too_small"),))]
    again(here, tell_shops.OPENED)
    read(here, sold)  # the shop tells it back before we noted how it calls it
    assert tell(here, tell_shops.OPENED) == ""
    read(here, sold)
    assert len(returns_there(here, sold)) == 1
    assert len(returns.returns_of(here.ctx, order_ids=[order_id])) == 1
    (line,) = returns.lines_of(here.ctx, return_ids=[row.id])
    receiving.receive(here.ctx, return_id=row.id, arrived=[Arrived(2, line.id)], key="r")
    receiving.inspect(here.ctx, line_id=line.id, qty=2, grade="A", disposition="restocked", key="i")
    assert tell(here, tell_shops.RETURNED) == ""
    (made,) = here.port.return_steps([named(here)])  # type: ignore[attr-defined]
    shown = here.shop.http.put(f"/admin/orders/{sold['id']}/returns/{made}", json={"status": "CLOSED"}).json()
    assert shown["disposed"] == [2]
    assert check(all_invariants()) == []


def named(here: Connected) -> str:
    """How the shop calls the return that it was told of."""
    notices = channels.list_notices(here.ctx, connection_id=here.connection.id)
    return str(next(n for n in notices if n.verb == tell_shops.OPENED).arguments["return_id"])


@pytest.mark.parametrize("is_heard", [True, False])
def test_one_that_was_opened_here_and_is_called_off_there_ends_here(here: Connected, is_heard: bool) -> None:
    policy(here, "approve")
    sold, order_id = delivered(here, {"sku": "B"})
    row = asked_here(here, order_id, "B", 1)
    assert tell(here, tell_shops.OPENED) == ""
    path = f"/admin/orders/{sold['id']}/returns/{named(here)}"
    assert follow_returns.follow(here.ctx) == 0
    shown = here.shop.http.put(path, json={"status": "CANCELED"}).json()
    if is_heard:
        kept = arrivals.keep(here.ctx, [Incoming(here.connection.id, "w2", "returns/cancel", as_webhook(shown))])
        process(here.ctx, arrival_ids=[one.id for one in kept])
    assert follow_returns.follow(here.ctx) == int(not is_heard)
    assert returns.get_return(here.ctx, return_id=row.id).decision == "cancelled"


def test_one_that_was_opened_here_and_ends_here_is_called_off_there_and_one_that_ended_before_is_not_opened(
    here: Connected,
) -> None:
    policy(here, "approve")
    sold, order_id = delivered(here, {"sku": "B", "quantity": 2})
    row = asked_here(here, order_id, "B", 1)
    assert tell(here, tell_shops.OPENED) == ""
    return_actions.cancel(here.ctx, return_id=row.id)
    assert tell(here, tell_shops.CALLED_OFF) == ""
    assert here.port.return_steps([named(here)]) == {named(here): ReturnStep.CANCELLED}  # type: ignore[attr-defined]
    again(here, tell_shops.CALLED_OFF)
    second = asked_here(here, order_id, "B", 2)
    drain()
    return_actions.cancel(here.ctx, return_id=second.id)
    assert "ended here before" in tell(here, tell_shops.OPENED)
    assert [step for step, *_ in returns_there(here, sold)] == []


def test_one_that_ends_here_while_the_shop_is_told_of_it_is_called_off_there_though_its_answer_got_lost(here: Connected) -> None:
    policy(here, "approve")
    sold, order_id = delivered(here, {"sku": "B"})
    row = asked_here(here, order_id, "B", 1)
    assert tell(here, tell_shops.OPENED) == ""
    again(here, tell_shops.OPENED)
    return_actions.cancel(here.ctx, return_id=row.id)
    assert "ended here before" in tell(here, tell_shops.OPENED)
    assert [step for step, *_ in returns_there(here, sold)] == [ReturnStep.OPEN]
    read(here, sold)
    assert tell(here, tell_shops.CALLED_OFF) == ""
    assert returns_there(here, sold) == []
    read(here, sold)
    assert [n.verb for n in channels.list_notices(here.ctx, connection_id=here.connection.id)].count(tell_shops.CALLED_OFF) == 1


def test_another_return_there_whose_note_bears_our_key_ends_none_of_ours(here: Connected) -> None:
    policy(here, "approve")
    sold, order_id = delivered(here, {"sku": "B", "quantity": 2})
    row = asked_here(here, order_id, "B", 1)
    assert tell(here, tell_shops.OPENED) == ""
    for step in (ReturnStep.OPEN, ReturnStep.CANCELLED):
        copied = ReturnTold(str(sold["id"]), "999", step, (BackLine("", "B", 1, "too_small", ""),), f"opened:return:{row.id}")
        [kept] = arrivals.keep(here.ctx, [Incoming(here.connection.id, f"copy-{step}", "orders/updated", b"{}")])
        reading = Reading(arrivals.lock(here.ctx, ids=[kept.id])[0], here.connection.id)
        hear_returns.hear(here.ctx, connection_id=here.connection.id, told=[(reading, copied)])
        assert reading.outcome == "processed"
    decided = [one.decision for one in returns.returns_of(here.ctx, order_ids=[order_id])]
    assert sorted(decided) == ["approved", "cancelled"]
    assert returns.get_return(here.ctx, return_id=row.id).decision == "approved"


def test_what_the_shop_does_not_know_as_sent_is_not_opened_there_and_said(here: Connected) -> None:
    policy(here, "approve")
    sold, order_id = delivered(here, {"sku": "B", "quantity": 2})
    here.shop.post(f"/admin/orders/{sold['id']}/returns", {"status": "OPEN", "lines": [{"sku": "B", "quantity": 2}]}, status=201)
    asked_here(here, order_id, "B", 2)
    assert "not yet asked back" in tell(here, tell_shops.OPENED)


@pytest.mark.parametrize("fault", ["error_5xx", "truncated", "timeout_after_success"])
def test_a_return_that_is_opened_into_a_storm_is_there_once_afterwards(here: Connected, fault: str) -> None:
    policy(here, "approve")
    sold, order_id = delivered(here, {"sku": "B"})
    asked_here(here, order_id, "B", 1)
    here.shop.post("/admin/faults", {fault: 1})
    with pytest.raises(httpx.HTTPError):
        tell(here, tell_shops.OPENED)
    here.shop.post("/admin/app", {"token": "another"})
    here.shop.post("/admin/faults", {})
    assert "shop_refuses_us" in tell(here, tell_shops.OPENED)
    here.shop.post("/admin/app", {"token": "sandbox"})
    again(here, tell_shops.OPENED)
    assert tell(here, tell_shops.OPENED) == ""
    assert [step for step, *_ in returns_there(here, sold)] == [ReturnStep.OPEN]


def test_units_that_did_not_arrive_by_our_books_wait_for_a_person_and_the_order_goes_on(here: Connected) -> None:
    sold = here.sells(lines=[{"sku": "B"}])
    order_id = read(here, sold)
    leave(here.brand, order_id)
    assert tell(here, tell_shops.SHIPPED) == ""
    opened(here, sold, {"sku": "B"})
    assert returns.returns_of(here.ctx, order_ids=[order_id]) == []
    (newest, *_) = arrivals.list_recent(here.ctx, sources=arrivals.OF_A_CONNECTION, connection_id=here.connection.id, limit=1)
    assert (newest.outcome, newest.detail["code"]) == ("refused", "return_of_unknown_goods")


def test_who_may_not_read_returns_reads_orders_all_the_same(here: Connected) -> None:
    sold, _ = delivered(here, {"sku": "B"})
    opened(here, sold, {"sku": "B"})
    assert [(told.step, [(line.sku, line.qty) for line in told.lines]) for told in returns_told(here, sold)] == [
        (ReturnStep.OPEN, [("B", 1)])
    ]
    here.shop.post("/admin/oauth/app", {"scopes": ["write_orders", "read_products", "write_inventory"]})
    signs_in = kinds.sign_in_of("shopify")
    assert signs_in is not None
    app = here.connection.settings | {"client_id": "sandbox-client-id"}
    actions.reach(here.ctx, connection_id=here.connection.id, settings=signs_in.ask(app, now=here.ctx.now))
    less = replace(here, connection=channels.get(here.ctx, connection_id=here.connection.id))
    assert returns_told(less, sold) == []
    less.port.introduce("http://127.0.0.1:9/hooks/shopify/x", "unused")
    topics = {one["topic"] for one in here.shop.get("/admin/subscriptions")["subscriptions"]}
    assert ("ORDERS_CREATE" in topics, "RETURNS_REQUEST" in topics) == (True, False)


def returns_told(here: Connected, sold: dict[str, Any]) -> list[ReturnTold]:
    """What the shop says of the returns of an order."""
    listed = here.port.read_order(str(sold["id"]))
    assert listed is not None
    return [fact for fact in here.port.read_webhook(listed.body) if isinstance(fact, ReturnTold)]
