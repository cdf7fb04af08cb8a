"""One order's whole way in a real house: web, worker, shop and carrier run, and a person does the rest in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from doorstep.shipping.labels.tests.samples import picture_of_pdf, read_codes
from sandbox.carrier import codes
from tests.browser.conftest import SIZES, is_problem
from tests.setup.conftest import home as home
from tests.setup.conftest import seeded as seeded
from tests.setup.conftest import up as up
from tests.setup.starting import Start

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("up")]
Page = Any
WAY = [
    "order.placed", "order.routed", "fulfilment.listed", "fulfilment.line_picked", "fulfilment.picked", "parcel.packed",
    "label.bought", "parcel.handed_over", "parcel.delivered",
]  # fmt: skip


def test_an_order_goes_from_the_shop_to_the_doorstep_past_an_english_desk_and_a_korean_phone(
    up: Callable[..., Start], seeded: Path, chromium_process: Any, axe: Callable[[Page], None],
    screenshot: Callable[[Page, str], None],
) -> None:  # fmt: skip
    start = up().until_ready()
    problems: list[str] = []
    desk, floor = (_open(chromium_process, start, size, problems) for size in ("desk", "phone"))
    for page, language in ((desk, "en"), (floor, "ko")):
        _sign_in(page, start, language)
    at_the_desk, on_the_floor = (lambda name: screenshot(desk, f"{name}-en")), lambda name: screenshot(floor, f"{name}-ko")
    order = _place(desk, at_the_desk, seeded)
    for page, picture in ((desk, at_the_desk), (floor, on_the_floor)):
        page.goto(order)
        picture("order")
        axe(page)
    _pick(floor, on_the_floor)
    number = _pack(desk, order, at_the_desk)
    _hand_over(floor, number)
    _follow(desk, order, number, at_the_desk, seeded)
    link = str(desk.get_attribute(".aside a[target=_blank]", "href"))
    for language in ("en", "ko"):
        _as_the_customer(chromium_process, link, number, language)
    assert problems == []
    assert any(number in code for code in _printed(seeded))


def _open(browser: Any, start: Start, size: str, problems: list[str]) -> Page:
    """A page of a fresh profile; what it logs as an error is kept."""
    width, height = SIZES[size]
    page = browser.new_context(
        base_url=start.url, viewport={"width": width, "height": height}, reduced_motion="reduce"
    ).new_page()
    page.set_default_timeout(90_000)  # a whole house works behind it
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if is_problem(line) else None)
    return page


def _sign_in(page: Page, start: Start, language: str) -> None:
    email, password = start.sign_in_words()
    page.goto("/")
    page.click("button[lang=ko]" if language == "ko" else "button[lang=en]")
    page.wait_for_selector(f"html[lang={language}]")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.click(".door-button")
    page.wait_for_selector("#home")
    assert page.get_attribute("html", "lang") == language


NEWEST = "#home-newest tbody .key a"


def _newest(page: Page) -> list[str]:
    return [str(link.get_attribute("href")) for link in page.query_selector_all(NEWEST)]


def _place(page: Page, picture: Callable[[str], None], home: Path) -> str:
    """The live switch on, until an order comes that can be picked; gives the address of its page, which is open.

    Most orders of the demo wait for something, so the shop sells faster than a person would like to watch.
    """
    before = set(_newest(page))
    page.click(".live-switch button")
    page.wait_for_selector(".live-switch input[value='0']", state="attached")
    _drive(home, "shop", "/admin/live", {"on": True, "every_s": 0.5})
    for _ in range(20):
        page.wait_for_function(
            "([rows, known]) => [...document.querySelectorAll(rows)].some((a) => !known.includes(a.getAttribute('href')))",
            arg=[NEWEST, sorted(before)],
        )  # fmt: skip
        fresh = [address for address in _newest(page) if address not in before]
        before.update(fresh)
        page.wait_for_timeout(1500)
        picture("home")
        for address in fresh:
            page.goto(address)
            if page.query_selector(".page-actions a[href*='/fulfilment/lists/']"):
                page.goto("/")
                page.click(".live-switch button")
                page.goto(address)
                return address
        page.goto("/")
    raise AssertionError("no order came that can be picked")


def _pick(page: Page, picture: Callable[[str], None]) -> None:
    """Every unit of the order's list scanned, after one wrong scan."""
    page.click(".page-actions .btn-primary")
    page.wait_for_url("**/fulfilment/lists/*/")
    picture("pick-list")
    page.click(".page-actions .btn-primary")
    page.wait_for_selector("#scan-input")
    page.keyboard.type("NOT-OURS")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer[data-tone=bad]")
    picture("scan")
    while page.is_hidden("#done"):
        had = page.text_content("#picked")
        page.keyboard.type(page.text_content("#item-sku"))
        page.keyboard.press("Enter")
        page.wait_for_function("had => document.getElementById('picked').textContent !== had", arg=had)
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
    picture("picked")


def _pack(page: Page, order: str, picture: Callable[[str], None]) -> str:
    """The parcel of our order closed; gives the tracking number, which the worker buys meanwhile."""
    page.goto(order)
    page.click(".page-actions .btn-primary")
    page.wait_for_url("**/fulfilment/pack/*/")
    picture("pack")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-tracking]")
    picture("packed")
    return str(page.text_content("[data-tracking]"))


def _hand_over(page: Page, number: str) -> None:
    page.goto("/fulfilment/hand-over/")
    line = page.locator("tr", has_text=number)
    section = page.locator("section.floor-place", has=line)
    for other in section.locator("tbody input[name=parcels]").all():
        other.uncheck()
    line.locator("input[name=parcels]").check()
    section.locator(".door-foot .btn-primary").click()
    page.wait_for_load_state()
    page.wait_for_selector(".notice")


def _follow(page: Page, order: str, number: str, picture: Callable[[str], None], home: Path) -> None:
    """The order's page tells the whole way, and changes by itself when the parcel arrives."""
    page.goto(order)
    _drive(home, "carrier", "/admin/advance", {"tracking_number": number, "to": codes.PICKED_UP})
    page.wait_for_selector("li[data-type='parcel.tracking']", state="attached")
    picture("on-its-way")
    _drive(home, "carrier", "/admin/advance", {"tracking_number": number, "to": codes.DELIVERED})
    page.wait_for_selector("li[data-type='parcel.delivered']", state="attached")
    page.wait_for_selector("li[data-type='print.printed']", state="attached")
    told = [item.get_attribute("data-type") for item in page.query_selector_all("li[data-type]")][::-1]
    steps = [told.index(step) for step in WAY]
    assert steps == sorted(steps), told
    assert told.index("print.printed") > told.index("label.bought")  # paper and driver do not wait for each other
    assert number in page.content()
    page.reload()
    picture("delivered")


def _drive(home: Path, who: str, path: str, body: dict[str, Any]) -> None:
    """Lets a part of the sandbox do what its world would do some day."""
    address = json.loads((home / "addresses.json").read_text())[who]
    told = httpx.post(f"{address}{path}", json=body, headers={"Authorization": "Bearer sandbox"}, timeout=60)
    assert told.status_code == 200, told.text


def _as_the_customer(browser: Any, link: str, number: str, language: str) -> None:
    """The tracking page needs no sign-in, and a link that was guessed shows nothing."""
    stranger = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="ko-KR" if language == "ko" else "en-US"
    )
    stranger.set_default_timeout(90_000)
    page = stranger.new_page()
    assert page.goto(link).status == 200
    assert number in page.content()
    assert page.query_selector(".steps li:last-child[aria-current]")
    guessed = re.sub(r"/t/(.)", lambda found: "/t/" + ("A" if found[1] != "A" else "B"), link)
    assert page.goto(guessed).status in (403, 404)
    assert number not in page.content()
    stranger.close()


def _printed(home: Path) -> list[str]:
    """What a scanner reads from the labels that came out of the demo's printer, which is a folder."""
    papers = [path.read_bytes() for path in sorted((home / "printed").rglob("label-*.pdf"))]
    return [code for paper in papers for code in read_codes(picture_of_pdf(paper)).values()]
