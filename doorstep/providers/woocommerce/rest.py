"""Calls of WooCommerce's REST API: keys, pace, repeats, and what an answer means.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#authentication-over-https (the header; over https the query,
where a server does not pass the header on), #pagination, #errors;
https://www.rfc-editor.org/rfc/rfc9110#field.retry-after.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import stamina

from doorstep.base import outward
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.base.texts import whole
from doorstep.channels.pacing import Pace, Pacer
from doorstep.channels.port import Throttled

API = "/wp-json/wc/v3"
TIMEOUT = httpx.Timeout(30, connect=5)  # a small host may take its time
PACE = Pace("rest", 10, 20)  # the vendor documents none; hosts have their own
PATIENCE_S = 5.0  # so long a call waits for its turn; whoever shall wait longer is told so
USUAL_WAIT_S = 10.0
LONGEST_WAIT_S = 600.0
PER_PAGE = 100  # the most that a page holds
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_KEYS = re.compile(r"(consumer_key|consumer_secret)=[^&\s]*")
# The shop's answer is for the caller: what it does not know, what it will not do.
CALLERS = range(400, 500)
NOT_FOR_CALLERS = (401, 403, 408, 425, 429)  # a key that ran out, a firewall, a busy shop: it may pass


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list.  `pages`: how many there are.  `stands_at`: the last second of the shop's clock that was over then."""

    objects: list[dict[str, Any]]
    pages: int
    stands_at: datetime | None


class Rest:
    """One shop's API."""

    def __init__(
        self, url: str, *, key: str, secret: str, pacer: Pacer, keys_in_query: bool = False,
        remember: Callable[[bool], None] = lambda _in_query: None,
    ) -> None:  # fmt: skip
        """`keys_in_query`: how the keys went last time that the shop took them; `remember`: keeps that they go otherwise now."""
        self._url, self._pacer = url.rstrip("/"), pacer
        self._keys = {"consumer_key": key, "consumer_secret": secret}
        self._in_query, self._remember = keys_in_query, remember

    def ask(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None, refusals: Sequence[str] = ()
    ) -> httpx.Response:
        """One call.  `refusals`: codes of answers that are the caller's to read, whatever their status.

        Reads and what sets a value are repeated where an answer got lost; what adds something (POST but for batches) is not.
        Raises: httpx errors, 401 and 403 among them: a key can be given anew; Throttled.  Refuses: plain http to elsewhere.
        """
        self._check_way()
        repeats = method in ("GET", "PUT") or path.endswith("/batch")
        passing = (httpx.TransportError,) if repeats else (httpx.ConnectError,)
        for attempt in stamina.retry_context(on=passing, attempts=3, timeout=45, wait_max=2):
            with attempt:
                self._take_turn()
                answer = self._send(method, path, query, body)
        if answer.status_code == 401:
            answer = self._otherwise(method, path, query, body) or answer
        self._judge(answer, refusals)
        return answer

    def find(self, path: str, query: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """One object; None where the shop knows no such."""
        answer = self.ask("GET", path, query=query)
        return None if answer.status_code == 404 else an_object(answer)

    def page(self, path: str, *, page: int, query: Mapping[str, Any]) -> Found:
        """One page of a list; empty beyond the last, and of what is not there."""
        answer = self.ask("GET", path, query={"per_page": PER_PAGE, "page": page, **query})
        if answer.status_code == 404 or code_of(answer) == "rest_post_invalid_page_number":
            return Found([], 0, None)
        told = a_list(answer)
        pages = whole(answer.headers.get("x-wp-totalpages", ""))
        if pages is None and len(told) == PER_PAGE:
            raise strange(answer, "a list that does not say how many pages it has")
        return Found(told, 1 if pages is None else pages, stands_at(answer))

    def every(self, path: str, query: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """All of a short list.  What leaves it meanwhile moves others forward, so pages are read from the last to the first."""
        found = self.page(path, page=1, query=query or {})
        kept = {one["id"]: one for one in found.objects}
        for page in range(found.pages, 0, -1) if found.pages > 1 else ():
            kept |= {one["id"]: one for one in self.page(path, page=page, query=query or {}).objects}
        return list(kept.values())

    def _check_way(self) -> None:
        parts = urlsplit(self._url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise Refused(UNREADABLE, {"reason": "the shop's address must begin with https: its keys could be read on the way"})

    def _take_turn(self) -> None:
        patience = PATIENCE_S
        while True:
            try:
                return self._pacer.take(PACE)
            except Throttled as wait:
                patience -= wait.wait_s
                if patience < 0:
                    raise
                time.sleep(wait.wait_s)

    def _otherwise(self, method: str, path: str, query: Mapping[str, Any] | None, body: Any) -> httpx.Response | None:
        """The same call with its keys by the other way: some hosts take the header off, and WordPress sees none.

        Returns: what the shop answers; None where it knows the keys by neither way.
        """
        self._in_query = not self._in_query
        self._take_turn()
        answer = self._send(method, path, query, body)
        if answer.status_code == 401:
            self._in_query = not self._in_query
            return None
        if answer.is_success:
            self._remember(self._in_query)
        return answer

    def _send(self, method: str, path: str, query: Mapping[str, Any] | None, body: Any) -> httpx.Response:
        """One request.  Keys in the query stand in no log and in no error: the answer is told to be one to a call without."""
        url, asked = f"{self._url}{API}{path}", dict(query or {})
        auth = None if self._in_query else httpx.BasicAuth(self._keys["consumer_key"], self._keys["consumer_secret"])
        keys = self._keys if self._in_query else {}
        with outward.client(TIMEOUT) as http:
            answer = http.request(method, url, params={**asked, **keys}, json=body, auth=auth)
        if self._in_query:
            answer.request = httpx.Request(method, url, params=asked)
        return answer

    def _judge(self, answer: httpx.Response, refusals: Sequence[str]) -> None:
        if answer.status_code == 429:
            raise self._pacer.stop(PACE, wait_s=_wait_s(answer))
        if answer.status_code == 503 and "retry-after" in answer.headers:  # a shop that is being updated
            self._pacer.stop(PACE, wait_s=_wait_s(answer))
        if answer.is_success or code_of(answer) in refusals:
            return
        # What WordPress or its host does not find is the API itself; what WooCommerce does not find is an object of it.
        is_away = answer.status_code == 404 and not code_of(answer).startswith("woocommerce_rest_")
        if is_away or answer.status_code not in CALLERS or answer.status_code in NOT_FOR_CALLERS:
            raise httpx.HTTPStatusError(_said(answer), request=answer.request, response=answer)


class _WithoutKeys(logging.Filter):
    """Lets no line of the HTTP library say the keys of an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes, the keys do not."""
        if isinstance(record.args, tuple):
            record.args = tuple(_KEYS.sub(r"\1=…", str(one)) if "consumer_" in str(one) else one for one in record.args)
        return True


logging.getLogger("httpx").addFilter(_WithoutKeys())


def decoded(answer: httpx.Response) -> Any:
    """The JSON of an answer.  Raises: an httpx error where it is none: nothing is known then."""
    try:
        return json.loads(answer.content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise strange(answer, "something that is no JSON") from None


def a_list(answer: httpx.Response) -> list[dict[str, Any]]:
    """The objects of a good answer.  Raises, Refuses: as `an_object`."""
    told = decoded(answer)
    if not answer.is_success:
        raise _refused(answer)
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise strange(answer, "no list of objects")
    return told


def an_object(answer: httpx.Response) -> dict[str, Any]:
    """The object of a good answer.  Raises: an httpx error where there is none.  Refuses: what the shop would not do."""
    told = decoded(answer)
    if not answer.is_success:
        raise _refused(answer)
    if not isinstance(told, dict):
        raise strange(answer, "no object")
    return told


def _refused(answer: httpx.Response) -> Refused:
    return Refused(UNREADABLE, {"reason": f"the shop answered {answer.status_code}: {message_of(answer)}"})


def code_of(answer: httpx.Response) -> str:
    """The code of an error, "" where it has none."""
    try:
        return str(json.loads(answer.content)["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def message_of(answer: httpx.Response) -> str:
    """What an error says."""
    try:
        return str(json.loads(answer.content)["message"])[:200]
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


def _said(answer: httpx.Response) -> str:
    """What a shop that does not serve us answered, in one line; keys stand in none of it."""
    to = answer.next_request.url.host if answer.next_request is not None else ""  # as read by who asked: it may be no address
    said = f"it goes on at {to}" if to else " ".join(text for text in (code_of(answer), message_of(answer)) if text)
    return _KEYS.sub(r"\1=…", f"the shop answered {answer.status_code}: {said}")


def strange(answer: httpx.Response, what: str) -> httpx.DecodingError:
    """What to raise where an answer cannot be read."""
    return httpx.DecodingError(f"the shop answered {what}", request=answer.request)


def stands_at(answer: httpx.Response) -> datetime | None:
    """The last second that was over when the shop looked, None where it tells no time: orders are dated by whole seconds, and one
    that lasts may bring another change.  A server that renews its Date header late only puts off what is taken."""
    try:
        told = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
    return (told - answer.elapsed).replace(microsecond=0) - timedelta(seconds=1)


def _wait_s(answer: httpx.Response) -> float:
    """For how long to leave the shop alone: seconds, or until a date by its own clock."""
    told = answer.headers.get("retry-after", "")
    seconds = whole(told)
    if seconds is not None:
        return min(max(float(seconds), 0.1), LONGEST_WAIT_S)
    try:
        wait = (parsedate_to_datetime(told) - parsedate_to_datetime(answer.headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError):
        return USUAL_WAIT_S
    return min(max(wait, 0.1), LONGEST_WAIT_S)
