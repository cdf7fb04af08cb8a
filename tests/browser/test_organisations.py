"""Somebody of two organisations moves between them in the top bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.accounts import actions as accounts
from doorstep.accounts import models
from tests.browser.conftest import Axe, Page, SignIn
from tests.factories import make_ctx

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("second_server")]


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ko", "dark")])
def test_the_menu_names_both_and_leads_to_the_other(
    browser_page: Page, sign_in: SignIn, axe: Axe, screenshot: Callable[[Any, str], None], language: str, theme: str
) -> None:
    page, first, second = browser_page, make_ctx("Moru"), make_ctx("문앞 스튜디오와 아주 긴 이름의 두 번째 브랜드")
    email = sign_in(page, first, language=language)
    accounts.add_staff(second, email=email, name="Both", role="owner")
    models.User.objects.filter(email=email).update(theme=theme)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/orders/")
        page.click("summary.top-organisation")
        menu = page.locator(".menu-left .menu-list")
        assert menu.locator("button").all_inner_texts() == ["Moru", "문앞 스튜디오와 아주 긴 이름의 두 번째 브랜드"]
        box = menu.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        axe(page, contrast_only=theme == "dark")
        screenshot(page, f"organisations-{language}-{theme}-{width}")
    menu.locator("button").nth(1).click()
    page.wait_for_url("**/")
    assert page.locator(".top-organisation-name").inner_text().startswith("문앞")
    screenshot(page, f"organisations-moved-{language}-{theme}")
