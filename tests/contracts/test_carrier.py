"""What every carrier adapter must keep, proved on the sandbox carrier as a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from doorstep.base.refusals import Refused
from doorstep.providers.easypost.translate import STATUS_OF
from doorstep.providers.sandbox_carrier.translate import STATUS_OF_CODE
from doorstep.shipping.port import Bought, CarrierPort, Credit, Declined, LabelFile, LabelWish, Manifested, ManifestWish
from doorstep.shipping.values import TrackingStatus
from sandbox.carrier.codes import CODES
from tests.contracts.carriers import Vendor, easypost_vendor, own_vendor, sandbox_vendor
from tests.ear import Ear, listening
from tests.sandbox.conftest import SECRET
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


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        yield {
            "sandbox_carrier": stack.enter_context(borrowed("carrier", "--retry-s", "0.05", "--scale", "1")),
            "easypost": stack.enter_context(borrowed("easypost", "--retry-s", "0.05")),
        }


MAKERS = {"sandbox_carrier": sandbox_vendor, "easypost": easypost_vendor}


@pytest.fixture(params=[*MAKERS, pytest.param("own_rates", marks=pytest.mark.django_db)])
def vendor(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Vendor:
    """Every vendor's adapter; one that joins adds its name and its maker.  What it cannot do, its abilities say."""
    if request.param == "own_rates":
        return own_vendor()
    return MAKERS[request.param](servers[request.param])


def needs(ability: bool) -> None:
    """Ends a test about what a vendor says that it cannot do."""
    if not ability:
        pytest.skip("declared as something that this carrier cannot do")


_keys = iter(range(1, 10_000))


def wish(vendor: Vendor, **more: Any) -> LabelWish:
    number = next(_keys)
    asked = LabelWish(f"key-{number}", f"parcel-{number}", vendor.service, SEOUL, BUSAN, 1200)
    return replace(asked, **more)


def bought(port: CarrierPort, asked: LabelWish) -> Bought:
    answer = port.buy_label(asked)
    assert isinstance(answer, Bought), answer
    return answer


def test_rates_come_cheapest_first_in_the_senders_money(vendor: Vendor) -> None:
    rates = vendor.port.rates(wish(vendor, service=""))
    assert [r.price.minor for r in rates] == sorted(r.price.minor for r in rates)
    assert len(rates) >= 2
    assert {r.price.currency for r in rates} == {"KRW"}
    abroad = set() if vendor.abilities.sells_by_sheet else {"EUR"}  # a sheet is for one country of departure
    assert {r.price.currency for r in vendor.port.rates(wish(vendor, sender=BERLIN, recipient=BERLIN))} == abroad


def test_a_parcel_that_no_service_takes_has_no_rates(vendor: Vendor) -> None:
    assert vendor.port.rates(wish(vendor, weight_g=31_000)) == []


def test_a_label_costs_what_its_rate_said(vendor: Vendor) -> None:
    asked = wish(vendor, recipient=BERLIN)
    price = next(r.price for r in vendor.port.rates(asked) if r.service == vendor.service)
    assert bought(vendor.port, asked).cost == price


def test_a_bought_label_has_all_that_is_printed_on_it(vendor: Vendor) -> None:
    answer = bought(vendor.port, wish(vendor))
    assert answer.vendor_id
    assert answer.tracking_number.isalnum()
    assert answer.sort_code or vendor.abilities.sells_by_sheet
    assert answer.service == vendor.service


def test_the_same_wish_twice_is_one_label(vendor: Vendor) -> None:
    asked = wish(vendor)
    assert bought(vendor.port, asked) == bought(vendor.port, asked)
    assert vendor.sold(asked.key) == 1


def test_twenty_at_once_with_one_key_buy_one_label(vendor: Vendor) -> None:
    """Label bought twice on retry."""
    needs(vendor.abilities.atomic_keys and vendor.away is not None)
    asked = wish(vendor)
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
    asked = wish(vendor)
    first = bought(vendor.port, asked)
    assert isinstance(vendor.port.buy_label(replace(asked, recipient=BERLIN)), Declined)
    assert vendor.sold(asked.key) == 1
    assert vendor.port.find_label(asked.key) == first


def test_what_was_never_bought_is_not_found(vendor: Vendor) -> None:
    assert vendor.port.find_label("never/asked for?") is None


def test_after_silence_the_look_up_tells_what_was_bought(vendor: Vendor) -> None:
    needs(vendor.away is not None)
    asked = wish(vendor)
    vendor.fall_silent(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.buy_label(asked)
    vendor.fall_silent(False)
    found = vendor.port.find_label(asked.key)
    assert found is not None
    assert found == bought(vendor.port, asked)
    assert vendor.sold(asked.key) == 1


def test_after_half_an_answer_the_look_up_tells_what_was_bought(vendor: Vendor) -> None:
    needs(vendor.garble is not None)
    assert vendor.garble is not None
    asked = wish(vendor)
    vendor.garble(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.buy_label(asked)
    vendor.garble(False)
    assert vendor.port.find_label(asked.key) == bought(vendor.port, asked)
    assert vendor.sold(asked.key) == 1


def test_a_carrier_that_is_not_available_raises_and_sold_nothing(vendor: Vendor) -> None:
    needs(vendor.away is not None)
    asked = wish(vendor)
    vendor.refuse_all(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.buy_label(asked)
    with pytest.raises(httpx.HTTPError):
        vendor.port.find_label(asked.key)
    vendor.refuse_all(False)
    assert vendor.port.find_label(asked.key) is None


def test_a_wrong_token_raises_and_is_never_a_declined_label(vendor: Vendor) -> None:
    needs(vendor.wrong_token is not None)
    assert vendor.wrong_token is not None
    asked = wish(vendor)
    with pytest.raises(httpx.HTTPError):
        vendor.wrong_token.buy_label(asked)
    with pytest.raises(httpx.HTTPError):
        vendor.wrong_token.find_label(asked.key)
    assert vendor.sold(asked.key) == 0


def test_a_carrier_that_is_away_raises(vendor: Vendor) -> None:
    needs(vendor.away is not None)
    assert vendor.away is not None
    with pytest.raises(httpx.ConnectError):
        vendor.away.buy_label(wish(vendor))


@pytest.mark.parametrize(
    "more",
    [{"service": "TELEPORT"}, {"weight_g": 40_000}, {"recipient": BUSAN | {"country": ""}}],
    ids=["no such service", "too heavy", "no country"],
)
def test_what_the_carrier_cannot_do_is_declined_with_a_reason(vendor: Vendor, more: dict[str, Any]) -> None:
    asked = wish(vendor, **more)
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
    assert bought(vendor.port, wish(vendor, recipient=bare)).tracking_number


@pytest.mark.parametrize("language", ["pdf", "zpl"])
def test_the_label_that_prints_is_the_vendors_own_byte_for_byte(vendor: Vendor, language: str) -> None:
    answer = bought(vendor.port, asked := wish(vendor, paper=language))
    if not vendor.abilities.draws_labels:  # then it is ours to draw
        assert isinstance(vendor.port.fetch_label(answer.vendor_id, language), Declined)
        return
    assert vendor.file is not None
    theirs = LabelFile(language, vendor.file(answer.vendor_id, language))
    assert [vendor.port.fetch_label(answer.vendor_id, language) for _ in range(2)] == [theirs, theirs]
    assert answer.tracking_number.encode() in theirs.data
    assert vendor.sold(asked.key) == 1


def test_a_file_that_is_not_there_yet_comes_later_and_nothing_is_bought_for_it(vendor: Vendor) -> None:
    needs(vendor.abilities.draws_labels)
    answer = bought(vendor.port, asked := wish(vendor))
    for spoil in (vendor.lose_file, vendor.mistake_file):
        assert spoil is not None
        spoil(True)
        with pytest.raises(httpx.HTTPError):
            vendor.port.fetch_label(answer.vendor_id, "pdf")
        spoil(False)
    assert isinstance(vendor.port.fetch_label(answer.vendor_id, "pdf"), LabelFile)
    assert vendor.sold(asked.key) == 1


def test_a_file_that_will_never_come_is_declined_with_a_reason(vendor: Vendor) -> None:
    needs(vendor.abilities.draws_labels)
    as_zpl = bought(vendor.port, wish(vendor, paper="zpl"))  # which is not converted
    for vendor_id in (as_zpl.vendor_id, "shp_nobody"):
        answer = vendor.port.fetch_label(vendor_id, "pdf")
        assert isinstance(answer, Declined)
        assert answer.reason


def test_a_label_given_back_twice_is_given_back_and_no_longer_found(vendor: Vendor) -> None:
    asked = wish(vendor)
    answer = bought(vendor.port, asked)
    assert vendor.port.void_label(answer.vendor_id)
    assert vendor.port.void_label(answer.vendor_id)
    assert vendor.port.find_label(asked.key) is None
    assert isinstance(vendor.port.buy_label(asked), Declined)


def test_a_label_is_not_taken_back_once_the_driver_has_the_parcel(vendor: Vendor) -> None:
    needs(vendor.abilities.tracks or vendor.abilities.is_told)
    answer = bought(vendor.port, wish(vendor))
    assert vendor.port.hand_over([answer.tracking_number]) == []
    if not vendor.abilities.is_told:
        vendor.tell(answer.tracking_number, vendor.codes["picked_up"])
    assert not vendor.port.void_label(answer.vendor_id)


def test_what_is_given_back_is_paid_back_or_will_be(vendor: Vendor) -> None:
    answer = bought(vendor.port, wish(vendor))
    vendor.port.void_label(answer.vendor_id)
    assert vendor.port.credit_of(answer.vendor_id) is (Credit.PENDING if vendor.abilities.credits_later else Credit.GIVEN)


def test_a_hand_over_told_twice_is_one_and_says_what_will_not_be_collected(vendor: Vendor) -> None:
    good, gone = bought(vendor.port, wish(vendor)), bought(vendor.port, wish(vendor))
    vendor.port.void_label(gone.vendor_id)
    for _ in range(2):
        refused = vendor.port.hand_over([good.tracking_number, gone.tracking_number])
        assert [r.tracking_number for r in refused] == ([gone.tracking_number] if vendor.abilities.is_told else [])
        assert all(r.reason for r in refused)
    assert vendor.port.hand_over([]) == []


def closing(vendor: Vendor, *bought: Bought) -> ManifestWish:
    return ManifestWish(f"closing-{next(_keys)}", SEOUL, tuple((one.vendor_id, one.tracking_number) for one in bought))


def test_a_day_closed_twice_has_one_manifest_that_is_found_again(vendor: Vendor) -> None:
    needs(vendor.abilities.manifests and not vendor.abilities.sells_by_sheet)  # whose manifest is our own paper
    asked = closing(vendor, bought(vendor.port, wish(vendor)), bought(vendor.port, wish(vendor)))
    assert vendor.port.find_manifest(asked) is None
    made = vendor.port.close_day(asked)
    assert isinstance(made, Manifested)
    assert made.vendor_id
    assert made.not_taken == ()
    assert vendor.port.close_day(asked) == made
    assert vendor.port.find_manifest(asked) == made


def test_a_manifest_whose_answer_was_lost_is_found(vendor: Vendor) -> None:
    needs(vendor.abilities.manifests and vendor.away is not None)
    asked = closing(vendor, bought(vendor.port, wish(vendor)))
    vendor.fall_silent(True)
    with pytest.raises(httpx.HTTPError):
        vendor.port.close_day(asked)
    vendor.fall_silent(False)
    found = vendor.port.find_manifest(asked)
    assert found is not None
    assert vendor.port.close_day(asked) == found


def test_addresses_are_checked_where_the_carrier_says_so(vendor: Vendor) -> None:
    answer = vendor.port.check_address(BUSAN)
    assert (answer is not None) is vendor.abilities.checks_addresses
    if answer is not None:
        assert answer.is_deliverable
        assert answer.address is not None
        bad = vendor.port.check_address(BUSAN | {"lines": ["000 unknown street"]})
        assert bad is not None
        assert not bad.is_deliverable
        assert bad.problems


def test_tracking_is_told_oldest_first_with_aware_times(vendor: Vendor) -> None:
    needs(vendor.abilities.tracks)
    number = bought(vendor.port, wish(vendor)).tracking_number
    vendor.port.hand_over([number])
    codes = list(vendor.codes.values())
    for code in codes:
        vendor.tell(number, code)
    scans = vendor.port.track(number)
    assert [s.raw_code.partition("/")[0] for s in scans if s.raw_code.partition("/")[0] in codes] == codes
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
def test_each_code_is_read_in_our_words(servers: dict[str, Server], code: str) -> None:
    vendor = sandbox_vendor(servers["sandbox_carrier"])
    number = bought(vendor.port, wish(vendor)).tracking_number
    vendor.tell(number, code)
    [scan] = [s for s in vendor.port.track(number) if s.raw_code == code][-1:]
    assert scan.status is STATUS_OF_CODE[code]
    assert scan.description == CODES[code].text_ko
    assert vendor.port.words(code) == {"ko": CODES[code].text_ko, "en": CODES[code].text_en}


def test_each_status_of_easypost_is_read_in_our_words(servers: dict[str, Server]) -> None:
    vendor = easypost_vendor(servers["easypost"])
    number = bought(vendor.port, wish(vendor)).tracking_number
    for status in STATUS_OF:
        vendor.tell(number, status)
    told = {s.raw_code.partition("/")[0]: s.status for s in vendor.port.track(number)}
    assert told == STATUS_OF


def test_a_signed_webhook_opens_and_says_one_event(vendor: Vendor) -> None:
    needs(vendor.push is not None)
    assert vendor.push is not None
    headers, body = vendor.push()
    assert vendor.port.open_webhook(headers, body) in ("msg_1", "evt_9")
    [scan] = vendor.port.read_webhook(body)
    assert (scan.tracking_number, scan.status) == ("601000000135", TrackingStatus.OUT_FOR_DELIVERY)
    assert scan.external_id
    assert scan.at == datetime(2026, 11, 23, 8, 59, tzinfo=UTC)
    assert str(scan.estimated_on) == "2026-11-24"
    assert scan.place in ("해운대, KR", "HAEUNDAE, KR")


@pytest.mark.parametrize("spoil", ["body", "secret", "old", "missing", "nonsense"])
def test_a_bad_signature_is_refused_as_one(vendor: Vendor, spoil: str) -> None:
    needs(vendor.push is not None and (spoil != "old" or vendor.abilities.is_told))  # EasyPost signs no moment
    assert vendor.push is not None
    headers, body = vendor.push(spoil)
    with pytest.raises(Refused) as refused:
        vendor.port.open_webhook(headers, body)
    assert (refused.value.code, refused.value.refusal.status) == ("bad_signature", 401)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"type":"tracking.updated"}', b"\xff\xfe"])
def test_a_body_of_another_shape_is_refused_in_words(vendor: Vendor, body: bytes) -> None:
    needs(vendor.abilities.pushes)
    with pytest.raises(Refused) as refused:
        vendor.port.read_webhook(body)
    assert refused.value.code == "unreadable"


def test_webhooks_on_other_topics_say_nothing(vendor: Vendor) -> None:
    needs(vendor.abilities.pushes)
    assert vendor.port.read_webhook(vendor.other_topic) == []


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening("/hooks") as ear:
        yield ear


def test_real_pushes_open_with_our_secret_and_agree_with_tracking(vendor: Vendor, ear: Ear) -> None:
    needs(vendor.abilities.pushes)
    vendor.port.subscribe(ear.url, SECRET)
    vendor.port.subscribe(ear.url, SECRET)  # twice: two subscriptions would push twice
    number = bought(vendor.port, wish(vendor)).tracking_number
    vendor.tell(number, vendor.codes["picked_up"])
    vendor.tell(number, vendor.codes["delivered"])
    pushed: dict[str, TrackingStatus | None] = {}
    end = time.monotonic() + 60
    while TrackingStatus.DELIVERED not in pushed.values():
        assert time.monotonic() < end, "waited a minute for the pushes"
        time.sleep(0.05)
        assert all(vendor.port.open_webhook(push.headers, push.body) for push in list(ear.caught))
        told = [s for push in list(ear.caught) for s in vendor.port.read_webhook(push.body)]
        pushed = {s.external_id: s.status for s in told if s.tracking_number == number}
    tracked = {s.external_id: s.status for s in vendor.port.track(number)}
    assert {id: tracked[id] for id in pushed} == pushed
