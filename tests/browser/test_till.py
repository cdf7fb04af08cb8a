"""The till in a browser: sell, lose the connection, sell, come back; nothing is booked twice."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from doorstep.base import db
from doorstep.catalog import queries as catalog
from doorstep.catalog.actions import set_picture
from doorstep.flows.sell_in_shop import sell
from doorstep.payments import accounts
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.paper import Paper
from tests.browser.counter import Page, left, open_shop, pay_in_cash, sent, sold, wedge
from tests.browser.line import Line, line
from tests.factories import Brand, receive
from tests.over_the_counter import open_till, sale
from tests.serving import Web

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]


@pytest.mark.parametrize("size", [(390, 844), (1024, 768)])
def test_a_shop_sells_with_and_without_a_connection_and_nothing_twice(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None],
    size: tuple[int, int],
) -> None:  # fmt: skip
    page, (width, height) = browser_page, size
    page.set_viewport_size({"width": width, "height": height})
    brand, shop = open_shop()
    db.execute("UPDATE locations_location SET timezone = 'Asia/Seoul' WHERE id = %s", [shop])
    paper.set_paper(brand.ctx, location_id=shop, paper=Paper("Haus GmbH", "DE123456789", "Danke", {"": 1900}))
    sign_in(page, brand.ctx, role="manager")
    page.goto("/till/")
    page.click("text=Warehouse HBF")
    screenshot(page, f"till-closed-{width}")
    axe(page)
    page.fill("#field-opening", "100")
    page.click("text=Open the till >> nth=-1")
    page.wait_for_selector(".till-item[data-sku=MUG]")
    axe(page)

    wedge(page, "MUG")
    page.wait_for_selector("#lines li[data-sku=MUG]")
    wedge(page, "MUG")
    page.click(".till-item[data-sku=TEA]")
    page.wait_for_selector("#pay-total:has-text('30.00')")
    screenshot(page, f"till-basket-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)
    page.click("#whole-discount")
    page.fill("#field-off", "10%")
    page.click("text=Regular customer")
    screenshot(page, f"till-discount-{width}")
    axe(page)
    page.click("#discount >> text=Apply")
    page.wait_for_selector("#pay-total:has-text('27.00')")
    page.fill("#search", "no such thing")
    page.click("#pay")
    page.fill("#field-handed", "50")
    page.wait_for_selector("#change:has-text('23.00')")
    screenshot(page, f"till-paying-{width}")
    axe(page)
    page.click("#take-cash")
    page.wait_for_selector("#done[open]:has-text('23.00')")
    page.wait_for_selector("#done-state:has-text('Everything is sent')")
    screenshot(page, f"till-sold-{width}")
    axe(page)
    page.click("#next")
    assert (page.input_value("#search"), page.evaluate("document.activeElement.id")) == ("", "search")
    sent(page)
    [first] = sold(brand)
    assert (first.total_minor, first.fulfilment_state, first.payment_state) == (2700, "delivered", "paid")
    assert (left(brand, "MUG"), left(brand, "TEA")) == (1, 2)

    page.context.set_offline(True)
    wedge(page, "MUG")
    page.wait_for_selector("#lines li[data-sku=MUG]")
    wedge(page, "MUG")  # the shop has no more of them, as far as anybody here can know
    page.wait_for_selector("#said[data-tone=bad]:has-text('Offline')")
    screenshot(page, f"till-offline-{width}")
    axe(page)
    pay_in_cash(page)
    page.click("#next")
    page.wait_for_selector("#queue-light[data-state=offline][data-waiting='1']")
    page.wait_for_selector("#offline:has-text('1 waiting')")
    wedge(page, "TEA")
    page.click("#lines .till-off")
    page.fill("#field-off", "1")
    page.click("text=Damaged or worn")
    page.click("#discount >> text=Apply")
    pay_in_cash(page, "20")
    composed = paper_on(page)
    wedge(page, "NONE")  # whoever scans on is at the next customer
    page.wait_for_selector("#done:not([open])", state="attached")
    page.wait_for_selector("#said:has-text('Nobody knows this code')")
    assert len(sold(brand)) == 1

    page.context.set_offline(False)
    sent(page)
    booked = paper_on(page)  # by the house now; all but the number, which only the house can give, was the same before
    assert [one for one in zip(composed, booked, strict=True) if len(set(one)) > 1] == [
        ("Till receipt: Its number in the books follows when there is a connection.", "Till receipt HBF-000003")
    ]
    assert ["9.00" in text for text in booked].count(True) == 3  # the line, the total, and with its tax
    assert sorted(row.total_minor for row in sold(brand)) == [900, 1000, 2700]
    page.reload()
    sent(page)
    assert len(sold(brand)) == 3
    assert (left(brand, "MUG"), left(brand, "TEA")) == (0, 1)
    shift = drawers.find_open(brand.ctx, location_id=shop)
    assert shift is not None
    assert drawers.drawer_of(brand.ctx, shift_id=shift.id).expected_minor == 14_600


def paper_on(page: Page) -> list[str]:
    """What stands on the receipt that the page would print, piece by piece."""
    found: list[str] = page.eval_on_selector_all("#paper :is(h2, p, th, td)", "all => all.map((one) => one.innerHTML)")
    return found


def test_an_answer_that_is_lost_costs_nothing(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    brand, shop = open_shop()
    sign_in(page, brand.ctx, role="manager")
    page.goto(f"/till/{shop}/")
    page.fill("#field-opening", "0")
    page.click("text=Open the till >> nth=-1")
    page.wait_for_selector(".till-item[data-sku=MUG]")
    lost: list[int] = []

    def lose(route: Any) -> None:
        answer = route.fetch()  # the server has booked it, and nobody hears of that
        lost.append(answer.status)
        route.fulfill(status=503, body="")

    page.context.route("**/sales/", lose, times=1)
    wedge(page, "MUG")
    page.wait_for_selector("#lines li[data-sku=MUG]")
    page.on("dialog", lambda dialog: dialog.accept())
    pay_in_cash(page)
    page.wait_for_selector("#queue-light[data-waiting='1']")
    page.reload()  # what waits is sent again by the page that comes back

    sent(page)
    assert (lost, len(sold(brand)), left(brand, "MUG")) == ([200], 1, 2)
    assert db.scalar("SELECT count(*) FROM payments_tilltaking WHERE organisation_id = %s", [brand.ctx.organisation_id]) == 1
    another_sale_under_its_number(page, brand)


def another_sale_under_its_number(page: Page, brand: Brand) -> None:
    """It is no repetition: it waits until a person has read so, and is booked under a number of its own."""
    number = db.scalar("SELECT external_id FROM orders_order WHERE organisation_id = %s", [brand.ctx.organisation_id])
    page.evaluate(
        """(client_id) => {
          const { room, shop, person } = document.querySelector(".till").dataset;
          const sale = { client_id, sold_at: "", email: "", discount: 0, reason: "" };
          sale.lines = [{ sku: "TEA", qty: 1, price: 1000, discount: 0, reason: "" }];
          sale.given = [{ kind: "cash", amount: 1000, handed: 1000 }];
          localStorage.setItem(`doorstep.till.${room}.${shop}.${person}.sales`, JSON.stringify([sale]));
        }""",
        number,
    )
    page.reload()
    page.wait_for_selector("#offline:has-text('this one is not booked yet')")
    page.reload()
    page.wait_for_selector("#offline:has-text('this one is not booked yet')")
    assert len(sold(brand)) == 1
    page.click("#again")
    sent(page)
    assert (len(sold(brand)), left(brand, "MUG"), left(brand, "TEA")) == (2, 2, 2)


def test_what_is_sold_and_received_elsewhere_shows_at_the_till_at_once(browser_page: Page, sign_in: Callable[..., str]) -> None:
    page = browser_page
    brand, shop = open_shop()
    open_till(brand.ctx, shop)
    sign_in(page, brand.ctx, role="manager")
    page.goto(f"/till/{shop}/")
    here = page.locator(".till-item[data-sku=MUG] .till-here")
    expect(here).to_have_text("3 here")
    with page.expect_response(lambda answer: "?after=" in answer.url):  # it listens
        pass
    receive(brand.ctx, brand.variants["MUG"], shop, 4)
    # What happened is streamed once no older transaction is open on the server, where others work beside; unasked it looks in 20 s.
    expect(here).to_have_text("7 here", timeout=15_000)
    sell(brand.ctx, sale=sale(shop, ("MUG", 6)))  # at another till of the shop
    expect(here).to_have_text("1 here", timeout=15_000)


def test_what_has_its_price_in_another_currency_is_not_sold_for_that_many_of_ours(
    browser_page: Page, sign_in: Callable[..., str]
) -> None:
    page, (brand, shop) = browser_page, open_shop()
    open_till(brand.ctx, shop)
    db.execute("UPDATE catalog_variant SET currency = 'KRW' WHERE sku = 'MUG'")
    sign_in(page, brand.ctx, role="manager")
    page.goto(f"/till/{shop}/")
    page.wait_for_selector(".till-item[data-sku=MUG] .money:has-text('KRW')")
    page.click(".till-item[data-sku=MUG]")
    page.wait_for_selector("text=Its price is in KRW")
    assert page.locator("#lines li").count() == 0


def test_a_sale_that_comes_after_the_till_was_closed_waits_until_it_is_open(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    brand, shop = open_shop()
    shift = open_till(brand.ctx, shop)
    sign_in(page, brand.ctx, role="manager")
    page.goto(f"/till/{shop}/")
    page.wait_for_selector(".till-item[data-sku=MUG]")
    page.context.set_offline(True)
    wedge(page, "MUG")
    page.wait_for_selector("#lines li[data-sku=MUG]")
    pay_in_cash(page)
    page.click("#next")
    till.close_shift(brand.ctx, shift_id=shift.id, counted_minor=10_000)
    page.context.set_offline(False)
    page.wait_for_selector("#offline:has-text('The till of Warehouse HBF is closed.')")
    screenshot(page, "till-refused")
    axe(page)
    assert sold(brand) == []

    page.reload()
    page.fill("#field-opening", "0")
    page.click("text=Open the till >> nth=-1")
    page.wait_for_selector(".till-item[data-sku=MUG]")
    sent(page)
    assert (len(sold(brand)), left(brand, "MUG")) == (1, 2)


def test_receipt_return_and_end_of_day(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    brand, shop = open_shop()
    sign_in(page, brand.ctx, role="manager")
    page.goto(f"/till/{shop}/")
    page.fill("#field-opening", "50")
    page.click("text=Open the till >> nth=-1")
    page.wait_for_selector(".till-item[data-sku=MUG]")
    wedge(page, "MUG")
    page.wait_for_selector("#lines li[data-sku=MUG]")
    wedge(page, "MUG")
    pay_in_cash(page)
    number = page.text_content("#done-number")
    page.wait_for_selector("#done-state:has-text('Everything is sent')")

    page.goto(f"/till/{shop}/back/?code={number}")
    page.wait_for_selector("text=What comes back?")
    page.fill("input[name^=qty-]", "1")
    page.select_option("#field-reason", "changed_mind")
    screenshot(page, "till-back")
    axe(page)
    page.click("button:has-text('Return goods')")
    page.wait_for_selector("text=Paid out in cash")
    screenshot(page, "till-pay-out")
    axe(page)
    page.click("text=Paid out in cash")
    page.wait_for_selector("text=It is paid out.")
    assert left(brand, "MUG") == 2

    [row] = sold(brand)
    page.goto(f"/till/receipts/{row.id}/")
    page.wait_for_selector("#receipt:has-text('Given back')")
    page.set_viewport_size({"width": 1024, "height": 844})  # a printer has more dots to the millimetre than a screen
    page.evaluate("document.querySelector('#receipt .till-code').style.width = '880px'")
    picture = Image.open(io.BytesIO(page.locator("#receipt .till-code").screenshot()))
    page.evaluate("document.querySelector('#receipt .till-code').style.width = ''")
    page.set_viewport_size({"width": 390, "height": 844})
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [number]
    screenshot(page, "till-receipt")
    axe(page)
    page.fill("#field-email", "ada@example.com")
    page.click("text=Send")
    page.wait_for_selector("text=The receipt is on its way.")
    assert db.column("SELECT to_address FROM messaging_message WHERE organisation_id = %s", [brand.ctx.organisation_id]) == [
        "ada@example.com"
    ]

    page.goto(f"/till/{shop}/day/")
    screenshot(page, "till-day")
    axe(page)
    page.fill("#field-counted", "59.90")
    page.click("text=Close the till")
    page.wait_for_selector("text=Count again, or say why it differs.")
    page.fill("#field-reason", "a coin is missing")
    page.click("text=Close the till")
    page.wait_for_selector("text=The till is closed.")
    [shift] = drawers.list_shifts(brand.ctx)
    assert (shift.expected_minor, shift.difference_minor, shift.reason) == (6000, -10, "a coin is missing")
    screenshot(page, "till-shift")


# How far to the right the cells of tables reach, and whether a link can be touched, and read where it is no arrow.
FURTHEST = "Math.max(0, ...[...document.querySelectorAll('td, th')].map((one) => one.getBoundingClientRect().right))"
NAMED = """all => all.map((one) => {
  const { width, height } = one.getBoundingClientRect();
  const seen = [...one.querySelectorAll("span")].some((word) => word.getBoundingClientRect().width > 8);
  return width >= 44 && height >= 44 && (seen || one.ariaLabel !== null && one.matches(".till-icon"));
})"""


@pytest.mark.parametrize(("language", "sizes"), [("ko", [(1024, 768), (390, 844)]), ("en", [(390, 844)])])
def test_every_page_of_the_till_fits_and_speaks(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None], language: str,
    sizes: list[tuple[int, int]],
) -> None:  # fmt: skip
    page, (brand, shop) = browser_page, open_shop()
    accounts.connect(
        brand.ctx, code="cards", name="Cards", provider="sandbox_payment", settings={"url": "http://127.0.0.1:9", "token": "x"}
    )
    db.execute("UPDATE catalog_product SET title = title || ' with a name that is as long as some are'")
    open_till(brand.ctx, shop)
    order = sell(brand.ctx, sale=sale(shop, ("MUG", 1)))
    sign_in(page, brand.ctx, role="manager", language=language)
    for name, path in (
        ("index", ""), ("counter", f"{shop}/"), ("day", f"{shop}/day/"), ("find", f"{shop}/back/?code=nothing"),
        ("back", f"{shop}/back/{order.order_id}/"), ("receipt", f"receipts/{order.order_id}/"),
        ("stock", f"{shop}/stock/"), ("paper", f"{shop}/paper/"),
    ):  # fmt: skip
        page.goto(f"/till/{path}")
        page.wait_for_selector("main")
        for width, height in sizes:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate(FURTHEST) <= width, name
            if name == "counter":
                assert page.eval_on_selector_all(".till-head a", NAMED) == [True] * 4
        if name == "counter":
            page.wait_for_selector(".till-item[data-sku=TEA]")
            wedge(page, "TEA")
            page.wait_for_selector("#lines li[data-sku=TEA]")
            page.click("#pay")
            page.wait_for_selector("#paying[open]")
        for width, height in reversed(sizes):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            screenshot(page, f"till-{language}-{name}-{width}")
        axe(page)  # the till is as narrow as a phone in English and as wide as a tablet in Korean


def test_a_till_is_opened_again_without_a_connection_and_sells_once(
    browser_page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None], server: Web
) -> None:
    with line(server.url) as wire:
        page = keep_selling(wire, browser_page, sign_in, axe, screenshot)
        page.close()


def until(page: Page, promised: str) -> None:
    """Waits a minute at most until what a promise comes to is true."""
    found = page.evaluate(
        f"""async () => {{
          const last = Date.now() + 60000;
          while (!(await {promised}) && Date.now() < last) await new Promise((soon) => setTimeout(soon, 50));
          return await {promised};
        }}"""
    )
    assert found, promised


def keep_selling(
    wire: Line, page: Page, sign_in: Callable[..., str], axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> Page:
    context = page.context
    brand, shop = open_shop()
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    tea = catalog.variants_by_id(brand.ctx, ids=[brand.variants["TEA"]])[brand.variants["TEA"]]
    set_picture(brand.ctx, product_id=tea.product_id, data=file.getvalue())
    open_till(brand.ctx, shop)
    sign_in(page, brand.ctx, role="manager")
    page.goto(f"{wire.url}/till/{shop}/")
    page.wait_for_selector(".till-item[data-sku=MUG]")
    until(page, "caches.match(document.querySelector('.till-item[data-sku=TEA] img').src).then(Boolean)")
    until(page, f"caches.match('/till/{shop}/').then(Boolean)")
    wedge(page, "TEA")
    page.wait_for_selector("#lines li[data-sku=TEA]")

    wire.cut()
    page.reload()
    page.wait_for_selector("#lines li[data-sku=TEA]")  # the basket is still there
    page.wait_for_selector("#queue-light[data-state=offline]")
    screenshot(page, "till-reloaded-offline")
    axe(page)
    pay_in_cash(page)
    page.close()
    page = context.new_page()
    page.goto(f"{wire.url}/till/")  # the tab was closed, and the till is where it was
    page.wait_for_selector("#queue-light[data-state=offline][data-waiting='1']")
    assert page.locator(".till-item[data-sku=TEA]").inner_text().endswith("2 here")
    page.click("text=End of day")
    page.wait_for_selector("#said:has-text('That needs a connection')")
    assert sold(brand) == []

    context.clear_cookies(name="csrftoken")  # the token of the page that was kept counts no longer, the person does
    wire.mend()
    sent(page)
    page.evaluate(
        """() => {
          const { room, shop } = document.querySelector(".till").dataset, sku = "TEA";
          const sales = JSON.stringify([{ client_id: "0", lines: [{ sku, qty: 2 }] }]);
          localStorage.setItem(`doorstep.till.${room}.${shop}.0.sales`, sales);
        }"""
    )
    page.reload()
    sent(page)
    page.wait_for_selector("#others:has-text('wait on this browser: 1.')")
    assert page.locator(".till-item[data-sku=TEA]").inner_text().endswith("0 here")  # they were taken off the shelf all the same
    assert [row.total_minor for row in sold(brand)] == [1000]
    assert left(brand, "TEA") == 2

    kept = "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((c) => c.keys()))))"
    paths = page.evaluate(f"{kept}.then((all) => all.flat().map((one) => new URL(one.url).pathname))")
    assert [path for path in paths if not path.startswith(("/static/", "/products/pictures/"))] == [f"/till/{shop}/"]
    page.goto(f"{wire.url}/till/")
    page.evaluate("document.querySelector('form[action$=\"sign-out/\"]').submit()")
    page.wait_for_selector(".door-main")
    until(page, "caches.keys().then((names) => names.length === 0)")
    stored = "Object.keys(localStorage).filter((key) => key.startsWith('doorstep.till.') && !key.endsWith('.shop'))"
    assert page.evaluate(stored) == [
        f"doorstep.till.{brand.ctx.organisation_id}.{shop}.0.sales"
    ]
    return page
