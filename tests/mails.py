"""Mails as they reach a mailbox, and their way into the inbox."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Actor, Ctx
from doorstep.flows import arrivals as flow
from doorstep.inbox import queries
from doorstep.inbox.values import ConversationRow, MessageRow

SUPPORT = "orders@doorstep.example"
CUSTOMER = "minseo@example.com"
_numbers = itertools.count(1)


def mail(
    text: str = "Where is my parcel?", *, subject: str = "My order", sender: str = f"Kim Minseo <{CUSTOMER}>",
    to: str = SUPPORT, message_id: str | None = None, in_reply_to: str = "", references: Sequence[str] = (),
    headers: dict[str, str] | None = None, files: Sequence[tuple[str, str, bytes]] = (), html: str = "",
) -> bytes:  # fmt: skip
    """A mail's bytes.  `files` are (name, content type, bytes)."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = message_id or f"<m{next(_numbers)}@mail.example>"
    if in_reply_to:
        message["In-Reply-To"] = in_reply_to
    if references or in_reply_to:
        message["References"] = " ".join(references or [in_reply_to])
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content_type, content in files:
        main, _, sub = content_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def keep(ctx: Ctx, *raws: bytes, mailbox_id: int = 1) -> list[int]:
    """Mails kept as arrivals, not read yet; returns their ids."""
    kept = arrivals.keep(
        ctx,
        [
            Incoming(mailbox_id, f"uid-{next(_numbers)}", "mail", raw, "message/rfc822", source=arrivals.MAIL)
            for raw in raws
        ],
    )
    return [one.id for one in kept]


def bring(ctx: Ctx, *raws: bytes, mailbox_id: int = 1) -> list[str]:
    """Mails come in and are read; returns their outcomes."""
    ids = keep(ctx, *raws, mailbox_id=mailbox_id)
    outcomes = flow.process(ctx, arrival_ids=ids)
    return [outcomes[id] for id in ids]


def conversations(ctx: Ctx) -> list[ConversationRow]:
    """Every conversation, oldest first."""
    return sorted(
        queries.list_conversations(ctx, where=queries.ConversationFilter(), limit=500), key=lambda row: row.id
    )


def said(ctx: Ctx, conversation_id: int) -> list[MessageRow]:
    """What people wrote in a conversation, oldest first, small lines left out."""
    return [m for m in queries.messages_of(ctx, conversation_id=conversation_id) if m.kind != "system"]


def as_agent(ctx: Ctx, name: str = "Harin", id: int = 7) -> Ctx:
    """The same house, acted in by somebody of the service."""
    return ctx.as_actor(Actor("staff", id, name))


def later(ctx: Ctx, minutes: int) -> Ctx:
    """The same, some minutes on."""
    return replace(ctx, now=ctx.now + timedelta(minutes=minutes))


def events_of(ctx: Ctx, type: str) -> list[dict[str, object]]:
    """What was told of one type, oldest first."""
    return db.dicts(
        "SELECT subject, timeline, data, at FROM base_event WHERE organisation_id = %s AND type = %s ORDER BY id",
        [ctx.organisation_id, type],
    )


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text + "+00:00")
