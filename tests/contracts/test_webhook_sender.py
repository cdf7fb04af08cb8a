"""What the way out for webhooks keeps: signatures that others can check, no private address, no endless wait."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from doorstep.base.reach import Reach, may_reach
from doorstep.base.refusals import Refused
from doorstep.channels import rules
from doorstep.channels.port import Unheard
from doorstep.providers.webhooks.client import HttpSender
from tests.receiver import Receiver, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEARBY = HttpSender({"reach": "loopback"})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as kept:
        yield kept


def post(sender: HttpSender, url: str, secrets: tuple[str, ...] = (SECRET,)) -> tuple[int, str]:
    answered = sender.post(url, id="evt_1", secrets=secrets, body='{"test": 2432232314}')
    return answered.status, answered.text


def test_the_signature_is_the_one_of_the_standards_own_example() -> None:
    """Source: Standard Webhooks, libraries: secret, id, time, body and signature of their tests."""
    at = datetime.fromtimestamp(1614265330, tz=UTC)
    signed = Webhook(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_body_arrives_as_it_is_with_the_three_headers(receiver: Receiver) -> None:
    assert post(NEARBY, receiver.url, (SECRET, "whsec_" + "QUJD" * 8)) == (204, "")
    assert receiver.bodies == [b'{"test": 2432232314}']
    [head] = receiver.headers
    assert head["webhook-id"] == "evt_1"
    assert abs(int(head["webhook-timestamp"]) - time.time()) < 60
    assert [part.partition(",")[0] for part in head["webhook-signature"].split()] == ["v1", "v1"]
    assert head["content-type"] == "application/json"
    assert receiver.read(SECRET) == [{"test": 2432232314}]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda body: status
    assert post(NEARBY, receiver.url)[0] == status
    assert receiver.paths == ["/hooks"]


def test_of_a_long_answer_only_the_beginning_is_kept(receiver: Receiver) -> None:
    receiver.answer = lambda body: 299
    assert post(NEARBY, receiver.url) == (299, "x" * 1000)


def test_an_answer_that_drips_ends_at_the_deadline(receiver: Receiver) -> None:
    receiver.answer = lambda body: 60.0
    began = time.monotonic()
    with pytest.raises(Unheard, match="no answer in time"):
        post(HttpSender({"reach": "loopback", "deadline_s": "0.5"}), receiver.url)
    assert time.monotonic() - began < 20


def test_somebody_who_never_answers_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        with pytest.raises(Unheard, match="no answer in time"):
            post(HttpSender({"reach": "loopback", "deadline_s": "0.4"}), f"http://127.0.0.1:{deaf.getsockname()[1]}/")


def test_nobody_at_the_door() -> None:
    with pytest.raises(Unheard):
        post(NEARBY, "http://127.0.0.1:9/hooks")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_house_in_production_calls_nobody_at_home(receiver: Receiver, host: str) -> None:
    address = receiver.url.replace("127.0.0.1", host)
    with pytest.raises(Unheard, match=r"our own network"):
        post(HttpSender({"reach": "public"}), address)
    assert receiver.bodies == []


@pytest.mark.parametrize(
    ("address", "public", "loopback", "private"),
    [
        ("8.8.8.8", True, True, True),
        ("2606:4700::1111", True, True, True),
        ("127.0.0.1", False, True, True),
        ("::1", False, True, True),
        ("::ffff:127.0.0.1", False, True, True),
        ("10.0.0.1", False, False, True),
        ("192.168.1.1", False, False, True),
        ("172.16.0.9", False, False, True),
        ("169.254.169.254", False, False, True),
        ("100.64.0.1", False, False, True),
        ("fd00::1", False, False, True),
        ("fe80::1%eth0", False, False, True),
        ("::ffff:10.0.0.1", False, False, True),
        ("64:ff9b::a00:1", False, False, True),
        ("2002:a00:1::", False, False, True),
        ("64:ff9b:1::a00:1", False, False, True),
        ("::10.0.0.1", False, False, True),
        ("::ffff:0:10.0.0.1", False, False, True),
        ("fec0::1", False, False, True),
        ("0.0.0.0", False, False, False),
        ("224.0.0.1", False, False, False),
        ("::", False, False, False),
    ],
)
def test_which_addresses_may_be_reached(address: str, public: bool, loopback: bool, private: bool) -> None:
    assert [may_reach(address, reach=reach) for reach in Reach] == [public, loopback, private]


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "http://localhost:9/", "http://[::1]/", "http://a.localhost/"])
def test_an_address_of_our_own_network_is_refused_when_it_is_written(url: str) -> None:
    with pytest.raises(Refused, match="own network"):
        rules.check_hook_url(url, reach=Reach.PUBLIC)


def test_a_name_is_looked_at_when_something_is_sent() -> None:
    assert rules.check_hook_url("https://hooks.example.com/a/", reach=Reach.PUBLIC) == "https://hooks.example.com/a"
