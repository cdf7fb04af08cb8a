"""The floor at a glance: what is to be picked, packed and handed over at each location."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries, wave_queries
from doorstep.fulfilment.values import PickListRow, PutBackRow
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.shipping import queries as shipping
from doorstep.web.parts.pages import StaffRequest, page

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Work:
    """What waits at one location, oldest first."""

    location: LocationRow
    to_pick: Sequence[PickListRow]
    in_progress: Sequence[PickListRow]
    to_pack: Sequence[dict[str, object]]
    unlabelled: int
    labelled: int
    to_put_back: Sequence[PutBackRow]
    mine: PickListRow | None = None  # what the person who asks has begun
    for_a_wave: int = 0  # orders that wait for a wave to be released

    @property
    def units_to_pick(self) -> int:
        return sum(row.units for row in self.to_pick)

    @property
    def packable(self) -> Sequence[dict[str, object]]:
        """What can be packed at once."""
        return [row for row in self.to_pack if not row["on_hold"]]

    @property
    def is_empty(self) -> bool:
        return not (
            self.to_pick or self.in_progress or self.to_pack or self.unlabelled or self.labelled or self.to_put_back
            or self.for_a_wave
        )  # fmt: skip


def work_of(ctx: Ctx) -> list[Work]:
    """Every location in use, and those out of use where something still waits; the busy ones first.

    Lists that the person who asks has begun stand before those of others.
    """
    me = ctx.actor.name[:120]
    lists = queries.list_pick_lists(ctx)
    begun = sorted((row for row in lists if row.state == "in_progress"), key=lambda row: row.picker_name != me)
    to_pack = queries.find_to_pack(ctx)
    parcels = shipping.count_on_the_floor(ctx)
    to_put_back = queries.list_to_put_back(ctx)
    every = locations.list_locations(ctx)
    rules = wave_queries.rules_of(ctx, location_ids=[at.id for at in every])
    by_wave = {id for id, one in rules.items() if one.planned}
    waiting = {id: n for id, n in wave_queries.count_open(ctx).items() if id in by_wave} if by_wave else {}
    found = [
        Work(
            at,
            [row for row in lists if row.location_id == at.id and row.state == "open"],
            [row for row in begun if row.location_id == at.id],
            [row for row in to_pack if row["location_id"] == at.id],
            parcels.get((at.id, "packed"), 0),
            parcels.get((at.id, "labelled"), 0),
            [row for row in to_put_back if row.location_id == at.id],
            next((row for row in begun if row.location_id == at.id and row.picker_name == me), None),
            waiting.get(at.id, 0),
        )
        for at in every
    ]
    return sorted((w for w in found if w.location.active or not w.is_empty), key=lambda w: w.is_empty)


@page("fulfilment:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every location and its work."""
    facts = {
        "work": work_of(request.ctx),
        "shown": SHOWN,
        "can_write": request.may("fulfilment:write"),
        "has_printer": any(row.active for row in queries.list_printers(request.ctx)),
        "has_carrier": shipping.find_default_carrier(request.ctx) is not None,
        "may_set": request.may("settings:write"),
    }
    return render(request, "fulfilment/index.html", facts)


@page("fulfilment:write", methods=("POST",))
def put_back(request: StaffRequest, id: int) -> HttpResponse:
    """Notes that picked units of a cancelled order lie on their shelf again."""
    row = fulfilment.put_back(request.ctx, task_id=id)
    messages.success(request, gettext("%(qty)s × %(sku)s: put back.") % {"qty": row.qty, "sku": row.sku})
    return redirect("fulfilment:index")
