"""Settings, Mailboxes: where customers write to, and how that is read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts.rules import require_choice
from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.flows import fetch_mail
from doorstep.messaging import mailboxes, queries
from doorstep.messaging.values import MailboxRow
from doorstep.web.mailboxes import telling
from doorstep.web.parts import states, timeline
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.views import back_to
from doorstep.web.settings.views import errors_of, show

IMAP = ("host", "port", "security", "username", "folder", "smtp_url")
SECRET = ("password", "token", "smtp_url")
FIELDS = ("name", "address", "provider", "url", *IMAP)
PROVIDERS = {"imap": _("IMAP: any mail provider"), "sandbox_mailbox": _("Sandbox mailbox")}
SECURITY = [
    ("tls", _("TLS (usual, port 993)")),
    ("starttls", _("STARTTLS (port 143)")),
    ("none", _("None: only inside one's own network")),
]
LOOKS = {
    "on": states.Look(states.DONE, "check", _("Being read")),
    "new": states.Look(states.MOVING, "clock", _("Not read yet")),
    "failing": states.Look(states.BROKEN, "alert-triangle", _("Failing")),
    "off": states.Look(states.OVER, "archive", _("Out of use")),
}


def _providers() -> list[tuple[str, Any]]:
    return [(name, PROVIDERS.get(name, name)) for name in fetch_mail.offered()]


def _shown(row: MailboxRow) -> dict[str, Any]:
    """A mailbox as pages show it: nothing secret among it."""
    known = fetch_mail.reached(row)
    return {
        "row": row, "look": LOOKS[row.look], "reached": known, "provider": PROVIDERS.get(row.provider, row.provider),
        "place": known.get("url") or " · ".join(filter(None, (known.get("username"), known.get("host")))),
        "sends_itself": bool(row.settings.get("smtp_url")) or row.provider != "imap",
        "says": telling.says(row.problem) if row.problem else "",
        "detail": row.problem.partition(": ")[2],
    }  # fmt: skip


def _show(
    request: StaffRequest,
    *,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    opened: str = "",
) -> HttpResponse:
    usual = {"provider": "imap", "security": "tls", "folder": "INBOX", "url": settings.SANDBOX_MAILBOX_URL}
    facts = {
        "mailboxes": [_shown(row) for row in queries.list_mailboxes(request.ctx)],
        "providers": _providers(),
        "securities": SECURITY,
        "form": form or usual,
        "errors": errors or {},
        "opened": opened,
    }
    return show(request, "mailboxes", facts, status=422 if errors else 200)


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every mailbox, and how it is doing."""
    return _show(request)


@page("settings:write", methods=("POST",))
def connect(request: StaffRequest) -> HttpResponse:
    """Connects a mailbox and opens it once, so that a wrong password is told at once and not by silence."""
    form = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        require_choice("provider", form["provider"], [name for name, _word in _providers()])
        id = mailboxes.connect(
            request.ctx, name=form["name"], address=form["address"], provider=form["provider"],
            settings=_reached(request, form["provider"]),
        )  # fmt: skip
    except Refused as refused:
        return _show(request, form=form, errors=_errors(refused), opened="connect")
    _try(request, id)
    return redirect("mailboxes:mailbox", id)


@page("settings:write", methods=("POST",))
def change(request: StaffRequest, id: int) -> HttpResponse:
    """Says how a mailbox is reached; empty secrets keep those that are there, unless they would go to another place."""
    row = queries.get_mailbox(request.ctx, mailbox_id=id)
    reached = _reached(request, row.provider)
    reached = {name: value for name, value in reached.items() if value or name not in SECRET}
    try:
        mailboxes.change(
            request.ctx, mailbox_id=id, name=request.POST.get("name", ""), address=request.POST.get("address", ""),
            settings=reached,
        )  # fmt: skip
    except Refused as refused:
        return _show_one(request, row, errors=_errors(refused), typed=reached)
    _try(request, id)
    return redirect("mailboxes:mailbox", id)


def _reached(request: StaffRequest, provider: str) -> dict[str, str]:
    names = ("url", "token") if provider == "sandbox_mailbox" else (*IMAP, "password")
    given = {name: request.POST.get(name, "")[:400] for name in names}
    return {name: value if name == "password" else value.strip() for name, value in given.items()}


def _errors(refused: Refused) -> dict[str, str]:
    field = {"mailbox_code_taken": "name", "mailbox_address_taken": "address"}.get(refused.code)
    if field:
        refused.facts["field"] = field
    return errors_of(refused)


@page("settings:read")
def mailbox(request: StaffRequest, id: int) -> HttpResponse:
    """One mailbox: how far it was read, what is wrong with it, and everything that happened to it."""
    return _show_one(request, queries.get_mailbox(request.ctx, mailbox_id=id))


def _show_one(
    request: StaffRequest, row: MailboxRow, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    default = queries.find_default_mailbox(request.ctx)
    facts = {
        **_shown(row),
        "is_default": default is not None and default.id == row.id,
        "webhook_url": f"{settings.PUBLIC_URL}/hooks/mail/{row.slug}",
        "webhook_secret": row.settings.get("webhook_secret", "") if request.may("settings:write") else "",
        "securities": SECURITY,
        "errors": errors or {},
        "typed": fetch_mail.reached(row) | {name: value for name, value in (typed or {}).items() if name not in SECRET},
        "items": timeline.told(outbox.timeline(request.ctx, of=[f"mailbox:{row.id}"], limit=50)),
    }
    return show(request, "mailbox", facts, status=422 if errors else 200)


@page("settings:write", methods=("POST",))
def retire(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a mailbox out of use; what it brought stays."""
    mailboxes.set_active(request.ctx, mailbox_id=id, active=False)
    messages.success(request, gettext("The mailbox is not read any more."))
    return redirect("mailboxes:mailbox", id)


@page("settings:write", methods=("POST",))
def bring_back(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a mailbox back into use; it is read on from where it was."""
    mailboxes.set_active(request.ctx, mailbox_id=id, active=True)
    messages.success(request, gettext("The mailbox is in use again."))
    return redirect("mailboxes:mailbox", id)


@page("settings:write", methods=("POST",))
def test(request: StaffRequest, id: int) -> HttpResponse:
    """Opens a mailbox and says what is wrong, if anything is."""
    _try(request, id)
    return HttpResponseRedirect(back_to(request, "/settings/mailboxes/"))


def _try(request: StaffRequest, id: int) -> None:
    row = queries.get_mailbox(request.ctx, mailbox_id=id)
    trouble = fetch_mail.check(request.ctx, mailbox_id=id)
    if trouble is not None:
        words = gettext("%(name)s does not open. %(says)s (%(detail)s)")
        facts = {"name": row.name, "says": telling.says(str(trouble)), "detail": trouble.detail[:200]}
        messages.error(request, words % facts)
        return
    messages.success(request, gettext("%(name)s opens. New mail comes every few seconds.") % {"name": row.name})
