"""A number that a carrier uses again changes no old parcel and delivers no new one early."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.shipping import numbers, pace
from doorstep.shipping.numbers import Bearer
from doorstep.shipping.port import GoesTo, Scan
from doorstep.shipping.values import Aside
from doorstep.shipping.values import TrackingStatus as S

LABEL = datetime(2026, 11, 23, 9, tzinfo=UTC)
OURS = Bearer(1, LABEL, country="KR", postal_code="48094")


def scan(days: float, status: S = S.IN_TRANSIT, to: GoesTo | None = None) -> Scan:
    return Scan(f"e{days}{status}", "DS1", status, "x", "", "", LABEL + timedelta(days=days), goes_to=to)


def test_what_is_older_than_the_label_is_of_the_parcel_before() -> None:
    old = [scan(-120), scan(-118, S.DELIVERED)]

    assert numbers.asides(OURS, [*old, scan(0.5)]) == [Aside.EARLIER, Aside.EARLIER, None]


def test_clocks_may_differ_by_a_day() -> None:
    assert numbers.asides(OURS, [scan(-0.9)]) == [None]


def test_what_goes_to_another_place_is_of_another_parcel() -> None:
    ours = [GoesTo("KR", "48094"), GoesTo("KR", "480 01"), GoesTo("KR", ""), GoesTo()]
    places = [*ours, GoesTo("US", "48094"), GoesTo("KR", "04524")]

    found = numbers.asides(OURS, [scan(1, S.DELIVERED, to) for to in places])

    assert found == [None, None, None, None, Aside.ELSEWHERE, Aside.ELSEWHERE]


def test_what_comes_long_after_a_delivery_is_of_the_parcel_after() -> None:
    back = [scan(days, S.RETURN_TO_SENDER) for days in (40, 90)]
    told = [scan(3, S.DELIVERED), scan(10), scan(40), scan(43, S.DELIVERED), *back]

    assert numbers.asides(OURS, told) == [None, None, Aside.LATER, Aside.LATER, None, Aside.LATER]
    known = Bearer(1, LABEL, delivered_at=LABEL + timedelta(days=3))
    assert numbers.asides(known, [scan(40)]) == [Aside.LATER]


def test_in_whatever_order_they_come_together_the_answer_is_the_same() -> None:
    told = [scan(-90, S.DELIVERED), scan(1), scan(3, S.DELIVERED), scan(80), scan(83, S.DELIVERED)]
    expected = dict(zip([s.external_id for s in told], numbers.asides(OURS, told), strict=True))

    for order in itertools.permutations(told):
        assert dict(zip([s.external_id for s in order], numbers.asides(OURS, order), strict=True)) == expected


def test_of_two_parcels_with_one_number_each_gets_its_own_scans() -> None:
    old, new = OURS, Bearer(2, LABEL + timedelta(days=200))

    assert [numbers.owner_of(scan(days), [new, old]) for days in (-5, 2, 150, 199.5, 200, 230)] == [1, 1, 1, 2, 2, 2]
    assert numbers.owner_of(scan(1), []) is None


def test_a_person_may_say_that_all_of_it_is_ours() -> None:
    vouched = Bearer(1, LABEL, country="KR", postal_code="48094", vouched=True)

    assert numbers.asides(vouched, [scan(-90), scan(1, to=GoesTo("US"))]) == [None, None]


def test_a_parcel_of_which_nothing_was_heard_for_months_has_lost_its_number() -> None:
    assert numbers.asides(OURS, [scan(2), scan(60), scan(150)]) == [None, None, Aside.LATER]


@pytest.mark.parametrize(
    ("status", "quiet_h", "wait_h"),
    [(S.OUT_FOR_DELIVERY, 1, 0.5), (S.IN_TRANSIT, 1, 1.5), (S.IN_TRANSIT, 48, 6), (S.IN_TRANSIT, 400, 12), (S.PRE_TRANSIT, 0, 2)],
)
def test_a_carrier_is_asked_often_where_something_happens_and_ever_less_where_nothing_does(
    status: S, quiet_h: float, wait_h: float
) -> None:
    at = pace.ask_at(now=LABEL, status=status, news_at=LABEL - timedelta(hours=quiet_h), pace_s=1800)

    assert at == LABEL + timedelta(hours=wait_h)
    assert pace.ask_at(now=LABEL, status=status, news_at=None, pace_s=0) is None
