"""From an order number to the label in under a minute, and from the parcel on a phone to what its customer reads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from django.utils.translation import gettext

from doorstep.accounts import queries as accounts
from doorstep.messaging import queries as mails
from doorstep.returns import queries
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.browser.conftest import Axe, OpenPage, Page, SignIn
from tests.doors import mail_codes
from tests.factories import Brand, draft, make_brand
from tests.returning import arrived, label, scan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
Look = Callable[[Page, str], None]


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))


@pytest.fixture
def look(axe: Axe, screenshot: Callable[[Page, str], None], language: str) -> Look:
    """Looks at a page at both sizes: it can be read by everybody, and is no wider than its window."""

    def act(page: Page, name: str) -> None:
        was = page.viewport_size
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, size)
            screenshot(page, f"journey-{name}-{size}-{language}")
        page.set_viewport_size(was)

    return act


class Watch:
    """Adds up what a customer waits for; looking at pages and what the worker does meanwhile is left out."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds += time.monotonic() - began


def code_of(brand: Brand, order_id: int) -> str:
    """The code in the mail that was sent to the buyer of an order."""
    mail_codes(brand.ctx)
    [mail] = [m for m in mails.messages_of(brand.ctx, timelines=[f"order:{order_id}"]) if m.template == "code"]
    found = re.search(r"\b(\d{3} \d{3})\b", mail.text)
    assert (mail.to_address, found is not None) == ("minseo@example.com", True)
    return found[1] if found else ""


@pytest.mark.parametrize(("language", "size"), [("en", "desk"), ("ko", "phone")])
def test_a_customer_holds_the_label_within_a_minute_and_reads_how_it_went(
    open_page: OpenPage, sign_in: SignIn, brand: Brand, look: Look, language: str, size: str
) -> None:
    three_days_ago = brand.ctx.now - timedelta(days=3)
    order_id = arrived(brand.ctx, draft([("A", 2), ("B", 1)], external_id="5001"), at=three_days_ago)
    width, height = SIZES[size]
    page = open_page(width=width, height=height)
    with translation.override(language):
        seconds = sends_back(page, brand, order_id, look, language)
        assert seconds < 60
        [row] = queries.returns_of(brand.ctx, order_ids=[order_id])
        [line] = queries.lines_of(brand.ctx, return_ids=[row.id])
        assert (row.decision, row.goods, line.sku, line.qty, line.reason, line.outcome) == (
            "approved", "label_issued", "A", 2, "too_small", "refund_original",
        )  # fmt: skip

        scan(brand.ctx, row.parcel_id or 0, TrackingStatus.IN_TRANSIT, brand.ctx.now)
        drain()
        page.reload()
        assert page.inner_text("h1") == gettext("Your return is on its way to us")
        receives(open_page(width=390, height=844), sign_in, brand, row.name, look, language)
        drain()
        page.reload()
        assert page.inner_text("h1") == gettext("Your return is done")
        look(page, "status-done")
    assert queries.get_return(brand.ctx, return_id=row.id).money == "granted"


def sends_back(page: Page, brand: Brand, order_id: int, look: Look, language: str) -> float:
    """Everything that a customer does until the label is there; gives the seconds it took."""
    watch = Watch()
    door = f"/r/{accounts.organisation(brand.ctx).slug}/?language={language}"
    with watch.running():
        page.goto(door)
    look(page, "start")
    with watch.running():
        page.fill("[name=number]", "#5001")
        page.fill("[name=email]", "minseo@example.com")
        page.click("main form button")
        page.wait_for_selector("[name=code]")
    look(page, "code")
    with watch.running():
        page.fill("[name=code]", code_of(brand, order_id))
        page.click("form:has([name=code]) button")
        page.wait_for_selector("[name^=back-]")
    look(page, "items")
    lines = {line.sku: line.order_line_id for line in queries.returnable(brand.ctx, order_id=order_id)}
    with watch.running():
        page.check(f"[name=back-{lines['A']}]")
        page.select_option(f"[name=qty-{lines['A']}]", "2")
        page.select_option(f"[name=reason-{lines['A']}]", "too_small")
        page.click("main form > button")
        page.wait_for_selector("[name^=outcome-]")
    look(page, "outcome")
    with watch.running():
        if page.locator("textarea[required]").count():
            page.fill("textarea[required]", "M")
        page.check("[value=refund_original]")
        page.click("main form > button")
        page.wait_for_selector("ol.steps")
    look(page, "status-making")
    drain()
    [row] = queries.returns_of(brand.ctx, order_ids=[order_id])
    label(brand.ctx, row.parcel_id or 0)
    drain()
    with watch.running():
        page.click(f"text={gettext('Look again')}")
        link = page.get_attribute("a[href*='label.pdf']", "href")
        paper = page.request.get(link)
    assert (paper.headers["content-type"], paper.body()[:4]) == ("application/pdf", b"%PDF")
    look(page, "status-label")
    return watch.seconds


def receives(page: Page, sign_in: SignIn, brand: Brand, name: str, look: Look, language: str) -> None:
    """The parcel is counted and judged on a phone at the warehouse."""
    sign_in(page, brand.ctx, role="warehouse", language=language)
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
