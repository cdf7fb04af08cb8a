"""Pages that say what waits, what is promised and what carts hold, on a desk and on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from doorstep.flows import promises, waiting
from doorstep.flows.notify import tracking_link
from doorstep.orders import queries
from doorstep.stock import carts, promising
from doorstep.stock.values import CartWant, SellingRow
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, receive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
Page = Any


def waiting_order(brand: Brand) -> int:
    """A pre-order of which another product is here."""
    rule = SellingRow(brand.variants["B"], "preorder", date(2097, 3, 1), 50)
    promising.set_selling(brand.ctx, rule=rule)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 4)
    [order_id] = place(brand.ctx, draft([("A", 1), ("B", 2)]))
    drain()
    waiting.prioritise(brand.ctx, order_id=order_id, version=queries.get(brand.ctx, id=order_id).version, priority=1)
    soon = datetime.now(UTC) + timedelta(minutes=15)
    wants = [CartWant(brand.variants["A"], 1)]
    assert carts.reserve(replace(brand.ctx, now=datetime.now(UTC)), token="9f1c-minji", wants=wants, until=soon) == ()
    promises.sell(brand.ctx, rule=replace(rule, available_on=date(2097, 4, 1)))
    return order_id


@pytest.mark.parametrize(("language", "size"), [("en", "desk"), ("ko", "phone")])
def test_what_waits_is_said_everywhere(
    open_page: Callable[..., Page], sign_in: Callable[..., str], look: Callable[..., None], language: str, size: str
) -> None:
    brand = make_brand(stock_each=0)
    order_id, page = waiting_order(brand), open_page(size=size)
    sign_in(page, brand.ctx, language=language)
    for name, address in {
        "waiting-variant": f"/stock/{brand.variants['B']}/",
        "waiting-carts": f"/stock/{brand.variants['A']}/",
        "waiting-list": "/orders/?view=backordered",
        "waiting-order": f"/orders/{order_id}/",
        "waiting-tracking": tracking_link(brand.ctx, order_id=order_id).partition("/t/")[2].join(("/t/", "")),
    }.items():
        page.goto(address)
        look(page, name)
    if (language, size) != ("en", "desk"):
        return
    page.goto(f"/orders/{order_id}/")
    page.click("text=Promise the new day")
    page.click("dialog[open] .btn-primary")
    page.wait_for_selector("text=1 Apr 2097 is promised")
    page.click("text=Send what is here")
    page.click("dialog[open] .btn-primary")
    page.wait_for_selector("text=It leaves as a part of its own")
    page.goto(f"/stock/{brand.variants['A']}/")
    page.click("text=Give back")
    page.click("dialog[open] .btn-primary, dialog[open] .btn-danger")
    page.wait_for_selector("text=The cart holds nothing any more.")
    page.click("[data-open=sell]")
    page.select_option("#sell [name=kind]", "backorder")
    page.click("#sell .btn-primary")
    page.wait_for_selector("text=Backorder: sold beyond what is available")
