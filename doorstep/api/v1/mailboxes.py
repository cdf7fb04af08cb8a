"""Mailboxes: where customers write to, how that is read, and how answers leave. Secrets go in and never come out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from ninja import Router, Status
from pydantic import Field, StrictInt, StrictStr

from doorstep.accounts.rules import require_choice
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Id, In, Out, text
from doorstep.api.v1.translate import Mistakes
from doorstep.base.words import gettext_noop
from doorstep.flows import fetch_mail
from doorstep.messaging import mailboxes, queries
from doorstep.messaging.values import MailboxRow

router = Router(tags=["Mailboxes"])
Text = Annotated[StrictStr, text(400)]
Name = Annotated[StrictStr, text(80, required=True)]
Address = Annotated[StrictStr, text(254, required=True)]


class ReachedIn(In):
    """How a mailbox is reached; what is left out stays as it is. `smtp_url`: by which answers leave, with user and password."""

    host: Text | None = None
    port: Annotated[StrictInt, Field(ge=1, le=65535)] | None = None
    security: Literal["tls", "starttls", "none"] | None = None
    username: Text | None = None
    password: Text | None = None
    folder: Text | None = None
    smtp_url: Text | None = None
    url: Annotated[Text | None, Field(description="Of the sandbox mailbox.")] = None
    token: Annotated[Text | None, Field(description="Of the sandbox mailbox.")] = None


class MailboxIn(ReachedIn):
    """`host`, `username` and `password` belong to `imap`; `url` and `token` to the sandbox mailbox, where one is."""

    name: Name
    address: Address
    provider: Annotated[StrictStr, text(40, required=True)] = "imap"


class MailboxPatchIn(ReachedIn):
    """What is left out stays as it is, the secrets too."""

    name: Name | None = None
    address: Address | None = None


class MailboxOut(Out):
    """`state`: on, new (not read yet), failing or off (out of use). `problem`: what fails, one of host, tls, login, folder and
    answer; `problem_detail`: in the server's own words. `is_default`: mail leaves by it that names no mailbox."""

    id: int
    name: str
    address: str
    provider: str
    state: Literal["on", "new", "failing", "off"]
    host: str
    port: int | None
    security: str
    username: str
    folder: str
    url: str
    has_smtp: bool
    webhook_url: str
    is_default: bool
    fetched_at: datetime | None
    heard_at: datetime | None
    problem: str
    problem_detail: str
    problem_at: datetime | None


class MailboxesOut(Out):
    mailboxes: list[MailboxOut]
    next: str | None


class MailboxTestOut(MailboxOut):
    opens: bool


@operation(router, "GET", "/mailboxes", scope="settings:read", answers={200: MailboxesOut})
def list_mailboxes(request: Asked) -> dict[str, Any]:
    """Every mailbox, those in use first, then in the order in which they were connected."""
    rows = queries.list_mailboxes(request.ctx)
    default = next((row.id for row in rows if row.active), 0)
    return {"mailboxes": [_shown(row, is_default=row.id == default) for row in rows], "next": None}


@operation(router, "POST", "/mailboxes", scope="settings:write", answers={201: MailboxOut})
def connect_mailbox(request: Asked, given: MailboxIn) -> Status[dict[str, Any]]:
    """Connects a mailbox, which is read every few seconds from now on. Test it to learn at once what is wrong."""
    require_choice("provider", given.provider, fetch_mail.offered())
    usual = {"host": "", "security": "tls", "folder": "INBOX"} if given.provider == "imap" else {"url": ""}
    id = mailboxes.connect(
        request.ctx, name=given.name, address=given.address, provider=given.provider,
        settings=usual | _reached(given, given.provider),
    )  # fmt: skip
    return Status(201, _detail(request, id))


@operation(router, "GET", "/mailboxes/{mailbox_id}", scope="settings:read", answers={200: MailboxOut})
def get_mailbox(request: Asked, mailbox_id: Id) -> dict[str, Any]:
    """One mailbox, and how it is doing."""
    return _detail(request, mailbox_id)


@operation(router, "PATCH", "/mailboxes/{mailbox_id}", scope="settings:write", answers={200: MailboxOut})
def edit_mailbox(request: Asked, mailbox_id: Id, change: MailboxPatchIn) -> dict[str, Any]:
    """Changes how a mailbox is called and reached. At another place it is read from the start. A new host,
    port, security, user name or address of the sandbox needs the password or token again."""
    row = queries.get_mailbox(request.ctx, mailbox_id=mailbox_id)
    mailboxes.change(
        request.ctx, mailbox_id=mailbox_id, name=change.name, address=change.address,
        settings=_reached(change, row.provider),
    )  # fmt: skip
    return _detail(request, mailbox_id)


@operation(router, "POST", "/mailboxes/{mailbox_id}/retire", scope="settings:write", answers={200: MailboxOut})
def retire_mailbox(request: Asked, mailbox_id: Id) -> dict[str, Any]:
    """Takes a mailbox out of use; what it brought stays."""
    mailboxes.set_active(request.ctx, mailbox_id=mailbox_id, active=False)
    return _detail(request, mailbox_id)


@operation(router, "POST", "/mailboxes/{mailbox_id}/bring-back", scope="settings:write", answers={200: MailboxOut})
def bring_back_mailbox(request: Asked, mailbox_id: Id) -> dict[str, Any]:
    """Takes a mailbox back into use; it is read on from where it was."""
    mailboxes.set_active(request.ctx, mailbox_id=mailbox_id, active=True)
    return _detail(request, mailbox_id)


@operation(router, "POST", "/mailboxes/{mailbox_id}/test", scope="settings:write", answers={200: MailboxTestOut})
def test_mailbox(request: Asked, mailbox_id: Id) -> dict[str, Any]:
    """Opens a mailbox now; where it does not open, `problem` says what is wrong."""
    trouble = fetch_mail.check(request.ctx, mailbox_id=mailbox_id)
    return _detail(request, mailbox_id) | {"opens": trouble is None}


def _reached(given: ReachedIn, provider: str) -> dict[str, str]:
    told = {name: str(value) for name in ReachedIn.model_fields if (value := getattr(given, name)) is not None}
    wrong = Mistakes()
    for name, value in told.items():
        wrong.text(f"/{name}", value, longest=400)
        if (name in ("url", "token")) != (provider == fetch_mail.SANDBOX):
            wrong.add(f"/{name}", "not_together", gettext_noop("does not belong to this provider."))
    wrong.refuse()
    return told


def _detail(request: Asked, mailbox_id: int) -> dict[str, Any]:
    default = queries.find_default_mailbox(request.ctx)
    row = queries.get_mailbox(request.ctx, mailbox_id=mailbox_id)
    return _shown(row, is_default=default is not None and default.id == row.id)


def _shown(row: MailboxRow, *, is_default: bool) -> dict[str, Any]:
    part, _, detail = row.problem.partition(": ")
    names = ("host", "security", "username", "folder", "url")
    reached = fetch_mail.reached(row)
    return {name: reached.get(name, "") for name in names} | {
        "id": row.id, "name": row.name, "address": row.address, "provider": row.provider, "state": row.look,
        "port": int(reached.get("port") or 0) or None, "has_smtp": bool(row.settings.get("smtp_url")),
        "webhook_url": f"{settings.PUBLIC_URL}/hooks/mail/{row.slug}", "is_default": is_default,
        "fetched_at": row.fetched_at, "heard_at": row.heard_at, "problem": part, "problem_detail": detail,
        "problem_at": row.problem_at,
    }  # fmt: skip
