"""Writes to orders of which something is sent again at no charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.orders import events, locks, queries
from doorstep.orders.values import (
    ALL_SENT_AGAIN,
    NOT_SHIPPED,
    NOTHING_TO_SEND,
    TOO_MANY_TO_SEND,
    OrderDetail,
    Reshippable,
    ReshipReason,
)


def begin(ctx: Ctx, *, order_id: int) -> OrderDetail:
    """Locks an order of which something is to be sent again.  Locks: the order.  Refuses: unknown ids."""
    locks.order(ctx, order_id)
    return queries.get(ctx, id=order_id)


def check(*, name: str, able: Sequence[Reshippable], units: Mapping[int, int]) -> None:
    """Refuses what cannot be sent again: what has not left, what was sent again, nothing at all.  Shapes: `units` by line."""
    problem = why_not(name=name, able=able)
    if problem is not None:
        raise problem
    if not any(units.values()):
        raise Refused(NOTHING_TO_SEND)
    left = {one.line.id: one for one in able}
    for line_id, qty in units.items():
        one = left.get(line_id)
        if one is None or not 0 <= qty <= one.left:
            facts = {"sku": one.line.sku if one else str(line_id), "left": one.left if one else 0}
            raise Refused(TOO_MANY_TO_SEND, facts)


def why_not(*, name: str, able: Sequence[Reshippable]) -> Refused | None:
    """Why nothing of an order can be sent again; None where something can."""
    if not any(one.shipped for one in able):
        return Refused(NOT_SHIPPED, {"order": name})
    return None if any(one.left for one in able) else Refused(ALL_SENT_AGAIN, {"order": name})


def note(
    ctx: Ctx, *, detail: OrderDetail, sent: OrderDetail, units: Mapping[int, int], reason: ReshipReason, words: str
) -> None:
    """Notes which order brings which units again.  Shapes: `units` by line of the first order.  Emits: OrderReshipped."""
    chosen = [(line, units[line.id]) for line in detail.lines if units.get(line.id)]
    db.execute(
        """INSERT INTO orders_reshippedline (organisation_id, order_line_id, order_id, qty)
           SELECT %s, u.l, %s, u.q FROM unnest(%s::bigint[], %s::int[]) u(l, q)""",
        [ctx.organisation_id, sent.order.id, *db.columns([(line.id, qty) for line, qty in chosen], 2)],
    )
    fact = {
        "reship_order_id": sent.order.id, "name": sent.order.name, "reason": reason.value, "note": words,
        "lines": [{"sku": line.sku, "qty": qty} for line, qty in chosen][:50],
    }  # fmt: skip
    about = f"order:{detail.order.id}"
    outbox.record(ctx, [Happened(events.ORDER_RESHIPPED, about, about, fact)])
