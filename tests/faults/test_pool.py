"""The database was away: whoever asks afterwards waits for nothing but an answer."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from doorstep.base import db

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("web")]
MANY = 4  # the pool has ten, and threads of other tests may hold some


def test_a_pool_of_dead_connections_gives_a_living_one_at_once() -> None:
    together = Barrier(MANY)
    connection.ensure_connection()  # our own, so that it is none of those

    def use(at_once: int) -> int:
        try:
            pid = int(db.scalar("SELECT pg_backend_pid()"))
            if at_once > 1:
                together.wait(20)
            return pid
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as threads:
        used = [one.result() for one in [threads.submit(use, MANY) for _ in range(MANY)]]
        db.column("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) pid", [used])
        began = time.monotonic()
        after = threads.submit(use, 1).result()
        took_s = time.monotonic() - began

    assert took_s < 2
    assert after not in used
