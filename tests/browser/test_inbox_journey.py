"""Two agents and a customer who chats: each sees the others at once, and nobody answers over anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext

from doorstep.flows.notify import tracking_link
from doorstep.orders import queries as orders
from tests.browser.conftest import COMBINATIONS, Look, OpenPage, Page, SignIn
from tests.factories import Brand, draft, make_brand, place
from tests.mails import conversations, said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
LIVE = "#live[data-state=streaming]"


@dataclass(frozen=True)
class Talk:
    """What the three say, and the chat's own words."""

    open: str
    hello: str
    question: str
    more: str
    answer: str
    slower: str
    again: str


WORDS = {
    "en": Talk(
        "Chat with us", "Hello! How can we help?", "Do you have it in blue?", "Else please cancel it.",
        "Only in green. I cancel it.", "I look it up.", "Thank you! When is my money back?",
    ),
    "ko": Talk(
        "채팅 상담", "안녕하세요. 무엇을 도와드릴까요?", "파란색도 있나요?", "없으면 취소해 주세요.",
        "초록색만 있습니다. 취소해 드리겠습니다.", "확인해 보겠습니다.", "감사합니다! 환불은 언제 되나요?",
    ),
}  # fmt: skip


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=timezone.now()))


@pytest.mark.parametrize(("language", "size"), COMBINATIONS)
def test_two_agents_and_a_customer_who_chats_in_three_browsers(
    open_page: OpenPage, sign_in: SignIn, look: Look, brand: Brand, language: str, size: str
) -> None:
    customer, harin, jun = (open_page(size=size) for _ in range(3))
    words, look = WORDS[language], partial(look, both_widths=True)
    with translation.override(language):
        order_id = chats(customer, brand, language, words, look)
        sign_in(harin, brand.ctx, role="owner", language=language, at="/inbox/")
        harin.wait_for_selector(LIVE, state="attached")
        says(customer, words.question)
        id = opens_and_begins_to_write(harin, brand, words, look)
        sign_in(jun, brand.ctx, role="service", language=language, at=f"/inbox/{id}/")
        jun.wait_for_selector(f"#looking >> text={gettext('%(name)s is writing') % {'name': 'Owner'}}")
        jun.wait_for_selector(LIVE, state="attached")
        says(customer, words.more)
        for agent in (harin, jun):
            agent.wait_for_selector(f"#thread >> text={words.more}")
        is_stopped_by_the_quicker(harin, jun, customer, words, look)
        assert [(m.direction, m.text) for m in said(brand.ctx, id)] == [
            ("in", words.question), ("in", words.more), ("out", words.answer),
        ]  # fmt: skip
        cancels_and_resolves(harin, jun, look)
        assert (orders.get(brand.ctx, id=order_id).order.state, states(brand)) == ("cancelled", ["resolved"])
        says(customer, words.again)
        for agent in (harin, jun):
            agent.wait_for_selector(f"#thread >> text={words.again}")
            agent.wait_for_selector(f"#page-state >> text={gettext('Open')}")
        look(harin, "talk-open-again")
        customer.wait_for_selector("form.mail", state="hidden")  # the order knows where to answer
        look(customer, "talk-chat")
    assert customer.evaluate("stayed"), "the customer's page was loaded anew"
    assert (states(brand), len(said(brand.ctx, id))) == (["open"], 4)


def states(brand: Brand) -> list[str]:
    return [row.state for row in conversations(brand.ctx)]


def chats(page: Page, brand: Brand, language: str, words: Talk, look: Look) -> int:
    """A customer opens the chat of their order; gives the order's id."""
    [order_id] = place(brand.ctx, draft(external_id="E4712"))
    path = tracking_link(brand.ctx, order_id=order_id).split("/t/")[1]
    page.goto(f"/t/{path}?language={language}")
    page.evaluate("window.stayed = true")
    look(page, "talk-order")
    page.click(f"text={words.open}")
    page.wait_for_selector(f"text={words.hello}")
    return order_id


def says(page: Page, text: str) -> None:
    page.fill(".panel textarea", text)  # the page has a question of its own
    page.keyboard.press("Enter")


def opens_and_begins_to_write(page: Page, brand: Brand, words: Talk, look: Look) -> int:
    """An agent opens what came in by itself, and writes; gives the conversation's id."""
    page.wait_for_selector(f"tr.talk >> text={words.question}")
    look(page, "talk-inbox")
    page.click("tr.talk .talk-who a")
    page.wait_for_url("**/inbox/*/")
    page.wait_for_selector(LIVE, state="attached")
    page.click("#pane-reply textarea")
    with page.expect_response(lambda answer: "/looking/" in answer.url and "writing=1" in answer.request.post_data):
        page.keyboard.type(words.answer)
    look(page, "talk-writing")
    [row] = conversations(brand.ctx)
    return row.id


def is_stopped_by_the_quicker(quick: Page, slow: Page, customer: Page, words: Talk, look: Look) -> None:
    """Both answer; the slower one is shown what the customer reads by now, and keeps what was typed."""
    slow.fill("#pane-reply textarea", words.slower)
    quick.wait_for_selector("#newer:not([hidden])")
    look(quick, "talk-more")
    quick.click("#newer [data-seen]")
    quick.keyboard.press("Control+Enter")
    customer.wait_for_selector(f"text={words.answer}")
    slow.wait_for_selector("#newer:not([hidden])")
    look(slow, "talk-newer")
    slow.focus("#pane-reply textarea")
    slow.keyboard.press("Control+Enter")
    slow.wait_for_selector(f"#collision >> text={words.answer}")
    assert slow.input_value("#pane-reply textarea") == words.slower
    look(slow, "talk-stopped")


def cancels_and_resolves(page: Page, colleague: Page, look: Look) -> None:
    """The order is cancelled from beside the conversation, which is resolved then; a colleague sees both."""
    page.wait_for_selector(f"#page-state >> text={gettext('Answered')}")
    page.wait_for_selector(LIVE, state="attached")
    page.click("[data-in-place*='/cancel/']")
    page.wait_for_selector("dialog[open] >> text=#E4712")
    look(page, "talk-cancel")
    page.click("dialog[open] .btn-danger")
    page.wait_for_selector(f"#beside .state >> text={gettext('Cancelled')}")
    colleague.wait_for_selector(f"#beside .state >> text={gettext('Cancelled')}")
    page.click("#do-resolve")
    for agent in (page, colleague):
        agent.wait_for_selector(f"#page-state >> text={gettext('Resolved')}")
    look(page, "talk-resolved")
