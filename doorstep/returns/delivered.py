"""What of an order the customer has and can send back, be it that it was sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from doorstep.base.ctx import Ctx
from doorstep.orders import over_the_counter, sent_again
from doorstep.orders import queries as orders
from doorstep.orders.sent_again import SentAgain
from doorstep.orders.values import LineRow
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import Delivered

By = dict[tuple[int, int], Delivered]


def delivered_of(ctx: Ctx, *, lines: Sequence[LineRow]) -> dict[int, Delivered]:
    """Units of each order line that the customer has, each that was sold once, and when the last of them came.

    A unit that was sent again takes the place of the first one: it counts where it arrives the second time, and until
    then it is not there, whether the first was lost or arrived damaged.  A first one that turns up all the same is
    nothing more that could be sent back.  What brings units again brings them for their first order.  What a buyer took along
    from a shop came when it was sold.
    """
    order_ids = sorted({line.order_id for line in lines})
    arrived = shipping.delivered_of(ctx, order_ids=order_ids)
    for one in over_the_counter.handed_over(ctx, order_ids=order_ids):
        arrived[one.order_line_id] = Delivered(one.order_line_id, one.qty, one.at)
    again = sent_again.units_of(ctx, order_line_ids=[line.id for line in lines])
    if not again:
        return arrived
    brought = _brought(ctx, again)
    return {line.id: _with_again(line, arrived.get(line.id), again, brought) for line in lines}


def _brought(ctx: Ctx, again: Sequence[SentAgain]) -> By:
    """What has arrived of orders that bring units again, by order and variant."""
    lines = orders.lines_of(ctx, order_ids=sorted({units.order_id for units in again}))
    came = delivered_of(ctx, lines=lines)
    found: By = {}
    for line in lines:
        if line.id in came:
            key = (line.order_id, line.variant_id)
            found[key] = _both(found.get(key, Delivered(line.id, 0, None)), came[line.id])
    return found


def _with_again(line: LineRow, first: Delivered | None, again: Sequence[SentAgain], brought: By) -> Delivered:
    mine = [units for units in again if units.order_line_id == line.id]
    found = first or Delivered(line.id, 0, None)
    found = replace(found, qty=min(found.qty, max(line.qty - sum(units.qty for units in mine), 0)))
    for units in mine:
        key = (units.order_id, units.variant_id)
        there = brought.get(key, Delivered(line.id, 0, None))
        here = replace(there, qty=min(units.qty, there.qty))
        brought[key] = replace(there, qty=there.qty - here.qty)
        found = _both(found, here) if here.qty else found
    return found


def _both(one: Delivered, other: Delivered) -> Delivered:
    at = max((moment for moment in (one.at, other.at) if moment), default=None)
    return replace(one, qty=one.qty + other.qty, at=at)
