"""Settings, Partner warehouses."""

from __future__ import annotations

import pytest

from doorstep.fulfilment.warehouses import queries, requests
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, signed_in

pytestmark = pytest.mark.django_db
GIVEN = {"provider": "sandbox_warehouse", "name": "Partner Berlin", "url": "http://127.0.0.1:9/", "token": "t0ken"}


def connected(brand: Brand) -> int:
    signed_in(brand.ctx).post("/settings/warehouses/connect/", GIVEN | {"location": str(brand.berlin)})
    [row] = queries.list_warehouses(brand.ctx)
    return row.id


def test_a_partner_is_connected_to_a_location_and_its_token_is_never_shown() -> None:
    brand = make_brand()
    client = signed_in(brand.ctx)
    assert "Every location is run by your own people" in client.get("/settings/warehouses/").content.decode()
    id = connected(brand)
    [row] = queries.list_warehouses(brand.ctx)
    assert (row.location_id, row.settings["url"], row.settings["token"]) == (brand.berlin, "http://127.0.0.1:9", "t0ken")
    for page in ("/settings/warehouses/", f"/settings/warehouses/{id}/"):
        shown = client.get(page).content.decode()
        assert ("Partner Berlin" in shown, "Warehouse BER" in shown, "t0ken" in shown) == (True, True, False)


def test_a_location_has_one_partner_and_a_form_keeps_what_was_typed() -> None:
    brand = make_brand()
    connected(brand)
    again = GIVEN | {"name": "Other", "location": str(brand.berlin)}
    answer = signed_in(brand.ctx).post("/settings/warehouses/connect/", again)
    assert answer.status_code == 422
    assert "is run by Partner Berlin already" in answer.content.decode()
    assert 'value="Other"' in answer.content.decode()
    assert len(queries.list_warehouses(brand.ctx)) == 1


def test_what_was_asked_is_listed_and_retiring_gives_the_location_back_to_our_own_floor() -> None:
    brand = make_brand()
    id = connected(brand)
    client = signed_in(brand.ctx)
    place(brand.ctx, draft([("A", 2)]))
    drain()
    assert "Being asked" in client.get(f"/settings/warehouses/{id}/").content.decode()
    client.post(f"/settings/warehouses/{id}/retire/")
    [order_id] = place(brand.ctx, draft([("B", 1)]))
    drain()
    assert [row.order_id for row in queries.list_requests(brand.ctx, warehouse_id=id)] != [order_id]
    assert requests.ask(brand.ctx, order_ids=[order_id]) == 0


def test_one_that_does_not_answer_says_so_and_a_stranger_sees_none() -> None:
    brand = make_brand()
    id = connected(brand)
    client = signed_in(brand.ctx)
    answer = client.post(f"/settings/warehouses/{id}/test/", follow=True)
    assert "did not answer" in answer.content.decode()
    assert signed_in(make_brand().ctx).get(f"/settings/warehouses/{id}/").status_code == 404
