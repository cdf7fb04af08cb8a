"""Where a tenant says that a vendor is, nobody of the house is reached unless the house allows it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from doorstep.base import outward
from doorstep.base.answers import TooLarge
from doorstep.base.refusals import Refused
from doorstep.messaging.port import Mail, Unreachable
from doorstep.providers.imap.client import ImapMailbox
from doorstep.providers.smtp.client import SmtpMailer
from tests.receiver import Receiver, receiving

NAME = "vendor.example"
MAIL = Mail("<1@x.example>", "Moru", "orders@x.example", "Minseo", "minseo@example.com", "Order", "Hello", "<p>Hello</p>", "en")


@pytest.fixture(scope="module")
def near() -> Iterator[Receiver]:
    with receiving() as kept:
        yield kept


def port_of(near: Receiver) -> int:
    return httpx.URL(near.url).port or 0


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/", "http://localhost/", "https://10.0.0.5", "http://169.254.169.254/latest", "http://[::1]/",
     "http://[::ffff:192.168.0.1]/", "http://[fd00::1]", "http://0.0.0.0:80", "http://shop.localhost."],
)  # fmt: skip
def test_an_address_of_our_own_network_is_not_taken_where_the_house_is_open_to_the_world(
    settings: Any, url: str
) -> None:
    settings.VENDOR_REACH, settings.SANDBOXES = "public", []
    for name in outward.ADDRESSES:
        with pytest.raises(Refused) as refused:
            outward.checked({name: url})
        assert refused.value.facts["field"] == name
    settings.VENDOR_REACH = "private"
    if "0.0.0.0" not in url:
        assert outward.checked({"url": url, "token": "x"}) == {"url": url, "token": "x"}


def test_what_is_no_address_is_for_others_to_refuse(settings: Any) -> None:
    settings.VENDOR_REACH, settings.SANDBOXES = "public", ["http://127.0.0.1:4000"]
    for odd in ("", "https://[", "http://a:99999", "mailto:x"):
        assert outward.checked({"url": odd}) == {"url": odd}
    assert outward.checked({"url": "http://127.0.0.1:4000/labels"})
    with pytest.raises(Refused):
        outward.checked({"url": "http://127.0.0.1:4001"})


def test_a_name_that_leads_inside_is_not_followed_whatever_else_it_stands_for(
    settings: Any, near: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, named = socket.getaddrinfo, [("127.0.0.1", port_of(near)), ("10.0.0.1", port_of(near))]

    def found(host: Any, *args: Any, **more: Any) -> Any:
        return [(2, 1, 6, "", one) for one in named] if host == NAME else real(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    settings.VENDOR_REACH, settings.SANDBOXES = "public", []
    before = len(near.bodies)
    for host in (NAME, "127.0.0.1", "localhost"):
        with outward.client(2) as http, pytest.raises(httpx.ConnectError, match="our own network"):
            http.post(f"http://{host}:{port_of(near)}/hooks", json={})
    assert len(near.bodies) == before

    settings.VENDOR_REACH = "loopback"
    named.reverse()  # one that may not be reached stands first
    with outward.client(2) as http:
        answer = http.post(f"http://{NAME}:{port_of(near)}/hooks", json={"a": 1})
    assert (answer.status_code, near.bodies[-1], near.headers[-1]["host"]) == (204, b'{"a":1}', f"{NAME}:{port_of(near)}")


def test_the_sandboxes_of_the_house_are_reached_wherever_they_are(settings: Any, near: Receiver) -> None:
    settings.VENDOR_REACH, settings.SANDBOXES = "public", [near.url.removesuffix("/hooks")]
    with outward.client(2) as http:
        assert http.post(near.url, json={}).status_code == 204


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.1.2.3"])
def test_a_mail_server_of_a_tenants_is_not_looked_for_inside(settings: Any, host: str) -> None:
    settings.VENDOR_REACH = "public"
    mailbox = ImapMailbox({"host": host, "port": "9", "username": "a", "password": "b"})
    with pytest.raises(Unreachable, match="our own network"):
        mailbox.check()
    with pytest.raises(OSError, match="our own network"):
        SmtpMailer({"url": f"smtp://{host}:9", "of": "tenant"}).send(MAIL)


def test_no_answer_is_read_further_than_it_may_be_large(near: Receiver) -> None:
    near.answer = lambda body: 299  # 100,000 bytes
    with outward.client(2, most=50_000) as http, pytest.raises(TooLarge):
        http.post(near.url, json={})
    with outward.client(2) as http:
        assert len(http.post(near.url, json={}).content) == 100_000
    assert near.headers[-1]["accept-encoding"] == "gzip"
    near.answer = lambda body: 204
