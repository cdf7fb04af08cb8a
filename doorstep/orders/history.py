"""What was ordered, and whereto: read for many variants at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx


@dataclass(frozen=True, slots=True)
class Bought:
    """A line of an order of the past."""

    order_id: int
    country: str
    postal_code: str
    placed_at: datetime
    variant_id: int
    qty: int


def gone_to(ctx: Ctx, *, since: datetime, limit: int) -> list[tuple[str, str]]:
    """Where the newest orders went.  Shapes: (country, postal code) each; cancelled orders do not count."""
    rows = db.dicts(
        """SELECT country, postal_code FROM orders_order
            WHERE organisation_id = %s AND placed_at >= %s AND state <> 'cancelled' ORDER BY placed_at DESC, id DESC LIMIT %s""",
        [ctx.organisation_id, since, limit],
    )
    return [(row["country"], row["postal_code"]) for row in rows]


def bought_since(ctx: Ctx, *, variant_ids: Sequence[int], since: datetime, limit: int) -> list[Bought]:
    """All lines of the newest orders that have any of these variants, oldest order first; cancelled orders do not count."""
    return db.rows(
        Bought,
        """WITH newest AS (
             SELECT o.id, o.country, o.postal_code, o.placed_at FROM orders_order o
              WHERE o.organisation_id = %s AND o.placed_at >= %s AND o.state <> 'cancelled' AND EXISTS (
                    SELECT 1 FROM orders_orderline l WHERE l.organisation_id = o.organisation_id AND l.order_id = o.id
                       AND l.variant_id = ANY(%s::bigint[])) ORDER BY o.placed_at DESC, o.id DESC LIMIT %s)
           SELECT n.id AS order_id, n.country, n.postal_code, n.placed_at, l.variant_id, l.qty FROM newest n
             JOIN orders_orderline l ON l.organisation_id = %s AND l.order_id = n.id ORDER BY n.placed_at, n.id, l.position""",
        [ctx.organisation_id, since, list(variant_ids), limit, ctx.organisation_id],
    )
