"""The status of a parcel follows from its events, in whatever order they came."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from doorstep.base.money import Money
from doorstep.shipping.port import Rate
from doorstep.shipping.rules import STAGE, cheapest, search_text, status_after, weight_of, words_for
from doorstep.shipping.values import Said
from doorstep.shipping.values import TrackingStatus as S

START = datetime(2026, 11, 23, tzinfo=UTC)
Told = list[tuple[datetime, str]]


def told(*statuses: str) -> Told:
    return [(START + timedelta(hours=n), s) for n, s in enumerate(statuses)]


def after(*statuses: str) -> str | None:
    found = status_after(told(*statuses))
    return found[1].value if found else None


def test_the_newest_event_tells_where_a_parcel_is() -> None:
    assert after("pre_transit", "in_transit", "out_for_delivery") == "out_for_delivery"
    assert after("out_for_delivery", "attempt_failed", "in_transit") == "in_transit"


def test_events_without_a_status_keep_the_former() -> None:
    assert after("in_transit", "", "") == "in_transit"
    assert after("", "") is None
    assert after() is None


def test_what_was_delivered_does_not_turn_back() -> None:
    assert after("delivered", "in_transit", "exception", "delayed") == "delivered"


def test_what_was_delivered_may_go_back_to_its_sender() -> None:
    assert after("delivered", "return_to_sender") == "return_to_sender"


def test_of_two_events_of_one_moment_the_further_counts() -> None:
    same = [(START, "delivered"), (START, "out_for_delivery")]
    assert status_after(same) == status_after(same[::-1]) == (START, S.DELIVERED)


def test_what_is_dated_later_than_it_was_heard_of_is_not_the_newest_for_long() -> None:
    month, hours = timedelta(days=30), [timedelta(hours=n) for n in range(4)]
    told = [(START, "in_transit"), (START + month, "exception"), (START + hours[2], "out_for_delivery")]
    heard = [START, START + hours[1], START + hours[2]]
    assert status_after(told[:2], heard=heard[:2]) == (START + month, S.EXCEPTION)
    assert status_after(told, heard=heard) == (START + hours[2], S.OUT_FOR_DELIVERY)
    assert status_after(told, heard=[START] * 3) == (START + month, S.EXCEPTION)  # of those that came together the last counts


def test_every_status_has_a_stage() -> None:
    assert set(STAGE) == set(S)


events = st.lists(
    st.tuples(
        st.integers(0, 6).map(lambda h: START + timedelta(hours=h)), st.sampled_from(["", *(s.value for s in S)])
    ),
    max_size=12,
)


@given(events, st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_arrival(came: Told, chance: random.Random) -> None:
    shuffled = list(came)
    chance.shuffle(shuffled)
    assert status_after(shuffled) == status_after(came)


@given(events)
def test_hearing_everything_twice_changes_nothing(came: Told) -> None:
    assert status_after(came + came) == status_after(came)


def test_a_parcel_weighs_what_lies_in_it_and_never_nothing() -> None:
    assert weight_of([(250, 2), (100, 1)]) == 600
    assert weight_of([(0, 3)]) == 100
    assert weight_of([]) == 100


def test_the_cheapest_service_is_bought_and_the_quicker_of_two_equal_ones() -> None:
    slow, quick, dear = (
        Rate("SLOW", Money(3000, "KRW"), 3),
        Rate("QUICK", Money(3000, "KRW"), 1),
        Rate("DEAR", Money(9000, "KRW"), 1),
    )
    assert cheapest([dear, slow, quick]) == quick
    assert cheapest([]) is None


def test_search_words_are_kept_once() -> None:
    assert search_text("#1001", "", "김민서", "#1001") == "#1001 김민서"


def test_a_reader_gets_the_carriers_words_in_their_language_where_it_has_them() -> None:
    words = {"ko": "배송출발", "en": "out for delivery"}
    assert words_for("en", description="배송출발", words=words) == Said("out for delivery", "en")
    assert words_for("ko", description="배송출발 (14시)", words=words) == Said("배송출발 (14시)", "ko")
    assert words_for("en", description="배송출발", words={}) == Said("배송출발", "ko")
    assert words_for("ko", description="Left the hub", words={}) == Said("Left the hub", "")
    assert words_for("en", description="Left the hub", words=words) == Said("Left the hub", "")
    assert words_for("ko", description="Left the hub", words=words) == Said("배송출발", "ko")
    assert words_for("en", description="", words=words) == Said("out for delivery", "en")
    assert words_for("en", description="", words={}) == Said("", "")


def test_the_mistyped_weight_of_a_product_still_fits_its_column() -> None:
    assert weight_of([(999_999_999, 1_000)]) < 2**31
