"""Reads of webhook subscriptions and their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db, sealing
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.channels.values import DeliveryRow, SubscriptionRow, Target

_SUBSCRIPTION = """SELECT id, url, types, active, problem, quiet_until, old_secret_until, created_at, updated_at
                     FROM channels_subscription"""
_DELIVERY = """SELECT id, subscription_id, event_id, type, subject, body, state, attempts, next_at, last_status, last_answer,
                      tried_at, settled_at, created_at FROM channels_delivery"""
_DUE = """SELECT id, next_at FROM (SELECT DISTINCT ON (subject) id, next_at, turn FROM channels_delivery
           WHERE organisation_id = %s AND subscription_id = %s AND state = 'pending' ORDER BY subject, turn) head
           WHERE next_at <= %s ORDER BY turn LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many deliveries of a subscription wait, and how many were given up."""

    pending: int
    dead: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a subscription has read the events, and of which it wants to be told."""

    tx: int
    event_id: int
    types: list[str]


def list_subscriptions(ctx: Ctx) -> list[SubscriptionRow]:
    """Every subscription, oldest first."""
    return db.rows(SubscriptionRow, _SUBSCRIPTION + " WHERE organisation_id = %s ORDER BY id", [ctx.organisation_id])


def get_subscription(ctx: Ctx, *, id: int) -> SubscriptionRow:
    """One subscription.  Refuses: unknown ids."""
    found = db.one(
        SubscriptionRow, _SUBSCRIPTION + " WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, id]
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "webhook", "key": id})
    return found


def find_target(ctx: Ctx, *, id: int) -> Target | None:
    """Where a subscription's deliveries go now; None while it is paused or left alone."""
    found = db.dicts(
        """SELECT url, secret, CASE WHEN old_secret_until > %s THEN old_secret ELSE '' END AS old FROM channels_subscription
            WHERE organisation_id = %s AND id = %s AND active AND (quiet_until IS NULL OR quiet_until <= %s)""",
        [ctx.now, ctx.organisation_id, id, ctx.now],
    )
    if not found:
        return None
    return Target(found[0]["url"], tuple(one for kept in (found[0]["secret"], found[0]["old"]) if (one := sealing.unseal(kept))))


def lock_cursor(ctx: Ctx, *, id: int) -> Cursor | None:
    """How far a subscription has read; None where it is paused or another worker reads for it.  Locks: the subscription."""
    return db.one(
        Cursor,
        """SELECT tx, event_id, types FROM channels_subscription
            WHERE organisation_id = %s AND id = %s AND active FOR NO KEY UPDATE SKIP LOCKED""",
        [ctx.organisation_id, id],
    )


def find_with_work(*, now: datetime) -> list[tuple[int, int]]:
    """Subscriptions with events to read or something to send, of every organisation, but for those that are left alone.

    Shapes: (organisation id, subscription id).
    """
    found = db.dicts(
        """SELECT s.organisation_id, s.id FROM channels_subscription s
            WHERE s.active AND (s.quiet_until IS NULL OR s.quiet_until <= %s)
              AND (EXISTS (SELECT 1 FROM base_event e WHERE e.organisation_id = s.organisation_id
                              AND (e.tx, e.id) > (s.tx, s.event_id))
                OR EXISTS (SELECT 1 FROM channels_delivery d WHERE d.organisation_id = s.organisation_id
                              AND d.subscription_id = s.id AND d.state = 'pending' AND d.next_at <= %s))
            ORDER BY s.id""",
        [now, now],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def find_due(ctx: Ctx, *, subscription_id: int, limit: int) -> list[int]:
    """Deliveries whose turn it is: of each subject the oldest that waits, if it is due."""
    return db.column(_DUE, [ctx.organisation_id, subscription_id, ctx.now, limit])


def get(ctx: Ctx, *, id: int) -> DeliveryRow:
    """One delivery.  Refuses: unknown ids."""
    found = find(ctx, id=id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "delivery", "key": id})
    return found


def find(ctx: Ctx, *, id: int) -> DeliveryRow | None:
    """One delivery."""
    return db.one(DeliveryRow, _DELIVERY + " WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, id])


def list_deliveries(
    ctx: Ctx, *, subscription_id: int, state: str = "", before: int | None = None, limit: int = 50
) -> list[DeliveryRow]:
    """Deliveries of a subscription, newest first.  Shapes: `before` is the id of the last row shown."""
    return db.rows(
        DeliveryRow,
        _DELIVERY
        + """ WHERE organisation_id = %s AND subscription_id = %s AND (%s = '' OR state = %s)
                AND (%s::bigint IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, subscription_id, state, state, before, before, limit],
    )


def count_waiting(ctx: Ctx, *, subscription_id: int, at_most: int) -> int:
    """How many deliveries of a subscription wait, counted up to a number."""
    return int(
        db.scalar(
            """SELECT count(*) FROM (SELECT 1 FROM channels_delivery WHERE organisation_id = %s AND subscription_id = %s
                      AND state = 'pending' LIMIT %s) x""",
            [ctx.organisation_id, subscription_id, at_most],
        )
    )


def standings(ctx: Ctx) -> dict[int, Standing]:
    """How each subscription stands, by id; one with nothing open is left out."""
    found = db.dicts(
        """SELECT subscription_id, sum(pending)::int AS pending, sum(dead)::int AS dead FROM (
                  SELECT subscription_id, 1 AS pending, 0 AS dead FROM channels_delivery
                   WHERE organisation_id = %s AND state = 'pending'
                   UNION ALL
                  SELECT subscription_id, 0, 1 FROM channels_delivery WHERE organisation_id = %s AND state = 'dead') x
            GROUP BY 1""",
        [ctx.organisation_id, ctx.organisation_id],
    )
    return {line["subscription_id"]: Standing(line["pending"], line["dead"]) for line in found}


def find_needed(*, event_ids: Sequence[int]) -> set[int]:
    """Which of these facts a subscription was not told of yet, or has a delivery of, in whatever organisation."""
    return set(
        db.column(
            """SELECT e.id FROM base_event e WHERE e.id = ANY(%s) AND EXISTS (
                      SELECT 1 FROM channels_subscription s WHERE s.organisation_id = e.organisation_id
                         AND (s.active AND (s.tx, s.event_id) < (e.tx, e.id) OR EXISTS (
                             SELECT 1 FROM channels_delivery d WHERE d.organisation_id = s.organisation_id
                                AND d.subscription_id = s.id AND d.event_id = e.id)))""",
            [list(event_ids)],
        )
    )
