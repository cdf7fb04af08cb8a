"""An exchange that costs more: the customer sees what is open, and whoever hears of the payment records it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.base.ctx import Actor
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import pay, return_links
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.payments import queries as payments
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, signed_in
from tests.giving_back import back, exchange_of, shirts, swap
from tests.returning import arrived

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))


def dearer(brand: Brand) -> OrderRow:
    """What a dearer exchange brings, once the goods are back: it waits for its difference only."""
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]), at=brand.ctx.now - timedelta(days=3))
    return_id = swap(brand, order_id, made["SHIRT-L"])
    drain()
    back(brand, return_id, 1)
    return exchange_of(brand, return_id)


def held_for(brand: Brand, order_id: int) -> list[str]:
    return orders.hold_reasons_of(brand.ctx, order_ids=[order_id]).get(order_id, [])


def test_an_exchange_that_costs_more_was_a_dead_end(brand: Brand) -> None:
    """Nobody could say that the difference was paid, so the exchange waited for ever."""
    new = dearer(brand)
    page = signed_in(brand.ctx)
    shown = page.get(f"/orders/{new.id}/").content.decode()
    assert re.search(r'id="do-next" data-open="record-payment"', shown)
    found = re.search(
        r'id="record-payment".*?name="wish" value="([^"]+)".*?name="amount"[^>]*value="([^"]+)"', shown, re.S
    )
    assert found is not None
    form = {"wish": found[1], "amount": found[2], "method": "transfer", "note": "16 March"}
    assert found[2] == "2.00"

    assert [page.post(f"/orders/{new.id}/record/", form).status_code for _ in range(2)] == [302, 302]
    drain()

    row = orders.orders_by_id(brand.ctx, ids=[new.id])[new.id]
    assert (row.payment_state, held_for(brand, new.id)) == ("paid", [])
    ledger = payments.ledger_of(brand.ctx, order_id=new.id)
    assert [(e.kind, e.amount_minor) for e in ledger.entries] == [("capture", 200)]
    after = page.get(f"/orders/{new.id}/").content.decode()
    assert "Record a payment" not in after
    assert "Bank transfer · 16 March" in after
    assert [r for r in check(all_invariants()) if r.rows] == []


def test_another_amount_than_what_is_open_is_not_recorded(brand: Brand) -> None:
    new = dearer(brand)

    with pytest.raises(Refused, match="another_amount"):
        pay.record(brand.ctx, order_id=new.id, amount_minor=199, method="cash", key="k")

    assert held_for(brand, new.id) == ["awaiting_payment"]
    assert payments.ledger_of(brand.ctx, order_id=new.id).entries == ()
    pay.record(brand.ctx, order_id=new.id, amount_minor=200, method="cash", key="k")
    with pytest.raises(Refused, match="refund_key_reused"):
        pay.record(brand.ctx, order_id=new.id, amount_minor=100, method="cash", key="k")
    with pytest.raises(Refused, match="nothing_to_record"):
        pay.record(brand.ctx, order_id=new.id, amount_minor=200, method="cash", key="k2")


def test_the_customer_sees_what_an_exchange_still_costs(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]), at=brand.ctx.now - timedelta(days=3))
    return_id = swap(brand, order_id, made["SHIRT-L"])
    drain()
    slug = accounts.organisation(brand.ctx).slug
    status = f"/r/{slug}/s/{return_links.status_token(brand.ctx, return_id=return_id)}/?language=en"

    before = Client().get(status).content.decode()
    assert "Still to pay for your exchange" in before
    assert "€2.00" in before
    pay.record(brand.ctx, order_id=exchange_of(brand, return_id).id, amount_minor=200, method="cash", key="k")

    assert "Still to pay for your exchange" not in Client().get(status).content.decode()


def test_what_the_policy_decides_no_customer_decided(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]), at=brand.ctx.now - timedelta(days=3))
    by_customer = replace(brand, ctx=brand.ctx.as_actor(Actor("customer", 0, "")))
    return_id = swap(by_customer, order_id, made["SHIRT-L"])
    new = exchange_of(brand, return_id)

    told = db.dicts(
        "SELECT type, actor_kind FROM base_event WHERE organisation_id = %s AND timeline = ANY(%s)",
        [brand.ctx.organisation_id, [f"order:{order_id}", f"order:{new.id}"]],
    )

    by = {event["type"]: event["actor_kind"] for event in told}
    assert (by["return.requested"], by["return.approved"]) == ("customer", "system")
    assert by["order.held"] == "system"
    [hold] = [h for h in orders.get(brand.ctx, id=new.id).holds if h.reason == "awaiting_return_items"]
    assert hold.by == "Doorstep"
