"""Reads of parcels and what lies in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.shipping.values import Delivered, Direction, ParcelFilter, ParcelLineRow, ParcelRow

PARCEL = """
SELECT p.id, p.order_id, COALESCE(p.fulfilment_order_id, 0) AS fulfilment_order_id, p.location_id, p.carrier_id,
       COALESCE(c.name, p.carried_by) AS carrier_name, p.direction, COALESCE(p.sender, '{}') AS sender, p.state,
       p.status, p.service, p.tracking_number, p.weight_g, p.ship_to, p.packed_at, p.handed_over_at, p.estimated_on,
       p.delivered_at, p.status_at, p.updated_at, p.box_name, p.length_mm, p.width_mm, p.height_mm, p.planned,
       p.expected_from, p.expected_on, p.expected_to, p.late_after, p.expected_level,
       p.expected_seen
  FROM shipping_parcel p LEFT JOIN shipping_carrier c ON c.organisation_id = p.organisation_id AND c.id = p.carrier_id
"""


def list_parcels(ctx: Ctx, *, where: ParcelFilter, before: int | None = None, limit: int = 50) -> list[ParcelRow]:
    """Parcels of one direction, newest first.  Shapes: `before` is the id of the last row shown (keyset paging)."""
    matches, words = search.matches("p.search", where.text)
    return db.rows(
        ParcelRow,
        f"""{PARCEL} WHERE p.organisation_id = %s AND p.direction = %s AND (%s::bigint IS NULL OR p.id < %s)
              AND (%s = '' OR p.state = %s)
              AND (%s = '' OR p.status = %s) AND (%s = 0 OR p.carrier_id = %s) AND (%s = 0 OR p.location_id = %s)
              AND {matches}
            ORDER BY p.id DESC LIMIT %s""",
        [
            ctx.organisation_id, where.direction, before, before, where.state, where.state, where.status, where.status,
            where.carrier_id, where.carrier_id, where.location_id, where.location_id, *words, limit,
        ],
    )  # fmt: skip


def list_updated(
    ctx: Ctx, *, since: datetime, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[ParcelRow]:
    """Parcels to customers by when they last changed, oldest change first: what a program polls.

    Shapes: keyset (updated_at, id).
    """
    at, id = after or (None, None)
    return db.rows(
        ParcelRow,
        f"""{PARCEL} WHERE p.organisation_id = %s AND p.direction = 'out' AND p.updated_at >= %s
              AND (%s::timestamptz IS NULL OR (p.updated_at, p.id) > (%s, %s))
            ORDER BY p.updated_at, p.id LIMIT %s""",
        [ctx.organisation_id, since, at, at, id, limit],
    )


def parcels_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, ParcelRow]:
    """Parcels by id; those of another organisation are not among them."""
    rows = db.rows(
        ParcelRow, PARCEL + " WHERE p.organisation_id = %s AND p.id = ANY(%s)", [ctx.organisation_id, list(ids)]
    )
    return {row.id: row for row in rows}


def get_parcel(ctx: Ctx, *, parcel_id: int) -> ParcelRow:
    """One parcel.  Refuses: unknown ids."""
    found = parcels_by_id(ctx, ids=[parcel_id]).get(parcel_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "parcel", "key": parcel_id})
    return found


def parcels_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[ParcelRow]:
    """The parcels of orders to their customers, cancelled ones too, by id."""
    return _of_orders(ctx, order_ids, Direction.OUT)


def parcels_back_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[ParcelRow]:
    """The parcels that come back of orders, cancelled ones too, by id."""
    return _of_orders(ctx, order_ids, Direction.BACK)


def _of_orders(ctx: Ctx, order_ids: Sequence[int], direction: Direction) -> list[ParcelRow]:
    return db.rows(
        ParcelRow,
        PARCEL + " WHERE p.organisation_id = %s AND p.order_id = ANY(%s) AND p.direction = %s ORDER BY p.id",
        [ctx.organisation_id, list(order_ids), direction.value],
    )


def delivered_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, Delivered]:
    """Units of each order line that the carrier delivered, and when the last of them came, by order line."""
    rows = db.rows(
        Delivered,
        """SELECT i.order_line_id, sum(i.qty)::int AS qty, max(p.delivered_at) AS at FROM shipping_parcel p
             JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
            WHERE p.organisation_id = %s AND p.order_id = ANY(%s) AND p.direction = 'out' AND p.status = 'delivered'
            GROUP BY 1""",
        [ctx.organisation_id, list(order_ids)],
    )
    return {row.order_line_id: row for row in rows}


def live_parcels_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> dict[int, list[ParcelRow]]:
    """The parcels of each fulfilment order that has any, by fulfilment order and id; cancelled ones do not count."""
    rows = db.rows(
        ParcelRow,
        PARCEL + " WHERE p.organisation_id = %s AND p.fulfilment_order_id = ANY(%s) AND p.state <> 'cancelled' ORDER BY p.id",
        [ctx.organisation_id, list(fulfilment_order_ids)],
    )
    found: dict[int, list[ParcelRow]] = {}
    for row in rows:
        found.setdefault(row.fulfilment_order_id, []).append(row)
    return found


def parcel_lines_of(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[ParcelLineRow]:
    """What lies in parcels, by parcel and position in the order."""
    return db.rows(
        ParcelLineRow,
        """SELECT i.parcel_id, i.order_line_id, i.variant_id, l.sku, l.title, i.qty,
                  COALESCE(NULLIF(b.title, ''), b.sku, '') AS part_of FROM shipping_parcelline i
             JOIN orders_orderline l ON l.organisation_id = i.organisation_id AND l.id = i.order_line_id
             LEFT JOIN orders_orderbundle b ON b.organisation_id = l.organisation_id AND b.id = l.bundle_id
            WHERE i.organisation_id = %s AND i.parcel_id = ANY(%s) ORDER BY i.parcel_id, l.position""",
        [ctx.organisation_id, list(parcel_ids)],
    )


def on_the_floor(ctx: Ctx) -> list[ParcelRow]:
    """Parcels to customers that are closed but have not left, oldest first."""
    return db.rows(
        ParcelRow,
        f"""{PARCEL} WHERE p.organisation_id = %s AND p.state IN ('packed', 'labelled') AND p.direction = 'out'
            ORDER BY p.id LIMIT 500""",
        [ctx.organisation_id],
    )


def count_on_the_floor(ctx: Ctx) -> dict[tuple[int, str], int]:
    """How many parcels to customers have not left, per (location, state)."""
    found = db.dicts(
        """SELECT location_id, state, count(*) AS n FROM shipping_parcel
            WHERE organisation_id = %s AND state IN ('packed', 'labelled') AND direction = 'out' GROUP BY 1, 2""",
        [ctx.organisation_id],
    )
    return {(line["location_id"], line["state"]): line["n"] for line in found}


def count_handed_over(ctx: Ctx, *, since: datetime, until: datetime) -> int:
    """How many parcels left for customers in a period."""
    return int(
        db.scalar(
            """SELECT count(*) FROM shipping_parcel WHERE organisation_id = %s AND state = 'handed_over' AND direction = 'out'
                  AND handed_over_at >= %s AND handed_over_at < %s""",
            [ctx.organisation_id, since, until],
        )
    )


def count_orders_sent(ctx: Ctx, *, since: datetime, until: datetime) -> int:
    """How many orders began to leave in a period: their first parcel did."""
    return int(
        db.scalar(
            """SELECT count(DISTINCT p.order_id) FROM shipping_parcel p
                WHERE p.organisation_id = %s AND p.state = 'handed_over' AND p.direction = 'out' AND p.handed_over_at >= %s
                  AND p.handed_over_at < %s
                  AND NOT EXISTS (SELECT 1 FROM shipping_parcel e WHERE e.organisation_id = p.organisation_id
                                     AND e.order_id = p.order_id AND e.direction = 'out' AND e.handed_over_at < %s)""",
            [ctx.organisation_id, since, until, since],
        )
    )
