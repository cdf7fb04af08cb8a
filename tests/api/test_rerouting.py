"""Places that say no, parts that nobody can send, and what units are worth, as programs see them."""

from __future__ import annotations

import pytest

from doorstep.flows import price_stock
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key, order
from tests.factories import make_brand, receive

pytestmark = pytest.mark.django_db


def test_a_location_says_no_and_what_nobody_has_is_parked_and_cancelled() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 5)
    api = Api(brand, make_key(brand))
    made = api.post("/orders", order()).json()["id"]
    drain()
    [part] = api.get(f"/orders/{made}").json()["fulfilment_orders"]
    [here, there] = api.get(f"/fulfilment-orders/{part['id']}/options").json()["options"]
    assert (here["location_id"], here["here"], here["more"]["amount"]) == (brand.berlin, True, "0.00")
    assert (there["location_id"], there["missing"]) == (brand.seoul, ["A"])

    said = {"location_id": brand.seoul, "reason": "damaged"}
    assert api.post(f"/fulfilment-orders/{part['id']}/reject", said).json()["code"] == "changed_meanwhile"
    no = {"location_id": brand.berlin, "reason": "too_busy", "note": "Fair"}
    answer = api.post(f"/fulfilment-orders/{part['id']}/reject", no)
    assert [one["state"] for one in answer.json()["fulfilment_orders"]] == ["on_hold"]
    [shut] = api.get(f"/orders/{made}/exclusions").json()["exclusions"]
    assert (shut["location_id"], shut["reason"], shut["note"]) == (brand.berlin, "too_busy", "Fair")
    drain()
    [parked] = api.get("/parked").json()["parked"]
    assert (parked["order_id"], parked["fulfilment_order_id"]) == (made, part["id"])
    assert api.post(f"/fulfilment-orders/{part['id']}/wait", {"until": None}).json()["cancel_at"] is None
    elsewhere = api.post(f"/fulfilment-orders/{part['id']}/send-from", {"location_id": brand.seoul})
    assert elsewhere.json()["code"] == "not_enough_stock"
    assert api.post(f"/fulfilment-orders/{part['id']}/cancel", None).json()["state"] == "cancelled"
    assert api.post(f"/fulfilment-orders/{part['id']}/cancel", None).json()["code"] == "not_parked"


def test_the_rule_of_parking_is_read_and_set() -> None:
    api = Api(brand := make_brand(), make_key(brand))
    assert api.get("/parking-rule").json() == {"cancel_days": 14, "warn_days": 3}
    assert api.ask("PUT", "/parking-rule", {"cancel_days": 0, "warn_days": 0}).json() == {"cancel_days": 0, "warn_days": 0}
    assert api.ask("PUT", "/parking-rule", {"cancel_days": 366, "warn_days": 0}).status_code == 422


def test_what_units_are_worth_is_told_by_variant() -> None:
    api = Api(brand := make_brand(), make_key(brand))
    price_stock.refresh(brand.ctx)
    rows = api.get(f"/routing/worths?variant_id={brand.variants['A']}").json()["worths"]
    assert [(row["location_id"], row["worth_minor"], row["currency"]) for row in rows] == [
        (brand.seoul, 0, "EUR"), (brand.berlin, 0, "EUR")
    ]  # fmt: skip
