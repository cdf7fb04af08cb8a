"""Who gets an order of Amazon says another address, or is asked again after it was erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doorstep.base import db
from doorstep.channels.values import ConnectionRow
from doorstep.flows import edit_order, printing, recipients, reconcile, reship, ship
from doorstep.flows.reship import Reship
from doorstep.orders import actions as order_actions
from doorstep.orders import queries as orders
from doorstep.orders import recipients as kept
from doorstep.orders.values import Address, HoldReason, Recipient
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.worker.dispatch import drain
from tests.contracts.amazon import both, connect, now
from tests.contracts.restricted import (
    NAME,
    PHONE,
    STREET,
    everywhere,
    handed_over,
    label_of,
    labelled,
    ordered,
    packed,
    run_jobs,
)
from tests.contracts.restricted import amazon as amazon
from tests.contracts.restricted import marketplace as marketplace
from tests.factories import Brand, make_brand, signed_in
from tests.floor import buy_label
from tests.sandbox.conftest import Server

pytestmark = pytest.mark.django_db


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
    labelled(brand, order_id)
    hear_move(amazon, brand, connection, placed, line1="Ahornweg 3")
    run_jobs(brand)
    [hold] = orders.get(brand.ctx, id=order_id).holds
    assert (hold.reason, hold.detail) == ("incorrect_address", {"moved_after_label": True})
    assert "since its label was bought" in signed_in(brand.ctx).get(f"/orders/{order_id}/").content.decode()


def test_what_is_sent_again_after_who_got_it_was_erased_waits_for_somebody_who_says_where_to(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    _, order_id = ordered(amazon, brand, connect(brand, amazon))
    drain()
    run_jobs(brand)
    handed_over(brand, order_id)
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


def test_an_order_that_left_is_not_asked_for_again(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon)
    placed, order_id = ordered(amazon, brand, connection)
    drain()
    run_jobs(brand)
    handed_over(brand, order_id)
    drain()
    hear_move(amazon, brand, connection, placed, line1="Ahornweg 3")
    assert run_jobs(brand) == 0
