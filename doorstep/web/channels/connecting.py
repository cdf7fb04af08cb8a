"""Connecting a shop: choose its kind, give what that kind needs; later, give it anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from babel import Locale
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import file_profiles, kinds, queries
from doorstep.channels.port import Need, shops
from doorstep.channels.values import CONNECTED_ALREADY, TILL, ConnectionRow
from doorstep.web.parts import vendors
from doorstep.web.parts.pages import StaffRequest, page, words_of

FIELDS = {"connection_name_taken": "name", "shop_connected_already": "name", "unknown_provider": "provider"} | {
    "connection_of_another_shop": "url"
}


@dataclass(frozen=True, slots=True)
class Field:
    """What a person gives.  `value`: as it was given or is kept; a secret is never shown again.  `options`: all that it may be."""

    name: str
    label: str
    help: str
    kind: str
    value: str
    error: str
    required: bool
    options: tuple[tuple[str, str], ...] = ()


OURS = {file_profiles.FILE: _("Files"), TILL: _("Till")}


def kind_of(provider: str) -> str:
    """A kind of shop as people call it."""
    if provider in OURS:
        return str(OURS[provider])
    title = kinds.title_of(provider) if provider in shops.names() else ""
    return title or vendors.title_of(provider)


@page("channels:write", methods=("GET", "POST"))
def connect(request: StaffRequest) -> HttpResponse:
    """Adds a connection; the shop is told of us by a job."""
    provider = request.POST.get("provider", request.GET.get("provider", ""))
    if request.method != "POST":
        return _form(request, provider, {})
    given = _given(request, provider)
    try:
        _require_new(request.ctx, provider, given)
        made = channels.connect(
            request.ctx, provider=provider, name=request.POST.get("name", ""), url=given.get("url", ""), settings=given
        )
    except Refused as refused:
        return _form(request, provider, errors_of(refused))
    messages.success(request, gettext("%(name)s is being connected.") % {"name": made.name})
    return redirect("channels:connection", made.id)


def _require_new(ctx: Ctx, provider: str, given: Mapping[str, str]) -> None:
    """Refuses a shop that is connected already.  Refuses: as `kinds.check`."""
    if provider not in shops.names():
        return  # which is refused when it is to be connected
    mine = kinds.identity_of(provider, kinds.check(provider, given))
    for row in queries.list_connections(ctx):
        if row.provider == provider and kinds.identity_of(provider, row.settings) == mine:
            raise Refused(CONNECTED_ALREADY, {"name": row.name})


def _form(request: StaffRequest, provider: str, errors: dict[str, str]) -> HttpResponse:
    known = provider in shops.names()
    usual = {"url": settings.SANDBOX_SHOP_URL if provider.startswith("sandbox") else ""}
    fields = [field_of(need, request, usual, errors) for need in asked_of(provider)] if known else []
    facts = {
        "kinds": [(name, kind_of(name), kinds.sign_in_of(name) is not None) for name in shops.names()],
        "provider": provider if known else "",
        "kind": kind_of(provider) if known else "",
        "name": request.POST.get("name", ""),
        "fields": fields,
        "has_optional": any(not one.required for one in fields),
        "errors": errors,
        "signs_in": kinds.sign_in_of(provider) is not None,
        "steps": kinds.steps_of(provider),
    }
    return render(request, "channels/connect.html", facts, status=422 if errors else 200)


def field_of(need: Need, request: HttpRequest, usual: Mapping[str, str], errors: dict[str, str], *, kept: bool = False) -> Field:
    """A need as a form asks for it.  `kept`: a secret is there already."""
    value = "" if need.secret else request.POST.get(need.name, usual.get(need.name, ""))
    kind = "password" if need.secret else "url" if need.name.endswith("url") else "text"
    stays = gettext("Left empty, the one that is kept stays.") if kept and need.secret else ""
    help = " ".join(text for text in (gettext(need.help) if need.help else "", stays) if text)
    required = not (need.optional or (kept and need.secret))
    return Field(need.name, gettext(need.label), help, kind, value, errors.get(need.name, ""), required, _options(need))


def _options(need: Need) -> tuple[tuple[str, str], ...]:
    """What a need may be, in words: countries by their names in the reader's language, those that nobody chose yet before."""
    if not need.choices:
        return ()
    names = Locale("ko" if get_language() == "ko" else "en").territories
    words = [(one.value, str(names.get(one.country, one.country)) if one.country else gettext(one.label)) for one in need.choices]
    if all(one.country for one in need.choices):
        words.sort(key=lambda pair: pair[1])
    return (("", gettext("Choose") if not need.optional else gettext("As usual")), *words)


def _given(request: HttpRequest, provider: str) -> dict[str, str]:
    return {need.name: request.POST.get(need.name, "") for need in asked_of(provider)}


def asked_of(provider: str) -> list[Need]:
    """What a person is asked for to connect a shop of this kind; nothing for a provider that nobody wired."""
    return [need for need in kinds.needs_of(provider) if not need.hidden] if provider in shops.names() else []


def fields_of(request: StaffRequest, row: ConnectionRow, errors: dict[str, str]) -> list[Field]:
    """How a shop is reached, to be given anew."""
    asked = asked_of(row.provider)
    if row.settings.get("grant"):  # who changes where it is, or with what, signs in anew
        asked = [need for need in asked if need.optional]
    return [field_of(need, request, row.settings, errors, kept=True) for need in asked]


@page("channels:write", methods=("POST",))
def change(request: StaffRequest, id: int) -> HttpResponse:
    """Says anew how a shop is reached; secrets that are left empty stay."""
    row = queries.get(request.ctx, connection_id=id)
    secret = {need.name for need in asked_of(row.provider) if need.secret}
    asked = {name: value.strip() for name, value in _given(request, row.provider).items() if name in request.POST}
    given = {name: value for name, value in asked.items() if value or name not in secret}
    try:
        channels.reach(request.ctx, connection_id=id, settings=given, same_shop=request.POST.get("same_shop") == "1")
    except Refused as refused:
        messages.error(request, " ".join(errors_of(refused).values()))
        return redirect("channels:connection", id)
    messages.success(request, gettext("Saved. The shop is told of us again."))
    return redirect("channels:connection", id)


def errors_of(refused: Refused) -> dict[str, str]:
    """A refusal at the field that it is about; others go on to the notices."""
    field = FIELDS.get(refused.code) or str(refused.facts.get("field", ""))
    if not field:
        raise refused
    says, next_step = words_of(refused)
    problem = refused.facts.get("problem")
    return {field: gettext(str(problem)) if problem else f"{says} {next_step}".strip()}
