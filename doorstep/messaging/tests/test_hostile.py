"""Mails that are made to keep the reader busy, or to eat memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.messaging.reading import folding, headers, kinds, language, markup, mime, reader
from doorstep.messaging.reading.values import Mailbox

MOST_S = 1.0
SIZE = 250_000
HEAD = b"From: mailer-daemon@b.example\r\nTo: c@d.example\r\nSubject: Undelivered mail\r\nMessage-ID: <1@b>\r\n"
UNITS = [
    "<title ", "<title>", "</title ", "<", '<img src="http://a" ', "<blockquote>x", "<div>x",
    "<table><tr><td>x", "\n", " ", "\n ", "수신자", "수신자 a ", "undeliverable to ", "final-recipient: ", "> ",
    "x\n--\n", "On 1 <", "On 1 2\n", "From: a\nx\n", "- ", "a@", "@", "=?a?Q?", "=?a?Q?x?=", "=", "A=",
    ";a=b", "(", "\\", '"', ",", "--b\n", "begin 644 a\n", "!00\n", "a: b\n", "내 갤럭시", "🎁", "&lt;",
    "sent from mail ", "message-id:\n", "action: \n", "References: <", "\t<", "&#60;", "<p>", '<a href="x">',
    "<li>", "<pre>\n", "<a", ">", "[", "-", "&", "=?utf-8?Q?", "<blockquote>",
]  # fmt: skip


def _daemon(text: str) -> None:
    mail = mime.cut(HEAD + b"\r\n")
    kinds.kind_of(mail, sender=Mailbox("", "mailer-daemon@b.example"), subject="Undelivered", text=text)
    kinds.bounced(mail, text=text)


STAGES = {
    "markup.text_of": markup.text_of,
    "markup.clean": markup.clean,
    "folding.fold": folding.fold,
    "language.guess": language.guess,
    "kinds": _daemon,
    "headers.words": lambda text: headers.words(text.encode()),
    "headers.mailboxes": lambda text: headers.mailboxes([text.encode()]),
    "headers.ids": lambda text: headers.ids([text.encode()[: mime.MOST_HEADER_BYTES]]),
    "mime.params": lambda text: mime.params(text.encode()),
    "mime.from_base64": lambda text: mime.from_base64(text.encode()),
    "plain": lambda text: reader.read_mail(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()),
    "html": lambda text: reader.read_mail(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + text.encode()),
    "one header": lambda text: reader.read_mail(HEAD + b"Cc: " + text.replace("\n", "").encode() + b"\r\n\r\nx"),
    "headers": lambda text: reader.read_mail(HEAD + text.encode() + b"\r\n\r\nx"),
    "report": lambda text: reader.read_mail(
        HEAD + b"Content-Type: multipart/report; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + text.encode()
    ),
    "parts": lambda text: reader.read_mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + text.encode()),
    "uuencode": lambda text: reader.read_mail(
        HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin 644 a\n" + text.encode()
    ),
}  # fmt: skip


def _took(stage: str, text: str) -> float:
    began = time.process_time()
    STAGES[stage](text)
    return time.process_time() - began


@pytest.mark.parametrize("stage", STAGES)
def test_letters_of_one_repeated_word_kept_the_worker_for_minutes(stage: str) -> None:
    slow = {}
    for unit in UNITS:
        text = (unit * (SIZE // len(unit.encode()) + 1))[:SIZE]
        took = _took(stage, text)
        if took >= MOST_S and (took := min(took, _took(stage, text))) >= MOST_S:
            slow[unit] = round(took, 2)
    assert slow == {}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text("<>/=?-:;@\"'( \n\t>aA1#&.주문수신자", min_size=1, max_size=6), min_size=1, max_size=4))
def test_no_mixture_of_signs_keeps_the_worker(pieces: list[str]) -> None:
    unit = "".join(pieces)
    text = unit * (50_000 // len(unit.encode()) + 1)
    for stage in ("plain", "html", "one header", "headers", "report", "headers.ids", "kinds"):
        assert min(_took(stage, text), 99) < MOST_S, stage


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"=" * 4_000_000,
        b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"A=" * 2_000_000,
        b"Content-Type: application/x\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin 644 a\n"
        + b"!0\n" * 1_300_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(30))
        + b"Content-Type: application/x\r\n\r\n"
        + b"x" * 4_000_000,
    ],
    ids=["=", "A=", "short lines", "nested"],
)
def test_a_mail_of_4_mb_ate_hundreds(head: bytes) -> None:
    raw = HEAD + head
    tracemalloc.start()
    try:
        read = reader.read_mail(raw)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(read.attachments) == 1
    assert most < 5 * len(raw)


def test_many_signatures_under_each_other_are_all_folded_away() -> None:
    assert folding.fold("Hello\n" + "x\n--\n" * 2400)[0].startswith("Hello")


@pytest.mark.parametrize(
    "html", ["<p>a</p><title>b</title>c", "<TITLE >b</title >a<p>c", "<style>x</style><p>a<p>c"]
)
def test_what_a_page_hides_is_no_text_and_what_it_does_not_close_is(html: str) -> None:
    assert markup.text_of(html).split() == ["a", "c"]
