"""What the floor, the orders and the tracking pages say, in a real browser: both languages, a desk and a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from doorstep.flows import cancel, notify
from doorstep.fulfilment import queries as floor
from doorstep.orders import queries as orders
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.stock import actions as stock
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft
from doorstep.worker.dispatch import drain
from tests.factories import (
    NOW,
    Brand,
    draft,
    make_brand,
    make_location,
    make_variants,
    packed,
    picked,
    place,
    receive,
)
from tests.floor import buy_label

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
Page = Any
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def called_off_after_picking(brand: Brand) -> int:
    """An order of two kinds of units, picked whole and cancelled then."""
    stock.set_bin(brand.ctx, variant_id=brand.variants["A"], location_id=brand.berlin, bin="A-01-03")
    [part] = picked(brand.ctx, draft([("A", 2), ("B", 1)]))
    [found] = orders.fulfilment_orders_by_id(brand.ctx, ids=[part]).values()
    cancel.cancel(brand.ctx, order_id=found.order_id, reason="customer")
    drain()
    return found.order_id


def test_a_tap_on_a_phone_puts_back(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page, brand = browser_page, make_brand()
    page.set_viewport_size(PHONE)
    sign_in(page, brand.ctx, role="warehouse")
    page.goto("/fulfilment/")
    called_off_after_picking(brand)
    page.wait_for_selector("text=To put back")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    [a, b] = floor.list_to_put_back(brand.ctx)
    page.click(f"form[action$='/put-back/{a.task_id}/'] button")
    page.wait_for_selector(f"text={a.qty} × {a.sku}: put back.")
    assert [row.task_id for row in floor.list_to_put_back(brand.ctx)] == [b.task_id]


def on_its_way(brand: Brand) -> int:
    """A parcel of which its carrier told in Korean.  Gives its order."""
    [parcel] = packed(brand.ctx, draft([("A", 2)]))
    buy_label(brand, parcel)
    told = [
        Scan("e1", "DS1234567890", TrackingStatus.IN_TRANSIT, "21", "간선상차", "옥천, KR", NOW - timedelta(hours=3)),
        Scan("e2", "DS1234567890", None, "50", "정보수정", "", NOW - timedelta(hours=2)),
        Scan("e3", "DS1234567890", TrackingStatus.EXCEPTION, "x7", "허브 정체", "해운대, KR", NOW - timedelta(hours=1)),
    ]
    shipping.record_scans(brand.ctx, parcel_id=parcel, scans=told)
    return parcels.get_parcel(brand.ctx, parcel_id=parcel).order_id


def waiting_for_what_lies_elsewhere(brand: Brand) -> int:
    """An order to Germany for what lies in a warehouse that serves Korea alone."""
    variant = make_variants(brand.ctx, ["OBJ-MUG-WHT"])["OBJ-MUG-WHT"]
    receive(brand.ctx, variant, make_location(brand.ctx, "ICN", "KR", serves=("KR",)), 41)
    [order_id] = place(brand.ctx, draft([("OBJ-MUG-WHT", 2)]))
    drain()
    return order_id


def test_the_pages_can_be_read_by_everybody(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[..., None], screenshot: Callable[[Page, str], None]
) -> None:
    page, brand = browser_page, make_brand()
    cancelled, shipped = called_off_after_picking(brand), on_its_way(brand)
    held = waiting_for_what_lies_elsewhere(brand)
    parcel = parcels.parcels_of(brand.ctx, order_ids=[shipped])[0].id
    tasks.create(brand.ctx, tasks=[TaskDraft("look", "look_twice", f"parcel:{parcel}", f"order:{shipped}")])
    link = "/t/" + notify.tracking_link(brand.ctx, order_id=shipped).partition("/t/")[2]
    pages = {
        "floor": "/fulfilment/", "cancelled": f"/orders/{cancelled}/", "held": f"/orders/{held}/",
        "held-tab": "/orders/?view=held", "order": f"/orders/{shipped}/", "shipment": f"/shipments/{parcel}/",
        "track": f"{link}?language=", "home": "/", "tasks": "/tasks/", "promises": "/promises/",
    }  # fmt: skip
    for language in ("en", "ko"):
        page.context.clear_cookies()
        sign_in(page, brand.ctx, language=language)
        for name, path in pages.items():
            page.set_viewport_size(WIDE)
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            page.goto(path + language if name == "track" else path)
            for shape, scheme in ((WIDE, "light"), (PHONE, "dark")):
                page.set_viewport_size(shape)
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                assert page.evaluate("document.documentElement.scrollWidth") <= shape["width"], (name, language)
                if language == "en":
                    axe(page)
                screenshot(page, f"{name}-{scheme}-{language}")
