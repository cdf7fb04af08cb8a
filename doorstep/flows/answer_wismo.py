"""Who asks where an order is gets the answer by itself, where nothing is in doubt; else a person gets it as a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext, override

from doorstep.accounts import queries as accounts
from doorstep.base import arrivals
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.outbox import Event
from doorstep.base.words import gettext_noop
from doorstep.flows import answer, wismo
from doorstep.flows.wismo import Answer
from doorstep.inbox import actions as inbox
from doorstep.inbox import contacts, intents, locks, queries
from doorstep.inbox.intents import Verdict
from doorstep.inbox.values import Channel, ConversationRow, ConversationState, MessageRow
from doorstep.messaging.reading import read_mail
from doorstep.orders import queries as orders

ONCE_IN = timedelta(days=1)
# Anybody can write in a customer's name, in ever new conversations: what comes back to the customer must stay bearable.
MOST_A_DAY = 3
# A mailbox that is connected, or read anew, may bring what was written long ago.
OLD_AFTER = timedelta(days=2)
MISSED_SINCE, MISSED_AFTER, MOST_AT_ONCE = timedelta(days=28), timedelta(minutes=15), 500
ANSWERED = gettext_noop("Answered by itself: the message asks where an order is.")
PERSON_NEEDED = gettext_noop("Somebody has to look after it: what the carrier tells is not the end of the matter.")
DRAFTED = gettext_noop("Not answered by itself: %(why)s. What could be said:")
DOUBTS = {
    "words": gettext_noop("the words leave in doubt what is wanted"),
    "address": gettext_noop("the answer would go to another address than that of the orders"),
    "channel": gettext_noop("who writes here is not known for sure"),
    "person": gettext_noop("a person has written in this conversation"),
    "old": gettext_noop("it was written days before it reached us"),
    "again": gettext_noop("answers went out by themselves within a day already"),
    "unknown_number": gettext_noop("it names a number that is none of this customer's orders"),
    "many_orders": gettext_noop("this customer has many open orders"),
    "nothing_known": gettext_noop("nothing is known of the parcels of that order"),
    "not_delivered": gettext_noop("it speaks of a delivery that the carrier has not told"),
}


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Classes each message that a person wrote, and answers or drafts where it asks for an order."""
    for event in happened:
        if event.data.get("answerable"):
            handle(ctx.as_actor(SYSTEM), message_id=int(event.data["message_id"]))


@transaction.atomic
def handle(ctx: Ctx, *, message_id: int) -> None:
    """Does so for one message, once.

    Locks: the conversation.  Emits: MessageQueued, Replied, Noted.
    """
    message = queries.get_message(ctx, message_id=message_id)
    row = locks.conversation(ctx, message.conversation_id)
    words = _words(row, message)
    verdict = intents.intent_of(words, language=row.language)
    is_wismo = intents.classify_contact(words, language=row.language)
    is_news = contacts.classify(
        ctx, message_id=message_id, is_wismo=is_wismo, intent=verdict.intent or "", why=verdict.why
    )
    if not is_news or not is_wismo or row.is_spam or message.answered_at is not None:
        return
    said = wismo.answer(
        ctx, address=message.address, text=words, order_id=row.order_id, language=row.language, rule=verdict.why
    )
    if said is None:
        return
    _put_beside(ctx, row, said)
    doubt = _doubt(ctx, row, message, verdict, said)
    if doubt:
        _draft(ctx, row, said, doubt)
    else:
        _send(ctx, row, message, said)


def class_missed(ctx: Ctx) -> int:
    """Classes what fell between: messages that were taken out of the spam, or whose event was lost.  Returns: how many.

    Nobody is answered by it: what was written so long ago, a person answers.
    """
    ids = contacts.find_unclassed(ctx, since=ctx.now - MISSED_SINCE, before=ctx.now - MISSED_AFTER, limit=MOST_AT_ONCE)
    return sum(_class(ctx, message_id) for message_id in ids)


@transaction.atomic
def _class(ctx: Ctx, message_id: int) -> bool:
    """Locks: the conversation."""
    message = queries.get_message(ctx, message_id=message_id)
    row = locks.conversation(ctx, message.conversation_id)
    words = _words(row, message)
    verdict = intents.intent_of(words, language=row.language)
    is_wismo = intents.classify_contact(words, language=row.language)
    return contacts.classify(ctx, message_id=message_id, is_wismo=is_wismo, intent=verdict.intent or "", why=verdict.why)


def _put_beside(ctx: Ctx, row: ConversationRow, said: Answer) -> None:
    """The only order that is meant stands beside the conversation, where none does."""
    if row.order_id is None and len(said.order_ids) == 1:
        [order_id] = said.order_ids
        if orders.orders_by_id(ctx, ids=[order_id])[order_id].customer_id == row.customer_id:
            inbox.link_order(ctx, conversation_id=row.id, version=row.version, order_id=order_id)


def _words(row: ConversationRow, message: MessageRow) -> str:
    """What they wrote, under the subject that they chose; that of an answer, a chat or a text message is ours."""
    own = message.fresh or message.text
    if row.channel in (Channel.CHAT, Channel.SMS):
        return own
    is_answer = row.subject.lower().startswith(("re:", "aw:", "fw:", "fwd:", "답장:"))
    return own if is_answer or not row.subject else f"{row.subject}\n{own}"


def _doubt(ctx: Ctx, row: ConversationRow, message: MessageRow, verdict: Verdict, said: Answer) -> str:
    """Why no answer goes out by itself; "" where one may."""
    if verdict.intent is None:
        return "words"
    if row.channel != Channel.MAIL:
        return "channel"
    if row.contact_address.strip().lower() != said.to_address:
        return "address"
    ours = [m for m in queries.messages_of(ctx, conversation_id=row.id) if m.direction == "out"]
    if any(m.author_kind == "staff" for m in ours):
        return "person"
    if any(m.at > message.at - ONCE_IN for m in ours):
        return "again"
    if contacts.count_automatic(ctx, customer_id=row.customer_id, since=message.at - ONCE_IN) >= MOST_A_DAY:
        return "again"
    return "old" if _is_old(ctx, message) else said.doubt


def _is_old(ctx: Ctx, message: MessageRow) -> bool:
    if message.arrival_id is None:
        return False
    written_at = read_mail(bytes(arrivals.get(ctx, id=message.arrival_id).body)).sent_at
    return written_at is not None and written_at < message.at - OLD_AFTER


def _send(ctx: Ctx, row: ConversationRow, message: MessageRow, said: Answer) -> None:
    state = ConversationState.OPEN if said.needs_person else ConversationState.RESOLVED
    version = answer.reply(
        ctx, conversation_id=row.id, version=row.version, text=said.text, wish=f"wismo-{message.id}", state=state,
        html=said.html,
    )  # fmt: skip
    with override(accounts.organisation(ctx).default_language):
        note = gettext(ANSWERED)
        if said.needs_person:
            note += "\n" + gettext(PERSON_NEEDED)
    inbox.note(ctx, conversation_id=row.id, version=version, text=note)


def _draft(ctx: Ctx, row: ConversationRow, said: Answer, doubt: str) -> None:
    with override(accounts.organisation(ctx).default_language):
        note = gettext(DRAFTED) % {"why": gettext(DOUBTS[doubt])}
    inbox.note(ctx, conversation_id=row.id, version=row.version, text=f"{note}\n\n{said.text}")
