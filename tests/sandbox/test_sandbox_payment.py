"""The sandbox payment provider: its own rules, books that survive a kill, webhooks and faults.  The port is in tests/contracts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Listener, Server

Run = Callable[..., Server]
PAYMENT = {"reference": "order-1", "method": "pm_card", "currency": "KRW", "amount_minor": 29_000}


def key(name: str) -> dict[str, Any]:
    return {"headers": {"idempotency-key": name}}


def captured(server: Server, name: str = "a") -> str:
    id: str = server.post("/payments", PAYMENT, status=201, **key(f"{name}-1"))["payment_id"]
    server.post(f"/payments/{id}/capture", {}, status=201, **key(f"{name}-2"))
    return id


def test_what_was_answered_survives_a_kill_and_the_same_key_answers_the_same(run: Run) -> None:
    server = run("payment")
    id = captured(server)
    refunded = server.post("/refunds", {"payment_id": id, "amount_minor": 9000}, status=201, **key("r"))
    server.kill()
    server.start()
    assert server.post("/refunds", {"payment_id": id, "amount_minor": 9000}, **key("r")) == refunded
    assert server.get("/by-key/r") == refunded
    assert server.get("/totals") == {
        "totals": {
            "KRW": {
                "payments": 1, "authorised_minor": 29_000, "captured_minor": 29_000, "refunded_minor": 9000,
                "refund_open_minor": 0,
            }
        }
    }  # fmt: skip


def test_fifty_refunds_at_once_never_exceed_what_was_captured(run: Run) -> None:
    server = run("payment")
    id = captured(server)

    def refund(number: int) -> int:
        body = {"payment_id": id, "amount_minor": 1000}
        return server.http.post("/refunds", json=body, headers={"idempotency-key": f"r{number}"}).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(refund, range(50)))
    assert (answers.count(201), answers.count(422)) == (29, 21)
    assert server.get(f"/payments/{id}")["refunded_minor"] == 29_000


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/payments", PAYMENT | {"amount_minor": 0}, 422, "invalid"),
        ("/payments", PAYMENT | {"amount_minor": 1.5}, 422, "invalid"),
        ("/payments", PAYMENT | {"method": "4242424242424242"}, 422, "invalid"),
        ("/payments", PAYMENT | {"method": "pm_declined"}, 402, "card_declined"),
        ("/payments", PAYMENT | {"method": "pm_no_funds"}, 402, "insufficient_funds"),
        ("/payments/pay_9/capture", {}, 404, "not_found"),
        ("/refunds", {"payment_id": "pay_9", "amount_minor": 1}, 404, "not_found"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_code(
    run: Run, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    assert run("payment").post(path, body, status=status, **key("k"))["error"] == code


def test_an_authorisation_expires(run: Run) -> None:
    server = run("payment")
    id = server.post("/payments", PAYMENT | {"hold_s": 0}, status=201, **key("a"))["payment_id"]
    assert server.post(f"/payments/{id}/capture", {}, status=422, **key("c"))["error"] == "expired"
    assert server.http.get("/by-key/c").status_code == 404


def test_a_key_or_a_token_that_is_missing_is_refused(run: Run) -> None:
    server = run("payment")
    assert server.post("/payments", PAYMENT, status=400)["error"] == "idempotency_key"
    bare = httpx.get(f"{server.http.base_url}/totals", timeout=60)
    assert (bare.status_code, bare.headers["www-authenticate"]) == (401, "Bearer")
    assert httpx.get(f"{server.http.base_url}/healthz", timeout=60).json() == {"status": "ok", "server": "payment"}


def test_every_change_is_pushed_and_a_refund_that_waits_is_pushed_twice(
    run: Run, listener: Listener, secret: str, until: Callable[..., None]
) -> None:
    server = run("payment")
    server.post("/admin/webhook", {"url": listener.url, "secret": secret})
    server.post("/admin/faults", {"refund_pending": 1, "refund_fail": 1, "refund_settle_s": 0.1})
    id = captured(server)
    server.post("/refunds", {"payment_id": id, "amount_minor": 500}, status=201, **key("r"))
    until(lambda: len(listener.got) == 4)
    assert [(e["type"], e["data"]["state"]) for e in listener.events()] == [
        ("payment.authorised", "succeeded"), ("payment.captured", "succeeded"), ("refund.created", "pending"),
        ("refund.updated", "failed"),
    ]  # fmt: skip
    assert server.get("/by-key/r")["reason"] == "expired_or_canceled_card"
    assert server.get(f"/payments/{id}")["refund_open_minor"] == 0


def test_the_list_pages_by_number_and_narrows_by_reference(run: Run) -> None:
    server = run("payment")
    for number in range(3):
        server.post("/payments", PAYMENT | {"reference": f"order-{number % 2}"}, status=201, **key(f"k{number}"))
    first = server.get("/payments?limit=2")
    assert ([p["payment_id"] for p in first["payments"]], first["next_after"]) == (["pay_1", "pay_2"], 2)
    assert [p["payment_id"] for p in server.get("/payments?after=2")["payments"]] == ["pay_3"]
    assert [p["payment_id"] for p in server.get("/payments?reference=order-0")["payments"]] == ["pay_1", "pay_3"]
