"""Settings, Tracking page: the brand's logo, colour and words on the page of an order, with that page beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from doorstep.accounts import branding, rules
from doorstep.accounts.values import BAD_LOGO, MOST_LOGO_BYTES, PageWords
from doorstep.base import zones
from doorstep.base.refusals import Refused
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import LANGUAGE_WORDS, errors_of, language_of, show
from doorstep.web.tracking import sample
from doorstep.web.tracking.views import face_of

TEXTS = ("message", "help", "returns_url")
ZONES = {"ko": "Asia/Seoul"}


@page("settings:read", methods=("GET", "HEAD", "POST"))
def index(request: StaffRequest) -> HttpResponse:
    """What the brand says in a language, and beside it the page as a customer sees it on a phone."""
    language = language_of(request)
    now = branding.words(request.ctx, language=language)
    form: dict[str, Any] = {name: getattr(now, name) for name in TEXTS} | {
        "version": now.version, "accent": request.organisation.accent,
    }  # fmt: skip
    errors: dict[str, str] = {}
    if request.method == "POST" and request.may("settings:write"):
        form = _typed(request) | {"version": id_of(request.POST.get("version", "0"))}
        try:
            branding.present(request.ctx, language=language, **form)
        except Refused as refused:
            errors = errors_of(refused)
        else:
            messages.success(request, gettext("The page is saved. Customers see it at once."))
            return redirect(f"{request.path}?language={language}&scene={_scene(request)}")
    facts = {
        "form": form, "errors": errors, "language": language, "languages": LANGUAGE_WORDS, "scene": _scene(request),
        "scenes": [(name, one.word) for name, one in sample.SCENES.items()], "longest": branding.LONGEST,
        "logo": branding.find_logo(request.ctx), "address": f"{settings.PUBLIC_URL}/t/?brand={request.organisation.slug}",
        **_preview(request, language, form),
    }  # fmt: skip
    return show(request, "tracking", facts, status=422 if errors else 200)


def _typed(request: StaffRequest) -> dict[str, Any]:
    return {name: keepable(request.POST.get(name, "")) for name in (*TEXTS, "accent")}


def _scene(request: StaffRequest) -> str:
    wanted = request.POST.get("scene") or request.GET.get("scene", "")
    return wanted if wanted in sample.SCENES else "on_its_way"


@page("settings:read", methods=("POST",))
def preview(request: StaffRequest) -> HttpResponse:
    """The page by what is typed; nothing is kept."""
    return render(request, "settings/tracking_preview.html", _preview(request, language_of(request), _typed(request)))


def _preview(request: StaffRequest, language: str, typed: dict[str, Any]) -> dict[str, Any]:
    """The page of a made-up order as it would look, and what is wrong with what is typed."""
    problem, shown = "", {name: typed[name] for name in TEXTS}
    try:
        words = branding.check(language=language, **shown)
    except Refused as refused:
        problem = next(iter(errors_of(refused).values()))
        words = PageWords(language, shown["message"][:300], shown["help"][:1000])
    accent = typed["accent"] if rules.ACCENT.fullmatch(typed["accent"]) else request.organisation.accent
    brand, zone = replace(request.organisation, accent=accent), ZONES.get(language, request.organisation.timezone)
    with translation.override(language):
        facts = {
            **face_of(brand), "page": sample.page(_scene(request), language=language, zone=zone, now=request.ctx.now),
            "words": words, "language": language, "zone": zone, "zone_name": zones.zone_name(zone, language), "theme": "system",
            "token": "", "choices": "#", "is_preview": True,
        }  # fmt: skip
        html = render_to_string("tracking/order.html", facts, request)
    return {"html": html, "problem": problem, "colour": brand.readable, "accent": accent, "preview_language": language}


@page("settings:write", methods=("POST",))
def set_logo(request: StaffRequest) -> HttpResponse:
    """Takes the picture that was chosen."""
    file = request.FILES.get("logo")
    if file is None or (file.size or 0) > MOST_LOGO_BYTES:
        raise Refused(BAD_LOGO)
    branding.set_logo(request.ctx, data=file.read())
    messages.success(request, gettext("The logo is saved."))
    return redirect(f"{reverse('tracking_page:index')}?language={language_of(request)}&scene={_scene(request)}")


@page("settings:write", methods=("POST",))
def remove_logo(request: StaffRequest) -> HttpResponse:
    """Shows the name instead again."""
    branding.remove_logo(request.ctx)
    messages.success(request, gettext("The page shows your name again."))
    return redirect(f"{reverse('tracking_page:index')}?language={language_of(request)}&scene={_scene(request)}")
