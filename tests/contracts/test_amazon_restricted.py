"""Who bought at Amazon and who gets it: fetched when it is to be shipped, sealed until thirty days after delivery, then gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import Throttled
from doorstep.channels.values import ConnectionRow
from doorstep.flows import cancel, edit_order, intake, printing, recipients, reconcile, reship, ship
from doorstep.flows.arrivals import process
from doorstep.flows.reship import Reship
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment import queries as floor_queries
from doorstep.orders import actions as order_actions
from doorstep.orders import queries as orders
from doorstep.orders import recipients as kept
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import Address, Buyer, HoldReason, Recipient
from doorstep.providers.amazon import paces, reading
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.labels import zpl
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.web.inbox import sentences
from doorstep.worker import forgetting, upkeep
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key
from tests.contracts.amazon import GERMANY, both, connect, now, place, port_of, rows_of, told
from tests.factories import Brand, draft, make_brand, signed_in
from tests.factories import place as place_here
from tests.floor import buy_label, pick_all
from tests.sandbox.conftest import Server, running

pytestmark = pytest.mark.django_db
NAME, STREET, PHONE = "Ottokar Wiesengrund", "Lindenallee 12", "+49 221 7654321"
WHOM = {"name": NAME, "line1": STREET, "phone": PHONE}


def everywhere(*words: str) -> list[str]:
    """Rows of any table that hold one of these words in any column, bytes read as text."""
    found = []
    for table in db.column("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"):
        raw = db.column(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND data_type = 'bytea'", [table]
        )
        texts = db.column(f'SELECT t::text FROM "{table}" t')
        for column in raw:
            texts += db.column(f"SELECT encode({column}, 'escape') FROM \"{table}\" WHERE {column} IS NOT NULL")
        found += [f"{table}: {text[:200]}" for text in texts if any(word in text for word in words)]
    return found


def ordered(amazon: Server, brand: Brand, connection: ConnectionRow, **more: Any) -> tuple[dict[str, Any], int]:
    placed = place(amazon, **{"address": WHOM} | more)
    reconcile.read_one(now(brand.ctx), connection_id=connection.id, external_id=placed["id"])
    return placed, rows_of(brand)[placed["id"]].id


def pushed(brand: Brand, connection: ConnectionRow, order_id: str, postal_code: str) -> list[str]:
    """Amazon says that the order changed, where about it goes with it, and once more so that nobody can read it.

    Returns: what became of both.
    """
    summary = {"MarketplaceId": GERMANY, "OrderStatus": "Unshipped", "FulfillmentType": "MFN", "DestinationPostalCode": postal_code}
    told = {"SellerId": "A3SANDBOX", "AmazonOrderId": order_id, "Summary": summary}
    bodies = [{"NotificationType": "ORDER_CHANGE", "Payload": {name: told}} for name in ("OrderChangeNotification", "Unheard")]
    incoming = [Incoming(connection.id, f"note-{n}", "ORDER_CHANGE", json.dumps(b).encode()) for n, b in enumerate(bodies)]
    ids = [one.id for one in arrivals.keep(now(brand.ctx), incoming)]
    outcomes = process(now(brand.ctx), arrival_ids=ids)
    return [outcomes[id] for id in ids]


def pushed_still(brand: Brand) -> int:
    """How many of these still say where about it goes."""
    return int(db.scalar("SELECT count(*) FROM base_arrival WHERE topic = 'ORDER_CHANGE' AND body <> ''"))


def run_jobs(brand: Brand) -> int:
    """Does the jobs that ask who gets an order.  Returns: how many there were."""
    jobs = db.dicts("SELECT id, args FROM procrastinate_jobs WHERE task_name = 'fetch_recipient' AND status = 'todo'")
    for job in jobs:
        db.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job["id"]])
        recipients.fetch(now(brand.ctx), order_id=job["args"]["order_id"])
    return len(jobs)


def packed(brand: Brand, order_id: int) -> int:
    """The parcel of an order, with its label."""
    for row in floor_queries.list_pick_lists(brand.ctx):
        pick_all(brand, row.id)
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    parcel_id = floor.pack(brand.ctx, fulfilment_order_id=part.id)
    assert parcel_id is not None
    return parcel_id


def label_of(brand: Brand, parcel_id: int) -> str:
    return str(zpl.render_label(printing.label_fields(brand.ctx, parcel_id=parcel_id)))


def arrived(brand: Brand, parcel_id: int, at: datetime) -> None:
    scan = Scan("s1", "DS1234567890", TrackingStatus.DELIVERED, "D", "delivered", "", at)
    shipping.record_scans(replace(brand.ctx, now=at), parcel_id=parcel_id, scans=[scan])


def found_by(brand: Brand, text: str) -> list[str]:
    return [row.external_id for row in orders.list_orders(brand.ctx, where=OrderFilter(text=text), limit=10)]


@pytest.fixture(scope="module")
def marketplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("amazon", tmp_path_factory.mktemp("restricted")) as server:
        assert server.http.put("/admin/listings", json=[{"sku": "A", "title": "Tee", "quantity": 1000}]).status_code == 200
        yield server


@pytest.fixture
def amazon(marketplace: Server) -> Server:
    db.execute("DELETE FROM procrastinate_jobs")
    reading._may_see.clear()
    marketplace.post("/admin/roles", {})
    marketplace.post("/admin/limits", {})  # its buckets are full again
    return marketplace


@both
def test_a_name_is_nowhere_at_import_sealed_until_delivered_and_gone_thirty_days_after(amazon: Server, api: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon, orders_api=api)
    placed, order_id = ordered(amazon, brand, connection)
    secret = (NAME, STREET, PHONE, placed["buyer"]["email"], "Erika Mustermann")
    assert pushed(brand, connection, placed["id"], "51147") == ["processed", "refused"]
    assert pushed_still(brand) == 2
    assert everywhere(*secret) == []
    assert kept.rows(brand.ctx, order_ids=[order_id])[order_id].is_awaited
    staff = signed_in(brand.ctx)
    assert "once it is to be shipped" in staff.get(f"/orders/{order_id}/").content.decode()

    drain()  # it has a place now
    assert run_jobs(brand) == 1
    assert everywhere(*secret) == []
    opened = kept.opened(brand.ctx, order_id=order_id)
    assert opened is not None
    assert (opened.ship_to.name, opened.ship_to.lines, opened.ship_to.phone) == (NAME, (STREET,), PHONE)
    assert (opened.name, opened.email) == ("Erika Mustermann", placed["buyer"]["email"])
    assert kept.find_by_mail(brand.ctx, email=placed["buyer"]["email"].upper()) == [order_id]

    drain()
    parcel_id = packed(brand, order_id)
    drain()
    buy_label(brand, parcel_id)
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    pages = (f"/orders/{order_id}/", f"/shipments/{parcel_id}/", f"/fulfilment/pack/{part.id}/")
    for page in pages:
        assert STREET in staff.get(page).content.decode(), page
    assert NAME in label_of(brand, parcel_id)
    assert printing.slip_fields(brand.ctx, parcel_id=parcel_id).ship_to.lines == (STREET,)
    ship.hand_over(now(brand.ctx), parcel_ids=[parcel_id])
    drain()
    assert everywhere(*secret) == []

    delivered = datetime.now(UTC) + timedelta(days=2)
    arrived(brand, parcel_id, delivered)
    drain()
    assert recipients.erase_due(delivered + timedelta(days=30) - timedelta(minutes=1)) == 0
    assert kept.opened(brand.ctx, order_id=order_id) is not None
    assert recipients.erase_due(delivered + timedelta(days=30, minutes=1)) == 1
    assert kept.opened(brand.ctx, order_id=order_id) is None
    sealed, mail_key = db.dicts("SELECT sealed, mail_key FROM orders_recipient")[0].values()
    assert (sealed, mail_key) == ("", "")
    assert everywhere(*secret, "51147") == []
    assert pushed_still(brand) == 0
    for page in pages:
        body = staff.get(page).content.decode()
        assert STREET not in body
        assert "Who got it was erased on" in body, page
    assert "(erased)" in label_of(brand, parcel_id)
    assert printing.slip_fields(brand.ctx, parcel_id=parcel_id).ship_to.lines == ("(erased)",)
    for word in (NAME, "Wiesengrund", PHONE, placed["buyer"]["email"]):
        assert found_by(brand, word) == []
    assert found_by(brand, placed["id"]) == [placed["id"]]


def test_a_label_waits_until_it_is_known_where_it_goes(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon))
    drain()
    parcel_id = packed(brand, order_id)
    carrier_id = shipping.connect_carrier(
        brand.ctx, code="c", name="Carrier", provider="sandbox_carrier", settings={"url": "http://127.0.0.1:9", "token": "t"}
    )
    shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier_id)
    [label] = parcels.labels_of(brand.ctx, parcel_ids=[parcel_id])
    ship.settle_label(now(brand.ctx), label_id=label.id)  # nobody is asked: it would be refused there
    assert parcels.get_label(brand.ctx, label_id=label.id).state == "wanted"
    assert parcels.get_label(brand.ctx, label_id=label.id).asked_times == 0


def test_an_order_that_is_called_off_is_never_asked_for_and_one_that_was_is_erased_at_once(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon)
    _, first = ordered(amazon, brand, connection)
    _, second = ordered(amazon, brand, connection)
    cancel.cancel(now(brand.ctx), order_id=first, reason="asked")
    drain()
    calls = amazon.get("/admin/books")["calls"]["getOrder"]
    recipients.fetch(now(brand.ctx), order_id=first)
    assert amazon.get("/admin/books")["calls"]["getOrder"] == calls
    run_jobs(brand)
    assert kept.opened(brand.ctx, order_id=second) is not None
    cancel.cancel(now(brand.ctx), order_id=second, reason="asked")
    drain()
    upkeep.erase_recipients()
    assert kept.opened(brand.ctx, order_id=second) is None
    assert {row.erased_at is not None for row in kept.rows(brand.ctx, order_ids=[first, second]).values()} == {True}


@both
def test_an_order_whose_address_amazon_withholds_is_held_and_a_person_may_write_one(amazon: Server, api: str) -> None:
    amazon.post("/admin/roles", {"address": False, "buyer": False})
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon, orders_api=api))
    drain()
    run_jobs(brand)
    [hold] = orders.get(brand.ctx, id=order_id).holds
    assert (hold.reason, hold.detail) == ("incorrect_address", {"address_withheld": True})
    detail = orders.get(brand.ctx, id=order_id)
    where = Address(NAME, (STREET,), "Köln", "DE", "51147", phone=PHONE)
    edit_order.change_address(now(brand.ctx), order_id=order_id, version=detail.version, ship_to=where)
    drain()
    assert everywhere(NAME, STREET, PHONE) == []  # the timeline of the edit neither
    opened = kept.opened(brand.ctx, order_id=order_id)
    assert opened is not None
    assert opened.ship_to == where
    assert found_by(brand, NAME) == []


def test_an_answer_that_is_kept_for_its_key_tells_nobodys_address(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon))
    drain()
    run_jobs(brand)
    api = Api(brand, make_key(brand))
    assert api.get(f"/orders/{order_id}").json()["ship_to"]["lines"] == [STREET]
    held = api.post(f"/orders/{order_id}/hold", {"reason": "other", "note": ""}, idempotency_key="k1")
    assert held.json()["ship_to"]["lines"] == ["(kept apart)"]
    where = {"name": NAME, "lines": [STREET], "city": "Köln", "country": "DE", "postal_code": "51147"}
    for n, is_preview in enumerate((True, False)):
        edit = {"version": held.json()["version"], "preview": is_preview, "ship_to": where}
        done = api.post(f"/orders/{order_id}/edits", edit, idempotency_key=f"edit{n}")
        assert (done.status_code, done.json()["applied"]) == (200, not is_preview)
    assert db.scalar("SELECT count(*) FROM base_idempotentanswer") == 3
    assert everywhere(NAME, STREET, PHONE) == []


def test_what_is_offered_to_say_of_another_address_names_none(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon))
    drain()
    run_jobs(brand)
    said = sentences.sentence(brand.ctx, order_id=order_id, done="address", language="en")
    assert said == f"Your order {orders.get(brand.ctx, id=order_id).order.name} goes to the new address now."


def test_an_order_that_goes_to_another_country_is_routed_anew(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    vienna = WHOM | {"country": "AT", "postal_code": "1010", "city": "Wien"}
    _, order_id = ordered(amazon, brand, connect(brand, amazon), address=vienna)
    drain()
    assert orders.destinations(brand.ctx, order_ids=[order_id])[order_id].country == "DE"  # the marketplace's
    run_jobs(brand)
    drain()
    to = orders.destinations(brand.ctx, order_ids=[order_id])[order_id]
    assert (to.country, to.postal_code, to.ship_to["city"], to.ship_to["lines"]) == ("AT", "1010", "Wien", ["(kept apart)"])
    opened = kept.opened(brand.ctx, order_id=order_id)
    assert opened is not None
    assert opened.ship_to.lines == (STREET,)


def taken_before(brand: Brand, amazon: Server, connection: ConnectionRow) -> tuple[dict[str, Any], int]:
    """An order as it was taken in before who gets it was kept apart: everything in plain columns."""
    placed = place(amazon, address=WHOM)
    as_told = told(port_of(brand, connection), placed).draft
    buyer = Buyer(name=NAME, email=placed["buyer"]["email"], phone=PHONE)
    where = Address(NAME, (STREET,), "Köln", "DE", "51147", phone=PHONE)
    [answer] = intake.accept(now(brand.ctx), [replace(as_told, buyer=buyer, ship_to=where, note=f"for {NAME}", keep_days=0)])
    drain()
    return placed, answer.order_id


def test_orders_that_were_taken_in_before_are_sealed_turn_by_turn_and_those_of_other_shops_stay(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon)
    placed, order_id = taken_before(brand, amazon, connection)
    _, second = taken_before(brand, amazon, connection)
    parcel_id = packed(brand, order_id)
    [own] = place_here(brand.ctx, draft())
    drain()
    before = orders.get(brand.ctx, id=own)
    secret = (NAME, STREET, PHONE, placed["buyer"]["email"])
    db.execute("UPDATE messaging_message SET state = 'sent', sent_at = now()")
    assert len(everywhere(*secret)) > 5
    turn = recipients.seal_old(now(brand.ctx).now, keep_days={connection.id: 30}, after=0, limit=1)
    assert (turn.gone, turn.is_last, kept.opened(brand.ctx, order_id=second)) == (1, False, None)
    cache.clear()
    forgetting.unsealed_recipients()
    left = [row for row in everywhere(*secret) if not row.startswith("base_cache")]
    assert left == [], [one[:300] for one in left]
    assert orders.get(brand.ctx, id=own) == before
    for id in (order_id, second):
        opened = kept.opened(brand.ctx, order_id=id)
        assert opened is not None
        assert (opened.ship_to.name, opened.ship_to.lines, opened.name, opened.note) == (NAME, (STREET,), NAME, f"for {NAME}")
    assert opened.email
    assert printing.slip_fields(brand.ctx, parcel_id=parcel_id).ship_to.lines == (STREET,)
    assert found_by(brand, NAME) == []
    assert found_by(brand, placed["id"]) == [placed["id"]]
    assert kept.find_by_mail(brand.ctx, email=placed["buyer"]["email"]) == [order_id]
    cancel.cancel(now(brand.ctx), order_id=second, reason="asked")
    drain()
    assert recipients.erase_due(now(brand.ctx).now) == 1


def hear_move(amazon: Server, brand: Brand, connection: ConnectionRow, order: dict[str, Any], **address: str) -> None:
    """The buyer says another address, Amazon tells that the order changed, and the order is read."""
    amazon.post(f"/admin/orders/{order['id']}", {"address": address})
    reconcile.read_one(now(brand.ctx), connection_id=connection.id, external_id=order["id"])


@both
def test_an_address_that_changes_after_it_was_fetched_is_fetched_again_sealed_and_printed(amazon: Server, api: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon, orders_api=api)
    placed, order_id = ordered(amazon, brand, connection)
    drain()
    assert run_jobs(brand) == 1
    parcel_id = packed(brand, order_id)
    hear_move(amazon, brand, connection, placed, line1="Ahornweg 3", city="Bonn", postal_code="53111")
    opened = kept.opened(brand.ctx, order_id=order_id)
    assert opened is not None
    assert opened.ship_to.lines == (STREET,)  # until the newer is told
    assert kept.rows(brand.ctx, order_ids=[order_id])[order_id].is_awaited
    assert run_jobs(brand) == 1
    assert everywhere(STREET, "Ahornweg") == []
    assert printing.slip_fields(brand.ctx, parcel_id=parcel_id).ship_to.lines == ("Ahornweg 3",)
    drain()
    buy_label(brand, parcel_id)
    assert "Ahornweg 3" in label_of(brand, parcel_id)
    assert "53111" in label_of(brand, parcel_id)
    assert orders.get(brand.ctx, id=order_id).order.state == "open"
    assert orders.get(brand.ctx, id=order_id).holds == []


def test_an_address_that_a_person_wrote_stays_until_the_buyer_says_another(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon)
    placed, order_id = ordered(amazon, brand, connection)
    drain()
    run_jobs(brand)
    where = Address(NAME, ("Eschenplatz 1",), "Köln", "DE", "51147")
    version = orders.get(brand.ctx, id=order_id).version
    edit_order.change_address(now(brand.ctx), order_id=order_id, version=version, ship_to=where)

    def street() -> tuple[str, ...]:
        opened = kept.opened(brand.ctx, order_id=order_id)
        assert opened is not None
        return opened.ship_to.lines

    amazon.post(f"/admin/orders/{placed['id']}", {"cancel_wished": "too late"})  # something else changes
    reconcile.read_one(now(brand.ctx), connection_id=connection.id, external_id=placed["id"])
    assert (run_jobs(brand), street()) == (1, ("Eschenplatz 1",))
    hear_move(amazon, brand, connection, placed, line1="Ahornweg 3")
    assert (run_jobs(brand), street()) == (1, ("Ahornweg 3",))
    assert not kept.rows(brand.ctx, order_ids=[order_id])[order_id].is_awaited


def test_an_address_that_changes_after_the_label_was_bought_holds_the_order(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon)
    placed, order_id = ordered(amazon, brand, connection)
    drain()
    run_jobs(brand)
    parcel_id = packed(brand, order_id)
    drain()
    buy_label(brand, parcel_id)
    hear_move(amazon, brand, connection, placed, line1="Ahornweg 3")
    run_jobs(brand)
    [hold] = orders.get(brand.ctx, id=order_id).holds
    assert (hold.reason, hold.detail) == ("incorrect_address", {"moved_after_label": True})
    assert "since its label was bought" in signed_in(brand.ctx).get(f"/orders/{order_id}/").content.decode()


def test_an_order_that_left_is_not_asked_for_again(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon)
    placed, order_id = ordered(amazon, brand, connection)
    drain()
    run_jobs(brand)
    parcel_id = packed(brand, order_id)
    drain()
    buy_label(brand, parcel_id)
    ship.hand_over(now(brand.ctx), parcel_ids=[parcel_id])
    drain()
    hear_move(amazon, brand, connection, placed, line1="Ahornweg 3")
    assert run_jobs(brand) == 0


def test_what_is_sent_again_goes_to_whom_the_first_went(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon))
    drain()
    run_jobs(brand)
    parcel_id = packed(brand, order_id)
    drain()
    buy_label(brand, parcel_id)
    ship.hand_over(now(brand.ctx), parcel_ids=[parcel_id])
    [line] = orders.get(brand.ctx, id=order_id).lines
    again = reship.apply(now(brand.ctx), order_id=order_id, reship=Reship({line.id: 1}, "lost", ""), key="k").order
    opened = kept.opened(brand.ctx, order_id=again.order.id)
    assert opened is not None
    assert opened.ship_to.name == NAME
    assert everywhere(NAME, STREET) == []


def test_the_application_that_may_see_the_address_alone_learns_that_once(amazon: Server) -> None:
    amazon.post("/admin/roles", {"buyer": False})
    brand = make_brand(skus="ABCD", stock_each=100)
    port: Any = port_of(brand, connect(brand, amazon))
    placed = place(amazon)
    told = port.read_recipient(placed["id"])
    assert (told.ship_to.name, told.email) == ("Erika Mustermann", "")
    before = amazon.get("/admin/books")["calls"]["getOrder"]
    port.read_recipient(placed["id"])
    assert amazon.get("/admin/books")["calls"]["getOrder"] == before + 1
    reading._may_see.clear()
    amazon.post("/admin/roles", {})
    assert port.read_recipient(placed["id"]).email == placed["buyer"]["email"]


def test_who_gets_an_order_waits_while_new_orders_are_read(amazon: Server) -> None:
    brand = make_brand(skus="ABCD")
    connection = connect(brand, amazon)
    port: Any = port_of(brand, connection)
    placed = place(amazon)
    Pacer(brand.ctx.organisation_id, connection.id).note(paces.GET_ORDER, left=5)
    with pytest.raises(Throttled):
        port.read_recipient(placed["id"])
    assert port.read_order(placed["id"]) is not None


def test_what_is_sent_again_after_who_got_it_was_erased_waits_for_somebody_who_says_where_to(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon))
    drain()
    run_jobs(brand)
    first = packed(brand, order_id)
    drain()
    buy_label(brand, first)
    ship.hand_over(now(brand.ctx), parcel_ids=[first])
    drain()
    assert recipients.erase_due(datetime.now(UTC) + timedelta(days=61)) == 1
    [line] = orders.get(brand.ctx, id=order_id).lines
    again = reship.apply(now(brand.ctx), order_id=order_id, reship=Reship({line.id: 1}, "lost", ""), key="k").order.order.id
    drain()
    assert run_jobs(brand) == 0
    [hold] = orders.get(brand.ctx, id=again).holds
    assert (hold.reason, hold.detail) == ("incorrect_address", {"address_erased": True})
    page = signed_in(brand.ctx).get(f"/orders/{again}/").content.decode()
    assert "Ask where it goes, and change the address." in page

    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[again])
    order_actions.release_hold(now(brand.ctx), fulfilment_order_ids=[part.id], reason=HoldReason.INCORRECT_ADDRESS)
    drain()
    parcel_id = packed(brand, again)
    carrier_id = shipping.connect_carrier(
        brand.ctx, code="next", name="Carrier", provider="sandbox_carrier", settings={"url": "http://127.0.0.1:9", "token": "t"}
    )
    shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier_id)
    [label] = parcels.labels_of(brand.ctx, parcel_ids=[parcel_id])
    ship.settle_label(now(brand.ctx), label_id=label.id)  # nobody is asked: it would be refused there
    assert (parcels.get_label(brand.ctx, label_id=label.id).state, label.asked_times) == ("wanted", 0)
    assert [hold.detail for hold in orders.get(brand.ctx, id=again).holds] == [{"address_erased": True}]


def test_an_address_that_somebody_says_anew_is_sealed_like_the_first(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon)
    _, order_id = ordered(amazon, brand, connection)
    _, again = ordered(amazon, brand, connection)
    drain()
    run_jobs(brand)
    recipients.erase(now(brand.ctx), order_ids=[order_id])
    db.execute("DELETE FROM orders_recipient WHERE order_id = %s", [again])
    assert kept.inherit(brand.ctx, order_id=again, of=order_id)
    where = Address(NAME, (STREET,), "Köln", "DE", "51147", phone=PHONE)
    version = orders.get(brand.ctx, id=again).version
    edit_order.change_address(now(brand.ctx), order_id=again, version=version, ship_to=where)
    opened = kept.opened(brand.ctx, order_id=again)
    assert opened is not None
    assert opened.ship_to == where
    assert everywhere(NAME, STREET, PHONE) == []


def test_what_the_shop_says_while_it_is_erased_is_not_kept(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon))
    recipients.erase(now(brand.ctx), order_ids=[order_id])
    told = Recipient(Address(NAME, (STREET,), "Köln", "DE", "51147", phone=PHONE), NAME, "a@example.com")
    assert kept.seal(now(brand.ctx), order_id=order_id, recipient=told) is None
    assert everywhere(NAME, STREET, PHONE, "51147") == []
