"""Settings, Text messages: the numbers that texts leave from, and how they are doing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts.rules import require_choice
from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.flows import send_text
from doorstep.messaging import queries, texting
from doorstep.messaging.values import SmsAccountRow
from doorstep.web.mailboxes import telling as problems
from doorstep.web.mailboxes.views import LOOKS
from doorstep.web.parts import states, timeline
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import errors_of, show

PROVIDERS = {"twilio": _("Twilio"), "sandbox_phone": _("Sandbox phones")}
FIELDS = ("name", "number", "provider", "username", "url")
SECRETS = {"twilio": "password", "sandbox_phone": "token"}
NEW = states.Look(states.MOVING, "clock", _("Nothing heard yet"))
ON = states.Look(states.DONE, "check", _("In use"))


def _shown(row: SmsAccountRow) -> dict[str, Any]:
    """A number as pages show it: nothing secret among it."""
    look = {"on": ON, "new": NEW}.get(row.look) or LOOKS[row.look]
    return {
        "row": row, "look": look, "provider": PROVIDERS.get(row.provider, row.provider),
        "place": row.settings.get("username") or row.settings.get("url", ""),
        "says": problems.says(row.problem) if row.problem else "", "detail": row.problem,
    }  # fmt: skip


def _offered() -> list[tuple[str, Any]]:
    names = [name for name in send_text.offered() if name != "sandbox_phone" or settings.SANDBOX_VENDORS.get("phone")]
    return [(name, PROVIDERS.get(name, name)) for name in sorted(names, reverse=True)]


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every number, and how it is doing."""
    return _show(request)


def _show(request: StaffRequest, *, form: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> HttpResponse:
    facts = {
        "accounts": [_shown(row) for row in queries.list_sms_accounts(request.ctx)], "providers": _offered(),
        "form": form or {"provider": "twilio", "url": settings.SANDBOX_VENDORS.get("phone", "")}, "errors": errors or {},
        "opened": bool(errors),
    }  # fmt: skip
    return show(request, "texting", facts, status=422 if errors else 200)


@page("settings:write", methods=("POST",))
def connect(request: StaffRequest) -> HttpResponse:
    """Connects a number and opens its account once, so that a wrong token is told at once."""
    form = {name: keepable(request.POST.get(name, ""))[:400] for name in FIELDS}
    try:
        require_choice("provider", form["provider"], [name for name, _word in _offered()])
        id = texting.connect(
            request.ctx, name=form["name"], number=form["number"], provider=form["provider"],
            settings=_reached(request, form["provider"]),
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "sms_account_taken":
            refused.facts["field"] = "name"
        return _show(request, form=form, errors=errors_of(refused))
    _try(request, id)
    return redirect("texting:account", id)


def _reached(request: StaffRequest, provider: str) -> dict[str, str]:
    names = ("username", "password") if provider == "twilio" else ("url", "token")
    return {name: keepable(request.POST.get(name, ""))[:400].strip() for name in names}


@page("settings:read")
def account(request: StaffRequest, id: int) -> HttpResponse:
    """One number: who carries its texts, what is wrong, and everything that happened to it."""
    return _show_one(request, queries.get_sms_account(request.ctx, account_id=id))


def _show_one(request: StaffRequest, row: SmsAccountRow, errors: dict[str, str] | None = None) -> HttpResponse:
    default = queries.find_default_sms_account(request.ctx)
    facts = {
        **_shown(row), "is_default": default is not None and default.id == row.id, "webhook_url": send_text.webhook_url(row),
        "errors": errors or {}, "username": row.settings.get("username", ""), "url": row.settings.get("url", ""),
        "items": timeline.told(outbox.timeline(request.ctx, of=[f"sms_account:{row.id}"], limit=50)),
    }  # fmt: skip
    return show(request, "texting_account", facts, status=422 if errors else 200)


@page("settings:write", methods=("POST",))
def change(request: StaffRequest, id: int) -> HttpResponse:
    """Says how a number is called and reached; an empty secret keeps the one that is there."""
    row = queries.get_sms_account(request.ctx, account_id=id)
    reached = {name: value for name, value in _reached(request, row.provider).items() if value or name != SECRETS.get(row.provider)}
    try:
        texting.change(
            request.ctx, account_id=id, name=request.POST.get("name", ""), number=request.POST.get("number", ""), settings=reached
        )
    except Refused as refused:
        return _show_one(request, row, errors=errors_of(refused))
    _try(request, id)
    return redirect("texting:account", id)


@page("settings:write", methods=("POST",))
def retire(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a number out of use."""
    texting.set_active(request.ctx, account_id=id, active=False)
    messages.success(request, gettext("No texts leave from this number any more."))
    return redirect("texting:account", id)


@page("settings:write", methods=("POST",))
def bring_back(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a number back into use."""
    texting.set_active(request.ctx, account_id=id, active=True)
    messages.success(request, gettext("The number is in use again."))
    return redirect("texting:account", id)


@page("settings:write", methods=("POST",))
def test(request: StaffRequest, id: int) -> HttpResponse:
    """Opens the account and says what is wrong, if anything is."""
    _try(request, id)
    return redirect("texting:account", id)


def _try(request: StaffRequest, id: int) -> None:
    trouble = send_text.subscribe(request.ctx, account_id=id)
    name = queries.get_sms_account(request.ctx, account_id=id).name
    if trouble is not None:
        words = gettext("%(name)s does not open. %(says)s (%(detail)s)")
        messages.error(request, words % {"name": name, "says": problems.says(str(trouble)), "detail": trouble.detail[:200]})
        return
    messages.success(request, gettext("%(name)s opens. Texts can leave.") % {"name": name})
