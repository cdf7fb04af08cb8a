"""Putting away on a phone: from the floor's home, told the bin, without Wi-Fi, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from doorstep.fulfilment import put_away
from doorstep.locations import actions as locations
from doorstep.locations.values import BinDraft
from doorstep.stock import actions as stock
from tests.browser.test_floor import PHONE, answer, wedge
from tests.factories import Brand, make_brand, receive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
Page = Any


def waiting(brand: Brand) -> dict[str, tuple[str, int]]:
    return {row.sku: (row.bin, row.qty) for row in put_away.list_to_put_away(brand.ctx, location_id=brand.berlin)}


def test_what_came_in_is_put_away_on_a_phone_that_loses_its_wifi(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    page, made = browser_page, make_brand(stock_each=0, skus=("A", "B"))
    brand = replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))  # what came a fortnight ago waits no more
    for variant_id in brand.variants.values():
        receive(brand.ctx, variant_id, brand.berlin, 10)
    page.set_viewport_size(PHONE)
    locations.add_bins(brand.ctx, location_id=brand.berlin, bins=[BinDraft("A-01"), BinDraft("A-02")])
    stock.set_bin(brand.ctx, variant_id=brand.variants["A"], location_id=brand.berlin, bin="A-01")
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/fulfilment/phone/?at={brand.berlin}", wait_until="domcontentloaded")
    axe(page)
    screenshot(page, "floor-phone-home")
    page.click("text=Put away")
    page.wait_for_selector("#list li >> nth=1")

    wedge(page, "A")
    page.wait_for_selector("#item-bin:has-text('A-01')")
    axe(page)
    screenshot(page, "put-away-phone")
    assert page.evaluate("document.documentElement.scrollHeight") <= PHONE["height"]
    wedge(page, "Z-99")
    answer(page, "bad", "There is no such bin")
    page.click("#qty-less")
    wedge(page, "A-02")  # not where it lies: it is asked for, and put with the others
    page.click("#elsewhere [data-close] >> nth=1")
    wedge(page, "a-01")
    answer(page, "good", "Put away")
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    assert waiting(brand) == {"A": ("A-01", 1), "B": ("", 10)}

    page.context.set_offline(True)
    wedge(page, "B")
    wedge(page, "A-02")
    page.wait_for_selector("#queue-light[data-state=offline][data-waiting='1']")
    page.context.set_offline(False)
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    assert waiting(brand) == {"A": ("A-01", 1)}
    page.click("#undo")
    answer(page, "kept", "Taken back")
    assert waiting(brand) == {"A": ("A-01", 1), "B": ("", 10)}
