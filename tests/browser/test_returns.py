"""Returns on their pages, as people use them: both languages, both sizes, and a phone that loses its Wi-Fi."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.returns import queries, receiving
from doorstep.returns.values import Arrived
from doorstep.stock import queries as stock
from tests.browser.conftest import Axe, Page, SignIn
from tests.factories import Brand, make_brand
from tests.returning import arrived, ask, wish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
SIZES = {"desk": (1440, 900), "phone": (390, 844)}


def partly_here(brand: Brand) -> tuple[int, int]:
    """A return of two lines, one of them here; gives the ids of order and return."""
    order_id = arrived(brand.ctx)
    wishes = (wish(brand.ctx, order_id, "A", 2), wish(brand.ctx, order_id, "B", 1, reason="damaged", answer="Wet"))
    return_id = ask(brand.ctx, order_id, *wishes)
    [first, _second] = queries.lines_of(brand.ctx, return_ids=[return_id])
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(2, first.id)], key="r")
    return order_id, return_id


def test_pages_of_returns_can_be_read_by_everybody(
    browser_page: Page, sign_in: SignIn, axe: Axe, screenshot: Callable[[Page, str], None]
) -> None:
    brand = make_brand()
    order_id, return_id = partly_here(brand)
    pages = {
        "list": "/returns/", "detail": f"/returns/{return_id}/", "table": f"/returns/{return_id}/receive/",
        "find": "/returns/receive/", "start": f"/returns/start/{order_id}/", "report": "/returns/report/?days=365",
        "policy": "/settings/returns/", "edit": "/settings/returns/edit/", "json": "/settings/returns/json/",
    }  # fmt: skip
    for language in ("en", "ko"):
        browser_page.context.clear_cookies()
        sign_in(browser_page, brand.ctx, language=language)
        for name, url in pages.items():
            browser_page.goto(url)
            for size, (width, height) in SIZES.items():
                browser_page.set_viewport_size({"width": width, "height": height})
                if language == "en":
                    axe(browser_page)
                wide = browser_page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (name, size)
                screenshot(browser_page, f"returns-{name}-{size}-{language}")


def test_a_parcel_is_counted_by_scans_and_judged_once_though_the_wifi_fails(
    browser_page: Page, sign_in: SignIn, screenshot: Callable[[Page, str], None]
) -> None:
    brand = make_brand()
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, brand.ctx, role="warehouse")
    page.goto("/returns/receive/")
    page.fill("#scan-input", "R1001")
    page.press("#scan-input", "Enter")
    page.wait_for_url(f"**/returns/{return_id}/receive/")
    for code in ("A", "A", "A"):
        page.fill("#scan-input", code)
        page.press("#scan-input", "Enter")
    assert page.input_value(f"[name=qty-{line.id}]") == "2"
    assert page.get_attribute("#answer", "data-tone") == "bad"

    page.click("#count-form .receive-go")
    page.wait_for_selector("text=What becomes of it")
    before = on_hand(brand)
    page.click("label:has([value=B])")
    assert page.is_checked("[value=restocked]")
    lost: list[Any] = []

    def lose_first(route: Any) -> None:
        """The first answer is lost on its way: the work is done, and the phone does not know."""
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort()

    page.route("**/inspect/", lose_first)
    screenshot(page, "returns-judge-phone")
    page.click("form[action$='/inspect/'] .receive-go")
    page.wait_for_selector(".receive-done")
    assert (len(lost), on_hand(brand) - before) == (1, 2)
    assert len(queries.inspections_of(brand.ctx, line_ids=[line.id])) == 1


def on_hand(brand: Brand) -> int:
    """Units of A everywhere."""
    return sum(level.on_hand for level in stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]]))
