"""What orders refuse."""

from __future__ import annotations

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

EXTERNAL_ID_REUSED = Refusal(
    "external_id_reused",
    gettext_noop("Order %(external_id)s came before with other contents."),
    gettext_noop("Use a new external id for another order; one that is here is not changed this way."),
)
UNKNOWN_SKU = Refusal(
    "unknown_sku",
    gettext_noop("No product has the SKU %(sku)s."),
    gettext_noop("Add it under Products, then send the order again."),
    status=422,
)
ALREADY_SHIPPED = Refusal(
    "already_shipped",
    gettext_noop("Order %(order)s has left the warehouse and cannot be cancelled."),
    gettext_noop("Agree with the customer how it comes back."),
)
ALREADY_CANCELLED = Refusal(
    "already_cancelled",
    gettext_noop("Order %(order)s is cancelled already."),
    gettext_noop("There is nothing left to do; its timeline says who cancelled it."),
)
ON_HOLD = Refusal(
    "on_hold", gettext_noop("Order %(order)s is on hold: %(reason)s."), gettext_noop("Release the hold first.")
)
WRONG_STATE = Refusal(
    "wrong_state",
    gettext_noop("Order %(order)s is “%(state)s”; this is not possible now."),
    gettext_noop("Look at its timeline to see what happened."),
)
ALREADY_PICKED = Refusal(
    "already_picked",
    gettext_noop("Units of order %(order)s are picked already; it cannot be changed now."),
    gettext_noop("Undo the scans on the floor first, or cancel the order."),
)
NOTHING_LEFT = Refusal(
    "nothing_left",
    gettext_noop("Nothing would be left of order %(order)s."),
    gettext_noop("Cancel the order instead."),
)
NO_SUCH_UNITS = Refusal(
    "no_such_units",
    gettext_noop("Order %(order)s has no such line, or not so many units of it."),
    gettext_noop("Load the order again and look at its lines."),
    status=422,
)
BRINGS_AGAIN = Refusal(
    "brings_again",
    gettext_noop("%(order)s only brings again what was bought with %(first)s: its lines and discount stay as they are."),
    gettext_noop("Cancel it and send again what is needed; its address can be changed."),
)
CREDITED = Refusal(
    "line_credited",
    gettext_noop("The channel cancelled %(qty)s units of %(sku)s; the line cannot have fewer."),
    gettext_noop("Leave at least so many units on the line."),
)
BUNDLE_IN_PART = Refusal(
    "bundle_in_part",
    gettext_noop("%(sku)s was sold as part of the bundle %(bundle)s, which is changed as a whole."),
    gettext_noop("Change the units of all its components alike, or take the bundle off."),
    status=422,
)
WAITED_FOR = Refusal(
    "waited_for",
    gettext_noop("Open orders wait for %(sku)s itself: %(orders)s."),
    gettext_noop("Change or cancel these orders first; orders placed later are opened into the components."),
)
TOO_MANY_UNITS = Refusal(
    "too_many_units",
    gettext_noop("The bundles of this order hold more units than an order can have."),
    gettext_noop("Order fewer of them at once."),
    status=422,
)
BELOW_NOTHING = Refusal(
    "total_below_nothing",
    gettext_noop("The order comes to less than nothing: more is let off than its lines and its shipping cost."),
    gettext_noop("Change its discount where it was placed, and send it again."),
    status=422,
)
TOO_MANY_TAGS = Refusal(
    "too_many_tags",
    gettext_noop("Order %(order)s has %(most)s tags already."),
    gettext_noop("Take one off first."),
)
NOT_ROUTED = Refusal(
    "not_routed",
    gettext_noop("This part of order %(order)s is held, or has no warehouse yet."),
    gettext_noop("Release its hold, or wait until it has its warehouse."),
)
NOT_WAITING = Refusal(
    "not_waiting",
    gettext_noop("This part of order %(order)s does not wait for stock."),
    gettext_noop("Load the order again and look at its holds."),
)
NOTHING_NEW = Refusal(
    "no_new_day",
    gettext_noop("There is no new day to promise for order %(order)s."),
    gettext_noop("Look at what is due under Stock."),
)
NOT_PARKED = Refusal(
    "not_parked",
    gettext_noop("This part of order %(order)s is not parked any more."),
    gettext_noop("Load the order again and look at where it goes."),
)
