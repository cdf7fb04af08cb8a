"""Header fields as people meant them.

Source: RFC 2047 (words, also split in the middle of a letter, with raw bytes between, or inside quotes), RFC 5322.
"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_tz

from doorstep.messaging.reading.charsets import decode
from doorstep.messaging.reading.mime import from_base64
from doorstep.messaging.reading.values import Mailbox

MOST_BYTES = 8_192
MOST_MAILBOXES = 500
MOST_LIST_BYTES = 200_000
MOST_IDS = 200

_WORD = re.compile(rb"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z-]{1,20})?\?([BbQq])\?((?:(?!=\?[^=]).)*?)\?=", re.DOTALL)
_ID = re.compile(r"<([^<>]{1,2000})>")
# Only from the first letter of a word: else every letter of a long one is tried.
_ADDRESS = re.compile(r"(?<![^\s<>\"(),:;@\[\]])[^\s<>\"(),:;@\[\]]{1,200}@[^\s<>\"(),:;@]{1,254}")


def words(value: bytes, hint: str = "") -> str:
    """A header's text, its encoded words decoded; neighbours of one charset are joined before they are decoded."""
    value = value[:MOST_BYTES]
    pieces: list[tuple[str, bytes]] = []
    at = 0
    for found in _WORD.finditer(value):
        between = value[at : found.start()]
        if between.strip(b" \t") or (between and not pieces):
            pieces.append(("", between))
        pieces.append((found.group(1).decode("ascii").lower(), _word(found.group(2), found.group(3))))
        at = found.end()
    pieces.append(("", value[at:]))
    charset = next((said for said, _data in pieces if said), hint)
    joined: list[tuple[str, bytes]] = []
    for said, data in pieces:
        if joined and said and joined[-1][0] == said:
            joined[-1] = (said, joined[-1][1] + data)
        elif data:
            joined.append((said, data))
    return " ".join("".join(decode(data, said, charset) for said, data in joined).split())


def _word(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"Bb":
        return from_base64(text)
    return binascii.a2b_qp(text.replace(b"\r", b"").replace(b"\n", b""), header=True)


def mailboxes(values: list[bytes], hint: str = "") -> tuple[Mailbox, ...]:
    """The mailboxes of address headers, in their order; names decoded, addresses in lower case."""
    found: list[Mailbox] = []
    left = MOST_LIST_BYTES
    for value in values:
        text = value[:left].decode("latin-1")
        left -= len(text)
        if "@" not in text and "=?" in text:
            text = words(value, hint).encode("utf-8").decode("latin-1")
        found += [mailbox for piece in _split(text) if piece.strip() and (mailbox := _mailbox(piece, hint))]
    return tuple(found[:MOST_MAILBOXES])


def _split(text: str) -> list[str]:
    """A list cut at commas and semicolons outside quotes, comments and angles; the names of groups left out."""
    pieces, start, quoted, angle, depth, at = [], 0, False, False, 0, 0
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in "()":
            depth = max(0, depth + (1 if letter == "(" else -1))
        elif not quoted and not depth and letter in "<>":
            angle = letter == "<"
        elif not quoted and not depth and not angle and letter in ",;:":
            if letter != ":" or "@" in text[start:at]:
                pieces.append(text[start:at])
            start = at + 1
        at += 1
    return [*pieces, text[start:]]


def _mailbox(piece: str, hint: str) -> Mailbox | None:
    piece = piece[:MOST_BYTES].strip()
    angle = piece.rfind("<")
    if angle >= 0 and piece.count(">", angle) <= 1:
        name, address = piece[:angle], piece[angle + 1 :].partition(">")[0]
    else:
        comment = re.search(r"\(([^()]*)\)", piece)
        address = re.sub(r"\([^()]*\)", "", piece)
        name = comment.group(1) if comment else ""
    bare = _ADDRESS.search(address.replace(" ", "")) or _ADDRESS.search(piece)
    said = words(_bare(name).encode("latin-1", "ignore"), hint).strip(" \"'")
    if not bare:
        shown = said or words(piece.encode("latin-1", "ignore"), hint)
        return Mailbox(shown[:300], "") if shown.strip("<> ") else None
    return Mailbox(said[:300], decode(bare.group().encode("latin-1")).lower().rstrip(".")[:254])


def _bare(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name.replace('"', " ")) if '"' in name else name


def ids(values: list[bytes]) -> tuple[str, ...]:
    """Message identifiers in angle brackets, each once, in their order; one without brackets is given them."""
    found: list[str] = []
    for value in values:
        text = decode(value)
        named = [re.sub(r"\s+", "", said) for said in _ID.findall(text)]
        if not named and "<" not in text:
            named = [said for said in text.split() if "@" in said[1:-1] and len(said) <= 900]
        found += [f"<{said}>" for said in named if 0 < len(said) <= 900]
    return tuple(dict.fromkeys(found))[-MOST_IDS:]


def moment(value: bytes) -> datetime | None:
    """When a Date header says; None if it says nothing usable.  Units: aware, UTC."""
    text = decode(value)[:200]
    try:
        parsed = parsedate_tz(text)
        if parsed is not None:
            naive = datetime(*parsed[:6], tzinfo=UTC)
            return datetime.fromtimestamp(naive.timestamp() - (parsed[9] or 0), tz=UTC)
        said = datetime.fromisoformat(text.strip())
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
