"""Vendors of text messages tell what became of texts, and what customers write: the latter lands in the inbox."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from doorstep.accounts import queries as accounts
from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.customers import actions as customers
from doorstep.customers import queries as people
from doorstep.customers.values import Person
from doorstep.flows import relays
from doorstep.flows.reading import NOTHING_NEW, Reading
from doorstep.flows.send_text import texter
from doorstep.inbox import actions as inbox
from doorstep.inbox import locks
from doorstep.inbox import queries as conversations
from doorstep.inbox.values import Channel, Incoming, MessageKind
from doorstep.messaging import queries, texting
from doorstep.messaging.notices import opt_outs
from doorstep.messaging.notices.rules import stopping
from doorstep.messaging.notices.values import Way
from doorstep.messaging.port import Heard, Receipt
from doorstep.messaging.reading.language import guess
from doorstep.orders import queries as orders

NO_SUCH_TEXT = gettext_noop("No text of ours is called so.")
NO_MORE = gettext_noop("They want no more text messages.")
AGAIN = gettext_noop("They want text messages again.")
HERE_ALREADY = gettext_noop("The same message is here already.")
MOST_ALIKE = 5
_UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")


def read(ctx: Ctx, rows: Sequence[Arrival]) -> list[Reading]:
    """Reads what vendors sent, in the caller's transaction.

    Locks: filing in this organisation, customers' identities, then conversations.  Emits: MessageFiled, OptedOut, OptedIn.
    """
    known = {row.id: row for row in queries.list_sms_accounts(ctx)}
    readings = [Reading(row, row.connection_id) for row in rows if row.connection_id in known]
    heard: list[tuple[Reading, Heard]] = []
    for reading in readings:
        try:
            said = texter(known[reading.connection_id]).read_webhook(bytes(reading.arrival.body))
        except Refused as refused:
            reading.refuse(refused)
            continue
        for one in said:
            if isinstance(one, Receipt):
                _settle(ctx, reading, one)
            else:
                heard.append((reading, _keepable(one)))
    if heard:
        _file_all(ctx, heard)
    return readings


def _keepable(one: Heard) -> Heard:
    """What somebody wrote without what no column holds: else a single letter would keep all of it from being read."""
    return replace(one, text=_UNKEEPABLE.sub("", one.text), from_number=_UNKEEPABLE.sub("", one.from_number))


def _settle(ctx: Ctx, reading: Reading, receipt: Receipt) -> None:
    """Keeps what became of a text."""
    found = queries.find_by_vendor(ctx, account_id=reading.connection_id, vendor_ids=[receipt.vendor_id]).get(receipt.vendor_id)
    if found is None:
        reading.say("ignored", reason=NO_SUCH_TEXT)
        return
    is_news = texting.note_receipt(ctx, id=found.id, receipt=receipt)
    if receipt.opted_out:
        opt_outs.opt_out(ctx, way=Way.SMS, address=found.to_address, source="vendor", timeline=found.timeline)
    reading.say("processed" if is_news else "ignored", **({} if is_news else {"reason": NOTHING_NEW}))


def _file_all(ctx: Ctx, heard: Sequence[tuple[Reading, Heard]]) -> None:
    locks.filing(ctx)
    ids = [_known_customer(ctx, one.from_number) for _, one in heard]
    fresh = [n for n, id in enumerate(ids) if id is None]
    strangers = [
        Person(phone=one.from_number, language=_language(ctx, one.text), identities=(("sms", one.from_number),))
        for one in (heard[n][1] for n in fresh)
    ]
    made = customers.match(ctx, people=strangers) if strangers else []
    for n, id in zip(fresh, made, strict=True):
        ids[n] = id
    for (reading, one), customer_id in zip(heard, ids, strict=True):
        assert customer_id is not None
        _file(ctx, reading, one, customer_id)


def _known_customer(ctx: Ctx, number: str) -> int | None:
    """The only customer who has this number; None where several do, for a number alone proves nothing."""
    alike = people.list_customers(ctx, query=number, limit=MOST_ALIKE)
    mine = [row.id for row in alike if row.phone == number]
    return mine[0] if len(mine) == 1 else None


def _language(ctx: Ctx, text: str) -> str:
    return guess(text) or accounts.organisation(ctx).default_language


def _file(ctx: Ctx, reading: Reading, one: Heard, customer_id: int) -> None:
    timeline = f"customer:{customer_id}"
    if stopping.is_stop(one.text):
        opt_outs.opt_out(ctx, way=Way.SMS, address=one.from_number, source="sms", timeline=timeline)
        reading.say("processed", reason=NO_MORE)
    elif stopping.is_start(one.text):
        opt_outs.opt_in(ctx, way=Way.SMS, address=one.from_number, source="sms", timeline=timeline)
        reading.say("processed", reason=AGAIN)
    if stopping.is_all_said(one.text):
        return
    header = f"sms:{reading.connection_id}:{one.vendor_id}"[:250]
    if conversations.find_by_header(ctx, message_id=header) is not None:
        reading.say("ignored", reason=HERE_ALREADY)
        return
    who = people.get(ctx, customer_id=customer_id)
    named = orders.find_named(ctx, customer_id=customer_id, numbers=relays.numbers_in(one.text))
    filed = inbox.file(
        ctx.as_actor(Actor("customer", customer_id, who.name or one.from_number)),
        message=Incoming(
            conversation_id=conversations.find_by_sms(ctx, address=one.from_number), channel=Channel.SMS, kind=MessageKind.CHAT,
            customer_id=customer_id, address=one.from_number, name=who.name or one.from_number, reply_to=one.from_number,
            subject=one.text[:60], text=one.text, fresh=one.text, quoted="", language=_language(ctx, one.text),
            at=reading.arrival.received_at, to=(one.to_number,), message_id=header, arrival_id=reading.arrival.id,
            order_id=named[0].id if named else None,
        ),
    )  # fmt: skip
    reading.say("processed", conversation_id=filed.conversation_id, message=filed.message_id)
