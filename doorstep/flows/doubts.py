"""Orders that nobody may send as they are: they are held whole, until a person decides."""

from __future__ import annotations

from collections.abc import Mapping

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason

ERASED = HoldReason.INCORRECT_ADDRESS, "address_erased"


def hold(ctx: Ctx, *, why: Mapping[int, tuple[HoldReason, str]]) -> None:
    """Holds every part of these orders, in the name of the house.  Shapes: the reason, and what exactly, by order id.

    Locks, Emits: as `orders.hold`.
    """
    parts = queries.fulfilment_orders_of(ctx, order_ids=sorted(why)) if why else []
    if parts:
        wishes = [HoldWish(part.id, why[part.order_id][0], "", {why[part.order_id][1]: True}) for part in parts]
        orders.hold(ctx.as_actor(SYSTEM), wishes=wishes)
