"""Orders that this place does not send, said where they are picked: on the page of a pick list and on the phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import reject as flow
from doorstep.fulfilment import queries
from doorstep.fulfilment.values import PickTaskRow
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.routing.values import Why
from doorstep.web.fulfilment import scans
from doorstep.web.orders import rerouting
from doorstep.web.parts.given import id_of, keepable, object_of
from doorstep.web.parts.pages import StaffRequest, page

REASON_WORDS = [(why.value, word) for why, word in rerouting.REASONS.items()]


@dataclass(frozen=True, slots=True)
class Rejectable:
    """An order on a list of which nothing is picked yet, with what it wants from here."""

    id: int
    order_name: str
    tasks: Sequence[PickTaskRow]


def rejectable(tasks: Sequence[PickTaskRow]) -> dict[int, Rejectable]:
    """The parts of a list that their place may still say no to."""
    found: dict[int, list[PickTaskRow]] = {}
    for task in tasks:
        found.setdefault(task.fulfilment_order_id, []).append(task)
    return {
        id: Rejectable(id, mine[0].order_name, mine)
        for id, mine in found.items()
        if not any(task.picked or task.on_hold for task in mine)
    }


@page("fulfilment:write")
def ask(request: StaffRequest, id: int, part: int) -> HttpResponse:
    """Why an order is not sent from here, and how much of it.  Refuses: parts of which something is picked."""
    row = queries.get_pick_list(request.ctx, pick_list_id=id)
    one = rejectable(queries.tasks_of(request.ctx, pick_list_id=id)).get(part)
    if one is None:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": part})
    location = locations.get(request.ctx, location_id=row.location_id)
    facts = {"row": row, "one": one, "location": location, "reject_reasons": REASON_WORDS}
    return render(request, "fulfilment/ask_reject.html", facts)


@page("fulfilment:write", methods=("POST",))
def reject(request: StaffRequest, id: int) -> HttpResponse:
    """The place does not send an order of a pick list, or units of it; they go from elsewhere.  Refuses: see `flows.reject`."""
    post = request.POST
    tasks = queries.tasks_of(request.ctx, pick_list_id=id)
    lines = orders.fulfilment_lines_of(request.ctx, fulfilment_order_ids=[id_of(post.get("part", ""))])
    units = {line.order_line_id: id_of(post.get(f"qty-{line.id}", "")) for line in lines}
    _reject(request, id, tasks, id_of(post.get("part", "")), post.get("reason", ""), post.get("note", ""), units)
    order_id = next(task.order_id for task in tasks if task.fulfilment_order_id == id_of(post.get("part", "")))
    messages.success(request, rerouting.what_became(request.ctx, order_id))
    return redirect("fulfilment:pick_list", id)


@page("fulfilment:write", methods=("POST",))
def reject_on_phone(request: StaffRequest, id: int) -> HttpResponse:
    """The same for a whole order, from the phone.  Answers as the scans do, and says what became of it."""
    told = object_of(request.body)
    part = told.get("part")
    if type(part) is not int:
        raise Refused(INVALID, {"field": "part", "problem": gettext_noop("is the order to be rejected")})
    tasks = queries.tasks_of(request.ctx, pick_list_id=id)
    _reject(request, id, tasks, part, str(told.get("reason", "")), str(told.get("note", "")), None)
    order_id = next(task.order_id for task in tasks if task.fulfilment_order_id == part)
    return JsonResponse({"says": rerouting.what_became(request.ctx, order_id), **scans.state_of(request.ctx, id)})


def _reject(
    request: StaffRequest, list_id: int, tasks: Sequence[PickTaskRow], part: int, reason: str, note: str,
    units: Mapping[int, int] | None,
) -> None:  # fmt: skip
    row = queries.get_pick_list(request.ctx, pick_list_id=list_id)
    if part not in {task.fulfilment_order_id for task in tasks}:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": part})
    flow.reject(
        request.ctx, fulfilment_order_id=part, location_id=row.location_id, note=keepable(note)[:500], units=units,
        reason=Why(reason) if reason in set(rerouting.REASONS) else Why.SHORT_PICK,
    )  # fmt: skip
