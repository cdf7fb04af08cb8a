"""Numbers go as a feed, and its report is read SKU by SKU."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doorstep.base.refusals import Refused
from doorstep.channels.port import Declined, Gone, Number, Taken
from doorstep.providers.amazon import feeds


def report(*issues: dict[str, Any]) -> bytes:
    return json.dumps({"header": {"feedId": "1"}, "issues": list(issues), "summary": {"messagesProcessed": 3}}).encode()


def issue(sku: str | None, *, code: str = "90220", severity: str = "ERROR") -> dict[str, Any]:
    found: dict[str, Any] = {"code": code, "severity": severity, "message": "Not so."}
    return found if sku is None else {**found, "messageId": feeds.message_id(sku)}


def test_a_feed_sets_the_number_and_nothing_else() -> None:
    said = json.loads(feeds.build([Number("A/1 ü", 7, None)], seller="S1"))
    assert said["header"] == {"sellerId": "S1", "version": "2.0", "issueLocale": "en_US"}
    (message,) = said["messages"]
    assert message == {
        "messageId": feeds.message_id("A/1 ü"), "sku": "A/1 ü", "operationType": "PATCH", "productType": "PRODUCT",
        "patches": [{"op": "merge", "path": "/attributes/fulfillment_availability",
                     "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 7}]}],
    }  # fmt: skip


def test_each_sku_gets_its_own_answer_in_order() -> None:
    told = report(issue("B"), issue("C", code="13013"), issue("D", severity="WARNING"))
    assert feeds.read_report(told, ids=["D", "C", "B", "A"]) == [
        Taken(), Gone("13013: Not so."), Declined("90220: Not so."), Taken()
    ]  # fmt: skip


def test_an_error_of_the_whole_feed_is_everyones() -> None:
    assert feeds.read_report(report(issue(None)), ids=["A", "B"]) == [Declined("90220: Not so.")] * 2


@pytest.mark.parametrize("cut", [b"", b"{}", b'{"summary"', b"[]"])
def test_a_report_that_is_cut_is_refused(cut: bytes) -> None:
    with pytest.raises(Refused):
        feeds.read_report(cut, ids=["A"])


def test_of_two_skus_with_the_same_message_number_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "message_id", lambda sku: len(sku))
    assert [n.id for n in feeds.sendable([Number("A", 1, None), Number("B", 2, None), Number("CC", 3, None)])] == ["A", "CC"]


def test_message_numbers_are_from_one_and_stay() -> None:
    found = {feeds.message_id(f"SKU-{n}") for n in range(5000)}
    assert len(found) == 5000
    assert min(found) >= 1
    assert max(found) < 2**31
