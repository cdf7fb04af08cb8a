"""What the customers' page says of when and where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from doorstep.base import zones
from doorstep.flows import estimate_words, notify, ship
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.web.tracking import sample
from tests.factories import Brand, draft, make_brand, packed, signed_in
from tests.floor import buy_label

pytestmark = pytest.mark.django_db(transaction=True)
LATE = datetime(2026, 11, 24, 22, 8, tzinfo=UTC)


def told(brand: Brand, *, country: str, status: TrackingStatus) -> tuple[str, int]:
    """Where the page of an order is whose carrier told of it once, and its parcel."""
    [parcel] = packed(brand.ctx, draft([("A", 1)], country=country))
    buy_label(brand, parcel)
    scan = Scan("e1", "DS1234567890", status, "11", "Data received", "", LATE)
    shipping.record_scans(brand.ctx, parcel_id=parcel, scans=[scan])
    order_id = queries.get_parcel(brand.ctx, parcel_id=parcel).order_id
    return "/t/" + notify.tracking_link(brand.ctx, order_id=order_id).partition("/t/")[2], parcel


def test_times_are_those_of_the_destination_and_named() -> None:
    brand = make_brand()
    link, _parcel = told(brand, country="DE", status=TrackingStatus.PRE_TRANSIT)
    client = signed_in(brand.ctx)
    page = client.get(f"{link}?language=en").content.decode()
    assert "24 Nov 2026, 23:08" in page
    assert "Times: Central European Time" in page
    assert "시각 기준: 중부유럽 시간" in client.get(f"{link}?language=ko").content.decode()


def test_where_a_country_has_several_zones_the_postal_code_tells_whose_times_they_are() -> None:
    brand = make_brand()
    link, _parcel = told(brand, country="US", status=TrackingStatus.PRE_TRANSIT)  # 10115: Manhattan
    page = signed_in(brand.ctx).get(f"{link}?language=en").content.decode()
    assert "24 Nov 2026, 17:08" in page
    assert "Times: Eastern Time" in page


def test_where_an_address_leaves_its_zone_open_times_are_the_brands_and_named() -> None:
    brand = make_brand()
    link, _parcel = told(brand, country="BR", status=TrackingStatus.PRE_TRANSIT)
    page = signed_in(brand.ctx).get(f"{link}?language=en").content.decode()
    assert "24 Nov 2026, 22:08" in page
    assert "Times: UTC" in page


def test_a_zone_has_the_name_that_people_call_it_by() -> None:
    assert [zones.zone_name("Asia/Seoul", language) for language in ("en", "ko")] == ["Korean Time", "대한민국 시간"]
    assert zones.zone_name("UTC", "ko") == "UTC"


def test_a_parcel_that_was_handed_over_is_not_said_to_have_only_a_label() -> None:
    brand = make_brand()
    link, parcel = told(brand, country="DE", status=TrackingStatus.PRE_TRANSIT)
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    page = signed_in(brand.ctx).get(f"{link}?language=en").content.decode()
    badge = page.split("<h2>Parcel")[1].split("</p>")[0]
    assert "Your order is on its way" in page
    assert "Handed over" in badge
    assert "Label made" not in badge


def test_a_letter_says_the_day_with_how_sure_it_is_and_nothing_once_it_is_late() -> None:
    row = sample.page("on_its_way", language="en", zone="UTC", now=LATE).parcels[0].row
    with translation.override("en"):
        said = [estimate_words.for_letter(row, language="en", today=date(2026, 11, day)) for day in (24, 29)]
        carriers = replace(row, expected_on=None, estimated_on=date(2026, 11, 26))
        by_carrier = estimate_words.for_letter(carriers, language="en", today=date(2026, 11, 24))
    assert said == ["It should arrive: Wednesday, 25 Nov, most likely between Wed 25 Nov and Thu 26 Nov.", ""]
    assert by_carrier == "It should arrive: Thursday, 26 Nov, by what the carrier says."


def test_a_parcel_in_trouble_is_promised_for_no_day_but_is_still_called_late() -> None:
    row = replace(sample.page("on_its_way", language="en", zone="UTC", now=LATE).parcels[0].row, status="exception")
    carriers = replace(row, expected_on=None, estimated_on=date(2026, 11, 26))
    for parcel in (row, carriers):
        assert estimate_words.coming(parcel, today=date(2026, 11, 24)) is None
        late = estimate_words.coming(parcel, today=date(2026, 11, 29))
        assert late is not None
        assert late.is_late


@pytest.mark.parametrize(
    ("country", "zone"),
    [("KR", "Asia/Seoul"), ("DE", "Europe/Berlin"), ("JP", "Asia/Tokyo"), ("US", ""), ("ES", ""), ("CN", ""), ("", "")],
)
def test_a_country_has_a_zone_where_its_clocks_agree_all_year(country: str, zone: str) -> None:
    assert zones.zone_of_country(country, at=LATE) == zone
