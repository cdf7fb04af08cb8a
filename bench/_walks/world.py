"""What all walks share: the house, who acts in it, what was sent, and patience with a house that is down."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import psycopg

from doorstep.base import tls

TOKEN = {"Authorization": "Bearer sandbox"}
AWAY = (httpx.HTTPError, psycopg.Error)


@dataclass
class World:
    """`quiet`: a second brand with a carrier of its own; it only sells, and its mail leaves by SMTP, which cannot be asked.

    `closing`: nothing new begins any more.  `over`: what was begun is at rest, so everybody goes home.
    `broken`: somebody stumbled over what should not be.
    """

    at: Any
    ctx: Any
    key: str
    quiet: tuple[Any, str]
    seed: float
    sent: dict[str, int] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    broken: threading.Event = field(default_factory=threading.Event)
    troubles: list[str] = field(default_factory=list)

    def random(self, name: str) -> Random:
        """Chance of one's own, so that threads do not disturb each other's."""
        return Random(f"{self.seed}:{name}")

    def now(self) -> Any:
        """The context of somebody who acts at this moment."""
        return replace(self.ctx, now=datetime.now(UTC))

    def post(self, path: str, body: dict[str, Any], *, key: str = "", by: str = "") -> Any:
        """Sends to the API until it is answered.  Returns: the document; None where the answer is an honest no (409).

        `key`: an Idempotency-Key.  `by`: another API key than the brand's.
        Any other answer below 500 is a trouble that the bench fails by.
        """
        headers = {"Authorization": f"Bearer {by or self.key}"} | ({"Idempotency-Key": key} if key else {})
        while not self.over.is_set():
            try:
                answer = httpx.post(f"{self.at.url}/api/v1{path}", json=body, headers=headers, timeout=5, verify=tls.trusted())
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code in (200, 201):
                return answer.json()
            if answer.status_code == 409 and answer.json().get("code") != "idempotency_key_in_flight":
                return None
            if answer.status_code < 500 and answer.status_code not in (409, 429):
                self.troubles.append(f"POST {path}: {answer.status_code} {answer.text[:300]}")
                return None
            time.sleep(0.1)
        return None


def sandbox(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    """Asks a sandbox server, which nobody kills; a 503 that it was told to give is asked again."""
    for _ in range(50):
        answer = httpx.request(method, url, json=body, headers=TOKEN, timeout=10, trust_env=False, verify=tls.trusted())
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
    if not answer.is_success:
        raise RuntimeError(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
    return answer.json()


def in_rounds(world: World, work: Callable[[], None], *, every_s: float = 0.1) -> threading.Thread:
    """Does the work again and again until all is over; what a kill interrupts is taken up in the next round."""
    thread = threading.Thread(target=_rounds, args=(world, work, every_s), name=getattr(work, "__qualname__", ""))
    thread.start()
    return thread


def _rounds(world: World, work: Callable[[], None], every_s: float) -> None:
    from django.db import DatabaseError, InterfaceError, close_old_connections, connection

    from doorstep.base.refusals import Refused

    while not world.over.is_set():
        try:
            close_old_connections()
            work()
        except (DatabaseError, InterfaceError, *AWAY):  # the pool's own time-out is psycopg's, not Django's
            connection.close()
            time.sleep(0.2)
        except Refused:
            pass
        except Exception as trouble:
            world.troubles.append(f"{work.__qualname__}: {trouble!r}")
            world.broken.set()
            raise
        time.sleep(every_s)
    connection.close()
