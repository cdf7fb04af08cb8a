"""How partner warehouses speak: events as sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.fulfilment import events
from doorstep.fulfilment.warehouses import queries
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import Telling, nothing, only, problem
from doorstep.web.settings import telling

_who = only("warehouse")


def register() -> None:
    """Teaches the timeline the events of partner warehouses."""
    timeline.register(
        {
            events.WAREHOUSE_ASKED: Telling(_("asks %(warehouse)s to send it"), "send", is_minor=True, facts=_who),
            events.WAREHOUSE_TOOK: Telling(_("sent it to %(warehouse)s"), "send", states.MOVING, facts=_who),
            events.WAREHOUSE_ACCEPTED: Telling(_("works on it"), "list-check", states.MOVING, facts=nothing),
            events.WAREHOUSE_REJECTED: Telling(
                _("got no: %(warehouse)s does not take it on"), "circle-x", states.BROKEN, facts=_who, why=problem
            ),
            events.WAREHOUSE_UNKNOWN: Telling(
                _("does not know yet whether %(warehouse)s has it"), "help", states.WAITING, facts=_who, why=problem
            ),
            events.WAREHOUSE_RECALL_WANTED: Telling(
                _("calls it back from %(warehouse)s, to have it sent from elsewhere"), "arrow-back-up", states.WAITING, facts=_who
            ),
            events.WAREHOUSE_RECALLED: Telling(_("called it back from %(warehouse)s"), "arrow-back-up", states.OVER, facts=_who),
            events.WAREHOUSE_TOO_LATE: Telling(
                _("could not call it back from %(warehouse)s: it is being packed there"), "alert-triangle", states.BROKEN,
                facts=_who,
            ),
            events.WAREHOUSE_GAVE_BACK: Telling(
                _("gave it back"), "arrow-back-up", states.WAITING, facts=nothing, why=problem
            ),
            events.WAREHOUSE_DONE: Telling(
                _("has nothing of it left to send"), "check", states.DONE, is_minor=True, facts=nothing
            ),
            **telling.of(
                queries.WAREHOUSES, subscribed=_("told the warehouse where its webhooks go"),
                failing=_("did not reach the warehouse"),
            ),
        }
    )  # fmt: skip
