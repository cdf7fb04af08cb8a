"""What a customer wants to be told, on their page of the house."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.flows import notice_choices
from doorstep.flows.notice_choices import Choice
from doorstep.messaging.notices.values import Way
from doorstep.web.notices.words import SOURCES, WAYS
from doorstep.web.parts.pages import StaffRequest, page


def facts_of(ctx: Ctx, id: int) -> dict[str, Any]:
    """Each address with what was asked at it, how, by whom and when."""
    return {"told_by": [(one, WAYS[one.way], _how(one)) for one in notice_choices.of_customer(ctx, customer_id=id)]}


def _how(one: Choice) -> str:
    """How it came to be so, in words; "" where nobody ever asked for anything."""
    if one.last is None:
        return ""
    source, by = (one.last.ended_source, one.last.ended_by) if one.wants else (one.last.source, one.last.by)
    return by or str(SOURCES.get(source, ""))


@page("customers:write", methods=("POST",))
def choose(request: StaffRequest, id: int) -> HttpResponse:
    """Notes what a customer asked for by phone or in person."""
    way = Way.SMS if request.POST.get("way") == Way.SMS else Way.MAIL
    address, wants = request.POST.get("address", "")[:254], request.POST.get("wants") == "1"
    notice_choices.choose(request.ctx, customer_id=id, way=way, address=address, wants=wants)
    says = gettext("%(address)s gets notices again.") if wants else gettext("%(address)s gets only what is owed from now on.")
    messages.success(request, says % {"address": address})
    return redirect(reverse("customers:customer", args=[id]) + "#notices")
