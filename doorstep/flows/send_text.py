"""Text messages leave: intend, call, settle; and what comes back by the same way."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from doorstep.accounts import queries as accounts
from doorstep.base import zones
from doorstep.base.ctx import Ctx
from doorstep.base.vendors import webhook_url
from doorstep.messaging import actions, queries, rules, texting
from doorstep.messaging.notices import desk, opt_outs
from doorstep.messaging.notices.rules import quiet
from doorstep.messaging.notices.values import NOTICES, NoticeKind, Way
from doorstep.messaging.port import Found, OptedOut, Rejected, SmsPort, Text, Uncertain, Unreachable, texters
from doorstep.messaging.values import MOST_ATTEMPTS, MessageRow, MessageState, SmsAccountRow
from doorstep.orders import queries as orders

UNWANTED = "they want no more text messages"
INTERRUPTED = "interrupted while the vendor was taking it"


def texter(account: SmsAccountRow) -> SmsPort:
    """The vendor of a number."""
    return texters.get(account.provider, {**account.settings, "number": account.number})


def subscribe(ctx: Ctx, *, account_id: int) -> Unreachable | None:
    """Opens an account, and tells its vendor where texts and receipts go.  Returns: what is wrong, if anything is."""
    account = queries.get_sms_account(ctx, account_id=account_id)
    try:
        port = texter(account)
        port.check()
        port.subscribe(webhook_url(account), account.settings["webhook_secret"])
    except Unreachable as trouble:
        texting.note_problem(ctx, account_id=account_id, problem=str(trouble))
        return trouble
    texting.note_problem(ctx, account_id=account_id, problem="")
    return None


def send(ctx: Ctx, message: MessageRow) -> None:
    """Hands one text over, at most once.

    Runs never overlap (one worker holds the post), so one found in `sending` was interrupted: it is looked up, and where
    nobody knows it becomes `unknown`, for a person, and is never sent again by itself.
    """
    if message.account_id is None:
        actions.begin(ctx, id=message.id, was=MessageState(message.state))
        actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem="no number is connected that it could leave from")
        return
    account = queries.get_sms_account(ctx, account_id=message.account_id)
    port = texter(account)
    if message.state == MessageState.SENDING and not _look_up(ctx, port, account, message, INTERRUPTED):
        return
    again = queries.find(ctx, id=message.id)
    if again is not None and again.state == MessageState.QUEUED and (until := _quiet_until(ctx, again)) is not None:
        actions.put_off(ctx, id=again.id, until=until)
        return
    taken = actions.begin(ctx, id=message.id, was=MessageState(again.state)) if again else None
    if taken is not None and _is_unwanted(ctx, taken):
        actions.settle(ctx, id=taken.id, to=MessageState.FAILED, problem=UNWANTED)
    elif taken is not None:
        _hand_over(ctx, port, account, taken)


def _quiet_until(ctx: Ctx, message: MessageRow) -> datetime | None:
    """The end of the quiet hours that a notice would ring in, by the clocks of whoever gets it: it was due by day, and its vendor
    was away until now."""
    if message.template not in set(NoticeKind) or NOTICES[NoticeKind(message.template)].is_urgent:
        return None
    of, _, order_id = message.timeline.partition(":")
    to = orders.destinations(ctx, order_ids=[int(order_id)]) if of == "order" else {}
    zone = next((zones.zone_of_address(one.ship_to, at=ctx.now) for one in to.values()), "")
    return quiet.ends_at(desk.hours(ctx)[Way.SMS], ctx.now, zone=zone or accounts.organisation(ctx).timezone)


def _is_unwanted(ctx: Ctx, message: MessageRow) -> bool:
    """Whether somebody said between the wish and now that they want no more notices by text."""
    is_notice = message.template in set(NoticeKind)
    return is_notice and bool(opt_outs.opted_out(ctx, way=Way.SMS, addresses=[message.to_address]))


def _text(account: SmsAccountRow, message: MessageRow) -> Text:
    return Text(message.key, account.number, message.to_address, message.text, message.wanted_at, webhook_url(account))


def _hand_over(ctx: Ctx, port: SmsPort, account: SmsAccountRow, message: MessageRow) -> None:
    try:
        taken = port.send(_text(account, message))
    except OptedOut as said:
        with transaction.atomic():
            opt_outs.opt_out(ctx, way=Way.SMS, address=message.to_address, source="vendor", timeline=message.timeline)
            actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem=str(said))
    except Rejected as rejected:
        actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem=str(rejected))
    except Uncertain as trouble:
        _look_up(ctx, port, account, message, str(trouble))
    except OSError as trouble:
        texting.note_problem(ctx, account_id=account.id, problem=str(trouble))
        if message.attempts >= MOST_ATTEMPTS:
            actions.settle(ctx, id=message.id, to=MessageState.FAILED, problem=str(trouble))
            return
        later = ctx.now + rules.retry_after(message.attempts)
        actions.settle(ctx, id=message.id, to=MessageState.QUEUED, problem=str(trouble), try_after=later)
    else:
        with transaction.atomic():
            texting.note_taken(ctx, id=message.id, taken=taken)
            actions.settle(ctx, id=message.id, to=MessageState.SENT)
            texting.note_problem(ctx, account_id=account.id, problem="")


def _look_up(ctx: Ctx, port: SmsPort, account: SmsAccountRow, message: MessageRow, problem: str) -> bool:
    """Asks what became of a text whose taking nobody answered.  Returns: whether it may be handed over again."""
    known = texting.vendor_ids_to(ctx, account_id=account.id, address=message.to_address)
    try:
        said = port.find(_text(account, message), but=known)
    except OSError:
        actions.ask_later(ctx, id=message.id, at=ctx.now + rules.ASK_AGAIN_AFTER)
        return False
    if said.found is Found.NOT_SENT and message.attempts < MOST_ATTEMPTS:
        actions.settle(ctx, id=message.id, to=MessageState.QUEUED, problem=problem)
        return True
    state = {Found.SENT: MessageState.SENT, Found.NOT_SENT: MessageState.FAILED}.get(said.found, MessageState.UNKNOWN)
    with transaction.atomic():
        if said.taken is not None:
            texting.note_taken(ctx, id=message.id, taken=said.taken)
        actions.settle(ctx, id=message.id, to=state, problem="" if state is MessageState.SENT else problem)
    return False
