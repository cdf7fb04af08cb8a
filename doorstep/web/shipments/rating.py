"""Why a label's service was chosen, and choosing another."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext

from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.flows import offers, ship
from doorstep.orders import queries as orders
from doorstep.shipping import choosing, own, queries
from doorstep.shipping.choosing import CHOSEN, WHY, Offer
from doorstep.shipping.values import NOT_ON_THE_FLOOR, LabelRow
from doorstep.web.parts.given import whole
from doorstep.web.parts.pages import StaffRequest, page

BARRED = (choosing.SILENT, choosing.TAKES_NOT, choosing.ELSEWHERE)


def choice_facts(label: LabelRow | None) -> dict[str, Any] | None:
    """The table behind a label's service, as templates show it; None for a label that never had one."""
    if label is None or not label.choice:
        return None
    text, facts = choosing.sentence(label.choice)
    if "day" in facts:
        facts = {**facts, "day": date_format(date.fromisoformat(facts["day"]), "MONTH_DAY_FORMAT")}
    return {
        "sentence": gettext(text) % facts,
        "lines": [
            {
                **line, "price": Money(line["minor"], line["currency"]) if line["minor"] is not None else None,
                "arrives_on": date.fromisoformat(line["arrives_on"]) if line["arrives_on"] else None,
                "why": gettext(WHY.get(line["verdict"], "")), "is_chosen": line["verdict"] == CHOSEN,
            }
            for line in label.choice["offers"]
        ],
    }  # fmt: skip


def dispatch_link(request: StaffRequest, location_id: int) -> str:
    """Where the pick-ups of a location are entered; "" for whoever may not see it."""
    return reverse("locations:dispatch", args=[location_id]) if request.may("settings:read") else ""


def _line(offer: Offer, by_hand: set[int]) -> dict[str, Any]:
    return {
        "carrier_id": offer.carrier_id, "carrier": offer.carrier, "service": offer.service, "price": offer.price,
        "arrives_on": offer.arrives_on, "days": offer.transit_days, "why": gettext(WHY[offer.verdict]),
        "is_chosen": offer.verdict == CHOSEN, "can_take": offer.price is not None and offer.verdict not in BARRED,
        "by_hand": offer.carrier_id in by_hand,
    }  # fmt: skip


@page("fulfilment:write")
def rates(request: StaffRequest, id: int) -> HttpResponse:
    """What each carrier asks for a parcel now."""
    ctx = request.ctx
    parcel = queries.get_parcel(ctx, parcel_id=id)
    if queries.live_labels_of(ctx, parcel_ids=[id]):
        raise Refused(NOT_ON_THE_FLOOR, {"parcel": id, "state": parcel.state, "what": "parcel"})
    choice, promised = offers.offers_for(ctx, parcel=parcel, wish=ship.wish_of(ctx, None, parcel))
    hand = {row.id for row in queries.list_carriers(ctx) if own.is_by_hand(row.settings)}
    facts = {
        "parcel": parcel, "promised_on": promised, "lines": [_line(offer, hand) for offer in choice.offers],
        "order": orders.orders_by_id(ctx, ids=[parcel.order_id])[parcel.order_id],
        "dispatch": dispatch_link(request, parcel.location_id),
    }  # fmt: skip
    return render(request, "shipments/rates.html", facts)


@page("fulfilment:write", methods=("POST",))
def take(request: StaffRequest, id: int) -> HttpResponse:
    """Buys the label at the service that a person chose."""
    parcel = queries.get_parcel(request.ctx, parcel_id=id)
    carrier_id, _, service = request.POST.get("offer", "").partition("|")
    made = offers.take(
        request.ctx, parcel=parcel, wish=ship.wish_of(request.ctx, None, parcel), carrier_id=whole(carrier_id) or 0,
        service=service[:40], number=request.POST.get(f"number-{carrier_id}", "").strip(),
    )  # fmt: skip
    if made:
        messages.success(request, gettext("%(service)s is being asked for the label.") % {"service": service})
    return redirect("shipments:shipment", id)
