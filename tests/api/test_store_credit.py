"""Store credit over the API: what a customer has, what it came from, and credit without a return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.customers import merges
from doorstep.payments import queries
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, refused
from tests.factories import draft, merged, place
from tests.giving_back import back
from tests.returning import arrived, ask, wish

pytestmark = pytest.mark.django_db


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def buyer(api: Api) -> tuple[int, int]:
    """An order that arrived, and who bought it."""
    order_id = arrived(api.brand.ctx, draft([("A", 3)]))
    return order_id, int(api.get(f"/orders/{order_id}").json()["customer_id"])


def test_credit_of_a_return_is_told_with_what_it_was_for(api: Api) -> None:
    order_id, customer_id = buyer(api)
    return_id = ask(api.brand.ctx, order_id, wish(api.brand.ctx, order_id, outcome="store_credit"))
    drain()
    back(api.brand, return_id, 1)
    drain()

    found = api.get(f"/customers/{customer_id}/credit").json()

    assert found["balance"] == [eur("10.00")]
    [entry] = found["entries"]
    assert (entry["amount"], entry["order_id"], entry["about"]) == (eur("10.00"), order_id, f"return:{return_id}")
    assert found["next"] is None


def test_credit_is_granted_once_under_its_key_and_told_page_by_page(api: Api) -> None:
    _, customer_id = buyer(api)
    address = f"/customers/{customer_id}/credit"

    one, again = (api.post(address, {"amount": eur("5.00")}, idempotency_key="k1") for _ in range(2))
    two = api.post(address, {"amount": {"amount": "3000", "currency": "KRW"}}, idempotency_key="k2")

    assert (one.status_code, one.json()["about"], one.json()["by"]) == (201, f"customer:{customer_id}", "Web store")
    assert again.json() == one.json()
    page = api.get(f"{address}?limit=1").json()
    rest = api.get(f"{address}?limit=1&cursor={page['next']}").json()
    assert page["balance"] == [eur("5.00"), {"amount": "3000", "currency": "KRW"}]
    assert [row["id"] for row in (*page["entries"], *rest["entries"])] == [two.json()["id"], one.json()["id"]]
    assert rest["next"] is None


def test_credit_for_an_order_is_never_more_than_is_left_of_it(api: Api) -> None:
    order_id, customer_id = buyer(api)
    address = f"/customers/{customer_id}/credit"
    given: dict[str, Any] = {"amount": eur("25.00"), "order_id": order_id}

    assert api.post(address, given, idempotency_key="k1").json()["about"] == f"order:{order_id}"
    refused(api.post(address, given, idempotency_key="k2"), 422, "above_refundable")

    assert api.get(f"/orders/{order_id}/payments").json()["refundable"] == eur("5.00")
    assert api.get(address).json()["balance"] == [eur("25.00")]


def test_what_makes_no_sense_is_refused_and_nothing_is_granted(api: Api) -> None:
    order_id, customer_id = buyer(api)
    [other] = place(api.brand.ctx, draft(email="other@example.com"))
    gone = merges.get(api.brand.ctx, id=merged(api.brand.ctx)).gone_id
    address = f"/customers/{customer_id}/credit"

    problem = refused(api.post(address, {"amount": eur("1.00")}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "Idempotency-Key"
    won = {"amount": {"amount": "100", "currency": "KRW"}, "order_id": order_id}
    refused(api.post(address, won, idempotency_key="k1"), 422, "invalid")
    refused(api.post(address, {"amount": eur("1.00"), "order_id": other}, idempotency_key="k2"), 404, "not_found")
    refused(api.post(address, {"amount": {"amount": "1", "currency": "XQX"}}, idempotency_key="k3"), 422, "invalid")
    refused(api.post(address, {"amount": eur("0.00")}, idempotency_key="k4"), 422, "nothing_to_refund")
    refused(api.post(address, {"amount": eur("-1.00")}, idempotency_key="k5"), 422, "invalid")
    refused(api.post("/customers/987654321/credit", {"amount": eur("1.00")}, idempotency_key="k6"), 404, "not_found")

    refused(api.post(f"/customers/{gone}/credit", {"amount": eur("1.00")}, idempotency_key="k7"), 409, "merged_already")

    assert queries.credits_of(api.brand.ctx, customer_id=customer_id) == []
    assert queries.credits_of(api.brand.ctx, customer_id=gone) == []


def test_a_key_without_the_scope_learns_of_no_money(api: Api, as_key: Callable[..., Api]) -> None:
    _, customer_id = buyer(api)
    reader = as_key(api.brand, "customers:read", "customers:write")

    refused(reader.get(f"/customers/{customer_id}/credit"), 403, "missing_scope")
    refused(
        reader.post(f"/customers/{customer_id}/credit", {"amount": eur("1.00")}, idempotency_key="k1"),
        403,
        "missing_scope",
    )
