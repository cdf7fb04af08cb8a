"""What a browser may keep of the till, and what a receipt says by mail."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from doorstep.base import db
from doorstep.flows import mail_receipt
from doorstep.flows.sell_in_shop import sell
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper
from doorstep.payments.till.paper import Paper
from doorstep.web.till.papers import read_rates
from tests.factories import make_brand, receive, signed_in
from tests.over_the_counter import charged, make_shop, open_till, sale

pytestmark = pytest.mark.django_db


def test_only_the_page_of_an_open_till_may_be_kept() -> None:
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx)
    client = signed_in(brand.ctx, "manager")
    assert "X-Till-Kept" not in client.get(f"/till/{shop}/")
    shift = open_till(brand.ctx, shop)
    assert client.get(f"/till/{shop}/")["X-Till-Kept"] == "1"
    for path in ("", f"{shop}/day/", f"{shop}/back/", f"{shop}/stock/", f"{shop}/items/"):
        assert "X-Till-Kept" not in client.get(f"/till/{path}"), path
    till.close_shift(brand.ctx, shift_id=shift.id, counted_minor=10_000)
    assert "X-Till-Kept" not in client.get(f"/till/{shop}/")


def test_a_cashier_is_asked_for_no_token_and_for_a_card_only_where_something_takes_it() -> None:
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx)
    client = signed_in(brand.ctx, "manager")
    shift = open_till(brand.ctx, shop)
    without = client.get(f"/till/{shop}/").content.decode()
    charged(brand.ctx, shift, 100)  # connects a provider of the sandbox
    with_cards = client.get(f"/till/{shop}/").content.decode()
    assert ('"card": false' in without, "field-method" in without) == (True, False)
    assert ('"card": true' in with_cards, '<option value="pm_declined"' in with_cards, "token" in told(with_cards)) == (
        True, True, False,
    )  # fmt: skip


def told(page: str) -> str:
    """What of a page is read."""
    return " ".join(re.findall(r"<label[^>]*>(.*?)</label>", page, re.DOTALL)).lower()


def test_the_worker_is_asked_for_anew_and_reaches_no_further_than_the_till() -> None:
    answer = Client().get("/till/worker.js")
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-cache", "text/javascript; charset=utf-8")
    assert "Service-Worker-Allowed" not in answer
    assert Client().get("/till/worker.js", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_an_owner_types_rates_as_people_do() -> None:
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx)
    owner = signed_in(brand.ctx, "owner")
    wanted = {"name": "Haus GmbH", "registration": "DE1", "rate": "19 %", "others": "Books = 7\n\nTravel guides = 5,5"}
    assert owner.post(f"/till/{shop}/paper/", wanted).status_code == 302
    kept = paper.paper_of(brand.ctx, location_id=shop)
    assert (kept.name, kept.rates) == ("Haus GmbH", {"": 1900, "books": 700, "travel guides": 550})
    wrongs = ({"rate": "a lot"}, {"rate": "1.234"}, {"rate": "NaN"}, {"rate": "60"}, {"others": "Books"}, {"voucher_days": "x"},
              {"rate": "9e999990"}, {"rate": "9e999999"})  # fmt: skip
    for wrong in wrongs:
        assert owner.post(f"/till/{shop}/paper/", wrong).status_code == 422, wrong
    assert paper.paper_of(brand.ctx, location_id=shop) == kept
    assert read_rates({}) == {}  # type: ignore[arg-type]
    assert signed_in(brand.ctx, "manager").post(f"/till/{shop}/paper/", wanted).status_code == 403


def test_a_receipt_by_mail_says_number_seller_and_tax() -> None:
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx)
    receive(brand.ctx, brand.variants["A"], shop, 1)
    open_till(brand.ctx, shop)
    paper.set_paper(brand.ctx, location_id=shop, paper=Paper("Haus GmbH", "DE123456789", "", {"": 1900}))
    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    mail_receipt.send(brand.ctx, order_id=sold.order_id, to="ada@example.com")
    [(text, html)] = [
        (row["text"], row["html"])
        for row in db.dicts("SELECT text, html FROM messaging_message WHERE organisation_id = %s", [brand.ctx.organisation_id])
    ]
    for body in (text, html):
        for said in ("HBF-000001", "Haus GmbH", "DE123456789", "€1.60", "€8.40", "19 %"):
            assert said in body, said
