"""The head of an order's page follows what happens to the order, and takes nothing out of a person's hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from tests.factories import Brand, draft, listed, make_brand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
Page = Any


def hold(brand: Brand, part: int, reason: HoldReason = HoldReason.OPERATOR) -> None:
    orders.hold(brand.ctx, wishes=[HoldWish(part, reason)])


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_state_and_actions_change_by_themselves_and_the_focus_stays(
    browser_page: Page, sign_in: Callable[..., str]
) -> None:
    page, brand = browser_page, make_brand()
    [part] = listed(brand.ctx, draft([("A", 2)]))
    [found] = queries.fulfilment_orders_by_id(brand.ctx, ids=[part]).values()
    sign_in(page, brand.ctx)
    page.goto(f"/orders/{found.order_id}/")
    assert "Open the pick list" in page.inner_text("#page-actions")
    page.focus("#do-cancel")
    hold(brand, part)
    page.wait_for_selector("#page-state:has-text('On hold')")
    page.wait_for_selector("#do-next:has-text('Release the hold')")
    assert focused(page) == "do-cancel"
    page.click("#do-next")
    page.click("#release[open] .btn-primary")
    page.wait_for_selector("#page-actions:has-text('Open the pick list'), #do-next:not(:has-text('Release'))")
    assert not queries.get(brand.ctx, id=found.order_id).order.on_hold


def test_what_is_written_in_a_dialog_stays_until_it_is_closed(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page, brand = browser_page, make_brand()
    [part] = listed(brand.ctx, draft([("A", 2)]))
    [found] = queries.fulfilment_orders_by_id(brand.ctx, ids=[part]).values()
    sign_in(page, brand.ctx)
    page.goto(f"/orders/{found.order_id}/")
    page.click("#do-hold")
    page.fill("#hold[open] [name=note]", "Call first")
    hold(brand, part, HoldReason.INCORRECT_ADDRESS)
    page.wait_for_timeout(2_000)
    assert page.input_value("#hold[open] [name=note]") == "Call first"
    assert "On hold" not in page.inner_text("#page-state")
    page.keyboard.press("Escape")
    page.wait_for_selector("#page-state:has-text('On hold')")
