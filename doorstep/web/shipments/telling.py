"""How shipping speaks: events as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.flows import exception_words
from doorstep.flows.exceptions import What
from doorstep.shipping import events, queries
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import nothing, only, problem
from doorstep.web.settings import telling


def _number(event: Event) -> dict[str, Any]:
    return {"number": event.data.get("tracking_number", "")}


def _language(event: Event) -> dict[str, Any]:
    return {"language": str(event.data.get("language", "")).upper()}


def _status(event: Event) -> dict[str, Any]:
    return {"status": states.look_of("tracking", str(event.data.get("status", ""))).word}


def _delay(event: Event) -> dict[str, Any]:
    kind = str(event.data.get("kind", ""))
    return {"what": exception_words.WORDS[What(kind)] if kind in set(What) else kind}


PARCELS = {
    events.PARCEL_PACKED: timeline.Telling(
        _("packed a parcel of %(weight)s g"), "package", states.MOVING,
        facts=lambda event: {"weight": event.data.get("weight_g", "")},
    ),
    events.PARCEL_CANCELLED: timeline.Telling(_("cancelled the parcel"), "circle-x", states.OVER, facts=nothing),
    events.PARCEL_HANDED_OVER: timeline.Telling(
        _("handed parcel %(number)s over to the carrier"), "truck-delivery", states.MOVING, facts=_number
    ),
    events.PARCEL_REFUSED: timeline.Telling(
        _("did not collect the parcel"), "alert-triangle", states.BROKEN, facts=nothing, why=problem
    ),
    events.PARCEL_TRACKED: timeline.Telling(
        _("told where the parcel is: %(status)s"), "truck", states.MOVING, facts=_status
    ),
    events.PARCEL_DELIVERED: timeline.Telling(_("delivered the parcel"), "check", states.DONE, facts=nothing),
    events.PARCEL_COMING_BACK: timeline.Telling(
        _("took parcel %(number)s from the customer"), "truck-return", states.MOVING, facts=_number
    ),
    events.PARCEL_BACK: timeline.Telling(_("brought the parcel back"), "check", states.DONE, facts=nothing),
    events.PARCEL_DECLARED: timeline.Telling(
        _("said what customs are told of the parcel"), "world", states.MOVING, facts=nothing
    ),
    events.PARCEL_DELAYED: timeline.Telling(
        _("found the parcel delayed: %(what)s"), "clock", states.WAITING, facts=_delay
    ),
    events.SCANS_SET_ASIDE: timeline.Telling(
        _("told scans of another parcel with the same number"), "help", states.WAITING, facts=nothing
    ),
    events.SCANS_TAKEN_BACK: timeline.Telling(
        _("said that the scans are of this parcel"), "check", states.DONE, facts=nothing
    ),
    events.NUMBER_TYPED: timeline.Telling(
        _("typed number %(number)s of a label that was bought elsewhere"), "pencil", states.MOVING, facts=_number
    ),
    events.ADDRESS_CHECKED: timeline.Telling(
        _("checked the address: %(state)s"), "map-pin", is_minor=True,
        facts=lambda event: {"state": states.look_of("address", str(event.data.get("state", ""))).word},
    ),
}  # fmt: skip
LABELS = {
    events.LABEL_WANTED: timeline.Telling(_("asked for a label"), "tag", is_minor=True, facts=nothing),
    events.LABEL_BOUGHT: timeline.Telling(_("bought the label %(number)s"), "tag", states.DONE, facts=_number),
    events.LABEL_FILE_KEPT: timeline.Telling(
        _("fetched the carrier's own label as %(language)s"), "download", is_minor=True, facts=_language
    ),
    events.LABEL_FILE_FAILED: timeline.Telling(
        _("got no file of the carrier's own label as %(language)s"), "alert-triangle", states.BROKEN,
        facts=_language, why=problem,
    ),
    events.LABEL_DECLINED: timeline.Telling(
        _("got no label: the carrier declined"), "circle-x", states.BROKEN, facts=nothing, why=problem
    ),
    events.LABEL_UNKNOWN: timeline.Telling(
        _("does not know yet whether the label was bought"), "help", states.WAITING, facts=nothing, why=problem
    ),
    events.VOID_WANTED: timeline.Telling(
        _("asked for the label to be voided"), "arrow-back-up", states.WAITING, facts=nothing
    ),
    events.LABEL_VOIDED: timeline.Telling(_("voided the label"), "arrow-back-up", states.OVER, facts=nothing),
    events.VOID_REFUSED: timeline.Telling(
        _("could not void the label"), "alert-triangle", states.BROKEN, facts=nothing
    ),
}  # fmt: skip
CARRIERS = {
    **telling.of(
        queries.CARRIERS, subscribed=_("told the carrier where its webhooks go"),
        failing=_("could not tell the carrier where its webhooks go"),
    ),
    events.CARRIER_PREFERRED: timeline.Telling(_("chose %(name)s to sell the labels"), "tag", states.DONE),
    events.CODE_NAMED: timeline.Telling(
        _("said what code %(code)s means"), "pencil", facts=only("code")
    ),
    events.RATES_SAVED: timeline.Telling(_("saved the rate sheet: %(services)s"), "tag", states.DONE),
    events.CUSTOMS_TERMS_SET: timeline.Telling(
        _("changed on which terms the brand exports"), "world", states.MOVING, facts=nothing
    ),
}  # fmt: skip
MANIFESTS = {
    events.MANIFEST_WANTED: timeline.Telling(
        _("closed the day of %(carrier)s: %(parcels)s parcels"), "checklist", states.MOVING
    ),
    events.MANIFEST_CLOSED: timeline.Telling(_("took the manifest"), "check", states.DONE, facts=nothing),
    events.MANIFEST_DECLINED: timeline.Telling(
        _("declined the manifest"), "alert-triangle", states.BROKEN, facts=nothing, why=problem
    ),
}  # fmt: skip


def register() -> None:
    """Teaches the timeline the events of parcels, labels, carriers and manifests."""
    timeline.register({**PARCELS, **LABELS, **CARRIERS, **MANIFESTS})
