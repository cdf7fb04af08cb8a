"""The chat on a shop's page and on an order's, in a real browser: said, answered, lost and found again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.flows import answer
from doorstep.flows.notify import tracking_link
from doorstep.inbox.values import ConversationRow
from tests import serving
from tests.factories import Brand, draft, make_brand, place
from tests.mails import as_agent, conversations, said
from tests.sandboxes import Server, borrowed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
Page = Any


@pytest.fixture
def shop() -> Iterator[Server]:
    with borrowed("shop") as running:
        running.http.put("/admin/catalog", json=[{"sku": "A", "title": "Blue bowl", "price": "29000", "currency": "KRW"}])
        yield running


def open_shop(page: Page, shop: Server, server: serving.Web, brand: Brand, language: str = "en") -> None:
    slug = accounts.organisation(brand.ctx).slug
    shop.post("/admin/script", {"src": f"{server.url}/chat/widget.js?brand={slug}"})
    page.goto(str(shop.http.base_url))
    page.evaluate(f"document.documentElement.lang = '{language}'")


def until(ctx: Ctx, condition: Callable[[ConversationRow], bool]) -> ConversationRow:
    end = time.monotonic() + 60
    while not (found := [row for row in conversations(ctx) if condition(row)]):
        assert time.monotonic() < end, conversations(ctx)
        time.sleep(0.1)
    return found[0]


def reply(brand: Brand, row: ConversationRow, text: str) -> None:
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text=text, wish=text)


def test_a_shops_visitor_is_answered_at_once_and_finds_it_all_after_a_reload(
    browser_page: Page, server: serving.Web, shop: Server, screenshot: Callable[[Page, str], None]
) -> None:
    page, brand = browser_page, make_brand()
    open_shop(page, shop, server, brand)
    page.click("text=채팅 상담")
    page.fill("textarea", "파란색도 있나요?")
    page.keyboard.press("Enter")
    row = until(brand.ctx, lambda row: row.messages == 1)
    assert row.language == "ko"

    reply(brand, row, "네, 있습니다. <b>내일</b> 출고됩니다.")
    page.wait_for_selector("text=네, 있습니다. <b>내일</b> 출고됩니다.")
    screenshot(page, "chat_shop")

    page.reload()
    page.click("text=채팅 상담")
    page.wait_for_selector("text=네, 있습니다.")
    assert page.locator("li.mine").all_inner_texts() == ["파란색도 있나요?"]


def test_what_is_written_without_a_connection_is_sent_once_when_there_is_one(
    browser_page: Page, server: serving.Web, shop: Server
) -> None:
    page, brand = browser_page, make_brand()
    open_shop(page, shop, server, brand)
    page.click("text=채팅 상담")
    page.fill("textarea", "First")
    page.keyboard.press("Enter")
    row = until(brand.ctx, lambda row: row.messages == 1)

    page.route("**/chat/**", lambda route: route.abort())
    page.fill("textarea", "Second")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=보내는 중")
    page.unroute("**/chat/**")

    until(brand.ctx, lambda row: row.messages == 2)
    assert [m.text for m in said(brand.ctx, row.id)] == ["First", "Second"]
    page.wait_for_selector("text=보내는 중", state="detached")
    assert page.locator("li.mine").all_inner_texts() == ["First", "Second"]


def test_an_orders_page_has_its_chat_for_keyboards_and_phones(
    browser_page: Page, server: serving.Web, axe: Callable[[Page], None], screenshot: Callable[[Page, str], None]
) -> None:
    page, brand = browser_page, make_brand()
    [order] = place(brand.ctx, draft())
    path = tracking_link(brand.ctx, order_id=order).split("/t/")[1]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/t/{path}?language=en")
    page.focus("text=Chat with us")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Hello! How can we help?")
    page.keyboard.type("Please leave it at the door.")
    page.keyboard.press("Enter")
    row = until(brand.ctx, lambda row: row.messages == 1)
    assert row.order_id == order

    page.wait_for_selector("form.mail", state="hidden")  # the order knows where to answer
    axe(page)
    screenshot(page, "chat_phone")
    page.keyboard.press("Escape")
    page.wait_for_selector("text=Chat with us")
