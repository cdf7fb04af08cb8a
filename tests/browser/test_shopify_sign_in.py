"""A shop at Shopify is connected in a browser: what to bring, the shop's own page, and back; what was not allowed is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from doorstep.channels import queries
from tests.browser.conftest import SIZES, Page
from tests.contracts.shopify import selling
from tests.factories import make_ctx

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("server")]


def test_a_shop_is_signed_in_to_and_what_it_did_not_allow_is_named(
    browser_page: Page, sign_in: Callable[..., str], look: Callable[[Page, str], None], tmp_path: Path
) -> None:
    page, ctx = browser_page, make_ctx()
    with selling() as shop:
        allowed = ["write_orders", "read_customers", "read_products", "read_locations", "write_returns"]
        shop.post("/admin/oauth/app", {"scopes": allowed})
        sign_in(page, ctx)
        page.goto("/channels/connect/")
        page.click("text=Shopify")
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            look(page, "shop-sign-in")
        page.fill("[name=name]", "Korea")
        page.fill("[name=url]", str(shop.http.base_url))
        page.fill("[name=client_id]", "sandbox-client-id")
        page.fill("[name=client_secret]", "sandbox-client-secret")
        page.click("button:has-text('Sign in at Shopify')")
        page.click("button:has-text('Install')")
        page.wait_for_selector("text=The shop lets us in")
        (row,) = queries.list_connections(ctx)
        assert page.url.endswith(f"/channels/{row.id}/")
        assert [one.inner_text() for one in page.query_selector_all(".lacking code")] == [
            "write_inventory", "write_merchant_managed_fulfillment_orders",
        ]  # fmt: skip
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            look(page, "shop-lacking")
        shop.post("/admin/oauth/app", {"scopes": [one.text_content() for one in page.query_selector_all(".lacking code")]})
        page.click("main a:has-text('Sign in again') >> nth=0")
        assert page.input_value("[name=client_id]") == "sandbox-client-id"
        page.click("button:has-text('It is installed already')")
        page.wait_for_selector("text=The shop lets us in")
        assert page.query_selector(".lacking") is not None  # other scopes are missing now: it is what the shop says that counts
