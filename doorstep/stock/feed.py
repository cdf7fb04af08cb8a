"""Which variants may be sold otherwise than a moment ago, told by the rows themselves: writing them costs nothing more.

PostgreSQL keeps with each row the number of the transaction that wrote it (`xmin`).  A place in the feed is the number of the
oldest transaction that was open when it was taken: whatever was not seen then was written under that number or a later one.
"""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.stock import availability
from doorstep.stock.availability import Availability

CURSOR_GONE = Refusal(
    "cursor_gone",
    gettext_noop("What changed since this cursor is no longer known."),
    gettext_noop("Read all anew, and go on from the cursor that comes with it."),
    status=410,
)
# Rows tell who wrote them by 32 bits: of what lies more than half of that apart, nobody knows which is older.
MOST_BEHIND = 2**30
NUMBERS = 2**32


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the feed of one organisation: all that changed before transaction `since` is known.

    Within a round that takes several pages: up to variant `after`, and the next round begins at `until`.
    `mark`: of the database that gave it, as it was started.
    """

    mark: str
    since: int
    until: int = 0
    after: int = 0

    @property
    def at_rest(self) -> bool:
        return not self.after


@dataclass(frozen=True, slots=True)
class Changes:
    """Variants as they are now, ascending by id, and where to go on."""

    rows: list[Availability]
    place: Place


def now(ctx: Ctx) -> Place:
    """The place after all that can be read now; taken before numbers are read, the feed goes on from them without a gap."""
    return _now(ctx)[0]


def pulse() -> str:
    """Something that is another as soon as any transaction that wrote something has committed."""
    return str(db.scalar("SELECT pg_current_snapshot()::text"))


def require(ctx: Ctx, *, place: Place) -> Place:
    """The place of now.  Refuses: to go on from a place of another database or organisation, or one that is too old."""
    newest, ahead = _now(ctx)
    if place.mark != newest.mark or not 0 <= ahead - place.since <= MOST_BEHIND or place.until > ahead:
        raise Refused(CURSOR_GONE)
    return newest


def changes(ctx: Ctx, *, after: Place, limit: int) -> Changes:
    """Variants that may be sold otherwise since a place, each once and as it is now; some may be told again.

    Told are new variants, and those whose units, way of selling, SKU, product or composition changed, and bundles with them.
    Refuses: a place of another database or organisation, and one that is too old.
    """
    newest = require(ctx, place=after)
    until = newest.since if after.at_rest else after.until
    ids = _written(ctx, after, limit + 1)
    place = Place(newest.mark, after.since, until, ids[limit - 1]) if len(ids) > limit else Place(newest.mark, until)
    return Changes(availability.of_variants(ctx, variant_ids=ids[:limit]), place)


def changes_at(ctx: Ctx, *, location_id: int, after: Place, limit: int) -> tuple[list[int], Place]:
    """Variants that lie at a location otherwise than at a place of the feed, or are another product by now; some may be told again.

    Returns: their ids, ascending, and where to go on.  Refuses: as `changes`.
    """
    newest = require(ctx, place=after)
    until = newest.since if after.at_rest else after.until
    ids = db.column(
        """WITH old AS MATERIALIZED (SELECT age(%s::text::xid) AS age)
           SELECT l.variant_id FROM stock_level l
             JOIN catalog_variant v ON v.organisation_id = l.organisation_id AND v.id = l.variant_id
             JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
            WHERE l.organisation_id = %s AND l.location_id = %s AND l.variant_id > %s
              AND LEAST(age(l.xmin), age(v.xmin), age(p.xmin)) <= (SELECT age FROM old) ORDER BY 1 LIMIT %s""",
        [after.since % NUMBERS, ctx.organisation_id, location_id, after.after, limit + 1],
    )
    if len(ids) > limit:
        return ids[:limit], Place(newest.mark, after.since, until, ids[limit - 1])
    return ids, Place(newest.mark, until)


def _now(ctx: Ctx) -> tuple[Place, int]:
    """The place, and the first transaction that nobody can have seen yet.

    Another cluster, another database, tables that a restore put in place, and a house that was put back as it was while the
    server stood still each have another mark.
    """
    [found] = db.dicts(
        """SELECT left(md5(concat_ws(':', %s::bigint, c.system_identifier, d.oid, 'stock_item'::regclass::oid,
                                     extract(epoch FROM pg_postmaster_start_time()))), 16) AS mark,
                  pg_snapshot_xmin(s.seen)::text::bigint AS since, pg_snapshot_xmax(s.seen)::text::bigint AS ahead
             FROM pg_control_system() c, pg_database d, (SELECT pg_current_snapshot() AS seen) s
            WHERE d.datname = current_database()""",
        [ctx.organisation_id],
    )
    return Place(found["mark"], found["since"]), found["ahead"]


def _written(ctx: Ctx, after: Place, limit: int) -> list[int]:
    """The variants whose rows were written under the number of `after` or a later one.

    A savepoint writes under a number of its own, always greater than its transaction's.  Both ages are taken against the same
    moment, so the 32 bits of a row suffice; a row that is much older than they tell seems new and is told again.
    """
    return db.column(
        """WITH old AS MATERIALIZED (SELECT age(%(since)s::text::xid) AS age), written AS MATERIALIZED (
             SELECT variant_id AS id FROM stock_item WHERE organisation_id = %(org)s AND age(xmin) <= (SELECT age FROM old)
              UNION
             SELECT variant_id FROM stock_sellingrule WHERE organisation_id = %(org)s AND age(xmin) <= (SELECT age FROM old)
              UNION
             SELECT id FROM catalog_variant WHERE organisation_id = %(org)s AND age(xmin) <= (SELECT age FROM old)
              UNION
             SELECT v.id FROM catalog_product p
               JOIN catalog_variant v ON v.organisation_id = p.organisation_id AND v.product_id = p.id
              WHERE p.organisation_id = %(org)s AND age(p.xmin) <= (SELECT age FROM old))
           SELECT id FROM (
             SELECT id FROM written
              UNION
             SELECT c.bundle_id FROM catalog_component c JOIN written w ON w.id = c.variant_id
              WHERE c.organisation_id = %(org)s) told
            WHERE id > %(after)s ORDER BY id LIMIT %(limit)s""",
        {"org": ctx.organisation_id, "since": after.since % NUMBERS, "after": after.after, "limit": limit},
    )
