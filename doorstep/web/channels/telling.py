"""How channels speak: events as sentences, and what became of an arrival in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.base.problems import in_words
from doorstep.channels import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import nothing, problem

TOPICS = {
    "orders/create": _("New order"), "orders/updated": _("Order changed"), "orders/cancelled": _("Order cancelled"),
    "orders/listed": _("Fetched from the shop"), "tracking": _("Tracking"), "payment": _("Payment"),
    "orders/import": _("Order from a file"), "moving_in.file": _("Imported file"),
    "refunds/create": _("Refund"), "inventory_levels/update": _("Number changed"), "products/create": _("New product"),
    "products/update": _("Product changed"), "products/delete": _("Product gone"),
    "order.created": _("New order"), "order.updated": _("Order changed"), "order.deleted": _("Order gone"),
    "product.created": _("New product"), "product.updated": _("Product changed"), "ping": _("First greeting"),
    "ORDER_CHANGE": _("Order changed"), "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": _("Number changed"),
    "FEED_PROCESSING_FINISHED": _("Numbers processed"),
}  # fmt: skip
WHAT = {
    "shipped": _("the tracking number"), "returned": _("what came back"), "refunded": _("what was refunded"),
    "cancelled": _("that the order was cancelled"), "opened": _("a return"), "called_off": _("that a return ended"),
}  # fmt: skip
OUTCOMES = ("received", "processed", "refused", "failed", "ignored")


@dataclass(frozen=True, slots=True)
class Said:
    """What became of an arrival, in the reader's words."""

    says: str
    next_step: str = ""
    trace: str = ""


def said(outcome: str, detail: Mapping[str, Any]) -> Said:
    """The sentence behind an outcome; empty where the outcome says enough."""
    if detail.get("says"):
        facts = in_words(detail.get("facts", {}))
        step = detail.get("next_step", "")
        return Said(gettext(detail["says"]) % facts, gettext(step) % facts if step else "")
    if outcome == "failed":
        return Said(
            gettext("Reading it broke off because of a mistake of ours; nothing of it was done."),
            gettext("Read it again. If it fails again, report the trace."),
            str(detail.get("trace", "")),
        )
    reason = detail.get("reason", "")
    return Said(gettext(reason) if reason else "")


def topic(name: str) -> str:
    """A topic in words; one that nobody knows says its own name."""
    return str(TOPICS.get(name, name or _("Unknown")))


def _what(event: Event) -> dict[str, Any]:
    return {"what": WHAT.get(str(event.data.get("verb", "")), WHAT["shipped"])}


def register() -> None:
    """Teaches the timeline the channels' events."""
    timeline.register(
        {
            events.CONNECTED: timeline.Telling(_("connected %(name)s"), "plug-connected", states.DONE),
            events.INTRODUCED: timeline.Telling(
                _("told the shop where its webhooks go"), "send", states.DONE, facts=nothing
            ),
            events.RENAMED: timeline.Telling(_("renamed it from %(was)s to %(is)s"), "pencil"),
            events.MOVED: timeline.Telling(_("moved it from %(was)s to %(is)s"), "pencil"),
            events.PAUSED: timeline.Telling(
                _("paused the connection"), "player-pause", states.WAITING, facts=nothing
            ),
            events.RESUMED: timeline.Telling(
                _("resumed the connection"), "player-play", states.DONE, facts=nothing
            ),
            events.FAILING: timeline.Telling(
                _("could not reach the shop"), "alert-triangle", states.BROKEN, facts=nothing, why=problem
            ),
            events.HOOK_REJECTED: timeline.Telling(
                _("turned away a webhook with a bad signature"), "shield-check", states.WAITING, facts=nothing,
                why=problem,
            ),
            events.FILES_CHANGED: timeline.Telling(_("said how the files of this channel look"), "file-import", facts=nothing),
            events.LISTING_LINKED: timeline.Telling(_("mapped %(title)s"), "link", states.DONE),
            events.LISTING_RULE_CHANGED: timeline.Telling(
                _("changed how much of the stock is shown"), "adjustments", facts=nothing
            ),
            events.HOOK_SILENT: timeline.Telling(
                _("heard nothing of new orders and told the shop again where its webhooks go"), "refresh", states.WAITING,
                facts=nothing,
            ),
            events.TOLD: timeline.Telling(
                _("told the shop %(what)s"), "send", states.DONE, facts=_what
            ),
            events.NOT_TOLD: timeline.Telling(
                _("could not tell the shop %(what)s"), "alert-triangle", states.BROKEN, facts=_what,
                why=problem,
            ),
        }
    )  # fmt: skip
