"""The floor on a phone: scan, lose the Wi-Fi, come back, pack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.flows.cancel import cancel
from doorstep.fulfilment import queries
from doorstep.orders import queries as orders
from doorstep.shipping import queries as shipping
from tests.floor import buy_label, listed, pick_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
Page = Any
PHONE = {"width": 390, "height": 844}


def wedge(page: Page, code: str) -> None:
    """What a scanner that acts as a keyboard does: types into whatever has the focus, then Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def answer(page: Page, tone: str, word: str) -> None:
    page.wait_for_selector(f"#answer[data-tone={tone}]:has-text('{word}')")


def test_a_list_is_picked_on_a_phone_that_loses_its_wifi(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    page.set_viewport_size(PHONE)
    brand, row, [part] = listed([("A", 3), ("B", 2)])
    sign_in(page, brand.ctx, role="warehouse")
    page.goto("/fulfilment/")
    axe(page)
    screenshot(page, "floor-phone")
    page.click("text=Start picking")
    page.wait_for_selector("#item-left:has-text('3')")
    axe(page)
    screenshot(page, "scan-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollHeight") <= PHONE["height"]

    wedge(page, "A")
    answer(page, "good", "Right")
    wedge(page, "C")
    answer(page, "bad", "Not on this list")
    screenshot(page, "scan-phone-wrong")
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    page.context.set_offline(True)
    wedge(page, "A")
    wedge(page, "B")
    page.wait_for_selector("#queue-light[data-state=offline][data-waiting='2']")
    screenshot(page, "scan-phone-offline")
    axe(page)
    assert page.text_content("#picked") == "3"
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 1

    page.context.set_offline(False)
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 3
    assert page.text_content("#picked") == "3"
    page.click("#undo")
    answer(page, "kept", "Taken back")
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 2

    page.click("#type-button")
    page.fill("#field-typed", "A")
    page.keyboard.press("Enter")
    answer(page, "good", "Item complete")
    wedge(page, "B")
    wedge(page, "B")
    answer(page, "good", "Everything is picked")
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    tasks = queries.tasks_of(brand.ctx, pick_list_id=row.id)
    assert [(task.sku, task.picked) for task in tasks] == [("A", 3), ("B", 2)]
    screenshot(page, "scan-phone-done")
    axe(page)

    page.click("#pack-links a")
    page.wait_for_url(f"**/fulfilment/pack/{part}/")
    axe(page)
    screenshot(page, "pack-phone")
    page.keyboard.press("Enter")
    page.wait_for_selector(".page-state:has-text('Packed')")
    assert shipping.live_parcels_of(brand.ctx, fulfilment_order_ids=[part])[part][0].state == "packed"


def test_scans_kept_without_wifi_survive_a_closed_page(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    page.set_viewport_size(PHONE)
    brand, row, _parts = listed([("A", 3)])
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/fulfilment/lists/{row.id}/scan/")
    page.context.set_offline(True)
    wedge(page, "A")
    wedge(page, "A")
    page.wait_for_selector("#queue-light[data-waiting='2']")
    page.click("#undo")
    page.wait_for_selector("#answer[data-tone=kept], #answer[data-tone=bad]")  # taken back, or too late for that without Wi-Fi
    kept = int(page.get_attribute("#queue-light", "data-waiting"))
    page.evaluate("window.stop()")
    page.context.set_offline(False)
    page.reload()
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    page.wait_for_selector(f"#picked:has-text('{kept}')")
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == kept


def test_too_few_on_the_shelf_is_one_tap_and_waits_for_wifi_like_a_scan(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    page.set_viewport_size(PHONE)
    brand, row, [first, _second] = listed([("A", 3)], [("B", 2)])
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/fulfilment/lists/{row.id}/scan/?part={first}")
    page.wait_for_selector("#item-left:has-text('3')")
    wedge(page, "A")
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    page.context.set_offline(True)
    page.click("#short-button")
    assert page.input_value("#short-found") == "1"
    axe(page)
    screenshot(page, "scan-short-phone")
    page.click("#short-more")
    page.click("#short-more")
    assert page.input_value("#short-found") == "2"
    page.click("#short-less")
    page.click("#short-form .btn-primary")
    answer(page, "kept", "Reported as short · 2 missing")
    page.wait_for_selector("#queue-light[data-state=offline][data-waiting='1']")
    page.wait_for_selector("#item-title:has-text('Thing B')")
    assert page.text_content("#units") == "3"
    screenshot(page, "scan-short-offline")

    page.click("#short-button")
    page.keyboard.press("Enter")
    answer(page, "kept", "Reported as short · 2 missing")
    page.wait_for_selector("#done:not([hidden])")
    assert page.locator("#pack-links a").count() == 1
    page.context.set_offline(False)
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    assert [(t.sku, t.picked, t.qty) for t in queries.tasks_of(brand.ctx, pick_list_id=row.id)] == [("A", 1, 1)]
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).state == "picked"
    screenshot(page, "scan-short-done")


def test_a_picker_who_holds_only_a_scanner_reports_asks_for_help_and_sends_an_order_elsewhere(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None]
) -> None:
    page = browser_page
    page.set_viewport_size(PHONE)
    brand, row, [first, second] = listed([("A", 3)], [("B", 2)])
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/fulfilment/lists/{row.id}/scan/?part={first}")
    page.wait_for_selector("#item-left:has-text('3')")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open] >> text=*SHORT*")
    axe(page)
    page.keyboard.press("Escape")
    wedge(page, "*SHORT*")
    page.wait_for_selector("#short[open]")
    wedge(page, "*CLOSE*")
    page.wait_for_selector("#short:not([open])", state="attached")
    wedge(page, "*SHORT*")
    page.wait_for_selector("#short[open]")
    wedge(page, "*OK*")  # none of them was found
    answer(page, "kept", "Reported as short")
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    page.wait_for_selector("#item-sku:has-text('B')")
    wedge(page, "*ELSEWHERE*")
    page.wait_for_selector("#reject[open]")
    axe(page)
    wedge(page, "B")  # a scan gives no reason by chance
    assert page.locator("#reject[open]").count() == 1
    page.click("#reject >> text=Too busy today")
    page.wait_for_selector("#done:not([hidden])")
    told = orders.fulfilment_orders_by_id(brand.ctx, ids=[second])[second]
    assert told.location_id != row.location_id


def test_a_cancelled_order_leaves_the_scan_page_while_the_picker_types(
    browser_page: Page, sign_in: Callable[..., str], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    page.set_viewport_size(PHONE)
    brand, row, [first, _second] = listed([("A", 1)], [("B", 1)])
    [part] = orders.fulfilment_orders_by_id(brand.ctx, ids=[first]).values()
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/fulfilment/lists/{row.id}/scan/")
    page.wait_for_selector("#item-title:has-text('Thing A')")
    name = page.text_content("#item-order")
    page.wait_for_timeout(500)
    page.keyboard.type("half a co")
    cancel(brand.ctx, order_id=part.order_id, reason="customer")
    page.wait_for_selector("#item-title:has-text('Thing B')")
    answer(page, "kept", f"Order cancelled: leave it · {name}")
    assert page.input_value("#scan-input") == "half a co"
    assert page.text_content("#units") == "1"
    screenshot(page, "scan-phone-cancelled")
    page.fill("#scan-input", "")
    wedge(page, "C")
    answer(page, "bad", "Not on this list")
    page.context.set_offline(True)
    wedge(page, "A")
    answer(page, "kept", "Order cancelled: leave it")
    page.context.set_offline(False)
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    wedge(page, "B")
    answer(page, "good", "Everything is picked")


def test_a_report_that_was_not_sent_yet_is_taken_back(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    page.set_viewport_size(PHONE)
    brand, row, _parts = listed([("A", 3)])
    sign_in(page, brand.ctx, role="warehouse")
    page.goto(f"/fulfilment/lists/{row.id}/scan/")
    page.context.set_offline(True)
    wedge(page, "A")
    page.wait_for_timeout(1500)
    page.click("#short-button")
    page.click("#short-form .btn-primary")
    page.wait_for_selector("#queue-light[data-waiting='2']")
    page.click("#undo")
    page.wait_for_selector("#answer[data-tone=kept], #answer[data-tone=bad]")  # taken back, or too late for that without Wi-Fi
    kept = page.get_attribute("#queue-light", "data-waiting")
    page.context.set_offline(False)
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    [task] = queries.tasks_of(brand.ctx, pick_list_id=row.id)
    assert (task.picked, task.qty) == ((1, 3) if kept == "1" else (1, 1))


def test_the_pages_of_the_floor_can_be_used_by_everybody(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    brand, row, parts = listed([("A", 1)], [("B", 2)])
    pick_all(brand, row.id)
    sign_in(page, brand.ctx)
    page.goto(f"/fulfilment/pack/{parts[0]}/")
    screenshot(page, "pack")
    page.wait_for_selector(".pack-button:focus")  # an autofocus comes a frame after the page
    page.keyboard.press("Enter")
    page.wait_for_selector(".packed")
    parcel = shipping.live_parcels_of(brand.ctx, fulfilment_order_ids=parts)[parts[0]][0]
    page.wait_for_timeout(500)
    buy_label(brand, parcel.id)
    page.wait_for_selector(".packed:has-text('DS1234567890')")
    axe(page)
    screenshot(page, "packed")
    pages = {
        "list": f"/fulfilment/lists/{row.id}/", "hand-over": "/fulfilment/hand-over/", "printers": "/settings/printers/",
        "packing": "/fulfilment/pack/", "boxes": "/settings/boxes/", "table": f"/fulfilment/pack/{parts[1]}/",
        "floor": "/fulfilment/", "scan": f"/fulfilment/lists/{row.id}/scan/",
    }  # fmt: skip
    for name, path in pages.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        axe(page)
        screenshot(page, name)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        screenshot(page, f"{name}-narrow")
    page.goto("/fulfilment/hand-over/")
    page.uncheck("input[name=parcels]")
    assert page.is_disabled(".door-foot .btn-primary")
    page.check("input[name=parcels]")
    page.click(".door-foot .btn-primary")
    page.wait_for_selector("text=1 parcel is with the carrier.")
