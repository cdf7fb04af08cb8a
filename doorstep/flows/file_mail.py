"""Mail that came in becomes messages of conversations: nothing lost, nothing twice, nobody mixed up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.words import gettext_noop
from doorstep.customers import actions as customers
from doorstep.customers.values import Person
from doorstep.flows import relays
from doorstep.flows.reading import Reading
from doorstep.inbox import actions as inbox
from doorstep.inbox import locks, queries, tokens
from doorstep.inbox.values import Attachment, Channel, Incoming, KnownRow, MessageKind
from doorstep.messaging import queries as messaging
from doorstep.messaging.notices import opt_outs
from doorstep.messaging.notices.rules import stopping
from doorstep.messaging.notices.values import Way
from doorstep.messaging.reading import MailKind, ReadMail, read_mail
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow

LONGEST_KEY = 250
MOST_READ = 4000
OUR_OWN = gettext_noop("We sent it ourselves; nothing is answered to it.")
HERE_ALREADY = gettext_noop("The same message is here already.")
BOUNCED = gettext_noop("It says that a message of ours could not be delivered.")
NO_SENDER = gettext_noop("It names nobody who could be answered.")


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail with who it is from, as far as that can be told."""

    reading: Reading
    mail: ReadMail
    address: str
    name: str


@dataclass(slots=True)
class _Here:
    """The messages that mails of a batch could be: those found before it, and those filed from it so far."""

    by_arrival: dict[int, KnownRow] = field(default_factory=dict)
    by_header: dict[str, KnownRow] = field(default_factory=dict)

    def add(self, row: KnownRow) -> None:
        """One more."""
        if row.arrival_id is not None:
            self.by_arrival[row.arrival_id] = row
        if row.message_id:
            self.by_header[row.message_id] = row

    def find(self, each: _Mail) -> KnownRow | None:
        """The message that a mail is: it was read before, or came by another mailbox.

        A Message-ID alone proves nothing: who wrote what counts.
        """
        if (read_before := self.by_arrival.get(each.reading.arrival.id)) is not None:
            return read_before
        found = self.by_header.get(_key(each.mail.message_id))
        is_same = found is not None and (found.address, found.text) == (each.address, each.mail.text)
        return found if is_same else None


def file(ctx: Ctx, rows: Sequence[Arrival]) -> Sequence[Reading]:
    """Files mails in the order in which they came, in the caller's transaction.

    Locks: filing in this organisation, customers' identities, then conversations.
    Emits: ConversationOpened, MessageFiled, MessageBounced, OptedOut, OptedIn, and what customers.match does.
    """
    locks.filing(ctx)
    ours = own_addresses(ctx)
    mails = []
    readings = [Reading(row, row.connection_id) for row in rows]
    for reading in readings:
        mail = read_mail(bytes(reading.arrival.body))
        address, name = _sender(mail, ours)
        reading.detail |= {"subject": mail.subject[:200], "from": address, "message_id": _key(mail.message_id)}
        mails.append(_Mail(reading, mail, address, name))
    here = _here(ctx, mails)
    wanted = [each for each in mails if not _settled(ctx, each, ours, here)]
    relayed = relays.orders_of(ctx, mails=[(each.address, _said(each.mail)) for each in wanted])
    strangers = [n for n in range(len(wanted)) if n not in relayed]
    people = [
        Person(name=wanted[n].name, email=wanted[n].address, language=wanted[n].mail.language or "en") for n in strangers
    ]
    ids = dict(zip(strangers, customers.match(ctx, people=people) if people else [], strict=True))
    for n, each in enumerate(wanted):
        order = relayed.get(n)
        customer_id = ids[n] if order is None else order.customer_id
        if order is not None:  # such an address names nobody, and who it is may not be kept
            each = replace(each, name=order.customer_name)
        _file(ctx.as_actor(Actor("customer", customer_id, each.name or each.address)), each, customer_id, here, order)
    return readings


def _here(ctx: Ctx, mails: Sequence[_Mail]) -> _Here:
    here = _Here()
    arrival_ids = [each.reading.arrival.id for each in mails]
    headers = [_key(each.mail.message_id) for each in mails]
    for row in queries.find_known(ctx, arrival_ids=arrival_ids, message_ids=headers):
        here.add(row)
    return here


def own_addresses(ctx: Ctx) -> set[str]:
    """The addresses that we write from."""
    brand = accounts.organisation(ctx)
    written = [settings.MAIL_FROM, brand.support_email, *(row.address for row in messaging.list_mailboxes(ctx))]
    return {_plain(address) for address in written if address}


def _sender(mail: ReadMail, ours: set[str]) -> tuple[str, str]:
    """Who wrote it: a form of our own site sends in our name, and says in Reply-To for whom."""
    if _plain(mail.from_.address) in ours or not mail.from_.address:
        for other in mail.reply_to:
            if other.address and _plain(other.address) not in ours:
                return other.address, other.name
    return mail.from_.address, mail.from_.name


def _settled(ctx: Ctx, each: _Mail, ours: set[str], here: _Here) -> bool:
    """Whether nothing is to be filed, and why is noted."""
    reading, mail = each.reading, each.mail
    if mail.kind is MailKind.BOUNCE:
        return _bounced(ctx, each)
    if not each.address:
        reading.say("ignored", reason=NO_SENDER)
    elif _plain(each.address) in ours:
        reading.say("ignored", reason=OUR_OWN)
    else:
        return _is_here(each, here)
    return True


def _bounced(ctx: Ctx, each: _Mail) -> bool:
    """Marks our message that came back; a bounce never opens a conversation."""
    mail = each.mail
    for header in dict.fromkeys([mail.bounced_message_id, mail.in_reply_to, *reversed(mail.references)]):
        found = queries.find_by_header(ctx, message_id=_key(header))
        if found is not None and found.direction == "out":
            inbox.bounce(ctx, message_id=found.id, address=mail.bounced_address, problem=mail.fresh or mail.text)
            each.reading.say(
                "processed", bounced_message=found.id, conversation_id=found.conversation_id, reason=BOUNCED
            )
            return True
    each.reading.say("ignored", reason=BOUNCED, bounced_address=mail.bounced_address)
    return True


def _is_here(each: _Mail, here: _Here) -> bool:
    """Whether it is here already, which is noted then."""
    found = here.find(each)
    if found is not None:
        each.reading.say("ignored", reason=HERE_ALREADY, conversation_id=found.conversation_id)
    return found is not None


def _file(ctx: Ctx, each: _Mail, customer_id: int, here: _Here, order: OrderRow | None) -> None:
    if _is_here(each, here):  # by a mail of the same batch
        return
    mail, header = each.mail, _key(each.mail.message_id)
    if header in here.by_header:
        header = ""  # another message has it: both are kept
    is_person = mail.kind is MailKind.PERSON
    conversation_id = find_conversation(ctx, mail, address=each.address)
    if conversation_id is None and order is not None:
        conversation_id = queries.find_by_marketplace(ctx, order_id=order.id, address=each.address)
    filed = inbox.file(
        ctx,
        message=Incoming(
            conversation_id=conversation_id,
            channel=Channel.MAIL, kind=MessageKind.MAIL, customer_id=customer_id, address=each.address, name=each.name,
            reply_to=_reply_to(each) if order is None else each.address,  # of an order is spoken by the way of its shop alone
            subject=mail.subject, text=mail.text, fresh=mail.fresh, quoted=mail.quoted, html=mail.html,
            language=mail.language or accounts.organisation(ctx).default_language,
            at=each.reading.arrival.received_at, to=tuple(box.address for box in mail.to),
            cc=tuple(box.address for box in mail.cc), message_id=header,
            in_reply_to=_key(mail.in_reply_to), mail_kind=mail.kind.value, asks=is_person,
            arrival_id=each.reading.arrival.id, mailbox_id=each.reading.arrival.connection_id or None,
            order_id=order.id if order is not None else _order_of(ctx, customer_id, _said(mail)),
            attachments=tuple(
                Attachment(a.index, a.name, a.content_type, a.size, a.content_id, bool(a.content_id))
                for a in mail.attachments
            ),
        ),
    )  # fmt: skip
    here.add(KnownRow(filed.conversation_id, each.reading.arrival.id, header, each.address, mail.text))
    each.reading.say("processed", conversation_id=filed.conversation_id, message=filed.message_id)
    if is_person:
        _heed(ctx, each, customer_id)


def _heed(ctx: Ctx, each: _Mail, customer_id: int) -> None:
    """Somebody who writes the one word that ends notices is not written to, until they write the one that begins them again.

    It is the whole of what they wrote, or of the subject where they wrote nothing else; a word that may mean their order does
    neither.  A person reads it all the same.
    """
    word = (each.mail.fresh or each.mail.text).strip() or each.mail.subject
    if not stopping.is_all_said(word):
        return
    heed = opt_outs.opt_out if stopping.is_stop(word) else opt_outs.opt_in
    heed(ctx, way=Way.MAIL, address=each.address, source="mail", timeline=f"customer:{customer_id}")


def find_conversation(ctx: Ctx, mail: ReadMail, *, address: str) -> int | None:
    """The conversation that a mail belongs to: by our token, then by the messages that it refers to, never by its subject."""
    named = tokens.find_conversation_id(mail.recipients, organisation_id=ctx.organisation_id)
    if named is not None and named in queries.by_id(ctx, ids=[named]):
        return named
    nearest_first = dict.fromkeys(_key(header) for header in (mail.in_reply_to, *reversed(mail.references)) if header)
    return queries.find_thread(ctx, references=list(nearest_first), address=address)


def _reply_to(each: _Mail) -> str:
    """Where an answer goes: where the sender wants it."""
    return next((box.address for box in each.mail.reply_to if box.address), each.address)


def _said(mail: ReadMail) -> str:
    """What a mail says, as far as it is read for numbers of orders."""
    return f"{mail.subject}\n{mail.fresh or mail.text}"[:MOST_READ]


def _order_of(ctx: Ctx, customer_id: int, text: str) -> int | None:
    """The order of this sender that a text names; the numbers of others mean nothing."""
    named = orders.find_named(ctx, customer_id=customer_id, numbers=relays.numbers_in(text))
    return named[0].id if named else None


def _plain(address: str) -> str:
    """An address without what stands behind a plus."""
    local, _, domain = address.lower().partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _key(header: str) -> str:
    """A Message-ID as it is kept; one that is too long for an index is a digest of itself."""
    return header if len(header) <= LONGEST_KEY else "sha256:" + hashlib.sha256(header.encode()).hexdigest()
