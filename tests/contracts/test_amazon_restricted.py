"""Who bought at Amazon and who gets it: fetched when it is to be shipped, sealed until thirty days after delivery, then gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from doorstep.base import db
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import Throttled
from doorstep.channels.values import ConnectionRow
from doorstep.flows import cancel, edit_order, intake, printing, recipients, reconcile, reship, ship
from doorstep.flows.reship import Reship
from doorstep.orders import queries as orders
from doorstep.orders import recipients as kept
from doorstep.orders.values import Address, Buyer
from doorstep.providers.amazon import paces, reading
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.web.inbox import sentences
from doorstep.worker import forgetting, upkeep
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key
from tests.contracts.amazon import both, connect, now, place, port_of, told
from tests.contracts.restricted import (
    NAME,
    PHONE,
    STREET,
    WHOM,
    arrived,
    everywhere,
    found_by,
    handed_over,
    label_of,
    labelled,
    ordered,
    packed,
    pushed,
    pushed_still,
    run_jobs,
)
from tests.contracts.restricted import amazon as amazon
from tests.contracts.restricted import marketplace as marketplace
from tests.factories import Brand, draft, make_brand, signed_in
from tests.factories import place as place_here
from tests.sandbox.conftest import Server

pytestmark = pytest.mark.django_db


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
    parcel_id = labelled(brand, order_id)
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
def test_what_amazon_tells_of_an_order_after_it_was_erased_is_read_and_not_kept(amazon: Server, api: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon, orders_api=api)
    placed, order_id = ordered(amazon, brand, connection, address=WHOM | {"city": "Quakenbrueck", "postal_code": "49610"})
    cancel.cancel(now(brand.ctx), order_id=order_id, reason="asked")
    drain()
    upkeep.erase_recipients()
    assert everywhere("Quakenbrueck", "49610") == []
    amazon.post(f"/admin/orders/{placed['id']}", {"address": {"line1": "Ahornweg 3"}})  # it goes on there
    assert reconcile.read_one(now(brand.ctx), connection_id=connection.id, external_id=placed["id"]) == 1
    assert pushed(brand, connection, placed["id"], "49610")[0] == "processed"
    assert [one for one in everywhere("Quakenbrueck", "49610") if "Unheard" not in one] == []


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


def test_what_is_sent_again_goes_to_whom_the_first_went(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon))
    drain()
    run_jobs(brand)
    handed_over(brand, order_id)
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
