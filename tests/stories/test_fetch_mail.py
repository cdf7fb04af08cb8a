"""What customers write is kept before anybody reads it, once, byte for byte, whatever breaks meanwhile."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from standardwebhooks import Webhook

from doorstep.base import arrivals, db, outbox
from doorstep.base.arrivals import MAIL, Arrival
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import arrivals as reading
from doorstep.flows import fetch_mail, send
from doorstep.flows.reading import Reading
from doorstep.messaging import actions as messages
from doorstep.messaging import mailboxes, queries
from doorstep.messaging.reading import read_mail
from doorstep.messaging.values import Attachment, Draft, MessageState
from doorstep.worker import upkeep
from tests.factories import NOW, make_ctx, together
from tests.mails import conversations
from tests.sandboxes import Server, borrowed
from tests.serving import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Server]:
    with borrowed("mailbox", "--hold-s", "0.2") as server:
        yield server


def connect(ctx: Ctx, letters: Server, address: str = "help@moru.example") -> int:
    settings = {"url": str(letters.http.base_url), "token": "sandbox"}
    return mailboxes.connect(ctx, name=address, address=address, provider="sandbox_mailbox", settings=settings)


def raw(n: int | str, text: str = "where is my order?", message_id: str | None = None) -> bytes:
    id = f"<{n}@example.com>" if message_id is None else message_id
    return f"From: <minseo@example.com>\r\nMessage-ID: {id}\r\nSubject: {n}\r\n\r\n{text}\r\n".encode()


def write(letters: Server, data: bytes, to: str = "help@moru.example") -> None:
    body = {"from": "minseo@example.com", "to": to, "raw": base64.b64encode(data).decode()}
    letters.post("/admin/write", body, status=201)


def kept(ctx: Ctx) -> list[Arrival]:
    """What was kept, oldest first, with its bytes."""
    found = arrivals.list_recent(ctx, sources=[MAIL])
    return [arrivals.get(ctx, id=row.id) for row in reversed(found)]


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A reader of mail that notes what it read."""
    seen: list[str] = []

    def read(ctx: Ctx, rows: Sequence[Arrival]) -> Sequence[Reading]:
        done = [Reading(row, row.connection_id, "processed") for row in rows]
        seen.extend(read_mail(row.body).subject for row in rows)
        return done

    monkeypatch.setitem(reading.READERS, MAIL, reading.in_one_go(read))
    return seen


def test_mails_are_kept_byte_for_byte_and_the_cursor_moves(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    mails = [raw(n) for n in range(60)] + [b"Subject: \xbe\xc8\r\n\r\n\xff\x00\x80\n\r\n"]
    for one in mails:
        write(letters, one)
    assert fetch_mail.fetch(ctx, mailbox_id=id) == 61
    assert [row.body for row in kept(ctx)][-50:] == mails[-50:]
    assert {(row.source, row.connection_id, row.content_type) for row in kept(ctx)} == {(MAIL, id, "message/rfc822")}
    row = queries.get_mailbox(ctx, mailbox_id=id)
    assert (row.last_uid, row.fetched_at, row.look) == (61, NOW, "on")
    assert fetch_mail.fetch(ctx, mailbox_id=id) == 0


def test_each_mailbox_gets_its_own_mail(letters: Server) -> None:
    one, other = make_ctx(), make_ctx("Other")
    connect(one, letters)
    connect(other, letters, "hi@other.example")
    write(letters, raw(1))
    write(letters, raw(2), to="hi@other.example")
    fetch_mail.fetch_all(NOW)
    assert [row.body for row in kept(one)] == [raw(1)]
    assert [row.body for row in kept(other)] == [raw(2)]


def test_an_empty_message_id_stops_nothing(letters: Server) -> None:
    """An empty Message-ID stops the fetch (freescout #4740)."""
    ctx = make_ctx()
    id = connect(ctx, letters)
    mails = [raw(1, message_id=""), raw(2, message_id="<>"), raw(3, message_id="<" + "x" * 400 + "@x>"), raw(4)]
    for one in mails:
        write(letters, one)
    assert fetch_mail.fetch(ctx, mailbox_id=id) == 4
    assert [row.body for row in kept(ctx)] == mails
    assert [len(row.external_id) for row in kept(ctx)] == [64, 64, 64, len("<4@example.com>")]


def test_two_mails_with_one_message_id_are_both_kept(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    same = [raw("same", "first"), raw("same", "second"), raw("same", "first")]
    write(letters, same[0])
    fetch_mail.fetch(ctx, mailbox_id=id)
    for one in same[1:]:
        write(letters, one)
    assert fetch_mail.fetch(ctx, mailbox_id=id) == 1
    assert [(row.body, row.repeats) for row in kept(ctx)] == [(same[0], 1), (same[1], 0)]


def test_a_mailbox_that_counts_anew_brings_nothing_twice(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    for n in range(3):
        write(letters, raw(n))
    fetch_mail.fetch(ctx, mailbox_id=id)
    db.execute("UPDATE messaging_mailbox SET uidvalidity = 7, last_uid = 900 WHERE id = %s", [id])
    write(letters, raw(3))
    assert fetch_mail.fetch(ctx, mailbox_id=id) == 1
    assert [(row.body, row.repeats) for row in kept(ctx)] == [(raw(n), 1) for n in range(3)] + [(raw(3), 0)]


def test_duplicates_and_disorder_of_the_sender_change_nothing(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    letters.post("/admin/faults", {"duplicate": 1, "disorder": 1})
    for n in range(20):
        write(letters, raw(n))
    assert fetch_mail.fetch(ctx, mailbox_id=id) == 20
    assert sorted(row.body for row in kept(ctx)) == sorted(raw(n) for n in range(20))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_keep_everything_once_and_whole(letters: Server) -> None:
    """Concurrent fetch loses the body (freescout #3186)."""
    ctx = make_ctx()
    id = connect(ctx, letters)
    for n in range(120):
        write(letters, raw(n, "body " * 50))
    counts = together(*[lambda: fetch_mail.fetch(ctx, mailbox_id=id)] * 4)
    assert sum(counts) <= 120
    fetch_mail.fetch(ctx, mailbox_id=id)
    found = db.column("SELECT body FROM base_arrival WHERE organisation_id = %s", [ctx.organisation_id])
    assert sorted(bytes(body) for body in found) == sorted(raw(n, "body " * 50) for n in range(120))


def test_what_was_acknowledged_is_processed_though_the_worker_died(
    letters: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acknowledged but never processed (chatwoot #15131)."""
    ctx = make_ctx()
    id = connect(ctx, letters)
    write(letters, raw(1))

    def dies(*args: Any, **more: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(fetch_mail, "process", dies)
        with pytest.raises(SystemExit):
            fetch_mail.fetch(ctx, mailbox_id=id)
    assert [row.outcome for row in kept(ctx)] == ["received"]
    seen = reads(monkeypatch)
    upkeep.read_unread_arrivals()
    assert seen == ["1"]
    assert [row.outcome for row in kept(ctx)] == ["processed"]


def test_a_crash_while_keeping_moves_no_cursor(letters: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    write(letters, raw(1))

    def dies(*args: Any, **more: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(mailboxes, "move_cursor", dies)
        with pytest.raises(SystemExit):
            fetch_mail.fetch(ctx, mailbox_id=id)
    assert (kept(ctx), queries.get_mailbox(ctx, mailbox_id=id).last_uid) == ([], 0)
    assert fetch_mail.fetch(ctx, mailbox_id=id) == 1


def test_what_is_fetched_stands_in_the_inbox(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    write(letters, raw(1))
    fetch_mail.fetch(ctx, mailbox_id=id)
    assert [row.outcome for row in kept(ctx)] == ["processed"]
    assert [(row.mailbox_id, row.state) for row in conversations(ctx)] == [(id, "open")]


def test_a_mailbox_that_is_away_says_so_and_stops_no_other(letters: Server) -> None:
    ctx = make_ctx()
    away = mailboxes.connect(
        ctx, name="Away", address="away@moru.example", provider="sandbox_mailbox",
        settings={"url": f"http://127.0.0.1:{free_port()}"},
    )  # fmt: skip
    connect(ctx, letters)
    write(letters, raw(1))
    fetch_mail.fetch_all(NOW)
    fetch_mail.fetch_all(NOW + timedelta(minutes=2))
    assert [row.body for row in kept(ctx)] == [raw(1)]
    row = queries.get_mailbox(ctx, mailbox_id=away)
    assert (row.look, row.problem.partition(":")[0], row.problem_at) == ("failing", "host", NOW)
    told = [event.type for event in outbox.timeline(ctx, of=[f"mailbox:{away}"])]
    assert sorted(told) == ["mailbox.connected", "mailbox.failing"]


def test_a_dead_mailbox_is_tried_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = make_ctx()
    id = mailboxes.connect(
        ctx, name="Dead", address="dead@moru.example", provider="imap", settings={"host": "127.0.0.1"}
    )
    tried: list[int] = []
    monkeypatch.setattr(fetch_mail, "fetch", lambda ctx, *, mailbox_id: tried.append(mailbox_id))
    mailboxes.note_problem(ctx, mailbox_id=id, problem="host: away")
    for seconds in (5, 59, 60):
        fetch_mail.fetch_all(NOW + timedelta(seconds=seconds))
    assert tried == [id]


def test_a_retired_mailbox_is_not_read(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    write(letters, raw(1))
    mailboxes.set_active(ctx, mailbox_id=id, active=False)
    fetch_mail.fetch_all(NOW)
    assert (fetch_mail.fetch(ctx, mailbox_id=id), kept(ctx)) == (0, [])
    mailboxes.set_active(ctx, mailbox_id=id, active=True)
    assert fetch_mail.fetch(ctx, mailbox_id=id) == 1


def test_an_address_is_read_by_one_mailbox(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    with pytest.raises(Refused, match="mailbox_address_taken"):
        mailboxes.connect(ctx, name="Again", address="HELP@moru.example ", provider="sandbox_mailbox", settings={})
    assert [row.id for row in queries.list_mailboxes(ctx)] == [id]


def push(ctx: Ctx, id: int, data: bytes, *, secret: str = "", at: datetime | None = None) -> Any:
    """A mail as a provider pushes it."""
    row = queries.get_mailbox(ctx, mailbox_id=id)
    moment = at or datetime.now(UTC)
    key = Webhook(secret or row.settings["webhook_secret"])
    signature = key.sign("msg_1", moment, data.decode("latin-1")) if data.isascii() else sign(key, moment, data)
    return Client().generic(
        "POST", f"/hooks/mail/{row.slug}", data, content_type="message/rfc822",
        headers={
            "webhook-id": "msg_1", "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature,
        },
    )  # fmt: skip


def sign(key: Webhook, moment: datetime, data: bytes) -> str:
    digest = hmac.digest(key._whsecret, f"msg_1.{int(moment.timestamp())}.".encode() + data, "sha256")
    return "v1," + base64.b64encode(digest).decode()


def test_a_provider_may_push_raw_mail(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    korean = "Subject: 교환\r\n\r\n교환해 주세요\r\n".encode("euc-kr")
    for data in (raw(1), korean, raw(1)):
        assert push(ctx, id, data).status_code == 200
    assert [(row.body, row.repeats) for row in kept(ctx)] == [(raw(1), 1), (korean, 0)]
    assert queries.get_mailbox(ctx, mailbox_id=id).heard_at is not None


def test_what_nobody_signed_is_not_kept(letters: Server) -> None:
    ctx = make_ctx()
    id = connect(ctx, letters)
    other = "whsec_" + base64.b64encode(b"another-secret-of-thirty-two-byt").decode()
    assert push(ctx, id, raw(1), secret=other).status_code == 401
    assert push(ctx, id, raw(1), at=datetime.now(UTC) - timedelta(minutes=6)).status_code == 401
    assert Client().post(f"/hooks/mail/{'0' * 32}", b"x", content_type="message/rfc822").status_code == 404
    assert kept(ctx) == []


def draft(**changes: Any) -> Draft:
    usual: dict[str, Any] = {
        "key": "answer:1", "timeline": "conversation:1", "to_address": "minseo@example.com", "to_name": "김민서",
        "template": "answer", "language": "ko", "subject": "Re: 교환", "text": "네, 교환해 드리겠습니다.",
    }  # fmt: skip
    return Draft(**(usual | changes))


def test_an_answer_leaves_by_its_mailbox_with_what_it_answers_and_its_files(letters: Server) -> None:
    ctx = make_ctx("Moru")
    connect(ctx, letters, "first@moru.example")
    id = connect(ctx, letters)
    wanted = draft(
        mailbox_id=id, in_reply_to="<2@example.com>", references=("<1@example.com>", "<2@example.com>"), auto=False,
        reply_to="answers@moru.example", attachments=(Attachment("라벨.pdf", "application/pdf", b"%PDF\x00"),),
    )  # fmt: skip
    [message_id] = messages.queue(ctx, drafts=[wanted], domain="moru.example")
    assert messages.queue(ctx, drafts=[wanted], domain="moru.example") == []
    send.send(ctx, message_id=message_id)
    row = queries.find(ctx, id=message_id)
    assert row is not None
    assert row.state == MessageState.SENT
    sent = base64.b64decode(letters.get(f"/outgoing/by-message-id/{row.message_id}")["raw"])
    mail = read_mail(sent)
    assert (mail.from_.name, mail.from_.address) == ("Moru", "help@moru.example")
    assert (mail.in_reply_to, mail.references) == ("<2@example.com>", ("<1@example.com>", "<2@example.com>"))
    assert [box.address for box in mail.reply_to] == ["answers@moru.example"]
    assert [file.name for file in mail.attachments] == ["라벨.pdf"]
    assert b"Auto-Submitted" not in sent


def test_a_notice_leaves_by_the_first_mailbox_and_says_that_a_machine_wrote_it(letters: Server) -> None:
    ctx = make_ctx("Moru")
    connect(ctx, letters)
    [id] = messages.queue(ctx, drafts=[draft()], domain="moru.example")
    send.send(ctx, message_id=id)
    row = queries.find(ctx, id=id)
    assert row is not None
    sent = base64.b64decode(letters.get(f"/outgoing/by-message-id/{row.message_id}")["raw"])
    assert read_mail(sent).from_.address == "help@moru.example"
    assert b"Auto-Submitted: auto-generated" in sent


def test_a_mail_whose_taking_nobody_answered_is_looked_up_and_not_sent_again(letters: Server) -> None:
    ctx = make_ctx()
    connect(ctx, letters)
    letters.post("/admin/faults", {"timeout_after_success": 1})
    [id] = messages.queue(ctx, drafts=[draft()], domain="moru.example")
    send.send(ctx, message_id=id)
    row = queries.find(ctx, id=id)
    assert row is not None
    assert (row.state, row.attempts) == (MessageState.SENT, 1)
    assert [one["times_taken"] for one in letters.get("/admin/books")["taken"]] == [1]


def test_a_mailbox_with_a_mail_server_of_its_own_sends_by_that(letters: Server) -> None:
    ctx = make_ctx()
    id = mailboxes.connect(
        ctx, name="Imap", address="i@moru.example", provider="imap",
        settings={"host": "127.0.0.1", "smtp_url": "smtp://127.0.0.1:2525"},
    )  # fmt: skip
    port = send.mailer(queries.get_mailbox(ctx, mailbox_id=id))
    assert type(port).__name__ == "SmtpMailer"
    assert type(send.mailer(None)).__name__ == "FolderMailer"
