"""What listings are to show, what is under way to them, and what they took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.channels import drift, history
from doorstep.channels.drift import Found
from doorstep.channels.history import outcome_of
from doorstep.channels.port import NumberAnswer, Stale, Taken
from doorstep.channels.values import Claimed, DriftCause, ExposureRow, Wish

# Two clocks: what a shop sold so shortly after it took a number may also have been sold before it.
CLOCKS_DIFFER = timedelta(seconds=5)
LATER_S = (2, 5, 15, 60, 300, 900)
GONE_FOR = timedelta(days=1)
ASK_AFTER = timedelta(seconds=5)
_EXPOSURE = """SELECT listing_id, connection_id, apart, wanted, wanted_at, unseen, unseen_at, shows, accepted, accepted_at, sent,
                      sent_at, handle, attempts, retry_at, problem FROM channels_exposure"""

# Whether what a listing is to show is more than none.
_SHOWS_SOME = "CASE WHEN e.apart THEN e.wanted > 0 ELSE e.wanted > e.unseen END"


@transaction.atomic
def want(ctx: Ctx, *, wishes: Sequence[Wish]) -> int:
    """Says what listings are to show; a number that is wanted already changes nothing, the newest replaces one that waits.

    What became of one that is under way is asked for no sooner: the numbers that went together are asked for together.
    Returns: how many changed.  Locks: the exposures, ascending by listing.
    """
    lines = sorted((w.listing_id, w.connection_id, w.number, w.apart) for w in wishes)
    changed = db.execute(
        """INSERT INTO channels_exposure (organisation_id, listing_id, connection_id, apart, wanted, wanted_at, unseen,
                                          sold_meanwhile, handle, attempts, problem)
           SELECT %s, u.l, u.c, u.a, u.n, %s, 0, FALSE, '', 0, ''
             FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bool[]) u(l, c, n, a)
           ON CONFLICT (listing_id) DO UPDATE
              SET wanted = EXCLUDED.wanted, wanted_at = EXCLUDED.wanted_at, attempts = 0, apart = EXCLUDED.apart,
                  retry_at = CASE WHEN channels_exposure.handle <> '' THEN channels_exposure.retry_at END
            WHERE channels_exposure.wanted <> EXCLUDED.wanted OR channels_exposure.apart <> EXCLUDED.apart""",
        [ctx.organisation_id, ctx.now, *db.columns(lines, 4)],
    )
    if changed:
        drift.note_right(ctx, listing_ids=[w.listing_id for w in wishes])
    return changed


@transaction.atomic
def drop(ctx: Ctx, *, listing_ids: Sequence[int]) -> None:
    """Wants nothing more of listings that are no variant of ours any more, or that the shop has no more.

    Locks: their exposures, ascending by listing.
    """
    if not listing_ids:
        return
    lock(ctx, listing_ids=listing_ids)
    db.execute(
        "DELETE FROM channels_exposure WHERE organisation_id = %s AND listing_id = ANY(%s)",
        [ctx.organisation_id, list(listing_ids)],
    )


def find_due(*, now: datetime) -> list[tuple[int, int, bool]]:
    """Connections in use with numbers to tell or to ask after.

    Shapes: (organisation id, connection id, whether a number that goes to zero is to be told).
    """
    found = db.dicts(
        f"""SELECT c.organisation_id, c.id, d.is_urgent FROM channels_connection c
             CROSS JOIN LATERAL (
                  SELECT bool_or(e.sent IS NULL AND NOT ({_SHOWS_SOME})) AS is_urgent FROM channels_exposure e
                   WHERE e.organisation_id = c.organisation_id AND e.connection_id = c.id
                     AND (NOT e.settled OR e.sent IS NOT NULL) AND (e.retry_at IS NULL OR e.retry_at <= %s)) d
            WHERE c.active AND d.is_urgent IS NOT NULL""",
        [now],
    )
    return [(line["organisation_id"], line["id"], line["is_urgent"]) for line in found]


@transaction.atomic
def claim(ctx: Ctx, *, connection_id: int, limit: int) -> list[Claimed]:
    """Takes numbers that are to be told: those going to zero first, then those that wait longest.

    Those that wait for nothing but a free call go with whoever gets one.  Locks: their exposures, ascending by listing.
    """
    return db.rows(
        Claimed,
        f"""WITH next AS (
             SELECT listing_id FROM channels_exposure e
              WHERE organisation_id = %(org)s AND connection_id = %(connection)s AND sent IS NULL AND NOT settled
                AND (retry_at IS NULL OR retry_at <= %(now)s OR problem = '')
              ORDER BY {_SHOWS_SOME}, wanted_at, listing_id LIMIT %(limit)s),
           due AS (
             SELECT listing_id FROM channels_exposure
              WHERE organisation_id = %(org)s AND listing_id IN (SELECT listing_id FROM next) AND sent IS NULL AND NOT settled
              ORDER BY listing_id FOR NO KEY UPDATE)
           UPDATE channels_exposure e SET sent_at = %(now)s, handle = '',
                  sent = CASE WHEN e.apart THEN e.wanted ELSE GREATEST(e.wanted - e.unseen, 0) END
             FROM due d JOIN channels_listing l ON l.organisation_id = %(org)s AND l.id = d.listing_id
            WHERE e.organisation_id = %(org)s AND e.listing_id = d.listing_id
           RETURNING e.listing_id, l.external_id, e.apart, e.sent AS number, COALESCE(e.shows, e.guess) AS shows, e.wanted_at,
                     e.sent_at, e.shows IS NULL AND e.guess IS NOT NULL AS guessed""",
        {"org": ctx.organisation_id, "connection": connection_id, "now": ctx.now, "limit": limit},
    )


@transaction.atomic
def ask_later(ctx: Ctx, *, listing_ids: Sequence[int], until: datetime) -> None:
    """Asks later what became of numbers that are under way.  Locks: their exposures, ascending by listing."""
    lock(ctx, listing_ids=listing_ids)
    db.execute(
        """UPDATE channels_exposure SET retry_at = %s
            WHERE organisation_id = %s AND listing_id = ANY(%s) AND sent IS NOT NULL AND handle <> ''""",
        [until, ctx.organisation_id, list(listing_ids)],
    )


@transaction.atomic
def ask_now(ctx: Ctx, *, connection_id: int, handle: str) -> None:
    """Asks at the next chance what became of the numbers that went under a handle.  Locks: their exposures, ascending."""
    db.execute(
        """UPDATE channels_exposure SET retry_at = NULL WHERE organisation_id = %s AND listing_id IN (
                  SELECT listing_id FROM channels_exposure
                   WHERE organisation_id = %s AND connection_id = %s AND handle = %s AND sent IS NOT NULL
                   ORDER BY listing_id FOR NO KEY UPDATE)""",
        [ctx.organisation_id, ctx.organisation_id, connection_id, handle],
    )


# Whether the shop took what was sent is not known. Of what is set apart the most that it may sell is kept.
_UNKNOWN = """shows = CASE WHEN apart THEN GREATEST(shows, sent) END,
                      unseen = CASE WHEN apart THEN unseen + LEAST(COALESCE(shows, 0), sent) ELSE unseen END,
                      unseen_at = CASE WHEN apart THEN %s ELSE unseen_at END, guess = NULL"""
_AS_IT_WAS = """shows = CASE WHEN apart OR NOT sold_meanwhile THEN shows END,
                guess = CASE WHEN NOT sold_meanwhile THEN guess END"""


@transaction.atomic
def let_go(ctx: Ctx, *, connection_id: int) -> int:
    """Forgets what was under way when a process died: whether the shop took it is not known, so it is told again.

    Returns: how many.  Locks: their exposures, ascending by listing.
    """
    return db.execute(
        f"""UPDATE channels_exposure SET {_UNKNOWN}, sent = NULL, sent_at = NULL, sold_meanwhile = FALSE
            WHERE organisation_id = %s AND listing_id IN (
                  SELECT listing_id FROM channels_exposure
                   WHERE organisation_id = %s AND connection_id = %s AND sent IS NOT NULL AND handle = ''
                   ORDER BY listing_id FOR NO KEY UPDATE)""",
        [ctx.now, ctx.organisation_id, ctx.organisation_id, connection_id],
    )


def find_later(ctx: Ctx, *, connection_id: int) -> dict[str, list[Claimed]]:
    """Numbers of which the shop says later what became of them, by handle, as far as it may be asked now."""
    found = db.dicts(
        """SELECT e.handle, e.listing_id, l.external_id, e.apart, e.sent AS number, e.shows,
                  LEAST(e.wanted_at, e.sent_at) AS wanted_at, e.sent_at
             FROM channels_exposure e JOIN channels_listing l ON l.organisation_id = e.organisation_id AND l.id = e.listing_id
            WHERE e.organisation_id = %s AND e.connection_id = %s AND e.handle <> '' AND e.sent IS NOT NULL
              AND (e.retry_at IS NULL OR e.retry_at <= %s) ORDER BY e.sent_at, e.listing_id""",
        [ctx.organisation_id, connection_id, ctx.now],
    )
    by_handle: dict[str, list[Claimed]] = {}
    for line in found:
        by_handle.setdefault(str(line.pop("handle")), []).append(Claimed(**line))
    return by_handle


@transaction.atomic
def settle(ctx: Ctx, *, told: Sequence[tuple[Claimed, NumberAnswer]], compared: bool = False) -> None:
    """Notes what a shop said to numbers.

    A number that it took is what it shows, unless something was sold meanwhile: then nobody knows. One that it did not take for
    showing another shows what was sold there and has no order here yet.  `compared`: it took numbers only where nothing was sold
    unknown to us; else what it showed before may have been sold, which matters where that is set apart.
    Locks: the exposures, ascending by listing.
    """
    lock(ctx, listing_ids=[c.listing_id for c, _ in told])
    lines = [(c.listing_id, *outcome_of(answer), c.shows) for c, answer in sorted(told, key=lambda one: one[0].listing_id)]
    db.execute(
        """UPDATE channels_exposure e SET
                  shows = CASE u.o WHEN 'taken' THEN CASE WHEN e.apart OR NOT e.sold_meanwhile THEN e.sent END
                                   WHEN 'stale' THEN u.n WHEN 'later' THEN e.shows
                                   ELSE CASE WHEN e.apart OR NOT e.sold_meanwhile THEN e.shows END END,
                  guess = CASE WHEN u.o = 'later' OR (u.o = 'taken' AND e.sold_meanwhile) THEN e.guess
                               WHEN u.o IN ('declined', 'gone') AND NOT e.sold_meanwhile THEN e.guess END,
                  unseen = CASE WHEN u.o = 'stale' AND COALESCE(e.shows, u.t) > u.n
                                THEN e.unseen + COALESCE(e.shows, u.t) - u.n
                                WHEN u.o = 'taken' AND e.apart AND NOT %(compared)s THEN e.unseen + COALESCE(e.shows, 0)
                                ELSE e.unseen END,
                  unseen_at = CASE WHEN u.o = 'stale' AND (COALESCE(e.shows, u.t) > u.n OR e.apart) OR u.o = 'taken' AND e.apart
                                   THEN %(now)s ELSE e.unseen_at END,
                  accepted = CASE WHEN u.o = 'taken' THEN e.sent ELSE e.accepted END,
                  accepted_at = CASE WHEN u.o = 'taken' THEN %(now)s ELSE e.accepted_at END,
                  sold_meanwhile = e.sold_meanwhile AND u.o = 'later',
                  sent = CASE WHEN u.o = 'later' THEN e.sent END, sent_at = CASE WHEN u.o = 'later' THEN e.sent_at END,
                  handle = u.h, problem = u.p,
                  attempts = CASE WHEN u.o IN ('declined', 'gone') THEN LEAST(e.attempts + 1, 100) ELSE 0 END,
                  retry_at = CASE u.o WHEN 'gone' THEN %(now)s + %(gone)s WHEN 'later' THEN %(now)s + %(ask)s
                                      WHEN 'declined' THEN %(now)s + make_interval(
                                           secs => (%(waits)s::int[])[LEAST(e.attempts + 1, cardinality(%(waits)s::int[]))]) END
             FROM unnest(%(l)s::bigint[], %(o)s::text[], %(n)s::int[], %(h)s::text[], %(p)s::text[], %(t)s::int[])
                  u(l, o, n, h, p, t)
            WHERE e.organisation_id = %(org)s AND e.listing_id = u.l AND e.sent IS NOT NULL""",
        {"org": ctx.organisation_id, "now": ctx.now, "gone": GONE_FOR, "ask": ASK_AFTER, "waits": list(LATER_S),
         "compared": compared, **dict(zip("lonhpt", db.columns(lines, 6), strict=True))},
    )  # fmt: skip
    history.keep(ctx, told=told)
    drift.note(ctx, found=_drifted(told))
    drift.note_healed(ctx, listing_ids=[c.listing_id for c, answer in told if isinstance(answer, Taken)])


def _drifted(told: Sequence[tuple[Claimed, NumberAnswer]]) -> list[Found]:
    return [
        Found(c.listing_id, c.shows, answer.shows)
        for c, answer in told
        if isinstance(answer, Stale) and c.shows is not None and answer.shows is not None
        and (not c.guessed or answer.shows < c.shows)  # more than was guessed: all that was sold is known
    ]


@transaction.atomic
def put_off(ctx: Ctx, *, listing_ids: Sequence[int], until: datetime, unknown: bool, problem: str = "") -> None:
    """Tries numbers again later.  `unknown`: the shop may have taken them, so nobody knows what it shows.

    Locks: the exposures, ascending by listing.
    """
    lock(ctx, listing_ids=listing_ids)
    db.execute(
        f"""UPDATE channels_exposure SET {_UNKNOWN if unknown else _AS_IT_WAS}, sent = NULL, sent_at = NULL, handle = '',
                   retry_at = %s, problem = %s, sold_meanwhile = FALSE, attempts = LEAST(attempts + 1, 100)
             WHERE organisation_id = %s AND listing_id = ANY(%s) AND sent IS NOT NULL""",
        [*([ctx.now] if unknown else []), until, problem[:500], ctx.organisation_id, list(listing_ids)],
    )


@transaction.atomic
def note_sold(ctx: Ctx, *, sold: Sequence[tuple[int, int, int, datetime]], apart: bool = False) -> None:
    """Notes that shops sold, and so show less by themselves.

    Shapes: (connection id, variant id, units, when by the shop's clock).  Units that were unseen are so no more. What was sold
    before the last number was taken, or about then, or while one is under way, leaves it open what the shop shows, so that it is
    told again, compared with what it shows most likely; and so does what it offers more than once, compared with nothing.
    `apart`: of listings that have their units apart, and of no others: of these the most that the shop may sell falls by just
    the units sold, and nothing more is wanted than it shows.
    Locks: the exposures, ascending by listing.
    """
    shows = _SHOWS_APART if apart else _SHOWS
    settled = db.column(
        f"""WITH told AS (
             SELECT l.id, sum(u.q) AS qty, min(u.at) AS at, count(*) OVER (PARTITION BY l.connection_id, l.variant_id) AS times
               FROM unnest(%(c)s::bigint[], %(v)s::bigint[], %(q)s::int[], %(at)s::timestamptz[]) u(c, v, q, at)
               JOIN channels_listing l ON l.organisation_id = %(org)s AND l.connection_id = u.c AND l.variant_id = u.v
                AND l.ended_at IS NULL
              GROUP BY l.id, l.connection_id, l.variant_id),
           locked AS (
             SELECT e.listing_id, t.qty, t.times,
                    COALESCE(t.at > GREATEST(e.accepted_at, e.unseen_at) + %(differ)s, FALSE) AS is_after
               FROM channels_exposure e JOIN told t ON t.id = e.listing_id
              WHERE e.organisation_id = %(org)s AND e.apart = %(apart)s ORDER BY e.listing_id FOR NO KEY UPDATE OF e)
           UPDATE channels_exposure e SET sold_meanwhile = e.sent IS NOT NULL, {shows}
             FROM locked k WHERE e.organisation_id = %(org)s AND e.listing_id = k.listing_id
           RETURNING CASE WHEN e.unseen = 0 THEN e.listing_id END""",
        {"c": [c for c, _, _, _ in sold], "v": [v for _, v, _, _ in sold], "q": [q for _, _, q, _ in sold],
         "at": [at for _, _, _, at in sold], "org": ctx.organisation_id, "differ": CLOCKS_DIFFER, "apart": apart},
    )  # fmt: skip
    drift.note_healed(ctx, listing_ids=[id for id in settled if id is not None], cause=DriftCause.LATE_ORDER)


# What is shown less what was sold, at least none: GREATEST would make none of what nobody knows, and zero would never be told.
_SHOWS = """unseen = GREATEST(e.unseen - k.qty, 0),
                  shows = CASE WHEN k.times > 1 THEN NULL
                               WHEN e.sent IS NOT NULL THEN e.shows
                               WHEN e.unseen >= k.qty THEN e.shows
                               WHEN k.is_after AND e.unseen = 0 THEN e.shows - LEAST(e.shows, k.qty)
                          END,
                  guess = CASE WHEN k.times > 1 OR (e.sent IS NULL AND e.unseen >= k.qty AND e.shows IS NOT NULL) THEN NULL
                               WHEN e.sent IS NULL THEN COALESCE(e.shows, e.guess)
                                    - LEAST(COALESCE(e.shows, e.guess), GREATEST(k.qty - e.unseen, 0))
                               ELSE GREATEST(COALESCE(CASE WHEN e.sold_meanwhile THEN e.guess END, e.sent) - k.qty, 0) END"""
_LEFT_APART = "e.shows - LEAST(e.shows, CASE WHEN k.is_after THEN k.qty ELSE GREATEST(k.qty - e.unseen, 0) END)"
_SHOWS_APART = f"""unseen = CASE WHEN k.is_after THEN GREATEST(e.unseen - GREATEST(k.qty - e.shows, 0), 0)
                                ELSE GREATEST(e.unseen - k.qty, 0) END,
                  shows = {_LEFT_APART},
                  wanted = CASE WHEN e.sent IS NULL THEN LEAST(e.wanted, {_LEFT_APART}) ELSE e.wanted END"""


@transaction.atomic
def lock(ctx: Ctx, *, listing_ids: Sequence[int]) -> dict[int, ExposureRow]:
    """What listings are to show and show, by listing, which nobody changes until the transaction ends.  Locks: them, ascending."""
    sql = _EXPOSURE + " WHERE organisation_id = %s AND listing_id = ANY(%s) ORDER BY listing_id FOR NO KEY UPDATE"
    return {row.listing_id: row for row in db.rows(ExposureRow, sql, [ctx.organisation_id, list(listing_ids)])}


@transaction.atomic
def note_shown(ctx: Ctx, *, connection_id: int, shown: Mapping[str, int], since: datetime) -> int:
    """Notes what a shop says that it shows: where that is not what we thought, the listing has drifted.

    Fewer than we thought were sold there, as far as we know: they are unseen until their orders come.  Where a number is under way,
    or was taken `since` the shop was asked, nobody can tell.  Shapes: numbers by external id of the listing.
    Returns: how many drifted.  Locks: the exposures, ascending by listing.
    """
    moved = db.dicts(
        """WITH said AS (
             SELECT l.id, u.n FROM unnest(%(x)s::text[], %(n)s::int[]) u(x, n)
               JOIN channels_listing l ON l.organisation_id = %(org)s AND l.connection_id = %(connection)s AND l.external_id = u.x),
           locked AS (
             SELECT e.listing_id, e.shows AS thought, s.n, e.problem FROM channels_exposure e JOIN said s ON s.id = e.listing_id
              WHERE e.organisation_id = %(org)s AND e.sent IS NULL AND e.shows IS DISTINCT FROM s.n
                AND (e.accepted_at IS NULL OR e.accepted_at < %(since)s) ORDER BY e.listing_id FOR NO KEY UPDATE OF e)
           UPDATE channels_exposure e SET shows = k.n, guess = NULL, unseen = e.unseen + GREATEST(k.thought - k.n, 0),
                  unseen_at = CASE WHEN k.thought > k.n OR e.apart THEN %(now)s ELSE e.unseen_at END
             FROM locked k WHERE e.organisation_id = %(org)s AND e.listing_id = k.listing_id
           RETURNING k.listing_id, k.thought, k.n AS showed, k.problem <> '' AS is_failing""",
        {"x": list(shown), "n": list(shown.values()), "org": ctx.organisation_id, "connection": connection_id, "since": since,
         "now": ctx.now},
    )  # fmt: skip
    found = [Found(**line) for line in moved if line["thought"] is not None]
    drift.note(ctx, found=found)
    drift.note_right(ctx, listing_ids=drift.open_listings(ctx, connection_id=connection_id))
    return len(found)


@transaction.atomic
def forget_unseen(ctx: Ctx, *, connection_id: int, before: datetime) -> int:
    """Takes back that a shop sold units whose orders never came, once its orders are known up to a later time.

    Returns: how many listings it concerned: somebody changed their number in the shop.  Locks: the exposures, ascending.
    """
    changed = db.dicts(
        """WITH gone AS (
             SELECT listing_id, unseen_at FROM channels_exposure
              WHERE organisation_id = %(org)s AND connection_id = %(connection)s AND unseen > 0 AND unseen_at < %(before)s
                AND NOT apart ORDER BY listing_id FOR NO KEY UPDATE)
           UPDATE channels_exposure e SET unseen = 0, unseen_at = NULL FROM gone g
            WHERE e.organisation_id = %(org)s AND e.listing_id = g.listing_id RETURNING g.listing_id, g.unseen_at""",
        {"org": ctx.organisation_id, "connection": connection_id, "before": before},
    )
    drift.note_edited(ctx, since={line["listing_id"]: line["unseen_at"] for line in changed})
    return len(changed)


@transaction.atomic
def forget_unseen_apart(ctx: Ctx, *, connection_id: int, before: datetime) -> None:
    """What listings with units apart may have sold before then is known by now.  Locks: the exposures, ascending."""
    db.execute(
        """UPDATE channels_exposure SET unseen = 0, unseen_at = NULL WHERE organisation_id = %s AND listing_id IN (
                  SELECT listing_id FROM channels_exposure
                   WHERE organisation_id = %s AND connection_id = %s AND apart AND unseen > 0 AND unseen_at < %s AND sent IS NULL
                   ORDER BY listing_id FOR NO KEY UPDATE)""",
        [ctx.organisation_id, ctx.organisation_id, connection_id, before],
    )


def ids_apart(ctx: Ctx, *, connection_id: int) -> list[int]:
    """Listings of a connection that have their units apart, ascending."""
    return db.column(
        "SELECT listing_id FROM channels_exposure WHERE organisation_id = %s AND connection_id = %s AND apart ORDER BY listing_id",
        [ctx.organisation_id, connection_id],
    )


def find(ctx: Ctx, *, listing_ids: Sequence[int]) -> dict[int, ExposureRow]:
    """What listings are to show and show, by listing; those that want nothing are left out."""
    sql = _EXPOSURE + " WHERE organisation_id = %s AND listing_id = ANY(%s)"
    return {row.listing_id: row for row in db.rows(ExposureRow, sql, [ctx.organisation_id, list(listing_ids)])}
