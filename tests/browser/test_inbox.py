"""The inbox in a browser: live, by keyboard, and never over a colleague's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from doorstep.flows import answer
from doorstep.inbox import queries
from tests.factories import Brand, draft, make_brand, place
from tests.mails import CUSTOMER, as_agent, bring, conversations, mail, said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    now = replace(made.ctx, now=timezone.now())
    place(now, draft(external_id="E4711", email=CUSTOMER))
    bring(now, mail("주문 E4711은 어디에 있나요?", subject="배송 문의"))
    return replace(made, ctx=now)


def answered_by_harin(brand: Brand, text: str) -> None:
    [row] = conversations(brand.ctx)
    harin = as_agent(replace(brand.ctx, now=timezone.now()), "Harin", 999_999)
    answer.reply(harin, conversation_id=row.id, version=row.version, text=text, wish=text)


def test_a_reply_by_another_agent_is_missed_until_refresh_chatwoot_14934_9625_3916(
    browser_page: Any, sign_in: Callable[..., str], axe: Callable[[Any], None], screenshot: Any, brand: Brand
) -> None:
    page, [row] = browser_page, conversations(brand.ctx)
    sign_in(page, brand.ctx)
    page.goto("/inbox/")
    page.wait_for_selector(".talk-waits")
    page.wait_for_selector("#live[data-state=streaming]", state="attached")
    axe(page)
    screenshot(page, "inbox")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/inbox/{row.id}/")
    page.wait_for_selector("#live[data-state=streaming]", state="attached")
    axe(page)
    screenshot(page, "conversation")

    answered_by_harin(brand, "It is on its way.")

    page.wait_for_selector("#thread >> text=It is on its way.")
    page.wait_for_selector("#page-state >> text=Answered")


def test_nobody_answers_over_a_colleague_and_nothing_typed_is_lost(
    browser_page: Any, sign_in: Callable[..., str], screenshot: Any, brand: Brand
) -> None:
    page, [row] = browser_page, conversations(brand.ctx)
    sign_in(page, brand.ctx)
    page.goto(f"/inbox/{row.id}/")
    page.wait_for_selector("#live[data-state=streaming]", state="attached")
    page.keyboard.press("r")
    page.keyboard.type("My own answer")
    page.wait_for_selector("text=Draft kept")
    answered_by_harin(brand, "Harin was quicker.")
    page.wait_for_selector("#newer:not([hidden])")
    screenshot(page, "conversation-newer")

    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#collision >> text=Harin was quicker.")
    screenshot(page, "conversation-collision")
    assert page.input_value("#pane-reply textarea") == "My own answer"
    assert len(said(brand.ctx, row.id)) == 2
    page.reload()
    assert page.input_value("#pane-reply textarea") == "My own answer"
    page.click("#pane-reply .btn-primary")
    page.wait_for_selector("#thread >> text=My own answer")
    assert [m.direction for m in said(brand.ctx, row.id)] == ["in", "out", "out"]


def test_keys_take_note_and_resolve(browser_page: Any, sign_in: Callable[..., str], brand: Brand) -> None:
    page, [row] = browser_page, conversations(brand.ctx)
    sign_in(page, brand.ctx)
    page.goto(f"/inbox/{row.id}/")
    page.keyboard.press("n")
    page.keyboard.type("Ask the floor.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".said-note >> text=Ask the floor.")
    page.keyboard.press("a")
    page.wait_for_selector("#page-actions >> text=Owner")
    page.keyboard.press("e")
    page.wait_for_selector("#page-state >> text=Resolved")

    found = queries.get(brand.ctx, conversation_id=row.id)
    assert (found.state, found.messages, found.assignee_id is None) == ("resolved", 2, False)


def test_an_order_is_held_from_its_conversation_on_a_phone(
    browser_page: Any, sign_in: Callable[..., str], axe: Callable[[Any], None], screenshot: Any, brand: Brand
) -> None:
    page, [row] = browser_page, conversations(brand.ctx)
    sign_in(page, brand.ctx, language="ko")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/inbox/{row.id}/")
    axe(page)
    screenshot(page, "conversation-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("[data-in-place*='/hold/']")
    page.wait_for_selector("dialog[open] >> text=#E4711")
    page.click("dialog[open] .btn-primary")
    page.wait_for_selector("#beside .state >> text=보류")


def test_a_file_that_does_not_arrive_is_said_and_who_is_signed_out_signs_in_first(
    browser_page: Any, sign_in: Callable[..., str], brand: Brand, tmp_path: Path
) -> None:
    page, [row] = browser_page, conversations(brand.ctx)
    small, large = tmp_path / "900000.jpg", tmp_path / "large.jpg"
    for path, size in ((small, 900_000), (large, 41 * 1024 * 1024)):
        path.write_bytes(b"0" * size)
    sign_in(page, brand.ctx, role="service")
    page.goto(f"/inbox/{row.id}/")

    page.set_input_files("[data-upload]", small)
    page.wait_for_selector("#uploads >> text=900000.jpg")
    page.set_input_files("[data-upload]", large)
    page.wait_for_selector("#notices >> text=This is more than we take at once.")
    page.context.set_offline(True)
    page.set_input_files("[data-upload]", small)
    page.wait_for_selector("#notices .notice-error")
    page.context.set_offline(False)
    page.wait_for_function("() => fetch('/healthz').then((answer) => answer.ok, () => false)")
    page.context.clear_cookies()
    page.set_input_files("[data-upload]", small)
    page.wait_for_url("**/sign-in/**")
