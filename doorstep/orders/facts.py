"""What rules ask of orders, read for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx


@dataclass(frozen=True, slots=True)
class OrderFacts:
    id: int
    country: str
    region: str
    postal_code: str
    connection_id: int
    currency: str
    total_minor: int
    shipping_minor: int
    tags: list[str]
    priority: int
    language: str
    placed_at: datetime


def facts_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, OrderFacts]:
    """What rules ask of these orders, by order."""
    rows = db.rows(
        OrderFacts,
        """SELECT id, country, coalesce(ship_to->>'region', '') AS region, postal_code, connection_id, currency, total_minor,
                  shipping_minor, tags, priority, language, placed_at
             FROM orders_order WHERE organisation_id = %s AND id = ANY(%s)""",
        [ctx.organisation_id, list(order_ids)],
    )
    return {row.id: row for row in rows}


def work_at(ctx: Ctx, *, location_ids: Sequence[int]) -> dict[int, int]:
    """How many parcels each of these locations has before it: what it was given and has not sent."""
    rows = db.dicts(
        """SELECT place.id, count(*) AS parcels FROM unnest(%s::bigint[]) place(id)
             JOIN orders_fulfilmentorder f ON f.organisation_id = %s AND f.location_id = place.id
              AND f.state NOT IN ('closed', 'cancelled')
            GROUP BY 1""",
        [list(location_ids), ctx.organisation_id],
    )
    return {row["id"]: row["parcels"] for row in rows}


def routed_since(ctx: Ctx, *, since: datetime, limit: int) -> list[int]:
    """The orders placed since a moment that may have been routed, oldest first; of more than `limit`, the newest."""
    found = db.column(
        """SELECT id FROM orders_order WHERE organisation_id = %s AND placed_at >= %s AND NOT historical
            ORDER BY placed_at DESC, id DESC LIMIT %s""",
        [ctx.organisation_id, since, limit],
    )
    return found[::-1]


def held_from_everywhere(ctx: Ctx) -> list[int]:
    """The variants, ascending, of parts that wait because no location may send them, though units are there."""
    return db.column(
        """SELECT DISTINCT l.variant_id
             FROM orders_fulfilmentorder f
             JOIN orders_hold h ON h.organisation_id = f.organisation_id AND h.fulfilment_order_id = f.id
              AND h.reason = 'inventory_out_of_stock' AND h.released_at IS NULL AND h.detail ? 'no_location_can_serve'
             JOIN orders_fulfilmentorderline l ON l.organisation_id = f.organisation_id AND l.fulfilment_order_id = f.id
            WHERE f.organisation_id = %s AND f.state = 'on_hold' ORDER BY 1""",
        [ctx.organisation_id],
    )
