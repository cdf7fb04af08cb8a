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
from doorstep.orders import queries as orders
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
        measure = MEASURES.get(promise.metric)
        measured = measure(ctx, now) if measure else Measured(None, 0)
        baseline = entered.get(promise.metric)
        if baseline is None and before is not None and measure is not None and promise.change is not None:
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


Measure = Callable[[Ctx, Period], Measured]
MEASURES: Mapping[Metric, Measure] = {
    Metric.PROMISED_TWICE: _promised_twice,
    Metric.ORDER_HANDLING: _order_handling,
}
