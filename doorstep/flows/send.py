"""Mail leaves: intend, call, settle."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.messaging import actions, queries
from doorstep.messaging.port import Found, Mail, MailPort, Rejected, Uncertain, mailers
from doorstep.messaging.values import MOST_ATTEMPTS, MessageRow, MessageState


def mailer() -> MailPort:
    """The way out for mail: the SMTP server from the settings, or a folder where there is none."""
    if settings.SMTP_URL:
        return mailers.get("smtp", {"url": settings.SMTP_URL})
    return mailers.get("folder", {"folder": str(settings.MAIL_FOLDER)})


def send(ctx: Ctx, *, message_id: int) -> None:
    """Hands one mail over, at most once.

    Runs of this flow never overlap (one worker holds the post), so a message found in `sending` was interrupted: it is
    looked up, and where nobody knows it becomes `unknown` and is never sent again by itself.
    """
    port = mailer()
    message = queries.find(ctx, id=message_id)
    if message is None or message.state not in (MessageState.QUEUED, MessageState.SENDING):
        return
    if message.state == MessageState.SENDING:
        found = port.find(message.message_id)
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
        _hand_over(ctx, port, taken)


def _hand_over(ctx: Ctx, port: MailPort, message: MessageRow) -> None:
    brand = accounts.organisation(ctx)
    mail = Mail(
        message_id=message.message_id,
        from_name=brand.name,
        from_address=settings.MAIL_FROM,
        to_name=message.to_name,
        to_address=message.to_address,
        subject=message.subject,
        text=message.text,
        html=message.html,
        language=message.language,
    )
    try:
        port.send(mail)
    except Rejected as rejected:
        actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem=str(rejected))
    except Uncertain as trouble:
        actions.settle(ctx, id=message.id, to=MessageState.UNKNOWN, problem=str(trouble))
    except OSError as trouble:
        if message.attempts >= MOST_ATTEMPTS:
            actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem=str(trouble))
            return
        later = ctx.now + timedelta(seconds=min(2 * 2**message.attempts, 3600))
        actions.settle(ctx, id=message.id, to=MessageState.QUEUED, problem=str(trouble), try_after=later)
    else:
        actions.settle(ctx, id=message.id, to=MessageState.SENT)
