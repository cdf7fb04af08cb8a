"""Shipments: numbers of labels that were bought elsewhere, and codes that our tables do not know."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from doorstep.accounts import queries as accounts
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import ship, tracking
from doorstep.shipping import codes, queries
from doorstep.shipping.port import carriers
from doorstep.shipping.values import TrackingStatus
from doorstep.web.parts.given import day_of, id_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.views import back_to


@page("fulfilment:write", methods=("POST",))
def type_number(request: StaffRequest, id: int) -> HttpResponse:
    """Puts a number on a parcel whose label was bought elsewhere; with `left`, it is handed over in the same step."""
    carrier_id = id_of(request.POST.get("carrier", ""))
    if not any(row.id == carrier_id for row in queries.list_carriers(request.ctx)):
        raise Refused(NOT_FOUND, {"what": "carrier", "key": carrier_id})
    on = day_of(request.POST.get("sent_on", ""))
    zone = ZoneInfo(accounts.organisation(request.ctx).timezone)
    since = datetime.combine(on, time(0), tzinfo=zone).astimezone(UTC) if on else None
    ship.type_number(
        request.ctx, parcel_id=id, carrier_id=carrier_id, number=request.POST.get("number", ""),
        service=request.POST.get("service", "").strip(), since=since, left=request.POST.get("left") == "1",
    )  # fmt: skip
    messages.success(request, gettext("The number is on the parcel. It is tracked from now on."))
    return HttpResponseRedirect(back_to(request, f"/shipments/{id}/"))


@page("fulfilment:read")
def unknown_codes(request: StaffRequest) -> HttpResponse:
    """Codes that nobody knows, the most frequent first, and what the brand said that others mean."""
    facts = {
        "codes": [(row, carriers.title_of(row.provider)) for row in codes.list_unknown(request.ctx)],
        "meanings": [(row, carriers.title_of(row.provider)) for row in codes.list_meanings(request.ctx)],
        "statuses": [s.value for s in TrackingStatus if s is not TrackingStatus.UNKNOWN],
        "can_write": request.may("settings:write"),
    }
    return render(request, "shipments/codes.html", facts)


@page("settings:write", methods=("POST",))
def name_code(request: StaffRequest) -> HttpResponse:
    """Says what a code means, for this brand."""
    given = {name: request.POST.get(name, "").replace("\x00", "") for name in ("provider", "code", "status")}
    told = tracking.name_code(request.ctx, provider=given["provider"], raw_code=given["code"], status=given["status"])
    words = ngettext(
        "From now on that is what it means; %(n)s parcel was read anew.",
        "From now on that is what it means; %(n)s parcels were read anew.",
        told,
    )
    messages.success(request, words % {"n": told})
    return redirect("shipments:codes")
