"""A web process and a real Chromium.

`server`: the web process (one per test session).  `browser_page`: a page of an empty browser profile, `open_page`: as many
as a test wants; skipped where no Chromium is found.  `sign_in`: opens the session of somebody.  `axe`: fails on serious and
critical findings.  `screenshot`: keeps a picture in DOORSTEP_SCREENSHOTS, when that folder is set.  `look`: all that must
hold of any page, and its picture.

The modules stand in two groups for xdist, which take about as long as each other: `server` and `second_server`.  Each group has a
web process and a Chromium of its own, where two workers take them.

What axe finds depends on the structure of a page, on its width and, for contrast alone, on its colours; not on the language.
So a page is given to axe once in each width, in a second colour scheme for its contrast; whether everything has room is
measured in both languages and both widths.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from doorstep.base.ctx import Ctx
from tests import serving
from tests.factories import PASSWORD, add_person

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / ".assets" / "dev" / "axe.js"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
]  # fmt: skip
COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
WAITED_MS = 60_000  # what comes by itself waits for older transactions, those of other tests too, and for the machine
COMBINATIONS = [("en", "desk"), ("ko", "phone")]  # of a journey whose pages `look` measures at both widths
Page = Any


def chromium() -> str | None:
    """The path of a Chromium on this machine: DOORSTEP_CHROMIUM, a known command, or playwright's own.

    The headless shell comes first: it draws no frame of its own and costs less than half.
    """
    named = [os.environ.get("DOORSTEP_CHROMIUM"), *map(shutil.which, COMMANDS)]
    found = next((path for path in named if path and Path(path).exists()), None)
    if found:
        return found
    own = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return next((str(path) for path in sorted(own.glob("chromium-*/chrome-linux*/chrome"))), None)


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[serving.Web]:
    with django_db_blocker.unblock():
        running = serving.web()
        web = running.__enter__()
    yield web
    running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def chromium_and_its_loop() -> Iterator[tuple[Any, asyncio.AbstractEventLoop]]:
    """Started once: a start costs as much as looking at five pages.

    Playwright marks its event loop as running between its calls as well, which stands in the way of everything else that is
    async: the mark is taken away, and `chromium_process` sets it while tests of a browser run.
    """
    path = chromium()
    if path is None:
        pytest.skip("no Chromium found: set DOORSTEP_CHROMIUM, or install one")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAITED_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)
        browser.close()


@pytest.fixture(scope="module")
def chromium_process(chromium_and_its_loop: tuple[Any, asyncio.AbstractEventLoop]) -> Iterator[Any]:
    """The browser, of which no other module notices anything."""
    browser, loop = chromium_and_its_loop
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def profiles(chromium_and_its_loop: object) -> dict[str, list[Any]]:
    """Browser profiles by size that nobody uses now.  They keep styles and scripts that they have read: these cost most."""
    return {size: [] for size in SIZES}


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    chromium_process: Any, profiles: dict[str, list[Any]], server: serving.Web, transactional_db: None
) -> Iterator[OpenPage]:
    """`open_page(size="phone")`: a page of an empty profile in English; what any of them logs as an error fails."""
    cache.clear()
    used: list[tuple[str, Any]] = []
    problems: list[str] = []

    def act(*, size: str = "desk") -> Page:
        known = bool(profiles[size])
        context = profiles[size].pop() if known else new_profile(chromium_process, server, size)
        used.append((size, context))
        page = context.new_page()
        if known:
            forget(page, server)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if is_problem(line) else None)
        return page

    yield act
    found = list(problems)  # a page that is closed breaks off what it asks for, and says so
    for size, context in used:
        for page in context.pages:
            page.close()
        profiles[size].append(context)
    assert found == []


def new_profile(browser: Any, server: serving.Web, size: str) -> Any:
    width, height = SIZES[size]
    profile = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce"
    )
    profile.set_default_timeout(WAITED_MS)
    return profile


def forget(page: Page, server: serving.Web) -> None:
    """Takes from a profile what the last test left: cookies, what pages stored, a connection that was cut."""
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.context.new_cdp_session(page).send(
        "Storage.clearDataForOrigin", {"origin": server.url, "storageTypes": "all"}
    )


@pytest.fixture
def browser_page(open_page: OpenPage) -> Page:
    """A page of an empty profile at 1440 × 900 in English; whatever the page logs as an error fails the test."""
    return open_page()


def is_problem(line: Any) -> bool:
    """Broken scripts and what the content-security-policy stopped; refusals (4xx) are answers, not problems."""
    return line.type == "error" and "Failed to load resource" not in line.text


SignIn = Callable[..., str]


@pytest.fixture
def sign_in(server: serving.Web) -> SignIn:
    """`sign_in(page, ctx, role="warehouse", language="ko", at="/inbox/")`: somebody new is signed in; gives the e-mail.

    No page is opened where none is named: each costs as much as the signing in.
    """

    def act(page: Page, ctx: Ctx, role: str = "owner", *, language: str = "en", at: str = "") -> str:
        email, client = add_person(ctx, role, language=language), Client()
        with translation.override(language):  # which the test spoke before is spoken again afterwards
            client.post("/sign-in/", {"login": email, "password": PASSWORD})
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server.url}])
        if at:
            page.goto(at)
            assert page.url == f"{server.url}{at}"
        return email

    return act


Axe = Callable[..., None]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
# Panels that the page has closed are open while axe looks, and closed again: it would not see what is in them.
OPENED_AXE = """async (rules) => {
  const panels = [...document.querySelectorAll("main details:not(.menu, [open]), dialog[open] details:not([open])")];
  for (const panel of panels) panel.open = true;
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"], preload: false});
  for (const panel of panels) panel.open = false;
  return found;
}"""


@pytest.fixture
def axe() -> Axe:
    """`axe(page)`: no serious or critical finding of WCAG 2.2 AA, with every panel of the page opened (menus lie over others).

    `contrast_only=True`: for a page that was looked at in the other colour scheme already; nothing else changes with it.
    """
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run bin/bootstrap dev")
    script = AXE.read_text(encoding="utf-8") + "; true"

    def act(page: Page, *, contrast_only: bool = False) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        found = page.evaluate(OPENED_AXE, CONTRAST if contrast_only else WCAG)
        bad = [
            (one["id"], one["help"], [(node["html"][:200], node["failureSummary"][:300]) for node in one["nodes"][:5]])
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert bad == [], page.url

    return act


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """`screenshot(page, "orders")`: keeps a picture where DOORSTEP_SCREENSHOTS says, nowhere otherwise."""
    folder = os.environ.get("DOORSTEP_SCREENSHOTS")

    def act(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}.png"))

    return act


Look = Callable[..., None]
# Buttons that are narrower than their words, and amounts that are broken over two lines.
SQUEEZED = """() => [
  ...[...document.querySelectorAll("button, .btn, .button")].filter((one) => one.scrollWidth > one.clientWidth + 1),
  ...[...document.querySelectorAll(".money")].filter((one) => one.getClientRects().length > 1),
].filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 200))"""


@pytest.fixture
def look(axe: Axe, screenshot: Callable[[Page, str], None]) -> Look:
    """`look(page, "return-start")`: everybody can read the page, nothing is wider than its place, and its picture is kept.

    `both_widths=True`: the same page is measured at the other width too; `by_axe=False`: axe saw it in another language.
    """

    def act(page: Page, name: str, *, both_widths: bool = False, by_axe: bool = True) -> None:
        if by_axe:
            axe(page)
        own = page.viewport_size
        has_room(page, name)
        screenshot(page, f"{name}-{own['width']}-{page.get_attribute('html', 'lang')}")
        if both_widths:
            [(width, height)] = [size for size in SIZES.values() if size[0] != own["width"]]
            page.set_viewport_size({"width": width, "height": height})
            has_room(page, name)
            screenshot(page, f"{name}-{width}-{page.get_attribute('html', 'lang')}")
            page.set_viewport_size(own)

    return act


def has_room(page: Page, name: str) -> None:
    """Nothing is wider than the screen, no button narrower than its words."""
    wide, width = page.evaluate("document.documentElement.scrollWidth"), page.viewport_size["width"]
    assert wide <= width, (name, width)
    assert page.evaluate(SQUEEZED) == [], (name, width)
