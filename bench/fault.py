"""Kill -9 of web, worker or database at seeded random moments while orders come in and a picker works.

N = as many kills as DOORSTEP_FAULT_KILLS says (50), one order every 150 ms until the last kill.  Orders go in over HTTP with
an Idempotency-Key and are sent again until they are answered; the picker scans, packs and hands over through the same
actions as the pages.  Left out: loss of the machine itself (the disk is trusted to keep what was synced).
Figures: orders sent, lost, labels beyond one per parcel, mails sent twice, mails unknown beyond the kills, and whether the
audit passed at the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from random import Random
from typing import Any

import httpx
import psycopg

NAME = "fault"


def run() -> dict[str, float]:
    """Runs in a process of its own, since it sets Django up for a database of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.fault"], stdout=subprocess.PIPE, text=True, check=True)
    print("   " + done.stdout.splitlines()[0])
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Prints the seed first and the figures, as JSON, last."""
    seed = int(os.environ.get("DOORSTEP_FAULT_SEED", str(int(time.time()))))
    kills = int(os.environ.get("DOORSTEP_FAULT_KILLS", "50"))
    print(f"seed {seed}, {kills} kills", flush=True)
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        from bench import _brand

        for name in ("carrier", "web", "worker"):
            at.start(name)
        at.wait_ready()
        ctx, key = _brand.found(at.carrier_url)
        story = Story(at, ctx, key, Random(seed))
        began = time.monotonic()
        story.run(kills)
        figures = story.figures(kills)
        figures["fault.seconds"] = time.monotonic() - began
    print(json.dumps(figures))


class Story:
    """Orders coming in, a picker working, and somebody pulling plugs."""

    def __init__(self, at: Any, ctx: Any, key: str, random: Random) -> None:
        self.at, self.ctx, self.key, self.random = at, ctx, key, random
        self.sent: dict[str, int] = {}
        self.stop = threading.Event()
        self.troubles: list[str] = []

    def run(self, kills: int) -> None:
        """Ends when every order has left the house and every mail was handed over."""
        from bench.house import eventually

        threads = [threading.Thread(target=self._buy), threading.Thread(target=self._pick)]
        threads[0].start()
        threads[1].start()
        for _ in range(kills):
            time.sleep(self.random.uniform(0.5, 3.0))
            name = self.random.choice(["web", "worker", "database"])
            self.at.kill(name)
            time.sleep(self.random.uniform(0, 0.3))
            self.at.revive(name)
        self.stop.set()
        threads[0].join()
        try:
            eventually(self._all_gone, within_s=120, every_s=0.5)
        except TimeoutError:
            self._tell_what_is_left()
            raise
        finally:
            self.stop_picking = True
            threads[1].join()

    stop_picking = False

    def _buy(self) -> None:
        from bench import _brand

        number = 0
        random = Random(self.random.random())
        while not self.stop.is_set():
            number += 1
            body = _brand.order(number, random)
            headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"order-{number}"}
            while True:
                try:
                    answer = httpx.post(f"{self.at.url}/api/v1/orders", json=body, headers=headers, timeout=5)
                except httpx.HTTPError:
                    time.sleep(0.1)
                    continue
                if answer.status_code in (200, 201):
                    self.sent[body["external_id"]] = answer.json()["id"]
                    break
                if answer.status_code < 500 and answer.status_code not in (409, 429):
                    self.troubles.append(f"{answer.status_code} {answer.text[:300]}")
                    break
                time.sleep(0.1)
            time.sleep(0.15)

    def _pick(self) -> None:
        """One pass over the floor after the other; what a kill interrupts is taken up in the next pass."""
        from django.db import DatabaseError, InterfaceError, close_old_connections, connection

        from doorstep.base.refusals import Refused

        while not self.stop_picking:
            try:
                close_old_connections()
                self._pass()
            except (DatabaseError, InterfaceError, psycopg.Error):  # the pool's own time-out is psycopg's, not Django's
                connection.close()
                time.sleep(0.2)
            except Refused:
                time.sleep(0.1)
            time.sleep(0.1)
        connection.close()

    def _pass(self) -> None:
        from dataclasses import replace
        from datetime import UTC, datetime

        from doorstep.flows import ship
        from doorstep.fulfilment import actions, queries, scanning
        from doorstep.shipping import queries as parcels

        ctx = self.ctx = replace(self.ctx, now=datetime.now(UTC))
        for row in queries.list_pick_lists(ctx):
            for task in queries.tasks_of(ctx, pick_list_id=row.id):
                for n in range(task.picked, task.qty):
                    client_id = f"{task.id}-{n}"
                    scanning.scan(ctx, pick_list_id=row.id, client_id=client_id, code=task.sku, typed=False, at=ctx.now)
        for part in queries.find_to_pack(ctx):
            actions.pack(ctx, fulfilment_order_id=int(str(part["fulfilment_order_id"])))
        ready = [p.id for p in parcels.on_the_floor(ctx, state="labelled")]
        if ready:
            ship.hand_over(ctx, parcel_ids=ready)

    def _all_gone(self) -> bool:
        from django.db import DatabaseError, InterfaceError, connection

        from doorstep.base import db

        try:
            open_orders = db.scalar("SELECT count(*) FROM orders_order WHERE fulfilment_state = 'unfulfilled'")
            placed = db.scalar("SELECT count(*) FROM orders_order")
            waiting = db.scalar("SELECT count(*) FROM messaging_message WHERE state IN ('queued', 'sending')")
            pending = db.scalar("SELECT count(*) FROM base_event WHERE pending")
        except (DatabaseError, InterfaceError, psycopg.Error):
            connection.close()
            return False
        return not open_orders and not waiting and not pending and placed >= len(self.sent)

    def _tell_what_is_left(self) -> None:
        """What a house that does not come to rest still has to do, for whoever looks for the reason."""
        from doorstep.base import db

        for question in (
            "SELECT task_name, status, attempts, scheduled_at, lock FROM procrastinate_jobs LIMIT 20",
            "SELECT type, subject, attempts, problem, retry_at FROM base_event WHERE pending LIMIT 20",
            "SELECT state, fulfilment_state, on_hold, count(*) FROM orders_order GROUP BY 1, 2, 3",
            "SELECT state, count(*) FROM shipping_parcel GROUP BY 1",
            "SELECT state, asked_times, problem, count(*) FROM shipping_label GROUP BY 1, 2, 3 LIMIT 20",
            "SELECT state, attempts, problem, count(*) FROM messaging_message GROUP BY 1, 2, 3 LIMIT 20",
        ):
            for row in db.dicts(question):
                print(row, file=sys.stderr)

    def figures(self, kills: int) -> dict[str, float]:
        """Reads our books, the carrier's and the postman's."""
        from doorstep.base import db

        ours = {row["external_id"]: row["id"] for row in db.dicts("SELECT external_id, id FROM orders_order")}
        books = httpx.get(f"{self.at.carrier_url}/admin/books", headers={"Authorization": "Bearer sandbox"}).json()
        references = [s["reference"] for s in books["shipments"] if s["state"] != "voided"]
        mails = self.at.postman.seen
        unknown = int(db.scalar("SELECT count(*) FROM messaging_message WHERE state = 'unknown'"))
        sent = db.column("SELECT message_id FROM messaging_message WHERE state = 'sent'")
        try:
            self.at.command("audit")
            audit = 1.0
        except RuntimeError as trouble:
            print(trouble, file=sys.stderr)
            audit = 0.0
        for trouble_ in self.troubles[:5]:
            print(trouble_, file=sys.stderr)
        return {
            "fault.kills": float(kills),
            "fault.orders": float(len(self.sent)),
            "fault.lost": float(sum(ours.get(k) != v for k, v in self.sent.items()) + len(self.troubles)),
            "fault.labels_doubled": float(len(references) - len(set(references))),
            "fault.labels": float(len(references)),
            "fault.mails": float(len(mails)),
            "fault.mails_doubled": float(sum(n > 1 for n in mails.values())),
            "fault.mails_missing": float(sum(m not in mails for m in sent)),
            "fault.mails_unknown": float(unknown),
            "fault.unknown_beyond_kills": float(max(unknown - kills, 0)),
            "fault.audit_passed": audit,
        }


if __name__ == "__main__":
    main()
