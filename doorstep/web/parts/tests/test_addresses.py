"""An address on a page reads as it does on its label."""

from __future__ import annotations

import pytest

from doorstep.web.parts.templatetags.addresses import address_lines

CHICAGO = {"lines": ["55 W Monroe St"], "postal_code": "60605", "city": "Chicago", "region": "IL", "country": "US"}
SEOUL = {"lines": ["세종대로 110"], "postal_code": "04524", "city": "중구", "region": "서울특별시", "country": "KR"}
BERLIN = {"lines": ["Torstr. 1"], "postal_code": "10119", "city": "Berlin", "country": "DE"}


@pytest.mark.parametrize(
    ("to", "streets", "written"),
    [
        (CHICAGO, True, ["55 W Monroe St", "CHICAGO, IL 60605"]),
        (CHICAGO, False, ["CHICAGO, IL 60605"]),
        (SEOUL, True, ["[04524] 서울특별시 중구 세종대로 110"]),
        (BERLIN, True, ["Torstr. 1", "10119 BERLIN"]),
        ({"country": "DE"}, True, []),
        ({}, True, []),
    ],
)
def test_an_address_is_written_as_its_country_writes_it(to: dict[str, object], streets: bool, written: list[str]) -> None:
    assert address_lines(to, streets=streets) == written
