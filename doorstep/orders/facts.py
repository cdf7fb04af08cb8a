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


def held_until_now(ctx: Ctx) -> dict[int, list[int]]:
    """The parts that wait for a day to begin which has begun, with their variants, ascending."""
    return _held_for_days(ctx, until=ctx.now)


def held_for_days(ctx: Ctx, *, limit: int) -> dict[int, list[int]]:
    """The oldest parts that wait because every day is full, with their variants, ascending."""
    return _held_for_days(ctx, until=None, limit=limit)


def _held_for_days(ctx: Ctx, *, until: datetime | None, limit: int | None = None) -> dict[int, list[int]]:
    rows = db.dicts(
        """SELECT f.id, array_agg(DISTINCT l.variant_id ORDER BY l.variant_id) AS variants
             FROM orders_fulfilmentorder f
             JOIN orders_hold h ON h.organisation_id = f.organisation_id AND h.fulfilment_order_id = f.id
              AND h.reason = 'inventory_out_of_stock' AND h.released_at IS NULL
              AND (h.detail->>'full_until')::timestamptz <= COALESCE(%s::timestamptz, 'infinity')
             JOIN orders_fulfilmentorderline l ON l.organisation_id = f.organisation_id AND l.fulfilment_order_id = f.id
            WHERE f.organisation_id = %s AND f.state = 'on_hold' GROUP BY 1 ORDER BY 1 LIMIT %s""",
        [until, ctx.organisation_id, limit],
    )
    return {row["id"]: list(row["variants"]) for row in rows}
