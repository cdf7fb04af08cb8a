"""Mails are read as their writers meant them, whatever their programs did to them."""

from __future__ import annotations

import base64
import os
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doorstep.messaging.reading import Mailbox, MailKind, attachment_bytes, read_mail

MAILS = Path(os.environ.get("DOORSTEP_MAILS", Path(__file__).resolve().parents[4] / "shared" / "data" / "email"))
KOREAN = "안녕하세요, 주문한 티셔츠가 아직 오지 않았습니다."


def plain(body: bytes, charset: str = "", **headers: bytes) -> bytes:
    lines = [b"From: <minseo@example.com>", *(f"{k.replace('_', '-')}: ".encode() + v for k, v in headers.items())]
    if charset:
        lines.append(f"Content-Type: text/plain; charset={charset}".encode())
    return b"\r\n".join([*lines, b"", body])


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("euc-kr", "euc_kr"), ("EUC-KR", "cp949"), ("cp949", "cp949"), ("ks_c_5601-1987", "cp949"), ('"ks_c_5601-1987"', "cp949"),
        ("iso-2022-kr", "iso2022_kr"), ("johab", "johab"), ("utf-8", "utf-8"), ("utf8", "utf-8"), ("utf-16", "utf-16"),
    ],
)  # fmt: skip
def test_a_declared_charset_is_read(declared: str, codec: str) -> None:
    assert read_mail(plain(KOREAN.encode(codec), declared)).text == KOREAN


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("us-ascii", "utf-8"), ("iso-8859-1", "utf-8"), ("euc-kr", "utf-8"), ("utf-8", "cp949"), ("iso-8859-1", "cp949"),
     ("us-ascii", "euc_kr"), ("x-unknown", "cp949"), ("", "cp949"), ("", "utf-8"), ("utf-8", "iso2022_kr"), ("hex", "utf-8")],
)  # fmt: skip
def test_charset_broken_in_the_usual_ways_is_read_all_the_same(declared: str, codec: str) -> None:
    assert read_mail(plain(KOREAN.encode(codec), declared)).text == KOREAN


def test_a_letter_of_cp949_that_euc_kr_does_not_know_is_read() -> None:
    assert read_mail(plain("똠방각하 펲시콜라".encode("cp949"), "euc-kr")).text == "똠방각하 펲시콜라"


def test_other_scripts_are_read() -> None:
    assert read_mail(plain("ご注文の品".encode("iso2022_jp"), "iso-2022-jp")).text == "ご注文の品"
    assert read_mail(plain("“Größe” – 5 €".encode("cp1252"), "iso-8859-1")).text == "“Größe” – 5 €"
    assert read_mail(plain("Где заказ".encode("cp1251"), "windows-1251")).text == "Где заказ"


def test_a_subject_split_in_the_middle_of_a_letter_is_whole() -> None:
    data = "교환 요청드립니다".encode("euc-kr")
    words = b"\r\n ".join(b"=?euc-kr?B?" + base64.b64encode(part) + b"?=" for part in (data[:5], data[5:]))
    assert read_mail(plain(b"", Subject=words)).subject == "교환 요청드립니다"


def test_raw_bytes_in_headers_are_read() -> None:
    assert read_mail(plain(b"", "euc-kr", Subject="반품 문의".encode("euc-kr"))).subject == "반품 문의"
    assert read_mail(plain(b"", Subject="반품 문의".encode())).subject == "반품 문의"
    assert read_mail(plain(b"", To='"김민서" <Minseo@Example.COM>'.encode("cp949"))).to == (
        Mailbox("김민서", "minseo@example.com"),
    )


def test_names_with_commas_quotes_and_words_are_one_mailbox_each() -> None:
    mail = read_mail(
        plain(
            b"",
            To=b'"Kim, M." <a@x.example>, =?utf-8?B?7J206rmALCDrsJU=?= <b@x.example>, c@x.example (Cho), Team: d@x.example;',
            Delivered_To=b"support@moru.example",
            X_Original_To=b"help@moru.example",
        )
    )
    assert mail.to == (
        Mailbox("Kim, M.", "a@x.example"),
        Mailbox("이김, 박", "b@x.example"),
        Mailbox("Cho", "c@x.example"),
        Mailbox("", "d@x.example"),
    )
    assert mail.recipients[4:] == ("support@moru.example", "help@moru.example")


def test_ids_and_dates_are_told_as_they_are() -> None:
    mail = read_mail(
        plain(
            b"hi",
            Message_ID=b"<1@x.example>",
            In_Reply_To=b"<0@x.example> (sent yesterday)",
            References=b"<a@x.example>\r\n <0@x.example>\r\n\t<a@x.example>",
            Date=b"Wed, 25 Nov 2026 10:00:00 +0900",
        )
    )
    assert (mail.message_id, mail.in_reply_to) == ("<1@x.example>", "<0@x.example>")
    assert mail.references == ("<a@x.example>", "<0@x.example>")
    assert mail.sent_at == datetime(2026, 11, 25, 1, tzinfo=UTC)
    empty = read_mail(plain(b"", Message_ID=b"", Date=b"yesterday"))
    assert (empty.message_id, empty.sent_at) == ("", None)


def test_attachments_keep_their_names_and_bytes() -> None:
    message = EmailMessage()
    message["From"] = "minseo@example.com"
    message.set_content("사진 보냅니다")
    message.add_attachment(b"\x00\xff\r\n\x89PNG", maintype="image", subtype="png", filename="파손 사진.png")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a" * 90 + "영수증.pdf")
    raw = message.as_bytes()
    mail = read_mail(raw)
    assert [(f.name, f.content_type, f.size) for f in mail.attachments] == [
        ("파손 사진.png", "image/png", 8),
        ("a" * 90 + "영수증.pdf", "application/pdf", 4),
    ]
    assert [attachment_bytes(raw, f.index) for f in mail.attachments] == [b"\x00\xff\r\n\x89PNG", b"%PDF"]
    assert mail.text == "사진 보냅니다"


def test_a_name_goes_nowhere_but_into_a_list() -> None:
    raw = plain(b"", Content_Disposition=b'attachment; filename="../../etc/pass\x00wd"')
    assert [f.name for f in read_mail(raw).attachments] == ["passwd"]
    words = b'attachment; filename="=?euc-kr?B?' + base64.b64encode("송장.xlsx".encode("euc-kr")) + b'?="'
    assert [f.name for f in read_mail(plain(b"", Content_Disposition=words)).attachments] == ["송장.xlsx"]
    raw_name = b'attachment; filename="' + "송장.xlsx".encode("euc-kr") + b'"'
    assert [f.name for f in read_mail(plain(b"", Content_Disposition=raw_name)).attachments] == ["송장.xlsx"]


def test_html_is_safe_and_remote_pictures_are_only_named() -> None:
    html = (
        "<style>p{}</style><script>alert(1)</script><p onclick='x()' style='color:red'>안녕 <b>하세요</b></p><form><input></form>"
        "<img src='https://track.example/1.gif'><img src='cid:a@b'><a href='javascript:x()'>x</a>"
        "<img src=//evil.example/x.png alt='a src=\"y\"'><img alt='>' src='http://evil.example/y.png'>"
    )
    mail = read_mail(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode())
    for word in ("script", "style", "onclick", "<form", "<input", "javascript", ' src="http', ' src="//'):
        assert word not in mail.html
    assert 'data-remote-src="https://track.example/1.gif"' in mail.html
    assert 'src="cid:a@b"' in mail.html
    assert mail.fresh.startswith("안녕 하세요")


def test_html_without_text_is_read_line_by_line_and_its_quote_folds() -> None:
    html = (
        "<div>교환 부탁드립니다.<br>M 사이즈로요.</div><div class=gmail_quote>2026년 11월 25일 (수) 오전 10:00, 모루 "
        "&lt;<a href=mailto:help@moru.example>help@moru.example</a>&gt;님이 작성:<br>"
        "<blockquote>무엇을 도와드릴까요?<blockquote>이전</blockquote></blockquote></div>"
    )
    mail = read_mail(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode())
    assert mail.fresh == "교환 부탁드립니다.\nM 사이즈로요."
    assert "> 무엇을 도와드릴까요?" in mail.quoted


def test_the_text_of_a_mail_in_several_parts_is_all_of_it() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\nContent-Type: image/png\r\n\r\nPNG\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nsecond\r\n--b--\r\n"
    )
    mail = read_mail(raw)
    assert (mail.text, len(mail.attachments)) == ("first\nsecond", 1)


def test_language_is_guessed() -> None:
    assert read_mail(plain(KOREAN.encode())).language == "ko"
    assert read_mail(plain(b"Where is my order? Thanks")).language == "en"
    assert read_mail(plain("注文はどこですか".encode())).language == ""
    assert read_mail(plain(b"#1001")).language == ""


DSN = (
    b"From: MAILER-DAEMON@mx.example\r\nTo: help@moru.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    b"Final-Recipient: rfc822; gone@example.com\r\nAction: %s\r\nStatus: 5.1.1\r\n\r\n"
    b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <ours@moru.example>\r\nSubject: x\r\n\r\n--b--\r\n"
)


def test_a_bounce_says_what_came_back_and_from_whom() -> None:
    mail = read_mail(DSN % b"failed")
    assert (mail.kind, mail.bounced_message_id, mail.bounced_address) == (
        MailKind.BOUNCE,
        "<ours@moru.example>",
        "gone@example.com",
    )


def test_a_delayed_mail_is_no_bounce() -> None:
    assert read_mail(DSN % b"delayed").kind is MailKind.AUTO_REPLY


def test_a_bounce_in_free_form_is_one() -> None:
    raw = plain(
        "다음 수신자에게 메일을 보낼 수 없습니다: <gone@example.com>\r\n\r\nMessage-ID: <ours@moru.example>".encode(),
        Subject="메일 전송 실패 안내".encode(),
    ).replace(b"<minseo@example.com>", b"postmaster@mail.example")
    mail = read_mail(raw)
    assert (mail.kind, mail.bounced_message_id, mail.bounced_address) == (
        MailKind.BOUNCE,
        "<ours@moru.example>",
        "gone@example.com",
    )


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, MailKind.PERSON),
        ({"Auto_Submitted": b"no"}, MailKind.PERSON),
        ({"Auto_Submitted": b"auto-replied"}, MailKind.AUTO_REPLY),
        ({"Auto_Submitted": b"auto-generated; x=y"}, MailKind.AUTO_REPLY),
        ({"X_Autoreply": b"yes"}, MailKind.AUTO_REPLY),
        ({"X_Autorespond": b"1"}, MailKind.AUTO_REPLY),
        ({"Precedence": b"auto_reply"}, MailKind.AUTO_REPLY),
        ({"Subject": b"Automatic reply: Your order"}, MailKind.AUTO_REPLY),
        ({"Subject": "[자동회신] 부재중입니다".encode()}, MailKind.AUTO_REPLY),
        ({"X_Auto_Response_Suppress": b"All"}, MailKind.PERSON),
        ({"Precedence": b"bulk"}, MailKind.LIST_OR_BULK),
        ({"List_Id": b"<news.example>"}, MailKind.LIST_OR_BULK),
        ({"List_Unsubscribe": b"<https://x.example>"}, MailKind.LIST_OR_BULK),
    ],
)
def test_machines_are_told_from_people(headers: dict[str, bytes], kind: MailKind) -> None:
    assert read_mail(plain(b"x", **headers)).kind is kind


PIECES = st.sampled_from(
    [
        b"\r\n", b"\n", b"\r", b" ", b"From: ", b"Subject: ", b"=?euc-kr?B?", b"?=", b"=?x?Q?", b"--b", b"--b--", b"<", b">", b'"',
        b"(", b"\\", b"@", b"\xff", b"\x00", b"> ", b"-- ", b"+2AA-", b"&#xd800;", b"\x1b$)C\x0e\x21", b"<blockquote>",
        b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=undefined", b"<table><tr><td>",
        b"Content-Type: message/rfc822", b"Content-Type: text/plain; charset=utf-7", b"Date: 1 Jan 99999 25:61 +9999",
        b"filename*0*=x''%ff", b"Content-Disposition: attachment;", b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode", b"On 1 Jan 2020 at 10:00 x <a@b> wrote:", b"begin 644 x\n",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=40).map(b"".join))
)
@example(b"")
def test_any_bytes_are_some_mail(raw: bytes) -> None:
    mail = read_mail(raw)
    for said in (mail.subject, mail.text, mail.fresh, mail.html, mail.from_.name, *(f.name for f in mail.attachments)):
        assert "\0" not in said
        said.encode()
    for file in mail.attachments:
        assert len(attachment_bytes(raw, file.index)) == file.size


def test_no_mail_of_bytes_that_are_no_letters_takes_long() -> None:
    """Letters are asked for in test_hostile."""
    began, many = time.process_time(), b"\xea" * 200_000
    read_mail(b"From: " + many + b"\r\nSubject: " + many + b"\r\nReferences: " + many + b"\r\n\r\n" + many)
    read_mail(b"Content-Type: text/html\r\n\r\n" + many)
    assert time.process_time() - began < 5


def test_a_mail_of_many_levels_and_parts_is_read() -> None:
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    assert read_mail(levels).kind is MailKind.PERSON
    assert read_mail(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5000).text.startswith(
        "x"
    )


def real_mails() -> list[Path]:
    return sorted(path for path in MAILS.rglob("*") if path.is_file()) if MAILS.is_dir() else []


@pytest.mark.skipif(not real_mails(), reason="no folder of real mails (DOORSTEP_MAILS)")
def test_every_real_mail_is_read() -> None:
    for path in real_mails():
        raw = path.read_bytes()
        for file in read_mail(raw).attachments:
            assert len(attachment_bytes(raw, file.index)) == file.size


@pytest.mark.skipif(not (MAILS / "charset_cjk").is_dir(), reason="no folder of real mails (DOORSTEP_MAILS)")
@pytest.mark.parametrize(
    "charset", ["euc_kr", "cp949", "johab", "iso2022_kr", "iso2022_jp", "shift_jis", "big5", "gb18030"]
)
def test_the_samples_of_a_charset_are_read(charset: str) -> None:
    folder = MAILS / "charset_cjk"
    want = (folder / f"{charset}-utf8.txt").read_text(encoding="utf-8")
    got = read_mail(plain((folder / f"{charset}.txt").read_bytes(), charset.replace("_", "-"))).text
    assert got.split() == want.split()
