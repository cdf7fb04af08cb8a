"""Returns through the API: the same policy and the same counting as on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.returns import queries
from doorstep.stock import queries as stock
from tests.api.conftest import Api, make_key, rows_everywhere
from tests.factories import Brand, make_brand
from tests.returning import arrived, wish

pytestmark = pytest.mark.django_db


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
