"""Amounts as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.base import money
from doorstep.base.refusals import Refused


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("4.50", "EUR", 450), ("4,50", "EUR", 450), ("4,5", "EUR", 450), (" 1,234 ", "EUR", 123_400), ("-4,50", "EUR", -450),
        ("1,234.50", "EUR", 123_450), ("1.234,50", "EUR", 123_450), ("1 234,50", "EUR", 123_450), ("0.500", "EUR", 50),
        (".5", "EUR", 50), ("1,50,000", "INR", 15_000_000), ("3,500", "KRW", 3500), ("1.234", "KWD", 1234),
        ("1,234.567", "KWD", 1_234_567),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_its_country_writes_it(text: str, currency: str, minor: int) -> None:
    assert money.typed(text, currency).minor == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("4.500", "EUR"), ("3.500", "KRW"), ("3,50", "KRW"), ("4,5,0", "EUR"), ("4,50.1", "EUR"), ("1e3", "EUR"), ("NaN", "EUR"),
        ("", "EUR"), ("--1", "EUR"), ("٤", "EUR"), ("9" * 41, "KRW"), ("1", "EURO"),
    ],
)  # fmt: skip
def test_what_is_none_or_could_be_two_is_refused(text: str, currency: str) -> None:
    with pytest.raises(Refused):
        money.typed(text, currency)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "KRW", "KWD"]))
def test_what_is_shown_plainly_is_read_back(minor: int, currency: str) -> None:
    assert money.typed(str(money.Money(minor, currency).decimal), currency).minor == minor
