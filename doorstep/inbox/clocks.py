"""Promises of an answer: they start, stop, go on, are kept or missed.

Lists sort by what is due first, so the conversation carries it: each verb says what its row is to show from now on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.inbox import queries
from doorstep.inbox.rules import sla
from doorstep.inbox.rules.calendar import calendar_of
from doorstep.inbox.values import ClockKind, ClockRow

_RUNNING = "organisation_id = %s AND conversation_id = %s AND ended_at IS NULL"
Shown = Mapping[str, Any]
_NOTHING: Shown = {"due_at": None, "due_kind": "", "risk_at": None}


def start(ctx: Ctx, *, conversation_id: int, first_reply_at: datetime | None, since: datetime) -> Shown:
    """Promises an answer to the oldest unanswered message; a promise that runs stays, one that was stopped goes on."""
    running = queries.find_running_clock(ctx, conversation_id=conversation_id)
    if running is not None:
        return _go_on(ctx, running)
    return begin(ctx, conversation_id=conversation_id, first_reply_at=first_reply_at, since=since)


def begin(ctx: Ctx, *, conversation_id: int, first_reply_at: datetime | None, since: datetime) -> Shown:
    """Promises an answer where none was promised before."""
    hours = queries.hours(ctx)
    kind = sla.kind_of(first_reply_at)
    target = sla.target_of(hours, kind, _channel(ctx, conversation_id))
    due = sla.deadline(calendar_of(hours), started_at=since, minutes=target, target_min=target)
    db.execute(
        """INSERT INTO inbox_clock (organisation_id, conversation_id, kind, started_at, target_min, due_at, risk_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s)""",
        [ctx.organisation_id, conversation_id, kind.value, since, target, due.due_at, due.risk_at],
    )
    return _shown(kind, due)


def _channel(ctx: Ctx, conversation_id: int) -> str:
    said: str = db.scalar(
        "SELECT channel FROM inbox_conversation WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, conversation_id],
    )
    return said


def stop(ctx: Ctx, *, conversation_id: int) -> Shown:
    """Stops a promise while nobody has to act; what is left of it stays."""
    running = queries.find_running_clock(ctx, conversation_id=conversation_id)
    if running is None or running.paused_min is not None:
        return {}
    left = sla.left_min(calendar_of(queries.hours(ctx)), due_at=running.due_at, now=ctx.now)
    db.execute(f"UPDATE inbox_clock SET paused_min = %s WHERE {_RUNNING}", [left, ctx.organisation_id, conversation_id])
    return _NOTHING


def go_on(ctx: Ctx, *, conversation_id: int) -> Shown:
    """A stopped promise goes on with what was left of it."""
    running = queries.find_running_clock(ctx, conversation_id=conversation_id)
    return {} if running is None else _go_on(ctx, running)


def meet(ctx: Ctx, *, conversation_id: int) -> Shown:
    """Somebody answered."""
    db.execute(
        f"UPDATE inbox_clock SET ended_at = %s, met_at = %s, paused_min = NULL WHERE {_RUNNING}",
        [ctx.now, ctx.now, ctx.organisation_id, conversation_id],
    )
    return _NOTHING


def drop(ctx: Ctx, *, conversation_id: int) -> Shown:
    """No answer is wanted any more: a promise that was missed stays missed, another one is as if never made."""
    db.execute(
        f"UPDATE inbox_clock SET ended_at = %s WHERE {_RUNNING} AND paused_min IS NULL AND due_at < %s",
        [ctx.now, ctx.organisation_id, conversation_id, ctx.now],
    )
    db.execute(f"DELETE FROM inbox_clock WHERE {_RUNNING}", [ctx.organisation_id, conversation_id])
    return _NOTHING


def _go_on(ctx: Ctx, clock: ClockRow) -> Shown:
    if clock.paused_min is None:
        return {}
    calendar = calendar_of(queries.hours(ctx))
    due = sla.deadline(calendar, started_at=ctx.now, minutes=clock.paused_min, target_min=clock.target_min)
    db.execute(
        "UPDATE inbox_clock SET paused_min = NULL, due_at = %s, risk_at = %s WHERE organisation_id = %s AND id = %s",
        [due.due_at, due.risk_at, ctx.organisation_id, clock.id],
    )
    return _shown(ClockKind(clock.kind), due)


def _shown(kind: ClockKind, due: sla.Deadline) -> Shown:
    return {"due_at": due.due_at, "due_kind": kind.value, "risk_at": due.risk_at}
