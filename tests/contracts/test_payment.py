"""What every payment adapter must keep, proved on the sandbox provider as a process of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.payments.port import Ask, PaymentPort, Told, payments
from doorstep.payments.values import CallKind, CallState
from tests.sandbox.conftest import SECRET, Listener
from tests.sandbox.conftest import listener as listener
from tests.sandboxes import Server, borrowed
from tests.signing import signed

S, F, P = CallState.SUCCEEDED, CallState.FAILED, CallState.PENDING


@dataclass
class Vendor:
    """A provider under test: our adapter, and what the test may do on the provider's own side."""

    port: PaymentPort
    done: Callable[[str], int]  # how many operations its books have under a key
    fall_silent: Callable[[bool], None]  # does it, then cuts the connection
    refuse_all: Callable[[bool], None]  # answers that it is not available
    be_slow: Callable[[bool], None]  # refunds stay pending
    end_refunds: Callable[[str], None]  # pending refunds end so
    figures: Callable[[str], tuple[int, int, int, int]]  # authorised, captured, refunded, open of a payment
    wrong_token: PaymentPort
    away: PaymentPort
    good: str = "pm_card"
    bad: str = "pm_declined"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    with borrowed("payment", "--retry-s", "0.05") as server:
        yield server


def sandbox_vendor(sandbox: Server) -> Vendor:
    url = str(sandbox.http.base_url)
    good = {"url": url, "token": "sandbox", "webhook_secret": SECRET}

    def faults(**share: float) -> None:
        sandbox.post("/admin/faults", share)

    def figures(id: str) -> tuple[int, int, int, int]:
        told = sandbox.get(f"/payments/{id}")
        names = ("authorised_minor", "captured_minor", "refunded_minor", "refund_open_minor")
        one, two, three, four = (int(told[name]) for name in names)
        return one, two, three, four

    faults()
    return Vendor(
        port=payments.get("sandbox_payment", good),
        done=lambda key: sum(op["key"] == key for op in sandbox.get("/admin/books")["operations"]),
        fall_silent=lambda on: faults(**({"timeout_after_success": 1, "hold_s": 0.1} if on else {})),
        refuse_all=lambda on: faults(**({"error_5xx": 1} if on else {})),
        be_slow=lambda on: faults(**({"refund_pending": 1, "refund_settle_s": 3600} if on else {})),
        end_refunds=lambda outcome: sandbox.post("/admin/settle", {"outcome": outcome}),
        figures=figures,
        wrong_token=payments.get("sandbox_payment", good | {"token": "stolen"}),
        away=payments.get("sandbox_payment", good | {"url": "http://127.0.0.1:9"}),
    )


@pytest.fixture(params=["sandbox_payment"])
def vendor(request: pytest.FixtureRequest, sandbox: Server) -> Vendor:
    """Every vendor's adapter; one that joins adds its name and its maker."""
    return {"sandbox_payment": sandbox_vendor}[request.param](sandbox)


_keys = iter(range(1, 10_000))


def ask(kind: CallKind = CallKind.AUTHORISE, minor: int = 2000, **more: Any) -> Ask:
    number = next(_keys)
    made = Ask(kind, f"key/{number}?", Money(minor, "KRW"), f"order-{number}", method="pm_card")
    return replace(made, **more)


def authorised(vendor: Vendor, minor: int = 2000) -> Told:
    told = vendor.port.ask(ask(minor=minor))
    assert told.state is S, told
    return told


def captured(vendor: Vendor, minor: int = 2000) -> str:
    told = authorised(vendor, minor)
    assert vendor.port.ask(ask(CallKind.CAPTURE, minor, payment=told.payment)).state is S
    return told.payment


def test_an_authorisation_holds_the_money_until_a_day(vendor: Vendor) -> None:
    told = authorised(vendor)
    assert (told.vendor_id != "", told.amount_minor) == (True, 2000)
    assert told.capture_before is not None
    assert told.capture_before - datetime.now(UTC) > timedelta(days=1)
    assert vendor.figures(told.payment) == (2000, 0, 0, 0)


def test_a_declined_method_fails_with_a_reason_and_stays_so_under_its_key(vendor: Vendor) -> None:
    asked = ask(method=vendor.bad)
    told = vendor.port.ask(asked)
    assert (told.state, told.reason) == (F, "card_declined")
    assert vendor.port.ask(asked) == told == vendor.port.find(asked.key)
    assert vendor.done(asked.key) == 1


def test_captures_never_exceed_what_was_authorised(vendor: Vendor) -> None:
    told = authorised(vendor)
    assert vendor.port.ask(ask(CallKind.CAPTURE, 1500, payment=told.payment)).state is S
    over = vendor.port.ask(ask(CallKind.CAPTURE, 501, payment=told.payment))
    assert (over.state, over.reason.partition(":")[0]) == (F, "amount_too_large")
    assert vendor.figures(told.payment) == (2000, 1500, 0, 0)
    assert vendor.port.ask(ask(CallKind.CAPTURE, 500, payment=told.payment)).state is S
    assert vendor.figures(told.payment) == (2000, 2000, 0, 0)


def test_a_void_lets_go_of_what_was_not_captured(vendor: Vendor) -> None:
    told = authorised(vendor)
    vendor.port.ask(ask(CallKind.CAPTURE, 500, payment=told.payment))
    assert vendor.port.ask(ask(CallKind.VOID, 1500, payment=told.payment)).state is S
    assert vendor.figures(told.payment) == (500, 500, 0, 0)
    assert vendor.port.ask(ask(CallKind.VOID, 1500, payment=told.payment)).state is F


def test_refunds_never_exceed_what_was_captured(vendor: Vendor) -> None:
    payment = captured(vendor)
    assert vendor.port.ask(ask(CallKind.REFUND, 1500, payment=payment)).state is S
    over = vendor.port.ask(ask(CallKind.REFUND, 501, payment=payment))
    assert (over.state, over.reason.partition(":")[0]) == (F, "amount_too_large")
    assert vendor.figures(payment) == (2000, 2000, 1500, 0)
    assert vendor.port.ask(ask(CallKind.REFUND, 1, payment="pay_0")).state is F


@pytest.mark.parametrize("kind", [CallKind.AUTHORISE, CallKind.CAPTURE, CallKind.VOID, CallKind.REFUND])
def test_twenty_at_once_with_one_key_do_it_once(vendor: Vendor, kind: CallKind) -> None:
    asked = ask(kind, 2000)
    if kind in (CallKind.CAPTURE, CallKind.VOID):
        asked = replace(asked, payment=authorised(vendor).payment)
    elif kind is CallKind.REFUND:
        asked = replace(asked, payment=captured(vendor))
    answers: list[Told] = []
    threads = [threading.Thread(target=lambda: answers.append(vendor.port.ask(asked))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers)), vendor.done(asked.key)) == (20, 1, 1)


def test_the_same_key_for_something_else_fails_and_does_nothing(vendor: Vendor) -> None:
    asked = ask()
    first = vendor.port.ask(asked)
    assert vendor.port.ask(replace(asked, amount=Money(3000, "KRW"))).state is F
    assert vendor.port.find(asked.key) == first
    assert vendor.done(asked.key) == 1


def test_what_was_never_asked_for_is_not_found(vendor: Vendor) -> None:
    assert vendor.port.find("never/asked for?") is None


def test_after_silence_the_look_up_tells_what_was_done(vendor: Vendor) -> None:
    asked = ask(CallKind.REFUND, 700, payment=captured(vendor))
    vendor.fall_silent(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.ask(asked)
    vendor.fall_silent(False)
    found = vendor.port.find(asked.key)
    assert found is not None
    assert found == vendor.port.ask(asked)
    assert (vendor.done(asked.key), vendor.figures(asked.payment)) == (1, (2000, 2000, 700, 0))


def test_a_provider_that_is_not_available_raises_and_did_nothing(vendor: Vendor) -> None:
    asked = ask()
    vendor.refuse_all(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.ask(asked)
    with pytest.raises(httpx.HTTPError):
        vendor.port.find(asked.key)
    vendor.refuse_all(False)
    assert vendor.port.find(asked.key) is None


def test_a_wrong_token_raises_and_is_never_a_declined_payment(vendor: Vendor) -> None:
    asked = ask()
    with pytest.raises(httpx.HTTPError):
        vendor.wrong_token.ask(asked)
    with pytest.raises(httpx.HTTPError):
        vendor.wrong_token.find(asked.key)
    assert vendor.done(asked.key) == 0


def test_a_provider_that_is_away_raises(vendor: Vendor) -> None:
    with pytest.raises(httpx.ConnectError):
        vendor.away.ask(ask())


@pytest.mark.parametrize(
    ("outcome", "state", "figures"), [("succeeded", S, (2000, 2000, 700, 0)), ("failed", F, (2000, 2000, 0, 0))]
)
def test_a_pending_refund_holds_its_money_until_it_ends(
    vendor: Vendor, outcome: str, state: CallState, figures: tuple[int, int, int, int]
) -> None:
    asked = ask(CallKind.REFUND, 700, payment=captured(vendor))
    vendor.be_slow(True)
    assert vendor.port.ask(asked).state is P
    assert vendor.figures(asked.payment) == (2000, 2000, 0, 700)
    assert vendor.port.ask(ask(CallKind.REFUND, 1301, payment=asked.payment)).state is F
    vendor.end_refunds(outcome)
    vendor.be_slow(False)
    found = vendor.port.find(asked.key)
    assert found is not None
    assert (found.state, vendor.figures(asked.payment)) == (state, figures)


def test_webhooks_tell_what_the_look_up_tells(vendor: Vendor, listener: Listener) -> None:
    vendor.port.subscribe(listener.url, SECRET)
    asked = ask()
    told = vendor.port.ask(asked)
    end = time.monotonic() + 60
    while not any(event["data"]["key"] == asked.key for event in listener.events()):
        assert time.monotonic() < end
        time.sleep(0.02)
    [event] = [event for event in listener.events() if event["data"]["key"] == asked.key]
    assert event["type"] == "payment.authorised"
    assert vendor.port.read_webhook(json.dumps(event).encode()) == [told]


def test_only_what_the_provider_signed_is_opened(vendor: Vendor) -> None:
    body = b'{"type": "payment.captured"}'
    assert vendor.port.open_webhook(signed(body, secret=SECRET), body) == "msg_1"
    for headers, sent in (
        (signed(body, secret=SECRET), body + b" "),
        (signed(body, secret=SECRET, at=datetime.now(UTC) - timedelta(minutes=10)), body),
        (signed(body, secret=SECRET) | {"webhook-signature": "v1,AAAA"}, body),
        ({}, body),
    ):
        with pytest.raises(Refused, match="bad_signature"):
            vendor.port.open_webhook(headers, sent)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"type": "payment.captured", "data": {"key": 1}}', b"\xff", b"[" * 5000]
)
def test_a_webhook_of_another_shape_is_refused(vendor: Vendor, body: bytes) -> None:
    with pytest.raises(Refused, match="unreadable"):
        vendor.port.read_webhook(body)


def test_other_topics_say_nothing(vendor: Vendor) -> None:
    assert vendor.port.read_webhook(b'{"type": "payout.paid", "data": {}}') == []
