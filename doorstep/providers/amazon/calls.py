"""Calls of Amazon's operations: paced, with a token, and repeated where nothing is known.

Source: https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits-in-the-sp-api
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import stamina

from doorstep.base import outward
from doorstep.base.answers import TooLarge
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.channels.pacing import Pace, Pacer
from doorstep.channels.port import Throttled
from doorstep.providers.amazon import tokens
from doorstep.providers.amazon.tokens import Grant

TIMEOUT = httpx.Timeout(20, connect=5)
RATE = "x-amzn-RateLimit-Limit"
# A page's turn that comes so soon is waited for: given up, the reading of a long list would begin anew each time.
WAITED_FOR_S = 3.0
UNKNOWN = (httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError)
_TURNED_AWAY = (401, 403)
LONGEST_NUMBER = 30
LOOPBACK = ("127.0.0.1", "::1", "localhost")

# Amazon counts a call when it comes, and we when we begin with what leads to it.  So what is counted in minutes is left this much
# longer, and who is turned away all the same asks again soon, and then ever later.
COUNTED_LATER_S, MOST_OF_A_CALL = 0.5, 0.05
SLOW_S, SOON_S, EACH_TIME = 5.0, 1.0, 4

_rates: dict[tuple[int, str], float] = {}
_refusals: dict[tuple[int, str], int] = {}  # in a row


class Calls:
    """One connection's way to Amazon."""

    def __init__(self, *, url: str, grant: Grant, pacer: Pacer) -> None:
        self._url, self._grant, self._pacer = url.rstrip("/"), grant, pacer

    def ask(
        self, pace: Pace, method: str, path: str, *, query: Mapping[str, str | int] | None = None, body: Any = None,
        token: str = "", is_paid: bool = False, is_once: bool = False,
    ) -> httpx.Response:  # fmt: skip
        """Calls an operation; with a token that Amazon turns away it is called once more, with a new one.

        `token`: a restricted one, for what it was made for.  `is_paid`: its turn was taken before.  `is_once`: a repeat would count
        twice, so that none is made where nobody knows whether the first was taken.
        Raises: Throttled where no call is free soon, httpx errors, those of a 5xx included.
        """
        with _http() as http:
            used = token or tokens.access_token(self._grant, http)
            answer = self._send(http, pace, method, path, query, body, used, is_paid, is_once)
            if answer.status_code in _TURNED_AWAY and not token:
                tokens.drop(self._grant, used)
                used = tokens.access_token(self._grant, http)
                answer = self._send(http, pace, method, path, query, body, used, False, is_once)
        return answer

    def _send(
        self, http: httpx.Client, pace: Pace, method: str, path: str, query: Mapping[str, str | int] | None, body: Any,
        token: str, is_paid: bool, is_once: bool,
    ) -> httpx.Response:  # fmt: skip
        """Every other call may be repeated: numbers are set, and a parcel is known by its number.

        Once an answer got lost nothing is said of being throttled, which would mean that nothing was sent.
        """
        headers = {"x-amz-access-token": token, "user-agent": "Doorstep (Language=Python)"}
        asked = http.build_request(method, self._url + path, params=dict(query or {}), json=body, headers=headers)
        lost: httpx.TransportError | None = None
        # Not as a decorator, which logs what it is called with: the token.
        for attempt in stamina.retry_context(on=UNKNOWN, attempts=1 if is_once else 3, timeout=60, wait_max=2):
            with attempt:
                try:
                    answer = self._once(http, pace, asked, is_paid=is_paid and lost is None)
                except UNKNOWN as trouble:
                    lost = trouble
                    raise
                except Throttled:
                    if lost is not None:
                        raise lost from None
                    raise
        if answer.status_code >= 500:
            answer.raise_for_status()
        return answer

    def _once(self, http: httpx.Client, pace: Pace, asked: httpx.Request, *, is_paid: bool) -> httpx.Response:
        if not is_paid:
            self.take(pace)
        answer = http.send(asked)
        rate, key = _rate(answer), (self._pacer.connection_id, pace.name)
        if answer.status_code == 429:
            before = _refusals[key] = _refusals.get(key, -1) + 1
            usual = 1.0 / (rate or pace.rate)
            wait_s = min(SOON_S * EACH_TIME ** min(before, 16), usual) if usual > SLOW_S else usual
            raise self._pacer.stop(pace, wait_s=wait_s)
        _refusals.pop(key, None)
        self._note(pace, rate)
        return answer

    def take(self, pace: Pace, *, keep: float = 0.0) -> None:
        """Takes the turn of a call.  `keep`: what is to be left for those in more of a hurry.  Raises: Throttled."""
        keep += min(pace.rate * COUNTED_LATER_S, MOST_OF_A_CALL)
        try:
            self._pacer.take(pace, keep=keep)
        except Throttled as wait:
            if wait.wait_s > WAITED_FOR_S:
                raise
            time.sleep(wait.wait_s)
            self._pacer.take(pace, keep=keep)

    def _note(self, pace: Pace, rate: float | None) -> None:
        """Keeps the rate that Amazon applies, where it is another one than we knew."""
        key = (self._pacer.connection_id, pace.name)
        if rate is not None and rate != _rates.get(key, pace.rate):
            self._pacer.note(pace, rate=rate)
            _rates[key] = rate

    def put(self, url: str, document: bytes, *, content_type: str) -> None:
        """Sends a document to the address that Amazon gave for it; the address itself is the permission."""
        with _http() as http:
            http.put(_sealed(url), content=document, headers={"content-type": content_type}).raise_for_status()

    def get(self, url: str, *, most: int) -> bytes:
        """Gets a document from the address that Amazon gave for it.  Refuses: one of more than `most` bytes."""
        try:
            with outward.client(TIMEOUT, most=most) as http:
                answer = http.get(_sealed(url))
        except TooLarge:
            raise Refused(UNREADABLE, {"reason": "a document of Amazon is larger than any"}) from None
        return answer.raise_for_status().content


def document(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a good answer, numbers with a point in it as texts.  Refuses: anything else (`UNREADABLE`)."""
    if not answer.is_success:
        raise Refused(UNREADABLE, {"reason": f"Amazon answered {answer.status_code}: {message(answer)}"})
    try:
        found = answer.json(parse_float=_exact)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(UNREADABLE, {"reason": "Amazon answered something that is no JSON object"})
    return found


def _exact(number: str) -> str:
    """A number as a decimal text, for amounts are no floats; what no amount can be stays as it is written."""
    value = Decimal(number)
    return f"{value:f}" if value.is_finite() and abs(value.adjusted()) <= LONGEST_NUMBER else number


def payload(answer: httpx.Response) -> dict[str, Any]:
    """What a good answer of an older API wraps."""
    found = document(answer).get("payload")
    if not isinstance(found, dict):
        raise Refused(UNREADABLE, {"reason": "Amazon answered without a payload"})
    return found


def part(said: Mapping[str, Any], name: str) -> str:
    """A text that a good answer must have.  Refuses: an answer without it (`UNREADABLE`)."""
    found = said.get(name)
    if not isinstance(found, str) or not found:
        raise Refused(UNREADABLE, {"reason": f"Amazon answered without {name}"})
    return found


def message(answer: httpx.Response) -> str:
    """What Amazon says is wrong."""
    try:
        first = answer.json()["errors"][0]
        return f"{first['code']}: {first['message']}"[:300]
    except (ValueError, KeyError, TypeError, IndexError):
        return answer.reason_phrase


def answered_at(answer: httpx.Response) -> datetime | None:
    """When Amazon answered, by its own clock."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None


def _sealed(url: str) -> str:
    """The address of a document.  Refuses: one in the open, except on the machine itself, and one that is none."""
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
    except ValueError:
        fits = False
    if not fits:
        raise Refused(UNREADABLE, {"reason": "Amazon named an address for a document that is none of its own"})
    return url


def _http() -> httpx.Client:
    return outward.client(TIMEOUT)


def _rate(answer: httpx.Response) -> float | None:
    try:
        rate = float(answer.headers.get(RATE, ""))
    except ValueError:
        return None
    return rate if 0 < rate < 10_000 else None
