"""Two agents and a customer who chats: each sees the others at once, and nobody answers over anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.utils import timezone

from doorstep.flows.notify import tracking_link
from tests.browser.conftest import Axe, OpenPage, Page, SignIn
from tests.factories import Brand, draft, make_brand, place
from tests.mails import conversations, said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
LIVE = "#live[data-state=streaming]"


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=timezone.now()))


def chats(page: Page, brand: Brand) -> None:
    """A customer opens the chat of their order."""
    [order_id] = place(brand.ctx, draft(external_id="E4712"))
    path = tracking_link(brand.ctx, order_id=order_id).split("/t/")[1]
    page.goto(f"/t/{path}?language=en")
    page.click("text=Chat with us")
    page.wait_for_selector("text=Hello! How can we help?")


def says(page: Page, text: str) -> None:
    page.fill("textarea", text)
    page.keyboard.press("Enter")


def test_two_agents_and_a_customer_in_three_browsers(
    open_page: OpenPage, sign_in: SignIn, axe: Axe, screenshot: Callable[[Page, str], None], brand: Brand
) -> None:
    customer, harin, jun = open_page(width=390, height=844), open_page(), open_page(width=390, height=844)
    sign_in(harin, brand.ctx, role="owner")
    sign_in(jun, brand.ctx, role="service", language="ko")
    for agent in (harin, jun):
        agent.goto("/inbox/")
        agent.wait_for_selector(LIVE, state="attached")
    chats(customer, brand)
    says(customer, "Do you have it in blue?")
    for agent in (harin, jun):
        agent.wait_for_selector("tr.talk >> text=Do you have it in blue?")
        agent.click("tr.talk .talk-who a")
        agent.wait_for_url("**/inbox/*/")
        agent.wait_for_selector(LIVE, state="attached")
    says(customer, "I need it on Friday.")
    for agent in (harin, jun):
        agent.wait_for_selector("#thread >> text=I need it on Friday.")

    harin.keyboard.press("r")
    harin.keyboard.type("Yes, in two shades.")
    jun.fill("#pane-reply textarea", "I look it up.")
    harin.keyboard.press("Control+Enter")
    harin.wait_for_selector("#thread >> text=Yes, in two shades.")
    customer.wait_for_selector("text=Yes, in two shades.")
    jun.focus("#pane-reply textarea")
    jun.keyboard.press("Control+Enter")
    jun.wait_for_selector("#collision >> text=Yes, in two shades.")
    assert jun.input_value("#pane-reply textarea") == "I look it up."
    [row] = conversations(brand.ctx)
    assert [(m.direction, m.text) for m in said(brand.ctx, row.id)] == [
        ("in", "Do you have it in blue?"), ("in", "I need it on Friday."), ("out", "Yes, in two shades."),
    ]  # fmt: skip
    for page, name in ((customer, "customer"), (harin, "first"), (jun, "stopped")):
        axe(page)
        screenshot(page, f"inbox-journey-{name}")

    harin.locator("body").press("Escape")
    harin.evaluate("document.activeElement.blur()")
    harin.keyboard.press("e")
    harin.wait_for_selector("#page-state >> text=Resolved")
    jun.wait_for_selector("#page-state >> text=해결")
    assert conversations(brand.ctx)[0].state == "resolved"
