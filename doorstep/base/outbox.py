"""Events: recorded in the transaction that makes them true, read by timelines, streams and the dispatcher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Actor, Ctx

CHANNEL = "doorstep_events"

# Which event types flows react to. `config.wiring` fills it from flows.reactions; only those await the dispatcher.
awaited: set[str] = set()


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact to record. `subject` is what it happened to, `timeline` whose page tells it; both as "kind:id"."""

    type: str
    subject: str
    timeline: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    tx: int
    organisation_id: int
    type: str
    subject: str
    timeline: str
    data: dict[str, Any]
    actor_kind: str
    actor_id: int
    actor_name: str
    trace: str
    at: datetime

    @property
    def subject_id(self) -> int:
        return int(self.subject.partition(":")[2])

    @property
    def timeline_id(self) -> int:
        return int(self.timeline.partition(":")[2])

    @property
    def actor(self) -> Actor:
        return Actor(self.actor_kind, self.actor_id, self.actor_name)  # type: ignore[arg-type]  # checked on writing


COLUMNS = "id, tx, organisation_id, type, subject, timeline, data, actor_kind, actor_id, actor_name, trace, at"


def record(ctx: Ctx, facts: Iterable[Happened]) -> None:
    """Writes facts into the caller's transaction and wakes whoever listens once it commits.

    Shapes: any number of facts, kept in order.
    """
    lines = [(f.type, f.subject, f.timeline, db.as_json(f.data), f.type in awaited) for f in facts]
    if not lines:
        return
    db.send(
        """
        WITH told AS (
        INSERT INTO base_event (organisation_id, type, subject, timeline, data, pending, actor_kind, actor_id, actor_name,
                                trace, at, attempts, problem)
        SELECT %s, u.type, u.subject, u.timeline, u.data::jsonb, u.pending, %s, %s, %s, %s, %s, 0, ''
          FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bool[])
               WITH ORDINALITY u(type, subject, timeline, data, pending, n)
         ORDER BY u.n)
        SELECT pg_notify(%s, %s)
        """,
        [ctx.organisation_id, ctx.actor.kind, ctx.actor.id, ctx.actor.name[:120], ctx.trace, ctx.now]
        + db.columns(lines, 5)
        + [CHANNEL, str(ctx.organisation_id)],
    )


def timeline(ctx: Ctx, *, of: Sequence[str], limit: int = 500) -> list[Event]:
    """What happened to these subjects, newest first: the events that came last, in the order in which they happened."""
    return db.rows(
        Event,
        f"""SELECT * FROM (SELECT {COLUMNS} FROM base_event WHERE organisation_id = %s AND timeline = ANY(%s)
                            ORDER BY id DESC LIMIT %s) last ORDER BY at DESC, id DESC""",
        [ctx.organisation_id, list(of), limit],
    )


def actors_of(ctx: Ctx, *, of: Sequence[str], type: str) -> dict[str, Actor]:
    """Who did this first, by timeline; timelines on which it never happened are left out."""
    found = db.dicts(
        """SELECT DISTINCT ON (timeline) timeline, actor_kind, actor_id, actor_name FROM base_event
            WHERE organisation_id = %s AND timeline = ANY(%s) AND type = %s ORDER BY timeline, id""",
        [ctx.organisation_id, list(of), type],
    )
    return {line["timeline"]: Actor(line["actor_kind"], line["actor_id"], line["actor_name"]) for line in found}


def since(organisation_id: int, *, tx: int, id: int, limit: int = 200) -> list[Event]:
    """Committed facts after a cursor, in an order in which none can appear later before one already read."""
    return db.rows(
        Event,
        f"""SELECT {COLUMNS} FROM base_event
             WHERE organisation_id = %s AND (tx, id) > (%s, %s)
               AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
             ORDER BY tx, id LIMIT %s""",
        [organisation_id, tx, id, limit],
    )


def head(organisation_id: int) -> tuple[int, int]:
    """The cursor of the newest fact that `since` would return."""
    found = db.dicts(
        """SELECT tx, id FROM base_event
            WHERE organisation_id = %s AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            ORDER BY tx DESC, id DESC LIMIT 1""",
        [organisation_id],
    )
    return (found[0]["tx"], found[0]["id"]) if found else (0, 0)
