"""Units that nobody else is promised: set aside for whoever shows them, such as a channel that sells without asking.

A hold of this kind is a cart's (docs/adr/0022) that does not end by itself: the ledger, the counters and whoever looks for who
holds units know it already.  One token holds units of one variant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import bulk, events, holding, locks, turns
from doorstep.stock.bulk import Move

NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Aside:
    """So many units of a variant under a token."""

    token: str
    variant_id: int
    qty: int


def held(ctx: Ctx, *, tokens: Sequence[str]) -> dict[str, int]:
    """What is set aside now, by token; those that hold nothing are left out."""
    found = db.dicts(
        """SELECT c.token, sum(l.qty)::int AS qty FROM stock_cart c
             JOIN stock_cartline l ON l.organisation_id = c.organisation_id AND l.cart_id = c.id AND l.state = 'open'
            WHERE c.organisation_id = %s AND c.token = ANY(%s) GROUP BY 1""",
        [ctx.organisation_id, list(tokens)],
    )
    return {line["token"]: line["qty"] for line in found}


@transaction.atomic
def hold(ctx: Ctx, *, wants: Sequence[Aside]) -> dict[str, int]:
    """Sets aside up to so many units under each token, as far as they are free; what is held already is never lowered.

    Returns: what is held then, by token.  Locks: the carts, then the pool rows of their variants, ascending.
    Emits: StockChanged.
    """
    carts = _open(ctx, [want.token for want in wants])
    pool = locks.pool_rows(ctx, {want.variant_id for want in wants})
    has = held(ctx, tokens=list(carts))
    free = {variant: max(row.unclaimed, 0) for variant, row in pool.items()}
    moves: list[Move] = []
    lines: list[tuple[int, int, int]] = []
    for want in wants:
        more = min(max(want.qty - has.get(want.token, 0), 0), free[want.variant_id])
        if more:
            free[want.variant_id] -= more
            has[want.token] = has.get(want.token, 0) + more
            moves.append(holding.move(want.variant_id, want.token, more, "set_aside"))
            lines.append((carts[want.token], want.variant_id, has[want.token]))
    _write(ctx, lines, NEVER)
    bulk.apply(ctx, moves)
    turns.tell(ctx, type=events.STOCK_CHANGED, variants={move.variant_id for move in moves}, reason="reserved")
    return has


@transaction.atomic
def keep(ctx: Ctx, *, wants: Mapping[str, Mapping[int, int]], until: datetime) -> dict[str, int]:
    """Keeps units of several variants under each token until then, as far as they are free; what is held already counts.

    Shapes: units by variant, by token; who stands first is served first.  Returns: units that are held then, by token.
    Locks: the carts, then the pool rows of all of them, ascending.  Emits: StockChanged.
    """
    ids = _open(ctx, list(wants))
    pool = locks.pool_rows(ctx, {variant for wanted in wants.values() for variant in wanted})
    free = {variant: max(row.unclaimed, 0) for variant, row in pool.items()}
    has = {(line.token, line.variant_id): line.qty for line in holding.open_lines(ctx, list(ids.values()))}
    moves: list[Move] = []
    lines: list[tuple[int, int, int]] = []
    kept = Counter[str]()
    for token, wanted in wants.items():
        for variant, qty in sorted(wanted.items()):
            was = has.get((token, variant), 0)
            more = min(max(qty - was, 0), free[variant])
            if more:
                free[variant] -= more
                moves.append(holding.move(variant, token, more, "cart"))
            if was + more:
                kept[token] += was + more
                lines.append((ids[token], variant, was + more))
    _write(ctx, lines, until)
    bulk.apply(ctx, moves)
    turns.tell(ctx, type=events.STOCK_CHANGED, variants={move.variant_id for move in moves}, reason="reserved")
    return dict(kept)


def find_known(ctx: Ctx, *, tokens: Sequence[str]) -> set[str]:
    """Those of these tokens under which something is held, or was."""
    if not tokens:
        return set()
    key = [ctx.organisation_id, list(tokens)]
    return set(db.column("SELECT token FROM stock_cart WHERE organisation_id = %s AND token = ANY(%s)", key))


@transaction.atomic
def lower(ctx: Ctx, *, to: Sequence[Aside]) -> int:
    """Gives back what is set aside above these numbers.  Returns: units given back.

    Locks: the carts, then the pool rows, ascending.  Emits: StockArrived.
    """
    locks.carts(ctx, [one.token for one in to])
    locks.pool_rows(ctx, {one.variant_id for one in to})
    moves = _take_off(ctx, [(one, max(0, now - one.qty)) for one, now in _with_held(ctx, to)])
    bulk.apply(ctx, moves)
    turns.tell(ctx, type=events.STOCK_ARRIVED, variants={move.variant_id for move in moves}, reason="reservation_ended")
    return -sum(move.reserved for move in moves)


@transaction.atomic
def carve(
    ctx: Ctx, *, carts: Mapping[str, Sequence[Aside]], until: datetime, variant_ids: Collection[int] = ()
) -> dict[str, int]:
    """Moves units that were set aside into carts, for orders to take; no more than is held.

    Shapes: `carts` says by token what each gets of what; units moved by token.  `variant_ids`: of which the caller will want more
    than is named here, so that all are locked in one go.  Locks: the carts, then the pool rows, ascending.
    """
    parts = [part for wanted in carts.values() for part in wanted]
    ids = _open(ctx, [*carts, *(part.token for part in parts)])
    locks.pool_rows(ctx, {*variant_ids, *(part.variant_id for part in parts)})
    has = held(ctx, tokens=[part.token for part in parts])
    less, moves = Counter[tuple[str, int]](), list[Move]()
    lines: list[tuple[int, int, int]] = []
    moved: dict[str, int] = {}
    for token, wanted in carts.items():
        for part in wanted:
            qty = min(has.get(part.token, 0), part.qty)
            if qty:
                has[part.token] -= qty
                less[part.token, part.variant_id] += qty
                lines.append((ids[token], part.variant_id, qty))
                moves.append(holding.move(part.variant_id, token, qty, "cart"))
                moved[token] = moved.get(token, 0) + qty
    moves = _take_off(ctx, [(Aside(token, variant, 0), qty) for (token, variant), qty in sorted(less.items())]) + moves
    _write(ctx, lines, until)
    bulk.apply(ctx, moves)
    return moved


def _with_held(ctx: Ctx, parts: Sequence[Aside]) -> list[tuple[Aside, int]]:
    has = held(ctx, tokens=[part.token for part in parts])
    return [(part, has.get(part.token, 0)) for part in parts]


def _take_off(ctx: Ctx, less: Sequence[tuple[Aside, int]]) -> list[Move]:
    """Lowers what tokens hold.  Needs: carts and pool rows locked."""
    lines = [(one.token, one.variant_id, qty) for one, qty in less if qty > 0]
    db.execute(
        """UPDATE stock_cartline l SET qty = CASE WHEN l.qty > u.q THEN l.qty - u.q ELSE l.qty END,
                  state = CASE WHEN l.qty > u.q THEN 'open' ELSE 'released' END,
                  ended_at = CASE WHEN l.qty > u.q THEN NULL ELSE %s::timestamptz END
             FROM unnest(%s::text[], %s::bigint[], %s::int[]) u(t, v, q)
             JOIN stock_cart c ON c.organisation_id = %s AND c.token = u.t
            WHERE l.organisation_id = c.organisation_id AND l.cart_id = c.id AND l.variant_id = u.v AND l.state = 'open'""",
        [ctx.now, *db.columns(lines, 3), ctx.organisation_id],
    )
    return [holding.move(variant, token, -qty, "cart_changed") for token, variant, qty in lines]


def _open(ctx: Ctx, tokens: Sequence[str]) -> dict[str, int]:
    """The carts of tokens, made where they are missing.  Locks: the carts, ascending by id."""
    db.execute(
        """INSERT INTO stock_cart (organisation_id, token, made_at, made_by) SELECT %s, u.t, %s, %s FROM unnest(%s::text[]) u(t)
            ORDER BY u.t ON CONFLICT (organisation_id, token) DO NOTHING""",
        [ctx.organisation_id, ctx.now, ctx.actor.name[:120], sorted(set(tokens))],
    )
    locks.carts(ctx, tokens)
    found = db.dicts(
        "SELECT token, id FROM stock_cart WHERE organisation_id = %s AND token = ANY(%s)", [ctx.organisation_id, list(tokens)]
    )
    return {line["token"]: int(line["id"]) for line in found}


def _write(ctx: Ctx, lines: Sequence[tuple[int, int, int]], until: datetime) -> None:
    db.execute(
        """INSERT INTO stock_cartline (organisation_id, cart_id, variant_id, qty, until, state)
           SELECT %s, u.c, u.v, u.q, %s, 'open' FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) u(c, v, q)
           ON CONFLICT (organisation_id, cart_id, variant_id) WHERE state = 'open'
           DO UPDATE SET qty = EXCLUDED.qty, until = EXCLUDED.until""",
        [ctx.organisation_id, until, *db.columns(lines, 3)],
    )
