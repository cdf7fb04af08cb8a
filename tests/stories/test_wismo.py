"""Whoever asks where an order is gets what the carrier told, no more and no less."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from doorstep.flows import cancel, ship, stalled, wismo
from doorstep.flows.notify import tracking_link
from doorstep.flows.wismo import Answer
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_rows
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, packed, place
from tests.floor import buy_label

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=6)


def ask(brand: Brand, *, now: datetime = LATER, language: str = "en", **more: Any) -> Answer:
    said = wismo.answer(replace(brand.ctx, now=now), address="Minseo@example.com", language=language, **more)
    assert said is not None
    return said


def sent(*drafts: Any) -> tuple[Brand, list[int]]:
    brand = make_brand()
    made = packed(brand.ctx, *(drafts or (draft(),)))
    for n, parcel in enumerate(made):
        buy_label(brand, parcel, number=f"DS123456789{n}")
    ship.hand_over(brand.ctx, parcel_ids=made)
    drain()
    return brand, made


def scan(brand: Brand, parcel: int, status: TrackingStatus, *, at: datetime = LATER, **more: Any) -> None:
    told = Scan(f"s{at:%d%H%M}{status}", "DS1234567890", status, "x", "", "Leipzig", at, **more)
    shipping.record_scans(replace(brand.ctx, now=at), parcel_id=parcel, scans=[told])
    drain()


def test_on_its_way_is_told_with_the_last_scan_the_day_and_the_link() -> None:
    brand, [parcel] = sent()
    scan(brand, parcel, TrackingStatus.IN_TRANSIT, estimated_on=date(2026, 11, 25))
    order = parcels.get_parcel(brand.ctx, parcel_id=parcel).order_id

    said = ask(brand)

    assert (said.to_address, said.doubt, said.needs_person, said.order_ids) == (
        "minseo@example.com",
        "",
        False,
        (order,),
    )
    assert "Sandbox, tracking number DS1234567890" in said.text
    assert "It is on its way to you." in said.text
    assert "Last scan: 23 Nov 2026, 16:00, Leipzig." in said.text
    assert "It is expected on 25 Nov 2026." in said.text
    assert tracking_link(brand.ctx, order_id=order).split("/t/")[0] in said.text


def test_the_answer_speaks_the_language_of_the_question_else_of_the_order() -> None:
    brand, [parcel] = sent()
    scan(brand, parcel, TrackingStatus.OUT_FOR_DELIVERY)

    assert "It is out for delivery." in ask(brand, language="en").text
    assert "배송" in ask(brand, language="ko").text
    assert ask(brand, language="").language == "ko"


def test_a_day_that_is_over_is_not_promised_again() -> None:
    brand, [parcel] = sent()
    scan(brand, parcel, TrackingStatus.IN_TRANSIT, estimated_on=date(2026, 11, 24))

    said = ask(brand, now=NOW + timedelta(days=2))

    assert "It was expected on 24 Nov 2026 and is late." in said.text
    assert "It is expected" not in said.text


def test_what_has_not_left_is_not_said_to_be_on_its_way() -> None:
    brand = make_brand()
    place(brand.ctx, draft())

    said = ask(brand)

    assert "It has not left our warehouse yet." in said.text
    assert not said.needs_person
    assert ask(brand, now=NOW + timedelta(days=4)).needs_person


def test_a_hold_is_told_without_its_reason() -> None:
    brand = make_brand()
    [order] = place(brand.ctx, draft())
    [part] = order_rows.fulfilment_orders_of(brand.ctx, order_ids=[order])
    wish = HoldWish(part.id, HoldReason.HIGH_RISK_OF_FRAUD, note="looks stolen")
    orders.hold(brand.ctx, wishes=[wish])

    said = ask(brand)

    assert "It is waiting with us, and a colleague looks after it." in said.text
    assert "fraud" not in said.text.lower()
    assert "stolen" not in said.text
    assert said.needs_person


def test_delivered_says_where_and_when_and_what_to_do_if_it_is_not_there() -> None:
    brand, [parcel] = sent()
    scan(brand, parcel, TrackingStatus.DELIVERED)

    said = ask(brand, rule="not_found")

    assert "The carrier says that it was delivered on 23 Nov 2026, 16:00: Leipzig." in said.text
    assert "look at the door, with neighbours and with the caretaker" in said.text
    assert said.needs_person
    assert not ask(brand).needs_person


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (TrackingStatus.EXCEPTION, "The carrier tells of a problem with it."),
        (TrackingStatus.RETURN_TO_SENDER, "The carrier is bringing it back to us."),
    ],
)
def test_trouble_is_said_and_left_to_a_person(status: TrackingStatus, words: str) -> None:
    brand, [parcel] = sent()
    scan(brand, parcel, status, estimated_on=date(2026, 11, 25))

    said = ask(brand)

    assert words in said.text
    assert "expected" not in said.text
    assert said.needs_person


def test_a_parcel_that_stands_still_is_said_to() -> None:
    brand, [parcel] = sent()
    scan(brand, parcel, TrackingStatus.IN_TRANSIT)
    stalled.sweep(replace(brand.ctx, now=NOW + timedelta(hours=80)))

    said = ask(brand, now=NOW + timedelta(hours=81))

    assert "That is longer without a scan than usual." in said.text
    assert said.needs_person


def test_several_open_orders_are_all_told_and_those_over_are_not() -> None:
    first, second, third = draft(external_id="A1001"), draft(external_id="A1002"), draft(external_id="A1003")
    brand, [one, two, _three] = sent(first, second, third)
    scan(brand, one, TrackingStatus.DELIVERED)
    scan(brand, two, TrackingStatus.IN_TRANSIT)

    said = ask(brand)

    assert ("#A1001" in said.text, "#A1002" in said.text, "#A1003" in said.text) == (False, True, True)
    assert said.doubt == ""


def test_a_number_in_the_question_chooses_the_order() -> None:
    brand, _ = sent(draft(external_id="A1001"), draft(external_id="A1002"))

    assert "#A1001" not in ask(brand, text="Where is order A1002?").text
    assert "#A1002" not in ask(brand, text="주문번호 a1001 어디쯤 왔나요").text
    assert "#A1001" not in ask(brand, text="where is DS1234567891").text


def test_a_number_that_is_not_theirs_is_left_to_a_person() -> None:
    brand, _ = sent()
    other = make_brand()
    place(other.ctx, draft(external_id="B2002"))

    said = ask(brand, text="Where is order B2002?")

    assert said.doubt == "unknown_number"
    assert "B2002" not in said.text


def test_a_stranger_and_another_customer_get_nothing() -> None:
    brand, [parcel] = sent()
    order = parcels.get_parcel(brand.ctx, parcel_id=parcel).order_id
    place(brand.ctx, draft(email="yuna@example.com"))

    assert wismo.answer(brand.ctx, address="nobody@example.com", order_id=order) is None
    theirs = wismo.answer(brand.ctx, address="yuna@example.com", order_id=order, language="en")
    assert theirs is not None
    assert order not in theirs.order_ids


def test_only_a_cancelled_order_is_told_when_it_is_named() -> None:
    brand = make_brand()
    [order] = place(brand.ctx, draft(external_id="A1001"))
    cancel.cancel(brand.ctx, order_id=order, reason="customer")

    assert wismo.answer(brand.ctx, address="minseo@example.com") is None
    assert "This order was cancelled." in ask(brand, text="Where is order A1001?").text
