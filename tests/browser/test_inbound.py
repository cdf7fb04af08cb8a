"""Goods come in: a delivery is received on a phone without Wi-Fi, with a surplus, a lot and a mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.stock import lots, queries
from doorstep.stock.inbound import reads
from tests.browser.conftest import SIZES
from tests.factories import make_brand
from tests.inbound import coming_in, deliver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("second_server")]
Page = Any


def scan(page: Page, code: str, qty: int = 1) -> None:
    page.fill("#scan-input", code)
    page.fill("#scan-qty", str(qty))
    page.press("#scan-input", "Enter")


def said(page: Page, words: str) -> None:
    page.wait_for_selector(f"#answer-word:has-text('{words}')")


def test_a_delivery_is_received_on_a_phone_that_loses_its_wifi(
    open_page: Callable[..., Page], sign_in: Callable[..., str], look: Callable[[Page, str], None]
) -> None:
    brand = make_brand(stock_each=0)
    lots.set_tracking(brand.ctx, variant_id=brand.variants["B"], by_lot=True, by_serial=False)
    id = deliver(brand, ("A", 5), ("B", 2))
    page = open_page(size="phone")
    sign_in(page, brand.ctx, role="warehouse", at=f"/stock/deliveries/{id}/")
    page.click("text=Receive")
    page.wait_for_selector("#scan-input")
    page.context.set_offline(True)
    scan(page, "A", 4)
    said(page, "4 / 5")
    page.wait_for_selector("#queue-light[data-waiting='1'], #queue-light[data-state='offline']")
    page.context.set_offline(False)
    page.wait_for_selector("#queue-light[data-state='online']")

    scan(page, "A", 3)
    page.wait_for_selector("#ask[open]")
    look(page, "receive-surplus")
    page.fill("#ask-reason", "a gift of the mill")
    page.click("#ask-form .btn-primary")
    said(page, "More than expected: noted")
    page.click("#undo")
    said(page, "Taken back")

    scan(page, "B", 2)
    page.fill("#ask-lot", "L-7")
    page.fill("#ask-expires", "2027-01-31")
    page.click("#ask-form .btn-primary")
    page.wait_for_selector("li.is-last.is-whole")
    scan(page, "nonsense")
    said(page, "Nobody knows this code")
    page.wait_for_selector("#queue-light[data-state='online']")
    look(page, "receive")
    page.click("#done")
    page.wait_for_selector("text=1 missing")
    assert reads.get_delivery(brand.ctx, delivery_id=id).received == 6
    assert [row.qty for row in queries.incoming_of(brand.ctx, variant_ids=None)] == [1]


def test_everybody_can_read_what_comes_in(
    open_page: Callable[..., Page], sign_in: Callable[..., str], look: Callable[[Page, str], None]
) -> None:
    brand = make_brand()
    ids = coming_in(brand)
    page = open_page()
    sign_in(page, brand.ctx)
    delivery = ids["/expected-deliveries/delivery_id"]
    for name, at in (
        ("deliveries", "deliveries/"), ("delivery", f"deliveries/{delivery}/"), ("announce", "deliveries/new/"),
        ("transfers", "transfers/"), ("transfer", f"transfers/{ids['transfer_id']}/"), ("lots", "lots/"),
        ("lot", f"lots/{ids['lot_id']}/"), ("tracked", f"{brand.variants['A']}/"),
    ):  # fmt: skip
        page.goto(f"/stock/{at}")
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            look(page, name)
