"""A mail's bytes cut into headers and parts.

Source: RFC 5322, RFC 2045, RFC 2046, RFC 2231. Cut by hand, because mails in the wild break each of them, and a part that is
cut out must be byte for byte what was sent.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote_to_bytes

from doorstep.messaging.reading.charsets import decode

MOST_DEPTH = 30
MOST_PARTS = 1000
MOST_HEADERS = 2000
MOST_HEADER_BYTES = 65_536
MOST_PARAMS = 200

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{2,}")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_FILLED = re.compile(rb"[^\r\n]+")
_AFTER_A_SIGN = re.compile(rb"(--)?[ \t]*(?=(\r\n|\n|\r|\Z))")
_GUESSED = re.compile(rb"(?<![^\r\n])--([^\s-][^\r\n]{1,200})")
_PARAM = re.compile(r";\s*([^\s=;]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)")


@dataclass(frozen=True, slots=True)
class Part:
    """Headers as (lower-case name, unfolded bytes), the body still encoded, or the parts of a multipart."""

    headers: tuple[tuple[str, bytes], ...]
    body: bytes
    parts: tuple[Part, ...]

    def header(self, name: str) -> bytes:
        """The first header of a name, b"" if there is none."""
        return next((value for key, value in self.headers if key == name), b"")

    def all(self, name: str) -> list[bytes]:
        """Every header of a name."""
        return [value for key, value in self.headers if key == name]

    @property
    def content_type(self) -> str:
        """The type in lower case; text/plain where it is missing or no type."""
        said = decode(self.header("content-type")).partition(";")[0].strip().lower()
        return said if re.fullmatch(r"[a-z0-9.+_-]{1,80}/[a-z0-9.+_-]{1,120}", said) else "text/plain"

    def params(self, name: str) -> dict[str, str]:
        """The parameters of a header such as Content-Type."""
        return params(self.header(name))

    def content(self) -> bytes:
        """The body without its transfer encoding."""
        return _untransferred(self.body, decode(self.header("content-transfer-encoding")).strip().lower())

    def walk(self) -> Iterator[Part]:
        """This part and all within, in the order of the mail."""
        yield self
        for part in self.parts:
            yield from part.walk()


def cut(raw: bytes) -> Part:
    """A mail as a tree of parts; anything is a mail, if only one with a body."""
    raw = raw.lstrip(b"\r\n")
    return _cut(raw, 0, len(raw), depth=0, left=[MOST_PARTS])


def head_of(raw: bytes) -> Part:
    """A mail's headers alone, its body left whole."""
    raw = raw.lstrip(b"\r\n")
    headers, at = _headers(raw, 0, len(raw))
    return Part(headers, raw[at:], ())


def _cut(raw: bytes, start: int, end: int, *, depth: int, left: list[int], usual: str = "") -> Part:
    """What lies within these bounds; only bodies without parts are copied, so that a mail is held twice however deep it is."""
    headers, at = _headers(raw, start, end)
    if usual and not any(key == "content-type" for key, _value in headers):
        headers = (*headers, ("content-type", usual.encode()))
    whole = Part(headers, b"", ())
    if not whole.content_type.startswith("multipart/") or depth >= MOST_DEPTH:
        return Part(headers, raw[at:end], ())
    inner = "message/rfc822" if whole.content_type == "multipart/digest" else ""
    parts = []
    for piece in _pieces(raw, at, end, whole.params("content-type").get("boundary", "")):
        if left[0] <= 0:
            break
        left[0] -= 1
        parts.append(_cut(raw, *piece, depth=depth + 1, left=left, usual=inner))
    return Part(headers, b"" if parts else raw[at:end], tuple(parts))


def _headers(raw: bytes, at: int, until: int) -> tuple[tuple[tuple[str, bytes], ...], int]:
    """The headers that stand there, and where the body begins."""
    found: list[tuple[str, bytearray]] = []
    while at < until:
        end = _LINE.match(raw, at, until).end()  # type: ignore[union-attr]  # the pattern matches everywhere
        line = raw[at : min(end, at + MOST_HEADER_BYTES)].rstrip(b"\r\n")
        field = _FIELD.match(line)
        if not line:
            at = end
            break
        if line[:1] in b" \t" and found:
            if len(found[-1][1]) < MOST_HEADER_BYTES:
                found[-1][1].extend(b" " + line.strip(b" \t"))
        elif field:
            if len(found) < MOST_HEADERS:
                found.append((field.group(1).decode("ascii").lower(), bytearray(line[field.end() :].strip(b" \t"))))
        elif found or not line.startswith((b"From ", b">From ")):
            break
        at = end
    return tuple((name, bytes(value)) for name, value in found), at


def _pieces(raw: bytes, at: int, end: int, boundary: str) -> list[tuple[int, int]]:
    """The bounds of a multipart's parts."""
    mark = boundary.encode("utf-8", "ignore").rstrip()
    if not mark:
        guessed = _GUESSED.search(raw, at, end)
        if not guessed:
            return []
        mark = guessed.group(1).rstrip()
    pieces: list[tuple[int, int]] = []
    start = -1
    for before, found in _delimiters(raw, at, end, b"--" + mark):
        if start >= 0:
            pieces.append((start, max(start, before)))
        if found.group(1):
            return pieces
        start = found.end() + len(found.group(2))
    return [*pieces, (start, end)] if start >= 0 else []


def _delimiters(raw: bytes, at: int, end: int, sign: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Where the line break before each delimiter stands, and what follows its sign; `find` passes over bodies at full speed."""
    here = raw.find(sign, at, end)
    while here >= 0:
        following = here + 1
        found = _AFTER_A_SIGN.match(raw, here + len(sign), end)
        if found and (here == 0 or raw[here - 1] in b"\r\n"):
            broken = 0 if here == at else 2 if here - 2 >= at and raw[here - 2 : here] == b"\r\n" else 1
            following = found.end()
            yield here - broken, found
        here = raw.find(sign, following, end)


def params(value: bytes) -> dict[str, str]:
    """Parameters with RFC 2231's pieces and charsets put together, and RFC 2047's words where they should not be.

    Shapes: the keys in lower case; the values still hold RFC 2047 words, which the caller decodes.
    """
    text = value[:MOST_HEADER_BYTES].decode("latin-1")
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for found in islice(_PARAM.finditer(text), MOST_PARAMS):
        key, bare = found[1].lower(), _unquoted(found[2])
        numbered = re.fullmatch(r"([^*]+)\*(\d{1,4})?(\*)?", key)
        if numbered:
            ordinal, encoded = int(numbered[2] or 0), bool(numbered[3]) or numbered[2] is None
            pieces.setdefault(numbered[1], []).append((ordinal, encoded, bare))
        else:
            plain.setdefault(key, decode(bare.encode("latin-1")))
    return plain | {key: _joined(sorted(several)) for key, several in pieces.items()}


def _unquoted(said: str) -> str:
    said = said.strip()
    if said.startswith('"'):
        return re.sub(r"\\(.)", r"\1", said[1:-1] if len(said) > 1 and said.endswith('"') else said[1:])
    return said


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    charset, data = "", b""
    for place, (_ordinal, encoded, said) in enumerate(pieces):
        if encoded and place == 0 and said.count("'") >= 2:
            charset, _language, said = said.split("'", 2)
        data += unquote_to_bytes(said.encode("latin-1")) if encoded else said.encode("latin-1")
    return decode(data, charset)


def _untransferred(body: bytes, encoding: str) -> bytes:
    kind = encoding.partition(";")[0].strip()
    if kind in ("base64", "b"):
        return from_base64(body)
    if kind in ("quoted-printable", "q", "quoted_printable"):
        return binascii.a2b_qp(body)
    if kind in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _from_uu(body)
    return body


def from_base64(body: bytes) -> bytes:
    """What base64 says, skipping what is none; pieces that end in "=" may follow each other."""
    whole = bytearray()
    for found in _BASE64.finditer(body.translate(None, _NOT_BASE64)):
        piece = found.group()
        usable = piece[:-1] if len(piece) % 4 == 1 else piece
        whole += binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))
    return bytes(whole)


def _from_uu(body: bytes) -> bytes:
    whole, inside = bytearray(), False
    for found in _FILLED.finditer(body):
        line = found.group()
        if line.startswith(b"begin "):
            inside = True
        elif line.strip() == b"end":
            break
        elif inside:
            try:
                whole += binascii.a2b_uu(line)
            except binascii.Error:
                size = (((line[0] - 32) & 63) * 4 + 5) // 3
                whole += _short_uu(line[:size])
    return bytes(whole) or body


def _short_uu(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""
