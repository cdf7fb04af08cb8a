"""THE table: which fact moves which flow. A flow gets a list of events and re-checks their state first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.catalog import events as catalog
from doorstep.channels import events as channels
from doorstep.flows import (
    answer_wismo,
    check_addresses,
    day_capacity,
    estimates,
    exceptions,
    exchange,
    expose,
    label_files,
    mapping,
    merge_customers,
    notify,
    notify_cancelled,
    notify_returns,
    park,
    pay,
    pick,
    promises,
    recipients,
    recount,
    refund_returns,
    restock,
    route,
    route_again,
    send_back,
    ship,
    stalled,
    tell_returns,
    tell_shops,
    warehouses,
    waves,
)
from doorstep.fulfilment import events as fulfilment
from doorstep.inbox import events as inbox
from doorstep.locations import events as locations
from doorstep.orders import events as orders
from doorstep.payments import events as payments
from doorstep.returns import events as returns
from doorstep.routing import events as routing
from doorstep.shipping import events as shipping
from doorstep.stock import events as stock

Reaction = Callable[[Ctx, Sequence[Event]], None]

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    orders.ORDER_PLACED: (
        expose.note_sold, route.react, notify.confirm, pay.authorise, merge_customers.follow, check_addresses.react,
    ),
    # one transaction: pick lists are locked before any order
    orders.HOLD_RELEASED: (day_capacity.lock_first, pick.list_up, warehouses.ask, route.react, park.react),
    orders.ORDER_ROUTED: (pick.list_up, warehouses.ask, recipients.want),
    orders.ORDER_HELD: (pick.pull_held, park.react, warehouses.recall_held),
    orders.ORDER_CANCELLED: (
        pick.withdraw, pay.let_go, refund_returns.follow_cancelled, notify_cancelled.react, tell_shops.cancelled, recipients.follow,
        park.react, warehouses.recall_cancelled, route_again.when_there_is_room,
    ),
    orders.ORDER_EDITED: (pay.follow_edit, park.react, check_addresses.react, route_again.when_there_is_room),
    orders.PART_CANCELLED: (ship.settle_delivered, route_again.when_there_is_room),
    orders.ORDER_FULFILLED: (ship.settle_delivered,),
    orders.ORDER_REJECTED: (pick.list_up, recount.react, route_again.when_there_is_room),
    orders.ORDER_MOVED: (route_again.when_there_is_room,),
    fulfilment.SHORT: (recount.react,),
    stock.COUNT_ENDED: (recount.settle,),
    **dict.fromkeys(
        (routing.RULES_PUBLISHED, locations.LOCATION_EDITED, locations.LOCATION_REOPENED, locations.LOCATION_DISPATCH_SET),
        (route_again.react,),
    ),
    catalog.PRODUCT_EDITED: (mapping.follow_products,),
    channels.LISTING_LINKED: (mapping.follow_links,),
    stock.STOCK_ARRIVED: (restock.react,),
    stock.INCOMING_CHANGED: (promises.react,),
    fulfilment.WAVE_CANCELLED: (waves.relist,),
    fulfilment.PICK_RULES_SET: (waves.follow_rules,),
    shipping.PARCEL_PACKED: (ship.want_label,),
    shipping.LABEL_BOUGHT: (ship.print_label, send_back.note_label),
    shipping.LABEL_FILE_KEPT: (ship.print_label, label_files.go_on, exceptions.react_file_settled),
    shipping.LABEL_FILE_FAILED: (label_files.go_on, exceptions.react_file_failed),
    shipping.LABEL_VOIDED: (label_files.go_on, exceptions.react_file_settled),
    shipping.VOID_REFUSED: (label_files.go_on,),
    # the estimate first: the letter says it
    shipping.PARCEL_HANDED_OVER: (estimates.say, tell_shops.react, notify.shipped, pay.capture, recipients.follow),
    payments.PAYMENT_AUTHORISED: (pay.follow_authorised, pay.looked_at),
    payments.PAYMENT_DECLINED: (pay.explain_declined, pay.looked_at),
    payments.PAYMENT_CAPTURED: (pay.let_go_of_captured, refund_returns.go_on, pay.looked_at),
    payments.PAYMENT_FAILED: (refund_returns.go_on, pay.looked_at),
    inbox.MESSAGE_FILED: (answer_wismo.react,),
    shipping.PARCEL_TRACKED: (stalled.react, exceptions.react, notify.tracked),
    shipping.PARCEL_DELAYED: (notify.late,),
    shipping.PARCEL_REFUSED: (exceptions.react_refused,),
    shipping.SCANS_SET_ASIDE: (exceptions.react_aside,),
    shipping.PARCEL_DELIVERED: (ship.settle_delivered, notify.delivered, recipients.follow, estimates.learn),
    shipping.PARCEL_COMING_BACK: (send_back.note_first_scan,),
    returns.RETURN_REQUESTED: (notify_returns.withdrawn,),
    returns.RETURN_APPROVED: (send_back.want_labels, refund_returns.settle, notify_returns.approved, tell_returns.opened),
    returns.RETURN_NEEDS_REVIEW: (notify_returns.in_review,),
    returns.RETURN_DECLINED: (notify_returns.declined,),
    returns.RETURN_CANCELLED: (exchange.withdraw, tell_returns.called_off),
    returns.EXCHANGE_CANCELLED: (notify_returns.exchange_cancelled,),
    returns.RETURN_EXPIRED: (exchange.withdraw, notify_returns.expired, tell_returns.called_off),
    returns.RETURN_LABEL_ISSUED: (notify_returns.labelled,),
    returns.RETURN_IN_TRANSIT: (refund_returns.settle,),
    returns.RETURN_RECEIVED: (refund_returns.settle, notify_returns.received),
    returns.RETURN_INSPECTED: (refund_returns.settle, tell_returns.returned),
    payments.REFUND_PENDING: (refund_returns.follow,),
    payments.REFUND_SUCCEEDED: (refund_returns.follow, pay.looked_at, notify_returns.refunded, tell_returns.refunded),
    payments.REFUND_FAILED: (refund_returns.follow, pay.looked_at),
    payments.PAYMENT_UNKNOWN: (pay.look_at_amounts,),
    payments.REFUND_UNKNOWN: (refund_returns.follow, pay.look_at_amounts),
    payments.CREDIT_GRANTED: (refund_returns.follow, notify_returns.refunded),
}
