"""Addresses: what is wrong with them, how certain that is, and how they may be meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.shipping import addressing
from doorstep.shipping.addressing import Known, Verdict, check

SEOUL = {
    "name": "김민서", "company": "", "lines": ["테헤란로 152", "3층"], "city": "강남구", "region": "서울특별시",
    "postal_code": "06236", "country": "KR", "phone": "",
}  # fmt: skip
BOSTON = {
    "name": "Ann", "company": "", "lines": ["1 Beacon St"], "city": "Boston", "region": "MA", "postal_code": "02108",
    "country": "US", "phone": "",
}  # fmt: skip
NOTHING, IN_SEOUL, IN_BOSTON = Known(), Known("역삼동", "서울특별시", True), Known("Boston", "Massachusetts", True)


def codes(verdict: Verdict) -> list[tuple[str, str]]:
    return [(one.code, one.field) for one in verdict.findings]


@pytest.mark.parametrize(("address", "known"), [(SEOUL, IN_SEOUL), (SEOUL, NOTHING), (BOSTON, IN_BOSTON), (BOSTON, NOTHING)])
def test_good_addresses_are_ok_and_nothing_is_suggested(address: dict[str, Any], known: Known) -> None:
    assert check(address, known) == Verdict(addressing.AddressState.OK, ())


@pytest.mark.parametrize(
    ("change", "state", "found"),
    [
        ({"lines": []}, "undeliverable", ("missing", "lines")),
        ({"postal_code": "062361"}, "undeliverable", ("bad_code", "postal_code")),
        ({"postal_code": "135-080"}, "undeliverable", ("bad_code", "postal_code")),  # six digits, until 2015
        ({"lines": ["테헤란로"]}, "suspicious", ("no_number", "lines")),
        ({"city": ""}, "suspicious", ("missing", "city")),
        ({"region": "강남"}, "suspicious", ("unknown_region", "region")),
        ({"postal_code": ""}, "suspicious", ("missing", "postal_code")),
    ],
)
def test_korean_addresses_are_checked_by_their_own_rules(change: dict[str, Any], state: str, found: tuple[str, str]) -> None:
    verdict = check(SEOUL | change, IN_SEOUL)
    assert (verdict.state, codes(verdict)) == (state, [found])


@pytest.mark.parametrize("short", ["서울", "Seoul", "서울특별시"])
def test_a_region_has_many_names(short: str) -> None:
    assert check(SEOUL | {"region": short}, IN_SEOUL).state == "ok"


def test_a_code_of_another_province_is_said_and_the_right_one_suggested() -> None:
    verdict = check(SEOUL | {"region": "부산"}, IN_SEOUL)
    assert (verdict.state, codes(verdict)) == ("suspicious", [("other_place", "region")])
    assert verdict.suggestion == SEOUL


def test_old_land_lot_addresses_and_post_boxes_have_numbers_of_their_own() -> None:
    for street in ("역삼동 736-1", "세종대로 209", "가로수길 12", "강남우체국 사서함 5호", "봉양리 산 12-3"):
        assert check(SEOUL | {"lines": [street]}, IN_SEOUL).state == "ok", street


def test_an_american_code_tells_the_city_and_the_state() -> None:
    verdict = check(BOSTON | {"region": "NY", "city": "New York"}, IN_BOSTON)
    assert codes(verdict) == [("other_place", "region")]
    assert verdict.suggestion == BOSTON
    assert check(BOSTON | {"city": "Boston "}, IN_BOSTON).state == "ok"
    assert codes(check(BOSTON | {"postal_code": "02999"}, Known(has_country=True))) == [("unknown_code", "postal_code")]


def test_a_code_with_a_letter_for_a_digit_is_mended() -> None:
    verdict = check(SEOUL | {"postal_code": "O6236"}, NOTHING)
    assert verdict.suggestion == SEOUL
    assert check(BOSTON | {"postal_code": "O2108"}, NOTHING).suggestion == BOSTON


@given(st.dictionaries(st.sampled_from(sorted(SEOUL)), st.text(max_size=30)), st.sampled_from(["KR", "US", "DE", "XX", ""]))
def test_whatever_is_written_is_judged(change: dict[str, Any], country: str) -> None:
    verdict = check(SEOUL | change | {"country": country}, IN_SEOUL)
    assert (verdict.state == "ok") is (verdict.findings == ())
    assert verdict.suggestion is None or verdict.findings
