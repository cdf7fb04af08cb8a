"""Orders that are over when they are placed: the customer takes the goods along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import LOST_RACE, Refused
from doorstep.orders import actions, edits, locks, queries
from doorstep.orders.actions import HoldWish, PartPlan
from doorstep.orders.values import FOLineRow, FOState, HoldReason

WHY = "sold_in_shop"
GIVING = (FOState.OPEN, FOState.IN_PROGRESS, FOState.ON_HOLD)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Units of an order line that its buyer took along."""

    order_line_id: int
    qty: int
    at: datetime


@transaction.atomic
def hand_over(ctx: Ctx, *, order_id: int, fulfilment_order_id: int, location_id: int) -> None:
    """Notes that a new order was handed to its buyer in a shop: it is fulfilled, delivered and closed at once.

    Locks: the fulfilment order.  Emits: OrderFulfilled, OrderDelivered.
    """
    locks.fulfilment_orders(ctx, [fulfilment_order_id])
    db.execute(
        """UPDATE orders_fulfilmentorder SET location_id = %s, routed_why = %s::jsonb, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [location_id, db.as_json({"why": WHY}), ctx.now, ctx.organisation_id, fulfilment_order_id],
    )
    db.execute(
        """UPDATE orders_fulfilmentorderline SET picked = qty WHERE organisation_id = %s AND fulfilment_order_id = %s""",
        [ctx.organisation_id, fulfilment_order_id],
    )
    actions.start(ctx, fulfilment_order_ids=[fulfilment_order_id])
    actions.close(ctx, fulfilment_order_ids=[fulfilment_order_id])
    actions.mark_delivered(ctx, order_ids=[order_id])


def handed_over(ctx: Ctx, *, order_ids: Sequence[int]) -> list[HandedOver]:
    """What of these orders was handed over a counter, by order line."""
    return db.rows(
        HandedOver,
        """SELECT l.order_line_id, sum(l.qty)::int AS qty, max(o.placed_at) AS at FROM orders_fulfilmentorder f
             JOIN orders_fulfilmentorderline l ON l.organisation_id = f.organisation_id AND l.fulfilment_order_id = f.id
             JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
            WHERE f.organisation_id = %s AND f.order_id = ANY(%s) AND f.state = 'closed' AND f.routed_why->>'why' = %s
            GROUP BY 1 ORDER BY 1""",
        [ctx.organisation_id, list(order_ids), WHY],
    )


def handed_over_in(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, int]:
    """The shop in which each of these orders was handed to its buyer, by order; others are left out."""
    found = db.dicts(
        """SELECT order_id, max(location_id) AS location_id FROM orders_fulfilmentorder
            WHERE organisation_id = %s AND order_id = ANY(%s) AND state = 'closed' AND routed_why->>'why' = %s GROUP BY 1""",
        [ctx.organisation_id, list(order_ids), WHY],
    )
    return {row["order_id"]: row["location_id"] for row in found}


@dataclass(frozen=True, slots=True)
class Promise:
    """A fulfilment line that was promised units, with what is not picked of it.  Units: whole units."""

    line: FOLineRow
    order_id: int
    location_id: int | None
    placed_at: datetime

    @property
    def unpicked(self) -> int:
        return self.line.qty - self.line.picked


def promises_of(ctx: Ctx, *, order_line_ids: Sequence[int]) -> list[Promise]:
    """The fulfilment lines of these order lines that have not left and do not wait for stock; those of the newest orders first."""
    found = db.dicts(
        """SELECT f.id AS part, f.location_id, f.order_id, o.placed_at FROM orders_fulfilmentorder f
             JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
            WHERE f.organisation_id = %s AND f.state = ANY(%s) AND EXISTS (
                  SELECT 1 FROM orders_fulfilmentorderline l WHERE l.organisation_id = f.organisation_id
                     AND l.fulfilment_order_id = f.id AND l.order_line_id = ANY(%s))
              AND NOT EXISTS (SELECT 1 FROM orders_hold h WHERE h.organisation_id = f.organisation_id
                     AND h.fulfilment_order_id = f.id AND h.released_at IS NULL AND h.reason = 'inventory_out_of_stock')""",
        [ctx.organisation_id, [state.value for state in GIVING], list(order_line_ids)],
    )
    parts = {row["part"]: row for row in found}
    wanted = set(order_line_ids)
    made = [
        Promise(line, at["order_id"], at["location_id"], at["placed_at"])
        for line in queries.fulfilment_lines_of(ctx, fulfilment_order_ids=sorted(parts))
        if line.order_line_id in wanted and (at := parts[line.fulfilment_order_id])
    ]
    return sorted(made, key=lambda one: (one.placed_at, one.line.id), reverse=True)


@transaction.atomic
def give_up(ctx: Ctx, *, fulfilment_order_id: int, part: PartPlan) -> int:
    """Takes units out of the hands of whoever was to fulfil them: as a part of their own, or the whole of it where they are
    all that it has; what holds it holds that part too.

    Returns: the fulfilment order that has no location now.  Shapes: units that are not picked.  Locks: the fulfilment order.
    Emits: OrderHeld where the part is held.  Refuses: one that is over.
    """
    row = locks.fulfilment_orders(ctx, [fulfilment_order_id]).get(fulfilment_order_id)
    if row is None or row.state not in GIVING:
        raise Refused(LOST_RACE, {"what": "fulfilment order"})
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[row.id])
    if sum(line.qty for line in lines) == part.qty:
        edits.unroute(ctx, fulfilment_order_ids=[row.id])
        return row.id
    new = actions.part_off(ctx, fulfilment_order_id=row.id, parts=[part])
    holds = queries.holds_of(ctx, fulfilment_order_ids=[row.id])
    wishes = [HoldWish(new, HoldReason(h.reason), h.note, h.detail) for h in holds]
    if wishes:
        actions.hold(ctx, wishes=wishes)
    return new
