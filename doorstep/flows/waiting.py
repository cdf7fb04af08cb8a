"""Orders that are short wait for stock: each in its turn, with what it was promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.orders import actions as orders
from doorstep.orders import priorities, queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.stock import backorders
from doorstep.stock.values import BackorderKind, BackorderRow, Short, Wait, Waited, Want

OUT_OF_STOCK = HoldReason.INVENTORY_OUT_OF_STOCK


@dataclass(frozen=True, slots=True)
class Waiting:
    """A part of an order that was short.  `since`: its turn; `detail`: further facts of its hold."""

    fulfilment_order_id: int
    wants: tuple[Want, ...]
    shorts: tuple[Short, ...]
    since: datetime
    priority: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


def wait(ctx: Ctx, *, parts: Sequence[Waiting], may_be_sold: bool = True) -> list[HoldWish]:
    """Has parts of orders wait for stock.  Returns: the holds that the caller puts on them, with what was promised.

    Shapes: one hold per part, in order.  `may_be_sold`: False where it is not units that lack.
    Locks: the pool rows of the variants, ascending.
    """
    if not parts:
        return []
    waits = [Wait(p.fulfilment_order_id, p.wants, p.shorts, p.since, p.priority) for p in parts]
    told = backorders.wait(ctx, waits=waits, may_be_sold=may_be_sold)
    return [
        HoldWish(p.fulfilment_order_id, OUT_OF_STOCK, detail={"short": _describe(p.shorts), **_said(one), **p.detail})
        for p, one in zip(parts, told, strict=True)
    ]


def _describe(shorts: Sequence[Short]) -> list[dict[str, int]]:
    return [{"variant_id": s.variant_id, "wanted": s.wanted, "available": s.available} for s in shorts]


def _said(told: Waited) -> dict[str, Any]:
    return {"waits": told.kind, "promised_on": told.promised_on and told.promised_on.isoformat()}


def note(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> None:
    """Has the holds of parts say what they wait for, and until when, as their backorders do.  Locks: the holds."""
    rows: dict[int, list[BackorderRow]] = {}
    for row in backorders.rows_of(ctx, group_ids=fulfilment_order_ids):
        rows.setdefault(row.group_id, []).append(row)
    details = {id: detail_of(waits) for id, waits in rows.items()}
    orders.note_holds(ctx, details=details, reason=OUT_OF_STOCK)


def detail_of(rows: Sequence[BackorderRow]) -> dict[str, Any]:
    """What the hold of one part says of its backorders."""
    kinds = {row.kind for row in rows}
    kind = next((k for k in (BackorderKind.SHORT, BackorderKind.PREORDER) if k in kinds), BackorderKind.BACKORDER)
    promised = [row.promised_on for row in rows]
    expected = [row.expected_on for row in rows]
    day = None if None in promised or kind == BackorderKind.SHORT else max(d for d in promised if d)
    later = None if None in expected else max(d for d in expected if d)
    return {
        "waits": kind.value, "promised_on": day and day.isoformat(), "slipped": any(row.slipped for row in rows),
        "expected_on": later and later.isoformat(),
    }  # fmt: skip


@transaction.atomic
def fit(ctx: Ctx, *, order_id: int, fulfilment_order_ids: Sequence[int]) -> None:
    """Has held parts of an order that was changed wait for what they want now; those who can be served are, in their turn.

    Locks: pool rows ascending.  Emits: StockArrived, so that they are looked at.
    """
    lines: dict[int, list[Want]] = {id: [] for id in fulfilment_order_ids}
    for line in queries.fulfilment_lines_of(ctx, fulfilment_order_ids=fulfilment_order_ids):
        lines[line.fulfilment_order_id].append(Want(line.order_line_id, line.variant_id, line.qty))
    for id, wants in lines.items():
        backorders.fit(ctx, group_id=id, units={want.reference_id: want.qty for want in wants})
    look_again(ctx, order_id=order_id, wants={id: wants for id, wants in lines.items() if wants})


def look_again(ctx: Ctx, *, order_id: int, wants: Mapping[int, Sequence[Want]]) -> None:
    """Has held parts of an order looked at, those too that wait for nothing of what they are short of any more.

    Shapes: what each part wants.  Locks: pool rows ascending.  Emits: StockArrived.
    """
    has_rows = {row.group_id for row in backorders.rows_of(ctx, group_ids=list(wants))}
    order = queries.orders_by_id(ctx, ids=[order_id])[order_id]
    idle = [
        Waiting(
            id, tuple(some), tuple(Short(w.variant_id, w.qty, w.qty) for w in some), order.placed_at, order.priority
        )
        for id, some in wants.items()
        if id not in has_rows
    ]
    wait(ctx, parts=idle, may_be_sold=False)
    note(ctx, fulfilment_order_ids=list(wants))
    backorders.offer(ctx, variant_ids=sorted({w.variant_id for some in wants.values() for w in some}))


@transaction.atomic
def prioritise(ctx: Ctx, *, order_id: int, version: int, priority: int) -> bool:
    """Sets whose turn it is first when units come.  Returns: whether that changed anything.

    Locks: the order, pool rows.  Emits: OrderPrioritised.  Refuses: another version, unknown ids and priorities.
    """
    changed = priorities.set_priority(ctx, order_id=order_id, version=version, priority=priority)
    if changed:
        parts = queries.fulfilment_orders_of(ctx, order_ids=[order_id])
        backorders.prioritise(ctx, group_ids=[part.id for part in parts], priority=priority)
    return changed
