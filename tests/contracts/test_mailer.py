"""What every way out for mail must keep, proved on a folder and on a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from doorstep.messaging.port import Found, Mail, MailPort, Rejected, Uncertain
from doorstep.providers.mail_folder.client import FolderMailer
from doorstep.providers.smtp.client import SmtpMailer
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
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


def mail(to: str = "minseo@example.com", name: str = "김민서") -> Mail:
    return Mail("<1@x.example>", "모루", "orders@x.example", name, to, "주문", "안녕", "<p>안녕</p>", "ko")


@pytest.fixture(params=["folder", "smtp"])
def mailer(request: pytest.FixtureRequest, postman: tuple[Postman, str], tmp_path: Path) -> MailPort:
    return FolderMailer({"folder": str(tmp_path)}) if request.param == "folder" else SmtpMailer({"url": postman[1]})


def taken(postman: Postman, tmp_path: Path) -> list[Any]:
    found = [content for _to, content in postman.seen] + [path.read_bytes() for path in tmp_path.glob("*.eml")]
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
