"""How orders were when their shops last told of them, so that an older state that comes later changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx

AHEAD = timedelta(minutes=15)  # a shop's clock is believed so far: one that was set wrong would hide all that comes after it


@transaction.atomic
def note(ctx: Ctx, *, told: Sequence[tuple[int, str, datetime]]) -> set[tuple[int, str, datetime]]:
    """Notes how orders were when shops told of them.  Shapes: (connection id, external id, when it changed, by the shop's clock).

    Returns: those that are not older than what was told before; a moment that lies ahead gives way to one that does not.
    Locks: what is noted of them, ascending.
    """
    newest: dict[tuple[int, str], datetime] = {}
    for c, e, at in told:
        newest[c, e] = max(at, newest.get((c, e), at))
    lines = sorted((c, e, at.isoformat()) for (c, e), at in newest.items())
    taken = db.dicts(
        """INSERT INTO channels_ordertold (organisation_id, connection_id, external_id, changed_at)
           SELECT %s, u.c, u.e, u.at::timestamptz FROM unnest(%s::bigint[], %s::text[], %s::text[]) u(c, e, at)
           ON CONFLICT (organisation_id, connection_id, external_id) DO UPDATE SET changed_at = EXCLUDED.changed_at
            WHERE channels_ordertold.changed_at <= EXCLUDED.changed_at
               OR channels_ordertold.changed_at > %s AND EXCLUDED.changed_at <= %s
           RETURNING connection_id, external_id, changed_at""",
        [ctx.organisation_id, *db.columns(lines, 3), ctx.now + AHEAD, ctx.now + AHEAD],
    )
    return {(line["connection_id"], line["external_id"], line["changed_at"]) for line in taken}


def forget_old(*, older_than: datetime, limit: int = 5_000) -> int:
    """Drops how orders were that did not change since then, of every organisation.  Returns: how many."""
    return db.execute(
        """DELETE FROM channels_ordertold WHERE id IN (
                  SELECT id FROM channels_ordertold WHERE changed_at < %s ORDER BY changed_at LIMIT %s)""",
        [older_than, limit],
    )


def changed_at(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], datetime]:
    """When orders had last changed when their shops told of them, by (connection, external id); untold ones are left out."""
    found = db.dicts(
        """SELECT connection_id, external_id, changed_at FROM channels_ordertold WHERE organisation_id = %s
              AND (connection_id, external_id) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))""",
        [ctx.organisation_id, [c for c, _ in keys], [e for _, e in keys]],
    )
    return {(line["connection_id"], line["external_id"]): line["changed_at"] for line in found}
