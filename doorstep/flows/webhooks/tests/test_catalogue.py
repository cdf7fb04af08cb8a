"""The catalogue holds every event, and what is told fits what it says."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, meta

import doorstep
from doorstep.base import db, outbox, stuck
from doorstep.base.outbox import Event
from doorstep.flows import cancel, edit_order, merge_customers
from doorstep.flows.edit_order import Added, Edit
from doorstep.flows.webhooks import catalogue
from doorstep.flows.webhooks.shapes import Kind
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.worker.dispatch import drain
from tests.factories import draft, make_brand, merged, packed, place
from tests.floor import buy_label


def every_type() -> set[str]:
    """What the outbox may hold, as the rooms' events.py say."""
    found = {stuck.TRIED_AGAIN}
    for room in pkgutil.iter_modules(doorstep.__path__):
        try:
            events = importlib.import_module(f"doorstep.{room.name}.events")
        except ModuleNotFoundError:
            continue
        found |= {value for name, value in vars(events).items() if name.isupper()}
    return found


def test_every_event_is_told_or_is_ours_and_none_is_both() -> None:
    told = set(catalogue.BY_SOURCE)

    assert told | catalogue.OURS == every_type()
    assert told & catalogue.OURS == set()
    assert len(catalogue.TYPES) == len(set(catalogue.TYPES)) == len(catalogue.KINDS)


@pytest.mark.parametrize("kind", catalogue.KINDS, ids=lambda kind: kind.type)
def test_every_type_has_a_schema_that_its_example_fits(kind: Kind) -> None:
    schema = kind.schema()
    meta.validate(schema)

    Draft202012Validator(schema).validate(kind.example())

    assert kind.says.endswith(".")
    broken: dict[str, Any] = kind.example() | {"data": {}}
    assert not Draft202012Validator(schema).is_valid(broken)


@pytest.mark.django_db
def test_what_was_recorded_fits_its_schema() -> None:
    brand = make_brand()
    parcel_id = packed(brand.ctx, draft([("B", 1)]))[0]
    buy_label(brand, parcel_id)
    held, called_off = place(brand.ctx, draft([("A", 1)]), draft([("C", 2)]))
    [part] = queries.fulfilment_orders_of(brand.ctx, order_ids=[held])
    orders.hold(brand.ctx, wishes=[HoldWish(part.id, HoldReason.OPERATOR, "call first")])
    orders.release_hold(brand.ctx, fulfilment_order_ids=[part.id], reason=HoldReason.OPERATOR)
    orders.annotate(brand.ctx, order_id=held, version=1, note="gift", tags=["gift"])
    cancel.cancel(brand.ctx, order_id=called_off, reason="customer")
    edit_order.apply(brand.ctx, order_id=held, version=2, edit=Edit(added=(Added("C", 1, 500),)))
    merge_customers.undo(brand.ctx, merge_id=merged(brand.ctx))
    drain()

    events = db.rows(Event, f"SELECT {outbox.COLUMNS} FROM base_event ORDER BY id")
    told = [(kind, kind.body(event)) for event in events if (kind := catalogue.kind_of(event))]
    for kind, body in told:
        Draft202012Validator(kind.schema()).validate(body)

    assert {kind.type for kind, _ in told} >= {
        "order.placed", "order.held", "order.hold_released", "order.routed", "order.note_changed", "order.cancelled",
        "fulfilment.listed", "fulfilment.picked", "parcel.packed", "label.bought", "stock.arrived", "customer.created",
        "product.created", "order.edited", "customer.merged", "customer.merge_undone",
    }  # fmt: skip
    [placed] = [body for _, body in told if body["type"] == "order.placed" and body["data"]["order_id"] == held]
    assert placed["data"] == {
        "order_id": held, "name": placed["data"]["name"], "total": {"amount": "10.00", "currency": "EUR"},
        "connection_id": 0,
    }  # fmt: skip
