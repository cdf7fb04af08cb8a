"""A mail's bytes as what it says."""

from __future__ import annotations

import re
from html import escape

from doorstep.messaging.reading import folding, headers, kinds, language, markup
from doorstep.messaging.reading.charsets import NO_CHARACTER, codec_of, decode
from doorstep.messaging.reading.mime import Part, cut, head_of
from doorstep.messaging.reading.values import AttachedFile, Mailbox, MailKind, ReadMail

MOST_TEXT = 1_000_000
MOST_SUBJECT = 1_000
# All texts of one mail together; what is longer lies in the original.
MOST_TEXT_BYTES = 2_000_000
DELIVERED = (
    "delivered-to",
    "x-original-to",
    "x-delivered-to",
    "envelope-to",
    "x-envelope-to",
    "x-forwarded-to",
    "x-rcpt-to",
)


def read_mail(raw: bytes) -> ReadMail:
    """What a mail says; any bytes are some mail, and the original stays the authority.

    Shapes: no NUL nor half a surrogate pair in any text; addresses in lower case; Message-IDs in their angle brackets.
    """
    mail = cut(raw)
    texts, htmls, files = _sorted_out(mail)
    hint = _charset(mail)
    html = "\n".join(htmls)
    text = "\n".join(texts).replace("\r\n", "\n").replace("\r", "\n")[:MOST_TEXT].strip("\n")
    fresh, quoted = folding.fold(text)
    from_ = headers.mailboxes(mail.all("from") or mail.all("sender"), hint)
    sender = next((found for found in from_ if found.address), from_[0] if from_ else Mailbox("", ""))
    subject = headers.words(mail.header("subject"), hint)[:MOST_SUBJECT]
    to, cc, reply_to = (headers.mailboxes(mail.all(name), hint) for name in ("to", "cc", "reply-to"))
    kind = kinds.kind_of(mail, sender=sender, subject=subject, text=text)
    gone_id, gone_address = kinds.bounced(mail, text=text) if kind is MailKind.BOUNCE else ("", "")
    delivered = headers.mailboxes([value for name in DELIVERED for value in mail.all(name)])
    return ReadMail(
        message_id=next(iter(headers.ids(mail.all("message-id"))), ""),
        in_reply_to=next(iter(headers.ids(mail.all("in-reply-to"))), ""),
        references=headers.ids(mail.all("references")),
        from_=sender,
        to=to,
        cc=cc,
        reply_to=reply_to,
        recipients=tuple(dict.fromkeys(box.address for box in (*to, *cc, *delivered) if box.address)),
        sent_at=headers.moment(mail.header("date")),
        subject=subject,
        text=text,
        fresh=fresh,
        quoted=quoted,
        html=markup.clean(html) if html else "",
        attachments=tuple(_attached(part, index, hint) for index, part in enumerate(files)),
        kind=kind,
        bounced_message_id=gone_id,
        bounced_address=gone_address,
        language=language.guess(f"{subject}\n{fresh}") or language.guess(text),
    )


def message_id_of(raw: bytes) -> str:
    """The Message-ID of a mail that is not read yet, "" if it has none."""
    return next(iter(headers.ids(head_of(raw).all("message-id"))), "")


def attachment_bytes(raw: bytes, index: int) -> bytes:
    """The bytes of one of a mail's attachments.

    Refuses: IndexError where the mail has no such attachment.
    """
    return _sorted_out(cut(raw))[2][index].content()


def _sorted_out(mail: Part) -> tuple[list[str], list[str], list[Part]]:
    """The mail's plain texts, its HTML, and the parts that are neither."""
    files: list[Part] = []
    texts, htmls = _bodies(mail, files, left=[MOST_TEXT_BYTES])
    return texts, htmls, files


def _bodies(part: Part, files: list[Part], *, left: list[int]) -> tuple[list[str], list[str]]:
    if part.parts:
        found = [_bodies(inner, files, left=left) for inner in part.parts]
        if part.content_type == "multipart/alternative":
            return _one_of(found)
        texts = [text for plain, _html in found for text in plain]
        if not any(html for _plain, html in found):
            return texts, []
        return texts, [html for plain, rich in found for html in (rich or [_as_html(text) for text in plain])]
    if _is_file(part):
        files.append(part)
        return [], []
    said = _text_of(part, left)
    if part.content_type == "text/html":
        return [markup.text_of(said)], [said]
    return ([said], []) if said.strip() else ([], [])


def _one_of(found: list[tuple[list[str], list[str]]]) -> tuple[list[str], list[str]]:
    """The plain way of saying it, if it says anything, and the rich one."""
    plain = next((texts for texts, rich in found if not rich and any(text.strip() for text in texts)), None)
    rich = next(((texts, html) for texts, html in reversed(found) if html), ([], []))
    return (plain if plain is not None else rich[0]), rich[1]


def _is_file(part: Part) -> bool:
    disposition = decode(part.header("content-disposition")).partition(";")[0].strip().lower()
    if disposition == "attachment":
        return True
    if part.content_type.startswith("multipart/"):
        return False
    return part.content_type not in ("text/plain", "text/html") or bool(disposition == "inline" and _name(part, ""))


def _text_of(part: Part, left: list[int]) -> str:
    data = part.content()
    if len(data) > left[0]:
        data = data[: left[0]]
        data = data[: data.rfind(b"\n") + 1] or data  # no letter is cut in two
    left[0] -= len(data)
    declared = part.params("content-type").get("charset", "")
    if part.content_type == "text/html" and not codec_of(declared):
        meta = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", data[:4096], re.IGNORECASE)
        declared = meta.group(1).decode("ascii") if meta else ""
    return decode(data, declared)


def _as_html(text: str) -> str:
    return "<p>" + escape(text).replace("\n", "<br>") + "</p>"


def _charset(mail: Part) -> str:
    """The first charset that a part declares, a hint for headers with raw bytes."""
    return next((said for part in mail.walk() if (said := part.params("content-type").get("charset", ""))), "")


def _name(part: Part, hint: str) -> str:
    said = part.params("content-disposition").get("filename") or part.params("content-type").get("name") or ""
    decoded = headers.words(said.encode("utf-8", "ignore"), hint)
    return re.sub(r"[\x00-\x1f\x7f]", "", decoded.replace("\\", "/").rpartition("/")[2]).translate(NO_CHARACTER)[:200]


def _attached(part: Part, index: int, hint: str) -> AttachedFile:
    name = _name(part, hint)
    if not name and part.content_type == "message/rfc822":
        name = "message.eml"
    content_id = next(iter(headers.ids([part.header("content-id")])), "").strip("<>")
    return AttachedFile(name or f"attachment-{index + 1}", part.content_type, len(part.content()), content_id, index)
