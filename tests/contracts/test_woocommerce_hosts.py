"""WooCommerce on hosts that take the keys off, and orders whose shipping and tax the shop changed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from doorstep.base.invariants import check
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import reconcile
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderDetail
from doorstep.providers.woocommerce.access import KEYS_IN_QUERY
from tests.contracts.woo import change, connect, now, one_woo, place, port_of, rows_here
from tests.ear import listening
from tests.factories import Brand, make_brand
from tests.sandbox.conftest import Server

pytestmark = pytest.mark.django_db
__all__ = ["one_woo"]


@pytest.fixture
def stripping(one_woo: Server) -> Iterator[Server]:
    one_woo.post("/admin/host", {"strips_authorization": True})
    yield one_woo
    one_woo.post("/admin/host", {"strips_authorization": False})


def test_keys_go_in_the_query_where_the_host_takes_the_header_off_and_that_is_remembered(
    stripping: Server, caplog: pytest.LogCaptureFixture
) -> None:
    brand = make_brand(skus="ABCD")
    connection = connect(brand, stripping)
    with caplog.at_level(logging.DEBUG):
        assert port_of(brand, connection).list_listings(after="").items
    kept = queries.get(brand.ctx, connection_id=connection.id)
    assert kept.settings[KEYS_IN_QUERY] == "yes"
    stripping.post("/admin/keys", {"valid": False})
    with caplog.at_level(logging.DEBUG), pytest.raises(httpx.HTTPStatusError) as refused:
        port_of(brand, kept).list_listings(after="")
    stripping.post("/admin/keys", {"valid": True})
    said = [str(refused.value), str(refused.value.request.url), str(refused.value.response.url)]
    said += [record.getMessage() for record in caplog.records]
    assert any("HTTP Request" in line for line in said)
    assert [line for line in said if "cs_sandbox" in line or "ck_sandbox" in line] == []


def test_a_host_that_passes_the_header_on_again_gets_it_again_and_new_keys_forget_nothing(stripping: Server) -> None:
    brand = make_brand(skus="ABCD")
    connection = connect(brand, stripping)
    assert port_of(brand, connection).list_listings(after="").items
    channels.reach(brand.ctx, connection_id=connection.id, settings={"client_id": "ck_sandbox", "client_secret": "cs_sandbox"})
    kept = queries.get(brand.ctx, connection_id=connection.id)
    assert kept.settings[KEYS_IN_QUERY] == "yes"
    stripping.post("/admin/host", {"strips_authorization": False})
    assert port_of(brand, kept).list_listings(after="").items
    assert KEYS_IN_QUERY not in queries.get(brand.ctx, connection_id=connection.id).settings


def read(brand: Brand, connection: Any, order: dict[str, Any]) -> OrderDetail:
    reconcile.read_one(now(brand.ctx), connection_id=connection.id, external_id=str(order["id"]))
    return orders.get(brand.ctx, id=rows_here(brand)[str(order["id"])].id)


@pytest.mark.parametrize("is_gross", [True, False])
def test_other_shipping_and_its_tax_are_taken_over(one_woo: Server, is_gross: bool) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, one_woo)
    placed = place(one_woo, lines=[{"sku": "A", "quantity": 3}], shipping_total="3000", prices_include_tax=is_gross)
    before = read(brand, connection, placed)
    units = [{"id": placed["line_items"][0]["id"], "quantity": 2}]
    edited = change(one_woo, placed, shipping_lines=[{"id": placed["shipping_lines"][0]["id"], "total": "5000"}], line_items=units)
    after = read(brand, connection, placed)
    assert before.order.total_minor == int(placed["total"])
    assert (after.order.total_minor, after.tax_minor) == (int(edited["total"]), int(edited["total_tax"]))
    assert after.shipping_minor == 5000 + (500 if is_gross else 0)
    assert [line.qty for line in after.lines] == [2]
    assert check(all_invariants()) == []


LEADS_ON = [("http://[", "answered 302"), ("https://www.shop.example.com/x", "it goes on at www.shop.example.com")]


@pytest.mark.parametrize(("to", "says"), LEADS_ON)
def test_an_address_that_leads_on_is_a_trouble_with_the_shop_be_it_to_no_address(to: str, says: str) -> None:
    brand = make_brand()
    with listening(status=302, headers={"location": to}) as host:
        keys = {"client_id": "ck_a", "client_secret": "cs_a"}
        connection = channels.connect(brand.ctx, provider="woocommerce", name="Woo", url=host.url, settings=keys)
        with pytest.raises(httpx.HTTPStatusError, match=re.escape(says)):
            port_of(brand, connection).list_listings(after="")
