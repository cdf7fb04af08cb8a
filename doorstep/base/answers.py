"""How much an answer of a vendor may be: nobody's memory is filled, and nobody waits for ever, whatever is sent.

An answer is unpacked here, bit by bit, since a few bytes may unpack to gigabytes.
Source: RFC 9110, 8.4.1; CWE-409, "Improper Handling of Highly Compressed Data (Data Amplification)".
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx

MOST_BYTES = 32_000_000  # the largest pages that vendors give have a few millions
LONGEST_S = 120.0
AT_ONCE = 65_536
ASKED_FOR = {"accept-encoding": "gzip"}
PACKED = ("gzip", "x-gzip")
_GZIP = 16 + zlib.MAX_WBITS


class TooLarge(httpx.ReadError):
    """An answer of more bytes than it may have."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`most`: bytes, unpacked.  `longest_s`: from its head to its end."""

    most: int = MOST_BYTES
    longest_s: float = LONGEST_S


def bound(answer: httpx.Response, *, bounds: Bounds) -> httpx.Response:
    """The same answer, unpacked while it is read, and no further than its bounds.

    Raises, now or when it is read: TooLarge, httpx.ReadTimeout for one that takes longer, httpx.ReadError for one that is packed
    otherwise than was asked for, or cut.
    """
    packings = [one.strip().lower() for one in answer.headers.get("content-encoding", "").split(",")]
    packings = [one for one in packings if one not in ("", "identity")]
    told = answer.headers.get("content-length", "")
    assert isinstance(answer.stream, httpx.SyncByteStream)
    try:
        if len(packings) > 1 or any(one not in PACKED for one in packings):
            raise httpx.ReadError(f"an answer packed as {', '.join(packings)[:60]}")
        if told.isdecimal() and (len(told) > 15 or int(told) > bounds.most):
            raise _too_large(bounds)
    except httpx.ReadError:
        answer.stream.close()
        raise
    lost = ("content-encoding", "content-length") if packings else ()
    headers = [(name, value) for name, value in answer.headers.raw if name.decode("latin-1").lower() not in lost]
    stream = _Bounded(answer.stream, bounds, is_packed=bool(packings))
    return httpx.Response(answer.status_code, headers=headers, stream=stream, extensions=answer.extensions)


class _Bounded(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, bounds: Bounds, *, is_packed: bool) -> None:
        self._stream, self._bounds, self._is_packed = stream, bounds, is_packed

    def __iter__(self) -> Iterator[bytes]:
        ends, came = time.monotonic() + self._bounds.longest_s, 0
        for part in _unpacked(self._stream) if self._is_packed else self._stream:
            came += len(part)
            if came > self._bounds.most:
                raise _too_large(self._bounds)
            if time.monotonic() > ends:
                raise httpx.ReadTimeout(f"an answer that has not come whole after {self._bounds.longest_s:g} s")
            yield part

    def close(self) -> None:
        self._stream.close()


def _unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Bit by bit, also the empty bits, so that whoever counts and waits is asked each time."""
    opened, is_begun, coming = zlib.decompressobj(_GZIP), False, iter(parts)
    for part in coming:
        rest, is_begun = part, True
        while rest and not opened.eof:  # what follows its end is none of it
            try:
                yield opened.decompress(rest, AT_ONCE)
            except zlib.error as trouble:
                raise httpx.ReadError(f"an answer that cannot be unpacked: {trouble}") from None
            rest = opened.unconsumed_tail
        if opened.eof:
            next(coming, None)  # only whoever hears the end of an answer can ask again on the same connection
            return
    yield opened.flush()
    if is_begun and not opened.eof:
        raise httpx.ReadError("an answer that is cut")


def _too_large(bounds: Bounds) -> TooLarge:
    return TooLarge(f"an answer of more than {bounds.most} bytes")
