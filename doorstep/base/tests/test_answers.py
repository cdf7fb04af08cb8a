"""No vendor fills our memory or keeps us waiting for ever, whatever it sends."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from doorstep.base import answers
from doorstep.base.answers import Bounds, TooLarge

TEN = Bounds(10_000_000, 60)


class Sent(httpx.SyncByteStream):
    def __init__(self, parts: Any) -> None:
        self.parts, self.taken, self.is_heard_out, self.is_closed = iter(parts), 0, False, False

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.taken += 1
            yield part
        self.is_heard_out = True

    def close(self) -> None:
        self.is_closed = True


def bound(sent: Sent, bounds: Bounds = TEN, **headers: str) -> httpx.Response:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return answers.bound(httpx.Response(200, headers=told, stream=sent), bounds=bounds)


def test_an_answer_within_its_bounds_comes_as_it_is_packed_or_not() -> None:
    text = bytes(range(256)) * 1000
    packed = gzip.compress(text)
    assert bound(Sent([text]), content_length=str(len(text))).read() == text
    for at_once in (1, 7, len(packed)):
        parts = [packed[at : at + at_once] for at in range(0, len(packed), at_once)]
        answer = bound(Sent([*parts, b"what follows"]), content_encoding="GZip", content_length=str(len(packed)), etag="x")
        assert (answer.read(), answer.headers["etag"], "content-length" in answer.headers) == (text, "x", False)
    assert bound(Sent([]), content_encoding="gzip").read() == b""


def test_a_packed_answer_is_heard_out_so_that_its_connection_serves_again() -> None:
    sent = Sent([gzip.compress(b"x")])
    assert bound(sent, content_encoding="gzip").read() == b"x"
    assert sent.is_heard_out
    endless = Sent(itertools.chain([gzip.compress(b"x")], itertools.repeat(b"what follows")))
    assert bound(endless, content_encoding="gzip").read() == b"x"
    assert endless.taken == 2


def test_an_endless_answer_is_read_no_further_than_its_bounds() -> None:
    sent = Sent(itertools.repeat(b"x" * 100_000))
    with pytest.raises(TooLarge):
        bound(sent).read()
    assert sent.taken == 101
    told = Sent([b"x"])
    with pytest.raises(TooLarge):
        bound(told, content_length="9" * 5000).read()
    assert (told.taken, told.is_closed) == (0, True)


def test_few_bytes_that_unpack_to_gigabytes_are_not_unpacked_whole() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(bytes(50_000_000)) + packer.flush()
    came: list[int] = []
    with pytest.raises(TooLarge):
        came.extend(len(part) for part in bound(Sent([bomb]), content_encoding="gzip").iter_raw())
    assert sum(came) <= TEN.most
    assert max(came) <= answers.AT_ONCE


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd", "deflate", "x-unheard-of"])
def test_what_is_packed_otherwise_than_was_asked_for_is_not_read(packing: str) -> None:
    sent = Sent([b"x"])
    with pytest.raises(httpx.ReadError, match="packed as"):
        bound(sent, content_encoding=packing)
    assert (sent.taken, sent.is_closed) == (0, True)


@pytest.mark.parametrize("sent", [gzip.compress(b"x" * 1000)[:-9], b"no gzip at all"], ids=["cut", "no such thing"])
def test_what_is_cut_or_no_such_thing_is_no_answer(sent: bytes) -> None:
    with pytest.raises(httpx.ReadError):
        bound(Sent([sent]), content_encoding="gzip").read()


def test_an_answer_that_drips_is_given_up() -> None:
    with pytest.raises(httpx.ReadTimeout):
        bound(Sent(itertools.repeat(b"")), Bounds(10, -1)).read()
