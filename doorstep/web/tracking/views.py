"""Where an order is, for its customer: no sign-in, no JavaScript, nothing to guess."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import LANGUAGES
from doorstep.base import tokens, zones
from doorstep.base.ctx import Actor, Ctx, new_trace
from doorstep.base.refusals import Refused
from doorstep.flows import fresh_link, tracking
from doorstep.flows.notify import TRACKING, TRACKING_DAYS
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderDetail
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow
from doorstep.web.parts.pages import public, words_of

DAY_S = 24 * 3600
ASKS_PER_HOUR, HOUR_S = 10, 3600
STEPS = (_("Ordered"), _("Being packed"), _("On its way"), _("Delivered"))


def _customer(organisation_id: int) -> Ctx:
    return Ctx(organisation_id, Actor("customer", 0, ""), timezone.now(), new_trace())


@public
@require_safe
def track(request: HttpRequest, token: str) -> HttpResponse:
    """One order's parcels, in the language of the order unless another is asked for."""
    try:
        organisation_id, order_id = tokens.read(TRACKING, token, max_age_s=TRACKING_DAYS * DAY_S)
        ctx = _customer(organisation_id)
        detail = orders.get(ctx, id=order_id)
    except Refused as refused:
        with translation.override(_asked(request, translation.get_language() or "en")):
            says, _next = words_of(refused)
            return _form(request, {"problem": says}, status=refused.refusal.status)
    language = _asked(request, detail.language)
    with translation.override(language):
        parcels = [p for p in shipping.parcels_of(ctx, order_ids=[order_id]) if p.state != "cancelled"]
        told = tracking.told_of(ctx, parcels=parcels, language=language)
        brand = accounts.organisation(ctx)
        # Carriers say the day on which a parcel is expected by the clocks of its destination.
        zone = zones.zone_of_country(detail.order.country, at=ctx.now) or brand.timezone
        facts: dict[str, Any] = {
            "detail": detail, "brand": brand, "organisation": brand, "language": language,
            "zone": zone, "zone_name": zones.zone_name(zone, language),
            "steps": list(zip(STEPS, range(len(STEPS)), strict=True)), "reached": _reached(detail, parcels),
            "parcels": [(p, told[p.id]) for p in parcels],
            "theme": "system", "token": token,
        }  # fmt: skip
        return _private(render(request, "tracking/order.html", facts))


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
    with translation.override(_asked(request, translation.get_language() or "en")):
        if request.method != "POST":
            return _form(request, {})
        if not _may_ask(request):
            return _form(
                request, {"problem": translation.gettext("Too many attempts. Try again in an hour.")}, status=429
            )
        number = request.POST.get("number", "").replace("\x00", "")[:80]
        email = request.POST.get("email", "").replace("\x00", "")[:254]
        for organisation in accounts.list_organisations():
            fresh_link.send(_customer(organisation.id), number=number, email=email)
        return _form(request, {"is_sent": True})


def _may_ask(request: HttpRequest) -> bool:
    """Counts attempts per address and hour."""
    key = f"tracking-ask:{request.META.get('REMOTE_ADDR', '')}:{timezone.now():%Y%m%d%H}"
    if cache.add(key, 1, HOUR_S):
        return True
    try:
        asked = int(cache.incr(key))
    except ValueError:  # its hour ended a moment ago
        return True
    cache.touch(key, HOUR_S)  # counting on would let it end sooner
    return asked <= ASKS_PER_HOUR


def _asked(request: HttpRequest, otherwise: str) -> str:
    wanted = request.GET.get("language", "")
    found = wanted if wanted in LANGUAGES else otherwise
    return found if found in LANGUAGES else "en"


def _form(request: HttpRequest, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    facts = {"language": translation.get_language(), **facts}
    return _private(render(request, "tracking/ask.html", facts, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
