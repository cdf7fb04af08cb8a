"""What listings were told and what became of each number, for whoever asks why a channel shows it; forgotten with time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.channels.port import Declined, Gone, Later, NumberAnswer, Stale, Taken
from doorstep.channels.values import Claimed, NumberToldRow

# Whether the channel took the same wish before: it showed something else since, and was told again.
_AGAIN = """EXISTS (SELECT 1 FROM channels_numbertold b WHERE b.organisation_id = t.organisation_id AND b.listing_id = t.listing_id
                       AND b.id < t.id AND b.outcome = 'taken' AND b.wanted_at >= t.wanted_at)"""


def outcome_of(answer: NumberAnswer) -> tuple[str, int | None, str, str]:
    """What a shop's answer to a number comes to.  Shapes: (outcome, what the listing shows, handle, problem)."""
    match answer:
        case Taken():
            return "taken", None, "", ""
        case Stale(shows):
            return "stale", shows, "", ""
        case Later(handle):
            return "later", None, handle, ""
        case Gone(reason):
            return "gone", None, "", reason[:500] or "gone"
        case Declined(reason):
            return "declined", None, "", reason[:500] or "declined"


def keep(ctx: Ctx, *, told: Sequence[tuple[Claimed, NumberAnswer]]) -> None:
    """Keeps what became of each number for whoever asks why a channel shows it."""
    lines = [
        (c.listing_id, c.number, c.shows, outcome, problem, c.wanted_at.isoformat(), c.sent_at.isoformat())
        for c, answer in told
        for outcome, _, _, problem in [outcome_of(answer)]
        if outcome != "later"
    ]
    db.execute(
        """INSERT INTO channels_numbertold (organisation_id, listing_id, connection_id, number, showed, outcome, problem, wanted_at,
                                            sent_at, answered_at)
           SELECT l.organisation_id, u.l, l.connection_id, u.n, u.s, u.o, u.p, u.w::timestamptz, u.t::timestamptz, %s
             FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[]) u(l, n, s, o, p, w, t)
             JOIN channels_listing l ON l.organisation_id = %s AND l.id = u.l""",
        [ctx.now, *db.columns(lines, 7), ctx.organisation_id],
    )


def list_told(ctx: Ctx, *, listing_id: int, limit: int = 20) -> list[NumberToldRow]:
    """What a listing was told, newest first."""
    return db.rows(
        NumberToldRow,
        f"""SELECT id, listing_id, number, showed, outcome, problem, wanted_at, sent_at, answered_at, {_AGAIN} AS again
              FROM channels_numbertold t WHERE organisation_id = %s AND listing_id = %s ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, listing_id, limit],
    )


def lag_s(ctx: Ctx, *, connection_ids: Sequence[int]) -> dict[int, float]:
    """How long the slowest of the last numbers took from our wish to the shop's word, by connection; none where none was told.

    A wish that was taken before, and told again as the channel showed something else since, counts from when it was sent."""
    found = db.dicts(
        f"""SELECT c.id, COALESCE(max(extract(epoch FROM n.answered_at - n.begun_at)), 0)::float AS lag
             FROM unnest(%s::bigint[]) c(id) CROSS JOIN LATERAL (
                  SELECT CASE WHEN {_AGAIN} THEN sent_at ELSE wanted_at END AS begun_at, answered_at FROM channels_numbertold t
                   WHERE t.organisation_id = %s AND t.connection_id = c.id AND t.outcome = 'taken' ORDER BY t.id DESC LIMIT 200) n
            GROUP BY 1""",
        [list(connection_ids), ctx.organisation_id],
    )
    return {line["id"]: line["lag"] for line in found}


def forget_old(*, older_than: datetime, limit: int = 5_000) -> int:
    """Drops what listings were told before then, of every organisation.  Returns: how many."""
    return db.execute(
        """DELETE FROM channels_numbertold WHERE id IN (
                  SELECT id FROM channels_numbertold WHERE answered_at < %s ORDER BY answered_at LIMIT %s)""",
        [older_than, limit],
    )
