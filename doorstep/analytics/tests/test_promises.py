"""The promises: measured as they are defined, compared with what was before, and never with nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.analytics import actions, queries, rules
from doorstep.analytics.values import Baseline, Figure, Measured, Metric, Promise, Verdict
from doorstep.base import touches
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from tests.factories import NOW, draft, make_brand, place

HANDLING = Promise(Metric.ORDER_HANDLING, change=-0.7)


def figure(ctx: Ctx, metric: Metric) -> Figure:
    [found] = [f for f in queries.figures(ctx) if f.promise.metric == metric]
    return found


def note(ctx: Ctx, order_id: int, *, after_s: float) -> None:
    """A person writes a note on an order, so many seconds after the beginning."""
    at = replace(ctx, actor=Actor("staff", 1, "Harin"), now=NOW + timedelta(seconds=after_s))
    version = order_queries.get(ctx, id=order_id).version
    orders.annotate(at, order_id=order_id, version=version, note=f"{after_s}", tags=[])


@pytest.mark.django_db
def test_handling_is_the_time_between_touches_and_a_long_pause_is_none() -> None:
    ctx = make_brand().ctx
    first, second = place(ctx, draft(), draft())
    for after in (0, 60, 360, 661, 700):
        note(ctx, first, after_s=after)
    note(ctx, second, after_s=30)

    until = NOW + timedelta(hours=1)
    spent = touches.handling(ctx, kind="order", types=["order.%"], since=NOW, until=until)
    measured = figure(replace(ctx, now=until), Metric.ORDER_HANDLING)

    assert (spent.touched, spent.seconds) == (2, 60 + 300 + 39)
    assert measured.measured == Measured((60 + 300 + 39) / 60 / 2, 2)
    assert measured.verdict == Verdict.NO_BASELINE


@pytest.mark.django_db
def test_what_the_brand_entered_is_compared_with() -> None:
    ctx = make_brand().ctx
    [order_id] = place(ctx, draft())
    note(ctx, order_id, after_s=0)
    note(ctx, order_id, after_s=120)
    later = replace(ctx, now=NOW + timedelta(hours=1))

    actions.set_baselines(later, values={Metric.ORDER_HANDLING: 8.0})
    kept = figure(later, Metric.ORDER_HANDLING)
    actions.set_baselines(later, values={Metric.ORDER_HANDLING: 4.0})
    missed = figure(later, Metric.ORDER_HANDLING)
    actions.set_baselines(later, values={Metric.ORDER_HANDLING: None})

    assert (kept.verdict, kept.change) == (Verdict.HIT, -0.75)
    assert (missed.verdict, missed.change) == (Verdict.MISSED, -0.5)
    assert figure(later, Metric.ORDER_HANDLING).verdict == Verdict.NO_BASELINE


@pytest.mark.django_db
def test_the_first_days_are_the_baseline_once_as_many_have_passed_again() -> None:
    ctx = make_brand().ctx
    [early] = place(ctx, draft())
    note(ctx, early, after_s=0)
    note(ctx, early, after_s=200)
    day = 86_400
    [late] = place(replace(ctx, now=NOW + timedelta(days=40)), replace(draft(), placed_at=NOW + timedelta(days=40)))
    note(ctx, late, after_s=40 * day)
    note(ctx, late, after_s=40 * day + 50)

    too_early = figure(replace(ctx, now=NOW + timedelta(days=55)), Metric.ORDER_HANDLING)
    # The order was placed a minute before the first touch, so the first 28 days count none without this one.
    [beside] = place(ctx, replace(draft(), placed_at=NOW + timedelta(hours=1)))
    known = figure(replace(ctx, now=NOW + timedelta(days=57)), Metric.ORDER_HANDLING)

    assert beside
    assert (too_early.verdict, too_early.baseline) == (Verdict.NO_BASELINE, None)
    assert known.baseline is not None
    assert known.baseline.value == 200 / 60
    assert (known.verdict, known.change) == (Verdict.HIT, -0.75)


@pytest.mark.django_db
def test_no_unit_is_promised_twice() -> None:
    ctx = make_brand().ctx
    place(ctx, draft([("A", 3)]))

    assert figure(ctx, Metric.PROMISED_TWICE).measured == Measured(0.0, 3)
    assert figure(ctx, Metric.PROMISED_TWICE).verdict == Verdict.HIT


def test_a_promise_without_a_baseline_is_neither_kept_nor_broken() -> None:
    before = Baseline(10.0, "entered", NOW)

    assert rules.judge(HANDLING, Measured(None, 0), before).verdict == Verdict.WAITING
    assert rules.judge(HANDLING, Measured(3.0, 5), None).verdict == Verdict.NO_BASELINE
    assert rules.judge(HANDLING, Measured(3.0, 5), Baseline(0.0, "entered", NOW)).verdict == Verdict.NO_BASELINE
    assert rules.judge(HANDLING, Measured(3.0, 5), before).verdict == Verdict.HIT
    assert rules.judge(HANDLING, Measured(3.1, 5), before).verdict == Verdict.MISSED


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "10001", "six", "1e9"])
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="bad_baseline"):
        rules.read_baseline(text)


def test_what_people_type_is_read() -> None:
    assert [rules.read_baseline(text) for text in ("", " 6 ", "2,5", "0.25")] == [None, 6.0, 2.5, 0.25]
