"""Orders, bulk, home, stock and the tracking page, through HTTP."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client

from doorstep.accounts.models import Organisation
from doorstep.base.ctx import Ctx
from doorstep.flows import bulk, cancel, notify, route
from doorstep.messaging import queries as messaging
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.routing import queries as routing
from doorstep.routing.values import Elsewhere
from doorstep.stock import queries as stock
from doorstep.web.orders import filters
from doorstep.web.orders.listing import LISTING
from tests.doors import mail_links
from tests.factories import (
    NOW,
    Brand,
    draft,
    make_brand,
    make_ctx,
    make_location,
    make_variants,
    place,
    receive,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def token_path(ctx: Ctx, order_id: int) -> str:
    return "/t/" + notify.tracking_link(ctx, order_id=order_id).partition("/t/")[2]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    "path", ["/", "/orders/", "/orders/?view=held&q=김&country=DE", "/stock/", "/stock/?only=low&q=A"]
)
def test_every_list_opens_empty_and_filled(path: str, language: str) -> None:
    assert signed_in(make_ctx(), language=language).get(path).status_code == 200
    brand = make_brand(stock_each=1)
    place(brand.ctx, draft([("A", 1)]), draft([("B", 5)]))
    assert signed_in(brand.ctx, language=language).get(path).status_code == 200


def test_an_order_tells_why_this_warehouse(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft([("A", 2)]))
    route.route(brand.ctx, order_ids=[id])
    text = signed_in(brand.ctx).get(f"/orders/{id}/").content.decode()
    assert "Warehouse BER is the nearest place that has everything" in text
    assert "Why this warehouse?" in text
    assert "chose the warehouse" in text
    decided = re.search(r'decided-about">.*?<time[^>]*>([^<]+)<', text, re.DOTALL)
    assert decided
    Organisation.objects.filter(id=brand.ctx.organisation_id).update(timezone="Asia/Seoul")
    there = signed_in(brand.ctx).get(f"/orders/{id}/").content.decode().split('decided-about">')[1]
    assert decided[1] not in there  # by the clocks of the brand, nine hours on


def test_a_hold_names_what_is_short(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft([("A", 99)]))
    client = signed_in(brand.ctx)
    text = client.get(f"/orders/{id}/").content.decode()
    assert "99 wanted, 20 available" in text
    assert f"/stock/{brand.variants['A']}/" in text
    answer = client.post(f"/orders/{id}/release/")
    assert (answer.status_code, queries.get(brand.ctx, id=id).order.on_hold) == (409, True)


def test_a_hold_names_where_units_lie_that_may_not_serve_it(brand: Brand) -> None:
    kr_only = make_location(brand.ctx, "ICN", "KR", serves=("KR",))
    variant = make_variants(brand.ctx, ["K"])["K"]
    receive(brand.ctx, variant, kr_only, 41)
    (id,) = place(brand.ctx, draft([("K", 2)]))
    says = "None where this order may be served from; 41 lie at Warehouse ICN, which does not serve DE"
    client = signed_in(brand.ctx)
    text = client.get(f"/orders/{id}/").content.decode()
    assert f"2 wanted. {says}." in text
    assert "0 available" not in text
    assert f"Out of stock. K: {says}" in client.get("/orders/?view=held").content.decode()
    assert says not in client.get("/orders/").content.decode()
    assert "DE(으)로 보내지 않는 Warehouse ICN에 41개가 있습니다" in signed_in(brand.ctx, language="ko").get(
        f"/orders/{id}/"
    ).content.decode()
    (lack,) = routing.lacking(brand.ctx, order_ids=[id])
    assert (lack.wanted, lack.available) == (2, 0)
    assert lack.elsewhere == (Elsewhere(kr_only, "Warehouse ICN", 41, "country"),)


def test_a_hold_says_what_is_free_now_not_what_was_when_it_was_made(brand: Brand) -> None:
    variant = make_variants(brand.ctx, ["K"])["K"]
    (id,) = place(brand.ctx, draft([("K", 5)]))
    receive(brand.ctx, variant, brand.berlin, 3)
    receive(brand.ctx, variant, make_location(brand.ctx, "POP", "DE", fulfils_online=False), 1)
    (lack,) = routing.lacking(brand.ctx, order_ids=[id])
    assert (lack.available, [(at.qty, at.why) for at in lack.elsewhere]) == (3, [(1, "not_online")])
    text = signed_in(brand.ctx).get(f"/orders/{id}/").content.decode()
    assert "3 where this order may be served from; 1 lies at Warehouse POP, which sends no online orders." in text
    assert routing.lacking(make_brand().ctx, order_ids=[id]) == []


def test_the_list_and_its_file_tell_why_an_order_is_held(brand: Brand) -> None:
    held, free = place(brand.ctx, draft([("A", 9_999)]), draft([("A", 1)]))
    client = signed_in(brand.ctx)
    client.post("/parts/lists/orders/columns/", {"column": ["hold"], "next": "/orders/"})
    assert queries.hold_reasons_of(brand.ctx, order_ids=[held, free]) == {held: ["inventory_out_of_stock"]}
    cells = re.findall(r'title="Out of stock">(.*?)</td>', client.get("/orders/").content.decode())
    assert cells == ["Out of stock"]
    file = [row for rows in LISTING.lines(brand.ctx, QueryDict("view=held")) for row in rows]
    column = next(one for one in LISTING.columns(brand.ctx) if one.name == "hold")
    assert [column.cell(line) for line in file] == ["Out of stock"]
    assert queries.hold_reasons_of(make_brand().ctx, order_ids=[held, free]) == {}


def test_the_tab_of_held_orders_says_why_to_who_never_chose_columns(brand: Brand) -> None:
    place(brand.ctx, draft([("A", 9_999)]))
    client = signed_in(brand.ctx)
    assert "Out of stock" not in client.get("/orders/").content.decode()
    assert "Out of stock" in client.get("/orders/?view=held").content.decode()
    client.post("/parts/lists/orders/columns/", {"column": ["placed"], "next": "/orders/"})
    assert "Out of stock" not in client.get("/orders/?view=held").content.decode()


def test_the_counts_of_the_tabs_are_left_out_while_something_filters(brand: Brand) -> None:
    place(brand.ctx, draft([("A", 1)]))
    client = signed_in(brand.ctx)
    assert "<small>1</small>" in client.get("/orders/?view=open").content.decode()
    assert "<small>1</small>" not in client.get("/orders/?view=open&q=zzz").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("period=today", {"evening", "now"}),
        ("period=7", {"evening", "now", "week"}),
        ("period=between&from=2026-03-01&to=2026-03-10", {"late", "week"}),
        ("period=between&to=2026-03-01", {"late"}),
        ("period=between&from=2026-03-17", {"now"}),
        ("period=between&from=tomorrow&to=2026-13-01", {"evening", "late", "now", "week"}),
        ("period=soon", {"evening", "late", "now", "week"}),
    ],
)
def test_orders_are_found_by_the_days_of_the_brand_s_time_zone(brand: Brand, query: str, found: set[str]) -> None:
    """In Seoul 15:00 UTC is midnight."""
    moments = {"now": (16, 15), "evening": (15, 15), "week": (9, 15), "late": (1, 14)}
    for name, (day, hour) in moments.items():
        place(brand.ctx, replace(draft([("A", 1)]), name=name, placed_at=datetime(2026, 3, day, hour, tzinfo=UTC)))
    where = filters.read(QueryDict(query), now=datetime(2026, 3, 16, 14, 59, tzinfo=UTC), timezone="Asia/Seoul")
    assert {row.name for row in queries.list_orders(brand.ctx, where=where)} == found
    assert set(queries.list_ids(brand.ctx, where=where)) == {r.id for r in queries.list_orders(brand.ctx, where=where)}


def test_filters_are_folded_on_phones_until_one_of_them_is_set(brand: Brand) -> None:
    place(brand.ctx, draft([("A", 1)]))
    client = signed_in(brand.ctx)
    assert '<details class="filter-fold"><summary' in client.get("/orders/?q=x").content.decode()
    assert '<details class="filter-fold" open><summary' in client.get("/orders/?payment=paid").content.decode()


def test_a_stranger_finds_nothing(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft())
    stranger = signed_in(make_ctx())
    job = bulk.start(brand.ctx, verb="orders.hold", ids=[id])
    for path in (f"/orders/{id}/", f"/stock/{brand.variants['A']}/", f"/bulk/{job}/"):
        assert stranger.get(path).status_code == 404
    for verb in ("hold", "release", "cancel", "annotate"):
        assert stranger.post(f"/orders/{id}/{verb}/", {"version": "1"}).status_code == 404
    assert stranger.post("/bulk/orders/start/", {"verb": "orders.cancel", "row": [id]}).status_code == 422
    assert queries.get(brand.ctx, id=id).order.state == "open"
    assert signed_in(brand.ctx, "viewer").post(f"/orders/{id}/cancel/").status_code == 403


def test_cancelling_gives_the_stock_back(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft([("A", 3)]))
    client = signed_in(brand.ctx)
    assert "3 promised units become available again" in client.get(f"/orders/{id}/").content.decode()
    assert client.post(f"/orders/{id}/cancel/", {"note": "changed her mind"}).status_code == 302
    assert queries.get(brand.ctx, id=id).order.state == "cancelled"
    assert stock.pool_of(brand.ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]].available == 20


def test_a_stale_note_is_refused(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft())
    client = signed_in(brand.ctx)
    form = {"version": queries.get(brand.ctx, id=id).version, "note": "Ring twice", "tags": "vip, gift, vip"}
    assert client.post(f"/orders/{id}/annotate/", form).status_code == 302
    assert client.post(f"/orders/{id}/annotate/", {**form, "note": "Never"}).status_code == 409
    found = queries.get(brand.ctx, id=id)
    assert (found.note, found.order.tags) == ("Ring twice", ["vip", "gift"])


def test_a_bulk_cancel_does_what_it_can_and_says_what_it_left(brand: Brand) -> None:
    first, second, third = place(brand.ctx, draft(), draft(), draft())
    cancel.cancel(brand.ctx, order_id=second, reason="")
    client = signed_in(brand.ctx)
    chosen = {"verb": "orders.cancel", "row": [first, second, third]}
    told = client.post("/bulk/orders/preview/", chosen).content.decode()
    assert "It is done to 2 rows." in told
    assert "Up to 2 units become available again." in told
    answer = client.post("/bulk/orders/start/", chosen)
    job = int(answer["Location"].split("/")[2])
    bulk.work(brand.ctx, job_id=job)
    bulk.work(brand.ctx, job_id=job)
    found = bulk.get_job(brand.ctx, job_id=job)
    assert (found.state, found.done, found.failed) == ("done", 2, 1)
    text = client.get(f"/bulk/{job}/").content.decode()
    assert "1 row was left as it is" in text
    assert f"/orders/{second}/" in text


def test_everything_that_matches_is_held_and_released(brand: Brand) -> None:
    place(brand.ctx, draft(), draft(country="KR"))
    client = signed_in(brand.ctx)
    for verb, held in (("hold", 1), ("release", 0)):
        answer = client.post("/bulk/orders/start/", {"verb": f"orders.{verb}", "all": "1", "query": "country=DE"})
        bulk.work(brand.ctx, job_id=int(answer["Location"].split("/")[2]))
        assert len(queries.list_ids(brand.ctx, where=OrderFilter(view="held"))) == held


def test_stock_is_booked_with_its_reason(brand: Brand) -> None:
    client, variant = signed_in(brand.ctx), brand.variants["A"]
    path = f"/stock/{variant}/"
    for doing, qty, available in (("receive", "5", 25), ("count", "4", 14)):
        form = {"doing": doing, "qty": qty, "location": brand.seoul, "reason": "because"}
        assert client.post(f"{path}change/", form).status_code == 302
        assert stock.pool_of(brand.ctx, variant_ids=[variant])[variant].available == available
    assert client.post(f"{path}change/", {"doing": "adjust", "qty": "1", "location": brand.seoul}).status_code == 422
    assert (
        client.post(f"{path}change/", {"doing": "receive", "qty": "many", "location": brand.seoul}).status_code == 422
    )
    assert client.post(f"{path}bin/", {"bin": "A-1", "location": brand.seoul}).status_code == 302
    assert client.post(f"{path}safety/", {"qty": "3"}).status_code == 302
    assert stock.pool_of(brand.ctx, variant_ids=[variant])[variant].available == 11
    assert "A-1" in client.get(path).content.decode()


def test_a_customer_sees_the_order_in_its_language_without_prices(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft())
    answer = Client().get(token_path(brand.ctx, id))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="ko">' in text
    assert "noindex" in answer["X-Robots-Tag"]
    assert "10.00" not in text
    assert re.findall(r"<script[^>]*", text) == re.findall(r'<script src="/chat/widget.js[^>]*', text)  # nothing but the chat
    assert len(answer.content) < 20_000
    assert "We have your order" in Client().get(token_path(brand.ctx, id) + "?language=en").content.decode()


def test_forged_and_expired_links_lead_to_the_form(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft())
    forged = signing.dumps([brand.ctx.organisation_id, id], salt="another")
    with patch("django.core.signing.time.time", return_value=time.time() - timedelta(days=200).total_seconds()):
        expired = token_path(brand.ctx, id)
    for path, status in ((f"/t/{forged}/", 404), (f"/t/{id}/", 404), (expired, 410)):
        answer = Client().get(path)
        assert answer.status_code == status
        assert 'name="number"' in answer.content.decode()


def test_the_answer_is_the_same_and_only_the_owner_gets_mail(brand: Brand) -> None:
    cache.clear()
    (id,) = place(brand.ctx, draft(external_id="T1"))
    client = Client()
    pages = [
        client.post("/t/?language=en", {"number": number, "email": email})
        for number, email in (
            ("T1", "minseo@example.com"), ("#t1", "minseo@example.com"), ("T1", "x@example.com"), ("T9", "minseo@example.com"),
        )
    ]  # fmt: skip
    assert len({page.content for page in pages}) == 1
    assert messaging.messages_of(brand.ctx, timelines=[f"order:{id}"]) == []
    mail_links(brand.ctx)
    assert [m.template for m in messaging.messages_of(brand.ctx, timelines=[f"order:{id}"])] == ["link"]
    with time_machine.travel(NOW, tick=False):  # they are counted by the hour of the clock
        assert [client.post("/t/", {"number": "T1", "email": "a@b.cc"}).status_code for _ in range(11)][-1] == 429


def test_an_order_is_changed_after_a_look_at_what_it_does(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft([("A", 3)]))
    client = signed_in(brand.ctx)
    detail = queries.get(brand.ctx, id=id)
    page = client.get(f"/orders/{id}/edit/").content.decode()
    assert f'name="qty-{detail.lines[0].id}"' in page
    form = {
        "version": "1", f"qty-{detail.lines[0].id}": "1", "sku": ["B", ""], "units": ["99", "1"], "price": ["2.50", ""],
        "discount": "1.00", "name": "이서연", "street": "Hauptstr. 2", "street_more": "", "city": "Berlin", "country": "DE",
        "company": "", "region": "", "postal_code": "10117", "phone": "",
    }  # fmt: skip
    text = client.post(f"/orders/{id}/edit/preview/", form).content.decode()
    assert "Not in stock, so this waits:" in text
    assert "€256.50" in text
    assert queries.get(brand.ctx, id=id) == detail
    assert "Order %s" not in client.post(f"/orders/{id}/edit/preview/", form | {"sku": ["NOPE"]}).content.decode()

    assert client.post(f"/orders/{id}/edit/apply/", form).status_code == 302
    told = client.get(f"/orders/{id}/").content.decode()
    assert "changed the order" in told
    assert "A: 3 → 1; B: 0 → 99; Discount: €0.00 → €1.00; Total: €30.00 → €256.50; Address: " in told
    assert "Hauptstr. 2" in told


def test_an_address_is_changed_and_units_are_moved_from_the_order_page(brand: Brand) -> None:
    (id,) = place(brand.ctx, draft([("A", 3)]))
    route.route(brand.ctx, order_ids=[id])
    client = signed_in(brand.ctx)
    form = {"version": "1", "name": "이서연", "street": "Hauptstr. 2", "city": "Berlin", "country": "DE"}
    assert client.post(f"/orders/{id}/address/", form).status_code == 302
    detail = queries.get(brand.ctx, id=id)
    assert detail.ship_to["name"] == "이서연"
    [part] = detail.fulfilment_orders
    move = {"version": "2", "part": str(part.id), "location": str(brand.seoul), f"qty-{detail.lines[0].id}": "1"}
    assert client.post(f"/orders/{id}/split/", move).status_code == 302
    places = [f.location_id for f in queries.get(brand.ctx, id=id).fulfilment_orders]
    assert places == [brand.berlin, brand.seoul]
    assert "A person chose Warehouse SEL." in client.get(f"/orders/{id}/").content.decode()
    assert client.post(f"/orders/{id}/split/", move).status_code == 409
