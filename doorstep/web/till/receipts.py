"""Receipts: for an 80 mm printer, and by mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import mail_receipt
from doorstep.locations import queries as locations
from doorstep.orders import over_the_counter
from doorstep.orders import queries as orders
from doorstep.orders.opening import as_sold
from doorstep.payments import queries as money
from doorstep.payments.till import paper, queries, vouchers
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.till.here import require_here
from doorstep.web.till.words import KIND_WORDS


@page("till:read")
def receipt(request: StaffRequest, order_id: int) -> HttpResponse:
    """The receipt of one sale, with what was given back of it since."""
    there = over_the_counter.handed_over_in(request.ctx, order_ids=[order_id]).get(order_id)
    takings = queries.takings_of(request.ctx, order_ids=[order_id])
    if there is None and not takings:
        raise Refused(NOT_FOUND, {"what": "receipt", "key": order_id})
    shift = queries.get_shift(request.ctx, shift_id=takings[0].shift_id) if takings else None
    require_here(request, location_id=there or (shift.location_id if shift else None), what="receipt", key=order_id)
    detail = orders.get(request.ctx, id=order_id)
    documents = paper.documents_of(request.ctx, order_ids=[order_id])
    facts = {
        "document": next((row for row in documents if row.kind == "sale"), None),
        "vouchers": vouchers.spent_on(request.ctx, order_id=order_id),
        "refunds": [row for row in documents if row.kind == "refund"],
        "email": detail.order.email if there is not None else "",
        "order": detail.order,
        "detail": detail,
        "lines": as_sold(detail.lines),
        "takings": takings,
        "kind_words": KIND_WORDS,
        "cashier": takings[0].by if takings else "",
        "payment": money.payments_of(request.ctx, order_ids=[order_id]).get(order_id),
        "shop": locations.get(request.ctx, location_id=there or (shift.location_id if shift else 0)),
        "can_write": request.may("till:write"),
    }
    return render(request, "till/receipt.html", facts)


@page("till:write", methods=("POST",))
def mail(request: StaffRequest, order_id: int) -> HttpResponse:
    """Sends the receipt to an address that the buyer gives."""
    there = over_the_counter.handed_over_in(request.ctx, order_ids=[order_id]).get(order_id)
    require_here(request, location_id=there, what="receipt", key=order_id)
    mail_receipt.send(request.ctx, order_id=order_id, to=request.POST.get("email", ""))
    messages.success(request, gettext("The receipt is on its way."))
    return redirect("till:receipt", order_id=order_id)
