"""What is done to an order beside its conversation, in a browser: by keyboard, and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.returns import queries as returns
from tests.factories import Brand, draft, make_brand, place
from tests.mails import CUSTOMER, bring, conversations, mail
from tests.returning import arrived

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=timezone.now()))


def talk(brand: Brand) -> Any:
    bring(brand.ctx, mail("주문 E4711의 상품이 깨져서 왔어요.", subject="파손"))
    [row] = conversations(brand.ctx)
    return row


def test_what_broke_is_sent_again_by_keyboard_and_the_customer_is_told(
    browser_page: Any, sign_in: Callable[..., str], axe: Callable[[Any], None], screenshot: Any, brand: Brand
) -> None:
    page, order_id = browser_page, arrived(brand.ctx, draft([("A", 3), ("B", 1)], external_id="E4711", email=CUSTOMER))
    row = talk(brand)
    sign_in(page, brand.ctx)
    page.goto(f"/inbox/{row.id}/")
    screenshot(page, "in-place-panel")
    page.focus("[data-in-place*='/reship/']")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] #reship-effects >> text=Nothing is chosen")
    page.keyboard.type("2")
    page.wait_for_selector("dialog[open] #reship-effects >> text=Promised from stock at Warehouse BER.")
    axe(page)
    screenshot(page, "in-place-reship")
    page.keyboard.press("Enter")

    page.wait_for_selector("#tell-them >> text=#E4711-S1")
    assert page.text_content("#beside .timeline").count("#E4711-S1") == 1
    axe(page)
    screenshot(page, "in-place-done")
    page.click("#tell-them [data-macro]")
    page.wait_for_selector("#tell-them", state="detached")
    assert "#E4711-S1" in page.input_value("#pane-reply textarea")
    [sent] = sent_again.reships_of(brand.ctx, order_id=order_id)
    assert (sent.units, sent.total_minor) == (2, 0)


def test_a_refusal_stands_in_the_dialog_with_all_that_was_typed(
    browser_page: Any, sign_in: Callable[..., str], screenshot: Any, brand: Brand
) -> None:
    page, [order_id] = browser_page, place(brand.ctx, draft([("A", 1)], external_id="E4711", email=CUSTOMER))
    row = talk(brand)
    sign_in(page, brand.ctx)
    page.goto(f"/inbox/{row.id}/")
    page.click("[data-in-place*='/address/']")
    page.wait_for_selector("dialog[open] #effects >> text=The total stays as it is.")
    page.fill("dialog[open] [name=street]", "Linienstr. 40")
    screenshot(page, "in-place-address")
    page.evaluate("document.querySelector('dialog[open] [name=version]').value = '99'")
    page.click("dialog[open] .btn-primary")

    page.wait_for_selector("dialog[open] .dialog-refusal .notice-refused")
    assert page.input_value("dialog[open] [name=street]") == "Linienstr. 40"
    assert orders.get(brand.ctx, id=order_id).ship_to["lines"] == ["Torstr. 1"]


def test_a_return_is_started_and_a_part_refunded_on_a_phone_in_korean(
    browser_page: Any, sign_in: Callable[..., str], axe: Callable[[Any], None], screenshot: Any, brand: Brand
) -> None:
    page, order_id = browser_page, arrived(brand.ctx, draft([("A", 3), ("B", 1)], external_id="E4711", email=CUSTOMER))
    row = talk(brand)
    sign_in(page, brand.ctx, language="ko")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/inbox/{row.id}/")
    page.click("[data-in-place*='/returns/']")
    page.check("dialog[open] .back-lines li:first-child [type=checkbox]")
    page.select_option("dialog[open] .back-lines li:first-child [name^=reason-]", "too_small")
    page.wait_for_selector("dialog[open] #return-look .look-line")
    axe(page)
    screenshot(page, "in-place-return-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("dialog[open] .btn-primary")
    page.wait_for_selector("#tell-them >> text=R")
    screenshot(page, "in-place-told-phone")
    assert [one.units for one in returns.returns_of(brand.ctx, order_ids=[order_id])] == [1]

    page.click("[data-in-place*='/refund/']")
    page.fill("dialog[open] [name^=line-]", "1")
    page.wait_for_selector("dialog[open] .refund-quote b")
    axe(page)
    screenshot(page, "in-place-refund-phone")
    page.click("[data-close]:visible")
    page.click("[data-in-place*='/reship/']")
    page.fill("dialog[open] [name^=qty-]", "1")
    page.wait_for_selector("dialog[open] #reship-effects b")
    screenshot(page, "in-place-reship-phone")
