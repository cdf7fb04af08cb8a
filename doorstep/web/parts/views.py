"""What the frame itself asks for: language, theme, counts, search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from doorstep.accounts import actions as accounts
from doorstep.accounts import rules
from doorstep.accounts.values import LANGUAGES
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.web.parts import navigation
from doorstep.web.parts.pages import CHOSEN_ORGANISATION, StaffRequest, page, public, show_refusal
from doorstep.web.parts.sign_in import CHOSEN, keep_language

LONGEST_PATH = 2000


def back_to(request: HttpRequest, fallback: str = "/") -> str:
    """Where a small form was sent from; only paths of our own, told from their slash."""
    wanted = request.POST.get("next", "")
    is_path = (
        wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and len(wanted) <= LONGEST_PATH
    )
    own = is_path and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if own else fallback


def go_back(request: HttpRequest, fallback: str) -> HttpResponse:
    """To the page that asked; a dialog that htmx sent takes the whole page there."""
    url = back_to(request, fallback)
    return HttpResponseClientRedirect(url) if getattr(request, "htmx", None) else HttpResponseRedirect(url)


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Changes the language: for good when somebody is signed in, for the browser in any case."""
    chosen = request.POST.get("language", "")
    try:
        rules.require_choice("language", chosen, LANGUAGES)
    except Refused as refused:
        return show_refusal(request, refused)
    if request.user.is_authenticated:
        accounts.set_language(user_id=int(request.user.pk), language=chosen)
    else:
        request.session[CHOSEN] = chosen
    response = HttpResponseRedirect(back_to(request))
    keep_language(response, chosen)
    return response


@page(None, methods=("POST",))
def theme(request: StaffRequest) -> HttpResponse:
    """Keeps the theme that a person chose."""
    accounts.set_theme(user_id=request.user.pk, theme=request.POST.get("theme", ""))
    if request.htmx:
        return HttpResponse(status=204)
    return HttpResponseRedirect(back_to(request))


@page(None, methods=("POST",))
def organisation(request: StaffRequest) -> HttpResponse:
    """Moves a person of several organisations to another one, for this browser.

    Pages of the former one that are still open in other tabs can no longer send anything: what was meant for one must not
    happen in the other.
    """
    wanted = request.POST.get("organisation", "")
    place = next((p for p in request.places if str(p.organisation_id) == wanted), None)
    if place is None:
        raise Refused(NOT_FOUND, {"what": "organisation", "key": wanted[:40]})
    request.session[CHOSEN_ORGANISATION] = place.organisation_id
    rotate_token(request)
    return HttpResponseRedirect("/")


@page(None)
def counts(request: StaffRequest) -> HttpResponse:
    """The navigation's counts, to be put in place without touching anything else."""
    entries = navigation.entries(request.ctx, request.staff, path="")
    return render(request, "parts/counts.html", {"entries": entries})


@page(None)
def search(request: StaffRequest) -> HttpResponse:
    """What the palette found."""
    found = navigation.find(request.ctx, request.staff, text=request.GET.get("q", ""))
    return render(request, "parts/found.html", {"found": found})
