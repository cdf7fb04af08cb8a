"""What the database says at the end, beside what the clients were told."""

from __future__ import annotations

import sys
from collections import Counter

from bench._soak.world import BOOKED, World

WAITING = {
    "events to handle": "SELECT count(*) FROM base_event WHERE pending",
    "jobs to do, but for paper": """SELECT count(*) FROM procrastinate_jobs
        WHERE queue_name <> 'printing' AND (status = 'doing'
              OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at < now() + interval '1 minute')))""",
    "mails to send": "SELECT count(*) FROM messaging_message WHERE state IN ('queued', 'sending')",
    "labels under way, but for those that a hold stops": """SELECT count(*) FROM shipping_label l
        JOIN shipping_parcel p ON p.id = l.parcel_id LEFT JOIN orders_fulfilmentorder f ON f.id = p.fulfilment_order_id
        WHERE l.state NOT IN ('bought', 'voided', 'failed', 'declined') AND f.state IS DISTINCT FROM 'on_hold'""",
    "carts that are over": "SELECT count(*) FROM stock_cartline WHERE state = 'open' AND until < now() - interval '1 minute'",
}


def of_orders(world: World) -> dict[str, float]:
    """Orders that were answered and are not there, or are there twice."""
    from doorstep.base import db

    rows = db.dicts("SELECT id, external_id FROM orders_order WHERE organisation_id = %s", [world.ctx.organisation_id])
    ids = {row["external_id"]: row["id"] for row in rows}
    times = Counter(row["external_id"] for row in rows if row["external_id"])
    for told in world.tally.torn:
        print(told, file=sys.stderr)
    return {
        "soak.orders": len(world.sent),
        "soak.lost": sum(ids.get(number) != id for number, id in world.sent.items()),
        "soak.doubled": sum(n - 1 for n in times.values()) + len(world.tally.torn),
    }


def oversold(world: World) -> int:
    """Variants of which more units are promised than there are, in the pool or in a place."""
    from doorstep.base import db

    return int(
        db.scalar(
            """SELECT (SELECT count(*) FROM stock_item WHERE organisation_id = %s
                          AND on_hand - damaged - quality_control < committed + reserved)
                    + (SELECT count(*) FROM stock_level WHERE organisation_id = %s
                          AND on_hand - damaged - quality_control < committed)""",
            [world.ctx.organisation_id] * 2,
        )
    )


def differs(world: World) -> int:
    """Figures of the products of the book that are not what the clients' book says."""
    client = world.client("auditor")
    rows = {sku: client.get("/stock", sku=sku)["stock"][0] for sku in BOOKED}
    client.close()
    book, committed, reserved, wrong = world.book, world.book.committed(), world.book.reserved(), 0
    for sku, row in rows.items():
        have = {"committed": row["committed"], "reserved": row["reserved"]}
        want = {"committed": committed[sku], "reserved": reserved[sku]}
        for level in row["levels"]:
            at = level["location_id"]
            have |= {f"on hand at {at}": level["on_hand"], f"damaged at {at}": level["damaged"]}
            want |= {f"on hand at {at}": book.on_hand[sku, at], f"damaged at {at}": book.damaged[sku, at]}
        for name, qty in want.items():
            if have[name] != qty:
                wrong += 1
                print(f"{sku}: {name} is {have[name]}, and the answers say {qty}", file=sys.stderr)
    return wrong


def of_audit() -> dict[str, float]:
    """Every invariant, on one snapshot."""
    from django.db import transaction

    from doorstep.base import db
    from doorstep.base.invariants import check
    from doorstep.cli.management.commands.audit import all_invariants

    with transaction.atomic():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        broken = check(all_invariants())
    for one in broken:
        print(one.invariant.name, one.count, *one.examples[:5], sep="\n    ", file=sys.stderr)
    return {"soak.audit_failed": len(broken)}


def waiting() -> dict[str, int]:
    """What still has to happen, by what it is called; {} at rest."""
    from doorstep.base import db

    found = {name: int(db.scalar(question)) for name, question in WAITING.items()}
    return {name: n for name, n in found.items() if n}
