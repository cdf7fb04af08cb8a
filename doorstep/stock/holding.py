"""Carts on the way of an order: what they hold, and how that ends. Actions hide it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import locks
from doorstep.stock.bulk import Move
from doorstep.stock.values import CartLineRow, CartState, Group, MovementKind, PoolRow, Shares

LINE = "l.id, l.cart_id, c.token, l.variant_id, l.qty, l.until, c.made_at, c.made_by, l.places"
LINES = f"""SELECT {LINE} FROM stock_cartline l
              JOIN stock_cart c ON c.organisation_id = l.organisation_id AND c.id = l.cart_id"""
REASONS = {CartState.ORDERED: "checked_out", CartState.RELEASED: "cart_released", CartState.EXPIRED: "cart_expired"}


def lock(ctx: Ctx, tokens: Sequence[str]) -> list[CartLineRow]:
    """Locks carts and gives what they hold.  Locks: the carts by id."""
    found = locks.carts(ctx, tokens) if tokens else []
    return open_lines(ctx, found) if found else []


def open_lines(ctx: Ctx, cart_ids: Sequence[int]) -> list[CartLineRow]:
    """What carts hold, by variant."""
    return db.rows(
        CartLineRow,
        f"{LINES} WHERE l.organisation_id = %s AND l.cart_id = ANY(%s) AND l.state = 'open' ORDER BY l.variant_id, l.id",
        [ctx.organisation_id, list(cart_ids)],
    )


def concerned(
    ctx: Ctx, cart_ids: Sequence[int], groups: Sequence[Group], pool: Mapping[int, PoolRow]
) -> list[CartLineRow]:
    """What these carts hold, and the expired lines of others of which somebody may need the units; one query or none.

    Needs: the carts and the pool rows locked.
    """
    asked: Counter[int] = Counter()
    near: set[int] = set()
    for group in groups:
        for want in group.wants:
            asked[want.variant_id] += want.qty
            if group.places is not None:
                near.add(want.variant_id)
    needed = [v for v, qty in asked.items() if pool[v].reserved and (v in near or qty > pool[v].unclaimed)]
    if not cart_ids and not needed:
        return []
    return db.rows(
        CartLineRow,
        f"""{LINES} WHERE l.organisation_id = %s AND l.state = 'open'
               AND (l.cart_id = ANY(%s) OR (l.variant_id = ANY(%s) AND l.until <= %s)) ORDER BY l.id""",
        [ctx.organisation_id, list(cart_ids), needed, ctx.now],
    )


def settle(ctx: Ctx, carts: Sequence[CartLineRow], shares: Shares) -> list[Move]:
    """Ends cart lines as was decided.  Returns: the movements that take their units off the counter."""
    here = {line.id: line for line in carts}
    moves = (
        end(ctx, [here[id] for id in shares.ordered], CartState.ORDERED)
        + end(ctx, [here[id] for id in shares.given_back], CartState.RELEASED)
        + end(ctx, [here[id] for id in shares.expired], CartState.EXPIRED)
    )
    if shares.ordered or shares.given_back:
        db.execute(
            "UPDATE stock_cart SET ordered_at = %s WHERE organisation_id = %s AND id = ANY(%s)",
            [ctx.now, ctx.organisation_id, sorted({here[id].cart_id for id in (*shares.ordered, *shares.given_back)})],
        )
    return moves


def end(ctx: Ctx, lines: Sequence[CartLineRow], state: CartState) -> list[Move]:
    """Ends cart lines.  Returns: the movements that the caller applies.  Needs: the pool rows locked."""
    if not lines:
        return []
    db.execute(
        "UPDATE stock_cartline SET state = %s, ended_at = %s WHERE organisation_id = %s AND id = ANY(%s) AND state = 'open'",
        [state.value, ctx.now, ctx.organisation_id, [line.id for line in lines]],
    )
    return [move(line.variant_id, line.token, -line.qty, REASONS[state]) for line in lines]


def move(variant_id: int, token: str, qty: int, reason: str) -> Move:
    """The ledger line of units that a cart holds more, or fewer."""
    return Move(variant_id, None, MovementKind.RESERVATION, reason, f"cart:{token}", reserved=qty)
