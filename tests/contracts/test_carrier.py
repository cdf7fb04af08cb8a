"""What every carrier adapter must keep, proved on the sandbox carrier as a process of its own."""

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
from standardwebhooks import Webhook

from doorstep.base.refusals import Refused
from doorstep.providers.sandbox_carrier.translate import STATUS_OF_CODE
from doorstep.shipping.port import Bought, CarrierPort, Declined, LabelWish, carriers
from doorstep.shipping.values import TrackingStatus
from sandbox.carrier.codes import CODES
from tests.sandbox.conftest import SECRET, Listener
from tests.sandboxes import Server, borrowed

SEOUL = {
    "name": "도어스텝 물류센터", "company": "도어스텝", "lines": ["물류단지로 55"], "city": "이천시", "region": "경기도",
    "postal_code": "17372", "country": "KR", "phone": "",
}  # fmt: skip
BUSAN = {
    "name": "김민서", "company": "", "lines": ["해운대로 1", "101동 202호"], "city": "해운대구", "region": "부산광역시",
    "postal_code": "48094", "country": "KR", "phone": "010-1234-5678",
}  # fmt: skip
BERLIN = {
    "name": "Jörg Müller", "company": "", "lines": ["Torstr. 1"], "city": "Berlin", "region": "", "postal_code": "10119",
    "country": "DE", "phone": "",
}  # fmt: skip


@dataclass
class Vendor:
    """A carrier under test: our adapter, and what the test may do on the carrier's own side."""

    port: CarrierPort
    sold: Callable[[str], int]  # how many labels its books have under a key
    fall_silent: Callable[[bool], None]  # sells, then cuts the connection
    refuse_all: Callable[[bool], None]  # answers that it is not available
    tell: Callable[[str, str], None]  # makes a parcel go on: tracking number, raw code
    wrong_token: CarrierPort
    away: CarrierPort


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    with borrowed("carrier", "--retry-s", "0.05", "--scale", "1") as server:
        yield server


def sandbox_vendor(sandbox: Server) -> Vendor:
    url = str(sandbox.http.base_url)
    good = {"url": url, "token": "sandbox", "webhook_secret": SECRET}

    def faults(**share: float) -> None:
        sandbox.post("/admin/faults", {"trouble": 0, **share})

    faults()
    return Vendor(
        port=carriers.get("sandbox_carrier", good),
        sold=lambda key: sum(s["key"] == key for s in sandbox.get("/admin/books")["shipments"]),
        fall_silent=lambda on: faults(**({"timeout_after_success": 1, "hold_s": 0.1} if on else {})),
        refuse_all=lambda on: faults(**({"error_5xx": 1} if on else {})),
        tell=lambda number, code: sandbox.post("/admin/advance", {"tracking_number": number, "to": code}),
        wrong_token=carriers.get("sandbox_carrier", good | {"token": "stolen"}),
        away=carriers.get("sandbox_carrier", good | {"url": "http://127.0.0.1:9"}),
    )


@pytest.fixture(params=["sandbox_carrier"])
def vendor(request: pytest.FixtureRequest, sandbox: Server) -> Vendor:
    """Every vendor's adapter; one that joins adds its name and its maker."""
    return {"sandbox_carrier": sandbox_vendor}[request.param](sandbox)


_keys = iter(range(1, 10_000))


def wish(**more: Any) -> LabelWish:
    number = next(_keys)
    asked = LabelWish(f"key-{number}", f"parcel-{number}", "STANDARD", SEOUL, BUSAN, 1200)
    return replace(asked, **more)


def bought(port: CarrierPort, asked: LabelWish) -> Bought:
    answer = port.buy_label(asked)
    assert isinstance(answer, Bought), answer
    return answer


def test_rates_come_cheapest_first_in_the_senders_money(vendor: Vendor) -> None:
    rates = vendor.port.rates(wish(service=""))
    assert [r.price.minor for r in rates] == sorted(r.price.minor for r in rates)
    assert len(rates) >= 2
    assert {r.price.currency for r in rates} == {"KRW"}
    assert {r.price.currency for r in vendor.port.rates(wish(sender=BERLIN, recipient=BERLIN))} == {"EUR"}


def test_a_parcel_that_no_service_takes_has_no_rates(vendor: Vendor) -> None:
    assert vendor.port.rates(wish(weight_g=31_000)) == []


def test_a_label_costs_what_its_rate_said(vendor: Vendor) -> None:
    asked = wish(recipient=BERLIN)
    price = next(r.price for r in vendor.port.rates(asked) if r.service == "STANDARD")
    assert bought(vendor.port, asked).cost == price


def test_a_bought_label_has_all_that_is_printed_on_it(vendor: Vendor) -> None:
    answer = bought(vendor.port, wish())
    assert answer.vendor_id
    assert answer.tracking_number.isdigit()
    assert answer.sort_code
    assert answer.service == "STANDARD"


def test_the_same_wish_twice_is_one_label(vendor: Vendor) -> None:
    asked = wish()
    assert bought(vendor.port, asked) == bought(vendor.port, asked)
    assert vendor.sold(asked.key) == 1


def test_twenty_at_once_with_one_key_buy_one_label(vendor: Vendor) -> None:
    """Label bought twice on retry."""
    asked = wish()
    answers: list[Bought | Declined] = []
    threads = [threading.Thread(target=lambda: answers.append(vendor.port.buy_label(asked))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert vendor.sold(asked.key) == 1


def test_the_same_key_with_another_wish_is_declined_and_buys_nothing(vendor: Vendor) -> None:
    asked = wish()
    first = bought(vendor.port, asked)
    assert isinstance(vendor.port.buy_label(replace(asked, recipient=BERLIN)), Declined)
    assert vendor.sold(asked.key) == 1
    assert vendor.port.find_label(asked.key) == first


def test_what_was_never_bought_is_not_found(vendor: Vendor) -> None:
    assert vendor.port.find_label("never/asked for?") is None


def test_after_silence_the_look_up_tells_what_was_bought(vendor: Vendor) -> None:
    asked = wish()
    vendor.fall_silent(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.buy_label(asked)
    vendor.fall_silent(False)
    found = vendor.port.find_label(asked.key)
    assert found is not None
    assert found == bought(vendor.port, asked)
    assert vendor.sold(asked.key) == 1


def test_a_carrier_that_is_not_available_raises_and_sold_nothing(vendor: Vendor) -> None:
    asked = wish()
    vendor.refuse_all(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.buy_label(asked)
    with pytest.raises(httpx.HTTPError):
        vendor.port.find_label(asked.key)
    vendor.refuse_all(False)
    assert vendor.port.find_label(asked.key) is None


def test_a_wrong_token_raises_and_is_never_a_declined_label(vendor: Vendor) -> None:
    asked = wish()
    with pytest.raises(httpx.HTTPError):
        vendor.wrong_token.buy_label(asked)
    with pytest.raises(httpx.HTTPError):
        vendor.wrong_token.find_label(asked.key)
    assert vendor.sold(asked.key) == 0


def test_a_carrier_that_is_away_raises(vendor: Vendor) -> None:
    with pytest.raises(httpx.ConnectError):
        vendor.away.buy_label(wish())


@pytest.mark.parametrize(
    "more",
    [{"service": "TELEPORT"}, {"weight_g": 40_000}, {"recipient": BUSAN | {"country": ""}}],
    ids=["no such service", "too heavy", "no country"],
)
def test_what_the_carrier_cannot_do_is_declined_with_a_reason(vendor: Vendor, more: dict[str, Any]) -> None:
    asked = wish(**more)
    answer = vendor.port.buy_label(asked)
    assert isinstance(answer, Declined)
    assert answer.reason
    assert vendor.sold(asked.key) == 0


def test_a_poor_address_is_still_an_address(vendor: Vendor) -> None:
    bare = {
        "name": "",
        "company": "",
        "lines": [],
        "city": "",
        "region": "",
        "postal_code": "",
        "country": "KR",
        "phone": "",
    }
    assert bought(vendor.port, wish(recipient=bare)).tracking_number


def test_a_label_given_back_twice_is_given_back_and_no_longer_found(vendor: Vendor) -> None:
    asked = wish()
    answer = bought(vendor.port, asked)
    assert vendor.port.void_label(answer.vendor_id)
    assert vendor.port.void_label(answer.vendor_id)
    assert vendor.port.find_label(asked.key) is None
    assert isinstance(vendor.port.buy_label(asked), Declined)


def test_a_label_is_not_taken_back_once_the_driver_has_the_parcel(vendor: Vendor) -> None:
    answer = bought(vendor.port, wish())
    assert vendor.port.hand_over([answer.tracking_number]) == []
    assert not vendor.port.void_label(answer.vendor_id)


def test_a_hand_over_told_twice_is_one_and_says_what_will_not_be_collected(vendor: Vendor) -> None:
    good, gone = bought(vendor.port, wish()), bought(vendor.port, wish())
    vendor.port.void_label(gone.vendor_id)
    for _ in range(2):
        [refused] = vendor.port.hand_over([good.tracking_number, gone.tracking_number])
        assert (refused.tracking_number, bool(refused.reason)) == (gone.tracking_number, True)
    assert vendor.port.hand_over([]) == []


def test_tracking_is_told_oldest_first_with_aware_times(vendor: Vendor) -> None:
    number = bought(vendor.port, wish()).tracking_number
    vendor.port.hand_over([number])
    for code in ("11", "82", "91"):
        vendor.tell(number, code)
    scans = vendor.port.track(number)
    assert [s.raw_code for s in scans if s.raw_code in ("11", "82", "91")] == ["11", "82", "91"]
    assert [s.at for s in scans] == sorted(s.at for s in scans)
    assert all(s.at.tzinfo is not None and s.tracking_number == number for s in scans)
    assert len({s.external_id for s in scans}) == len(scans)
    assert scans[-1].status is TrackingStatus.DELIVERED
    assert vendor.port.track(number) == scans


def test_numbers_that_the_carrier_does_not_know_have_no_events(vendor: Vendor) -> None:
    assert vendor.port.track("601999999990") == []
    assert vendor.port.track("no/number") == []


def test_every_code_of_the_carrier_has_a_word_of_ours() -> None:
    assert set(STATUS_OF_CODE) == set(CODES)
    assert len(STATUS_OF_CODE) == 18


@pytest.mark.parametrize("code", sorted(set(CODES) - {"10"}))
def test_each_code_is_read_in_our_words(vendor: Vendor, code: str) -> None:
    number = bought(vendor.port, wish()).tracking_number
    vendor.tell(number, code)
    [scan] = [s for s in vendor.port.track(number) if s.raw_code == code][-1:]
    assert scan.status is STATUS_OF_CODE[code]
    assert scan.description == CODES[code].text_ko
    assert vendor.port.words(code) == {"ko": CODES[code].text_ko, "en": CODES[code].text_en}


def push_of(vendor: Vendor) -> tuple[dict[str, str], bytes]:
    """A webhook as the carrier sends it, just now."""
    body = json.dumps(
        {
            "type": "tracking.updated",
            "timestamp": "2026-11-23T09:00:00.000Z",
            "data": {
                "tracking_number": "601000000135", "shipment_id": "shp_1", "reference": "parcel-1", "service": "STANDARD",
                "estimated_delivery_at": "2026-11-24T09:00:00.000Z",
                "event": {
                    "event_id": "evt_9", "code": "82", "text_ko": "배송출발", "text_en": "out for delivery",
                    "occurred_at": "2026-11-23T08:59:00.000Z", "location": {"name": "해운대", "country_code": "KR"},
                },
            },
        },
        ensure_ascii=False,
    ).encode()  # fmt: skip
    return signed(body), body


def signed(body: bytes, *, at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    at = at or datetime.now(UTC)
    signature = Webhook(secret).sign("msg_1", at, body.decode())
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(at.timestamp())), "Webhook-Signature": signature}


def test_a_signed_webhook_opens_and_says_one_event(vendor: Vendor) -> None:
    headers, body = push_of(vendor)
    assert vendor.port.open_webhook(headers, body) == "msg_1"
    [scan] = vendor.port.read_webhook(body)
    assert (scan.external_id, scan.tracking_number, scan.status) == (
        "evt_9",
        "601000000135",
        TrackingStatus.OUT_FOR_DELIVERY,
    )
    assert scan.at == datetime(2026, 11, 23, 8, 59, tzinfo=UTC)
    assert str(scan.estimated_on) == "2026-11-24"
    assert scan.place == "해운대, KR"


@pytest.mark.parametrize("spoil", ["body", "secret", "old", "missing", "nonsense"])
def test_a_bad_signature_is_refused_as_one(vendor: Vendor, spoil: str) -> None:
    headers, body = push_of(vendor)
    if spoil == "body":
        body = body.replace(b"evt_9", b"evt_8")
    elif spoil == "secret":
        headers = signed(body, secret="whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=")
    elif spoil == "old":
        headers = signed(body, at=datetime.fromtimestamp(time.time() - 3600, UTC))
    elif spoil == "missing":
        headers = {}
    else:
        headers = {"webhook-id": "msg_1", "webhook-timestamp": "soon", "webhook-signature": "v1,%%%"}
    with pytest.raises(Refused) as refused:
        vendor.port.open_webhook(headers, body)
    assert (refused.value.code, refused.value.refusal.status) == ("bad_signature", 401)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"type":"tracking.updated"}', b"\xff\xfe"])
def test_a_body_of_another_shape_is_refused_in_words(vendor: Vendor, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        vendor.port.read_webhook(body)
    assert refused.value.code == "unreadable"


def test_webhooks_on_other_topics_say_nothing(vendor: Vendor) -> None:
    assert vendor.port.read_webhook(b'{"type": "invoice.made", "data": {}}') == []


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def test_real_pushes_open_with_our_secret_and_agree_with_tracking(vendor: Vendor, listener: Listener) -> None:
    vendor.port.subscribe(listener.url, SECRET)
    number = bought(vendor.port, wish()).tracking_number
    vendor.tell(number, "11")
    vendor.tell(number, "91")
    pushed: dict[str, TrackingStatus | None] = {}
    end = time.monotonic() + 10
    while TrackingStatus.DELIVERED not in pushed.values():
        assert time.monotonic() < end, "waited ten seconds for the pushes"
        time.sleep(0.05)
        told = [s for event in listener.events() for s in vendor.port.read_webhook(json.dumps(event).encode())]
        pushed = {s.external_id: s.status for s in told if s.tracking_number == number}
    tracked = {s.external_id: s.status for s in vendor.port.track(number)}
    assert {id: tracked[id] for id in pushed} == pushed
