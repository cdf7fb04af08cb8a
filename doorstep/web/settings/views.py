"""Settings: the organisation, its people, its keys, and one's own profile."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import actions as accounts
from doorstep.accounts.values import LANGUAGES, Role
from doorstep.base.refusals import Refused
from doorstep.base.zones import timezones
from doorstep.web.parts.choices import currency_words
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.parts.sign_in import keep_language
from doorstep.web.settings import sections

LANGUAGE_WORDS = [("en", "English"), ("ko", "한국어")]
ORGANISATION_FIELDS = ("name", "accent", "support_email", "language", "timezone", "currency")
THEME_WORDS = [("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]
ROLE_WORDS = [
    (Role.OWNER, _("Owner: everything, also settings")),
    (Role.MANAGER, _("Manager: everything but settings")),
    (Role.WAREHOUSE, _("Warehouse: stock and fulfilment")),
    (Role.SERVICE, _("Service: orders and customers")),
    (Role.SHOP, _("Shop staff: the till of their shops")),
    (Role.VIEWER, _("Viewer: looks, changes nothing")),
]
AREA_WORDS = {
    "orders": _("Orders"), "payments": _("Payments"), "catalog": _("Products"), "stock": _("Stock"),
    "fulfilment": _("Fulfilment"), "returns": _("Returns"), "inbox": _("Inbox"), "customers": _("Customers"),
    "channels": _("Channels"), "till": _("Till"), "settings": _("Settings"),
}  # fmt: skip
Errors = dict[str, str]


def show(request: StaffRequest, template: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of Settings with its sub-navigation."""
    groups = sections.grouped(request.staff, path=request.path)
    found = {"section_groups": groups, "can_write": request.may("settings:write"), **facts}
    return render(request, f"settings/{template}.html", found, status=status)


def language_of(request: StaffRequest) -> str:
    """The language whose words a page of Settings shows: the one in its address, else the brand's own."""
    wanted = request.GET.get("language", "")
    return wanted if wanted in LANGUAGES else request.organisation.default_language


def errors_of(refused: Refused) -> Errors:
    """A refusal at the field that it is about; others go on to the notices."""
    says, next_step = words_of(refused)
    field = str(
        refused.facts.get("field")
        or {"wrong_password": "current", "email_taken": "email", "unknown_currency": "currency"}.get(refused.code, "")
    )
    if not field:
        raise refused
    problem = refused.facts.get("problem")
    return {field: gettext(str(problem)) if problem else f"{says} {next_step}".strip()}


@page(None)
def index(request: StaffRequest) -> HttpResponse:
    """What can be set here."""
    return show(request, "index", {})


@page(None, methods=("GET", "HEAD", "POST"))
def profile(request: StaffRequest) -> HttpResponse:
    """One's own name, language and theme."""
    form, errors = (
        {"name": request.staff.name, "language": request.staff.language, "theme": request.staff.theme},
        Errors(),
    )
    if request.method == "POST":
        form = {key: request.POST.get(key, "") for key in form}
        try:
            accounts.change_profile(request.ctx, **form)
        except Refused as refused:
            errors = errors_of(refused)
        else:
            response = HttpResponseRedirect(request.path)
            keep_language(response, form["language"])
            messages.success(request, gettext("Your profile is saved."))
            return response
    facts = {"form": form, "errors": errors, "language_words": LANGUAGE_WORDS, "theme_words": THEME_WORDS}
    return show(request, "profile", facts, status=422 if errors else 200)


@page(None, methods=("POST",))
def password(request: StaffRequest) -> HttpResponse:
    """Changes one's own password; this session stays, the others end."""
    try:
        accounts.change_password(request.ctx, current=request.POST.get("current", ""), new=request.POST.get("new", ""))
    except Refused as refused:
        form = {"name": request.staff.name, "language": request.staff.language, "theme": request.staff.theme}
        facts = {
            "form": form,
            "errors": errors_of(refused),
            "language_words": LANGUAGE_WORDS,
            "theme_words": THEME_WORDS,
        }
        return show(request, "profile", facts, status=422)
    request.user.refresh_from_db()
    update_session_auth_hash(request, request.user)
    messages.success(request, gettext("Your password is changed. Other browsers were signed out."))
    return redirect("settings:profile")


@page("settings:read")
def organisation(request: StaffRequest) -> HttpResponse:
    """How the organisation presents itself."""
    form = {
        "name": request.organisation.name, "accent": request.organisation.accent,
        "support_email": request.organisation.support_email, "language": request.organisation.default_language,
        "timezone": request.organisation.timezone, "currency": request.organisation.default_currency,
    }  # fmt: skip
    return show(request, "organisation", _organisation_form(request, form))


def _organisation_form(request: StaffRequest, form: dict[str, str], **errors: str) -> dict[str, Any]:
    return {
        "form": form, "errors": errors, "language_words": LANGUAGE_WORDS, "timezones": [(zone, zone) for zone in timezones()],
        "currency_words": currency_words(request.organisation.default_currency),
    }  # fmt: skip


@page("settings:write", methods=("POST",))
def change_organisation(request: StaffRequest) -> HttpResponse:
    """Saves how the organisation presents itself."""
    form = {key: request.POST.get(key, "") for key in ORGANISATION_FIELDS}
    try:
        accounts.change_organisation(request.ctx, **form)
    except Refused as refused:
        return show(request, "organisation", _organisation_form(request, form, **errors_of(refused)), status=422)
    messages.success(request, gettext("The organisation is saved."))
    return redirect("settings:organisation")
