"""The portal's door: order number and e-mail address, then the code that was mailed. No account, no JavaScript."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import Organisation
from doorstep.base.codes import WRONG_CODE
from doorstep.base.refusals import Refused
from doorstep.flows import order_door
from doorstep.web.parts.for_customers import customer_ctx, kept_private, may_ask, spoken
from doorstep.web.parts.pages import public, words_of

ASKS_PER_HOUR, TRIES_PER_HOUR = 20, 60


def brand_of(slug: str) -> Organisation:
    """The brand whose portal an address names.  Raises: Http404."""
    brand = accounts.find_organisation_by_slug(slug=slug)
    if brand is None:
        raise Http404
    return brand


@public
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks for the order; the answer never tells whether it exists."""
    brand = brand_of(slug)
    with translation.override(_language(request, brand)):
        typed = request.POST if request.method == "POST" else request.GET
        form = {name: typed.get(name, "").replace("\x00", "")[:254] for name in ("number", "email")}
        if request.method != "POST":
            return _show(request, brand, "start", {"form": form})
        if not may_ask(request, what="portal-ask", most=ASKS_PER_HOUR):
            problem = translation.gettext("Too many attempts. Try again in an hour.")
            return _show(request, brand, "start", {"form": form, "problem": problem}, status=429)
        attempt = order_door.ask_code(customer_ctx(brand.id), number=form["number"], email=form["email"])
        return _show(request, brand, "code", {"form": form, "attempt": attempt})


@public
@require_http_methods(["POST"])
def code(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes the code and opens the order."""
    brand = brand_of(slug)
    language = _language(request, brand)
    with translation.override(language):
        form = {name: request.POST.get(name, "").replace("\x00", "")[:254] for name in ("number", "email")}
        attempt = request.POST.get("attempt", "")[:500]
        try:
            if not may_ask(request, what="portal-code", most=TRIES_PER_HOUR):
                raise Refused(WRONG_CODE)
            opened = order_door.redeem(customer_ctx(brand.id), attempt=attempt, code=request.POST.get("code", "")[:40])
        except Refused as refused:
            facts = {"form": form, "attempt": attempt, "problem": " ".join(words_of(refused))}
            return _show(request, brand, "code", facts, status=refused.refusal.status)
        answer = redirect("returns_portal:order", slug, opened)
        answer.headers["Location"] += f"?language={language}"
        return kept_private(answer)


def _language(request: HttpRequest, brand: Organisation) -> str:
    return spoken(request, otherwise=brand.default_language)


def _show(
    request: HttpRequest, brand: Organisation, page: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    found = {"brand": brand, "organisation": brand, "language": translation.get_language(), **facts}
    return kept_private(render(request, f"returns_portal/{page}.html", found, status=status))
