"""Returns through the API: the same policy and the same counting as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from doorstep.base import outbox
from doorstep.flows import send_back
from doorstep.returns import actions, queries
from doorstep.returns.events import RETURN_APPROVED
from doorstep.shipping import actions as shipping
from doorstep.shipping import carriers
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Declined
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key, rows_everywhere
from tests.factories import NOW, Brand, make_brand, signed_in
from tests.returning import arrived, label, wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("those_days")]  # in which what was sold may come back


@pytest.fixture
def brand() -> Brand:
    return make_brand()


@pytest.fixture
def api(brand: Brand) -> Api:
    return Api(brand, make_key(brand))


def asked(brand: Brand, order_id: int, **more: Any) -> dict[str, Any]:
    line = {"order_line_id": wish(brand.ctx, order_id).order_line_id, "qty": 2, "reason": "too_small"}
    return {"client_id": "wish-0001", "lines": [line], **more}


def test_a_preview_keeps_nothing_and_the_request_twice_is_one_return(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    before = rows_everywhere()
    seen = api.post(f"/orders/{order_id}/returns", asked(brand, order_id, preview=True))
    assert (seen.status_code, seen.json()["decision"]) == (200, "approved")
    assert seen.json()["lines"][0]["rule"] == "Within 30 days of delivery"
    assert rows_everywhere() == before
    first, again = (api.post(f"/orders/{order_id}/returns", asked(brand, order_id)) for _ in range(2))
    assert (first.status_code, first.json()["number"], first.json()["id"]) == (201, "R1001", again.json()["id"])
    listed = api.get("/returns?view=coming&q=r1001").json()
    assert ([row["id"] for row in listed["returns"]], listed["next"]) == ([first.json()["id"]], None)
    assert api.get("/returns?view=review").json()["returns"] == []


def test_a_preview_asks_in_both_languages(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    rule = {"name": "Ask", "when": {"all": []}, "action": "ask", "question_ko": "왜입니까?"}
    actions.publish_policy(replace(brand.ctx, now=NOW - timedelta(days=90)), policy=[rule])

    [line] = api.post(f"/orders/{order_id}/returns", asked(brand, order_id, preview=True)).json()["lines"]

    assert (line["action"], line["question"], line["question_ko"]) == ("ask", "왜입니까?", "왜입니까?")


def test_goods_are_received_and_inspected_once(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()
    [line] = made["lines"]
    came = {
        "client_id": "came-0001", "lines": [{"line_id": line["id"], "qty": 2}],
        "others": [{"came": "extra_item", "sku": "C", "note": "A gift?"}],
    }  # fmt: skip
    for _ in range(2):
        got = api.post(f"/returns/{made['id']}/receipts", came)
        assert (got.status_code, got.json()["goods"], len(got.json()["receipts"])) == (200, "received", 2)

    def on_hand() -> int:
        return sum(level.on_hand for level in stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]]))

    before = on_hand()
    judged = {"client_id": "judge-001", "line_id": line["id"], "qty": 2, "grade": "A", "disposition": "restocked"}
    for _ in range(2):
        answer = api.post(f"/returns/{made['id']}/inspections", judged)
        assert (answer.status_code, answer.json()["goods"]) == (200, "inspected")
    assert on_hand() == before + 2
    assert api.get(f"/returns/{made['id']}").json()["inspections"][0]["grade"] == "A"


def test_what_makes_no_sense_is_refused_and_nothing_moves(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()
    [line] = made["lines"]
    address = f"/returns/{made['id']}"
    too_many = {"client_id": "came-0001", "lines": [{"line_id": line["id"], "qty": 3}]}
    assert api.post(f"{address}/receipts", too_many).json()["code"] == "more_than_announced"
    assert api.post(f"{address}/receipts", {"client_id": "came-0002"}).status_code == 422
    nul = {"decision": "approve", "note": "a\x07b"}
    assert api.post(f"{address}/decision", nul).status_code == 422
    unknown = {"client_id": "came-0003", "others": [{"came": "extra_item", "sku": "NOPE"}]}
    assert api.post(f"{address}/receipts", unknown).json()["code"] == "not_found"
    assert api.post(f"{address}/decision", {"decision": "approve"}).json()["code"] == "return_state"
    again = asked(brand, order_id) | {"client_id": "wish-0002"}
    assert api.post(f"/orders/{order_id}/returns", again).json()["code"] == "too_many_units"
    assert queries.receipts_of(brand.ctx, return_id=made["id"]) == []


def detail(api: Api, return_id: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/returns/{return_id}").json()
    return found


def test_a_label_is_asked_for_and_printed_while_the_goods_are_away(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()
    address = f"/returns/{made['id']}"
    assert api.get(f"{address}/label.pdf").status_code == 404

    first, again = (api.post(f"{address}/label") for _ in range(2))

    assert (first.status_code, first.json()["goods"]) == (202, "none")
    assert again.json()["parcel_id"] == first.json()["parcel_id"]
    assert len(parcels.labels_of(brand.ctx, parcel_ids=[first.json()["parcel_id"]])) == 1
    label(brand.ctx, first.json()["parcel_id"])
    drain()
    drawn = api.get(f"{address}/label.pdf")
    assert (drawn.status_code, drawn.headers["Content-Type"], drawn.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert (api.post(f"{address}/label").status_code, detail(api, made["id"])["goods"]) == (202, "label_issued")


@pytest.mark.parametrize("end", ["declined", "voided", "voided later"])
def test_another_label_is_asked_for_after_one_that_is_no_more(brand: Brand, api: Api, end: str) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()
    address = f"/returns/{made['id']}"
    parcel_id = api.post(f"{address}/label").json()["parcel_id"]
    [first] = parcels.labels_of(brand.ctx, parcel_ids=[parcel_id])
    if end == "declined":
        shipping.settle_label(brand.ctx, label_id=first.id, answer=Declined("zip: unknown"))
    elif end == "voided":
        shipping.want_void(brand.ctx, parcel_ids=[parcel_id])
    else:
        label(brand.ctx, parcel_id)
        drain()
        shipping.want_void(brand.ctx, parcel_ids=[parcel_id])
        shipping.settle_void(brand.ctx, label_id=first.id, taken_back=True)
    approved = [e for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) if e.type == RETURN_APPROVED]

    send_back.want_labels(brand.ctx, approved)
    assert (len(approved), parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])) == (1, {})
    assert "Ask for the label" in signed_in(brand.ctx).get(f"{address}/").content.decode()
    answers = [api.post(f"{address}/label").status_code for _ in range(2)]

    assert answers == [202, 202]
    assert [row.state for row in parcels.labels_of(brand.ctx, parcel_ids=[parcel_id])] == ["wanted", end.split()[0]]


def test_no_label_is_asked_for_where_nobody_sells_one_or_none_is_due(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()
    for carrier in parcels.list_carriers(brand.ctx):
        carriers.set_active(brand.ctx, id=carrier.id, active=False)

    unsold = api.post(f"/returns/{made['id']}/label")
    assert (unsold.json()["code"], detail(api, made["id"])["parcel_id"]) == ("no_carrier", None)
    api.post(f"/returns/{made['id']}/cancel")
    undue = api.post(f"/returns/{made['id']}/label")

    assert (undue.status_code, undue.json()["code"]) == (409, "no_label_due")
    assert detail(api, made["id"])["parcel_id"] is None


def test_a_return_is_called_off_and_its_units_are_free_again(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()

    done, again = (api.post(f"/returns/{made['id']}/cancel", idempotency_key="k1") for _ in range(2))

    assert (done.status_code, done.json()["decision"]) == (200, "cancelled")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    problem = api.post(f"/returns/{made['id']}/cancel").json()
    assert (problem["code"], problem["detail"]) == (
        "return_state", "Return R1001 is “Cancelled”; this is not possible now.",
    )  # fmt: skip
    anew = asked(brand, order_id) | {"client_id": "wish-0002"}
    assert api.post(f"/orders/{order_id}/returns", anew).status_code == 201


def test_a_return_of_which_a_part_came_is_closed_short(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()
    address, [line] = f"/returns/{made['id']}", made["lines"]
    assert api.post(f"{address}/close-short").json()["code"] == "return_state"
    assert detail(api, made["id"])["goods"] == "none"
    api.post(f"{address}/receipts", {"client_id": "came-0001", "lines": [{"line_id": line["id"], "qty": 1}]})

    done = api.post(f"{address}/close-short")

    assert (done.status_code, done.json()["goods"], done.json()["lines"][0]["received"]) == (200, "received", 1)


def test_a_return_tells_where_its_customer_sees_it(brand: Brand, api: Api) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()

    page = Client().get(urlsplit(made["status_link"]).path + "?language=en")

    assert page.status_code == 200
    assert "R1001" in page.content.decode()


def test_a_key_that_only_reads_is_given_no_link_that_calls_a_return_off(
    brand: Brand, api: Api, as_key: Callable[..., Api]
) -> None:
    order_id = arrived(brand.ctx)
    made = api.post(f"/orders/{order_id}/returns", asked(brand, order_id)).json()
    address = f"/returns/{made['id']}"

    assert made["status_link"].startswith("http")
    assert as_key(brand, "returns:read").get(address).json() == made | {"status_link": None}
    again = as_key(brand, "returns:read", "returns:write").get(address).json()
    assert again.pop("status_link").startswith("http")  # it says when it was made
    assert again.items() <= made.items()
