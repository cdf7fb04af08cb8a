"""Settings pages of the API keys: make, shown once, revoke."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.accounts.values import PERMISSIONS
from doorstep.base.refusals import Refused
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import AREA_WORDS, errors_of, show

# Keys that a page elsewhere asks for: what each is called, and what it may do.
MEANT: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "store": (_("Web store"), ("orders:read", "orders:write", "stock:read")),
}


def _page(request: StaffRequest, *, status: int = 200, **facts: Any) -> HttpResponse:
    name, meant = MEANT.get(request.GET.get("for", ""), ("", ()))
    form: dict[str, Any] = facts.pop("form", {"name": str(name), "scopes": list(meant)})
    areas = [
        (word, [
            (scope, what, scope in form["scopes"])
            for what in ("read", "write", "approve") if (scope := f"{area}:{what}") in PERMISSIONS
        ])
        for area, word in AREA_WORDS.items()
    ]  # fmt: skip
    found = {"keys": queries.list_keys(request.ctx), "areas": areas, "form": form, "is_meant": bool(meant), "errors": {}, **facts}
    return show(request, "keys", found, status=status)


@page("settings:read")
def keys(request: StaffRequest) -> HttpResponse:
    """Every API key, living ones first."""
    return _page(request)


@page("settings:write", methods=("POST",))
def make(request: StaffRequest) -> HttpResponse:
    """Makes a key; its secret is in this answer and nowhere else."""
    name, scopes = request.POST.get("name", ""), request.POST.getlist("scopes")
    try:
        made = accounts.make_key(request.ctx, name=name, scopes=scopes)
    except Refused as refused:
        return _page(request, form={"name": name, "scopes": scopes}, errors=errors_of(refused), status=422)
    return _page(request, shown=made)


@page("settings:write", methods=("POST",))
def revoke(request: StaffRequest, id: int) -> HttpResponse:
    """Ends a key."""
    accounts.revoke_key(request.ctx, id=id)
    messages.success(request, gettext("The key is revoked. Programs that use it are refused from now on."))
    return redirect("settings:keys")
