"""What a customer wants to be told: a page of two ticks, and the one click that ends mails."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.accounts import queries as accounts
from doorstep.base import tokens
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows.notice_words import CHOICES
from doorstep.flows.notices import address_of
from doorstep.messaging.notices import opt_outs
from doorstep.messaging.notices.values import Way
from doorstep.orders import queries as orders
from doorstep.orders.queries import Destination
from doorstep.web.parts.for_customers import customer_ctx, kept_private, language_of
from doorstep.web.parts.pages import public
from doorstep.web.tracking.views import face_of, refused_form

# A mail is kept for years, and its link has to work as long as it may be pressed.
LASTS_S = 5 * 365 * 24 * 3600


def _opened(token: str) -> tuple[Ctx, Destination]:
    """Whose choices a link opens.  Refuses: forged and expired ones."""
    organisation_id, order_id = tokens.read(CHOICES, token, max_age_s=LASTS_S)
    ctx = customer_ctx(organisation_id)
    orders.get(ctx, id=order_id)
    return ctx, orders.destinations(ctx, order_ids=[order_id])[order_id]


@public
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """Which messages come by which way; nobody signs in."""
    try:
        ctx, whom = _opened(token)
    except Refused as refused:
        return refused_form(request, refused)
    ways = [way for way in Way if address_of(whom, way)]
    if request.method == "POST":
        for way in ways:
            change = opt_outs.opt_in if request.POST.get(way.value) else opt_outs.opt_out
            change(ctx, way=way, address=address_of(whom, way), source="page", timeline=_timeline(whom))
    language = language_of(request, whom.language)
    with translation.override(language):
        brand = accounts.organisation(ctx)
        facts: dict[str, Any] = {
            **face_of(brand), "language": language, "theme": "system", "token": token,
            "is_saved": request.method == "POST",
            "ways": [
                (way.value, _masked(address_of(whom, way)), not opt_outs.opted_out(ctx, way=way, addresses=[address_of(whom, way)]))
                for way in ways
            ],
        }  # fmt: skip
        return kept_private(render(request, "tracking/choices.html", facts))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ends the mails beyond the necessary; a mail program presses it, and whoever opens it in a browser may choose.

    Source: RFC 8058, 3.2: one POST without a cookie is enough, and a GET changes nothing.
    """
    try:
        ctx, whom = _opened(token)
    except Refused as refused:
        return refused_form(request, refused)
    if request.method != "POST":
        return redirect("tracking:choices", token)
    opt_outs.opt_out(ctx, way=Way.MAIL, address=whom.email, source="link", timeline=_timeline(whom))
    return kept_private(HttpResponse(status=204))


stop.public_page = True  # type: ignore[attr-defined]


def _timeline(whom: Destination) -> str:
    return f"customer:{whom.customer_id}"


def _masked(address: str) -> str:
    """An address as only its owner knows it: whoever got the mail passed on to them does not need the whole."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:2]}…@{domain}"
    return f"{address[:3]} … {address[-4:]}"
