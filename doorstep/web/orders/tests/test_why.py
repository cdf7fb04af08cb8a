"""What is said of a hold."""

from __future__ import annotations

from datetime import UTC, datetime

from doorstep.flows.doubts import Doubt
from doorstep.orders.values import HoldRow
from doorstep.web.orders.why import DOUBTS, Held


def held(**detail: bool) -> Held:
    return Held(HoldRow(1, 2, "other", "", detail, "", datetime(2026, 11, 27, tzinfo=UTC), None), [])


def test_of_whatever_makes_an_order_doubtful_is_said_what_to_do() -> None:
    assert set(DOUBTS) == set(Doubt)
    for doubt in Doubt:
        assert held(**{doubt.value: True}).doubts == [DOUBTS[doubt]]
    assert held(no_location_can_serve=True).doubts == []
