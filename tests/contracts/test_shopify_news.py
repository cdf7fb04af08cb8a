"""What orders of Shopify say when they come: refunded before, or twice within one second."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.flows import reconcile
from doorstep.flows.arrivals import process
from doorstep.orders import queries as orders
from tests.contracts.shopify import Connected, as_webhook, connect
from tests.factories import make_brand
from tests.sandbox.conftest import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(lasting_shopify: Server) -> Connected:
    return connect(make_brand(skus="ABCD", stock_each=100), lasting_shopify)


def read(here: Connected, order: dict[str, Any]) -> orders.OrderDetail:
    reconcile.read_one(here.ctx, connection_id=here.connection.id, external_id=str(order["id"]))
    return detail(here, order)


def detail(here: Connected, order: dict[str, Any]) -> orders.OrderDetail:
    key = (here.connection.id, str(order["id"]))
    return orders.get(here.ctx, id=orders.find_existing(here.ctx, keys=[key])[key].id)


def comes(here: Connected, body: dict[str, Any], name: str) -> str:
    """A webhook comes; gives what became of it."""
    (kept,) = arrivals.keep(here.ctx, [Incoming(here.connection.id, name, "orders/updated", as_webhook(body))])
    return process(here.ctx, arrival_ids=[kept.id])[kept.id]


def held(here: Connected, found: orders.OrderDetail) -> list[str]:
    (holds,) = orders.holds_by_order(here.ctx, order_ids=[found.order.id]).values() or ([],)
    return [name for hold in holds for name in hold.detail]


def street(here: Connected, found: orders.OrderDetail) -> str:
    line: str = orders.destinations(here.ctx, order_ids=[found.order.id])[found.order.id].ship_to["lines"][0]
    return line


def test_an_order_that_was_refunded_in_part_before_it_came_is_sent_without_a_hold(here: Connected) -> None:
    sold = here.sells(lines=[{"sku": "B", "quantity": 3}])
    here.shop.post(f"/admin/orders/{sold['id']}/refund", {"lines": [{"sku": "B", "quantity": 1}]}, status=201)
    found = read(here, sold)
    assert [line.qty for line in found.lines] == [2]
    assert held(here, found) == []


def test_one_of_which_something_was_sent_elsewhere_is_held_whatever_was_refunded(here: Connected) -> None:
    sold = here.sells(lines=[{"sku": "B", "quantity": 3}])
    here.shop.post(f"/admin/orders/{sold['id']}/refund", {"lines": [{"sku": "B", "quantity": 1}]}, status=201)
    told = here.there(sold)
    told["line_items"][0]["fulfillable_quantity"] = 1
    assert comes(here, told, "begun") == "processed"
    assert held(here, detail(here, sold)) == ["begun_elsewhere"]


def test_of_two_states_with_one_second_the_later_post_is_not_believed_but_the_order_fetched(here: Connected) -> None:
    sold = here.sells(lines=[{"sku": "B"}])
    here.shop.http.put(f"/admin/orders/{sold['id']}", json={"shipping_address": {"address1": "New street 2"}})
    new = here.there(sold)
    old = copy.deepcopy(sold) | {"updated_at": new["updated_at"]}
    assert comes(here, new, "second") == "processed"
    assert comes(here, old, "first") == "processed"
    assert street(here, detail(here, sold)) == "New street 2"
    wanted = db.scalar(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'read_order' AND args->>'external_id' = %s", [str(sold["id"])]
    )
    assert wanted == 1
    assert street(here, read(here, sold)) == "New street 2"
    here.shop.http.put(f"/admin/orders/{sold['id']}", json={"shipping_address": {"address1": "Third street 3"}})
    db.execute("UPDATE channels_ordertold SET changed_at = %s", [here.there(sold)["updated_at"]])  # all within one second
    assert street(here, read(here, sold)) == "Third street 3"
