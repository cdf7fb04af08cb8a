"""What breaks again and again waits for a person, in the open, and goes on when they say so."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from doorstep.base import db, stuck
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.flows.reactions import REACTIONS
from doorstep.orders import events, queries
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def breaks(_ctx: Ctx, _events: Sequence[Event]) -> None:
    raise KeyError("a fault of ours")


def an_order_whose_routing_broke(brand: Brand) -> int:
    """An order that Doorstep tried to route as often as it tries anything."""
    [order_id] = place(brand.ctx, draft())
    for _ in range(stuck.MOST_ATTEMPTS):
        drain(reactions={**REACTIONS, events.ORDER_PLACED: (breaks,)})
        db.execute("UPDATE base_event SET retry_at = now() WHERE pending")
    return order_id


def routed(brand: Brand, order_id: int) -> bool:
    return all(part.location_id for part in queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id]))


def test_it_stands_on_a_page_and_goes_on_when_somebody_says_so() -> None:
    brand = make_brand()
    order_id = an_order_whose_routing_broke(brand)
    drain()
    assert not routed(brand, order_id)
    client = signed_in(brand.ctx)
    assert "One thing did not go on by itself." in client.get("/").content.decode()
    page = client.get("/settings/stuck/").content.decode()
    assert "KeyError" in page
    assert f'href="/orders/{order_id}/"' in page
    [row] = stuck.find(brand.ctx, limit=5)
    client.post("/settings/stuck/try-again/", {"row": [row.event.id]})
    drain()
    assert routed(brand, order_id)
    assert "did not go on by itself" not in client.get("/").content.decode()
    assert "let Doorstep try again what had failed" in client.get(f"/orders/{order_id}/").content.decode()


def test_only_what_is_stuck_and_one_s_own_is_tried_again() -> None:
    brand, stranger = make_brand(), make_brand()
    an_order_whose_routing_broke(brand)
    place(brand.ctx, draft())
    drain()
    every = db.column("SELECT id FROM base_event")
    assert stuck.try_again(stranger.ctx, ids=every) == 0
    assert stuck.try_again(brand.ctx, ids=every) == 1
    assert stuck.try_again(brand.ctx, ids=every) == 0
    assert (stuck.count(brand.ctx), stuck.count(stranger.ctx)) == (0, 0)


def test_who_may_not_change_settings_sees_no_button_and_no_notice() -> None:
    brand = make_brand()
    an_order_whose_routing_broke(brand)
    client = signed_in(brand.ctx, "warehouse")
    assert "did not go on by itself" not in client.get("/fulfilment/").content.decode()
    assert client.get("/settings/stuck/").status_code == 403
    assert client.post("/settings/stuck/try-again/", {"row": ["1"]}).status_code == 403
