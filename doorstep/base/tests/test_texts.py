"""Texts as columns hold them."""

from __future__ import annotations

import pytest

from doorstep.base.texts import one_line


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
