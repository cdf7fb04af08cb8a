"""The address of an order: what was found, and one click to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.flows import check_addresses
from doorstep.orders import queries as orders
from doorstep.shipping import addressing, checks
from doorstep.web.parts.given import whole
from doorstep.web.parts.pages import StaffRequest, page


def address_check(ctx: Ctx, *, order_id: int, ship_to: Mapping[str, Any]) -> dict[str, Any] | None:
    """What templates show of an order's check; None where its address was not checked as it is."""
    row = checks.checks_of(ctx, order_ids=[order_id]).get(order_id)
    if row is None or row.address != checks.fingerprint(ship_to):
        return None
    return {"row": row, "says": [words_of(one) for one in row.findings]}


def words_of(finding: Mapping[str, Any]) -> str:
    """A finding as a sentence."""
    facts: dict[str, str] = dict(finding["facts"])
    if "field" in facts:
        name = facts["field"]
        facts["field"] = gettext(addressing.FIELD_WORDS.get(name, name))
    return gettext(addressing.SAYS[finding["code"]]) % facts


@page("orders:write", methods=("POST",))
def decide(request: StaffRequest, order_id: int) -> HttpResponse:
    """Takes the suggestion, keeps the address as it is, or checks it again."""
    doing = request.POST.get("doing", "")
    if doing == "accept":
        check_addresses.accept(request.ctx, order_id=order_id, version=whole(request.POST.get("version", "")) or 0)
        messages.success(request, gettext("The order goes to the suggested address."))
    elif doing == "keep":
        check_addresses.keep(request.ctx, order_id=order_id)
        messages.success(request, gettext("The address counts as right as it is."))
    else:
        orders.get(request.ctx, id=order_id)
        check_addresses.check(request.ctx, order_ids=[order_id])
    return redirect("orders:order", order_id)
