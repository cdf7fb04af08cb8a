"""The packing table through the API."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.catalog import actions as catalog
from doorstep.catalog import queries
from doorstep.catalog.values import Handling, VariantDraft
from doorstep.orders import queries as orders
from tests.api.conftest import Api, make_key
from tests.factories import Brand, draft, make_brand, picked

pytestmark = pytest.mark.django_db
BOX = {"name": "M", "length_mm": 300, "width_mm": 200, "height_mm": 200, "empty_g": 150, "most_g": 5000}


def measured(brand: Brand, sku: str, dims: tuple[int, int, int], weight_g: int) -> None:
    row = queries.variants_by_id(brand.ctx, ids=[brand.variants[sku]])[brand.variants[sku]]
    changed = VariantDraft(row.sku, row.price, row.barcode, weight_g=weight_g, handling=Handling(dims))
    catalog.edit_variant(brand.ctx, variant_id=row.id, variant=changed)


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    measured(made, "A", (280, 180, 120), 900)
    return made


@pytest.fixture
def api(brand: Brand) -> Api:
    return Api(brand, make_key(brand))


def lines_of(brand: Brand, part: int) -> list[int]:
    return [line.order_line_id for line in orders.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part])]


def test_two_boxes_are_proposed_closed_one_by_one_and_one_is_opened_again(brand: Brand, api: Api) -> None:
    box: Any = api.post("/boxes", BOX).json()
    [part] = picked(brand.ctx, draft([("A", 2)]))
    [line] = lines_of(brand, part)
    told = api.get(f"/fulfilment-orders/{part}/packing").json()
    assert [(one["box_id"], one["weight_g"], [p["order_line_id"] for p in one["placed"]]) for one in told["proposed"]] == [
        (box["id"], 1050, [line]), (box["id"], 1050, [line]),
    ]  # fmt: skip
    assert (told["can_pack"], told["why_not"][0]["why"]) == (True, "volume")
    chosen = {"units": [{"order_line_id": line, "qty": 1}], "box_id": box["id"], "planned": 2}
    first = api.post(f"/fulfilment-orders/{part}/parcels", chosen, **{"Idempotency-Key": "one"})
    assert (first.status_code, first.json()["box"], first.json()["weight_g"], first.json()["dims"]["length_mm"]) == (
        201, "M", 1050, 300,
    )  # fmt: skip
    again = api.post(f"/fulfilment-orders/{part}/parcels", chosen, **{"Idempotency-Key": "one"})
    assert again.json()["id"] == first.json()["id"]
    second = api.post(f"/fulfilment-orders/{part}/parcels", {"weight_g": 777}).json()
    assert (second["weight_g"], second["box"], [x["qty"] for x in second["lines"]]) == (777, "", [1])
    over = api.post(f"/fulfilment-orders/{part}/parcels", chosen)
    assert (over.status_code, api.post(f"/fulfilment-orders/{part}/pack").status_code) == (409, 200)
    assert api.post(f"/shipments/{second['id']}/unpack").json()["state"] == "cancelled"
    assert [row["left"] for row in api.get(f"/fulfilment-orders/{part}/packing").json()["lines"]] == [1]


def test_boxes_are_kept_and_checked(brand: Brand, api: Api) -> None:
    made = api.post("/boxes", BOX | {"cost": {"amount": "0.55", "currency": "EUR"}}).json()
    assert made["cost"] == {"amount": "0.55", "currency": "EUR"}
    assert api.post("/boxes", BOX).status_code == 409
    assert api.post("/boxes", BOX | {"name": "S", "most_g": 100}).status_code == 422
    changed = api.ask("PUT", f"/boxes/{made['id']}", BOX | {"name": "Big", "active": False}).json()
    assert (changed["name"], changed["active"], changed["cost"]["amount"]) == ("Big", False, "0.00")
    [part] = picked(brand.ctx, draft([("A", 1)]))
    refused = api.post(f"/fulfilment-orders/{part}/parcels", {"box_id": made["id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "box_retired")


def test_an_order_becomes_a_gift_and_what_customs_lack_is_told(brand: Brand, api: Api) -> None:
    [part] = picked(brand.ctx, draft([("A", 1)], country="GB"))
    order_id = orders.fulfilment_orders_by_id(brand.ctx, ids=[part])[part].order_id
    assert api.ask("PUT", f"/orders/{order_id}/gift", {"gift": True, "message": "Happy\nbirthday"}).json()["gift"] is True
    told = api.get(f"/fulfilment-orders/{part}/packing").json()
    assert (told["gift"], told["gift_message"]) == (True, "Happy\nbirthday")
    assert told["undeclared"] == [{"sku": "A", "hs_code": True, "origin": True, "weight": False}]
    gone = api.ask("PUT", f"/orders/{order_id}/gift", {"gift": False}).json()
    assert gone == {"order_id": order_id, "gift": False, "message": ""}


def test_a_variant_tells_how_it_is_packed(brand: Brand, api: Api) -> None:
    address = f"/variants/{brand.variants['A']}"
    dims = {"length_mm": 10, "width_mm": 20, "height_mm": 30}
    told = api.patch(address, {"dims": dims, "fragile": True, "hazmat": "UN3481"}).json()
    assert (told["dims"], told["fragile"], told["own_box"], told["hazmat"]) == (dims, True, False, "UN3481")
    assert api.patch(address, {"weight_g": 5}).json()["dims"] == dims
    assert api.patch(address, {"dims": None}).json()["dims"] is None
    assert api.patch(address, {"dims": dims | {"width_mm": 0}}).status_code == 422
