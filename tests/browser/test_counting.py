"""Counting on a phone: blind, one shelf after the other, with and without Wi-Fi."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.stock import actions as stock
from doorstep.stock import count_queries, counts, queries
from doorstep.stock.counting import Choice, Chosen
from tests.browser.test_floor import PHONE, answer, wedge
from tests.factories import make_brand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
Page = Any


def test_a_sheet_is_counted_on_a_phone_that_loses_its_wifi(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    page.set_viewport_size(PHONE)
    brand = make_brand(stock_each=20)
    shelves = {variant: f"A-0{n}" for n, variant in enumerate(brand.variants.values(), 1)}
    stock.set_bins(brand.ctx, location_id=brand.berlin, bins=shelves)
    made = counts.open_sheet(brand.ctx, location_id=brand.berlin, chosen=Chosen(Choice.BINS, bins=("A-*",)))
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/stock/counts/{made}/")
    axe(page)
    page.click("text=Start counting")
    page.wait_for_selector("#item-bin:has-text('A-01')")
    axe(page)
    screenshot(page, "count-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollHeight") <= PHONE["height"]

    wedge(page, "19")  # the number of the shelf that is shown
    answer(page, "good", "Kept")
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    page.context.set_offline(True)
    wedge(page, "C")  # a scanner types a code into the field of the number: the item is opened, nothing is counted
    page.wait_for_selector("#item-sku:has-text('C')")
    wedge(page, "2")
    wedge(page, "20")
    page.wait_for_selector("#queue-light[data-state=offline][data-waiting='2']")
    page.wait_for_selector("#done:not([hidden])")
    screenshot(page, "count-phone-offline")
    page.context.set_offline(False)
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    page.click("#finish-form button")
    page.wait_for_selector("text=Everything is counted")

    lines = count_queries.lines_of(brand.ctx, sheet_id=made)
    assert {line.variant_id: (line.state, line.counted) for line in lines} == {
        brand.variants["A"]: ("booked", 19), brand.variants["B"]: ("booked", 20), brand.variants["C"]: ("waiting", 2),
    }  # fmt: skip
    held = queries.levels_of(brand.ctx, variant_ids=list(brand.variants.values()))
    assert [level.on_hand for level in held if level.location_id == brand.berlin] == [19, 20, 20]
