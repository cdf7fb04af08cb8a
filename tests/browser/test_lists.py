"""Every list in a real browser: keyboard, columns, views, files, actions on many; desktop and phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from doorstep.base import arrivals
from doorstep.base.money import Money
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.orders.values import Buyer
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, make_location, make_variants, packed, place, receive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
Page = Any
LISTS = {
    "orders": "/orders/", "stock": "/stock/", "shipments": "/shipments/", "products": "/products/",
    "customers": "/customers/", "arrivals": "/channels/arrivals/",
}  # fmt: skip
PEOPLE = (
    "김민서",
    "이서준",
    "박하은",
    "Ada Lovelace",
    "최지우",
    "정도윤",
    "Grace Hopper",
    "강서연",
    "윤시우",
    "임채원",
)


def filled(rounds: int = 1) -> Brand:
    """A brand with ten orders a round."""
    brand = make_brand(stock_each=40, skus=("MUG-BLUE-350", "TEE-BLACK-L", "SOAP-CITRUS"))
    items = [
        VariantItem(f"CUP-{n:03}", f"머그컵 {n:03}", Money(12_000 + n, "KRW"), category="주방")
        for n in range(10 * rounds)
    ]
    catalog.ensure_variants(brand.ctx, items=items)
    packed(brand.ctx, *(draft([("MUG-BLUE-350", 1)], email=f"packed{n}@example.com") for n in range(2)))
    drafts = []
    for n, name in enumerate(PEOPLE * rounds):
        email = f"buyer{n}@example.com"
        made = draft(
            [("TEE-BLACK-L", 1)] if n % 4 else [("SOAP-CITRUS", 99)], email=email, country="DE" if n % 3 else "KR"
        )
        drafts.append(replace(made, buyer=Buyer(name=name, email=email, language="ko")))
    place(brand.ctx, *drafts)
    arrivals.keep(brand.ctx, [arrivals.Incoming(1, f"told-{n}", "orders/create", b"{}") for n in range(3)])
    return brand


def current(page: Page) -> str:
    return str(page.locator("tr.current td.key a").first.get_attribute("href"))


def test_the_keyboard_works_on_every_list(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, filled().ctx)
    for name, path in LISTS.items():
        page.goto(path)
        links = page.locator("table.rows tbody td.key a")
        first, second = (links.nth(n).get_attribute("href") for n in (0, 1))
        page.keyboard.press("j")
        assert current(page) == first, name
        page.keyboard.press("j")
        assert current(page) == second, name
        page.keyboard.press("k")
        page.keyboard.press("x")
        assert page.locator("tr.current input[name=row]").is_checked(), name
        assert page.locator(".bulk-bar [data-ticked]").text_content() == "1", name
        page.locator("tr.current input[name=row]").click()
        page.keyboard.press("j")
        assert current(page) == second, name
        page.keyboard.press("/")
        page.keyboard.type("jkx?")
        assert page.input_value(".filter-search input") == "jkx?"
        page.fill(".filter-search input", "")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.wait_for_selector("#help[open]")
        told = page.inner_text("#help")
        for words in ("Search this list", "Next and previous row", "Open the row", "Select the row"):
            assert words in told, name
        page.keyboard.press("Escape")
        page.goto(path)
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{second}")


def test_columns_are_chosen_in_a_menu_and_stay(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, filled().ctx)
    page.goto("/orders/?country=DE")
    page.click("summary:has-text('Columns')")
    assert page.locator(".list-columns input[value=name]").is_disabled()
    page.uncheck(".list-columns input[value=payment]")
    page.check(".list-columns input[value=email]")
    page.click(".list-columns button:has-text('Apply')")
    page.wait_for_selector("th:has-text('E-mail')")
    assert page.url.endswith("/orders/?country=DE")
    assert page.locator("th:has-text('Payment')").count() == 0
    page.goto("/orders/")
    assert page.locator("th:has-text('E-mail')").count() == 1
    page.click("summary:has-text('Columns')")
    page.click("text=Usual columns")
    page.wait_for_selector("th:has-text('Payment')")


def test_a_view_is_saved_renamed_and_removed(
    browser_page: Page, sign_in: Callable[..., str], screenshot: Callable[[Page, str], None]
) -> None:
    page = browser_page
    sign_in(page, filled().ctx)
    page.goto("/orders/")
    page.select_option("select[name=country]", "KR")
    page.wait_for_url("**country=KR**")
    page.click("[data-open=save-view]")
    page.fill("#view-name", "Korea")
    page.click("#save-view .btn-primary")
    page.wait_for_selector(".list-tabs a[aria-current=page]:has-text('Korea')")
    page.click("[data-open=keep-views]")
    page.fill("#keep-views input[name=name]", "한국 주문")
    page.check("#keep-views input[name=shared]")
    page.click("#keep-views button:has-text('Save')")
    page.wait_for_selector(".list-tabs a[aria-current=page]:has-text('한국 주문')")
    page.goto("/orders/?country=DE")
    page.click("[data-open=save-view]")
    page.fill("#view-name", "한국 주문")
    page.click("#save-view .btn-primary")
    page.wait_for_selector("#save-view .notice-refused")
    assert page.input_value("#view-name") == "한국 주문"
    screenshot(page, "list-save-refused")
    page.click("#save-view .btn[data-close]")
    page.click("[data-open=keep-views]")
    page.click("#keep-views .btn-quiet-danger")
    page.wait_for_selector(".notice:has-text('removed')")
    assert page.locator(".list-tabs a:has-text('한국 주문')").count() == 0


def test_a_file_is_downloaded_and_many_are_changed(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, filled(rounds=6).ctx)
    page.goto("/products/?q=CUP")
    page.click("summary:has-text('Export')")
    with page.expect_download() as waiting:
        page.click("a:has-text('Excel, all columns')")
    assert waiting.value.suggested_filename.startswith("products-")
    with page.expect_download() as waiting:
        page.click("a:has-text('CSV, these columns')")
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 61
    assert "머그컵 059" in text
    page.click("thead input[type=checkbox]")
    page.check(".bulk-bar input[name=all]")
    page.click(".bulk-bar button:has-text('Archive')")
    page.wait_for_selector("#bulk[open]")
    assert "It is done to 60 rows." in page.inner_text("#bulk")
    page.click("#bulk .btn-primary")
    page.wait_for_url("**/bulk/*/")
    assert "Archiving products" in page.inner_text("h1")


@pytest.mark.parametrize(("theme", "language"), [("light", "ko"), ("dark", "en")])
def test_every_list_is_readable(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[..., None],
    screenshot: Callable[[Page, str], None], theme: str, language: str,
) -> None:  # fmt: skip
    page = browser_page
    page.emulate_media(color_scheme=theme)
    by_axe = partial(axe, contrast_only=theme == "dark")
    sign_in(page, filled().ctx, language=language)
    for name, path in LISTS.items():
        page.goto(path)
        assert page.get_attribute("html", "data-bs-theme") == theme
        if theme == "light":  # what menu and bar hide below is seen in dark on the phone
            axe(page)
        screenshot(page, f"list-{name}-{theme}-{language}")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        by_axe(page)
        screenshot(page, f"list-{name}-phone-{theme}-{language}")
        page.locator(".list-tools summary").first.click()
        box = page.locator(".list-tools .menu[open] .menu-list").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        screenshot(page, f"list-{name}-phone-open-{theme}-{language}")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.keyboard.press("j")
        page.keyboard.press("x")  # a click elsewhere, which closes menus
        page.locator(".list-tools summary").first.click()
        page.wait_for_selector(".list-tools .menu[open] .menu-list")
        by_axe(page)
        screenshot(page, f"list-{name}-open-{theme}-{language}")
    page.goto("/orders/?country=DE&view=open")
    page.locator("[data-open=save-view]").click()
    page.fill("#view-name", "독일")
    by_axe(page)
    screenshot(page, f"list-save-{theme}-{language}")
    page.locator("#save-view .btn-primary").click()
    page.wait_for_selector("[data-open=keep-views]")
    page.locator("[data-open=keep-views]").click()
    by_axe(page)
    screenshot(page, f"list-keep-{theme}-{language}")
    page.goto("/setup/")
    by_axe(page)
    screenshot(page, f"setup-{theme}-{language}")


def test_a_long_reason_for_a_hold_pushes_nothing_off_the_screen_and_the_phone_tells_it(
    browser_page: Page, sign_in: Callable[..., str], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    brand = make_brand()
    variant_id = make_variants(brand.ctx, ["OBJ-MUG-WHT"])["OBJ-MUG-WHT"]
    for n, code in enumerate(("ICN", "PUS", "CJU")):
        receive(brand.ctx, variant_id, make_location(brand.ctx, code, "KR", serves=("KR",)), 41 + n)
    made = draft([("OBJ-MUG-WHT", 2)], email="long@example.com")
    place(brand.ctx, replace(made, buyer=Buyer(name="Ada Lovelace", email="long@example.com", language="en")))
    drain()
    sign_in(page, brand.ctx)
    page.goto("/orders/?view=held")
    wrap = page.locator(".rows-wrap")
    assert wrap.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    cell = page.locator("td[title*='Out of stock']")
    assert cell.get_attribute("title") == cell.text_content()
    assert cell.bounding_box()["width"] > 300
    screenshot(page, "orders-held")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/orders/?view=held")
    assert page.locator(".held-why").is_visible()
    assert "Out of stock" in str(page.locator(".held-why").text_content())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "orders-held-phone")


def test_the_open_tab_is_in_sight_on_a_phone_and_stays_when_the_list_draws_itself_anew(
    browser_page: Page, sign_in: Callable[..., str], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    brand = filled()
    sign_in(page, brand.ctx)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/orders/?view=all")
    last = page.locator(".list-tabs a").last
    path = str(last.get_attribute("href"))
    page.goto(path)
    in_sight = """(() => { const [t, a] = [".list-tabs", ".list-tabs [aria-current]"].map((s) =>
        document.querySelector(s).getBoundingClientRect()); return a.left >= t.left - 1 && a.right <= t.right + 1; })()"""
    assert page.evaluate(in_sight)
    assert page.evaluate("document.querySelector('.list-tabs').scrollLeft") > 0
    screenshot(page, "orders-tabs-phone")
    page.wait_for_timeout(600)
    page.evaluate("document.querySelector('.list-tabs').dataset.old = '1'")
    place(brand.ctx, draft([("TEE-BLACK-L", 1)], email="late@example.com"))
    page.wait_for_selector(".list-tabs:not([data-old])")
    assert page.evaluate(in_sight)
