"""A client of the API that never gives up: whatever it does not know the outcome of it asks again, under the same key."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from bench._plugs import Plugs
from doorstep.base import tls

Document = dict[str, Any]
WAIT_S = 20.0
PATIENCE_S = 180.0


@dataclass
class Tally:
    """What was done, and what was answered.  `broken`: answers that no kill explains; `torn`: keys that got two orders."""

    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    asked_again: int = 0
    slowest_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def did(self, act: str) -> None:
        """One act was answered with yes."""
        with self.lock:
            self.acts[act] += 1

    def was_refused(self, act: str, code: str) -> None:
        """One act was answered with an honest no."""
        with self.lock:
            self.refused[f"{act} {code}"] += 1


class Client:
    """One person at the API.  `name`: part of each Idempotency-Key, so that no two people share one."""

    def __init__(self, ports: list[int], secret: str, *, name: str, seed: int, tally: Tally, plugs: Plugs) -> None:
        self.ports, self.secret, self.name, self.tally, self.plugs = ports, secret, name, tally, plugs
        self.random = Random(f"{seed}:{name}")
        self.number = 0
        self._http = httpx.Client(timeout=WAIT_S, verify=tls.trusted(), trust_env=False)

    def close(self) -> None:
        """Hangs up."""
        self._http.close()

    def key(self) -> str:
        """A key that was never used."""
        self.number += 1
        return f"soak-{self.name}-{self.number:06}"

    def get(self, path: str, **query: Any) -> Document:
        """Reads; {} where it is not there."""
        return self._ask("GET", path, None, act=f"GET {path.split('/')[1]}", query=query) or {}

    def write(
        self, act: str, method: str, path: str, body: Document | None = None, *, key: str = ""
    ) -> Document | None:
        """Does it once, however often it has to be asked.  Returns: the answer; None where it was refused."""
        answer = self._ask(method, path, body, act=act, key=key or self.key())
        if answer is not None:
            self.tally.did(act)
        return answer

    def tap(self, act: str, path: str, body: Document, *, twice: float = 0.2) -> Document | None:
        """Posts what has a name of its own in its body; some of it is sent twice, under keys that do not know each other."""
        answers = [self.write(act, "POST", path, body) for _ in range(1 + (self.random.random() < twice))]
        return next((answer for answer in answers if answer is not None), None)

    def cut_off(self, path: str, body: Document, *, key: str, part: float) -> None:
        """Sends a part of a request, or all of it, and hangs up without reading an answer."""
        raw = _bytes(body)
        port = self.random.choice(self.ports)
        head = (
            f"POST /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {self.secret}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(raw)}\r\n\r\n"
        )
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
                sock.sendall(head.encode() + raw[: int(len(raw) * part)])
        except OSError:
            return

    def _ask(
        self, method: str, path: str, body: Document | None, *, act: str, key: str = "", query: Document | None = None
    ) -> Document | None:
        headers = {"Authorization": f"Bearer {self.secret}"} | ({"Idempotency-Key": key} if key else {})
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        raw = _bytes(body) if body is not None else None
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            began = time.monotonic()
            url = f"http://127.0.0.1:{self.random.choice(self.ports)}/api/v1{path}"
            try:
                answer = self._http.request(method, url, content=raw, headers=headers, params=query)
            except httpx.HTTPError as trouble:
                self._went_away(act, began, trouble)
                continue
            self.tally.slowest_s = max(self.tally.slowest_s, time.monotonic() - began)
            if answer.is_success:
                return answer.json() if answer.content else {}
            told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            if not self._is_final(act, began, answer, told):
                time.sleep(0.1)
                continue
            return None
        self.tally.broken.append(f"{act}: no answer within {PATIENCE_S:.0f} s")
        return None

    def _went_away(self, act: str, began: float, trouble: httpx.HTTPError) -> None:
        if not self.plugs.explain(began, time.monotonic()):
            self.tally.broken.append(f"{act}: {trouble!r}")
        self.tally.asked_again += 1
        time.sleep(0.05)

    def _is_final(self, act: str, began: float, answer: httpx.Response, told: Document) -> bool:
        """Whether this no is the last word."""
        status, code = answer.status_code, str(told.get("code", ""))
        if status >= 500:
            if status != httpx.codes.SERVICE_UNAVAILABLE or not self.plugs.explain(began, time.monotonic(), "database"):
                self.tally.broken.append(f"{act}: {status} {answer.text[:400]}")
            self.tally.asked_again += 1
            return status != httpx.codes.SERVICE_UNAVAILABLE
        if status == httpx.codes.TOO_MANY_REQUESTS or code == "idempotency_key_in_flight":
            self.tally.asked_again += 1
            return False
        if code not in ("invalid_request", "not_found", "unsupported_media_type", "missing_scope"):
            self.tally.was_refused(act, code)
            return True
        self.tally.was_refused(act, f"{code} {answer.text[:300]}" if code != "not_found" else code)
        return True


def _bytes(body: Document) -> bytes:
    """The same bytes each time: a repeated request is known by them."""
    return json.dumps(body).encode()
