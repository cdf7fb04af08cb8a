"""THE catalogue: which events others are told of, and in what shape.

A new type of event belongs into `KINDS` or `OURS`; a test finds one that is in neither. A field may be added; one that goes or
changes its meaning needs a new version of its type and twelve months' notice.
"""

from __future__ import annotations

from doorstep.accounts import events as accounts
from doorstep.analytics import events as analytics
from doorstep.base import stuck
from doorstep.base.outbox import Event
from doorstep.catalog import events as catalog
from doorstep.channels import events as channels
from doorstep.flows.webhooks import kinds_orders, kinds_service
from doorstep.flows.webhooks.shapes import Kind, by_source
from doorstep.fulfilment import events as fulfilment
from doorstep.inbox import events as inbox
from doorstep.locations import events as locations
from doorstep.messaging import events as messaging
from doorstep.orders import events as orders
from doorstep.payments import events as payments
from doorstep.returns import events as returns
from doorstep.routing import events as routing
from doorstep.shipping import events as shipping
from doorstep.stock import events as stock
from doorstep.tasks import events as tasks

KINDS: tuple[Kind, ...] = (*kinds_orders.KINDS, *kinds_service.KINDS)
BY_SOURCE = by_source(KINDS)
TYPES = tuple(sorted(one.type for one in KINDS))

# What is told to nobody outside: settings, machines, and steps in between that say nothing to another system.
OURS = frozenset({
    shipping.RATES_SAVED, shipping.MANIFEST_WANTED, shipping.MANIFEST_CLOSED, shipping.MANIFEST_DECLINED, shipping.ADDRESS_CHECKED,
    accounts.ORGANISATION_CREATED, accounts.ORGANISATION_CHANGED, accounts.STAFF_ADDED, accounts.STAFF_ROLE_CHANGED,
    accounts.STAFF_REMOVED, accounts.STAFF_PASSWORD_RESET, accounts.KEY_MADE, accounts.KEY_REVOKED, accounts.BULK_STARTED,
    accounts.BULK_ADVANCED, accounts.BULK_FINISHED, accounts.VIEW_SAVED, accounts.VIEW_CHANGED, accounts.VIEW_REMOVED,
    catalog.PICTURE_SET,
    channels.CONNECTED, channels.INTRODUCED, channels.RENAMED, channels.MOVED, channels.PAUSED, channels.RESUMED,
    channels.FAILING, channels.FILES_CHANGED, channels.HOOK_REJECTED, channels.TOLD, channels.NOT_TOLD,
    channels.WEBHOOK_ADDED, channels.WEBHOOK_CHANGED, channels.WEBHOOK_SECRET_CHANGED, channels.WEBHOOK_REMOVED,
    channels.WEBHOOK_FAILING, channels.WEBHOOK_REPLAYED, channels.HOOK_SILENT, channels.LISTING_LINKED,
    channels.LISTING_RULE_CHANGED,
    fulfilment.UNLISTED, fulfilment.PICKING_STARTED, fulfilment.LINE_PICKED, fulfilment.SCAN_UNDONE, fulfilment.PUT_BACK,
    fulfilment.BOX_ADDED, fulfilment.BOX_CHANGED, fulfilment.GIFT_CHANGED,
    fulfilment.WAREHOUSE_ASKED, fulfilment.WAREHOUSE_UNKNOWN, fulfilment.WAREHOUSE_DONE,
    fulfilment.WAREHOUSE_RECALL_WANTED,
    fulfilment.WAREHOUSE_CONNECTED, fulfilment.WAREHOUSE_CHANGED, fulfilment.WAREHOUSE_RETIRED, fulfilment.WAREHOUSE_RETURNED,
    fulfilment.WAREHOUSE_SUBSCRIBED, fulfilment.WAREHOUSE_FAILING, fulfilment.WAREHOUSE_HOOK_REJECTED,
    fulfilment.PRINT_WANTED, fulfilment.PRINTED, fulfilment.PRINT_FAILED, fulfilment.PRINT_UNKNOWN,
    locations.LOCATION_DISPATCH_SET,
    locations.LOCATION_CREATED, locations.LOCATION_EDITED, locations.LOCATION_DEACTIVATED, locations.LOCATION_REOPENED,
    locations.BINS_ADDED, locations.BIN_REMOVED, locations.FLOOR_LAID_OUT, locations.BINS_PLACED,
    fulfilment.WAVE_RELEASED, fulfilment.WAVE_CANCELLED, fulfilment.PICK_RULES_SET, fulfilment.PUT_AWAY,
    messaging.MESSAGE_QUEUED, messaging.MESSAGE_UNKNOWN, messaging.SMS_ACCOUNT_CONNECTED, messaging.SMS_ACCOUNT_CHANGED,
    messaging.SMS_ACCOUNT_RETIRED, messaging.SMS_ACCOUNT_RETURNED, messaging.SMS_ACCOUNT_HOOK_REJECTED,
    messaging.NOTICE_SWITCHED, messaging.NOTICE_WORDED, messaging.NOTICE_RESET, messaging.NOTICE_HOURS_CHANGED,
    orders.RECIPIENT_SEALED, orders.RECIPIENT_ERASED,
    shipping.LABEL_FILE_KEPT, shipping.LABEL_FILE_FAILED, shipping.CUSTOMS_TERMS_SET, shipping.PARCEL_DECLARED,
    locations.LOCATION_EXPORT_SET,
    shipping.LABEL_WANTED, shipping.LABEL_UNKNOWN, shipping.VOID_WANTED, shipping.VOID_REFUSED,
    shipping.CARRIER_CONNECTED, shipping.CARRIER_CHANGED, shipping.CARRIER_RETIRED, shipping.CARRIER_RETURNED,
    shipping.CARRIER_PREFERRED, shipping.CARRIER_SUBSCRIBED, shipping.CARRIER_FAILING, shipping.CARRIER_HOOK_REJECTED,
    stock.TRANSFER_DRAFTED, stock.TRANSFER_CHANGED, stock.TRANSFER_CANCELLED, stock.TRACKING_CHANGED, stock.LOT_ASSIGNED,
    stock.LOT_CORRECTED, stock.COUNTED, stuck.TRIED_AGAIN,
    shipping.SCANS_SET_ASIDE, shipping.SCANS_TAKEN_BACK, shipping.NUMBER_TYPED, shipping.CODE_NAMED,
    tasks.TASK_CREATED, tasks.TASK_ASSIGNED, tasks.TASK_DONE, tasks.TASK_DROPPED, tasks.TASK_PUT_OFF,
    payments.TILL_OPENED, payments.TILL_CLOSED, payments.TILL_CHARGED, payments.TILL_DECLINED, payments.TILL_PAPER_CHANGED,
    payments.PAYMENT_UNKNOWN, payments.ACCOUNT_CONNECTED, payments.ACCOUNT_CHANGED, payments.ACCOUNT_RETIRED,
    payments.ACCOUNT_RETURNED, payments.ACCOUNT_SUBSCRIBED, payments.ACCOUNT_FAILING, payments.ACCOUNT_HOOK_REJECTED,
    routing.RULES_SAVED, routing.RULES_DROPPED, routing.REPLAY_ASKED, locations.LOCATION_DISPATCH_SET,
    returns.UNITS_JUDGED, returns.RETURN_IMPORTED, returns.POLICY_PUBLISHED,
    inbox.NOTED, inbox.MARKED_SPAM, inbox.MESSAGE_BOUNCED,
    messaging.MAILBOX_CONNECTED, messaging.MAILBOX_CHANGED, messaging.MAILBOX_RETIRED, messaging.MAILBOX_RETURNED,
    messaging.MAILBOX_FAILING, messaging.MAILBOX_HOOK_REJECTED, analytics.BASELINES_SET,
})  # fmt: skip


def kind_of(event: Event) -> Kind | None:
    """The public type of an event; None for what is told to nobody."""
    return BY_SOURCE.get(event.type)
