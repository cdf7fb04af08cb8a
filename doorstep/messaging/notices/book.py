"""The book of notices: each thing is written down once before it is told, and what became of it stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.messaging import events
from doorstep.messaging.notices.values import NoticeKind, NoticeRow, Told, Want, Why

COLUMNS = "id, key, kind, way, order_id, parcel_id, address, facts, state, why, happened_at, wanted_at, not_before, message_id"
TALKED_OF = (Why.OPTED_OUT, Why.UNTRUE)  # what an order's timeline says of itself; the others are plain to see there


@transaction.atomic
def want(ctx: Ctx, *, wants: Sequence[Want]) -> list[NoticeRow]:
    """Writes down what is to be told; what stands there already changes nothing.

    Returns: the new ones.  Emits: NoticeNotTold for those that are not told because somebody does not want them.
    """
    lines = [
        (w.key[:100], w.kind.value, w.way.value, w.order_id, w.parcel_id, w.address[:254], db.as_json(dict(w.facts)), w.happened_at,
         w.not_before, "dropped" if w.why else "waiting" if w.not_before else "queued", w.why.value if w.why else "")
        for w in wants
    ]  # fmt: skip
    if not lines:
        return []
    made = db.rows(
        NoticeRow,
        f"""INSERT INTO messaging_notice (organisation_id, key, kind, way, order_id, parcel_id, address, facts, happened_at,
                                          not_before, state, why, wanted_at)
            SELECT %s, u.key, u.kind, u.way, u.order_id, u.parcel_id, u.address, u.facts::jsonb, u.happened_at, u.not_before,
                   u.state, u.why, %s
              FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],
                          %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[])
                   u(key, kind, way, order_id, parcel_id, address, facts, happened_at, not_before, state, why)
            ON CONFLICT (organisation_id, way, key) DO NOTHING RETURNING {COLUMNS}""",
        [ctx.organisation_id, ctx.now, *db.columns(lines, 11)],
    )
    _say_dropped(ctx, [row for row in made if row.why])
    return made


def told_of(ctx: Ctx, *, kind: NoticeKind, parcel_ids: Sequence[int], order_ids: Sequence[int], since: datetime) -> set[int]:
    """Those of these parcels of whom a kind was told, or waits to be told, since then."""
    return set(
        db.column(
            """SELECT DISTINCT parcel_id FROM messaging_notice
                WHERE organisation_id = %s AND order_id = ANY(%s) AND parcel_id = ANY(%s) AND kind = %s AND state <> 'dropped'
                  AND wanted_at > %s""",
            [ctx.organisation_id, list(order_ids), list(parcel_ids), kind.value, since],
        )
    )


def told_before(ctx: Ctx, *, asked: Sequence[tuple[int, datetime]]) -> dict[tuple[int, datetime], str]:
    """What was told last of orders before moments; orders of which nothing was told are left out.  Shapes: kinds, by what is asked.

    What waited or was dropped was not told.
    """
    lines = sorted(set(asked))
    if not lines:
        return {}
    found = db.dicts(
        """SELECT u.order_id, u.at, n.kind FROM unnest(%s::bigint[], %s::timestamptz[]) u(order_id, at)
             JOIN LATERAL (SELECT kind FROM messaging_notice n
                            WHERE n.organisation_id = %s AND n.order_id = u.order_id AND n.state = 'queued'
                              AND COALESCE(n.not_before, n.wanted_at) < u.at
                            ORDER BY COALESCE(n.not_before, n.wanted_at) DESC, n.id DESC LIMIT 1) n ON TRUE""",
        [*db.columns(lines, 2), ctx.organisation_id],
    )
    return {(line["order_id"], line["at"]): line["kind"] for line in found}


def find_waiting(*, now: datetime, limit: int = 1000) -> dict[int, list[int]]:
    """Notices whose quiet hours are over, by organisation."""
    found = db.dicts(
        """SELECT organisation_id, id FROM messaging_notice WHERE state = 'waiting' AND not_before <= %s
            ORDER BY not_before, id LIMIT %s""",
        [now, limit],
    )
    by_owner: dict[int, list[int]] = {}
    for line in found:
        by_owner.setdefault(line["organisation_id"], []).append(line["id"])
    return by_owner


def lock_waiting(ctx: Ctx, *, ids: Sequence[int]) -> list[NoticeRow]:
    """Those of these that still wait, and all that wait about the same orders by the same way.  Locks: notices by id."""
    return db.rows(
        NoticeRow,
        f"""SELECT {COLUMNS} FROM messaging_notice n WHERE organisation_id = %s AND state = 'waiting' AND not_before <= %s
               AND (order_id, way) IN (SELECT order_id, way FROM messaging_notice
                                        WHERE organisation_id = %s AND id = ANY(%s))
             ORDER BY id FOR UPDATE""",
        [ctx.organisation_id, ctx.now, ctx.organisation_id, list(ids)],
    )


@transaction.atomic
def note_queued(ctx: Ctx, *, messages: dict[int, int | None]) -> None:
    """Notes by which message each notice is told.  Shapes: message ids by notice."""
    lines = sorted(messages.items())
    db.execute(
        """UPDATE messaging_notice n SET state = 'queued', message_id = u.message_id
             FROM unnest(%s::bigint[], %s::bigint[]) u(id, message_id) WHERE n.organisation_id = %s AND n.id = u.id""",
        [*db.columns(lines, 2), ctx.organisation_id],
    )


@transaction.atomic
def drop(ctx: Ctx, *, dropped: Sequence[tuple[NoticeRow, Why]]) -> None:
    """Notes that notices are not told, and why.  Emits: NoticeNotTold for those of which an order's timeline should say so."""
    for row, why in dropped:
        db.execute(
            "UPDATE messaging_notice SET state = 'dropped', why = %s WHERE organisation_id = %s AND id = %s",
            [why.value, ctx.organisation_id, row.id],
        )
    _say_dropped(ctx, [row for row, _ in dropped], {row.id: why for row, why in dropped})


def _say_dropped(ctx: Ctx, rows: Sequence[NoticeRow], whys: dict[int, Why] | None = None) -> None:
    said = [(row, (whys or {}).get(row.id) or Why(row.why)) for row in rows]
    outbox.record(
        ctx,
        [
            Happened(events.NOTICE_NOT_TOLD, f"order:{row.order_id}", f"order:{row.order_id}",
                     {"kind": row.kind, "way": row.way, "why": why.value})
            for row, why in said
            if why in TALKED_OF
        ],
    )  # fmt: skip


def told(ctx: Ctx, *, since: datetime) -> list[Told]:
    """What became of the notices since then, by kind and way."""
    return db.rows(
        Told,
        """SELECT n.kind, n.way, count(*) FILTER (WHERE m.state = 'sent') AS sent,
                  count(*) FILTER (WHERE n.state = 'waiting' OR m.state IN ('queued', 'sending')) AS waiting,
                  count(*) FILTER (WHERE m.state = 'failed' OR m.receipt = 'undelivered') AS failed,
                  count(*) FILTER (WHERE m.state = 'unknown') AS unknown,
                  count(*) FILTER (WHERE n.state = 'dropped') AS dropped
             FROM messaging_notice n
             LEFT JOIN messaging_message m ON m.organisation_id = n.organisation_id AND m.id = n.message_id
            WHERE n.organisation_id = %s AND n.wanted_at >= %s GROUP BY n.kind, n.way""",
        [ctx.organisation_id, since],
    )


def list_notices(
    ctx: Ctx, *, kind: str = "", state: str = "", order_id: int = 0, before: int | None = None, limit: int = 50
) -> list[NoticeRow]:
    """Notices, newest first; `before` is the last id of the page before."""
    return db.rows(
        NoticeRow,
        f"""SELECT {COLUMNS} FROM messaging_notice WHERE organisation_id = %s AND (%s = '' OR kind = %s)
               AND (%s = '' OR state = %s) AND (%s = 0 OR order_id = %s) AND (%s::bigint IS NULL OR id < %s)
             ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, kind, kind, state, state, order_id, order_id, before, before, limit],
    )
