"""Sending again over the API: previewed, once under its key, within what has left."""

from __future__ import annotations

import pytest

from doorstep.orders import queries, sent_again
from tests.api.conftest import Api
from tests.factories import draft, place, signed_in
from tests.returning import arrived

pytestmark = pytest.mark.django_db


def wish(api: Api, order_id: int, qty: int) -> dict[str, object]:
    [line] = queries.lines_of(api.brand.ctx, order_ids=[order_id])
    return {"lines": [{"order_line_id": line.id, "qty": qty}], "reason": "damaged", "note": "Crushed"}


def test_units_are_sent_again_as_previewed_and_once_under_their_key(api: Api) -> None:
    order_id = arrived(api.brand.ctx, draft([("A", 3)], external_id="E90"))
    body = wish(api, order_id, 2)

    seen = api.post(f"/orders/{order_id}/reships", body | {"preview": True}).json()
    assert sent_again.reships_of(api.brand.ctx, order_id=order_id) == []
    done = [api.post(f"/orders/{order_id}/reships", body, idempotency_key="k1").json() for _ in range(2)]

    assert (seen["applied"], done[0]["applied"]) == (False, True)
    assert seen["worth"] == done[0]["worth"] == {"amount": "20.00", "currency": "EUR"}
    assert seen["order"]["name"] == done[0]["order"]["name"] == "#E90-S1"
    assert done[0]["order"]["total"] == {"amount": "0.00", "currency": "EUR"}
    assert done[1]["order"]["id"] == done[0]["order"]["id"]
    assert [row.units for row in sent_again.reships_of(api.brand.ctx, order_id=order_id)] == [2]


def test_other_lines_of_what_is_sent_again_are_refused_and_its_page_offers_none(api: Api) -> None:
    order_id = arrived(api.brand.ctx, draft([("A", 3)], external_id="E90"))
    sent = api.post(f"/orders/{order_id}/reships", wish(api, order_id, 2), idempotency_key="k1").json()["order"]
    change = {"version": sent["version"], "lines": [{"order_line_id": sent["lines"][0]["id"], "qty": 1}]}

    for body in (change | {"preview": True}, change):
        answer = api.post(f"/orders/{sent['id']}/edits", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "brings_again")
    page = signed_in(api.brand.ctx).get(f"/orders/{sent['id']}/edit/").content.decode()

    assert api.get(f"/orders/{sent['id']}").json()["lines"][0]["qty"] == 2
    assert "Its lines and discount stay as they are" in page
    assert [name in page for name in ('name="qty-', 'name="sku"', 'name="discount"', 'name="street"')] == [
        False, False, False, True,
    ]  # fmt: skip


def test_what_cannot_be_sent_again_is_refused_and_nothing_is_sent(api: Api) -> None:
    order_id = arrived(api.brand.ctx, draft([("A", 3)]))
    [waits] = place(api.brand.ctx, draft([("A", 1)]))

    answers = [
        api.post(f"/orders/{order_id}/reships", wish(api, order_id, 4), idempotency_key="k1"),
        api.post(f"/orders/{waits}/reships", wish(api, waits, 1), idempotency_key="k2"),
        api.post("/orders/987654321/reships", wish(api, order_id, 1), idempotency_key="k3"),
    ]
    nameless = api.post(f"/orders/{order_id}/reships", wish(api, order_id, 1))

    assert [(a.status_code, a.json()["code"]) for a in answers] == [
        (409, "too_many_to_send"), (409, "not_shipped"), (404, "not_found"),
    ]  # fmt: skip
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (422, "Idempotency-Key")
    assert sent_again.reships_of(api.brand.ctx, order_id=order_id) == []
