"""Writes to messages: wished for once, sent at most once, never forgotten."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.messaging import events
from doorstep.messaging.values import Draft, MessageRow, MessageState

COLUMNS = """id, key, timeline, to_address, to_name, template, language, subject, text, html, message_id, state, problem,
             attempts, wanted_at, sent_at"""


@transaction.atomic
def queue(ctx: Ctx, *, drafts: Sequence[Draft], domain: str) -> list[int]:
    """Wishes for mails to be sent; a wish whose key is here already changes nothing.

    Returns: ids of the new messages.  Emits: MessageQueued per new message.
    """
    lines = [
        (d.key, d.timeline, d.to_address, d.to_name, d.template, d.language, d.subject[:255], d.text, d.html,
         f"<{secrets.token_hex(16)}@{domain}>")
        for d in drafts
    ]  # fmt: skip
    made = db.dicts(
        """INSERT INTO messaging_message (organisation_id, key, timeline, to_address, to_name, template, language, subject,
                                          text, html, message_id, state, problem, attempts, wanted_at)
           SELECT %s, u.*, 'queued', '', 0, %s
             FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::text[], %s::text[]) u
           ON CONFLICT (organisation_id, key) DO NOTHING RETURNING id, timeline, template""",
        [ctx.organisation_id, ctx.now, *db.columns(lines, 10)],
    )
    outbox.record(
        ctx,
        [
            Happened(events.MESSAGE_QUEUED, f"message:{m['id']}", m["timeline"], {"template": m["template"]})
            for m in made
        ],
    )
    return [line["id"] for line in made]


@transaction.atomic
def begin(ctx: Ctx, *, id: int, was: MessageState) -> MessageRow | None:
    """Marks a message as being handed over right now; None when it is not in that state any more."""
    return db.one(
        MessageRow,
        f"""UPDATE messaging_message SET state = 'sending', attempts = attempts + 1
             WHERE organisation_id = %s AND id = %s AND state = %s RETURNING {COLUMNS}""",
        [ctx.organisation_id, id, was.value],
    )


@transaction.atomic
def settle(ctx: Ctx, *, id: int, to: MessageState, problem: str = "", try_after: datetime | None = None) -> bool:
    """Notes what became of a message that was being handed over.  Returns: False when somebody else did.

    Emits: MessageSent, MessageFailed or MessageUnknown.
    """
    done = db.dicts(
        """UPDATE messaging_message SET state = %s, problem = %s, sent_at = CASE WHEN %s = 'sent' THEN %s::timestamptz END,
                  try_after = %s
            WHERE organisation_id = %s AND id = %s AND state IN ('sending', 'unknown') RETURNING timeline, template""",
        [to.value, problem[:500], to.value, ctx.now, try_after, ctx.organisation_id, id],
    )
    types = {
        MessageState.SENT: events.MESSAGE_SENT,
        MessageState.FAILED: events.MESSAGE_FAILED,
        MessageState.UNKNOWN: events.MESSAGE_UNKNOWN,
    }
    if to in types:
        outbox.record(
            ctx,
            [
                Happened(
                    types[to], f"message:{id}", d["timeline"], {"template": d["template"], "problem": problem[:200]}
                )
                for d in done
            ],
        )
    return bool(done)
