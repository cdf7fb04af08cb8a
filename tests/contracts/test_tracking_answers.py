"""Every tracking answer that carriers were recorded to give maps to our words, and every error answer to its refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from doorstep.base import zones
from doorstep.base.refusals import UNREADABLE, Refusal, Refused
from doorstep.providers.canada_post import translate as canada_post
from doorstep.providers.dhl import translate as dhl
from doorstep.providers.ups import translate as ups
from doorstep.providers.usps import translate as usps
from doorstep.shipping.port import GoesTo, Scan
from doorstep.shipping.refusals import (
    BAD_NUMBER,
    CARRIER_TROUBLE,
    NUMBER_NOT_FOUND,
    UNAUTHORISED,
)
from doorstep.shipping.rules import status_after
from doorstep.shipping.values import TrackingStatus as S
from doorstep.shipping.values import Trouble
from tests.architecture.source import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "shipping" / "carrier_tracking"
Read = Callable[..., list[Scan]]
READERS: dict[str, Read] = {
    "canadapost": canada_post.read_tracking,
    "dhl_express": dhl.read_express_xml,
    "dhl_parcel_de": dhl.read_parcel_de,
    "dhl_poland": dhl.read_poland,
    "dhl_universal": dhl.read_universal,
    "mydhl": dhl.read_mydhl,
    "ups": ups.read_tracking,
    "usps": usps.read_tracking,
    "usps_international": usps.read_tracking,
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# file: how many events, where the parcel is, since when, by Greenwich, and the carrier's own estimate
USPS = (12, S.DELIVERED, at("2024-11-22 18:58:40"), None)
ANSWERS: dict[str, tuple[int, S, datetime, date | None]] = {
    "canadapost__TrackingResponseXml.xml": (6, S.DELIVERED, at("2011-02-01 12:59:52"), date(2011, 4, 5)),
    "dhl_express__IntransitTrackingResponseXML.xml": (1, S.IN_TRANSIT, at("2021-05-05 14:42:00"), date(2021, 5, 7)),
    "dhl_express__TrackingResponseXML.xml": (16, S.DELIVERED, at("2009-08-31 08:09:00"), None),
    "dhl_parcel_de__TrackingResponseXML.xml": (7, S.DELIVERED, at("2016-03-18 09:02:00"), None),
    "dhl_poland__TrackingResponseXML.xml": (2, S.UNKNOWN, at("2012-10-12 05:40:31"), None),  # its status is the word "string"
    "dhl_universal__TrackingResponseJSON.json": (1, S.PRE_TRANSIT, at("2018-03-02 06:53:47"), date(2018, 8, 3)),
    "mydhl__TrackingResponse.json": (2, S.DELIVERED, at("2024-01-15 22:00:00"), date(2024, 1, 15)),
    "ups__TrackingResponseJSON.json": (1, S.IN_TRANSIT, at("2021-02-10 12:13:56"), None),
    "usps__TrackingResponse.json": USPS,
    "usps_international__TrackingResponse.json": USPS,
}
ERRORS: dict[str, Refusal] = {
    "canadapost__AuthError.xml": UNAUTHORISED,
    "canadapost__UnknownTrackingNumberResponse.xml": NUMBER_NOT_FOUND,
    "dhl_express__AuthError.xml": UNAUTHORISED,
    "dhl_express__TrackingSingleNotFound.xml": NUMBER_NOT_FOUND,
    "dhl_parcel_de__TrackingErrorResponseXML.xml": NUMBER_NOT_FOUND,
    "dhl_poland__ErrorResponseXML.xml": UNAUTHORISED,
    "dhl_universal__TrackingErrorResponseJSON.json": NUMBER_NOT_FOUND,
    "mydhl__ErrorResponse.json": NUMBER_NOT_FOUND,
    "ups__AuthError.json": UNAUTHORISED,
    "ups__InvalidTrackingNumberResponseJSON.json": BAD_NUMBER,
    "ups__TrackingNumberNotFoundResponseJSON.json": NUMBER_NOT_FOUND,
    "usps__AuthErrorResponse.json": UNAUTHORISED,
    "usps__ErrorResponse.json": CARRIER_TROUBLE,  # a form with the word "string" where the code would stand
    "usps_international__ErrorResponse.json": CARRIER_TROUBLE,
}
# What was sent, not what was answered: read as an answer it is refused.
REQUESTS = {
    "canadapost__TRACKING_PAYLOAD.json", "dhl_express__TrackingPayload.json", "dhl_parcel_de__TRACKING_PAYLOAD.json",
    "dhl_poland__TRACKING_PAYLOAD.json", "dhl_universal__TRACKING_PAYLOAD.json", "mydhl__TrackingPayload.json",
    "usps__TrackingPayload.json", "usps_international__TrackingPayload.json",
}  # fmt: skip
PROOF = "mydhl__ProofOfDeliveryResponse.json"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="../shared is not there: the recorded tracking answers of carriers")


def read(name: str, number: str = "") -> list[Scan]:
    return READERS[name.partition("__")[0]]((FOLDER / name).read_bytes(), number=number)


def test_every_file_of_the_folder_is_in_one_list() -> None:
    listed = Counter([*ANSWERS, *ERRORS, *REQUESTS, PROOF, "SOURCE.txt"])

    assert set(listed) == {path.name for path in FOLDER.iterdir()}
    assert max(listed.values()) == 1


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_says_where_the_parcel_is_and_since_when(name: str) -> None:
    scans = read(name)
    mine = [s for s in scans if s.tracking_number == scans[-1].tracking_number]
    events, status, since, due = ANSWERS[name]

    assert len(mine) == events
    assert status_after([(s.at, s.status.value if s.status else "") for s in mine]) == (since, status)
    assert {s.estimated_on for s in mine} == {due}
    assert len({s.external_id for s in scans}) == len(scans)
    assert all(s.raw_code and s.at.utcoffset() is not None and len(s.external_id) <= 120 for s in scans)
    assert [s.at for s in scans] == sorted(s.at for s in scans)
    assert read(name) == scans  # ids are the same whenever it is told again


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_an_error_answer_is_refused_for_what_it_says(name: str) -> None:
    with pytest.raises(Refused) as refused:
        read(name)

    assert refused.value.refusal is ERRORS[name]


@pytest.mark.parametrize("name", sorted(REQUESTS | {PROOF}))
def test_what_is_no_tracking_answer_is_not_read_as_one(name: str) -> None:
    with pytest.raises(Refused) as refused:
        read(name)

    assert refused.value.refusal is UNREADABLE


def test_a_proof_of_delivery_is_a_paper() -> None:
    assert dhl.read_mydhl_proof((FOLDER / PROOF).read_bytes()) == [b"%PDF-1.4\n"]


def test_one_answer_of_dhl_express_may_tell_of_several_numbers() -> None:
    numbers = Counter(s.tracking_number for s in read("dhl_express__TrackingResponseXML.xml"))

    assert (numbers["3180831640"], numbers["1815115363"], len(numbers)) == (16, 2, 3)


def test_a_number_that_is_used_again_shows_by_where_it_goes() -> None:
    [told] = read("dhl_express__IntransitTrackingResponseXML.xml")

    assert told.goes_to == GoesTo("US", "11233")
    assert {s.goes_to for s in read("usps__TrackingResponse.json")} == {GoesTo("US", "34442")}


def test_what_is_wrong_is_told_in_our_words() -> None:
    wrong = {s.raw_code: s.trouble for s in read("canadapost__TrackingResponseXml.xml") if s.trouble}

    assert wrong == {"0173": Trouble.ADDRESS}


def test_a_local_time_is_told_by_the_clocks_of_its_place() -> None:
    leipzig = next(s for s in read("dhl_express__TrackingResponseXML.xml") if "Leipzig" in s.place)
    [picked_up, _] = read("mydhl__TrackingResponse.json")

    assert leipzig.at == at("2009-08-28 22:32:16")  # 00:32 in the German summer
    assert picked_up.at == at("2024-01-15 16:00:00")  # 08:00 in Los Angeles


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><wrapper><message><code>&b;</code></message></wrapper>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><wrapper/>',
        b"<wrapper>", b"", b"\x00", b"no xml",
    ],
)  # fmt: skip
@pytest.mark.parametrize("reader", [canada_post.read_tracking, dhl.read_express_xml, dhl.read_parcel_de, dhl.read_poland])
def test_xml_that_means_harm_is_refused(reader: Read, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        reader(body, number="1")

    assert refused.value.refusal is UNREADABLE


def test_a_code_that_nobody_knows_is_kept_and_unknown() -> None:
    body = (FOLDER / "usps__TrackingResponse.json").read_bytes().replace(b'"OF"', b'"Q9"')

    [told] = [s for s in usps.read_tracking(body, number="1") if s.raw_code == "Q9"]

    assert (told.status, told.description) == (S.UNKNOWN, "Out for Delivery")


def test_places_have_their_zones() -> None:
    when = datetime(2026, 7, 1, 12, tzinfo=UTC)
    places = (("US", "CA"), ("US", "NJ"), ("KR", ""), ("US", ""), ("", ""))
    found = {place: zones.zone_of_place(*place, at=when) for place in places}

    assert list(found.values()) == ["America/Los_Angeles", "America/New_York", "Asia/Seoul", "America/New_York", ""]
