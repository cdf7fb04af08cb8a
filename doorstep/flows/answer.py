"""People answer: the mail leaves with what threads it back, and the conversation says so in the same transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.channels.port import About
from doorstep.customers import queries as customers
from doorstep.flows import chat, shop_mail
from doorstep.inbox import actions as inbox
from doorstep.inbox import chats, locks, queries, tokens
from doorstep.inbox.rules import macros, reply_subject
from doorstep.inbox.values import (
    LONGEST_TEXT,
    NO_ADDRESS,
    NO_FILES_IN_CHAT,
    NO_FILES_THERE,
    NOTHING_TO_SAY,
    TOO_LONG_THERE,
    Channel,
    ConversationRow,
    ConversationState,
    HeaderRow,
)
from doorstep.messaging import actions as messaging
from doorstep.messaging import queries as sent
from doorstep.messaging.values import NO_SMS, Attachment, Draft, MailboxRow
from doorstep.messaging.values import MessageRow as SentRow
from doorstep.orders import queries as orders

log = logging.getLogger("doorstep.answers")
TEMPLATE = "reply"
MOST_REFERENCES = 20
LONGEST_SMS = 1600
UNSEEN_AFTER = timedelta(minutes=1)
MOST_UNSEEN = 100  # of one sweep; the next takes the rest


@transaction.atomic
def reply(
    ctx: Ctx, *, conversation_id: int, version: int, text: str, wish: str,
    state: ConversationState = ConversationState.PENDING, upload_ids: Sequence[int] = (), html: str = "",
) -> int:  # fmt: skip
    """Answers whoever wrote last; the same wish twice answers once.  Returns: the version of the conversation.

    `html`: the same text with a look of its own, for mail.

    Locks: the conversation.  Emits: MessageQueued, Replied.
    Refuses: an empty text, an unfilled variable, nobody to write to, a version since which others were here.
    """
    text = text.strip()[:LONGEST_TEXT]
    if not text:
        raise Refused(NOTHING_TO_SAY)
    macros.require_filled(text)
    row = locks.seen(ctx, conversation_id, version=version)
    return _send(ctx, row, text=text, key=_key(row, wish), state=state, upload_ids=upload_ids, html=html)


@transaction.atomic
def write_first(ctx: Ctx, *, order_id: int, subject: str, text: str, wish: str, about: About | None = None) -> int:
    """Writes to the customer of an order without having been asked; the same wish twice writes once.

    `about`: what it is about, where the shop that sold the order carries it.  Returns: the id of the conversation.
    Locks: filing in this organisation.  Emits: ConversationOpened, MessageQueued, Replied.
    Refuses: an empty text, an unfilled variable, a customer without an e-mail address, what is too long for the shop.
    """
    text = text.strip()[:LONGEST_TEXT]
    if not text or not subject.strip():
        raise Refused(NOTHING_TO_SAY)
    macros.require_filled(text)
    order = orders.get(ctx, id=order_id)
    key = f"first:order:{order_id}:{wish}"
    locks.filing(ctx)
    before = sent.find_by_key(ctx, key=key)
    known = queries.find_sent(ctx, outgoing_id=before.id) if before else None
    if known is not None:
        return known
    whom = customers.get(ctx, customer_id=order.order.customer_id)
    if about is not None:
        row = inbox.start(
            ctx, customer_id=whom.id, address="", name=order.order.customer_name, language=order.language, subject=subject,
            order_id=order_id, channel=Channel.MARKETPLACE,
        )  # fmt: skip
        _write_by_shop(ctx, row, text=text, key=key, state=ConversationState.PENDING, about=about)
        return row.id
    row = inbox.start(
        ctx, customer_id=whom.id, address=order.order.email or whom.email, name=order.order.customer_name or whom.name,
        language=order.language, subject=subject, order_id=order_id,
    )  # fmt: skip
    _send(ctx, row, text=text, key=key, state=ConversationState.PENDING, upload_ids=())
    return row.id


def _send(
    ctx: Ctx, row: ConversationRow, *, text: str, key: str, state: ConversationState, upload_ids: Sequence[int],
    html: str = "",
) -> int:  # fmt: skip
    if row.channel == Channel.CHAT and (chat.is_here(ctx.organisation_id, row.id) or not row.contact_address):
        if upload_ids:
            raise Refused(NO_FILES_IN_CHAT)
        return inbox.record_reply(
            ctx, row=row, text=text, outgoing_id=None, message_id="", to=[], upload_ids=(), state=state
        )
    if row.channel == Channel.MARKETPLACE and not row.contact_address:
        if upload_ids:
            raise Refused(NO_FILES_THERE)
        return _write_by_shop(ctx, row, text=text, key=key, state=state, about=_about(ctx, row))
    if not row.contact_address:
        raise Refused(NO_ADDRESS)
    if row.channel == Channel.SMS:
        if upload_ids:
            raise Refused(NO_FILES_THERE)
        return _write_text(ctx, row, text=text, key=key, state=state)
    message = _queue(ctx, row, text=text, key=key, upload_ids=upload_ids, html=html)
    if message is None:
        return row.version
    return inbox.record_reply(
        ctx, row=row, text=text, outgoing_id=message.id, message_id=message.message_id,
        to=[row.contact_address], upload_ids=upload_ids, state=state,
    )  # fmt: skip


def _about(ctx: Ctx, row: ConversationRow) -> About:
    """What the last message of a conversation that a shop carried was about."""
    carried = [message for message in sent.messages_of(ctx, timelines=[f"order:{row.order_id}"]) if shop_mail.is_carried(message)]
    return About(carried[0].template.removeprefix(shop_mail.TEMPLATE)) if carried else About.ORDER


def _write_by_shop(ctx: Ctx, row: ConversationRow, *, text: str, key: str, state: ConversationState, about: About) -> int:
    """Has the shop that sold an order carry a message to its buyer.  Returns: the version of the conversation."""
    order = orders.get(ctx, id=row.order_id or 0).order
    writer = shop_mail.find_writer(ctx, connection_id=order.connection_id)
    if writer is None:
        raise Refused(NO_ADDRESS)
    if len(text) > writer.longest_message:
        raise Refused(TOO_LONG_THERE, {"most": writer.longest_message})
    draft = Draft(
        key, f"order:{order.id}", "", row.contact_name, f"{shop_mail.TEMPLATE}{about}", row.language, row.subject, text + "\n",
        auto=ctx.actor.kind == "system",
    )  # fmt: skip
    return _queue_and_note(ctx, row, draft, text=text, to=order.external_id, state=state)


def _write_text(ctx: Ctx, row: ConversationRow, *, text: str, key: str, state: ConversationState) -> int:
    """Answers a text by a text.  Returns: the version of the conversation.  Refuses: no number in use, what is too long."""
    if sent.find_default_sms_account(ctx) is None:
        raise Refused(NO_SMS)
    if len(text) > LONGEST_SMS:
        raise Refused(TOO_LONG_THERE, {"most": LONGEST_SMS})
    draft = Draft(
        key, row.timeline, row.contact_address, row.contact_name, TEMPLATE, row.language, "", text, way="sms",
        auto=ctx.actor.kind == "system",
    )  # fmt: skip
    return _queue_and_note(ctx, row, draft, text=text, to=row.contact_address, state=state)


def _queue_and_note(ctx: Ctx, row: ConversationRow, draft: Draft, *, text: str, to: str, state: ConversationState) -> int:
    """Queues an answer and notes it, once.  Returns: the version of the conversation."""
    made = messaging.queue(ctx, drafts=[draft], domain=settings.MAIL_FROM.partition("@")[2])
    message = sent.find(ctx, id=made[0]) if made else None
    if message is None:
        return row.version
    return inbox.record_reply(
        ctx, row=row, text=text, outgoing_id=message.id, message_id=message.message_id, to=[to], upload_ids=(), state=state
    )


def mail_unseen(ctx: Ctx) -> None:
    """Answers that a chat's visitor left too early to see go on by mail, each in a transaction of its own.

    One that cannot be mailed keeps nobody else's back.  Emits: MessageQueued.
    """
    unseen = chats.find_unseen(ctx, waited=UNSEEN_AFTER, limit=MOST_UNSEEN)
    alone.each(unseen, lambda id: _mail_one(ctx, id), named=lambda id: f"mailing the answer {id} of a chat")


@transaction.atomic
def _mail_one(ctx: Ctx, message_id: int) -> None:
    row = locks.conversation(ctx, queries.get_message(ctx, message_id=message_id).conversation_id)
    unseen = queries.get_message(ctx, message_id=message_id)
    if unseen.outgoing_id is not None or chat.is_here(ctx.organisation_id, row.id):
        return
    message = _queue(ctx, row, text=unseen.text, key=_key(row, f"unseen-{message_id}"), upload_ids=())
    if message is not None:
        chats.mark_mailed(ctx, message_id=message_id, outgoing_id=message.id, header=message.message_id)


def _key(row: ConversationRow, wish: str) -> str:
    return f"reply:conversation:{row.id}:{wish}"


def _queue(
    ctx: Ctx, row: ConversationRow, *, text: str, key: str, upload_ids: Sequence[int], html: str = ""
) -> SentRow | None:
    """The mail of an answer; None where the same wish was there before."""
    heard = queries.headers_of(ctx, conversation_id=row.id)
    in_reply_to, references = _thread(heard)
    mailbox = _mailbox(ctx, row)
    ours = mailbox.address if mailbox else settings.MAIL_FROM
    reply_to = tokens.reply_address(ours, organisation_id=ctx.organisation_id, conversation_id=row.id)
    draft = Draft(
        key, row.timeline, row.contact_address, row.contact_name, TEMPLATE, row.language,
        reply_subject(row.subject) if heard else row.subject, text + "\n", html,
        mailbox_id=mailbox.id if mailbox else 0, reply_to=reply_to, in_reply_to=in_reply_to, references=references,
        attachments=_files(ctx, upload_ids), auto=ctx.actor.kind == "system",
    )  # fmt: skip
    made = messaging.queue(ctx, drafts=[draft], domain=ours.partition("@")[2])
    return sent.find(ctx, id=made[0]) if made else None


def _mailbox(ctx: Ctx, row: ConversationRow) -> MailboxRow | None:
    """The mailbox that a conversation came by, or the one that mail leaves by where that is out of use."""
    in_use = [mailbox for mailbox in sent.list_mailboxes(ctx) if mailbox.active]
    return next((mailbox for mailbox in in_use if mailbox.id == row.mailbox_id), in_use[0] if in_use else None)


def _thread(heard: Sequence[HeaderRow]) -> tuple[str, tuple[str, ...]]:
    """What an answer refers to: the newest message, and those before it.  Source: RFC 5322, 3.6.4."""
    known = [m.message_id for m in heard if m.message_id.startswith("<")]
    theirs = [m.message_id for m in heard if m.message_id.startswith("<") and m.direction == "in"]
    return (theirs or known or [""])[-1], tuple(known[-MOST_REFERENCES:])


def _files(ctx: Ctx, upload_ids: Sequence[int]) -> tuple[Attachment, ...]:
    files = [queries.get_upload(ctx, upload_id=id) for id in upload_ids]
    return tuple(Attachment(file.name, file.content_type, bytes(file.content)) for file in files)


def wake_sleepers(now: datetime) -> None:
    """Opens conversations whose sleep is over, in every organisation."""
    found = queries.find_sleepers(now=now)
    alone.each_of(found, lambda ctx, id: inbox.wake(ctx, conversation_id=id), now=now, what="conversation")
