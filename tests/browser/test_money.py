"""The money of an order in a real browser: previewed, granted, paid out by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.base.money import Money
from doorstep.orders.values import LineDraft, PaymentState
from doorstep.payments import accounts, actions, queries, settling
from doorstep.payments.port import Told
from doorstep.payments.values import CallState, RefundWish
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
Page = Any
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def paid(brand: Brand) -> int:
    """An order of two lines, discount and shipping that was paid elsewhere."""
    from dataclasses import replace

    wanted = replace(
        draft([("A", 1)], shipping_minor=490, discount_minor=700),
        lines=[
            LineDraft("A", 3, Money(2400, "EUR"), "Linen shirt, sand"),
            LineDraft("B", 1, Money(1850, "EUR"), "Mug"),
        ],
    )
    [order_id] = place(brand.ctx, wanted)
    return order_id


def with_us(brand: Brand) -> int:
    """An order that was captured with us, and of which a refund is on its way and one failed."""
    to = {"url": "http://127.0.0.1:9", "token": "x"}
    accounts.connect(brand.ctx, code="p", name="Sandbox Pay", provider="sandbox_payment", settings=to)
    [order_id] = place(brand.ctx, draft([("A", 2)], payment_state=PaymentState.PENDING, payment_method="pm_card"))
    drain()
    answer(brand, order_id, CallState.SUCCEEDED)
    actions.want_capture(brand.ctx, order_id=order_id, key=f"capture:{order_id}")
    answer(brand, order_id, CallState.SUCCEEDED)
    for minor, state, reason in (
        (500, CallState.SUCCEEDED, "damaged"),
        (300, CallState.FAILED, "goodwill"),
        (200, CallState.PENDING, "late"),
    ):
        actions.grant_refund(
            brand.ctx,
            order_id=order_id,
            wish=RefundWish(amount_minor=minor),
            key=f"r{minor}",
            subject="return:1",
            reason=reason,
        )
        answer(brand, order_id, state, "expired_or_canceled_card" if state is CallState.FAILED else "")
    drain()
    return order_id


def answer(brand: Brand, order_id: int, state: CallState, reason: str = "") -> None:
    call = queries.calls_of(brand.ctx, order_ids=[order_id])[0]
    told = Told(call.vendor_key, state, f"op_{call.id}", f"pay_{order_id}", call.amount_minor, reason)
    settling.settle(brand.ctx, call_id=call.id, told=told)


def test_a_refund_is_previewed_granted_once_and_paid_out_by_a_person(
    browser_page: Page, sign_in: Callable[..., str], screenshot: Callable[..., None], axe: Callable[..., None]
) -> None:
    page, brand = browser_page, make_brand()
    order_id = paid(brand)
    sign_in(page, brand.ctx, role="service")
    page.goto(f"/orders/{order_id}/")
    page.click("#do-refund")
    page.fill("#refund input[name^=line-] >> nth=0", "1")
    page.select_option("#refund select[name=reason]", "damaged")
    page.wait_for_selector("#refund-quote >> text=€22.14")
    page.check("#refund input[name=shipping]")
    page.wait_for_selector("#refund-quote >> text=€27.04")
    screenshot(page, "refund-dialog")
    axe(page)
    page.dblclick("#refund .btn-primary")
    page.wait_for_selector("text=To be paid out by a person")
    [refund] = queries.calls_of(brand.ctx, order_ids=[order_id])
    assert (refund.amount_minor, refund.word) == (2704, "granted")
    screenshot(page, "refund-granted")
    page.goto("/orders/money/")
    axe(page)
    screenshot(page, "money-waiting")
    page.click("text=It was paid out")
    page.wait_for_selector("text=The refund is noted as paid out.")
    assert queries.payments_of(brand.ctx, order_ids=[order_id])[order_id].refunded_minor == 2704


def test_what_is_left_to_refund_is_said_before_anything_is_granted(
    browser_page: Page, sign_in: Callable[..., str]
) -> None:
    page, brand = browser_page, make_brand()
    order_id = paid(brand)
    sign_in(page, brand.ctx, role="service")
    page.goto(f"/orders/{order_id}/")
    page.click("#do-refund")
    page.fill("#refund input[name=amount]", "1000")
    page.select_option("#refund select[name=reason]", "goodwill")
    page.wait_for_selector("#refund-quote >> text=This is more than is left to refund.")
    page.click("#refund .btn-primary")
    page.wait_for_selector("#refund .dialog-refusal >> text=left to refund")
    assert queries.calls_of(brand.ctx, order_ids=[order_id]) == []


def test_the_money_of_an_order_reads_in_korean_on_a_phone(
    browser_page: Page, sign_in: Callable[..., str], screenshot: Callable[..., None], axe: Callable[..., None]
) -> None:
    page, brand = browser_page, make_brand()
    order_id = with_us(brand)
    sign_in(page, brand.ctx, language="ko")
    page.goto(f"/orders/{order_id}/")
    for size, name in ((WIDE, "money-ko"), (PHONE, "money-ko-phone")):
        page.set_viewport_size(size)
        assert "환불 가능 금액" in page.inner_text("#order-work")
        page.locator("text=환불 가능 금액").first.scroll_into_view_if_needed()
        axe(page)
        screenshot(page, name)
    page.set_viewport_size(WIDE)
    page.goto("/settings/payments/")
    axe(page)
    screenshot(page, "payment-accounts")
    page.click("text=Sandbox Pay")
    page.wait_for_selector("#vendor")
    axe(page)
    screenshot(page, "payment-account")
