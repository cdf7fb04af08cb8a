"""How numbers speak: events as sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.messaging import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import Telling, nothing, only

_name = only("name")


def _number(event: Event) -> str:
    return str(event.data.get("number") or "")


def register() -> None:
    """Teaches the timeline the events of numbers."""
    timeline.register(
        {
            events.SMS_ACCOUNT_CONNECTED: Telling(_("connected %(name)s"), "plug-connected", states.DONE, _name, _number),
            events.SMS_ACCOUNT_CHANGED: Telling(_("changed how it is reached"), "pencil", facts=nothing, why=_number),
            events.SMS_ACCOUNT_RETIRED: Telling(_("took %(name)s out of use"), "archive", states.OVER, _name),
            events.SMS_ACCOUNT_RETURNED: Telling(_("took %(name)s back into use"), "player-play", states.DONE, _name),
            events.SMS_ACCOUNT_HOOK_REJECTED: Telling(
                _("turned away a call with a bad signature"), "shield-check", states.WAITING, facts=nothing
            ),
        }
    )  # fmt: skip
