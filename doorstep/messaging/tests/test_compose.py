"""Mails of ours as bytes: nobody writes headers of ours through a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from doorstep.messaging import compose
from doorstep.messaging.port import Mail, Rejected
from doorstep.messaging.values import Attachment

AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
EVIL = "=?utf-8?q?=0d=0aReply-To:_eve=40x.example=0d=0a=0d=0a=3Ch1=3EPay_here=3C/h1=3E?="
TWICE = "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0d=0aReply-To:_eve=40x.example=3F=3D?="
MAIL = Mail(
    message_id="<1@brand.example>", from_name="Moru", from_address="help@moru.example", to_name="Jo", to_address="jo@x.example",
    subject="Order #1", text="Hello", html="<p>Hello</p>", language="en",
)  # fmt: skip
OURS = ["From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version", "Content-Type"]


def _heads(data: bytes) -> list[str]:
    return [
        line.partition(":")[0] for line in data.partition(b"\r\n\r\n")[0].decode().splitlines() if line[:1] not in " \t"
    ]


@pytest.mark.parametrize("field", ["subject", "to_name", "from_name"])
@pytest.mark.parametrize("evil", [EVIL, TWICE, "a\r\nBcc: eve@x.example", "a\x0b\x0c\x1c\x85\u2028Bcc: eve@x.example",
                                  "=\x00?utf-8?q?=0d=0aBcc:_e?=",
                                  "=?utf-8?b?DQpSZXBseS1UbzogZXZlQHguZXhhbXBsZQ0KDQpoaQ==?=", "\ud800=?x"])  # fmt: skip
def test_a_name_with_encoded_words_added_headers_and_a_body_to_our_mails(field: str, evil: str) -> None:
    for said in (evil, f"Re: {evil}", f"말 {evil} 끝"):
        data = compose.write(replace(MAIL, **{field: said}), at=AT).data
        assert sorted(_heads(data)) == sorted(OURS)
        read = message_from_bytes(data, policy=default)
        assert (read["Reply-To"], read["Bcc"], read["To"].addresses[0].addr_spec) == (None, None, "jo@x.example")
        assert read.get_body(("plain",)).get_content().strip() == "Hello"  # type: ignore[union-attr]


@pytest.mark.parametrize("evil", [EVIL, "a\r\nX-Eve: 1", "=?utf-8?q?=0d=0aX-Eve:_1=0d=0a=0d=0ahi?=.pdf"])
def test_a_file_named_in_encoded_words_added_headers_to_its_part(evil: str) -> None:
    data = compose.write(replace(MAIL, attachments=(Attachment(evil, "application/pdf", b"%PDF"),)), at=AT).data
    assert sorted(_heads(data)) == sorted(OURS)
    [file] = message_from_bytes(data, policy=default).iter_attachments()  # type: ignore[attr-defined]
    assert sorted(file.keys()) == ["Content-Disposition", "Content-Transfer-Encoding", "Content-Type", "MIME-Version"]
    assert file.get_content() == b"%PDF"


@pytest.mark.parametrize("name", ["eve@x.example, " + "a" * 90, "<eve@x.example>, " * 9, "이, eve@x.example, " * 9, "Jo" * 400])
def test_a_long_name_with_a_comma_became_another_recipient(name: str) -> None:
    read = message_from_bytes(compose.write(replace(MAIL, to_name=name), at=AT).data, policy=default)
    assert [found.addr_spec for found in read["To"].addresses] == ["jo@x.example"]
    shown = read["To"].addresses[0].display_name  # the library reads spaces between encoded words
    assert "".join(shown.split()) == "".join(name[:200].split())


@pytest.mark.parametrize("name", ["김서연", 'O\'Brien, "Bo" <x>', "What = ? really", "100% =", "🎁 Café"])
def test_names_of_people_come_as_they_were_written(name: str) -> None:
    read = message_from_bytes(compose.write(replace(MAIL, to_name=name, subject=name), at=AT).data, policy=default)
    assert (read["To"].addresses[0].display_name, read["Subject"]) == (name, name)


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: c@d.example", "=?utf-8?q?a=0d=0aBcc:_e=40x?=@b.example"])
def test_an_address_that_carries_a_header_is_refused(address: str) -> None:
    for field in ("to_address", "from_address", "reply_to"):
        with pytest.raises(Rejected):
            compose.write(replace(MAIL, **{field: address}), at=AT)


def test_a_header_that_the_library_writes_beside_ours_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some versions of the library decode such a subject into headers, others write it as one word."""
    monkeypatch.setattr(compose, "_one_line", lambda text: text)  # as if the first wall had a hole
    try:
        written = compose.write(replace(MAIL, subject=EVIL), at=AT).data
    except Rejected:
        return
    assert b"eve@x.example" not in written


def test_bytes_whose_head_holds_another_header_are_refused() -> None:
    with pytest.raises(ValueError, match="others"):
        compose._require_only(["Subject"], b"Subject: \r\nReply-To: eve@x.example\r\n\r\nPay here\r\n")
    compose._require_only(["Subject"], b"Subject: Hello\r\n\r\nReply-To: eve@x.example\r\n")
