"""Texts as columns hold them."""

from __future__ import annotations

import pytest

from doorstep.base.texts import one_line, whole


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Tea\t set\r\n", "Tea set"), ("한글\x00 이름", "한글 이름"), ("a\ud83d b", "a b"), ("x\x85y\u00a0z", "x y z"), ("", ""),
    ],
)  # fmt: skip
def test_a_text_is_kept_on_one_line(written: str, kept: str) -> None:
    assert one_line(written) == kept


def test_a_long_text_is_cut_and_ends_in_no_space() -> None:
    assert one_line("green tea", 6) == "green"


@pytest.mark.parametrize(
    ("written", "number"),
    [(" 120 ", 120), ("0", 0), ("", None), ("-1", None), ("1.5", None), ("\u00b2", None), ("\u0663", None), ("9" * 5000, None)],
)
def test_a_number_of_a_vendors_is_one_or_none(written: str, number: int | None) -> None:
    assert whole(written) == number
