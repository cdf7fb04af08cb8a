"""Settings, Payments: who takes the money, and how they are reached."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.flows.hear_payments import webhook_url
from doorstep.payments import accounts, queries
from doorstep.payments.port import payments
from doorstep.web.parts import timeline, vendors
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import errors_of, show


def _show(
    request: StaffRequest, *, form: dict[str, str] | None = None, errors: dict[str, str] | None = None, opened: str = ""
) -> HttpResponse:
    default = queries.find_default_account(request.ctx)
    facts: dict[str, Any] = {
        "accounts": [vendors.line(row, default) for row in queries.list_accounts(request.ctx)],
        "providers": vendors.choices(payments.names()),
        "form": form or {"name": "", "provider": "", "url": settings.SANDBOX_PAYMENT_URL},
        "errors": errors or {},
        "opened": opened,
    }
    return show(request, "payment_accounts", facts, status=422 if errors else 200)


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every payment account; one of them takes the money of new orders."""
    return _show(request)


@page("settings:write", methods=("POST",))
def connect(request: StaffRequest) -> HttpResponse:
    """Connects a payment account; its token is never shown again."""
    try:
        account = vendors.wanted(request, providers=payments.names())
        accounts.connect(request.ctx, **account)
    except Refused as refused:
        if refused.code == "payment_account_code_taken":
            refused.facts["field"] = "name"
        return _show(request, form=vendors.form_of(request), errors=errors_of(refused), opened="connect")
    messages.success(request, gettext("%(name)s is connected.") % {"name": account["name"]})
    return redirect("payment_accounts:index")


@page("settings:read")
def account(request: StaffRequest, id: int) -> HttpResponse:
    """One account: how its webhooks are doing, and everything that happened to it."""
    row = queries.get_account(request.ctx, account_id=id)
    facts = {
        "row": row, "line": vendors.line(row, None), "webhook_url": webhook_url(row),
        "items": timeline.told(outbox.timeline(request.ctx, of=[f"payment_account:{id}"], limit=50)),
    }  # fmt: skip
    return show(request, "payment_account", facts)


@page("settings:write", methods=("POST",))
def change(request: StaffRequest, id: int) -> HttpResponse:
    """Says where a provider is reached; an empty token keeps the one that is there, at the same address."""
    try:
        accounts.set_settings(request.ctx, account_id=id, settings=vendors.reached(request))
    except Refused as refused:
        return _show(request, form=vendors.form_of(request), errors=errors_of(refused), opened=f"change-{id}")
    messages.success(request, gettext("The payment account is saved."))
    return redirect("payment_accounts:index")


@page("settings:write", methods=("POST",))
def retire(request: StaffRequest, id: int) -> HttpResponse:
    """Takes an account out of use; what it was asked for before is still settled."""
    accounts.set_active(request.ctx, account_id=id, active=False)
    messages.success(request, gettext("No new order is authorised there any more."))
    return redirect("payment_accounts:account", id)


@page("settings:write", methods=("POST",))
def bring_back(request: StaffRequest, id: int) -> HttpResponse:
    """Takes an account back into use."""
    accounts.set_active(request.ctx, account_id=id, active=True)
    messages.success(request, gettext("The payment account is in use again."))
    return redirect("payment_accounts:account", id)


@page("settings:write", methods=("POST",))
def subscribe(request: StaffRequest, id: int) -> HttpResponse:
    """Tells a provider again where its webhooks go."""
    accounts.subscribe(request.ctx, account_id=id)
    messages.success(request, gettext("The provider is being told where its webhooks go."))
    return redirect("payment_accounts:account", id)
