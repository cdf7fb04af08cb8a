"""Something comes back and something else is taken: dearer, cheaper or for as much; the drawer agrees each time."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows.return_in_shop import Back, pay_out, take_back
from doorstep.flows.sell_in_shop import sell
from doorstep.orders import queries as orders
from doorstep.payments import accounts
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.values import TillKind
from tests.browser.counter import Page, open_shop, sent, wedge
from tests.factories import Brand
from tests.over_the_counter import open_till, sale
from tests.sandboxes import borrowed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
_keys = itertools.count(1)


class Counter:
    """Somebody at the till of a shop whose mugs and teas cost 10.00 each."""

    def __init__(self, page: Page, brand: Brand, shop: int) -> None:
        self.page, self.brand, self.shop = page, brand, shop

    def came_back(self, units: int) -> int:
        """Somebody bought so many mugs in cash, and brings them all back."""
        sold = sell(self.brand.ctx, sale=sale(self.shop, ("MUG", units)))
        line = orders.lines_of(self.brand.ctx, order_ids=[sold.order_id])[0]
        back = Back(sold.order_id, {line.id: units}, "too_small")
        return take_back(self.brand.ctx, location_id=self.shop, back=back, key=f"counter-{next(_keys)}").return_id

    def exchange(self, units: int, teas: int) -> int:
        """Brings the worth of a return to the till, and puts teas into the basket."""
        return_id = self.came_back(units)
        self.page.goto(f"/till/{self.shop}/returns/{return_id}/")
        with self.page.expect_response(lambda answer: "?ids=" in answer.url):  # it asks once what is left
            self.page.click("text=Towards something else")
        self.page.wait_for_selector(".till-item[data-sku=TEA]")
        assert self.page.evaluate("location.search") == ""
        self.fill(teas)
        return return_id

    def fill(self, teas: int) -> None:
        for n in range(1, teas + 1):
            wedge(self.page, "TEA")
            expect(self.page.locator("#lines li[data-sku=TEA] .till-qty b")).to_have_text(str(n))

    def done(self, says: str) -> None:
        self.page.wait_for_selector(f"#done[open]:has-text('{says}')")
        self.page.click("#next")
        sent(self.page)
        expect(self.page.locator("#exchanges")).to_be_hidden()

    def taken(self) -> tuple[int, list[tuple[str, int, int]]]:
        """The cash that should be there, and what crossed the counter for the newest order."""
        shift = drawers.find_open(self.brand.ctx, location_id=self.shop)
        assert shift is not None
        rows = drawers.list_takings(self.brand.ctx, shift_id=shift.id)
        newest = max(row.order_id for row in rows)
        mine = [(row.kind, row.amount_minor, row.handed_minor) for row in reversed(rows) if row.order_id == newest]
        return drawers.drawer_of(self.brand.ctx, shift_id=shift.id).expected_minor, mine


def test_what_comes_back_pays_for_something_else_and_the_drawer_agrees(
    browser_page: Page, sign_in: Callable[..., str], look: Callable[[Page, str], None]
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    brand, shop = open_shop(9)
    with borrowed("payment", "--retry-s", "0.05") as provider:
        to = {"url": str(provider.http.base_url), "token": "sandbox"}
        accounts.connect(brand.ctx, code="sandbox", name="Sandbox Pay", provider="sandbox_payment", settings=to)
        open_till(brand.ctx, shop)
        sign_in(page, brand.ctx, role="owner")
        at = Counter(page, brand, shop)
        dearer_by_card(at, look)
        dearer_in_cash_after_a_part(at)
        cheaper_after_a_reload(at, look)
        for_as_much(at)
        paid_out_by_somebody_else_meanwhile(at)
        left_again(at, look)
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def dearer_by_card(at: Counter, look: Callable[[Page, str], None]) -> None:
    """10.00 came back, 20.00 are taken: the card is asked for the rest, and for no more."""
    page = at.page
    at.exchange(1, 2)
    look(page, "till-exchange-basket")
    page.click("#pay")
    expect(page.locator("#due")).to_have_text("€10.00")
    page.click("#take-card")
    at.done("20.00")
    assert at.taken() == (11_000, [("cash", 1000, 1000), ("card", 1000, 1000)])


def dearer_in_cash_after_a_part(at: Counter) -> None:
    """The notes are those that pay what is left, also after a part was paid otherwise."""
    page = at.page
    at.exchange(1, 4)
    page.click("#pay")
    notes = page.locator("#notes-row button")
    expect(notes).to_have_text(["€30.00", "€50.00", "€100.00"])
    page.fill("#field-card_amount", "17")
    page.click("#take-own")
    expect(page.locator("#due")).to_have_text("€13.00")
    expect(notes).to_have_text(["€13.00", "€20.00", "€50.00", "€100.00"])
    page.click("#notes-row [data-note='2000']")
    expect(page.locator("#change")).to_have_text("Change given €7.00")
    page.click("#take-cash")
    at.done("7.00")
    assert at.taken() == (13_300, [("cash", 1000, 1000), ("own_terminal", 1700, 1700), ("cash", 1300, 2000)])


def cheaper_after_a_reload(at: Counter, look: Callable[[Page, str], None]) -> None:
    """20.00 came back, 10.00 are taken: the rest is handed out; a reload neither loses it nor gives it twice."""
    page = at.page
    at.exchange(2, 1)
    page.reload()
    page.wait_for_selector("#lines li[data-sku=TEA]")
    expect(page.locator("#exchanges li")).to_have_count(1)
    expect(page.locator("#sums")).to_contain_text("Change given€10.00")
    page.click("#pay")
    expect(page.locator("#take-cash")).to_have_text("Hand out €10.00")
    expect(page.locator("#take-card")).to_be_hidden()
    look(page, "till-exchange-cheaper")
    page.click("#take-cash")
    at.done("10.00")
    assert at.taken() == (13_300 + 2000 - 2000 + 1000, [("cash", 1000, 2000)])
    page.reload()
    page.wait_for_selector(".till-item[data-sku=TEA]")
    expect(page.locator("#exchanges")).to_be_hidden()


def for_as_much(at: Counter) -> None:
    page = at.page
    at.exchange(1, 1)
    page.click("#pay")
    page.click("#take-cash:has-text('Book the sale')")
    at.done("10.00")
    assert at.taken() == (15_300, [("cash", 1000, 1000)])


def paid_out_by_somebody_else_meanwhile(at: Counter) -> None:
    """The house says so, nothing is booked, and the sale is paid otherwise."""
    page = at.page
    return_id = at.exchange(1, 1)
    pay_out(at.brand.ctx, location_id=at.shop, return_id=return_id, kind=TillKind.CASH)
    page.click("#pay")
    page.click("#take-cash")
    page.wait_for_selector("#paying-problem:has-text('somebody has paid it out already')")
    expect(page.locator("#due")).to_have_text("€10.00")
    page.click("#take-cash")
    at.done("10.00")
    assert at.taken() == (15_300 + 1000 - 1000 + 1000, [("cash", 1000, 1000)])


def left_again(at: Counter, look: Callable[[Page, str], None]) -> None:
    """Who takes nothing after all is to be paid out, and the screen says so until it was done; nobody else is given it."""
    page = at.page
    return_id = at.exchange(1, 1)
    page.click("#clear")
    expect(page.locator("#exchanges li")).to_contain_text("is still to be paid out in cash")
    at.fill(1)
    expect(page.locator("#pay-total")).to_have_text("€10.00")
    page.click("#clear")
    look(page, "till-exchange-left")
    assert at.taken()[0] == 17_300
    page.click("text=Pay it out")
    page.click("text=Paid out in cash")
    page.wait_for_selector("text=It is paid out.")
    assert at.taken()[0] == 16_300
    page.goto(f"/till/{at.shop}/")
    page.wait_for_selector(".till-item[data-sku=TEA]")
    expect(page.locator("#exchanges")).to_be_hidden()
    page.goto(f"/till/{at.shop}/?return={return_id}")
    page.wait_for_selector("#said:has-text('Nothing of this return is left to be paid out.')")
    expect(page.locator("#exchanges")).to_be_hidden()
