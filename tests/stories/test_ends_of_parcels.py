"""However late or early the word of a parcel comes, its order comes to an end, and a person sees what needs one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.flows import exceptions, reject, ship, stalled
from doorstep.flows.exceptions import What
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning, wave_queries, waves
from doorstep.fulfilment.values import Method, PickRules, Takes
from doorstep.messaging.notices import book
from doorstep.orders import queries as orders
from doorstep.routing.values import Why
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.tasks import queries as tasks
from doorstep.tasks.queries import OfKinds
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, packed, place
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


def labelled(*, language: str = "ko") -> tuple[Brand, int]:
    brand, order = make_brand(), draft()
    [parcel_id] = packed(brand.ctx, replace(order, buyer=replace(order.buyer, language=language)))
    buy_label(brand, parcel_id)
    drain()
    return brand, parcel_id


def scan(brand: Brand, parcel_id: int, status: TrackingStatus, days: float) -> None:
    told = Scan(f"{status}-{days}", "DS1234567890", status, "x", "", "Leipzig", NOW + timedelta(days=days))
    shipping.record_scans(brand.ctx, parcel_id=parcel_id, scans=[told])
    drain()


def wrong(brand: Brand) -> list[What]:
    return [exceptions.what_of(row) for row in tasks.list_of_kinds(brand.ctx, where=OfKinds(exceptions.KINDS))]


def test_what_came_before_anybody_ticked_that_it_left_is_delivered_once_somebody_does() -> None:
    brand, parcel_id = labelled()
    scan(brand, parcel_id, TrackingStatus.DELIVERED, 1)
    order_id = parcels.get_parcel(brand.ctx, parcel_id=parcel_id).order_id
    assert orders.orders_by_id(brand.ctx, ids=[order_id])[order_id].fulfilment_state == "unfulfilled"
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])
    drain()
    order = orders.orders_by_id(brand.ctx, ids=[order_id])[order_id]
    assert (order.state, order.fulfilment_state) == ("closed", "delivered")
    assert [row.kind for row in book.list_notices(brand.ctx, order_id=order_id)] == ["delivered", "confirmed"]


@pytest.mark.parametrize("ends", [TrackingStatus.EXCEPTION, TrackingStatus.RETURN_TO_SENDER, TrackingStatus.EXPIRED])
def test_a_parcel_that_was_late_and_then_is_lost_goes_back_or_is_given_up_still_needs_a_person(ends: TrackingStatus) -> None:
    brand, parcel_id = labelled()
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])
    told = Scan("due", "DS1234567890", TrackingStatus.IN_TRANSIT, "x", "", "", NOW, (NOW + timedelta(days=1)).date())
    shipping.record_scans(brand.ctx, parcel_id=parcel_id, scans=[told])
    drain()
    exceptions.sweep(replace(brand.ctx, now=NOW + timedelta(days=3)))
    assert wrong(brand) == [What.MISSED_ESTIMATE]
    scan(brand, parcel_id, ends, 4)
    exceptions.sweep(replace(brand.ctx, now=NOW + timedelta(days=5)))
    assert wrong(brand) == [What(ends.value)]


def test_a_parcel_that_left_and_that_its_carrier_does_not_bring_needs_a_person_and_one_that_is_no_more_does_not() -> None:
    brand, parcel_id = labelled()
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])
    scan(brand, parcel_id, TrackingStatus.ATTEMPT_FAILED, 1)
    scan(brand, parcel_id, TrackingStatus.CANCELLED, 2)
    assert wrong(brand) == [What.EXCEPTION]
    brand, parcel_id = labelled()
    shipping.cancel_parcels(brand.ctx, parcel_ids=[parcel_id])
    scan(brand, parcel_id, TrackingStatus.CANCELLED, 1)
    assert wrong(brand) == []


def test_what_stays_of_a_part_whose_only_scan_was_taken_back_waits_for_the_next_wave() -> None:
    brand = make_brand()
    waves.set_rules(brand.ctx, location_id=brand.berlin, rules=PickRules(planned=True))
    [order_id] = place(brand.ctx, draft([("A", 1), ("B", 1)]))
    drain()
    waves.release(brand.ctx, location_id=brand.berlin, method=Method.SINGLE, takes=Takes(), client_id="w1")
    [pick_list] = floor.list_pick_lists(brand.ctx)
    scanning.scan(brand.ctx, pick_list_id=pick_list.id, client_id="s1", code="A", typed=False, at=NOW)
    scanning.undo(brand.ctx, pick_list_id=pick_list.id, client_id="s1")
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    [first, second] = orders.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part.id])
    reject.reject(
        brand.ctx, fulfilment_order_id=part.id, location_id=brand.berlin, reason=Why.TOO_BUSY, units={first.order_line_id: 1}
    )
    drain()
    [waits] = wave_queries.open_parts(brand.ctx, location_id=brand.berlin)
    assert (waits.id, [line.line_id for line in waits.lines]) == (part.id, [second.id])


def test_a_customer_whose_language_is_none_of_ours_hides_no_silent_parcel() -> None:
    brand, parcel_id = labelled(language="de")
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])
    drain()
    stalled.sweep(replace(brand.ctx, now=NOW + timedelta(days=7)))
    assert wrong(brand) == [What.NEVER_SCANNED]
