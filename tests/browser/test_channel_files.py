"""A channel by files, in a browser: its columns, a look at a file before it is taken in, and what it gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from doorstep.base import db
from doorstep.channels import queries
from doorstep.flows.order_import import uploads
from tests.browser.conftest import SIZES, Look, Page
from tests.factories import make_brand

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("server")]
SHEET = """주문번호,주문일시,판매자상품코드,수량,판매가,상품명,수취인명,우편번호,국가
K-1,2026-11-20 10:00,A,2,12.50,티셔츠,김민서,10115,DE
K-2,2026-11-20 11:00,NOPE,1,10.00,Odd,이서연,10115,DE
K-3,2026-11-20 12:00,A,x,12.50,티셔츠,박지호,10115,DE
"""


def test_a_file_is_mapped_looked_at_and_taken_in_at_any_size(
    browser_page: Page, sign_in: Callable[..., str], look: Look, tmp_path: Path
) -> None:
    page, brand = browser_page, make_brand()
    file = tmp_path / "orders.csv"
    file.write_text(SHEET, encoding="utf-8")
    sign_in(page, brand.ctx)
    page.goto("/channels/connect/")
    page.click("text=Any other channel, by files")
    page.fill("[name=name]", "Market")
    page.click("button:has-text('Add it')")
    page.wait_for_selector("text=Orders that come in")
    page.set_input_files("input[type=file]", str(file))
    page.click("button:has-text('Next: columns')")
    page.wait_for_selector("text=Which column is what")
    columns = page.url
    assert page.inner_text("#checked .figure:nth-child(3) b") == "1"
    assert "NOPE" in page.inner_text("#checked .inline-note")
    page.select_option("select[name=m-quantity]", "")
    page.wait_for_selector("#checked .run-form", state="detached")
    page.select_option("select[name=m-quantity]", "3")
    page.wait_for_selector("button:has-text('Take in 2 orders')")
    (market,) = queries.list_connections(brand.ctx)
    files = f"/channels/{market.id}/files/"
    for language in ("en", "ko"):
        page.context.clear_cookies()
        sign_in(page, brand.ctx, language=language)
        for name, path in (("files", files), ("file-columns", columns), ("file-channel", f"/channels/{market.id}/")):
            page.goto(path)
            if name == "files":
                page.click("main details summary >> nth=0")
            for width, height in SIZES.values():
                page.set_viewport_size({"width": width, "height": height})
                look(page, name, by_axe=language == "en")
            page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(columns)
    page.click(".run-form .btn-primary")
    page.wait_for_selector("#progress")
    for job in db.dicts("SELECT args FROM procrastinate_jobs WHERE task_name = 'import_orders' AND status = 'todo'"):
        uploads.work(brand.ctx, job_id=job["args"]["job_id"])
    page.reload()
    look(page, "file-job")
    assert "“x”" in page.inner_text("#progress")
