"""A shop front that follows availability, and what happens meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from doorstep.base import db
from tests.api.conftest import Api, make_key
from tests.factories import make_brand

Map = dict[int, dict[str, Any]]


@dataclass
class Follower:
    """A shop front that reads all once, and then only what changed."""

    api: Api
    cursor: str
    known: Map
    told: list[str] = field(default_factory=list)

    def follow(self, limit: int = 1000) -> list[str]:
        """Asks until nothing more is to be told; gives the SKUs that it was told."""
        self.told = []
        while True:
            answer = self.api.get(f"/availability/changes?after={self.cursor}&limit={limit}")
            assert answer.status_code == 200, answer.content
            found = answer.json()
            self.told += [row["sku"] for row in found["availability"]]
            self.known |= {row["variant_id"]: row for row in found["availability"]}
            self.cursor = found["cursor"]
            if not found["more"]:
                return self.told

    @property
    def on_sale(self) -> dict[str, int]:
        return {row["sku"]: row["available"] for row in self.known.values() if row["on_sale"]}


def whole(api: Api, limit: int = 1000) -> tuple[str, Map]:
    """Everything that is on sale, page by page, and the cursor to go on from."""
    page = api.get(f"/availability?limit={limit}").json()
    cursor, rows = page["cursor"], page["availability"]
    while page["next"]:
        page = api.get(f"/availability?limit={limit}&cursor={page['next']}").json()
        rows += page["availability"]
    return cursor, {row["variant_id"]: row for row in rows}


def follower(api: Api) -> Follower:
    return Follower(api, *whole(api))


def shop(**more: Any) -> Api:
    brand = make_brand(**more)
    return Api(brand, make_key(brand))


def settled() -> None:
    """Waits until every transaction that wrote before is older than all that are open: other tests have theirs."""
    mine = db.scalar("SELECT pg_current_xact_id()::text::bigint")
    deadline = time.monotonic() + 60
    while db.scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") <= mine:
        assert time.monotonic() < deadline, "an old transaction stays open"
        time.sleep(0.02)


@contextmanager
def held(write: Callable[[], object], *, undone: bool = False) -> Iterator[None]:
    """A transaction on a connection of its own that has written and is open until the block ends."""
    written, go_on = threading.Event(), threading.Event()
    trouble: list[BaseException] = []

    def other() -> None:
        try:
            with transaction.atomic():
                write()
                written.set()
                go_on.wait(timeout=60)
                transaction.set_rollback(undone)
        except BaseException as raised:
            trouble.append(raised)
            raise
        finally:
            written.set()
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert written.wait(timeout=60)
        yield
    finally:
        go_on.set()
        thread.join(timeout=60)
    assert trouble == []


def add(api: Api, sku: str, qty: int) -> None:
    body = {"location_id": api.brand.seoul, "lines": [{"sku": sku, "qty": qty}]}
    answer = api.post("/stock/receipts", body)
    assert answer.status_code == 201, answer.content


def components(api: Api, sku: str, **units: int) -> None:
    body = {"components": [{"sku": part, "qty": qty} for part, qty in units.items()]}
    answer = api.ask("PUT", f"/variants/{api.brand.variants[sku]}/components", body)
    assert answer.status_code == 200, answer.content
