"""What goes by age, of every organisation: a table is looked through by its ids, a turn at a time, so that no index is needed.

Ids grow with time. A turn looks at the next rows after an id, as far as they are old, and says how far it came; whoever asks keeps
that, and goes on there the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.stuck import MOST_ATTEMPTS

AT_ONCE = 5_000
Needed = Callable[[Sequence[int]], Collection[int]]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did.  `upto`: the id it looked through to; `is_last`: what follows is younger, or nothing does."""

    upto: int
    gone: int
    is_last: bool


def look(table: str, moment: str, older_than: datetime, after: int, limit: int) -> tuple[int, bool]:
    """How far the next rows of a table are old, and whether that is the end of them.  Names are ours, never input."""
    found = db.dicts(
        f"""SELECT COALESCE(min(id) FILTER (WHERE at >= %s) - 1, max(id), %s) AS upto,
                   count(*) < %s OR COALESCE(bool_or(at >= %s), FALSE) AS is_last
              FROM (SELECT id, {moment} AS at FROM {table} WHERE id > %s ORDER BY id LIMIT %s) next""",
        [older_than, after, limit, older_than, after, limit],
    )[0]
    return found["upto"], found["is_last"]


@transaction.atomic
def forget_steps(
    *,
    older_than: datetime,
    types: Sequence[str],
    kinds: Sequence[str],
    needed: Needed,
    after: int = 0,
    limit: int = AT_ONCE,
) -> Turn:
    """Drops facts that no page tells of any more: those of these `types`, and those on the timelines of these `kinds`.

    What a person did stays, and so does what still waits for its flow or for a person.  `needed`: which of some ids others
    still want.
    """
    upto, is_last = look("base_event", "at", older_than, after, limit)
    ids = db.column(
        """SELECT id FROM base_event WHERE id > %s AND id <= %s AND NOT pending AND attempts < %s AND actor_kind <> 'staff'
              AND (type = ANY(%s) OR split_part(timeline, ':', 1) = ANY(%s))""",
        [after, upto, MOST_ATTEMPTS, list(types), list(kinds)],
    )
    wanted = set(needed(ids)) if ids else set()
    gone = db.execute("DELETE FROM base_event WHERE id = ANY(%s)", [[id for id in ids if id not in wanted]])
    return Turn(upto, gone, is_last)


@transaction.atomic
def forget_payloads(
    *, older_than: datetime, sources: Sequence[str], outcomes: Sequence[str], after: int = 0, limit: int = AT_ONCE
) -> Turn:
    """Empties arrivals from these sources with these outcomes: bytes and headers go, the sender's id and what became of it stay."""
    upto, is_last = look("base_arrival", "received_at", older_than, after, limit)
    gone = db.execute(
        """UPDATE base_arrival SET body = '', headers = '{}', forgotten_at = now()
            WHERE id > %s AND id <= %s AND source = ANY(%s) AND outcome = ANY(%s) AND forgotten_at IS NULL""",
        [after, upto, list(sources), list(outcomes)],
    )
    return Turn(upto, gone, is_last)


@transaction.atomic
def forget_told(ctx: Ctx, *, connection_id: int, about: Sequence[str], prefix: str) -> int:
    """Empties what a shop's connection told of these orders, whatever became of it.  Returns: how many.

    Shapes: orders as the shop calls them; `prefix`: how the ids of arrivals begin that were fetched.  Others are known by what was
    read in them; those in which nothing was read, by the name of the order anywhere in them.  Locks: the arrivals by id.
    """
    return db.execute(
        """UPDATE base_arrival a SET body = '', headers = '{}', forgotten_at = %(now)s
             FROM (SELECT id FROM base_arrival
                    WHERE organisation_id = %(org)s AND connection_id = %(connection)s AND source = 'channel'
                      AND forgotten_at IS NULL
                      AND (detail->>'external_id' = ANY(%(about)s)
                           OR (starts_with(external_id, %(prefix)s)
                               AND split_part(substr(external_id, length(%(prefix)s) + 1), ':', 1) = ANY(%(about)s))
                           OR (outcome <> 'processed' AND NOT detail ? 'external_id' AND EXISTS (
                               SELECT 1 FROM unnest(%(about)s::text[]) one WHERE position(convert_to(one, 'UTF8') IN body) > 0)))
                    ORDER BY id FOR NO KEY UPDATE) due
            WHERE a.organisation_id = %(org)s AND a.id = due.id""",
        {"now": ctx.now, "org": ctx.organisation_id, "connection": connection_id, "about": list(about), "prefix": prefix},
    )


@transaction.atomic
def forget_scans(ctx: Ctx, *, parcel_ids: Sequence[int]) -> int:
    """Empties what carriers and warehouses told of these parcels: where and to whom they brought them.  Returns: how many."""
    return db.execute(
        """UPDATE base_arrival a SET body = '', headers = '{}', forgotten_at = %s
             FROM (SELECT id FROM base_arrival WHERE organisation_id = %s AND source IN ('carrier', 'warehouse')
                      AND forgotten_at IS NULL AND detail->>'parcel_id' = ANY(%s) ORDER BY id FOR NO KEY UPDATE) due
            WHERE a.id = due.id""",
        [ctx.now, ctx.organisation_id, [str(id) for id in parcel_ids]],
    )


@transaction.atomic
def forget_bodies(ctx: Ctx, *, arrival_ids: Sequence[int]) -> None:
    """Empties these arrivals at once; what became of them stays.  Needs: the rows locked by `arrivals.hold`."""
    db.execute(
        """UPDATE base_arrival SET body = '', headers = '{}', forgotten_at = %s
            WHERE organisation_id = %s AND id = ANY(%s) AND forgotten_at IS NULL""",
        [ctx.now, ctx.organisation_id, list(arrival_ids)],
    )


@transaction.atomic
def forget_said(ctx: Ctx, *, timelines: Sequence[str], names: Sequence[str]) -> int:
    """Takes what these names stand for out of facts on these timelines, that they happened stays.  Returns: how many facts.

    What still waits for its flow is left as it is.
    """
    return db.execute(
        """UPDATE base_event SET data = (data - %s::text[])
                  || CASE WHEN data ? 'before' AND jsonb_typeof(data->'before') = 'object'
                          THEN jsonb_build_object('before', (data->'before') - %s::text[]) ELSE '{}' END
                  || CASE WHEN data ? 'after' AND jsonb_typeof(data->'after') = 'object'
                          THEN jsonb_build_object('after', (data->'after') - %s::text[]) ELSE '{}' END
                  || CASE WHEN data ? 'facts' AND jsonb_typeof(data->'facts') = 'object'
                          THEN jsonb_build_object('facts', (data->'facts') - %s::text[]) ELSE '{}' END
            WHERE organisation_id = %s AND timeline = ANY(%s) AND NOT pending
              AND (data ?| %s::text[] OR data->'before' ?| %s::text[] OR data->'after' ?| %s::text[]
                   OR data->'facts' ?| %s::text[])""",
        [*[list(names)] * 4, ctx.organisation_id, list(timelines), *[list(names)] * 4],
    )


@transaction.atomic
def forget_letters(ctx: Ctx, *, ids: Sequence[int]) -> int:
    """Empties these arrivals, and who sent them.  Returns: how many."""
    return db.execute(
        """UPDATE base_arrival SET body = '', headers = '{}', detail = detail - 'from', forgotten_at = %s
            WHERE organisation_id = %s AND id = ANY(%s) AND forgotten_at IS NULL""",
        [ctx.now, ctx.organisation_id, list(ids)],
    )


@transaction.atomic
def forget_arrivals(*, older_than: datetime, sources: Sequence[str], after: int = 0, limit: int = AT_ONCE) -> Turn:
    """Drops arrivals from these sources that were read, with the sender's id.  For senders to whom nothing here refers."""
    upto, is_last = look("base_arrival", "received_at", older_than, after, limit)
    gone = db.execute(
        "DELETE FROM base_arrival WHERE id > %s AND id <= %s AND source = ANY(%s) AND outcome <> 'received'",
        [after, upto, list(sources)],
    )
    return Turn(upto, gone, is_last)


def forget_jobs(*, older_than: datetime, limit: int = AT_ONCE) -> int:
    """Drops jobs that failed or were called off before then, with what was noted of them.  Returns: how many."""
    return db.execute(
        """DELETE FROM procrastinate_jobs WHERE id IN (
                  SELECT j.id FROM procrastinate_jobs j WHERE j.status NOT IN ('todo', 'doing') AND NOT EXISTS (
                         SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at >= %s)
                    AND NOT EXISTS (SELECT 1 FROM procrastinate_periodic_defers d WHERE d.job_id = j.id)
                   ORDER BY j.id LIMIT %s)""",
        [older_than, limit],
    )


def forget_sessions(*, older_than: datetime, limit: int = AT_ONCE) -> int:
    """Drops sign-ins that ended before then.  Returns: how many."""
    return db.execute(
        """DELETE FROM django_session WHERE session_key IN (
                  SELECT session_key FROM django_session WHERE expire_date < %s ORDER BY expire_date LIMIT %s)""",
        [older_than, limit],
    )
