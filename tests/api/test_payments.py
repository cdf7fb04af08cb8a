"""Money over the API: a method with the order, the ledger, and refunds that happen once under their key."""

from __future__ import annotations

import pytest

from doorstep.base import db, idempotency
from doorstep.orders.values import PaymentState
from doorstep.payments import accounts, queries
from tests.api.conftest import Api, make_key, order
from tests.factories import draft, place

pytestmark = pytest.mark.django_db


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def paid(api: Api) -> int:
    [order_id] = place(api.brand.ctx, draft([("A", 3)], shipping_minor=400))
    return order_id


def line_of(api: Api, order_id: int) -> int:
    return queries.bill_of(api.brand.ctx, order_id=order_id).lines[0].line_id


def test_a_method_comes_with_the_order(api: Api) -> None:
    to = {"url": "http://127.0.0.1:9", "token": "x"}
    accounts.connect(api.brand.ctx, code="p", name="Pay", provider="sandbox_payment", settings=to)
    taken = api.post("/orders", order(payment={"method": "pm_card"}))
    assert (taken.status_code, taken.json()["held_for"]) == (201, ["awaiting_payment"])
    [payment] = queries.payments_of(api.brand.ctx, order_ids=[taken.json()["id"]]).values()
    assert (payment.method, payment.state, payment.is_elsewhere) == ("pm_card", "pending", False)
    assert api.post("/orders", order(external_id="M2", payment={"method": "cash"})).status_code == 422


def test_the_same_order_with_another_method_is_another_order(api: Api) -> None:
    first = order(payment={"method": "pm_a"})
    assert [api.post("/orders", first).status_code for _ in range(2)] == [201, 200]
    assert api.post("/orders", first | {"payment": {"method": "pm_b"}}).json()["code"] == "external_id_reused"


def test_the_ledger_of_an_order(api: Api) -> None:
    order_id = paid(api)
    answer = api.get(f"/orders/{order_id}/payments").json()
    assert (answer["state"], answer["elsewhere"]) == ("captured", True)
    assert (answer["captured"], answer["refundable"], answer["refunded"]) == (eur("34.00"), eur("34.00"), eur("0.00"))
    assert [(e["kind"], e["amount"]) for e in answer["entries"]] == [("capture", eur("34.00"))]
    assert api.get("/orders/987654321/payments").status_code == 404


def test_retry_sends_another_idempotency_key(api: Api) -> None:
    """Medusa #16681: the key of a refund is the caller's, so a retry under it refunds nothing more."""
    order_id = paid(api)
    wish = {"lines": [{"line_id": line_of(api, order_id), "qty": 1}], "shipping": True, "reason": "broken"}
    answers = [api.post(f"/orders/{order_id}/refunds", wish, idempotency_key="k1") for _ in range(3)]
    assert [a.status_code for a in answers] == [201, 201, 201]
    assert len({a.json()["id"] for a in answers}) == 1
    assert answers[0].json()["amount"] == eur("14.00")
    assert (answers[0].json()["state"], answers[0].json()["by_hand"]) == ("granted", True)
    assert api.get(f"/orders/{order_id}/payments").json()["refund_open"] == eur("14.00")


def test_a_key_of_long_ago_refunds_nothing_else(api: Api) -> None:
    """The answer that was kept for the key is forgotten; the refund knows it for ever."""
    order_id, other_id = paid(api), paid(api)
    first = api.post(f"/orders/{order_id}/refunds", {"amount": eur("5.00")}, idempotency_key="k1")
    idempotency.forget(older_than=db.scalar("SELECT now() + interval '1 second'"))

    for id, wish in ((other_id, {"amount": eur("5.00")}), (order_id, {"amount": eur("6.00")}), (order_id, {"shipping": True})):
        refused = api.post(f"/orders/{id}/refunds", wish, idempotency_key="k1")
        assert (refused.status_code, refused.json()["code"]) == (409, "refund_key_reused")

    assert api.post(f"/orders/{order_id}/refunds", {"amount": eur("5.00")}, idempotency_key="k1").json() == first.json()
    assert queries.calls_of(api.brand.ctx, order_ids=[other_id]) == []
    assert [call.amount_minor for call in queries.calls_of(api.brand.ctx, order_ids=[order_id])] == [500]


def test_a_refund_without_a_key_is_refused(api: Api) -> None:
    order_id = paid(api)
    answer = api.post(f"/orders/{order_id}/refunds", {"amount": eur("1.00")})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "Idempotency-Key")
    assert api.get(f"/orders/{order_id}/payments").json()["refund_open"] == eur("0.00")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"amount": eur("34.01")}, "above_refundable"),
        ({"amount": eur("0.00")}, "nothing_to_refund"),
        ({"amount": eur("-25.00")}, "invalid"),
        ({"amount": {"amount": "1", "currency": "USD"}}, "invalid"),
        ({}, "invalid"),
        ({"amount": eur("1.00"), "shipping": True}, "invalid"),
        ({"lines": [{"line_id": 1_000_000, "qty": 1}]}, "no_such_line"),
        ({"lines": [{"line_id": "own", "qty": 4}]}, "too_many_units"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_in_words_and_moves_nothing(
    api: Api, wish: dict[str, object], code: str
) -> None:
    order_id = paid(api)
    lines = wish.get("lines")
    if isinstance(lines, list) and lines[0]["line_id"] == "own":
        wish = {"lines": [lines[0] | {"line_id": line_of(api, order_id)}]}
    answer = api.post(f"/orders/{order_id}/refunds", wish, idempotency_key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert queries.calls_of(api.brand.ctx, order_ids=[order_id]) == []


def test_scopes_guard_the_money(api: Api) -> None:
    order_id = paid(api)
    reader = Api(api.brand, make_key(api.brand, "payments:read"))
    assert reader.get(f"/orders/{order_id}/payments").status_code == 200
    refused = reader.post(f"/orders/{order_id}/refunds", {"amount": eur("1.00")}, idempotency_key="k")
    assert refused.status_code == 403
    stranger = Api(api.brand, make_key(api.brand, "orders:read"))
    assert stranger.get(f"/orders/{order_id}/payments").status_code == 403


def test_what_is_only_pending_cannot_be_refunded(api: Api) -> None:
    [order_id] = place(api.brand.ctx, draft([("A", 1)], payment_state=PaymentState.PENDING))
    answer = api.post(f"/orders/{order_id}/refunds", {"amount": eur("1.00")}, idempotency_key="k")
    assert answer.json()["code"] == "above_refundable"
