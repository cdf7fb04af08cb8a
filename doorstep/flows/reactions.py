"""THE table: which fact moves which flow. A flow gets a list of events and re-checks their state first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.flows import answer_wismo, notify, pick, restock, route, ship, stalled, tell_shops
from doorstep.inbox import events as inbox
from doorstep.orders import events as orders
from doorstep.shipping import events as shipping
from doorstep.stock import events as stock

Reaction = Callable[[Ctx, Sequence[Event]], None]

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    orders.ORDER_PLACED: (route.react, notify.confirm),
    orders.HOLD_RELEASED: (pick.list_up, route.react),  # one transaction: pick lists are locked before any order
    orders.ORDER_ROUTED: (pick.list_up,),
    orders.ORDER_HELD: (pick.pull_held,),
    orders.ORDER_CANCELLED: (pick.withdraw,),
    stock.STOCK_ARRIVED: (restock.react,),
    shipping.PARCEL_PACKED: (ship.want_label,),
    shipping.LABEL_BOUGHT: (ship.print_label,),
    shipping.PARCEL_HANDED_OVER: (tell_shops.react, notify.shipped),
    inbox.MESSAGE_FILED: (answer_wismo.react,),
    shipping.PARCEL_TRACKED: (stalled.react,),
    shipping.PARCEL_DELIVERED: (ship.settle_delivered, notify.delivered),
}
