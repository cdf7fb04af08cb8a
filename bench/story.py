"""200 orders at 2 per second through the whole house: from the answer to the API's caller to a place on a pick list.

N = 200, seed 1.  Measured: from sending the order to the commit of the fact `fulfilment.listed` (PostgreSQL's commit
time; one machine, one clock), through web, outbox, dispatcher, routing.  Left out: the picker.  Peer: none; the yardstick
stands beside it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from random import Random

import httpx
import psycopg

from bench import _apart

NAME = "story"
N = 200


def run() -> dict[str, float]:
    """Runs in a process of its own, since it sets Django up for a database of its own."""
    return _apart.run("bench.story")


def main() -> None:
    """Prints N and seed first and the figures, as JSON, last."""
    print(f"N = {N} orders, seed 1", flush=True)
    from bench.fresh import yardstick
    from bench.house import eventually, house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        from bench import _brand
        from doorstep.base import db

        with psycopg.connect(at.server.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        at.server.stop()
        at.server.start()
        tps = yardstick(at.server)
        for name in ("carrier", "web", "worker"):
            at.start(name)
        at.wait_ready()
        _, key = _brand.found(at.carrier_url)
        random = Random(1)
        sent: dict[int, datetime] = {}
        began = time.monotonic()
        with httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=10) as client:
            for number in range(N):
                time.sleep(max(0, began + number * 0.5 - time.monotonic()))
                at_ = datetime.now(UTC)
                answer = client.post(f"{at.url}/api/v1/orders", json=_brand.order(number, random))
                answer.raise_for_status()
                sent[answer.json()["id"]] = at_
        listed = "SELECT count(DISTINCT timeline) FROM base_event WHERE type = 'fulfilment.listed'"
        try:
            eventually(lambda: db.scalar(listed) == N, within_s=30)
        except TimeoutError as late:
            print(late, file=sys.stderr)
        # An event's `at` is when its batch began; track_commit_timestamp tells when everybody could read it.
        found = db.dicts(
            """SELECT timeline, max(pg_xact_commit_timestamp(xmin)) AS at FROM base_event
                WHERE type = 'fulfilment.listed' GROUP BY 1"""
        )
        waits = sorted((f["at"] - sent[int(f["timeline"].split(":")[1])]).total_seconds() * 1000 for f in found)
        at.command("audit")
    figures = {
        "story.p50_ms": waits[len(waits) // 2],
        "story.p95_ms": waits[int(len(waits) * 0.95)],
        "story.max_ms": waits[-1],
        "story.lost": float(N - len(waits)),
        "story.yardstick": tps,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
