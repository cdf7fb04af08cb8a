"""Conversations that a visitor has on a page: where an answer can reach them later."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.inbox import lines, locks

DAY = timedelta(days=1)


@transaction.atomic
def set_contact(ctx: Ctx, *, conversation_id: int, address: str, name: str) -> None:
    """Keeps the e-mail address that a visitor left, so that the conversation can go on by mail.

    Nothing proves that the address is theirs: it names no customer.  Locks: the conversation.
    """
    row = locks.conversation(ctx, conversation_id)
    lines.change(ctx, row, {"contact_address": address[:254], "contact_name": (name or row.contact_name)[:200]})
    lines.find_by(ctx, row.id, [address, name])


def mark_seen(ctx: Ctx, *, conversation_id: int, version: int) -> None:
    """Notes that the answers up to a version were shown on the visitor's page."""
    db.execute(
        """UPDATE inbox_message SET data = data || '{"seen": true}'
            WHERE organisation_id = %s AND conversation_id = %s AND version <= %s AND direction = 'out' AND kind = 'chat'
              AND NOT data ? 'seen'""",
        [ctx.organisation_id, conversation_id, version],
    )


def find_unseen(ctx: Ctx, *, waited: timedelta, limit: int) -> list[int]:
    """Answers that no page has shown for that long though their visitor left an address, oldest first, of the last day.

    Shapes: ids of messages.
    """
    return db.column(
        """SELECT m.id FROM inbox_conversation c
             JOIN inbox_message m ON m.organisation_id = c.organisation_id AND m.conversation_id = c.id
            WHERE c.organisation_id = %s AND c.channel = 'chat' AND c.contact_address <> '' AND c.last_message_at > %s
              AND m.direction = 'out' AND m.outgoing_id IS NULL AND NOT m.data ? 'seen' AND m.at > %s AND m.at <= %s
            ORDER BY m.id LIMIT %s""",
        [ctx.organisation_id, ctx.now - DAY, ctx.now - DAY, ctx.now - waited, limit],
    )


@transaction.atomic
def mark_mailed(ctx: Ctx, *, message_id: int, outgoing_id: int, header: str) -> None:
    """Notes by which mail an answer of a chat went on its way after all."""
    db.execute(
        """UPDATE inbox_message SET outgoing_id = %s, message_id = %s
            WHERE organisation_id = %s AND id = %s AND outgoing_id IS NULL""",
        [outgoing_id, header, ctx.organisation_id, message_id],
    )
