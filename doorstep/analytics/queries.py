"""Reads of analytics: what is measured of each promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstep.analytics import rules
from doorstep.analytics.values import (
    BASELINE_DAYS,
    ENTERED,
    MEASURED,
    PROMISES,
    Baseline,
    Figure,
    Measured,
    Metric,
)
from doorstep.base import db, touches
from doorstep.base.ctx import Ctx
from doorstep.inbox import contacts
from doorstep.inbox.values import Channel
from doorstep.orders import queries as orders
from doorstep.returns import retention
from doorstep.stock import queries as stock

WINDOW = timedelta(days=28)
# What people do to bring an order to the doorstep; returns and conversations are counted by themselves.
ORDER_TOUCHES = ("order.%", "parcel.%", "label.%", "pick_list.%", "print_job.%", "payment.%")


@dataclass(frozen=True, slots=True)
class Period:
    since: datetime
    until: datetime


def figures(ctx: Ctx) -> list[Figure]:
    """Every promise with what was measured of the last 28 days and what it is compared with."""
    now = Period(ctx.now - WINDOW, ctx.now)
    before = _first_days(ctx)
    entered = baselines(ctx)
    answers = []
    for promise in PROMISES:
        measure = MEASURES[promise.metric]
        measured = measure(ctx, now)
        baseline = entered.get(promise.metric)
        if baseline is None and before is not None and promise.change is not None:
            then = measure(ctx, before)
            baseline = None if then.value is None else Baseline(then.value, MEASURED, before.until)
        answers.append(rules.judge(promise, measured, baseline))
    return answers


def baselines(ctx: Ctx) -> dict[Metric, Baseline]:
    """What the brand entered of the time before Doorstep."""
    found = db.dicts(
        "SELECT metric, value, at FROM analytics_baseline WHERE organisation_id = %s", [ctx.organisation_id]
    )
    return {Metric(line["metric"]): Baseline(line["value"], ENTERED, line["at"]) for line in found}


def _first_days(ctx: Ctx) -> Period | None:
    """The first 28 days in which people worked here, once they and the days that are compared with them are over."""
    first = touches.first_touch(ctx)
    if first is None or first + 2 * timedelta(days=BASELINE_DAYS) > ctx.now:
        return None
    return Period(first, first + timedelta(days=BASELINE_DAYS))


def _promised_twice(ctx: Ctx, period: Period) -> Measured:  # noqa: ARG001  # a state, not a period's sum
    return Measured(float(stock.count_overpromised(ctx)), stock.count_stocked(ctx))


def _order_handling(ctx: Ctx, period: Period) -> Measured:
    placed = orders.count_placed(ctx, since=period.since, until=period.until)
    spent = touches.handling(ctx, kind="order", types=ORDER_TOUCHES, since=period.since, until=period.until)
    if not placed or not spent.touched:
        return Measured(None, placed)
    return Measured(spent.seconds / 60 / placed, placed)


def _return_handling(ctx: Ctx, period: Period) -> Measured:
    asked = retention.count_requested(ctx, since=period.since, until=period.until)
    spent = touches.handling(ctx, kind="order", types=["return.%"], since=period.since, until=period.until)
    return Measured(spent.seconds / 60 / asked if asked else None, asked)


def _value_kept(ctx: Ctx, period: Period) -> Measured:
    kept = retention.kept(ctx, since=period.since, until=period.until)
    return Measured(kept.share, kept.of)


def _wismo(ctx: Ctx, period: Period) -> Measured:
    found = contacts.meter(ctx, since=period.since, until=period.until)
    return Measured(found.per_100, found.shipments)


def _first_reply(channel: Channel, share: float) -> Measure:
    """How long the given share of customers waited at most."""

    def measure(ctx: Ctx, period: Period) -> Measured:
        waits = contacts.first_replies(ctx, channel=channel, since=period.since, until=period.until)
        return Measured(rules.quantile([wait.total_seconds() / 60 for wait in waits], share), len(waits))

    return measure


Measure = Callable[[Ctx, Period], Measured]
MEASURES: Mapping[Metric, Measure] = {
    Metric.PROMISED_TWICE: _promised_twice,
    Metric.ORDER_HANDLING: _order_handling,
    Metric.RETURN_HANDLING: _return_handling,
    Metric.VALUE_KEPT: _value_kept,
    Metric.WISMO_RATE: _wismo,
    Metric.CHAT_FIRST_REPLY: _first_reply(Channel.CHAT, 0.5),
    Metric.CHAT_SLOW_REPLY: _first_reply(Channel.CHAT, 0.9),
    Metric.MAIL_FIRST_REPLY: _first_reply(Channel.MAIL, 0.5),
}
