"""What the timers forget, by age, so that no table grows without end (docs/adr/0028)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache

from doorstep.base import aging, arrivals, codes, idempotency
from doorstep.base.aging import Turn
from doorstep.base.ctx import Ctx
from doorstep.channels import deliveries, drift, history, told, webhooks
from doorstep.channels import queries as channels
from doorstep.flows import recipients
from doorstep.fulfilment import aging as paper
from doorstep.fulfilment import events as floor
from doorstep.messaging import aging as mails
from doorstep.messaging import events as messaging
from doorstep.shipping import events as shipping
from doorstep.stock import carts
from doorstep.worker.ctx import each_brand

MOST_TURNS = 20  # in one go, so that other timers have theirs
ANEW_AFTER = timedelta(days=30)
ANSWERS_FOR = CODES_FOR = timedelta(days=2)
DELIVERIES_FOR = JOBS_FOR = NUMBERS_FOR = timedelta(days=30)
PAPER_FOR = TOLD_FOR = timedelta(days=90)
# Steps of the machine that a page folds away; and the timelines of variants, of which the ledger tells better.
STEPS = (
    messaging.MESSAGE_QUEUED, shipping.LABEL_WANTED, floor.PRINT_WANTED, floor.PRINTED, floor.LINE_PICKED, floor.PICKING_STARTED,
)  # fmt: skip
UNTOLD = ("variant",)
# Mails stay: they are letters of people, and a conversation shows their files; of a text it keeps the words.
SENDERS = (arrivals.CHANNEL, arrivals.CARRIER, arrivals.PAYMENT, arrivals.FILE, arrivals.TEXT, arrivals.WAREHOUSE)
REFERRED_TO_BY_NOTHING = (arrivals.CARRIER, arrivals.PAYMENT)


def old_steps() -> None:
    """Drops facts about steps in between that no page shows by themselves."""
    before = _ago(days=settings.KEEP_STEPS_DAYS)
    _look_on(
        "steps",
        lambda after: aging.forget_steps(older_than=before, types=STEPS, kinds=UNTOLD, needed=_needed, after=after),
    )


def old_payloads() -> None:
    """Empties arrivals that were read long ago; those that were refused or failed stay a year, for a person to read again."""
    settled = (
        (("processed", "ignored"), settings.KEEP_PAYLOADS_DAYS),
        (("refused", "failed"), settings.KEEP_REFUSED_DAYS),
    )
    for outcomes, days in settled:
        _look_on(
            f"payloads.{outcomes[0]}",
            lambda after, outcomes=outcomes, days=days: aging.forget_payloads(  # type: ignore[misc]
                older_than=_ago(days=days), sources=SENDERS, outcomes=outcomes, after=after
            ),
        )


def old_arrivals() -> None:
    """Drops arrivals of carriers and payment providers with the sender's id: none comes again after so long."""
    before = _ago(days=settings.KEEP_SENDERS_IDS_DAYS)
    _look_on(
        "arrivals", lambda after: aging.forget_arrivals(older_than=before, sources=REFERRED_TO_BY_NOTHING, after=after)
    )


def unsealed_recipients() -> None:
    """Seals who gets orders of channels that restrict it, which were taken in before that was kept apart."""
    keep_days: dict[int, int] = {}

    def look(ctx: Ctx) -> None:
        able = channels.abilities_of(ctx, connections=channels.list_connections(ctx))
        keep_days.update({id: can.keep_days for id, can in able.items() if can.keep_days})

    each_brand(look)
    if keep_days:
        _look_on("unsealed", lambda after: recipients.seal_old(datetime.now(UTC), keep_days=keep_days, after=after))


def old_mail_texts() -> None:
    """Empties mails that Doorstep wrote by itself and sent long ago; to whom, when and about what stays."""
    before = _ago(days=settings.KEEP_MAILS_DAYS)
    _look_on("mails", lambda after: mails.forget_texts(older_than=before, after=after))


def old_print_jobs() -> None:
    """Drops print jobs that ended three months ago."""
    _while_full(lambda limit: paper.forget_print_jobs(older_than=_ago(PAPER_FOR), limit=limit))


def old_answers() -> None:
    """Drops answers kept for repeated requests after two days."""
    _while_full(lambda limit: idempotency.forget(older_than=_ago(ANSWERS_FOR), limit=limit))


def old_codes() -> None:
    """Drops codes of sign-in that were mailed two days ago; within the hour they tell how often somebody asked."""
    _while_full(lambda limit: codes.forget(older_than=_ago(CODES_FOR), limit=limit))


def old_deliveries() -> None:
    """Drops webhooks that were delivered a month ago; what was given up waits for a person."""
    _while_full(lambda limit: webhooks.forget_old(older_than=_ago(DELIVERIES_FOR), limit=limit))


def old_numbers() -> None:
    """Drops what channels were told of stock a month ago, and how orders were that rest since long."""
    _while_full(lambda limit: history.forget_old(older_than=_ago(NUMBERS_FOR), limit=limit))
    _while_full(lambda limit: told.forget_old(older_than=_ago(TOLD_FOR), limit=limit))
    _while_full(lambda limit: drift.forget_old(older_than=_ago(NUMBERS_FOR), limit=limit))


def old_jobs() -> None:
    """Drops jobs that failed a month ago; those that succeed go at once."""
    _while_full(lambda limit: aging.forget_jobs(older_than=_ago(JOBS_FOR), limit=limit))


def old_sessions() -> None:
    """Drops sign-ins that are over."""
    _while_full(lambda limit: aging.forget_sessions(older_than=_ago(), limit=limit))


def old_carts() -> None:
    """Drops carts of long ago."""
    each_brand(lambda ctx: _while_full(lambda limit: carts.forget(ctx, limit=limit), limit=carts.SWEPT_AT_ONCE))


def _needed(ids: Sequence[int]) -> set[int]:
    return deliveries.find_needed(event_ids=ids)


def _ago(period: timedelta = timedelta(0), *, days: int = 0) -> datetime:
    return datetime.now(UTC) - period - timedelta(days=days)


def _look_on(name: str, turn: Callable[[int], Turn]) -> None:
    """Goes on where it came to last, and once a month begins anew, for what was still needed then."""
    key, now_s = f"forgetting.{name}", datetime.now(UTC).timestamp()
    after, began = cache.get(key, (0, now_s))
    if now_s - began > ANEW_AFTER.total_seconds():
        after, began = 0, now_s
    for _ in range(MOST_TURNS):
        done = turn(after)
        after = done.upto
        cache.set(key, (after, began), timeout=None)
        if done.is_last:
            return


def _while_full(forget: Callable[[int], int], *, limit: int = aging.AT_ONCE) -> None:
    for _ in range(MOST_TURNS):
        if forget(limit) < limit:
            return
