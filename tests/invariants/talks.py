"""Conversations for the audit: waiting, answered, snoozed, among the spam, bounced."""

from __future__ import annotations

from datetime import timedelta

from doorstep.flows import answer
from doorstep.inbox import actions as inbox
from doorstep.inbox import desk, queries
from doorstep.inbox.values import ConversationState, Upload
from tests.factories import Brand
from tests.mails import as_agent, bring, conversations, later, mail


def talk(brand: Brand) -> None:
    """Five conversations, each at another point of its way."""
    ctx, agent = brand.ctx, as_agent(brand.ctx)
    senders = [f"writer{n}@example.com" for n in range(5)]
    bring(
        ctx,
        *[mail(f"Question {n}", sender=sender, message_id=f"<q{n}@mail.example>") for n, sender in enumerate(senders)],
    )
    waits, answered, sleeps, junk, again = conversations(ctx)
    desk.keep_draft(agent, conversation_id=waits.id, kind="reply", text="Half a sentence")
    file = desk.upload(agent, conversation_id=answered.id, file=Upload("a.txt", "text/plain", b"a"))
    answer.reply(
        agent, conversation_id=answered.id, version=answered.version, text="Answer", wish="1", upload_ids=[file.id],
        state=ConversationState.RESOLVED,
    )  # fmt: skip
    inbox.move(
        agent, conversation_id=sleeps.id, version=sleeps.version, to=ConversationState.SNOOZED,
        until=ctx.now + timedelta(days=1),
    )  # fmt: skip
    inbox.mark_spam(agent, conversation_id=junk.id, version=junk.version, is_spam=True)
    answer.reply(as_agent(later(ctx, 5)), conversation_id=again.id, version=again.version, text="Answer", wish="2")
    bring(later(ctx, 9), mail("And?", sender=senders[4], in_reply_to="<q4@mail.example>"))
    desk.save_macro(agent, macro_id=None, name="Hello", body_en="Hello {{customer.name}}", body_ko="")
    desk.set_hours(agent, hours=queries.hours(agent))
