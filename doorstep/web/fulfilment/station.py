"""The station page: a browser that stands beside a printer and prints what comes."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import station
from doorstep.fulfilment import queries
from doorstep.fulfilment.values import PrintJobRow
from doorstep.shipping import queries as shipping
from doorstep.web.fulfilment.telling import DOCUMENTS
from doorstep.web.parts.pages import StaffRequest, page

STATES = ("queued", "printing", "printed", "failed", "unknown")
SHOWN = 12


@page("fulfilment:write")
def show(request: StaffRequest, id: int) -> HttpResponse:
    """The page that prints; leave it open on the computer of the printer."""
    row = station.open_station(request.ctx, printer_id=id)
    return render(request, "fulfilment/station.html", {"printer": row, **_jobs(request, id)})


@page("fulfilment:write")
def jobs(request: StaffRequest, id: int) -> HttpResponse:
    """What this printer printed last, and what waits."""
    station.printer_of(request.ctx, printer_id=id)
    return render(request, "fulfilment/station_jobs.html", _jobs(request, id))


def _jobs(request: StaffRequest, id: int) -> dict[str, Any]:
    newest = queries.newest_jobs(request.ctx, printer_id=id, limit=SHOWN)
    back = reverse("fulfilment:station", args=[id])
    return {"jobs": newest, "can_write": True, "wish": uuid.uuid4(), "back": back}


@page("fulfilment:write", methods=("POST",))
def take(request: StaffRequest, id: int) -> HttpResponse:
    """The next job for this browser, if any."""
    job = station.take(request.ctx, printer_id=id)
    if job is None:
        return JsonResponse({})
    count = len(station.pages(request.ctx, job=job))
    urls = [reverse("fulfilment:station_page", args=[id, job.id, n]) for n in range(count)]
    paper = "a4" if job.document == "pick_list" else "label"
    facts = {"id": job.id, "paper": paper, "pages": urls, "says": _says(request.ctx, job)}
    return JsonResponse({"job": facts})


def _says(ctx: Ctx, job: PrintJobRow) -> str:
    kind, _, id = job.subject.partition(":")
    parcel = shipping.parcels_by_id(ctx, ids=[int(id)]).get(int(id)) if kind == "parcel" else None
    about = (parcel.tracking_number or f"#{parcel.id}") if parcel else f"#{id}"
    return f"{DOCUMENTS.get(job.document, gettext('paper'))} {about}"


@page("fulfilment:write")
def paper(request: StaffRequest, id: int, job_id: int, number: int) -> HttpResponse:
    """One page of a job, to be printed."""
    found = station.pages(request.ctx, job=station.job_of(request.ctx, printer_id=id, print_job_id=job_id))
    if number >= len(found):
        raise Refused(NOT_FOUND, {"what": "print job", "key": job_id})
    return HttpResponse(found[number], content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@page("fulfilment:write", methods=("POST",))
def settle(request: StaffRequest, id: int, job_id: int) -> HttpResponse:
    """Notes that the print dialog is closed."""
    station.settle(request.ctx, printer_id=id, print_job_id=job_id, is_certain=request.POST.get("certain") == "yes")
    return JsonResponse({})
