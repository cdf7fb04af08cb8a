"""The promises: measured as they are defined, compared with what was before, and never with nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.analytics import actions, queries, rules
from doorstep.analytics.values import Baseline, Figure, Measured, Metric, Promise, Verdict
from doorstep.base import touches
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import answer, ship
from doorstep.inbox import desk as inbox
from doorstep.inbox.values import Hours
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.returns import queries as returns
from doorstep.returns import receiving
from doorstep.returns.values import Arrived
from doorstep.shipping import queries as parcels
from doorstep.worker.dispatch import drain
from tests.factories import NOW, draft, make_brand, packed, place
from tests.mails import as_agent, bring, conversations, later, mail
from tests.returning import arrived, ask, label, wish

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
    (first, gone), (second, gone_too) = ready(ctx, 2)
    for after in (0, 60, 360, 661, 700):
        note(ctx, first, after_s=after)
    note(ctx, second, after_s=30)
    leave(ctx, gone)
    leave(ctx, gone_too)

    until = NOW + timedelta(hours=1)
    spent = touches.handling(ctx, kind="order", types=["order.%"], since=NOW, until=until)
    measured = figure(replace(ctx, now=until), Metric.ORDER_HANDLING)

    assert (spent.touched, spent.seconds) == (2, 60 + 300 + 39)
    assert measured.measured == Measured((60 + 300 + 39) / 60 / 2, 2)
    assert measured.verdict == Verdict.NO_BASELINE


def leave(ctx: Ctx, parcel_id: int, *, after_s: float = 900) -> None:
    """A parcel leaves, so many seconds after the beginning."""
    at = replace(ctx, now=NOW + timedelta(seconds=after_s))
    label(at, parcel_id)
    ship.hand_over(at, parcel_ids=[parcel_id])


def ready(ctx: Ctx, count: int) -> list[tuple[int, int]]:
    """Orders in closed parcels: ids of both."""
    return [(parcels.get_parcel(ctx, parcel_id=id).order_id, id) for id in packed(ctx, *[draft() for _ in range(count)])]


@pytest.mark.django_db
def test_a_backlog_that_nobody_touches_keeps_no_promise() -> None:
    ctx = make_brand().ctx
    first, *_rest = place(ctx, *[draft() for _ in range(3)])
    note(ctx, first, after_s=0)
    note(ctx, first, after_s=120)
    after = replace(ctx, now=NOW + timedelta(hours=1))
    actions.set_baselines(after, values={Metric.ORDER_HANDLING: 8.0})

    assert figure(after, Metric.ORDER_HANDLING).measured == Measured(None, 0)
    assert figure(after, Metric.ORDER_HANDLING).verdict == Verdict.WAITING


@pytest.mark.django_db
def test_what_the_brand_entered_is_compared_with() -> None:
    ctx = make_brand().ctx
    [(order_id, gone)] = ready(ctx, 1)
    note(ctx, order_id, after_s=0)
    note(ctx, order_id, after_s=120)
    leave(ctx, gone)
    after = replace(ctx, now=NOW + timedelta(hours=1))

    actions.set_baselines(after, values={Metric.ORDER_HANDLING: 8.0})
    kept = figure(after, Metric.ORDER_HANDLING)
    actions.set_baselines(after, values={Metric.ORDER_HANDLING: 4.0})
    missed = figure(after, Metric.ORDER_HANDLING)
    actions.set_baselines(after, values={Metric.ORDER_HANDLING: None})

    assert (kept.verdict, kept.change) == (Verdict.HIT, -0.75)
    assert (missed.verdict, missed.change) == (Verdict.MISSED, -0.5)
    assert figure(after, Metric.ORDER_HANDLING).verdict == Verdict.NO_BASELINE


@pytest.mark.django_db
def test_the_first_days_are_the_baseline_once_as_many_have_passed_again() -> None:
    ctx = make_brand().ctx
    (early, first), (late, second) = ready(ctx, 2)
    note(ctx, early, after_s=0)
    note(ctx, early, after_s=200)
    leave(ctx, first)
    day = 86_400
    leave(ctx, second, after_s=41 * day)
    note(ctx, late, after_s=40 * day)
    note(ctx, late, after_s=40 * day + 50)

    too_early = figure(replace(ctx, now=NOW + timedelta(days=55)), Metric.ORDER_HANDLING)
    known = figure(replace(ctx, now=NOW + timedelta(days=57)), Metric.ORDER_HANDLING)

    assert (too_early.verdict, too_early.baseline) == (Verdict.NO_BASELINE, None)
    assert known.baseline is not None
    assert known.baseline.value == 200 / 60
    assert (known.verdict, known.change) == (Verdict.HIT, -0.75)


@pytest.mark.django_db
def test_what_was_measured_of_the_first_days_is_kept_and_what_the_brand_enters_goes_before_it() -> None:
    ctx = make_brand().ctx
    (early, gone), (_later, gone_later) = ready(ctx, 2)
    note(ctx, early, after_s=0)
    note(ctx, early, after_s=240)
    leave(ctx, gone)
    soon, then = (replace(ctx, now=NOW + timedelta(days=days)) for days in (55, 57))
    actions.keep_first_days(soon)
    assert queries.baselines(then) == {}

    actions.keep_first_days(then)
    leave(ctx, gone_later)
    actions.keep_first_days(then)

    kept = Baseline(4.0, "measured", NOW + timedelta(days=28))
    assert queries.baselines(then)[Metric.ORDER_HANDLING] == kept
    assert figure(then, Metric.ORDER_HANDLING).baseline == kept
    actions.set_baselines(then, values={Metric.ORDER_HANDLING: None})
    assert queries.baselines(then)[Metric.ORDER_HANDLING] == kept
    actions.set_baselines(then, values={Metric.ORDER_HANDLING: 4.0})
    assert queries.baselines(then)[Metric.ORDER_HANDLING] == Baseline(4.0, "entered", then.now)


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


def test_the_quantile_is_a_value_that_was_measured() -> None:
    assert rules.quantile([], 0.5) is None
    assert [rules.quantile([3.0, 1.0, 2.0], share) for share in (0.0, 0.5, 0.9, 1.0)] == [1.0, 2.0, 3.0, 3.0]


@pytest.mark.django_db
def test_value_kept_counts_exchange_and_credit_by_worth() -> None:
    ctx = make_brand().ctx
    order_id = arrived(ctx, draft([("A", 3), ("B", 1)]))
    ids = [
        ask(ctx, order_id, wish(ctx, order_id, "A", 2, outcome="store_credit"), key="credit"),
        ask(ctx, order_id, wish(ctx, order_id, "A", 1), wish(ctx, order_id, "B", 1), key="refund"),
    ]
    for n, return_id in enumerate(ids):
        lines = returns.lines_of(ctx, return_ids=[return_id])
        receiving.receive(ctx, return_id=return_id, arrived=[Arrived(line.qty, line.id) for line in lines], key=f"r{n}")
        for line in lines:
            receiving.inspect(ctx, line_id=line.id, qty=line.qty, grade="A", disposition="restocked", key=f"i{line.id}")
    drain()

    an_hour_on = later(ctx, 60)
    assert figure(an_hour_on, Metric.VALUE_KEPT).measured == Measured(0.5, 2)
    assert figure(an_hour_on, Metric.VALUE_KEPT).verdict == Verdict.HIT
    closed = replace(ctx, now=datetime.now(UTC) + timedelta(minutes=1))  # the worker closes by the clock on the wall
    assert figure(closed, Metric.RETURN_HANDLING).measured == Measured(0.0, 1)  # the other refund is not paid out yet


@pytest.mark.django_db
def test_the_first_reply_is_that_of_a_person_within_service_hours() -> None:
    ctx = make_brand().ctx
    inbox.set_hours(ctx, hours=Hours("UTC", (((10 * 60, 18 * 60),),) * 7, (), 60, 60))
    bring(ctx, mail("Do you have it in blue?"))  # at 9:00, an hour before anybody is there
    [row] = conversations(ctx)
    answer.reply(as_agent(later(ctx, 90)), conversation_id=row.id, version=row.version, text="In spring.", wish="w1")

    measured = figure(later(ctx, 180), Metric.MAIL_FIRST_REPLY).measured

    assert measured == Measured(30.0, 1)


@pytest.mark.django_db
def test_who_still_waits_beyond_the_promise_was_left_out_and_flattered() -> None:
    ctx = make_brand().ctx
    inbox.set_hours(ctx, hours=Hours("UTC", (((0, 24 * 60),),) * 7, (), 60, 60))
    bring(ctx, mail("Do you have it in blue?"))

    assert figure(later(ctx, 50), Metric.MAIL_FIRST_REPLY).measured == Measured(None, 0)
    assert figure(later(ctx, 300), Metric.MAIL_FIRST_REPLY).measured == Measured(300.0, 1)
    assert figure(later(ctx, 300), Metric.MAIL_FIRST_REPLY).verdict == Verdict.MISSED
