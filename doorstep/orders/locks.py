"""The one way in which orders are locked: the order, then its fulfilment orders by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused


@dataclass(frozen=True, slots=True)
class LockedOrder:
    id: int
    name: str
    state: str
    payment_state: str
    fulfilment_state: str
    version: int


@dataclass(frozen=True, slots=True)
class LockedFO:
    id: int
    order_id: int
    state: str
    location_id: int | None


def order(ctx: Ctx, id: int) -> LockedOrder:
    """Locks one order.  Refuses: ids that are not of this organisation."""
    found = db.one(
        LockedOrder,
        """SELECT id, name, state, payment_state, fulfilment_state, version FROM orders_order
            WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE""",
        [ctx.organisation_id, id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "order", "key": id})
    return found


def orders(ctx: Ctx, ids: Iterable[int]) -> None:
    """Locks several orders; those that are not of this organisation are left out.  Locks: ascending by id, as `order` does."""
    db.execute(
        "SELECT id FROM orders_order WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [ctx.organisation_id, sorted(set(ids))],
    )


def fulfilment_orders(ctx: Ctx, ids: Iterable[int]) -> dict[int, LockedFO]:
    """Locks fulfilment orders.  Locks: their orders by id first, as `order` does, then themselves by id."""
    wanted = sorted(set(ids))
    db.execute(
        """SELECT id FROM orders_order WHERE organisation_id = %s AND id IN (SELECT order_id FROM orders_fulfilmentorder
            WHERE organisation_id = %s AND id = ANY(%s)) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, ctx.organisation_id, wanted],
    )
    rows = db.rows(
        LockedFO,
        """SELECT id, order_id, state, location_id FROM orders_fulfilmentorder
            WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, wanted],
    )
    return {row.id: row for row in rows}


def fulfilment_orders_of(ctx: Ctx, order_id: int) -> dict[int, LockedFO]:
    """Locks every fulfilment order of one order.  Locks: ascending by id."""
    return fulfilment_orders(
        ctx,
        db.column(
            "SELECT id FROM orders_fulfilmentorder WHERE organisation_id = %s AND order_id = %s",
            [ctx.organisation_id, order_id],
        ),
    )
