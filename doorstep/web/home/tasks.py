"""What waits for a person: take it, say what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base.outbox import Event
from doorstep.tasks import actions, events, queries
from doorstep.web.parts import states, task_words, timeline
from doorstep.web.parts.given import Known, unknown
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.timeline import Telling

MOST_SHOWN = 200
FILTERS: Mapping[str, Known] = {"mine": ("1",)}


def _kind(event: Event) -> dict[str, object]:
    return {"kind": task_words.word_of(event.data["kind"])}


def _outcome(event: Event) -> str:
    """What a person wrote, as it is; what Doorstep says, in the reader's language."""
    outcome = str(event.data["outcome"])
    return gettext(outcome) if outcome and event.data.get("by_itself") else outcome


timeline.register(
    {
        events.TASK_CREATED: Telling(_("asked a person: %(kind)s"), "checklist", states.WAITING, facts=_kind),
        events.TASK_ASSIGNED: Telling(_("took the task: %(kind)s"), "user", states.MOVING, facts=_kind, is_minor=True),
        events.TASK_PUT_OFF: Telling(_("waits with the task: %(kind)s"), "clock", states.MOVING, facts=_kind, is_minor=True),
        events.TASK_DONE: Telling(
            _("did the task: %(kind)s"), "check", states.DONE, facts=_kind, why=_outcome
        ),
        events.TASK_DROPPED: Telling(
            _("dropped the task: %(kind)s"), "x", states.OVER, facts=_kind, why=_outcome
        ),
    }
)


@page("orders:read")
def index(request: StaffRequest) -> HttpResponse:
    """Open tasks, those due first at the top; `?mine=1` only one's own."""
    mine = request.GET.get("mine") == "1"
    rows = queries.list_open(request.ctx, owner_id=request.staff.user_id if mine else None, limit=MOST_SHOWN)
    names = {member.user_id: member.called for member in accounts.list_staff(request.ctx)}
    facts = {
        "lines": [{"told": line, "owner": names.get(line.row.owner_id or 0, "")} for line in task_words.told(rows)],
        "count": queries.count_open(request.ctx), "mine": mine, "can_write": request.may("orders:write"),
        "me": request.staff.user_id, "unknown": unknown(request.GET, FILTERS),
    }  # fmt: skip
    return render(request, "home/tasks.html", facts)


@page("orders:write", methods=("POST",))
def take(request: StaffRequest, id: int) -> HttpResponse:
    """Makes a task one's own."""
    actions.assign(request.ctx, task_id=id, owner_id=request.staff.user_id)
    return redirect("tasks")


@page("orders:write", methods=("POST",))
def end(request: StaffRequest, id: int) -> HttpResponse:
    """Says that a task is done, or not worth doing, and what came of it."""
    dropped = request.POST.get("dropped") == "1"
    outcome = request.POST.get("outcome", "").replace("\x00", "").strip()[:2000]
    actions.end(request.ctx, task_id=id, outcome=outcome, dropped=dropped)
    messages.success(request, gettext("The task is dropped.") if dropped else gettext("The task is done."))
    return redirect("tasks")
