"""Carriers that only tell where parcels are, over HTTP, against a server that answers as they were recorded to answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from doorstep.base.refusals import BAD_SIGNATURE, UNREADABLE, Refusal, Refused
from doorstep.providers import tracking_only
from doorstep.providers.dhl.client import Dhl
from doorstep.providers.ups.client import Ups, _tokens
from doorstep.shipping.port import CarrierPort, carriers
from doorstep.shipping.refusals import BAD_NUMBER, NUMBER_NOT_FOUND, THROTTLED, UNAUTHORISED
from doorstep.shipping.values import TrackingStatus

UPS_EVENT = {
    "date": "20261124", "time": "081500", "gmtDate": "20261124", "gmtTime": "131500", "gmtOffset": "-05:00",
    "location": {"address": {"city": "Wayne", "stateProvince": "NJ", "countryCode": "US"}},
    "status": {"type": "O", "code": "OT", "description": "Out For Delivery Today"},
}  # fmt: skip
UPS_TOLD = {"trackResponse": {"shipment": [{"inquiryNumber": "1Z", "package": [
    {"activity": [UPS_EVENT], "deliveryDate": [{"type": "SDD", "date": "20261124"}]}]}]}}  # fmt: skip
UPS_NOT_FOUND = {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}]}]}}
UPS_BAD = {"response": {"errors": [{"code": "TV1002", "message": "Invalid inquiry number"}]}}
DHL_TOLD = {"shipments": [{"id": 7777777770, "destination": {"address": {"countryCode": "NL"}}, "events": [
    {"timestamp": "2026-11-24T09:00:00", "statusCode": "delivered", "description": "Delivered",
     "location": {"address": {"countryCode": "NL", "addressLocality": "Amsterdam"}}}]}]}  # fmt: skip
DHL_NOT_FOUND = {"title": "No result found", "detail": "No shipment with given tracking number found.", "status": 404}


@dataclass
class Replay:
    """`answers`: what is said next, the last one again and again; `tokens`: how many were given out."""

    url: str = ""
    answers: list[tuple[int, object]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tokens: int = 0
    holds_s: int = 3600
    accepted: str = ""  # the only token that is accepted, where not empty
    hangs: threading.Event = field(default_factory=threading.Event)
    is_hanging: bool = False


@pytest.fixture(scope="module")
def server() -> Iterator[Replay]:
    replay = Replay()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            is_ours = self.headers["Authorization"] == httpx.BasicAuth("id", "s3cret")._auth_header
            replay.tokens += is_ours
            said = {"access_token": f"t{replay.tokens}", "expires_in": str(replay.holds_s)}
            self._say(200, said) if is_ours else self._say(401, {"response": {"errors": [{"code": "10401"}]}})

        def do_GET(self) -> None:
            replay.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            if replay.is_hanging:
                replay.hangs.wait(20)
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if replay.accepted and bearer != replay.accepted:
                self._say(401, {"response": {"errors": [{"code": "250002", "message": "Invalid Authentication Information."}]}})
                return
            status, body = replay.answers.pop(0) if len(replay.answers) > 1 else replay.answers[0]
            self._say(status, body)

        def _say(self, status: int, body: object) -> None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "90")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # who hangs up on a hanging answer is part of a test

    http = Quiet(("127.0.0.1", 0), Handler)
    replay.url = f"http://127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield replay
    replay.hangs.set()
    http.shutdown()
    http.server_close()


@pytest.fixture
def replay(server: Replay) -> Replay:
    _tokens._kept.clear()
    server.answers, server.asked, server.tokens, server.accepted, server.is_hanging = [], [], 0, "", False
    return server


def ups(replay: Replay, secret: str = "s3cret") -> Ups:
    return Ups({"url": replay.url, "client_id": "id", "client_secret": secret})


def dhl(replay: Replay) -> Dhl:
    return Dhl({"url": replay.url, "token": "k3y"})


def refused(port: CarrierPort, number: str = "1Z") -> Refused:
    with pytest.raises(Refused) as found:
        port.track(number)
    return found.value


def test_ups_tells_where_a_parcel_is_to_who_has_signed_in_once(replay: Replay) -> None:
    replay.answers = [(200, UPS_TOLD)]

    [scan] = ups(replay).track("1Z")
    ups(replay).track("1Z")

    assert (scan.status, scan.raw_code, str(scan.at), str(scan.estimated_on)) == (
        TrackingStatus.OUT_FOR_DELIVERY, "O/OT", "2026-11-24 13:15:00+00:00", "2026-11-24",
    )  # fmt: skip
    assert replay.tokens == 1
    path, headers = replay.asked[0]
    assert urlsplit(path).path == "/api/track/v1/details/1Z"
    assert (headers["authorization"], headers["transactionsrc"], len(headers["transid"])) == ("Bearer t1", "doorstep", 32)


def test_a_token_that_is_not_accepted_any_more_is_renewed_once(replay: Replay) -> None:
    replay.answers, port = [(200, UPS_TOLD)], ups(replay)
    port.track("1Z")
    replay.accepted = "t2"

    assert len(port.track("1Z")) == 1
    assert replay.tokens == 2

    replay.accepted = "never"
    assert refused(port).refusal is UNAUTHORISED
    assert (replay.tokens, len(replay.asked)) == (3, 5)  # asked twice, not for ever


def test_a_token_that_is_about_to_end_is_not_used(replay: Replay) -> None:
    replay.answers, replay.holds_s = [(200, UPS_TOLD)], 30
    ups(replay).track("1Z")
    ups(replay).track("1Z")
    replay.holds_s = 3600

    assert replay.tokens == 2


def test_who_may_not_sign_in_asks_nothing(replay: Replay) -> None:
    assert refused(ups(replay, "wrong")).refusal is UNAUTHORISED
    assert replay.asked == []


@pytest.mark.parametrize(
    ("name", "status", "body", "refusal"),
    [
        ("ups", 200, UPS_NOT_FOUND, NUMBER_NOT_FOUND),
        ("ups", 400, UPS_BAD, BAD_NUMBER),
        ("ups", 403, {}, UNAUTHORISED),
        ("ups", 429, {}, THROTTLED),
        ("ups", 200, b"<html>", UNREADABLE),
        ("dhl", 404, DHL_NOT_FOUND, NUMBER_NOT_FOUND),
        ("dhl", 401, {"status": 401}, UNAUTHORISED),
        ("dhl", 429, {"status": 429}, THROTTLED),
        ("dhl", 200, b"", UNREADABLE),
    ],
)
def test_error_answers_are_refused_for_what_they_say(
    replay: Replay, name: str, status: int, body: object, refusal: Refusal
) -> None:
    replay.answers = [(status, body)]

    said = refused(ups(replay) if name == "ups" else dhl(replay))

    assert said.refusal is refusal
    assert said.facts.get("wait_s") == (90 if refusal is THROTTLED else None)


def test_a_carrier_that_is_away_raises_so_that_it_is_asked_again(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    replay.answers = [(503, {})]
    for port in (ups(replay), dhl(replay)):
        with pytest.raises(httpx.HTTPStatusError):
            port.track("1Z")

    monkeypatch.setattr(tracking_only, "TIMEOUT", httpx.Timeout(0.1))
    replay.is_hanging = True
    with pytest.raises(httpx.ReadTimeout):
        dhl(replay).track("1")
    with pytest.raises(httpx.ConnectError):
        Dhl({"url": "http://127.0.0.1:9", "token": "k"}).track("1")


def test_dhl_tells_where_a_parcel_is_by_the_clocks_of_its_place(replay: Replay) -> None:
    replay.answers = [(200, DHL_TOLD)]

    [scan] = dhl(replay).track("7777777770")

    assert (scan.status, str(scan.at), scan.tracking_number) == (
        TrackingStatus.DELIVERED, "2026-11-24 08:00:00+00:00", "7777777770",
    )  # fmt: skip
    path, headers = replay.asked[0]
    assert parse_qs(urlsplit(path).query) == {"trackingNumber": ["7777777770"]}
    assert headers["dhl-api-key"] == "k3y"


def test_an_account_of_before_whose_id_and_secret_are_one_token_is_let_in(replay: Replay) -> None:
    replay.answers = [(200, UPS_TOLD)]

    assert len(Ups({"url": replay.url, "token": "id:s3cret"}).track("1Z")) == 1


def test_a_number_is_only_ever_a_part_of_the_path(replay: Replay) -> None:
    replay.answers = [(200, UPS_NOT_FOUND)]
    refused(ups(replay), "../../admin?x=1")

    assert replay.asked[0][0].startswith("/api/track/v1/details/..%2F..%2Fadmin%3Fx%3D1?")


@pytest.mark.parametrize("name", ["ups", "dhl"])
def test_who_only_tells_where_parcels_are_sells_nothing_and_sends_nothing(name: str) -> None:
    port = carriers.get(name, {"url": "http://127.0.0.1:9", "token": "id:s3cret"})

    assert (port.abilities.sells, port.abilities.pushes, port.abilities.tracks) == (False, False, True)
    assert (port.hand_over(["1"]), port.find_label("k"), port.void_label("v"), port.words("x")) == ([], None, False, {})
    with pytest.raises(Refused) as found:
        port.open_webhook({}, b"{}")
    assert found.value.refusal is BAD_SIGNATURE
