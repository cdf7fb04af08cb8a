"""THE table: which fact moves which flow. A flow gets a list of events and re-checks their state first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.flows import restock, route
from doorstep.orders import events as orders
from doorstep.stock import events as stock

Reaction = Callable[[Ctx, Sequence[Event]], None]

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    orders.ORDER_PLACED: (route.react,),
    orders.HOLD_RELEASED: (route.react,),
    stock.STOCK_ARRIVED: (restock.react,),
}
