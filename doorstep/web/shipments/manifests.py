"""The end of the day: one manifest per carrier and place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.flows import manifests as closing
from doorstep.locations import queries as locations
from doorstep.shipping import manifests
from doorstep.web.parts import cursor
from doorstep.web.parts.given import whole
from doorstep.web.parts.pages import StaffRequest, page

LIMIT = 50


@page("fulfilment:read")
def index(request: StaffRequest) -> HttpResponse:
    """What can be closed now, and the manifests before, newest first."""
    names = {row.id: row.name for row in locations.list_locations(request.ctx)}
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = manifests.list_manifests(request.ctx, before=after[0] if after else None, limit=LIMIT + 1)
    facts: dict[str, Any] = {
        "waiting": [{"row": row, "place": names.get(row.location_id, "")} for row in manifests.waiting(request.ctx)],
        "page": cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,)),
        "can_write": request.may("fulfilment:write"),
    }
    return render(request, "shipments/manifests.html", facts)


@page("fulfilment:write", methods=("POST",))
def close(request: StaffRequest) -> HttpResponse:
    """Closes a carrier's day at a place."""
    given = {name: whole(request.POST.get(name, "")) or 0 for name in ("location_id", "carrier_id")}
    made = manifests.want(request.ctx, location_id=given["location_id"], carrier_id=given["carrier_id"])
    messages.success(request, gettext("The carrier is being told; this changes by itself."))
    return redirect("shipments:manifest", made)


@page("fulfilment:read")
def manifest(request: StaffRequest, id: int) -> HttpResponse:
    """One manifest: what is on it, and what is missed."""
    row = manifests.get(request.ctx, manifest_id=id)
    found = manifests.parcels_on(request.ctx, manifest_id=id)
    facts = {"row": row, "on": [one for one in found if not one.off], "missed": [one for one in found if one.off]}
    return render(request, "shipments/manifest.html", facts)


@page("fulfilment:read")
def paper(request: StaffRequest, id: int) -> HttpResponse:
    """Its paper."""
    data = closing.draw(request.ctx, manifest_id=id)
    shown = {"Content-Disposition": f'inline; filename="manifest-{id}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=shown)
