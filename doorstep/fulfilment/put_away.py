"""Put-away: units that came in go from receiving to their bin, which the phone tells and a scan confirms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.fulfilment import events
from doorstep.fulfilment.values import PutAwayAnswer, ToPutAwayRow
from doorstep.locations import queries as locations
from doorstep.stock import actions as stock

WAITS = timedelta(days=14)  # what came longer ago lies somewhere, whatever nobody told
_CAME = """
SELECT m.variant_id, sum(m.on_hand)::int AS qty, max(m.at) AS came_at FROM stock_movement m
 WHERE m.organisation_id = %s AND m.location_id = %s AND m.at > %s AND (%s::bigint IS NULL OR m.variant_id = %s)
   AND (m.kind = 'receipt' AND m.reason IN ('supplier_delivery', 'received', 'delivered', 'taken_back')
        OR m.kind = 'transfer' AND (m.on_hand > 0 OR m.reason = 'taken_back')
        OR m.kind = 'return' AND m.on_hand > 0)
 GROUP BY m.variant_id
"""


def list_to_put_away(ctx: Ctx, *, location_id: int, limit: int = 200) -> list[ToPutAwayRow]:
    """What came to a location in the last days and nobody has put away, the oldest first.

    Never more than lies there; `bin` is where it lies already.
    """
    since = ctx.now - WAITS
    return db.rows(
        ToPutAwayRow,
        f"""SELECT c.variant_id, v.sku, v.barcode, concat_ws(' · ', p.title, NULLIF(v.title, '')) AS title, p.picture,
                   COALESCE(l.bin, '') AS bin, LEAST(c.qty - COALESCE(a.qty, 0), l.on_hand)::int AS qty, c.came_at
              FROM ({_CAME}) c
              JOIN catalog_variant v ON v.organisation_id = %s AND v.id = c.variant_id
              JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
              JOIN stock_level l ON l.organisation_id = v.organisation_id AND l.variant_id = v.id AND l.location_id = %s
              LEFT JOIN (SELECT variant_id, sum(qty) AS qty FROM fulfilment_putaway
                          WHERE organisation_id = %s AND location_id = %s AND at > %s AND problem = ''
                            AND undone_at IS NULL
                          GROUP BY variant_id) a ON a.variant_id = c.variant_id
             WHERE LEAST(c.qty - COALESCE(a.qty, 0), l.on_hand) > 0 ORDER BY c.came_at, v.sku LIMIT %s""",
        [
            ctx.organisation_id, location_id, since, None, None, ctx.organisation_id, location_id, ctx.organisation_id,
            location_id, since, limit,
        ],
    )  # fmt: skip


def count_to_put_away(ctx: Ctx, *, location_id: int) -> int:
    """How many kinds of units wait in receiving."""
    return len(list_to_put_away(ctx, location_id=location_id))


def suggest(ctx: Ctx, *, location_id: int, limit: int = 50) -> list[str]:
    """Bins in which nothing lies, in the order in which pickers walk: for what has no bin yet."""
    return db.column(
        """SELECT b.code FROM locations_bin b
            WHERE b.organisation_id = %s AND b.location_id = %s AND NOT EXISTS (
                  SELECT 1 FROM stock_level l WHERE l.organisation_id = b.organisation_id AND l.location_id = b.location_id
                     AND l.bin = b.code AND l.on_hand > 0)
            ORDER BY b.position, b.code LIMIT %s""",
        [ctx.organisation_id, location_id, limit],
    )


@transaction.atomic
def put_away(
    ctx: Ctx, *, location_id: int, client_id: str, code: str, bin: str, qty: int, moves: bool, at: datetime
) -> PutAwayAnswer:
    """Notes that units lie in a bin now; the same `client_id` again gets the same answer and changes nothing.

    A variant lies in one bin of a location: another one than its own is taken only with `moves`, which says that all of it
    lies there now.  The ledger stays as it is: the units are on the books since they were received.
    Units: whole units.  Locks: the variant at that location, stock.  Emits: PutAway.
    The answer's `problem`: "", unknown_code, unknown_bin, nothing_waits, too_many or other_bin.
    """
    locations.get(ctx, location_id=location_id)
    variant = catalog.find_by_code(ctx, code=code)
    variant_id = variant.id if variant else None
    db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"put_away:{location_id}:{variant_id}", ctx.organisation_id]
    )
    known = db.dicts(
        "SELECT problem, variant_id, bin, qty FROM fulfilment_putaway WHERE organisation_id = %s AND client_id = %s",
        [ctx.organisation_id, client_id],
    )
    if known:
        return _answer(ctx, location_id, client_id, known[0])
    bin = bin.strip()[:30]
    own, left = _standing(ctx, location_id, variant_id)
    problem = _judge(ctx, location_id, variant_id, bin, qty, own, left, moves=moves)
    db.execute(
        """INSERT INTO fulfilment_putaway (organisation_id, client_id, location_id, variant_id, code, bin, was_bin, qty, problem,
                                           by, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            ctx.organisation_id, client_id, location_id, variant_id, code[:120], bin, own, qty, problem, ctx.actor.name[:120],
            min(at, ctx.now),
        ],
    )  # fmt: skip
    if variant is not None and not problem:
        if bin != own:
            stock.set_bin(ctx, variant_id=variant.id, location_id=location_id, bin=bin)
        facts = {"sku": variant.sku, "qty": qty, "bin": bin}
        outbox.record(ctx, [Happened(events.PUT_AWAY, f"variant:{variant.id}", f"location:{location_id}", facts)])
    return _answer(ctx, location_id, client_id, {"problem": problem, "variant_id": variant_id, "bin": bin, "qty": qty})


def _judge(
    ctx: Ctx, location_id: int, variant_id: int | None, bin: str, qty: int, own: str, left: int, *, moves: bool
) -> str:
    """What is wrong with a put-away; empty when nothing is."""
    if variant_id is None:
        return "unknown_code"
    if not bin or not locations.places_of(ctx, location_id=location_id, codes=[bin]):
        return "unknown_bin"
    if left <= 0:
        return "nothing_waits"
    if qty > left:
        return "too_many"
    return "other_bin" if own and bin != own and not moves else ""


def _standing(ctx: Ctx, location_id: int, variant_id: int | None) -> tuple[str, int]:
    """Where a variant lies, and how many units of it wait to be put away."""
    waiting = list_to_put_away(ctx, location_id=location_id, limit=5_000)
    row = next((one for one in waiting if one.variant_id == variant_id), None)
    if row is not None:
        return row.bin, row.qty
    found = db.column(
        "SELECT bin FROM stock_level WHERE organisation_id = %s AND location_id = %s AND variant_id = %s",
        [ctx.organisation_id, location_id, variant_id],
    )
    return (found[0] if found else ""), 0


def _answer(ctx: Ctx, location_id: int, client_id: str, kept: Mapping[str, Any]) -> PutAwayAnswer:
    own, left = _standing(ctx, location_id, kept["variant_id"])
    shown = own if kept["problem"] == "other_bin" else kept["bin"]
    return PutAwayAnswer(client_id, kept["problem"], kept["variant_id"], shown, kept["qty"], left)


@transaction.atomic
def undo(ctx: Ctx, *, location_id: int, client_id: str) -> bool:
    """Takes back a put-away that counted: its units wait again, and the variant's bin is what it was, unless it was moved
    since.  False when it was taken back before.  Refuses: names that no put-away has.
    """
    found = db.dicts(
        """SELECT id, variant_id, bin, was_bin, qty FROM fulfilment_putaway
            WHERE organisation_id = %s AND location_id = %s AND client_id = %s AND problem = ''""",
        [ctx.organisation_id, location_id, client_id],
    )
    if not found:
        raise Refused(NOT_FOUND, {"what": "put-away", "key": client_id})
    row = found[0]
    db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))",
        [f"put_away:{location_id}:{row['variant_id']}", ctx.organisation_id],
    )
    undone = db.execute(
        "UPDATE fulfilment_putaway SET undone_at = %s WHERE organisation_id = %s AND id = %s AND undone_at IS NULL",
        [ctx.now, ctx.organisation_id, row["id"]],
    )
    own, _ = _standing(ctx, location_id, row["variant_id"])
    if undone and own == row["bin"] and row["was_bin"] != row["bin"]:
        stock.set_bin(ctx, variant_id=row["variant_id"], location_id=location_id, bin=row["was_bin"])
    return bool(undone)
