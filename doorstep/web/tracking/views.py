"""Where an order is, for its customer: no sign-in, no JavaScript, nothing to guess."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from doorstep.accounts import queries as accounts
from doorstep.base import tokens, zones
from doorstep.base.refusals import Refused
from doorstep.flows import fresh_link, tracking
from doorstep.flows.notify import TRACKING, TRACKING_DAYS
from doorstep.orders import promised
from doorstep.orders import queries as orders
from doorstep.orders.opening import as_sold
from doorstep.orders.values import OrderDetail
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow
from doorstep.web.parts.for_customers import customer_ctx, kept_private, language_of, may_ask
from doorstep.web.parts.pages import public, words_of

DAY_S = 24 * 3600
ASKS_PER_HOUR = 10
STEPS = (_("Ordered"), _("Being packed"), _("On its way"), _("Delivered"))


@public
@require_safe
def track(request: HttpRequest, token: str) -> HttpResponse:
    """One order's parcels, in the language of the order unless another is asked for."""
    try:
        organisation_id, order_id = tokens.read(TRACKING, token, max_age_s=TRACKING_DAYS * DAY_S)
        ctx = customer_ctx(organisation_id)
        detail = orders.get(ctx, id=order_id)
    except Refused as refused:
        with translation.override(language_of(request, translation.get_language() or "en")):
            says, _next = words_of(refused)
            return _form(request, {"problem": says}, status=refused.refusal.status)
    language = language_of(request, detail.language)
    with translation.override(language):
        parcels = [p for p in shipping.parcels_of(ctx, order_ids=[order_id]) if p.state != "cancelled"]
        told = tracking.told_of(ctx, parcels=parcels, language=language)
        brand = accounts.organisation(ctx)
        # Carriers say the day on which a parcel is expected by the clocks of its destination.
        zone = zones.zone_of_country(detail.order.country, at=ctx.now) or brand.timezone
        facts: dict[str, Any] = {
            "detail": detail, "sold": as_sold(detail.lines), "brand": brand, "organisation": brand, "language": language,
            "zone": zone, "zone_name": zones.zone_name(zone, language),
            "steps": list(zip(STEPS, range(len(STEPS)), strict=True)), "reached": _reached(detail, parcels),
            "parcels": [(p, told[p.id]) for p in parcels],
            "waiting": [p for p in promised.promised_of(ctx, order_ids=[order_id]).get(order_id, []) if p.is_sold_so],
            "theme": "system", "token": token,
        }  # fmt: skip
        return kept_private(render(request, "tracking/order.html", facts))


def _reached(detail: OrderDetail, parcels: list[ParcelRow]) -> int:
    """The last step that is reached."""
    if detail.order.fulfilment_state == "delivered":
        return 3
    if detail.order.fulfilment_state == "fulfilled" or any(p.state == "handed_over" for p in parcels):
        return 2
    return 1 if parcels or any(part.state == "in_progress" for part in detail.fulfilment_orders) else 0


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form for a fresh link; its answer never tells whether the order exists."""
    with translation.override(language_of(request, translation.get_language() or "en")):
        if request.method != "POST":
            return _form(request, {})
        if not may_ask(request, what="tracking-ask", most=ASKS_PER_HOUR):
            return _form(
                request, {"problem": translation.gettext("Too many attempts. Try again in an hour.")}, status=429
            )
        number = request.POST.get("number", "").replace("\x00", "")[:80]
        email = request.POST.get("email", "").replace("\x00", "")[:254]
        for organisation in accounts.list_organisations():
            fresh_link.ask(customer_ctx(organisation.id), number=number, email=email)
        return _form(request, {"is_sent": True})


def _form(request: HttpRequest, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    facts = {"language": translation.get_language(), **facts}
    return kept_private(render(request, "tracking/ask.html", facts, status=status))
