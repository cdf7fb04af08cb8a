"""What the Amazon adapter must keep, proved on the sandbox's Amazon as a process of its own; test_amazon_numbers has the rest."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels.invariants import INVARIANTS
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import (
    Declined,
    NumberTold,
    OrderNamed,
    Shipped,
    Throttled,
    UnitsPending,
)
from doorstep.flows import connect_shop, expose
from doorstep.providers.amazon import paces, translate
from tests.contracts.amazon import (
    JAPAN,
    a_port,
    both,
    connect,
    connection_now,
    fetch,
    now,
    place,
    port_of,
    read,
    rows_of,
    told,
    until,
    work,
)
from tests.factories import make_brand
from tests.sandboxes import Server


@both
@pytest.mark.django_db
def test_an_order_is_read_and_adds_up(amazon: Server, api: str) -> None:
    port = a_port(amazon, orders_api=api)
    placed = place(
        amazon, {"sku": "A", "quantity": 3, "price": "59.70", "shipping": "4.99", "tax": "10.33", "discount": "5.00"},
        {"sku": "B", "price": "10.00"},
    )  # fmt: skip
    fact = told(port, placed)
    draft = fact.draft
    assert (draft.external_id, draft.currency, draft.total_minor) == (placed["id"], "EUR", 6969)
    assert (draft.taxes_included, draft.tax_minor, draft.shipping_minor) == (True, 1033, 499)
    assert [(x.sku, x.qty, x.unit_price.minor, x.discount_minor) for x in draft.lines] == [("A", 3, 1990, 500), ("B", 1, 1000, 0)]
    assert fact.items == ("A", "B")
    assert (draft.ship_to.name, draft.ship_to.lines, draft.keep_days) == (f"Amazon {placed['id']}", ("(kept apart)",), 30)
    assert (draft.ship_to.country, draft.ship_to.postal_code) == ("DE", "" if api == translate.NEW else "51147")
    assert draft.buyer.email == ""


@pytest.mark.django_db
def test_a_list_names_orders_and_says_nothing_of_their_buyers(amazon: Server) -> None:
    port = a_port(amazon)
    placed = place(amazon)
    (listed,) = port.list_orders(since=None, after="").orders
    assert (listed.external_id, listed.called_off, listed.paid) == (placed["id"], False, True)
    assert port.read_webhook(listed.body) == [OrderNamed(placed["id"])]
    assert b"Mustermann" not in listed.body
    assert placed["buyer"]["email"].encode() not in listed.body


@both
@pytest.mark.django_db
def test_paging_skips_none_and_since_narrows(amazon: Server, api: str) -> None:
    port = a_port(amazon, orders_api=api)
    amazon.http.put("/admin/listings", json=[{"sku": "A", "quantity": 1000}])
    amazon.post("/admin/orders", {"lines": [{"sku": "A", "price": "1.00"}], "count": 230}, status=201)
    seen, after = [], ""
    while True:
        page = port.list_orders(since=None, after=after)
        seen += [order.external_id for order in page.orders]
        if page.next_after is None:
            break
        after = page.next_after
    assert len(seen) == len(set(seen)) == 230
    assert list(port.list_orders(since=datetime.now(UTC) + timedelta(minutes=40), after="").orders) == []  # it looks back


@both
@pytest.mark.django_db
def test_yen_and_an_address_without_a_postal_code(amazon: Server, api: str) -> None:
    port = a_port(amazon, orders_api=api, marketplace=JAPAN)
    placed = place(
        amazon, {"sku": "A", "quantity": 3, "price": "10000", "tax": "909"}, currency="JPY", marketplace=JAPAN, cod=True,
        address={"country": "JP", "postal_code": "", "city": "東京都"},
    )  # fmt: skip
    draft = told(port, placed).draft
    assert (draft.currency, draft.total_minor, draft.ship_to.postal_code, draft.ship_to.country) == ("JPY", 10000, "", "JP")
    assert (draft.lines[0].unit_price.minor, draft.lines[0].discount_minor) == (3334, 2)
    assert draft.payment_state == "authorised"


@both
@pytest.mark.django_db
def test_pending_orders_wait_and_those_that_amazon_ships_are_left_out(amazon: Server, api: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon, orders_api=api)
    port = port_of(brand, connection)
    pending, by_amazon = place(amazon, status="PENDING"), place(amazon, by="AMAZON")
    assert read(port, by_amazon) == []
    assert [type(fact) for fact in read(port, pending)] == [UnitsPending]
    fetch(brand, connection)
    assert rows_of(brand) == {}
    amazon.post(f"/admin/orders/{pending['id']}", {"status": "UNSHIPPED"})
    fetch(brand, connection)
    assert set(rows_of(brand)) == {pending["id"]}


@pytest.mark.django_db
def test_an_order_that_appears_late_is_read_when_it_is_named(amazon: Server) -> None:
    port = a_port(amazon)
    placed = place(amazon, late_s=3600)
    assert list(port.list_orders(since=None, after="").orders) == []
    assert port.read_order(placed["id"]) is None
    amazon.post(f"/admin/orders/{placed['id']}", {"appears": True})
    assert told(port, placed).draft.external_id == placed["id"]


@both
@pytest.mark.django_db
def test_an_order_that_was_listed_late_is_not_passed_over(amazon: Server, api: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon, orders_api=api)
    late = place(amazon, late_s=3600)
    time.sleep(1)  # Amazon's moments are whole seconds
    soon = place(amazon)
    fetch(brand, connection)
    assert set(rows_of(brand)) == {soon["id"]}
    until = connection_now(brand, connection).reconciled_until
    assert until is not None
    channels.note_seen(now(brand.ctx), connection_id=connection.id, until=until + timedelta(minutes=5))
    amazon.post(f"/admin/orders/{late['id']}", {"appears": True})
    fetch(brand, connection)
    assert set(rows_of(brand)) == {soon["id"], late["id"]}


@both
@pytest.mark.django_db
def test_a_parcel_told_twice_is_one_package(amazon: Server, api: str) -> None:
    port = a_port(amazon, orders_api=api)
    placed = place(amazon, {"sku": "A", "quantity": 3, "price": "30.00"}, {"sku": "B", "price": "5.00"})
    parcel = Shipped(placed["id"], "1Z-135", "UPS", "http://t.example/1", (("A", 2),))
    assert port.tell_shipped(parcel) is None
    assert port.tell_shipped(parcel) is None
    (kept,) = amazon.get("/admin/books")["orders"]
    assert [(one["tracking"], one["carrier"], [x["quantity"] for x in one["items"]]) for one in kept["packages"]] == [
        ("1Z-135", "UPS", [2])
    ]
    assert kept["status"] == "PARTIALLY_SHIPPED"
    rest = replace(parcel, tracking_number="1Z-136", carrier="CJ대한통운", lines=(("A", 1), ("B", 1)))
    assert port.tell_shipped(rest) is None
    (kept,) = amazon.get("/admin/books")["orders"]
    assert (kept["status"], kept["packages"][1]["carrier"]) == ("SHIPPED", "CJ대한통운")
    assert read(port, placed) == []  # what was shipped brings nothing new
    assert isinstance(port.tell_shipped(replace(parcel, tracking_number="1Z-137")), Declined)
    assert isinstance(port.tell_shipped(replace(parcel, external_id="999-0000000-0000000")), Declined)


@pytest.mark.django_db
def test_a_parcel_whose_answer_got_lost_is_one_package_and_no_token_is_logged(amazon: Server, capfd: Any, caplog: Any) -> None:
    caplog.set_level("INFO")
    port = a_port(amazon)
    placed = place(amazon)
    amazon.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.1})
    parcel = Shipped(placed["id"], "1Z-135", "UPS", "", (("A", 2),))
    with pytest.raises(httpx.HTTPError):
        port.tell_shipped(parcel)
    amazon.post("/admin/faults", {})
    assert port.tell_shipped(parcel) is None
    (kept,) = amazon.get("/admin/books")["orders"]
    assert [one["tracking"] for one in kept["packages"]] == ["1Z-135"]
    said = "".join((*capfd.readouterr(), caplog.text))
    assert "is tried again" in said
    assert "Atza|" not in said


@pytest.mark.django_db
def test_who_is_throttled_is_told_how_long_and_sends_nothing_more(amazon: Server) -> None:
    port = a_port(amazon)
    placed = place(amazon)
    amazon.post("/admin/faults", {"throttle": 1})
    began = time.monotonic()
    with pytest.raises(Throttled) as wait:
        port.read_order(placed["id"])
    assert wait.value.wait_s == 2.0  # one call in two seconds
    amazon.post("/admin/faults", {})
    assert port.read_order(placed["id"]) is not None  # our own bucket waited for what Amazon said
    assert time.monotonic() - began > 1.9
    for _ in range(20):
        port.list_orders(since=None, after="")
    with pytest.raises(Throttled) as long:
        port.list_orders(since=None, after="")
    assert 100 < long.value.wait_s < 180
    assert amazon.get("/admin/books")["calls"]["searchOrders"] == 20


@pytest.mark.django_db
def test_an_answer_that_got_lost_is_never_called_throttled(amazon: Server) -> None:
    brand = make_brand(skus="ABCD")
    connection = connect(brand, amazon)
    placed = place(amazon)
    amazon.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.1})
    Pacer(brand.ctx.organisation_id, connection.id).note(paces.CONFIRM_SHIPMENT, left=1.5, rate=0.001)
    with pytest.raises(httpx.RemoteProtocolError):  # one call was sent, and who knows what came of it
        port_of(brand, connection).tell_shipped(Shipped(placed["id"], "1Z-135", "UPS", "", (("A", 2),)))
    assert amazon.get("/admin/books")["calls"]["confirmShipment"] == 1


@pytest.mark.django_db
def test_a_seller_who_was_granted_more_may_call_more(amazon: Server) -> None:
    amazon.post("/admin/limits", {"factor": 4})
    port = a_port(amazon)
    port.list_orders(since=None, after="")
    assert db.scalar("SELECT rate FROM channels_bucket WHERE name = 'searchOrders'") == pytest.approx(0.0224)


@pytest.mark.django_db
def test_who_is_not_let_in_is_refused_with_amazons_word(amazon: Server) -> None:
    port = a_port(amazon, refresh_token="revoked")
    with pytest.raises(Refused) as refused:
        port.list_orders(since=None, after="")
    assert refused.value.facts["reason"] == "Amazon gives no access to this application: invalid_grant"


@pytest.mark.django_db
def test_a_version_that_nobody_knows_is_refused_before_it_is_kept(amazon: Server) -> None:
    port = a_port(amazon, orders_api="v0")
    assert port.can.takes_shipments
    with pytest.raises(Refused) as refused:
        a_port(amazon, orders_api="v1")
    assert refused.value.facts["field"] == "orders_api"


@pytest.fixture
def no_jobs_left(transactional_db: None) -> None:
    """Transactional tests do not empty procrastinate's table."""
    db.execute("DELETE FROM procrastinate_jobs")


def test_notifications_that_a_bridge_passes_on_bring_orders_and_numbers(
    no_jobs_left: None, amazon: Server, live_server: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon, bridge=f"{str(amazon.http.base_url).rstrip('/')}/admin/connect")
    connect_shop.introduce(now(brand.ctx), connection_id=connection.id)
    expose.read_listings(lambda: now(brand.ctx), connection_id=connection.id)
    amazon.post("/admin/faults", {"duplicate": 0.5, "disorder": True, "seed": 4})
    placed = [place(amazon) for _ in range(6)]
    place(amazon, status="PENDING")
    place(amazon, by="AMAZON")
    amazon.post("/admin/deliveries/flush")
    until(lambda: not amazon.get("/admin/deliveries?state=pending")["deliveries"])
    work(brand)
    assert set(rows_of(brand)) == {order["id"] for order in placed}
    amazon.post(f"/admin/orders/{placed[0]['id']}", {"status": "CANCELLED"})
    amazon.post("/admin/deliveries/flush")
    until(lambda: not amazon.get("/admin/deliveries?state=pending")["deliveries"])
    work(brand)
    assert rows_of(brand)[placed[0]["id"]].state == "cancelled"
    assert check(INVARIANTS) == []


@pytest.mark.django_db
def test_the_queue_holds_what_would_be_passed_on(amazon: Server) -> None:
    port = a_port(amazon)
    placed = place(amazon, {"sku": "A", "quantity": 2, "price": "20.00"})
    messages = amazon.get("/queue?max=10")["messages"]
    facts = [fact for one in messages for fact in port.read_webhook(one["body"].encode())]
    assert [(f.id, f.number) for f in facts if isinstance(f, NumberTold)] == [("A", 48)]
    assert [f for f in facts if isinstance(f, OrderNamed)] == [OrderNamed(placed["id"])]
    assert amazon.get("/queue")["messages"] == []  # hidden until they are deleted, or come again
    assert amazon.http.delete(f"/queue/{messages[0]['receipt']}").json() == {"deleted": 1}
