"""How deliveries, transfers and lots speak: events as sentences."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.stock import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import nothing


def _units(event: Event) -> dict[str, Any]:
    return {"units": event.data.get("units", "")}


def _one(event: Event) -> dict[str, Any]:
    return {"sku": event.data.get("sku", ""), "qty": event.data.get("qty", "")}


def _of_lot(event: Event) -> dict[str, Any]:
    return {"qty": event.data.get("qty", "")}


def _reason(event: Event) -> str:
    return str(event.data.get("reason") or "")


def _day(text: str) -> str:
    if not text:
        return gettext("no day")
    locale = "ko" if (get_language() or "en").startswith("ko") else "en"
    return str(format_date(date.fromisoformat(text), {"en": "d MMM y", "ko": "y년 M월 d일"}[locale], locale=locale))


def _expected(event: Event) -> str:
    on = event.data.get("expected_on", "")
    return gettext("Expected on %(day)s") % {"day": _day(on)} if on else ""


def _changed(event: Event) -> str:
    if "was" not in event.data or event.data["was"] == event.data["expected_on"]:
        return ""
    facts = {"was": _day(event.data["was"]), "now": _day(event.data["expected_on"])}
    return gettext("Expected on %(was)s → %(now)s") % facts


def _received(event: Event) -> str:
    lines = ", ".join(f"{line['qty']} × {line['sku']}" for line in event.data.get("lines", [])[:10])
    over = int(event.data.get("over") or 0)
    more = ngettext("%(n)s more than expected", "%(n)s more than expected", over) % {"n": over} if over else ""
    return " · ".join(part for part in (lines, more, str(event.data.get("reasons") or "")) if part)


def _left_off(event: Event) -> str:
    left = int(event.data.get("left_off") or 0)
    return ngettext("%(n)s unit stayed behind", "%(n)s units stayed behind", left) % {"n": left} if left else ""


def _tracked(event: Event) -> str:
    kinds = [gettext("by lot")] * bool(event.data.get("by_lot")) + [gettext("by serial number")] * bool(
        event.data.get("by_serial")
    )
    return ", ".join(kinds) or gettext("not at all")


def register() -> None:
    """Teaches the timeline the events of what comes in."""
    t, done, moving, waiting = timeline.Telling, states.DONE, states.MOVING, states.WAITING
    timeline.register(
        {
            events.DELIVERY_EXPECTED: t(_("announced %(units)s units"), "truck", moving, facts=_units, why=_expected),
            events.DELIVERY_CHANGED: t(_("changed the delivery"), "pencil", facts=nothing, why=_changed),
            events.DELIVERY_RECEIVED: t(_("received %(units)s units"), "package", done, facts=_units, why=_received),
            events.DELIVERY_TAKEN_BACK: t(_("took back %(qty)s × %(sku)s"), "arrow-back-up", waiting, facts=_one),
            events.DELIVERY_CLOSED_SHORT: t(
                _("closed it with %(units)s units missing"), "alert-triangle", waiting, facts=_units, why=_reason
            ),
            events.DELIVERY_CANCELLED: t(_("cancelled the delivery"), "circle-x", facts=nothing, why=_reason),
            events.TRANSFER_DRAFTED: t(_("planned to move %(units)s units"), "pencil", facts=_units),
            events.TRANSFER_CHANGED: t(_("changed the transfer"), "pencil", facts=nothing),
            events.TRANSFER_SHIPPED: t(_("sent %(units)s units"), "truck", moving, facts=_units, why=_left_off),
            events.TRANSFER_RECEIVED: t(_("received %(units)s units"), "package", done, facts=_units, why=_received),
            events.TRANSFER_TAKEN_BACK: t(_("took back %(qty)s × %(sku)s"), "arrow-back-up", waiting, facts=_one),
            events.TRANSFER_LOST: t(
                _("wrote off %(units)s units as lost on the way"), "alert-triangle", waiting, facts=_units, why=_reason
            ),
            events.TRANSFER_CANCELLED: t(_("cancelled the transfer"), "circle-x", facts=nothing),
            events.INCOMING_CHANGED: t(_("changed what is to come"), "truck", facts=nothing, is_minor=True),
            events.TRACKING_CHANGED: t(_("changed how units are tracked"), "barcode", facts=nothing, why=_tracked),
            events.LOT_ASSIGNED: t(_("assigned %(qty)s units"), "tag", done, facts=_of_lot),
            events.LOT_CORRECTED: t(_("corrected the expiry date"), "pencil", facts=nothing, why=_changed),
            events.LOT_SET_ASIDE: t(_("moved %(qty)s units to quality control"), "eye", waiting, facts=_of_lot, why=_reason),
            events.LOT_WRITTEN_OFF: t(_("wrote off %(qty)s units"), "trash", states.BROKEN, facts=_of_lot, why=_reason),
        }
    )  # fmt: skip
