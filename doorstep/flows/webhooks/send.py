"""Webhooks leave: intend, call, settle."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.reach import Reach
from doorstep.channels import deliveries, rules, webhooks
from doorstep.channels.port import Unheard, senders
from doorstep.channels.values import DeliveryWish
from doorstep.flows.webhooks import catalogue

READ_AT_ONCE = 200
MOST_WAITING = 2000
SENT_AT_ONCE = 50
GONE = 410


def reach() -> Reach:
    """How far into our own network webhooks may go in this house."""
    return Reach(settings.WEBHOOK_REACH)


@transaction.atomic
def collect(ctx: Ctx, *, subscription_id: int) -> int:
    """Turns the next events that a subscription has not read into deliveries.  Returns: how many events were read.

    A subscription with many deliveries that wait reads no further until they are fewer; nothing is lost by that.
    Locks: the subscription, unless another worker has it.
    """
    cursor = deliveries.lock_cursor(ctx, id=subscription_id)
    if cursor is None:
        return 0
    if deliveries.count_waiting(ctx, subscription_id=subscription_id, at_most=MOST_WAITING) >= MOST_WAITING:
        return 0
    happened = outbox.since(ctx.organisation_id, tx=cursor.tx, id=cursor.event_id, limit=READ_AT_ONCE)
    if happened:
        wishes = [wish for event in happened if (wish := _wish(event, cursor.types)) is not None]
        last = happened[-1]
        webhooks.queue(ctx, id=subscription_id, wishes=wishes, until=(last.tx, last.id))
    return len(happened)


def _wish(event: Event, types: list[str]) -> DeliveryWish | None:
    kind = catalogue.kind_of(event)
    if kind is None or not rules.wants(types, kind.type):
        return None
    return DeliveryWish(event.id, kind.type, event.timeline, db.as_json(kind.body(event)))


def send_due(ctx_now: Callable[[], Ctx], *, subscription_id: int, go_on: Callable[[], bool]) -> int:
    """Sends what is due for one subscription, in the order of each subject, until nothing is or nobody answers.

    Returns: how many were tried.  Runs for one subscription never overlap (one worker holds it).
    """
    tried = 0
    while go_on():
        due = deliveries.find_due(ctx_now(), subscription_id=subscription_id, limit=SENT_AT_ONCE)
        for id in due:
            if not go_on() or not _send(ctx_now, id, subscription_id):
                return tried
            tried += 1
        if not due:
            return tried
    return tried


def _send(ctx_now: Callable[[], Ctx], id: int, subscription_id: int) -> bool:
    """One attempt.  Returns: whether the receiver can be asked for more."""
    ctx = ctx_now()
    target = deliveries.find_target(ctx, id=subscription_id)
    taken = webhooks.begin(ctx, id=id) if target is not None else None
    if target is None or taken is None:
        return target is not None
    try:
        answered = senders.get("http", {"reach": reach().value}).post(
            target.url, id=taken.message_id, secrets=target.secrets, body=taken.body
        )
    except Unheard as trouble:
        with transaction.atomic():
            webhooks.settle(ctx_now(), delivery=taken, delivered=False, status=None, answer=str(trouble))
            webhooks.note_silence(ctx_now(), id=subscription_id)
        return False
    delivered = 200 <= answered.status < 300
    with transaction.atomic():
        webhooks.settle(ctx_now(), delivery=taken, delivered=delivered, status=answered.status, answer=answered.text)
        if answered.status == GONE:
            webhooks.stop(ctx_now(), id=subscription_id)
    return answered.status != GONE
