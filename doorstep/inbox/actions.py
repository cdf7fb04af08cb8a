"""Writes to conversations: what comes in is filed, what people do is decided about what they saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.inbox import clocks, events, lines, locks, queries, rules
from doorstep.inbox.rules import macros
from doorstep.inbox.values import (
    IN_THE_PAST,
    LONGEST_TEXT,
    NO_ADDRESS,
    NOT_THEIRS,
    NOTHING_TO_SAY,
    Channel,
    ConversationRow,
    Direction,
    Filed,
    Incoming,
    MessageKind,
    Verb,
)
from doorstep.inbox.values import ConversationState as State
from doorstep.orders import queries as orders

MOST_TAGS = 20


@transaction.atomic
def file(ctx: Ctx, *, message: Incoming) -> Filed:
    """Keeps somebody's message: in its conversation, or in a new one.

    A message that asks opens what was pending, snoozed or resolved, and the promise of an answer runs from the oldest
    that waits.  Needs: filing in this organisation locked.  Locks: the conversation.
    Emits: ConversationOpened, MessageFiled.
    """
    is_new = message.conversation_id is None
    row = _open(ctx, message) if message.conversation_id is None else locks.conversation(ctx, message.conversation_id)
    asks = message.asks and not row.is_spam
    reopens = asks and row.state != State.OPEN
    changes = lines.spoken(message.fresh or message.text, direction=Direction.IN, at=ctx.now)
    if asks:
        since = changes["waiting_since"] = row.waiting_since or message.at
        promise = clocks.begin if is_new else clocks.start
        changes |= promise(ctx, conversation_id=row.id, first_reply_at=row.first_reply_at, since=since)
    if reopens:
        changes |= {"state": State.OPEN.value, "snoozed_until": None}
    if row.order_id is None and message.order_id is not None:
        changes["order_id"] = message.order_id
    if row.channel == Channel.MARKETPLACE and not row.contact_address:  # from now on there is an address to answer to
        changes |= {"contact_address": (message.reply_to or message.address)[:254], "contact_name": message.name[:200]}
    version = lines.change(ctx, row, changes, said=1)
    message_id = lines.insert(ctx, _written(row, message, version))
    named = _named(row) if is_new else []
    lines.find_by(ctx, row.id, [*named, message.fresh or message.text, message.name, message.address])
    filed = _fact(
        row, events.MESSAGE_FILED,
        {"message_id": message_id, "answerable": asks and message.mail_kind == "person", "reopened": reopens and not is_new,
         "order_id": changes.get("order_id", row.order_id), "preview": changes["preview"]},
        order_id=changes.get("order_id"),
    )  # fmt: skip
    outbox.record(ctx, [_opened(row), filed] if is_new else [filed])
    return Filed(row.id, message_id, is_new)


def _open(ctx: Ctx, message: Incoming) -> ConversationRow:
    """A new conversation for a message that belongs to none; what asks for nothing needs nobody."""
    state = State.OPEN if message.asks or message.mail_kind == "list_or_bulk" else State.RESOLVED
    return _new(
        ctx, customer_id=message.customer_id, channel=message.channel, subject=message.subject, state=state,
        address=message.reply_to or message.address, name=message.name, language=message.language,
        mailbox_id=message.mailbox_id, order_id=message.order_id,
    )  # fmt: skip


def _new(
    ctx: Ctx, *, customer_id: int, channel: Channel, subject: str, state: State, address: str, name: str, language: str,
    mailbox_id: int | None, order_id: int | None,
) -> ConversationRow:  # fmt: skip
    return db.rows(
        ConversationRow,
        f"""INSERT INTO inbox_conversation AS c (organisation_id, number, subject, channel, customer_id, contact_address,
                contact_name, mailbox_id, state, tags, language, order_id, is_spam, version, messages, preview,
                last_direction, due_kind, opened_at, last_message_at, updated_at)
            SELECT %(org)s, 1 + COALESCE((SELECT max(number) FROM inbox_conversation WHERE organisation_id = %(org)s), 0),
                   %(subject)s, %(channel)s, %(customer)s, %(address)s, %(name)s, %(mailbox)s, %(state)s, '{{}}',
                   %(language)s, %(order)s, FALSE, 1, 0, '', 'in', '', %(now)s, %(now)s, %(now)s
            RETURNING {queries.CONVERSATION}""",
        {"org": ctx.organisation_id, "subject": " ".join(subject.split())[:255], "channel": channel.value,
         "customer": customer_id, "address": address[:254], "name": name[:200], "mailbox": mailbox_id,
         "state": state.value, "language": language or "en", "order": order_id, "now": ctx.now},
    )[0]  # fmt: skip


def _opened(row: ConversationRow) -> Happened:
    facts = {"subject": row.subject[:200], "channel": row.channel, "customer_id": row.customer_id}
    return _fact(row, events.CONVERSATION_OPENED, facts, order_id=row.order_id)


def _named(row: ConversationRow) -> list[str]:
    """What finds a conversation before anything was said in it."""
    return [str(row.number), row.subject, row.contact_address, row.contact_name]


def _written(row: ConversationRow, message: Incoming, version: int) -> dict[str, object]:
    return {
        "conversation_id": row.id, "version": version, "direction": Direction.IN.value, "kind": message.kind.value,
        "author_kind": "customer", "author_id": message.customer_id, "author_name": (message.name or message.address)[:200],
        "address": message.address[:254], "recipients": {"to": list(message.to), "cc": list(message.cc)},
        "text": message.text, "fresh": message.fresh, "quoted": message.quoted, "html": message.html,
        "message_id": message.message_id, "in_reply_to": message.in_reply_to, "mail_kind": message.mail_kind,
        "arrival_id": message.arrival_id, "asks": message.asks, "at": message.at,
        "answered_at": message.at if message.asks and row.is_spam else None,
        "attachments": [
            {"n": a.n, "name": a.name, "content_type": a.content_type, "size": a.size, "content_id": a.content_id,
             "is_inline": a.is_inline}
            for a in message.attachments
        ],
    }  # fmt: skip


@transaction.atomic
def start(
    ctx: Ctx, *, customer_id: int, address: str, name: str, language: str, subject: str, order_id: int | None,
    mailbox_id: int | None = None, channel: Channel = Channel.MAIL,
) -> ConversationRow:  # fmt: skip
    """Begins a conversation from our side; nobody waits in it yet.

    Locks: filing in this organisation.  Emits: ConversationOpened.
    Refuses: a customer without an address, unless a marketplace carries the messages.
    """
    if not address and channel is not Channel.MARKETPLACE:
        raise Refused(NO_ADDRESS)
    locks.filing(ctx)
    row = _new(
        ctx, customer_id=customer_id, channel=channel, subject=subject, state=State.PENDING, address=address, name=name,
        language=language, mailbox_id=mailbox_id, order_id=order_id,
    )  # fmt: skip
    lines.find_by(ctx, row.id, _named(row))
    outbox.record(ctx, [_opened(row)])
    return row


@transaction.atomic
def note(ctx: Ctx, *, conversation_id: int, version: int, text: str) -> int:
    """Writes what only colleagues see; nobody's waiting ends by it.  Returns: the new version.

    Locks: the conversation.  Emits: Noted.  Refuses: an empty text, a version since which others were here.
    """
    text = text.strip()[:LONGEST_TEXT]
    if not text:
        raise Refused(NOTHING_TO_SAY)
    row = locks.seen(ctx, conversation_id, version=version)
    now_at = lines.change(ctx, row, {}, said=1)
    lines.insert(
        ctx,
        {
            "conversation_id": row.id, "version": now_at, "direction": Direction.NOTE.value, "kind": MessageKind.NOTE.value,
            "author_kind": ctx.actor.kind, "author_id": ctx.actor.id, "author_name": ctx.actor.name[:200], "text": text,
            "fresh": text, "at": ctx.now,
        },
    )  # fmt: skip
    lines.find_by(ctx, row.id, [text])
    _forget_draft(ctx, row.id, "note")
    _record(ctx, row, events.NOTED, {"preview": text[:160]})
    return now_at


@transaction.atomic
def record_reply(
    ctx: Ctx, *, row: ConversationRow, text: str, outgoing_id: int | None, message_id: str, to: Sequence[str],
    upload_ids: Sequence[int] = (), state: State = State.PENDING,
) -> int:  # fmt: skip
    """Keeps an answer that was handed to messaging, and ends the waiting.  Returns: the new version.

    Whoever answers what nobody has takes it.  Needs: the conversation locked, and `row` as it stood then.
    Emits: Replied.  Refuses: unfilled variables.
    """
    macros.require_filled(text)
    changes = lines.spoken(text, direction=Direction.OUT, at=ctx.now) | {"waiting_since": None}
    changes |= clocks.meet(ctx, conversation_id=row.id)
    if row.waiting_since is not None and row.first_reply_at is None:
        changes["first_reply_at"] = ctx.now
    if row.state != state:
        rules.CONVERSATIONS.require(State(row.state), state)
        changes |= {"state": state.value, "snoozed_until": None}
    if row.assignee_id is None and ctx.actor.kind == "staff":
        changes["assignee_id"] = ctx.actor.id
    version = lines.change(ctx, row, changes, said=1)
    id = lines.insert(
        ctx,
        {
            "conversation_id": row.id, "version": version, "direction": Direction.OUT.value, "kind": _kind_of(row).value,
            "author_kind": ctx.actor.kind, "author_id": ctx.actor.id, "author_name": ctx.actor.name[:200], "text": text,
            "fresh": text, "message_id": message_id, "outgoing_id": outgoing_id, "recipients": {"to": list(to), "cc": []},
            "attachments": _sent_files(ctx, row.id, upload_ids) if upload_ids else [], "at": ctx.now,
        },
    )  # fmt: skip
    if upload_ids:
        db.execute(
            """UPDATE inbox_upload SET message_id = %s
                WHERE organisation_id = %s AND conversation_id = %s AND id = ANY(%s) AND message_id IS NULL""",
            [id, ctx.organisation_id, row.id, list(upload_ids)],
        )
    lines.answer(ctx, row.id)
    lines.find_by(ctx, row.id, [text])
    _forget_draft(ctx, row.id, "reply")
    _record(ctx, row, events.REPLIED, {"message_id": id, "state": state.value, "preview": changes["preview"]})
    return version


def _kind_of(row: ConversationRow) -> MessageKind:
    return MessageKind.CHAT if row.channel == Channel.CHAT else MessageKind.MAIL


def _sent_files(ctx: Ctx, conversation_id: int, upload_ids: Sequence[int]) -> list[dict[str, object]]:
    return db.dicts(
        """SELECT id AS n, name, content_type, size, '' AS content_id, FALSE AS is_inline FROM inbox_upload
            WHERE organisation_id = %s AND conversation_id = %s AND id = ANY(%s) ORDER BY id""",
        [ctx.organisation_id, conversation_id, list(upload_ids)],
    )


def _forget_draft(ctx: Ctx, conversation_id: int, kind: str) -> None:
    if ctx.actor.kind != "staff":
        return
    db.execute(
        "DELETE FROM inbox_draft WHERE organisation_id = %s AND conversation_id = %s AND person_id = %s AND kind = %s",
        [ctx.organisation_id, conversation_id, ctx.actor.id, kind],
    )


@transaction.atomic
def move(ctx: Ctx, *, conversation_id: int, version: int, to: State, until: datetime | None = None) -> int:
    """Moves a conversation to another state; moving it to where it is changes nothing.  Returns: the version.

    `until`: when a snoozed one wakes.  Resolving says that nobody waits any more; pending and snoozed stop the promise of
    an answer, and it goes on where it stopped.
    Locks: the conversation.  Emits: StateChanged.  Refuses: moves that the table does not allow, a sleep until the past,
    a version since which others were here.
    """
    row = locks.seen(ctx, conversation_id, version=version)
    return _move(ctx, row, to=to, until=until)


@transaction.atomic
def wake(ctx: Ctx, *, conversation_id: int) -> None:
    """Opens a conversation whose sleep is over; one that was woken before stays as it is.  Emits: StateChanged."""
    row = locks.conversation(ctx, conversation_id)
    if row.state == State.SNOOZED and row.snoozed_until is not None and row.snoozed_until <= ctx.now:
        _move(ctx, row, to=State.OPEN, until=None)


def _move(ctx: Ctx, row: ConversationRow, *, to: State, until: datetime | None) -> int:
    if row.state == to and to != State.SNOOZED:
        return row.version
    if to == State.SNOOZED and (until is None or until <= ctx.now):
        raise Refused(IN_THE_PAST)
    if row.state != to:
        rules.CONVERSATIONS.require(State(row.state), to)
    changes: dict[str, object] = {"state": to.value, "snoozed_until": until if to == State.SNOOZED else None}
    if to == State.RESOLVED:
        changes["waiting_since"] = None
        changes |= clocks.drop(ctx, conversation_id=row.id)
    elif to == State.OPEN:
        changes |= clocks.go_on(ctx, conversation_id=row.id)
    else:
        changes |= clocks.stop(ctx, conversation_id=row.id)
    version = lines.change(ctx, row, changes)
    facts = {"was": row.state, "state": to.value, "until": until.isoformat() if until else ""}
    lines.small(ctx, row, verb=Verb.STATE, data=facts, version=version)
    if to == State.RESOLVED:
        lines.answer(ctx, row.id)
    _record(ctx, row, events.STATE_CHANGED, facts)
    return version


@transaction.atomic
def assign(ctx: Ctx, *, conversation_id: int, version: int, assignee_id: int | None, name: str) -> int:
    """Gives a conversation to a person of the staff, or to nobody.  Returns: the version.

    Locks: the conversation.  Emits: Assigned.  Refuses: a version since which others were here.
    """
    row = locks.seen(ctx, conversation_id, version=version)
    if row.assignee_id == assignee_id:
        return row.version
    now_at = lines.change(ctx, row, {"assignee_id": assignee_id})
    lines.small(ctx, row, verb=Verb.ASSIGNED, data={"assignee_id": assignee_id, "name": name}, version=now_at)
    _record(ctx, row, events.ASSIGNED, {"assignee_id": assignee_id, "name": name})
    return now_at


@transaction.atomic
def tag(ctx: Ctx, *, conversation_id: int, version: int, tags: Sequence[str]) -> int:
    """Sets the tags of a conversation.  Returns: the version.

    Locks: the conversation.  Emits: Tagged.  Refuses: a version since which others were here.
    """
    row = locks.seen(ctx, conversation_id, version=version)
    wanted = list(dict.fromkeys(" ".join(t.split())[:60] for t in tags if t.strip()))[:MOST_TAGS]
    if wanted == row.tags:
        return row.version
    now_at = lines.change(ctx, row, {"tags": wanted})
    lines.small(ctx, row, verb=Verb.TAGGED, data={"tags": wanted, "was": row.tags}, version=now_at)
    lines.find_by(ctx, row.id, wanted)
    _record(ctx, row, events.TAGGED, {"tags": wanted})
    return now_at


@transaction.atomic
def mark_spam(ctx: Ctx, *, conversation_id: int, version: int, is_spam: bool) -> int:
    """Puts a conversation among the spam, where nobody waits, or takes it out.  Returns: the version.

    Whoever wrote since our last answer waits again once it is out, and what came meanwhile opens it.
    Locks: the conversation.  Emits: MarkedSpam.  Refuses: a version since which others were here.
    """
    row = locks.seen(ctx, conversation_id, version=version)
    if row.is_spam == is_spam:
        return row.version
    changes: dict[str, object] = {"is_spam": is_spam, "waiting_since": None}
    waiting = None if is_spam else lines.unanswer(ctx, row.id)
    if waiting is not None:
        if waiting.came_later:
            changes |= {"state": State.OPEN.value, "snoozed_until": None}
        changes["waiting_since"] = waiting.since
        changes |= clocks.start(ctx, conversation_id=row.id, first_reply_at=row.first_reply_at, since=waiting.since)
        if changes.get("state", row.state) != State.OPEN:
            changes |= clocks.stop(ctx, conversation_id=row.id)
    if is_spam:
        lines.answer(ctx, row.id)
        changes |= clocks.drop(ctx, conversation_id=row.id)
    now_at = lines.change(ctx, row, changes)
    lines.small(ctx, row, verb=Verb.SPAM, data={"is_spam": is_spam}, version=now_at)
    _record(ctx, row, events.MARKED_SPAM, {"is_spam": is_spam})
    return now_at


@transaction.atomic
def link_order(ctx: Ctx, *, conversation_id: int, version: int, order_id: int | None) -> int:
    """Puts an order of the same customer beside a conversation, or takes it away.  Returns: the version.

    Locks: the conversation.  Emits: OrderLinked.  Refuses: an order of another customer, a version since which others
    were here.
    """
    row = locks.seen(ctx, conversation_id, version=version)
    if row.order_id == order_id:
        return row.version
    name = ""
    if order_id is not None:
        order = orders.get(ctx, id=order_id).order
        if order.customer_id != row.customer_id:
            raise Refused(NOT_THEIRS, {"order": order.name})
        name = order.name
    now_at = lines.change(ctx, row, {"order_id": order_id})
    lines.small(ctx, row, verb=Verb.LINKED, data={"order_id": order_id, "order": name}, version=now_at)
    lines.find_by(ctx, row.id, [name])
    _record(ctx, row, events.ORDER_LINKED, {"order_id": order_id, "order": name}, order_id=order_id)
    return now_at


@transaction.atomic
def bounce(ctx: Ctx, *, message_id: int, address: str, problem: str) -> None:
    """Marks an answer of ours that could not be delivered; nothing else changes.

    Locks: the conversation.  Emits: MessageBounced.
    """
    conversation_id = db.scalar(
        "SELECT conversation_id FROM inbox_message WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, message_id],
    )
    row = locks.conversation(ctx, conversation_id)
    db.execute(
        "UPDATE inbox_message SET problem = %s WHERE organisation_id = %s AND id = %s",
        [problem[:2000] or "bounced", ctx.organisation_id, message_id],
    )
    version = lines.change(ctx, row, {})
    lines.small(ctx, row, verb=Verb.BOUNCED, data={"message_id": message_id, "address": address[:254]}, version=version)
    _record(ctx, row, events.MESSAGE_BOUNCED, {"message_id": message_id, "address": address[:254]})


def _record(
    ctx: Ctx, row: ConversationRow, type: str, data: Mapping[str, object], *, order_id: int | None = None
) -> None:
    outbox.record(ctx, [_fact(row, type, data, order_id=order_id)])


def _fact(row: ConversationRow, type: str, data: Mapping[str, object], *, order_id: int | None = None) -> Happened:
    timeline = f"order:{order_id}" if order_id else row.timeline
    return Happened(type, f"conversation:{row.id}", timeline, {"number": row.number, **data})
