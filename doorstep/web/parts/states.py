"""How states look: one tone, one icon and one word for each. Colour never stands alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

DONE, MOVING, WAITING, BROKEN, OVER = "done", "moving", "waiting", "broken", "over"


@dataclass(frozen=True, slots=True)
class Look:
    tone: str
    icon: str
    word: str | Promise


LOOKS: dict[str, dict[str, Look]] = {
    "order": {
        "open": Look(MOVING, "circle-check", _("Open")),
        "closed": Look(DONE, "circle-check", _("Closed")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
    },
    "payment": {
        "pending": Look(WAITING, "clock", _("Payment pending")),
        "authorised": Look(MOVING, "credit-card", _("Authorised")),
        "paid": Look(DONE, "credit-card", _("Paid")),
        "partially_refunded": Look(OVER, "arrow-back-up", _("Partially refunded")),
        "refunded": Look(OVER, "arrow-back-up", _("Refunded")),
        "voided": Look(OVER, "x", _("Voided")),
    },
    "fulfilment": {
        "unfulfilled": Look(WAITING, "box", _("Unfulfilled")),
        "partially_fulfilled": Look(MOVING, "package", _("Partially fulfilled")),
        "fulfilled": Look(MOVING, "truck-delivery", _("Fulfilled")),
        "delivered": Look(DONE, "check", _("Delivered")),
    },
    "fulfilment_order": {
        "open": Look(MOVING, "box", pgettext_lazy("fulfilment order", "Open")),
        "scheduled": Look(MOVING, "clock", _("Scheduled")),
        "on_hold": Look(WAITING, "hand-stop", _("On hold")),
        "in_progress": Look(MOVING, "list-check", _("In progress")),
        "incomplete": Look(WAITING, "alert-triangle", _("Incomplete")),
        "closed": Look(DONE, "check", _("Closed")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
    },
    "warehouse_request": {
        "wanted": Look(MOVING, "clock", _("Being asked")),
        "unknown": Look(WAITING, "help", _("No answer yet")),
        "submitted": Look(MOVING, "send", _("Sent to the warehouse")),
        "accepted": Look(MOVING, "list-check", _("Being worked on there")),
        "rejected": Look(BROKEN, "circle-x", _("Not taken on")),
        "cancelled": Look(OVER, "arrow-back-up", _("Called back")),
        "closed": Look(DONE, "check", _("Sent")),
    },
    "hold": {
        "awaiting_payment": Look(WAITING, "hand-stop", _("Awaiting payment")),
        "awaiting_return_items": Look(WAITING, "hand-stop", _("Awaiting return items")),
        "high_risk_of_fraud": Look(WAITING, "hand-stop", _("High risk of fraud")),
        "incorrect_address": Look(WAITING, "hand-stop", _("Incorrect address")),
        "inventory_out_of_stock": Look(WAITING, "hand-stop", _("Out of stock")),
        "unknown_delivery_date": Look(WAITING, "hand-stop", _("Unknown delivery date")),
        "operator": Look(WAITING, "hand-stop", _("Held by a person")),
        "other": Look(WAITING, "hand-stop", _("On hold")),
    },
    "count_sheet": {
        "open": Look(MOVING, "list-check", _("To count")),
        "review": Look(WAITING, "alert-triangle", _("To decide")),
        "closed": Look(DONE, "check", _("Closed")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
    },
    "count_line": {
        "to_count": Look(MOVING, "list-check", _("To count")),
        "waiting": Look(WAITING, "alert-triangle", _("To decide")),
        "booked": Look(DONE, "check", _("Booked")),
        "skipped": Look(OVER, "x", _("Not counted")),
    },
    "parcel": {
        "packed": Look(MOVING, "package", _("Packed")),
        "labelled": Look(MOVING, "tag", _("Labelled")),
        "handed_over": Look(MOVING, "truck-delivery", _("Handed over")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
    },
    "address": {
        "ok": Look(DONE, "check", _("Deliverable")),
        "suspicious": Look(WAITING, "alert-triangle", _("Look at it")),
        "undeliverable": Look(BROKEN, "circle-x", _("Undeliverable")),
    },
    "manifest": {
        "wanted": Look(MOVING, "clock", _("Being closed")),
        "closed": Look(DONE, "check", _("Closed")),
        "declined": Look(BROKEN, "circle-x", _("Declined")),
    },
    "label": {
        "wanted": Look(MOVING, "clock", _("Label wanted")),
        "bought": Look(DONE, "tag", _("Label bought")),
        "unknown": Look(WAITING, "help", _("Label unknown")),
        "declined": Look(BROKEN, "circle-x", _("Label declined")),
        "voided": Look(OVER, "x", _("Label voided")),
    },
    "label_file": {
        "wanted": Look(MOVING, "clock", _("On its way")),
        "kept": Look(DONE, "check", _("Kept")),
        "failed": Look(BROKEN, "circle-x", _("Did not come")),
        "erased": Look(OVER, "x", _("Erased")),
    },
    "money": {
        "wanted": Look(MOVING, "clock", _("Being asked")),
        "granted": Look(MOVING, "clock", _("Granted")),
        "by_hand": Look(WAITING, "hand-stop", _("To be paid out by a person")),
        "pending": Look(MOVING, "clock", _("Being paid out")),
        "succeeded": Look(DONE, "check", _("Done")),
        "failed": Look(BROKEN, "circle-x", _("Failed")),
        "unknown": Look(WAITING, "help", _("Unknown, being looked up")),
    },
    "tracking": {
        "pre_transit": Look(MOVING, "tag", _("Label made")),
        "in_transit": Look(MOVING, "truck", _("In transit")),
        "out_for_delivery": Look(MOVING, "truck-delivery", _("Out for delivery")),
        "available_for_pickup": Look(WAITING, "building-store", _("Ready for pickup")),
        "attempt_failed": Look(WAITING, "alert-triangle", _("Attempt failed")),
        "delivered": Look(DONE, "check", _("Delivered")),
        "delayed": Look(WAITING, "clock", _("Delayed")),
        "exception": Look(BROKEN, "alert-triangle", _("Exception")),
        "return_to_sender": Look(BROKEN, "truck-return", _("Returning to sender")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
        "expired": Look(OVER, "x", _("Expired")),
        "unknown": Look(WAITING, "help", _("Unknown")),
    },
    "pick_list": {
        "open": Look(MOVING, "list", _("To pick")),
        "in_progress": Look(MOVING, "list-check", _("In progress")),
        "picked": Look(DONE, "checklist", _("Picked")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
    },
    "wave": {
        "released": Look(MOVING, "packages", _("Released")),
        "in_progress": Look(MOVING, "list-check", _("In progress")),
        "picked": Look(DONE, "checklist", _("Picked")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
    },
    "print": {
        "queued": Look(MOVING, "clock", _("Queued")),
        "printing": Look(MOVING, "printer", _("Printing")),
        "printed": Look(DONE, "printer", _("Printed")),
        "failed": Look(BROKEN, "alert-triangle", _("Failed")),
        "unknown": Look(WAITING, "help", _("Unknown")),
    },
    "message": {
        "queued": Look(MOVING, "clock", _("Queued")),
        "sending": Look(MOVING, "send", _("Sending")),
        "sent": Look(DONE, "check", _("Sent")),
        "failed": Look(BROKEN, "alert-triangle", _("Failed")),
        "unknown": Look(WAITING, "help", _("Unknown")),
    },
    "conversation": {
        "open": Look(WAITING, "inbox", _("Open")),
        "pending": Look(MOVING, "clock", _("Answered")),
        "snoozed": Look(OVER, "moon", _("Snoozed")),
        "resolved": Look(DONE, "check", _("Resolved")),
    },
    "channel": {
        "mail": Look(OVER, "mail", _("E-mail")),
        "chat": Look(OVER, "message", _("Chat")),
        "sms": Look(OVER, "message", _("Text message")),
        "marketplace": Look(OVER, "building-store", _("Marketplace")),
    },
    "clock": {
        "active": Look(MOVING, "clock", _("On time")),
        "at_risk": Look(WAITING, "clock", _("Due soon")),
        "missed": Look(BROKEN, "alert-triangle", _("Overdue")),
        "hit": Look(DONE, "check", _("Answered in time")),
        "paused": Look(OVER, "player-pause", _("Paused")),
    },
    "arrival": {
        "received": Look(MOVING, "inbox", _("Received")),
        "processed": Look(DONE, "check", _("Processed")),
        "refused": Look(WAITING, "hand-stop", _("Refused")),
        "failed": Look(BROKEN, "alert-triangle", _("Failed")),
        "ignored": Look(OVER, "x", _("Ignored")),
    },
    "product": {
        "active": Look(DONE, "check", _("Active")),
        "draft": Look(WAITING, "pencil", _("Draft")),
        "archived": Look(OVER, "archive", _("Archived")),
    },
    "bulk": {
        "queued": Look(MOVING, "clock", _("Queued")),
        "running": Look(MOVING, "refresh", _("Running")),
        "done": Look(DONE, "check", _("Done")),
        "failed": Look(BROKEN, "alert-triangle", _("Failed")),
    },
    "return": {
        "requested": Look(MOVING, "clock", _("Requested")),
        "needs_review": Look(WAITING, "eye", _("To review")),
        "approved": Look(DONE, "check", _("Approved")),
        "declined": Look(OVER, "circle-x", _("Declined")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
        "expired": Look(OVER, "x", _("Expired")),
    },
    "return_goods": {
        "none": Look(OVER, "dots", _("Nothing sent yet")),
        "label_issued": Look(MOVING, "tag", _("Label issued")),
        "in_transit": Look(MOVING, "truck-return", _("On the way back")),
        "partially_received": Look(WAITING, "package", _("Partly received")),
        "received": Look(WAITING, "package", _("Received")),
        "inspected": Look(MOVING, "search", _("Inspected")),
        "processed": Look(MOVING, "checklist", _("Processed")),
        "closed": Look(DONE, "check", _("Closed")),
    },
    "return_money": {
        "none": Look(OVER, "dots", _("No money granted")),
        "granted": Look(MOVING, "arrow-back-up", _("Refund granted")),
        "pending": Look(MOVING, "clock", _("Refund pending")),
        "succeeded": Look(DONE, "arrow-back-up", _("Refunded")),
        "failed": Look(BROKEN, "alert-triangle", _("Refund failed")),
        "unknown": Look(WAITING, "help", _("Refund unknown")),
    },
    "return_action": {
        "approve": Look(DONE, "check", _("Approve")),
        "ask": Look(MOVING, "help", _("Ask first")),
        "review": Look(WAITING, "eye", _("A person decides")),
        "reject": Look(OVER, "circle-x", _("Decline")),
    },
    "key": {
        "active": Look(DONE, "key", _("In use")),
        "revoked": Look(OVER, "x", _("Revoked")),
    },
    "connection": {
        "active": Look(DONE, "plug-connected", _("Connected")),
        "paused": Look(OVER, "player-pause", _("Paused")),
        "failing": Look(BROKEN, "alert-triangle", _("Failing")),
    },
    "listing": {
        "told": Look(DONE, "check", _("Told")),
        "behind": Look(MOVING, "clock", _("Being told")),
        "waiting": Look(MOVING, "clock", _("Waits for its number")),
        "failing": Look(BROKEN, "alert-triangle", _("Not taken")),
        "unmapped": Look(WAITING, "link", _("To map")),
        "ignored": Look(OVER, "x", _("Ignored")),
        "ended": Look(OVER, "x", _("Ended")),
    },
    "number": {
        "taken": Look(DONE, "check", _("Shown")),
        "stale": Look(MOVING, "refresh", _("Showed another number")),
        "gone": Look(BROKEN, "alert-triangle", _("Not there")),
        "declined": Look(BROKEN, "alert-triangle", _("Not taken")),
    },
    "webhook": {
        "active": Look(DONE, "check", _("In use")),
        "paused": Look(OVER, "player-pause", _("Paused")),
        "failing": Look(BROKEN, "alert-triangle", _("Failing")),
    },
    "expected_delivery": {
        "expected": Look(MOVING, "truck", _("Expected")),
        "partially_received": Look(WAITING, "package", _("Partly received")),
        "received": Look(DONE, "check", _("All received")),
        "closed_short": Look(OVER, "alert-triangle", _("Closed short")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
    },
    "transfer": {
        "draft": Look(WAITING, "pencil", _("Draft")),
        "in_transit": Look(MOVING, "truck", _("In transit")),
        "partially_received": Look(WAITING, "package", _("Partly received")),
        "received": Look(DONE, "check", _("All received")),
        "cancelled": Look(OVER, "circle-x", _("Cancelled")),
    },
    "delivery": {
        "pending": Look(MOVING, "clock", _("Waiting")),
        "delivered": Look(DONE, "check", _("Delivered")),
        "dead": Look(BROKEN, "alert-triangle", _("Given up")),
    },
}  # fmt: skip


# The machines whose states a refusal about something names, by what it calls it.
OF_REFUSALS: dict[str, tuple[str, ...]] = {
    "order": ("order", "fulfilment"), "fulfilment order": ("fulfilment_order",), "payment": ("payment",),
    "parcel": ("parcel",), "label": ("label",), "label file": ("label_file",), "payment call": ("money",),
    "pick list": ("pick_list",),
    "print job": ("print",), "conversation": ("conversation",), "expected delivery": ("expected_delivery",),
    "transfer": ("transfer",), "return": ("return", "return_goods"), "count sheet": ("count_sheet",),
    "count line": ("count_line",), "request to a warehouse": ("warehouse_request",),
}  # fmt: skip


def called(what: str, state: str) -> str:
    """What pages call a state of what a refusal is about, in the reader's language; "" where they have no word."""
    found = [LOOKS[kind][state] for kind in OF_REFUSALS.get(what, ()) if state in LOOKS[kind]]
    return str(found[0].word) if found else ""


def of_parcel(state: str, status: str) -> Look:
    """A parcel at a glance: where it is once it has left, and only that it has left until its carrier says more."""
    return look_of("tracking", status) if state == "handed_over" and status != "pre_transit" else look_of("parcel", state)


def word_of(kind: str, state: str) -> str:
    """Only the word of a state, in the reader's language."""
    return str(look_of(kind, str(state)).word)


def look_of(kind: str, state: str) -> Look:
    """How one state of one machine looks; a state that nobody described is grey and says its own name.

    Raises: KeyError for a machine that nobody described.
    """
    found = LOOKS[kind].get(state)
    return found or Look(OVER, "dots", state.replace("_", " ").capitalize())
