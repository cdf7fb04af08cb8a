"""Parts that nobody can send: parked with a day, told, warned, and cancelled with stock and money undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.formats import date_format

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import park, reject, reroute
from doorstep.flows.bulk import hold_order
from doorstep.messaging import queries as messaging
from doorstep.orders import parking, queries
from doorstep.orders.parking import Rule
from doorstep.payments import queries as payments
from doorstep.routing.values import Why
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, receive
from tests.short_picks import assert_all_holds, level, parts_of, report, scan, send, shape, task_of

pytestmark = pytest.mark.django_db


def later(brand: Brand, **after: int) -> Ctx:
    """So long after now: events are followed by the real clock."""
    return replace(brand.ctx, now=datetime.now(UTC) + timedelta(**after))


def told(brand: Brand, order_id: int) -> list[tuple[str, str]]:
    """Kind and text of the notices about what is parked, in the order in which they were told."""
    mails = messaging.messages_of(brand.ctx, timelines=[f"order:{order_id}"])
    kinds = ("delayed_before_shipping", "part_cancelled")
    return [(mail.template, mail.text) for mail in reversed(mails) if mail.template in kinds]


def short_order(brand: Brand, *lines: tuple[str, int], language: str = "en") -> int:
    wish = draft(lines)
    [order_id] = place(brand.ctx, replace(wish, buyer=replace(wish.buyer, language=language)))
    drain()
    return order_id


def test_what_nobody_has_is_parked_with_its_day_and_its_customer_told_once_it_is_sure() -> None:
    brand = make_brand(stock_each=0)
    order_id = short_order(brand, ("A", 2))
    [row] = parking.parked_of(brand.ctx, order_ids=[order_id])
    assert (row.cancel_at, row.told_at) == (row.since + timedelta(days=14), None)
    park.sweep(later(brand, minutes=5))
    assert tasks.list_open(brand.ctx) == []
    for _ in range(2):
        park.sweep(later(brand, minutes=11))
    [task] = tasks.list_open(brand.ctx)
    assert (task.kind, task.facts["skus"]) == ("parked", "A")
    [(kind, text)] = told(brand, order_id)
    assert kind == "delayed_before_shipping"
    assert date_format(row.cancel_at, "DATE_FORMAT") in text
    assert "Product A × 2" in text or "A × 2" in text

    receive(brand.ctx, brand.variants["A"], brand.berlin, 2)
    drain()
    assert parking.parked_of(brand.ctx, order_ids=[order_id]) == []
    assert tasks.list_open(brand.ctx) == []
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 2})]
    assert_all_holds()


def test_before_its_day_the_customer_is_warned_and_then_the_order_is_cancelled() -> None:
    brand = make_brand(stock_each=0)
    order_id = short_order(brand, ("A", 1))
    park.sweep(later(brand, minutes=11))
    park.sweep(later(brand, days=10))
    for _ in range(2):
        park.sweep(later(brand, days=11, hours=1))
    drain()
    assert ["still not here" in text for _, text in told(brand, order_id)] == [False, True]
    assert queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].state == "open"
    park.sweep(later(brand, days=14, hours=1))
    drain()
    assert queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].state == "cancelled"
    assert parking.parked_of(brand.ctx, order_ids=[order_id]) == []
    assert tasks.list_open(brand.ctx) == []
    assert "cancelled" in {m.template for m in messaging.messages_of(brand.ctx, timelines=[f"order:{order_id}"])}
    assert_all_holds()


def test_of_an_order_of_which_only_a_part_is_parked_only_that_is_cancelled() -> None:
    brand = make_brand(stock_each=0)
    for sku in ("A", "B"):
        receive(brand.ctx, brand.variants[sku], brand.berlin, 5)
    receive(brand.ctx, brand.variants["B"], brand.seoul, 5)
    order_id = short_order(brand, ("A", 1), ("B", 2))
    [(part, lines)] = parts_of(brand, order_id)
    of_a = next(line.order_line_id for line in lines if line.sku == "A")
    reject.reject(
        brand.ctx, fulfilment_order_id=part.id, location_id=brand.berlin, reason=Why.CANNOT_SHIP, units={of_a: 1}
    )
    drain()
    park.sweep(later(brand, minutes=11))
    park.sweep(later(brand, days=15))  # late, so that its customer hears of it only now
    assert len(queries.get(brand.ctx, id=order_id).lines) == 2
    park.sweep(later(brand, days=16))
    drain()
    detail = queries.get(brand.ctx, id=order_id)
    assert [(line.sku, line.qty) for line in detail.lines] == [("B", 2)]
    assert detail.order.total_minor == 2000
    assert shape(brand, order_id) == [("open", brand.berlin, {"B": 2})]
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.berlin).committed) == (5, 0)
    assert_all_holds()


def test_what_is_parked_beside_parts_that_left_is_cancelled_as_a_part() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 3)
    order_id = short_order(brand, ("A", 3))
    task = task_of(brand)
    scan(brand, task, "1")
    report(brand, task, found=1)
    drain()
    [(kept, _), (held, _)] = parts_of(brand, order_id)
    park.sweep(later(brand, minutes=11))
    send(brand, kept.id, "DS1")
    assert park.cancel_parked(later(brand, days=1), order_id=order_id, fulfilment_order_ids=[held.id]) == "parts"
    drain()
    assert [state for state, _, _ in shape(brand, order_id)] == ["closed", "cancelled"]
    order = queries.orders_by_id(brand.ctx, ids=[order_id])[order_id]
    assert (order.state, order.fulfilment_state, order.on_hold) == ("open", "fulfilled", False)
    [call] = payments.ledger_of(brand.ctx, order_id=order_id).calls
    assert (call.amount_minor, call.subject) == (2000, f"order:{order_id}")
    assert_all_holds()


def test_a_person_lets_it_wait_longer_and_the_customer_is_warned_again() -> None:
    brand = make_brand(stock_each=0)
    order_id = short_order(brand, ("A", 1))
    [(part, _)] = parts_of(brand, order_id)
    park.sweep(later(brand, minutes=11))
    parking.wait_until(later(brand), fulfilment_order_id=part.id, cancel_at=later(brand, days=30).now)
    park.sweep(later(brand, days=20))
    assert queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].state == "open"
    parking.wait_until(later(brand), fulfilment_order_id=part.id, cancel_at=None)
    park.sweep(later(brand, days=300))
    assert queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].state == "open"
    with pytest.raises(Refused):
        parking.wait_until(later(brand), fulfilment_order_id=part.id, cancel_at=later(brand, days=-1).now)


def test_zero_days_never_cancel_and_who_is_held_for_something_else_is_not_parked() -> None:
    brand = make_brand(stock_each=0)
    parking.set_rule(brand.ctx, rule=Rule(cancel_days=0, warn_days=0))
    order_id = short_order(brand, ("A", 1))
    [row] = parking.parked_of(brand.ctx, order_ids=[order_id])
    assert row.cancel_at is None
    hold_order(brand.ctx, order_id=order_id, note="Call first")
    drain()
    assert parking.parked_of(brand.ctx, order_ids=[order_id]) == []


def test_a_person_sends_it_from_a_place_that_said_no() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 3)
    order_id = short_order(brand, ("A", 2))
    [(part, _)] = parts_of(brand, order_id)
    reject.reject(brand.ctx, fulfilment_order_id=part.id, location_id=brand.berlin, reason=Why.TOO_BUSY)
    drain()
    assert shape(brand, order_id) == [("on_hold", None, {"A": 2})]
    with pytest.raises(Refused) as refused:
        reroute.send_from(brand.ctx, fulfilment_order_id=part.id, location_id=brand.seoul)
    assert refused.value.code == "not_enough_stock"
    reroute.send_from(brand.ctx, fulfilment_order_id=part.id, location_id=brand.berlin, note="They have time again")
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 2})]
    assert level(brand, brand.berlin).committed == 2
    drain()
    assert parking.parked_of(brand.ctx, order_ids=[order_id]) == []
    assert_all_holds()
