"""What every mailbox must keep, proved on the sandbox and on a real Dovecot."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from doorstep.base import tls
from doorstep.messaging.port import MailboxPort, Unreachable
from doorstep.messaging.values import Cursor
from doorstep.providers.imap.client import ImapMailbox
from doorstep.providers.sandbox_mailbox.client import SandboxMailbox
from tests import dovecot
from tests.sandboxes import Server
from tests.serving import free_port

pytestmark = pytest.mark.xdist_group("dovecot")
needs_dovecot = pytest.mark.skipif(
    dovecot.DOVECOT is None or dovecot.OPENSSL is None, reason="no dovecot and openssl found: install dovecot-imapd"
)


@dataclass
class Box:
    """A mailbox, a way to put mails into it, and a way to have it count anew."""

    port: MailboxPort
    write: Callable[[bytes], None]
    anew: Callable[[], None]


def raw(n: int, text: str = "안녕하세요") -> bytes:
    head = f"From: <minseo@example.com>\r\nTo: <help@moru.example>\r\nMessage-ID: <{n}@example.com>\r\nSubject: {n}\r\n"
    return (
        head.encode()
        + b"Content-Type: text/plain; charset=euc-kr\r\n\r\n"
        + text.encode("euc-kr")
        + b"\r\n.\r\n\t \r\n"
    )


def imap(server: dovecot.Dovecot, **changes: str) -> ImapMailbox:
    settings = {
        "host": "127.0.0.1", "port": str(server.port), "security": "none", "username": dovecot.USER,
        "password": dovecot.PASSWORD, "folder": dovecot.FOLDER,
    }  # fmt: skip
    return ImapMailbox(settings | changes)


@pytest.fixture(scope="module")
def server() -> Iterator[dovecot.Dovecot]:
    with dovecot.running() as made:
        yield made


@pytest.fixture
def sandbox_box(tmp_path: Path) -> Iterator[Box]:
    made: list[Server] = []

    def start() -> Server:
        server = Server("mailbox", tmp_path / "mailbox", ())
        server.start()
        made.append(server)
        return server

    class Follows:
        """The mailbox at whatever port it listens now."""

        def __getattr__(self, name: str) -> Any:
            settings = {"url": str(made[-1].http.base_url), "token": "sandbox", "address": "help@moru.example"}
            return getattr(SandboxMailbox(settings), name)

    def write(data: bytes) -> None:
        body = {"from": "minseo@example.com", "to": "Help@moru.example", "raw": base64.b64encode(data).decode()}
        made[-1].post("/admin/write", body, status=201)

    def anew() -> None:
        made[-1].kill()
        shutil.rmtree(tmp_path / "mailbox")
        start()

    start()
    yield Box(Follows(), write, anew)
    for server in made:
        server.kill()
        server.http.close()


@pytest.fixture(params=["sandbox", pytest.param("imap", marks=needs_dovecot)])
def box(request: pytest.FixtureRequest) -> Box:
    if request.param == "sandbox":
        made: Box = request.getfixturevalue("sandbox_box")
        return made
    server: dovecot.Dovecot = request.getfixturevalue("server")
    server.empty()
    return Box(imap(server), server.append, server.empty)


def test_mails_come_in_their_order_and_byte_for_byte(box: Box) -> None:
    for n in range(3):
        box.write(raw(n))
    found = box.port.fetch(since=Cursor(), limit=50)
    assert [item.raw for item in found.items] == [raw(0), raw(1), raw(2)]
    assert found.more is False
    assert box.port.fetch(since=found.cursor, limit=50).items == ()


def test_a_cursor_goes_on_where_it_was(box: Box) -> None:
    for n in range(5):
        box.write(raw(n))
    cursor, seen, more = Cursor(), [], []
    for _ in range(3):
        page = box.port.fetch(since=cursor, limit=2)
        seen.append([item.raw for item in page.items])
        more.append(page.more)
        cursor = page.cursor
    assert seen == [[raw(0), raw(1)], [raw(2), raw(3)], [raw(4)]]
    assert more == [True, True, False]
    box.write(raw(9))
    assert [item.raw for item in box.port.fetch(since=cursor, limit=2).items] == [raw(9)]


def test_an_empty_mailbox_has_a_cursor_too(box: Box) -> None:
    first = box.port.fetch(since=Cursor(), limit=50)
    assert (first.items, first.more) == ((), False)
    box.write(raw(1))
    assert [item.raw for item in box.port.fetch(since=first.cursor, limit=50).items] == [raw(1)]


def test_a_mailbox_that_counts_anew_is_read_from_its_start(box: Box) -> None:
    for n in range(3):
        box.write(raw(n))
    before = box.port.fetch(since=Cursor(), limit=50).cursor
    box.anew()
    box.write(raw(7))
    found = box.port.fetch(since=before, limit=50)
    assert [item.raw for item in found.items] == [raw(7)]
    assert found.cursor.uidvalidity != before.uidvalidity


def test_a_mail_without_a_message_id_or_of_any_bytes_comes_too(box: Box) -> None:
    odd = [b"Message-ID: \r\n\r\nempty\r\n", b"Subject: \xbe\xc8\xb3\xe7\r\n\r\n\xff\xfe\r\n", b"no header at all\r\n"]
    for data in odd:
        box.write(data)
    assert [item.raw for item in box.port.fetch(since=Cursor(), limit=50).items] == odd


def test_a_mailbox_that_opens_has_no_trouble(box: Box) -> None:
    box.port.check()


@needs_dovecot
def test_mails_that_another_program_read_come_too_and_ours_marks_none(server: dovecot.Dovecot) -> None:
    """Only unread mail fetched (freescout #3406)."""
    server.empty()
    for n in range(2):
        server.append(raw(n))
    with server.session() as other:
        other.select(dovecot.FOLDER)
        other.store("1", "+FLAGS", r"(\Seen)")
        other.close()
        found = imap(server).fetch(since=Cursor(), limit=50)
        assert [item.raw for item in found.items] == [raw(0), raw(1)]
        other.select(dovecot.FOLDER, readonly=True)
        flags = [imaplib_flags(other, n) for n in (1, 2)]
    assert [rb"\Seen" in said for said in flags] == [True, False]


def imaplib_flags(session: Any, n: int) -> bytes:
    return bytes(session.fetch(str(n), "(FLAGS)")[1][0])


@needs_dovecot
def test_a_mail_deleted_between_stops_nothing(server: dovecot.Dovecot) -> None:
    server.empty()
    for n in range(3):
        server.append(raw(n))
    first = imap(server).fetch(since=Cursor(), limit=1)
    with server.session() as other:
        other.select(dovecot.FOLDER)
        other.store("2", "+FLAGS", r"(\Deleted)")
        other.expunge()
    assert [item.raw for item in imap(server).fetch(since=first.cursor, limit=9).items] == [raw(2)]


@needs_dovecot
@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"password": "wrong"}, "login"),
        ({"folder": "No such folder"}, "folder"),
        ({"security": "tls"}, "tls"),
        ({"security": "starttls"}, "tls"),
        ({"host": "127.0.0.1", "port": "1"}, "host"),
    ],
)
def test_a_mailbox_says_what_is_wrong_with_it(server: dovecot.Dovecot, changes: dict[str, str], part: str) -> None:
    with pytest.raises(Unreachable) as trouble:
        imap(server, **changes).check()
    assert trouble.value.part == part


@needs_dovecot
@pytest.mark.parametrize("security", ["tls", "starttls", ""])
def test_tls_is_spoken_with_a_server_that_is_trusted(
    server: dovecot.Dovecot, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    monkeypatch.setattr(tls, "trusted_by_mail", tls.trusted_by_mail.__wrapped__)
    port = str(server.port if security == "starttls" else server.tls_port)
    imap(server, host="localhost", port=port, security=security).check()


def test_a_sandbox_that_is_away_says_so(sandbox_box: Box) -> None:
    settings = {"url": f"http://127.0.0.1:{free_port()}", "token": "sandbox"}
    with pytest.raises(Unreachable) as trouble:
        SandboxMailbox(settings).check()
    assert trouble.value.part == "host"
    url = str(sandbox_box.port._url)  # type: ignore[attr-defined]
    with pytest.raises(Unreachable) as trouble:
        SandboxMailbox({"url": url, "token": "wrong"}).check()
    assert trouble.value.part == "login"
