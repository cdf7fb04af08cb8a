"""Writes to webhook subscriptions and their deliveries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db, outbox, sealing, tokens
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.reach import Reach
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.channels import deliveries, events, rules
from doorstep.channels.values import TOO_MANY, DeliveryRow, DeliveryWish, SubscriptionRow

MOST_SUBSCRIPTIONS = 50
OLD_SECRET_FOR = timedelta(days=1)
LONGEST_ANSWER = 1000
UNHEARD_FOR = timedelta(seconds=30)  # longer than an attempt may take


@dataclass(frozen=True, slots=True)
class Added:
    """A subscription and its secret, which is shown this once."""

    subscription: SubscriptionRow
    secret: str


@transaction.atomic
def add(ctx: Ctx, *, url: str, types: Sequence[str], known: Collection[str], reach: Reach) -> Added:
    """Adds an address that is told of every event from now on.  `known`: the types of the catalogue.

    Locks: the organisation's subscriptions, advisory.  Emits: WebhookAdded.
    Refuses: bad or forbidden addresses, unknown types, more than 50.
    """
    at, wanted = rules.check_hook_url(url, reach=reach), rules.check_types(types, known=known)
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"webhooks:{ctx.organisation_id}"])
    if len(deliveries.list_subscriptions(ctx)) >= MOST_SUBSCRIPTIONS:
        raise Refused(TOO_MANY, {"most": MOST_SUBSCRIPTIONS})
    secret, (tx, event_id) = tokens.new_hook_secret(), outbox.head(ctx.organisation_id)
    id = db.scalar(
        """INSERT INTO channels_subscription (organisation_id, url, types, secret, old_secret, active, tx, event_id, silent,
                                              problem, created_at, updated_at)
           VALUES (%s, %s, %s, %s, '', TRUE, %s, %s, 0, '', %s, %s) RETURNING id""",
        [ctx.organisation_id, at, wanted, sealing.seal(secret), tx, event_id, ctx.now, ctx.now],
    )
    _record(ctx, events.WEBHOOK_ADDED, id, {"url": at})
    return Added(deliveries.get_subscription(ctx, id=id), secret)


@transaction.atomic
def change(
    ctx: Ctx, *, id: int, known: Collection[str], reach: Reach, url: str | None = None, types: Sequence[str] | None = None,
    active: bool | None = None,
) -> SubscriptionRow:  # fmt: skip
    """Says where a subscription goes and of what it is told; None leaves it. While it is paused its events wait for it.

    Locks: the subscription.  Emits: WebhookChanged, where something differs.  Refuses: bad or forbidden addresses,
    unknown types and ids.
    """
    at = None if url is None else rules.check_hook_url(url, reach=reach)
    wanted = None if types is None else rules.check_types(types, known=known)
    _lock(ctx, id)
    was = deliveries.get_subscription(ctx, id=id)
    at, wanted = was.url if at is None else at, was.types if wanted is None else wanted
    active = was.active if active is None else active
    if (was.url, was.types, was.active) == (at, wanted, active):
        return was
    db.execute(
        """UPDATE channels_subscription SET url = %s, types = %s, active = %s, updated_at = %s, silent = 0,
                  quiet_until = NULL, problem = CASE WHEN url = %s AND active = %s THEN problem ELSE '' END
            WHERE organisation_id = %s AND id = %s""",
        [at, wanted, active, ctx.now, at, active, ctx.organisation_id, id],
    )
    _record(ctx, events.WEBHOOK_CHANGED, id, {"url": at, "types": wanted, "active": active})
    return deliveries.get_subscription(ctx, id=id)


@transaction.atomic
def change_secret(ctx: Ctx, *, id: int) -> Added:
    """Makes a new secret; for a day both sign, so that the receiver can change without missing anything.

    Emits: WebhookSecretChanged.  Refuses: unknown ids.
    """
    deliveries.get_subscription(ctx, id=id)
    secret = tokens.new_hook_secret()
    db.execute(
        """UPDATE channels_subscription SET old_secret = secret, old_secret_until = %s, secret = %s, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now + OLD_SECRET_FOR, sealing.seal(secret), ctx.now, ctx.organisation_id, id],
    )
    _record(ctx, events.WEBHOOK_SECRET_CHANGED, id, {})
    return Added(deliveries.get_subscription(ctx, id=id), secret)


@transaction.atomic
def remove(ctx: Ctx, *, id: int) -> None:
    """Ends a subscription; what still waits for it is not sent.  Emits: WebhookRemoved.  Refuses: unknown ids."""
    _lock(ctx, id)
    was = deliveries.get_subscription(ctx, id=id)
    key = [ctx.organisation_id, id]
    db.execute("DELETE FROM channels_delivery WHERE organisation_id = %s AND subscription_id = %s", key)
    db.execute("DELETE FROM channels_subscription WHERE organisation_id = %s AND id = %s", key)
    _record(ctx, events.WEBHOOK_REMOVED, id, {"url": was.url})


def _lock(ctx: Ctx, id: int) -> None:
    db.execute(
        "SELECT 1 FROM channels_subscription WHERE organisation_id = %s AND id = %s FOR UPDATE", [ctx.organisation_id, id]
    )


@transaction.atomic
def queue(ctx: Ctx, *, id: int, wishes: Sequence[DeliveryWish], until: tuple[int, int]) -> None:
    """Keeps what a subscription shall be told, each event once, and how far it has read.

    Shapes: wishes in their order; `until` is (tx, event id).
    """
    lines = [(w.event_id, w.type, w.subject, w.body) for w in wishes]
    if lines:
        db.execute(
            """INSERT INTO channels_delivery (organisation_id, subscription_id, event_id, type, subject, turn, body, state,
                                              attempts, next_at, last_answer, created_at)
               SELECT %s, %s, u.e, u.t, u.s, nextval(pg_get_serial_sequence('channels_delivery', 'id')), u.b, 'pending',
                      0, %s, '', %s
                 FROM (SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY
                              v(e, t, s, b, n) ORDER BY n) u
               ON CONFLICT (organisation_id, subscription_id, event_id) DO NOTHING""",
            [ctx.organisation_id, id, ctx.now, ctx.now, *db.columns(lines, 4)],
        )
    db.execute(
        "UPDATE channels_subscription SET tx = %s, event_id = %s WHERE organisation_id = %s AND id = %s",
        [*until, ctx.organisation_id, id],
    )


@transaction.atomic
def begin(ctx: Ctx, *, id: int) -> DeliveryRow | None:
    """Takes one delivery up that is due, and notes when it is due again in case nothing more is heard of this attempt.

    That is soon: then a process of ours died, which says nothing of the receiver.
    Returns: None where it is settled or not due.
    """
    taken = db.execute(
        """UPDATE channels_delivery SET attempts = attempts + 1, tried_at = %s,
                  next_at = %s
            WHERE organisation_id = %s AND id = %s AND state = 'pending' AND next_at <= %s""",
        [ctx.now, ctx.now + UNHEARD_FOR, ctx.organisation_id, id, ctx.now],
    )
    return deliveries.find(ctx, id=id) if taken else None


@transaction.atomic
def settle(ctx: Ctx, *, delivery: DeliveryRow, delivered: bool, status: int | None, answer: str) -> None:
    """Notes what an attempt came to; after the last one the delivery is dead until a person replays it.

    Emits: WebhookFailing when a delivery dies, once until one succeeds.
    """
    dead = not delivered and delivery.attempts >= rules.MOST_ATTEMPTS
    state = "delivered" if delivered else "dead" if dead else "pending"
    db.execute(
        """UPDATE channels_delivery SET state = %s, last_status = %s, last_answer = %s, settled_at = %s,
                  next_at = CASE WHEN %s THEN tried_at + %s END
            WHERE organisation_id = %s AND id = %s AND state = 'pending'""",
        [
            state, status, _plain(answer), None if state == "pending" else ctx.now, state == "pending",
            rules.wait_after(delivery.attempts), ctx.organisation_id, delivery.id,
        ],
    )  # fmt: skip
    if delivered:
        db.execute(
            """UPDATE channels_subscription SET silent = 0, quiet_until = NULL, problem = ''
                WHERE organisation_id = %s AND id = %s AND (silent > 0 OR problem <> '')""",
            [ctx.organisation_id, delivery.subscription_id],
        )
    elif dead:
        _fail(ctx, delivery.subscription_id, answer or f"HTTP {status}")


def _plain(answer: str) -> str:
    return answer.replace("\x00", "")[:LONGEST_ANSWER]


def _fail(ctx: Ctx, id: int, problem: str) -> None:
    first = db.execute(
        "UPDATE channels_subscription SET problem = %s WHERE organisation_id = %s AND id = %s AND problem = ''",
        [_plain(problem)[:300] or "?", ctx.organisation_id, id],
    )
    if first:
        _record(ctx, events.WEBHOOK_FAILING, id, {"problem": _plain(problem)[:200]})


@transaction.atomic
def stop(ctx: Ctx, *, id: int) -> None:
    """Pauses a subscription whose receiver says that it is gone for good.  Emits: WebhookChanged, WebhookFailing."""
    was = deliveries.get_subscription(ctx, id=id)
    db.execute(
        "UPDATE channels_subscription SET active = FALSE, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [ctx.now, ctx.organisation_id, id],
    )
    _record(ctx, events.WEBHOOK_CHANGED, id, {"url": was.url, "types": was.types, "active": False})
    _fail(ctx, id, "HTTP 410 Gone")


@transaction.atomic
def note_silence(ctx: Ctx, *, id: int) -> None:
    """Leaves a receiver alone for a while that could not be reached, ever longer, at most five minutes."""
    waits = [int(rules.quiet_after(n).total_seconds()) for n in range(1, 11)]
    db.execute(
        """UPDATE channels_subscription SET silent = LEAST(silent + 1, 10),
                  quiet_until = %s::timestamptz + make_interval(secs => (%s::int[])[LEAST(silent + 1, 10)])
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, waits, ctx.organisation_id, id],
    )


@transaction.atomic
def replay(ctx: Ctx, *, id: int) -> DeliveryRow:
    """Sends one delivery again, under its own id; one that waits is tried at once.

    Emits: WebhookReplayed.  Refuses: unknown ids.
    """
    row = deliveries.find(ctx, id=id)
    if row is None:
        raise Refused(NOT_FOUND, {"what": "delivery", "key": id})
    _again(ctx, row.subscription_id, "id = %s", [id])
    return deliveries.get(ctx, id=id)


@transaction.atomic
def replay_dead(ctx: Ctx, *, subscription_id: int) -> int:
    """Sends everything again that was given up, in its order.  Returns: how many.

    Emits: WebhookReplayed.  Refuses: unknown ids.
    """
    deliveries.get_subscription(ctx, id=subscription_id)
    return _again(ctx, subscription_id, "state = 'dead'", [])


def _again(ctx: Ctx, subscription_id: int, which: str, more: list[object]) -> int:
    chosen = f"SELECT id FROM channels_delivery WHERE organisation_id = %s AND subscription_id = %s AND {which} ORDER BY turn"
    ids = db.column(chosen, [ctx.organisation_id, subscription_id, *more])
    if ids:
        db.execute(
            """UPDATE channels_delivery d SET state = 'pending', attempts = 0, next_at = %s, settled_at = NULL, turn = u.turn
                 FROM (SELECT v.id, nextval(pg_get_serial_sequence('channels_delivery', 'id')) AS turn
                         FROM (SELECT * FROM unnest(%s::bigint[]) WITH ORDINALITY w(id, n) ORDER BY n) v) u
                WHERE d.organisation_id = %s AND d.id = u.id""",
            [ctx.now, ids, ctx.organisation_id],
        )
        db.execute(
            "UPDATE channels_subscription SET silent = 0, quiet_until = NULL WHERE organisation_id = %s AND id = %s",
            [ctx.organisation_id, subscription_id],
        )
        _record(ctx, events.WEBHOOK_REPLAYED, subscription_id, {"deliveries": len(ids)})
    return len(ids)


def forget_old(*, older_than: datetime, limit: int = 5_000) -> int:
    """Drops what was delivered before then, of every organisation.  Returns: how many."""
    return db.execute(
        """DELETE FROM channels_delivery WHERE id IN (
                  SELECT id FROM channels_delivery WHERE state = 'delivered' AND settled_at < %s ORDER BY settled_at LIMIT %s)""",
        [older_than, limit],
    )


def _record(ctx: Ctx, type: str, id: int, data: dict[str, object]) -> None:
    outbox.record(ctx, [Happened(type, f"webhook:{id}", f"webhook:{id}", data)])


def reseal() -> int:
    """Seals every secret by today's key: those of connections and those of subscriptions.  Returns: how many rows changed."""
    return sealing.reseal("channels_connection", ["secret"]) + sealing.reseal(
        "channels_subscription", ["secret", "old_secret"]
    )
