"""What every warehouse adapter must keep, proved on the sandbox warehouse as a process of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from doorstep.base.refusals import Refused
from doorstep.fulfilment.port import (
    Adjusted,
    Confirmed,
    FoundShort,
    GivenBack,
    NotTakenOn,
    Report,
    Sent,
    Taken,
    WantedLine,
    WarehousePort,
    WarehouseWish,
    warehouses,
)
from tests.contracts.test_carrier import BUSAN
from tests.sandbox.conftest import SECRET, Listener
from tests.sandbox.conftest import listener as listener
from tests.sandboxes import Server, borrowed
from tests.signing import signed


@dataclass
class Vendor:
    """A warehouse under test: our adapter, and what the test may do on the warehouse's own side."""

    port: WarehousePort
    held: Callable[[str], int]  # how many orders its books have under a key
    fall_silent: Callable[[bool], None]  # takes on, then cuts the connection
    refuse_all: Callable[[bool], None]  # answers that it is not available
    act: Callable[[str, dict[str, Any]], None]  # its people do something
    wrong_token: WarehousePort
    away: WarehousePort


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    with borrowed("warehouse", "--retry-s", "0.05") as server:
        yield server


def sandbox_vendor(sandbox: Server) -> Vendor:
    url = str(sandbox.http.base_url)
    good = {"url": url, "token": "sandbox", "webhook_secret": SECRET}

    def faults(**share: float) -> None:
        sandbox.post("/admin/faults", share)

    faults()
    return Vendor(
        port=warehouses.get("sandbox_warehouse", good),
        held=lambda key: sum(one["key"] == key for one in sandbox.get("/admin/books")["orders"]),
        fall_silent=lambda on: faults(**({"timeout_after_success": 1, "hold_s": 0.1} if on else {})),
        refuse_all=lambda on: faults(**({"error_5xx": 1} if on else {})),
        act=lambda what, body: sandbox.post(f"/admin/act/{what}", body),
        wrong_token=warehouses.get("sandbox_warehouse", good | {"token": "stolen"}),
        away=warehouses.get("sandbox_warehouse", good | {"url": "http://127.0.0.1:9"}),
    )


@pytest.fixture(params=["sandbox_warehouse"])
def vendor(request: pytest.FixtureRequest, sandbox: Server) -> Vendor:
    """Every vendor's adapter; one that joins adds its name and its maker."""
    return {"sandbox_warehouse": sandbox_vendor}[request.param](sandbox)


_keys = iter(range(1, 10_000))


def wish(**more: Any) -> WarehouseWish:
    lines = (WantedLine("line-1", "TEE-M", "8801234567890", "티셔츠 M", 2), WantedLine("line-2", "MUG", "", "Mug", 1))
    return replace(WarehouseWish(f"wh/{next(_keys)}?", "#1001", BUSAN, lines), **more)


def taken(port: WarehousePort, asked: WarehouseWish) -> str:
    answer = port.send(asked)
    assert isinstance(answer, Taken), answer
    return answer.vendor_id


def reports(vendor: Vendor, key: str) -> list[Report]:
    """What its news tell of an order, page by page."""
    found, cursor, more = [], "", True
    while more:
        news = vendor.port.news(cursor)
        found += [report for _, body in news.items for report in vendor.port.read(body)]
        cursor, more = news.cursor, news.more
    return [report for report in found if getattr(report, "key", "") == key]


def test_the_same_wish_twice_is_one_order(vendor: Vendor) -> None:
    asked = wish()
    assert taken(vendor.port, asked) == taken(vendor.port, asked)
    assert vendor.held(asked.key) == 1


def test_ten_at_once_with_one_key_are_one_order(vendor: Vendor) -> None:
    asked = wish()
    answers: list[Taken | NotTakenOn] = []
    threads = [threading.Thread(target=lambda: answers.append(vendor.port.send(asked))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers)), vendor.held(asked.key)) == (10, 1, 1)


def test_the_same_key_with_other_lines_is_not_taken_on(vendor: Vendor) -> None:
    asked = wish()
    first = taken(vendor.port, asked)
    assert isinstance(vendor.port.send(replace(asked, lines=asked.lines[:1])), NotTakenOn)
    assert vendor.port.find(asked.key) == Taken(first)


def test_after_silence_the_look_up_tells_what_was_taken_on(vendor: Vendor) -> None:
    asked = wish()
    vendor.fall_silent(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.send(asked)
    vendor.fall_silent(False)
    assert vendor.port.find(asked.key) == Taken(taken(vendor.port, asked))
    assert vendor.held(asked.key) == 1


def test_one_that_is_not_available_raises_and_took_nothing(vendor: Vendor) -> None:
    asked = wish()
    vendor.refuse_all(True)
    for call in (lambda: vendor.port.send(asked), lambda: vendor.port.find(asked.key), lambda: vendor.port.news("")):
        with pytest.raises(httpx.HTTPError):
            call()
    vendor.refuse_all(False)
    assert vendor.port.find(asked.key) is None


def test_a_wrong_token_and_a_dead_address_raise_and_are_no_refusals(vendor: Vendor) -> None:
    for port in (vendor.wrong_token, vendor.away):
        with pytest.raises(httpx.HTTPError):
            port.send(wish())
        with pytest.raises(httpx.HTTPError):
            port.call_back("wh/1?")


@pytest.mark.parametrize("more", [{"lines": ()}, {"recipient": BUSAN | {"country": ""}}], ids=["no lines", "no country"])
def test_what_it_cannot_do_is_declined_with_a_reason(vendor: Vendor, more: dict[str, Any]) -> None:
    asked = wish(**more)
    answer = vendor.port.send(asked)
    assert isinstance(answer, NotTakenOn)
    assert answer.reason
    assert vendor.held(asked.key) == 0


def test_an_order_is_called_back_until_it_is_packed(vendor: Vendor) -> None:
    early, late, never = wish(), wish(), wish()
    taken(vendor.port, early)
    taken(vendor.port, late)
    vendor.act("confirm", {"key": early.key})
    vendor.act("confirm", {"key": late.key, "packing": True})
    assert [vendor.port.call_back(one.key) for one in (early, early, late, never)] == [True, True, False, True]


def test_news_tell_everything_in_order_and_once(vendor: Vendor) -> None:
    asked = wish()
    taken(vendor.port, asked)
    vendor.act("confirm", {"key": asked.key})
    vendor.act("short", {"key": asked.key, "line": "line-1", "missing": 1})
    parcel = {"carrier": "CJ", "service": "STANDARD", "tracking_number": "6010", "weight_g": 700}
    vendor.act("ship", {"key": asked.key, "lines": [{"line": "line-1", "quantity": 1}], **parcel})
    vendor.act("give-back", {"key": asked.key, "reason": "broken"})
    told = reports(vendor, asked.key)
    assert [type(report) for report in told] == [Confirmed, FoundShort, Sent, GivenBack]
    short, sent, back = told[1:]
    assert isinstance(short, FoundShort)
    assert isinstance(sent, Sent)
    assert isinstance(back, GivenBack)
    assert (short.line, short.missing, back.reason) == ("line-1", 1, "broken")
    assert sent == Sent(asked.key, "CJ", "STANDARD", "6010", 700, (("line-1", 1),), sent.at)
    assert sent.at.tzinfo is not None
    assert reports(vendor, asked.key) == told


def test_what_the_shelf_has_is_told_by_sku(vendor: Vendor) -> None:
    cursor = ""
    while (news := vendor.port.news(cursor)).items:
        cursor = news.cursor
    vendor.act("adjust", {"sku": "TEE-M", "change": -3, "reason": "damaged"})
    [(_, body)] = vendor.port.news(cursor).items
    [report] = vendor.port.read(body)
    assert isinstance(report, Adjusted)
    assert (report.sku, report.change, report.reason) == ("TEE-M", -3, "damaged")


def test_pushes_open_with_our_secret_under_the_names_that_news_have(vendor: Vendor, listener: Listener) -> None:
    vendor.port.subscribe(listener.url, SECRET)
    asked = wish()
    taken(vendor.port, asked)
    vendor.act("confirm", {"key": asked.key})
    end, mine = time.monotonic() + 60, list[bytes]()
    while not mine:
        assert time.monotonic() < end, "waited a minute for the push"
        time.sleep(0.02)
        mine = [json.dumps(event).encode() for event in listener.events() if event["data"].get("key") == asked.key]
    [body] = mine
    told = {name.title(): value for name, value in signed(body, secret=SECRET).items()}  # as some write them
    id = vendor.port.open_webhook(told, body)
    news, cursor = dict[str, bytes](), ""
    while (page := vendor.port.news(cursor)).items:
        news |= dict(page.items)
        cursor = page.cursor
    assert vendor.port.read(news[id]) == vendor.port.read(body) != []


@pytest.mark.parametrize("spoil", ["body", "secret", "missing"])
def test_a_bad_signature_is_refused_as_one(vendor: Vendor, spoil: str) -> None:
    body = b'{"type": "order.confirmed", "data": {"event_id": "whe_1", "key": "k", "occurred_at": "2026-11-27T09:00:00Z"}}'
    headers = {} if spoil == "missing" else signed(body, secret=SECRET)
    if spoil == "secret":
        headers = signed(body, secret="whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=")
    with pytest.raises(Refused) as refused:
        vendor.port.open_webhook(headers, body.replace(b"whe_1", b"whe_2") if spoil == "body" else body)
    assert (refused.value.code, refused.value.refusal.status) == ("bad_signature", 401)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"\xff", b'{"type": "order.shipped", "data": {"occurred_at": "2026-11-27T09:00:00Z"}}',
        b'{"type": "order.short", "data": {"occurred_at": "2026-11-27T09:00:00Z", "key": "k", "line": "l", "missing": -1}}',
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused_in_words(vendor: Vendor, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        vendor.port.read(body)
    assert refused.value.code == "unreadable"


def test_topics_that_nobody_knows_say_nothing(vendor: Vendor) -> None:
    assert vendor.port.read(b'{"type": "invoice.made", "data": {"occurred_at": "2026-11-27T09:00:00Z"}}') == []


def test_reports_bear_the_moment_of_the_fact(vendor: Vendor) -> None:
    body = b'{"type": "order.confirmed", "data": {"event_id": "whe_1", "key": "k", "occurred_at": "2026-11-27T09:00:00.120Z"}}'
    assert vendor.port.read(body) == [Confirmed("k", datetime(2026, 11, 27, 9, 0, 0, 120_000, tzinfo=UTC))]
