"""Labels that are voided, declined or unknown, paper of which nobody knows, and a carrier's page, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment.actions import PrintWish
from doorstep.fulfilment.values import PrintState
from doorstep.shipping import actions as shipping
from doorstep.shipping import carriers, queries
from doorstep.shipping.port import Declined
from tests.factories import Brand, draft, make_brand, packed
from tests.floor import buy_label

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
Page = Any
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def labelled(brand: Brand) -> tuple[int, int]:
    """A parcel with its label.  Gives parcel and order."""
    [parcel] = packed(brand.ctx, draft([("A", 2)]))
    buy_label(brand, parcel)
    return parcel, queries.get_parcel(brand.ctx, parcel_id=parcel).order_id


def add_carrier(brand: Brand, name: str) -> int:
    to = {"url": "http://127.0.0.1:9", "token": "t0ken"}
    return shipping.connect_carrier(brand.ctx, code=name, name=name, provider="sandbox_carrier", settings=to)


def test_a_label_is_voided_and_bought_from_another_carrier(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page, brand = browser_page, make_brand()
    parcel, order = labelled(brand)
    add_carrier(brand, "Slow Post")
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/orders/{order}/")
    page.click("text=Void the label")
    page.wait_for_selector(f"#void-{parcel}[open]")
    assert "is asked to take label DS1234567890 back" in page.inner_text(f"#void-{parcel}")
    page.click(f"#void-{parcel} .btn-danger")
    page.wait_for_selector("text=Being voided")
    label = queries.live_labels_of(brand.ctx, parcel_ids=[parcel])[parcel]
    shipping.settle_void(brand.ctx, label_id=label.id, taken_back=True)
    page.wait_for_selector("text=Buy another label")
    page.select_option(".ask-label select", label="Slow Post")
    page.click("text=Buy another label")
    page.wait_for_selector("text=Slow Post is being asked for a label.")
    again = queries.live_labels_of(brand.ctx, parcel_ids=[parcel])[parcel]
    assert queries.get_carrier(brand.ctx, carrier_id=again.carrier_id).name == "Slow Post"


def test_a_shipment_whose_label_was_voided_offers_no_hand_over(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page, brand = browser_page, make_brand()
    parcel, _ = labelled(brand)
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/shipments/{parcel}/")
    assert page.inner_text("h1") == "DS1234567890"
    assert page.locator(".page-state").inner_text().strip() == "Labelled"
    assert page.locator(".page-actions >> text=Hand over").count() == 1
    shipping.want_void(brand.ctx, parcel_ids=[parcel])
    label = queries.live_labels_of(brand.ctx, parcel_ids=[parcel])[parcel]
    shipping.settle_void(brand.ctx, label_id=label.id, taken_back=True)
    page.wait_for_selector(f"h1:has-text('Shipment #{parcel}')")
    assert page.locator(".page-state").inner_text().strip() == "Packed"
    assert page.locator(".page-actions >> text=Hand over").count() == 0


def trouble(brand: Brand) -> dict[str, str]:
    """One page for each thing that can be wrong."""
    going_back, order = labelled(brand)
    printer = fulfilment.add_printer(brand.ctx, name="Zebra", kind="raw", target="127.0.0.1:9", language="zpl")
    for n, to in enumerate((PrintState.UNKNOWN, PrintState.FAILED)):
        wish = PrintWish(f"l{n}", "label", f"parcel:{going_back}", f"order:{order}", printer)
        [job] = fulfilment.want_print(brand.ctx, wishes=[wish])
        fulfilment.move_print(brand.ctx, print_job_id=job, to=PrintState.PRINTING)
        fulfilment.move_print(brand.ctx, print_job_id=job, to=to, problem="127.0.0.1:9: timed out (512 of 900 bytes were sent)")
    pages = {"bought": f"/shipments/{going_back}/", "order-bought": f"/orders/{order}/"}
    carrier = queries.find_default_carrier(brand.ctx)
    assert carrier is not None
    for name, answer in (("declined", Declined("422: no such street")), ("unknown", None), ("voided", None)):
        [parcel] = packed(brand.ctx, draft([("B", 1)]))
        [label] = shipping.want_label(brand.ctx, parcel_ids=[parcel], carrier_id=carrier.id)
        if name == "voided":
            shipping.want_void(brand.ctx, parcel_ids=[parcel])
        else:
            shipping.begin(brand.ctx, label_id=label, service="x")
            shipping.settle_label(brand.ctx, label_id=label, answer=answer, problem="ReadTimeout: timed out")
        pages[name] = f"/shipments/{parcel}/"
        pages[f"order-{name}"] = f"/orders/{queries.get_parcel(brand.ctx, parcel_id=parcel).order_id}/"
    second = add_carrier(brand, "Slow Post")
    carriers.note_problem(brand.ctx, id=second, problem="ConnectError: connection refused")
    third = add_carrier(brand, "Old Post")
    carriers.set_active(brand.ctx, id=third, active=False)
    for name, id in (("carrier", carrier.id), ("carrier-failing", second), ("carrier-retired", third)):
        pages[name] = f"/settings/carriers/{id}/"
    return pages | {"carriers": "/settings/carriers/"}


def test_the_pages_of_shipping_trouble_can_be_used_by_everybody(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[..., None], screenshot: Callable[..., None]
) -> None:
    page, brand = browser_page, make_brand()
    pages = trouble(brand)
    for language, scheme in (("en", "light"), ("ko", "dark")):
        page.context.clear_cookies()
        page.emulate_media(color_scheme=scheme)
        sign_in(page, brand.ctx, language=language)
        for name, path in pages.items():
            page.set_viewport_size(WIDE)
            page.goto(path)
            axe(page, contrast_only=scheme == "dark")
            screenshot(page, f"{name}-{language}")
            page.set_viewport_size(PHONE)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            screenshot(page, f"{name}-{language}-narrow")
    page.goto(pages["bought"])
    page.click("[data-open^=void-]")
    axe(page)
    screenshot(page, "void-ko-narrow")
    page.set_viewport_size(WIDE)
    screenshot(page, "void-ko")
