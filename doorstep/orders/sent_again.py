"""Reads about units that were sent again at no charge, and the orders that bring them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.orders import queries
from doorstep.orders.values import FOState, OrderRow, Reshippable


@dataclass(frozen=True, slots=True)
class SentAgain:
    """Units of an order line that another order brings again."""

    order_line_id: int
    order_id: int
    variant_id: int
    qty: int


def units_of(ctx: Ctx, *, order_line_ids: Sequence[int]) -> list[SentAgain]:
    """What of order lines was sent again by orders that stand, in the order in which it was."""
    return db.rows(
        SentAgain,
        """SELECT r.order_line_id, r.order_id, l.variant_id, r.qty FROM orders_reshippedline r
             JOIN orders_orderline l ON l.organisation_id = r.organisation_id AND l.id = r.order_line_id
             JOIN orders_order o ON o.organisation_id = r.organisation_id AND o.id = r.order_id
            WHERE r.organisation_id = %s AND r.order_line_id = ANY(%s) AND o.state <> 'cancelled' ORDER BY r.id""",
        [ctx.organisation_id, list(order_line_ids)],
    )


def reshippable(ctx: Ctx, *, order_id: int) -> list[Reshippable]:
    """What of an order has left, by line, and what of that was sent again by orders that stand.  Refuses: unknown ids."""
    detail = queries.get(ctx, id=order_id)
    left = {part.id for part in detail.fulfilment_orders if part.state == FOState.CLOSED}
    shipped: dict[int, int] = {}
    for line in detail.fulfilment_lines:
        if line.fulfilment_order_id in left:
            shipped[line.order_line_id] = shipped.get(line.order_line_id, 0) + line.qty
    again: dict[int, int] = {}
    for sent in units_of(ctx, order_line_ids=[line.id for line in detail.lines]):
        again[sent.order_line_id] = again.get(sent.order_line_id, 0) + sent.qty
    return [Reshippable(line, shipped.get(line.id, 0), again.get(line.id, 0)) for line in detail.lines]


def reships_of(ctx: Ctx, *, order_id: int) -> list[OrderRow]:
    """The orders that bring units of an order again, the cancelled too, by id."""
    ids = db.column(
        """SELECT DISTINCT r.order_id FROM orders_reshippedline r
             JOIN orders_orderline l ON l.organisation_id = r.organisation_id AND l.id = r.order_line_id
            WHERE r.organisation_id = %s AND l.order_id = %s ORDER BY 1""",
        [ctx.organisation_id, order_id],
    )
    return list(queries.orders_by_id(ctx, ids=ids).values())


def orders_for(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """The orders that bring units of these again, the cancelled too, and those that bring units of those again."""
    return db.column(
        """WITH RECURSIVE sent AS (
             SELECT r.order_id AS id FROM orders_reshippedline r
               JOIN orders_orderline l ON l.organisation_id = r.organisation_id AND l.id = r.order_line_id
              WHERE r.organisation_id = %s AND l.order_id = ANY(%s)
              UNION
             SELECT r.order_id FROM sent s
               JOIN orders_orderline l ON l.organisation_id = %s AND l.order_id = s.id
               JOIN orders_reshippedline r ON r.organisation_id = l.organisation_id AND r.order_line_id = l.id)
           SELECT id FROM sent ORDER BY id""",
        [ctx.organisation_id, list(order_ids), ctx.organisation_id],
    )


def first_of(ctx: Ctx, *, order_id: int) -> int:
    """The order that was bought, where this one brings units of it again, at any remove; else this one itself."""
    return firsts_of(ctx, order_ids=[order_id]).get(order_id, order_id)


def find_bought(ctx: Ctx, *, order_id: int) -> OrderRow | None:
    """The order that was bought, where this one only brings units of it again."""
    first = first_of(ctx, order_id=order_id)
    return None if first == order_id else queries.orders_by_id(ctx, ids=[first])[first]


def firsts_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, int]:
    """The orders that were bought, by those among these that only bring units of them again."""
    found = db.dicts(
        """WITH RECURSIVE before AS (
             SELECT i AS order_id, i AS id, 0 AS steps FROM unnest(%s::bigint[]) i
              UNION
             SELECT b.order_id, l.order_id, b.steps + 1 FROM before b
               JOIN orders_reshippedline r ON r.organisation_id = %s AND r.order_id = b.id
               JOIN orders_orderline l ON l.organisation_id = r.organisation_id AND l.id = r.order_line_id)
           SELECT DISTINCT ON (order_id) order_id, id FROM before WHERE steps > 0 ORDER BY order_id, steps DESC""",
        [list(order_ids), ctx.organisation_id],
    )
    return {row["order_id"]: row["id"] for row in found}
