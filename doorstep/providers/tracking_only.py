"""What carriers have in common that only tell where parcels are: they sell nothing, and nothing is told to them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import httpx

from doorstep.base import outward
from doorstep.base.needs import Need
from doorstep.base.refusals import Refused
from doorstep.base.texts import whole
from doorstep.base.words import gettext_noop
from doorstep.providers.bare_carrier import BareCarrier
from doorstep.shipping.port import Abilities, Scan
from doorstep.shipping.refusals import THROTTLED, UNAUTHORISED

TIMEOUT = httpx.Timeout(10, connect=3)
ASK_AGAIN_S, LONGEST_S = 300, 86_400
KEY = Need("token", gettext_noop("API key"), secret=True)
ABILITIES = Abilities(
    sells=False, atomic_keys=False, voids=False, is_told=False, manifests=False, pushes=False, pace_s=1800
)


class TrackingOnly(BareCarrier):
    """A carrier that is asked after parcels and nothing else."""

    abilities = ABILITIES
    needs: tuple[Need, ...] = (KEY,)


def fetch(url: str, *, headers: Mapping[str, str], params: Mapping[str, str] | None = None) -> httpx.Response:
    """One question.  Raises: httpx errors, also for 5xx.  Refuses: 429, with how long to wait."""
    with outward.client(TIMEOUT) as http:
        return checked(http.get(url, headers=dict(headers), params=dict(params or {})))


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer.  Raises: httpx errors for 5xx.  Refuses: 429, with how long to wait."""
    if answer.status_code == 429:
        said = whole(answer.headers.get("retry-after", ""))
        wait_s = ASK_AGAIN_S if said is None else min(said, LONGEST_S)
        raise Refused(THROTTLED, {"said": "429", "wait_s": wait_s})
    if answer.status_code >= 500:
        answer.raise_for_status()
    return answer


def read(answer: httpx.Response, reader: Callable[..., list[Scan]], *, number: str) -> list[Scan]:
    """What an answer tells of one number.  Refuses: error answers, by what they say, else by their status."""
    if answer.status_code in (401, 403):
        raise Refused(UNAUTHORISED, {"said": str(answer.status_code)})
    told = reader(answer.content, number=number)
    if len({scan.tracking_number for scan in told}) == 1:  # it may write the number in a way of its own
        return [replace(scan, tracking_number=number) for scan in told]
    return [scan for scan in told if scan.tracking_number == number]


class Tokens:
    """Tokens that hold for a while, one per account, shared by all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}

    def get(self, account: tuple[str, str], fetch: Callable[[], tuple[str, int]]) -> str:
        """A token that still holds for a minute, fetched where there is none."""
        with self._lock:
            token, until = self._kept.get(account, ("", 0.0))
        if until < time.monotonic() + 60:
            token, holds_s = fetch()
            with self._lock:
                self._kept[account] = (token, time.monotonic() + holds_s)
        return token

    def drop(self, account: tuple[str, str], token: str) -> None:
        """Forgets a token that was not accepted, unless another thread has a newer one already."""
        with self._lock:
            if self._kept.get(account, ("", 0.0))[0] == token:
                del self._kept[account]
