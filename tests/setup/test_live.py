"""The live switch of the demo brand, against a real sandbox shop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from doorstep.accounts import actions as accounts
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import queries as channel_queries
from doorstep.cli.demo import brand, shop, vendors
from doorstep.flows import live
from doorstep.messaging import mailboxes
from tests.factories import NOW, make_ctx
from tests.sandbox.conftest import run as run

pytestmark = pytest.mark.django_db


@dataclass
class Demo:
    ctx: Ctx
    shop: Any


@pytest.fixture
def demo(run: Callable[..., Any], settings: Any) -> Demo:
    server = run("shop")
    settings.SANDBOX_SHOP_URL = str(server.http.base_url).rstrip("/")
    made = accounts.create_organisation(
        now=NOW, trace=new_trace(), name="Demo", slug=new_trace(), currency="KRW", is_demo=True
    )
    return Demo(Ctx(made.id, SYSTEM, NOW, new_trace()), server)


def test_the_switch_turns_the_shop_on_and_off(demo: Demo) -> None:
    assert live.get(demo.ctx) == live.Live(possible=True, on=False)
    assert live.set(demo.ctx, True) == live.Live(possible=True, on=True)
    assert live.get(demo.ctx) == live.Live(possible=True, on=True)
    assert live.set(demo.ctx, False) == live.Live(possible=True, on=False)


def test_a_brand_of_somebody_has_no_switch(demo: Demo) -> None:
    mine = make_ctx()
    assert live.get(mine) == live.Live(possible=False, on=False)
    with pytest.raises(Refused) as refused:
        live.set(mine, True)
    assert refused.value.code == "no_live_shop"
    assert live.get(demo.ctx).on is False


def test_a_shop_that_is_away_is_told(demo: Demo) -> None:
    demo.shop.kill()
    assert live.get(demo.ctx) == live.Live(possible=False, on=False)
    with pytest.raises(Refused) as refused:
        live.set(demo.ctx, True)
    assert refused.value.code == "live_shop_silent"


def test_the_switch_wakes_the_customers_and_puts_them_to_sleep(
    demo: Demo, run: Callable[..., Any], settings: Any
) -> None:
    mailbox = run("mailbox")
    mailboxes.connect(
        demo.ctx, name="Support", address="help@moru.example", provider=live.SANDBOX_MAILBOX,
        settings={"url": str(mailbox.http.base_url).rstrip("/"), "token": "sandbox"},
    )  # fmt: skip
    live.set(demo.ctx, True)
    told = mailbox.get("/admin/live")
    assert (told["on"], told["every_s"], told["house"]) == (True, 15.0, "help@moru.example")
    assert told["web"] == settings.PUBLIC_URL
    live.set(demo.ctx, False)
    assert mailbox.get("/admin/live")["on"] is False
    mailbox.kill()
    with pytest.raises(Refused) as refused:
        live.set(demo.ctx, True)
    assert refused.value.code == "live_mailbox_silent"


def test_vendors_sell_a_part_of_the_range_once_it_is_told_and_the_switch_turns_them_too(
    demo: Demo, run: Callable[..., Any], settings: Any
) -> None:
    at = {name: run(name) for name in vendors.VENDORS}
    settings.SANDBOX_VENDORS = {name: str(server.http.base_url).rstrip("/") for name, server in at.items()}
    settings.SANDBOX_VENDORS["phone"] = "http://127.0.0.1:9"  # no shop: nobody asks it for orders
    vendors.connect(demo.ctx)
    vendors.fill()
    vendors.fill()
    ours = {v.sku for shelf in brand.shelves() for v in shelf.variants}
    shown = {level["sku"] for level in at["shopify"].get("/admin/levels")["levels"]}
    assert len(shown - ours) == 1 + len([sku for sku in shown if sku.endswith("-US")])
    books = at["amazon"].get("/admin/books")
    assert {one["sku"] for one in books["listings"]} < ours
    assert [len(at["shopify"].get("/admin/orders")["orders"]), len(books["orders"])] == [vendors.FIRST_ORDERS] * 2
    assert len(at["woocommerce"].get("/admin/stock")["stock"]) == sum(len(shelf.variants) for shelf in brand.shelves()[::4])
    for on in (True, False):
        live.set(demo.ctx, on)
        assert [server.get("/admin/live")["on"] for server in at.values()] == [on] * 3
    row = next(row for row in channel_queries.list_connections(demo.ctx) if row.provider == "amazon")
    moved = vendors.reached("amazon", "http://127.0.0.1:9")
    reached = channels.reach(demo.ctx, connection_id=row.id, settings=moved, same_shop=True)
    assert reached.settings["bridge"] == "http://127.0.0.1:9/admin/connect"


def test_the_shop_sells_what_the_brand_has_in_four_currencies(demo: Demo) -> None:
    shop.fill()
    items = demo.shop.get("/admin/catalog")["items"]
    assert {item["sku"] for item in items} == {v.sku for shelf in brand.shelves() for v in shelf.variants}
    assert {item["currency"] for item in items} == {"KRW", "USD", "EUR", "GBP"}


def test_the_range_is_the_same_every_time_and_its_barcodes_are_nobodys() -> None:
    from doorstep.catalog.rules import is_gtin

    codes = [v.barcode for shelf in brand.shelves() for v in shelf.variants]
    assert brand.shelves() == brand.shelves()
    assert len(codes) == len(set(codes))
    assert all(is_gtin(code) and len(code) == 13 and 200 <= int(code[:3]) <= 299 for code in codes)
