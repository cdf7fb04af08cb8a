"""Writes to mailboxes: connected, changed, in use or not, and how far they were read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import transaction

from doorstep.base import db, outward, sealing, tokens, vendors
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.messaging import events, queries, rules
from doorstep.messaging.values import MAILBOX_ADDRESS_TAKEN, MAILBOX_CODE_TAKEN, Cursor, MailboxRow


@transaction.atomic
def connect(ctx: Ctx, *, name: str, address: str, provider: str, settings: Mapping[str, str], code: str = "") -> int:
    """Adds a mailbox with an address and a secret for those who push; the timer reads it from now on.

    Emits: MailboxConnected.  Refuses: a taken name or address, settings that cannot be.
    """
    name, address = rules.check_name(name), rules.check_address(address)
    reached = {"webhook_secret": tokens.new_hook_secret(), **outward.checked(rules.check_settings(settings))}
    code = code or re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:30] or "mailbox"
    _require_free(ctx, address=address, but=0)
    made = db.column(
        """INSERT INTO messaging_mailbox (organisation_id, code, name, address, provider, settings, active)
           VALUES (%s, %s, %s, %s, %s, %s::jsonb, TRUE) ON CONFLICT DO NOTHING RETURNING id""",
        [ctx.organisation_id, code, name, address, provider, db.as_json(sealing.seal_settings(reached))],
    )
    if not made:
        raise Refused(MAILBOX_CODE_TAKEN, {"name": name})
    _record(ctx, events.MAILBOX_CONNECTED, made[0], {"name": name, "address": address})
    return int(made[0])


@transaction.atomic
def change(ctx: Ctx, *, mailbox_id: int, name: str | None, address: str | None, settings: Mapping[str, str]) -> None:
    """Says how a mailbox is called and reached; what is not told stays, and a problem is forgotten.

    Another place is read from its start: what is here already is recognised.
    Emits: MailboxChanged.  Locks: the mailbox.
    Refuses: unknown ids, a taken address, settings that cannot be, another place to log in to without the password or token.
    """
    row = lock(ctx, mailbox_id=mailbox_id)
    name = row.name if name is None else rules.check_name(name)
    address = row.address if address is None else rules.check_address(address)
    given = outward.checked(rules.check_settings(settings))
    vendors.require_secret_anew(row.settings, given)
    reached = row.settings | given
    if row.active:
        _require_free(ctx, address=address, but=mailbox_id)
    moved = any(row.settings.get(part) != reached.get(part) for part in ("host", "username", "folder", "url"))
    db.execute(
        """UPDATE messaging_mailbox SET name = %s, address = %s, settings = settings || %s::jsonb, problem = '', problem_at = NULL,
                  uidvalidity = CASE WHEN %s THEN 0 ELSE uidvalidity END, last_uid = CASE WHEN %s THEN 0 ELSE last_uid END
            WHERE organisation_id = %s AND id = %s""",
        [name, address, db.as_json(sealing.seal_settings(given)), moved, moved, ctx.organisation_id, mailbox_id],
    )
    _record(ctx, events.MAILBOX_CHANGED, mailbox_id, {"name": name, "address": address})


@transaction.atomic
def follow(ctx: Ctx, *, mailbox_id: int, url: str) -> None:
    """Says where a vendor's server listens now; it is the same mailbox, so it is read on from where it was."""
    queries.MAILBOXES.merge_settings(ctx, id=mailbox_id, settings={"url": url})


@transaction.atomic
def set_active(ctx: Ctx, *, mailbox_id: int, active: bool) -> None:
    """Retires a mailbox, or takes it back into use; what it brought stays, and its last mails still leave by it.

    Emits: MailboxRetired, MailboxReturned.  Refuses: unknown ids, an address that is connected anew.
    """
    row = queries.get_mailbox(ctx, mailbox_id=mailbox_id)
    if active:
        _require_free(ctx, address=row.address, but=mailbox_id)
    queries.MAILBOXES.set_active(ctx, id=mailbox_id, active=active)


def lock(ctx: Ctx, *, mailbox_id: int) -> MailboxRow:
    """A mailbox that nobody else keeps mails of until the transaction ends.  Locks: the mailbox."""
    return queries.MAILBOXES.lock(ctx, id=mailbox_id)


@transaction.atomic
def move_cursor(ctx: Ctx, *, mailbox_id: int, to: Cursor, at_end: bool) -> None:
    """Notes how far a mailbox was read, in the caller's transaction: with the mails or not at all.  Ends any problem."""
    db.execute(
        """UPDATE messaging_mailbox SET uidvalidity = %s, last_uid = %s, problem = '', problem_at = NULL,
                  fetched_at = CASE WHEN %s THEN %s ELSE fetched_at END
            WHERE organisation_id = %s AND id = %s""",
        [to.uidvalidity, to.uid, at_end, ctx.now, ctx.organisation_id, mailbox_id],
    )


@transaction.atomic
def note_problem(ctx: Ctx, *, mailbox_id: int, problem: str) -> None:
    """Notes that a mailbox cannot be read; it is tried again after a while.  Emits: MailboxFailing, once until it can."""
    first = db.execute(
        """UPDATE messaging_mailbox SET problem_at = %s WHERE organisation_id = %s AND id = %s AND problem = ''""",
        [ctx.now, ctx.organisation_id, mailbox_id],
    )
    db.execute(
        "UPDATE messaging_mailbox SET problem = %s, tried_at = %s WHERE organisation_id = %s AND id = %s",
        [problem[:500], ctx.now, ctx.organisation_id, mailbox_id],
    )
    if first:
        _record(ctx, events.MAILBOX_FAILING, mailbox_id, {"problem": problem[:200]})


def _require_free(ctx: Ctx, *, address: str, but: int) -> None:
    taken = db.scalar(
        "SELECT count(*) FROM messaging_mailbox WHERE organisation_id = %s AND address = %s AND active AND id <> %s",
        [ctx.organisation_id, address, but],
    )
    if taken:
        raise Refused(MAILBOX_ADDRESS_TAKEN, {"address": address})


def _record(ctx: Ctx, type_: str, mailbox_id: int, data: dict[str, object]) -> None:
    queries.MAILBOXES.record(ctx, type_, id=mailbox_id, data=data)
