"""What every way out for mail must keep, proved on a folder and on a real SMTP server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from doorstep.messaging.port import Found, Mail, MailPort, Rejected, Uncertain
from doorstep.messaging.reading import attachment_bytes, read_mail
from doorstep.messaging.values import Attachment
from doorstep.providers.mail_folder.client import FolderMailer
from doorstep.providers.sandbox_mailbox.client import SandboxMailer
from doorstep.providers.smtp.client import SmtpMailer
from tests.sandboxes import Server, borrowed
from tests.serving import free_port

ODD = ["'\"<>@x.y", "a,b@x.y", "a..b@x.y", ".a@x.y", "a@b..c", "<a@x.y>", "jürgen@x.de", "a@x.y,b", "a@-.y\ud800", "@"]


class Postman:
    """Keeps what it was given; answers as told."""

    def __init__(self) -> None:
        self.seen: list[tuple[list[str], bytes]] = []
        self.says = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.says == "hang up":
            server.transport.abort()
        elif self.says.startswith("250"):
            self.seen.append((envelope.rcpt_tos, envelope.content))
        return self.says


@pytest.fixture
def postman() -> Iterator[tuple[Postman, str]]:
    handler, port = Postman(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


def mail(to: str = "minseo@example.com", name: str = "김민서") -> Mail:
    return Mail("<1@x.example>", "모루", "orders@x.example", name, to, "주문", "안녕", "<p>안녕</p>", "ko")


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Server]:
    with borrowed("mailbox", "--hold-s", "0.2") as server:
        (tmp_path / "mailbox").symlink_to(server.home)
        yield server


@pytest.fixture(params=["folder", "smtp", "sandbox_mailbox"])
def mailer(request: pytest.FixtureRequest, postman: tuple[Postman, str], tmp_path: Path) -> MailPort:
    if request.param == "sandbox_mailbox":
        server: Server = request.getfixturevalue("letters")
        return SandboxMailer({"url": str(server.http.base_url), "token": "sandbox"})
    return FolderMailer({"folder": str(tmp_path)}) if request.param == "folder" else SmtpMailer({"url": postman[1]})


def raw_taken(postman: Postman, tmp_path: Path) -> list[bytes]:
    """What left, whichever way it went."""
    found = [content for _to, content in postman.seen] + [path.read_bytes() for path in tmp_path.glob("*.eml")]
    books = tmp_path / "mailbox" / "mailbox.sqlite3"
    if books.exists():
        with closing(sqlite3.connect(books)) as db:
            found += [bytes(raw) for (raw,) in db.execute("SELECT raw FROM letter WHERE way = 'out'")]
    return found


def taken(postman: Postman, tmp_path: Path) -> list[Any]:
    found = raw_taken(postman, tmp_path)
    return [message_from_bytes(content, policy=default) for content in found]


def test_a_mail_arrives_whole(mailer: MailPort, postman: tuple[Postman, str], tmp_path: Path) -> None:
    mailer.send(mail())
    [message] = taken(postman[0], tmp_path)
    assert (message["To"].addresses[0].display_name, message["Subject"]) == ("김민서", "주문")
    assert message.get_body(("plain",)).get_content().strip() == "안녕"


def test_a_domain_of_any_script_is_written_as_servers_know_it(
    mailer: MailPort, postman: tuple[Postman, str], tmp_path: Path
) -> None:
    mailer.send(mail("a@münchen.de"))
    [message] = taken(postman[0], tmp_path)
    assert message["To"].addresses[0].addr_spec == "a@xn--mnchen-3ya.de"
    assert [to for to, _ in postman[0].seen] in ([], [["a@xn--mnchen-3ya.de"]])


@pytest.mark.parametrize("address", ODD)
def test_an_address_that_is_none_is_rejected_and_nothing_leaves(
    mailer: MailPort, postman: tuple[Postman, str], tmp_path: Path, address: str
) -> None:
    with pytest.raises(Rejected):
        mailer.send(mail(address))
    assert taken(postman[0], tmp_path) == []


def test_nobody_adds_headers_through_a_name(mailer: MailPort, postman: tuple[Postman, str], tmp_path: Path) -> None:
    mailer.send(mail(name="A\r\nBcc: evil@x.example"))
    [message] = taken(postman[0], tmp_path)
    assert message["Bcc"] is None


@pytest.mark.parametrize(("says", "trouble"), [("550 no", Rejected), ("451 later", OSError), ("hang up", Uncertain)])
def test_the_answer_of_the_server_decides(postman: tuple[Postman, str], says: str, trouble: type[Exception]) -> None:
    postman[0].says = says
    with pytest.raises(trouble):
        SmtpMailer({"url": postman[1]}).send(mail())
    assert SmtpMailer({"url": postman[1]}).find("<1@x.example>") is Found.NOBODY_KNOWS


LONG = "<" + "a" * 300 + "@mail.example>"


def test_an_answer_names_what_it_answers(mailer: MailPort, postman: tuple[Postman, str], tmp_path: Path) -> None:
    mailer.send(replace(mail(), in_reply_to=LONG, references=("<first@x.example>", LONG), reply_to="help@moru.example"))
    [read] = [read_mail(raw) for raw in raw_taken(postman[0], tmp_path)]
    assert (read.in_reply_to, read.references) == (LONG, ("<first@x.example>", LONG))
    assert [box.address for box in read.reply_to] == ["help@moru.example"]


@pytest.mark.parametrize("odd", ["no id", "<a>\r\nBcc: <evil@x.example>", "<한글@x.example>", "<>"])
def test_what_is_no_identifier_is_left_out(
    mailer: MailPort, postman: tuple[Postman, str], tmp_path: Path, odd: str
) -> None:
    mailer.send(replace(mail(), in_reply_to=odd, references=(odd, "<first@x.example>")))
    [message] = taken(postman[0], tmp_path)
    assert (message["In-Reply-To"], message["Bcc"]) == (None, None)
    assert message["References"] == "<first@x.example>"


def test_files_go_with_a_mail(mailer: MailPort, postman: tuple[Postman, str], tmp_path: Path) -> None:
    files = (Attachment("반품 라벨.pdf", "application/pdf", b"%PDF\x00\xff"), Attachment("x\r\nA: b", "message/rfc822", b"A: b"))
    mailer.send(replace(mail(), attachments=files))
    [raw] = raw_taken(postman[0], tmp_path)
    read = read_mail(raw)
    assert [(f.name, f.content_type) for f in read.attachments] == [
        ("반품 라벨.pdf", "application/pdf"),
        ("x A: b", "application/octet-stream"),
    ]
    assert [attachment_bytes(raw, n) for n in (0, 1)] == [b"%PDF\x00\xff", b"A: b"]
    assert read.text.strip() == "안녕"


def test_only_a_machine_says_that_it_is_one(mailer: MailPort, postman: tuple[Postman, str], tmp_path: Path) -> None:
    mailer.send(mail())
    mailer.send(replace(mail(), message_id="<2@x.example>", auto=False))
    said = {message["Message-ID"]: message["Auto-Submitted"] for message in taken(postman[0], tmp_path)}
    assert said == {"<1@x.example>": "auto-generated", "<2@x.example>": None}


def test_a_mail_taken_without_an_answer_is_found_and_taken_once(letters: Server) -> None:
    port = SandboxMailer({"url": str(letters.http.base_url), "token": "sandbox"})
    letters.post("/admin/faults", {"timeout_after_success": 1})
    assert port.find("<1@x.example>") is Found.NOT_SENT
    with pytest.raises(Uncertain):
        port.send(mail())
    assert port.find("<1@x.example>") is Found.SENT
    port.send(mail())
    [taken] = letters.get("/admin/books")["taken"]
    assert (taken["message_id"], taken["times_taken"]) == ("<1@x.example>", 2)
    letters.post("/admin/faults", {"error_5xx": 1})
    with pytest.raises(OSError, match="503"):
        port.send(replace(mail(), message_id="<2@x.example>"))
    letters.post("/admin/faults", {})
    assert port.find("<2@x.example>") is Found.NOT_SENT
