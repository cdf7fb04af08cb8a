"""Shop staff: the till of their shops, what lies and comes back there, and nothing else of the house."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver
from PIL import Image

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.catalog.actions import set_picture
from doorstep.flows.sell_in_shop import sell
from doorstep.orders import queries as orders
from doorstep.payments.till import queries as drawers
from doorstep.web.parts.tests.test_door import routes
from doorstep.web.till import finding
from tests.factories import PASSWORD, Brand, draft, make_brand, place, receive, signed_in
from tests.over_the_counter import make_shop, open_till, sale
from tests.returning import arrived

pytestmark = pytest.mark.django_db


@pytest.fixture
def shops() -> tuple[Brand, int, int, Client]:
    """A brand, the shop where somebody works, another one, and that person's browser."""
    brand = make_brand(stock_each=5)
    here, there = make_shop(brand.ctx, "HBF"), make_shop(brand.ctx, "ZOO")
    for shop in (here, there):
        receive(brand.ctx, brand.variants["A"], shop, 5)
        open_till(brand.ctx, shop)
    accounts.add_staff(
        brand.ctx, email="mina@example.com", name="Mina", role="shop", password=PASSWORD, location_ids=[here]
    )
    client = Client()
    client.post("/sign-in/", {"login": "mina@example.com", "password": PASSWORD})
    return brand, here, there, client


def test_signing_in_leads_to_the_till_of_ones_own_shop(shops: tuple[Brand, int, int, Client]) -> None:
    _, here, there, client = shops
    assert client.get("/")["Location"] == "/till/"
    page = client.get("/till/").content.decode()
    assert f'href="/till/{here}/"' in page
    assert f'href="/till/{there}/"' not in page
    assert 'href="/orders/"' not in page
    for path in ("", "day/", "stock/", "items/", "back/"):
        assert client.get(f"/till/{here}/{path}").status_code == 200, path
        assert client.get(f"/till/{there}/{path}").status_code == 403, path
    for path in (f"/till/{there}/sales/", f"/till/{there}/open/", f"/till/{there}/charges/"):
        assert client.post(path, {}).status_code == 403, path


def test_no_other_page_of_the_house_opens(shops: tuple[Brand, int, int, Client]) -> None:
    client = shops[3]
    opened = []
    for path, entry in routes(get_resolver()):
        if getattr(entry.callback, "staff_page", False) and "<" not in path and "GET" in entry.callback.methods:
            answer = client.get(f"/{path}")
            assert answer.status_code in (200, 302, 403, 404, 422), path
            if answer.status_code == 200:
                opened.append(path)
    assert sorted(opened) == ["parts/counts/", "parts/search/", "settings/", "settings/profile/", "till/"]
    assert client.get("/parts/search/", {"q": "Ada"}).content.decode().count("palette-item") == 0


def test_receipts_and_shifts_of_other_shops_are_not_there(shops: tuple[Brand, int, int, Client]) -> None:
    brand, here, there, client = shops
    mine, other = (sell(brand.ctx, sale=sale(shop, ("A", 1))).order_id for shop in (here, there))
    shift = drawers.find_open(brand.ctx, location_id=there)
    assert shift is not None
    assert client.get(f"/till/receipts/{mine}/").status_code == 200
    for path in (f"receipts/{other}/", f"shifts/{shift.id}/"):
        assert client.get(f"/till/{path}").status_code == 404, path
    assert client.post(f"/till/receipts/{other}/mail/", {"email": "a@example.com"}).status_code == 404
    assert signed_in(brand.ctx, "manager").get(f"/till/receipts/{other}/").status_code == 200


@pytest.mark.usefixtures("those_days")
def test_a_web_order_is_opened_by_its_number_and_what_its_buyer_knows_and_without_the_buyers_name(
    shops: tuple[Brand, int, int, Client],
) -> None:
    brand, here, _, client = shops
    web = arrived(brand.ctx, draft([("A", 1)], email="ada@example.com"))
    row = orders.get(brand.ctx, id=web).order
    assert row.customer_name

    def find(code: str, who: str = "") -> HttpResponse:
        return client.post(f"/till/{here}/back/", {"code": code, "who": who})

    postcode = orders.destinations(brand.ctx, order_ids=[web])[web].postal_code
    for who in ("", "eve@example.com", row.customer_name, postcode[:3], "0"):
        assert leads_nowhere(find(row.name, who)), who
    for name in (row.customer_name, row.email, row.customer_name[:3]):
        assert leads_nowhere(find(name, row.email)), name
    for who in ("ADA@example.com", f" {postcode.lower()} "):
        opened = find(row.name, who)["Location"]
        assert opened.startswith(f"/till/{here}/back/{web}/?found="), who
        page = client.get(opened).content.decode()
        assert "What comes back?" in page
        assert row.customer_name not in page
    assert signed_in(brand.ctx, "manager").get(f"/till/{here}/back/", {"code": row.name})["Location"] == f"/till/{here}/back/{web}/"


def leads_nowhere(answer: HttpResponse) -> bool:
    """Whether a search says that nothing was found, and shows no order."""
    page = answer.content.decode()
    return answer.status_code == 200 and "Nothing was found as" in page and "till-shop\"" not in page


def test_no_order_is_opened_by_its_id(shops: tuple[Brand, int, int, Client]) -> None:
    brand, here, there, client = shops
    first, second = (arrived(brand.ctx, draft([("A", 1)], email=f"{who}@example.com")) for who in ("ada", "bob"))
    mine, other = (sell(brand.ctx, sale=sale(shop, ("A", 1))).order_id for shop in (here, there))
    name = orders.get(brand.ctx, id=first).order.name
    proof = client.post(f"/till/{here}/back/", {"code": name, "who": "ada@example.com"})["Location"].partition("?")[2]

    def status(order_id: int, query: str = "") -> tuple[int, int]:
        path = f"/till/{here}/back/{order_id}/?{query}"
        return client.get(path).status_code, client.post(path, {"wish": "0000-aaaa"}).status_code

    assert status(first, proof) == (200, 422)
    for order_id, query in ((first, ""), (second, proof), (other, ""), (10**9, ""), (first, "found=x"), (second, "found=")):
        assert status(order_id, query) == (404, 404), (order_id, query)
    assert status(mine) == (200, 422)
    receipt = orders.get(brand.ctx, id=other).order.name  # the customer has it on paper
    assert client.get(client.post(f"/till/{here}/back/", {"code": receipt})["Location"]).status_code == 200
    with patch("django.core.signing.time.time", return_value=time.time() + 3700):
        assert status(first, proof) == (404, 404)


def test_an_order_is_found_though_many_newer_ones_begin_with_its_number(shops: tuple[Brand, int, int, Client]) -> None:
    brand, here, _, client = shops
    alike = [replace(draft(email="ada@example.com"), name=f"#{number}") for number in (101, *range(1010, 1020))]
    wanted, *_ = place(brand.ctx, *alike)
    asked = {"code": "101", "who": "ada@example.com"}
    assert client.post(f"/till/{here}/back/", asked)["Location"].startswith(f"/till/{here}/back/{wanted}/?found=")
    assert signed_in(brand.ctx, "manager").get(f"/till/{here}/back/", asked)["Location"] == f"/till/{here}/back/{wanted}/"


def test_whoever_tries_out_postcodes_is_stopped(shops: tuple[Brand, int, int, Client], monkeypatch: pytest.MonkeyPatch) -> None:
    brand, here, _, client = shops
    monkeypatch.setattr(finding, "TRIES_PER_HOUR", 2)
    web = arrived(brand.ctx, draft([("A", 1)], email="ada@example.com"))
    name = orders.get(brand.ctx, id=web).order.name
    with time_machine.travel(datetime.now(UTC), tick=False):  # they are counted by the hour of the clock
        for who in ("1", "2"):
            assert "Too many attempts" not in client.post(f"/till/{here}/back/", {"code": name, "who": who}).content.decode()
        stopped = client.post(f"/till/{here}/back/", {"code": name, "who": "ada@example.com"})
    assert (stopped.status_code, "Too many attempts" in stopped.content.decode()) == (200, True)


def test_the_till_shows_pictures_of_what_it_sells_also_to_who_sees_no_products(shops: tuple[Brand, int, int, Client]) -> None:
    brand, here, _, client = shops
    file = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(file, "PNG")
    product = catalog.find_by_code(brand.ctx, code="A")
    assert product is not None
    set_picture(brand.ctx, product_id=product.product_id, data=file.getvalue())
    [picture] = {one["picture"] for one in client.get(f"/till/{here}/items/").json()["items"] if one["picture"]}
    shown = client.get(picture)
    assert (shown.status_code, shown["Content-Type"], shown["Cache-Control"]) == (
        200, "image/webp", "private, max-age=31536000, immutable",
    )  # fmt: skip
    assert client.get(f"/products/{product.product_id}/").status_code == 403
    stranger = make_brand(stock_each=0)
    assert signed_in(stranger.ctx, "owner").get(picture).status_code == 404


def test_shop_staff_have_a_shop_and_lose_it_with_the_role() -> None:
    brand = make_brand(stock_each=0)
    with pytest.raises(Refused):
        accounts.add_staff(brand.ctx, email="nobody@example.com", name="N", role="shop")
    shop = make_shop(brand.ctx)
    member = accounts.add_staff(brand.ctx, email="n@example.com", name="N", role="shop", location_ids=[shop]).member
    assert (member.works_at(shop), member.works_at(shop + 1)) == (True, False)
    with pytest.raises(Refused):
        accounts.change_role(brand.ctx, id=member.id, role="shop")
    changed = accounts.change_role(brand.ctx, id=member.id, role="viewer", location_ids=[shop])
    assert (list(changed.location_ids), changed.works_at(shop + 1)) == ([], True)


def test_an_owner_says_where_shop_staff_work() -> None:
    brand = make_brand(stock_each=0)
    first, second = make_shop(brand.ctx, "HBF"), make_shop(brand.ctx, "ZOO")
    owner = signed_in(brand.ctx, "owner")
    member = accounts.add_staff(brand.ctx, email="v@example.com", name="Vera", role="viewer").member
    asked = owner.post(f"/settings/staff/{member.id}/role/", {"role": "shop"}).content.decode()
    assert "Where do they work?" in asked
    assert queries.get_staff(brand.ctx, id=member.id).role == "viewer"
    owner.post(f"/settings/staff/{member.id}/role/", {"role": "shop", "locations": [second, brand.seoul, 10**9]})
    assert list(queries.get_staff(brand.ctx, id=member.id).location_ids) == [second]
    wim = {"email": "w@example.com", "name": "Wim", "role": "shop", "language": "en", "locations": first}
    owner.post("/settings/staff/add/", wim)
    assert next(one for one in queries.list_staff(brand.ctx) if one.name == "Wim").location_ids == [first]
