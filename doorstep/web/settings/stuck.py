"""Settings page of what did not go on by itself: why, and once more."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import stuck
from doorstep.base.ctx import Ctx
from doorstep.base.stuck import Stuck
from doorstep.orders import queries as orders
from doorstep.web.parts import states, timeline
from doorstep.web.parts.given import ids_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.timeline import Telling
from doorstep.web.settings.views import show

MOST_SHOWN = 200

timeline.register({stuck.TRIED_AGAIN: Telling(_("let Doorstep try again what had failed"), "refresh", states.MOVING)})


def _lines(ctx: Ctx, rows: Sequence[Stuck]) -> list[dict[str, object]]:
    """Each with its sentence, and with its order where it stands on the page of one."""
    named = [row.event.timeline_id if row.event.timeline.startswith("order:") else 0 for row in rows]
    found = orders.orders_by_id(ctx, ids=named)
    whats = timeline.told([row.event for row in rows])
    return [
        {"id": row.event.id, "what": what, "problem": row.problem, "order": found.get(order_id)}
        for row, what, order_id in zip(rows, whats, named, strict=True)
    ]


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """What waits for a person, oldest first."""
    found = stuck.find(request.ctx, limit=MOST_SHOWN)
    return show(request, "stuck", {"lines": _lines(request.ctx, found), "count": stuck.count(request.ctx)})


@page("settings:write", methods=("POST",))
def try_again(request: StaffRequest) -> HttpResponse:
    """Once more, those that the form names."""
    n = stuck.try_again(request.ctx, ids=ids_of(request.POST.getlist("row")[:MOST_SHOWN]))
    if n:
        says = ngettext("Doorstep tries it again now.", "Doorstep tries these %(n)s again now.", n) % {"n": n}
        messages.success(request, says)
    else:
        messages.info(request, gettext("There was nothing left to try again."))
    return redirect("settings:stuck")
