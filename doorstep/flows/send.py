"""Mail leaves: intend, call, settle."""

from __future__ import annotations

from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.flows import send_text, shop_mail
from doorstep.messaging import actions, queries, rules
from doorstep.messaging.port import Found, Mail, MailPort, Rejected, Uncertain, mailers
from doorstep.messaging.values import MOST_ATTEMPTS, MailboxRow, MessageRow, MessageState


def mailer(mailbox: MailboxRow | None = None) -> MailPort:
    """The way out for mail: that of the mailbox it leaves by, else the house's SMTP server, else a folder."""
    if mailbox is not None and mailbox.provider in mailers.names():
        return mailers.get(mailbox.provider, mailbox.settings)
    if mailbox is not None and mailbox.settings.get("smtp_url"):
        return mailers.get("smtp", {"url": mailbox.settings["smtp_url"], "of": "tenant"})
    if settings.SMTP_URL:
        return mailers.get("smtp", {"url": settings.SMTP_URL})
    return mailers.get("folder", {"folder": str(settings.MAIL_FOLDER)})


def send(ctx: Ctx, *, message_id: int) -> None:
    """Hands one mail over, at most once.

    Runs of this flow never overlap (one worker holds the post), so a message found in `sending` was interrupted: it is
    looked up, and where nobody knows it becomes `unknown` and is never sent again by itself.
    """
    message = queries.find(ctx, id=message_id)
    if message is None or message.state not in (MessageState.QUEUED, MessageState.SENDING):
        return
    if message.way == "sms":
        send_text.send(ctx, message)
        return
    mailbox = queries.get_mailbox(ctx, mailbox_id=message.mailbox_id) if message.mailbox_id else None
    port = shop_mail.way_of(ctx, message) if shop_mail.is_carried(message) else mailer(mailbox)
    if message.state == MessageState.SENDING:
        try:
            found = port.find(message.message_id)
        except OSError:
            actions.ask_later(ctx, id=message.id, at=ctx.now + rules.ASK_AGAIN_AFTER)
            return
        if found is not Found.NOT_SENT:
            sure = found is Found.SENT
            actions.settle(
                ctx,
                id=message.id,
                to=MessageState.SENT if sure else MessageState.UNKNOWN,
                problem="" if sure else "interrupted while the mail server was taking it",
            )
            return
        if message.attempts >= MOST_ATTEMPTS:
            actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem="every attempt broke off")
            return
    taken = actions.begin(ctx, id=message.id, was=MessageState(message.state))
    if taken is not None:
        _hand_over(ctx, port, taken, mailbox)


def _mail(ctx: Ctx, message: MessageRow, mailbox: MailboxRow | None) -> Mail:
    brand = accounts.organisation(ctx)
    return Mail(
        message_id=message.message_id,
        from_name=brand.name,
        from_address=mailbox.address if mailbox else settings.MAIL_FROM,
        to_name=message.to_name,
        to_address=message.to_address,
        subject=message.subject,
        text=message.text,
        html=message.html,
        language=message.language,
        reply_to=message.reply_to,
        in_reply_to=message.in_reply_to,
        references=tuple(message.reference_ids),
        attachments=tuple(queries.attachments_of(ctx, message_id=message.id)),
        auto=message.auto,
        opt_out_url=message.opt_out_url,
    )


def _hand_over(ctx: Ctx, port: MailPort, message: MessageRow, mailbox: MailboxRow | None) -> None:
    try:
        port.send(_mail(ctx, message, mailbox))
    except Rejected as rejected:
        actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem=str(rejected))
    except Uncertain as trouble:
        _look_up(ctx, port, message, str(trouble))
    except OSError as trouble:
        if message.attempts >= MOST_ATTEMPTS:
            actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem=str(trouble))
            return
        later = ctx.now + rules.retry_after(message.attempts)
        actions.settle(ctx, id=message.id, to=MessageState.QUEUED, problem=str(trouble), try_after=later)
    else:
        actions.settle(ctx, id=message.id, to=MessageState.SENT)


def _look_up(ctx: Ctx, port: MailPort, message: MessageRow, problem: str) -> None:
    """Asks what became of a mail whose taking nobody answered; what was not taken is handed over again."""
    try:
        found = port.find(message.message_id)
    except OSError:
        actions.ask_later(ctx, id=message.id, at=ctx.now + rules.ASK_AGAIN_AFTER)
        return
    if found is Found.NOT_SENT:
        actions.settle(ctx, id=message.id, to=MessageState.QUEUED, problem=problem)
    else:
        state = MessageState.SENT if found is Found.SENT else MessageState.UNKNOWN
        actions.settle(ctx, id=message.id, to=state, problem="" if state is MessageState.SENT else problem)
