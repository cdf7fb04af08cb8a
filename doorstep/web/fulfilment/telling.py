"""How the floor speaks: events as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.fulfilment import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.telling import changes
from doorstep.web.parts.timeline import nothing

DOCUMENTS = {"label": _("the label"), "slip": _("the packing slip"), "pick_list": _("the pick list")}


def _paper(event: Event) -> dict[str, Any]:
    document = str(event.data.get("document", ""))
    return {"document": str(DOCUMENTS.get(document, document or gettext("paper")))}


def _problem(event: Event) -> str:
    problem = str(event.data.get("problem") or "")
    return gettext(problem) if problem else ""


def _short(event: Event) -> str:
    bin = event.data.get("bin", "")
    return gettext("Bin %(bin)s held no more.") % {"bin": bin} if bin else ""


def _to_put_back(event: Event) -> str:
    units = int(event.data.get("to_put_back") or 0)
    said = ngettext("%(n)s picked unit is to be put back.", "%(n)s picked units are to be put back.", units)
    return said % {"n": units} if units else ""


def _put_back(event: Event) -> dict[str, Any]:
    return {"qty": event.data["qty"], "sku": event.data["sku"]}


def _bin(event: Event) -> str:
    return gettext("Bin %(bin)s") % {"bin": event.data["bin"]} if event.data["bin"] else ""


def _gift(event: Event) -> str:
    return gettext("It is a gift now.") if event.data.get("gift") else gettext("It is no gift any more.")


def _named(event: Event) -> dict[str, Any]:
    return {"name": event.data.get("name", "")}


def register() -> None:
    """Teaches the timeline the floor's events."""
    timeline.register(
        {
            events.LISTED: timeline.Telling(
                _("put it on pick list %(list)s"), "list", states.MOVING,
                facts=lambda event: {"list": f"#{event.data.get('pick_list_id', '')}"},
            ),
            events.UNLISTED: timeline.Telling(
                _("took it off the pick list"), "list", states.WAITING, facts=nothing, why=_to_put_back
            ),
            events.WAVE_RELEASED: timeline.Telling(
                _("released %(orders)s orders on %(lists)s lists"), "packages", states.MOVING
            ),
            events.WAVE_CANCELLED: timeline.Telling(_("called off %(lists)s lists"), "circle-x", states.OVER),
            events.PICK_RULES_SET: timeline.Telling(
                _("changed how orders are picked here"), "adjustments", why=lambda e: changes(e.data["before"], e.data["after"])
            ),
            events.PUT_AWAY: timeline.Telling(_("put %(qty)s × %(sku)s away in bin %(bin)s"), "box", states.DONE),
            events.PUT_BACK: timeline.Telling(
                _("put %(qty)s × %(sku)s back"), "arrow-back-up", states.DONE, facts=_put_back, why=_bin
            ),
            events.PICKING_STARTED: timeline.Telling(
                _("started to pick"), "player-play", states.MOVING, facts=nothing
            ),
            events.LINE_PICKED: timeline.Telling(
                _("picked %(qty)s × %(sku)s"), "barcode", is_minor=True,
                facts=lambda event: {"qty": event.data.get("qty", ""), "sku": event.data.get("sku", "")},
            ),
            events.PICKED: timeline.Telling(_("picked every unit"), "checklist", states.DONE, facts=nothing),
            events.SCAN_UNDONE: timeline.Telling(
                _("took back a scan of %(sku)s"), "arrow-back-up", states.WAITING,
                facts=lambda event: {"sku": event.data.get("sku", "")},
            ),
            events.SHORT: timeline.Telling(
                _("found %(found)s of %(wanted)s × %(sku)s"), "alert-triangle", states.WAITING, why=_short
            ),
            events.GIFT_CHANGED: timeline.Telling(
                _("changed whether it is a gift"), "rosette", facts=nothing, why=_gift
            ),
            events.BOX_ADDED: timeline.Telling(_("added the box %(name)s"), "box", facts=_named),
            events.BOX_CHANGED: timeline.Telling(_("changed the box %(name)s"), "box", facts=_named),
            events.PRINT_WANTED: timeline.Telling(
                _("wants %(document)s on paper"), "printer", facts=_paper, is_minor=True
            ),
            events.PRINTED: timeline.Telling(_("printed %(document)s"), "printer", states.DONE, facts=_paper),
            events.PRINT_UNKNOWN: timeline.Telling(
                _("does not know whether %(document)s was printed"), "help", states.WAITING, facts=_paper, why=_problem
            ),
            events.PRINT_FAILED: timeline.Telling(
                _("could not print %(document)s"), "alert-triangle", states.BROKEN, facts=_paper, why=_problem
            ),
        }
    )  # fmt: skip
