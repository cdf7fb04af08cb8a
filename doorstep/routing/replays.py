"""Replays of past orders: asked for, under way, done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.routing import events
from doorstep.routing.values import ReplayRow

_ROW = "id, state, rules, options, total, done, result, by, asked_at, finished_at"


@transaction.atomic
def ask(ctx: Ctx, *, rules: Mapping[str, Any], options: Mapping[str, Any], total: int) -> int:
    """Keeps that a replay is wished for.  Returns: its id.  Emits: ReplayAsked."""
    id: int = db.scalar(
        """INSERT INTO routing_replay (organisation_id, state, rules, options, total, done, result, by, asked_at)
           VALUES (%s, 'queued', %s::jsonb, %s::jsonb, %s, 0, '{}', %s, %s) RETURNING id""",
        [ctx.organisation_id, db.as_json(dict(rules)), db.as_json(dict(options)), total, ctx.actor.name[:120], ctx.now],
    )
    subject = f"routing_replay:{id}"
    outbox.record(ctx, [Happened(events.REPLAY_ASKED, subject, subject, {"days": options.get("days")})])
    return id


def advance(ctx: Ctx, *, replay_id: int, done: int) -> None:
    """Keeps how far a replay is."""
    db.execute(
        """UPDATE routing_replay SET state = 'running', done = %s
            WHERE organisation_id = %s AND id = %s AND state IN ('queued', 'running')""",
        [done, ctx.organisation_id, replay_id],
    )


def finish(ctx: Ctx, *, replay_id: int, result: Mapping[str, Any]) -> None:
    """Keeps what came of a replay."""
    db.execute(
        """UPDATE routing_replay SET state = 'done', done = total, result = %s::jsonb, finished_at = %s
            WHERE organisation_id = %s AND id = %s AND state IN ('queued', 'running')""",
        [db.as_json(dict(result)), ctx.now, ctx.organisation_id, replay_id],
    )


def fail(ctx: Ctx, *, replay_id: int) -> None:
    """Keeps that a replay came to no end."""
    db.execute(
        """UPDATE routing_replay SET state = 'failed', finished_at = %s
            WHERE organisation_id = %s AND id = %s AND state IN ('queued', 'running')""",
        [ctx.now, ctx.organisation_id, replay_id],
    )


def get(ctx: Ctx, *, replay_id: int) -> ReplayRow:
    """One replay.  Refuses: unknown ids."""
    found = db.one(
        ReplayRow, f"SELECT {_ROW} FROM routing_replay WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, replay_id]
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "replay", "key": replay_id})
    return found


def find_of(ctx: Ctx, *, rules: Mapping[str, Any]) -> ReplayRow | None:
    """The newest replay of just these rules that came to its end, with stock and places as they were."""
    return db.one(
        ReplayRow,
        f"""SELECT {_ROW} FROM routing_replay
             WHERE organisation_id = %s AND state = 'done' AND rules = %s::jsonb AND options->'without' = '[]'
               AND options->'stocked' = '[]' ORDER BY id DESC LIMIT 1""",
        [ctx.organisation_id, db.as_json(dict(rules))],
    )


def list_replays(ctx: Ctx, *, before: int | None = None, limit: int = 20) -> list[ReplayRow]:
    """Replays, newest first, without their results.  Shapes: `before` is the id of the last row shown (keyset paging)."""
    return db.rows(
        ReplayRow,
        """SELECT id, state, rules, options, total, done, '{}'::jsonb AS result, by, asked_at, finished_at FROM routing_replay
            WHERE organisation_id = %s AND (%s::bigint IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, before, before, limit],
    )
