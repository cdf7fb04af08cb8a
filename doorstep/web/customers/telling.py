"""How the timeline tells what happened to customers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.customers import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.telling import changes
from doorstep.web.parts.timeline import nothing, only


def _why(event: Event) -> str:
    return changes(event.data["before"], event.data["after"])


def register() -> None:
    """Teaches the timeline the customers' events."""
    timeline.register(
        {
            events.CUSTOMER_CREATED: timeline.Telling(_("brought this customer for the first time"), "user-plus", states.DONE),
            events.CUSTOMER_IDENTIFIED: timeline.Telling(
                _("told another identity: %(kinds)s"), "key", is_minor=True,
                facts=lambda event: {"kinds": ", ".join(event.data["kinds"])},
            ),
            events.CUSTOMER_COMPLETED: timeline.Telling(
                _("told what was missing"), "pencil", is_minor=True, why=lambda event: changes(event.data["after"])
            ),
            events.CUSTOMER_EDITED: timeline.Telling(_("edited the customer"), "pencil", why=_why),
            events.CUSTOMERS_MERGED: timeline.Telling(
                _("merged %(name)s into this customer"), "users", states.DONE,
                facts=only("name"), why=lambda event: changes(event.data["after"]),
            ),
            events.MERGE_UNDONE: timeline.Telling(_("undid the merge"), "arrow-back-up", facts=nothing),
            events.CUSTOMER_NOTED: timeline.Telling(
                _("changed the note"), "note", why=lambda event: str(event.data["after"])
            ),
        }
    )  # fmt: skip
