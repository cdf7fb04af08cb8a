"""How timelines tell of the till."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.payments import events
from doorstep.web.parts import states, timeline


def register() -> None:
    """Makes the facts of the till sentences."""
    timeline.register(
        {
            events.TILL_OPENED: timeline.Telling(_("opened the till"), "building-store"),
            events.TILL_CLOSED: timeline.Telling(_("counted and closed the till"), "check", states.DONE),
            events.TILL_PAPER_CHANGED: timeline.Telling(_("changed what receipts say"), "receipt"),
            events.TILL_CHARGED: timeline.Telling(_("took a card at the till"), "credit-card", states.DONE),
            events.TILL_DECLINED: timeline.Telling(_("had a card declined at the till"), "credit-card", states.BROKEN),
        }
    )
