"""Money all the way: authorised when the order comes, captured when it leaves, given back once, at the worst moments too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import cancel, pay, ship
from doorstep.orders import queries as orders
from doorstep.orders.values import PaymentState
from doorstep.payments import accounts, actions, queries
from doorstep.payments.values import CallRow, Ledger
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, packed, place
from tests.floor import buy_label
from tests.sandbox.conftest import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server("payment", tmp_path_factory.mktemp("payment"), ("--retry-s", "0.05"))
    server.start()
    yield server
    server.kill()
    server.http.close()


@pytest.fixture
def brand(provider: Server, settings: Any, tmp_path: Path) -> Iterator[Brand]:
    settings.HOME = tmp_path
    provider.post("/admin/faults", {})
    made = make_brand()
    to = {"url": str(provider.http.base_url), "token": "sandbox"}
    accounts.connect(made.ctx, code="sandbox", name="Sandbox Pay", provider="sandbox_payment", settings=to)
    yield made
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


def with_method(method: str = "pm_card", **more: Any) -> Any:
    return draft([("A", 2)], payment_state=PaymentState.PENDING, payment_method=method, **more)


def work(brand: Brand, order_id: int) -> None:
    """Everything that the worker would do now about the money of an order."""
    for _ in range(3):
        drain()
        for call in reversed(queries.calls_of(brand.ctx, order_ids=[order_id])):
            if call.state in ("wanted", "unknown", "pending"):
                pay.settle(brand.ctx, call_id=call.id)


def paid_order(brand: Brand) -> int:
    """An order that was authorised with us, and captured when its parcel left."""
    [order_id] = place(brand.ctx, with_method())
    work(brand, order_id)
    leave(brand, order_id)
    work(brand, order_id)
    return order_id


def leave(brand: Brand, order_id: int) -> None:
    from doorstep.fulfilment import actions as floor
    from doorstep.fulfilment import queries as lists
    from tests.floor import pick_all

    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    for task in lists.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part.id]):
        pick_all(brand, task.pick_list_id)
    parcel_id = floor.pack(brand.ctx, fulfilment_order_id=part.id)
    assert parcel_id is not None
    buy_label(brand, parcel_id, f"DS{parcel_id:010}")
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])


def state_of(brand: Brand, order_id: int) -> tuple[str, bool]:
    row = orders.orders_by_id(brand.ctx, ids=[order_id])[order_id]
    return row.payment_state, row.on_hold


def ledger(brand: Brand, order_id: int) -> Ledger:
    return queries.ledger_of(brand.ctx, order_id=order_id)


def told_of(provider: Server, call: CallRow) -> list[dict[str, Any]]:
    return [op for op in provider.get("/admin/books")["operations"] if op["key"] == call.vendor_key]


def refund(brand: Brand, order_id: int, amount_minor: int, key: str = "") -> CallRow:
    return actions.grant_refund(
        brand.ctx, order_id=order_id, amount_minor=amount_minor, key=key or f"r-{time.time_ns()}", subject="return:1",
        reason="damaged", shares={},
    )  # fmt: skip


def assert_all_holds() -> None:
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def test_authorised_when_it_comes_captured_when_it_leaves_refunded_when_it_is_granted(
    brand: Brand, provider: Server
) -> None:
    [order_id] = place(brand.ctx, with_method())
    assert state_of(brand, order_id) == ("pending", True)
    work(brand, order_id)
    assert state_of(brand, order_id) == ("authorised", False)
    assert ledger(brand, order_id).captured_minor == 0
    leave(brand, order_id)
    work(brand, order_id)
    assert state_of(brand, order_id) == ("paid", False)
    refund(brand, order_id, 500)
    work(brand, order_id)
    assert state_of(brand, order_id) == ("partially_refunded", False)
    refund(brand, order_id, 1500)
    work(brand, order_id)
    assert state_of(brand, order_id) == ("refunded", False)
    money = ledger(brand, order_id)
    assert [(e.kind, e.amount_minor) for e in money.entries] == [
        ("authorisation", 2000), ("capture", 2000), ("refund", 500), ("refund", 1500),
    ]  # fmt: skip
    assert (money.captured_minor, money.refunded_minor, money.refundable_minor) == (2000, 2000, 0)
    assert [len(told_of(provider, call)) for call in money.calls] == [1, 1, 1, 1]
    assert_all_holds()


@pytest.mark.parametrize("moment", ["authorise", "capture", "refund"])
def test_silence_after_it_was_done_is_looked_up_and_nothing_is_done_twice(
    brand: Brand, provider: Server, moment: str
) -> None:
    """Medusa #16681: retry sends another idempotency key."""
    order_id = paid_order(brand) if moment == "refund" else place(brand.ctx, with_method())[0]
    if moment == "capture":
        work(brand, order_id)
        leave(brand, order_id)
    if moment == "refund":
        refund(brand, order_id, 700)
    drain()
    call = queries.calls_of(brand.ctx, order_ids=[order_id])[0]
    assert call.kind == moment
    provider.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        pay.settle(brand.ctx, call_id=call.id)
    assert queries.get_call(brand.ctx, call_id=call.id).state == "unknown"
    provider.post("/admin/faults", {})
    for _ in range(3):
        pay.settle(brand.ctx, call_id=call.id)
    now = queries.get_call(brand.ctx, call_id=call.id)
    assert (now.state, now.vendor_key, now.asked_times) == ("succeeded", call.vendor_key, 1)
    assert len(told_of(provider, call)) == 1
    drain()
    assert_all_holds()


def test_a_declined_method_holds_the_order_and_says_why(brand: Brand) -> None:
    [order_id] = place(brand.ctx, with_method("pm_declined"))
    work(brand, order_id)
    drain()
    assert state_of(brand, order_id) == ("pending", True)
    parts = [p.id for p in orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])]
    [hold] = orders.holds_of(brand.ctx, fulfilment_order_ids=parts)
    assert (hold.reason, hold.detail) == ("awaiting_payment", {"declined": "card_declined"})
    assert_all_holds()


def test_a_cancelled_order_lets_go_of_what_was_authorised(brand: Brand, provider: Server) -> None:
    [order_id] = place(brand.ctx, with_method())
    work(brand, order_id)
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    work(brand, order_id)
    assert state_of(brand, order_id) == ("voided", False)
    payment = queries.payments_of(brand.ctx, order_ids=[order_id])[order_id]
    assert provider.get(f"/payments/{payment.vendor_id}")["state"] == "voided"
    assert_all_holds()


def test_an_order_cancelled_while_it_is_authorised_is_voided_afterwards(brand: Brand, provider: Server) -> None:
    [order_id] = place(brand.ctx, with_method())
    drain()
    [call] = queries.calls_of(brand.ctx, order_ids=[order_id])
    provider.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        pay.settle(brand.ctx, call_id=call.id)
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    drain()
    provider.post("/admin/faults", {})
    work(brand, order_id)
    assert state_of(brand, order_id) == ("voided", False)
    assert [(c.kind, c.state) for c in queries.calls_of(brand.ctx, order_ids=[order_id])] == [
        ("void", "succeeded"), ("authorise", "succeeded"),
    ]  # fmt: skip
    assert_all_holds()


def test_an_order_cancelled_before_anybody_was_asked_asks_nobody(brand: Brand, provider: Server) -> None:
    [order_id] = place(brand.ctx, with_method())
    drain()
    [call] = queries.calls_of(brand.ctx, order_ids=[order_id])
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    work(brand, order_id)
    assert state_of(brand, order_id) == ("voided", False)
    assert told_of(provider, call) == []
    assert_all_holds()


def test_money_taken_elsewhere_is_granted_and_given_back_by_a_person(brand: Brand) -> None:
    [parcel] = packed(brand.ctx, draft([("A", 2)]))
    [order_id] = db.column("SELECT order_id FROM shipping_parcel WHERE id = %s", [parcel])
    granted = refund(brand, order_id, 700)
    work(brand, order_id)
    assert (queries.get_call(brand.ctx, call_id=granted.id).word, granted.is_by_hand) == ("granted", True)
    assert state_of(brand, order_id)[0] == "paid"
    actions.confirm_refund(brand.ctx, refund_id=granted.id)
    assert actions.confirm_refund(brand.ctx, refund_id=granted.id).state == "succeeded"
    assert state_of(brand, order_id)[0] == "partially_refunded"
    assert ledger(brand, order_id).refunded_minor == 700
    assert_all_holds()
