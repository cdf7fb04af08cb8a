"""Reads about the parcels of one fulfilment order: what lies in them, what is left, which of how many one is."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.shipping import queries
from doorstep.shipping.values import LeftToPack, Numbered


def left_to_pack(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> list[LeftToPack]:
    """Every line of fulfilment orders with how many of its units lie in no live parcel, by line."""
    return db.rows(
        LeftToPack,
        """SELECT l.fulfilment_order_id, l.order_line_id, l.variant_id, l.qty, l.qty - COALESCE(i.qty, 0)::int AS left
             FROM orders_fulfilmentorderline l LEFT JOIN (
                  SELECT p.fulfilment_order_id, i.order_line_id, sum(i.qty) AS qty FROM shipping_parcel p
                    JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                   WHERE p.organisation_id = %s AND p.fulfilment_order_id = ANY(%s) AND p.state <> 'cancelled' GROUP BY 1, 2) i
               ON i.fulfilment_order_id = l.fulfilment_order_id AND i.order_line_id = l.order_line_id
            WHERE l.organisation_id = %s AND l.fulfilment_order_id = ANY(%s) ORDER BY l.fulfilment_order_id, l.id""",
        [ctx.organisation_id, list(fulfilment_order_ids), ctx.organisation_id, list(fulfilment_order_ids)],
    )


def find_by_wish(ctx: Ctx, *, wish: str) -> int | None:
    """The parcel that one closing made, if it did."""
    found = db.column("SELECT id FROM shipping_parcel WHERE organisation_id = %s AND wish = %s", [ctx.organisation_id, wish])
    return int(found[0]) if found else None


def wholly_gone(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> list[int]:
    """Which of these fulfilment orders have left unit by unit, by id."""
    found: list[int] = db.column(
        """SELECT l.fulfilment_order_id FROM orders_fulfilmentorderline l LEFT JOIN (
                  SELECT p.fulfilment_order_id, i.order_line_id, sum(i.qty) AS qty FROM shipping_parcel p
                    JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                   WHERE p.organisation_id = %s AND p.fulfilment_order_id = ANY(%s) AND p.state = 'handed_over' GROUP BY 1, 2) i
               ON i.fulfilment_order_id = l.fulfilment_order_id AND i.order_line_id = l.order_line_id
            WHERE l.organisation_id = %s AND l.fulfilment_order_id = ANY(%s)
            GROUP BY 1 HAVING bool_and(l.qty = COALESCE(i.qty, 0)) ORDER BY 1""",
        [ctx.organisation_id, list(fulfilment_order_ids), ctx.organisation_id, list(fulfilment_order_ids)],
    )
    return found


def numbers_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> dict[int, Numbered]:
    """Which of how many every live parcel of fulfilment orders is, by parcel.

    As long as units are left to pack there is at least one more to come; its packer may have planned for more.
    """
    rows = queries.live_parcels_of(ctx, fulfilment_order_ids=fulfilment_order_ids)
    open_ = {row.fulfilment_order_id for row in left_to_pack(ctx, fulfilment_order_ids=list(rows)) if row.left > 0}
    found = {}
    for id, parcels in rows.items():
        planned = max(parcel.planned for parcel in parcels) if id in open_ else 0
        of = max(len(parcels) + (id in open_), planned)
        found |= {parcel.id: Numbered(number, of) for number, parcel in enumerate(parcels, start=1)}
    return found
