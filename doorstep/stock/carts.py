"""Carts hold units while their buyers check out; a hold ends by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.stock import bulk, events, holding, locks, lying, rules, turns
from doorstep.stock.holding import LINES
from doorstep.stock.reach import Places
from doorstep.stock.values import CART_USED, CartLineRow, CartRow, CartState, CartWant, Group, PoolRow, Short, Want

KEPT = timedelta(days=30)
SWEPT_AT_ONCE = 500


@transaction.atomic
def reserve(
    ctx: Ctx, *, token: str, wants: Sequence[CartWant], until: datetime, places: Places = None
) -> tuple[Short, ...]:
    """Holds units for a cart until then, all that it wants or nothing more than before.

    `places`: only what can leave one of these; what others hold and were promised is kept.
    The same token again is the same cart: it holds what is wanted now, until the time given now.  Expired carts of others
    end where their units are needed; those who wait for units that came are served first.
    Units: whole units.  Shapes: empty means held; else what was short, and the cart is as it was.
    Locks: the cart, then the pool rows of its variants, ascending.  Emits: StockArrived where it holds fewer, else
    StockChanged.  Refuses: a token whose cart became an order, too long or too much.
    """
    rules.check_cart(wants, minutes=(until - ctx.now) / timedelta(minutes=1))
    cart_id = _open(ctx, token)
    wanted: Counter[int] = Counter()
    for want in wants:
        wanted[want.variant_id] += want.qty
    was = holding.open_lines(ctx, [cart_id])
    pool = locks.pool_rows(ctx, {*wanted, *(line.variant_id for line in was)})
    group = Group(tuple(Want(0, v, qty) for v, qty in sorted(wanted.items())), places, token)
    known = holding.concerned(ctx, [cart_id], [group], pool)
    own = [line for line in known if line.cart_id == cart_id]
    shorts, expired = _decide(ctx, group, pool, known)
    freed = {line.variant_id for line in expired}
    moves = holding.end(ctx, expired, CartState.EXPIRED)
    if not shorts:
        holds = {line.variant_id: line.qty for line in own}
        freed |= {v for v, qty in holds.items() if qty > wanted[v]}
        moves += [
            holding.move(v, token, more, "cart" if more > 0 else "cart_changed")
            for v in sorted({*wanted, *holds})
            if (more := wanted[v] - holds.get(v, 0))
        ]
        _write(ctx, cart_id, wanted, until, places)
    else:
        _forget_unused(ctx, cart_id)
    bulk.apply(ctx, moves)
    turns.tell(ctx, type=events.STOCK_ARRIVED, variants=freed, reason="reservation_ended")
    turns.tell(ctx, type=events.STOCK_CHANGED, variants={m.variant_id for m in moves} - freed, reason="reserved")
    return shorts


def _open(ctx: Ctx, token: str) -> int:
    """The cart of a token, locked, made where there is none.  Refuses: one that became an order."""
    found: list[int] = []
    while not found:  # one that is forgotten in this moment is made anew
        db.execute(
            """INSERT INTO stock_cart (organisation_id, token, made_at, made_by) VALUES (%s, %s, %s, %s)
               ON CONFLICT (organisation_id, token) DO NOTHING""",
            [ctx.organisation_id, token, ctx.now, ctx.actor.name[:120]],
        )
        found = locks.carts(ctx, [token])
    [cart_id] = found
    if db.scalar(
        "SELECT ordered_at FROM stock_cart WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, cart_id]
    ):
        raise Refused(CART_USED, {"token": token})
    return int(cart_id)


def _forget_unused(ctx: Ctx, cart_id: int) -> None:
    """Drops a cart that never held anything."""
    db.execute(
        """DELETE FROM stock_cart c WHERE c.organisation_id = %s AND c.id = %s AND NOT EXISTS (
                  SELECT 1 FROM stock_cartline l WHERE l.organisation_id = c.organisation_id AND l.cart_id = c.id)""",
        [ctx.organisation_id, cart_id],
    )


def _decide(
    ctx: Ctx, group: Group, pool: dict[int, PoolRow], known: Sequence[CartLineRow]
) -> tuple[tuple[Short, ...], list[CartLineRow]]:
    """What is short, and whose expired lines end so that less is."""
    where = {} if group.places is None else lying.of(ctx, [want.variant_id for want in group.wants], pool=pool)
    shares = rules.share_out([group], pool, where, known, now=ctx.now)
    return shares.answers[0], [line for line in known if line.id in shares.expired]


def _write(ctx: Ctx, cart_id: int, wanted: Counter[int], until: datetime, places: Places) -> None:
    """Has the lines of a cart hold what is wanted, out of these places."""
    db.execute(
        """UPDATE stock_cartline SET state = 'released', ended_at = %s
            WHERE organisation_id = %s AND cart_id = %s AND state = 'open' AND variant_id <> ALL(%s)""",
        [ctx.now, ctx.organisation_id, cart_id, list(wanted)],
    )
    db.execute(
        """INSERT INTO stock_cartline (organisation_id, cart_id, variant_id, qty, until, places, state)
           SELECT %s, %s, u.v, u.q, %s, %s::bigint[], 'open' FROM unnest(%s::bigint[], %s::int[]) u(v, q)
           ON CONFLICT (organisation_id, cart_id, variant_id) WHERE state = 'open'
           DO UPDATE SET qty = EXCLUDED.qty, until = EXCLUDED.until, places = EXCLUDED.places""",
        [ctx.organisation_id, cart_id, until, None if places is None else sorted(places), *db.columns(sorted(wanted.items()), 2)],
    )


@transaction.atomic
def release(ctx: Ctx, *, token: str) -> int:
    """Gives back what a cart holds; one that holds nothing is left alone.  Returns: units given back.

    Locks: the cart, then pool rows ascending.  Emits: StockArrived.  Refuses: unknown tokens.
    """
    if not locks.carts(ctx, [token]):
        raise Refused(NOT_FOUND, {"what": "reservation", "key": token})
    return _end(ctx, holding.lock(ctx, [token]), CartState.RELEASED)


@transaction.atomic
def release_all(ctx: Ctx, *, tokens: Sequence[str]) -> int:
    """Gives back what carts hold, together; those that hold nothing or are not here are left alone.  Returns: units given back.

    Locks: the carts by id, then the pool rows of all of them, ascending.  Emits: StockArrived.
    """
    return _end(ctx, holding.lock(ctx, tokens), CartState.RELEASED)


def _end(ctx: Ctx, lines: Sequence[CartLineRow], state: CartState) -> int:
    """Ends lines that are still open once their pool rows are locked."""
    locks.pool_rows(ctx, [line.variant_id for line in lines])
    still = holding.open_lines(ctx, sorted({line.cart_id for line in lines})) if lines else []
    ending = [line for line in still if state is not CartState.EXPIRED or line.until <= ctx.now]
    ending = [line for line in ending if line.id in {one.id for one in lines}]
    bulk.apply(ctx, holding.end(ctx, ending, state))
    turns.tell(
        ctx, type=events.STOCK_ARRIVED, variants={line.variant_id for line in ending}, reason="reservation_ended"
    )
    return sum(line.qty for line in ending)


@transaction.atomic
def expire(ctx: Ctx, *, limit: int = SWEPT_AT_ONCE) -> int:
    """Ends lines whose time is over, the oldest first.  Returns: how many were found.

    Locks: pool rows ascending.  Emits: StockArrived.
    """
    due = db.rows(
        CartLineRow,
        f"{LINES} WHERE l.organisation_id = %s AND l.state = 'open' AND l.until <= %s ORDER BY l.until LIMIT %s",
        [ctx.organisation_id, ctx.now, limit],
    )
    _end(ctx, due, CartState.EXPIRED)
    return len(due)


@transaction.atomic
def forget(ctx: Ctx, *, limit: int = SWEPT_AT_ONCE) -> int:
    """Drops carts of which nothing is held and that were made long ago.  Returns: how many were looked at."""
    idle = """NOT EXISTS (SELECT 1 FROM stock_cartline l WHERE l.organisation_id = c.organisation_id
                             AND l.cart_id = c.id AND l.state = 'open')"""
    found = db.column(
        f"""SELECT c.id FROM stock_cart c WHERE c.organisation_id = %s AND c.made_at < %s AND {idle}
            ORDER BY c.id LIMIT %s FOR UPDATE SKIP LOCKED""",
        [ctx.organisation_id, ctx.now - KEPT, limit],
    )
    # A shopper may have come back before the lock: what was read with it may be older than their lines.
    gone = db.column(f"SELECT c.id FROM stock_cart c WHERE c.organisation_id = %s AND c.id = ANY(%s) AND {idle}",
                     [ctx.organisation_id, found])  # fmt: skip
    key = [ctx.organisation_id, gone]
    db.execute("DELETE FROM stock_cartline WHERE organisation_id = %s AND cart_id = ANY(%s)", key)
    db.execute("DELETE FROM stock_cart WHERE organisation_id = %s AND id = ANY(%s)", key)
    return len(found)


def get(ctx: Ctx, *, token: str) -> CartRow:
    """One cart with what it holds.  Refuses: unknown tokens."""
    found = find(ctx, token=token)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "reservation", "key": token})
    return found


def find(ctx: Ctx, *, token: str) -> CartRow | None:
    """One cart with what it holds."""
    found = db.dicts(
        "SELECT id, token, made_at, made_by, ordered_at FROM stock_cart WHERE organisation_id = %s AND token = %s",
        [ctx.organisation_id, token],
    )
    if not found:
        return None
    cart, lines = found[0], holding.open_lines(ctx, [found[0]["id"]])
    until = max((line.until for line in lines), default=None)
    if cart["ordered_at"]:
        state = "ordered"
    elif until is not None:
        state = "open" if until > ctx.now else "expired"
    else:
        state = _ended_as(ctx, cart["id"])
    return CartRow(token, cart["made_at"], cart["made_by"], state, until, tuple(lines))


def _ended_as(ctx: Ctx, cart_id: int) -> str:
    last = db.scalar(
        "SELECT state FROM stock_cartline WHERE organisation_id = %s AND cart_id = %s ORDER BY ended_at DESC, id DESC LIMIT 1",
        [ctx.organisation_id, cart_id],
    )
    return str(last or CartState.RELEASED.value)


def holders_of(ctx: Ctx, *, variant_id: int, limit: int = 50) -> list[CartLineRow]:
    """Which carts hold units of a variant, those that end first before others."""
    return db.rows(
        CartLineRow,
        f"{LINES} WHERE l.organisation_id = %s AND l.variant_id = %s AND l.state = 'open' ORDER BY l.until, l.id LIMIT %s",
        [ctx.organisation_id, variant_id, limit],
    )
