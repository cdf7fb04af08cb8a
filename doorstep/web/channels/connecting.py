"""Connecting a shop: choose its kind, give what that kind needs; later, give it anew."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import file_profiles, kinds, queries
from doorstep.channels.port import shops
from doorstep.channels.values import CONNECTED_ALREADY, TILL, ConnectionRow
from doorstep.web.parts import asking
from doorstep.web.parts.pages import StaffRequest, page, words_of

FIELDS = {"connection_name_taken": "name", "shop_connected_already": "name", "unknown_provider": "provider"} | {
    "connection_of_another_shop": "url"
}


OURS = {file_profiles.FILE: _("Files"), TILL: _("Till")}


def kind_of(provider: str) -> str:
    """A kind of shop as people call it."""
    if provider in OURS:
        return str(OURS[provider])
    return shops.title_of(provider)


@page("channels:write", methods=("GET", "POST"))
def connect(request: StaffRequest) -> HttpResponse:
    """Adds a connection; the shop is told of us by a job."""
    provider = request.POST.get("provider", request.GET.get("provider", ""))
    if request.method != "POST":
        return _form(request, provider, {})
    given = asking.given(request, shops.asked_of(provider))
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
    fields = [asking.field_of(need, request, usual, errors) for need in shops.asked_of(provider)]
    facts = {
        "kinds": [(name, kind_of(name), kinds.sign_in_of(name) is not None) for name in shops.names()],
        "provider": provider if known else "",
        "kind": kind_of(provider) if known else "",
        "name": request.POST.get("name", ""),
        "fields": fields,
        "has_optional": any(not one.required for one in fields),
        "errors": errors,
        "signs_in": kinds.sign_in_of(provider) is not None,
        "steps": shops.steps_of(provider),
    }
    return render(request, "channels/connect.html", facts, status=422 if errors else 200)


def fields_of(request: StaffRequest, row: ConnectionRow, errors: dict[str, str]) -> list[asking.Field]:
    """How a shop is reached, to be given anew."""
    asked = shops.asked_of(row.provider)
    if row.settings.get("grant"):  # who changes where it is, or with what, signs in anew
        asked = [need for need in asked if need.optional]
    return [asking.field_of(need, request, row.settings, errors, kept=True) for need in asked]


@page("channels:write", methods=("POST",))
def change(request: StaffRequest, id: int) -> HttpResponse:
    """Says anew how a shop is reached; secrets that are left empty stay."""
    row = queries.get(request.ctx, connection_id=id)
    given = asking.given(request, shops.asked_of(row.provider), kept=True)
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
