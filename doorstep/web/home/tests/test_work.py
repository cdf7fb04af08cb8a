"""Tasks and promises as pages."""

from __future__ import annotations

import pytest
from django.test import Client

from doorstep.analytics import queries as analytics
from doorstep.analytics.values import Metric
from doorstep.flows import pay
from doorstep.tasks import actions, queries
from doorstep.tasks.values import TaskDraft
from tests.factories import draft, make_brand, place, signed_in

pytestmark = pytest.mark.django_db


def test_a_task_is_taken_done_and_gone() -> None:
    ctx = make_brand().ctx
    [id] = actions.create(ctx, tasks=[TaskDraft("k", "look_twice", "parcel:1", "order:1")])
    client = signed_in(ctx)

    assert b"look twice" in client.get("/tasks/").content
    client.post(f"/tasks/{id}/take/")
    assert b"look twice" in client.get("/tasks/?mine=1").content
    client.post(f"/tasks/{id}/end/", {"outcome": "All was well."})

    [row] = queries.tasks_about(ctx, subjects=["parcel:1"])
    assert (row.state, row.outcome) == ("done", "All was well.")
    assert b"Nothing waits for a person" in client.get("/tasks/").content


def test_what_it_took_before_is_entered_or_refused_at_its_field() -> None:
    ctx = make_brand().ctx
    client: Client = signed_in(ctx)

    refused = client.post("/promises/before/", {"orders.handling_min": "six", "returns.handling_min": "6"})
    assert refused.status_code == 422
    assert b"six is no such figure" in refused.content
    assert analytics.baselines(ctx) == {}

    client.post("/promises/before/", {"orders.handling_min": "6.5", "returns.handling_min": "6"})
    kept = {metric: baseline.value for metric, baseline in analytics.baselines(ctx).items()}
    assert kept == {Metric.ORDER_HANDLING: 6.5, Metric.RETURN_HANDLING: 6.0}
    assert b'value="6.5"' in client.get("/promises/").content


def test_a_live_refresh_of_home_measures_no_promise_again() -> None:
    ctx = make_brand().ctx
    place(ctx, draft(external_id="E55001"))
    client = signed_in(ctx)

    whole = client.get("/")
    refreshed = client.get("/", headers={"HX-Request": "true"})

    assert b'class="promise-name"' in whole.content
    assert b'class="promise-name"' not in refreshed.content
    assert b"E55001" in refreshed.content


def test_a_timeline_says_tasks_and_what_came_of_them_in_the_readers_language_and_quotes_people() -> None:
    ctx = make_brand().ctx
    [order_id] = place(ctx, draft())
    about = f"order:{order_id}"
    actions.create(ctx, tasks=[TaskDraft("a", pay.COLLECT, about, about, {"order": "#1", "amount": "EUR 1.00"})])
    actions.settle(ctx, subject=about, kind=pay.COLLECT, outcome=pay.CHANGED_MEANWHILE)
    [id] = actions.create(ctx, tasks=[TaskDraft("b", pay.COLLECT, about, about, {"order": "#1", "amount": "EUR 1.00"})])
    actions.end(ctx, task_id=id, outcome="Owner")

    page = signed_in(ctx, language="ko").get(f"/orders/{order_id}/").content.decode()

    assert "주문이 다시 변경되었습니다." in page
    assert "<b>더 받을 금액</b>" in page
    assert "Owner" in page


def test_figures_lead_to_the_rows_they_count_else_to_their_definition() -> None:
    ctx = make_brand().ctx
    place(ctx, draft())

    owner = signed_in(ctx).get("/").content.decode()

    assert 'href="/inbox/?view=all&amp;channel=chat">First reply in chat, median' in owner
    assert 'href="/promises/#orders.promised_twice">Units promised twice' in owner
    assert '<tr id="orders.promised_twice">' in signed_in(ctx).get("/promises/").content.decode()
