"""Hand-over: parcels go to the carrier, and stock leaves with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import ship
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.shipping import manifests, queries
from doorstep.shipping.values import LabelRow, ParcelRow
from doorstep.web.parts.given import ids_of
from doorstep.web.parts.pages import StaffRequest, page


@dataclass(frozen=True, slots=True)
class Line:
    """A parcel that has not left; `reason` says why it has to stay, empty when it may go."""

    parcel: ParcelRow
    order: OrderRow
    units: int
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at one location's door.  `unlisted`: parcels on no manifest, which none takes once they have left."""

    location: LocationRow
    ready: Sequence[Line]
    staying: Sequence[Line]
    unlisted: int

    @property
    def units(self) -> int:
        return sum(line.units for line in self.ready)


def places_of(ctx: Ctx) -> list[Place]:
    """Every location with parcels that have not left."""
    parcels = queries.on_the_floor(ctx)
    parts = orders.fulfilment_orders_by_id(ctx, ids=[p.fulfilment_order_id for p in parcels])
    known = orders.orders_by_id(ctx, ids=[p.order_id for p in parcels])
    labels = queries.live_labels_of(ctx, parcel_ids=[p.id for p in parcels])
    units: dict[int, int] = {}
    for held in queries.parcel_lines_of(ctx, parcel_ids=[p.id for p in parcels]):
        units[held.parcel_id] = units.get(held.parcel_id, 0) + held.qty
    unlisted = Counter[int]()
    for wait in manifests.waiting(ctx):
        unlisted[wait.location_id] += wait.parcels
    places = []
    for at in locations.list_locations(ctx):
        lines = []
        for parcel in parcels:
            if parcel.location_id != at.id:
                continue
            reason = _reason(parcel, labels.get(parcel.id), is_held=parts[parcel.fulfilment_order_id].state == "on_hold")
            lines.append(Line(parcel, known[parcel.order_id], units.get(parcel.id, 0), reason))
        if lines:
            ready, staying = [one for one in lines if not one.reason], [one for one in lines if one.reason]
            places.append(Place(at, ready, staying, unlisted[at.id]))
    return places


def _reason(parcel: ParcelRow, label: LabelRow | None, *, is_held: bool) -> str:
    """Why a parcel has to stay; empty when it may go."""
    if is_held:
        return "on_hold"
    if parcel.state == "packed":
        return "no_label"
    return "going_back" if label is not None and label.void_wanted_at is not None else ""


@page("fulfilment:read")
def _look(request: StaffRequest) -> HttpResponse:
    facts = {"places": places_of(request.ctx), "can_write": request.may("fulfilment:write")}
    return render(request, "fulfilment/hand_over.html", facts)


@page("fulfilment:write", methods=("POST",))
def _give(request: StaffRequest) -> HttpResponse:
    wanted = ids_of(request.POST.getlist("parcels"))[:500]
    if not wanted:
        raise Refused(INVALID, {"field": "parcels", "problem": gettext_noop("Tick at least one parcel.")})
    gone = len(ship.hand_over(request.ctx, parcel_ids=wanted))
    words = ngettext(
        "%(n)s parcel is with the carrier. Its stock has left.",
        "%(n)s parcels are with the carrier. Their stock has left.",
        gone,
    )
    messages.success(request, words % {"n": gone})
    return redirect("fulfilment:hand_over")


@page("fulfilment:read", methods=("GET", "HEAD", "POST"))
def hand_over(request: StaffRequest) -> HttpResponse:
    """Parcels at the door; POST gives the ticked ones to the carrier."""
    return _give(request) if request.method == "POST" else _look(request)
