"""A parcel that stands still is noticed before its customer asks, once, and forgotten when it moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from doorstep.flows import stalled
from doorstep.messaging import queries as messaging
from doorstep.messaging.values import MessageRow
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping import rules
from doorstep.shipping.port import Scan
from doorstep.shipping.values import BackBox, TrackingStatus
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries
from doorstep.worker.dispatch import drain
from tests import returning
from tests.factories import NOW, Brand, make_brand
from tests.floor import at, sent

pytestmark = pytest.mark.django_db(transaction=True)


def scan(brand: Brand, parcel: int, moment: datetime, status: TrackingStatus = TrackingStatus.IN_TRANSIT) -> None:
    told = Scan(f"s{moment:%d%H%M}", "DS1234567890", status, "x", "", "Leipzig", moment)
    shipping.record_scans(at(brand, moment), parcel_id=parcel, scans=[told])
    drain()


def mails(brand: Brand, parcel: int) -> list[MessageRow]:
    order = parcels.get_parcel(brand.ctx, parcel_id=parcel).order_id
    rows = messaging.messages_of(brand.ctx, timelines=[f"order:{order}"])
    return [row for row in rows if row.template == "delay"]


@pytest.mark.usefixtures("those_days")
def test_two_working_days_without_a_scan_make_one_task_and_one_mail() -> None:
    brand, parcel = sent()
    scan(brand, parcel, NOW + timedelta(hours=1))

    stalled.sweep(at(brand, NOW + timedelta(hours=48, minutes=59)))
    assert queries.list_open(brand.ctx) == []

    for minutes in (0, 10, 20):
        stalled.sweep(at(brand, NOW + timedelta(hours=49, minutes=minutes)))
        drain()

    [task] = queries.list_open(brand.ctx)
    assert (task.kind, task.subject, task.facts["number"]) == ("parcel_stalled", f"parcel:{parcel}", "DS1234567890")
    assert stalled.stalled_among(brand.ctx, parcels=[parcels.get_parcel(brand.ctx, parcel_id=parcel)]) == {parcel}
    [mail] = mails(brand, parcel)
    assert (mail.to_address, mail.language) == ("minseo@example.com", "ko")
    assert "2026년 11월 23일 11:00" in mail.text  # by the clocks of Germany


def test_a_weekend_is_no_silence() -> None:
    brand, parcel = sent()
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
    scan(brand, parcel, friday)

    stalled.sweep(at(brand, friday + timedelta(hours=72)))
    assert queries.list_open(brand.ctx) == []

    stalled.sweep(at(brand, friday + timedelta(hours=96)))
    assert len(queries.list_open(brand.ctx)) == 1


@pytest.mark.usefixtures("those_days")
def test_a_route_across_a_border_is_given_four_days() -> None:
    brand, parcel = sent(country="FR")

    stalled.sweep(at(brand, NOW + timedelta(hours=95)))
    assert queries.list_open(brand.ctx) == []

    stalled.sweep(at(brand, NOW + timedelta(hours=96)))
    drain()
    [task] = queries.list_open(brand.ctx)
    assert task.subject == f"parcel:{parcel}"
    assert "스캔" in mails(brand, parcel)[0].text


def test_the_task_ends_by_itself_when_a_scan_comes_though_the_status_stays() -> None:
    brand, parcel = sent()
    scan(brand, parcel, NOW)
    stalled.sweep(at(brand, NOW + timedelta(hours=49)))

    scan(brand, parcel, NOW + timedelta(hours=50))
    stalled.sweep(at(brand, NOW + timedelta(hours=51)))

    assert queries.list_open(brand.ctx) == []
    [task] = queries.tasks_about(brand.ctx, subjects=[f"parcel:{parcel}"])
    assert (task.state, task.outcome) == ("done", stalled.MOVES_AGAIN)


def test_the_task_ends_at_once_when_the_parcel_arrives() -> None:
    brand, parcel = sent()
    stalled.sweep(at(brand, NOW + timedelta(hours=49)))

    scan(brand, parcel, NOW + timedelta(hours=50), TrackingStatus.DELIVERED)

    [task] = queries.tasks_about(brand.ctx, subjects=[f"parcel:{parcel}"])
    assert (task.state, task.outcome) == ("done", stalled.NO_LONGER)


@pytest.mark.usefixtures("those_days")
def test_a_second_silence_is_a_second_task_but_no_second_mail() -> None:
    brand, parcel = sent()
    stalled.sweep(at(brand, NOW + timedelta(hours=49)))
    scan(brand, parcel, NOW + timedelta(hours=50))
    stalled.sweep(at(brand, NOW + timedelta(hours=100)))
    drain()

    assert [task.state for task in queries.tasks_about(brand.ctx, subjects=[f"parcel:{parcel}"])] == ["open", "done"]
    assert len(mails(brand, parcel)) == 1


def test_a_task_that_a_person_ended_does_not_come_back_for_the_same_silence() -> None:
    brand, _ = sent()
    stalled.sweep(at(brand, NOW + timedelta(hours=49)))
    [task] = queries.list_open(brand.ctx)
    tasks.end(brand.ctx, task_id=task.id, outcome="The carrier looks for it.")

    stalled.sweep(at(brand, NOW + timedelta(hours=60)))

    assert queries.list_open(brand.ctx) == []


@pytest.mark.parametrize("status", [TrackingStatus.AVAILABLE_FOR_PICKUP, TrackingStatus.RETURN_TO_SENDER])
def test_who_waits_for_the_customer_or_goes_back_does_not_stand_still(status: TrackingStatus) -> None:
    brand, parcel = sent()
    scan(brand, parcel, NOW + timedelta(hours=1), status)

    stalled.sweep(at(brand, NOW + timedelta(days=10)))

    assert queries.list_open(brand.ctx, kind=stalled.KIND) == []


def test_what_was_lost_before_anybody_looked_surprises_nobody_with_a_mail() -> None:
    brand, parcel = sent()

    stalled.sweep(at(brand, NOW + timedelta(days=31)))

    assert (queries.list_open(brand.ctx), mails(brand, parcel)) == ([], [])


def test_a_parcel_that_comes_back_is_nobodys_silence_and_no_shipment() -> None:
    brand, parcel = sent()
    scan(brand, parcel, NOW, TrackingStatus.DELIVERED)
    there = parcels.get_parcel(brand.ctx, parcel_id=parcel)
    box = BackBox(
        order_id=there.order_id, order_name="1001", sender=there.ship_to, location_id=there.location_id,
        ship_to=there.sender, weight_g=100, contents=(),
    )  # fmt: skip
    back = shipping.await_back(brand.ctx, box=box)
    returning.label(brand.ctx, back)
    scan(brand, back, NOW + timedelta(hours=1))
    assert parcels.get_parcel(brand.ctx, parcel_id=back).state == "handed_over"

    stalled.sweep(at(brand, NOW + timedelta(days=5)))

    assert (queries.list_open(brand.ctx), mails(brand, back)) == ([], [])
    assert parcels.count_handed_over(brand.ctx, since=NOW, until=NOW + timedelta(days=1)) == 1


def test_another_brand_hears_nothing() -> None:
    brand, _ = sent()
    other = make_brand()

    stalled.sweep(at(other, NOW + timedelta(hours=49)))

    assert (queries.list_open(other.ctx), queries.list_open(brand.ctx)) == ([], [])


def test_silence_leaves_out_saturday_and_sunday_by_the_clocks_of_the_place() -> None:
    friday_evening_in_seoul = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)  # 23:00
    monday_morning_in_seoul = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)  # 9:00

    silent = rules.silence(friday_evening_in_seoul, monday_morning_in_seoul, zone="Asia/Seoul")

    assert silent == timedelta(hours=10)
    assert rules.silence(NOW, NOW, zone="UTC") == timedelta(0)
