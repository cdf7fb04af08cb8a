"""From an order number to the label in under a minute, and from the parcel on a phone to what its customer reads."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import translation
from django.utils.translation import gettext

from doorstep.accounts import queries as accounts
from doorstep.flows.return_links import status_link
from doorstep.messaging import queries as mails
from doorstep.returns import queries
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.browser.conftest import COMBINATIONS, Look, OpenPage, Page, SignIn
from tests.doors import mail_codes
from tests.factories import Brand, draft, make_brand
from tests.returning import arrived, ask, label, scan, wish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))


@dataclass
class Hand:
    """A customer's hand: counts its clicks, and the seconds that it waits for pages.

    Looking at pages, and what the worker does meanwhile, is left out.
    """

    page: Page
    clicks: int = 0
    seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds += time.monotonic() - began

    def click(self, *controls: str, then: str) -> None:
        """Clicks on each, and waits for what the last one brings."""
        for control in controls:
            self.page.click(control)
        self.clicks += len(controls)
        self.page.wait_for_selector(then)

    def choose(self, field: str, value: str) -> None:
        """One click opens a list, one takes a value from it."""
        self.page.select_option(field, value)
        self.clicks += 2


def code_of(brand: Brand, order_id: int) -> str:
    """The code in the mail that was sent to the buyer of an order."""
    mail_codes(brand.ctx)
    [mail] = [m for m in mails.messages_of(brand.ctx, timelines=[f"order:{order_id}"]) if m.template == "code"]
    found = re.search(r"\b(\d{3} \d{3})\b", mail.text)
    assert (mail.to_address, found is not None) == ("minseo@example.com", True)
    return found[1] if found else ""


@pytest.mark.parametrize(("language", "size"), COMBINATIONS)
def test_a_customer_comes_from_the_order_number_to_the_label_within_a_minute(
    open_page: OpenPage, brand: Brand, look: Look, language: str, size: str
) -> None:
    three_days_ago = brand.ctx.now - timedelta(days=3)
    order_id = arrived(brand.ctx, draft([("A", 2), ("B", 1)], external_id="5001"), at=three_days_ago)
    hand, look = Hand(open_page(size=size)), partial(look, both_widths=True)
    with translation.override(language):
        sends_back(hand, brand, order_id, look, language)
        [row] = queries.returns_of(brand.ctx, order_ids=[order_id])
        [line] = queries.lines_of(brand.ctx, return_ids=[row.id])
        assert (row.decision, row.goods, line.sku, line.qty, line.reason, line.outcome) == (
            "approved", "label_issued", "A", 2, "too_small", "refund_original",
        )  # fmt: skip
    assert (hand.clicks, hand.seconds < 60) == (12, True)


def sends_back(hand: Hand, brand: Brand, order_id: int, look: Look, language: str) -> None:
    """Everything that a customer does until the label is there."""
    page = hand.page
    with hand.running():
        page.goto(f"/r/{accounts.organisation(brand.ctx).slug}/?language={language}")
    look(page, "return-start")
    with hand.running():
        page.fill("[name=number]", "#5001")
        page.fill("[name=email]", "minseo@example.com")
        hand.click("main form button", then="[name=code]")
    look(page, "return-code")
    with hand.running():
        page.fill("[name=code]", code_of(brand, order_id))
        hand.click("form:has([name=code]) button", then="[name^=back-]")
    look(page, "return-items")
    lines = {line.sku: line.order_line_id for line in queries.returnable(brand.ctx, order_id=order_id)}
    with hand.running():
        hand.click(f"[name=back-{lines['A']}]", then=f"[name=qty-{lines['A']}]")
        hand.choose(f"[name=qty-{lines['A']}]", "2")
        hand.choose(f"[name=reason-{lines['A']}]", "too_small")
        hand.click("main form > button", then="[name^=outcome-]")
    look(page, "return-outcome")
    with hand.running():
        page.fill("textarea", "M")
        hand.click("[value=refund_original]", "main form > button", then="ol.steps")
    look(page, "return-making")
    drain()
    [row] = queries.returns_of(brand.ctx, order_ids=[order_id])
    label(brand.ctx, row.parcel_id or 0)
    drain()
    with hand.running():
        hand.click(f"text={gettext('Look again')}", then="a[href*='label.pdf']")
        paper = page.request.get(page.get_attribute("a[href*='label.pdf']", "href"))
        hand.clicks += 1
    assert (paper.headers["content-type"], paper.body()[:4]) == ("application/pdf", b"%PDF")
    look(page, "return-label")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_parcel_is_judged_on_a_phone_and_its_customer_reads_how_it_went(
    open_page: OpenPage, sign_in: SignIn, brand: Brand, look: Look, language: str
) -> None:
    order_id = arrived(brand.ctx, at=brand.ctx.now - timedelta(days=3))
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    drain()
    row = queries.get_return(brand.ctx, return_id=return_id)
    label(brand.ctx, row.parcel_id or 0)
    scan(brand.ctx, row.parcel_id or 0, TrackingStatus.IN_TRANSIT, brand.ctx.now)
    drain()
    customer, staff, look = open_page(size="phone"), open_page(size="phone"), partial(look, by_axe=language == "en")
    with translation.override(language):
        path = status_link(brand.ctx, return_id=return_id).split("/r/")[1]
        customer.goto(f"/r/{path}?language={language}")
        assert customer.inner_text("h1") == gettext("Your return is on its way to us")
        sign_in(staff, brand.ctx, role="warehouse", language=language)
        receives(staff, row.name, look)
        drain()
        customer.reload()
        assert customer.inner_text("h1") == gettext("Your return is done")
        assert gettext("Being paid out") in customer.inner_text(".worth")
        look(customer, "return-done")
    assert queries.get_return(brand.ctx, return_id=return_id).money == "granted"


def receives(page: Page, name: str, look: Look) -> None:
    """The parcel is counted and judged on a phone at the warehouse."""
    page.goto("/returns/receive/")
    look(page, "staff-find")
    page.fill("#scan-input", name)
    page.press("#scan-input", "Enter")
    page.wait_for_selector("#count-form")
    look(page, "staff-count")
    for code in ("A", "A"):
        page.fill("#scan-input", code)
        page.press("#scan-input", "Enter")
    page.click("#count-form .receive-go")
    page.wait_for_selector("form[action$='/inspect/']")
    look(page, "staff-judge")
    page.click("label:has([value=A])")
    page.click("form[action$='/inspect/'] .receive-go")
    page.wait_for_selector("form[action$='/inspect/']", state="detached")
    look(page, "staff-done")
