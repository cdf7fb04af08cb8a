"""The stock badge of a shop's pages."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from doorstep.accounts import queries as accounts
from doorstep.stock import promising
from doorstep.stock.values import Selling, SellingRow
from doorstep.web.badge import views
from tests.factories import NOW, Brand, draft, make_brand, place

pytestmark = pytest.mark.django_db


def slug_of(brand: Brand) -> str:
    found = accounts.find_organisation(id=brand.ctx.organisation_id)
    assert found is not None
    return found.slug


def asked(brand: str, *skus: str, language: str = "en") -> dict[str, dict[str, object]]:
    cache.clear()
    answer = Client().get("/badge/stock", {"brand": brand, "sku": skus, "language": language})
    assert answer.status_code == 200, answer.content
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.cookies == {}
    found: dict[str, dict[str, object]] = answer.json()["items"]
    return found


def test_a_shopper_learns_what_is_there_and_no_number_above_few() -> None:
    brand = make_brand()
    slug = slug_of(brand)
    place(brand.ctx, draft([("B", 16)]), draft([("C", 20)]))
    assert asked(slug, "A", "B", "C", "NOBODY") == {
        "A": {"state": "in_stock", "left": None, "says": "In stock"},
        "B": {"state": "few", "left": 4, "says": "Only 4 left"},
        "C": {"state": "out", "left": None, "says": "Sold out"},
    }
    assert asked(slug, "B", language="ko")["B"]["says"] == "4개 남음"


def test_what_can_be_ordered_beyond_what_is_there_says_so() -> None:
    brand = make_brand(stock_each=0)
    promising.set_selling(brand.ctx, rule=SellingRow(brand.variants["A"], Selling.BACKORDER, None, None))
    promising.set_selling(brand.ctx, rule=SellingRow(brand.variants["B"], Selling.PREORDER, date(2097, 1, 8), None))
    found = asked(slug_of(brand), "A", "B")
    assert (found["A"]["state"], found["B"]["state"]) == ("backorder", "preorder")
    assert "2097" in str(found["B"]["says"])


def test_an_unknown_brand_and_somebody_who_asks_too_often_get_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    assert Client().get("/badge/stock", {"brand": "nobody", "sku": "A"}).status_code == 404
    monkeypatch.setattr(views, "ASKED_A_MINUTE", 2)
    with time_machine.travel(NOW, tick=False):  # they are counted by the minute of the clock
        statuses = [Client().get("/badge/stock", {"brand": "nobody"}).status_code for _ in range(4)]
    assert statuses[-1] == 429
    cache.clear()


def test_the_script_is_small_and_may_be_used_anywhere() -> None:
    answer = Client().get("/badge/badge.js")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(answer.content) < 2_500
    assert Client().get("/badge/badge.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
