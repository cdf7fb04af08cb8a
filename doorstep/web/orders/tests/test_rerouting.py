"""Pages about places that say no and about what nobody can send, through HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from doorstep.flows import bulk
from doorstep.flows.bulk.values import Wished
from doorstep.orders import parking, queries
from doorstep.orders.parking import Rule
from doorstep.routing import exclusions
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, receive, signed_in
from tests.short_picks import level, parts_of, shape

pytestmark = pytest.mark.django_db


def posted(client: Client, order_id: int, what: str, **fields: object) -> str:
    """What the page says after a form was sent."""
    answer = client.post(f"/orders/{order_id}/{what}/", {key: str(value) for key, value in fields.items()}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def ready(stock_in_seoul: int = 5) -> tuple[Brand, int]:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 5)
    receive(brand.ctx, brand.variants["A"], brand.seoul, stock_in_seoul) if stock_in_seoul else None
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    return brand, order_id


def test_the_warehouse_says_no_and_the_order_says_so() -> None:
    brand, order_id = ready()
    client = signed_in(brand.ctx, "warehouse")
    assert "Warehouse BER does not send it" in client.get(f"/orders/{order_id}/").content.decode()
    [(part, [line])] = parts_of(brand, order_id)
    said = posted(
        client, order_id, "reject", part=part.id, location=brand.berlin, reason="cannot_ship", note="No box that large",
        **{f"qty-{line.order_line_id}": 2},
    )  # fmt: skip
    assert "That place is not asked again; the units go from elsewhere." in said
    assert "Warehouse BER is not asked again for A: It cannot be sent from here." in said
    assert "“No box that large”" in said
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]


def test_who_may_only_read_says_nothing() -> None:
    brand, order_id = ready()
    [(part, _)] = parts_of(brand, order_id)
    client = signed_in(brand.ctx, "viewer")
    assert "does not send it" not in client.get(f"/orders/{order_id}/").content.decode()
    answer = client.post(f"/orders/{order_id}/reject/", {"part": part.id, "location": brand.berlin, "reason": "other"})
    assert answer.status_code == 403
    assert exclusions.of_orders(brand.ctx, order_ids=[order_id]) == []


def test_what_is_parked_is_listed_waits_longer_and_goes_anyway() -> None:
    brand, order_id = ready(stock_in_seoul=0)
    client = signed_in(brand.ctx)
    [(part, [line])] = parts_of(brand, order_id)
    posted(
        client, order_id, "reject", part=part.id, location=brand.berlin, reason="too_busy", **{f"qty-{line.order_line_id}": 2}
    )
    drain()
    listed = client.get("/orders/?view=parked").content.decode()
    assert "What is parked is cancelled by itself after 14 days." in listed
    assert f"/orders/{order_id}/" in listed
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    assert "It waits until then." in posted(client, order_id, "wait", part=part.id, how="until", day=day.isoformat())
    [row] = parking.parked_of(brand.ctx, order_ids=[order_id])
    assert (row.cancel_at and row.cancel_at.astimezone(UTC).date() >= day - timedelta(days=1), row.set_by) == (True, "Owner")
    assert client.post(f"/orders/{order_id}/wait/", {"part": part.id, "how": "until", "day": "soon"}).status_code == 422
    page = client.get(f"/orders/{order_id}/").content.decode()
    assert "Send it anyway from…" in page
    said = posted(client, order_id, "parked/send", part=part.id, location=brand.berlin, note="They have time again")
    assert "The units are fulfilled there now." in said
    assert level(brand, brand.berlin).committed == 2


def test_what_is_parked_is_cancelled_now_and_the_rule_is_set() -> None:
    brand = make_brand(stock_each=0)
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    [(part, _)] = parts_of(brand, order_id)
    client = signed_in(brand.ctx)
    assert "The order is cancelled. The customer is told." in posted(client, order_id, "parked/cancel", part=part.id)
    assert queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].state == "cancelled"
    client.post("/orders/parking/", {"cancel_days": "21", "warn_days": "5"})
    assert parking.rule_of(brand.ctx) == Rule(21, 5)
    client.post("/orders/parking/", {"cancel_days": "999", "warn_days": "5"})
    assert parking.rule_of(brand.ctx) == Rule(21, 5)


def test_many_orders_are_routed_anew_and_the_page_does_it_for_one() -> None:
    brand, order_id = ready()
    verb = bulk.VERBS["orders.reroute"]
    assert verb.able(brand.ctx, [order_id]) == (1, 0)
    assert verb.act(brand.ctx, Wished(1, {}), order_id) is False
    said = posted(signed_in(brand.ctx), order_id, "route")
    assert "It was looked at again: the place stays the best." in said
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 2})]
