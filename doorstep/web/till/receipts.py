"""Receipts: for an 80 mm printer, and by mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.flows import mail_receipt
from doorstep.flows import receipt as papers
from doorstep.locations import queries as locations
from doorstep.orders import over_the_counter
from doorstep.orders import queries as orders
from doorstep.payments.till import queries
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.till.here import require_here


@page("till:read")
def receipt(request: StaffRequest, order_id: int) -> HttpResponse:
    """The receipt of one sale, with what was given back of it since."""
    takings = queries.takings_of(request.ctx, order_ids=[order_id])
    there = papers.shop_of(request.ctx, order_id=order_id, takings=takings)
    require_here(request, location_id=there, what="receipt", key=order_id)
    order = orders.orders_by_id(request.ctx, ids=[order_id])[order_id]
    facts = {
        "slip": papers.slip_of(request.ctx, order_id=order_id, language=request.LANGUAGE_CODE),
        "email": order.email if over_the_counter.handed_over_in(request.ctx, order_ids=[order_id]) else "",
        "order": order,
        "shop": locations.get(request.ctx, location_id=there),
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
