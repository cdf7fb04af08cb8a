"""Who waits for something late hears of it before they ask: of each matter once, and of what they are owed in any case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from doorstep.base import db
from doorstep.flows import exceptions, park, ship, stalled
from doorstep.messaging import queries as messaging
from doorstep.messaging.notices import book, opt_outs
from doorstep.messaging.notices.values import Way
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus, Trouble
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, packed, place
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


def sent(*, country: str = "DE", language: str = "en") -> tuple[Brand, int, int]:
    brand = make_brand()
    wish = draft(country=country)
    [parcel] = packed(brand.ctx, replace(wish, buyer=replace(wish.buyer, language=language)))
    buy_label(brand, parcel)
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    drain()
    return brand, parcel, parcels.get_parcel(brand.ctx, parcel_id=parcel).order_id


def scan(
    brand: Brand, parcel: int, hours: float, status: TrackingStatus, due: date | None = None, trouble: Trouble | None = None
) -> None:
    at = NOW + timedelta(hours=hours)
    told = Scan(f"s{hours}", "DS1234567890", status, "x", "", "Leipzig", at, estimated_on=due, trouble=trouble)
    shipping.record_scans(replace(brand.ctx, now=at), parcel_id=parcel, scans=[told])
    drain()


def sweep(brand: Brand, **after: float) -> None:
    ctx = replace(brand.ctx, now=NOW + timedelta(**after))
    stalled.sweep(ctx)
    exceptions.sweep(ctx)
    drain()


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """The days in which all of this is news."""
    with time_machine.travel(NOW + timedelta(days=3)):
        yield


def delays(brand: Brand, order_id: int) -> list[tuple[str, str]]:
    rows = book.list_notices(brand.ctx, order_id=order_id, kind="delay")
    return [(row.state, row.why) for row in reversed(rows)]


def test_a_silent_parcel_is_told_of_once_whatever_else_is_found_in_the_days_after() -> None:
    brand, parcel, order_id = sent()
    sweep(brand, hours=49)
    sweep(brand, hours=50)
    assert delays(brand, order_id) == [("queued", "")]
    mail = messaging.messages_of(brand.ctx, timelines=[f"order:{order_id}"])[0]
    assert "We handed it over to Sandbox on 23 Nov 2026, 10:00 (Central European Time)" in mail.text
    assert "A colleague asks the carrier about it." in mail.text

    db.execute("UPDATE messaging_notice SET wanted_at = wanted_at - interval '1 day'")
    scan(brand, parcel, 52, TrackingStatus.IN_TRANSIT, due=date(2026, 11, 25))
    sweep(brand, days=3)  # its carrier missed its own day
    assert delays(brand, order_id) == [("queued", ""), ("dropped", "said_before")]


def test_the_letter_says_which_day_was_missed_and_why_it_waits_at_customs() -> None:
    brand, parcel, order_id = sent()
    scan(brand, parcel, 1, TrackingStatus.IN_TRANSIT, due=date(2026, 11, 25))
    scan(brand, parcel, 60, TrackingStatus.IN_TRANSIT, due=date(2026, 11, 25))
    sweep(brand, days=3)
    mail = messaging.messages_of(brand.ctx, timelines=[f"order:{order_id}"])[0]
    assert "Sandbox expected to bring it on 25 Nov 2026, and it is not there yet." in mail.text

    abroad, other, order_id = sent(country="FR")
    scan(abroad, other, 1, TrackingStatus.DELAYED, trouble=Trouble.CUSTOMS)
    db.execute("UPDATE messaging_notice SET wanted_at = wanted_at - interval '9 days' WHERE kind = 'delay'")
    exceptions.sweep(replace(abroad.ctx, now=NOW + timedelta(days=6.2)))
    drain()
    mail = messaging.messages_of(abroad.ctx, timelines=[f"order:{order_id}"])[0]
    assert "It has been waiting at customs since 23 Nov 2026, 11:00" in mail.text


def test_who_ended_notices_hears_no_delay_of_a_carrier_but_that_their_order_leaves_later() -> None:
    brand, _parcel, order_id = sent()
    opt_outs.opt_out(brand.ctx, way=Way.MAIL, address="minseo@example.com", source="link", timeline=f"order:{order_id}")
    sweep(brand, hours=49)
    assert delays(brand, order_id) == [("dropped", "opted_out")]

    [waiting] = place(brand.ctx, replace(draft([("A", 500)]), external_id="B9"))
    drain()
    park.sweep(replace(brand.ctx, now=datetime.now(UTC) + timedelta(minutes=11)))
    [row] = book.list_notices(brand.ctx, order_id=waiting, kind="delayed_before_shipping")
    assert (row.state, row.why) == ("queued", "")
    mail = messaging.messages_of(brand.ctx, timelines=[f"order:{waiting}"])[0]
    assert (mail.opt_out_url, "/t/choices/" in mail.text) == ("", False)
