"""A bundle is put together on a page of its own, looked at while it is typed, and sold at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.catalog import components
from tests.browser.conftest import COMBINATIONS
from tests.factories import make_brand, make_variants

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
Page = Any


def test_a_bundle_is_put_together_while_the_page_says_what_it_comes_to(
    open_page: Callable[..., Page], sign_in: Callable[..., str], look: Callable[..., None]
) -> None:
    brand = make_brand(stock_each=6)
    variant = make_variants(brand.ctx, ["SET"], price="30.00")["SET"]
    page = open_page()
    sign_in(page, brand.ctx)
    page.goto(f"/products/variants/{variant}/contents/")
    page.wait_for_selector("#look:has-text('ordinary variant')")
    free = page.locator("input[name=sku]")
    free.nth(0).press_sequentially("Thing")
    page.wait_for_selector("#component-words option[value=A]", state="attached")
    free.nth(0).fill("A")
    page.locator("input[name=qty]").nth(0).fill("5")
    page.wait_for_selector("#look:has-text('2 bundles can be sold now')")
    free.nth(1).fill("B")
    page.wait_for_selector("#look:has-text('€25.00')")
    page.click("button[form=contents]")
    page.wait_for_selector(".bundle-of:has-text('2 bundles can be sold now')")
    assert [c.qty for c in components.components_of(brand.ctx, variant_ids=[variant])[variant]] == [5, 1]
    for language, size in COMBINATIONS:
        seen = open_page(size=size)
        sign_in(seen, brand.ctx, language=language, at=f"/products/variants/{variant}/contents/")
        seen.wait_for_selector("#look .bundle-inside")
        look(seen, "contents", both_widths=True)
