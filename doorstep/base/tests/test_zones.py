"""Whose clocks an address goes by."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from doorstep.base import zones

AT = datetime(2026, 11, 24, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "region", "code", "zone"),
    [
        ("US", "TX", "", "America/Chicago"), ("us", "ca", "", "America/Los_Angeles"), ("US", "US-AZ", "", "America/Phoenix"),
        ("US", "New  Mexico", "", "America/Denver"), ("US", "", "96813", "Pacific/Honolulu"),
        ("US", "AS", "", "Pacific/Pago_Pago"), ("US", "", "96799", "Pacific/Pago_Pago"), ("US", "PR", "", "America/Puerto_Rico"),
        ("US", "", "02139-4307", "America/New_York"), ("US", "?", "98101", "America/Los_Angeles"),
        ("CA", "Quebec", "", "America/Toronto"), ("CA", "", "v5k 0a1", "America/Vancouver"),
        ("AU", "", "6000", "Australia/Perth"), ("KR", "서울특별시", "04524", "Asia/Seoul"), ("DE", "", "10115", "Europe/Berlin"),
    ],
)  # fmt: skip
def test_a_state_its_postal_code_or_a_country_of_one_zone_tells_it(country: str, region: str, code: str, zone: str) -> None:
    assert zones.zone_of_address({"country": country, "region": region, "postal_code": code}, at=AT) == zone


@pytest.mark.parametrize(
    ("country", "region", "code"),
    [("US", "", ""), ("US", "AE", "09012"), ("US", "Bavaria", "nowhere"), ("BR", "SP", "01310-100"), ("", "", "")],
)
def test_where_an_address_leaves_it_open_nobody_guesses(country: str, region: str, code: str) -> None:
    to = {"country": country, "region": region, "postal_code": code}
    assert zones.zone_of_address(to, at=AT) == ""
    assert zones.zone_for(to, otherwise="Asia/Seoul", at=AT) == "Asia/Seoul"


def test_every_state_of_the_table_is_known_by_its_name_too() -> None:
    unknown = {
        (country, state)
        for country, of in zones.ZONES_OF_REGIONS.items() for states in of.values() for state in states.split()
        if state not in zones._states(country).values()
    }  # fmt: skip
    assert unknown == set()
