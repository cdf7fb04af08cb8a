"""What of a variant may be promised: by day, beyond what is available, and what carts hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.flows import promises
from doorstep.stock import carts, promising
from doorstep.stock.values import SellingRow
from doorstep.web.parts.given import day_of
from doorstep.web.parts.pages import StaffRequest, page

KINDS = (
    ("none", _("Only what is available")), ("backorder", _("Backorder: beyond what is available")),
    ("preorder", _("Pre-order: before it is out")),
)  # fmt: skip


def facts_of(ctx: Ctx, *, variant_id: int) -> dict[str, Any]:
    """What the stock page of a variant says of promises."""
    held = carts.holders_of(ctx, variant_id=variant_id)
    return {
        "atp": promising.atp_of(ctx, variant_id=variant_id), "held": held, "now": ctx.now,
        "selling": promising.selling_of(ctx, variant_ids=[variant_id]).get(variant_id), "selling_kinds": KINDS,
    }  # fmt: skip


@page("stock:write", methods=("POST",))
def sell(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Says whether a variant is sold beyond what is available."""
    if not catalog.variants_by_id(request.ctx, ids=[variant_id]):
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    given = request.POST
    rule = SellingRow(variant_id, given.get("kind", "")[:10], _day(given.get("available_on", "")), _units(given.get("most", "")))
    promises.sell(request.ctx, rule=rule)
    messages.success(request, gettext("How it is sold is saved."))
    return redirect("stock:variant", variant_id)


def _day(text: str) -> date | None:
    return day_of(text.strip()[:10]) if text.strip() else None


def _units(text: str) -> int | None:
    digits = text.strip().replace(",", "")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise Refused(INVALID, {"field": gettext_noop("Units"), "problem": gettext_noop("Write a whole number.")})
    return int(digits)


@page("stock:write", methods=("POST",))
def release_cart(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Gives back what a cart holds."""
    carts.release(request.ctx, token=request.POST.get("token", "").replace("\x00", "")[:60])
    messages.success(request, gettext("The cart holds nothing any more."))
    return redirect("stock:variant", variant_id)
