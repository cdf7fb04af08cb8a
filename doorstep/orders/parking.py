"""Parts that nobody can send are parked: until units come, somebody decides, or their day comes and they are cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.orders import events, locks
from doorstep.orders.values import FOState

USUAL_CANCEL_DAYS, USUAL_WARN_DAYS, MOST_DAYS = 14, 3, 365
KNOWN_FOR_H = 20  # nothing is cancelled by itself before its customer could answer
ROW = "p.id, p.order_id, p.fulfilment_order_id, p.since, p.cancel_at, p.set_by, p.told_at, p.warned_at, p.refused_at"
# Who is held for something else too is with a person already, and what is sold beyond stock has a day of its own.
_WAITS = """SELECT h.fulfilment_order_id FROM orders_hold h
             WHERE h.organisation_id = %(org)s AND h.released_at IS NULL AND h.reason = 'inventory_out_of_stock'
               AND COALESCE(h.detail->>'waits', 'short') = 'short' AND NOT EXISTS (
                   SELECT 1 FROM orders_hold other WHERE other.organisation_id = h.organisation_id
                      AND other.fulfilment_order_id = h.fulfilment_order_id AND other.released_at IS NULL AND other.id <> h.id)"""


@dataclass(frozen=True, slots=True)
class Rule:
    """After how many days parked parts are cancelled, and how many days before their customer hears of it; 0: never."""

    cancel_days: int = USUAL_CANCEL_DAYS
    warn_days: int = USUAL_WARN_DAYS


@dataclass(frozen=True, slots=True)
class ParkedRow:
    id: int
    order_id: int
    fulfilment_order_id: int
    since: datetime
    cancel_at: datetime | None
    set_by: str
    told_at: datetime | None
    warned_at: datetime | None
    refused_at: datetime | None


def rule_of(ctx: Ctx) -> Rule:
    """How long the brand lets parts wait that nobody can send."""
    found = db.rows(
        Rule, "SELECT cancel_days, warn_days FROM orders_parkingrule WHERE organisation_id = %s", [ctx.organisation_id]
    )
    return found[0] if found else Rule()


@transaction.atomic
def set_rule(ctx: Ctx, *, rule: Rule) -> None:
    """Sets how long parts wait from now on; those that are parked keep their day.  Refuses: days below 0 or above a year."""
    for days in (rule.cancel_days, rule.warn_days):
        if not 0 <= days <= MOST_DAYS:
            raise Refused(INVALID, {"field": gettext_noop("Days"), "problem": gettext_noop("Write a number from 0 to 365.")})
    db.execute(
        """INSERT INTO orders_parkingrule (organisation_id, cancel_days, warn_days) VALUES (%s, %s, %s)
           ON CONFLICT (organisation_id) DO UPDATE SET cancel_days = EXCLUDED.cancel_days, warn_days = EXCLUDED.warn_days""",
        [ctx.organisation_id, rule.cancel_days, rule.warn_days],
    )


@transaction.atomic
def settle(ctx: Ctx, *, order_ids: Sequence[int] | None = None) -> list[ParkedRow]:
    """Parks what nobody can send, and ends the parking of what is no longer so.  Returns: what ended.

    `order_ids`: only these, where given.  Emits: OrderParked per part that is parked now.
    """
    days = rule_of(ctx).cancel_days
    named = {
        "org": ctx.organisation_id, "now": ctx.now, "orders": None if order_ids is None else list(order_ids),
        "cancel": ctx.now + timedelta(days=days) if days else None,
    }  # fmt: skip
    mine = "(%(orders)s::bigint[] IS NULL OR {}.order_id = ANY(%(orders)s::bigint[]))"
    ended = db.rows(
        ParkedRow,
        f"""UPDATE orders_parking p SET ended_at = %(now)s
             WHERE p.organisation_id = %(org)s AND p.ended_at IS NULL AND {mine.format("p")}
               AND p.fulfilment_order_id NOT IN ({_WAITS}) RETURNING {ROW}""",
        named,
    )
    begun = db.rows(
        ParkedRow,
        f"""INSERT INTO orders_parking AS p (organisation_id, order_id, fulfilment_order_id, since, cancel_at, set_by)
            SELECT f.organisation_id, f.order_id, f.id, %(now)s, %(cancel)s, '' FROM orders_fulfilmentorder f
              JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
             WHERE f.organisation_id = %(org)s AND f.state = 'on_hold' AND o.state = 'open' AND NOT o.historical
               AND {mine.format("f")} AND f.id IN ({_WAITS}) ORDER BY f.id
            ON CONFLICT (organisation_id, fulfilment_order_id) WHERE ended_at IS NULL DO NOTHING RETURNING {ROW}""",
        named,
    )
    outbox.record(ctx, [_told(events.ORDER_PARKED, row) for row in begun])
    return ended


def _told(type: str, row: ParkedRow, **more: str) -> Happened:
    facts = {"cancel_at": row.cancel_at and row.cancel_at.isoformat(), **more}
    return Happened(type, f"fulfilment_order:{row.fulfilment_order_id}", f"order:{row.order_id}", facts)


def parked_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[ParkedRow]:
    """What is parked of orders, by fulfilment order."""
    return db.rows(
        ParkedRow,
        f"""SELECT {ROW} FROM orders_parking p WHERE p.organisation_id = %s AND p.order_id = ANY(%s) AND p.ended_at IS NULL
             ORDER BY p.fulfilment_order_id""",
        [ctx.organisation_id, list(order_ids)],
    )


def list_parked(
    ctx: Ctx, *, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[ParkedRow]:
    """What is parked, the longest first.  Shapes: `after` is (since, id) of the last row shown."""
    return db.rows(
        ParkedRow,
        f"""SELECT {ROW} FROM orders_parking p WHERE p.organisation_id = %s AND p.ended_at IS NULL
               AND (%s::timestamptz IS NULL OR (p.since, p.id) > (%s, %s)) ORDER BY p.since, p.id LIMIT %s""",
        [ctx.organisation_id, after and after[0], after and after[0], after and after[1], limit],
    )


def to_tell(ctx: Ctx, *, before: datetime, limit: int) -> list[ParkedRow]:
    """What was parked before a moment and nobody was told of yet."""
    return _find(ctx, "p.told_at IS NULL AND p.since <= %s", before, limit)


def to_warn(ctx: Ctx, *, days: int, limit: int) -> list[ParkedRow]:
    """What is cancelled within so many days, and whose customer did not hear of it within them."""
    condition = f"""p.warned_at IS NULL AND p.cancel_at <= %s
                    AND p.told_at <= p.cancel_at - make_interval(days => {int(days)})"""
    return _find(ctx, condition, ctx.now + timedelta(days=days), limit)


def due(ctx: Ctx, *, limit: int) -> list[ParkedRow]:
    """What is to be cancelled now, of which the customer has known for most of a day, and which was not tried yet for this day."""
    condition = f"""p.cancel_at <= %s AND p.refused_at IS NULL AND p.told_at IS NOT NULL
                    AND GREATEST(p.told_at, p.warned_at) <= %s::timestamptz - interval '{KNOWN_FOR_H} hours'"""
    return _find(ctx, condition, ctx.now, limit, ctx.now)


def _find(ctx: Ctx, condition: str, moment: datetime, limit: int, *more: datetime) -> list[ParkedRow]:
    return db.rows(
        ParkedRow,
        f"""SELECT {ROW} FROM orders_parking p WHERE p.organisation_id = %s AND p.ended_at IS NULL AND {condition}
             ORDER BY p.order_id, p.id LIMIT %s""",
        [ctx.organisation_id, moment, *more, limit],
    )


@transaction.atomic
def note(ctx: Ctx, *, ids: Sequence[int], what: str) -> list[int]:
    """Notes what was done about parked parts, once.  Returns: those of which it was not noted before.

    `what`: "told", "warned" or "refused".
    """
    if what not in ("told", "warned", "refused"):
        raise ValueError(f"nothing is noted as {what}")
    return db.column(
        f"""UPDATE orders_parking p SET {what}_at = %s
             WHERE p.organisation_id = %s AND p.id = ANY(%s) AND p.ended_at IS NULL AND p.{what}_at IS NULL
           RETURNING p.id""",
        [ctx.now, ctx.organisation_id, list(ids)],
    )


@transaction.atomic
def wait_until(ctx: Ctx, *, fulfilment_order_id: int, cancel_at: datetime | None) -> ParkedRow:
    """A person says until when a parked part waits; None: however long it takes.  Its customer is warned again before.

    Locks: the fulfilment order.  Emits: ParkingChanged.  Refuses: parts that are not parked, days that are over.
    """
    locks.fulfilment_orders(ctx, [fulfilment_order_id])
    if cancel_at is not None and not ctx.now < cancel_at <= ctx.now + timedelta(days=MOST_DAYS):
        raise Refused(INVALID, {"field": gettext_noop("Day"), "problem": gettext_noop("Choose a day within the next year.")})
    changed = db.rows(
        ParkedRow,
        f"""UPDATE orders_parking p SET cancel_at = %s, set_by = %s, warned_at = NULL, refused_at = NULL
             WHERE p.organisation_id = %s AND p.fulfilment_order_id = %s AND p.ended_at IS NULL RETURNING {ROW}""",
        [cancel_at, ctx.actor.name[:120], ctx.organisation_id, fulfilment_order_id],
    )
    if not changed:
        raise Refused(NOT_FOUND, {"what": gettext_noop("parked part"), "key": fulfilment_order_id})
    outbox.record(ctx, [_told(events.PARKING_CHANGED, changed[0])])
    return changed[0]


@transaction.atomic
def cancel_part(ctx: Ctx, *, fulfilment_order_id: int, reason: str) -> None:
    """Cancels a part of an order of which other parts are on their way; its units and their worth stay on its lines.

    Needs: nothing promised to it.  Locks: the order and the fulfilment order.  Emits: PartCancelled, OrderFulfilled where all
    others have left.
    """
    row = locks.fulfilment_orders(ctx, [fulfilment_order_id])[fulfilment_order_id]
    key = [ctx.organisation_id, fulfilment_order_id]
    db.execute(
        """UPDATE orders_hold SET released_at = %s, released_by = %s
            WHERE organisation_id = %s AND fulfilment_order_id = %s AND released_at IS NULL""",
        [ctx.now, ctx.actor.name, *key],
    )
    db.execute(
        "UPDATE orders_fulfilmentorder SET state = %s, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [FOState.CANCELLED.value, ctx.now, *key],
    )
    [order] = db.dicts(
        """WITH parts AS (
             SELECT count(*) FILTER (WHERE state = 'closed') AS closed, count(*) FILTER (WHERE state <> 'cancelled') AS live,
                    bool_or(state = 'on_hold') AS held
               FROM orders_fulfilmentorder WHERE organisation_id = %s AND order_id = %s)
           UPDATE orders_order o SET updated_at = %s, version = version + 1, on_hold = p.held, fulfilment_state = CASE
                  WHEN p.closed > 0 AND p.closed = p.live THEN 'fulfilled' ELSE o.fulfilment_state END
             FROM parts p WHERE o.organisation_id = %s AND o.id = %s RETURNING p.closed > 0 AND p.closed = p.live AS is_done""",
        [ctx.organisation_id, row.order_id, ctx.now, ctx.organisation_id, row.order_id],
    )
    timeline = f"order:{row.order_id}"
    told = [Happened(events.PART_CANCELLED, f"fulfilment_order:{fulfilment_order_id}", timeline, {"reason": reason})]
    outbox.record(ctx, told + [Happened(events.ORDER_FULFILLED, timeline, timeline)] * order["is_done"])
