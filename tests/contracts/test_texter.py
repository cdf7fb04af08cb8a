"""What every way out for text messages must keep, proved on the sandbox's phones by both of its faces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.base import tokens
from doorstep.base.refusals import Refused
from doorstep.messaging.port import Found, Heard, OptedOut, Receipt, Rejected, SmsPort, Text, Uncertain, Unreachable
from doorstep.providers.sandbox_phone.client import SandboxPhone
from doorstep.providers.twilio.client import Twilio
from tests.ear import Ear, listening
from tests.sandboxes import Server, borrowed

HOUSE, PERSON = "+821055550001", "+821012345678"


@dataclass
class Line:
    """A port, the phones behind it, and who hears what they tell."""

    port: SmsPort
    server: Server
    ear: Ear
    is_keyed: bool
    again: Callable[[str], SmsPort]

    def text(self, key: str = "shipped:1", to: str = PERSON, says: str = "주문 #1: 출고") -> Text:
        return Text(key, HOUSE, to, says, datetime.now(UTC), self.ear.url)

    def heard(self, n: int) -> list[Receipt | Heard]:
        """What the first n deliveries say, each opened before it is read."""
        deadline = time.monotonic() + 60
        while len(self.ear.caught) < n and time.monotonic() < deadline:
            time.sleep(0.01)
        said: list[Receipt | Heard] = []
        for one in self.ear.caught[:n]:
            assert self.port.open_webhook(self.ear.url, one.headers, one.body)
            said += self.port.read_webhook(one.body)
        return said


@pytest.fixture(params=["sandbox_phone", "twilio"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    secret = tokens.new_hook_secret()
    with borrowed("phone", "--hold-s", "0.2", "--retry-s", "0.1") as server, listening("/in") as ear:
        url = str(server.http.base_url)

        def made(token: str) -> SmsPort:
            if request.param == "twilio":
                return Twilio({"url": url, "username": "ACsandbox", "password": token})
            return SandboxPhone({"url": url, "token": token, "number": HOUSE, "webhook_secret": secret})

        port = made("sandbox")
        if request.param == "twilio":
            assert server.http.put(f"/admin/twilio/{HOUSE}", json={"url": ear.url}).status_code == 200
        else:
            port.subscribe(ear.url, secret)
        yield Line(port, server, ear, request.param == "sandbox_phone", made)


def test_a_text_arrives_whole_and_its_receipt_comes_back(line: Line) -> None:
    taken = line.port.send(line.text())
    [told] = line.server.get("/admin/books")["taken"]
    assert (told["to"], told["text"], told["id"]) == (PERSON, "주문 #1: 출고", taken.vendor_id)
    assert (taken.segments, taken.cost_micros, taken.cost_currency) == (1, 7900, "USD")
    assert line.heard(1) == [Receipt(taken.vendor_id, "delivered")]


def test_what_customers_write_comes_in_and_their_stop_is_kept_by_the_network(line: Line) -> None:
    id = line.server.post("/admin/hear", {"from": PERSON, "to": HOUSE, "text": "STOP"}, status=201)["id"]
    assert line.heard(1) == [Heard(id, PERSON, HOUSE, "STOP")]
    with pytest.raises(OptedOut):
        line.port.send(line.text())
    assert line.server.get("/admin/books")["taken"] == []


@pytest.mark.parametrize("to", ["+15005550009", "+15005550001", "110"])
def test_a_number_that_gets_no_texts_is_rejected_for_good(line: Line, to: str) -> None:
    with pytest.raises(Rejected):
        line.port.send(line.text(to=to))


def test_a_text_taken_without_an_answer_is_looked_up(line: Line) -> None:
    line.server.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.1})
    text = line.text()
    with pytest.raises(Uncertain):
        line.port.send(text)
    found = line.port.find(text, but=set())
    [told] = line.server.get("/admin/books")["taken"]
    assert (found.found, found.taken and found.taken.vendor_id) == (Found.SENT, told["id"])
    # Without a key nobody can swear that a text was not taken; with one they can.
    other = line.text("shipped:2", says="other words")
    assert line.port.find(other, but=set()).found is (Found.NOT_SENT if line.is_keyed else Found.NOBODY_KNOWS)


def test_another_text_of_the_same_words_is_not_taken_for_it(line: Line) -> None:
    first = line.port.send(line.text("shipped:1"))
    unsent = line.text("shipped:2")
    assert line.port.find(unsent, but={first.vendor_id}).found is not Found.SENT
    if not line.is_keyed:
        later = Text("x", HOUSE, PERSON, unsent.text, datetime.now(UTC) + timedelta(hours=1))
        assert line.port.find(later, but=set()).found is Found.NOBODY_KNOWS


def test_a_wrong_token_says_so_and_nobody_else_may_tell_us_anything(line: Line) -> None:
    line.port.check()
    with pytest.raises(Unreachable, match="login"):
        line.again("wrong").check()
    line.port.send(line.text())
    line.heard(1)
    [told] = line.ear.caught
    with pytest.raises(Refused):
        line.port.open_webhook(line.ear.url, told.headers, told.body.replace(b"delivered", b"undelivered"))
    with pytest.raises(Refused):
        line.port.open_webhook(line.ear.url, {}, told.body)
