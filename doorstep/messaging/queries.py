"""Reads of messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.vendors import Accounts
from doorstep.messaging.actions import COLUMNS
from doorstep.messaging.values import Attachment, MailboxRow, MessageRow, SmsAccountRow

MAILBOXES = Accounts[MailboxRow](
    MailboxRow, table="messaging_mailbox", kind="mailbox", called="mailbox", well_when_heard=False,
)  # fmt: skip
SMS_ACCOUNTS = Accounts[SmsAccountRow](
    SmsAccountRow, table="messaging_smsaccount", kind="sms_account", called="phone number", well_when_heard=False,
)  # fmt: skip


def find(ctx: Ctx, *, id: int) -> MessageRow | None:
    """One message, or None."""
    return db.one(
        MessageRow,
        f"SELECT {COLUMNS} FROM messaging_message WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, id],
    )


def find_by_key(ctx: Ctx, *, key: str) -> MessageRow | None:
    """The message of a wish, or None."""
    return db.one(
        MessageRow,
        f"SELECT {COLUMNS} FROM messaging_message WHERE organisation_id = %s AND key = %s",
        [ctx.organisation_id, key],
    )


def ids_by_key(ctx: Ctx, *, keys: Sequence[str]) -> dict[str, int]:
    """The messages of wishes, by wish."""
    found = db.dicts(
        "SELECT key, id FROM messaging_message WHERE organisation_id = %s AND key = ANY(%s)", [ctx.organisation_id, list(keys)]
    )
    return {line["key"]: line["id"] for line in found}


def by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, MessageRow]:
    """Messages by id; those of another organisation are not among them."""
    found = db.rows(
        MessageRow,
        f"SELECT {COLUMNS} FROM messaging_message WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, list(ids)],
    )
    return {row.id: row for row in found}


def messages_of(ctx: Ctx, *, timelines: Sequence[str]) -> list[MessageRow]:
    """Messages about these subjects, newest first."""
    return db.rows(
        MessageRow,
        f"""SELECT {COLUMNS} FROM messaging_message WHERE organisation_id = %s AND timeline = ANY(%s)
             ORDER BY id DESC LIMIT 200""",
        [ctx.organisation_id, list(timelines)],
    )


def attachments_of(ctx: Ctx, *, message_id: int) -> list[Attachment]:
    """The files of a message, in their order."""
    found = db.dicts(
        """SELECT name, content_type, body FROM messaging_attachment WHERE organisation_id = %s AND message_id = %s
            ORDER BY position""",
        [ctx.organisation_id, message_id],
    )
    return [Attachment(line["name"], line["content_type"], bytes(line["body"])) for line in found]


def list_mailboxes(ctx: Ctx) -> list[MailboxRow]:
    """Every mailbox, those in use first, then in the order in which they were connected."""
    return MAILBOXES.list(ctx)


def get_mailbox(ctx: Ctx, *, mailbox_id: int) -> MailboxRow:
    """One mailbox.  Refuses: unknown ids."""
    return MAILBOXES.get(ctx, id=mailbox_id)


def find_default_mailbox(ctx: Ctx) -> MailboxRow | None:
    """The mailbox by which mail leaves that names none: the first connected of those in use."""
    return next((row for row in list_mailboxes(ctx) if row.active), None)


def find_to_read(*, tried_before: datetime) -> list[tuple[int, int]]:
    """Every mailbox in use, of every organisation: (organisation id, mailbox id), longest unread first.

    One that could not be read is left out until then, so that a dead server does not hold up the others all the time.
    """
    found = db.dicts(
        """SELECT organisation_id, id FROM messaging_mailbox
            WHERE active AND (problem = '' OR tried_at IS NULL OR tried_at <= %s) ORDER BY fetched_at NULLS FIRST, id""",
        [tried_before],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def list_sms_accounts(ctx: Ctx) -> list[SmsAccountRow]:
    """Every number that texts leave from, those in use first, then in the order in which they were connected."""
    return SMS_ACCOUNTS.list(ctx)


def get_sms_account(ctx: Ctx, *, account_id: int) -> SmsAccountRow:
    """One of them.  Refuses: unknown ids."""
    return SMS_ACCOUNTS.get(ctx, id=account_id)


def find_default_sms_account(ctx: Ctx) -> SmsAccountRow | None:
    """The number that texts leave from: the first connected of those in use."""
    return next((row for row in list_sms_accounts(ctx) if row.active), None)


def find_by_vendor(ctx: Ctx, *, account_id: int, vendor_ids: Sequence[str]) -> dict[str, MessageRow]:
    """Text messages by what their vendor calls them."""
    found = db.rows(
        MessageRow,
        f"""SELECT {COLUMNS} FROM messaging_message
             WHERE organisation_id = %s AND account_id = %s AND vendor_id = ANY(%s) AND vendor_id <> ''""",
        [ctx.organisation_id, account_id, list(vendor_ids)],
    )
    return {row.vendor_id: row for row in found}


def find_waiting(*, now: datetime, limit: int = 200, way: str = "mail") -> list[tuple[int, int]]:
    """Messages to be handed over, or found in the middle of it, of every organisation: (organisation id, message id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM messaging_message
            WHERE state IN ('queued', 'sending') AND way = %s AND (try_after IS NULL OR try_after <= %s)
            ORDER BY wanted_at, id LIMIT %s""",
        [way, now, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
