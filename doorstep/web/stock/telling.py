"""How stock speaks: events as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.stock import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import nothing
from doorstep.web.stock.words import reason_word


def _lines(event: Event) -> dict[str, Any]:
    return {"n": event.data.get("lines", "")}


def _state(event: Event) -> dict[str, Any]:
    return {"state": states.word_of("count_sheet", str(event.data.get("state", "")))}


def _reason(event: Event) -> str:
    return reason_word(str(event.data.get("reason", "")))


def register() -> None:
    """Teaches the timeline the events of stock."""
    timeline.register(
        {
            events.STOCK_CHANGED: timeline.Telling(
                _("changed the stock"), "packages", is_minor=True, facts=nothing, why=_reason
            ),
            events.STOCK_ARRIVED: timeline.Telling(
                _("brought units that may be promised"), "packages", states.DONE, facts=nothing, why=_reason
            ),
            events.COUNT_OPENED: timeline.Telling(
                _("started a count of %(n)s lines"), "list-check", states.MOVING, facts=_lines
            ),
            events.COUNTED: timeline.Telling(_("counted, lines: %(n)s"), "barcode", is_minor=True, facts=_lines),
            events.COUNT_DECIDED: timeline.Telling(
                _("approved differences, lines: %(n)s"), "check", states.DONE, facts=_lines
            ),
            events.RECOUNT_ASKED: timeline.Telling(
                _("asked for a recount, lines: %(n)s"), "refresh", states.WAITING, facts=_lines
            ),
            events.COUNT_ENDED: timeline.Telling(
                _("ended the count: %(state)s"), "circle-check", states.DONE, facts=_state
            ),
        }
    )
