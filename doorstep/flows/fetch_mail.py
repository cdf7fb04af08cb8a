"""What customers write is fetched, kept raw, and read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from doorstep.base import alone, arrivals
from doorstep.base.arrivals import MAIL, Incoming
from doorstep.base.ctx import Ctx
from doorstep.base.sealing import SECRETS
from doorstep.flows.arrivals import process
from doorstep.messaging import mailboxes, queries, rules
from doorstep.messaging.port import Fetched, MailboxPort, Unreachable
from doorstep.messaging.port import mailboxes as vendors
from doorstep.messaging.reading import message_id_of
from doorstep.messaging.values import MailboxRow

log = logging.getLogger("doorstep.mail")
AT_ONCE = 50
MOST_PAGES = 200
TRY_AGAIN_AFTER = timedelta(minutes=1)
SANDBOX = "sandbox_mailbox"
CONTENT_TYPE, TOPIC = "message/rfc822", "mail"


def fetch_all(now: datetime) -> None:
    """Fetches every mailbox in use; one that cannot be read is marked and never stops the others."""
    found = queries.find_to_read(tried_before=now - TRY_AGAIN_AFTER)
    alone.each_of(found, lambda ctx, id: fetch(ctx, mailbox_id=id), now=now, what="mailbox")


def fetch(ctx: Ctx, *, mailbox_id: int) -> int:
    """Fetches what is new in a mailbox, page by page, keeps it raw and reads it.

    Calls the network; no transaction is open meanwhile.  The cursor moves in the transaction that keeps the mails, so a crash
    asks again and loses nothing, and two who fetch at once keep everything once: who comes second finds the cursor moved.
    Returns: how many new mails were kept.
    """
    kept = 0
    for _ in range(MOST_PAGES):
        row = queries.get_mailbox(ctx, mailbox_id=mailbox_id)
        if not row.active or row.provider not in vendors.names():
            break
        try:
            page = mailbox_of(row).fetch(since=row.cursor, limit=AT_ONCE)
        except Unreachable as trouble:
            log.warning("mailbox %s: %s", mailbox_id, trouble)
            mailboxes.note_problem(ctx, mailbox_id=mailbox_id, problem=str(trouble))
            break
        ids = _keep(ctx, row, page)
        if ids is None:
            break
        kept += len(ids)
        process(ctx, arrival_ids=ids)
        if not page.more:
            break
    return kept


def mailbox_of(row: MailboxRow) -> MailboxPort:
    """The vendor of a mailbox, ready to be called."""
    return vendors.get(row.provider, row.settings | {"address": row.address})


def offered() -> list[str]:
    """The vendors that a mailbox may be connected to; the sandbox only where one is."""
    return [name for name in vendors.names() if name != SANDBOX or settings.SANDBOX_MAILBOX_URL]


def reached(row: MailboxRow) -> dict[str, str]:
    """How a mailbox is reached, nothing secret among it."""
    return {name: value for name, value in row.settings.items() if name not in SECRETS}


def check(ctx: Ctx, *, mailbox_id: int) -> Unreachable | None:
    """Opens a mailbox and notes whether it opens.  Returns: what is wrong, if anything is.

    Calls the network; no transaction is open meanwhile.  Refuses: unknown ids.
    """
    row = queries.get_mailbox(ctx, mailbox_id=mailbox_id)
    try:
        mailbox_of(row).check()
    except Unreachable as trouble:
        mailboxes.note_problem(ctx, mailbox_id=mailbox_id, problem=str(trouble))
        return trouble
    queries.MAILBOXES.note_well(ctx, id=mailbox_id)
    return None


@transaction.atomic
def _keep(ctx: Ctx, row: MailboxRow, page: Fetched) -> list[int] | None:
    """Keeps a page and moves the cursor, both or neither.  Returns: ids of new arrivals; None where somebody was quicker."""
    now = mailboxes.lock(ctx, mailbox_id=row.id)
    if now.cursor != row.cursor or not now.active:
        return None
    raws = [item.raw for item in page.items]
    names = external_ids(ctx, mailbox_id=row.id, raws=raws)
    kept: list[int] = []
    for item, name in zip(page.items, names, strict=True):  # one by one: their ids follow the mailbox, as answers do
        told = {"uid": str(item.uid), "uidvalidity": str(page.cursor.uidvalidity)}
        [one] = arrivals.keep(ctx, [Incoming(row.id, name, TOPIC, item.raw, CONTENT_TYPE, told, MAIL)])
        kept += [one.id] if one.is_new else []
    mailboxes.move_cursor(ctx, mailbox_id=row.id, to=page.cursor, at_end=not page.more)
    return kept


def external_ids(ctx: Ctx, *, mailbox_id: int, raws: Sequence[bytes]) -> list[str]:
    """Under which names mails are kept: the same mail has the same one each time, another mail never that.

    Shapes: one answer per mail, in order.  Locks: the mailbox, so that two who keep at once see each other's.
    """
    mailboxes.lock(ctx, mailbox_id=mailbox_id)
    said = [message_id_of(raw) for raw in raws]
    known = arrivals.find_digests(
        ctx, source=MAIL, connection_id=mailbox_id, external_ids=sorted({i for i in said if i})
    )
    names = []
    for message_id, raw in zip(said, raws, strict=True):
        name = rules.external_id(message_id, raw, kept=known)
        known.setdefault(name, rules.digest(raw))
        names.append(name)
    return names
