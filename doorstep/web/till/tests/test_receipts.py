"""One receipt: the printer, the mail and the page that sold it say the same, and say it in their reader's words."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime
from html import unescape

import pytest

from doorstep.base import db
from doorstep.flows import mail_receipt
from doorstep.flows.receipt import slip_of
from doorstep.flows.return_in_shop import Back, pay_out, take_back
from doorstep.flows.sell_in_shop import Sale, SaleLine, sell
from doorstep.orders import queries as orders
from doorstep.orders.actions import annotate
from doorstep.payments.till import paper
from doorstep.payments.till.paper import Paper
from doorstep.payments.till.values import Given, TillKind
from tests.factories import Brand, make_brand, receive, signed_in
from tests.over_the_counter import client_id, make_shop, open_till, sale

pytestmark = pytest.mark.django_db
SOLD_AT = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)


def in_seoul() -> tuple[Brand, int]:
    """A shop nine hours ahead, which says of itself all that a receipt has room for."""
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx)
    db.execute("UPDATE locations_location SET timezone = 'Asia/Seoul' WHERE id = %s", [shop])
    for sku in ("A", "B"):
        receive(brand.ctx, brand.variants[sku], shop, 5)
    early = replace(brand.ctx, now=datetime(2026, 3, 4, 9, tzinfo=UTC))
    open_till(early, shop)
    paper.set_paper(brand.ctx, location_id=shop, paper=Paper("Haus GmbH", "DE123456789", "§ 19 UStG", {"": 1900}))
    return brand, shop


def discounted(shop: int) -> Sale:
    """Two things, one of them scratched, and something off the whole; paid with more cash than it comes to."""
    lines = (SaleLine("A", 2, 1000, 100, "Damaged or worn"), SaleLine("B", 1, 1000))
    given = (Given(TillKind.CASH, 2600, 5000),)
    return Sale(client_id(), shop, lines, given, SOLD_AT, 300, "Regular customer")


def said(html: str) -> list[str]:
    """The texts of a page, one after the other."""
    texts = (unescape(text).strip() for text in re.split(r"<[^>]+>", html))
    return [text for text in texts if text]


def test_page_mail_and_answer_are_one_receipt() -> None:
    brand, shop = in_seoul()
    ctx = replace(brand.ctx, now=datetime(2026, 3, 4, 16, tzinfo=UTC))
    order_id = sell(ctx, sale=discounted(shop)).order_id
    booked = orders.get(ctx, id=order_id)
    number = booked.order.name
    annotate(ctx, order_id=order_id, version=booked.version, note="for colleagues only", tags=[])
    slip = slip_of(ctx, order_id=order_id, language="en")
    assert slip.head == ("Haus GmbH", "Warehouse HBF", "Torstr. 1", "10115 Berlin", "Registration number DE123456789")
    assert slip.meta[0] == "2026-03-05 00:30"  # of the sale, by the clock of the shop
    assert [(row.word, row.amount, row.under) for row in slip.rows] == [
        (slip.rows[0].word, "€19.00", "2 × €10.00 − €1.00"), (slip.rows[1].word, "€10.00", "1 × €10.00"),
        ("Discount", "−€3.00", "Regular customer; Damaged or worn"), ("Total", "€26.00", ""), ("Cash", "€50.00", ""),
        ("Change given", "−€24.00", ""),
    ]  # fmt: skip
    assert slip.document is not None
    assert (slip.document.number, slip.document.foot) == ("Till receipt HBF-000001", ("§ 19 UStG",))
    assert slip.document.taxes[1] == ("19 %", "€21.85", "€4.15", "€26.00")

    everything = [
        slip.brand, *slip.head, *slip.meta, *(text for row in slip.rows for text in (row.word, row.under, row.amount) if text),
        *(cell for cells in slip.document.taxes for cell in cells), slip.document.number, *slip.document.foot, slip.thanks,
    ]  # fmt: skip
    page = signed_in(brand.ctx, "manager").get(f"/till/receipts/{order_id}/").content.decode()
    [printed] = re.findall(r'<section class="till-receipt".*?</section>', page, re.S)
    assert said(printed) == everything
    mail_receipt.send(ctx, order_id=order_id, to="ada@example.com")
    [mail] = db.dicts("SELECT text, html, to_name FROM messaging_message WHERE organisation_id = %s", [ctx.organisation_id])
    assert mail["to_name"] == ""
    letter = said(re.sub(r"<head>.*?</head>", "", mail["html"], flags=re.S))
    assert [text for text in letter if number not in text or text in everything] == everything
    for text in everything:
        assert text in mail["text"], text
    assert "colleagues" not in page + mail["text"] + mail["html"]


def test_the_till_is_answered_with_the_receipt_in_its_readers_language() -> None:
    brand, shop = in_seoul()
    told = {
        "client_id": client_id(), "lines": [{"sku": "A", "qty": 1, "price": 1000}], "given": [{"kind": "cash", "amount": 1000}],
        "sold_at": SOLD_AT.isoformat(),
    }  # fmt: skip
    browser = signed_in(brand.ctx, "manager", language="ko")
    sent = browser.post(f"/till/{shop}/sales/", json.dumps({"sales": [told]}), content_type="application/json").json()
    [answer] = sent["answers"]
    korean = asdict(slip_of(brand.ctx, order_id=answer["order_id"], language="ko"))
    assert answer["slip"] == json.loads(json.dumps(korean))
    assert "합계" in [row["word"] for row in answer["slip"]["rows"]]


def test_who_walks_in_has_no_name_of_ours_but_is_called_in_every_readers_language() -> None:
    brand, shop = in_seoul()
    db.execute("UPDATE locations_location SET country = 'KR' WHERE id = %s", [shop])
    named = sell(brand.ctx, sale=sale(shop, ("A", 1), name="Ada"))
    nobody = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    known = sell(brand.ctx, sale=sale(shop, ("A", 1), email="bob@example.com"))
    rows = orders.orders_by_id(brand.ctx, ids=[named.order_id, nobody.order_id, known.order_id])
    assert [rows[one.order_id].customer_name for one in (named, nobody, known)] == ["Ada", "Walk-in customer", ""]
    db.execute("UPDATE orders_order SET customer_name = '매장 방문 고객' WHERE id = %s", [named.order_id])  # as it was kept once
    for language, word, other in (("en", "Walk-in customer", "매장 방문 고객"), ("ko", "매장 방문 고객", "Walk-in customer")):
        browser = signed_in(brand.ctx, "manager", language=language)
        customer = rows[nobody.order_id].customer_id
        for path in (
            "/orders/", f"/orders/{nobody.order_id}/", f"/orders/{named.order_id}/", "/customers/", f"/customers/{customer}/",
            f"/till/{shop}/back/{nobody.order_id}/",
        ):  # fmt: skip
            page = browser.get(path).content.decode()
            assert word in page, (language, path)
            assert other not in page, (language, path)


def test_the_paper_of_a_refund_is_headed_and_dated_as_the_receipt_of_the_sale() -> None:
    brand, shop = in_seoul()
    ctx = replace(brand.ctx, now=datetime(2026, 3, 4, 16, tzinfo=UTC))
    order_id = sell(ctx, sale=sale(shop, ("A", 1))).order_id
    [line] = orders.lines_of(ctx, order_ids=[order_id])
    taken = take_back(ctx, location_id=shop, back=Back(order_id, {line.id: 1}, "changed_mind"), key="back")
    pay_out(ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.CASH)
    page = signed_in(brand.ctx, "manager").get(f"/till/{shop}/returns/{taken.return_id}/").content.decode()
    [printed] = re.findall(r'<section class="till-receipt".*?</section>', page, re.S)
    slip = slip_of(ctx, order_id=order_id, language="en")
    [back] = slip.backs
    texts = said(printed)
    assert texts[: 1 + len(slip.head)] == [slip.brand, *slip.head]
    assert (back.at, texts[-3:]) == ("2026-03-05 01:00", [back.number, back.at, *back.foot])


def test_a_count_that_differs_is_said_as_money() -> None:
    brand, shop = in_seoul()
    browser = signed_in(brand.ctx, "manager")
    close = re.findall(rf'action="(/till/{shop}/close/\d+/)"', browser.get(f"/till/{shop}/day/").content.decode())[0]
    refused = browser.post(close, {"counted": "99,90"})
    assert refused.status_code == 422
    assert "€99.90 were counted, and €100.00 should be there." in refused.content.decode()
