"""Settings pages of the staff: add, change a role, give a new password, remove."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.base.refusals import Refused
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import LANGUAGE_WORDS, ROLE_WORDS, errors_of, show


def _page(request: StaffRequest, *, status: int = 200, **facts: Any) -> HttpResponse:
    found = {
        "people": queries.list_staff(request.ctx), "role_words": ROLE_WORDS, "language_words": LANGUAGE_WORDS,
        "form": {"role": "warehouse", "language": request.organisation.default_language}, "errors": {}, **facts,
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
        added = accounts.add_staff(request.ctx, **form)
    except Refused as refused:
        return _page(request, form=form, errors=errors_of(refused), status=422)
    return _page(request, shown={"member": added.member, "password": added.password})


@page("settings:write", methods=("POST",))
def change_role(request: StaffRequest, id: int) -> HttpResponse:
    """Gives somebody another role."""
    member = accounts.change_role(request.ctx, id=id, role=request.POST.get("role", ""))
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
