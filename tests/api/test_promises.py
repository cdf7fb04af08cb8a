"""Promises and service hours through the API: the figures of Home, and when somebody answers."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.analytics import actions, queries
from doorstep.analytics.values import Metric
from doorstep.inbox import queries as inbox
from tests.api.conftest import Api, make_key, refused, rows_everywhere
from tests.factories import Brand, draft, make_brand, make_ctx, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    brand = make_brand()
    return Api(brand, make_key(brand))


def told(api: Api, **headers: str) -> dict[str, dict[str, Any]]:
    """Every figure by its metric."""
    promises = api.get("/promises", **headers).json()["promises"]
    assert [promise["name"] for promise in promises] == ["orders", "returns", "service"]
    return {figure["metric"]: figure for promise in promises for figure in promise["figures"]}


def test_figures_are_those_of_home_with_words_in_the_readers_language(api: Api) -> None:
    place(api.brand.ctx, draft())
    actions.set_baselines(api.brand.ctx, values={Metric.ORDER_HANDLING: 6.5})
    figures = {figure.promise.metric.value: figure for figure in queries.figures(api.brand.ctx)}
    english, korean = told(api), told(api, accept_language="ko-KR,en;q=0.5")

    assert {metric: (f["value"], f["measured_on"], f["verdict"]) for metric, f in english.items()} == {
        metric: (f.measured.value, f.measured.of, f.verdict.value) for metric, f in figures.items()
    }
    twice = english["orders.promised_twice"]
    assert (twice["label"], twice["value"], twice["at_most"], twice["verdict"]) == (
        "Units promised twice",
        0.0,
        0.0,
        "hit",
    )
    assert (twice["measured_on"], twice["measured_on_what"], twice["unit"]) == (3, "variants in stock", "count")
    handling = english["orders.handling_min"]
    assert (handling["baseline"]["value"], handling["baseline"]["source"]) == (6.5, "entered")
    assert (handling["wanted_change"], handling["change"], handling["verdict"]) == (-0.7, None, "waiting")
    assert handling["definition"].startswith("The time between neighbouring touches by people on an order")
    assert korean["orders.promised_twice"]["label"] == "두 번 약속된 수량"
    assert korean["orders.promised_twice"]["value"] == 0.0


def test_what_it_took_before_is_set_and_forgotten_again(api: Api) -> None:
    body = {"order_handling_min": 6.5, "return_handling_min": 8, "wismo_per_100": None}
    first, again = (api.ask("PUT", "/promises/baselines", body, idempotency_key="b1") for _ in range(2))
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert {metric: b.value for metric, b in queries.baselines(api.brand.ctx).items()} == {
        Metric.ORDER_HANDLING: 6.5, Metric.RETURN_HANDLING: 8.0,
    }  # fmt: skip

    for wrong, code in ((-1, "out_of_range"), (10_001, "out_of_range"), ("six", "wrong_type")):
        answer = api.ask("PUT", "/promises/baselines", body | {"wismo_per_100": wrong})
        [mistake] = refused(answer, 422, "invalid")["errors"]
        assert (mistake["pointer"], mistake["code"]) == ("/wismo_per_100", code)
    assert Metric.WISMO_RATE not in queries.baselines(api.brand.ctx)
    api.ask("PUT", "/promises/baselines", dict.fromkeys(body))
    assert queries.baselines(api.brand.ctx) == {}


def test_another_organisation_sees_its_own_figures_alone(api: Api) -> None:
    place(api.brand.ctx, draft())
    other = Brand(make_ctx("Stranger"), 0, 0, {})
    assert told(Api(other, make_key(other)))["orders.promised_twice"]["measured_on"] == 0


WEEK = [[{"opens": "09:00", "closes": "12:00"}, {"opens": "13:00", "closes": "24:00"}], *[[]] * 6]
HOURS = {
    "timezone": "Asia/Seoul", "week": WEEK, "holidays": ["2027-01-01"], "first_response_min": 120,
    "next_response_min": 240, "first_chat_min": 2,
}  # fmt: skip


def test_service_hours_are_read_and_set(api: Api) -> None:
    usual = api.get("/service-hours").json()
    assert (usual["week"][0], usual["week"][6], usual["first_response_min"]) == (
        [{"opens": "09:00", "closes": "18:00"}], [], 240,
    )  # fmt: skip
    first, again = (api.ask("PUT", "/service-hours", HOURS, idempotency_key="h1") for _ in range(2))
    assert (first.status_code, first.json(), again.headers["Idempotent-Replayed"]) == (200, HOURS, "true")
    assert api.get("/service-hours").json() == HOURS
    assert inbox.hours(api.brand.ctx).week[0] == ((540, 720), (780, 1440))
    other = Brand(make_ctx("Stranger"), 0, 0, {})
    assert Api(other, make_key(other)).get("/service-hours").json()["first_response_min"] == 240


def test_hours_that_cannot_be_are_refused_and_stay_as_they_were(api: Api) -> None:
    before = rows_everywhere()
    backwards = [[{"opens": "18:00", "closes": "09:00"}], *[[]] * 6]
    for code, change in (
        ("never_open", {"week": [[]] * 7}), ("invalid", {"week": backwards}), ("invalid", {"week": WEEK[:6]}),
        ("invalid", {"timezone": "Asia/Nowhere"}), ("invalid", {"holidays": ["2027-02-30"]}),
        ("invalid", {"first_chat_min": 0}), ("invalid", {"week": [[{"opens": "9", "closes": "18:00"}], *[[]] * 6]}),
    ):  # fmt: skip
        refused(api.ask("PUT", "/service-hours", HOURS | change), 422, code)
    assert rows_everywhere() == before
