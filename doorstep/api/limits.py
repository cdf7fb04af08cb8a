"""What a request may cost: its size, its kind, how many of them. Plain functions and counters."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from doorstep.base.problems import TOO_LARGE
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

MIB = 1024 * 1024
ONE = MIB
BATCH = 6 * MIB
WITH_FILES = 14 * MIB

NOT_JSON = Refusal(
    "not_json",
    gettext_noop("The body must be application/json."),
    gettext_noop("Set the header Content-Type: application/json."),
    status=415,
)
RATE_LIMITED = Refusal(
    "rate_limited",
    gettext_noop("This key has made %(limit)s requests in one minute."),
    gettext_noop("Wait %(wait_s)s seconds, then go on."),
    status=429,
)
TOO_SLOW = Refusal(
    "body_too_slow",
    gettext_noop("The body did not come within %(most)s seconds."),
    gettext_noop("Send it again in one piece."),
    status=408,
)
TOO_BUSY = Refusal(
    "too_busy",
    gettext_noop("More orders wait than can be taken in at once; this one was not kept."),
    gettext_noop("Send it again in a second."),
    status=429,
)
WINDOW_S = 60


def require_json(content_type: str) -> None:
    """Refuses a body of another kind, or in another charset than UTF-8."""
    kind, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise Refused(NOT_JSON)


def require_size(length: int, *, most: int) -> None:
    """Refuses a body of more bytes."""
    if length > most:
        raise Refused(TOO_LARGE, {"most": most})


@dataclass(frozen=True, slots=True)
class Allowance:
    """Where a key stands in its minute."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """Source: draft-ietf-httpapi-ratelimit-headers-02, the form that clients know."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class Meter:
    """Counts requests per key and minute in this process; every further web process adds its own allowance."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[int, int] = {}

    def count(self, key_id: int, *, now_s: float, limit: int) -> tuple[Allowance, bool]:
        """Notes one request.  Returns: where the key stands, and whether this request is within its limit."""
        minute, passed = divmod(int(now_s), WINDOW_S)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            used = self._counts.get(key_id, 0) + 1
            self._counts[key_id] = used
        return Allowance(limit, max(limit - used, 0), WINDOW_S - passed), used <= limit


meter = Meter()


def require_within(key_id: int, *, now: datetime, limit: int) -> dict[str, str]:
    """Counts a request of a key; gives the headers that say where it stands.  Refuses: more than `limit` a minute."""
    allowance, within = meter.count(key_id, now_s=now.timestamp(), limit=limit)
    if not within:
        raise Refused(RATE_LIMITED, {"limit": limit, "wait_s": allowance.reset_s})
    return allowance.headers()
