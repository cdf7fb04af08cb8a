"""Settings, Mailboxes, in a browser; and what the customers of the demo see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from doorstep.messaging import mailboxes, queries
from doorstep.messaging.values import Cursor
from tests.browser.conftest import Page
from tests.factories import make_ctx
from tests.sandboxes import Server
from tests.serving import free_port

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("server")]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def test_a_mailbox_is_connected_and_its_pages_can_be_used_by_everybody(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[..., None], screenshot: Callable[..., None]
) -> None:
    page, ctx = browser_page, make_ctx("Moru")
    sign_in(page, ctx)
    page.goto("/settings/mailboxes/")
    screenshot(page, "mailboxes-none")
    page.click("[data-open=connect]")
    page.fill("#connect [name=name]", "Support")
    page.fill("#connect [name=address]", "help@moru.example")
    page.fill("#connect [name=host]", "127.0.0.1")
    page.fill("#connect [name=port]", str(free_port()))
    axe(page)
    screenshot(page, "mailboxes-connect")
    page.click("#connect button[type=submit], #connect .btn-primary")
    page.wait_for_selector("h1:has-text('Support')")
    assert "The server does not answer." in page.inner_text("body")
    good = mailboxes.connect(
        ctx, name="고객센터", address="hi@moru.example", provider="imap", settings={"host": "imap.moru.example"}
    )
    mailboxes.move_cursor(ctx, mailbox_id=good, to=Cursor(1, 7), at_end=True)
    gone = mailboxes.connect(
        ctx, name="Old", address="old@moru.example", provider="imap", settings={"host": "imap.moru.example"}
    )
    mailboxes.set_active(ctx, mailbox_id=gone, active=False)
    [failing] = [row.id for row in queries.list_mailboxes(ctx) if row.name == "Support"]
    pages = {"list": "/settings/mailboxes/"} | {
        name: f"/settings/mailboxes/{id}/" for name, id in (("failing", failing), ("good", good), ("gone", gone))
    }
    for language, scheme in (("en", "light"), ("ko", "dark")):
        page.context.clear_cookies()
        page.emulate_media(color_scheme=scheme)
        sign_in(page, ctx, language=language)
        for name, path in pages.items():
            page.set_viewport_size(WIDE)
            page.goto(path)
            axe(page, contrast_only=scheme == "dark")
            screenshot(page, f"mailbox-{name}-{language}")
            page.set_viewport_size(PHONE)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            screenshot(page, f"mailbox-{name}-{language}-narrow")


def test_a_customer_of_the_demo_answers_a_mail(
    browser_page: Page, tmp_path: Path, screenshot: Callable[..., None]
) -> None:
    server = Server("mailbox", tmp_path / "mailbox", ())
    server.start()
    said = {
        "from": "minseo@example.com",
        "to": "help@moru.example",
        "subject": "교환",
        "text": "M 사이즈로 교환해 주세요.",
    }
    try:
        server.post("/admin/write", said, status=201)
        page = browser_page
        page.set_viewport_size(PHONE)
        page.goto(f"{server.http.base_url}")
        page.click("text=minseo@example.com")
        page.fill("textarea", "언제 되나요?")
        page.fill("[name=subject]", "교환")
        screenshot(page, "customer")
        page.click("text=Send")
        page.wait_for_selector("article >> text=언제 되나요?")
        assert len(server.get("/messages?after=0&address=help@moru.example")["messages"]) == 2
    finally:
        server.kill()
        server.http.close()
