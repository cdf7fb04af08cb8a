"""The frame in a real browser: sign-in, keyboard, palette, live light, themes, phone, accessibility."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from doorstep.accounts import actions as accounts
from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from tests.factories import PASSWORD, add_person, make_ctx

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
Page = Any
SETTINGS_PAGES = ("", "profile/", "organisation/", "staff/", "keys/")


def staffed() -> Ctx:
    ctx = make_ctx("문앞상점")
    accounts.add_staff(ctx, email="jiho@example.com", name="박지호", role="warehouse")
    accounts.make_key(ctx, name="Web store", scopes=["orders:read", "orders:write"])
    return ctx


def wait_for_light(page: Page, state: str) -> None:
    page.wait_for_selector(f"#live[data-state={state}]", state="attached")


def test_the_sign_in_page_speaks_two_languages_and_says_what_went_wrong(
    browser_page: Page, axe: Callable[[Page], None], screenshot: Callable[[Page, str], None]
) -> None:
    page = browser_page
    page.goto("/settings/")
    axe(page)
    screenshot(page, "sign-in")
    page.click("button:has-text('한국어')")
    page.wait_for_selector("html[lang=ko]")
    assert page.url.endswith("/sign-in/?next=%2Fsettings%2F")
    page.fill("input[name=login]", "nobody@example.com")
    page.fill("input[name=password]", "wrong")
    page.click(".door-button")
    page.wait_for_selector("[role=alert]")
    assert page.input_value("input[name=login]") == "nobody@example.com"
    axe(page)
    page.fill("input[name=login]", add_person(make_ctx(), language="ko"))
    page.fill("input[name=password]", PASSWORD)
    page.click(".door-button")
    page.wait_for_url("**/settings/")
    assert page.get_attribute("html", "lang") == "ko"


def test_every_page_of_settings_can_be_used_by_everybody_and_is_no_wider_than_a_phone(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[..., None]
) -> None:
    page = browser_page
    sign_in(page, staffed())
    for path in SETTINGS_PAGES:
        page.emulate_media(color_scheme="light")
        page.goto(f"/settings/{path}")
        assert page.get_attribute("html", "data-bs-theme") == "light"
        axe(page)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate("getComputedStyle(document.querySelector('.rail')).position") == "fixed"
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="dark")
        page.wait_for_selector("html[data-bs-theme=dark]")
        axe(page, contrast_only=True)
    page.click("[data-open=make-key]")
    axe(page, contrast_only=True)
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("html[data-bs-theme=light]")
    axe(page)


def test_every_screen_is_two_taps_away_on_a_phone(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, make_ctx())
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/orders/")
    below = page.locator(".rail-list > li:visible")
    boxes = [below.nth(n).bounding_box() for n in range(below.count())]
    assert len(boxes) == 5
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes)
    page.click(".rail-more summary")
    page.click(".rail-more a[href='/customers/']")
    page.wait_for_url("**/customers/")
    assert "active" in page.get_attribute(".rail-more summary", "class")


def test_the_palette_understands_both_languages(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, staffed(), at="/settings/profile/")
    page.keyboard.press("Control+k")
    for typed, path in (("재고", "/stock/"), ("stock", "/stock/"), ("프린터", "/settings/printers/")):
        page.fill("#palette input[type=search]", typed)
        page.wait_for_selector(f"#palette [data-palette-fixed] a[href='{path}']:visible")
        assert page.locator("#palette [data-palette-fixed] a[href='/customers/']:visible").count() == 0
    page.fill("#palette input[type=search]", "replay")  # what is called so comes before what only has to do with it
    page.wait_for_selector("#palette a[href='/settings/webhooks/']:visible")
    assert page.locator("#palette [aria-selected=true]").get_attribute("href") == "/settings/routing/replays/"


def test_the_keyboard_opens_palette_help_and_screens(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, staffed(), at="/settings/profile/")
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.wait_for_selector("#palette[open]")
    page.keyboard.type("api k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/keys/")
    page.keyboard.press("j")
    assert page.text_content("tr.current .key") == "Web store"
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/settings/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")
    page.keyboard.type("zzzz-nothing")
    page.wait_for_selector(".palette-none:not([hidden])")


def test_letters_typed_into_a_field_stay_letters(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, staffed(), at="/settings/profile/")
    page.fill("#field-name", "")
    page.click("#field-name")
    page.keyboard.type("g s/?jk")
    assert page.input_value("#field-name") == "g s/?jk"
    assert page.url.endswith("/settings/profile/")


def test_the_light_is_green_and_one_stream_serves_two_tabs(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    ctx = staffed()
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url) if "/events" in request.url else None)
    sign_in(page, ctx, at="/settings/profile/")
    wait_for_light(page, "streaming")
    before = len(asked)
    second = page.context.new_page()
    second.goto("/settings/")
    wait_for_light(second, "streaming")
    assert len(asked) == before
    for tab in (page, second):
        tab.evaluate(
            """() => { document.body.insertAdjacentHTML("beforeend", '<p id="mine" data-live="order:7"></p>'
                       + '<p id="other" data-live="order:70"></p>'
                       + '<p id="type" data-live-types="order.*"></p>');
                       for (const id of ["mine", "other", "type"]) document.getElementById(id).addEventListener("doorstep:event",
                         (event) => { event.target.textContent = event.detail.map((one) => one.type).join(); }); }"""
        )
    with transaction.atomic():
        outbox.record(
            ctx, [Happened("order.placed", "order:7", "order:7"), Happened("order.held", "order:7", "order:7")]
        )
    for tab in (page, second):
        tab.wait_for_selector("#mine:has-text('order.placed,order.held')")
        assert tab.text_content("#type") == "order.placed,order.held"
        assert tab.text_content("#other") == ""
    page.close()
    with transaction.atomic():
        outbox.record(ctx, [Happened("order.released", "order:7", "order:7")])
    second.wait_for_selector("#mine:has-text('order.released')")


def test_what_changes_elsewhere_waits_while_somebody_types(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    ctx = staffed()
    sign_in(page, ctx, at="/settings/profile/")
    wait_for_light(page, "streaming")
    page.evaluate(
        """() => { const form = document.querySelector("form.form"); form.dataset.live = "order:*";
                   form.addEventListener("doorstep:event", () => { form.dataset.woken = "yes"; }); }"""
    )
    page.focus("#field-name")
    with transaction.atomic():
        outbox.record(ctx, [Happened("order.placed", "order:1", "order:1")])
    page.wait_for_timeout(1200)
    assert page.get_attribute("form.form", "data-woken") is None
    page.evaluate("document.activeElement.blur()")
    page.wait_for_selector("form.form[data-woken=yes]")


def test_a_chosen_theme_and_a_folded_rail_stay(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, staffed(), at="/settings/profile/")
    page.click(".top-me")
    with page.expect_response("**/parts/theme/") as answer:
        page.click("[data-theme-to=dark]")
    assert answer.value.status == 204
    page.keyboard.press("Escape")
    page.click("[data-toggle-rail]")
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    assert page.evaluate("document.querySelector('.rail').offsetWidth") == 56


def test_a_secret_is_shown_and_a_refusal_is_told_in_the_notices(
    browser_page: Page, sign_in: Callable[..., str]
) -> None:
    page = browser_page
    sign_in(page, staffed())
    page.goto("/settings/keys/")
    page.click("[data-open=make-key]")
    page.fill("#make-key input[name=name]", "Reader")
    page.check("#make-key input[value='orders:read']")
    page.click("#make-key .btn-primary")
    assert page.text_content("#shown-secret").startswith("ds_")
    page.evaluate("htmx.ajax('POST', '/parts/theme/', {values: {theme: 'purple'}, swap: 'none'})")
    page.wait_for_selector("#notices .notice-refused:has-text('theme cannot be purple.')")
    page.click("#notices [data-dismiss]")
    assert page.query_selector("#notices .notice") is None


def test_the_rail_stays_in_sight_however_long_a_page_is(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    sign_in(page, staffed())
    page.set_viewport_size({"width": 1440, "height": 400})
    page.goto("/settings/")
    before = page.locator(".rail").bounding_box()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.evaluate("scrollY") > 0
    assert page.locator(".rail").bounding_box() == before
    assert page.evaluate("document.body.offsetHeight === document.documentElement.scrollHeight")
