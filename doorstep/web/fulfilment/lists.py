"""A pick list: what to fetch and from where, on the screen and on paper."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base import outbox
from doorstep.flows import printing
from doorstep.fulfilment import queries
from doorstep.fulfilment.values import PickTaskRow
from doorstep.locations import queries as locations
from doorstep.shipping import packing
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow
from doorstep.web.fulfilment import floor_map, lots, rejecting, wave_words
from doorstep.web.parts import timeline
from doorstep.web.parts.given import wish_of
from doorstep.web.parts.pages import StaffRequest, page


@dataclass(frozen=True, slots=True)
class Part:
    """One order on a pick list, and how far it is."""

    fulfilment_order_id: int
    order_id: int
    order_name: str
    units: int
    picked: int
    on_hold: bool
    parcel: ParcelRow | None

    @property
    def can_be_packed(self) -> bool:
        return self.picked == self.units and not self.on_hold and self.parcel is None


def parts_of(tasks: Sequence[PickTaskRow], parcels: dict[int, ParcelRow]) -> list[Part]:
    """The orders that a pick list serves, in the order in which they came.  Shapes: the last parcel of those wholly packed."""
    found: dict[int, list[PickTaskRow]] = {}
    for task in sorted(tasks, key=lambda task: task.fulfilment_order_id):
        found.setdefault(task.fulfilment_order_id, []).append(task)
    return [
        Part(
            id, mine[0].order_id, mine[0].order_name, sum(t.qty for t in mine), sum(t.picked for t in mine),
            mine[0].on_hold, parcels.get(id),
        )
        for id, mine in found.items()
    ]  # fmt: skip


@page("fulfilment:read")
def pick_list(request: StaffRequest, id: int) -> HttpResponse:
    """One pick list in the order of the walk."""
    row = queries.get_pick_list(request.ctx, pick_list_id=id)
    tasks = queries.tasks_of(request.ctx, pick_list_id=id)
    ids = [t.fulfilment_order_id for t in tasks]
    open_ = {row.fulfilment_order_id for row in packing.left_to_pack(request.ctx, fulfilment_order_ids=ids) if row.left}
    packed = shipping.live_parcels_of(request.ctx, fulfilment_order_ids=ids)
    parts = parts_of(tasks, {id: parcels[-1] for id, parcels in packed.items() if id not in open_})
    facts = {
        "row": row,
        "tasks": tasks,
        "lots": lots.words_for(request.ctx, location_id=row.location_id, tasks=tasks),
        "parts": parts,
        "rejectable": rejecting.rejectable(tasks),
        "next_to_pack": next((part for part in parts if part.can_be_packed), None),
        "location": locations.get(request.ctx, location_id=row.location_id),
        "map": floor_map.of_list(request.ctx, row, tasks),
        "method_word": wave_words.METHOD_WORDS.get(row.method, ""),
        "has_totes": any(task.tote for task in tasks),
        "jobs": queries.print_jobs_of(request.ctx, subjects=[f"pick_list:{id}"])[:5],
        "items": timeline.told(outbox.timeline(request.ctx, of=[f"pick_list:{id}"], limit=50)),
        "wish": uuid.uuid4(),
        "can_write": request.may("fulfilment:write"),
    }
    return render(request, "fulfilment/pick_list.html", facts)


@page("fulfilment:read")
def paper(request: StaffRequest, id: int) -> HttpResponse:
    """The pick list as a PDF."""
    data = printing.draw(request.ctx, document="pick_list", subject_id=id, language="pdf")
    return HttpResponse(
        data,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="pick-list-{id}.pdf"'},
    )


@page("fulfilment:write", methods=("POST",))
def print_list(request: StaffRequest, id: int) -> HttpResponse:
    """Prints the pick list at the printer of its location, once per wish."""
    printer = printing.print_pick_list(request.ctx, pick_list_id=id, wish=wish_of(request.POST))
    messages.success(request, gettext("The pick list goes to %(printer)s.") % {"printer": printer.name})
    return redirect("fulfilment:pick_list", id)
