"""How the floor speaks: events as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.fulfilment import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.telling import changes
from doorstep.web.parts.timeline import Telling, nothing, only, problem

DOCUMENTS = {"label": _("the label"), "slip": _("the packing slip"), "pick_list": _("the pick list")}


def _paper(event: Event) -> dict[str, Any]:
    document = str(event.data.get("document", ""))
    return {"document": str(DOCUMENTS.get(document, document or gettext("paper")))}


def _short(event: Event) -> str:
    bin = event.data.get("bin", "")
    return gettext("Bin %(bin)s held no more.") % {"bin": bin} if bin else ""


def _to_put_back(event: Event) -> str:
    units = int(event.data.get("to_put_back") or 0)
    said = ngettext("%(n)s picked unit is to be put back.", "%(n)s picked units are to be put back.", units)
    return said % {"n": units} if units else ""


def _bin(event: Event) -> str:
    return gettext("Bin %(bin)s") % {"bin": event.data["bin"]} if event.data["bin"] else ""


def _gift(event: Event) -> str:
    return gettext("It is a gift now.") if event.data.get("gift") else gettext("It is no gift any more.")


TOLD = {
    events.LISTED: Telling(
        _("put it on pick list %(list)s"), "list", states.MOVING,
        facts=lambda event: {"list": f"#{event.data.get('pick_list_id', '')}"},
    ),
    events.UNLISTED: Telling(
        _("took it off the pick list"), "list", states.WAITING, facts=nothing, why=_to_put_back
    ),
    events.WAVE_RELEASED: Telling(
        _("released %(orders)s orders on %(lists)s lists"), "packages", states.MOVING
    ),
    events.WAVE_CANCELLED: Telling(_("called off %(lists)s lists"), "circle-x", states.OVER),
    events.PICK_RULES_SET: Telling(
        _("changed how orders are picked here"), "adjustments", why=lambda e: changes(e.data["before"], e.data["after"])
    ),
    events.PUT_AWAY: Telling(_("put %(qty)s × %(sku)s away in bin %(bin)s"), "box", states.DONE),
    events.PUT_BACK: Telling(
        _("put %(qty)s × %(sku)s back"), "arrow-back-up", states.DONE, facts=only("qty", "sku"), why=_bin
    ),
    events.PICKING_STARTED: Telling(
        _("started to pick"), "player-play", states.MOVING, facts=nothing
    ),
    events.LINE_PICKED: Telling(
        _("picked %(qty)s × %(sku)s"), "barcode", is_minor=True,
        facts=only("qty", "sku"),
    ),
    events.PICKED: Telling(_("picked every unit"), "checklist", states.DONE, facts=nothing),
    events.SCAN_UNDONE: Telling(
        _("took back a scan of %(sku)s"), "arrow-back-up", states.WAITING, facts=only("sku")
    ),
    events.SHORT: Telling(
        _("found %(found)s of %(wanted)s × %(sku)s"), "alert-triangle", states.WAITING, why=_short
    ),
    events.GIFT_CHANGED: Telling(
        _("changed whether it is a gift"), "rosette", facts=nothing, why=_gift
    ),
    events.BOX_ADDED: Telling(_("added the box %(name)s"), "box", facts=only("name")),
    events.BOX_CHANGED: Telling(_("changed the box %(name)s"), "box", facts=only("name")),
    events.PRINT_WANTED: Telling(
        _("wants %(document)s on paper"), "printer", facts=_paper, is_minor=True
    ),
    events.PRINTED: Telling(_("printed %(document)s"), "printer", states.DONE, facts=_paper),
    events.PRINT_UNKNOWN: Telling(
        _("does not know whether %(document)s was printed"), "help", states.WAITING, facts=_paper, why=problem
    ),
    events.PRINT_FAILED: Telling(
        _("could not print %(document)s"), "alert-triangle", states.BROKEN, facts=_paper, why=problem
    ),
}  # fmt: skip


def register() -> None:
    """Teaches the timeline the floor's events."""
    timeline.register(TOLD)
