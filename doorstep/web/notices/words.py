"""What notices are called, when they are due, and why some were not told."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.messaging.notices.values import NoticeKind, Way, Why

KINDS: dict[NoticeKind, tuple[str | Promise, str | Promise]] = {
    NoticeKind.CONFIRMED: (_("Order confirmed"), _("as soon as an order is placed")),
    NoticeKind.DELAYED_BEFORE_SHIPPING: (_("Delayed before shipping"), _("when an order cannot leave on the day it should")),
    NoticeKind.SHIPPED: (_("Shipped"), _("when a parcel is handed to its carrier")),
    NoticeKind.OUT_FOR_DELIVERY: (_("Out for delivery"), _("on the morning a parcel is brought")),
    NoticeKind.AVAILABLE_FOR_PICKUP: (_("Available for pick-up"), _("when a parcel waits to be collected")),
    NoticeKind.ATTEMPT_FAILED: (_("Delivery attempt failed"), _("when the carrier met nobody")),
    NoticeKind.DELIVERED: (_("Delivered"), _("when the carrier says it has arrived")),
    NoticeKind.DELAY: (_("Delayed in transit"), _("when a parcel is late or stands still")),
    NoticeKind.EXCEPTION: (_("Problem in transit"), _("when the carrier tells of a problem, or brings it back")),
    NoticeKind.PART_CANCELLED: (_("Items cancelled"), _("when part of an order could not be had in time")),
    NoticeKind.SENT_AGAIN: (_("Sent again"), _("as soon as somebody sends items again at no charge")),
}
WAYS = {Way.MAIL: _("E-mail"), Way.SMS: _("Text message")}
WHY = {
    Why.OLD: _("it had happened too long ago to be news"), Why.OPTED_OUT: _("the customer does not want them"),
    Why.UNTRUE: _("it was no longer true when quiet hours ended"), Why.OVERTAKEN: _("a later one said more"),
    Why.NO_WORDS: _("nothing in its text could be filled in"),
    Why.SAID_BEFORE: _("they were told of the same delay days ago"),
}  # fmt: skip
SOURCES = {
    "link": _("by the link in a mail"), "page": _("on the page of their order"), "mail": _("by answering a mail"),
    "sms": _("by answering a text"),
    "vendor": _("their network said so"), "staff": _("a colleague noted it"),
}  # fmt: skip
VARIABLES: dict[str, str | Promise] = {
    "customer.name": _("name of the customer"), "order.name": _("order number"), "order.items": _("list of the items"),
    "order.notes": _("what waits or is sent again"), "brand.name": _("name of the brand"), "brand.email": _("support address"),
    "tracking.link": _("tracking page; a button on a line of its own"), "tracking.carrier": _("carrier"),
    "tracking.number": _("tracking number"), "tracking.estimated": _("expected day"),
    "tracking.expected": _("when it should come, and how sure that is, in a sentence"),
    "tracking.place": _("place of the last scan"), "order.again": _("order of which items are sent again"),
    "tracking.said": _("what the carrier said"), "parcel.number": _("which parcel of several"),
    "parcel.count": _("of how many parcels"),
    "delay.reason": _("why it is late"), "delay.until": _("the new day"), "delay.items": _("list of the items that it is about"),
    "delay.next": _("what happens next, or what becomes of the money"), "choices.link": _("page to choose messages"),
}  # fmt: skip
