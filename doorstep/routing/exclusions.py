"""Places that do not send what they were to send, remembered for the lines of an order until a person says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.routing.values import OF_STOCK, Excluded, ExclusionRow, Why
from doorstep.stock import shelves as stock
from doorstep.stock.shelves import Doubt

ROW = "id, order_id, order_line_id, variant_id, location_id, reason, note, by, at, ledger_id"


@transaction.atomic
def exclude(ctx: Ctx, *, these: Sequence[Excluded], reason: Why, note: str = "") -> None:
    """Has places not asked again for these lines; what was said of one before is replaced by what is said now."""
    last = stock.last_movements(ctx, variant_ids=sorted({one.variant_id for one in these}))
    lines = [
        (one.order_id, one.order_line_id, one.variant_id, one.location_id, last.get(one.variant_id, 0)) for one in these
    ]
    db.execute(
        """INSERT INTO routing_exclusion (organisation_id, order_id, order_line_id, variant_id, location_id, reason, note, by, at,
                                          ledger_id, lifted_by)
           SELECT %s, u.o, u.l, u.v, u.at, %s, %s, %s, %s, u.m, ''
             FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) u(o, l, v, at, m) ORDER BY u.l, u.at
           ON CONFLICT (organisation_id, order_line_id, location_id) WHERE lifted_at IS NULL
           DO UPDATE SET reason = EXCLUDED.reason, note = EXCLUDED.note, by = EXCLUDED.by, at = EXCLUDED.at,
                         ledger_id = EXCLUDED.ledger_id""",
        [ctx.organisation_id, reason.value, note[:500], ctx.actor.name[:120], ctx.now, *db.columns(lines, 5)],
    )


@transaction.atomic
def lift(ctx: Ctx, *, order_line_ids: Sequence[int], location_id: int) -> int:
    """A person sends units of these lines to a place after all.  Returns: how many were excluded there."""
    return db.execute(
        """UPDATE routing_exclusion SET lifted_at = %s, lifted_by = %s
            WHERE organisation_id = %s AND order_line_id = ANY(%s) AND location_id = %s AND lifted_at IS NULL""",
        [ctx.now, ctx.actor.name[:120], ctx.organisation_id, list(order_line_ids), location_id],
    )


def of_orders(ctx: Ctx, *, order_ids: Sequence[int]) -> list[ExclusionRow]:
    """What is excluded for orders now, oldest first.

    One for a reason of stock ends by itself once somebody counted that shelf since, or units came there.
    """
    rows = db.rows(
        ExclusionRow,
        f"""SELECT {ROW} FROM routing_exclusion WHERE organisation_id = %s AND order_id = ANY(%s) AND lifted_at IS NULL
             ORDER BY id""",
        [ctx.organisation_id, list(order_ids)],
    )
    doubted = [row for row in rows if row.reason in OF_STOCK]
    sure = stock.sure_since(ctx, doubts=[Doubt(r.variant_id, r.location_id, r.ledger_id, r.at) for r in doubted])
    over = {row.id for row, is_sure in zip(doubted, sure, strict=True) if is_sure}
    return [row for row in rows if row.id not in over]


def barred(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Which places shall not send units of which order line; lines of which none is barred are left out."""
    found: dict[int, set[int]] = {}
    for row in of_orders(ctx, order_ids=order_ids):
        found.setdefault(row.order_line_id, set()).add(row.location_id)
    return {line: frozenset(places) for line, places in found.items()}


def open_to(
    places: frozenset[int] | None, barred: Mapping[int, frozenset[int]], *, order_line_ids: Sequence[int],
    everywhere: frozenset[int],
) -> frozenset[int] | None:
    """Of these places, those that may send units of all of these lines; None stays None where nothing is barred."""
    shut = frozenset[int]().union(*(barred.get(id, frozenset()) for id in order_line_ids))
    return (everywhere if places is None else places) - shut if shut else places
