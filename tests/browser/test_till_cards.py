"""Cards and store credit at the till: asked again after silence, charged once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from doorstep.base import db
from doorstep.payments import accounts
from doorstep.payments.till import paper, vouchers
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.paper import Paper
from tests.browser.counter import Page, open_shop, sold, wedge
from tests.factories import Brand
from tests.over_the_counter import open_till
from tests.sandbox.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server("payment", tmp_path_factory.mktemp("payment"), ("--retry-s", "0.05"))
    server.start()
    yield server
    server.kill()
    server.http.close()


def test_a_terminal_that_says_nothing_is_asked_again_and_charges_once(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None], provider: Server
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    brand, shop = open_shop()
    paper.set_paper(brand.ctx, location_id=shop, paper=Paper("House GmbH", "DE123456789", "", {"": 1900}))
    to = {"url": str(provider.http.base_url), "token": "sandbox"}
    accounts.connect(brand.ctx, code="sandbox", name="Sandbox Pay", provider="sandbox_payment", settings=to)
    open_till(brand.ctx, shop)
    sign_in(page, brand.ctx, role="manager")
    page.goto(f"/till/{shop}/")
    page.wait_for_selector(".till-item[data-sku=MUG]")
    answers: list[str] = []

    def lose(route: Any) -> None:
        answers.append(route.fetch().json()["state"])  # the card is charged, and nobody at the counter hears of it
        route.abort()

    page.context.route("**/charges/", lose, times=1)
    wedge(page, "MUG")
    page.wait_for_selector("#lines li[data-sku=MUG]")
    page.click("#pay")
    page.fill("#field-card_amount", "6")
    page.click("#take-card")
    page.wait_for_selector("#card-waits[data-state=waiting]:has-text('6.00')")
    assert page.locator("#take-cash").is_disabled()
    screenshot(page, "till-terminal")
    axe(page)
    page.reload()  # what was asked outlives the page
    page.wait_for_selector("#given li:has-text('6.00')")
    page.fill("#field-card_amount", "1")
    page.click("#take-own")
    page.wait_for_selector("#given li:has-text('1.00')")
    screenshot(page, "till-split")
    page.click("#take-cash")
    page.wait_for_selector("#done[open]")
    page.wait_for_selector("#done-state:has-text('Everything is sent')")
    assert "160" in page.text_content("#paper .till-taxes").replace(".", "")  # what the browser reckoned without the house
    assert page.text_content("#paper .till-number").endswith("HBF-000001")
    [row] = sold(brand)
    kinds = [(one.kind, one.amount_minor) for one in drawers.takings_of(brand.ctx, order_ids=[row.id])]
    assert (answers, kinds) == (["succeeded"], [("card", 600), ("own_terminal", 100), ("cash", 300)])
    charged = "SELECT amount_minor FROM payments_tillcharge WHERE organisation_id = %s"
    assert db.column(charged, [brand.ctx.organisation_id]) == [600]

    page.click("#next")
    is_declined(page, brand)
    spends_credit(page, brand, shop, row.id, axe, screenshot)

    page.goto(f"/till/receipts/{row.id}/")
    page.wait_for_selector("#receipt:has-text('HBF-000001')")
    screenshot(page, "till-receipt-tax")
    axe(page)
    page.goto(f"/till/{shop}/paper/")
    page.wait_for_selector("#field-rate")
    screenshot(page, "till-paper")
    axe(page)


def is_declined(page: Page, brand: Brand) -> None:
    """A card that is declined is paid in cash instead."""
    wedge(page, "TEA")
    page.wait_for_selector("#lines li[data-sku=TEA]")
    page.click("#pay")
    page.select_option("#field-method", "pm_declined")
    page.click("#take-card")
    page.wait_for_selector("#paying-problem:has-text('declined')")
    page.click("#take-cash")
    page.wait_for_selector("#done[open]")
    assert sorted(one.total_minor for one in sold(brand))[0] == 1000


def spends_credit(
    page: Page, brand: Brand, shop: int, order_id: int, axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    """What goes back as store credit pays for the next sale, by its code."""
    page.goto(f"/till/{shop}/back/{order_id}/")
    page.fill("input[name^=qty-]", "1")
    page.select_option("#field-reason", "changed_mind")
    page.click("button:has-text('Return goods')")
    page.click("text=As store credit")
    page.wait_for_selector("#receipt:has-text('Store credit') .till-code")
    screenshot(page, "till-voucher")
    axe(page)
    code = page.get_attribute("#receipt [data-code]", "data-code")
    page.goto(f"/till/{shop}/")
    page.wait_for_selector(".till-item[data-sku=TEA]")
    wedge(page, "TEA")
    page.wait_for_selector("#lines li[data-sku=TEA]")
    page.click("#pay")
    page.click("#voucher-part summary")
    page.fill("#field-voucher", "nothing")
    page.click("#take-voucher")
    page.wait_for_selector("#paying-problem:has-text('No store credit is known')")
    page.fill("#field-voucher", code.lower())
    page.click("#take-voucher")
    page.wait_for_selector("#done[open]")
    page.wait_for_selector("#done-state:has-text('Everything is sent')")
    voucher = vouchers.find(brand.ctx, code=code)
    assert voucher is not None
    assert (voucher.amount_minor, voucher.balance_minor, len(sold(brand))) == (1000, 0, 3)
