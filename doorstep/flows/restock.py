"""Stock arrives, and orders that waited for it move on: by priority, then first come first served."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.flows import waiting
from doorstep.flows.intake import able_to_serve
from doorstep.flows.waiting import OUT_OF_STOCK, Waiting
from doorstep.locations import queries as locations
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.routing import exclusions
from doorstep.stock import actions as stock
from doorstep.stock import backorders, locks
from doorstep.stock.values import BackorderRow, Group, Want


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Serves who waited for the variants that these events tell of."""
    serve_waiting(ctx, variant_ids=sorted({e.subject_id for e in happened}))


@transaction.atomic
def serve_waiting(ctx: Ctx, *, variant_ids: Sequence[int]) -> int:
    """Promises units that came to those whose turn it is and releases their holds.  Returns: how many were released.

    An order that cannot be served whole is passed over and keeps its turn.  At most `backorders.AT_ONCE` are looked at;
    where more could be served, an event of its own goes on with them, and nobody else gets their units meanwhile.
    Locks: fulfilment orders, then pool rows.  Emits: HoldReleased per fulfilment order served.
    """
    due = backorders.to_offer(ctx, variant_ids=variant_ids)
    if not due:
        return 0
    turn = backorders.next_in_turn(ctx, variant_ids=due)
    served = _serve(ctx, turn, due) if turn else []
    backorders.finish(ctx, variant_ids=due)
    return len(served)


def _serve(ctx: Ctx, turn: Sequence[int], due: Sequence[int]) -> list[int]:
    """Serves parts in this turn; what is short of something else now waits for that too."""
    orders.lock(ctx, fulfilment_order_ids=turn)
    rows: dict[int, list[BackorderRow]] = {}
    for row in backorders.rows_of(ctx, group_ids=turn):
        rows.setdefault(row.group_id, []).append(row)
    parts = queries.fulfilment_orders_by_id(ctx, ids=list(rows))
    wants: dict[int, list[Want]] = {id: [] for id in turn if id in rows}
    for line in queries.fulfilment_lines_of(ctx, fulfilment_order_ids=list(wants)):
        wants[line.fulfilment_order_id].append(Want(line.order_line_id, line.variant_id, line.qty))
    to = queries.destinations(ctx, order_ids=[part.order_id for part in parts.values()])
    known = locations.list_locations(ctx)
    places, everywhere = able_to_serve(known, {d.country for d in to.values()}), frozenset(at.id for at in known)
    locks.pool_rows(ctx, {*due, *(want.variant_id for some in wants.values() for want in some)})
    barred = exclusions.barred(ctx, order_ids=list(to))
    groups = [
        Group(
            tuple(some),
            exclusions.open_to(
                places[to[parts[id].order_id].country], barred, order_line_ids=[w.reference_id for w in some],
                everywhere=everywhere,
            ),
        )
        for id, some in wants.items()
    ]  # fmt: skip
    shortages = dict(zip(wants, stock.take(ctx, groups=groups, in_turn=True), strict=True))
    served = [id for id, shorts in shortages.items() if not shorts]
    backorders.serve(ctx, group_ids=served)
    orders.release_hold(ctx, fulfilment_order_ids=served, reason=OUT_OF_STOCK)
    _pass_over(
        ctx,
        [
            Waiting(id, tuple(wants[id]), shorts, rows[id][0].since, rows[id][0].priority)
            for id, shorts in shortages.items()
            if shorts
        ],
    )
    return served


def _pass_over(ctx: Ctx, parts: Sequence[Waiting]) -> None:
    if not parts:
        return
    ids = [part.fulfilment_order_id for part in parts]
    wishes = waiting.wait(ctx, parts=parts)
    orders.note_holds(
        ctx,
        details={wish.fulfilment_order_id: {"short": (wish.detail or {})["short"]} for wish in wishes},
        reason=OUT_OF_STOCK,
    )
    waiting.note(ctx, fulfilment_order_ids=ids)
    backorders.pass_over(ctx, group_ids=ids)
