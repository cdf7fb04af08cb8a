"""Reads of analytics: what is measured of each promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstep.analytics import rules
from doorstep.analytics.values import (
    BASELINE_DAYS,
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
from doorstep.returns import retention
from doorstep.shipping import queries as shipping
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
    measured = _measured(ctx, Period(ctx.now - WINDOW, ctx.now))
    known = baselines(ctx)
    known |= first_days(ctx, of=[metric for metric in COMPARED if metric not in known])
    return [rules.judge(promise, measured[promise.metric], known.get(promise.metric)) for promise in PROMISES]


def baselines(ctx: Ctx) -> dict[Metric, Baseline]:
    """What is known of the time before: what the brand entered, else what was kept of the first 28 days."""
    found = db.dicts(
        "SELECT metric, value, source, at FROM analytics_baseline WHERE organisation_id = %s", [ctx.organisation_id]
    )
    return {Metric(line["metric"]): Baseline(line["value"], line["source"], line["at"]) for line in found}


def first_days(ctx: Ctx, *, of: Sequence[Metric]) -> dict[Metric, Baseline]:
    """Metrics over the first 28 days in which people worked here; none before as many days have passed again."""
    first = touches.first_touch(ctx) if of else None
    if first is None or first + 2 * timedelta(days=BASELINE_DAYS) > ctx.now:
        return {}
    period = Period(first, first + timedelta(days=BASELINE_DAYS))
    found = {metric: COMPARED[metric](ctx, period).value for metric in of}
    return {
        metric: Baseline(value, MEASURED, period.until) for metric, value in found.items() if value is not None
    }


def _measured(ctx: Ctx, period: Period) -> dict[Metric, Measured]:
    """Every metric over a period; each channel is read once, however many figures are drawn from it."""
    chat, mail = _waits_min(ctx, Channel.CHAT, period), _waits_min(ctx, Channel.MAIL, period)
    return {
        Metric.PROMISED_TWICE: Measured(float(stock.count_overpromised(ctx)), stock.count_stocked(ctx)),
        Metric.ORDER_HANDLING: _order_handling(ctx, period),
        Metric.RETURN_HANDLING: _return_handling(ctx, period),
        Metric.VALUE_KEPT: _value_kept(ctx, period),
        Metric.WISMO_RATE: _wismo(ctx, period),
        Metric.CHAT_FIRST_REPLY: Measured(rules.quantile(chat, 0.5), len(chat)),
        Metric.CHAT_SLOW_REPLY: Measured(rules.quantile(chat, 0.9), len(chat)),
        Metric.MAIL_FIRST_REPLY: Measured(rules.quantile(mail, 0.5), len(mail)),
    }


def _order_handling(ctx: Ctx, period: Period) -> Measured:
    sent = shipping.count_orders_sent(ctx, since=period.since, until=period.until)
    spent = touches.handling(ctx, kind="order", types=ORDER_TOUCHES, since=period.since, until=period.until)
    if not sent or not spent.touched:
        return Measured(None, sent)
    return Measured(spent.seconds / 60 / sent, sent)


def _return_handling(ctx: Ctx, period: Period) -> Measured:
    done = retention.count_done(ctx, since=period.since, until=period.until)
    spent = touches.handling(ctx, kind="order", types=["return.%"], since=period.since, until=period.until)
    return Measured(spent.seconds / 60 / done if done else None, done)


def _value_kept(ctx: Ctx, period: Period) -> Measured:
    kept = retention.kept(ctx, since=period.since, until=period.until)
    return Measured(kept.share, kept.of)


def _wismo(ctx: Ctx, period: Period) -> Measured:
    found = contacts.meter(ctx, since=period.since, until=period.until)
    return Measured(found.per_100, found.shipments)


def _waits_min(ctx: Ctx, channel: Channel, period: Period) -> list[float]:
    """How long each customer of a channel waited for a first reply."""
    waits = contacts.first_replies(ctx, channel=channel, since=period.since, until=period.until)
    return [wait.total_seconds() / 60 for wait in waits]


# What is promised as a change against the time before.
COMPARED: Mapping[Metric, Callable[[Ctx, Period], Measured]] = {
    Metric.ORDER_HANDLING: _order_handling,
    Metric.WISMO_RATE: _wismo,
}
