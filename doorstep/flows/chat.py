"""A visitor of a page talks with the brand: messages in, answers out, and on by mail when one of them is gone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext, override

from doorstep.base import tokens
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.customers import actions as customers
from doorstep.customers import queries as people
from doorstep.customers import rules as customer_rules
from doorstep.customers.values import Person
from doorstep.flows.notify import TRACKING, TRACKING_DAYS
from doorstep.inbox import actions as inbox
from doorstep.inbox import chats, locks, queries
from doorstep.inbox.rules import calendar
from doorstep.inbox.values import Channel, Direction, Incoming, MessageKind
from doorstep.orders import queries as orders

PURPOSE = "chat"
DAY_S = 24 * 3600
TOKEN_DAYS = 30
LONGEST = 2000
# A stream says every 15 s that somebody looks; after three silent ones nobody does.
HERE_S = 45
SUBJECT = gettext_noop("Chat")
MY_ADDRESS = gettext_noop("My e-mail address is %(address)s.")
NOT_AN_ADDRESS = Refusal(
    "bad_address",
    gettext_noop("This is no e-mail address."),
    gettext_noop("Write one such as name@example.com."),
    status=422,
)
NOTHING_SAID = Refusal(
    "nothing_said", gettext_noop("There is nothing written yet."), gettext_noop("Write a message."), status=422
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever holds this token.  `conversation_id` is 0 before the first message; `order_id` where an order's own page knew it."""

    organisation_id: int
    key: str
    conversation_id: int
    order_id: int

    def token(self) -> str:
        """What their browser keeps: signed, so that nobody can make or guess one."""
        return tokens.make(PURPOSE, [self.organisation_id, self.key, self.conversation_id, self.order_id])


@dataclass(frozen=True, slots=True)
class Line:
    """A message as the visitor sees it.  `n` counts upwards within the conversation; `client_id` is what their page called it."""

    n: int
    client_id: str
    is_mine: bool
    name: str
    text: str
    at: datetime


def visitor_of(token: str) -> Visitor:
    """Who a token names.  Refuses: forged and expired ones."""
    organisation_id, key, conversation_id, order_id = tokens.read(PURPOSE, token, max_age_s=TOKEN_DAYS * DAY_S)
    return Visitor(organisation_id, key, conversation_id, order_id)


def begin(ctx: Ctx, *, order_token: str = "") -> Visitor:
    """A new visitor, who has said nothing yet; `order_token` is that of a tracking page.  Refuses: forged ones."""
    order_id = 0
    if order_token:
        organisation_id, order_id = tokens.read(TRACKING, order_token, max_age_s=TRACKING_DAYS * DAY_S)
        if organisation_id != ctx.organisation_id:
            raise Refused(tokens.FORGED)
    return Visitor(ctx.organisation_id, secrets.token_hex(16), 0, order_id)


def of_order(ctx: Ctx, *, order_id: int) -> Visitor:
    """Whoever holds the link to an order and asks something on its page, without a chat."""
    return Visitor(ctx.organisation_id, f"order-{order_id}", 0, order_id)


@transaction.atomic
def say(ctx: Ctx, *, visitor: Visitor, text: str, client_id: str, language: str) -> Visitor:
    """Files what a visitor wrote; the same `client_id` again changes nothing.  Returns: the visitor with their conversation.

    Locks: filing in this organisation, customers' identities, the conversation.  Emits: ConversationOpened, MessageFiled.
    Refuses: nothing written.
    """
    text = text.replace("\x00", "").strip()[:LONGEST]
    if not text:
        raise Refused(NOTHING_SAID)
    locks.filing(ctx)
    header = f"chat:{visitor.key}:{client_id[:64]}"
    found = queries.find_by_header(ctx, message_id=header)
    if found is not None:
        return replace(visitor, conversation_id=found.conversation_id)
    return _file(ctx, visitor, text=text, header=header, language=language, asks=True)


@transaction.atomic
def leave_address(ctx: Ctx, *, visitor: Visitor, address: str, name: str, language: str) -> Visitor:
    """Keeps where a visitor wants to be answered when they are gone.

    Locks: filing in this organisation, the conversation.  Emits: MessageFiled.  Refuses: what is no address.
    """
    plain = customer_rules.normalise_email(address.replace("\x00", ""))
    if not plain or "@" not in plain:
        raise Refused(NOT_AN_ADDRESS)
    locks.filing(ctx)
    with override(language):
        text = gettext(MY_ADDRESS) % {"address": plain}
    header = f"chat:{visitor.key}:address:{plain}"[:250]
    known = queries.find_by_header(ctx, message_id=header)
    if known is not None:
        return replace(visitor, conversation_id=known.conversation_id)
    there = _file(ctx, visitor, text=text, header=header, language=language, asks=False)
    chats.set_contact(ctx, conversation_id=there.conversation_id, address=plain, name=name.replace("\x00", "").strip())
    return there


def _file(ctx: Ctx, visitor: Visitor, *, text: str, header: str, language: str, asks: bool) -> Visitor:
    customer_id, name, email = _customer(ctx, visitor, language)
    with override(language):
        subject = gettext(SUBJECT)
    filed = inbox.file(
        ctx.as_actor(Actor("customer", customer_id, name)),
        message=Incoming(
            conversation_id=visitor.conversation_id or None, channel=Channel.CHAT, kind=MessageKind.CHAT,
            customer_id=customer_id, address="", name=name, reply_to=email, subject=subject, text=text, fresh=text, quoted="",
            language=language, at=ctx.now, message_id=header, asks=asks, order_id=visitor.order_id or None,
        ),
    )  # fmt: skip
    return replace(visitor, conversation_id=filed.conversation_id)


def _customer(ctx: Ctx, visitor: Visitor, language: str) -> tuple[int, str, str]:
    """Whose conversation it is: the order's customer on that order's page, else somebody known by their token alone.

    Returns: who it is, their name, and the address that the order knows, so that nobody is asked for it again.
    """
    if visitor.order_id:
        order = orders.get(ctx, id=visitor.order_id).order
        return order.customer_id, order.customer_name, order.email
    [id] = customers.match(ctx, people=[Person(language=language, identities=(("chat", visitor.key),))])
    return id, people.get(ctx, customer_id=id).name, ""


def lines_after(ctx: Ctx, *, visitor: Visitor, after: int) -> list[Line]:
    """What was said after a line, oldest first; notes of the staff are not among it."""
    if not visitor.conversation_id:
        return []
    rows = queries.messages_since(ctx, conversation_id=visitor.conversation_id, version=after)
    return [
        Line(row.version, _client_id(visitor, row.message_id), row.direction == Direction.IN, row.author_name, row.text, row.at)
        for row in rows
        if row.direction in (Direction.IN, Direction.OUT)
    ]


def _client_id(visitor: Visitor, message_id: str) -> str:
    own = f"chat:{visitor.key}:"
    return message_id.removeprefix(own) if message_id.startswith(own) else ""


def is_staffed(ctx: Ctx) -> bool:
    """Whether it is a time at which the brand answers."""
    return calendar.is_open(calendar.calendar_of(queries.hours(ctx)), ctx.now)


def has_address(ctx: Ctx, *, visitor: Visitor) -> bool:
    """Whether an answer can reach the visitor when they are gone."""
    found = queries.by_id(ctx, ids=[visitor.conversation_id]).get(visitor.conversation_id)
    if found is None and visitor.order_id:
        return bool(orders.get(ctx, id=visitor.order_id).order.email)
    return bool(found and found.contact_address)


def note_shown(ctx: Ctx, *, visitor: Visitor, until: int) -> None:
    """Notes that the visitor's page has shown the answers up to a line."""
    chats.mark_seen(ctx, conversation_id=visitor.conversation_id, version=until)


def look(organisation_id: int, conversation_id: int) -> None:
    """Notes that the visitor has the conversation open now."""
    cache.set(_here(organisation_id, conversation_id), 1, HERE_S)


def is_here(organisation_id: int, conversation_id: int) -> bool:
    """Whether the visitor had the conversation open a moment ago."""
    return cache.get(_here(organisation_id, conversation_id)) is not None


def _here(organisation_id: int, conversation_id: int) -> str:
    return f"chat.here:{organisation_id}:{conversation_id}"
