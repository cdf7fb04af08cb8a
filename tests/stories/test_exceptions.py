"""Parcels that need a person stand in one list, each with what is wrong, and leave it when it is right again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from doorstep.base import db, outbox
from doorstep.base.refusals import Refused
from doorstep.flows import exceptions, stalled
from doorstep.flows.exceptions import What
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import GoesTo, Scan
from doorstep.shipping.values import TrackingStatus, Trouble
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries
from doorstep.tasks.queries import OfKinds
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand
from tests.floor import at, sent

pytestmark = pytest.mark.django_db(transaction=True)


def scan(
    brand: Brand, parcel: int, days: float, status: TrackingStatus = TrackingStatus.IN_TRANSIT, *, trouble: Trouble | None = None,
    to: GoesTo | None = None, due: date | None = None,
) -> None:  # fmt: skip
    moment = NOW + timedelta(days=days)
    told = Scan(f"s{days}", "DS1234567890", status, "x", "Said so", "Leipzig", moment, due, trouble, to)
    shipping.record_scans(at(brand, moment), parcel_id=parcel, scans=[told])
    drain()


def wrong(brand: Brand, days: float = 0) -> list[What]:
    rows = queries.list_of_kinds(at(brand, NOW + timedelta(days=days)), where=OfKinds(exceptions.KINDS, waits=False))
    return [exceptions.what_of(row) for row in rows]


def delays(brand: Brand, parcel: int) -> list[str]:
    order = parcels.get_parcel(brand.ctx, parcel_id=parcel).order_id
    return [e.data["kind"] for e in outbox.timeline(brand.ctx, of=[f"order:{order}"]) if e.type == "parcel.delayed"]


def test_a_scan_of_next_month_is_overtaken_by_the_next_real_one_and_has_its_carrier_asked() -> None:
    brand, parcel = sent()
    ahead = Scan("f", "DS1234567890", TrackingStatus.EXCEPTION, "x", "Said so", "Leipzig", NOW + timedelta(days=30))
    shipping.record_scans(at(brand, NOW + timedelta(hours=1)), parcel_id=parcel, scans=[ahead])
    db.execute("UPDATE shipping_parcel SET told_at = handed_over_at WHERE id = %s", [parcel])
    later = NOW + timedelta(days=2)
    assert [id for _, id in parcels.find_quiet(
        quiet_since=later, talking_since=later, quiet_although_talking_since=later, now=later
    )] == [parcel]  # fmt: skip
    scan(brand, parcel, 3, TrackingStatus.OUT_FOR_DELIVERY)
    row = parcels.get_parcel(brand.ctx, parcel_id=parcel)
    assert (row.status, row.status_at) == ("out_for_delivery", NOW + timedelta(days=3))
    assert parcels.tracking_of(brand.ctx, parcel_ids=[parcel])[0].status == "out_for_delivery"


def test_a_parcel_beyond_the_days_of_its_lane_is_late_once_and_no_more_when_it_is_here() -> None:
    brand, parcel = sent()
    scan(brand, parcel, 1)
    db.execute(
        "UPDATE shipping_parcel SET expected_from = %s, expected_on = %s, expected_to = %s, late_after = %s WHERE id = %s",
        ["2026-11-24", "2026-11-24", "2026-11-25", "2026-11-26", parcel],
    )

    exceptions.sweep(at(brand, datetime.fromisoformat("2026-11-26T22:59:00+00:00")))  # still Thursday in Berlin
    assert wrong(brand) == []
    for hours in (0, 1, 2):
        exceptions.sweep(at(brand, datetime.fromisoformat(f"2026-11-26T23:{hours:02}:00+00:00")))
    assert (wrong(brand), delays(brand, parcel)) == ([What.LATE], ["late"])

    scan(brand, parcel, 4.5, TrackingStatus.DELIVERED)
    assert wrong(brand) == []


def test_a_day_that_the_carrier_said_and_missed_is_told_as_that() -> None:
    brand, parcel = sent()
    scan(brand, parcel, 1, due=date(2026, 11, 25))

    exceptions.sweep(at(brand, NOW + timedelta(days=3)))

    assert (wrong(brand), delays(brand, parcel)) == ([What.MISSED_ESTIMATE], ["missed_estimate"])


def test_three_working_days_at_customs_are_too_long() -> None:
    brand, parcel = sent(country="FR")
    scan(brand, parcel, 1, TrackingStatus.DELAYED, trouble=Trouble.CUSTOMS)

    exceptions.sweep(at(brand, NOW + timedelta(days=3.9)))
    assert wrong(brand) == []
    exceptions.sweep(at(brand, NOW + timedelta(days=6.2)))
    assert (wrong(brand), delays(brand, parcel)) == ([What.CUSTOMS], ["customs"])

    scan(brand, parcel, 6.5)
    exceptions.sweep(at(brand, NOW + timedelta(days=6.6)))
    assert wrong(brand) == []


def test_never_scanned_is_not_the_same_as_silent() -> None:
    brand, parcel = sent()
    stalled.sweep(at(brand, NOW + timedelta(hours=49)))
    assert (wrong(brand), delays(brand, parcel)) == ([What.NEVER_SCANNED], ["never_scanned"])

    scan(brand, parcel, 2.1)
    stalled.sweep(at(brand, NOW + timedelta(days=2.2)))
    assert wrong(brand) == []
    stalled.sweep(at(brand, NOW + timedelta(days=7)))
    assert (wrong(brand), delays(brand, parcel)) == ([What.STALLED], ["stalled", "never_scanned"])


@pytest.mark.parametrize("status", [TrackingStatus.ATTEMPT_FAILED, TrackingStatus.EXCEPTION])
def test_what_a_carrier_tells_against_a_parcel_waits_for_a_person_until_it_goes_on(status: TrackingStatus) -> None:
    brand, parcel = sent()
    scan(brand, parcel, 1, status, trouble=Trouble.ADDRESS)

    [row] = queries.list_of_kinds(brand.ctx, where=OfKinds(exceptions.KINDS))
    assert (row.facts["what"], row.facts["trouble"], row.facts["said"]) == (status.value, "address", "Said so")
    assert (row.subject, delays(brand, parcel)) == (f"parcel:{parcel}", [])

    scan(brand, parcel, 2, TrackingStatus.OUT_FOR_DELIVERY)
    assert wrong(brand) == []
    scan(brand, parcel, 2.2, status)
    assert wrong(brand) == [What(status.value)]


def test_one_parcel_stands_there_once_however_much_is_wrong() -> None:
    brand, parcel = sent()
    scan(brand, parcel, 1, TrackingStatus.EXCEPTION, due=date(2026, 11, 24))

    exceptions.sweep(at(brand, NOW + timedelta(days=9)))

    assert wrong(brand) == [What.EXCEPTION]


def test_scans_of_another_place_ask_a_person_whose_they_are() -> None:
    brand, parcel = sent()
    scan(brand, parcel, 1, TrackingStatus.OUT_FOR_DELIVERY, to=GoesTo("US", "10001"))
    assert wrong(brand) == [What.OTHERS_SCANS]

    exceptions.take_back(brand.ctx, parcel_id=parcel)

    assert wrong(brand) == []
    assert parcels.get_parcel(brand.ctx, parcel_id=parcel).status == "out_for_delivery"


def test_who_waits_with_one_sees_it_again_on_that_day() -> None:
    brand, parcel = sent()
    scan(brand, parcel, 1, TrackingStatus.EXCEPTION)
    [row] = queries.list_of_kinds(brand.ctx, where=OfKinds(exceptions.KINDS))

    with pytest.raises(Refused):
        tasks.put_off(brand.ctx, task_id=row.id, until=NOW)
    tasks.put_off(brand.ctx, task_id=row.id, until=NOW + timedelta(days=4))

    assert (wrong(brand, 2), wrong(brand, 4.1)) == ([], [What.EXCEPTION])
    assert exceptions.count(at(brand, NOW + timedelta(days=2))) == 0
    assert len(queries.list_of_kinds(brand.ctx, where=OfKinds(exceptions.KINDS, waits=True))) == 1


def test_the_list_is_filtered_by_what_is_wrong_by_carrier_and_by_words() -> None:
    brand, parcel = sent()
    scan(brand, parcel, 1, TrackingStatus.EXCEPTION)

    def found(**more: str | int) -> int:
        return len(queries.list_of_kinds(brand.ctx, where=OfKinds(exceptions.KINDS, **more)))  # type: ignore[arg-type]

    carrier_id = parcels.get_parcel(brand.ctx, parcel_id=parcel).carrier_id or 0
    assert (found(what="exception"), found(what="late")) == (1, 0)
    assert (found(carrier_id=carrier_id), found(carrier_id=carrier_id + 1)) == (1, 0)
    assert (found(text="ds12345"), found(text="nothing")) == (1, 0)


def test_silence_is_judged_by_its_own_lane() -> None:
    brand, parcel = sent()
    from doorstep.flows import estimates
    from doorstep.shipping import estimates as rules
    from doorstep.shipping import lanes

    [way] = estimates.ways_of(brand.ctx, parcels=[parcels.get_parcel(brand.ctx, parcel_id=parcel)]).values()
    found = rules.levels(list(lanes.lock(brand.ctx, keys=way.keys).values()), way.keys)
    for _ in range(40):
        day = date(2026, 11, 9)
        found = rules.learn(found, start=day, came_on=day, country="DE", within=None, silence=timedelta(hours=80))
    lanes.keep(brand.ctx, lanes=found)

    stalled.sweep(at(brand, NOW + timedelta(hours=60)))
    assert wrong(brand) == []  # others were silent for longer on this way, and came
    stalled.sweep(at(brand, NOW + timedelta(days=6)))
    assert wrong(brand) == [What.NEVER_SCANNED]
