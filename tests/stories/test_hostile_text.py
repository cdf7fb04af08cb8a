"""Text of one customer that is made to keep everybody waiting."""

from __future__ import annotations

import time

import pytest

from doorstep.flows import relays, wismo


@pytest.mark.parametrize("unit", ["order", "order ", "order number is ", "#a", "a", "-", ".", "가", "…", "주문 번호"])
def test_half_a_megabyte_without_an_order_number_froze_the_worker(unit: str) -> None:
    text = (unit * 500_000)[:500_000] + "x1"
    began = time.process_time()
    wismo._NUMBER.findall(text)
    relays._WORD.findall(text)
    assert time.process_time() - began < 1


def test_an_order_number_stands_after_its_words() -> None:
    assert wismo._NUMBER.findall("Order number: #MORU-1001, 주문번호는 1002, # 7") == [
        ("MORU-1001", ""),
        ("1002", ""),
        ("", "7"),
    ]
