"""Reads of what carriers told, of whom, and of whom they are to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.shipping.numbers import Bearer
from doorstep.shipping.queries.parcels import PARCEL
from doorstep.shipping.values import ParcelRow, TrackingRow

# One that is dated later than it was heard of counts as of then.
_NEWEST_FIRST = "LEAST(at, received_at) DESC, at DESC, id DESC"


def parcels_by_number(ctx: Ctx, *, numbers: Sequence[tuple[int, str]]) -> dict[tuple[int, str], list[ParcelRow]]:
    """Parcels by (carrier id, tracking number), which carriers use again; numbers that no parcel bears are not among them."""
    rows = db.rows(
        ParcelRow,
        f"""{PARCEL} WHERE p.organisation_id = %s AND p.tracking_number <> ''
              AND (p.carrier_id, p.tracking_number) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))""",
        [ctx.organisation_id, [c for c, _ in numbers], [n for _, n in numbers]],
    )
    found: dict[tuple[int, str], list[ParcelRow]] = {}
    for row in rows:
        found.setdefault((row.carrier_id or 0, row.tracking_number), []).append(row)
    return found


def bearers(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[Bearer]:
    """Parcels as those that bear a number, by id."""
    return db.rows(
        Bearer,
        """SELECT p.id, COALESCE(p.tracked_since, p.packed_at) AS since, p.delivered_at, e.at AS heard_at, p.vouched,
                  COALESCE(p.ship_to->>'country', '') AS country, COALESCE(p.ship_to->>'postal_code', '') AS postal_code
             FROM shipping_parcel p
             LEFT JOIN LATERAL (SELECT max(LEAST(t.at, t.received_at)) AS at FROM shipping_trackingevent t
                                 WHERE t.organisation_id = p.organisation_id AND t.parcel_id = p.id AND t.aside = '') e ON TRUE
            WHERE p.organisation_id = %s AND p.id = ANY(%s) ORDER BY p.id""",
        [ctx.organisation_id, list(parcel_ids)],
    )


def bearer(ctx: Ctx, *, parcel_id: int) -> Bearer:
    """One parcel as the bearer of its number.  Refuses: unknown ids."""
    found = bearers(ctx, parcel_ids=[parcel_id])
    if not found:
        raise Refused(NOT_FOUND, {"what": "parcel", "key": parcel_id})
    return found[0]


def tracking_of(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[TrackingRow]:
    """What carriers told of parcels, newest first; scans of others with the same number are not among it."""
    return _told(ctx, parcel_ids, "aside = ''")


def stands_of(ctx: Ctx, *, parcel_id: int) -> list[tuple[datetime, datetime, str]]:
    """What carriers told of where a parcel stands, newest first.  Shapes: (time, when it was heard of, status or "") each."""
    found = db.dicts(
        f"""SELECT at, received_at, status FROM shipping_trackingevent
             WHERE organisation_id = %s AND parcel_id = %s AND aside = '' ORDER BY {_NEWEST_FIRST}""",
        [ctx.organisation_id, parcel_id],
    )
    return [(line["at"], line["received_at"], line["status"]) for line in found]


def asides_of(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[TrackingRow]:
    """What carriers told under the numbers of parcels of other ones, newest first."""
    return _told(ctx, parcel_ids, "aside <> ''")


def _told(ctx: Ctx, parcel_ids: Sequence[int], where: str) -> list[TrackingRow]:
    return db.rows(
        TrackingRow,
        f"""SELECT id, parcel_id, external_id, status, raw_code, description, place, at, trouble, aside
              FROM shipping_trackingevent
             WHERE organisation_id = %s AND parcel_id = ANY(%s) AND {where} ORDER BY {_NEWEST_FIRST}""",
        [ctx.organisation_id, list(parcel_ids)],
    )


def find_untold(*, older_than: datetime, limit: int = 500) -> list[tuple[int, int]]:
    """Parcels that we handed over of which their carrier knows nothing yet.  Shapes: (organisation id, parcel id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM shipping_parcel WHERE state = 'handed_over' AND delivered_at IS NULL
              AND told_at IS NULL AND direction = 'out' AND handed_over_at < %s ORDER BY handed_over_at LIMIT %s""",
        [older_than, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def find_awaited(*, quiet_since: datetime, limit: int = 50) -> list[tuple[int, int]]:
    """Labelled parcels that customers shall send, of which nobody asked since then.  Shapes: (organisation id, parcel id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM shipping_parcel WHERE direction = 'back' AND state = 'labelled'
              AND GREATEST(packed_at, status_at, checked_at) < %s
            ORDER BY GREATEST(packed_at, status_at, checked_at) LIMIT %s""",
        [quiet_since, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def find_quiet(
    *, quiet_since: datetime, talking_since: datetime, quiet_although_talking_since: datetime, now: datetime | None = None,
    limit: int = 100,
) -> list[tuple[int, int]]:
    """Parcels on their way of which nothing was heard or asked since then.  Shapes: (organisation id, parcel id).

    A carrier whose webhooks came after `talking_since` is given until `quiet_although_talking_since`.  `now`: those that are not to
    be asked after yet are left out; where it is left out, as of `quiet_since`.  What is dated in the future silences nobody: it
    counts when it was heard of.
    """
    due = now or quiet_since
    found = db.dicts(
        """SELECT p.organisation_id, p.id FROM shipping_parcel p
             JOIN shipping_carrier c ON c.organisation_id = p.organisation_id AND c.id = p.carrier_id
            WHERE p.state = 'handed_over' AND p.delivered_at IS NULL AND p.told_at IS NOT NULL
              AND p.status NOT IN ('return_to_sender', 'cancelled', 'expired')
              AND (p.ask_at IS NULL OR p.ask_at <= %s) AND (c.quiet_until IS NULL OR c.quiet_until <= %s)
              AND GREATEST(p.handed_over_at, COALESCE(p.checked_at, p.status_at))
                  < CASE WHEN c.heard_at > %s THEN %s::timestamptz ELSE %s::timestamptz END
            ORDER BY GREATEST(p.handed_over_at, COALESCE(p.checked_at, p.status_at)) LIMIT %s""",
        [due, due, talking_since, quiet_although_talking_since, quiet_since, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def find_given_up(*, never_since: datetime, silent_since: datetime, limit: int = 500) -> list[tuple[int, int]]:
    """Parcels on their way of which nothing was heard since then.  Shapes: (organisation id, parcel id).

    `never_since`: of those that were never scanned.  What is dated in the future counts when it was heard of.
    """
    found = db.dicts(
        """SELECT p.organisation_id, p.id FROM shipping_parcel p
            CROSS JOIN LATERAL (SELECT CASE WHEN p.status IN ('pre_transit', 'unknown') THEN %s::timestamptz
                                            ELSE %s::timestamptz END AS silent_since) s
            WHERE p.state = 'handed_over' AND p.delivered_at IS NULL
              AND p.status NOT IN ('return_to_sender', 'cancelled', 'expired') AND p.handed_over_at < s.silent_since
              AND NOT EXISTS (SELECT 1 FROM shipping_trackingevent t
                               WHERE t.organisation_id = p.organisation_id AND t.parcel_id = p.id AND t.aside = ''
                                 AND LEAST(t.at, t.received_at) >= s.silent_since)
            ORDER BY p.handed_over_at LIMIT %s""",
        [never_since, silent_since, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
