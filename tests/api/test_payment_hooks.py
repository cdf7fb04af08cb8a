"""Webhooks of payment providers: believed when signed, kept raw, harmless when late, doubled, disordered or strange."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from doorstep.base import arrivals
from doorstep.flows import arrivals as reading
from doorstep.orders.values import PaymentState
from doorstep.payments import accounts, actions, queries, settling
from doorstep.payments.port import Told
from doorstep.payments.values import AccountRow, CallRow, CallState
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, signed_in
from tests.signing import signed

pytestmark = pytest.mark.django_db
OTHER_SECRET = "whsec_" + base64.b64encode(b"another-secret-of-thirty-two-byt").decode()
_numbers = itertools.count(1)


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    to = {"url": "http://127.0.0.1:9", "token": "x"}
    accounts.connect(made.ctx, code="p", name="Sandbox Pay", provider="sandbox_payment", settings=to)
    return made


def account_of(brand: Brand) -> AccountRow:
    [account] = queries.list_accounts(brand.ctx)
    return account


def asked(brand: Brand) -> CallRow:
    """The authorisation of a new order, wished for and not answered."""
    [order_id] = place(brand.ctx, draft([("A", 2)], payment_state=PaymentState.PENDING, payment_method="pm_card"))
    drain()
    [call] = queries.calls_of(brand.ctx, order_ids=[order_id])
    return call


def told(call: CallRow, state: str = "succeeded", *, reason: str = "", topic: str = "payment.authorised") -> bytes:
    """What the sandbox provider pushes."""
    payment = {"capture_before": "2026-11-30T09:00:00.000Z"}
    data = {
        "operation_id": f"op_{call.id}", "key": call.vendor_key, "kind": call.kind, "payment_id": "pay_7",
        "amount_minor": call.amount_minor, "state": state, "reason": reason, "payment": payment,
    }  # fmt: skip
    return json.dumps({"type": topic, "timestamp": "2026-11-23T09:00:00Z", "data": data}).encode()


def push(account: AccountRow, body: bytes, *, id: str = "", secret: str = "") -> Any:
    """One signed delivery, as it goes over HTTP."""
    key = secret or account.settings["webhook_secret"]
    headers = signed(body, secret=key, id=id or f"msg_{next(_numbers)}")
    url = f"/hooks/{account.provider}/{account.slug}"
    return Client().generic("POST", url, body, content_type="application/json", headers=headers)


def state_of(brand: Brand, call: CallRow) -> str:
    return queries.get_call(brand.ctx, call_id=call.id).state


def test_what_the_provider_tells_is_done_when_it_gets_its_answer(brand: Brand) -> None:
    call = asked(brand)
    answer = push(account_of(brand), told(call))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "processed")
    payment = queries.payments_of(brand.ctx, order_ids=[call.order_id])[call.order_id]
    assert (payment.state, payment.authorised_minor, payment.vendor_id) == ("authorised", 2000, "pay_7")
    assert payment.capture_before == datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_a_webhook_before_our_own_answer_and_the_answer_after_it_are_one(brand: Brand) -> None:
    call = asked(brand)
    settling.begin(brand.ctx, call_id=call.id)
    push(account_of(brand), told(call))
    late = Told(call.vendor_key, CallState.SUCCEEDED, f"op_{call.id}", "pay_7", 2000)
    assert not settling.settle(brand.ctx, call_id=call.id, told=late)
    assert [e.kind for e in queries.ledger_of(brand.ctx, order_id=call.order_id).entries] == ["authorisation"]


def test_the_same_webhook_twice_and_an_older_one_after_it_change_nothing(brand: Brand) -> None:
    call, account = asked(brand), account_of(brand)
    push(account, told(call), id="msg_a")
    before = queries.ledger_of(brand.ctx, order_id=call.order_id)
    assert push(account, told(call), id="msg_a").json()["duplicate"]
    assert push(account, told(call), id="msg_b").json()["outcome"] == "ignored"
    assert push(account, told(call, "pending"), id="msg_c").json()["outcome"] == "ignored"
    assert push(account, told(call, "failed", reason="card_declined"), id="msg_d").json()["outcome"] == "ignored"
    assert queries.ledger_of(brand.ctx, order_id=call.order_id) == before


def test_a_bad_signature_is_turned_away_and_leaves_a_trace(brand: Brand) -> None:
    call = asked(brand)
    assert push(account_of(brand), told(call), secret=OTHER_SECRET).status_code == 401
    assert state_of(brand, call) == "wanted"
    page = signed_in(brand.ctx).get(f"/settings/payments/{account_of(brand).id}/").content.decode()
    assert "turned away a webhook with a bad signature" in page


def test_what_was_not_asked_for_here_is_kept_and_moves_nothing(brand: Brand) -> None:
    call, other = asked(brand), make_brand()
    to = {"url": "http://127.0.0.1:9", "token": "x"}
    accounts.connect(other.ctx, code="p", name="Other", provider="sandbox_payment", settings=to)
    answer = push(account_of(other), told(call))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")
    assert state_of(brand, call) == "wanted"
    kept = arrivals.get(other.ctx, id=answer.json()["arrival"])
    assert (kept.source, kept.detail["reason"]) == ("payment", "It tells of something that was not asked for here.")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"type": "payment.captured", "data": {}}'])
def test_what_cannot_be_read_is_kept_and_refused(brand: Brand, body: bytes) -> None:
    answer = push(account_of(brand), body)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "refused")


def test_other_topics_are_ignored(brand: Brand) -> None:
    assert push(account_of(brand), b'{"type": "payout.paid", "data": {}}').json()["outcome"] == "ignored"


def test_a_replay_does_nothing_twice(brand: Brand) -> None:
    call = asked(brand)
    answer = push(account_of(brand), told(call))
    before = queries.ledger_of(brand.ctx, order_id=call.order_id)
    assert reading.read_again(brand.ctx, arrival_id=answer.json()["arrival"]) == "ignored"
    assert queries.ledger_of(brand.ctx, order_id=call.order_id) == before


def test_a_retired_account_is_still_heard(brand: Brand) -> None:
    call = asked(brand)
    accounts.set_active(brand.ctx, id=account_of(brand).id, active=False)
    push(account_of(brand), told(call))
    assert state_of(brand, call) == "succeeded"
    assert not actions.note_paid_elsewhere(brand.ctx, order_id=call.order_id)


def test_what_came_stands_in_the_list_under_its_account(brand: Brand) -> None:
    push(account_of(brand), told(asked(brand)))
    client = signed_in(brand.ctx)
    page = client.get(f"/channels/arrivals/?connection=payment-{account_of(brand).id}").content.decode()
    assert "Sandbox Pay" in page
    assert client.get(f"/settings/payments/{account_of(brand).id}/").status_code == 200
