"""The channels pages through HTTP."""

from __future__ import annotations

import re

import pytest
from django.http import QueryDict

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.base.reach import Reach
from doorstep.channels import actions as channels
from doorstep.channels import listings, queries, webhooks
from doorstep.channels.port import ListedItem
from doorstep.channels.values import DeliveryWish
from doorstep.flows import bulk
from doorstep.flows.hear_shops import COMPARED
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.web.channels import listing, raw
from tests.api.shop import connect_shop, envelope, send, shop_order, tell
from tests.factories import make_brand, make_ctx, signed_in

pytestmark = pytest.mark.django_db


def test_a_shop_is_connected_and_its_page_shows_where_webhooks_go() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    assert "No shop is connected" in client.get("/channels/").content.decode()
    form = {"provider": "sandbox_shop", "name": "한국 스토어", "url": "http://127.0.0.1:9/"}
    answer = client.post("/channels/connect/", form)
    (row,) = queries.list_connections(ctx)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/channels/{row.id}/")
    assert (row.name, row.settings, row.introduced_at) == ("한국 스토어", {"url": "http://127.0.0.1:9"}, None)
    page = client.get(f"/channels/{row.id}/").content.decode()
    assert f"/hooks/sandbox_shop/{row.slug}" in page
    assert queries.secret_of(ctx, connection_id=row.id) not in page


def test_channels_say_what_they_list_and_which_is_to_be_mapped_next() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    made = channels.connect(ctx, provider="sandbox_shop", name="Shop", url="http://127.0.0.1:9")
    items = [ListedItem(name, name, name, "", name, 4) for name in ("one", "two", "three")]
    first, second, third = sorted(listings.note(ctx, connection_id=made.id, items=items))
    page = client.get("/channels/").content.decode()
    for state in ("", "&amp;state=unmapped"):
        assert f'<a href="/channels/listings/?connection={made.id}{state}">3</a>' in page
    for id, following in ((first, second), (second, third), (third, first)):
        page = client.get(f"/channels/listings/{id}/").content.decode()
        assert f'<a class="btn" href="/channels/listings/{following}/">Next to map' in page


def test_given_up_webhooks_are_told_where_channels_are_to_those_who_may_mend_them() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    hook = webhooks.add(ctx, url="https://hooks.example.com/a", types=["*"], known=("order.placed",), reach=Reach.PUBLIC)
    id = hook.subscription.id
    assert "given up" not in client.get("/channels/").content.decode()
    wish = DeliveryWish(1, "order.placed", "order:1", "{}")
    webhooks.queue(ctx, id=id, wishes=[wish], until=(0, 0))
    db.execute("UPDATE channels_delivery SET state = 'dead', next_at = NULL WHERE organisation_id = %s", [ctx.organisation_id])
    page = client.get("/channels/").content.decode()
    assert "1 delivery to https://hooks.example.com/a was given up." in page
    assert f'href="/settings/webhooks/{id}/?state=dead"' in page


def test_orders_of_a_shop_stand_before_the_numbers_that_it_says() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    send(brand, shop, envelope("orders/create", shop_order(1)))
    (came,) = arrivals.list_recent(brand.ctx)
    told = arrivals.keep(brand.ctx, [Incoming(shop.id, f"n{n}", "numbers", b"{}") for n in range(12)])
    arrivals.settle(brand.ctx, [(one.id, "processed", {"reason": COMPARED}) for one in told])
    page = signed_in(brand.ctx).get(f"/channels/{shop.id}/").content.decode()
    assert re.findall(r'href="/channels/arrivals/(\d+)/"', page) == [str(came.id)]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": " "}, "Write something here."),
        ({"name": "Taken"}, "Another connection is called Taken."),
        ({"url": "javascript:alert(1)"}, "This is not an address"),
        ({"url": "ftp://shop"}, "This is not an address"),
        ({"provider": "spotify"}, "There is no adapter called spotify."),
    ],
)
def test_a_bad_form_comes_back_with_what_was_typed(changes: dict[str, str], says: str) -> None:
    ctx = make_ctx()
    channels.connect(ctx, provider="sandbox_shop", name="Taken", url="http://127.0.0.1:9")
    form = {"provider": "sandbox_shop", "name": "Second", "url": "http://127.0.0.1:8"} | changes
    answer = signed_in(ctx).post("/channels/connect/", form)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text
    assert len(queries.list_connections(ctx)) == 1


def test_an_arrival_is_shown_raw_and_read_again_by_a_button() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    client = signed_in(brand.ctx)
    channels.set_active(brand.ctx, connection_id=shop.id, active=False)
    told = tell(brand, shop, "orders/create", shop_order(note="<script>alert(1)</script>"))
    listed = client.get("/channels/arrivals/?outcome=refused").content.decode()
    assert "is paused." in listed
    address = f"/channels/arrivals/{told['arrival']}/"
    page = client.get(address).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    assert "webhook-signature" in page
    channels.set_active(brand.ctx, connection_id=shop.id, active=True)
    assert client.post(f"{address}replay/").status_code == 302
    assert arrivals.get(brand.ctx, id=told["arrival"]).outcome == "processed"
    assert len(orders.list_orders(brand.ctx, where=OrderFilter())) == 1
    assert "is paused." not in client.get(address).content.decode()


def test_every_refused_arrival_is_read_again_in_the_worker_oldest_first() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    channels.set_active(brand.ctx, connection_id=shop.id, active=False)
    for number in (1, 2, 3):
        tell(brand, shop, "orders/create", shop_order(number))
    channels.set_active(brand.ctx, connection_id=shop.id, active=True)
    client = signed_in(brand.ctx)
    form = {"verb": "arrivals.replay", "all": "1", "query": "outcome=refused"}
    answer = client.post("/bulk/arrivals/start/", form)
    job_id = int(answer["Location"].split("/")[2])
    bulk.work(brand.ctx, job_id=job_id)
    job = bulk.get_job(brand.ctx, job_id=job_id)
    assert (job.state, job.done, job.failed) == ("done", 3, 0)
    placed = sorted(orders.list_orders(brand.ctx, where=OrderFilter()), key=lambda order: order.id)
    assert [order.name for order in placed] == ["#1", "#2", "#3"]


def test_reading_again_what_was_done_leaves_it_and_the_report_counts_it_as_nothing_left_to_do() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    done = tell(brand, shop, "orders/create", shop_order(1))["arrival"]
    channels.set_active(brand.ctx, connection_id=shop.id, active=False)
    tell(brand, shop, "orders/create", shop_order(2))
    channels.set_active(brand.ctx, connection_id=shop.id, active=True)
    tell(brand, shop, "orders/create", shop_order(3, lines=(("N" * 65, 1),)))  # longer than any SKU of ours
    before = arrivals.get(brand.ctx, id=done)
    client = signed_in(brand.ctx)
    answer = client.post("/bulk/arrivals/start/", {"verb": "arrivals.replay", "all": "1", "query": ""})
    job_id = int(answer["Location"].split("/")[2])
    bulk.work(brand.ctx, job_id=job_id)
    job = bulk.get_job(brand.ctx, job_id=job_id)
    assert (job.state, job.done, job.idle, job.failed) == ("done", 2, 1, 1)
    page = client.get(f"/bulk/{job_id}/").content.decode()
    for said in ("2 + 1 left as it is / 3", "1 row was left as it is", "1 of the 2 done had nothing left to do."):
        assert said in page, said
    assert arrivals.get(brand.ctx, id=done) == before
    assert before.outcome == "processed"


def test_an_arrival_is_found_by_every_number_that_the_list_shows() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    ids = {}
    for number in (5400000001013, 5400000001014):
        order = shop_order(number, name=f"US{number % 10000}")
        ids[number] = [tell(brand, shop, topic, order)["arrival"] for topic in ("orders/create", "orders/updated")]
    off = shop_order(5400000001013, cancelled_at="2026-11-20T10:00:00Z", cancel_reason="customer")
    ids[5400000001013].append(tell(brand, shop, "orders/cancelled", off)["arrival"])

    def found(text: str) -> list[int]:
        where = listing.read(QueryDict(f"q={text}"))
        return sorted(row.id for row in listing.finder(brand.ctx, where)(None, 50))

    for text in ("1013", "US1013", "us1013", "5400000001013"):
        assert found(text) == ids[5400000001013], text
    assert found("US10131") == found("seoyeon") == []
    # What was settled before numbers were kept names only its order.
    db.execute("UPDATE base_arrival SET detail = jsonb_build_object('order_id', (detail->>'order_id')::bigint)", [])
    for text in ("US1013", "5400000001013"):
        assert found(text) == ids[5400000001013], text


def test_what_came_in_a_file_names_its_order_and_is_not_offered_to_be_read_again() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    shops = tell(brand, shop, "orders/create", shop_order())["arrival"]
    no = {"says": "The SKU is empty.", "facts": {}, "next_step": ""}
    incoming = [arrivals.Incoming(shop.id, key, "orders/import", b"{}", source=arrivals.FILE)
                for key in ("US10596", "#77#0123456789ab")]  # fmt: skip
    first, second = (kept.id for kept in arrivals.keep(brand.ctx, incoming))
    arrivals.settle(brand.ctx, [(first, "refused", no | {"external_id": "US10596"}), (second, "refused", no)])
    client = signed_in(brand.ctx)
    listed = client.get("/channels/arrivals/?source=files").content.decode()
    assert ("Order from a file" in listed, "orders/import" in listed, "Read again" in listed) == (True, False, False)
    assert ('<span class="quiet">US10596</span>' in listed, '<span class="quiet">#77</span>' in listed) == (True, True)
    page = client.get(f"/channels/arrivals/{first}/").content.decode()
    assert ("Import the file again" in page, "Read again" in page) == (True, False)
    assert "Import the file again" in client.post(f"/channels/arrivals/{first}/replay/", follow=True).content.decode()
    for address in ("/channels/arrivals/", "/channels/arrivals/?source=all", f"/channels/arrivals/{shops}/"):
        assert "Read again" in client.get(address).content.decode(), address


def test_a_connection_is_paused_resumed_and_renamed() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    client = signed_in(brand.ctx)
    client.post(f"/channels/{shop.id}/pause/")
    assert queries.get(brand.ctx, connection_id=shop.id).health == "paused"
    client.post(f"/channels/{shop.id}/resume/")
    client.post(f"/channels/{shop.id}/rename/", {"name": "Outlet"})
    row = queries.get(brand.ctx, connection_id=shop.id)
    assert (row.health, row.name) == ("active", "Outlet")


def test_a_viewer_looks_and_changes_nothing() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    viewer = signed_in(brand.ctx, role="viewer")
    assert viewer.get(f"/channels/{shop.id}/").status_code == 200
    assert "Pause" not in viewer.get(f"/channels/{shop.id}/").content.decode()
    for path in ("connect/", f"{shop.id}/pause/", f"{shop.id}/introduce/"):
        assert viewer.post(f"/channels/{path}").status_code == 403
    bulk_form = {"verb": "arrivals.replay", "all": "1", "query": ""}
    assert viewer.post("/bulk/arrivals/start/", bulk_form).status_code == 403
    assert queries.get(brand.ctx, connection_id=shop.id).active is True


def test_staff_of_another_organisation_find_nothing() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    told = tell(brand, shop, "orders/create", shop_order())
    stranger = signed_in(make_ctx("Stranger"))
    for path in (f"{shop.id}/", f"arrivals/{told['arrival']}/"):
        assert stranger.get(f"/channels/{path}").status_code == 404
    for path in (f"{shop.id}/pause/", f"{shop.id}/rename/", f"arrivals/{told['arrival']}/replay/"):
        assert stranger.post(f"/channels/{path}", {"name": "mine"}).status_code == 404
    assert shop.name not in stranger.get("/channels/").content.decode()
    assert "New order" not in stranger.get("/channels/arrivals/").content.decode()


def test_pages_speak_korean_dates_and_survive_any_payload() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    client = signed_in(brand.ctx)
    bodies = [
        b"\x00\x01\x02",
        b'{"a": "\\ud800"}',
        b"[" * 50_000,
        "가".encode() * 100_000,
        envelope("orders/create", {}),
    ]
    for body in bodies:
        answer = send(brand, shop, body)
        assert answer.status_code == 200, body[:20]
        page = client.get(f"/channels/arrivals/{answer.json()['arrival']}/")
        assert page.status_code == 200
        assert len(page.content) < 400_000


def test_a_long_payload_is_cut_and_says_so() -> None:
    shown = raw.show(b"x" * 100_000)
    assert (len(shown.text), shown.is_cut, shown.is_pretty, shown.size) == (raw.MOST, True, False, 100_000)
    assert raw.show(b'{"b":1}').text == '{\n  "b": 1\n}'


def test_lists_are_paged() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    incoming = [arrivals.Incoming(shop.id, f"m{n}", "orders/create", b"{}") for n in range(60)]
    arrivals.keep(brand.ctx, incoming)
    client = signed_in(brand.ctx)
    first = client.get("/channels/arrivals/").content.decode()
    assert first.count('class="key"') == 50
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert client.get(following).content.decode().count('class="key"') == 10
