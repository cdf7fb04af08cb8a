"""How the timeline tells the way of an order."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.money import Money, show
from doorstep.base.outbox import Event
from doorstep.flows import park
from doorstep.messaging import events as messaging
from doorstep.orders import events
from doorstep.orders.values import ReshipReason
from doorstep.web.orders.rerouting import rejected_words
from doorstep.web.parts import states
from doorstep.web.parts.states import look_of
from doorstep.web.parts.templatetags.parts import day
from doorstep.web.parts.timeline import Telling, nothing, only
from doorstep.web.parts.timeline import register as teach
from doorstep.web.routing.decided import sentence

MAILS = {
    "confirmed": _("confirmation"), "shipped": _("shipped"), "delivered": _("delivered"), "link": _("tracking link"),
    "cancelled": _("cancellation"),
    "returned": _("return"), "reply": _("answer in a conversation"), "code": _("code to send something back"),
    "promised": _("new day"), "wismo": _("where the order is"), "stalled": _("parcel without news"), "parked": _("waits for stock"),
    "delayed_before_shipping": _("Delayed before shipping"), "out_for_delivery": _("Out for delivery"),
    "available_for_pickup": _("Available for pick-up"), "attempt_failed": _("Delivery attempt failed"),
    "delay": _("Delayed in transit"), "exception": _("Problem in transit"),
    "part_cancelled": _("Items cancelled"), "sent_again": _("Sent again"),
}  # fmt: skip

RESHIP_REASONS: dict[ReshipReason, Promise] = {
    ReshipReason.LOST: _("Lost on the way"), ReshipReason.DAMAGED: _("Arrived damaged"),
    ReshipReason.MISSING: _("Something was missing"), ReshipReason.WRONG: _("The wrong thing was sent"),
    ReshipReason.OTHER: _("Other"),
}  # fmt: skip


def _reason(event: Event) -> dict[str, Any]:
    return {"reason": look_of("hold", event.data["reason"]).word}


def _note(event: Event) -> str:
    if event.data.get("reason") == park.REASON:
        return gettext("Nobody could send it in time.")
    return str(event.data.get("note") or event.data.get("problem") or event.data.get("reason") or "")


def _routed(event: Event) -> str:
    return sentence(event.data, gettext("This place"), {})


def _reshipped(event: Event) -> dict[str, Any]:
    address = reverse("orders:order", args=[event.data["reship_order_id"]])
    return {
        "units": sum(line["qty"] for line in event.data["lines"]),
        "name": format_html('<a href="{}">{}</a>', address, event.data["name"]),
    }


def _reshipped_why(event: Event) -> str:
    said = [str(RESHIP_REASONS[ReshipReason(event.data["reason"])]), event.data["note"]]
    return " · ".join(word for word in said if word)


def _mail(event: Event) -> dict[str, Any]:
    name = event.data.get("template", "")
    return {"mail": MAILS.get(name, name)}


def _priority(event: Event) -> dict[str, Any]:
    return {"priority": gettext("high") if event.data["priority"] == "high" else gettext("normal")}


def _promised(event: Event) -> dict[str, Any]:
    return {"day": day(date.fromisoformat(event.data["promised_on"]))}


def _slipped(event: Event) -> dict[str, Any]:
    on = event.data["expected_on"]
    return {"day": day(date.fromisoformat(on)) if on else gettext("no day is known")}


def _edited(event: Event) -> str:
    """What was before and is now, in short sentences."""
    data = event.data
    said = [f"{line['sku']}: {line['was']} → {line['is']}" for line in data["lines"]]
    if data["discount_was_minor"] != data["discount_minor"]:
        said.append(gettext("Discount: %(was)s → %(is)s") % _moved(data, "discount_was_minor", "discount_minor"))
    if data["difference_minor"]:
        said.append(gettext("Total: %(was)s → %(is)s") % _moved(data, "total_was_minor", "total_minor"))
    if data["address"]:
        addresses = {"was": _address(data["address_was"]), "is": _address(data["address"])}
        said.append(gettext("Address: %(was)s → %(is)s") % addresses)
    return "; ".join(said)


def _moved(data: dict[str, Any], was: str, now: str) -> dict[str, str]:
    language = get_language() or "en"
    return {name: show(Money(data[key], data["currency"]), language) for name, key in (("was", was), ("is", now))}


def _address(to: dict[str, Any]) -> str:
    words = [to["name"], *to["lines"], to["postal_code"], to["city"], to["country"]]
    return ", ".join(word for word in words if word)


def _parked(event: Event) -> str:
    on = event.data["cancel_at"]
    if not on:
        return gettext("It is never cancelled by itself.")
    return gettext("It is cancelled on %(day)s, unless units come.") % {"day": day(datetime.fromisoformat(on).date())}


def _rejected(event: Event) -> str:
    words = [str(rejected_words(event.data["reason"])), str(event.data.get("note") or "")]
    return " · ".join(word for word in words if word)


def _moved_why(event: Event) -> str:
    data = event.data
    if data.get("why") == "batch":
        saved = show(Money(data["saves_minor"], data["currency"]), get_language() or "en")
        return gettext("Looked at together with other orders, this saves %(saved)s.") % {"saved": saved}
    return str(data.get("note") or "")


def _held_why(event: Event) -> str:
    if event.data.get("rejected"):
        return gettext("%(why)s, and no other place has it.") % {"why": rejected_words(event.data["rejected"])}
    if event.data.get("no_location_can_serve"):
        return gettext("No place that serves this country has it.")
    if event.data.get("short_pick"):
        return gettext("A picker found too few, and no other place has it.")
    if event.data.get("promised_on"):
        return gettext("Promised from %(day)s") % {"day": day(date.fromisoformat(event.data["promised_on"]))}
    return str(event.data.get("note") or "")


TOLD = {
    events.ORDER_PLACED: Telling(_("brought the order"), "shopping-cart", states.DONE, facts=nothing),
    events.ORDER_HELD: Telling(
        _("put it on hold: %(reason)s"), "hand-stop", states.WAITING, facts=_reason, why=_held_why,
    ),
    events.HOLD_RELEASED: Telling(_("released the hold: %(reason)s"), "player-play", states.DONE, facts=_reason),
    events.ORDER_ROUTED: Telling(_("chose the warehouse"), "route", states.MOVING, facts=nothing, why=_routed),
    events.ORDER_CANCELLED: Telling(_("cancelled the order"), "circle-x", facts=nothing, why=_note),
    events.ORDER_FULFILLED: Telling(_("saw the whole order leave"), "truck-delivery", states.DONE, facts=nothing),
    events.ORDER_DELIVERED: Telling(_("saw the order delivered"), "check", states.DONE, facts=nothing),
    events.ORDER_PAID: Telling(_("marked the order as paid"), "credit-card", states.DONE, facts=nothing),
    events.LINE_CANCELLED: Telling(_("cancelled %(qty)s units of a line"), "circle-x", facts=only("qty")),
    events.ORDER_EDITED: Telling(_("changed the order"), "pencil", states.MOVING, facts=nothing, why=_edited),
    events.ORDER_SPLIT: Telling(
        _("let another place fulfil %(units)s units"), "route", states.MOVING, facts=only("units"), why=_note,
    ),
    events.ORDER_PARTED: Telling(_("made %(units)s units a part of their own"), "arrows-split", states.MOVING),
    events.ORDER_REJECTED: Telling(
        _("said that %(units)s units are not sent from there"), "circle-x", states.WAITING, facts=only("units"),
        why=_rejected,
    ),
    events.ORDER_MOVED: Telling(
        _("sends %(units)s units from elsewhere"), "route", states.MOVING, facts=only("units"), why=_moved_why,
    ),
    events.ORDER_PARKED: Telling(_("parked what nobody can send"), "player-pause", states.WAITING, facts=nothing, why=_parked),
    events.PARKING_CHANGED: Telling(_("set until when it may wait"), "clock", facts=nothing, why=_parked),
    events.PART_CANCELLED: Telling(_("cancelled what nobody could send"), "circle-x", facts=nothing, why=_note),
    events.RECIPIENT_SEALED: Telling(_("learned who gets it, and sealed that"), "lock", facts=nothing),
    events.RECIPIENT_ERASED: Telling(_("erased who got it, as the channel demands"), "lock", facts=nothing),
    events.ORDER_PRIORITISED: Telling(_("set the priority: %(priority)s"), "bolt", facts=_priority),
    events.ORDER_PROMISED: Telling(_("promised a new day: %(day)s"), "clock", states.MOVING, facts=_promised),
    events.PROMISE_SLIPPED: Telling(
        _("found that it will be later than promised: %(day)s"), "alert-triangle", states.BROKEN, facts=_slipped,
    ),
    events.ORDER_RESHIPPED: Telling(
        _("sends %(units)s units again at no charge, as %(name)s"), "package", states.MOVING, facts=_reshipped,
        why=_reshipped_why,
    ),
    events.NOTE_CHANGED: Telling(_("changed note and tags"), "note", facts=nothing, why=_note),
    messaging.MESSAGE_QUEUED: Telling(_("wrote the mail: %(mail)s"), "send", facts=_mail, is_minor=True),
    messaging.MESSAGE_SENT: Telling(_("sent the mail: %(mail)s"), "send", states.DONE, facts=_mail),
    messaging.MESSAGE_FAILED: Telling(
        _("could not send the mail: %(mail)s"), "alert-triangle", states.BROKEN, facts=_mail, why=_note,
    ),
    messaging.MESSAGE_UNKNOWN: Telling(
        _("does not know whether the mail was sent: %(mail)s"), "help", states.WAITING, facts=_mail, why=_note,
    ),
}  # fmt: skip


def register() -> None:
    """Teaches the timeline the events that stand on an order."""
    teach(TOLD)
