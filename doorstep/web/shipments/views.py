"""Shipments: every parcel, its label, and where its carrier says it is."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from doorstep.accounts.rules import require_choice
from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.flows import declare, printing, tracking
from doorstep.flows import label_files as files
from doorstep.fulfilment import queries as floor
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.shipping import actions as shipping
from doorstep.shipping import label_files, queries
from doorstep.shipping.port import sells
from doorstep.shipping.terms import EEI_NEEDED
from doorstep.shipping.values import NO_CARRIER, ON_THE_FLOOR, ParcelFilter, ParcelRow, ParcelState, TrackingStatus
from doorstep.web.parts import cursor, listing, timeline
from doorstep.web.parts.given import wish_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.views import back_to
from doorstep.web.shipments import exceptions, rating
from doorstep.web.shipments import listing as parcels

LIMIT = 50
DOCUMENTS = ("label", "slip")


def label_facts(ctx: Ctx, parcel: ParcelRow) -> dict[str, Any]:
    """What templates show of a parcel's label and its paper, and what can be done about them."""
    labels = queries.labels_of(ctx, parcel_ids=[parcel.id])
    live = queries.live_labels_of(ctx, parcel_ids=[parcel.id]).get(parcel.id)
    label = live or (labels[0] if labels else None)
    bought = label is not None and label.state == "bought"
    carriers = queries.list_carriers(ctx)
    return {
        "label": label,
        "files": label_files.files_of(ctx, label_ids=[label.id]) if label and bought else [],
        "label_cost": Money(label.cost_minor, label.cost_currency) if label and bought else None,
        "label_carrier": next((row.name for row in carriers if label and row.id == label.carrier_id), ""),
        "label_problem": gettext(label.problem) if label and label.problem else "",
        "needs_filing": label is not None and label.problem == EEI_NEEDED,
        "is_bought": bought and live is not None and live.void_wanted_at is None,
        "is_stuck": parcel.state == "packed" and live is None,
        "can_void": live is not None and live.void_wanted_at is None and parcel.state in ON_THE_FLOOR,
        "sellers": [(row.id, row.name) for row in carriers if row.active and sells(row.provider)],
        "has_seller": any(row.active and sells(row.provider) for row in carriers),
        "every_carrier": [(row.id, row.name) for row in carriers if row.active],
        "jobs": floor.print_jobs_of(ctx, subjects=[f"parcel:{parcel.id}"])[:6],
        "has_printer": floor.find_printer(ctx, location_id=parcel.location_id) is not None,
        "has_carrier": any(row.active for row in carriers),
    }


@page("fulfilment:read")
def index(request: StaffRequest) -> HttpResponse:
    """Parcels, newest first."""
    where = parcels.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = queries.list_parcels(request.ctx, where=where, before=after[0] if after else None, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    facts = {
        "page": listed,
        "bar": listing.bar(request, parcels.LISTING),
        "names": {
            id: row.name for id, row in orders.orders_by_id(request.ctx, ids=[p.order_id for p in listed.rows]).items()
        },
        "where": where,
        "states": [s.value for s in ParcelState],
        "statuses": [s.value for s in TrackingStatus],
        "carriers": queries.list_carriers(request.ctx),
        "is_filtered": bool(where != ParcelFilter() or after),
    }
    return render(request, "shipments/index.html", facts)


@page("fulfilment:read")
def shipment(request: StaffRequest, id: int) -> HttpResponse:
    """One parcel: label, way, contents, and everything that happened to it."""
    ctx = request.ctx
    parcel = queries.get_parcel(ctx, parcel_id=id)
    lines = queries.parcel_lines_of(ctx, parcel_ids=[id])
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    happened = outbox.timeline(ctx, of=[f"order:{parcel.order_id}"])
    facts: dict[str, Any] = {
        "parcel": parcel, "to": recipients.shown(ctx, order_id=parcel.order_id, kept=parcel.ship_to),
        "recipient": recipients.rows(ctx, order_ids=[parcel.order_id]).get(parcel.order_id),
        "order": orders.orders_by_id(ctx, ids=[parcel.order_id])[parcel.order_id],
        "location": locations.get(ctx, location_id=parcel.location_id),
        "lines": [(line, variants[line.variant_id]) for line in lines],
        "tracking": tracking.told_of(ctx, parcels=[parcel], language=request.LANGUAGE_CODE)[id],
        "items": timeline.told([event for event in happened if event.subject == f"parcel:{id}"]),
        "can_write": request.may("fulfilment:write"),
        "wish": uuid.uuid4(),
        "back": request.path,
        "asides": queries.asides_of(ctx, parcel_ids=[id]),
        "wrong": exceptions.about(ctx, parcel_id=id),
        "crosses_border": bool(declare.items_of(ctx, parcel=parcel)),
    }
    about = label_facts(ctx, parcel)
    why = {"choice": rating.choice_facts(about["label"]), "dispatch": rating.dispatch_link(request, parcel.location_id)}
    return render(request, "shipments/shipment.html", facts | about | why)


@page("fulfilment:write", methods=("POST",))
def reprint(request: StaffRequest, id: int) -> HttpResponse:
    """Prints the label or the slip again, once per wish."""
    queries.get_parcel(request.ctx, parcel_id=id)
    document = request.POST.get("document", "")
    require_choice("document", document, DOCUMENTS)
    made = printing.reprint(request.ctx, parcel_ids=[id], document=document, wish=wish_of(request.POST))
    if made:
        messages.success(request, gettext("It is being printed again."))
    return HttpResponseRedirect(back_to(request, f"/shipments/{id}/"))


@page("fulfilment:read")
def label_paper(request: StaffRequest, id: int, language: str) -> HttpResponse:
    """The label of a parcel to look at or save: the carrier's own file where it draws its labels."""
    require_choice("language", language, label_files.LANGUAGES)
    drawn = printing.draw(request.ctx, document="label", subject_id=id, language=language)
    how = "inline" if language == "pdf" else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="label-{id}.{language}"', "Cache-Control": "no-store"}
    return HttpResponse(drawn, content_type=f"application/{language}", headers=headers)


@page("fulfilment:write", methods=("POST",))
def fetch_file(request: StaffRequest, id: int) -> HttpResponse:
    """Has the carrier's own label fetched now."""
    queries.get_parcel(request.ctx, parcel_id=id)
    files.fetch_again(request.ctx, parcel_id=id, language=request.POST.get("language", ""))
    messages.success(request, gettext("The carrier is asked for the file; nothing is bought."))
    return HttpResponseRedirect(back_to(request, f"/shipments/{id}/"))


@page("fulfilment:write", methods=("POST",))
def want_label(request: StaffRequest, id: int) -> HttpResponse:
    """Asks for a label where there is none: declined, voided, or never wished; a parcel never has two."""
    queries.get_parcel(request.ctx, parcel_id=id)
    chosen = request.POST.get("carrier", "")
    rows = [row for row in queries.list_carriers(request.ctx) if row.active and sells(row.provider)]
    carrier = next((row for row in rows if str(row.id) == chosen), rows[0] if rows and not chosen else None)
    if chosen and carrier is None:
        raise Refused(NOT_FOUND, {"what": "carrier", "key": chosen[:20]})
    if carrier is None:
        raise Refused(NO_CARRIER)
    if shipping.want_label(request.ctx, parcel_ids=[id], carrier_id=carrier.id):
        messages.success(request, gettext("%(carrier)s is being asked for a label.") % {"carrier": carrier.name})
    return HttpResponseRedirect(back_to(request, f"/shipments/{id}/"))


@page("fulfilment:write", methods=("POST",))
def void(request: StaffRequest, id: int) -> HttpResponse:
    """Asks for a parcel's label to be voided; what the carrier answers shows by itself."""
    if shipping.want_void(request.ctx, parcel_ids=[id]):
        messages.success(request, gettext("The carrier is being asked to take the label back."))
    else:
        messages.success(request, gettext("No label is bought any more for this parcel."))
    return HttpResponseRedirect(back_to(request, f"/shipments/{id}/"))
