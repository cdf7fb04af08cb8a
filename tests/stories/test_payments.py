"""Money all the way: authorised when the order comes, captured when it leaves, given back once, at the worst moments too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from doorstep.base import db
from doorstep.flows import cancel, edit_order, pay, ship
from doorstep.flows.edit_order import Edit
from doorstep.orders import queries as orders
from doorstep.orders.values import PaymentState
from doorstep.payments import accounts, actions, queries
from doorstep.payments.values import CallRow, Ledger, PaymentRow, RefundWish
from doorstep.returns import queries as returns
from doorstep.returns import receiving
from doorstep.returns.values import Arrived
from doorstep.shipping import queries as parcels
from doorstep.shipping.values import TrackingStatus
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import Brand, draft, make_brand, packed, place
from tests.floor import buy_label
from tests.returning import ask, scan, wish
from tests.sandboxes import Server, borrowed
from tests.serving import web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def provider() -> Iterator[Server]:
    with borrowed("payment", "--retry-s", "0.05") as server:
        yield server


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


def paid_by(brand: Brand, order_id: int) -> PaymentRow:
    return queries.payments_of(brand.ctx, order_ids=[order_id])[order_id]


def ledger(brand: Brand, order_id: int) -> Ledger:
    return queries.ledger_of(brand.ctx, order_id=order_id)


def told_of(provider: Server, call: CallRow) -> list[dict[str, Any]]:
    return [op for op in provider.get("/admin/books")["operations"] if op["key"] == call.vendor_key]


def refund(brand: Brand, order_id: int, amount_minor: int, key: str = "") -> CallRow:
    return actions.grant_refund(
        brand.ctx, order_id=order_id, wish=RefundWish(amount_minor=amount_minor), key=key or f"r-{time.time_ns()}",
        subject="return:1", reason="damaged",
    )  # fmt: skip


def test_authorised_when_it_comes_captured_when_it_leaves_refunded_when_it_is_granted(
    brand: Brand, provider: Server
) -> None:
    [order_id] = place(brand.ctx, with_method())
    assert state_of(brand, order_id) == ("pending", True)
    work(brand, order_id)
    assert state_of(brand, order_id) == ("authorised", False)
    assert paid_by(brand, order_id).captured_minor == 0
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
    payment = paid_by(brand, order_id)
    assert (payment.captured_minor, payment.refunded_minor, payment.refundable_minor) == (2000, 2000, 0)
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
    assert paid_by(brand, order_id).refunded_minor == 700
    assert_all_holds()


@pytest.fixture
def heard(brand: Brand, provider: Server) -> Iterator[Brand]:
    """A brand that the provider tells by webhook of every change."""
    with web() as house:
        [account] = queries.list_accounts(brand.ctx)
        url = f"{house.url}/hooks/sandbox_payment/{account.slug}"
        provider.post("/admin/webhook", {"url": url, "secret": account.settings["webhook_secret"]})
        yield brand
        provider.post(
            "/admin/webhook", {"url": "http://127.0.0.1:9/nowhere", "secret": account.settings["webhook_secret"]}
        )


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited a minute"
        time.sleep(0.05)


def test_a_webhook_settles_what_nobody_looked_up(heard: Brand, provider: Server) -> None:
    order_id = paid_order(heard)
    provider.post("/admin/faults", {"refund_pending": 1, "refund_settle_s": 3600})
    granted = refund(heard, order_id, 700)
    pay.settle(heard.ctx, call_id=granted.id)
    assert queries.get_call(heard.ctx, call_id=granted.id).state == "pending"
    provider.post("/admin/settle", {})
    wait_for(lambda: queries.get_call(heard.ctx, call_id=granted.id).state == "succeeded")
    assert state_of(heard, order_id)[0] == "partially_refunded"
    assert_all_holds()


def test_the_provider_and_we_agree_after_every_fault(heard: Brand, provider: Server) -> None:
    """Silence, 5xx, doubled, lost, late and disordered webhooks, refunds that wait and fail: the books are equal at the end."""
    faults = {
        "timeout_after_success": 0.2, "error_5xx": 0.15, "hold_s": 0.02, "refund_pending": 0.5, "refund_fail": 0.4,
        "refund_settle_s": 0.2, "duplicate": 0.4, "webhook_drop": 0.3, "delay_s": 0.05, "disorder": True, "seed": 20,
    }  # fmt: skip
    provider.post("/admin/faults", faults)
    methods = ["pm_card", "pm_card", "pm_declined", "pm_card", "pm_card", "pm_card"]
    order_ids = [place(heard.ctx, with_method(method))[0] for method in methods]
    for round_ in range(8):
        drain()
        _ask_all(heard, order_ids)
        for n, order_id in enumerate(order_ids):
            drain()
            row = orders.orders_by_id(heard.ctx, ids=[order_id])[order_id]
            if n in (3, 4) and not row.on_hold and row.fulfilment_state == "unfulfilled":
                drain()
                leave(heard, order_id)
            elif n == 5 and round_ == 1:
                cancel.cancel(heard.ctx, order_id=order_id, reason="customer")
            elif paid_by(heard, order_id).refundable_minor >= 300:
                refund(heard, order_id, 300)
    provider.post("/admin/faults", {})
    provider.post("/admin/settle", {})
    provider.post("/admin/deliveries/flush", {})
    for _ in range(4):
        drain()
        _ask_all(heard, order_ids)
    ours = {p.vendor_id: p for p in queries.payments_of(heard.ctx, order_ids=order_ids).values() if p.vendor_id}
    theirs = {p["payment_id"]: p for p in provider.get("/admin/books")["payments"] if p["payment_id"] in ours}
    assert len(ours) >= 4
    for id, payment in ours.items():
        told = theirs[id]
        assert (payment.authorised_minor, payment.captured_minor, payment.refunded_minor, payment.refund_open_minor) == (
            told["authorised_minor"], told["captured_minor"], told["refunded_minor"], told["refund_open_minor"],
        )  # fmt: skip
    keys = [op["key"] for op in provider.get("/admin/books")["operations"]]
    calls = queries.calls_of(heard.ctx, order_ids=order_ids)
    assert [c.state for c in calls if c.state in ("wanted", "pending", "unknown")] == []
    assert {keys.count(c.vendor_key) for c in calls if c.state == "succeeded"} == {1}
    assert_all_holds()


def _ask_all(brand: Brand, order_ids: list[int]) -> None:
    for call in queries.calls_of(brand.ctx, order_ids=order_ids):
        try:
            pay.settle(brand.ctx, call_id=call.id)
        except httpx.HTTPError:
            continue


def edited(brand: Brand, order_id: int, qty: int) -> None:
    """The order's only line has so many units now."""
    detail = orders.get(brand.ctx, id=order_id)
    wanted = Edit(qty={detail.lines[0].id: qty})
    edit_order.apply(brand.ctx, order_id=order_id, version=detail.version, edit=wanted)
    work(brand, order_id)


def test_an_order_made_smaller_is_captured_at_its_new_total_and_the_rest_is_let_go(brand: Brand) -> None:
    [order_id] = place(brand.ctx, with_method())
    work(brand, order_id)
    edited(brand, order_id, 1)
    leave(brand, order_id)
    work(brand, order_id)

    ledger = queries.ledger_of(brand.ctx, order_id=order_id)
    assert [(e.kind, e.amount_minor) for e in ledger.entries] == [
        ("authorisation", 2000), ("capture", 1000), ("void", 1000),
    ]  # fmt: skip
    payment = paid_by(brand, order_id)
    assert (payment.captured_minor, payment.refundable_minor) == (1000, 1000)
    assert tasks.list_open(brand.ctx) == []
    assert_all_holds()


def test_an_order_paid_elsewhere_and_made_smaller_owes_its_difference_once(brand: Brand) -> None:
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    edited(brand, order_id, 1)
    drain()

    [call] = queries.calls_of(brand.ctx, order_ids=[order_id])
    assert (call.kind, call.amount_minor, call.word) == ("refund", 2000, "granted")
    assert_all_holds()


def test_what_an_order_made_larger_costs_more_is_collected_by_a_person_until_it_is_smaller_again(brand: Brand) -> None:
    [order_id] = place(brand.ctx, with_method())
    work(brand, order_id)
    edited(brand, order_id, 4)

    [task] = tasks.list_open(brand.ctx)
    assert (task.kind, task.facts["amount"]) == (pay.COLLECT, "20.00 EUR")
    edited(brand, order_id, 2)
    assert tasks.list_open(brand.ctx) == []
    leave(brand, order_id)
    work(brand, order_id)
    assert paid_by(brand, order_id).captured_minor == 2000
    assert_all_holds()


def test_a_return_that_is_quicker_than_the_capture_is_paid_once_the_money_is_here(brand: Brand) -> None:
    [order_id] = place(brand.ctx, with_method())
    work(brand, order_id)
    leave(brand, order_id)
    drain()  # the capture is wished for, and nobody has asked the provider yet
    [parcel] = parcels.parcels_of(brand.ctx, order_ids=[order_id])
    scan(brand.ctx, parcel.id, TrackingStatus.DELIVERED)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    [line] = returns.lines_of(brand.ctx, return_ids=[return_id])
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(2, line.id)], key="r")
    receiving.inspect(brand.ctx, line_id=line.id, qty=2, grade="A", disposition="restocked", key="i")
    drain()
    kinds = [call.kind for call in queries.calls_of(brand.ctx, order_ids=[order_id])]
    assert "refund" not in kinds
    assert tasks.list_open(brand.ctx) == []

    work(brand, order_id)
    work(brand, order_id)

    payment = paid_by(brand, order_id)
    assert (payment.captured_minor, payment.refunded_minor) == (2000, 2000)
    assert returns.get_return(brand.ctx, return_id=return_id).goods == "closed"
    assert_all_holds()
