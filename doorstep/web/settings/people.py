"""Settings pages of the staff: add, change a role, give a new password, remove."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.accounts.values import Role
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationKind, LocationRow
from doorstep.web.parts.given import id_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import LANGUAGE_WORDS, ROLE_WORDS, errors_of, show


def shops(ctx: Ctx) -> list[LocationRow]:
    """Where shop staff may work."""
    return [row for row in locations.list_active(ctx) if row.kind == LocationKind.SHOP]


def _chosen(request: StaffRequest) -> list[int]:
    """The shops that were ticked; the only one of a brand needs no tick."""
    open_shops = [shop.id for shop in shops(request.ctx)]
    ticked = {id_of(text) for text in request.POST.getlist("locations")}
    return open_shops if len(open_shops) == 1 else [id for id in open_shops if id in ticked]


def _page(request: StaffRequest, *, status: int = 200, **facts: Any) -> HttpResponse:
    found = {
        "people": queries.list_staff(request.ctx), "role_words": ROLE_WORDS, "language_words": LANGUAGE_WORDS,
        "form": {"role": "warehouse", "language": request.organisation.default_language}, "errors": {},
        "shops": {shop.id: shop.name for shop in shops(request.ctx)}, **facts,
    }  # fmt: skip
    return show(request, "people", found, status=status)


@page("settings:read")
def people(request: StaffRequest) -> HttpResponse:
    """Everybody on the staff."""
    return _page(request)


@page("settings:write", methods=("POST",))
def add(request: StaffRequest) -> HttpResponse:
    """Adds somebody; a generated password is in this answer and nowhere else."""
    form = {key: request.POST.get(key, "") for key in ("email", "name", "role", "language")}
    try:
        added = accounts.add_staff(request.ctx, **form, location_ids=_chosen(request))
    except Refused as refused:
        return _page(request, form=form, errors=errors_of(refused), status=422)
    return _page(request, shown={"member": added.member, "password": added.password})


@page("settings:write", methods=("POST",))
def change_role(request: StaffRequest, id: int) -> HttpResponse:
    """Gives somebody another role; of shop staff it asks where they work."""
    role, chosen = request.POST.get("role", ""), _chosen(request)
    if role == Role.SHOP and not chosen:
        return _page(request, binding=queries.get_staff(request.ctx, id=id))
    member = accounts.change_role(request.ctx, id=id, role=role, location_ids=chosen)
    messages.success(request, gettext("%(name)s has another role now.") % {"name": member.called})
    return redirect("settings:people")


@page("settings:write", methods=("POST",))
def reset_password(request: StaffRequest, id: int) -> HttpResponse:
    """Gives somebody a new password, shown in this answer and nowhere else."""
    password = accounts.reset_password(request.ctx, id=id)
    return _page(request, shown={"member": queries.get_staff(request.ctx, id=id), "password": password})


@page("settings:write", methods=("POST",))
def remove(request: StaffRequest, id: int) -> HttpResponse:
    """Takes somebody off the staff."""
    member = queries.get_staff(request.ctx, id=id)
    accounts.remove_staff(request.ctx, id=id)
    messages.success(request, gettext("%(name)s is off the staff.") % {"name": member.called})
    return redirect("settings:people")
