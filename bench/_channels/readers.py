"""Who reads what may be sold by themselves: a web store that follows the feed of availability, and the page of a till."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from bench._channels.stocked import PASSWORD, Stocked
from doorstep.base import tls

GAP_S = 0.4  # between two looks of the page, see till_live.js
Heard = dict[str, list[tuple[float, int]]]  # when which number came, by SKU


class Reader(threading.Thread):
    """Somebody who listens until it is told to stop.  `heard`: what came, `trouble`: what ended it before."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.http = httpx.Client(base_url=url, timeout=httpx.Timeout(60, connect=10), trust_env=False, verify=tls.trusted())
        self.heard: Heard = defaultdict(list)
        self.ready, self.over = threading.Event(), threading.Event()
        self.trouble: Exception | None = None

    def run(self) -> None:
        try:
            self.listen()
        except Exception as trouble:  # noqa: BLE001  # told by whoever waits for it
            if not self.over.is_set():
                self.trouble = trouble
        finally:
            self.ready.set()

    def listen(self) -> None:
        raise NotImplementedError

    def stop(self) -> Heard:
        """Hangs up.  Raises: what went wrong."""
        self.over.set()
        self.http.close()
        if self.trouble is not None:
            raise self.trouble
        return self.heard

    def events(self, path: str, headers: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
        """Server-sent events as they come: (kind, data)."""
        with self.http.stream("GET", path, headers={"Accept": "text/event-stream", **headers}) as answer:
            answer.raise_for_status()
            kind = "message"
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield kind, json.loads(line.removeprefix("data: "))
                    kind = "message"
                if self.over.is_set():
                    return


class Store(Reader):
    """A web store of the brand's own: it follows `GET /availability/changes`."""

    def __init__(self, url: str, brand: Stocked) -> None:
        super().__init__(url)
        self._secret = brand.secret

    def listen(self) -> None:
        for kind, data in self.events("/api/v1/availability/changes", {"Authorization": f"Bearer {self._secret}"}):
            if kind == "hello":
                self.ready.set()
            for row in data.get("availability", ()):
                self.heard[row["sku"]].append((time.time(), row["available"]))


class Till(Reader):
    """The page of the till: the live stream says that something happened, and what is otherwise is fetched."""

    def __init__(self, url: str, brand: Stocked) -> None:
        super().__init__(url)
        self._items, self._room = f"/till/{brand.places[-1]}/items/", brand.ctx.organisation_id
        self._sign_in(brand.login)
        self._wake = threading.Event()
        self._cursor = self.http.get(self._items).raise_for_status().json()["cursor"]
        self._looker = threading.Thread(target=self._look, daemon=True)

    def _sign_in(self, login: str) -> None:
        self.http.get("/sign-in/").raise_for_status()
        form = {"login": login, "password": PASSWORD, "csrfmiddlewaretoken": self.http.cookies["csrftoken"]}
        answer = self.http.post("/sign-in/", data=form, headers={"Referer": str(self.http.base_url)})
        if answer.status_code != httpx.codes.FOUND:
            raise RuntimeError(f"nobody is signed in: {answer.status_code}")

    def listen(self) -> None:
        self._looker.start()
        for kind, _ in self.events(f"/events?room={self._room}", {}):
            if kind == "hello":
                self.ready.set()
            self._wake.set()

    def _look(self) -> None:
        try:
            while not self.over.is_set():
                if not self._wake.wait(1):
                    continue
                self._wake.clear()
                more = True
                while more:
                    told = self.http.get(self._items, params={"after": self._cursor}).raise_for_status().json()
                    self._cursor, more, at = told["cursor"], told["more"], time.time()
                    for item in told["items"]:
                        self.heard[item["sku"]].append((at, item["here"]))
                time.sleep(GAP_S)
        except Exception as trouble:  # noqa: BLE001  # told by whoever waits for it
            if not self.over.is_set():
                self.trouble = trouble


def waits_ms(heard: Sequence[tuple[float, int]], booked: Sequence[tuple[float, int]]) -> tuple[list[float], int]:
    """How long it took from each commit until a number that knows of it was heard.

    Shapes: (when, number) each, ascending; every number was booked once.  Returns: waits, and how many were never heard of.
    """
    turn = {number: n for n, (_, number) in enumerate(booked)}
    found: list[float] = []
    known = -1
    for at, number in heard:
        n = turn.get(number, -1)
        found += [max(at - booked[k][0], 0.0) * 1000 for k in range(known + 1, n + 1)]
        known = max(known, n)
    return found, len(booked) - 1 - known


def quantile(values: Sequence[float], share: float) -> float:
    """So much or less is that share of the values."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


