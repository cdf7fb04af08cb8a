"""How timelines tell what was said to a customer and by whom."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.inbox import events
from doorstep.web.parts import states
from doorstep.web.parts.states import word_of
from doorstep.web.parts.timeline import Telling, only
from doorstep.web.parts.timeline import register as teach

_number = only("number")


def _state(event: Event) -> dict[str, Any]:
    return _number(event) | {"state": word_of("conversation", str(event.data.get("state", "")))}


def _name(event: Event) -> dict[str, Any]:
    return _number(event) | {"name": event.data.get("name") or "–"}


def _preview(event: Event) -> str:
    return str(event.data.get("preview") or "")


def register() -> None:
    """Teaches the timeline the events of conversations."""
    done, moving, waiting, broken = states.DONE, states.MOVING, states.WAITING, states.BROKEN
    teach(
        {
            events.CONVERSATION_OPENED: Telling(_("began conversation %(number)s"), "message", moving, facts=_number),
            events.MESSAGE_FILED: Telling(
                _("wrote in conversation %(number)s"), "message", waiting, facts=_number, why=_preview,
            ),
            events.REPLIED: Telling(_("answered in conversation %(number)s"), "send", done, facts=_number, why=_preview),
            events.NOTED: Telling(_("left a note in conversation %(number)s"), "note", facts=_number, why=_preview),
            events.STATE_CHANGED: Telling(
                _("made conversation %(number)s: %(state)s"), "inbox", facts=_state, is_minor=True,
            ),
            events.ASSIGNED: Telling(
                _("gave conversation %(number)s to %(name)s"), "user", facts=_name, is_minor=True,
            ),
            events.TAGGED: Telling(_("tagged conversation %(number)s"), "tag", facts=_number, is_minor=True),
            events.MARKED_SPAM: Telling(_("sorted conversation %(number)s"), "archive", facts=_number, is_minor=True),
            events.ORDER_LINKED: Telling(
                _("put conversation %(number)s beside the order"), "message", facts=_number, is_minor=True,
            ),
            events.MESSAGE_BOUNCED: Telling(
                _("could not be reached in conversation %(number)s"), "alert-triangle", broken, facts=_number,
            ),
        }
    )  # fmt: skip
