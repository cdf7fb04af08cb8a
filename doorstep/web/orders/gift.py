"""An order becomes a gift, or is none any more."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.fulfilment import gifts
from doorstep.web.parts.pages import StaffRequest, page


@page("orders:write", methods=("POST",))
def set_gift(request: StaffRequest, id: int) -> HttpResponse:
    """Says whether an order is a present, and what the giver writes."""
    gifts.set_gift(request.ctx, order_id=id, is_gift="gift" in request.POST, message=request.POST.get("message", ""))
    messages.success(request, gettext("Noted. Slips that are printed from now on follow it."))
    return redirect("orders:order", id)
