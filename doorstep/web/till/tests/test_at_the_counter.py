"""What somebody at the counter types and reads: numbers of receipts, what is here, why a card failed, what stands on paper."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from doorstep.accounts import actions as accounts
from doorstep.flows.sell_in_shop import sell
from doorstep.orders import queries as orders
from doorstep.payments.till import paper
from doorstep.payments.till.values import ChargeRow
from doorstep.web.till import selling
from tests.factories import NOW, PASSWORD, Brand, make_brand, receive, signed_in
from tests.over_the_counter import make_shop, open_till, sale

pytestmark = pytest.mark.django_db


def a_shop() -> tuple[Brand, int]:
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx, "HBF")
    for sku in ("A", "B"):
        receive(brand.ctx, brand.variants[sku], shop, 5)
    open_till(brand.ctx, shop)
    return brand, shop


def works_at(brand: Brand, shop: int) -> Client:
    accounts.add_staff(brand.ctx, email="mina@example.com", name="Mina", role="shop", password=PASSWORD, location_ids=[shop])
    client = Client()
    client.post("/sign-in/", {"login": "mina@example.com", "password": PASSWORD})
    return client


def test_the_number_of_a_receipt_opens_it_in_the_shops_of_who_types_it() -> None:
    brand, here = a_shop()
    there = make_shop(brand.ctx, "ZOO")
    receive(brand.ctx, brand.variants["A"], there, 5)
    open_till(brand.ctx, there)
    mine, other = (sell(brand.ctx, sale=sale(shop, ("A", 1))).order_id for shop in (here, there))
    [printed], [elsewhere] = ([row.called for row in paper.documents_of(brand.ctx, order_ids=[id])] for id in (mine, other))
    assert (printed, elsewhere) == ("HBF-000001", "ZOO-000001")
    client = works_at(brand, here)
    path = f"/till/{here}/back/"
    for code in (printed, f" {printed.lower()} "):
        assert client.post(path, {"code": code})["Location"].startswith(f"{path}{mine}/"), code
    for code in (elsewhere, "HBF-000002", "HBF-1", "000001", "HBF-999999999999"):
        answer = client.post(path, {"code": code})
        assert (answer.status_code, "Nothing was found as" in answer.content.decode()) == (200, True), code
    assert signed_in(brand.ctx, "manager").get(path, {"code": elsewhere})["Location"] == f"{path}{other}/"


def test_a_search_shows_first_what_lies_here() -> None:
    brand, shop = a_shop()
    receive(brand.ctx, brand.variants["C"], brand.berlin, 5)  # on sale, but not in this shop
    found = signed_in(brand.ctx, "manager").get(f"/till/{shop}/items/", {"q": "thing"}).json()["items"]
    lies_here = [one["here"] > 0 for one in found]
    assert (True in lies_here, False in lies_here) == (True, True)
    assert lies_here == sorted(lies_here, reverse=True)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("", ""),
        ("card_declined", "The card was declined."),
        ("insufficient_funds", "The card has too little money."),
        ("do_not_honour", "The card was declined: do_not_honour"),
    ],
)
def test_why_a_card_failed_is_a_sentence(problem: str, said: str) -> None:
    row = ChargeRow(**dict.fromkeys(ChargeRow.__slots__) | {"problem": problem})  # type: ignore[arg-type]
    assert selling._told(row)["problem"] == said


@pytest.mark.usefixtures("those_days")
def test_nothing_comes_back_for_a_reason_that_nobody_chose() -> None:
    brand, shop = a_shop()
    order_id = sell(brand.ctx, sale=sale(shop, ("A", 1))).order_id
    client = works_at(brand, shop)
    page = client.get(f"/till/{shop}/back/{order_id}/").content.decode()
    chosen = page.partition('name="reason"')[2].partition("</select>")[0]
    assert chosen.index('value="" selected') < chosen.index('value="too_small"')
    [line] = orders.get(brand.ctx, id=order_id).lines
    given = {f"qty-{line.id}": "1", "reason": "", "condition": "shelf", "wish": "0000-aaaa"}
    assert client.post(f"/till/{shop}/back/{order_id}/", given).status_code == 422
    assert client.post(f"/till/{shop}/back/{order_id}/", given | {"reason": "other"}).status_code == 302


def test_what_is_wrong_with_the_heading_of_receipts_stands_at_its_field() -> None:
    brand, shop = a_shop()
    client = signed_in(brand.ctx, "owner")
    form = {"name": "Haus GmbH", "rate": "19", "others": "Books = seven"}
    answer = client.post(f"/till/{shop}/paper/", form)
    page = answer.content.decode()
    assert (answer.status_code, "Nothing was saved." in page) == (422, True)
    wrong = page.partition('name="others"')[2].partition("</div>")[0]
    assert 'aria-invalid="true"' in page.partition('name="others"')[2].partition(">")[0]
    assert "This is not a percentage" in wrong + page.partition('name="others"')[2][:700]
    assert "rate:" not in page
    assert paper.paper_of(replace(brand.ctx, now=NOW), location_id=shop).rates == {}
    assert client.post(f"/till/{shop}/paper/", form | {"others": "Books = 7"}).status_code == 302
    assert paper.paper_of(brand.ctx, location_id=shop).rates == {"": 1900, "books": 700}


def test_the_settings_of_a_shop_lead_to_its_receipts_and_tax() -> None:
    brand, shop = a_shop()
    client = signed_in(brand.ctx, "owner")
    assert f'href="/till/{shop}/paper/"' in client.get(f"/settings/locations/{shop}/").content.decode()
    assert "/paper/" not in client.get(f"/settings/locations/{brand.berlin}/").content.decode()
