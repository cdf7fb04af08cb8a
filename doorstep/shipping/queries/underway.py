"""Reads of parcels on their way to customers: those that are silent, late or held up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.shipping.queries.parcels import PARCEL, parcels_by_id
from doorstep.shipping.values import ParcelRow


def find_silent(
    ctx: Ctx, *, quiet_since: datetime, heard_after: datetime | None = None, ids: Sequence[int] | None = None, after: int = 0,
    limit: int = 500,
) -> list[tuple[ParcelRow, datetime]]:  # fmt: skip
    """Parcels on their way to customers without a scan since then, by id, with when they last had one or were handed over.

    Those that wait for their customer, go back or are given up are not on their way.  `heard_after`: older silences are
    left out.  `ids`: only these.  What is dated in the future counts when it was heard of.
    Shapes: `after` is the id of the last row seen.
    """
    wanted = None if ids is None else list(ids)
    found = db.dicts(
        """SELECT p.id, GREATEST(p.handed_over_at, e.at) AS heard_at FROM shipping_parcel p
             LEFT JOIN LATERAL (SELECT max(LEAST(t.at, t.received_at)) AS at FROM shipping_trackingevent t
                                 WHERE t.organisation_id = p.organisation_id AND t.parcel_id = p.id AND t.aside = '') e ON TRUE
            WHERE p.organisation_id = %s AND p.id > %s AND p.state = 'handed_over' AND p.direction = 'out'
              AND p.delivered_at IS NULL AND p.status NOT IN ('available_for_pickup', 'return_to_sender', 'cancelled', 'expired')
              AND p.handed_over_at <= %s AND GREATEST(p.handed_over_at, e.at) <= %s
              AND (%s::timestamptz IS NULL OR GREATEST(p.handed_over_at, e.at) > %s)
              AND (%s::bigint[] IS NULL OR p.id = ANY(%s))
            ORDER BY p.id LIMIT %s""",
        [ctx.organisation_id, after, quiet_since, quiet_since, heard_after, heard_after, wanted, wanted, limit],
    )
    rows = parcels_by_id(ctx, ids=[line["id"] for line in found])
    return [(rows[line["id"]], line["heard_at"]) for line in found]


def find_overdue(ctx: Ctx, *, on: date, after: int = 0, limit: int = 500) -> list[ParcelRow]:
    """Parcels on their way to customers that were to come before a day, by their lane or by their carrier, by id.

    Shapes: `after` is the id of the last row seen.
    """
    return db.rows(
        ParcelRow,
        f"""{PARCEL} WHERE p.organisation_id = %s AND p.id > %s AND p.state = 'handed_over' AND p.direction = 'out'
              AND p.delivered_at IS NULL
              AND p.status NOT IN ('available_for_pickup', 'return_to_sender', 'cancelled', 'expired')
              AND LEAST(p.late_after, p.estimated_on) < %s
            ORDER BY p.id LIMIT %s""",
        [ctx.organisation_id, after, on, limit],
    )


def find_at_customs(ctx: Ctx, *, since: datetime, limit: int = 500) -> list[tuple[ParcelRow, datetime]]:
    """Parcels on their way whose newest scan says since then that they wait at customs, by id, with when it said so."""
    found = db.dicts(
        """SELECT p.id, e.at FROM shipping_parcel p
             JOIN LATERAL (SELECT LEAST(t.at, t.received_at) AS at, t.trouble FROM shipping_trackingevent t
                            WHERE t.organisation_id = p.organisation_id AND t.parcel_id = p.id AND t.aside = ''
                            ORDER BY 1 DESC, t.at DESC, t.id DESC LIMIT 1) e ON e.trouble = 'customs'
            WHERE p.organisation_id = %s AND p.state = 'handed_over' AND p.direction = 'out' AND p.delivered_at IS NULL
              AND p.status NOT IN ('return_to_sender', 'cancelled', 'expired') AND e.at <= %s
            ORDER BY p.id LIMIT %s""",
        [ctx.organisation_id, since, limit],
    )
    rows = parcels_by_id(ctx, ids=[line["id"] for line in found])
    return [(rows[line["id"]], line["at"]) for line in found]


def count_open(ctx: Ctx, *, carrier_id: int) -> int:
    """How many parcels of a carrier have left and not arrived."""
    return int(
        db.scalar(
            """SELECT count(*) FROM shipping_parcel WHERE organisation_id = %s AND carrier_id = %s AND state = 'handed_over'
                  AND delivered_at IS NULL AND status NOT IN ('return_to_sender', 'cancelled', 'expired')""",
            [ctx.organisation_id, carrier_id],
        )
    )
