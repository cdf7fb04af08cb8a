"""Writes to messages: wished for once, sent at most once, never forgotten."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.messaging import events
from doorstep.messaging.values import Draft, MessageRow, MessageState

COLUMNS = """id, key, timeline, to_address, to_name, template, language, subject, text, html, message_id, state, problem,
             attempts, wanted_at, sent_at, mailbox_id, reply_to, in_reply_to, reference_ids, auto, way, opt_out_url, account_id,
             vendor_id, segments, cost_micros, cost_currency, receipt, receipt_at"""


@transaction.atomic
def queue(ctx: Ctx, *, drafts: Sequence[Draft], domain: str) -> list[int]:
    """Wishes for mails or text messages to be sent; a wish whose key is here already changes nothing.

    Returns: ids of the new messages.  Emits: MessageQueued per new message.
    """
    lines = [
        (d.key, d.timeline, d.to_address, d.to_name, d.template, d.language, d.subject[:255], d.text, d.html,
         f"<{secrets.token_hex(16)}@{domain}>", d.mailbox_id, d.reply_to[:254], d.in_reply_to, db.as_json(list(d.references)),
         d.auto, d.way, d.opt_out_url)
        for d in drafts
    ]  # fmt: skip
    made = db.dicts(
        """INSERT INTO messaging_message (organisation_id, key, timeline, to_address, to_name, template, language, subject,
                                          text, html, message_id, mailbox_id, account_id, reply_to, in_reply_to,
                                          reference_ids, auto, way, opt_out_url, state, problem, attempts, wanted_at)
           SELECT o.id, u.key, u.timeline, u.to_address, u.to_name, u.template, u.language, u.subject, u.text, u.html,
                  u.message_id,
                  (SELECT m.id FROM messaging_mailbox m
                    WHERE m.organisation_id = o.id AND CASE WHEN u.mailbox = 0 THEN m.active ELSE m.id = u.mailbox END
                      AND u.way = 'mail' ORDER BY m.id LIMIT 1),
                  (SELECT a.id FROM messaging_smsaccount a
                    WHERE a.organisation_id = o.id AND a.active AND u.way = 'sms' ORDER BY a.id LIMIT 1),
                  u.reply_to, u.in_reply_to, ARRAY(SELECT jsonb_array_elements_text(u.reference_ids::jsonb)), u.auto,
                  u.way, u.opt_out_url, 'queued', '', 0, %s
             FROM (SELECT %s::bigint AS id) o,
                  unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::boolean[],
                         %s::text[], %s::text[])
                  u(key, timeline, to_address, to_name, template, language, subject, text, html, message_id, mailbox,
                    reply_to, in_reply_to, reference_ids, auto, way, opt_out_url)
           ON CONFLICT (organisation_id, key) DO NOTHING RETURNING id, key, timeline, template""",
        [ctx.now, ctx.organisation_id, *db.columns(lines, 17)],
    )
    _attach(ctx, drafts, {line["key"]: line["id"] for line in made})
    outbox.record(
        ctx,
        [
            Happened(events.MESSAGE_QUEUED, f"message:{m['id']}", m["timeline"], {"template": m["template"]})
            for m in made
        ],
    )
    return [line["id"] for line in made]


def _attach(ctx: Ctx, drafts: Sequence[Draft], made: Mapping[str, int]) -> None:
    """Keeps the files of new messages."""
    for draft in drafts:
        for position, file in enumerate(draft.attachments if draft.key in made else ()):
            db.execute(
                """INSERT INTO messaging_attachment (organisation_id, message_id, position, name, content_type, body)
                   VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
                [
                    ctx.organisation_id, made[draft.key], position, file.name[:200], file.content_type[:200], file.body,
                ],
            )  # fmt: skip


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
def put_off(ctx: Ctx, *, id: int, until: datetime) -> None:
    """Leaves a message that nobody handed over yet until then."""
    db.execute(
        "UPDATE messaging_message SET try_after = %s WHERE organisation_id = %s AND id = %s AND state = 'queued'",
        [until, ctx.organisation_id, id],
    )


@transaction.atomic
def ask_later(ctx: Ctx, *, id: int, at: datetime) -> None:
    """Leaves a message whose fate is open as it is until then: whom to ask does not answer."""
    db.execute(
        "UPDATE messaging_message SET try_after = %s WHERE organisation_id = %s AND id = %s AND state = 'sending'",
        [at, ctx.organisation_id, id],
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
